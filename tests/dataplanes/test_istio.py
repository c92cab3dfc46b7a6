"""Istio's gateway as ingress: every gate, every version boundary, and the endpoints that istiod sends."""

from typing import Any

import pytest

from core import labels as names
from core.cluster import Cluster
from core.gates import Finding, Result, Verdict
from core.model import (
    Address,
    BackendRef,
    EnvSource,
    Labels,
    Object,
    ObjectRef,
    Pod,
    Service,
    ServiceEntry,
    ServicePort,
    SliceEndpoint,
)
from core.paths import Path, resolve
from tests import build
from tests.looking import Case, cases, finding_of, hold, look, path_of

PASS, FAIL, UNKNOWN, ASIDE = Result.PASS, Result.FAIL, Result.UNKNOWN, Result.NOT_APPLICABLE
WAYPOINT, DIRECT, INVALID = Verdict.WAYPOINT, Verdict.DIRECT, Verdict.INVALID
BLACKHOLE, NO_ENDPOINTS, SPLIT = Verdict.BLACKHOLE, Verdict.NO_ENDPOINTS, Verdict.SPLIT

BASE = build.world()
DEPLOYMENT = "Deployment/istio-system/istiod"
RANGE = "198.51.100.0/28"


def with_env(env: dict[str, str], *sources: EnvSource) -> Cluster:
    return build.world(build.controller("istiod", "1.30.3", env, sources))


def hidden(variable: str = "") -> EnvSource:
    return EnvSource(kind="ConfigMap", name="absent", variable=variable, key="value")


def banked(*addresses: str, istiod: str = "1.30.3", **more: Any) -> Cluster:
    return build.world(build.entry("shop", "bank", *addresses, labels=build.through(), **more), istiod=istiod)


def to(*refs: BackendRef, rows: tuple[Object, ...] = ()) -> Cluster:
    gateways = [build.gateway("infra", name, name) for name in ("kgateway", "istio", "agentgateway")]
    return build.world(*rows, build.route("all", refs, gateways, "shop"))


def ref(name: str, kind: str = "Service", namespace: str = "shop", port: int = 80) -> BackendRef:
    group = "" if kind == "Service" else "networking.istio.io"
    return BackendRef(group=group, kind=kind, namespace=namespace, name=name, port=port)


# --- version, flag, discovery --------------------------------------------------------------------------------------


@cases(
    Case(
        "1.23",
        build.world(istiod="1.23.6"),
        "version",
        FAIL,
        DIRECT,
        "version",
        "istiod 1.23.6 has no ingress waypoint",
    ),
    Case("1.24", build.world(istiod="1.24.0"), "version", PASS, WAYPOINT, None, DEPLOYMENT, assumed=False),
    Case(
        "1.31 pre-release",
        build.world(istiod="1.31.0-rc.0"),
        "version",
        PASS,
        WAYPOINT,
        None,
        "istiod 1.31",
        assumed=False,
    ),
    Case(
        "1.32", build.world(istiod="1.32.0"), "version", PASS, WAYPOINT, None, "taken as 1.31", assumed=True
    ),
    Case(
        "latest",
        build.world(istiod="latest"),
        "version",
        UNKNOWN,
        WAYPOINT,
        None,
        'tag "latest" is no version',
        assumed=True,
    ),
    Case(
        "no Deployment",
        build.world(without=(DEPLOYMENT,)),
        "version",
        UNKNOWN,
        WAYPOINT,
        None,
        "--version istio=X.Y",
        assumed=True,
    ),
)
def test_version(case: Case) -> None:
    hold(case, "istio")


FLAG, AMBIENT = names.ENABLE_INGRESS_WAYPOINT_ROUTING, names.PILOT_ENABLE_AMBIENT


@cases(
    Case("by ambient", BASE, "global-flag", PASS, WAYPOINT, None, f"{AMBIENT} is true", assumed=False),
    Case("no ambient", with_env({}), "global-flag", FAIL, DIRECT, "global-flag", f"as {AMBIENT} is not set"),
    Case("ambient off", with_env({AMBIENT: "false"}), "global-flag", FAIL, DIRECT, "global-flag", "is false"),
    Case(
        "ambient no boolean", with_env({AMBIENT: "yes"}), "global-flag", FAIL, DIRECT, "global-flag", "is yes"
    ),
    Case(
        "flag on without ambient",
        with_env({FLAG: "true"}),
        "global-flag",
        PASS,
        WAYPOINT,
        None,
        f"{FLAG}=true",
    ),
    Case(
        "flag off",
        with_env({FLAG: "F", AMBIENT: "true"}),
        "global-flag",
        FAIL,
        DIRECT,
        "global-flag",
        f"kubectl set env deployment/istiod -n istio-system -c controller {FLAG}=true",
    ),
    Case(
        "flag no boolean under ambient",
        with_env({FLAG: "enabled", AMBIENT: "true"}),
        "global-flag",
        PASS,
        WAYPOINT,
        None,
        "no boolean: the default, true, counts",
        assumed=False,
    ),
    Case(
        "flag no boolean without ambient",
        with_env({FLAG: ""}),
        "global-flag",
        FAIL,
        DIRECT,
        "global-flag",
        "no boolean: the default, false, counts",
    ),
    Case(
        "flag hidden",
        with_env({AMBIENT: "true"}, hidden(FLAG)),
        "global-flag",
        UNKNOWN,
        WAYPOINT,
        None,
        "ConfigMap/istio-system/absent",
        assumed=True,
    ),
    Case(
        "ambient perhaps in a ConfigMap",
        with_env({}, hidden()),
        "global-flag",
        UNKNOWN,
        WAYPOINT,
        None,
        f"--env istiod {FLAG}=true",
        assumed=True,
    ),
    Case(
        "flag told, ambient hidden",
        with_env({FLAG: "true"}, hidden(AMBIENT)),
        "global-flag",
        PASS,
        WAYPOINT,
        None,
        "",
        assumed=False,
    ),
)
def test_global_flag(case: Case) -> None:
    hold(case, "istio")


@cases(
    Case("a Service", BASE, "discovery", PASS, WAYPOINT, None, "is a Service"),
    Case("STATIC", banked("240.0.0.1"), "discovery", PASS, WAYPOINT, None, "resolution STATIC", "bank"),
    *(
        Case(
            resolution,
            banked("240.0.0.1", resolution=resolution, endpoints=()),
            "discovery",
            FAIL,
            DIRECT,
            "discovery",
            "asks DNS itself, whatever the labels",
            "bank",
            assumed=False,
        )
        for resolution in ("DNS", "DNS_ROUND_ROBIN", "DYNAMIC_DNS")
    ),
    Case(
        "NONE",
        banked("240.0.0.1", resolution="NONE"),
        "discovery",
        UNKNOWN,
        DIRECT,
        "discovery",
        "original destination",
        "bank",
        assumed=True,
    ),
)
def test_discovery(case: Case) -> None:
    hold(case, "istio")


def test_a_dns_service_entry_holds_names() -> None:
    path = path_of(resolve(banked("240.0.0.1", resolution="DNS", endpoints=())), "istio", "bank")
    assert path.outcome.upstream.discovery == "DNS"
    assert path.outcome.upstream.addresses == ["bank.example.com:80"]


# --- addresses -----------------------------------------------------------------------------------------------------

OWN_ADDRESS = (("bank.example.com", "240.240.0.1"),)
OTHER_ADDRESS = (("other.example.com", "240.240.0.1"),)


@cases(
    Case("ClusterIP", BASE, "vip-present", PASS, WAYPOINT, None, "ClusterIP 10.96.0.10", assumed=False),
    Case(
        "headless",
        build.world(build.service("shop", "cart", labels=build.through())),
        "vip-present",
        PASS,
        WAYPOINT,
        None,
        "address 0.0.0.0",
        assumed=False,
    ),
    Case(
        "manifest",
        build.world(build.service("shop", "cart", labels=build.through(), headless=False)),
        "vip-present",
        PASS,
        WAYPOINT,
        None,
        "will get a ClusterIP",
        assumed=True,
    ),
    Case("an address", banked("240.0.0.1"), "vip-present", PASS, WAYPOINT, None, "240.0.0.1", "bank"),
    Case(
        "allocated",
        banked(auto_addresses=OWN_ADDRESS),
        "vip-present",
        PASS,
        BLACKHOLE,
        "target-address",
        "auto-allocated address 240.240.0.1",
        "bank",
    ),
    Case(
        "allocated to another host",
        banked(auto_addresses=OTHER_ADDRESS),
        "vip-present",
        FAIL,
        DIRECT,
        "vip-present",
        "no address that istiod counts",
        "bank",
    ),
    Case("no address", banked(), "vip-present", FAIL, DIRECT, "vip-present", "in spec.addresses", "bank"),
    Case(
        "no address in 1.25", banked(istiod="1.25.0"), "vip-present", FAIL, DIRECT, "vip-present", "", "bank"
    ),
    Case(
        "no address in 1.24",
        banked(istiod="1.24.6"),
        "vip-present",
        PASS,
        BLACKHOLE,
        "target-address",
        "goes on with 0.0.0.0",
        "bank",
    ),
    Case(
        "range in 1.29",
        banked(RANGE, istiod="1.29.4"),
        "vip-present",
        FAIL,
        DIRECT,
        "vip-present",
        RANGE,
        "bank",
        assumed=False,
    ),
    Case(
        "range in 1.30",
        banked(RANGE),
        "vip-present",
        PASS,
        BLACKHOLE,
        "target-address",
        RANGE,
        "bank",
        assumed=True,
    ),
    Case(
        "range of one in 1.29",
        banked("240.0.0.1/32", istiod="1.29.4"),
        "vip-present",
        PASS,
        WAYPOINT,
        None,
        "240.0.0.1/32",
        "bank",
    ),
    Case(
        "range of one IPv6 in 1.29",
        banked("2001:db8::1/128", istiod="1.29.4"),
        "vip-present",
        PASS,
        WAYPOINT,
        None,
        "",
        "bank",
    ),
    Case(
        "range beside an address in 1.29",
        banked("240.0.0.1", RANGE, istiod="1.29.4"),
        "attached",
        FAIL,
        DIRECT,
        "attached",
        "istiod before 1.30 leaves it out of ambient",
        "bank",
    ),
    Case(
        "range beside an address in 1.30",
        banked("240.0.0.1", RANGE),
        "attached",
        PASS,
        WAYPOINT,
        None,
        "",
        "bank",
    ),
    Case(
        "range only, allocated ones do not count",
        banked(RANGE, istiod="1.29.4", auto_addresses=OWN_ADDRESS),
        "vip-present",
        FAIL,
        DIRECT,
        "vip-present",
        "",
        "bank",
    ),
)
def test_vip_present(case: Case) -> None:
    hold(case, "istio")


# --- attached and the waypoint's address ---------------------------------------------------------------------------


def bound(labels: dict[str, str] | None = None, *, address: Address | None = None, **more: Any) -> Cluster:
    addresses = {} if address is None else {"addresses": (address,)}
    return build.world(build.waypoint("shop", "waypoint", labels, **addresses, **more))


def at(value: str, kind: str = "IPAddress") -> Address:
    return Address(type=kind, value=value)


@cases(
    Case(
        "in effect", BASE, "attached", PASS, WAYPOINT, None, "Successfully attached to waypoint shop/waypoint"
    ),
    Case(
        "not ready",
        bound(addresses=()),
        "attached",
        FAIL,
        DIRECT,
        "attached",
        'WaypointIsNotReady: waypoint "shop/waypoint" is not ready',
        assumed=False,
    ),
    Case(
        "manifest of a waypoint",
        build.world(build.waypoint("shop", addresses=None)),
        "attached",
        PASS,
        WAYPOINT,
        None,
        "",
        assumed=True,
    ),
    Case(
        "wrong traffic",
        bound({names.WAYPOINT_FOR: "workload"}),
        "attached",
        FAIL,
        DIRECT,
        "attached",
        "Label the waypoint istio.io/waypoint-for=service or all",
    ),
    Case(
        "none",
        build.world(build.cart(labels={**build.INGRESS, names.USE_WAYPOINT: "none"})),
        "attached",
        FAIL,
        DIRECT,
        "attached",
        "opts out",
    ),
    Case(
        "namespace not in the source",
        build.world(build.cart(labels=build.INGRESS), without=("Namespace/shop",)),
        "attached",
        UNKNOWN,
        DIRECT,
        "attached",
        "Namespace/shop, which could carry one, is not in the source",
        assumed=True,
    ),
    Case(
        "Hostname",
        BASE,
        "waypoint-address",
        PASS,
        WAYPOINT,
        None,
        "waypoint.shop.svc.cluster.local",
        assumed=False,
    ),
    Case(
        "ClusterIP of a Service",
        bound(address=at("10.96.0.99")),
        "waypoint-address",
        PASS,
        WAYPOINT,
        None,
        "10.96.0.99",
    ),
    Case(
        "pod IP",
        bound(address=at("10.244.0.9")),
        "waypoint-address",
        FAIL,
        DIRECT,
        "waypoint-address",
        "no Service has this address",
    ),
    Case(
        "nobody's IP",
        bound(address=at("203.0.113.9")),
        "waypoint-address",
        FAIL,
        DIRECT,
        "waypoint-address",
        "203.0.113.9",
        assumed=False,
    ),
    Case(
        "address of another type",
        bound(address=at("somewhere", "NamedAddress")),
        "waypoint-address",
        FAIL,
        DIRECT,
        "waypoint-address",
        "no Hostname or IPAddress",
    ),
    Case(
        "unknown Hostname",
        bound(address=at("nothing.shop.svc.cluster.local", "Hostname")),
        "waypoint-address",
        PASS,
        NO_ENDPOINTS,
        "waypoint-endpoints",
        "nothing.shop.svc",
    ),
    Case(
        "manifest has an address to come",
        build.world(build.waypoint("shop", addresses=None), without=("Service/shop/waypoint",)),
        "waypoint-address",
        PASS,
        WAYPOINT,
        None,
        "will have the address",
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
def test_waypoint(case: Case) -> None:
    hold(case, "istio")


def test_a_hostname_is_preferred_to_an_address() -> None:
    hostname = at("waypoint.shop.svc.cluster.local", "Hostname")
    cluster = build.world(build.waypoint("shop", addresses=(at("203.0.113.9"), hostname)))
    assert path_of(resolve(cluster), "istio").outcome.verdict is WAYPOINT


def test_an_ingress_gateway_counts_as_a_waypoint() -> None:
    other = build.gateway("infra", "other", "istio", addresses=(at("10.96.0.77"),))
    use = {names.USE_WAYPOINT: "other", names.USE_WAYPOINT_NAMESPACE: "infra", **build.INGRESS}
    cluster = build.world(
        other, build.waypoint_service("infra", "other", "10.96.0.77"), build.cart(labels=use)
    )
    path, finding = look(cluster, "istio", "attached")
    assert path.outcome.decided_by == "attached"
    assert "AttachmentDenied" in finding.because
    same = build.cart(labels={names.USE_WAYPOINT: "other", **build.INGRESS})
    inside = build.gateway("shop", "other", "istio", addresses=(at("10.96.0.77"),))
    serving = build.pod("shop", "other-1", "10.244.0.77", {names.GATEWAY_NAME: "other"})
    cluster = build.world(inside, build.waypoint_service("shop", "other", "10.96.0.77"), serving, same)
    path = path_of(resolve(cluster), "istio")
    assert (path.outcome.verdict, path.outcome.waypoint) == (WAYPOINT, ("shop", "other"))


def test_a_waypoint_may_be_reached_by_the_address_of_a_service_entry() -> None:
    outside = build.entry("shop", "outside", "240.0.0.9", ports=(ServicePort(port=15008, name="mesh"),))
    cluster = build.world(
        build.waypoint("shop", addresses=(at("240.0.0.9"),)),
        outside,
        build.route("all", [build.backend(build.cart())], [build.gateway("infra", "istio", "istio")], "shop"),
    )
    path = path_of(resolve(cluster), "istio")
    assert (path.outcome.verdict, path.outcome.upstream.addresses) == (WAYPOINT, ["192.0.2.10:15008"])


# --- the ingress label ---------------------------------------------------------------------------------------------

COUNTS = {
    "1.24.6": {"true"},
    "1.25.0": {"true", "True", "TRUE", "tRuE"},
    "1.29.4": {"true", "True", "TRUE", "tRuE"},
    "1.30.0": {"1", "t", "T", "true", "True", "TRUE"},
    "1.31.0-rc.0": {"1", "t", "T", "true", "True", "TRUE"},
}
WORDS = ["true", "True", "TRUE", "tRuE", "1", "t", "T", "false", "0", "yes", "on", ""]


def labelled(service: str | None, namespace: str | None, istiod: str) -> Cluster:
    own = {} if service is None else {names.INGRESS_USE_WAYPOINT: service}
    inherited = {} if namespace is None else {names.INGRESS_USE_WAYPOINT: namespace}
    return build.world(
        build.cart(labels={**build.USE, **own}), build.namespace("shop", inherited), istiod=istiod
    )


@pytest.mark.parametrize("version", COUNTS)
@pytest.mark.parametrize("word", WORDS)
def test_values_of_the_label_on_the_service(version: str, word: str) -> None:
    path, finding = look(labelled(word, None, version), "istio", "ingress-label")
    if word in COUNTS[version]:
        assert (finding.result, path.outcome.verdict) == (PASS, WAYPOINT)
    else:
        assert (finding.result, path.outcome.decided_by) == (FAIL, "ingress-label")
        assert repr(word) in finding.because


@pytest.mark.parametrize("version", COUNTS)
@pytest.mark.parametrize("word", WORDS)
def test_values_of_the_label_on_the_namespace(version: str, word: str) -> None:
    finding = look(labelled(None, word, version), "istio", "ingress-label")[1]
    counts = version != "1.24.6" and word in COUNTS[version]
    assert finding.result is (PASS if counts else FAIL)


@cases(
    Case(
        "none",
        labelled(None, None, "1.30.3"),
        "ingress-label",
        FAIL,
        DIRECT,
        "ingress-label",
        "kubectl label service cart -n shop istio.io/ingress-use-waypoint=true",
    ),
    Case(
        "false under true",
        labelled("false", "true", "1.30.3"),
        "ingress-label",
        FAIL,
        DIRECT,
        "ingress-label",
        "wins over the namespace's",
    ),
    Case(
        "empty under true",
        labelled("", "true", "1.25.0"),
        "ingress-label",
        FAIL,
        DIRECT,
        "ingress-label",
        "wins over the namespace's",
    ),
    Case("true under false", labelled("true", "false", "1.30.3"), "ingress-label", PASS, WAYPOINT, None, ""),
    Case(
        "namespace ignored in 1.24",
        labelled(None, "true", "1.24.6"),
        "ingress-label",
        FAIL,
        DIRECT,
        "ingress-label",
        "this version does not read the namespace's",
    ),
    Case(
        "namespace not in the source",
        build.world(build.cart(labels=build.USE), without=("Namespace/shop",)),
        "ingress-label",
        UNKNOWN,
        DIRECT,
        "ingress-label",
        "is not in the source",
        assumed=True,
    ),
    Case(
        "namespace not in the source nor read",
        build.world(build.cart(labels=build.USE), istiod="1.24.6", without=("Namespace/shop",)),
        "ingress-label",
        FAIL,
        DIRECT,
        "ingress-label",
        "",
        assumed=False,
    ),
    Case(
        "own false without a namespace",
        build.world(
            build.cart(labels={**build.USE, names.INGRESS_USE_WAYPOINT: "false"}), without=("Namespace/shop",)
        ),
        "ingress-label",
        FAIL,
        DIRECT,
        "ingress-label",
        "",
        assumed=False,
    ),
)
def test_ingress_label(case: Case) -> None:
    hold(case, "istio")


def test_kgateway_and_istio_differ_over_false_under_true() -> None:
    resolution = resolve(labelled("false", "true", "1.30.3"))
    assert path_of(resolution, "kgateway").outcome.verdict is WAYPOINT
    assert path_of(resolution, "istio").outcome.verdict is DIRECT
    assert path_of(resolution, "agentgateway").outcome.verdict is DIRECT


# --- the waypoint's endpoints --------------------------------------------------------------------------------------


def waypoint_pod(**more: Any) -> Pod:
    return build.pod("shop", "waypoint-1", "10.244.0.9", {names.GATEWAY_NAME: "waypoint"}, **more)


@cases(
    Case("ready", BASE, "waypoint-endpoints", PASS, WAYPOINT, None, "Gateway/shop/waypoint has ready pods"),
    Case(
        "no pod ready",
        build.world(waypoint_pod(ready=False)),
        "waypoint-endpoints",
        FAIL,
        NO_ENDPOINTS,
        "waypoint-endpoints",
        "does not fall back",
        assumed=False,
    ),
    Case(
        "Service missing",
        build.world(without=("Service/shop/waypoint",)),
        "waypoint-endpoints",
        FAIL,
        NO_ENDPOINTS,
        "waypoint-endpoints",
        "nothing answers to the host waypoint.shop.svc.cluster.local",
    ),
    Case(
        "without port 15008",
        build.world(build.waypoint_service("shop", ports=(ServicePort(port=15021, name="status"),))),
        "waypoint-endpoints",
        FAIL,
        NO_ENDPOINTS,
        "waypoint-endpoints",
        "Service/shop/waypoint has no port 15008",
    ),
    Case(
        "manifests only",
        build.world(
            observed=False,
            without=(
                "Pod/shop/waypoint-1",
                "Pod/shop/cart-1",
                "Pod/infra/kgateway-1",
                "Pod/infra/istio-1",
                "Pod/infra/agentgateway-1",
            ),
        ),
        "waypoint-endpoints",
        UNKNOWN,
        WAYPOINT,
        None,
        "the source does not show",
        assumed=True,
    ),
    Case(
        "not bound",
        build.world(build.cart(labels={})),
        "waypoint-endpoints",
        ASIDE,
        DIRECT,
        "attached",
        "no waypoint is in effect",
    ),
)
def test_waypoint_endpoints(case: Case) -> None:
    hold(case, "istio")


def test_the_gateway_holds_the_waypoints_pods() -> None:
    more = build.pod("shop", "waypoint-2", "fd00::9", {names.GATEWAY_NAME: "waypoint"})
    upstream = path_of(resolve(build.world(more)), "istio").outcome.upstream
    assert upstream.discovery == "EDS"
    assert upstream.addresses == ["10.244.0.9:15008", "[fd00::9]:15008"]


def test_capture_plays_no_part() -> None:
    captured = resolve(BASE)
    naked = build.pod("infra", "istio-1", "10.244.1.2", {names.GATEWAY_NAME: "istio"})
    assert path_of(captured, "istio").outcome == path_of(resolve(build.world(naked)), "istio").outcome


def test_workload_waypoints_play_no_part() -> None:
    bound_pod = build.pod("shop", "cart-1", "10.244.0.10", {"app": "cart", **build.USE})
    cluster = build.world(
        build.cart(labels={}), bound_pod, build.waypoint("shop", labels={names.WAYPOINT_FOR: "all"})
    )
    resolution = resolve(cluster)
    assert path_of(resolution, "istio").outcome.verdict is DIRECT
    assert path_of(resolution, "kgateway").outcome.verdict is Verdict.WORKLOAD_WAYPOINT


# --- the target address --------------------------------------------------------------------------------------------


def headless(name: str, port: int = 80, labels: Labels | None = None) -> Service:
    return build.service("shop", name, port=port, labels=build.through(labels))


def headless_with(*rows: Object) -> Cluster:
    return build.world(headless("cart"), *rows)


@cases(
    Case("ClusterIP", BASE, "target-address", PASS, WAYPOINT, None, "10.96.0.10:80"),
    Case(
        "alone",
        headless_with(),
        "target-address",
        PASS,
        WAYPOINT,
        None,
        "the only headless Service on port 80",
    ),
    Case(
        "another port",
        headless_with(headless("orders", 8080)),
        "target-address",
        PASS,
        WAYPOINT,
        None,
        "the only headless Service",
    ),
    Case(
        "another not bound",
        headless_with(headless("orders", labels={})),
        "target-address",
        PASS,
        WAYPOINT,
        None,
        "the only headless Service",
    ),
    Case(
        "another with a ClusterIP",
        headless_with(build.service("shop", "orders", "10.96.0.11", labels=build.through())),
        "target-address",
        PASS,
        WAYPOINT,
        None,
        "the only headless Service",
    ),
    Case(
        "two",
        headless_with(headless("orders")),
        "target-address",
        UNKNOWN,
        WAYPOINT,
        None,
        "share 0.0.0.0:80: the first is matched for all of them, Service/shop/cart and Service/shop/orders",
        assumed=True,
    ),
    Case(
        "two, one without the ingress label",
        headless_with(headless("orders", labels=build.USE)),
        "target-address",
        UNKNOWN,
        WAYPOINT,
        None,
        "Service/shop/orders",
    ),
    Case(
        "many",
        headless_with(*(headless(f"s{number}") for number in range(8))),
        "target-address",
        UNKNOWN,
        WAYPOINT,
        None,
        "Service/shop/s4 and 3 more",
    ),
    Case(
        "ServiceEntry",
        banked("240.0.0.1/32"),
        "target-address",
        PASS,
        WAYPOINT,
        None,
        "by 240.0.0.1:80",
        "bank",
    ),
    Case(
        "ServiceEntry IPv6",
        banked("2001:db8::1"),
        "target-address",
        PASS,
        WAYPOINT,
        None,
        "by [2001:db8::1]:80",
        "bank",
    ),
    Case(
        "allocated",
        banked(auto_addresses=OWN_ADDRESS),
        "target-address",
        FAIL,
        BLACKHOLE,
        "target-address",
        "target 0.0.0.0:80",
        "bank",
        assumed=False,
    ),
    Case(
        "range",
        banked(RANGE),
        "target-address",
        FAIL,
        BLACKHOLE,
        "target-address",
        f"{RANGE}:80, a range and no address",
        "bank",
        assumed=True,
    ),
    Case(
        "not bound",
        build.world(build.cart(labels={})),
        "target-address",
        ASIDE,
        DIRECT,
        "attached",
        "no waypoint is in effect",
    ),
)
def test_target_address(case: Case) -> None:
    hold(case, "istio")


def test_a_headless_collision_is_told_on_every_path_of_it() -> None:
    resolution = resolve(headless_with(headless("orders")))
    for name, other in (("cart", "orders"), ("orders", "cart")):
        path = path_of(resolution, "istio", name)
        finding = finding_of(resolution, path, "target-address")
        assert finding.result is UNKNOWN
        assert f"Service/shop/{other}" in finding.because
        assert (path.outcome.verdict, path.outcome.assumed) == (WAYPOINT, True)


def test_an_allocated_address_is_a_black_hole_for_istio_and_none_for_kgateway() -> None:
    resolution = resolve(banked(auto_addresses=OWN_ADDRESS))
    assert path_of(resolution, "istio", "bank").outcome.verdict is BLACKHOLE
    kgateway = path_of(resolution, "kgateway", "bank").outcome
    assert (kgateway.verdict, kgateway.waypoint) == (WAYPOINT, ("shop", "waypoint"))
    assert kgateway.upstream.addresses == ["240.240.0.1:80"]


# --- the backend's own endpoints -----------------------------------------------------------------------------------

STARTING = build.pod("shop", "cart-1", "10.244.0.10", {"app": "cart"}, ready=False)


@pytest.mark.parametrize(
    ("version", "verdict"),
    [("1.29.4", NO_ENDPOINTS), ("1.30.3", NO_ENDPOINTS), ("1.31.0", DIRECT), ("1.32.0", DIRECT)],
)
def test_unready_endpoints_are_sent_from_1_31(version: str, verdict: Verdict) -> None:
    path, finding = look(build.world(build.cart(labels={}), STARTING, istiod=version), "istio", "endpoints")
    assert path.outcome.verdict is verdict
    assert path.endpoints == (["10.244.0.10:8080"] if verdict is DIRECT else [])
    assert ("none is ready" in finding.because) is (verdict is DIRECT)


def test_unready_pods_of_a_service_entry_are_not_sent() -> None:
    bank = build.entry("shop", "bank", endpoints=(), selector={"app": "bank"})
    pod = build.pod("shop", "bank-1", "10.244.0.50", {"app": "bank"}, ready=False)
    assert (
        path_of(resolve(build.world(bank, pod, istiod="1.31.0")), "istio", "bank").outcome.verdict
        is NO_ENDPOINTS
    )


# --- ExternalName --------------------------------------------------------------------------------------------------


def alias(name: str, external_name: str) -> Service:
    return build.service(
        "shop", name, type="ExternalName", external_name=external_name, headless=False, selector={}
    )


def aliased(external_name: str, *rows: Object) -> tuple[Path, Finding]:
    cluster = to(ref("alias"), rows=(alias("alias", external_name), *rows))
    path, finding = look(cluster, "istio", "backend-ref", "alias")
    return path, finding


@pytest.mark.parametrize(
    "host", ["cart.shop.svc.cluster.local", "cart.shop.svc.cluster.local.", "cart.shop.svc.example.org"]
)
def test_an_external_name_stands_for_its_target(host: str) -> None:
    path, finding = aliased(host)
    assert (path.outcome.verdict, path.outcome.waypoint) == (WAYPOINT, ("shop", "waypoint"))
    assert path.target == ObjectRef(kind="Service", namespace="shop", name="cart")
    assert path.outcome.assumed
    assert "stands for Service/shop/cart" in finding.because


def test_an_external_name_may_stand_for_a_service_entry() -> None:
    path, _ = aliased("bank.example.com", build.entry("store", "bank", "240.0.0.1"))
    assert path.outcome.verdict is DIRECT
    assert path.target == ObjectRef(kind="ServiceEntry", namespace="store", name="bank")


def test_aliases_of_aliases_are_followed() -> None:
    path, _ = aliased("next.shop.svc.cluster.local", alias("next", "cart.shop.svc.cluster.local"))
    assert path.outcome.verdict is WAYPOINT


@pytest.mark.parametrize("host", ["example.com", "alias.shop.svc.cluster.local"])
def test_an_external_name_for_nothing_is_invalid_and_assumed_so(host: str) -> None:
    path, finding = aliased(host)
    assert (path.outcome.verdict, path.outcome.decided_by) == (INVALID, "backend-ref")
    assert path.outcome.assumed
    assert "ExternalName" in finding.because


def test_an_external_name_keeps_the_port_of_the_reference() -> None:
    cluster = to(ref("alias", port=81), rows=(alias("alias", "cart.shop.svc.cluster.local"),))
    assert path_of(resolve(cluster), "istio", "alias").outcome.verdict is INVALID


# --- references ----------------------------------------------------------------------------------------------------


@cases(
    Case(
        "Hostname of a Service",
        to(ref("cart.shop.svc.cluster.local", "Hostname")),
        "backend-ref",
        PASS,
        WAYPOINT,
        None,
        "Service/shop/cart exists",
        "cart.shop.svc.cluster.local",
    ),
    Case(
        "Hostname of a ServiceEntry",
        to(ref("bank.example.com", "Hostname"), rows=(build.entry("store", "bank"),)),
        "backend-ref",
        PASS,
        DIRECT,
        "vip-present",
        "ServiceEntry/store/bank exists",
        "bank.example.com",
    ),
    Case(
        "Hostname of nothing",
        to(ref("nothing.example.com", "Hostname")),
        "backend-ref",
        FAIL,
        INVALID,
        "backend-ref",
        "nothing has the host",
        "nothing.example.com",
    ),
    Case(
        "Hostname with a namespace",
        to(ref("bank.example.com", "Hostname", "store"), rows=(build.entry("store", "bank"),)),
        "backend-ref",
        FAIL,
        INVALID,
        "backend-ref",
        "may not name a namespace",
        "bank.example.com",
    ),
    Case(
        "a Backend of kgateway",
        to(BackendRef(group="gateway.kgateway.dev", kind="Backend", namespace="shop", name="cart")),
        "backend-ref",
        FAIL,
        INVALID,
        "backend-ref",
        "istio does not resolve",
    ),
    Case(
        "not granted",
        to(ref("stock", namespace="store"), rows=(build.service("store", "stock", "10.96.0.20"),)),
        "reference-grant",
        FAIL,
        INVALID,
        "reference-grant",
        "no ReferenceGrant in namespace store lets HTTPRoutes of namespace shop refer to Service/store/stock",
        "stock",
    ),
)
def test_reference(case: Case) -> None:
    hold(case, "istio")


# --- internalTrafficPolicy: Local ----------------------------------------------------------------------------------

LOCAL = build.cart(internal_traffic_policy="Local")


def nodes(*rows: Object) -> Cluster:
    """The world with gateway pods on node-a and node-b, a waypoint pod on node-a, and `rows`."""
    second = build.pod("infra", "istio-2", "10.244.1.22", {names.GATEWAY_NAME: "istio"}, node="node-b")
    return build.world(second, *rows)


def test_local_keeps_waypoint_pods_of_the_gateways_node() -> None:
    path, finding = look(nodes(LOCAL), "istio", "waypoint-endpoints")
    outcome = path.outcome
    assert (outcome.verdict, outcome.decided_by) == (SPLIT, "waypoint-endpoints")
    assert [(one.share, one.verdict, one.waypoint) for one in outcome.shares] == [
        (0.5, WAYPOINT, ("shop", "waypoint")),
        (0.5, NO_ENDPOINTS, None),
    ]
    assert finding.result is FAIL


def test_steps_tell_of_the_pods_that_a_gate_decided_about() -> None:
    near = build.pod("shop", "waypoint-1", "10.244.0.9", {names.GATEWAY_NAME: "waypoint"}, node="node-b")
    path, finding = look(nodes(LOCAL, near), "istio", "waypoint-endpoints")
    assert path.outcome.decided_by == "waypoint-endpoints"
    assert finding.result is FAIL


def test_local_with_a_waypoint_pod_on_each_node_does_not_split() -> None:
    other = build.pod("shop", "waypoint-2", "10.244.0.19", {names.GATEWAY_NAME: "waypoint"}, node="node-b")
    path = path_of(resolve(nodes(LOCAL, other)), "istio")
    assert (path.outcome.verdict, path.outcome.shares) == (WAYPOINT, ())


def test_cluster_policy_knows_no_nodes() -> None:
    assert path_of(resolve(nodes()), "istio").outcome.verdict is WAYPOINT


def test_local_keeps_the_backends_own_endpoints_of_the_node() -> None:
    local = build.cart(labels={}, internal_traffic_policy="Local")
    path, finding = look(nodes(local), "istio", "endpoints")
    assert path.outcome.verdict is SPLIT
    assert [(one.share, one.verdict) for one in path.outcome.shares] == [(0.5, DIRECT), (0.5, NO_ENDPOINTS)]
    assert "on the gateway's node" in finding.because
    assert path.endpoints == ["10.244.0.10:8080"]


def test_endpoints_of_a_local_service_are_those_of_all_nodes_of_the_gateway() -> None:
    local = build.cart(labels={}, internal_traffic_policy="Local")
    other = build.pod("shop", "cart-2", "10.244.0.12", {"app": "cart"}, node="node-b")
    away = build.pod("shop", "cart-3", "10.244.0.13", {"app": "cart"}, node="node-c")
    path = path_of(resolve(nodes(local, other, away)), "istio")
    assert path.outcome.verdict is DIRECT
    assert path.endpoints == ["10.244.0.10:8080", "10.244.0.12:8080"]


@pytest.mark.parametrize("labels", [None, {}], ids=["waypoint", "direct"])
def test_local_where_the_gateways_node_is_not_in_the_source_is_assumed(labels: dict[str, str] | None) -> None:
    local = build.cart(labels=labels, internal_traffic_policy="Local")
    cluster = build.world(local, without=("Pod/infra/istio-1",))
    outcome = path_of(resolve(cluster), "istio").outcome
    assert outcome.verdict is (WAYPOINT if labels is None else DIRECT)
    assert outcome.assumed


# --- canary waypoints ----------------------------------------------------------------------------------------------

CANARY_ROWS = (
    build.waypoint("shop", "canary"),
    build.waypoint_service("shop", "canary", "10.96.0.98"),
    build.pod("shop", "canary-1", "10.244.0.8", {names.GATEWAY_NAME: "canary"}),
)


def canary(weight: str | None = "20", *rows: Object, istiod: str = "1.31.0") -> Cluster:
    """The world with a canary waypoint for the cart, and `rows`."""
    annotations = {} if weight is None else {names.CANARY_WEIGHT: weight}
    cart = build.cart(labels={**build.through(), names.CANARY: "canary"}, annotations=annotations)
    return build.world(*CANARY_ROWS, cart, *rows, istiod=istiod)


def shares(path: Path) -> list[tuple[float, str, tuple[str, str] | None]]:
    return [(one.share, one.verdict.value, one.waypoint) for one in path.outcome.shares]


def test_a_canary_takes_its_weight() -> None:
    path = path_of(resolve(canary()), "istio")
    assert path.outcome.verdict is SPLIT
    assert path.outcome.decided_by is None
    assert shares(path) == [
        (0.8, "waypoint", ("shop", "waypoint")),
        (0.2, "waypoint", ("shop", "canary")),
    ]
    assert path.outcome.upstream.addresses == ["10.244.0.9:15008", "10.244.0.8:15008"]


@pytest.mark.parametrize(
    ("weight", "waypoint"), [("0", "waypoint"), (None, "waypoint"), ("100", "canary"), ("101", "waypoint")]
)
def test_one_waypoint_may_take_all(weight: str | None, waypoint: str) -> None:
    outcome = path_of(resolve(canary(weight)), "istio").outcome
    assert (outcome.verdict, outcome.waypoint, outcome.shares) == (WAYPOINT, ("shop", waypoint), ())


@pytest.mark.parametrize(("version", "verdict"), [("1.30.3", WAYPOINT), ("1.31.0", SPLIT), ("1.32.0", SPLIT)])
def test_canaries_are_known_from_1_31(version: str, verdict: Verdict) -> None:
    assert path_of(resolve(canary(istiod=version)), "istio").outcome.verdict is verdict


def test_of_two_waypoints_the_one_with_pods_takes_all() -> None:
    away = build.pod("shop", "canary-1", "10.244.0.8", {names.GATEWAY_NAME: "canary"}, ready=False)
    outcome = path_of(resolve(canary("20", away)), "istio").outcome
    assert (outcome.verdict, outcome.waypoint) == (WAYPOINT, ("shop", "waypoint"))
    away = waypoint_pod(ready=False)
    outcome = path_of(resolve(canary("20", away)), "istio").outcome
    assert (outcome.verdict, outcome.waypoint) == (WAYPOINT, ("shop", "canary"))


def test_where_neither_has_pods_nothing_is_left() -> None:
    away = build.pod("shop", "canary-1", "10.244.0.8", {names.GATEWAY_NAME: "canary"}, ready=False)
    outcome = path_of(resolve(canary("20", away, waypoint_pod(ready=False))), "istio").outcome
    assert (outcome.verdict, outcome.decided_by) == (NO_ENDPOINTS, "waypoint-endpoints")


@pytest.mark.parametrize(("weight", "verdict"), [("20", WAYPOINT), ("0", WAYPOINT), ("100", NO_ENDPOINTS)])
def test_a_canary_whose_address_leads_nowhere_fails_closed(weight: str, verdict: Verdict) -> None:
    astray = build.waypoint("shop", "canary", addresses=(at("203.0.113.9"),))
    assert path_of(resolve(canary(weight, astray)), "istio").outcome.verdict is verdict


@pytest.mark.parametrize("weight", ["0", "20", "100"])
def test_a_primary_whose_address_leads_nowhere_opens_the_way_to_endpoints(weight: str) -> None:
    astray = build.waypoint("shop", addresses=(at("203.0.113.9"),))
    outcome = path_of(resolve(canary(weight, astray)), "istio").outcome
    assert (outcome.verdict, outcome.decided_by) == (DIRECT, "waypoint-address")


@pytest.mark.parametrize(
    ("weight", "canary_name", "note"),
    [
        (
            "many",
            "canary",
            'canary waypoint "shop/canary" has an invalid weight; must be an integer in [0,100]',
        ),
        ("20", "waypoint", 'canary waypoint "shop/waypoint" must differ from the primary waypoint'),
        ("20", "nothing", 'waypoint "shop/nothing" is not ready'),
    ],
)
def test_a_canary_that_is_left_out_is_told(weight: str, canary_name: str, note: str) -> None:
    labels = {**build.through(), names.CANARY: canary_name}
    cart = build.cart(labels=labels, annotations={names.CANARY_WEIGHT: weight})
    path, finding = look(build.world(*CANARY_ROWS, cart, istiod="1.31.0"), "istio", "attached")
    assert (path.outcome.verdict, path.outcome.waypoint) == (WAYPOINT, ("shop", "waypoint"))
    assert f". Canary waypoint not attached: {note}" in finding.because


def test_slices_are_what_counts_for_a_waypoint_too() -> None:
    empty = build.endpoint_slice(
        "shop", "waypoint", SliceEndpoint(address="10.244.0.9", ready=False), mesh=15008
    )
    outcome = path_of(resolve(build.world(empty)), "istio").outcome
    assert (outcome.verdict, outcome.decided_by) == (NO_ENDPOINTS, "waypoint-endpoints")


def test_a_service_entry_may_serve_as_its_own_kind_of_backend() -> None:
    entry = ServiceEntry(
        namespace="shop",
        name="bank",
        hosts=("bank.example.com",),
        resolution="STATIC",
        ports=(ServicePort(port=80, name="http"),),
    )
    path = path_of(resolve(build.world(entry)), "istio", "bank")
    assert (path.outcome.verdict, path.outcome.decided_by) == (NO_ENDPOINTS, "endpoints")
