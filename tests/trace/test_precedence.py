"""Precedence against an oracle that writes Gateway API's sentences down one by one, on made-up routes and requests."""

import functools
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from core.cluster import Cluster, ListenerSets, Table, replace
from core.model import (
    AllowedRoutes,
    BackendRef,
    Gateway,
    GatewayClass,
    Listener,
    ListenerSet,
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


# --- listeners of several owners ------------------------------------------------------------------------------

LISTENER_HOSTS = ("", "a.b.test", "*.b.test", "*.test")
listener_hosts = st.lists(st.sampled_from(LISTENER_HOSTS), max_size=2, unique=True)
SET_AGES = ("2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z")
owners = st.lists(st.sampled_from(["g", "s", "t"]), min_size=1, max_size=2, unique=True)
attached_routes = routes.flatmap(
    lambda made: st.lists(owners, min_size=len(made), max_size=len(made)).map(
        lambda parents: list(zip(made, parents, strict=True))
    )
)


def listeners(hosts: list[str]) -> tuple[Listener, ...]:
    everyone = AllowedRoutes(origin="All")
    return tuple(
        Listener(name=f"l{number}", port=80, protocol="HTTP", hostname=host, allowed=everyone)
        for number, host in enumerate(hosts)
    )


def parent_of(owner: str) -> ParentRef:
    return ParentRef(
        group=GROUP, kind="Gateway" if owner == "g" else "ListenerSet", namespace="n", name=owner
    )


def takes(hostname: str, host: str) -> bool:
    return not hostname or hostname == host or (hostname.startswith("*.") and host.endswith(hostname[1:]))


def narrower(one: str, other: str) -> str | None:
    """Of a listener's and a route's hostname the one that both match; None for nothing in common."""
    if takes(one, other.replace("*", "x", 1)):
        return other
    return one if takes(other, one.replace("*", "x", 1)) else None


@settings(max_examples=60)
@given(attached_routes, listener_hosts, listener_hosts, listener_hosts, st.permutations(SET_AGES), requests)
def test_listeners_of_listener_sets(pairs, own, first, second, ages, request) -> None:
    made = {"g": own, "s": first, "t": second}
    rows = [replace(route, parents=tuple(map(parent_of, parents))) for route, parents in pairs]
    cluster = cluster_of(rows, "other", "example.com/other")
    gateway = replace(
        cluster.gateways["n", "g"],
        listeners=listeners(own),
        allowed_listeners=AllowedRoutes(origin="All"),
    )
    sets = [
        ListenerSet(
            namespace="n",
            name=name,
            set_kind="ListenerSet",
            created=created,
            parent=parent_of("g"),
            listeners=listeners(made[name]),
        )
        for name, created in zip("st", ages, strict=True)
    ]
    cluster = replace(cluster, gateways=Table.of([gateway]), listener_sets=ListenerSets.of(sets))
    order = ["g", *sorted("st", key=lambda name: ages["st".index(name)])]
    served: dict[str, str] = {}
    for owner in order:
        for host in made[owner]:
            served.setdefault(host, owner)
    fitting = [host for host in served if takes(host, request.host)]
    found = trace(resolve(cluster), gateway, request)
    taken = None if found.taken is None else (str(found.taken.route), found.taken.rule)
    if not fitting:
        assert taken is None
        return
    best = max(fitting, key=lambda host: (bool(host) and "*" not in host, len(host)))
    behind = []
    for route, parents in pairs:
        wanted = list(route.hostnames) or ([""] if best == "" else [best])
        common = {one for host in wanted if (one := narrower(best, host)) is not None}
        if served[best] in parents and common:
            behind.append(replace(route, hostnames=tuple(sorted(common - {""}))))
    assert taken == expected(behind, request, envoy=False)


# --- delegation -----------------------------------------------------------------------------------------------


def delegate(name: str) -> BackendRef:
    return BackendRef(group=GROUP, kind="HTTPRoute", namespace="n", name=name)


children = st.lists(
    st.builds(
        Route,
        route_kind=st.just("HTTPRoute"),
        namespace=st.just("n"),
        name=st.sampled_from(["c1", "c2"]),
        created=st.sampled_from(["2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"]),
        rules=st.lists(rules, min_size=1, max_size=3).map(tuple),
    ),
    max_size=2,
    unique_by=lambda route: route.key,
)
delegating_rules = st.builds(
    RouteRule,
    matches=st.lists(matches, max_size=2).map(tuple),
    backends=st.sampled_from([(delegate("c1"),), (delegate("c2"),), (delegate("c1"), delegate("c2"))]),
)
parents_rules = st.lists(rules | delegating_rules, min_size=1, max_size=3).map(tuple)
ROOT = ValueMatch(type="PathPrefix", value="/")


def below(parent: RouteMatch, child: RouteMatch) -> bool:
    above, own = parent.path or ROOT, child.path or ROOT
    return (
        above.type == "PathPrefix"
        and own.value.startswith(above.value)
        and set(parent.headers) <= set(child.headers)
        and set(parent.params) <= set(child.params)
        and parent.method in {"", child.method}
    )


@settings(max_examples=60)
@given(parents_rules, children, requests)
def test_delegated_rules_are_ordered_among_all_others(rules_of_parent, found_children, request) -> None:
    top = Route(
        route_kind="HTTPRoute",
        namespace="n",
        name="top",
        created="2024-06-01T00:00:00Z",
        parents=(PARENT,),
        rules=rules_of_parent,
    )
    entries: list[Entry] = []
    for number, rule in enumerate(rules_of_parent):
        targets = [ref.name for ref in rule.backends if ref.kind == "HTTPRoute"]
        for match in rule.matches or (RouteMatch(),):
            if not targets:
                entries.append(("", top, number, match))
            for target in targets:
                reached = [
                    ("", child, low, one)
                    for child in found_children
                    if child.name == target
                    for low, low_rule in enumerate(child.rules)
                    for one in low_rule.matches or (RouteMatch(),)
                    if below(match, one)
                ]
                entries += reached or [("", top, number, match)]
    holding = [entry for entry in entries if fits(entry[3], request)]
    resolution = resolve(cluster_of([top, *found_children], "kgateway", "kgateway.dev/kgateway"))
    traced = trace(resolution, resolution.cluster.gateways["n", "g"], request)
    taken = None if traced.taken is None else (str(traced.taken.route), traced.taken.rule)
    if not holding:
        assert taken is None
        return
    _, route, number, _ = min(holding, key=functools.cmp_to_key(first))
    assert taken == (str(route.ref), number)
