"""Which Gateway a request is traced through, where the caller names none."""

from collections.abc import Sequence

from core.classes import data_plane
from core.model import Gateway, Key, Row
from core.paths import Resolution
from core.trace.engine import Tracer
from core.trace.outcome import Disposition, Trace
from core.trace.request import Request

_PREFERRED = (
    Disposition.DELIVERED,
    Disposition.REDIRECTED,
    Disposition.ANSWERED,
    Disposition.ERROR,
    Disposition.NOT_FOUND,
    Disposition.REFUSED,
)
ANSWERING = frozenset(
    {Disposition.DELIVERED, Disposition.REDIRECTED, Disposition.ANSWERED, Disposition.ERROR}
)


class NoGatewayError(ValueError):
    """There is no Gateway to trace a request through; the text is one sentence."""


class Traced(Row):
    """A trace, and the other Gateways that would answer the request."""

    trace: Trace
    others: Sequence[Gateway] = ()


def trace_through(tracer: Tracer, request: Request, wanted: Key | None = None) -> Traced:
    """The trace through the Gateway `wanted`, else through the one that the URL's address or hostname leads to.

    Without either, it is the first by name of those where the request gets furthest.

    Raises:
        NoGatewayError: There is none, or none of that name.
    """
    resolution = tracer.resolution
    ingresses = ingress_gateways(resolution)
    if wanted is not None:
        gateways: Sequence[Gateway] = [one for one in ingresses if _name(one) == wanted]
        if not gateways:
            raise NoGatewayError(_unknown(resolution, wanted, ingresses))
    elif not ingresses:
        raise NoGatewayError("the source holds no ingress Gateway to trace a request through")
    else:
        gateways = [gateway for gateway in ingresses if _has_address(gateway, request.host)] or ingresses
    each: dict[object, Gateway] = {}
    for gateway in gateways:
        each.setdefault(tracer.pods(gateway), gateway)
    traces = [tracer.trace(gateway, request) for gateway in each.values()]
    first = min(traces, key=lambda one: _PREFERRED.index(one.disposition))
    answering = [one.gateway for one in traces if one.disposition in ANSWERING]
    others = {one.key: one for one in answering if one.key != first.gateway.key}
    return Traced(trace=first, others=list(others.values()) if first.disposition in ANSWERING else ())


def ingress_gateways(resolution: Resolution) -> Sequence[Gateway]:
    """The Gateways that take requests from outside, by namespace and name."""
    return [
        gateway
        for _, gateway in sorted(resolution.cluster.gateways.items(), key=_by_name)
        if data_plane(resolution.cluster, gateway).is_ingress
    ]


def _name(gateway: Gateway) -> Key:
    """(namespace, name), which a Gateway of Istio's own API may share with one of Gateway API."""
    return (gateway.namespace, gateway.name)


def _by_name(item: tuple[Key, Gateway]) -> Key:
    return _name(item[1])


def _has_address(gateway: Gateway, host: str) -> bool:
    return any(one.value.lower() == host for one in gateway.addresses or ())


def _unknown(resolution: Resolution, wanted: Key, gateways: Sequence[Gateway]) -> str:
    name = "/".join(wanted)
    if wanted in resolution.cluster.gateways:
        return f"Gateway/{name} is no ingress: its class is that of a waypoint or of an east-west gateway"
    known = ", ".join("/".join(_name(gateway)) for gateway in gateways) or "none"
    return f"there is no ingress Gateway {name}; there are {known}"
