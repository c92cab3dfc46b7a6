"""Policies of kgateway's and agentgateway's own APIs: at the Gateway, route or backend they name, at that
proxy only.
"""

from typing import Any

import pytest

from core.cluster import Cluster, replace
from core.model import Gateway, Listener, Route, RouteRule
from tests import build
from tests.policies.written import Written, mesh, only, places, policy, target, view

FIELDS: dict[str, dict[str, Any]] = {
    "TrafficPolicy": {"rateLimit": {"local": {}}},
    "HTTPListenerPolicy": {"accessLog": []},
    "ListenerPolicy": {"default": {}},
    "BackendConfigPolicy": {"connectTimeout": "1s"},
    "AgentgatewayPolicy": {"traffic": {"rateLimit": {"local": []}}},
}


def written(kind: str, name: str, *targets: Written, **more: Any) -> Written:
    return policy(kind, name, {**FIELDS[kind], "targetRefs": list(targets), **more})


def shop() -> Cluster:
    """`n1/free` behind kgateway, Istio and agentgateway; its route is in `n1`."""
    gateways = [build.gateway("infra", name, plane) for name, plane in PLANES.items()]
    route = build.route("web", [build.backend(build.service("n1", "free", "10.96.0.3"))], gateways)
    route = replace(route, labels={"app": "web"}, rules=[replace(route.rules[0], name="first")])
    return mesh(*gateways, route)


PLANES = {"kgw": "kgateway", "ing": "istio", "agw": "agentgateway"}


@pytest.mark.parametrize("kind", ["TrafficPolicy", "HTTPListenerPolicy", "ListenerPolicy"])
def test_a_gateway_of_kgateway(kind: str) -> None:
    assert places(only(shop(), written(kind, "infra/p", target("Gateway", "kgw")))) == "infra/kgw"
    for name, namespace, fault in (
        ("ing", "infra", "no-place"),
        ("agw", "infra", "no-place"),
        ("kgw", "n1", "TargetNotFound"),
        ("none", "infra", "TargetNotFound"),
    ):
        one = only(shop(), written(kind, f"{namespace}/p", target("Gateway", name)))
        assert (one.acts, one.faults) == ((), [fault])


def test_a_target_of_a_kind_that_is_not_followed_is_no_fault() -> None:
    for other in (
        {"group": "agentgateway.dev", "kind": "AgentgatewayBackend", "name": "llm"},
        {"group": "gateway.networking.k8s.io", "kind": "GatewayClass", "name": "web"},
    ):
        one = only(shop(), written("AgentgatewayPolicy", "n1/p", other))
        assert (one.acts, list(one.faults)) == ((), [])
        assert "not followed here" in one.because


def test_a_gateway_of_agentgateway() -> None:
    kind = "AgentgatewayPolicy"
    assert places(only(shop(), written(kind, "infra/p", target("Gateway", "agw")))) == "infra/agw"
    assert places(only(shop(), written(kind, "infra/p", target("Gateway", "kgw")))) == ""


@pytest.mark.parametrize(
    ("kind", "acts"), [("TrafficPolicy", "infra/kgw"), ("AgentgatewayPolicy", "infra/agw")]
)
def test_a_route_means_the_gateways_that_serve_it(kind: str, acts: str) -> None:
    assert places(only(shop(), written(kind, "n1/p", target("HTTPRoute", "web")))) == acts
    assert (
        places(only(shop(), written(kind, "n1/p", target("HTTPRoute", "web", sectionName="first")))) == acts
    )
    assert places(only(shop(), written(kind, "n1/p", target("HTTPRoute", "web", sectionName="second")))) == ""
    assert places(only(shop(), written(kind, "infra/p", target("HTTPRoute", "web")))) == ""
    assert places(only(shop(), written(kind, "n1/p", target("GRPCRoute", "web")))) == ""


@pytest.mark.parametrize(
    ("kind", "acts"), [("BackendConfigPolicy", "infra/kgw"), ("AgentgatewayPolicy", "infra/agw")]
)
def test_a_backend_means_the_gateways_with_a_path_to_it(kind: str, acts: str) -> None:
    assert places(only(shop(), written(kind, "n1/p", target("Service", "free")))) == acts
    assert places(only(shop(), written(kind, "n1/p", target("Service", "own")))) == ""
    assert places(only(shop(), written(kind, "n2/p", target("Service", "free")))) == ""


def test_target_selectors_pick_by_labels() -> None:
    def selector(app: str) -> Written:
        chosen = {"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "matchLabels": {"app": app}}
        return policy("TrafficPolicy", "n1/p", {**FIELDS["TrafficPolicy"], "targetSelectors": [chosen]})

    assert places(only(shop(), selector("web"))) == "infra/kgw"
    assert places(only(shop(), selector("other"))) == ""


def test_without_a_target_it_does_nothing() -> None:
    one = only(shop(), policy("TrafficPolicy", "n1/p", FIELDS["TrafficPolicy"]))
    assert (one.acts, one.because) == ((), "it names no target in targetRefs or targetSelectors")


def test_a_listener_by_name_is_met_by_its_paths_only() -> None:
    listeners = tuple(
        Listener(name=name, port=port, protocol="HTTP") for name, port in (("a", 80), ("b", 81))
    )
    gateway: Gateway = build.gateway("n1", "two", "kgateway", listeners=listeners)
    route: Route = build.route("web", [build.backend(build.service("n1", "free", "10.96.0.3"))], [gateway])
    policies = [
        written("TrafficPolicy", "n1/a", target("Gateway", "two", sectionName="a")),
        written("TrafficPolicy", "n1/both", target("Gateway", "two")),
    ]
    one = view(mesh(gateway, replace(route, rules=[RouteRule(backends=route.rules[0].backends)])), *policies)
    met = {path.listener: [ref.name for ref in one.of(path).enforced] for path in one.resolution.paths}
    assert met == {"a": ["a", "both"], "b": ["both"]}
