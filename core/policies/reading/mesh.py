"""WasmPlugin, Telemetry, EnvoyFilter, DestinationRule and VirtualService, from what is written to rows."""

# ruff: noqa: D103 - a converter's name says what it makes

from collections.abc import Sequence

from core.policies.reading import written
from core.policies.reading.common import common, selector, target, targeted
from core.policies.reading.effects import virtual_service_rule
from core.policies.reading.retries import retries_in_words
from core.policy_model import (
    DestinationRule,
    EnvoyFilter,
    MeshSettings,
    Telemetry,
    TrafficMatch,
    VirtualService,
    WasmPlugin,
)


def wasm_plugin(thing: written.WasmPlugin, namespace: str, where: str) -> WasmPlugin:
    spec = thing.spec or written.WasmPluginSpec()
    return WasmPlugin(
        **common(thing, namespace, where),
        **targeted(spec),
        type="NETWORK" if spec.type == "NETWORK" else "HTTP",
        match=tuple(_traffic_match(one) for one in spec.match or ()),
    )


def _traffic_match(one: written.TrafficSelector) -> TrafficMatch:
    mode = one.mode if one.mode in ("CLIENT", "SERVER") else "CLIENT_AND_SERVER"
    return TrafficMatch(mode=mode, ports=tuple(port.number for port in one.ports or () if port.number))


def telemetry(thing: written.Telemetry, namespace: str, where: str) -> Telemetry:
    spec = thing.spec or written.TelemetrySpec()
    signals = {"metrics": spec.metrics, "accessLogging": spec.access_logging, "tracing": spec.tracing}
    return Telemetry(
        **common(thing, namespace, where),
        **targeted(spec),
        signals=tuple(name for name, configured in signals.items() if configured),
    )


def envoy_filter(thing: written.EnvoyFilter, namespace: str, where: str) -> EnvoyFilter:
    """An EnvoyFilter; a `workloadSelector` without labels is none."""
    spec = thing.spec or written.EnvoyFilterSpec()
    labels = spec.workload_selector.labels if spec.workload_selector is not None else None
    return EnvoyFilter(
        **common(thing, namespace, where),
        target_refs=tuple(map(target, spec.target_refs or ())),
        selector=labels or None,
    )


def destination_rule(thing: written.DestinationRule, namespace: str, where: str) -> DestinationRule:
    spec = thing.spec or written.DestinationRuleSpec()
    policy = spec.traffic_policy or {}
    ports = policy.get("portLevelSettings")
    parts = (
        [policy, *(one for one in ports if isinstance(one, dict))] if isinstance(ports, list) else [policy]
    )
    return DestinationRule(
        **common(thing, namespace, where),
        host=spec.host or "",
        export_to=tuple(spec.export_to or ()),
        selector=selector(spec.workload_selector),
        settings=tuple(dict.fromkeys(name for part in parts for name in part if name != "port")),
        subsets=tuple(dict.fromkeys(one.name or "" for one in spec.subsets or ())),
        subset_labels={one.name or "": one.labels or {} for one in reversed(spec.subsets or ())},
    )


def virtual_service(thing: written.VirtualService, namespace: str, where: str) -> VirtualService:
    """A VirtualService. Of its `http` rules those that can't match in the mesh are left out."""
    spec = thing.spec or written.VirtualServiceSpec()
    rules = [(rule, matches) for rule in spec.http or () if (matches := _mesh_matches(rule)) is not None]
    ports = [one.port for _, matches in rules for one in matches]
    anywhere = None in ports or any(not matches for _, matches in rules)
    return VirtualService(
        **common(thing, namespace, where),
        hosts=tuple(spec.hosts or ()),
        gateways=tuple(spec.gateways or ()),
        export_to=tuple(spec.export_to or ()),
        rules=tuple(virtual_service_rule(rule) for rule, _ in rules),
        ports=() if anywhere else tuple(sorted({port for port in ports if port})),
        other=bool(spec.tcp or spec.tls),
        effects=tuple(map(virtual_service_rule, spec.http or ())),
    )


def _mesh_matches(rule: written.VirtualServiceRule) -> Sequence[written.VirtualServiceMatch] | None:
    """The matches that count at waypoints: none with `sourceLabels`, none for other gateways; None if none is
    left.
    """
    if not rule.match:
        return ()
    found = [
        one for one in rule.match if not one.source_labels and (not one.gateways or "mesh" in one.gateways)
    ]
    return found or None


def mesh_settings(config: written.MeshConfig) -> MeshSettings:
    """What decides about policies in MeshConfig. `rootNamespace` has a default of its own there."""
    return MeshSettings(
        root_namespace=config.root_namespace or "istio-system",
        virtual_service_export_to=tuple(config.default_virtual_service_export_to or ()),
        destination_rule_export_to=tuple(config.default_destination_rule_export_to or ()),
        service_export_to=tuple(config.default_service_export_to or ()),
        providers=frozenset(one.name or "" for one in config.extension_providers or ()),
        default_retries=retries_in_words(config.default_http_retry_policy) or "",
    )
