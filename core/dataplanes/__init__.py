"""The data planes: for each the chain of its gates, the versions it was observed in, and where its traffic arrives."""

from collections.abc import Callable, Mapping, Sequence

from core.dataplanes import agentgateway, istio, kgateway, unmodelled
from core.endpoints import Endpoints
from core.gates import Gate, Track
from core.model import Row
from core.outcomes import Share, Upstream
from core.situation import Situation
from core.versions import Version


class DataPlane(Row):
    """`observed` are the versions whose behaviour is known, ascending; empty where it has none of its own."""

    name: str
    title: str
    chain: Sequence[Gate[Situation]]
    observed: Sequence[Version]
    arrivals: Callable[[Situation, Track], Sequence[Share]]
    upstream: Callable[[Situation, Track], Upstream]
    listed: Callable[[Situation], Endpoints]
    """The backend's endpoints as this data plane holds them."""
    depends_on_capture: bool = False
    """Whether the capture of its own pods decides, so that pods of one gateway can differ."""


DATA_PLANES: Mapping[str, DataPlane] = {
    "kgateway": DataPlane(
        name="kgateway",
        title="kgateway",
        chain=kgateway.CHAIN,
        observed=kgateway.OBSERVED,
        arrivals=kgateway.arrivals,
        upstream=kgateway.upstream,
        listed=kgateway.listed,
        depends_on_capture=True,
    ),
    "istio": DataPlane(
        name="istio",
        title="Istio gateway",
        chain=istio.CHAIN,
        observed=istio.OBSERVED,
        arrivals=istio.arrivals,
        upstream=istio.upstream,
        listed=istio.listed,
    ),
    "agentgateway": DataPlane(
        name="agentgateway",
        title="agentgateway",
        chain=agentgateway.CHAIN,
        observed=agentgateway.OBSERVED,
        arrivals=agentgateway.arrivals,
        upstream=agentgateway.upstream,
        listed=agentgateway.listed,
    ),
    "unknown": DataPlane(
        name="unknown",
        title="not modelled",
        chain=unmodelled.CHAIN,
        observed=(),
        arrivals=unmodelled.arrivals,
        upstream=unmodelled.upstream,
        listed=unmodelled.listed,
    ),
}
"""By the word that `resolve` prints as `dataPlane`."""


def chain_for(plane: DataPlane, version: Version) -> Sequence[Gate[Situation]]:
    """The gates of `plane` at `version`: of several rows with one id, the last whose `since` is not newer.

    A gate whose only rows are newer than `version` is left out.
    """
    rows: dict[str, Gate[Situation]] = {}
    for gate in plane.chain:
        if gate.since is None or gate.since <= version:
            rows[gate.id] = gate
    return tuple(rows.values())
