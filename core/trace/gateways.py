"""Which Gateway a request is traced through, where the caller names none."""

from collections.abc import Sequence

from core.classes import data_plane
from core.model import Gateway, Key, Row
from core.paths import Resolution
from core.trace.engine import trace
from core.trace.outcome import Disposition, Trace
from core.trace.request import Request

_PREFERRED = (
    Disposition.DELIVERED,
    Disposition.REDIRECTED,
    Disposition.ERROR,
    Disposition.NOT_FOUND,
    Disposition.REFUSED,
)
ANSWERING = frozenset({Disposition.DELIVERED, Disposition.REDIRECTED, Disposition.ERROR})


class NoGatewayError(ValueError):
    """There is no Gateway to trace a request through; the text is one sentence."""


class Traced(Row):
    """A trace, and the other Gateways that would answer the request."""

    trace: Trace
    others: Sequence[Gateway] = ()


def trace_through(resolution: Resolution, request: Request, wanted: Key | None = None) -> Traced:
    """The trace through the Gateway `wanted`, else through the one that the URL's address or hostname leads to.

    Without either, it is the first by name of those where the request gets furthest.

    Raises:
        NoGatewayError: There is none, or none of that name.
    """
    gateways = [
        gateway
        for _, gateway in sorted(resolution.cluster.gateways.items())
        if data_plane(resolution.cluster, gateway).is_ingress
    ]
    if wanted is not None:
        found = next((gateway for gateway in gateways if gateway.key == wanted), None)
        if found is None:
            raise NoGatewayError(_unknown(resolution, wanted, gateways))
        return Traced(trace=trace(resolution, found, request))
    if not gateways:
        raise NoGatewayError("the source holds no ingress Gateway to trace a request through")
    addressed = [gateway for gateway in gateways if _has_address(gateway, request.host)]
    traces = [trace(resolution, gateway, request) for gateway in addressed or gateways]
    first = min(traces, key=lambda one: _PREFERRED.index(one.disposition))
    others = [one.gateway for one in traces if one is not first and one.disposition in ANSWERING]
    return Traced(trace=first, others=others if first.disposition in ANSWERING else ())


def _has_address(gateway: Gateway, host: str) -> bool:
    return any(one.value.lower() == host for one in gateway.addresses or ())


def _unknown(resolution: Resolution, wanted: Key, gateways: Sequence[Gateway]) -> str:
    name = "/".join(wanted)
    if wanted in resolution.cluster.gateways:
        return f"Gateway/{name} is no ingress: its class is that of a waypoint or of an east-west gateway"
    known = ", ".join("/".join(gateway.key) for gateway in gateways) or "none"
    return f"there is no ingress Gateway {name}; there are {known}"
