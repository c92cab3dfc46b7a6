"""Clusters for tests, built of the model's rows: a call an object, and a cluster with some of everything."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core import labels as names
from core.cluster import (
    Cluster,
    MeshConfig,
    Pods,
    Selectable,
    ServiceEntries,
    Services,
    Slices,
    Table,
    Workloads,
)
from core.controllers import find_controllers
from core.model import (
    Address,
    AllowedRoutes,
    BackendRef,
    ConfigMap,
    Container,
    EndpointSlice,
    EnvSource,
    Gateway,
    GatewayClass,
    KgatewayBackend,
    Labels,
    Listener,
    Namespace,
    Object,
    ParentRef,
    Pod,
    ReferenceGrant,
    Route,
    RouteRule,
    Service,
    ServiceEntry,
    ServicePort,
    SliceEndpoint,
    Workload,
    WorkloadEndpoint,
    WorkloadEntry,
    service_host,
)

GATEWAY_API = "gateway.networking.k8s.io"
IMAGES = {
    "kgateway": "cr.kgateway.dev/kgateway",
    "istiod": "istio/pilot",
    "agentgateway": "agentgateway-controller",
}
HOMES = {"kgateway": "kgateway-system", "istiod": "istio-system", "agentgateway": "agentgateway-system"}


def namespace(name: str, labels: Labels | None = None) -> Namespace:
    return Namespace(namespace="", name=name, labels=labels or {}, where="cluster.yaml#1")


def gateway_class(name: str, controller: str) -> GatewayClass:
    return GatewayClass(namespace="", name=name, controller=controller)


def gateway(namespace: str, name: str, class_name: str, **more: Any) -> Gateway:
    """An ingress Gateway with one HTTP listener that admits routes from everywhere."""
    listener = Listener(name="http", port=80, protocol="HTTP", allowed=AllowedRoutes(origin="All"))
    return Gateway(
        namespace=namespace,
        name=name,
        class_name=class_name,
        **{"listeners": (listener,), "addresses": (), **more},
    )


def waypoint(namespace: str, name: str = "waypoint", labels: Labels | None = None, **more: Any) -> Gateway:
    """A waypoint that is ready and admits every namespace; its Service and pod are apart."""
    listener = Listener(name="mesh", port=15008, protocol="HBONE", allowed=AllowedRoutes(origin="All"))
    address = Address(type="Hostname", value=service_host(namespace, name))
    settings: dict[str, Any] = {"listeners": (listener,), "addresses": (address,), **more}
    return Gateway(
        namespace=namespace, name=name, class_name="istio-waypoint", labels=labels or {}, **settings
    )


def service(
    namespace: str, name: str, *ips: str, port: int = 80, labels: Labels | None = None, **more: Any
) -> Service:
    """A Service that selects the pods with `app: NAME`; headless without `ips`."""
    return Service(
        namespace=namespace,
        name=name,
        labels=labels or {},
        **{
            "cluster_ips": ips,
            "headless": not ips,
            "ports": (ServicePort(port=port, name="http", target=8080),),
            "selector": {"app": name},
            **more,
        },
    )


def entry(
    namespace: str, name: str, *addresses: str, labels: Labels | None = None, **more: Any
) -> ServiceEntry:
    """A ServiceEntry of resolution STATIC with one endpoint."""
    return ServiceEntry(
        namespace=namespace,
        name=name,
        labels=labels or {},
        **{
            "hosts": (f"{name}.example.com",),
            "addresses": addresses,
            "ports": (ServicePort(port=80, name="http"),),
            "resolution": "STATIC",
            "endpoints": (WorkloadEndpoint(address="192.0.2.10"),),
            **more,
        },
    )


def pod(namespace: str, name: str, ip: str, labels: Labels, *, captured: bool = False, **more: Any) -> Pod:
    annotations = {names.REDIRECTION: "enabled"} if captured else {}
    settings = {"ready": True, "node": "node-a", "annotations": annotations, **more}
    return Pod(namespace=namespace, name=name, ips=(ip,), labels=labels, **settings)


GROUPS = {"Service": "", "ServiceEntry": "networking.istio.io", "Backend": "gateway.kgateway.dev"}


def backend(row: Object, *, weight: int = 1) -> BackendRef:
    """A backendRef to the first port of `row`; a kgateway Backend has none."""
    port = row.ports[0].port if isinstance(row, Service | ServiceEntry) else None
    return BackendRef(
        group=GROUPS[row.kind],
        kind=row.kind,
        namespace=row.namespace,
        name=row.name,
        port=port,
        weight=weight,
    )


def route(
    name: str, backends: Sequence[BackendRef], gateways: Iterable[Gateway], namespace: str = ""
) -> Route:
    """An HTTPRoute in the backends' namespace, with a rule for each of them."""
    parents = tuple(
        ParentRef(group=GATEWAY_API, kind="Gateway", namespace=one.namespace, name=one.name)
        for one in gateways
    )
    return Route(
        namespace=namespace or backends[0].namespace,
        name=name,
        route_kind="HTTPRoute",
        parents=parents,
        rules=tuple(RouteRule(backends=(one,)) for one in backends),
    )


def workload(namespace: str, name: str, labels: Labels, **more: Any) -> Workload:
    """A Deployment whose pods carry `labels`."""
    settings: dict[str, Any] = {"workload_kind": "Deployment", "template_labels": labels, **more}
    return Workload(namespace=namespace, name=name, **settings)


def controller(
    name: str, version: str, env: Mapping[str, str] | None = None, sources: Sequence[EnvSource] = ()
) -> Workload:
    """The Deployment of a control plane, in the namespace where it is usually installed."""
    container = Container(
        name="controller", image=f"{IMAGES[name]}:{version}", env=env or {}, env_sources=sources
    )
    return Workload(
        namespace=HOMES[name],
        name=name,
        workload_kind="Deployment",
        containers=(container,),
        where="cluster.yaml#2",
    )


def endpoint_slice(namespace: str, service: str, *endpoints: SliceEndpoint, **ports: int) -> EndpointSlice:
    """The EndpointSlice of a Service; `ports` are names with numbers, `http` on 8080 unless given."""
    return EndpointSlice(
        namespace=namespace,
        name=f"{service}-slice",
        service=service,
        ports=ports or {"http": 8080},
        endpoints=endpoints,
    )


def cluster(*rows: Object, observed: bool = True, mesh: MeshConfig | None = None) -> Cluster:
    """A cluster of `rows`, its controllers found among them."""

    def of(kind: type[Any]) -> list[Any]:
        return [row for row in rows if isinstance(row, kind)]

    config_maps = Table.of(of(ConfigMap))
    controllers, _ = find_controllers(of(Workload), config_maps)
    return Cluster(
        namespaces=Table.of(of(Namespace)),
        gateway_classes=Table.of(of(GatewayClass)),
        gateways=Table.of(of(Gateway)),
        routes=tuple(of(Route)),
        services=Services.of(of(Service)),
        service_entries=ServiceEntries.of(of(ServiceEntry)),
        workload_entries=Selectable.of(of(WorkloadEntry)),
        pods=Pods.of(of(Pod)),
        slices=Slices.of(of(EndpointSlice)),
        workloads=Workloads.of(of(Workload)),
        config_maps=config_maps,
        backends=Table.of(of(KgatewayBackend)),
        grants=Table.of(of(ReferenceGrant)),
        mesh=mesh or MeshConfig(),
        controllers=controllers,
        observed=observed,
    )


CLASSES = (
    gateway_class("kgateway", "kgateway.dev/kgateway"),
    gateway_class("istio", "istio.io/gateway-controller"),
    gateway_class("agentgateway", "agentgateway.dev/agentgateway"),
    gateway_class("istio-waypoint", "istio.io/mesh-controller"),
)

USE = {names.USE_WAYPOINT: "waypoint"}
INGRESS = {names.INGRESS_USE_WAYPOINT: "true"}


KGATEWAY_ENV = {names.KGW_ENABLE_WAYPOINT: "true", names.KGW_ENABLE_ISTIO_INTEGRATION: "true"}
ISTIOD_ENV = {names.PILOT_ENABLE_AMBIENT: "true"}
AGENTGATEWAY_ENV = {names.CA_ADDRESS: "https://istiod.istio-system.svc:15012"}


def cart(*ips: str, labels: Labels | None = None, **more: Any) -> Service:
    """The Service `shop/cart`, by default with a ClusterIP and the labels that send ingress through its waypoint."""
    return service("shop", "cart", *(ips or ("10.96.0.10",)), labels=through(labels), **more)


def through(labels: Labels | None = None) -> Labels:
    """`labels`, by default those that send ingress through the waypoint of the namespace."""
    return {**USE, **INGRESS} if labels is None else labels


def world(
    *more: Object,
    without: Iterable[str] = (),
    kgateway: str = "v2.2.0",
    istiod: str = "1.30.3",
    agentgateway: str = "v1.2.0",
    mesh: MeshConfig | None = None,
    observed: bool = True,
) -> Cluster:
    """A gateway of each data plane before `shop/cart`, with every gate open: all three paths pass the waypoint.

    `more` and `without` change it as they change `shop`. What routes refer to is every row of `more` that can be a
    backend.
    """
    gateways = [gateway("infra", name, name) for name in ("kgateway", "istio", "agentgateway")]
    rows: list[Object] = [
        *CLASSES,
        *gateways,
        *map(namespace, ("infra", "shop", "istio-system")),
        waypoint("shop"),
        waypoint_service("shop"),
        pod("shop", "waypoint-1", "10.244.0.9", {names.GATEWAY_NAME: "waypoint"}),
        cart(),
        pod("shop", "cart-1", "10.244.0.10", {"app": "cart"}, captured=True),
        *(
            pod("infra", f"{one.name}-1", f"10.244.1.{number}", {names.GATEWAY_NAME: one.name}, captured=True)
            for number, one in enumerate(gateways, 1)
        ),
        controller("kgateway", kgateway, KGATEWAY_ENV),
        controller("istiod", istiod, ISTIOD_ENV),
        controller("agentgateway", agentgateway, AGENTGATEWAY_ENV),
    ]
    found = {str(row.ref): row for row in [*rows, *more]}
    left = [row for name, row in found.items() if name not in set(without)]
    if not any(isinstance(row, Route) for row in more):
        backends = [backend(row) for row in left if _may_be_backend(row)]
        left.append(route("all", backends, gateways, "shop"))
    return cluster(*left, observed=observed, mesh=mesh)


def _may_be_backend(row: Object) -> bool:
    if isinstance(row, Service):
        return bool(row.ports) and row.ports[0].port != 15008
    return isinstance(row, ServiceEntry | KgatewayBackend)


def waypoint_service(namespace: str, name: str = "waypoint", ip: str = "10.96.0.99", **more: Any) -> Service:
    """The Service of a waypoint, as istiod makes it."""
    settings: dict[str, Any] = {
        "labels": {names.MANAGED_BY: names.MANAGED_WAYPOINT},
        "selector": {names.GATEWAY_NAME: name},
        "ports": (ServicePort(port=15008, name="mesh"),),
        **more,
    }
    return service(namespace, name, ip, port=15008, **settings)


def shop(
    *more: Object, without: Iterable[str] = (), kgateway: str = "v2.2.0", istiod: str = "1.30.3"
) -> Cluster:
    """A shop behind a gateway of each data plane. Nothing passes the waypoint yet; `cart` is bound to it.

    `more` rows take the place of those of the same kind, namespace and name; `without` names rows to leave
    out, as `Kind/namespace/name`.
    """
    gateways = [gateway("infra", name, name) for name in ("kgateway", "istio", "agentgateway")]
    cart = service("shop", "cart", "10.96.0.10", labels=USE)
    stock = service("store", "stock", "10.96.0.20", "fd00::20")
    orders, bills = service("shop", "orders"), service("shop", "bills")
    bank = entry("shop", "bank", "240.0.0.1")
    mail = entry("shop", "mail", auto_addresses=(("mail.example.com", "240.240.0.1"),))
    rows: list[Object] = [
        *CLASSES,
        *gateways,
        *map(namespace, ("infra", "shop", "istio-system", "kgateway-system")),
        waypoint("shop"),
        waypoint_service("shop"),
        pod("shop", "waypoint-1", "10.244.0.9", {names.GATEWAY_NAME: "waypoint"}),
        *(cart, stock, orders, bills, bank, mail),
        pod("shop", "cart-1", "10.244.0.10", {"app": "cart"}, captured=True),
        pod("store", "stock-1", "10.244.0.20", {"app": "stock"}),
        pod("shop", "orders-1", "10.244.0.30", {"app": "orders"}),
        pod("shop", "bills-1", "10.244.0.40", {"app": "bills"}),
        pod("infra", "kgateway-1", "10.244.1.1", {names.GATEWAY_NAME: "kgateway"}, captured=True),
        pod("infra", "kgateway-2", "10.244.1.2", {names.GATEWAY_NAME: "kgateway"}, captured=True),
        pod("infra", "istio-1", "10.244.1.3", {names.GATEWAY_NAME: "istio"}),
        pod("infra", "agentgateway-1", "10.244.1.4", {names.GATEWAY_NAME: "agentgateway"}),
        route("shop", [backend(one) for one in (cart, orders, bills, bank, mail)], gateways),
        route("store", [backend(stock)], gateways),
        controller("kgateway", kgateway, {names.KGW_ENABLE_WAYPOINT: "true"}),
        controller("istiod", istiod, {names.PILOT_ENABLE_AMBIENT: "true"}),
    ]
    found = {str(row.ref): row for row in [*rows, *more]}
    return cluster(*(row for name, row in found.items() if name not in set(without)))
