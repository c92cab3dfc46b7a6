"""Each row of "where policies act", for each kind of policy, where it acts and where it does not."""

from typing import Any

import pytest

from core import labels as names
from core.cluster import replace
from core.policies.rules import COLUMN_OF, TABLE, Column
from core.policies.targets import Aim
from tests import build
from tests.policies.written import PORTS, SHARED, Written, mesh, only, places, policy, target

KINDS = sorted(COLUMN_OF)
HTTP = frozenset({"RequestAuthentication", "WasmPlugin"})
BODIES: dict[str, Written] = {
    "Telemetry": {"metrics": [{}]},
    "RequestAuthentication": {"jwtRules": [{"issuer": "x"}]},
}


def written(kind: str, name: str, **spec: Any) -> Written:
    if kind == "EnvoyFilter" and "selector" in spec:
        spec["workloadSelector"] = {"labels": spec.pop("selector").get("matchLabels", {})}
    return policy(kind, name, {**BODIES.get(kind, {}), **spec})


def acts(kind: str, name: str, istiod: str = "1.30.3", **spec: Any) -> str:
    return places(only(mesh(istiod=istiod), written(kind, name, **spec)))


def joined(*parts: str) -> str:
    return " ".join(sorted(part for part in parts if part))


def tcp(kind: str, place: str) -> str:
    """A place on a TCP port, for kinds that have chains there."""
    return "" if kind in HTTP else place


def test_the_table_has_a_cell_for_everything() -> None:
    assert set(TABLE) == set(Aim)
    assert all(set(row) == set(Column) for row in TABLE.values())


# --- targetRefs: a waypoint ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_waypoint_of_its_namespace_means_every_service_bound_to_it(kind: str) -> None:
    all_of_shared = ["n1/far:80@infra/shared", "n2/far:80@infra/shared", "n2/ext:80@infra/shared"]
    if kind == "Telemetry":
        all_of_shared = []
    found = acts(kind, "infra/p", targetRefs=[target("Gateway", "shared")])
    assert found == joined(*all_of_shared, "pods@infra/shared" if kind == "AuthorizationPolicy" else "")
    own = acts(kind, "n1/p", targetRefs=[target("Gateway", "wp")])
    pods = "pods@n1/wp" if kind == "AuthorizationPolicy" else ""
    assert own == joined("n1/own:80@n1/wp", tcp(kind, "n1/own:9000@n1/wp"), pods)


def test_telemetry_at_a_waypoint_took_in_other_namespaces_until_1_29() -> None:
    spec = {"targetRefs": [target("Gateway", "shared")]}
    everything = "n1/far:80@infra/shared n2/ext:80@infra/shared n2/far:80@infra/shared"
    assert acts("Telemetry", "infra/p", "1.29.4", **spec) == everything
    assert acts("Telemetry", "infra/p", "1.30.0", **spec) == ""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("namespace", ["n2", "istio-system"])
def test_a_gateway_of_another_namespace_can_not_be_named(kind: str, namespace: str) -> None:
    for name in ("wp", "ing"):
        one = only(mesh(), written(kind, f"{namespace}/p", targetRefs=[target("Gateway", name)]))
        assert one.acts == ()
        assert one.faults == ["TargetNotFound"]
        foreign = target("Gateway", name, namespace="n1" if name == "wp" else "infra")
        one = only(mesh(), written(kind, f"{namespace}/p", targetRefs=[foreign]))
        assert one.acts == ()
        assert one.faults == ["other-namespace"]


# --- targetRefs: an ingress gateway -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_an_ingress_gateway_of_its_namespace(kind: str) -> None:
    assert acts(kind, "infra/p", targetRefs=[target("Gateway", "ing")]) == "infra/ing"
    other = only(mesh(), written(kind, "infra/p", targetRefs=[target("Gateway", "kgw")]))
    assert (places(other), other.faults) == ("", ["not-istio"])


# --- targetRefs: a service ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_service_is_reached_at_its_waypoint_wherever_that_is(kind: str) -> None:
    far = acts(kind, "n2/p", targetRefs=[target("Service", "far")])
    entry = acts(kind, "n2/p", targetRefs=[target("ServiceEntry", "ext")])
    own = acts(kind, "n1/p", targetRefs=[target("Service", "own")])
    if kind == "EnvoyFilter":
        assert (far, entry, own) == ("", "", "")
        return
    assert far == "n2/far:80@infra/shared"
    assert entry == "n2/ext:80@infra/shared"
    assert own == joined("n1/own:80@n1/wp", tcp(kind, "n1/own:9000@n1/wp"))


def test_telemetry_for_a_service_of_a_shared_waypoint_came_with_1_30() -> None:
    far = {"targetRefs": [target("Service", "far")]}
    assert acts("Telemetry", "n2/p", "1.29.4", **far) == ""
    own = {"targetRefs": [target("Service", "own")]}
    assert acts("Telemetry", "n1/p", "1.29.4", **own) == "n1/own:80@n1/wp n1/own:9000@n1/wp"


@pytest.mark.parametrize("kind", sorted({*KINDS} - {"EnvoyFilter"}))
@pytest.mark.parametrize(
    ("namespace", "name", "fault"),
    [
        ("infra", "far", "TargetNotFound"),
        ("n1", "free", "AncestorNotBound"),
        ("n1", "none", "TargetNotFound"),
    ],
)
def test_a_service_elsewhere_unbound_or_missing_is_not(
    kind: str, namespace: str, name: str, fault: str
) -> None:
    one = only(mesh(), written(kind, f"{namespace}/p", targetRefs=[target("Service", name)]))
    assert (one.acts, one.faults) == ((), [fault])


def test_of_two_services_of_one_name_it_is_that_of_the_policy() -> None:
    assert (
        acts("AuthorizationPolicy", "n1/p", targetRefs=[target("Service", "far")]) == "n1/far:80@infra/shared"
    )


# --- targetRefs: a GatewayClass -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_the_waypoint_class_from_root_means_every_waypoint(kind: str) -> None:
    found = acts(kind, "istio-system/p", targetRefs=[target("GatewayClass", "istio-waypoint")])
    if kind == "Telemetry":
        assert found == ""
        return
    assert found == joined(
        "n1/own:80@n1/wp",
        tcp(kind, "n1/own:9000@n1/wp"),
        *("n1/far:80@infra/shared", "n2/far:80@infra/shared", "n2/ext:80@infra/shared"),
        *(("pods@n1/wp", "pods@infra/shared") if kind == "AuthorizationPolicy" else ()),
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("namespace", "name", "fault"),
    [("n1", "istio-waypoint", "Invalid"), ("istio-system", "istio", "class-without-effect")],
)
def test_other_classes_and_namespaces_mean_nothing(kind: str, namespace: str, name: str, fault: str) -> None:
    one = only(mesh(), written(kind, f"{namespace}/p", targetRefs=[target("GatewayClass", name)]))
    assert (one.acts, one.faults) == ((), [fault])


def test_the_root_namespace_is_that_of_mesh_config() -> None:
    ref = [target("GatewayClass", "istio-waypoint")]
    moved = {"root_namespace": "infra"}
    assert only(mesh(), written("WasmPlugin", "infra/p", targetRefs=ref), **moved).acts
    assert not only(mesh(), written("WasmPlugin", "istio-system/p", targetRefs=ref), **moved).acts
    told = only(mesh(), written("WasmPlugin", "istio-system/p", targetRefs=ref)).because
    assert "istio-system is taken for the root namespace" in told


# --- selectors ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_selector_is_for_ingress_and_ztunnel(kind: str) -> None:
    edge, own = {"matchLabels": {"role": "edge"}}, {"matchLabels": {"app": "own"}}
    assert acts(kind, "n1/p", selector=edge) == "n1/edge"
    from_root = "" if kind == "Telemetry" else "n1/edge"
    assert acts(kind, "istio-system/p", selector=edge) == from_root
    assert acts(kind, "n2/p", selector=edge) == ""
    pods = "z n1/own-1" if kind == "AuthorizationPolicy" else ""
    assert acts(kind, "n1/p", selector=own) == pods
    assert acts(kind, "istio-system/p", selector=own) == pods
    assert acts(kind, "n2/p", selector=own) == ""


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_selector_is_the_namespace_at_ingress_and_no_pod(kind: str) -> None:
    at_waypoint = ("n1/own:80@n1/wp", "n1/own:9000@n1/wp", "n1/far:80@infra/shared")
    expected = joined("n1/edge", *(at_waypoint if kind == "Telemetry" else ()))
    assert acts(kind, "n1/p", selector={}) == expected
    assert acts(kind, "n1/p", selector={"matchLabels": {}}) == expected


@pytest.mark.parametrize("kind", sorted({*KINDS} - {"Telemetry"}))
def test_without_target_and_selector_it_is_ingress_and_ztunnel(kind: str) -> None:
    authorization = kind == "AuthorizationPolicy"
    assert acts(kind, "n1/p") == joined("n1/edge", "z n1/own-1" if authorization else "")
    assert acts(kind, "n2/p") == ("z n2/far-1" if authorization else "")
    root = joined("n1/edge", "infra/ing", "z n1/own-1,n2/far-1" if authorization else "")
    assert acts(kind, "istio-system/p") == root


def test_telemetry_without_target_and_selector_acts_at_waypoints() -> None:
    own = ["n1/own:80@n1/wp", "n1/own:9000@n1/wp"]
    shared = ["n1/far:80@infra/shared", "n2/far:80@infra/shared", "n2/ext:80@infra/shared"]
    assert acts("Telemetry", "istio-system/p") == joined("n1/edge", "infra/ing", *own, *shared)
    assert acts("Telemetry", "infra/p") == joined("infra/ing", *shared)
    assert acts("Telemetry", "n1/p") == joined("n1/edge", *own, shared[0])
    assert acts("Telemetry", "n1/p", "1.29.4") == joined("n1/edge", *own)
    assert acts("Telemetry", "n2/p") == joined(*shared[1:])
    assert acts("Telemetry", "n2/p", "1.29.4") == ""


def test_only_the_oldest_telemetry_of_a_namespace_acts() -> None:
    young = policy("Telemetry", "n1/a", {"metrics": [{}]}, created="2026-01-02T00:00:00Z")
    old = policy("Telemetry", "n1/b", {"metrics": [{}]}, created="2026-01-01T00:00:00Z")
    assert only(mesh(), old, young).acts
    one = only(mesh(), young, old)
    assert (one.acts, one.faults) == ((), ["younger-than-another"])
    assert "Telemetry/n1/b" in one.because
    aimed = policy(
        "Telemetry", "n1/c", {"targetRefs": [target("Gateway", "edge")]}, created="2026-01-03T00:00:00Z"
    )
    assert places(only(mesh(), aimed, old)) == "n1/edge"


# --- several targets, the singular one ----------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_several_targets_are_all_meant(kind: str) -> None:
    refs = [target("Gateway", "ing"), target("Gateway", "none"), target("Gateway", "shared")]
    one = only(mesh(), written(kind, "infra/p", targetRefs=refs))
    assert "infra/ing" in places(one)
    assert "TargetNotFound" in one.faults
    assert one.partly_invalid


def test_the_singular_target_counts() -> None:
    assert acts("AuthorizationPolicy", "infra/p", targetRef=target("Gateway", "ing")) == "infra/ing"
    both: Any = {"targetRef": target("Gateway", "ing"), "targetRefs": [target("Gateway", "none")]}
    assert acts("AuthorizationPolicy", "infra/p", **both) == ""


def test_with_a_target_it_never_reaches_ztunnel() -> None:
    spec: Any = {"targetRefs": [target("Service", "free")], "selector": {"matchLabels": {"app": "own"}}}
    assert acts("AuthorizationPolicy", "n1/p", **spec) == ""


# --- chains -------------------------------------------------------------------------------------------------

L7 = [{"to": [{"operation": {"methods": ["GET"]}}]}]
L4 = [{"from": [{"source": {"namespaces": ["x"]}}]}]


@pytest.mark.parametrize(
    ("action", "rules", "on_tcp"),
    [
        ("ALLOW", L7, False),
        ("ALLOW", L4, True),
        ("ALLOW", [*L7, *L4], True),
        ("ALLOW", [], True),
        ("DENY", L7, True),
        ("AUDIT", L7, True),
        ("CUSTOM", L7, True),
        ("ALLOW", [{"when": [{"key": "connection.sni", "values": ["x"]}]}], True),
    ],
)
def test_on_tcp_ports_allow_rules_that_need_http_drop(
    action: str, rules: list[Written], on_tcp: bool
) -> None:
    refs = [target("Service", "own")]
    found = acts("AuthorizationPolicy", "n1/p", targetRefs=refs, action=action, rules=rules)
    assert found == joined("n1/own:80@n1/wp", "n1/own:9000@n1/wp" if on_tcp else "")


@pytest.mark.parametrize(
    ("spec", "at_waypoint", "at_ingress"),
    [
        ({}, "n1/own:80@n1/wp", "n1/edge"),
        ({"type": "NETWORK"}, "n1/own:9000@n1/wp", "n1/edge"),
        ({"match": [{"mode": "SERVER"}]}, "n1/own:80@n1/wp", ""),
        ({"match": [{"mode": "CLIENT"}]}, "", "n1/edge"),
        ({"match": [{"ports": [{"number": 80}]}]}, "", "n1/edge"),
        ({"match": [{"ports": [{"number": 81}]}]}, "", ""),
        ({"type": "NETWORK", "match": [{"ports": [{"number": 9000}]}]}, "n1/own:9000@n1/wp", ""),
        ({"type": "NETWORK", "match": [{"ports": [{"number": 9001}]}]}, "", ""),
    ],
)
def test_a_wasm_plugin_fits_its_type_and_match(spec: Written, at_waypoint: str, at_ingress: str) -> None:
    assert acts("WasmPlugin", "n1/p", targetRefs=[target("Service", "own")], **spec) == at_waypoint
    assert acts("WasmPlugin", "n1/p", targetRefs=[target("Gateway", "edge")], **spec) == at_ingress


def test_a_custom_provider_that_mesh_config_does_not_know_denies() -> None:
    spec = {
        "targetRefs": [target("Service", "own")],
        "action": "CUSTOM",
        "provider": {"name": "oauth"},
        "rules": [{}],
    }
    custom = policy("AuthorizationPolicy", "n1/p", spec)
    assert "every request that it matches is denied" in only(mesh(), custom, providers=frozenset()).notes[0]
    assert not only(mesh(), custom, providers=frozenset({"oauth"})).notes
    assert not only(mesh(), custom).notes


@pytest.mark.parametrize(
    ("version", "assumed"), [("1.24.6", True), ("1.29.4", False), ("1.31.0-rc.0", False), ("1.40.0", True)]
)
def test_versions_that_were_not_observed_are_assumed(version: str, assumed: bool) -> None:
    one = only(mesh(istiod=version), written("WasmPlugin", "n1/p"))
    assert one.assumed is assumed


def test_a_target_without_a_place_to_act_at_says_so() -> None:
    lonely = mesh(
        build.waypoint("n2", "lonely"),
        build.service("n2", "tcp", "10.96.0.8", labels=SHARED, ports=PORTS[1:]),
    )
    for name, kind in (("lonely", "Gateway"), ("tcp", "Service")):
        one = only(lonely, written("RequestAuthentication", "n2/p", targetRefs=[target(kind, name)]))
        assert (one.acts, one.faults) == ((), ["no-place"])
        assert "nothing is there of" in one.because
    one = only(lonely, written("EnvoyFilter", "n2/p", targetRefs=[target("Service", "tcp")]))
    assert one.faults == ["policy-kind-without-effect"]


def test_waypoints_of_other_data_planes_are_not_istios() -> None:
    foreign = mesh(
        build.gateway_class("kgateway-waypoint", "kgateway.dev/kgateway"),
        replace(build.waypoint("n2", "kgw"), class_name="kgateway-waypoint"),
        build.service("n2", "own", "10.96.0.8", labels={names.USE_WAYPOINT: "kgw"}),
    )
    for name, kind in (("kgw", "Gateway"), ("own", "Service")):
        one = only(foreign, written("AuthorizationPolicy", "n2/p", targetRefs=[target(kind, name)]))
        assert (one.acts, one.faults) == ((), ["not-istio"])
