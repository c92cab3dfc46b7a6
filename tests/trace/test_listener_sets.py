"""Listeners that ListenerSets add to a Gateway: which join it, which are served, and which routes they take."""

from typing import Any

import pytest

from core.edits import VersionEdit
from core.graph import build
from core.whatif import preview
from tests.tracing import ask, gateway, holds, listener_set, resolved, route, service, thing

TO = "- backendRefs: [{name: NAME, port: 80}]"
SPEC: dict[str, Any] = {"group": "gateway.networking.k8s.io", "kind": "ListenerSet"}


def edge(listeners: str, allowed: Any = "All", class_name: str = "istio") -> dict[str, Any]:
    found = gateway(listeners, class_name=class_name)
    namespaces = allowed if isinstance(allowed, dict) else {"from": allowed}
    if allowed:
        found["spec"]["allowedListeners"] = {"namespaces": namespaces}
    return found


def at(path: str, name: str) -> str:
    return f"- matches: [{{path: {{value: {path}}}}}]\n  backendRefs: [{{name: {name}, namespace: shop, port: 80}}]"


def to(name: str, path: str, backend: str, **parent: Any) -> dict[str, Any]:
    """A route at the ListenerSet `name`."""
    refs = [{**SPEC, "name": name, **parent}]
    return route(f"{name}-{path.strip('/')}", at(path, backend), parentRefs=refs)


def test_routes_reach_the_listeners_of_their_parents_and_no_others() -> None:
    every = [{"name": "edge"}, {**SPEC, "name": "one"}, {**SPEC, "name": "two"}]
    resolution = resolved(
        edge("a HTTP 80 a.test\nb HTTP 80 b.test"),
        listener_set("one", "c HTTP 80 c.test\nd HTTP 80 d.test"),
        listener_set("two", "e HTTP 80 e.test\nf HTTP 80 f.test"),
        route("every", at("/every", "red"), parentRefs=every),
        route("own", at("/own", "green")),
        route("a", at("/a", "blue"), to="edge/a"),
        to("one", "/one", "green"),
        to("one", "/one-c", "blue", sectionName="c"),
        to("two", "/two", "green"),
    )
    expected = {
        "every": dict.fromkeys("abcdef", "red"),
        "own": dict.fromkeys("ab", "green"),
        "a": {"a": "blue"},
        "one": dict.fromkeys("cd", "green"),
        "one-c": {"c": "blue"},
        "two": dict.fromkeys("ef", "green"),
    }
    lines = [
        f"http://{host}.test/{path} -> {hosts.get(host, '404')}"
        for path, hosts in expected.items()
        for host in "abcdef"
    ]
    assert len(lines) == 36
    holds(resolution, "\n".join(lines))


def test_a_listener_has_a_name_of_its_own_in_paths_and_in_traces() -> None:
    resolution = resolved(
        edge("a HTTP 80 a.test"), listener_set("one", "a HTTP 80 c.test"), to("one", "/", "red")
    )
    (path,) = resolution.paths
    assert path.id == "shop/edge:ListenerSet/shop/one:a/HTTPRoute/shop/one-:0/Service/shop/red:80"
    found = ask(resolution, "http://c.test/")
    assert found.listener is not None
    assert found.listener.name == "ListenerSet/shop/one:a"
    (evidence,) = found.steps[0].finding.evidence
    assert (evidence.object, evidence.field) == ("ListenerSet/shop/one", "spec.listeners[a].hostname")


@pytest.mark.parametrize(
    ("allowed", "namespace", "joins"),
    [
        ("", "shop", False),
        ("None", "shop", False),
        ("Same", "shop", True),
        ("Same", "away", False),
        ("All", "away", True),
        ({"from": "Selector", "selector": {"matchLabels": {"edge": "yes"}}}, "away", True),
        ({"from": "Selector", "selector": {"matchLabels": {"edge": "no"}}}, "away", False),
        ({"from": "Selector"}, "away", False),
    ],
)
def test_the_gateway_says_whose_listeners_it_takes(allowed, namespace, joins) -> None:
    away = thing("Namespace", "away", None, apiVersion="v1")
    away["metadata"]["labels"] = {"edge": "yes"}
    refs = [{**SPEC, "name": "one", "namespace": namespace}]
    listed = listener_set("one", "c HTTP 80 c.test", namespace)
    listed["spec"]["listeners"][0]["allowedRoutes"] = {"namespaces": {"from": "All"}}
    resolution = resolved(
        edge("a HTTP 80 a.test", allowed), away, listed, route("r", at("/", "red"), parentRefs=refs)
    )
    holds(resolution, f"http://c.test/ -> {'red' if joins else '404'}")
    told = [one.message for one in resolution.problems]
    assert bool(told) is not joins
    assert all("not admitted by allowedListeners of Gateway/shop/edge" in one for one in told)


def test_a_listener_admits_routes_from_the_namespace_of_its_set() -> None:
    def away(name: str, namespace: str, **parent: Any) -> dict[str, Any]:
        made = to("one", f"/{name}", "red", namespace="away", **parent)
        made["metadata"]["namespace"] = namespace
        return made

    grant = thing(
        "ReferenceGrant",
        "g",
        apiVersion="gateway.networking.k8s.io/v1beta1",
        spec={
            "from": [
                {"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "namespace": one}
                for one in ("away", "other")
            ],
            "to": [{"group": "", "kind": "Service"}],
        },
    )
    listed = listener_set(
        "one", "same HTTP 80 same.test\nall HTTP 80 all.test\nsome HTTP 80 some.test", "away"
    )
    listed["spec"]["listeners"][1]["allowedRoutes"] = {"namespaces": {"from": "All"}}
    listed["spec"]["listeners"][2]["allowedRoutes"] = {
        "namespaces": {
            "from": "Selector",
            "selector": {"matchLabels": {"kubernetes.io/metadata.name": "other"}},
        }
    }
    resolution = resolved(
        edge("a HTTP 80 a.test"),
        listed,
        grant,
        away("own", "away"),
        away("far", "shop"),
        away("chosen", "other"),
    )
    table = """
    http://same.test/own -> red
    http://all.test/own -> red
    http://some.test/own -> 404
    http://same.test/far -> 404
    http://all.test/far -> red
    http://some.test/far -> 404
    http://same.test/chosen -> 404
    http://all.test/chosen -> red
    http://some.test/chosen -> red
    http://a.test/own -> 404
    """
    holds(resolution, table)


def test_the_kinds_that_a_listener_takes() -> None:
    listed = listener_set("one", "a HTTP 80 a.test\nb HTTP 80 b.test")
    listed["spec"]["listeners"][0]["allowedRoutes"] = {"kinds": [{"kind": "GRPCRoute"}]}
    resolution = resolved(edge("z HTTP 80 z.test"), listed, to("one", "/", "red"))
    holds(resolution, "http://a.test/ -> 404\nhttp://b.test/ -> red")


def test_one_route_attaches_to_each_parent_for_itself() -> None:
    both = [{"name": "edge"}, {**SPEC, "name": "one"}]
    half = [{"name": "edge", "sectionName": "c"}, {**SPEC, "name": "one", "sectionName": "c"}]
    resolution = resolved(
        edge("a HTTP 80 a.test"),
        listener_set("one", "c HTTP 80 c.test"),
        route("both", at("/both", "red"), parentRefs=both),
        route("half", at("/half", "green"), parentRefs=half),
    )
    table = """
    http://a.test/both -> red
    http://c.test/both -> red
    http://a.test/half -> 404
    http://c.test/half -> green
    """
    holds(resolution, table)
    (problem,) = resolution.problems
    assert problem.message == "not attached to Gateway/shop/edge: no listener named c"


CLASHING = "x HTTP 80 x.test\nown HTTP 80 own.test"


@pytest.mark.parametrize(
    ("one", "two", "expected", "words"),
    [
        (
            "x HTTP 80 x.test",
            "z HTTP 81",
            "gateway",
            "its hostname conflicts with listener x (HTTP for x.test)",
        ),
        ("x TCP 80", "z HTTP 81", "gateway", "its protocol conflicts with listener x (HTTP)"),
        (
            "y HTTP 82 y.test",
            "y HTTP 82 y.test",
            "",
            "with listener ListenerSet/shop/one:y (HTTP for y.test)",
        ),
        (
            "y HTTP 82 y.test",
            "y TLS 82 y.test",
            "",
            "its protocol conflicts with listener ListenerSet/shop/one:y",
        ),
        ("y TCP 82", "y UDP 82", "", "its protocol conflicts with listener ListenerSet/shop/one:y (TCP)"),
        ("y HTTP 82 y.test", "z HTTP 82 z.test", "", ""),
        ("y HTTPS 82 y.test", "z TLS 82 z.test", "", ""),
    ],
)
def test_of_listeners_that_conflict_the_first_is_served(one, two, expected, words) -> None:
    resolution = resolved(edge(CLASHING), listener_set("one", one), listener_set("two", two))
    told = [problem for problem in resolution.problems if "is not served" in problem.message]
    assert len(told) == bool(words)
    assert all(words in problem.message for problem in told)
    owner = "one" if expected == "gateway" else "two"
    assert all(f"ListenerSet/shop/{owner}" in problem.where for problem in told)


def test_the_older_set_goes_first() -> None:
    def refs(name: str) -> list[dict[str, Any]]:
        return [{**SPEC, "name": name}]

    resolution = resolved(
        edge("a HTTP 80 a.test"),
        listener_set("b-old", "x HTTP 80 x.test", created="2020-01-01T00:00:00Z"),
        listener_set("a-young", "x HTTP 80 x.test", created="2024-01-01T00:00:00Z"),
        route("old", at("/", "red"), parentRefs=refs("b-old")),
        route("young", at("/", "green"), parentRefs=refs("a-young")),
    )
    holds(resolution, "http://x.test/ -> red")
    assert any(
        "HTTPRoute/shop/young" in one.where and "is not served" in one.message for one in resolution.problems
    )


def test_a_port_may_be_named_and_sets_open_ports_of_their_own() -> None:
    resolution = resolved(
        edge("a HTTP 80"),
        listener_set("one", "c HTTP 8080\nd HTTP 8081"),
        to("one", "/8080", "red", port=8080),
        to("one", "/every", "green"),
    )
    table = """
    http://x.test:8080/8080 -> red
    http://x.test:8081/8080 -> 404
    http://x.test:8081/every -> green
    http://x.test/every -> 404
    http://x.test:8082/every -> refused
    """
    holds(resolution, table)


@pytest.mark.parametrize(
    ("class_name", "controller", "kind", "version", "words"),
    [
        ("kgateway", "kgateway", "ListenerSet", "2.2", "kgateway 2.2 takes no ListenerSet, 2.3 and newer do"),
        ("kgateway", "kgateway", "ListenerSet", "2.3", ""),
        (
            "kgateway",
            "kgateway",
            "XListenerSet",
            "2.0.4",
            "kgateway 2.0.4 takes no XListenerSet, 2.1 and newer do",
        ),
        ("kgateway", "kgateway", "XListenerSet", "2.1", ""),
        ("kgateway", "kgateway", "XListenerSet", "2.3", "since 2.3 it is ListenerSet"),
        ("istio", "istio", "XListenerSet", "1.26", "istio 1.26 takes no XListenerSet, 1.27 and newer do"),
        ("istio", "istio", "XListenerSet", "1.29", ""),
        ("istio", "istio", "ListenerSet", "1.29", "istio 1.29 takes no ListenerSet, 1.30 and newer do"),
        ("istio", "istio", "ListenerSet", "1.30", ""),
        ("agentgateway", "agentgateway", "ListenerSet", "1.2", ""),
        ("agentgateway", "agentgateway", "XListenerSet", "1.2", "agentgateway knows no XListenerSet"),
    ],
)
def test_what_each_version_takes(class_name, controller, kind, version, words) -> None:
    group = "gateway.networking.k8s.io" if kind == "ListenerSet" else "gateway.networking.x-k8s.io"
    joined = listener_set("one", "c HTTP 80 c.test")
    joined |= {"apiVersion": f"{group}/v1", "kind": kind}
    refs = [{"group": group, "kind": kind, "name": "one"}]
    before = resolved(
        edge("a HTTP 80 a.test", class_name=class_name), joined, route("r", at("/", "red"), parentRefs=refs)
    )
    after = preview(before, [VersionEdit(controller=controller, version=version)]).after
    told = [problem.message for problem in after.problems]
    assert (len(after.paths), len(told)) == ((0, 2) if words else (1, 0))
    assert all(words in one for one in told)


def test_sets_without_their_gateway_are_told_of() -> None:
    refs = [{**SPEC, "name": "one"}, {**SPEC, "name": "none"}]
    resolution = resolved(
        listener_set("one", "c HTTP 80"), *service("x"), route("r", at("/", "red"), parentRefs=refs)
    )
    assert [one.message for one in resolution.problems] == [
        "its Gateway shop/edge is not in the source",
        "not attached to ListenerSet/shop/none: the source does not hold this ListenerSet",
        "not attached to ListenerSet/shop/one: the source does not hold its Gateway",
    ]


@pytest.mark.parametrize(("value", "joins"), [("true", True), ("false", False), (None, False)])
def test_experimental_sets_need_a_switch(value, joins) -> None:
    env = [] if value is None else [{"name": "PILOT_ENABLE_ALPHA_GATEWAY_API", "value": value}]
    container = {"name": "discovery", "image": "docker.io/istio/pilot:1.29.4", "env": env}
    istiod = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "istiod", "namespace": "istio-system", "labels": {"app": "istiod"}},
        "spec": {
            "template": {"metadata": {"labels": {"app": "istiod"}}, "spec": {"containers": [container]}}
        },
    }
    joined = listener_set("one", "c HTTP 80 c.test")
    joined |= {"apiVersion": "gateway.networking.x-k8s.io/v1alpha1", "kind": "XListenerSet"}
    refs = [{"group": "gateway.networking.x-k8s.io", "kind": "XListenerSet", "name": "one"}]
    resolution = resolved(
        edge("a HTTP 80 a.test"), istiod, joined, route("r", at("/", "red"), parentRefs=refs)
    )
    assert len(resolution.paths) == joins
    words = "PILOT_ENABLE_ALPHA_GATEWAY_API of istiod is not true"
    assert all(words in one.message for one in resolution.problems)
    assert bool(resolution.problems) is not joins


def test_a_listener_of_a_set_has_its_port_in_the_picture() -> None:
    resolution = resolved(edge("a HTTP 80"), listener_set("one", "c HTTP 8080 c.test"), to("one", "/", "red"))
    graph = build(resolution, resolution.paths)
    (listener,) = [node for _, node in graph.nodes(data=True) if node["lane"] == "listener"]
    assert (listener["label"], listener["detail"]) == ("ListenerSet/shop/one:c", "HTTP :8080")
