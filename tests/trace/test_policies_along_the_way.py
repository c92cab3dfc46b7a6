"""Policies and filters that reach a path by a ListenerSet, or by a route that delegates."""

from typing import Any

from core.policies.view import PolicyView
from core.trace.outcome import TwiceStep
from tests.tracing import ask, gateway, listener_set, route, thing, tracer, waypoint

ROUTE = {"group": "gateway.networking.k8s.io", "kind": "HTTPRoute"}
ADDS = "filters: [{type: RequestHeaderModifier, requestHeaderModifier: {add: [{name: X-Hop, value: VALUE}]}}]"


def traffic_policy(called: str, **target: str) -> dict[str, Any]:
    spec = {"targetRefs": [{"group": "gateway.networking.k8s.io", **target}], "rateLimit": {"local": {}}}
    return thing("TrafficPolicy", called, apiVersion="gateway.kgateway.dev/v1alpha1", spec=spec)


def delegating(more: str = "") -> list[dict[str, Any]]:
    """Routes top, which delegates, and low, which forwards to red."""
    refs = "backendRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: low}]"
    top = route("top", f"- name: first\n  matches: [{{path: {{value: /a}}}}]\n  {more}\n  {refs}")
    low = route("low", "- matches: [{path: {value: /a}}]\n  backendRefs: [{name: red, port: 80}]")
    low["spec"].pop("parentRefs")
    return [top, low]


def enforced(objects: list[dict[str, Any]]) -> list[set[str]]:
    traces = tracer(*objects)
    assert traces.second is not None
    view = PolicyView(traces.resolution, traces.second.policies)
    return [{one.name for one in view.of(path).enforced} for path in traces.resolution.paths]


def test_policies_of_a_route_that_delegates_act_on_the_paths_behind_it() -> None:
    objects = [
        gateway("http HTTP 80", class_name="kgateway"),
        *delegating(),
        traffic_policy("whole", kind="HTTPRoute", name="top"),
        traffic_policy("rule", kind="HTTPRoute", name="top", sectionName="first"),
        traffic_policy("other", kind="HTTPRoute", name="top", sectionName="second"),
        traffic_policy("child", kind="HTTPRoute", name="low"),
    ]
    assert enforced(objects) == [{"whole", "rule", "child"}]


def test_policies_of_a_listener_set_act_on_its_listeners_alone() -> None:
    edge = gateway("a HTTP 80 a.test", class_name="kgateway")
    edge["spec"]["allowedListeners"] = {"namespaces": {"from": "Same"}}
    both = [{"name": "edge"}, {**ROUTE, "kind": "ListenerSet", "name": "one"}]
    objects = [
        edge,
        listener_set("one", "c HTTP 80 c.test\nd HTTP 80 d.test"),
        route("r", "- backendRefs: [{name: red, port: 80}]", parentRefs=both),
        traffic_policy("set", kind="ListenerSet", name="one"),
        traffic_policy("part", kind="ListenerSet", name="one", sectionName="c"),
    ]
    assert enforced(objects) == [{"set", "part"}, {"set"}, set()]


def test_what_a_delegating_route_does_counts_as_done_at_the_gateway() -> None:
    more = [
        *delegating(ADDS.replace("VALUE", "top")),
        route(
            "m",
            f"- {ADDS.replace('VALUE', 'waypoint')}\n  backendRefs: [{{name: red, port: 80}}]",
            parentRefs=[{"group": "", "kind": "Service", "name": "red"}],
        ),
    ]
    edge = gateway("http HTTP 80", class_name="kgateway")
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "edge-0",
            "namespace": "shop",
            "labels": {"gateway.networking.k8s.io/gateway-name": "edge"},
            "annotations": {"ambient.istio.io/redirection": "enabled"},
        },
    }
    container = {
        "name": "kgateway",
        "image": "cr.kgateway.dev/kgateway-dev/kgateway:v2.3.0",
        "env": [{"name": "KGW_ENABLE_WAYPOINT", "value": "true"}],
    }
    template = {"metadata": {"labels": {"app": "kgateway"}}, "spec": {"containers": [container]}}
    controller = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "kgateway", "namespace": "kgateway-system"},
        "spec": {"template": template},
    }
    found = ask(tracer(edge, pod, controller, *waypoint("red"), *more), "/a")
    assert found.received is not None
    assert found.received.header("x-hop") == "top,waypoint"
    (second,) = found.arrivals[0].seconds
    (step,) = [one for one in second.steps if isinstance(one, TwiceStep)]
    assert str(step.doubled.first) == "HTTPRoute/shop/top"
