"""The endpoints of a Service or ServiceEntry: slices, else pods, else what manifests will make."""

from typing import Any

import pytest

from core.cluster import Cluster, replace
from core.endpoints import Endpoint, Endpoints, entry_endpoints, service_endpoints
from core.model import (
    Container,
    EndpointSlice,
    Object,
    Pod,
    Service,
    ServiceEntry,
    ServicePort,
    SliceEndpoint,
    WorkloadEndpoint,
    WorkloadEntry,
)
from core.outcomes import texts
from core.paths import resolve
from tests import build
from tests.looking import path_of

CART = build.service("shop", "cart", "10.96.0.10")
APP = {"app": "cart"}


def cart_pod(number: int = 1, **more: Any) -> Pod:
    return build.pod("shop", f"cart-{number}", f"10.244.0.{9 + number}", APP, **more)


def found(row: Service | ServiceEntry, *rows: Object, observed: bool = True, port: int = 0) -> Endpoints:
    cluster: Cluster = build.cluster(row, *rows, observed=observed)
    wanted = row.ports[port]
    if isinstance(row, Service):
        return service_endpoints(cluster, row, wanted)
    return entry_endpoints(cluster, row, wanted)


def ready(row: Service | ServiceEntry, *rows: Object, port: int = 0) -> list[str]:
    return list(texts(found(row, *rows, port=port)))


def sliced(*endpoints: SliceEndpoint, **ports: int) -> EndpointSlice:
    return build.endpoint_slice("shop", "cart", *endpoints, **ports)


def one(address: str, **more: Any) -> SliceEndpoint:
    return SliceEndpoint(address=address, **more)


# --- slices --------------------------------------------------------------------------------------------------------


def test_slices_count_and_pods_do_not() -> None:
    assert ready(CART, sliced(one("10.0.0.1"), one("10.0.0.2")), cart_pod()) == [
        "10.0.0.1:8080",
        "10.0.0.2:8080",
    ]


def test_an_empty_slice_is_an_answer() -> None:
    answer = found(CART, sliced(), cart_pod())
    assert (answer.items, answer.known) == ([], True)


def test_unready_endpoints_stand_apart() -> None:
    answer = found(CART, sliced(one("10.0.0.1"), one("10.0.0.2", ready=False)))
    assert list(texts(answer)) == ["10.0.0.1:8080"]
    assert [str(one) for one in answer.unready] == ["10.0.0.2:8080"]
    assert list(texts(answer.with_unready())) == ["10.0.0.1:8080", "10.0.0.2:8080"]


def test_ipv6_endpoints_are_in_brackets() -> None:
    assert ready(CART, sliced(one("fd00::1"))) == ["[fd00::1]:8080"]


def test_a_slice_without_the_port_has_none() -> None:
    assert ready(CART, sliced(one("10.0.0.1"), metrics=9090)) == []


def test_several_slices_add_up() -> None:
    second = replace(sliced(one("10.0.0.2"), http=9090), name="cart-z")
    assert ready(CART, sliced(one("10.0.0.1")), second) == ["10.0.0.1:8080", "10.0.0.2:9090"]


def test_a_slice_names_the_pod_behind_an_endpoint() -> None:
    answer = found(CART, sliced(one("10.244.0.10", pod="cart-1", node="node-b")), cart_pod())
    endpoint = answer.items[0]
    assert (endpoint.node, str(endpoint.subject and endpoint.subject.ref)) == ("node-b", "Pod/shop/cart-1")


# --- pods ----------------------------------------------------------------------------------------------------------


def test_pods_where_a_service_has_no_slice() -> None:
    other = build.endpoint_slice("shop", "other", one("10.0.0.9"))
    assert ready(CART, other, cart_pod(), cart_pod(2)) == ["10.244.0.10:8080", "10.244.0.11:8080"]


def test_only_selected_ready_pods_of_the_namespace_count() -> None:
    rows = (
        cart_pod(),
        cart_pod(2, ready=False),
        cart_pod(3, finished=True),
        build.pod("shop", "stock-1", "10.244.0.20", {"app": "stock"}),
        build.pod("store", "cart-1", "10.244.0.21", APP),
    )
    assert ready(CART, *rows) == ["10.244.0.10:8080"]


def test_pods_that_are_published_before_they_are_ready() -> None:
    early = build.service("shop", "cart", "10.96.0.10", publish_not_ready=True)
    assert ready(early, cart_pod(ready=False)) == ["10.244.0.10:8080"]


@pytest.mark.parametrize(
    ("target", "ports", "expected"),
    [
        (8080, {}, ["10.244.0.10:8080"]),
        (None, {}, ["10.244.0.10:80"]),
        (0, {}, ["10.244.0.10:80"]),
        ("web", {"web": 9090}, ["10.244.0.10:9090"]),
        ("web", {}, []),
    ],
)
def test_target_ports(target: int | str | None, ports: dict[str, int], expected: list[str]) -> None:
    row = build.service("shop", "cart", "10.96.0.10", ports=(ServicePort(port=80, target=target),))
    assert ready(row, cart_pod(ports=ports)) == expected


def test_a_running_cluster_without_a_matching_pod_has_no_endpoint() -> None:
    answer = found(CART, build.pod("shop", "stock-1", "10.244.0.20", {"app": "stock"}))
    assert (list(answer.items), answer.known, answer.present) == ([], True, False)


@pytest.mark.parametrize("observed", [True, False])
def test_a_service_without_selector_and_slice(observed: bool) -> None:
    row = build.service("shop", "cart", "10.96.0.10", selector={})
    answer = found(row, cart_pod(), observed=observed)
    assert (list(answer.items), answer.known) == ([], observed)


# --- manifests -----------------------------------------------------------------------------------------------------


def deployment(**more: Any) -> Object:
    return build.workload("shop", "cart", APP, **more)


def test_a_template_stands_for_pods_to_come() -> None:
    answer = found(CART, deployment(), observed=False)
    assert list(texts(answer)) == ["Deployment/shop/cart:8080"]
    assert (answer.known, answer.predicted) == (True, True)


def test_a_named_port_of_a_template() -> None:
    row = build.service("shop", "cart", "10.96.0.10", ports=(ServicePort(port=80, target="web"),))
    container = Container(name="cart", ports={"web": 9090})
    answer = found(row, deployment(containers=(container,)), observed=False)
    assert list(texts(answer)) == ["Deployment/shop/cart:9090"]


def test_a_workload_without_replicas_makes_no_pods() -> None:
    answer = found(CART, deployment(replicas=0), observed=False)
    assert (list(answer.items), answer.known) == ([], True)


def test_without_workload_nor_pod_nothing_is_known() -> None:
    answer = found(CART, observed=False)
    assert (list(answer.items), answer.known, answer.present) == ([], False, True)


def test_a_manifest_of_a_pod_tells_nothing_of_other_services() -> None:
    bare = build.pod("shop", "stock-1", "", {"app": "stock"}, ready=None)
    assert found(CART, bare, deployment(), observed=False).predicted
    assert not found(CART, bare, observed=False).known


def test_a_slice_written_by_hand_tells_nothing_of_other_services() -> None:
    by_hand = build.endpoint_slice("shop", "outside", one("192.0.2.1"))
    assert found(CART, by_hand, deployment(), observed=False).predicted
    of_pods = build.endpoint_slice("shop", "other", one("10.244.0.9", pod="other-1"))
    assert found(CART, of_pods, deployment()).known
    assert list(found(CART, of_pods, deployment()).items) == []


def test_a_manifest_of_a_pod_is_an_endpoint_to_come() -> None:
    bare = replace(cart_pod(ready=None), ips=())
    answer = found(CART, bare, observed=False)
    assert list(texts(answer)) == ["Pod/shop/cart-1:8080"]
    assert answer.predicted


def test_in_a_running_cluster_templates_do_not_stand_for_pods() -> None:
    answer = found(CART, deployment(), build.pod("shop", "stock-1", "10.244.0.20", {"app": "stock"}))
    assert (list(answer.items), answer.known) == ([], True)


# --- ServiceEntries ------------------------------------------------------------------------------------------------


def entry(**more: Any) -> ServiceEntry:
    return build.entry("shop", "bank", "240.0.0.1", **{"endpoints": (), **more})


def test_inline_endpoints_with_their_own_ports() -> None:
    endpoints = (
        WorkloadEndpoint(address="192.0.2.10"),
        WorkloadEndpoint(address="2001:db8::1", ports={"http": 8443}),
        WorkloadEndpoint(address="192.0.2.12", ports={"other": 1}),
    )
    assert ready(entry(endpoints=endpoints)) == ["192.0.2.10:80", "[2001:db8::1]:8443", "192.0.2.12:80"]


def test_the_target_port_of_a_service_entry() -> None:
    row = entry(
        endpoints=(WorkloadEndpoint(address="192.0.2.10"),),
        ports=(ServicePort(port=80, name="http", target=8080),),
    )
    assert ready(row) == ["192.0.2.10:8080"]


def test_selected_pods_and_workload_entries() -> None:
    row = entry(selector=APP)
    rows = (
        cart_pod(),
        cart_pod(2, ready=False),
        WorkloadEntry(namespace="shop", name="one", labels=APP, address="192.0.2.20"),
        WorkloadEntry(namespace="shop", name="two", labels=APP, address="192.0.2.21", ports={"http": 8443}),
        WorkloadEntry(namespace="shop", name="sick", labels=APP, address="192.0.2.22", healthy=False),
        WorkloadEntry(namespace="shop", name="nowhere", labels=APP),
        WorkloadEntry(namespace="store", name="away", labels=APP, address="192.0.2.23"),
    )
    answer = found(row, *rows)
    assert list(texts(answer)) == ["10.244.0.10:80", "192.0.2.20:80", "192.0.2.21:8443"]
    assert [str(one) for one in answer.unready] == ["10.244.0.11:80", "192.0.2.22:80"]


@pytest.mark.parametrize("resolution", ["DNS", "DNS_ROUND_ROBIN", "DYNAMIC_DNS"])
def test_names_stand_for_themselves(resolution: str) -> None:
    row = entry(resolution=resolution, hosts=("a.example.com", "b.example.com"))
    assert ready(row) == ["a.example.com:80", "b.example.com:80"]


def test_inline_endpoints_of_a_name() -> None:
    row = entry(resolution="DNS", endpoints=(WorkloadEndpoint(address="api.example.com"),))
    assert ready(row) == ["api.example.com:80"]


def test_a_static_service_entry_without_endpoints_has_none() -> None:
    answer = found(entry())
    assert (list(answer.items), answer.known) == ([], True)


def test_a_selector_over_manifests() -> None:
    answer = found(entry(selector=APP), deployment(), observed=False)
    assert (list(texts(answer)), answer.predicted) == (["Deployment/shop/cart:80"], True)
    assert not found(entry(selector=APP), observed=False).known


# --- nodes ---------------------------------------------------------------------------------------------------------

NEAR = Endpoint(address="10.0.0.1", port=80, node="node-a")
FAR = Endpoint(address="10.0.0.2", port=80, node="node-b")
NOWHERE = Endpoint(address="Deployment/shop/cart", port=80)


@pytest.mark.parametrize(
    ("nodes", "expected", "known"),
    [
        ({"node-a"}, [NEAR, NOWHERE], True),
        ({"node-a", "node-b"}, [NEAR, FAR, NOWHERE], True),
        ({"node-c"}, [NOWHERE], True),
        (set(), [NEAR, FAR, NOWHERE], False),
    ],
)
def test_endpoints_on_nodes(nodes: set[str], expected: list[Endpoint], known: bool) -> None:
    answer = Endpoints(items=[NEAR, FAR, NOWHERE]).on_nodes(frozenset(nodes))
    assert (list(answer.items), answer.known) == (expected, known)


def test_nothing_is_on_no_node() -> None:
    assert Endpoints().on_nodes(frozenset()) == Endpoints()


def test_unready_ones_are_filtered_alike() -> None:
    answer = Endpoints(unready=[NEAR, FAR]).on_nodes(frozenset({"node-b"}))
    assert list(answer.unready) == [FAR]


# --- what a path says ----------------------------------------------------------------------------------------------


def test_a_path_lists_the_ready_endpoints_whatever_the_verdict() -> None:
    resolution = resolve(build.world())
    for plane in ("kgateway", "istio", "agentgateway"):
        assert path_of(resolution, plane).endpoints == ["10.244.0.10:8080"]
