"""Kubernetes objects as they are written: the fields that decide a path, and their types.

msgspec reads an object into one of these and says where a field has another type than the API server takes. What a
manifest may leave out or write as `null` is optional; a field without a default is one that the API server demands.
"""

# ruff: noqa: D101 - the names are those of the Kubernetes API

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from core.model import RowMeta

Port = Annotated[int, Meta(ge=0, le=65535)]
Strings = dict[str, str]


class Wire(msgspec.Struct, metaclass=RowMeta, frozen=True, gc=False, rename="camel"):
    """Base of the wire types; fields that are not named are skipped."""


class Metadata(Wire):
    name: str | None = None
    namespace: str | None = None
    labels: Strings | None = None
    annotations: Strings | None = None
    creation_timestamp: str | None = None
    deletion_timestamp: str | None = None


class Head(Wire):
    """What every document is looked at for first."""

    api_version: str | None = None
    kind: str | None = None


class ListHead(Wire):
    """A kubectl `List`, or a typed list as the API server answers with it."""

    api_version: str | None = None
    kind: str | None = None
    items: list[msgspec.Raw] | None = None


class Thing(Wire):
    """Any object, as far as its metadata goes."""

    metadata: Metadata | None = None


class Requirement(Wire):
    key: str
    operator: str
    values: list[str] | None = None


class Selector(Wire):
    match_labels: Strings | None = None
    match_expressions: list[Requirement] | None = None


class Condition(Wire):
    type: str | None = None
    status: str | None = None
    reason: str | None = None
    message: str | None = None


class Namespace(Thing):
    pass


# --- core/v1, discovery.k8s.io and apps -----------------------------------------------------------------------------


class ServicePort(Wire):
    port: Port
    name: str | None = None
    protocol: str | None = None
    app_protocol: str | None = None
    target_port: Port | str | None = None


class ServiceSpec(Wire):
    type: str | None = None
    cluster_ip: str | None = msgspec.field(default=None, name="clusterIP")
    cluster_ips: list[str] | None = msgspec.field(default=None, name="clusterIPs")
    external_name: str | None = None
    ports: list[ServicePort] | None = None
    selector: Strings | None = None
    internal_traffic_policy: str | None = None
    publish_not_ready_addresses: bool | None = None


class ConditionStatus(Wire):
    conditions: list[Condition] | None = None


class Service(Thing):
    spec: ServiceSpec | None = None
    status: ConditionStatus | None = None


class ContainerPort(Wire):
    container_port: Port
    name: str | None = None


class NamedKey(Wire):
    name: str | None = None
    key: str | None = None


class ValueFrom(Wire):
    config_map_key_ref: NamedKey | None = None
    secret_key_ref: NamedKey | None = None
    field_ref: Any = None
    resource_field_ref: Any = None


class EnvVar(Wire):
    name: str
    value: str | None = None
    value_from: ValueFrom | None = None


class EnvFrom(Wire):
    prefix: str | None = None
    config_map_ref: NamedKey | None = None
    secret_ref: NamedKey | None = None


class Container(Wire):
    name: str | None = None
    image: str | None = None
    env: list[EnvVar] | None = None
    env_from: list[EnvFrom] | None = None
    ports: list[ContainerPort] | None = None
    restart_policy: str | None = None


class PodSpec(Wire):
    node_name: str | None = None
    host_network: bool | None = None
    containers: list[Container] | None = None
    init_containers: list[Container] | None = None


class PodIP(Wire):
    ip: str | None = None


class PodStatus(Wire):
    phase: str | None = None
    pod_ip: str | None = msgspec.field(default=None, name="podIP")
    pod_ips: list[PodIP] | None = msgspec.field(default=None, name="podIPs")
    conditions: list[Condition] | None = None


class Pod(Thing):
    spec: PodSpec | None = None
    status: PodStatus | None = None


class PodTemplate(Wire):
    metadata: Metadata | None = None
    spec: PodSpec | None = None


class WorkloadSpec(Wire):
    replicas: int | None = None
    template: PodTemplate | None = None


class Workload(Thing):
    spec: WorkloadSpec | None = None


class ConfigMap(Thing):
    data: Strings | None = None


class SlicePort(Wire):
    name: str | None = None
    port: Port | None = None


class SliceConditions(Wire):
    ready: bool | None = None


class TargetRef(Wire):
    kind: str | None = None
    name: str | None = None


class SliceEndpoint(Wire):
    addresses: list[str] | None = None
    conditions: SliceConditions | None = None
    node_name: str | None = None
    target_ref: TargetRef | None = None


class EndpointSlice(Thing):
    ports: list[SlicePort] | None = None
    endpoints: list[SliceEndpoint] | None = None


# --- gateway.networking.k8s.io and gateway.kgateway.dev -------------------------------------------------------------


class GatewayClassSpec(Wire):
    controller_name: str


class GatewayClass(Thing, kw_only=True):
    spec: GatewayClassSpec


class GroupKind(Wire):
    kind: str
    group: str | None = None


class RouteNamespaces(Wire):
    from_: str | None = msgspec.field(default=None, name="from")
    selector: Selector | None = None


class AllowedRoutes(Wire):
    namespaces: RouteNamespaces | None = None
    kinds: list[GroupKind] | None = None


class ListenerTls(Wire):
    mode: str | None = None


class Listener(Wire):
    name: str
    port: Port
    protocol: str
    hostname: str | None = None
    tls: ListenerTls | None = None
    allowed_routes: AllowedRoutes | None = None


class Infrastructure(Wire):
    labels: Strings | None = None
    annotations: Strings | None = None


class AllowedListeners(Wire):
    namespaces: RouteNamespaces | None = None


class GatewaySpec(Wire):
    gateway_class_name: str
    listeners: list[Listener] | None = None
    allowed_listeners: AllowedListeners | None = None
    infrastructure: Infrastructure | None = None


class GatewayAddress(Wire):
    value: str
    type: str | None = None


class GatewayStatus(Wire):
    addresses: list[GatewayAddress] | None = None
    conditions: list[Condition] | None = None


class Gateway(Thing, kw_only=True):
    spec: GatewaySpec
    status: GatewayStatus | None = None


class ParentRef(Wire):
    name: str
    group: str | None = None
    kind: str | None = None
    namespace: str | None = None
    section_name: str | None = None
    port: Port | None = None


class ListenerSetSpec(Wire):
    parent_ref: ParentRef
    listeners: list[Listener] | None = None


class ListenerSet(Thing, kw_only=True):
    spec: ListenerSetSpec


class ValueMatch(Wire):
    type: str | None = None
    name: str | None = None
    value: str | None = None


class GrpcMethod(Wire):
    type: str | None = None
    service: str | None = None
    method: str | None = None


class RouteMatch(Wire):
    path: ValueMatch | None = None
    method: str | GrpcMethod | None = None
    headers: list[ValueMatch] | None = None
    query_params: list[ValueMatch] | None = None


class HeaderValue(Wire):
    name: str
    value: str | None = None


class HeaderModifier(Wire):
    set: list[HeaderValue] | None = None
    add: list[HeaderValue] | None = None
    remove: list[str] | None = None


class PathModifier(Wire):
    type: str | None = None
    replace_full_path: str | None = None
    replace_prefix_match: str | None = None


class UrlModifier(Wire):
    """`requestRedirect` and `urlRewrite`, which have fields in common."""

    scheme: str | None = None
    hostname: str | None = None
    port: Port | None = None
    path: PathModifier | None = None
    status_code: int | None = None


class ObjectReference(Wire):
    name: str
    group: str | None = None
    kind: str | None = None
    namespace: str | None = None
    port: Port | None = None


class Fraction(Wire):
    numerator: int
    denominator: int | None = None


class RequestMirror(Wire):
    backend_ref: ObjectReference
    percent: int | None = None
    fraction: Fraction | None = None


class Cors(Wire):
    allow_origins: list[str] | None = None


class RouteFilter(Wire):
    """An entry of `filters`; one of another form is refused by the API server, and has no effect."""

    type: str | None = None
    request_header_modifier: HeaderModifier | None = None
    response_header_modifier: HeaderModifier | None = None
    request_redirect: UrlModifier | None = None
    url_rewrite: UrlModifier | None = msgspec.field(default=None, name="urlRewrite")
    request_mirror: RequestMirror | None = None
    cors: Cors | None = None
    extension_ref: ObjectReference | None = None


class Retry(Wire):
    attempts: int | None = None
    codes: list[int] | None = None
    backoff: str | None = None


class RouteTimeouts(Wire):
    request: str | None = None
    backend_request: str | None = None


class BackendRef(Wire):
    name: str
    group: str | None = None
    kind: str | None = None
    namespace: str | None = None
    port: Port | None = None
    weight: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None
    filters: list[dict[str, Any]] | None = None


class RouteRule(Wire):
    name: str | None = None
    backend_refs: list[BackendRef] | None = None
    matches: list[RouteMatch] | None = None
    filters: list[dict[str, Any]] | None = None
    timeouts: dict[str, Any] | None = None
    retry: dict[str, Any] | None = None


class RouteSpec(Wire):
    parent_refs: list[ParentRef] | None = None
    hostnames: list[str] | None = None
    rules: list[RouteRule] | None = None


class Route(Thing):
    spec: RouteSpec | None = None


class GrantFrom(Wire):
    kind: str
    namespace: str
    group: str | None = None


class GrantTo(Wire):
    kind: str
    group: str | None = None
    name: str | None = None


class GrantSpec(Wire):
    from_: list[GrantFrom] | None = msgspec.field(default=None, name="from")
    to: list[GrantTo] | None = None


class ReferenceGrant(Thing):
    spec: GrantSpec | None = None


class StaticHost(Wire):
    host: str
    port: Port


class StaticBackend(Wire):
    hosts: list[StaticHost] | None = None


class BackendSpec(Wire):
    type: str | None = None
    static: StaticBackend | None = None
    aws: dict[str, object] | None = None
    gcp: dict[str, object] | None = None
    dynamic_forward_proxy: dict[str, object] | None = None


class Backend(Thing):
    spec: BackendSpec | None = None


# --- networking.istio.io and MeshConfig -----------------------------------------------------------------------------


class EntryPort(Wire):
    number: Port
    name: str | None = None
    protocol: str | None = None
    target_port: Port | None = None


class EntryEndpoint(Wire):
    address: str | None = None
    ports: dict[str, Port] | None = None
    labels: Strings | None = None


class WorkloadSelector(Wire):
    labels: Strings | None = None


class ServiceEntrySpec(Wire):
    hosts: list[str] | None = None
    export_to: list[str] | None = None
    addresses: list[str] | None = None
    ports: list[EntryPort] | None = None
    resolution: str | None = None
    endpoints: list[EntryEndpoint] | None = None
    workload_selector: WorkloadSelector | None = None


class EntryAddress(Wire):
    value: str
    host: str | None = None


class ServiceEntryStatus(Wire):
    addresses: list[EntryAddress] | None = None
    conditions: list[Condition] | None = None


class ServiceEntry(Thing):
    spec: ServiceEntrySpec | None = None
    status: ServiceEntryStatus | None = None


class WorkloadEntrySpec(Wire):
    address: str | None = None
    ports: dict[str, Port] | None = None


class WorkloadEntry(Thing):
    spec: WorkloadEntrySpec | None = None
    status: ConditionStatus | None = None


class VisibilityRule(Wire):
    namespace_selector: Selector | None = None


class VisibilityPolicy(Wire):
    visibility: str | None = None
    matching_rules: list[VisibilityRule] | None = None


class EntryVisibility(Wire):
    default_visibility: str | None = None
    policies: list[VisibilityPolicy] | None = None


class MeshConfig(Wire):
    service_entry_visibility: EntryVisibility | None = None
