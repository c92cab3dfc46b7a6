"""What a path meets, goes past, and meets twice."""

from typing import Any

import pytest

from core import labels as names
from core.cluster import Cluster, replace
from core.gates import Verdict
from core.model import Gateway, Object
from core.paths import Path
from core.policies.documents import path_policies_document
from core.policies.view import PathPolicies, PolicyView
from tests import build
from tests.policies.written import Written, policy, target, view

CART = "Service/shop/cart"
INGRESS = {**build.USE, **build.INGRESS}


def shop(*more: Object, waypoint_label: bool = True, **settings: Any) -> Cluster:
    """`shop/cart` behind all three data planes; with the label its ingress traffic goes to the waypoint."""
    labels = INGRESS if waypoint_label else build.USE
    return build.shop(build.service("shop", "cart", "10.96.0.10", labels=labels), *more, **settings)


def path_of(one: PolicyView, gateway: str, backend: str = CART) -> Path:
    return next(
        path
        for path in one.resolution.paths
        if path.gateway == ("infra", gateway) and str(path.service_ref) == backend
    )


def of(
    cluster: Cluster, gateway: str, *written: Written, backend: str = CART
) -> tuple[Verdict, PathPolicies]:
    one = view(cluster, *written)
    path = path_of(one, gateway, backend)
    return path.outcome.verdict, one.of(path)


def names_of(refs: Any) -> list[str]:
    return [ref.name for ref in refs]


TO_CART = policy("AuthorizationPolicy", "shop/cart", {"targetRefs": [target("Service", "cart")]})
TO_WAYPOINT = policy("AuthorizationPolicy", "shop/wp", {"targetRefs": [target("Gateway", "waypoint")]})
TO_INGRESS = policy("AuthorizationPolicy", "infra/in", {"targetRefs": [target("Gateway", "istio")]})
TO_PODS = policy("AuthorizationPolicy", "shop/pods", {"selector": {"matchLabels": {"app": "cart"}}})
ROUTE = policy(
    "HTTPRoute",
    "shop/mesh",
    {"parentRefs": [target("Service", "cart")], "rules": [{"timeouts": {"request": "1s"}}]},
)


@pytest.mark.parametrize("gateway", ["istio", "kgateway", "agentgateway"])
def test_a_path_through_the_waypoint_meets_its_policies(gateway: str) -> None:
    agent = build.pod(
        "infra", "agentgateway-1", "10.244.1.4", {names.GATEWAY_NAME: "agentgateway"}, mesh_ca="istiod"
    )
    verdict, found = of(shop(agent), gateway, TO_CART, TO_WAYPOINT, TO_PODS, ROUTE)
    assert verdict is Verdict.WAYPOINT
    assert names_of(found.enforced) == ["cart", "pods", "wp", "mesh"]
    assert found.bypassed == ()


@pytest.mark.parametrize(
    ("gateway", "verdict"),
    [("istio", Verdict.DIRECT), ("kgateway", Verdict.DIRECT), ("agentgateway", Verdict.DIRECT)],
)
def test_a_path_past_the_waypoint_bypasses_them(gateway: str, verdict: Verdict) -> None:
    got, found = of(shop(waypoint_label=False), gateway, TO_CART, TO_WAYPOINT, TO_PODS, ROUTE)
    assert got is verdict
    assert names_of(found.enforced) == ["pods"]
    assert names_of(found.bypassed) == ["cart", "wp", "mesh"]


def test_a_service_without_a_waypoint_bypasses_nothing() -> None:
    at_root = policy(
        "AuthorizationPolicy", "istio-system/all", {"targetRefs": [target("GatewayClass", "istio-waypoint")]}
    )
    cluster = build.shop(build.service("store", "stock", "10.96.0.20"))
    verdict, found = of(cluster, "istio", at_root, TO_CART, backend="Service/store/stock")
    assert verdict in (Verdict.DIRECT, Verdict.NO_ENDPOINTS)
    assert (found.enforced, found.bypassed) == ((), ())


def test_policies_of_the_gateway_are_met_by_its_paths_only() -> None:
    assert names_of(of(shop(), "istio", TO_INGRESS)[1].enforced) == ["in"]
    assert names_of(of(shop(), "kgateway", TO_INGRESS)[1].enforced) == []


def test_acting_at_the_gateway_is_not_bypassed_at_the_waypoint() -> None:
    everywhere = policy("Telemetry", "istio-system/all", {"metrics": [{}]})
    _, found = of(shop(waypoint_label=False), "istio", everywhere)
    assert (names_of(found.enforced), found.bypassed) == (["all"], ())
    _, found = of(shop(waypoint_label=False), "kgateway", everywhere)
    assert (found.enforced, names_of(found.bypassed)) == ((), ["all"])


def test_traffic_that_does_not_arrive_bypasses_nothing() -> None:
    headless = build.service("shop", "cart", labels=INGRESS)
    one = view(build.shop(headless, kgateway="v2.1.0"), TO_CART)
    path = path_of(one, "kgateway")
    assert path.outcome.verdict is Verdict.BLACKHOLE
    assert one.of(path) == PathPolicies()


def test_a_split_meets_what_all_its_parts_meet() -> None:
    half = build.pod("infra", "kgateway-2", "10.244.1.2", {names.GATEWAY_NAME: "kgateway"})
    verdict, found = of(shop(half), "kgateway", TO_CART, TO_PODS)
    assert verdict is Verdict.SPLIT
    assert (names_of(found.enforced), names_of(found.bypassed)) == (["pods"], ["cart"])


def test_a_canary_is_met_by_policies_of_both_waypoints() -> None:
    cart = build.service(
        "shop",
        "cart",
        "10.96.0.10",
        labels={**INGRESS, names.CANARY: "next"},
        annotations={names.CANARY_WEIGHT: "20"},
    )
    more = [
        build.waypoint("shop", "next"),
        replace(
            build.shop().services[("shop", "waypoint")],
            name="next",
            cluster_ips=("10.96.0.98",),
            selector={names.GATEWAY_NAME: "next"},
        ),
        build.pod("shop", "next-1", "10.244.0.8", {names.GATEWAY_NAME: "next"}),
    ]
    verdict, found = of(build.shop(cart, *more, istiod="1.31.0"), "istio", TO_CART, TO_WAYPOINT)
    assert verdict is Verdict.SPLIT
    assert names_of(found.enforced) == ["cart"]
    assert names_of(found.bypassed) == ["wp"]


def test_a_workload_waypoint_applies_what_names_the_gateway_only() -> None:
    gateway: Gateway = build.waypoint("shop", labels={names.WAYPOINT_FOR: "all"})
    pod = build.pod("shop", "cart-1", "10.244.0.10", {"app": "cart", **build.USE}, captured=True)
    cluster = shop(gateway, pod, waypoint_label=False)
    verdict, found = of(cluster, "kgateway", TO_CART, TO_WAYPOINT)
    assert verdict is Verdict.WORKLOAD_WAYPOINT
    assert (names_of(found.enforced), names_of(found.bypassed)) == (["wp"], ["cart"])
    verdict, found = of(cluster, "istio", TO_CART, TO_WAYPOINT)
    assert verdict is Verdict.DIRECT
    assert names_of(found.bypassed) == ["cart", "wp"]


def test_policies_of_gateways_are_met_at_that_gateway() -> None:
    limit = policy(
        "TrafficPolicy", "shop/limit", {"rateLimit": {}, "targetRefs": [target("HTTPRoute", "shop")]}
    )
    assert names_of(of(shop(), "kgateway", limit)[1].enforced) == ["limit"]
    assert names_of(of(shop(), "istio", limit)[1].enforced) == []


# --- twice --------------------------------------------------------------------------------------------------


def doubling(gateway: str, *written: Written, label: bool = True) -> list[tuple[str, str, bool]]:
    found = of(shop(waypoint_label=label), gateway, *written)[1]
    return [(one.effect, one.key, one.idempotent) for one in found.doubled]


def ingress(**rule: Any) -> Written:
    """The effects of the route that leads to the shop; its first rule leads to the cart."""
    return policy("HTTPRoute", "shop/shop", {"rules": [rule]})


ADD = {
    "filters": [
        {"type": "RequestHeaderModifier", "requestHeaderModifier": {"add": [{"name": "X", "value": "1"}]}}
    ]
}


def test_telemetry_of_root_reports_twice() -> None:
    root = policy("Telemetry", "istio-system/all", {"metrics": [{}], "tracing": [{}]})
    keys = ["metrics of istio-system/all", "tracing of istio-system/all"]
    assert doubling("istio", root) == [("telemetry", key, False) for key in keys]
    assert doubling("kgateway", root) == []
    assert doubling("istio", root, label=False) == []
    apart = [policy("Telemetry", f"{namespace}/t", {"metrics": [{}]}) for namespace in ("infra", "shop")]
    assert doubling("istio", *apart) == []


def test_destination_rules_act_twice_where_gateway_and_waypoint_have_one() -> None:
    pool = {"host": "cart.shop.svc.cluster.local", "trafficPolicy": {"connectionPool": {}}}
    shared = policy("DestinationRule", "shop/d", pool)
    assert doubling("istio", shared) == [("connection-pool", "", True)]
    assert doubling("istio", shared, label=False) == []
    assert doubling("kgateway", shared) == []
    gateways = policy("DestinationRule", "infra/d", {**pool, "trafficPolicy": {"outlierDetection": {}}})
    assert doubling("istio", shared, gateways) == []


def test_filters_of_the_ingress_route_are_compared_with_routes_at_the_waypoint() -> None:
    at_waypoint = policy(
        "HTTPRoute", "shop/mesh", {"parentRefs": [target("Service", "cart")], "rules": [{}, ADD]}
    )
    assert doubling("kgateway", ingress(**ADD), at_waypoint) == [("request-header-add", "x", False)]
    assert doubling("kgateway", ingress(), at_waypoint) == []
    assert doubling("kgateway", ingress(**ADD), at_waypoint, label=False) == []
    service = {"hosts": ["cart"], "http": [{"retries": {"attempts": 2}, "timeout": "1s"}]}
    rule = {"timeouts": {"request": "1s"}, "retry": {"attempts": 1}}
    found = doubling("istio", ingress(**rule), policy("VirtualService", "shop/v", service))
    assert found == [("retry", "", False), ("timeout", "", True)]


def test_authorization_and_tokens_are_compared_between_gateway_and_waypoint() -> None:
    assert doubling("istio", TO_INGRESS, TO_CART) == [("authz", "", True)]
    audit = policy(
        "AuthorizationPolicy", "shop/cart", {"action": "AUDIT", "targetRefs": [target("Service", "cart")]}
    )
    assert doubling("istio", TO_INGRESS, audit) == []
    dry = policy(
        "AuthorizationPolicy", "shop/cart", {"targetRefs": [target("Service", "cart")]}, dry_run=True
    )
    assert doubling("istio", TO_INGRESS, dry) == []

    def jwt(name: str, kind: str, to: str, *, keeps: bool) -> Written:
        rules = [{"issuer": "me", "forwardOriginalToken": keeps}]
        return policy("RequestAuthentication", name, {"targetRefs": [target(kind, to)], "jwtRules": rules})

    second = jwt("shop/b", "Service", "cart", keeps=False)
    assert doubling("istio", jwt("infra/a", "Gateway", "istio", keeps=True), second) == [("jwt", "me", True)]
    assert doubling("istio", jwt("infra/a", "Gateway", "istio", keeps=False), second) == [
        ("jwt", "me", False)
    ]


def test_a_traffic_policy_of_kgateway_is_compared_too() -> None:
    traffic = {
        "targetRefs": [target("HTTPRoute", "shop")],
        "rbac": {},
        "timeouts": {"request": "1s"},
        "jwtAuth": {},
    }
    at_gateway = policy("TrafficPolicy", "shop/t", traffic)
    jwt = policy(
        "RequestAuthentication",
        "shop/b",
        {"targetRefs": [target("Service", "cart")], "jwtRules": [{"issuer": "me"}]},
    )
    found = doubling("kgateway", at_gateway, TO_CART, ROUTE, jwt)
    assert found == [("authz", "", True), ("jwt", "me", True), ("timeout", "", True)]
    assert doubling("istio", at_gateway, TO_CART) == []


def test_the_document_of_a_path() -> None:
    found = of(shop(), "istio", TO_INGRESS, TO_CART)[1]
    names_both = ["AuthorizationPolicy/infra/in", "AuthorizationPolicy/shop/cart"]
    assert path_policies_document(found) == {
        "enforced": names_both,
        "bypassed": [],
        "doubled": names_both,
        "doubling": [
            {
                "effect": "authz",
                "key": "",
                "at": names_both,
                "idempotent": True,
                "repeats": "the request has to be allowed at both places",
            }
        ],
    }
