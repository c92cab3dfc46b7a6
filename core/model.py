"""The objects a path depends on, as immutable rows.

Rows hold what the rules need and nothing else. They are built by `core.manifests` from Kubernetes
objects; no row knows where its source was read from but by the `where` text.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, dataclass_transform

import msgspec

Labels = Mapping[str, str]
Key = tuple[str, str]
"""(namespace, name); the namespace of a cluster-scoped object is empty."""


@dataclass_transform(frozen_default=True, field_specifiers=(msgspec.field,))
class RowMeta(msgspec.StructMeta):
    """Tells type checkers what `Row` makes the default of its subclasses."""


class Row(msgspec.Struct, metaclass=RowMeta, frozen=True, kw_only=True, gc=False):
    """Base of the rows. Excluded from cyclic garbage collection: rows never refer to each other."""


class ObjectRef(Row, order=True):
    """The name of an object, printed as `Kind/namespace/name` (`Kind/name` when cluster-scoped)."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.namespace}/{self.name}" if self.namespace else f"{self.kind}/{self.name}"


class Problem(Row, order=True):
    """Something in the source that could not be used, or that a reader should know.

    `severity` is `error` (an object or a document was left out), `warning` (it was used, with a
    caveat) or `note` (it plays no part). `where` is `file#document Kind/namespace/name`, as far as known.
    """

    severity: str
    where: str
    message: str


class Object(Row):
    """What every Kubernetes object has. `created` is RFC 3339 text, empty when the source has none."""

    KIND: ClassVar[str] = ""

    namespace: str
    name: str
    labels: Labels = msgspec.field(default_factory=dict)
    annotations: Labels = msgspec.field(default_factory=dict)
    created: str = ""
    where: str = ""
    read_labels: Labels | None = None
    """The labels as they were read, where a scenario has changed them; None where it has not."""

    @property
    def key(self) -> Key:
        return (self.namespace, self.name)

    @property
    def kind(self) -> str:
        return self.KIND

    @property
    def ref(self) -> ObjectRef:
        return ObjectRef(kind=self.kind, namespace=self.namespace, name=self.name)


class LabelSelector(Row):
    """A metav1.LabelSelector. Without any requirement it matches every label set."""

    match_labels: Labels = msgspec.field(default_factory=dict)
    expressions: Sequence[tuple[str, str, Sequence[str]]] = ()
    """(key, operator, values)"""

    def matches(self, labels: Labels) -> bool:
        """Whether `labels` meet every requirement; an unknown operator matches nothing."""
        return selects(self.match_labels, labels) and all(
            _meets(labels, key, operator, values) for key, operator, values in self.expressions
        )


def selects(selector: Labels, labels: Labels) -> bool:
    """Whether each key of `selector` has the same value in `labels`."""
    return all(labels.get(key) == value for key, value in selector.items())


def _meets(labels: Labels, key: str, operator: str, values: Sequence[str]) -> bool:
    match operator:
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
        case _:
            return False


class Namespace(Object):
    """A core/v1 Namespace."""

    KIND = "Namespace"


class GatewayClass(Object, kw_only=True):
    """A Gateway API GatewayClass; `controller` is its `spec.controllerName`."""

    KIND = "GatewayClass"

    controller: str


class Address(Row):
    """An entry of a Gateway's `status.addresses`. `type` is `IPAddress`, `Hostname` or another word."""

    type: str
    value: str


class AllowedRoutes(Row):
    """`allowedRoutes` of a listener; `origin` is `Same`, `All`, `Selector` or `None`."""

    origin: str = "Same"
    selector: LabelSelector | None = None
    kinds: Sequence[tuple[str, str]] = ()
    """(group, kind); empty means the kinds that the listener's protocol implies."""

    def admits(self, own_namespace: str, namespace: str, labels: Labels) -> bool:
        """Whether an object of `namespace` (with these `labels`) may attach to a Gateway in `own_namespace`."""
        match self.origin:
            case "All":
                return True
            case "Selector":
                return self.selector is not None and self.selector.matches(labels)
            case "None":
                return False
            case _:
                return own_namespace == namespace


class Listener(Row):
    """A listener of a Gateway. `hostname` and `tls_mode` are empty where it has none."""

    name: str
    port: int
    protocol: str
    hostname: str = ""
    tls_mode: str = ""
    allowed: AllowedRoutes = AllowedRoutes()


class Gateway(Object, kw_only=True):
    """A Gateway API Gateway. `addresses` is None where the source carries no status at all."""

    KIND = "Gateway"

    class_name: str
    listeners: Sequence[Listener] = ()
    addresses: Sequence[Address] | None = None
    allowed_listeners: AllowedRoutes = AllowedRoutes(origin="None")
    """Which namespaces' ListenerSets may add listeners; it has no kinds."""
    pod_labels: Labels = msgspec.field(default_factory=dict)
    pod_annotations: Labels = msgspec.field(default_factory=dict)
    """`spec.infrastructure` labels and annotations: what the controller puts on the gateway's pods."""


class ParentRef(Row):
    """A parentRef with its defaults filled in; an empty `section` and no `port` mean every listener."""

    group: str
    kind: str
    namespace: str
    name: str
    section: str = ""
    port: int | None = None


class ListenerSet(Object, kw_only=True):
    """A ListenerSet, or an XListenerSet of the experimental API: `set_kind` says which. Its listeners join `parent`'s."""

    set_kind: str
    parent: ParentRef
    listeners: Sequence[Listener] = ()

    @property
    def kind(self) -> str:
        return self.set_kind

    @property
    def key(self) -> Key:
        """Tells a ListenerSet from an XListenerSet of the same name."""
        return (self.namespace, f"{self.set_kind}/{self.name}")


class ValueMatch(Row):
    """A `path`, an entry of `headers` or of `queryParams` in a match; a path has no name.

    `type` is `Exact`, `RegularExpression` or, for a path, `PathPrefix`.
    """

    type: str
    value: str
    name: str = ""


class GrpcMethod(Row):
    """`method` of a GRPCRoute's match. What is empty matches any."""

    type: str = "Exact"
    service: str = ""
    method: str = ""


class RouteMatch(Row):
    """An entry of a rule's `matches`: all of it has to hold. Without `path` any path does."""

    path: ValueMatch | None = None
    method: str = ""
    headers: Sequence[ValueMatch] = ()
    params: Sequence[ValueMatch] = ()
    grpc: GrpcMethod | None = None


class PathChange(Row):
    """`path` of a redirect or rewrite. `type` is `ReplaceFullPath` or `ReplacePrefixMatch`."""

    type: str
    value: str = ""


class HeaderFilter(Row):
    """A RequestHeaderModifier or ResponseHeaderModifier; `set` and `add` are (name, value)."""

    type: str
    set: Sequence[tuple[str, str]] = ()
    add: Sequence[tuple[str, str]] = ()
    remove: Sequence[str] = ()


class RedirectFilter(Row):
    """A RequestRedirect; what is empty stays as the request has it."""

    scheme: str = ""
    hostname: str = ""
    port: int | None = None
    path: PathChange | None = None
    status: int = 302


class RewriteFilter(Row):
    """A URLRewrite; what is empty stays as the request has it."""

    hostname: str = ""
    path: PathChange | None = None


class MirrorFilter(Row):
    """A RequestMirror; `fraction` of the requests is copied to the backend."""

    group: str
    kind: str
    namespace: str
    name: str
    port: int | None = None
    fraction: float = 1.0


class OtherFilter(Row):
    """A filter of another `type`: CORS, ExternalAuth, ExtensionRef. `text` tells what it names."""

    type: str
    text: str = ""


RouteFilter = HeaderFilter | RedirectFilter | RewriteFilter | MirrorFilter | OtherFilter


class BackendRef(Row):
    """A backendRef with its defaults filled in: the namespace is the route's unless given.

    `subset` is that of a VirtualService's destination; empty where it has none.
    """

    group: str
    kind: str
    namespace: str
    name: str
    port: int | None = None
    weight: int = 1
    filters: Sequence[RouteFilter] = ()
    subset: str = ""

    @property
    def ref(self) -> ObjectRef:
        return ObjectRef(kind=self.kind, namespace=self.namespace, name=self.name)


class RouteRule(Row):
    """A rule of a route. Without `matches` it takes every request.

    `timeouts` are (field, duration) as written, `retry` is text for a reader, empty where there is none.
    """

    backends: Sequence[BackendRef] = ()
    name: str = ""
    matches: Sequence[RouteMatch] = ()
    filters: Sequence[RouteFilter] = ()
    timeouts: Sequence[tuple[str, str]] = ()
    retry: str = ""


class Route(Object, kw_only=True):
    """An HTTPRoute, GRPCRoute, TLSRoute, TCPRoute or UDPRoute: `route_kind` says which."""

    route_kind: str
    parents: Sequence[ParentRef] = ()
    hostnames: Sequence[str] = ()
    rules: Sequence[RouteRule] = ()

    @property
    def kind(self) -> str:
        return self.route_kind


class ReferenceGrant(Object):
    """A ReferenceGrant: what may be referred to in its namespace, and from where."""

    KIND = "ReferenceGrant"

    origins: Sequence[tuple[str, str, str]] = ()
    """(group, kind, namespace)"""
    targets: Sequence[tuple[str, str, str]] = ()
    """(group, kind, name); an empty name means every object of the kind."""


class ServicePort(Row):
    """A port of a Service or ServiceEntry. `target` is a number, a container port's name, or None for `port`."""

    port: int
    name: str = ""
    protocol: str = "TCP"
    target: int | str | None = None
    app_protocol: str | None = None
    """Of a Service's port only; where it is written, also when it is empty, the name tells no protocol."""


class Condition(Row):
    """An entry of `status.conditions`; what it leaves out is empty."""

    type: str
    status: str = ""
    reason: str = ""
    message: str = ""


class Service(Object):
    """A core/v1 Service. `cluster_ips` excludes `None` and the empty text."""

    KIND = "Service"

    type: str = "ClusterIP"
    cluster_ips: Sequence[str] = ()
    headless: bool = False
    external_name: str = ""
    ports: Sequence[ServicePort] = ()
    selector: Labels = msgspec.field(default_factory=dict)
    internal_traffic_policy: str = "Cluster"
    publish_not_ready: bool = False
    conditions: Sequence[Condition] = ()
    """Of its conditions the one about its waypoint, `istio.io/WaypointBound`."""

    @property
    def awaits_cluster_ip(self) -> bool:
        """A manifest that the API server will give a ClusterIP when it is applied."""
        return not self.headless and not self.cluster_ips and self.type != "ExternalName"

    @property
    def hosts(self) -> Sequence[str]:
        return (service_host(self.namespace, self.name),)


def service_host(namespace: str, name: str) -> str:
    """The mesh-wide host name of a Service (the default cluster domain)."""
    return f"{name}.{namespace}.svc.cluster.local"


class WorkloadEndpoint(Row):
    """An inline endpoint of a ServiceEntry. `ports` maps a port's name to the endpoint's own number."""

    address: str
    ports: Mapping[str, int] = msgspec.field(default_factory=dict)
    labels: Labels = msgspec.field(default_factory=dict)


class ServiceEntry(Object):
    """A networking.istio.io ServiceEntry. `auto_addresses` are `status.addresses` as (host, value).

    `conditions` is the one about its waypoint, as for a Service.
    """

    KIND = "ServiceEntry"

    hosts: Sequence[str] = ()
    addresses: Sequence[str] = ()
    auto_addresses: Sequence[tuple[str, str]] = ()
    ports: Sequence[ServicePort] = ()
    resolution: str = "NONE"
    export_to: Sequence[str] = ()
    endpoints: Sequence[WorkloadEndpoint] = ()
    selector: Labels = msgspec.field(default_factory=dict)
    conditions: Sequence[Condition] = ()

    @property
    def vips(self) -> Sequence[str]:
        """All addresses: `spec.addresses`, then `status.addresses`."""
        return (*self.addresses, *(value for _, value in self.auto_addresses))

    @property
    def uses_dns(self) -> bool:
        return self.resolution in ("DNS", "DNS_ROUND_ROBIN", "DYNAMIC_DNS")


class WorkloadEntry(Object):
    """A networking.istio.io WorkloadEntry. `ports` maps a port's name to the entry's own number."""

    KIND = "WorkloadEntry"

    address: str = ""
    ports: Mapping[str, int] = msgspec.field(default_factory=dict)
    healthy: bool = True


class Pod(Object):
    """A pod. `ready` is None where the source has no status: a manifest that is not running yet.

    `by_metadata`: only the metadata was read; the rest is what other objects tell, and no `ips` means that none does.
    """

    KIND = "Pod"

    ips: Sequence[str] = ()
    ready: bool | None = None
    finished: bool = False
    node: str = ""
    host_network: bool = False
    ports: Mapping[str, int] = msgspec.field(default_factory=dict)
    """Named container ports."""
    mesh_ca: str | None = None
    """The value of a container's CA_ADDRESS; None where no container sets it."""
    by_metadata: bool = False


class SliceEndpoint(Row):
    """One address of an EndpointSlice."""

    address: str
    ready: bool = True
    node: str = ""
    pod: str = ""
    """Name of the target pod, in the slice's namespace; empty when it targets none."""


class EndpointSlice(Object, kw_only=True):
    """An EndpointSlice of a Service. `ports` maps a port's name to its number."""

    KIND = "EndpointSlice"

    service: str
    ports: Mapping[str, int] = msgspec.field(default_factory=dict)
    endpoints: Sequence[SliceEndpoint] = ()


class Env(Row):
    """The environment of one container as far as the source tells.

    `values` are literal values (and those of ConfigMaps that the source holds) with the place each was read;
    `opaque` names the sources that can't be looked into (a missing ConfigMap, a Secret).
    `unresolved` are variables whose single value comes from such a source.
    """

    values: Mapping[str, tuple[str, str]] = msgspec.field(default_factory=dict)
    opaque: Sequence[str] = ()
    unresolved: Mapping[str, str] = msgspec.field(default_factory=dict)


class EnvSource(Row):
    """A `valueFrom` or `envFrom` entry, before the ConfigMap it names is looked up.

    `variable` is empty for `envFrom`. `kind` is `ConfigMap`, `Secret` or the word of another source.
    """

    variable: str = ""
    kind: str = ""
    name: str = ""
    key: str = ""
    prefix: str = ""


class Container(Row):
    """A container of a workload's template."""

    name: str
    image: str = ""
    env: Mapping[str, str] = msgspec.field(default_factory=dict)
    env_sources: Sequence[EnvSource] = ()
    ports: Mapping[str, int] = msgspec.field(default_factory=dict)


class Workload(Object, kw_only=True):
    """A Deployment, StatefulSet or DaemonSet: `workload_kind` says which; `template_*` describe its pods."""

    workload_kind: str
    replicas: int = 1
    template_labels: Labels = msgspec.field(default_factory=dict)
    template_annotations: Labels = msgspec.field(default_factory=dict)
    host_network: bool = False
    containers: Sequence[Container] = ()

    @property
    def kind(self) -> str:
        return self.workload_kind

    @property
    def key(self) -> Key:
        """Tells a Deployment from a StatefulSet of the same name."""
        return (self.namespace, f"{self.workload_kind}/{self.name}")


class ConfigMap(Object):
    """A ConfigMap, kept only for a controller's environment and for MeshConfig."""

    KIND = "ConfigMap"

    data: Mapping[str, str] = msgspec.field(default_factory=dict)


class KgatewayBackend(Object):
    """A gateway.kgateway.dev Backend: kgateway's own kind of upstream, never redirected to a waypoint."""

    KIND = "Backend"

    type: str = ""
    hosts: Sequence[str] = ()
    """`host:port` of a static Backend."""


def bracketed(address: str, port: int | str) -> str:
    """`address:port`, an IPv6 address in brackets."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def is_range(address: str) -> bool:
    """Whether `address` is a CIDR range of more than one address."""
    base, slash, length = address.partition("/")
    return bool(slash) and length != ("128" if ":" in base else "32")


def port_named(ports: Iterable[ServicePort], number: int | None) -> ServicePort | None:
    """The first of `ports` with that number, else None."""
    return next((port for port in ports if port.port == number), None)
