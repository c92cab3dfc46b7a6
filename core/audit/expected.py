"""`must-traverse` and `must-not-traverse`: what `waypath.yaml` asks of paths."""

from collections.abc import Iterator, Sequence

from core import labels as names
from core.audit.audited import Audited, counted, ids, parts
from core.audit.failing import off_ingress
from core.audit.finding import Draft, Severity
from core.audit.unseen import doubt
from core.expectations import MUST, MUST_NOT, Expectation
from core.gates import Verdict
from core.model import ObjectRef, Row
from core.paths import Path

_MEETS = frozenset({Verdict.WAYPOINT, Verdict.WORKLOAD_WAYPOINT})


class Answer(Row):
    """How the paths that an expectation asks are: the ids of all of them, and of those that are not as they should be."""

    expectation: Expectation
    asked: Sequence[str]
    wrong: Sequence[str]


def answers(at: Audited) -> Sequence[Answer]:
    """What each expectation of `at` finds, in their order."""
    found = []
    for expectation in at.expectations:
        asked = [path for _, paths in _covered(at, expectation) for path in paths]
        wrong = [path for path in asked if _is_wrong(path, expectation)]
        found.append(Answer(expectation=expectation, asked=ids(asked), wrong=ids(wrong)))
    return found


def must_traverse(at: Audited) -> Iterator[Draft]:
    """A path that has to pass the service's waypoint does not."""
    for expectation, service, paths in _asked(at, MUST):
        wrong = [path for path in paths if _is_wrong(path, expectation)]
        if wrong:
            yield _draft(at, expectation, service, wrong)


def must_not_traverse(at: Audited) -> Iterator[Draft]:
    """A path that must not pass a waypoint does."""
    for expectation, service, paths in _asked(at, MUST_NOT):
        wrong = [path for path in paths if _is_wrong(path, expectation)]
        if wrong:
            yield _draft(at, expectation, service, wrong)


def _asked(at: Audited, sort: str) -> Iterator[tuple[Expectation, ObjectRef, Sequence[Path]]]:
    for expectation in at.expectations:
        if expectation.sort == sort:
            for service, asked in _covered(at, expectation):
                yield expectation, service, asked


def _covered(at: Audited, expectation: Expectation) -> Iterator[tuple[ObjectRef, Sequence[Path]]]:
    """The services that are meant, each with its paths that are."""
    for service, paths in sorted(at.by_service.items()):
        if expectation.covers_service(service):
            asked = [path for path in paths if expectation.covers_gateway(path.gateway)]
            if asked:
                yield service, asked


def _is_wrong(path: Path, expectation: Expectation) -> bool:
    if expectation.sort == MUST:
        return not _traverses(path, expectation)
    return _meets(path, expectation)


def _traverses(path: Path, expectation: Expectation) -> bool:
    """Whether all of the traffic reaches the waypoint, as traffic of the service."""
    return all(
        part.verdict is Verdict.WAYPOINT and expectation.covers_waypoint(part.waypoint)
        for part in parts(path)
    )


def _meets(path: Path, expectation: Expectation) -> bool:
    return any(part.verdict in _MEETS and expectation.covers_waypoint(part.waypoint) for part in parts(path))


def _draft(at: Audited, expectation: Expectation, service: ObjectRef, wrong: Sequence[Path]) -> Draft:
    told = at.told(wrong[0])
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
        f"{'does' if len(wrong) == 1 else 'do'}{' not' if must else ''}. {told.headline}{why}."
        f"{doubt(at, wrong)}",
        objects=(service,),
        paths=ids(wrong),
        where=at.where(service),
        field=names.INGRESS_USE_WAYPOINT,
        remedy=told.remedy if must else "Take the ingress traffic of the service off the waypoint.",
        candidates=off,
        through=must,
    )
