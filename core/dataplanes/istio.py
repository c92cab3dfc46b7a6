"""Istio's gateway as ingress: istiod computes the endpoints of the gateway's cluster.

Observed on istiod 1.24.6, 1.26.8, 1.29.4, 1.30.3 and 1.31.0-rc.0; semantics, "Gates, Istio gateway". Whether any pod is
captured plays no part, and workload waypoints are never used.
"""

from collections.abc import Sequence

from core import checks
from core import labels as names
from core.dataplanes.reference import REFERENCE_CHAIN
from core.endpoints import Endpoint, Endpoints
from core.gates import BALANCED_BY_GATEWAY, REDIRECTED, Gate, Track, Verdict
from core.model import Service, ServiceEntry
from core.outcomes import NO_UPSTREAM, Share, Upstream, texts
from core.situation import Situation
from core.versions import Version

OBSERVED = (
    Version(major=1, minor=24),
    Version(major=1, minor=26),
    Version(major=1, minor=29),
    Version(major=1, minor=30),
    Version(major=1, minor=31),
)
_1_24, _1_25 = Version(major=1, minor=24), Version(major=1, minor=25)
_1_30 = Version(major=1, minor=30)
SENDS_UNREADY = Version(major=1, minor=31)
_OBSERVED = "observed on istiod 1.24.6 to 1.31.0-rc.0"
_BUILDER = f"istiod endpoint_builder.go: findServiceWaypoint; {_OBSERVED}"


def listed(at: Situation) -> Endpoints:
    """The endpoints istiod sends: those on the node under `internalTrafficPolicy: Local`, unready ones from 1.31.

    From 1.31 (PILOT_AUTO_SEND_UNHEALTHY_ENDPOINTS) a Service's unready endpoints are sent, marked unhealthy.
    """
    endpoints = at.endpoints
    if isinstance(at.service, Service) and at.profile.version >= SENDS_UNREADY:
        endpoints = endpoints.with_unready()
    return endpoints.on_nodes(at.variation.nodes) if at.node_local else endpoints


CHAIN: tuple[Gate[Situation], ...] = (
    *REFERENCE_CHAIN,
    Gate(
        id="version",
        asks="Is istiod 1.24 or newer?",
        check=checks.version_at_least("istio", _1_24, what="ingress waypoint routing"),
        otherwise=Track.ENDPOINTS,
        source=_OBSERVED,
        per_gateway=True,
    ),
    Gate(
        id="global-flag",
        asks="Is ENABLE_INGRESS_WAYPOINT_ROUTING true (default: PILOT_ENABLE_AMBIENT's value)?",
        check=checks.istio_flag,
        otherwise=Track.ENDPOINTS,
        source=_BUILDER,
        per_gateway=True,
    ),
    Gate(
        id="discovery",
        asks="Does the gateway take the endpoints from istiod, and not from DNS?",
        check=checks.endpoints_from_istiod,
        otherwise=Track.ENDPOINTS,
        source=_OBSERVED,
    ),
    Gate(
        id="vip-present",
        asks="Has the object an address, or none (0.0.0.0)?",
        check=checks.istio_has_vip(without_address_passes=True, cidr_counts=False),
        otherwise=Track.ENDPOINTS,
        source=_BUILDER,
    ),
    Gate(
        id="vip-present",
        asks="Has the object an address as istiod counts?",
        check=checks.istio_has_vip(without_address_passes=False, cidr_counts=False),
        otherwise=Track.ENDPOINTS,
        source=_BUILDER,
        since=_1_25,
    ),
    Gate(
        id="vip-present",
        asks="Has the object an address as istiod counts, CIDR ranges included?",
        check=checks.istio_has_vip(without_address_passes=False, cidr_counts=True),
        otherwise=Track.ENDPOINTS,
        source=_BUILDER,
        since=_1_30,
    ),
    Gate(
        id="attached",
        asks="Is the object's waypoint in effect?",
        check=checks.attached,
        otherwise=Track.ENDPOINTS,
        source="istiod ambient/waypoints.go",
    ),
    Gate(
        id="waypoint-address",
        asks="Does the waypoint's address lead to a Service?",
        check=checks.istio_waypoint_address,
        otherwise=Track.ENDPOINTS,
        source=_BUILDER,
    ),
    Gate(
        id="ingress-label",
        asks="Is istio.io/ingress-use-waypoint exactly true on the object?",
        check=checks.ingress_label(names.true_exactly, namespace="ignored"),
        otherwise=Track.ENDPOINTS,
        source=_OBSERVED,
    ),
    Gate(
        id="ingress-label",
        asks="Is istio.io/ingress-use-waypoint true in any case on the object, else on its namespace?",
        check=checks.ingress_label(names.true_any_case, namespace="fallback"),
        otherwise=Track.ENDPOINTS,
        source=_OBSERVED,
        since=_1_25,
    ),
    Gate(
        id="ingress-label",
        asks="Is istio.io/ingress-use-waypoint one of 1 t T true True TRUE on the object, else on its namespace?",
        check=checks.ingress_label(names.true_parse_bool, namespace="fallback"),
        otherwise=Track.ENDPOINTS,
        source="istiod ambient/services.go: ingressUseWaypointFromLabels",
        since=_1_30,
    ),
    Gate(
        id="waypoint-endpoints",
        asks="Is a pod of the waypoint's Service ready on port 15008?",
        check=checks.istio_waypoint_endpoints,
        otherwise=Verdict.NO_ENDPOINTS,
        on=REDIRECTED,
        source=_BUILDER,
    ),
    Gate(
        id="target-address",
        asks="Does the waypoint know the service by the target address?",
        check=checks.target_address,
        otherwise=Verdict.BLACKHOLE,
        on=REDIRECTED,
        source=_OBSERVED,
    ),
    Gate(
        id="endpoints",
        asks="Does the gateway hold an endpoint of the backend?",
        check=checks.lists_endpoints(listed),
        otherwise=Verdict.NO_ENDPOINTS,
        on=BALANCED_BY_GATEWAY,
        source="istiod endpoint_builder.go; pilot/pkg/model/service.go: SupportsUnhealthyEndpoints",
    ),
)


def upstream(at: Situation, track: Track) -> Upstream:
    """What the gateway's cluster holds on `track`: the waypoint's pods, or the backend's own endpoints."""
    if at.backend.target is None:
        return NO_UPSTREAM
    if track is Track.REDIRECT:
        attachment = at.attachment
        waypoints = attachment.waypoints if attachment else ()
        pods = [str(one) for weighted in waypoints if weighted.weight for one in _pods(at, weighted.waypoint)]
        return Upstream(discovery="EDS", addresses=pods)
    dns = isinstance(at.service, ServiceEntry) and at.service.uses_dns
    return Upstream(discovery="DNS" if dns else "EDS", addresses=texts(listed(at)))


def _pods(at: Situation, waypoint: tuple[str, str]) -> Sequence[Endpoint]:
    endpoints = at.world.reach(waypoint, "istio").endpoints
    return (endpoints.on_nodes(at.variation.nodes) if at.node_local else endpoints).items


def arrivals(at: Situation, track: Track) -> Sequence[Share]:
    """Where traffic goes that came to the end of the chain on `track`."""
    held = upstream(at, track)
    if track is not Track.REDIRECT:
        return [Share(share=1.0, verdict=Verdict.DIRECT, upstream=held)]
    attachment = at.attachment
    assert attachment is not None
    alive = [
        one
        for one in attachment.waypoints
        if one.weight and (_pods(at, one.waypoint) or at.world.reach(one.waypoint, "istio").assumed)
    ]
    total = sum(one.weight for one in alive)
    return [
        Share(share=one.weight / total, verdict=Verdict.WAYPOINT, waypoint=one.waypoint, upstream=held)
        for one in alive
    ]
