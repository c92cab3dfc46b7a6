import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cluster import Cluster, Table
from core.hostnames import hostnames_in_common
from core.model import (
    AllowedRoutes,
    BackendRef,
    Gateway,
    GatewayClass,
    LabelSelector,
    Listener,
    Namespace,
    ParentRef,
    Problem,
    Route,
    RouteRule,
)
from core.routes import GROUP, Edge, edges

ALL = AllowedRoutes(origin="All")
TO_CART = BackendRef(group="", kind="Service", namespace="shop", name="cart", port=8080)
TO_PAY = BackendRef(group="", kind="Service", namespace="shop", name="pay", port=8080, weight=0)


def listener(name="http", port=80, protocol="HTTP", **fields):
    return Listener(name=name, port=port, protocol=protocol, **{"allowed": ALL, **fields})


def gateway(*listeners, name="gw", namespace="infra", class_name="istio"):
    return Gateway(
        namespace=namespace, name=name, class_name=class_name, listeners=listeners or (listener(),)
    )


def parent(name="gw", **fields):
    return ParentRef(name=name, **{"group": GROUP, "kind": "Gateway", "namespace": "infra", **fields})


def route(*parents, kind="HTTPRoute", namespace="shop", name="cart", rules=((TO_CART,),), **fields):
    return Route(
        route_kind=kind,
        namespace=namespace,
        name=name,
        parents=parents or (parent(),),
        rules=[RouteRule(backends=backends) for backends in rules],
        **fields,
    )


def cluster(gateways, routes, namespaces=(), classes=()):
    return Cluster(
        gateways=Table.of(gateways),
        routes=routes,
        namespaces=Table.of(namespaces),
        gateway_classes=Table.of(classes),
    )


def attached(one_gateway, *routes, namespaces=()):
    """The names of the listeners that the routes attach to, with what is said where they attach to none."""
    found, problems = edges(cluster([one_gateway], routes, namespaces))
    return [edge.listener for edge in found], [problem.message for problem in problems]


# --- the edges themselves -----------------------------------------------------------------------------------


def test_an_edge_says_where_it_comes_from_and_goes_to():
    found, problems = edges(
        cluster([gateway(listener(hostname="*.shop.io"))], [route(hostnames=["a.shop.io"])])
    )
    assert problems == []
    assert found == [
        Edge(
            gateway=("infra", "gw"),
            listener="http",
            route_kind="HTTPRoute",
            route=("shop", "cart"),
            rule=0,
            backend=TO_CART,
            index=0,
            hostnames=("a.shop.io",),
        )
    ]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ((), []),
        (((),), []),
        (((TO_CART,),), [(0, 0, "cart")]),
        (((TO_CART, TO_PAY),), [(0, 0, "cart"), (0, 1, "pay")]),
        (((TO_CART,), (TO_PAY,)), [(0, 0, "cart"), (1, 0, "pay")]),
        (((TO_CART,), (), (TO_PAY,)), [(0, 0, "cart"), (2, 0, "pay")]),
        (((TO_CART, TO_CART),), [(0, 0, "cart"), (0, 1, "cart")]),
    ],
    ids=["no rules", "no backends", "one", "weight 0", "two rules", "a rule between", "twice the same"],
)
def test_an_edge_per_rule_and_backend(rules, expected):
    found, problems = edges(cluster([gateway()], [route(rules=rules)]))
    assert [(edge.rule, edge.index, edge.backend.name) for edge in found] == expected
    assert problems == []


def test_nothing_comes_of_nothing():
    assert edges(Cluster()) == ([], [])
    assert edges(cluster([gateway()], [Route(route_kind="HTTPRoute", namespace="shop", name="cart")])) == (
        [],
        [],
    )


def test_a_listener_named_by_several_parent_refs_counts_once():
    two = gateway(listener("http"), listener("https", 443, "HTTPS"))
    refs = [parent(), parent(section="http"), parent(port=443), parent()]
    assert attached(two, route(*refs)) == (["http", "https"], [])


def test_sorted_by_gateway_listener_kind_route_rule_and_index():
    gateways = [
        gateway(listener("b"), listener("a", 81), name=name, namespace=ns) for ns in "zy" for name in "dc"
    ]
    refs = [parent(name, namespace=ns) for ns in "zy" for name in "dc"]
    routes = [
        route(*refs, kind=kind, namespace=ns, name=name, rules=((TO_PAY, TO_CART), (TO_CART,)))
        for kind in ("HTTPRoute", "GRPCRoute")
        for ns in ("s", "r")
        for name in ("n", "m")
    ]
    found, _ = edges(cluster(gateways, routes))
    keys = [(e.gateway, e.listener, e.route_kind, e.route, e.rule, e.index) for e in found]
    assert len(keys) == 4 * 2 * 8 * 3
    assert keys == sorted(set(keys))


@given(data=st.data())
def test_the_order_of_the_source_does_not_matter(data):
    listeners = [
        listener("a", 80, hostname="*.shop.io"),
        listener("b", 443, "HTTPS", allowed=AllowedRoutes()),
        listener("c", 9000, "TCP"),
    ]
    routes = [
        route(parent("one"), parent("two", section="a"), parent("gone"), kind=kind, namespace=ns, name=name)
        for kind in ("HTTPRoute", "TCPRoute")
        for ns in ("shop", "infra")
        for name in ("x", "y")
    ]
    expected = edges(cluster([gateway(*listeners, name=name) for name in ("one", "two")], routes))
    shuffled = [
        gateway(*data.draw(st.permutations(listeners)), name=name)
        for name in data.draw(st.permutations(["one", "two"]))
    ]
    assert edges(cluster(shuffled, data.draw(st.permutations(routes)))) == expected


# --- ingress Gateways only ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("class_name", "controller", "ingress"),
    [
        ("istio", None, True),
        ("kgateway", None, True),
        ("agentgateway", None, True),
        ("nobody-knows", None, True),
        ("nobody-knows", "example.com/controller", True),
        ("istio-waypoint", None, False),
        ("kgateway-waypoint", None, False),
        ("kgateway-waypoint", "kgateway.dev/kgateway", False),
        ("my-waypoint", "istio.io/mesh-controller", False),
        ("istio-east-west", None, False),
        ("my-east-west", "istio.io/eastwest-controller", False),
    ],
)
def test_only_ingress_gateways_have_edges(class_name, controller, ingress):
    classes = (
        [] if controller is None else [GatewayClass(namespace="", name=class_name, controller=controller)]
    )
    found, problems = edges(cluster([gateway(class_name=class_name)], [route()], classes=classes))
    assert [edge.listener for edge in found] == (["http"] if ingress else [])
    assert problems == []


# --- parentRefs ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ref", "listeners", "problems"),
    [
        (parent(), ["http"], []),
        (parent(group="", kind="Service", name="cart", namespace="shop"), [], []),
        (parent(group="networking.istio.io", kind="ServiceEntry"), [], []),
        (parent(group=""), [], []),
        (parent(group="networking.istio.io"), [], []),
        (parent(kind="HTTPRoute"), [], []),
        (parent(kind="gateway"), [], []),
        (parent("other"), [], ["not attached to Gateway/infra/other: the source does not hold this Gateway"]),
        (
            parent(namespace="shop"),
            [],
            ["not attached to Gateway/shop/gw: the source does not hold this Gateway"],
        ),
        (
            parent(kind="ListenerSet"),
            [],
            ["not attached to ListenerSet/infra/gw: the source does not hold this ListenerSet"],
        ),
        (
            parent(group="gateway.networking.x-k8s.io", kind="XListenerSet"),
            [],
            ["not attached to XListenerSet/infra/gw: the source does not hold this XListenerSet"],
        ),
        (parent(group="example.com", kind="ListenerSet"), [], []),
    ],
    ids=[
        "Gateway",
        "Service",
        "ServiceEntry",
        "core group",
        "group of Istio",
        "delegating route",
        "kind in other case",
        "no such name",
        "no such namespace",
        "ListenerSet",
        "XListenerSet",
        "ListenerSet of another group",
    ],
)
def test_parent_refs_name_gateways(ref, listeners, problems):
    assert attached(gateway(), route(ref)) == (listeners, problems)


@pytest.mark.parametrize(
    ("ref", "expected"),
    [
        (parent(), ["http", "https", "metrics"]),
        (parent(section="http"), ["http"]),
        (parent(section="https"), ["https"]),
        (parent(port=443), ["https", "metrics"]),
        (parent(port=80), ["http"]),
        (parent(section="metrics", port=443), ["metrics"]),
        (parent(section="HTTP"), "no listener named HTTP"),
        (parent(section="htt"), "no listener named htt"),
        (parent(port=8443), "no listener on port 8443"),
        (parent(section="http", port=443), "no listener named http on port 443"),
        (parent(section="tcp", port=80), "no listener named tcp on port 80"),
    ],
    ids=lambda value: f"{value.section}:{value.port}" if isinstance(value, ParentRef) else "",
)
def test_section_name_and_port_pick_listeners(ref, expected):
    three = gateway(
        listener("http", 80),
        listener("https", 443, "HTTPS"),
        listener("metrics", 443, "HTTPS", hostname="m.io"),
    )
    found, problems = attached(three, route(ref))
    if isinstance(expected, str):
        assert (found, problems) == ([], [f"not attached to Gateway/infra/gw: {expected}"])
    else:
        assert (found, problems) == (expected, [])


def test_a_gateway_without_listeners_has_none_to_attach_to():
    bare = Gateway(namespace="infra", name="gw", class_name="istio")
    assert attached(bare, route()) == ([], ["not attached to Gateway/infra/gw: no listener"])


# --- protocols and allowedRoutes.kinds ----------------------------------------------------------------------

KINDS = ("GRPCRoute", "HTTPRoute", "TCPRoute", "TLSRoute", "UDPRoute")


@pytest.mark.parametrize(
    ("protocol", "tls_mode", "expected"),
    [
        ("HTTP", "", {"HTTPRoute", "GRPCRoute"}),
        ("HTTPS", "", {"HTTPRoute", "GRPCRoute"}),
        ("HTTPS", "Terminate", {"HTTPRoute", "GRPCRoute"}),
        ("TLS", "Passthrough", {"TLSRoute"}),
        ("TLS", "Terminate", {"TLSRoute", "TCPRoute"}),
        ("TLS", "", {"TLSRoute", "TCPRoute"}),
        ("TCP", "", {"TCPRoute"}),
        ("UDP", "", {"UDPRoute"}),
        ("HBONE", "", set()),
        ("istio.io/PROXY", "", set()),
        ("http", "", set()),
    ],
)
def test_a_protocol_implies_route_kinds(protocol, tls_mode, expected):
    of_protocol = gateway(listener("l", 443, protocol, tls_mode=tls_mode))
    found = {kind: attached(of_protocol, route(kind=kind)) for kind in KINDS}
    refused = "not attached to Gateway/infra/gw: kind {} not admitted by listener l ({})"
    assert found == {
        kind: (["l"], []) if kind in expected else ([], [refused.format(kind, protocol)]) for kind in KINDS
    }


@pytest.mark.parametrize(
    ("protocol", "kinds", "expected"),
    [
        ("HTTP", [], {"HTTPRoute", "GRPCRoute"}),
        ("HTTP", [(GROUP, "HTTPRoute")], {"HTTPRoute"}),
        ("HTTP", [("", "HTTPRoute")], {"HTTPRoute"}),
        ("HTTP", [(GROUP, "GRPCRoute"), (GROUP, "HTTPRoute")], {"HTTPRoute", "GRPCRoute"}),
        ("HTTP", [("example.com", "HTTPRoute")], set()),
        ("HTTP", [(GROUP, "TCPRoute")], set()),
        ("HTTP", [(GROUP, "TCPRoute"), (GROUP, "GRPCRoute")], {"GRPCRoute"}),
        ("TLS", [(GROUP, "TCPRoute")], {"TCPRoute"}),
        ("HBONE", [(GROUP, "HTTPRoute")], set()),
    ],
)
def test_allowed_kinds_narrow_the_protocol_down(protocol, kinds, expected):
    narrow = gateway(listener("l", 443, protocol, allowed=AllowedRoutes(origin="All", kinds=kinds)))
    assert {kind for kind in KINDS if attached(narrow, route(kind=kind))[0]} == expected


# --- allowedRoutes.namespaces -------------------------------------------------------------------------------

SELECTED = LabelSelector(match_labels={"team": "web"})


@pytest.mark.parametrize(
    ("allowed", "labels", "expected"),
    [
        (AllowedRoutes(), {}, {"infra"}),
        (AllowedRoutes(origin="Same"), {"team": "web"}, {"infra"}),
        (AllowedRoutes(origin="All"), {}, {"infra", "shop"}),
        (AllowedRoutes(origin="None"), {}, set()),
        (AllowedRoutes(origin="Selector", selector=SELECTED), {"team": "web"}, {"shop"}),
        (AllowedRoutes(origin="Selector", selector=SELECTED), {"team": "db"}, set()),
        (AllowedRoutes(origin="Selector", selector=LabelSelector()), {}, {"infra", "shop"}),
        (AllowedRoutes(origin="Selector"), {"team": "web"}, set()),
        (
            AllowedRoutes(
                origin="Selector", selector=LabelSelector(expressions=[("team", "NotIn", ["web"])])
            ),
            {"team": "web"},
            {"infra"},
        ),
        (
            AllowedRoutes(
                origin="Selector",
                selector=LabelSelector(match_labels={"kubernetes.io/metadata.name": "shop"}),
            ),
            {},
            {"shop"},
        ),
    ],
    ids=[
        "default",
        "Same",
        "All",
        "None",
        "selected",
        "not selected",
        "empty selector",
        "no selector",
        "expression",
        "by name",
    ],
)
def test_allowed_namespaces(allowed, labels, expected):
    namespaces = [Namespace(namespace="", name="shop", labels=labels), Namespace(namespace="", name="infra")]
    choosy = gateway(listener(allowed=allowed))
    found = {ns: attached(choosy, route(namespace=ns), namespaces=namespaces) for ns in ("infra", "shop")}
    refused = (
        "not attached to Gateway/infra/gw: namespace {} not admitted by allowedRoutes of listener http (HTTP)"
    )
    assert found == {
        ns: (["http"], []) if ns in expected else ([], [refused.format(ns)]) for ns in ("infra", "shop")
    }


@pytest.mark.parametrize(
    ("namespaces", "note"),
    [
        ([Namespace(namespace="", name="shop")], ""),
        ([], ", and Namespace/shop is not in the source"),
    ],
    ids=["known", "unknown"],
)
def test_an_unread_namespace_is_said_where_its_labels_decide(namespaces, note):
    selecting = gateway(listener(allowed=AllowedRoutes(origin="Selector", selector=SELECTED)))
    (message,) = attached(selecting, route(), namespaces=namespaces)[1]
    assert message.endswith(f"listener http (HTTP){note}")


# --- hostnames ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("listener_hostname", "route_hostnames", "expected"),
    [
        ("", [], []),
        ("a.io", [], ["a.io"]),
        ("*.a.io", [], ["*.a.io"]),
        ("", ["a.io", "*.b.io"], ["a.io", "*.b.io"]),
        ("a.io", ["a.io"], ["a.io"]),
        ("a.io", ["b.io"], None),
        ("a.io", ["b.io", "a.io"], ["a.io"]),
        ("a.io", ["x.a.io"], None),
        # a wildcard on the listener
        ("*.a.io", ["x.a.io"], ["x.a.io"]),
        ("*.a.io", ["x.y.a.io"], ["x.y.a.io"]),
        ("*.a.io", ["a.io"], None),
        ("*.a.io", ["xa.io"], None),
        ("*.a.io", ["x.a.io.org"], None),
        ("*.a.io", [".a.io"], None),
        ("*.a.io", ["x.a.io", "a.io", "y.a.io", "z.b.io"], ["x.a.io", "y.a.io"]),
        # a wildcard on the route
        ("x.a.io", ["*.a.io"], ["x.a.io"]),
        ("x.y.a.io", ["*.a.io"], ["x.y.a.io"]),
        ("a.io", ["*.a.io"], None),
        ("a.io", ["*.io"], ["a.io"]),
        ("x.a.io", ["*.a.io", "x.a.io", "*.io"], ["x.a.io"]),
        # wildcards on both
        ("*.a.io", ["*.a.io"], ["*.a.io"]),
        ("*.a.io", ["*.x.a.io"], ["*.x.a.io"]),
        ("*.x.a.io", ["*.a.io"], ["*.x.a.io"]),
        ("*.a.io", ["*.b.io"], None),
        ("*.a.io", ["*.xa.io"], None),
        ("*.a.io", ["*.io", "x.a.io"], ["*.a.io", "x.a.io"]),
        # case, and hostnames given twice
        ("X.a.io", ["x.A.io"], ["x.a.io"]),
        ("*.A.io", ["x.a.IO"], ["x.a.io"]),
        ("A.io", [], ["a.io"]),
        ("", ["A.io", "a.IO", "b.io"], ["a.io", "b.io"]),
        ("*.a.io", ["x.a.io", "X.a.io"], ["x.a.io"]),
    ],
)
def test_hostnames_in_common(listener_hostname, route_hostnames, expected):
    found = hostnames_in_common(listener_hostname, tuple(route_hostnames))
    assert (None if found is None else list(found)) == expected

    edge, problems = edges(
        cluster([gateway(listener(hostname=listener_hostname))], [route(hostnames=route_hostnames)])
    )
    assert [list(one.hostnames) for one in edge] == ([] if expected is None else [expected])
    assert len(problems) == (expected is None)


LABELS = ("a", "b")
HOSTS = [".".join(labels) for depth in range(1, 6) for labels in itertools.product(LABELS, repeat=depth)]
"""Every host name of up to 5 labels. A pattern of up to 3 has all that it can mean among them."""

names = st.lists(st.sampled_from(LABELS), min_size=1, max_size=3).map(".".join)
patterns = st.one_of(names, names.map("*.{}".format))


def matches(pattern, host):
    """Label by label from the right; a leading `*` stands for one label or more."""
    wanted, given_labels = pattern.split(".")[::-1], host.split(".")[::-1]
    if wanted[-1] == "*":
        return len(given_labels) >= len(wanted) and given_labels[: len(wanted) - 1] == wanted[:-1]
    return wanted == given_labels


def matched(hostnames):
    """The hosts that any of `hostnames` matches; all of them where there are none."""
    return {host for host in HOSTS if not hostnames or any(matches(one, host) for one in hostnames)}


@given(
    listener_hostname=st.one_of(st.just(""), patterns),
    route_hostnames=st.lists(patterns, max_size=4),
    upper=st.booleans(),
)
def test_hostnames_in_common_match_what_both_sides_match(listener_hostname, route_hostnames, upper):
    shown = listener_hostname.upper() if upper else listener_hostname
    found = hostnames_in_common(shown, tuple(route_hostnames))
    both = matched([listener_hostname] if listener_hostname else []) & matched(route_hostnames)
    assert (set() if found is None else matched(found)) == both
    assert found is None or (
        len(set(found)) == len(found) and set(found) <= {listener_hostname, *route_hostnames}
    )


@pytest.mark.parametrize(
    ("protocol", "kind", "expected"),
    [
        ("HTTP", "HTTPRoute", ["x.a.io"]),
        ("HTTPS", "HTTPRoute", ["x.a.io"]),
        ("HTTP", "GRPCRoute", ["x.a.io"]),
        ("HTTPS", "GRPCRoute", ["x.a.io"]),
        ("TLS", "TLSRoute", ["x.a.io"]),
        ("TLS", "TCPRoute", ["*.a.io"]),
        ("TCP", "TCPRoute", []),
        ("UDP", "UDPRoute", []),
    ],
)
def test_hostnames_count_where_protocol_and_kind_know_them(protocol, kind, expected):
    found, problems = edges(
        cluster(
            [gateway(listener(protocol=protocol, hostname="*.a.io"))],
            [route(kind=kind, hostnames=["x.a.io", "x.b.io"])],
        )
    )
    assert [list(edge.hostnames) for edge in found] == [expected]
    assert problems == []


@pytest.mark.parametrize(("protocol", "kind"), [("TCP", "TCPRoute"), ("UDP", "UDPRoute")])
def test_foreign_hostnames_keep_no_tcp_or_udp_route_away(protocol, kind):
    one = gateway(listener("l", protocol=protocol, hostname="a.io"))
    assert attached(one, route(kind=kind, hostnames=["b.io"])) == (["l"], [])


def test_each_listener_has_its_own_hostnames():
    listeners = [
        listener("any"),
        listener("one", 81, hostname="x.a.io"),
        listener("other", 82, hostname="b.io"),
    ]
    found, problems = edges(cluster([gateway(*listeners)], [route(hostnames=["*.a.io"])]))
    assert {edge.listener: tuple(edge.hostnames) for edge in found} == {
        "any": ("*.a.io",),
        "one": ("x.a.io",),
    }
    assert problems == []


# --- what is said where nothing attaches --------------------------------------------------------------------


def test_a_problem_says_where_and_why():
    lost = route(parent(section="web"), where="cart.yaml#3")
    assert edges(cluster([gateway()], [lost])) == (
        [],
        [
            Problem(
                severity="warning",
                where="cart.yaml#3 HTTPRoute/shop/cart",
                message="not attached to Gateway/infra/gw: no listener named web",
            )
        ],
    )


@pytest.mark.parametrize(
    ("listeners", "why"),
    [
        (
            [listener("t", protocol="TCP"), listener("u", 53, "UDP")],
            "kind HTTPRoute not admitted by listeners t (TCP), u (UDP)",
        ),
        (
            [listener("t", protocol="TCP"), listener("h", 81, allowed=AllowedRoutes())],
            "namespace shop not admitted by allowedRoutes of listener h (HTTP)",
        ),
        (
            [
                listener("s", allowed=AllowedRoutes()),
                listener("h", 81, hostname="b.io"),
                listener("i", 82, hostname="c.io"),
            ],
            "no hostname in common: a.io, x.a.io with h (b.io), i (c.io)",
        ),
    ],
    ids=["kind", "namespace", "hostname"],
)
def test_of_listeners_with_several_faults_the_ones_that_come_closest_are_named(listeners, why):
    lost = route(hostnames=["a.io", "x.a.io"])
    assert attached(gateway(*listeners), lost) == ([], [f"not attached to Gateway/infra/gw: {why}"])


def test_one_listener_that_admits_is_enough():
    listeners = [listener("t", 1, "TCP"), listener("s", 2, allowed=AllowedRoutes()), listener("h", 3)]
    assert attached(gateway(*listeners), route()) == (["h"], [])


def test_each_parent_ref_is_judged_by_itself():
    found, messages = attached(
        gateway(), route(parent(), parent(section="web"), parent("gone"), parent("gone"))
    )
    assert found == ["http"]
    assert messages == [
        "not attached to Gateway/infra/gone: the source does not hold this Gateway",
        "not attached to Gateway/infra/gw: no listener named web",
    ]


def test_routes_of_one_gateway_are_judged_apart():
    """What was worked out for one parentRef, kind and namespace is not taken for another."""
    listeners = [listener("h", 80), listener("i", 81), listener("own", 82, allowed=AllowedRoutes())]
    refs = {"any": parent(), "h": parent(section="h"), "81": parent(port=81)}
    routes = [
        route(ref, kind=kind, namespace=namespace, name=name)
        for name, ref in refs.items()
        for kind in ("HTTPRoute", "TCPRoute")
        for namespace in ("infra", "shop")
    ]
    found, problems = edges(cluster([gateway(*listeners)], routes))
    assert {(edge.route, edge.listener) for edge in found} == {
        *((("infra", "any"), name) for name in ("h", "i", "own")),
        *((("shop", "any"), name) for name in ("h", "i")),
        *(((namespace, "h"), "h") for namespace in ("infra", "shop")),
        *(((namespace, "81"), "i") for namespace in ("infra", "shop")),
    }
    assert {edge.route_kind for edge in found} == {"HTTPRoute"}
    assert len(problems) == 6


def test_without_a_file_a_problem_names_the_route_alone():
    _, (problem,) = edges(cluster([gateway()], [route(parent("gone"))]))
    assert problem.where == "HTTPRoute/shop/cart"


def test_problems_are_sorted_by_where():
    routes = [route(parent("gone"), name=name, where=f"{name}.yaml#1") for name in "cab"]
    _, problems = edges(cluster([gateway()], routes))
    assert [problem.where[0] for problem in problems] == ["a", "b", "c"]


# --- size ---------------------------------------------------------------------------------------------------


def test_many_routes_take_no_more_than_their_share():
    listeners = [listener("http", hostname="*.io"), listener("https", 443, "HTTPS")]
    gateways = [gateway(*listeners, name=f"gw-{number}") for number in range(3)]
    routes = [
        route(
            parent(f"gw-{number % 3}"),
            namespace=f"n{number % 500}",
            name=f"r{number}",
            hostnames=[f"h{number}.io"],
        )
        for number in range(10_000)
    ]
    large = cluster(gateways, routes)
    times = []
    for _ in range(3):
        start = time.perf_counter()
        found, problems = edges(large)
        times.append(time.perf_counter() - start)
        assert (len(found), len(problems)) == (20_000, 0)
    assert min(times) < 1.0  # about 0.07 s on an idle machine; anything quadratic takes far longer
