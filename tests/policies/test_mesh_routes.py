"""Routes of the mesh at waypoints: HTTPRoute, GRPCRoute and VirtualService."""

from typing import Any

import pytest

from core.model import ServicePort
from tests import build
from tests.policies.written import SHARED, Written, mesh, only, places, policy, target, view

RULE = {"timeouts": {"request": "1s"}}


def route(name: str, *parents: Written, kind: str = "HTTPRoute", created: str = "") -> Written:
    return policy(kind, name, {"parentRefs": list(parents), "rules": [RULE]}, created=created)


def virtual(name: str, *hosts: str, created: str = "", **spec: Any) -> Written:
    body = {"hosts": list(hosts), "http": [{"timeout": "1s"}], **spec}
    return policy("VirtualService", name, body, created=created)


FAR = target("Service", "far", namespace="n2")


@pytest.mark.parametrize("kind", ["HTTPRoute", "GRPCRoute"])
@pytest.mark.parametrize(
    ("namespace", "acts"),
    [("n2", "n2/far:80@infra/shared"), ("infra", "n2/far:80@infra/shared"), ("n1", ""), ("istio-system", "")],
)
def test_a_route_lives_with_the_service_or_its_waypoint(kind: str, namespace: str, acts: str) -> None:
    one = only(mesh(), route(f"{namespace}/r", FAR, kind=kind))
    assert places(one) == acts
    assert one.faults == ([] if acts else ["other-namespace"])


def test_a_service_entry_is_a_parent_too() -> None:
    assert places(only(mesh(), route("n2/r", target("ServiceEntry", "ext")))) == "n2/ext:80@infra/shared"


@pytest.mark.parametrize(("name", "fault"), [("free", "AncestorNotBound"), ("none", "TargetNotFound")])
def test_an_unbound_or_missing_parent_does_nothing(name: str, fault: str) -> None:
    one = only(mesh(), route("n1/r", target("Service", name)))
    assert (one.acts, one.faults) == ((), [fault])


def test_the_port_counts_and_the_section_does_not() -> None:
    ports = (
        ServicePort(port=80, name="http"),
        ServicePort(port=81, name="http-b"),
        ServicePort(port=82, name="tcp"),
    )
    cluster = mesh(build.service("n2", "three", "10.96.0.9", labels=SHARED, ports=ports))
    three = target("Service", "three")
    assert places(only(cluster, route("n2/r", three))) == "n2/three:80@infra/shared n2/three:81@infra/shared"
    assert places(only(cluster, route("n2/r", {**three, "port": 81}))) == "n2/three:81@infra/shared"
    assert places(only(cluster, route("n2/r", {**three, "port": 82}))) == ""
    both = route("n2/r", {**three, "port": 81}, {**three, "port": 80})
    assert places(only(cluster, both)) == "n2/three:80@infra/shared n2/three:81@infra/shared"
    section = route("n2/r", {**three, "sectionName": "http-b"})
    assert places(only(cluster, section)) == "n2/three:80@infra/shared n2/three:81@infra/shared"


def test_a_parent_that_is_the_waypoint_is_no_policy() -> None:
    assert not view(mesh(), route("n1/r", target("Gateway", "wp"))).acts
    assert not view(mesh(), route("n1/r", target("Gateway", "edge"))).acts


# --- VirtualService -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "host", "acts"),
    [
        ("n2/v", "far", "n2/far:80@infra/shared"),
        ("n2/v", "far.n2.svc.cluster.local", "n2/far:80@infra/shared"),
        ("infra/v", "far.n2.svc.cluster.local", "n2/far:80@infra/shared"),
        ("infra/v", "far", ""),
        ("n1/v", "far.n2.svc.cluster.local", ""),
        ("istio-system/v", "far.n2.svc.cluster.local", ""),
        ("n2/v", "*.n2.svc.cluster.local", "n2/far:80@infra/shared"),
        ("n2/v", "*", "n2/ext:80@infra/shared n2/far:80@infra/shared"),
        ("n2/v", "ext.example.com", "n2/ext:80@infra/shared"),
        ("n1/v", "free", ""),
    ],
)
def test_a_virtual_service_lives_with_the_service_or_its_waypoint(name: str, host: str, acts: str) -> None:
    assert places(only(mesh(), virtual(name, host))) == acts


@pytest.mark.parametrize(
    ("name", "host", "export_to", "acts"),
    [
        ("n2/v", "far", ["*"], True),
        ("n2/v", "far", ["infra"], True),
        ("n2/v", "far", [".", "infra"], True),
        ("n2/v", "far", ["."], False),
        ("n2/v", "far", ["n2"], False),
        ("n2/v", "far", ["~"], False),
        ("infra/v", "far.n2.svc.cluster.local", ["."], True),
        ("n1/v", "own", ["."], True),
    ],
)
def test_export_to_has_to_reach_the_waypoint(name: str, host: str, export_to: list[str], acts: bool) -> None:
    assert bool(only(mesh(), virtual(name, host, exportTo=export_to)).acts) is acts


def test_the_default_of_export_to_is_mesh_configs() -> None:
    written = virtual("n2/v", "far")
    assert not only(mesh(), written, virtual_service_export_to=(".",)).acts
    assert only(mesh(), virtual("n2/v", "far", exportTo=["*"]), virtual_service_export_to=(".",)).acts


def test_http_rules_need_an_http_port_and_tcp_rules_a_tcp_port() -> None:
    assert places(only(mesh(), virtual("n1/v", "own"))) == "n1/own:80@n1/wp"
    assert places(only(mesh(), virtual("n1/v", "own", http=[], tcp=[{}]))) == "n1/own:9000@n1/wp"
    on_81 = [{"match": [{"port": 81}], "timeout": "1s"}]
    assert places(only(mesh(), virtual("n1/v", "own", http=on_81))) == ""
    labelled = [{"match": [{"sourceLabels": {"a": "b"}}], "timeout": "1s"}]
    assert places(only(mesh(), virtual("n1/v", "own", http=labelled))) == ""


def test_only_the_mesh_part_of_a_virtual_service_is_a_policy() -> None:
    assert only(mesh(), virtual("n1/v", "own", gateways=["mesh", "n1/gw"])).acts
    assert not view(mesh(), virtual("n1/v", "own", gateways=["n1/gw"])).acts


# --- several ------------------------------------------------------------------------------------------------


def test_routes_of_one_service_are_merged() -> None:
    old = virtual("n2/v", "far", created="2026-01-01T00:00:00Z")
    young = route("infra/r", FAR, created="2026-01-02T00:00:00Z")
    for one, other in ((old, young), (young, old)):
        assert places(only(mesh(), one, other)) == "n2/far:80@infra/shared"


def test_1_24_took_one_virtual_service_a_service() -> None:
    old = virtual("n2/old", "far", created="2026-01-01T00:00:00Z")
    young = virtual("n2/young", "far", created="2026-01-02T00:00:00Z")
    assert only(mesh(istiod="1.24.6"), old, young).acts
    one = only(mesh(istiod="1.24.6"), young, old)
    assert (one.acts, one.assumed) == ((), True)
    assert only(mesh(istiod="1.29.4"), young, old).acts


def test_1_24_took_the_routes_of_one_namespace_together() -> None:
    first = route("n2/a", FAR, created="2026-01-01T00:00:00Z")
    second = route("n2/b", FAR, created="2026-01-03T00:00:00Z")
    between = virtual("n2/v", "far", created="2026-01-02T00:00:00Z")
    cluster = mesh(istiod="1.24.6")
    assert only(cluster, first, second, between).acts
    assert only(cluster, second, first, between).acts
    assert not only(cluster, between, first, second).acts
