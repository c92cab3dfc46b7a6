"""The endpoints of the backend, and the workload waypoints before them."""

from collections.abc import Callable, Sequence

from core.attachment import Attachment
from core.checks.common import NOT_SHOWN, Check, object_ref, port_words
from core.endpoints import Endpoint, Endpoints
from core.gates import Finding, Result, failed, field_evidence, not_applicable, passed, unknown
from core.model import Key, KgatewayBackend, Pod, Row, ServiceEntry
from core.situation import Situation


def has_endpoints(at: Situation) -> Finding:
    """The target has an endpoint that is ready."""
    return _endpoints_finding(at, at.endpoints)


def lists_endpoints(listed: Callable[[Situation], Endpoints]) -> Check:
    """The gateway holds an endpoint; `listed` is what it holds, which may include ones that are not ready."""

    def check(at: Situation) -> Finding:
        return _endpoints_finding(at, listed(at))

    return check


def _endpoints_finding(at: Situation, held: Endpoints) -> Finding:
    target = at.backend.target
    if target is None:
        return not_applicable("there is no target")
    ready = len(at.endpoints.items)
    evidence = field_evidence(target.ref, "ready endpoints", str(ready) if held.known else None)
    if not held.known:
        because = (
            f"the source does not show whether {target.ref} has ready endpoints; it is taken that it has"
        )
        return unknown(because, evidence, leans=Result.PASS)
    if not held.items:
        where = " on the gateway's node" if at.node_local and ready else ""
        return failed(
            f"{target.ref} has no ready endpoint{port_words(at)}{where}: clients get 503",
            evidence,
            remedy="Get a pod of it ready, and check that the Service's selector and target port match the pods.",
        )
    if held.predicted:
        because = f"{target.ref} will have endpoints once {held.items[0].address} runs"
        return passed(because, evidence, assumed=True)
    if not ready:
        because = f"the gateway holds {_count(held)} of {target.ref}{port_words(at)}, and none is ready: it may answer 503"
        return passed(because, evidence)
    return passed(
        f"{target.ref} has {ready} ready endpoint{'s' if ready > 1 else ''}{port_words(at)}", evidence
    )


def _count(held: Endpoints) -> str:
    return f"{len(held.items)} endpoint{'s' if len(held.items) > 1 else ''}"


class WorkloadWaypoint(Row):
    """The workload waypoint of one endpoint: its Gateway, and whether a pod of it is healthy."""

    waypoint: Key
    reachable: bool
    assumed: bool


def workload_waypoints(at: Situation, held: Endpoints) -> Sequence[WorkloadWaypoint | None]:
    """Per endpoint in `held` the workload waypoint that ztunnel would send through; None for none.

    The waypoint itself, as a client, goes on directly; so does a gateway pod that is not captured.
    """
    if not at.variation.capture.captured:
        return [None] * len(held.items)
    found: list[WorkloadWaypoint | None] = []
    by_waypoint: dict[Key, WorkloadWaypoint | None] = {}
    dns = isinstance(at.service, ServiceEntry) and at.service.uses_dns
    for endpoint in held.items:
        subject = None if dns or _on_host_network(endpoint) else endpoint.subject
        attachment = at.world.workload_attachment(subject) if subject is not None else None
        if attachment is None or not attachment.in_effect:
            found.append(None)
            continue
        key = attachment.waypoints[0].waypoint
        if key not in by_waypoint:
            by_waypoint[key] = _workload_waypoint_of(at, attachment)
        found.append(by_waypoint[key])
    return found


def _on_host_network(endpoint: Endpoint) -> bool:
    """ztunnel does not know a pod by the address of its node."""
    return isinstance(endpoint.subject, Pod) and endpoint.subject.host_network


def _workload_waypoint_of(at: Situation, attachment: Attachment) -> WorkloadWaypoint | None:
    key = attachment.waypoints[0].waypoint
    reach = at.world.reach(key, "ztunnel")
    if key == at.gateway.key or (reach.kind == "unresolved" and not reach.address):
        return None
    alive = reach.kind == "predicted" or reach.endpoints.present
    assumed = attachment.assumed or (alive and reach.assumed)
    return WorkloadWaypoint(waypoint=key, reachable=alive, assumed=assumed)


def workload_waypoint(listed: Callable[[Situation], Endpoints]) -> Check:
    """ztunnel sends traffic addressed to a pod through the pod's workload waypoint, where one is in effect."""

    def check(at: Situation) -> Finding:
        return _workload_waypoint(at, listed(at))

    return check


def _workload_waypoint(at: Situation, held: Endpoints) -> Finding:
    if at.backend.target is None or isinstance(at.backend.target, KgatewayBackend):
        return not_applicable("there is no pod")
    if not at.variation.capture.captured:
        return not_applicable("the gateway pod is not captured: no ztunnel sees its traffic")
    found = workload_waypoints(at, held)
    bound = [one for one in found if one is not None]
    if not bound:
        namespace = at.backend.ref.namespace
        if at.cluster.may_hold("Pod", namespace) and any(one.subject is None for one in held.items):
            because = "whether an endpoint has a workload waypoint is not known: the pods were not read"
            return unknown(because, leans=Result.PASS, remedy=NOT_SHOWN)
        return not_applicable("no endpoint has a workload waypoint in effect")
    evidence = [
        field_evidence(object_ref("Gateway", key), "healthy pods", "yes" if alive else "none")
        for key, alive in sorted({(one.waypoint, one.reachable) for one in bound})
    ]
    named = ", ".join(sorted({str(object_ref("Gateway", one.waypoint)) for one in bound}))
    if len(bound) == len(found) and not any(one.reachable for one in bound):
        return failed(
            f"ztunnel sends through the workload waypoint {named}, and no pod of it answers",
            *evidence,
            remedy="Get a pod of the waypoint ready.",
        )
    because = f"ztunnel sends traffic to {len(bound)} of {len(found)} endpoints through the workload waypoint {named}"
    return passed(because, *evidence, assumed=any(one.assumed for one in bound))
