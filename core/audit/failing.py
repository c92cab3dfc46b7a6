"""`black-hole`, `no-endpoints` and `invalid-backend`: paths on which clients get an error."""

from collections.abc import Callable, Iterator, Sequence

from core import labels as names
from core.audit.audited import Audited, counted, has, ids
from core.audit.finding import Draft, Severity
from core.audit.unseen import doubt
from core.checks.common import KIND_WORDS
from core.edits import Edit, LabelEdit
from core.gates import Verdict
from core.model import Key, Object, ObjectRef
from core.paths import Path

_WAYPOINT_GATES = frozenset({"waypoint-endpoints", "waypoint-reachable", "waypoint-address"})


def off_ingress(row: Object) -> Sequence[Sequence[Edit]]:
    """Scenarios that take ingress traffic to a Service or ServiceEntry off its waypoint, the mildest first."""
    label = names.INGRESS_USE_WAYPOINT

    def edit(**change: object) -> LabelEdit:
        kind = KIND_WORDS[row.kind]
        return LabelEdit(kind=kind, namespace=row.namespace, name=row.name, **change)  # type: ignore[arg-type]

    found: list[Sequence[Edit]] = []
    if label in row.labels:
        found.append((edit(unset=(label,)),))
    if row.labels.get(label) != "false":
        found.append((edit(set={label: "false"}),))
    found.append((edit(set={names.USE_WAYPOINT: "none"}),))
    return found


def _failing(
    at: Audited, code: str, verdict: Verdict, candidates: Callable[[Object], Sequence[Sequence[Edit]]]
) -> Iterator[Draft]:
    found: dict[tuple[ObjectRef, Key, str], list[Path]] = {}
    for path in at.paths:
        if has(path, verdict):
            gate = path.outcome.decided_by or ""
            found.setdefault((path.service_ref, path.gateway_key, gate), []).append(path)
    for (service, gateway, _), paths in sorted(found.items(), key=lambda item: item[0]):
        told = at.told(paths[0])
        row = at.row(service)
        why = f": {told.why}" if told.why else ""
        yield Draft(
            code=code,
            severity=Severity.ERROR,
            message=f"{counted(paths)} from {paths[0].gateway_ref} to {service} can't deliver. "
            f"{told.headline}{why}.{doubt(at, paths)}",
            objects=(service, ObjectRef(kind="Gateway", namespace=gateway[0], name=gateway[1])),
            paths=ids(paths),
            where=at.where(service),
            field=names.INGRESS_USE_WAYPOINT,
            remedy=told.remedy,
            candidates=candidates(row) if row is not None else (),
        )


def black_hole(at: Audited) -> Iterator[Draft]:
    """The gateway holds no address, or one that the waypoint does not know."""
    return _failing(at, "black-hole", Verdict.BLACKHOLE, _off_ingress)


def _off_ingress(row: Object) -> Sequence[Sequence[Edit]]:
    return off_ingress(row) if row.kind in ("Service", "ServiceEntry") else ()


def no_endpoints(at: Audited) -> Iterator[Draft]:
    """Endpoints are wanted, of the service or of its waypoint, and none is ready."""
    return _failing(at, "no-endpoints", Verdict.NO_ENDPOINTS, _off_ingress)


def invalid_backend(at: Audited) -> Iterator[Draft]:
    """A route sends to what does not resolve: an object or port that is missing, not allowed, or of no known kind."""
    found: dict[tuple[ObjectRef, ObjectRef, str], list[Path]] = {}
    for path in at.paths:
        if has(path, Verdict.INVALID):
            gate = path.outcome.decided_by or ""
            found.setdefault((path.route_ref, path.service_ref, gate), []).append(path)
    for (route, backend, _), paths in sorted(found.items(), key=lambda item: item[0]):
        told = at.told(paths[0])
        why = f": {told.why}" if told.why else ""
        yield Draft(
            code="invalid-backend",
            severity=Severity.ERROR,
            message=f"{counted(paths)} of {route} to {backend} can't deliver. "
            f"{told.headline}{why}.{doubt(at, paths)}",
            objects=(route, backend),
            paths=ids(paths),
            where=at.where(route),
            remedy=told.remedy,
        )


def waypoint_without_pods(at: Audited) -> dict[Key, list[Path]]:
    """Waypoint → the paths that fail since none of its pods answers."""
    found: dict[Key, list[Path]] = {}
    for path in at.paths:
        if has(path, Verdict.NO_ENDPOINTS) and path.outcome.decided_by in _WAYPOINT_GATES:
            situation = at.resolution.decisions[path.decision].situations[-1]
            attachment = situation.attachment
            for one in attachment.waypoints if attachment is not None else ():
                found.setdefault(one.waypoint, []).append(path)
    return found
