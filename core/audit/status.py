"""`status-disagrees`: what istiod's condition tells of a service's ingress traffic is not what happens."""

from collections.abc import Callable, Iterator

from core import labels as names
from core.audit.audited import Audited, counted, ids, listed, parts, passes_waypoint
from core.audit.failing import off_ingress
from core.audit.finding import Draft, Severity
from core.gates import Verdict
from core.model import Service, ServiceEntry
from core.paths import Path
from core.versions import Version

CONDITION = "istio.io/WaypointBound"
WILL_TRAVERSE = "Ingress traffic will traverse the waypoint"
NOT_USING = "Ingress traffic is not using the waypoint"
_TOLD_SINCE = Version(major=1, minor=25)
_PARSED_SINCE = Version(major=1, minor=30)


def status_disagrees(at: Audited) -> Iterator[Draft]:
    """The condition, which looks at labels only, promises another path than gateways take.

    Its text follows from the labels and the waypoint as istiod reads them. Only a running cluster has conditions.
    """
    profile = at.resolution.profiles["istio"]
    if not at.cluster.observed or profile.version < _TOLD_SINCE:
        return
    truth = names.true_parse_bool if profile.version >= _PARSED_SINCE else names.true_any_case
    for service, paths in sorted(at.by_service.items()):
        row = at.row(service)
        if not isinstance(row, Service | ServiceEntry) or not at.attachment(row).in_effect:
            continue
        told = _told(at, row, truth)
        wrong = [path for path in paths if _disagrees(path, told)]
        if not told or not wrong:
            continue
        first = wrong[0]
        verdict = first.outcome.verdict.value
        sentence = at.explainer.sentence(first)
        why = f": {sentence.why}" if sentence.why else ""
        yield Draft(
            code="status-disagrees",
            severity=Severity.WARNING,
            message=f'The condition {CONDITION} of {row.ref} says "{told}", and {counted(wrong)} through '
            f"{listed(path.gateway_ref for path in wrong)} {'is' if len(wrong) == 1 else 'are'} {verdict}{why}.",
            objects=(row.ref,),
            paths=ids(wrong),
            where=row.where,
            remedy=sentence.remedy or "Trust the path, not the condition: it looks at labels only.",
            candidates=off_ingress(row) if verdict == Verdict.BLACKHOLE.value else (),
            through=told == WILL_TRAVERSE,
        )


def _told(at: Audited, row: Service | ServiceEntry, truth: Callable[[str], bool]) -> str:
    """What istiod says of the label, by the object's own and else by its namespace's; nothing where there is none."""
    value = row.labels.get(names.INGRESS_USE_WAYPOINT)
    if value is None:
        namespace = at.cluster.namespace(row.namespace)
        value = namespace.labels.get(names.INGRESS_USE_WAYPOINT) if namespace is not None else None
    if value is None:
        return ""
    return WILL_TRAVERSE if truth(value) else NOT_USING


def _disagrees(path: Path, told: str) -> bool:
    if told == WILL_TRAVERSE:
        return not passes_waypoint(path) and path.outcome.verdict not in (
            Verdict.INVALID,
            Verdict.NO_ENDPOINTS,
        )
    return told == NOT_USING and any(part.verdict is Verdict.WAYPOINT for part in parts(path))
