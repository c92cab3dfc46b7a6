"""Every finding code: what it is found for, and what it is not found for."""

from typing import Any

import pytest

from core import labels as names
from core.audit.codes import CODES
from core.audit.finding import Severity
from core.audit.run import audit
from core.audit.status import NOT_USING
from core.cluster import replace
from core.edits import LabelEdit
from core.model import AllowedRoutes, Gateway, LabelSelector, Listener
from core.paths import resolve
from core.policy_model import Policies
from core.whatif import preview
from tests import build
from tests.audit.audits import bound, check_edits, look, of_code, the
from tests.policies.written import Written, policy, read, target

OFF = {names.USE_WAYPOINT: "waypoint"}
GET_ONLY = [{"to": [{"operation": {"methods": ["GET"]}}]}]


def allow(name: str, *targets: Written, rules: Any = GET_ONLY, **spec: Any) -> Written:
    body = {"rules": rules, **spec}
    return policy("AuthorizationPolicy", name, {**body, "targetRefs": list(targets)} if targets else body)


CART = target("Service", "cart")


def codes(*more: Any, **settings: Any) -> set[str]:
    return set(look(*more, **settings).summary)


def test_a_cluster_where_all_is_well_has_no_finding() -> None:
    assert list(look(build.world()).findings) == []


def test_the_codes_are_permanent() -> None:
    assert [row.code for row in CODES] == [
        "policy-bypassed",
        "policy-doubled",
        "policy-without-effect",
        "l7-rule-at-ztunnel",
        "label-without-effect",
        "flag-without-effect",
        "black-hole",
        "no-endpoints",
        "invalid-backend",
        "unused-waypoint",
        "waypoint-not-ready",
        "waypoint-type-mismatch",
        "attachment-denied",
        "status-disagrees",
        "gateway-not-captured",
        "mixed-gateway-pods",
        "must-traverse",
        "must-not-traverse",
    ]


# --- policies -------------------------------------------------------------------------------------------------------


def test_policy_bypassed() -> None:
    found = the(look(build.world(build.cart(labels=OFF)), allow("shop/p", CART)), "policy-bypassed")
    assert found.severity is Severity.ERROR
    assert [str(ref) for ref in found.objects] == ["AuthorizationPolicy/shop/p", "Service/shop/cart"]
    assert len(found.paths) == 3
    assert found.where == "mesh.yaml#1"
    assert [edit.set for edit in found.edits] == [{names.INGRESS_USE_WAYPOINT: "true"}]  # type: ignore[union-attr]


def test_a_policy_that_is_enforced_is_not_bypassed() -> None:
    assert "policy-bypassed" not in codes(build.world(), allow("shop/p", CART))


@pytest.mark.parametrize(
    ("written", "severity"),
    [
        (allow("shop/p", CART, action="AUDIT"), Severity.NOTE),
        (
            policy("RequestAuthentication", "shop/p", {"targetRefs": [CART], "jwtRules": [{"issuer": "a"}]}),
            Severity.ERROR,
        ),
        (policy("Telemetry", "shop/p", {"targetRefs": [CART], "metrics": [{}]}), Severity.NOTE),
        (
            policy("HTTPRoute", "shop/p", {"parentRefs": [CART], "rules": [{"timeouts": {"request": "1s"}}]}),
            Severity.WARNING,
        ),
    ],
    ids=lambda one: one["kind"] if isinstance(one, dict) else str(one),
)
def test_how_bad_a_bypass_is(written: Written, severity: Severity) -> None:
    assert the(look(build.world(build.cart(labels=OFF)), written), "policy-bypassed").severity is severity


def test_policy_doubled() -> None:
    root = policy("Telemetry", "istio-system/t", {"metrics": [{}]})
    found = the(look(build.world(), root), "policy-doubled")
    assert [str(ref) for ref in found.objects] == ["Telemetry/istio-system/t"]
    assert found.severity is Severity.WARNING
    assert all("/istio:" in path for path in found.paths)
    assert "policy-doubled" not in codes(build.world(build.cart(labels=OFF)), root)


def test_doubled_without_harm_is_a_note() -> None:
    rule = {"host": "cart", "trafficPolicy": {"outlierDetection": {"interval": "1s"}}}
    written = policy("DestinationRule", "shop/d", rule)
    assert the(look(build.world(), written), "policy-doubled").severity is Severity.NOTE


@pytest.mark.parametrize(
    "written",
    [
        allow("shop/p", target("Service", "none")),
        allow("infra/p", CART),
        allow("shop/p", target("GatewayClass", "istio-waypoint")),
        allow("shop/p", target("Pod", "cart-1")),
        policy("EnvoyFilter", "shop/p", {"targetRefs": [CART]}),
        policy("RequestAuthentication", "shop/p", {"jwtRules": [{"issuer": "a"}]}),
        policy("WasmPlugin", "shop/p", {"selector": {"matchLabels": {"app": "cart"}}}),
        allow("shop/p", action="AUDIT"),
        policy(
            "TrafficPolicy", "shop/p", {"targetRefs": [target("Gateway", "none")], "rateLimit": {"local": {}}}
        ),
    ],
    ids=str,
)
def test_policy_without_effect(written: Written) -> None:
    found = the(look(build.world(), written), "policy-without-effect")
    assert len(found.objects) == 1
    assert found.remedy


def test_an_unbound_target_is_an_error() -> None:
    cluster = build.world(build.cart(labels={}))
    assert the(look(cluster, allow("shop/p", CART)), "policy-without-effect").severity is Severity.ERROR


@pytest.mark.parametrize(
    "written",
    [
        allow("shop/p", CART),
        allow("shop/p", rules=[{}]),
        policy("PeerAuthentication", "shop/p", {"mtls": {"mode": "PERMISSIVE"}}),
        policy("RequestAuthentication", "other/p", {"jwtRules": [{"issuer": "a"}]}),
        policy(
            "DestinationRule", "shop/d", {"host": "ext.example.com", "trafficPolicy": {"connectionPool": {}}}
        ),
        policy("Telemetry", "shop/p", {"metrics": [{}]}),
    ],
    ids=str,
)
def test_what_is_not_without_effect(written: Written) -> None:
    assert "policy-without-effect" not in codes(build.world(), written)


def test_manifests_may_name_what_is_elsewhere() -> None:
    cluster = build.world(observed=False)
    assert "policy-without-effect" not in codes(cluster, allow("shop/p", target("Service", "none")))


@pytest.mark.parametrize(
    ("action", "severity"), [("ALLOW", Severity.ERROR), ("DENY", Severity.WARNING)], ids=["allow", "deny"]
)
def test_l7_rule_at_ztunnel(action: str, severity: Severity) -> None:
    written = allow("shop/p", action=action)
    found = the(look(build.world(), written), "l7-rule-at-ztunnel")
    assert found.severity in (Severity.ERROR, severity)
    assert len(found.paths) == 3
    assert "1 pod" in found.message


def test_an_l4_rule_at_ztunnel_is_fine() -> None:
    rules = [{"from": [{"source": {"namespaces": ["infra"]}}]}]
    assert "l7-rule-at-ztunnel" not in codes(build.world(), allow("shop/p", rules=rules))
    assert "l7-rule-at-ztunnel" not in codes(build.world(), allow("shop/p", CART))


# --- labels and flags -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["yes", "on", "TrUe"])
def test_a_label_that_is_no_true_value(value: str) -> None:
    cluster = build.world(build.cart(labels={**OFF, names.INGRESS_USE_WAYPOINT: value}))
    found = the(look(cluster), "label-without-effect")
    assert len(found.paths) == 3
    assert found.edits


def test_a_label_that_some_gateways_read_otherwise() -> None:
    cluster = build.world(build.cart(labels={**OFF, names.INGRESS_USE_WAYPOINT: "1"}))
    found = the(look(cluster), "label-without-effect")
    assert ["kgateway" in path for path in found.paths] == [True]


def test_false_does_not_override_true_at_kgateway() -> None:
    space = build.namespace("shop", {names.INGRESS_USE_WAYPOINT: "true"})
    cluster = build.world(space, build.cart(labels={**OFF, names.INGRESS_USE_WAYPOINT: "false"}))
    found = the(look(cluster), "label-without-effect")
    assert ["kgateway" in path for path in found.paths] == [True]


def test_the_label_of_a_namespace() -> None:
    space = build.namespace("shop", {names.INGRESS_USE_WAYPOINT: "true"})
    assert (
        str(the(look(build.world(space, build.cart(labels={}))), "label-without-effect").objects[0])
        == "Namespace/shop"
    )
    assert codes(build.world(space, build.cart(labels={names.USE_WAYPOINT: "none"}))) == {"unused-waypoint"}
    assert codes(build.world(space, build.cart(labels=OFF))) == set()


def test_a_label_as_an_annotation() -> None:
    cart = build.cart(labels=OFF, annotations={names.INGRESS_USE_WAYPOINT: "true"})
    found = the(look(build.world(cart)), "label-without-effect")
    assert "annotation" in found.message


def test_a_label_on_the_gateway() -> None:
    labelled = build.gateway("infra", "kgateway", "kgateway", labels=build.INGRESS)
    found = the(look(build.world(labelled)), "label-without-effect")
    assert str(found.objects[0]) == "Gateway/infra/kgateway"
    assert found.edits


@pytest.mark.parametrize(
    ("version", "env", "mended"),
    [
        ("v2.2.0", {names.KGW_INGRESS_UNPREFIXED: "true"}, True),
        ("v2.2.0", {names.KGW_INGRESS_UNPREFIXED: "maybe"}, True),
        ("v2.2.0", {names.KGW_INGRESS_USE_WAYPOINTS: "maybe"}, True),
        ("v2.2.0", {names.KGW_INGRESS_USE_WAYPOINTS: "true", names.KGW_ENABLE_WAYPOINT: "false"}, True),
        ("v2.2.0", {names.KGW_INGRESS_USE_WAYPOINTS: "true", names.DISABLE_POD_LOCALITY_XDS: "true"}, True),
        ("v2.0.4", {names.KGW_INGRESS_USE_WAYPOINTS: "true"}, False),
    ],
)
def test_flag_without_effect(version: str, env: dict[str, str], mended: bool) -> None:
    deployment = build.controller("kgateway", version, {**build.KGATEWAY_ENV, **env})
    found = the(look(build.world(deployment)), "flag-without-effect")
    assert str(found.objects[0]) == "Deployment/kgateway-system/kgateway"
    assert found.where == "cluster.yaml#2"
    assert bool(found.edits) is mended


def test_a_flag_of_istiod() -> None:
    deployment = build.controller(
        "istiod", "1.30.3", {**build.ISTIOD_ENV, names.ENABLE_INGRESS_WAYPOINT_ROUTING: "yes"}
    )
    assert the(look(build.world(deployment)), "flag-without-effect").edits


@pytest.mark.parametrize("value", ["true", "false"])
def test_a_flag_with_effect(value: str) -> None:
    env = {**build.KGATEWAY_ENV, names.KGW_INGRESS_USE_WAYPOINTS: value}
    assert "flag-without-effect" not in codes(build.world(build.controller("kgateway", "v2.2.0", env)))


# --- paths that fail ------------------------------------------------------------------------------------------------


def test_black_hole() -> None:
    found = the(look(build.world(build.service("shop", "cart", labels=build.through()))), "black-hole")
    assert [str(ref) for ref in found.objects] == ["Service/shop/cart", "Gateway/infra/kgateway"]
    assert [edit.unset for edit in found.edits] == [(names.INGRESS_USE_WAYPOINT,)]  # type: ignore[union-attr]


def test_no_endpoints() -> None:
    found = of_code(look(build.world(without=["Pod/shop/cart-1"])), "no-endpoints")
    assert {str(one.objects[0]) for one in found} == {"Service/shop/cart"}
    assert not any(one.edits for one in found)


# --- waypoints ------------------------------------------------------------------------------------------------------


def test_unused_waypoint() -> None:
    assert (
        str(the(look(build.world(build.waypoint("shop", "spare"))), "unused-waypoint").objects[0])
        == "Gateway/shop/spare"
    )


@pytest.mark.parametrize("by", ["namespace", "pod", "canary", "workload"])
def test_a_waypoint_that_something_names(by: str) -> None:
    spare = build.waypoint("shop", "spare")
    label = {names.USE_WAYPOINT: "spare"}
    row: Any = {
        "namespace": build.namespace("shop", label),
        "pod": build.pod("shop", "x", "10.244.0.77", label),
        "canary": build.cart(labels={**build.through(), names.CANARY: "spare"}),
        "workload": build.workload("shop", "x", label),
    }[by]
    assert "unused-waypoint" not in codes(build.world(spare, row))


def test_a_shared_waypoint_of_manifests_may_be_used_elsewhere() -> None:
    assert "unused-waypoint" not in codes(build.world(build.waypoint("shop", "spare"), observed=False))


def test_waypoint_not_ready() -> None:
    cluster = build.world(build.waypoint("shop", addresses=()))
    found = the(look(cluster), "waypoint-not-ready")
    assert [str(ref) for ref in found.objects] == ["Gateway/shop/waypoint", "Service/shop/cart"]
    absent = the(look(build.world(without=["Gateway/shop/waypoint"])), "waypoint-not-ready")
    assert "no such Gateway" in absent.message


def test_a_waypoint_without_pods() -> None:
    found = the(look(build.world(without=["Pod/shop/waypoint-1"])), "waypoint-not-ready")
    assert [str(ref) for ref in found.objects] == ["Gateway/shop/waypoint"]


def test_waypoint_type_mismatch() -> None:
    cluster = build.world(build.waypoint("shop", labels={names.WAYPOINT_FOR: "workload"}))
    found = the(look(cluster), "waypoint-type-mismatch")
    assert [edit.set for edit in found.edits] == [{names.WAYPOINT_FOR: "all"}]  # type: ignore[union-attr]


def closed(allowed: AllowedRoutes) -> Gateway:
    listener = Listener(name="mesh", port=15008, protocol="HBONE", allowed=allowed)
    return build.waypoint("mesh", "shared", listeners=(listener,))


ABROAD = {names.USE_WAYPOINT: "shared", names.USE_WAYPOINT_NAMESPACE: "mesh", **build.INGRESS}


def test_attachment_denied() -> None:
    rows = [build.cart(labels=ABROAD), build.waypoint_service("mesh", "shared", "10.96.0.77")]
    rows += [build.pod("mesh", "shared-1", "10.244.0.66", {names.GATEWAY_NAME: "shared"})]  # type: ignore[list-item]
    found = the(look(build.world(*rows, closed(AllowedRoutes()))), "attachment-denied")
    assert [str(ref) for ref in found.objects] == ["Gateway/mesh/shared", "Service/shop/cart"]
    assert list(found.edits) == []
    wanted = AllowedRoutes(origin="Selector", selector=LabelSelector(match_labels={"a": "b"}))
    found = the(look(build.world(*rows, closed(wanted))), "attachment-denied")
    assert [edit.set for edit in found.edits] == [{"a": "b"}]  # type: ignore[union-attr]


NO_PLUGIN = build.controller("kgateway", "v2.2.0", {})


def test_status_disagrees() -> None:
    found = the(look(build.world(NO_PLUGIN, build.cart(conditions=bound()))), "status-disagrees")
    assert (
        'Service/shop/cart says "Ingress traffic will traverse the waypoint", and 1 ingress path through '
        "Gateway/infra/kgateway does not: the verdict is direct, since "
    ) in found.message
    assert ["kgateway" in path for path in found.paths] == [True]
    assert found.edits


@pytest.mark.parametrize("conditions", [(), bound(""), (replace(bound()[0], status="False"),)])
def test_a_status_that_says_nothing_of_ingress_disagrees_with_nothing(conditions: Any) -> None:
    assert "status-disagrees" not in codes(build.world(NO_PLUGIN, build.cart(conditions=conditions)))


def test_a_status_that_denies_the_waypoint_is_told_of() -> None:
    space = build.namespace("shop", build.INGRESS)
    cart = build.cart(labels={**OFF, names.INGRESS_USE_WAYPOINT: "false"}, conditions=bound(NOT_USING))
    found = the(look(build.world(space, cart)), "status-disagrees")
    assert "through Gateway/infra/kgateway passes it, since " in found.message


def test_a_scenario_changes_what_the_status_says() -> None:
    resolution = resolve(build.world(NO_PLUGIN, build.cart(labels=OFF, conditions=bound(""))))
    edit = LabelEdit(kind="service", namespace="shop", name="cart", set=build.INGRESS)
    after = audit(preview(resolution, [edit]).after, Policies())
    assert 'will say "Ingress traffic will traverse' in the(after, "status-disagrees").message
    old = build.world(NO_PLUGIN, build.cart(labels=OFF, conditions=bound("")), istiod="1.24.6")
    assert "status-disagrees" not in audit(preview(resolve(old), [edit]).after, Policies()).summary


# --- gateways -------------------------------------------------------------------------------------------------------

OUTSIDE = build.pod("infra", "kgateway-1", "10.244.1.1", {names.GATEWAY_NAME: "kgateway"})
SECOND = build.pod("infra", "kgateway-2", "10.244.1.9", {names.GATEWAY_NAME: "kgateway"})


def test_gateway_not_captured() -> None:
    found = the(look(build.world(OUTSIDE)), "gateway-not-captured")
    assert str(found.objects[0]) == "Gateway/infra/kgateway"
    assert found.edits


def test_a_gateway_that_needs_no_capture() -> None:
    istio = build.pod("infra", "istio-1", "10.244.1.2", {names.GATEWAY_NAME: "istio"})
    assert codes(build.world(istio)) == set()
    assert "gateway-not-captured" not in codes(build.world(OUTSIDE, build.cart(labels=OFF)))


def test_mixed_gateway_pods() -> None:
    found = the(look(build.world(SECOND)), "mixed-gateway-pods")
    assert [str(ref) for ref in found.objects] == ["Gateway/infra/kgateway", "Pod/infra/kgateway-2"]
    assert found.edits
    assert "gateway-not-captured" not in codes(build.world(SECOND))
    assert "mixed-gateway-pods" not in codes(build.world(SECOND, build.cart(labels=OFF)))


# --- expectations ---------------------------------------------------------------------------------------------------


def test_must_traverse() -> None:
    expect = "must-traverse: [shop/*]"
    assert codes(build.world(), expect=expect) == set()
    found = the(look(build.world(build.cart(labels=OFF)), expect=expect), "must-traverse")
    assert len(found.paths) == 3
    assert found.edits
    other = (
        "must-traverse: [{service: shop/cart, waypoint: shop/other, gateway: infra/istio, because: cards}]"
    )
    found = the(look(build.world(), expect=other), "must-traverse")
    assert ["istio" in path for path in found.paths] == [True]
    assert "cards" in found.message


def test_must_not_traverse() -> None:
    expect = "must-not-traverse: [Service/shop/cart]"
    assert codes(build.world(build.cart(labels=OFF)), expect=expect) == set()
    found = the(look(build.world(), expect=expect), "must-not-traverse")
    assert len(found.paths) == 3
    assert found.edits


# --- edits ----------------------------------------------------------------------------------------------------------

BROKEN = {
    "off": build.world(build.cart(labels=OFF)),
    "headless": build.world(build.service("shop", "cart", labels=build.through())),
    "workload": build.world(build.waypoint("shop", labels={names.WAYPOINT_FOR: "workload"})),
    "outside": build.world(OUTSIDE),
    "mixed": build.world(SECOND),
    "flag": build.world(build.controller("kgateway", "v2.2.0", {names.KGW_INGRESS_UNPREFIXED: "true"})),
    "not ready": build.world(build.waypoint("shop", addresses=())),
}


@pytest.mark.parametrize("name", BROKEN)
def test_edits_remove_what_they_promise(name: str) -> None:
    policies = read([allow("shop/p", CART), policy("Telemetry", "istio-system/t", {"metrics": [{}]})])
    assert check_edits(resolve(BROKEN[name]), policies) >= (name not in {"not ready", "headless"})


def test_edits_that_would_break_something_else_are_not_offered() -> None:
    """The flag would send `cart` through, and the headless `queue` into a black hole."""
    env = {**build.KGATEWAY_ENV, names.KGW_INGRESS_USE_WAYPOINTS: "false"}
    queue = build.service("shop", "queue", labels=build.through())
    pod = build.pod("shop", "queue-1", "10.244.0.55", {"app": "queue"})
    cluster = build.world(build.controller("kgateway", "v2.2.0", env), queue, pod)
    assert list(the(look(cluster, allow("shop/p", CART)), "policy-bypassed").edits) == []


def test_an_audit_does_not_depend_on_the_order_of_rows() -> None:
    cluster = build.world(build.cart(labels=OFF), build.waypoint("shop", "spare"))
    turned = replace(cluster, services=type(cluster.services).of(reversed([*cluster.services.values()])))
    assert look(cluster, allow("shop/p", CART)) == look(turned, allow("shop/p", CART))
