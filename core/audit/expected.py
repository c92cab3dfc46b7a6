"""`must-traverse` and `must-not-traverse`: what `waypath.yaml` asks of paths."""

from collections.abc import Iterator, Sequence

from core.audit.audited import Audited, counted, ids, parts
from core.audit.failing import off_ingress
from core.audit.finding import Draft, Severity
from core.expectations import MUST, MUST_NOT, Expectation
from core.gates import Verdict
from core.model import ObjectRef
from core.paths import Path

_MEETS = frozenset({Verdict.WAYPOINT, Verdict.WORKLOAD_WAYPOINT})


def must_traverse(at: Audited) -> Iterator[Draft]:
    """A path that has to pass the service's waypoint does not."""
    for expectation, service, paths in _asked(at, MUST):
        wrong = [path for path in paths if not _traverses(path, expectation)]
        if wrong:
            yield _draft(at, expectation, service, wrong)


def must_not_traverse(at: Audited) -> Iterator[Draft]:
    """A path that must not pass a waypoint does."""
    for expectation, service, paths in _asked(at, MUST_NOT):
        wrong = [path for path in paths if _meets(path, expectation)]
        if wrong:
            yield _draft(at, expectation, service, wrong)


def _asked(at: Audited, sort: str) -> Iterator[tuple[Expectation, ObjectRef, Sequence[Path]]]:
    for expectation in at.expectations:
        if expectation.sort != sort:
            continue
        for service, paths in sorted(at.by_service.items()):
            if expectation.covers_service(service):
                asked = [path for path in paths if expectation.covers_gateway(path.gateway)]
                if asked:
                    yield expectation, service, asked


def _traverses(path: Path, expectation: Expectation) -> bool:
    """Whether all of the traffic reaches the waypoint, as traffic of the service."""
    return all(
        part.verdict is Verdict.WAYPOINT and expectation.covers_waypoint(part.waypoint)
        for part in parts(path)
    )


def _meets(path: Path, expectation: Expectation) -> bool:
    return any(part.verdict in _MEETS and expectation.covers_waypoint(part.waypoint) for part in parts(path))


def _draft(at: Audited, expectation: Expectation, service: ObjectRef, wrong: Sequence[Path]) -> Draft:
    told = at.explainer.sentence(wrong[0])
    row = at.row(service)
    must = expectation.sort == MUST
    why = f": {told.why}" if told.why else ""
    because = f" ({expectation.because})" if expectation.because else ""
    asked = "have to pass" if must else "must not pass"
    waypoint = f"waypoint {'/'.join(expectation.waypoint)}" if expectation.waypoint else "a waypoint"
    off = off_ingress(row) if row is not None and not must else ()
    return Draft(
        code=expectation.sort,
        severity=Severity.ERROR,
        message=f"Paths to {service} {asked} {waypoint}{because}, and {counted(wrong)} "
        f"{'does' if len(wrong) == 1 else 'do'}{' not' if must else ''}. {told.headline}{why}.",
        objects=(service,),
        paths=ids(wrong),
        where=at.where(service),
        remedy=told.remedy if must else "Take the ingress traffic of the service off the waypoint.",
        candidates=off,
        through=must,
    )
