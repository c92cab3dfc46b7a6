"""The virtual hosts of a listener: for each host the rules in the order in which Envoy asks them.

Source: istiod pilot/pkg/networking/core/gateway.go (buildGatewayHTTPRouteConfig), route.go (SortVHostRoutes).
"""

from collections.abc import Iterable, Mapping, Sequence

from core.delegation import Link
from core.istio_ingress.binding import Bound, Front, takes_all
from core.istio_ingress.edges import place_of
from core.istio_ingress.merging import Served
from core.istio_ingress.rows import HttpMatch, HttpRule, VirtualService
from core.model import ObjectRef, Row


class Entry(Row):
    """Matches of a rule that stand together in a virtual host: those that take every request are at its end."""

    served: Served
    bound: Bound
    rule: HttpRule
    matches: Sequence[HttpMatch]
    last: bool

    @property
    def route(self) -> ObjectRef:
        key, _, _ = place_of(self.bound.virtual_service, self.rule)
        return ObjectRef(kind=VirtualService.KIND, namespace=key[0], name=key[1])

    @property
    def number(self) -> int:
        return place_of(self.bound.virtual_service, self.rule)[1]

    @property
    def via(self) -> Sequence[Link]:
        """The rule that delegates to it; none where it is of the VirtualService that is bound."""
        return place_of(self.bound.virtual_service, self.rule)[2]

    def __str__(self) -> str:
        return f"{self.route} rule {self.number}"


class VirtualHosts(Row):
    """The entries by host, and the hosts whose plain requests are sent to HTTPS, each with the server that does.

    `servers` are those that share the listener.
    """

    servers: Sequence[Served]
    entries: Mapping[str, Sequence[Entry]]
    to_https: Mapping[str, Served]

    def of(self, host: str) -> str | None:
        """The virtual host for requests to `host`: itself, the longest wildcard that covers it, or `*`."""
        if host in self.entries or host in self.to_https:
            return host
        return max((one for one in self.wildcards if _covers(one, host)), key=len, default=None)

    @property
    def wildcards(self) -> Sequence[str]:
        """The hosts that begin with `*`."""
        return [one for one in (*self.entries, *self.to_https) if one.startswith("*")]


def _covers(pattern: str, host: str) -> bool:
    """Whether `*` at the beginning of `pattern` stands for something at the beginning of `host`."""
    return pattern == "*" or (
        pattern.startswith("*") and len(host) >= len(pattern) and host.endswith(pattern[1:])
    )


def virtual_hosts(front: Front, served: Served) -> VirtualHosts:
    """Those at the listener of `served`, which plain servers of one port share: a host has the rules of all of them."""
    servers = [served]
    if served.server.plain_http:
        servers = [
            one for one in front.merged.served if one.server.plain_http and one.socket == served.socket
        ]
    entries: dict[str, list[Entry]] = {}
    to_https: dict[str, Served] = {}
    for one in servers:
        redirects = one.server.https_redirect and one.server.plain_http
        for bound in front.at(one):
            for host in () if bound.fault else bound.hosts:
                entries.setdefault(host, []).extend(_entries(one, bound))
                if redirects:
                    to_https.setdefault(host, one)
        for host in one.server.hosts if redirects else ():
            # istiod leaves the namespace of a host here, so that such a host is never asked for.
            to_https.setdefault(host.lower(), one)
    return VirtualHosts(
        servers=servers,
        entries={host: sorted(found, key=lambda entry: entry.last) for host, found in entries.items()},
        to_https=to_https,
    )


def _entries(served: Served, bound: Bound) -> Iterable[Entry]:
    """Of a rule the matches up to the first that takes every request; what is behind that is not sent."""
    for rule in bound.http:
        matches: list[HttpMatch] = []
        every: HttpMatch | None = None
        for match in rule.matches:
            if takes_all(match):
                every = match
                break
            matches.append(match)
        if matches:
            yield Entry(served=served, bound=bound, rule=rule, matches=tuple(matches), last=False)
        if every is not None or not rule.matches:
            found = () if every is None else (every,)
            yield Entry(served=served, bound=bound, rule=rule, matches=found, last=True)
