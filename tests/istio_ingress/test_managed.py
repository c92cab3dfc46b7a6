"""Istio Gateways on pods that istiod manages for Gateway API, settings for the whole mesh, and releases of istiod."""

from typing import Any

import pytest

from core.gates import Result
from core.paths import Resolution
from core.trace.engine import trace
from core.trace.outcome import Trace
from core.trace.request import parse_request
from tests.istio_ingress.mesh import (
    Thing,
    answer,
    ask,
    gateway,
    gateway_pod,
    loaded,
    pod,
    resolved,
    thing,
    to,
    virtual_service,
)

ROUTE = virtual_service("s", f"[{{{to('red')}}}]")


def managed(role: str = "istio.io-gateway-controller", namespace: str = "infra") -> Thing:
    labels = {
        "istio": "ingress",
        "gateway.istio.io/managed": role,
        "gateway.networking.k8s.io/gateway-name": "front",
    }
    return pod(f"{namespace}/front-0", labels, "10.244.9.8")


def front(port: int = 80, namespace: str = "infra") -> Thing:
    """The Gateway of Gateway API that the pods are managed for."""
    listeners = [{"name": "web", "port": port, "protocol": "HTTP"}]
    api = "gateway.networking.k8s.io/v1"
    return thing(
        "Gateway", f"{namespace}/front", {"gatewayClassName": "istio", "listeners": listeners}, api=api
    )


def ask_at(found: Resolution, namespace: str) -> Trace:
    """What becomes of a request at the Gateway `edge` of a namespace."""
    row = found.cluster.gateways[namespace, "networking.istio.io/edge"]
    return trace(found, row, parse_request("http://shop.test/"))


def istiod(version: str, **env: str) -> Thing:
    container: dict[str, Any] = {
        "name": "discovery",
        "image": f"docker.io/istio/pilot:{version}",
        "env": [{"name": name, "value": value} for name, value in env.items()],
    }
    template = {"template": {"spec": {"containers": [container]}}}
    return thing("Deployment", "istio-system/istiod", template, api="apps/v1")


STRICT = "PILOT_ENABLE_STRICT_GATEWAY_MERGING"
KEPT_OFF = (
    "Gateway/shop/edge: server http is ignored: the pods that it selects are managed for Gateway/infra/front, which "
    "Gateways of other namespaces are kept off: use a Gateway of namespace infra, or listeners of Gateway/infra/front"
)


@pytest.mark.parametrize(
    ("controller", "kept_off"),
    [
        ([], True),
        ([istiod("1.31.0")], True),
        ([istiod("1.31.2", **{STRICT: "true"})], True),
        ([istiod("1.31.2", **{STRICT: "false"})], False),
        ([istiod("1.30.9")], False),
        ([istiod("1.30.9", **{STRICT: "true"})], False),
    ],
)
def test_gateways_of_other_namespaces_are_kept_off_managed_pods(
    controller: list[Thing], *, kept_off: bool
) -> None:
    found, said = loaded(*controller, managed(), front(8080), gateway("http HTTP 80 *"), ROUTE, front=False)
    assert [one for one in said if "is ignored" in one] == ([KEPT_OFF] if kept_off else [])
    assert len(found.paths) == (0 if kept_off else 1)
    asked = ask(found, "/")
    assert answer(asked) == ("refused" if kept_off else "red")
    assert ("kept off" in asked.steps[0].finding.because) is kept_off


def test_a_gateway_of_the_namespace_of_managed_pods_is_merged() -> None:
    found, said = loaded(managed(), front(8080), gateway("http HTTP 80 *", "infra/edge"), front=False)
    assert (found.paths, said) == ([], [])


def test_a_port_in_common_with_a_gateway_of_gateway_api_is_said_to_be_unknown() -> None:
    route = virtual_service("infra/s", f"[{{{to('red.shop.svc.cluster.local')}}}]")
    found, said = loaded(managed(), front(80), gateway("http HTTP 80 *", "infra/edge"), route, front=False)
    (note,) = said
    assert note == (
        "Gateway/infra/edge: server http shares port 80 of its pods with Gateway/infra/front of Gateway API: which of "
        "both is served there is not computed; its paths are computed as if it were alone"
    )
    assert len(found.paths) == 1
    (unknown,) = [one for one in ask_at(found, "infra").steps if one.gate == "gateway-pods"]
    assert "which of both is served there is not computed" in unknown.finding.because
    assert unknown.finding.result == Result.UNKNOWN


@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("istio.io-mesh-controller", "are those of a waypoint, which takes no servers"),
        ("istio.io-eastwest-controller", "are those of an east-west gateway, where servers are not computed"),
    ],
)
def test_waypoints_and_east_west_gateways_have_no_servers(role: str, words: str) -> None:
    found, said = loaded(managed(role, "shop"), gateway("http HTTP 80 *"), ROUTE, front=False)
    assert found.paths == []
    assert said == [f"Gateway/shop/edge: server http is ignored: the pods that it selects {words}"]
    assert answer(ask(found, "/")) == "refused"


def test_pods_of_ones_own_serve_beside_those_of_a_waypoint() -> None:
    waypoint = managed("istio.io-mesh-controller", "a-first-namespace")
    found, said = loaded(waypoint, gateway_pod(), gateway("http HTTP 80 *"), ROUTE, front=False)
    assert answer(ask(found, "/")) == "red"
    assert [one for one in said if "on some of the gateway's workloads" in one]


@pytest.mark.parametrize(("version", "notes"), [("1.28.4", 1), ("1.29.0", 0), ("1.31.0", 0)])
def test_releases_that_were_not_compared_are_said_to_be_unknown(version: str, notes: int) -> None:
    _, said = loaded(istiod(version), gateway("http HTTP 80 *"), ROUTE)
    assert len([one for one in said if "may merge servers" in one]) == notes


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ("", "4 attempts, on 5xx (defaultHttpRetryPolicy of MeshConfig)"),
        (", retries: {attempts: 2}", "2 attempts"),
        (", retries: {attempts: 0}", ""),
        (", retries: {}", ""),
    ],
)
def test_rules_without_retries_have_those_of_the_mesh(own: str, told: str) -> None:
    mesh = {"mesh": "defaultHttpRetryPolicy: {attempts: 4, retryOn: 5xx}"}
    config = {**thing("ConfigMap", "istio-system/istio", api="v1"), "data": mesh}
    found = resolved(config, gateway("http HTTP 80 *"), virtual_service("s", f"[{{{to('red')}{own}}}]"))
    steps = [one.finding.because for one in ask(found, "/").steps if one.gate == "retry"]
    assert steps == ([f"failed requests are tried again: {told}"] if told else [])
