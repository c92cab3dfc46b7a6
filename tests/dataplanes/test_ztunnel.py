"""ztunnel before a captured kgateway: VIPs with and without a waypoint, and pods with a workload waypoint."""

from typing import Any

import pytest

from core import labels as names
from core.cluster import Cluster, replace
from core.gates import Result, Verdict
from core.model import (
    Address,
    GatewayClass,
    Labels,
    Object,
    Pod,
    ServicePort,
    WorkloadEndpoint,
    WorkloadEntry,
)
from core.paths import Path, resolve
from tests import build
from tests.looking import Case, cases, hold, look, path_of

PASS, FAIL, UNKNOWN, ASIDE = Result.PASS, Result.FAIL, Result.UNKNOWN, Result.NOT_APPLICABLE
WAYPOINT, DIRECT, VIP_DIRECT = Verdict.WAYPOINT, Verdict.DIRECT, Verdict.VIP_DIRECT
NO_ENDPOINTS, BLACKHOLE, SPLIT = Verdict.NO_ENDPOINTS, Verdict.BLACKHOLE, Verdict.SPLIT
WORKLOAD = Verdict.WORKLOAD_WAYPOINT

BASE = build.world()
PODS = (
    "Pod/shop/waypoint-1",
    "Pod/shop/cart-1",
    "Pod/infra/kgateway-1",
    "Pod/infra/istio-1",
    "Pod/infra/agentgateway-1",
)
AMBIENT = build.namespace("infra", {names.DATAPLANE_MODE: "ambient"})
MANIFESTS = build.world(AMBIENT, observed=False, without=PODS)


def shares(path: Path) -> list[tuple[float, str, tuple[str, str] | None]]:
    return [(round(one.share, 3), one.verdict.value, one.waypoint) for one in path.outcome.shares]


# --- is the VIP known ----------------------------------------------------------------------------------------------

OWN, FOREIGN = ("bank.example.com", "240.240.0.1"), ("other.example.com", "240.240.0.2")


def banked(*addresses: str, istiod: str = "1.30.3", **more: Any) -> Cluster:
    return build.world(build.entry("shop", "bank", *addresses, labels=build.through(), **more), istiod=istiod)


@cases(
    Case("of a Service", BASE, "vip-known", PASS, WAYPOINT, None, "Service/shop/cart by 10.96.0.10"),
    Case("of a ServiceEntry", banked("240.0.0.1"), "vip-known", PASS, WAYPOINT, None, "240.0.0.1", "bank"),
    Case(
        "allocated", banked(auto_addresses=(OWN,)), "vip-known", PASS, WAYPOINT, None, "240.240.0.1", "bank"
    ),
    Case(
        "allocated to a host that it has not",
        banked(auto_addresses=(FOREIGN,)),
        "vip-known",
        FAIL,
        VIP_DIRECT,
        "vip-known",
        "ztunnel does not know ServiceEntry/shop/bank by 240.240.0.2",
        "bank",
        assumed=True,
    ),
    Case(
        "allocated before it had its own",
        banked("2001:db8::1", auto_addresses=(OWN,)),
        "vip-known",
        FAIL,
        VIP_DIRECT,
        "vip-known",
        "it passes the connection on as it is",
        "bank",
        assumed=True,
    ),
    Case(
        "allocated to a wildcard",
        banked(hosts=("*.example.com",), auto_addresses=(("*.example.com", "240.240.0.1"),)),
        "vip-known",
        FAIL,
        VIP_DIRECT,
        "vip-known",
        "",
        "bank",
    ),
    Case(
        "allocated to a wildcard of DYNAMIC_DNS",
        banked(
            hosts=("*.example.com",),
            resolution="DYNAMIC_DNS",
            auto_addresses=(("*.example.com", "240.240.0.1"),),
        ),
        "vip-known",
        PASS,
        WAYPOINT,
        None,
        "",
        "bank",
    ),
    Case(
        "a range beside it before 1.30",
        banked("240.0.0.1", "198.51.100.0/28", istiod="1.29.4"),
        "vip-known",
        FAIL,
        VIP_DIRECT,
        "vip-known",
        "",
        "bank",
        assumed=True,
    ),
    Case(
        "a range beside it from 1.30",
        banked("240.0.0.1", "198.51.100.0/28"),
        "vip-known",
        PASS,
        WAYPOINT,
        None,
        "240.0.0.1, 198.51.100.0/28",
        "bank",
        assumed=False,
    ),
    Case("none held", banked(), "vip-known", ASIDE, BLACKHOLE, "vip-present", "holds no address", "bank"),
)
def test_vip_known(case: Case) -> None:
    hold(case, "kgateway")


# --- a VIP with a waypoint -----------------------------------------------------------------------------------------


def addressed(value: str, kind: str = "IPAddress", *rows: Object) -> Cluster:
    return build.world(build.waypoint("shop", addresses=(Address(type=kind, value=value),)), *rows)


PROXY = (ServicePort(port=15088, name="proxy"),)


def sandwich(
    annotation: str | None = None, *rows: Object, istiod: str = "1.30.3", class_name: str = ""
) -> Cluster:
    """The world with a waypoint whose Service has a port 15088 only, and this inbound binding of its Gateway."""
    annotations = {} if annotation is None else {names.INBOUND_BINDING: annotation}
    waypoint = build.waypoint("shop", annotations=annotations)
    if class_name:
        waypoint = replace(waypoint, class_name=class_name)
    return build.world(waypoint, build.waypoint_service("shop", ports=PROXY), *rows, istiod=istiod)


BOUND_CLASS = GatewayClass(
    namespace="",
    name="istio-waypoint",
    controller="istio.io/mesh-controller",
    annotations={names.INBOUND_BINDING: "PROXY/15088"},
)


def waypoint_pod(**more: Any) -> Pod:
    return build.pod("shop", "waypoint-1", "10.244.0.9", {names.GATEWAY_NAME: "waypoint"}, **more)


@cases(
    Case("in effect", BASE, "waypoint-in-effect", PASS, WAYPOINT, None, "Successfully attached"),
    Case(
        "not ready",
        build.world(build.waypoint("shop", addresses=())),
        "waypoint-in-effect",
        FAIL,
        VIP_DIRECT,
        "waypoint-in-effect",
        'waypoint "shop/waypoint" is not ready',
        assumed=False,
    ),
    Case(
        "for workloads only",
        build.world(build.waypoint("shop", labels={names.WAYPOINT_FOR: "workload"})),
        "waypoint-in-effect",
        FAIL,
        VIP_DIRECT,
        "waypoint-in-effect",
        "UnsupportedTrafficType",
    ),
    Case(
        "address of another type",
        addressed("somewhere", "NamedAddress"),
        "waypoint-in-effect",
        FAIL,
        VIP_DIRECT,
        "waypoint-in-effect",
        "ztunnel is told of no waypoint",
    ),
    Case(
        "perhaps by the namespace",
        build.world(build.cart(labels=build.INGRESS), without=("Namespace/shop",)),
        "waypoint-in-effect",
        UNKNOWN,
        DIRECT,
        "attached",
        "is not in the source",
    ),
    Case(
        "manifest of a waypoint",
        build.world(build.waypoint("shop", addresses=None)),
        "waypoint-in-effect",
        PASS,
        WAYPOINT,
        None,
        "",
        assumed=True,
    ),
    Case("Hostname", BASE, "waypoint-reachable", PASS, WAYPOINT, None, "has ready pods", assumed=False),
    Case("ClusterIP", addressed("10.96.0.99"), "waypoint-reachable", PASS, WAYPOINT, None, "10.96.0.99"),
    Case("pod IP", addressed("10.244.0.9"), "waypoint-reachable", PASS, WAYPOINT, None, "10.244.0.9"),
    Case(
        "pod IP of a pod that is not ready",
        addressed("10.244.0.9", "IPAddress", waypoint_pod(ready=False)),
        "waypoint-reachable",
        FAIL,
        NO_ENDPOINTS,
        "waypoint-reachable",
        "no Service and no healthy pod has this address",
    ),
    Case(
        "nobody's IP",
        addressed("203.0.113.9"),
        "waypoint-reachable",
        FAIL,
        NO_ENDPOINTS,
        "waypoint-reachable",
        "does not fall back",
        assumed=False,
    ),
    Case(
        "host in another namespace",
        addressed(
            "waypoint.infra.svc.cluster.local", "Hostname", build.waypoint_service("infra", ip="10.96.0.97")
        ),
        "waypoint-reachable",
        FAIL,
        NO_ENDPOINTS,
        "waypoint-reachable",
        "nothing answers to the host",
    ),
    Case(
        "no pod ready",
        build.world(waypoint_pod(ready=False)),
        "waypoint-reachable",
        FAIL,
        NO_ENDPOINTS,
        "waypoint-reachable",
        "Get a pod of the waypoint ready",
    ),
    Case(
        "without port 15008",
        sandwich(),
        "waypoint-reachable",
        FAIL,
        NO_ENDPOINTS,
        "waypoint-reachable",
        "Service/shop/waypoint has no port 15008",
    ),
    Case(
        "bound to a port of its own",
        sandwich("PROXY/15088"),
        "waypoint-reachable",
        PASS,
        WAYPOINT,
        None,
        "has ready pods",
        assumed=False,
    ),
    Case(
        "bound by its class",
        sandwich(None, BOUND_CLASS),
        "waypoint-reachable",
        PASS,
        WAYPOINT,
        None,
        "has ready pods",
    ),
    Case(
        "bound before 1.26",
        sandwich("PROXY/15088", istiod="1.25.5"),
        "waypoint-reachable",
        FAIL,
        NO_ENDPOINTS,
        "waypoint-reachable",
        "no port 15008",
    ),
    Case(
        "bound without a port",
        sandwich("PROXY"),
        "waypoint-reachable",
        FAIL,
        NO_ENDPOINTS,
        "waypoint-reachable",
        "no port 15008",
    ),
    Case(
        "of a class that is not in the source",
        sandwich(class_name="kgateway-waypoint"),
        "waypoint-reachable",
        UNKNOWN,
        WAYPOINT,
        None,
        "does not show whether Gateway/shop/waypoint has a ready pod",
        assumed=True,
    ),
    Case("manifests only", MANIFESTS, "waypoint-reachable", UNKNOWN, WAYPOINT, None, "", assumed=True),
    Case(
        "not bound",
        build.world(build.cart(labels=build.INGRESS)),
        "waypoint-reachable",
        ASIDE,
        DIRECT,
        "attached",
        "no waypoint is in effect",
    ),
)
def test_vip_with_a_waypoint(case: Case) -> None:
    hold(case, "kgateway")


def test_only_ztunnel_does_without_port_15008() -> None:
    resolution = resolve(sandwich("PROXY/15088"))
    assert path_of(resolution, "kgateway").outcome.verdict is WAYPOINT
    assert path_of(resolution, "istio").outcome.decided_by == "waypoint-endpoints"
    assert path_of(resolution, "agentgateway").outcome.decided_by == "waypoint-address"


# --- weights -------------------------------------------------------------------------------------------------------


def canary(weight: str, *rows: Object) -> Path:
    labels = {**build.through(), names.CANARY: "canary"}
    cluster = build.world(
        build.waypoint("shop", "canary"),
        build.waypoint_service("shop", "canary", "10.96.0.98"),
        build.pod("shop", "canary-1", "10.244.0.8", {names.GATEWAY_NAME: "canary"}),
        build.cart(labels=labels, annotations={names.CANARY_WEIGHT: weight}),
        *rows,
        istiod="1.31.0",
    )
    return path_of(resolve(cluster), "kgateway")


CANARY_DOWN = build.pod("shop", "canary-1", "10.244.0.8", {names.GATEWAY_NAME: "canary"}, ready=False)


def test_weighted_waypoints_are_sampled() -> None:
    path = canary("30")
    assert (path.outcome.verdict, path.outcome.decided_by) == (SPLIT, None)
    assert shares(path) == [
        (0.7, "waypoint", ("shop", "waypoint")),
        (0.3, "waypoint", ("shop", "canary")),
    ]
    assert path.outcome.upstream.addresses == ["10.96.0.10:80"]


@pytest.mark.parametrize(("weight", "waypoint"), [("0", "waypoint"), ("100", "canary")])
def test_all_or_nothing_is_no_split(weight: str, waypoint: str) -> None:
    outcome = canary(weight).outcome
    assert (outcome.verdict, outcome.waypoint) == (WAYPOINT, ("shop", waypoint))


def test_the_share_of_a_waypoint_that_is_down_fails() -> None:
    assert shares(canary("30", CANARY_DOWN)) == [
        (0.7, "waypoint", ("shop", "waypoint")),
        (0.3, "no-endpoints", None),
    ]


def test_the_whole_fails_where_the_one_that_takes_all_is_down() -> None:
    path = canary("100", CANARY_DOWN)
    assert (path.outcome.verdict, path.outcome.decided_by) == (NO_ENDPOINTS, "waypoint-reachable")


def test_gateway_pods_that_differ_share_the_weights() -> None:
    naked = build.pod("infra", "kgateway-2", "10.244.1.12", {names.GATEWAY_NAME: "kgateway"})
    assert shares(canary("30", naked)) == [
        (0.35, "waypoint", ("shop", "waypoint")),
        (0.15, "waypoint", ("shop", "canary")),
        (0.5, "direct", None),
    ]


# --- a VIP without a waypoint --------------------------------------------------------------------------------------

NOT_READY = build.waypoint("shop", addresses=())


@cases(
    Case(
        "an endpoint",
        build.world(NOT_READY),
        "healthy-endpoint",
        PASS,
        VIP_DIRECT,
        "waypoint-in-effect",
        "1 ready endpoint",
    ),
    Case(
        "none",
        build.world(NOT_READY, build.pod("shop", "cart-1", "10.244.0.10", {"app": "cart"}, ready=False)),
        "healthy-endpoint",
        FAIL,
        NO_ENDPOINTS,
        "healthy-endpoint",
        "no ready endpoint",
    ),
    Case(
        "manifests only",
        build.world(AMBIENT, NOT_READY, observed=False, without=PODS),
        "healthy-endpoint",
        UNKNOWN,
        VIP_DIRECT,
        "waypoint-in-effect",
        "does not show",
        assumed=True,
    ),
)
def test_vip_without_a_waypoint(case: Case) -> None:
    hold(case, "kgateway")


def test_balancing_a_vip_ignores_workload_waypoints() -> None:
    bound = build.pod("shop", "cart-1", "10.244.0.10", {"app": "cart", **build.USE}, captured=True)
    workloads = build.waypoint("shop", labels={names.WAYPOINT_FOR: "workload"})
    path = path_of(resolve(build.world(bound, workloads)), "kgateway")
    assert (path.outcome.verdict, path.outcome.waypoint) == (VIP_DIRECT, None)
    assert path.outcome.upstream.discovery == "STATIC"


# --- a pod address -------------------------------------------------------------------------------------------------

FOR_ALL = build.waypoint("shop", labels={names.WAYPOINT_FOR: "all"})
DIRECTLY = build.cart(labels={})


def cart_pod(number: int = 1, labels: Labels | None = None, **more: Any) -> Pod:
    carried = {"app": "cart", **(build.USE if labels is None else labels)}
    return build.pod("shop", f"cart-{number}", f"10.244.0.{9 + number}", carried, **more)


def direct(*rows: Object, without: tuple[str, ...] = ()) -> Cluster:
    """The world with a cart that is not redirected, a waypoint for all traffic, and `rows`."""
    return build.world(DIRECTLY, FOR_ALL, *rows, without=without)


UNCAPTURED = build.pod("infra", "kgateway-1", "10.244.1.1", {names.GATEWAY_NAME: "kgateway"})
BY_LABEL = "ingress-label"


@cases(
    Case(
        "own label",
        direct(cart_pod()),
        "workload-waypoint",
        PASS,
        WORKLOAD,
        BY_LABEL,
        "1 of 1 endpoints through the workload waypoint Gateway/shop/waypoint",
        assumed=False,
    ),
    Case(
        "label of the namespace",
        direct(cart_pod(labels={}), build.namespace("shop", build.USE)),
        "workload-waypoint",
        PASS,
        WORKLOAD,
        BY_LABEL,
        "",
    ),
    Case(
        "none on the pod",
        direct(cart_pod(labels={names.USE_WAYPOINT: "none"}), build.namespace("shop", build.USE)),
        "workload-waypoint",
        ASIDE,
        DIRECT,
        BY_LABEL,
        "no endpoint has a workload waypoint in effect",
    ),
    Case(
        "own label that is not ready",
        direct(cart_pod(labels={names.USE_WAYPOINT: "nothing"}), build.namespace("shop", build.USE)),
        "workload-waypoint",
        ASIDE,
        DIRECT,
        BY_LABEL,
        "",
    ),
    Case(
        "for services only",
        build.world(DIRECTLY, cart_pod()),
        "workload-waypoint",
        ASIDE,
        DIRECT,
        BY_LABEL,
        "",
    ),
    Case(
        "address of another type",
        build.world(
            DIRECTLY,
            cart_pod(),
            build.waypoint(
                "shop", labels={names.WAYPOINT_FOR: "all"}, addresses=(Address(type="Named", value="x"),)
            ),
        ),
        "workload-waypoint",
        ASIDE,
        DIRECT,
        BY_LABEL,
        "",
    ),
    Case(
        "gateway not captured",
        direct(cart_pod(), UNCAPTURED),
        "workload-waypoint",
        ASIDE,
        DIRECT,
        "gateway-captured",
        "no ztunnel sees its traffic",
    ),
    Case(
        "pod on the host network",
        direct(cart_pod(host_network=True)),
        "workload-waypoint",
        ASIDE,
        DIRECT,
        BY_LABEL,
        "",
    ),
    Case(
        "waypoint down",
        direct(cart_pod(), waypoint_pod(ready=False)),
        "workload-waypoint",
        FAIL,
        NO_ENDPOINTS,
        "workload-waypoint",
        "no pod of it answers",
    ),
    Case(
        "manifest of a waypoint",
        build.world(
            DIRECTLY,
            cart_pod(),
            build.waypoint("shop", labels={names.WAYPOINT_FOR: "all"}, addresses=None),
            without=("Service/shop/waypoint",),
        ),
        "workload-waypoint",
        PASS,
        WORKLOAD,
        BY_LABEL,
        "",
        assumed=True,
    ),
    Case(
        "no endpoint at all",
        direct(cart_pod(ready=False)),
        "endpoints",
        FAIL,
        NO_ENDPOINTS,
        "endpoints",
        "no ready endpoint on port 80",
    ),
    Case(
        "endpoints not in the source",
        build.world(AMBIENT, DIRECTLY, observed=False, without=PODS),
        "endpoints",
        UNKNOWN,
        DIRECT,
        BY_LABEL,
        "does not show whether Service/shop/cart has ready endpoints",
        assumed=True,
    ),
)
def test_pod_addresses(case: Case) -> None:
    hold(case, "kgateway")


def test_a_workload_waypoint_is_named() -> None:
    outcome = path_of(resolve(direct(cart_pod())), "kgateway").outcome
    assert outcome.waypoint == ("shop", "waypoint")
    assert (outcome.upstream.discovery, outcome.upstream.addresses) == ("EDS", ["10.244.0.10:8080"])


def test_the_waypoint_itself_goes_on_directly() -> None:
    use = {names.USE_WAYPOINT: "kgateway", names.USE_WAYPOINT_NAMESPACE: "infra"}
    address = (Address(type="IPAddress", value="10.244.1.1"),)
    own = build.gateway("infra", "kgateway", "kgateway", addresses=address)
    listening = replace(own, labels={names.WAYPOINT_FOR: "all"}, listeners=own.listeners)
    admitting = replace(listening, listeners=(*own.listeners, *build.waypoint("infra").listeners))
    resolution = resolve(build.world(DIRECTLY, admitting, cart_pod(labels=use)))
    assert path_of(resolution, "kgateway").outcome.verdict is DIRECT


def test_endpoints_that_differ_split_the_path() -> None:
    path, finding = look(
        direct(cart_pod(), cart_pod(2, {}), cart_pod(3, {})), "kgateway", "workload-waypoint"
    )
    assert (path.outcome.verdict, path.outcome.waypoint) == (SPLIT, None)
    assert shares(path) == [
        (0.333, "workload-waypoint", ("shop", "waypoint")),
        (0.667, "direct", None),
    ]
    assert finding.result is PASS
    assert "1 of 3 endpoints" in finding.because


def test_endpoints_behind_several_waypoints() -> None:
    cluster = direct(
        cart_pod(),
        cart_pod(2, {names.USE_WAYPOINT: "other"}),
        cart_pod(3, {names.USE_WAYPOINT: "other"}),
        cart_pod(4, {names.USE_WAYPOINT: "down"}),
        build.waypoint("shop", "other", {names.WAYPOINT_FOR: "workload"}),
        build.waypoint_service("shop", "other", "10.96.0.98"),
        build.pod("shop", "other-1", "10.244.0.8", {names.GATEWAY_NAME: "other"}),
        build.waypoint("shop", "down", {names.WAYPOINT_FOR: "workload"}),
        build.waypoint_service("shop", "down", "10.96.0.97"),
    )
    path, finding = look(cluster, "kgateway", "workload-waypoint")
    assert shares(path) == [
        (0.25, "workload-waypoint", ("shop", "waypoint")),
        (0.5, "workload-waypoint", ("shop", "other")),
        (0.25, "no-endpoints", None),
    ]
    assert "Gateway/shop/down, Gateway/shop/other, Gateway/shop/waypoint" in finding.because


def test_gateway_pods_and_endpoints_that_differ() -> None:
    naked = build.pod("infra", "kgateway-2", "10.244.1.12", {names.GATEWAY_NAME: "kgateway"})
    path = path_of(resolve(direct(cart_pod(), cart_pod(2, {}), naked)), "kgateway")
    assert shares(path) == [
        (0.25, "workload-waypoint", ("shop", "waypoint")),
        (0.75, "direct", None),
    ]


def test_a_waypoints_own_pod_has_no_waypoint() -> None:
    serving = build.service("shop", "serving", "10.96.0.50", selector={names.GATEWAY_NAME: "waypoint"})
    labels = {names.GATEWAY_NAME: "waypoint", **build.USE}
    own = build.pod("shop", "waypoint-1", "10.244.0.9", labels)
    path = path_of(resolve(direct(serving, own)), "kgateway", "serving")
    assert path.outcome.verdict is DIRECT


def test_inline_endpoints_have_waypoints_by_their_own_labels() -> None:
    endpoints = (
        WorkloadEndpoint(address="192.0.2.10", labels=build.USE),
        WorkloadEndpoint(address="192.0.2.11"),
    )
    path = path_of(resolve(direct(build.entry("shop", "bank", endpoints=endpoints))), "kgateway", "bank")
    assert shares(path) == [
        (0.5, "workload-waypoint", ("shop", "waypoint")),
        (0.5, "direct", None),
    ]


def test_workload_entries_have_waypoints_too() -> None:
    bank = build.entry("shop", "bank", endpoints=(), selector={"app": "bank"})
    machine = WorkloadEntry(
        namespace="shop", name="machine", labels={"app": "bank", **build.USE}, address="192.0.2.20"
    )
    path = path_of(resolve(direct(bank, machine)), "kgateway", "bank")
    assert (path.outcome.verdict, path.endpoints) == (WORKLOAD, ["192.0.2.20:80"])


def test_a_name_that_the_gateway_resolves_meets_no_workload_waypoint() -> None:
    bank = build.entry("shop", "bank", resolution="DNS", endpoints=())
    cluster = direct(bank, build.namespace("shop", build.USE))
    assert path_of(resolve(cluster), "kgateway", "bank").outcome.verdict is DIRECT


def test_pods_to_come_of_a_manifest_may_have_a_waypoint() -> None:
    deployment = build.workload("shop", "cart", {"app": "cart", **build.USE})
    cluster = build.world(
        AMBIENT,
        DIRECTLY,
        build.waypoint("shop", labels={names.WAYPOINT_FOR: "all"}, addresses=None),
        deployment,
        observed=False,
        without=PODS,
    )
    path = path_of(resolve(cluster), "kgateway")
    assert (path.outcome.verdict, path.outcome.assumed) == (WORKLOAD, True)
    assert path.endpoints == ["Deployment/shop/cart:8080"]
