"""`unused-waypoint`, `waypoint-not-ready`, `waypoint-type-mismatch` and `attachment-denied`."""

from collections.abc import Iterator, Mapping, Sequence

from core import labels as names
from core.attachment import Reason
from core.audit.audited import Audited, counted, ids, listed, ref_of
from core.audit.failing import waypoint_without_pods
from core.audit.finding import Draft, Severity
from core.audit.unseen import is_named_unseen
from core.classes import data_plane
from core.edits import Edit, LabelEdit
from core.model import Gateway, Key, ObjectRef, Service, ServiceEntry

Rows = Sequence[Service | ServiceEntry]


def _ref(key: Key) -> ObjectRef:
    return ObjectRef(kind="Gateway", namespace=key[0], name=key[1])


def _carriers(at: Audited, rows: Rows) -> Sequence[ObjectRef]:
    """The objects that carry the label which names the waypoint."""
    found = {ref_of(at.attachment(row).reference.carrier) for row in rows}
    return sorted(found)


def _message(at: Audited, key: Key, rows: Rows) -> str:
    first = at.attachment(rows[0])
    paths = at.paths_to(row.ref for row in rows)
    affected = f", {counted(paths)}" if paths else ""
    return f"{_ref(key)} is not in effect for {listed(row.ref for row in rows)}{affected}: {first.message}."


def waypoint_not_ready(at: Audited) -> Iterator[Draft]:
    """Objects name a waypoint that does not exist, has no address, or has no pod that answers."""
    for key, rows in sorted(at.refused(Reason.NOT_READY).items()):
        paths = at.paths_to(row.ref for row in rows)
        if at.attachment(rows[0]).hidden:
            continue
        absent = key not in at.cluster.gateways
        if absent and not at.cluster.observed and not paths:
            continue
        beside = " There is no such Gateway in the source." if absent else " Its status has no address."
        yield Draft(
            code="waypoint-not-ready",
            severity=Severity.ERROR if paths else Severity.WARNING,
            message=_message(at, key, rows) + beside,
            objects=(_ref(key), *_carriers(at, rows)),
            paths=ids(paths),
            where=at.where(_ref(key)) or rows[0].where,
            remedy="Create the waypoint, or correct the label that names it."
            if absent
            else "See why its Gateway gets no address: its class, its revision, its controller.",
        )
    for key, failing in sorted(waypoint_without_pods(at).items()):
        yield Draft(
            code="waypoint-not-ready",
            severity=Severity.ERROR,
            message=f"{_ref(key)} has no pod that is ready: {counted(failing)} to "
            f"{listed(path.service_ref for path in failing)} can't deliver.",
            objects=(_ref(key),),
            paths=ids(failing),
            where=at.where(_ref(key)),
            remedy="Get a pod of the waypoint ready, and its Service to have port 15008.",
        )


def waypoint_type_mismatch(at: Audited) -> Iterator[Draft]:
    """The waypoint takes traffic of another type than that of the objects which name it."""
    for key, rows in sorted(at.refused(Reason.TRAFFIC_TYPE).items()):
        gateway = at.cluster.gateways[key]
        paths = at.paths_to(row.ref for row in rows)
        edit = LabelEdit(
            kind="gateway", namespace=key[0], name=key[1], set={names.WAYPOINT_FOR: _wider(gateway)}
        )
        yield Draft(
            code="waypoint-type-mismatch",
            severity=Severity.ERROR if paths else Severity.WARNING,
            message=_message(at, key, rows),
            objects=(_ref(key), *_carriers(at, rows)),
            paths=ids(paths),
            where=gateway.where,
            field=names.WAYPOINT_FOR,
            remedy=f"Label the waypoint {names.WAYPOINT_FOR}={_wider(gateway)}, or name one for services.",
            candidates=((edit,),),
        )


def _wider(gateway: Gateway) -> str:
    """The type that takes services, and what the waypoint takes today."""
    return "all" if gateway.labels.get(names.WAYPOINT_FOR, "") == "workload" else "service"


def attachment_denied(at: Audited) -> Iterator[Draft]:
    """The waypoint does not admit the namespace of the objects which name it."""
    by_namespace: dict[tuple[Key, str], list[Service | ServiceEntry]] = {}
    for key, rows in at.refused(Reason.DENIED, Reason.CROSS_NAMESPACE).items():
        for row in rows:
            by_namespace.setdefault((key, row.namespace), []).append(row)
    for (key, namespace), rows in sorted(by_namespace.items(), key=lambda item: item[0]):
        gateway = at.cluster.gateways.get(key)
        paths = at.paths_to(row.ref for row in rows)
        yield Draft(
            code="attachment-denied",
            severity=Severity.ERROR if paths else Severity.WARNING,
            message=_message(at, key, rows),
            objects=(_ref(key), *_carriers(at, rows)),
            paths=ids(paths),
            where=gateway.where if gateway is not None else rows[0].where,
            remedy="Let the waypoint's listener admit the namespace (allowedRoutes.namespaces), "
            "or use a waypoint in the namespace itself.",
            candidates=_admitting(gateway, namespace) if gateway is not None else (),
        )


def _admitting(gateway: Gateway, namespace: str) -> Sequence[Sequence[Edit]]:
    """Label the namespace as the listener's selector asks."""
    found: list[Sequence[Edit]] = []
    for listener in gateway.listeners:
        selector = listener.allowed.selector
        if listener.allowed.origin == "Selector" and selector is not None and selector.match_labels:
            wanted = dict(selector.match_labels)
            found.append((LabelEdit(kind="namespace", namespace="", name=namespace, set=wanted),))
    return found


def unused_waypoint(at: Audited) -> Iterator[Draft]:
    """A waypoint that nothing names."""
    named = _named(at)
    for key, gateway in sorted(at.cluster.gateways.items()):
        if key in named or data_plane(at.cluster, gateway).role != "waypoint":
            continue
        if gateway.labels.get(names.WAYPOINT_FOR) == "none" or _used_from_elsewhere(at, gateway):
            continue
        yield Draft(
            code="unused-waypoint",
            severity=Severity.WARNING,
            message=f"{gateway.ref} is a waypoint that no Service, ServiceEntry, pod or namespace names.",
            objects=(gateway.ref,),
            where=gateway.where,
            remedy=f"Bind what should pass it with the label {names.USE_WAYPOINT}={gateway.name}, or delete it.",
        )


def _used_from_elsewhere(at: Audited, gateway: Gateway) -> bool:
    """Whether something that is not in the source may name it: its own namespace, manifests of other namespaces, or
    what may not be read.
    """
    if at.cluster.namespace(gateway.namespace) is None:
        return True
    from_elsewhere = any(one.allowed.origin != "Same" for one in gateway.listeners)
    if is_named_unseen(at.cluster, gateway.namespace, from_elsewhere=from_elsewhere):
        return True
    return not at.cluster.observed and from_elsewhere


def _named(at: Audited) -> Mapping[Key, bool]:
    cluster = at.cluster
    found: dict[Key, bool] = {}
    for row in (
        *cluster.services.values(),
        *cluster.service_entries.values(),
        *cluster.namespaces.values(),
        *cluster.pods.values(),
        *cluster.workload_entries.values(),
    ):
        namespace = row.namespace or row.name
        for label, other in (
            (names.USE_WAYPOINT, names.USE_WAYPOINT_NAMESPACE),
            (names.CANARY, names.CANARY_NAMESPACE),
        ):
            value = row.labels.get(label)
            if value and value != "none":
                found[(row.labels.get(other, namespace), value)] = True
    for workload in cluster.workloads.values():
        value = workload.template_labels.get(names.USE_WAYPOINT)
        if value:
            home = workload.template_labels.get(names.USE_WAYPOINT_NAMESPACE, workload.namespace)
            found[(home, value)] = True
    return found
