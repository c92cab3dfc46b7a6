"""Policies at Istio's own Gateways: they are aimed at the gateway's pods, wherever the Gateway is."""

from typing import Any

import msgspec
import pytest

from core.manifests import Document, load_all
from core.paths import resolve
from core.policies.view import PolicyView
from tests.istio_ingress.mesh import (
    LABELS,
    Thing,
    destination_rule,
    gateway,
    gateway_pod,
    pod,
    service,
    thing,
    to,
    virtual_service,
)

HTTP = gateway("http HTTP 80 *")
RED = [service("red"), pod("red-0", {"app": "red"})]
SHOP = virtual_service("s", f"[{{{to('red')}}}]")


def view(*objects: Thing) -> PolicyView:
    documents = [
        Document(file="t.yaml", index=number, raw=msgspec.json.encode(one))
        for number, one in enumerate([gateway_pod(), HTTP, *RED, SHOP, *objects], 1)
    ]
    cluster, policies, _ = load_all(documents)
    return PolicyView(resolve(cluster), policies)


def deny(name: str, **spec: object) -> Thing:
    return thing(
        "AuthorizationPolicy", name, {"action": "DENY", "rules": [{}], **spec}, api="security.istio.io/v1"
    )


SELECTOR = {"selector": {"matchLabels": LABELS}}
API_GATEWAY = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "edge"}


@pytest.mark.parametrize(
    ("policy", "acts"),
    [
        (deny("infra/p", **SELECTOR), True),
        (deny("infra/p"), True),
        (deny("istio-system/p", **SELECTOR), True),
        (deny("istio-system/p"), True),
        # The Gateway is in shop, its pods are in infra.
        (deny("shop/p", **SELECTOR), False),
        (deny("shop/p"), False),
        (deny("infra/p", selector={"matchLabels": {"istio": "egress"}}), False),
        # targetRefs name Gateways of Gateway API.
        (deny("shop/p", targetRefs=[API_GATEWAY]), False),
    ],
)
def test_where_the_pods_are_decides(policy: Thing, acts: bool) -> None:
    seen = view(policy)
    (path,) = seen.resolution.paths
    enforced = [one.name for one in seen.of(path).enforced]
    assert enforced == (["p"] if acts else [])
    (found,) = [one for one in seen.acts if one.policy.name == "p"]
    assert [(act.at, act.gateway, act.api) for act in found.acts if act.at == "ingress"] == (
        [("ingress", ("shop", "edge"), "networking.istio.io")] if acts else []
    )


def test_a_gateway_of_gateway_api_of_the_same_name_has_its_own_policies() -> None:
    listener = {
        "name": "http",
        "port": 80,
        "protocol": "HTTP",
        "allowedRoutes": {"namespaces": {"from": "All"}},
    }
    api = "gateway.networking.k8s.io/v1"
    other = thing("Gateway", "edge", {"gatewayClassName": "istio", "listeners": [listener]}, api=api)
    rule = {"backendRefs": [{"name": "red", "port": 80}]}
    route = thing("HTTPRoute", "r", {"parentRefs": [{"name": "edge"}], "rules": [rule]}, api=api)
    seen = view(other, route, deny("infra/own", **SELECTOR), deny("shop/api", targetRefs=[API_GATEWAY]))
    assert [[one.name for one in seen.of(path).enforced] for path in seen.resolution.paths] == [
        ["api"],
        ["own"],
    ]


def test_a_virtual_service_at_a_gateway_is_a_route_and_no_policy() -> None:
    delegate = virtual_service("part", f"[{{{to('red')}}}]", gateways="", hosts="")
    assert view(delegate).acts == []


def test_a_destination_rule_of_the_pods_namespace_is_used() -> None:
    host = "red.shop.svc.cluster.local"
    settings: dict[str, Any] = {"trafficPolicy": {"connectionPool": {}}}
    both = [
        destination_rule("infra/own", host, **settings),
        destination_rule("shop/theirs", host, **settings),
    ]
    seen = view(*both)
    assert [one.name for one in seen.of(seen.resolution.paths[0]).enforced] == ["own"]


WAYPOINT = [
    thing(
        "Gateway",
        "waypoint",
        {
            "gatewayClassName": "istio-waypoint",
            "listeners": [{"name": "mesh", "port": 15008, "protocol": "HBONE"}],
        },
        api="gateway.networking.k8s.io/v1",
    )
    | {"status": {"addresses": [{"type": "Hostname", "value": "waypoint.shop.svc.cluster.local"}]}},
    service("waypoint", ports=[{"port": 15008, "name": "hbone"}]),
    pod("waypoint-0", {"app": "waypoint"}, "10.244.8.8"),
]


@pytest.mark.parametrize("by_delegate", [False, True])
def test_what_a_virtual_service_does_at_the_gateway_and_another_at_the_waypoint_is_doubled(
    by_delegate: bool,
) -> None:
    one = service("blue", ports=[{"port": 80, "name": "http", "targetPort": 8080}])
    one["metadata"]["labels"] = {"istio.io/use-waypoint": "waypoint", "istio.io/ingress-use-waypoint": "true"}
    rule = "match: [{uri: {prefix: /b}}], headers: {request: {add: {x: '1'}}}"
    if by_delegate:
        ingress = [
            virtual_service("in", f"[{{{rule}, delegate: {{name: part}}}}]", hosts="b.test"),
            virtual_service("part", f"[{{{to('blue')}}}]", gateways="", hosts=""),
        ]
    else:
        ingress = [virtual_service("in", f"[{{{rule}, {to('blue')}}}]", hosts="b.test")]
    mesh = virtual_service(
        "mesh", f"[{{headers: {{request: {{add: {{x: '2'}}}}}}, {to('blue')}}}]", gateways="", hosts="blue"
    )
    seen = view(*WAYPOINT, one, pod("blue-0", {"app": "blue"}, "10.244.7.7"), *ingress, mesh)
    path = next(path for path in seen.resolution.paths if path.backend.name == "blue")
    assert path.outcome.verdict == "waypoint"
    assert [
        (found.effect, found.key, str(found.first), str(found.second)) for found in seen.of(path).doubled
    ] == [("request-header-add", "x", "VirtualService/shop/in", "VirtualService/shop/mesh")]
