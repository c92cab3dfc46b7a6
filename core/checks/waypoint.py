"""Whether the waypoint itself can be reached."""

from collections.abc import Sequence

from core.checks.common import object_ref
from core.gates import Finding, Result, failed, field_evidence, not_applicable, passed, unknown
from core.model import Key
from core.situation import Client, Reach, Situation


def _weighted_reaches(at: Situation, client: Client) -> list[tuple[Key, Reach]]:
    attachment = at.attachment
    if attachment is None:
        return []
    return [
        (one.waypoint, at.world.reach(one.waypoint, client)) for one in attachment.waypoints if one.weight
    ]


def istio_waypoint_address(at: Situation) -> Finding:
    """The primary waypoint's address leads to a Service; a pod IP, or an IP nobody has, does not."""
    primary = _primary_reach(at, "istio")
    if primary is None:
        return not_applicable("no waypoint is in effect")
    key, reach = primary
    ref = object_ref("Gateway", key)
    evidence = field_evidence(ref, "status.addresses", reach.address or None)
    if reach.kind == "predicted":
        return passed(f"{ref} will have the address {reach.address}", evidence, assumed=True)
    if reach.kind == "unresolved":
        return failed(
            f"{ref} is bound, but istiod can't follow its address {reach.address or '(none)'}: {reach.detail}",
            evidence,
            remedy="Give the waypoint's Gateway a Hostname address, as istiod does, or a Service's ClusterIP.",
        )
    return passed(f"{ref} has the address {reach.address}", evidence)


def agentgateway_waypoint_address(at: Situation) -> Finding:
    """The primary waypoint's address leads to a healthy workload; else agentgateway warns and goes direct."""
    primary = _primary_reach(at, "agentgateway")
    if primary is None:
        return not_applicable("no waypoint is in effect")
    key, reach = primary
    if reach.kind == "unresolved" and reach.address:
        ref = object_ref("Gateway", key)
        because = f"nothing in the source has {ref}'s address {reach.address}; it is taken that a workload outside of it has"
        return unknown(because, field_evidence(ref, "status.addresses", reach.address), leans=Result.PASS)
    return _reachable([primary], "agentgateway warns and sends to the endpoint")


def _primary_reach(at: Situation, client: Client) -> tuple[Key, Reach] | None:
    attachment = at.attachment
    if attachment is None or not attachment.waypoints:
        return None
    key = attachment.waypoints[0].waypoint
    return key, at.world.reach(key, client)


def istio_waypoint_endpoints(at: Situation) -> Finding:
    """The waypoint's Service has a ready pod on port 15008; else the gateway has an empty list, and no fall-back."""
    reaches = _weighted_reaches(at, "istio")
    if not reaches:
        return not_applicable("no waypoint is in effect")
    if at.node_local:
        nodes = at.variation.nodes
        reaches = [
            (
                key,
                Reach(
                    kind=one.kind,
                    address=one.address,
                    endpoints=one.endpoints.on_nodes(nodes),
                    detail=one.detail,
                ),
            )
            for key, one in reaches
        ]
    return _reachable(reaches, "the gateway has no endpoint, and does not fall back")


def waypoint_reachable(at: Situation) -> Finding:
    """ztunnel: the waypoint's address leads to a healthy workload; else the connection fails, without a fall-back."""
    reaches = _weighted_reaches(at, "ztunnel")
    if not reaches:
        return not_applicable("no waypoint is in effect")
    return _reachable(reaches, "ztunnel refuses the connection, and does not fall back")


def _reachable(reaches: Sequence[tuple[Key, Reach]], otherwise: str) -> Finding:
    evidence = [
        field_evidence(
            object_ref("Gateway", key), f"endpoints of {reach.address or 'no address'}", _counted(reach)
        )
        for key, reach in reaches
    ]
    alive = [(key, reach) for key, reach in reaches if reach.kind == "predicted" or reach.endpoints.present]
    if not alive:
        why = "; ".join(
            f"{object_ref('Gateway', key)}: {reach.detail}" for key, reach in reaches if reach.detail
        )
        return failed(
            f"no healthy pod of the waypoint answers{f' ({why})' if why else ''}: {otherwise}",
            *evidence,
            remedy="Get a pod of the waypoint ready, and its Service to have port 15008.",
        )
    named = ", ".join(f"{object_ref('Gateway', key)}" for key, _ in alive)
    if all(reach.assumed for _, reach in alive):
        because = f"the source does not show whether {named} has a ready pod; it is taken that it has"
        return unknown(because, *evidence, leans=Result.PASS)
    return passed(f"{named} has ready pods", *evidence, assumed=any(reach.assumed for _, reach in alive))


def _counted(reach: Reach) -> str:
    if reach.assumed:
        return "not known"
    return f"{len(reach.endpoints.items)} ready"
