"""Precedence against an oracle that writes Gateway API's sentences down one by one, on made-up routes and requests."""

import functools
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from core.cluster import Cluster, Table
from core.model import (
    AllowedRoutes,
    BackendRef,
    Gateway,
    GatewayClass,
    Listener,
    ParentRef,
    Route,
    RouteMatch,
    RouteRule,
    ValueMatch,
)
from core.paths import resolve
from core.routes import GROUP
from core.trace.engine import trace
from core.trace.request import Request

HOSTS = ("a.b.test", "c.b.test", "d.test")
PATHS = ("/", "/x", "/x/", "/x/y", "/xy", "/x/y/z")


def values(names: str, texts: str) -> st.SearchStrategy[tuple[ValueMatch, ...]]:
    one = st.builds(
        ValueMatch, type=st.just("Exact"), name=st.sampled_from(names), value=st.sampled_from(texts)
    )
    return st.lists(one, max_size=2, unique_by=lambda match: match.name).map(tuple)


path_matches = st.none() | st.builds(
    ValueMatch, type=st.sampled_from(["Exact", "PathPrefix"]), value=st.sampled_from(PATHS)
)
matches = st.builds(
    RouteMatch,
    path=path_matches,
    method=st.sampled_from(["", "GET", "POST"]),
    headers=values("hk", "12"),
    params=values("pq", "12"),
)
rules = st.builds(
    RouteRule,
    matches=st.lists(matches, max_size=2).map(tuple),
    backends=st.just((BackendRef(group="", kind="Service", namespace="n", name="s", port=80),)),
)
PARENT = ParentRef(group=GROUP, kind="Gateway", namespace="n", name="g")
routes = st.lists(
    st.builds(
        Route,
        route_kind=st.just("HTTPRoute"),
        namespace=st.sampled_from(["n", "m"]),
        name=st.sampled_from("abc"),
        created=st.sampled_from(["2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"]),
        parents=st.just((PARENT,)),
        hostnames=st.lists(st.sampled_from([*HOSTS, "*.b.test", "*.test"]), max_size=2, unique=True).map(
            tuple
        ),
        rules=st.lists(rules, min_size=1, max_size=3).map(tuple),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda route: route.key,
)
requests = st.builds(
    Request,
    scheme=st.just("http"),
    host=st.sampled_from(HOSTS),
    port=st.just(80),
    path=st.sampled_from(PATHS),
    query=st.lists(st.sampled_from(["p=1", "p=2", "q=1", "q=2"]), max_size=2).map("&".join),
    method=st.sampled_from(["GET", "POST"]),
    headers=st.lists(
        st.tuples(st.sampled_from("HhK"), st.sampled_from("12")),
        max_size=2,
        unique_by=lambda pair: pair[0].lower(),
    ).map(tuple),
)


# --- the oracle -----------------------------------------------------------------------------------------------


def host_of(route: Route, host: str) -> str | None:
    """The hostname that matches: an exact one, else the longest wildcard; `` where there are none at all."""
    if not route.hostnames:
        return ""
    if host in route.hostnames:
        return host
    wild = [one for one in route.hostnames if one.startswith("*.") and host.endswith(one[1:])]
    return max(wild, key=len, default=None)


def parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def fits(match: RouteMatch, request: Request) -> bool:
    if match.path and match.path.type == "Exact" and match.path.value != request.path:
        return False
    if match.path and match.path.type == "PathPrefix":
        wanted = parts(match.path.value)
        if parts(request.path)[: len(wanted)] != wanted:
            return False
    if match.method not in ("", request.method):
        return False
    sent = {name.lower(): value for name, value in request.headers}
    asked: dict[str, str] = {}
    for pair in filter(None, request.query.split("&")):
        asked.setdefault(*pair.split("="))
    return all(sent.get(one.name) == one.value for one in match.headers) and all(
        asked.get(one.name) == one.value for one in match.params
    )


Entry = tuple[str, Route, int, RouteMatch]


def first(one: Entry, other: Entry) -> int:
    """Negative where `one` goes first; a criterion a line."""
    criteria: list[tuple[Any, Any]] = []

    def more(measure: Any) -> None:
        criteria.append((measure(other), measure(one)))

    def less(measure: Any) -> None:
        criteria.append((measure(one), measure(other)))

    more(
        lambda entry: 0 if "*" in entry[0] else len(entry[0])
    )  # characters of a hostname that is no wildcard
    more(lambda entry: len(entry[0]))  # characters of a hostname
    more(lambda entry: bool(entry[3].path and entry[3].path.type == "Exact"))
    more(lambda entry: len(entry[3].path.value.rstrip("/")) if entry[3].path else 0)
    more(lambda entry: bool(entry[3].method))
    more(lambda entry: len(entry[3].headers))
    more(lambda entry: len(entry[3].params))
    less(lambda entry: entry[1].created)
    less(lambda entry: f"{entry[1].namespace}/{entry[1].name}")
    less(lambda entry: entry[2])
    for mine, theirs in criteria:
        if mine != theirs:
            return -1 if mine < theirs else 1
    return 0


def expected(routes: list[Route], request: Request, *, envoy: bool) -> tuple[str, int] | None:
    entries: list[Entry] = []
    hostnames = [host for route in routes if (host := host_of(route, request.host)) is not None]
    best = max(hostnames, key=lambda host: (bool(host) and "*" not in host, len(host)), default="")
    for route in routes:
        host = host_of(route, request.host)
        if host is None or (envoy and host != best):
            continue
        entries += [
            (host, route, number, match)
            for number, rule in enumerate(route.rules)
            for match in rule.matches or (RouteMatch(),)
            if fits(match, request)
        ]
    if not entries:
        return None
    _, route, number, _ = min(entries, key=functools.cmp_to_key(first))
    return str(route.ref), number


def cluster_of(routes: list[Route], class_name: str, controller: str) -> Cluster:
    listener = Listener(name="http", port=80, protocol="HTTP", allowed=AllowedRoutes(origin="All"))
    gateway = Gateway(namespace="n", name="g", class_name=class_name, listeners=(listener,))
    gateway_class = GatewayClass(namespace="", name=class_name, controller=controller)
    return Cluster(
        gateways=Table.of([gateway]), gateway_classes=Table.of([gateway_class]), routes=tuple(routes)
    )


@settings(max_examples=200)
@given(routes, requests, st.booleans())
def test_the_rule_that_takes_a_request(routes, request, envoy) -> None:
    name, controller = ("istio", "istio.io/gateway-controller") if envoy else ("other", "example.com/other")
    resolution = resolve(cluster_of(routes, name, controller))
    found = trace(resolution, resolution.cluster.gateways["n", "g"], request)
    taken = None if found.taken is None else (str(found.taken.route), found.taken.rule)
    assert taken == expected(routes, request, envoy=envoy)
    every = {(str(route.ref), number) for route in routes for number, _ in enumerate(route.rules)}
    considered = [(str(one.route), one.rule) for one in found.considered]
    assert len(considered) == len(set(considered))
    assert set(considered) == every - {taken}
    assert all(one.because for one in found.considered)
