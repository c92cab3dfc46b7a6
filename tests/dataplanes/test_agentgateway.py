"""agentgateway as ingress: every gate, and its versions beside those of istiod."""

from typing import Any

import pytest

from core import labels as names
from core.cluster import Cluster
from core.gates import Result, Verdict
from core.model import Address, BackendRef, Container, Pod, ServicePort, Workload
from core.paths import resolve
from tests import build
from tests.looking import Case, cases, hold, look, path_of

PASS, FAIL, UNKNOWN, ASIDE = Result.PASS, Result.FAIL, Result.UNKNOWN, Result.NOT_APPLICABLE
WAYPOINT, DIRECT, INVALID, NO_ENDPOINTS = (
    Verdict.WAYPOINT,
    Verdict.DIRECT,
    Verdict.INVALID,
    Verdict.NO_ENDPOINTS,
)

BASE = build.world()
ISTIOD, OWN = "Deployment/istio-system/istiod", "Deployment/agentgateway-system/agentgateway"


def addressed(value: str, kind: str = "IPAddress") -> Cluster:
    return build.world(build.waypoint("shop", addresses=(Address(type=kind, value=value),)))


def without_ca(env: dict[str, str] | None = None) -> Cluster:
    return build.world(build.controller("agentgateway", "v1.2.0", env))


def routed(kind: str, group: str) -> Cluster:
    ref = BackendRef(group=group, kind=kind, namespace="shop", name="bank", port=80)
    gateways = [build.gateway("infra", "agentgateway", "agentgateway")]
    return build.world(build.entry("shop", "bank", "240.0.0.1"), build.route("all", [ref], gateways, "shop"))


@cases(
    Case("a Service", BASE, "backend-ref", PASS, WAYPOINT, None, "Service/shop/cart exists"),
    Case(
        "a ServiceEntry",
        routed("ServiceEntry", "networking.istio.io"),
        "backend-ref",
        FAIL,
        INVALID,
        "backend-ref",
        "agentgateway does not resolve a backendRef of kind networking.istio.io/ServiceEntry",
        "bank",
    ),
    Case("own namespace", BASE, "reference-grant", ASIDE, WAYPOINT, None, ""),
    Case(
        "1.1",
        build.world(agentgateway="v1.1.9"),
        "version",
        FAIL,
        DIRECT,
        "version",
        "agentgateway 1.1.9 has no ingress-use-waypoint; 1.2 has",
    ),
    Case("1.2", build.world(agentgateway="v1.2.0"), "version", PASS, WAYPOINT, None, OWN, assumed=False),
    Case(
        "1.3",
        build.world(agentgateway="v1.3.0"),
        "version",
        PASS,
        WAYPOINT,
        None,
        "taken as 1.2",
        assumed=True,
    ),
    Case("no tag", build.world(agentgateway=""), "version", UNKNOWN, WAYPOINT, None, "", assumed=True),
    Case(
        "istiod 1.29",
        build.world(istiod="1.29.4"),
        "istiod-version",
        FAIL,
        DIRECT,
        "istiod-version",
        "istiod 1.29.4 has no ingress-use-waypoint in its workload API; 1.30 has",
    ),
    Case("istiod 1.30", BASE, "istiod-version", PASS, WAYPOINT, None, ISTIOD, assumed=False),
    Case(
        "istiod 1.32", build.world(istiod="1.32.0"), "istiod-version", PASS, WAYPOINT, None, "", assumed=True
    ),
    Case(
        "istiod not in the source",
        build.world(without=(ISTIOD,)),
        "istiod-version",
        UNKNOWN,
        WAYPOINT,
        None,
        "--version istio=X.Y",
        assumed=True,
    ),
)
def test_reference_and_versions(case: Case) -> None:
    hold(case, "agentgateway")


def cart_pod(**more: Any) -> Pod:
    return build.pod("shop", "cart-1", "10.244.0.10", {"app": "cart"}, **more)


def labelled(service: str | None, namespace: str | None) -> Cluster:
    own = {} if service is None else {names.INGRESS_USE_WAYPOINT: service}
    inherited = {} if namespace is None else {names.INGRESS_USE_WAYPOINT: namespace}
    return build.world(build.cart(labels={**build.USE, **own}), build.namespace("shop", inherited))


MANIFESTS = build.world(
    observed=False,
    without=(
        "Pod/shop/waypoint-1",
        "Pod/shop/cart-1",
        "Pod/infra/kgateway-1",
        "Pod/infra/istio-1",
        "Pod/infra/agentgateway-1",
    ),
)


@cases(
    Case("an endpoint", BASE, "endpoint-first", PASS, WAYPOINT, None, "1 ready endpoint on port 80"),
    Case(
        "none although there is a waypoint",
        build.world(cart_pod(ready=False)),
        "endpoint-first",
        FAIL,
        NO_ENDPOINTS,
        "endpoint-first",
        "no ready endpoint on port 80",
        assumed=False,
    ),
    Case(
        "manifests only",
        MANIFESTS,
        "endpoint-first",
        UNKNOWN,
        WAYPOINT,
        None,
        "does not show whether Service/shop/cart has ready endpoints",
        assumed=True,
    ),
    *(
        Case(f"label {word!r}", labelled(word, None), "ingress-label", PASS, WAYPOINT, None, word)
        for word in ("1", "t", "T", "true", "True", "TRUE")
    ),
    *(
        Case(
            f"label {word!r}",
            labelled(word, "true"),
            "ingress-label",
            FAIL,
            DIRECT,
            "ingress-label",
            repr(word),
        )
        for word in ("false", "tRuE", "yes", "")
    ),
    Case(
        "label of the namespace", labelled(None, "T"), "ingress-label", PASS, WAYPOINT, None, "Namespace/shop"
    ),
    Case(
        "no label",
        labelled(None, None),
        "ingress-label",
        FAIL,
        DIRECT,
        "ingress-label",
        "kubectl label service",
    ),
    Case(
        "label perhaps on the namespace",
        build.world(build.cart(labels=build.USE), without=("Namespace/shop",)),
        "ingress-label",
        UNKNOWN,
        DIRECT,
        "ingress-label",
        "is not in the source",
        assumed=True,
    ),
    Case("attached", BASE, "attached", PASS, WAYPOINT, None, "Successfully attached"),
    Case(
        "not ready",
        build.world(build.waypoint("shop", addresses=())),
        "attached",
        FAIL,
        DIRECT,
        "attached",
        "WaypointIsNotReady",
    ),
    Case(
        "attached perhaps by the namespace",
        build.world(build.cart(labels=build.INGRESS), without=("Namespace/shop",)),
        "attached",
        UNKNOWN,
        DIRECT,
        "attached",
        "is not in the source",
        assumed=True,
    ),
    Case("Hostname", BASE, "waypoint-address", PASS, WAYPOINT, None, "has ready pods", assumed=False),
    Case("ClusterIP", addressed("10.96.0.99"), "waypoint-address", PASS, WAYPOINT, None, "10.96.0.99"),
    Case("pod IP", addressed("10.244.0.9"), "waypoint-address", PASS, WAYPOINT, None, "10.244.0.9"),
    Case(
        "Hostname of nothing",
        addressed("nothing.shop.svc.cluster.local", "Hostname"),
        "waypoint-address",
        FAIL,
        DIRECT,
        "waypoint-address",
        "agentgateway warns and sends to the endpoint",
    ),
    Case(
        "Hostname in another namespace",
        build.world(
            build.waypoint(
                "shop", addresses=(Address(type="Hostname", value="waypoint.infra.svc.cluster.local"),)
            ),
            build.waypoint_service("infra", ip="10.96.0.97"),
        ),
        "waypoint-address",
        FAIL,
        DIRECT,
        "waypoint-address",
        "nothing answers to the host",
    ),
    Case(
        "no healthy pod",
        build.world(
            build.pod("shop", "waypoint-1", "10.244.0.9", {names.GATEWAY_NAME: "waypoint"}, ready=False)
        ),
        "waypoint-address",
        FAIL,
        DIRECT,
        "waypoint-address",
        "no healthy pod of the waypoint answers",
        assumed=False,
    ),
    Case(
        "without port 15008",
        build.world(build.waypoint_service("shop", ports=(ServicePort(port=15088, name="proxy"),))),
        "waypoint-address",
        FAIL,
        DIRECT,
        "waypoint-address",
        "has no port 15008",
    ),
    Case(
        "address of another type",
        addressed("somewhere", "NamedAddress"),
        "waypoint-address",
        FAIL,
        DIRECT,
        "waypoint-address",
        "no Hostname or IPAddress",
    ),
    Case(
        "address of nobody in the source",
        addressed("203.0.113.9"),
        "waypoint-address",
        UNKNOWN,
        WAYPOINT,
        None,
        "nothing in the source has Gateway/shop/waypoint's address 203.0.113.9",
        assumed=True,
    ),
    Case(
        "not bound",
        build.world(build.cart(labels=build.INGRESS)),
        "waypoint-address",
        ASIDE,
        DIRECT,
        "attached",
        "no waypoint is in effect",
    ),
)
def test_way_to_the_waypoint(case: Case) -> None:
    hold(case, "agentgateway")


def gateway_workload(env: dict[str, str]) -> Workload:
    return Workload(
        namespace="infra",
        name="agentgateway",
        workload_kind="Deployment",
        template_labels={names.GATEWAY_NAME: "agentgateway"},
        containers=(Container(name="agentgateway", env=env),),
    )


NO_CA = build.controller("agentgateway", "v1.2.0")
GATEWAY_POD = {names.GATEWAY_NAME: "agentgateway"}


@cases(
    Case(
        "of the controller",
        BASE,
        "mesh-ca",
        PASS,
        WAYPOINT,
        None,
        f"{OWN} env CA_ADDRESS = https://istiod",
        assumed=False,
    ),
    Case(
        "not in the objects",
        without_ca(),
        "mesh-ca",
        UNKNOWN,
        WAYPOINT,
        None,
        "--env agentgateway",
        assumed=True,
    ),
    Case(
        "empty",
        without_ca({names.CA_ADDRESS: ""}),
        "mesh-ca",
        FAIL,
        DIRECT,
        "mesh-ca",
        "without a mesh CA the gateway sends to the endpoint",
        assumed=False,
    ),
    Case(
        "of the gateway's pod",
        build.world(
            NO_CA, build.pod("infra", "agentgateway-1", "10.244.1.3", GATEWAY_POD, mesh_ca="https://ca:15012")
        ),
        "mesh-ca",
        PASS,
        WAYPOINT,
        None,
        "Pod/infra/agentgateway-1 env CA_ADDRESS = https://ca:15012",
        assumed=False,
    ),
    Case(
        "empty on the gateway's pod",
        build.world(NO_CA, build.pod("infra", "agentgateway-1", "10.244.1.3", GATEWAY_POD, mesh_ca="")),
        "mesh-ca",
        FAIL,
        DIRECT,
        "mesh-ca",
        "CA_ADDRESS is empty",
    ),
    Case(
        "of the gateway's Deployment",
        build.world(NO_CA, gateway_workload({names.CA_ADDRESS: "https://ca:15012"})),
        "mesh-ca",
        PASS,
        WAYPOINT,
        None,
        "Deployment/infra/agentgateway",
    ),
    Case(
        "Deployment without", build.world(NO_CA, gateway_workload({})), "mesh-ca", UNKNOWN, WAYPOINT, None, ""
    ),
)
def test_mesh_ca(case: Case) -> None:
    hold(case, "agentgateway")


def test_the_target_is_the_host_name_and_needs_no_vip() -> None:
    for cluster in (BASE, build.world(build.service("shop", "cart", labels=build.through()))):
        upstream = path_of(resolve(cluster), "agentgateway").outcome.upstream
        assert (upstream.discovery, upstream.addresses) == ("HBONE", ["cart.shop.svc.cluster.local:80"])


def test_headless_services_do_not_collide() -> None:
    rows = [build.service("shop", name, labels=build.through()) for name in ("cart", "orders")]
    path = path_of(resolve(build.world(*rows)), "agentgateway")
    assert (path.outcome.verdict, path.outcome.assumed) == (WAYPOINT, False)


def test_directly_it_holds_the_healthy_endpoints() -> None:
    rows = [cart_pod(), build.pod("shop", "cart-2", "10.244.0.11", {"app": "cart"}, ready=False)]
    path = path_of(resolve(build.world(build.cart(labels={}), *rows, istiod="1.31.0")), "agentgateway")
    assert path.outcome.verdict is DIRECT
    assert (path.outcome.upstream.discovery, path.outcome.upstream.addresses) == ("EDS", ["10.244.0.10:8080"])
    assert path.endpoints == ["10.244.0.10:8080"]


def test_capture_and_workload_waypoints_play_no_part() -> None:
    bound = build.pod("shop", "cart-1", "10.244.0.10", {"app": "cart", **build.USE})
    cluster = build.world(
        build.cart(labels={}), bound, build.waypoint("shop", labels={names.WAYPOINT_FOR: "all"})
    )
    assert path_of(resolve(cluster), "agentgateway").outcome.verdict is DIRECT


def test_the_primary_waypoint_takes_all_whatever_a_canary_weighs() -> None:
    cart = build.cart(
        labels={**build.through(), names.CANARY: "canary"}, annotations={names.CANARY_WEIGHT: "100"}
    )
    cluster = build.world(
        build.waypoint("shop", "canary"),
        build.waypoint_service("shop", "canary", "10.96.0.98"),
        build.pod("shop", "canary-1", "10.244.0.8", {names.GATEWAY_NAME: "canary"}),
        cart,
        istiod="1.31.0",
    )
    outcome = path_of(resolve(cluster), "agentgateway").outcome
    assert (outcome.verdict, outcome.waypoint, outcome.shares) == (WAYPOINT, ("shop", "waypoint"), ())


@pytest.mark.parametrize("controller", ["kgateway.dev/agentgateway", "istio.io/agentgateway-controller"])
def test_older_controllers_are_the_same_data_plane(controller: str) -> None:
    cluster = build.world(build.gateway_class("agentgateway", controller))
    assert path_of(resolve(cluster), "agentgateway").outcome.verdict is WAYPOINT


def test_every_gate_is_listed() -> None:
    _, finding = look(BASE, "agentgateway", "mesh-ca")
    assert finding.result is PASS
    resolution = resolve(BASE)
    gates = [step.gate for step in resolution.steps(path_of(resolution, "agentgateway"))]
    assert gates == [
        "backend-ref",
        "reference-grant",
        "version",
        "istiod-version",
        "endpoint-first",
        "ingress-label",
        "attached",
        "waypoint-address",
        "mesh-ca",
    ]
