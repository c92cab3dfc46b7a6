"""A Gateway of a class whose behaviour is not known: shown as resolving to endpoints, and said so."""

from collections.abc import Sequence

from core import checks
from core.dataplanes.reference import REFERENCE_CHAIN
from core.endpoints import Endpoints
from core.gates import BALANCED_BY_GATEWAY, Gate, Track, Verdict
from core.model import KgatewayBackend
from core.outcomes import NO_UPSTREAM, Share, Upstream, texts
from core.situation import Situation


def listed(at: Situation) -> Endpoints:
    """The ready endpoints."""
    return at.endpoints


CHAIN: tuple[Gate[Situation], ...] = (
    *REFERENCE_CHAIN,
    Gate(
        id="data-plane",
        asks="Is the data plane one of kgateway, Istio gateway and agentgateway?",
        check=checks.data_plane_modelled,
        otherwise=Track.ENDPOINTS,
        source="GatewayClass.spec.controllerName",
        per_gateway=True,
    ),
    Gate(
        id="endpoints",
        asks="Is an endpoint of the backend ready?",
        check=checks.has_endpoints,
        otherwise=Verdict.NO_ENDPOINTS,
        on=BALANCED_BY_GATEWAY,
        source="EndpointSlices",
    ),
)


def upstream(at: Situation, track: Track) -> Upstream:
    """The backend's endpoints, whatever `track`."""
    if at.backend.target is None or isinstance(at.backend.target, KgatewayBackend):
        return NO_UPSTREAM
    return Upstream(discovery="EDS", addresses=texts(at.endpoints))


def arrivals(at: Situation, track: Track) -> Sequence[Share]:
    """Direct, since nothing else is known."""
    return [Share(share=1.0, verdict=Verdict.DIRECT, upstream=upstream(at, track))]
