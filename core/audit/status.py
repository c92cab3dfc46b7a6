"""`status-disagrees`: what istiod's condition tells of a service's ingress traffic is not what happens."""

from collections.abc import Callable, Iterator, Sequence

from core import labels as names
from core.audit.audited import Audited, counted, ids, listed, parts, passes_waypoint
from core.audit.failing import off_ingress
from core.audit.finding import Draft, Severity
from core.audit.unseen import certain
from core.gates import Verdict
from core.model import Object, Service, ServiceEntry
from core.paths import Path
from core.versions import Version

WILL_TRAVERSE = "Ingress traffic will traverse the waypoint"
NOT_USING = "Ingress traffic is not using the waypoint"
_TOLD_SINCE = Version(major=1, minor=25)
_PARSED_SINCE = Version(major=1, minor=30)
_UNDELIVERED = frozenset({Verdict.INVALID, Verdict.NO_ENDPOINTS})
"""Verdicts of traffic that is lost for a reason which has nothing to do with the condition."""


def status_disagrees(at: Audited) -> Iterator[Draft]:
    """The condition, which looks at labels only, promises another path than gateways take.

    Only where the source has the condition. A scenario that changes what istiod looks at changes the condition too:
    then its text follows from the labels, as istiod writes it.
    """
    for service, paths in sorted(at.by_service.items()):
        row = at.row(service)
        if not isinstance(row, Service | ServiceEntry) or not row.conditions:
            continue
        edited = _is_edited(at, row)
        told = _will_tell(at, row) if edited else _tells(row)
        wrong = certain(at, (path for path in paths if _disagrees(path, told)))
        if wrong:
            yield _draft(at, row, wrong, told, "will say" if edited else "says")


def _draft(at: Audited, row: Service | ServiceEntry, wrong: Sequence[Path], told: str, says: str) -> Draft:
    first = wrong[0]
    verdict = first.outcome.verdict
    sentence = at.told(first)
    one = len(wrong) == 1
    if told == NOT_USING:
        happens = "passes it" if one else "pass it"
    else:
        happens = f"{'does' if one else 'do'} not: the verdict is {verdict.value}"
    why = f", since {sentence.why}" if sentence.why else ""
    return Draft(
        code="status-disagrees",
        severity=Severity.WARNING,
        message=f'The condition {names.WAYPOINT_BOUND} of {row.ref} {says} "{told}", and {counted(wrong)} through '
        f"{listed(path.gateway_ref for path in wrong)} {happens}{why}.",
        objects=(row.ref,),
        paths=ids(wrong),
        where=row.where,
        field=names.INGRESS_USE_WAYPOINT,
        remedy=sentence.remedy or "Trust the path, not the condition: it looks at labels only.",
        candidates=off_ingress(row) if verdict is Verdict.BLACKHOLE else (),
        through=told == WILL_TRAVERSE,
    )


def _tells(row: Service | ServiceEntry) -> str:
    """What the condition in the source says of ingress traffic; nothing where it says nothing of it."""
    for condition in row.conditions:
        if condition.type == names.WAYPOINT_BOUND and condition.status == "True":
            return next((text for text in (WILL_TRAVERSE, NOT_USING) if text in condition.message), "")
    return ""


def _will_tell(at: Audited, row: Service | ServiceEntry) -> str:
    """What istiod would say, by the object's own label and else by its namespace's; nothing where there is none."""
    version = at.resolution.profiles["istio"].version
    if version < _TOLD_SINCE or not at.attachment(row).in_effect:
        return ""
    value = row.labels.get(names.INGRESS_USE_WAYPOINT)
    if value is None:
        namespace = at.cluster.namespace(row.namespace)
        value = namespace.labels.get(names.INGRESS_USE_WAYPOINT) if namespace is not None else None
    if value is None:
        return ""
    truth: Callable[[str], bool] = names.true_parse_bool if version >= _PARSED_SINCE else names.true_any_case
    return WILL_TRAVERSE if truth(value) else NOT_USING


def _is_edited(at: Audited, row: Service | ServiceEntry) -> bool:
    """Whether a scenario changed something that istiod looks at for the condition."""
    cluster = at.cluster
    looked_at: list[Object | None] = [row, cluster.namespace(row.namespace)]
    looked_at += [cluster.gateways.get(one.waypoint) for one in at.attachment(row).waypoints]
    istiod = cluster.controller("istiod")
    version = istiod.read is not None and istiod.read.version != istiod.version
    return version or any(one is not None and one.read_labels is not None for one in looked_at)


def _disagrees(path: Path, told: str) -> bool:
    if told == WILL_TRAVERSE:
        return not passes_waypoint(path) and path.outcome.verdict not in _UNDELIVERED
    return told == NOT_USING and any(part.verdict is Verdict.WAYPOINT for part in parts(path))
