"""What ztunnel on the gateway's node does with a captured gateway pod's traffic.

Source: ztunnel src/state.rs and src/proxy/outbound.rs; semantics, "ztunnel, for captured clients".
"""

from collections.abc import Callable, Sequence

from core import checks
from core.endpoints import Endpoints
from core.gates import BALANCED_BY_GATEWAY, BALANCED_BY_ZTUNNEL, REDIRECTED, Gate, Track, Verdict
from core.outcomes import Share, Upstream
from core.situation import Situation


def vip_chain(addresses: Callable[[Situation], Sequence[str]]) -> tuple[Gate[Situation], ...]:
    """Traffic to a VIP, the first of `addresses`."""
    return (
        Gate(
            id="vip-known",
            asks="Does ztunnel know the VIP?",
            check=checks.vip_known(addresses),
            otherwise=Verdict.VIP_DIRECT,
            on=REDIRECTED,
            source="istiod ambient/services.go; ztunnel outbound.rs: build_request",
        ),
        Gate(
            id="waypoint-in-effect",
            asks="Does ztunnel know a waypoint for the VIP?",
            check=checks.told_to_ztunnel,
            otherwise=Track.VIP,
            on=REDIRECTED,
            source="istiod ambient/waypoints.go; ztunnel state.rs",
        ),
        Gate(
            id="waypoint-reachable",
            asks="Does a healthy pod answer at the waypoint's address?",
            check=checks.waypoint_reachable,
            otherwise=Verdict.NO_ENDPOINTS,
            on=REDIRECTED,
            source="ztunnel state.rs: fetch_waypoint",
        ),
    )


BALANCE_CHAIN: tuple[Gate[Situation], ...] = (
    Gate(
        id="healthy-endpoint",
        asks="Has the service a healthy endpoint for ztunnel to balance to?",
        check=checks.has_endpoints,
        otherwise=Verdict.NO_ENDPOINTS,
        on=BALANCED_BY_ZTUNNEL,
        source="ztunnel state.rs: load_balance",
    ),
)
"""Traffic to a VIP without a waypoint."""


def endpoint_chain(listed: Callable[[Situation], Endpoints]) -> tuple[Gate[Situation], ...]:
    """Traffic to one of the endpoints that the gateway holds (`listed`)."""
    return (
        Gate(
            id="endpoints",
            asks="Does the gateway hold an endpoint of the backend?",
            check=checks.lists_endpoints(listed),
            otherwise=Verdict.NO_ENDPOINTS,
            on=BALANCED_BY_GATEWAY,
            source="EndpointSlices",
        ),
        Gate(
            id="workload-waypoint",
            asks="Does the pod's workload waypoint, where there is one, answer?",
            check=checks.workload_waypoint(listed),
            otherwise=Verdict.NO_ENDPOINTS,
            on=BALANCED_BY_GATEWAY,
            source="ztunnel state.rs: find_upstream; istiod ambient/workloads.go: computeWaypoint",
        ),
    )


def to_vip(at: Situation, upstream: Upstream) -> Sequence[Share]:
    """VIP traffic of a service with waypoints in effect: sampled by weight, each part alone on its waypoint."""
    attachment = at.attachment
    assert attachment is not None
    return [
        Share(
            share=one.weight / 100,
            verdict=Verdict.WAYPOINT if _alive(at, one.waypoint) else Verdict.NO_ENDPOINTS,
            waypoint=one.waypoint if _alive(at, one.waypoint) else None,
            upstream=upstream,
        )
        for one in attachment.waypoints
    ]


def _alive(at: Situation, waypoint: tuple[str, str]) -> bool:
    reach = at.world.reach(waypoint, "ztunnel")
    return reach.kind == "predicted" or reach.endpoints.present


def to_endpoint(at: Situation, held: Endpoints, upstream: Upstream) -> Sequence[Share]:
    """Traffic to one of the endpoints in `held`: through the pod's workload waypoint where there is one, each endpoint with an equal share."""
    found = checks.workload_waypoints(at, held)
    if not found:
        return [Share(share=1.0, verdict=Verdict.DIRECT, upstream=upstream)]
    share = 1 / len(found)
    return [
        Share(share=share, verdict=Verdict.DIRECT, upstream=upstream)
        if one is None
        else Share(
            share=share,
            verdict=Verdict.WORKLOAD_WAYPOINT if one.reachable else Verdict.NO_ENDPOINTS,
            waypoint=one.waypoint if one.reachable else None,
            upstream=upstream,
        )
        for one in found
    ]
