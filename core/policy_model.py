"""Policies as immutable rows: what the rules of where each one acts need, and nothing else.

They are built by `core.policies.reading` from Kubernetes objects. Names are those of the fields.
"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from core.model import Labels, Object, ParentRef, Row


class TargetRef(Row):
    """An entry of `targetRefs`, or the singular `targetRef`. `namespace` is empty where it is not written."""

    group: str
    kind: str
    name: str
    namespace: str = ""
    section: str = ""


class TargetSelector(Row):
    """An entry of `targetSelectors`: objects of the kind in the policy's namespace with these labels."""

    group: str
    kind: str
    labels: Labels
    section: str = ""


class Effect(Row, order=True):
    """One thing that a route or a policy does to a request.

    `kind` is a key of `core.policies.effects.EFFECTS`. `key` tells what has to be the same for the effect to
    be the same: a header's name, a mirror's target; empty where the kind says it all. `text` shows it.
    """

    kind: str
    key: str = ""
    text: str = ""


class Targeted(Object):
    """What Istio's policies have in common. `selector` is None where absent; `{}` is an empty mapping."""

    target_refs: Sequence[TargetRef] = ()
    selector: Labels | None = None


BEYOND_ZTUNNEL_NOT_HTTP = (
    "remoteIpBlocks",
    "notRemoteIpBlocks",
    "remote.ip",
    "connection.sni",
    "source.trustDomain",
    "source.serviceAccount",
    "experimental.envoy.filters.",
)
"""Parts of a rule, by their beginning, that ztunnel can't check, but Envoy can on TCP too."""


class AuthorizationRule(Row):
    """A rule of an AuthorizationPolicy.

    `l7` names the parts that ztunnel can't check. `enforceable` tells whether something is left of each of
    `from`, `to` and `when` without them; a rule without any part matches all, and is.
    """

    l7: Sequence[str] = ()
    enforceable: bool = True

    @property
    def needs_http(self) -> bool:
        """Whether Envoy can check it on HTTP only."""
        return any(not part.startswith(BEYOND_ZTUNNEL_NOT_HTTP) for part in self.l7)


class AuthorizationPolicy(Targeted):
    """`action` is ALLOW, DENY, AUDIT or CUSTOM; `dry_run` the annotation `istio.io/dry-run`."""

    KIND = "AuthorizationPolicy"

    action: str = "ALLOW"
    rules: Sequence[AuthorizationRule] = ()
    provider: str = ""
    dry_run: bool = False


class RequestAuthentication(Targeted):
    """`keeps_token` is false where a rule takes a token that it verified off the request (the default)."""

    KIND = "RequestAuthentication"

    issuers: Sequence[str] = ()
    keeps_token: bool = False


class PeerAuthentication(Targeted):
    """`mode` is STRICT, PERMISSIVE, DISABLE or UNSET; `port_modes` the same by the workload's port."""

    KIND = "PeerAuthentication"

    mode: str = "UNSET"
    port_modes: Mapping[int, str] = msgspec.field(default_factory=dict)


class TrafficMatch(Row):
    """An entry of a WasmPlugin's `match`. `mode`: CLIENT, SERVER, CLIENT_AND_SERVER; no ports means any."""

    mode: str = "CLIENT_AND_SERVER"
    ports: Sequence[int] = ()


class WasmPlugin(Targeted):
    """`type` is HTTP or NETWORK."""

    KIND = "WasmPlugin"

    type: str = "HTTP"
    match: Sequence[TrafficMatch] = ()


class Telemetry(Targeted):
    """`signals` are those of `metrics`, `accessLogging` and `tracing` that it configures."""

    KIND = "Telemetry"

    signals: Sequence[str] = ()


class EnvoyFilter(Targeted):
    """`selector` is `workloadSelector.labels`."""

    KIND = "EnvoyFilter"


class DestinationRule(Object):
    """`settings` are the parts of `trafficPolicy`; `selector` is `workloadSelector.matchLabels`, None where
    absent. `subset_labels` are those of each subset by its name.
    """

    KIND = "DestinationRule"

    host: str = ""
    export_to: Sequence[str] = ()
    selector: Labels | None = None
    settings: Sequence[str] = ()
    subsets: Sequence[str] = ()
    subset_labels: Mapping[str, Labels] = msgspec.field(default_factory=dict)


class VirtualService(Object):
    """`rules` are the effects of each `http` rule that can match in the mesh; `other` tells of `tcp` and
    `tls` rules.

    `ports` are those that the matches of `http` rules name; empty where a rule matches on any port. `effects` are those
    of every `http` rule, at ingress gateways too.
    """

    KIND = "VirtualService"

    hosts: Sequence[str] = ()
    gateways: Sequence[str] = ()
    export_to: Sequence[str] = ()
    rules: Sequence[Sequence[Effect]] = ()
    ports: Sequence[int] = ()
    other: bool = False
    effects: Sequence[Sequence[Effect]] = ()

    @property
    def in_mesh(self) -> bool:
        """Whether a part of it is for the mesh rather than for an ingress gateway. A delegate has no hosts of its own."""
        return bool(self.hosts) and (not self.gateways or "mesh" in self.gateways)


class RouteEffects(Object, kw_only=True):
    """What the rules of an HTTPRoute or GRPCRoute do, beside choosing a backend; `effects` in the order of
    rules.
    """

    route_kind: str
    parents: Sequence[ParentRef] = ()
    effects: Sequence[Sequence[Effect]] = ()

    @property
    def kind(self) -> str:
        return self.route_kind


class GatewayPolicy(Object, kw_only=True):
    """A policy of kgateway's or agentgateway's own API: `policy_kind` says which, `plane` whose."""

    policy_kind: str
    plane: str
    target_refs: Sequence[TargetRef] = ()
    target_selectors: Sequence[TargetSelector] = ()
    effects: Sequence[Effect] = ()

    @property
    def kind(self) -> str:
        return self.policy_kind


class MeshSettings(Row):
    """What decides about policies in Istio's MeshConfig; None and empty where it is not configured or not
    read.

    `providers` are the names of `extensionProviders`; None where the source holds no MeshConfig. `default_retries` is
    `defaultHttpRetryPolicy` in words.
    """

    root_namespace: str | None = None
    virtual_service_export_to: Sequence[str] = ()
    destination_rule_export_to: Sequence[str] = ()
    service_export_to: Sequence[str] = ()
    providers: frozenset[str] | None = None
    default_retries: str = ""


class Policies(Row):
    """All policies of a cluster. `routes` are HTTPRoutes and GRPCRoutes, of the mesh and of ingress."""

    authorization_policies: Sequence[AuthorizationPolicy] = ()
    request_authentications: Sequence[RequestAuthentication] = ()
    peer_authentications: Sequence[PeerAuthentication] = ()
    wasm_plugins: Sequence[WasmPlugin] = ()
    telemetries: Sequence[Telemetry] = ()
    envoy_filters: Sequence[EnvoyFilter] = ()
    destination_rules: Sequence[DestinationRule] = ()
    virtual_services: Sequence[VirtualService] = ()
    routes: Sequence[RouteEffects] = ()
    gateway_policies: Sequence[GatewayPolicy] = ()
    mesh: MeshSettings = MeshSettings()

    def all(self) -> Iterator[Object]:
        """Every policy, kind after kind."""
        for field in self.__struct_fields__:
            if field != "mesh":
                yield from getattr(self, field)
