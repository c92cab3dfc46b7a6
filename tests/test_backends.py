"""What a backendRef names, as each data plane looks it up."""

import pytest

from core.backends import look_up
from core.model import BackendRef, KgatewayBackend, Object, ObjectRef, ServicePort
from core.situation import Backend
from tests import build

ISTIO = "networking.istio.io"
KGATEWAY = "gateway.kgateway.dev"
PLANES = ["kgateway", "istio", "agentgateway", "unknown"]

CART = build.service("shop", "cart", "10.96.0.10")
BANK = build.entry("store", "bank", "240.0.0.1", created="2026-02-01T00:00:00Z")
OLDER = build.entry(
    "other", "older", "240.0.0.2", hosts=("bank.example.com",), created="2026-01-01T00:00:00Z"
)
LEGACY = KgatewayBackend(namespace="shop", name="legacy", type="Static", hosts=("192.0.2.1:80",))


def alias(name: str, external_name: str, *ports: ServicePort) -> Object:
    return build.service(
        "shop",
        name,
        type="ExternalName",
        external_name=external_name,
        headless=False,
        selector={},
        ports=ports or (ServicePort(port=80),),
    )


ROWS = (
    CART,
    BANK,
    OLDER,
    LEGACY,
    alias("to-cart", "cart.shop.svc.cluster.local"),
    alias("to-bank", "bank.example.com"),
    alias("to-alias", "to-cart.shop.svc.cluster.local"),
    alias("to-nothing", "example.com"),
    alias("round", "again.shop.svc.cluster.local"),
    alias("again", "round.shop.svc.cluster.local"),
)


def found(plane: str, name: str, kind: str = "Service", group: str = "", **more: object) -> Backend:
    namespace = str(more.get("namespace", "shop"))
    port = more.get("port", 80)
    assert port is None or isinstance(port, int)
    ref = BackendRef(group=group, kind=kind, namespace=namespace, name=name, port=port)
    return look_up(build.cluster(*ROWS), plane, "shop", "HTTPRoute", ref)


def target(backend: Backend) -> ObjectRef | None:
    return None if backend.target is None else backend.target.ref


def ref(kind: str, namespace: str, name: str) -> ObjectRef:
    return ObjectRef(kind=kind, namespace=namespace, name=name)


@pytest.mark.parametrize("plane", PLANES)
def test_a_service(plane: str) -> None:
    backend = found(plane, "cart")
    assert target(backend) == ref("Service", "shop", "cart")
    assert backend.port is not None
    assert (backend.port.port, backend.fault, backend.through) == (80, "", None)


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize(
    ("name", "port", "fault"),
    [
        ("nothing", 80, "Service/shop/nothing does not exist"),
        ("cart", 81, "Service/shop/cart has no port 81 (it has 80)"),
        ("cart", None, "the backendRef to Service/shop/cart has no port"),
    ],
)
def test_faults(plane: str, name: str, port: int | None, fault: str) -> None:
    assert found(plane, name, port=port).fault == fault


@pytest.mark.parametrize(
    ("kind", "group", "known"),
    [
        ("Service", "", {"kgateway", "istio", "agentgateway", "unknown"}),
        ("ServiceEntry", ISTIO, {"kgateway", "istio", "unknown"}),
        ("Hostname", ISTIO, {"kgateway", "istio", "unknown"}),
        ("Backend", KGATEWAY, {"kgateway", "unknown"}),
        ("Service", ISTIO, set()),
        ("Backend", "", set()),
        ("InferencePool", "inference.networking.k8s.io", set()),
    ],
)
@pytest.mark.parametrize("plane", PLANES)
def test_kinds_that_a_data_plane_resolves(plane: str, kind: str, group: str, known: set[str]) -> None:
    name = {"ServiceEntry": "bank", "Hostname": "bank.example.com", "Backend": "legacy"}.get(kind, "cart")
    namespace = "store" if kind == "ServiceEntry" else "shop"
    backend = found(plane, name, kind, group, namespace=namespace)
    assert (backend.fault == "") is (plane in known)
    assert (backend.target is not None) is (plane in known)


def test_an_unresolved_kind_is_named_with_its_group() -> None:
    assert found("istio", "legacy", "Backend", KGATEWAY).fault == (
        "istio does not resolve a backendRef of kind gateway.kgateway.dev/Backend"
    )


def test_a_backend_of_kgateway_needs_no_port() -> None:
    backend = found("kgateway", "legacy", "Backend", KGATEWAY, port=None)
    assert (target(backend), backend.port, backend.fault) == (ref("Backend", "shop", "legacy"), None, "")
    assert "does not exist" in found("kgateway", "nothing", "Backend", KGATEWAY).fault


# --- hosts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("plane", ["kgateway", "istio"])
def test_of_several_service_entries_with_a_host_the_oldest_counts(plane: str) -> None:
    backend = found(plane, "bank.example.com", "Hostname", ISTIO)
    assert target(backend) == ref("ServiceEntry", "other", "older")


@pytest.mark.parametrize(("plane", "resolves"), [("kgateway", False), ("istio", True), ("unknown", True)])
@pytest.mark.parametrize(
    "host", ["cart.shop.svc.cluster.local", "cart.shop.svc", "cart.shop.svc.example.org"]
)
def test_a_host_of_a_service(plane: str, resolves: bool, host: str) -> None:
    backend = found(plane, host, "Hostname", ISTIO)
    assert target(backend) == (ref("Service", "shop", "cart") if resolves else None)


@pytest.mark.parametrize("host", ["cart.shop", "cart", "", "nothing.shop.svc.cluster.local", "a.b.c.d"])
def test_a_host_of_nothing(host: str) -> None:
    assert found("istio", host, "Hostname", ISTIO).fault == f"nothing has the host {host}"
    assert found("kgateway", host, "Hostname", ISTIO).fault == f"no ServiceEntry has the host {host}"


def test_istio_takes_no_namespace_with_a_host() -> None:
    backend = found("istio", "bank.example.com", "Hostname", ISTIO, namespace="store")
    assert (backend.target, backend.fault) == (None, "a backendRef of kind Hostname may not name a namespace")
    assert found("kgateway", "bank.example.com", "Hostname", ISTIO, namespace="store").fault == ""


# --- ExternalName --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("to-cart", ref("Service", "shop", "cart")),
        ("to-alias", ref("Service", "shop", "cart")),
        ("to-bank", ref("ServiceEntry", "other", "older")),
    ],
)
def test_istio_follows_aliases(name: str, expected: ObjectRef) -> None:
    backend = found("istio", name)
    assert (target(backend), backend.fault) == (expected, "")
    assert backend.through is not None
    assert backend.through.ref == ref("Service", "shop", name)


@pytest.mark.parametrize("name", ["to-nothing", "round", "again"])
def test_aliases_of_nothing_and_of_each_other(name: str) -> None:
    backend = found("istio", name)
    assert backend.target is None
    assert backend.through is not None
    assert f"Service/shop/{name} is an ExternalName for" in backend.fault


@pytest.mark.parametrize("plane", ["kgateway", "agentgateway", "unknown"])
def test_others_take_an_alias_as_it_is(plane: str) -> None:
    backend = found(plane, "to-cart")
    assert (target(backend), backend.through, backend.fault) == (ref("Service", "shop", "to-cart"), None, "")


def test_an_alias_without_ports_has_no_wrong_one() -> None:
    row = build.service("shop", "bare", type="ExternalName", headless=False, ports=())
    backend = look_up(
        build.cluster(row),
        "kgateway",
        "shop",
        "HTTPRoute",
        BackendRef(group="", kind="Service", namespace="shop", name="bare", port=80),
    )
    assert backend.fault == ""
