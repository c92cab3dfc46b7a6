"""The rules behind one listener, ordered once, so that the one that takes a request is found without asking them all.

Rules are kept by the hostname they are for and, among those, by the path that a match asks for. Which rule goes first
doesn't depend on the request but for the hostname, so every match has its place in one order.
"""

from collections.abc import Iterator, Sequence

from core.model import Listener, RouteMatch, RouteRule, Row
from core.routes import Attached
from core.trace.listeners import specificity
from core.trace.matching import ANY, Rank, rank, segments

WITH_MATCHES = frozenset({"HTTPRoute", "GRPCRoute"})
"""Kinds of routes whose rules have matches."""


class Entry(Row):
    """A match of a rule. `hostname` is the one that it is for, empty for any."""

    attached: Attached
    rule: int
    hostname: str
    match: RouteMatch
    rank: Rank
    place: int

    @property
    def written(self) -> RouteRule:
        return self.attached.route.rules[self.rule]

    def __str__(self) -> str:
        return f"{self.attached.route.ref} rule {self.rule}"


def precedence(one: Entry) -> tuple[object, ...]:
    """Sorts the entry that goes first to the front.

    The hostname counts first, then the match, the older `creationTimestamp`, `namespace/name`, and the order of rules.
    """
    exact, length = specificity(one.hostname)
    rank = one.rank
    route = one.attached.route
    # A route without a timestamp is a manifest, to be created after all that are there.
    age = (not route.created, route.created)
    return (
        route.route_kind == "TCPRoute",
        not exact,
        -length,
        -rank.path,
        -rank.length,
        -rank.method,
        -rank.headers,
        -rank.params,
        age,
        f"{route.namespace}/{route.name}",
        one.rule,
        route.route_kind,
        [(link.route, link.rule) for link in one.attached.via],
        one.place,
    )


class Bucket:
    """The entries for one hostname, in their order."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = sorted(entries, key=precedence)
        kinds = {one.attached.route.route_kind for one in entries}
        self.mixed = len(kinds & WITH_MATCHES) > 1
        self._exact: dict[str, list[int]] = {}
        self._below: dict[str, list[int]] = {}
        self._others: list[int] = []
        for number, one in enumerate(self.entries):
            kind, path = _path_of(one)
            found = {"Exact": self._exact, "PathPrefix": self._below}.get(kind)
            (self._others if found is None else found.setdefault(path, [])).append(number)
        self._longest = max(map(len, self._below), default=0)

    def for_path(self, path: str) -> Iterator[Entry]:
        """In their order, the entries whose match can hold for `path`."""
        found = [*self._others, *self._exact.get(path, ())]
        for prefix in self._prefixes(path):
            found += self._below.get(prefix, ())
        return (self.entries[number] for number in sorted(found))

    def _prefixes(self, path: str) -> Iterator[str]:
        """`path`, and what is before each slash of it, as far as a match is that long."""
        if len(path) <= self._longest:
            yield path
        end = path.find("/")
        while 0 <= end <= self._longest:
            yield path[:end]
            end = path.find("/", end + 1)


def _path_of(one: Entry) -> tuple[str, str]:
    """The path that a match asks for, with the type of that match; another type where only the match itself can tell."""
    match = one.match
    if one.attached.route.route_kind == "GRPCRoute":
        method = match.grpc
        if method is None or method.type != "Exact" or not method.service:
            return "", ""
        return ("Exact", f"/{method.service}/{method.method}") if method.method else ("", "")
    if match.path is None:
        return "PathPrefix", ""
    if match.path.type == "PathPrefix":
        return "PathPrefix", segments(match.path.value)
    return match.path.type, match.path.value


class ListenerIndex:
    """The rules behind one listener, by hostname."""

    def __init__(self, routes: Sequence[Attached], listener: Listener) -> None:
        found: dict[str, list[Entry]] = {}
        for attached in routes:
            for hostname in self._hostnames(attached, listener):
                found.setdefault(hostname, []).extend(_entries(attached, hostname))
        self._buckets = {hostname: Bucket(entries) for hostname, entries in found.items() if entries}

    @staticmethod
    def _hostnames(attached: Attached, listener: Listener) -> Sequence[str]:
        hostnames = attached.hostnames.get(listener.name)
        return () if hostnames is None else hostnames or ("",)

    def buckets(self, host: str) -> Iterator[Bucket]:
        """The rules for `host`, those of the most specific hostname first."""
        yield from self._bucket(host)
        dot = host.find(".")
        while dot >= 0:
            yield from self._bucket(f"*{host[dot:]}")
            dot = host.find(".", dot + 1)
        yield from self._bucket("")

    def _bucket(self, hostname: str) -> Iterator[Bucket]:
        found = self._buckets.get(hostname)
        if found is not None:
            yield found


def _entries(attached: Attached, hostname: str) -> Iterator[Entry]:
    kind = attached.route.route_kind
    for number, rule in enumerate(attached.route.rules):
        if number in attached.closed:
            continue
        matches = (rule.matches if kind in WITH_MATCHES else ()) or (ANY,)
        for place, match in enumerate(matches):
            yield Entry(
                attached=attached,
                rule=number,
                hostname=hostname,
                match=match,
                rank=rank(match, kind),
                place=place,
            )
