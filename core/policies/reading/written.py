"""Policies as they are written: the fields that decide where one acts and what it does. In addition to
`core.wire`.
"""

# ruff: noqa: D101 - the names are those of the Kubernetes API

from typing import Annotated, Any, dataclass_transform

import msgspec
from msgspec import Meta

from core import wire
from core.wire import Strings

Port = Annotated[int, Meta(ge=0, le=65535)]
Anything = dict[str, Any]
"""A part that is looked into only where it is known."""


@dataclass_transform(frozen_default=True, field_specifiers=(msgspec.field,))
class _WrittenMeta(msgspec.StructMeta):
    """Tells type checkers what `Written` makes the default of its subclasses."""


class Written(msgspec.Struct, metaclass=_WrittenMeta, frozen=True, gc=False, rename="camel"):
    """Base of what is written in a policy; fields that are not named are skipped."""


class Policy(Written):
    """Any policy, as far as its metadata goes."""

    metadata: wire.Metadata | None = None


class TargetRef(Written):
    kind: str
    name: str
    group: str | None = None
    namespace: str | None = None
    section_name: str | None = None
    port: Port | None = None


class MatchLabels(Written):
    match_labels: Strings | None = None


class TargetedSpec(Written):
    """What Istio's policies have in common."""

    selector: MatchLabels | None = None
    target_ref: TargetRef | None = None
    target_refs: list[TargetRef] | None = None


# --- security.istio.io --------------------------------------------------------------------------------------


class RuleFrom(Written):
    source: Anything | None = None


class RuleTo(Written):
    operation: Anything | None = None


class Condition(Written):
    key: str
    values: list[str] | None = None
    not_values: list[str] | None = None


class AuthorizationRule(Written):
    from_: list[RuleFrom] | None = msgspec.field(default=None, name="from")
    to: list[RuleTo] | None = None
    when: list[Condition] | None = None


class Provider(Written):
    name: str | None = None


class AuthorizationSpec(TargetedSpec):
    action: str | None = None
    rules: list[AuthorizationRule | None] | None = None
    provider: Provider | None = None


class AuthorizationPolicy(Policy):
    spec: AuthorizationSpec | None = None


class JwtRule(Written):
    issuer: str | None = None
    forward_original_token: bool | None = None


class RequestAuthenticationSpec(TargetedSpec):
    jwt_rules: list[JwtRule] | None = None


class RequestAuthentication(Policy):
    spec: RequestAuthenticationSpec | None = None


class MutualTls(Written):
    mode: str | None = None


class PeerAuthenticationSpec(Written):
    selector: MatchLabels | None = None
    mtls: MutualTls | None = None
    port_level_mtls: dict[str, MutualTls] | None = None


class PeerAuthentication(Policy):
    spec: PeerAuthenticationSpec | None = None


# --- extensions.istio.io, telemetry.istio.io and networking.istio.io ----------------------------------------


class PortSelector(Written):
    number: Port | None = None


class TrafficSelector(Written):
    mode: str | None = None
    ports: list[PortSelector] | None = None


class WasmPluginSpec(TargetedSpec):
    type: str | None = None
    match: list[TrafficSelector] | None = None


class WasmPlugin(Policy):
    spec: WasmPluginSpec | None = None


class TelemetrySpec(TargetedSpec):
    metrics: list[Anything] | None = None
    access_logging: list[Anything] | None = None
    tracing: list[Anything] | None = None


class Telemetry(Policy):
    spec: TelemetrySpec | None = None


class EnvoyFilterSpec(Written):
    workload_selector: wire.WorkloadSelector | None = None
    target_refs: list[TargetRef] | None = None


class EnvoyFilter(Policy):
    spec: EnvoyFilterSpec | None = None


class Subset(Written):
    name: str | None = None
    labels: Strings | None = None


class DestinationRuleSpec(Written):
    host: str | None = None
    export_to: list[str] | None = None
    workload_selector: MatchLabels | None = None
    traffic_policy: Anything | None = None
    subsets: list[Subset] | None = None


class DestinationRule(Policy):
    spec: DestinationRuleSpec | None = None


class VirtualServiceMatch(Written):
    uri: Anything | None = None
    scheme: Anything | None = None
    method: Anything | None = None
    authority: Anything | None = None
    headers: Anything | None = None
    without_headers: Anything | None = None
    query_params: Anything | None = None
    ignore_uri_case: bool | None = None
    port: Port | None = None
    gateways: list[str] | None = None
    source_labels: Strings | None = None
    source_namespace: str | None = None


class DestinationPort(Written):
    number: Port | None = None


class Destination(Written):
    host: str | None = None
    subset: str | None = None
    port: DestinationPort | None = None


class VirtualServiceRoute(Written):
    destination: Destination | None = None
    weight: int | None = None
    headers: Anything | None = None


class Delegate(Written):
    name: str | None = None
    namespace: str | None = None


class VirtualServiceRule(Written):
    name: str | None = None
    match: list[VirtualServiceMatch] | None = None
    route: list[VirtualServiceRoute] | None = None
    delegate: Delegate | None = None
    direct_response: Anything | None = None
    headers: Anything | None = None
    rewrite: Anything | None = None
    redirect: Anything | None = None
    mirror: Anything | None = None
    mirrors: list[Anything] | None = None
    mirror_percent: Any = None
    mirror_percentage: Anything | None = None
    fault: Anything | None = None
    retries: Anything | None = None
    timeout: str | None = None
    cors_policy: Anything | None = None


class VirtualServiceL4Match(Written):
    sni_hosts: list[str] | None = None
    port: Port | None = None
    gateways: list[str] | None = None


class VirtualServiceL4Rule(Written):
    """An entry of `tls` or of `tcp`."""

    match: list[VirtualServiceL4Match] | None = None
    route: list[VirtualServiceRoute] | None = None


class VirtualServiceSpec(Written):
    hosts: list[str] | None = None
    gateways: list[str] | None = None
    export_to: list[str] | None = None
    http: list[VirtualServiceRule] | None = None
    tcp: list[VirtualServiceL4Rule] | None = None
    tls: list[VirtualServiceL4Rule] | None = None


class VirtualService(Policy):
    spec: VirtualServiceSpec | None = None


class MeshConfig(Written):
    """In addition to `core.wire.MeshConfig`, which is read from the same text."""

    root_namespace: str | None = None
    default_virtual_service_export_to: list[str] | None = None
    default_destination_rule_export_to: list[str] | None = None
    default_service_export_to: list[str] | None = None
    extension_providers: list[Provider] | None = None
    default_http_retry_policy: Anything | None = None


# --- gateway.kgateway.dev and agentgateway.dev --------------------------------------------------------------


class TargetSelector(Written):
    kind: str
    group: str | None = None
    match_labels: Strings | None = None
    section_name: str | None = None


class GatewayPolicy(Policy):
    """The targets are looked for in `spec`, whose other fields say what the policy does."""

    spec: Anything | None = None


class Targets(Written):
    target_refs: list[TargetRef] | None = None
    target_selectors: list[TargetSelector] | None = None
