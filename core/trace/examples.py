"""A request that a path is for, made of what its rule asks for."""

from collections.abc import Iterator, Mapping, Sequence

from core.istio_ingress.rows import VIRTUAL_SERVICE, HttpMatch, StringMatch
from core.model import Gateway, Key, Listener, Route, RouteMatch, Row, ValueMatch, bracketed
from core.paths import Path
from core.trace.engine import Tracer
from core.trace.request import DEFAULT_PORTS, RequestError, parse_request

MAX_MATCHES = 8
"""Matches of a rule that are tried for one that leads to the path."""
_ANY_HOST = "example.com"
_FOR_WILDCARD = "any"
_CONNECTIONS = {"TLSRoute": "tls", "TCPRoute": "tcp", "UDPRoute": "udp"}


class Example(Row):
    """A request in the words of `waypath trace`. `gateway` is `namespace/name`.

    `arrives` is set where a trace has shown that the request is sent to the path; elsewhere the rule asks for
    something that no request could be made of, as a regular expression, or another rule goes first.
    """

    url: str
    method: str
    headers: Sequence[str]
    gateway: str
    arrives: bool


class Examples:
    """Requests for the paths of a tracer's resolution."""

    def __init__(self, tracer: Tracer) -> None:
        self.tracer = tracer
        cluster = tracer.resolution.cluster
        self._routes: Mapping[tuple[str, Key], Route] = {
            (route.route_kind, (route.namespace, route.name)): route for route in cluster.routes
        }
        self._services = {(one.namespace, one.name): one for one in cluster.istio.virtual_services}

    def of(self, path: Path) -> Example | None:
        """The first request of a match of the path's rule that arrives there, else the first; None without a Gateway
        or listener to send it to.
        """
        gateway = self.tracer.resolution.cluster.gateways.get(path.gateway_key)
        if gateway is None:
            return None
        listener = self._listener(gateway, path.listener)
        if listener is None:
            return None
        first: Example | None = None
        for url, method, headers in self._requests(path, gateway, listener):
            found = Example(
                url=url,
                method=method,
                headers=headers,
                gateway="/".join(path.gateway),
                arrives=self._arrives(path, gateway, url, method, headers),
            )
            if found.arrives:
                return found
            first = first or found
        return first

    def _listener(self, gateway: Gateway, name: str) -> Listener | None:
        own = next((one for one in gateway.listeners if one.name == name), None)
        if own is not None:
            return own
        bound = (one.listener for one in self.tracer.entrance(gateway).listeners)
        return next((one for one in bound if one.name == name), None)

    def _arrives(self, path: Path, gateway: Gateway, url: str, method: str, headers: Sequence[str]) -> bool:
        try:
            request = parse_request(url, method or None, headers)
        except RequestError:
            return False
        found = self.tracer.trace(gateway, request)
        return any(one.path.id == path.id and one.share > 0 for one in found.arrivals)

    def _requests(
        self, path: Path, gateway: Gateway, listener: Listener
    ) -> Iterator[tuple[str, str, Sequence[str]]]:
        host = _host(path, listener, gateway)
        if path.route_kind in _CONNECTIONS or listener.protocol in ("TCP", "UDP", "TLS"):
            protocol = {"TCP": "tcp", "UDP": "udp"}.get(listener.protocol, "tls")
            scheme = _CONNECTIONS.get(path.route_kind, protocol)
            yield f"{scheme}://{bracketed(host, listener.port)}", "", ()
            return
        encrypted = listener.protocol in ("HTTPS", "TLS")
        scheme = f"{'grpc' if path.route_kind == 'GRPCRoute' else 'http'}{'s' if encrypted else ''}"
        place = bracketed(host, listener.port)
        if DEFAULT_PORTS[scheme] == listener.port:
            place = place.rpartition(":")[0]
        for target, method, headers in self._asked(path):
            yield f"{scheme}://{place}{target}", method, headers

    def _asked(self, path: Path) -> Iterator[tuple[str, str, Sequence[str]]]:
        """Path with query, method and headers that the rule's matches ask for."""
        matches: Sequence[HttpMatch | RouteMatch]
        if path.route_kind == VIRTUAL_SERVICE:
            places = [*((link.route, link.rule) for link in reversed(path.via)), (path.route, path.rule)]
            matches = [match for route, rule in places for match in self._of_service(route, rule)]
        else:
            route = self._routes.get((path.route_kind, path.route))
            matches = route.rules[path.rule].matches if route and path.rule < len(route.rules) else ()
        for match in matches[:MAX_MATCHES]:
            yield _of_istio(match) if isinstance(match, HttpMatch) else _of_route(match)
        if not matches:
            yield "/", "", ()

    def _of_service(self, name: Key, number: int) -> Sequence[HttpMatch]:
        service = self._services.get(name)
        rules = service.http if service else ()
        return next((one.matches for one in rules if one.rule == number), ())


def _host(path: Path, listener: Listener, gateway: Gateway) -> str:
    named = [*path.hostnames, *([listener.hostname] if listener.hostname else [])]
    host = next((one for one in named if one != "*"), "")
    if host:
        return f"{_FOR_WILDCARD}{host[1:]}" if host.startswith("*.") else host
    return next((one.value for one in gateway.addresses or ()), _ANY_HOST)


def _of_route(match: RouteMatch) -> tuple[str, str, Sequence[str]]:
    target = match.path.value if match.path and match.path.type != "RegularExpression" else "/"
    if match.grpc is not None and match.grpc.type == "Exact":
        target = f"/{match.grpc.service or 'any.Service'}/{match.grpc.method or 'Method'}"
    return _with_query(target, _exact(match.params)), match.method, _headers(_exact(match.headers))


def _exact(matches: Sequence[ValueMatch]) -> Sequence[tuple[str, str]]:
    return [(one.name, one.value) for one in matches if one.type == "Exact"]


def _of_istio(match: HttpMatch) -> tuple[str, str, Sequence[str]]:
    target = match.uri.value if match.uri and match.uri.type in ("exact", "prefix") else "/"
    method = match.method.value if match.method and match.method.type == "exact" else ""
    return _with_query(target, _literal(match.params)), method, _headers(_literal(match.headers))


def _literal(named: Sequence[tuple[str, StringMatch]]) -> Sequence[tuple[str, str]]:
    return [(name, one.value or "any") for name, one in named if one.type != "regex"]


def _with_query(target: str, params: Sequence[tuple[str, str]]) -> str:
    query = "&".join(f"{name}={value}" for name, value in params)
    return f"{target or '/'}{f'?{query}' if query else ''}"


def _headers(pairs: Sequence[tuple[str, str]]) -> Sequence[str]:
    return tuple(f"{name}={value}" for name, value in pairs)
