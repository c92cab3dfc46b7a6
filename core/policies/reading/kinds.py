"""The kinds of policies, and how each is read."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from core import wire
from core.convert import GATEWAY_API
from core.policies.reading import gateways, mesh, security, written


class PolicyKind(NamedTuple):
    """A kind of policy: the type of its objects, how they become rows, and the field of `Policies` that holds
    them.
    """

    wire: type[Any]
    convert: Callable[[Any, str, str], Any]
    table: str


KGATEWAY = "gateway.kgateway.dev"

POLICY_KINDS: Mapping[tuple[str, str], PolicyKind] = {
    ("security.istio.io", "AuthorizationPolicy"): PolicyKind(
        written.AuthorizationPolicy, security.authorization_policy, "authorization_policies"
    ),
    ("security.istio.io", "RequestAuthentication"): PolicyKind(
        written.RequestAuthentication, security.request_authentication, "request_authentications"
    ),
    ("security.istio.io", "PeerAuthentication"): PolicyKind(
        written.PeerAuthentication, security.peer_authentication, "peer_authentications"
    ),
    ("extensions.istio.io", "WasmPlugin"): PolicyKind(written.WasmPlugin, mesh.wasm_plugin, "wasm_plugins"),
    ("telemetry.istio.io", "Telemetry"): PolicyKind(written.Telemetry, mesh.telemetry, "telemetries"),
    ("networking.istio.io", "EnvoyFilter"): PolicyKind(
        written.EnvoyFilter, mesh.envoy_filter, "envoy_filters"
    ),
    ("networking.istio.io", "DestinationRule"): PolicyKind(
        written.DestinationRule, mesh.destination_rule, "destination_rules"
    ),
    ("networking.istio.io", "VirtualService"): PolicyKind(
        written.VirtualService, mesh.virtual_service, "virtual_services"
    ),
    **{
        (group, kind): PolicyKind(
            written.GatewayPolicy, gateways.gateway_policy(kind, plane), "gateway_policies"
        )
        for group, kind, plane in (
            (KGATEWAY, "TrafficPolicy", "kgateway"),
            (KGATEWAY, "HTTPListenerPolicy", "kgateway"),
            (KGATEWAY, "ListenerPolicy", "kgateway"),
            (KGATEWAY, "BackendConfigPolicy", "kgateway"),
            (KGATEWAY, "AgentgatewayPolicy", "agentgateway"),
            ("agentgateway.dev", "AgentgatewayPolicy", "agentgateway"),
        )
    },
}
"""(API group, kind) → how a policy is read, whatever the version."""

ROUTE_KINDS: Mapping[tuple[str, str], PolicyKind] = {
    (GATEWAY_API, kind): PolicyKind(wire.Route, gateways.route_effects(kind), "routes")
    for kind in ("HTTPRoute", "GRPCRoute")
}
"""Routes, which are read for their paths too."""
