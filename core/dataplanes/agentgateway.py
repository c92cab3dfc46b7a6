"""agentgateway as ingress: it works from istiod's workload API and speaks HBONE to the waypoint itself.

Read in its source, crates/agentgateway/src/proxy/httpproxy.rs (2026-08); semantics, "Gates, Istio gateway and agentgateway".
"""

from collections.abc import Sequence

from core import checks
from core import labels as names
from core.dataplanes.reference import REFERENCE_CHAIN
from core.endpoints import Endpoints
from core.gates import Gate, Track, Verdict
from core.model import Service, ServiceEntry, bracketed, service_host
from core.outcomes import NO_UPSTREAM, Share, Upstream, texts
from core.situation import Situation
from core.versions import Version

OBSERVED = (Version(major=1, minor=2),)
_FIRST = Version(major=1, minor=2)
_ISTIOD_FIRST = Version(major=1, minor=30)
_SOURCE = "agentgateway httpproxy.rs"


def listed(at: Situation) -> Endpoints:
    """The healthy endpoints."""
    return at.endpoints


CHAIN: tuple[Gate[Situation], ...] = (
    *REFERENCE_CHAIN,
    Gate(
        id="version",
        asks="Is agentgateway 1.2.0 or newer?",
        check=checks.version_at_least("agentgateway", _FIRST, what="ingress-use-waypoint"),
        otherwise=Track.ENDPOINTS,
        source=_SOURCE,
        per_gateway=True,
    ),
    Gate(
        id="istiod-version",
        asks="Is istiod 1.30 or newer?",
        check=checks.version_at_least(
            "istio", _ISTIOD_FIRST, what="ingress-use-waypoint in its workload API"
        ),
        otherwise=Track.ENDPOINTS,
        source="istiod pkg/workloadapi: Service.ingress_use_waypoint",
        per_gateway=True,
    ),
    Gate(
        id="endpoint-first",
        asks="Has the service a healthy endpoint? It is picked before the waypoint is looked at.",
        check=checks.has_endpoints,
        otherwise=Verdict.NO_ENDPOINTS,
        source=_SOURCE,
    ),
    Gate(
        id="ingress-label",
        asks="Is istio.io/ingress-use-waypoint one of 1 t T true True TRUE on the object, else on its namespace?",
        check=checks.ingress_label(names.true_parse_bool, namespace="fallback"),
        otherwise=Track.ENDPOINTS,
        source="istiod ambient/services.go: ingressUseWaypointFromLabels",
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
        asks="Does the waypoint's address lead to a healthy workload?",
        check=checks.agentgateway_waypoint_address,
        otherwise=Track.ENDPOINTS,
        source=_SOURCE,
    ),
    Gate(
        id="mesh-ca",
        asks="Has the gateway a mesh CA?",
        check=checks.mesh_ca,
        otherwise=Track.ENDPOINTS,
        source=_SOURCE,
        per_gateway=True,
    ),
)


def upstream(at: Situation, track: Track) -> Upstream:
    """The waypoint with the service's host name as HBONE target, or the backend's endpoints."""
    row = at.service
    if row is None:
        return NO_UPSTREAM
    if track is not Track.REDIRECT:
        return Upstream(discovery="EDS", addresses=texts(at.endpoints))
    host = service_host(row.namespace, row.name) if isinstance(row, Service) else _first_host(row)
    return Upstream(discovery="HBONE", addresses=[bracketed(host, at.backend.ref.port or 0)])


def _first_host(row: ServiceEntry) -> str:
    return row.hosts[0] if row.hosts else row.name


def arrivals(at: Situation, track: Track) -> Sequence[Share]:
    """Where traffic goes that came to the end of the chain: the primary waypoint (weights are not looked at), or direct."""
    held = upstream(at, track)
    if track is not Track.REDIRECT:
        return [Share(share=1.0, verdict=Verdict.DIRECT, upstream=held)]
    attachment = at.attachment
    assert attachment is not None
    return [
        Share(share=1.0, verdict=Verdict.WAYPOINT, waypoint=attachment.waypoints[0].waypoint, upstream=held)
    ]
