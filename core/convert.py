"""From an object as it is written to the row that the rules read: defaults filled in, the rest left behind."""

# ruff: noqa: D103 - each is named for the kind it makes

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core import labels as names
from core import model, route_rules, wire
from core.cluster import MeshConfig, VisibilityPolicy

GATEWAY_API = "gateway.networking.k8s.io"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
WANTED_VARIABLES = frozenset(name for wanted in names.PATH_VARIABLES.values() for name in wanted)
"""The environment variables that are kept; the values of all others are nobody's business here."""

_NO_META = wire.Metadata()
_NEVER = model.LabelSelector(expressions=(("", "In", ()),))
"""A matching rule without a selector matches no namespace."""
_VISIBILITIES = frozenset({"NAMESPACE", "NONE"})


def _common(thing: wire.Thing, namespace: str, where: str) -> dict[str, Any]:
    meta = thing.metadata or _NO_META
    annotations = meta.annotations or {}
    if LAST_APPLIED in annotations:
        annotations = {key: value for key, value in annotations.items() if key != LAST_APPLIED}
    return {
        "namespace": namespace,
        "name": meta.name or "",
        "labels": meta.labels or {},
        "annotations": annotations,
        "created": meta.creation_timestamp or "",
        "where": where,
    }


def namespace(thing: wire.Thing, _: str, where: str) -> model.Namespace:
    return model.Namespace(**_common(thing, "", where))


# --- core/v1, discovery.k8s.io and apps -----------------------------------------------------------------------------


def service(thing: wire.Service, namespace: str, where: str) -> model.Service:
    spec = thing.spec or wire.ServiceSpec()
    ips = spec.cluster_ips or ([spec.cluster_ip] if spec.cluster_ip else [])
    return model.Service(
        **_common(thing, namespace, where),
        type=spec.type or "ClusterIP",
        cluster_ips=tuple(ip for ip in ips if ip and ip != "None"),
        headless="None" in ips,
        external_name=spec.external_name or "",
        ports=tuple(
            model.ServicePort(
                port=one.port,
                name=one.name or "",
                protocol=one.protocol or "TCP",
                target=one.target_port,
                app_protocol=one.app_protocol,
            )
            for one in spec.ports or ()
        ),
        selector=spec.selector or {},
        internal_traffic_policy=spec.internal_traffic_policy or "Cluster",
        publish_not_ready=bool(spec.publish_not_ready_addresses),
        conditions=_conditions(thing.status.conditions) if thing.status else (),
    )


def _conditions(written: Sequence[wire.Condition] | None) -> Sequence[model.Condition]:
    """Of an object's conditions the one that tells of its waypoint."""
    return tuple(
        model.Condition(
            type=one.type, status=one.status or "", reason=one.reason or "", message=one.message or ""
        )
        for one in written or ()
        if one.type == names.WAYPOINT_BOUND
    )


def pod(thing: wire.Pod, namespace: str, where: str) -> model.Pod:
    if thing.spec is None and thing.status is None:
        return model.Pod(**_common(thing, namespace, where))
    spec = thing.spec or wire.PodSpec()
    status = thing.status or wire.PodStatus()
    ready: bool | None = None
    if status.phase:
        deleted = thing.metadata is not None and thing.metadata.deletion_timestamp is not None
        ready = not deleted and any(
            one.type == "Ready" and one.status == "True" for one in status.conditions or ()
        )
    ips = tuple(one.ip for one in status.pod_ips or () if one.ip)
    containers = _with_sidecars(spec)
    return model.Pod(
        **_common(thing, namespace, where),
        ips=ips or ((status.pod_ip,) if status.pod_ip else ()),
        ready=ready,
        finished=status.phase in ("Succeeded", "Failed"),
        node=spec.node_name or "",
        host_network=bool(spec.host_network),
        ports=_container_ports(containers),
        mesh_ca=next(
            (
                one.value or ""
                for container in containers
                for one in container.env or ()
                if one.name == names.CA_ADDRESS and one.value_from is None
            ),
            None,
        ),
    )


def _with_sidecars(spec: wire.PodSpec) -> Sequence[wire.Container]:
    """The containers that run for as long as the pod does."""
    containers = spec.containers or []
    sidecars = [one for one in spec.init_containers or () if one.restart_policy == "Always"]
    return [*containers, *sidecars] if sidecars else containers


def _container_ports(containers: Iterable[wire.Container]) -> dict[str, int]:
    ports: dict[str, int] = {}
    for container in containers:
        for port in container.ports or ():
            if port.name:
                ports.setdefault(port.name, port.container_port)
    return ports


def workload(kind: str) -> Any:
    """The converter of `kind`, one of Deployment, StatefulSet and DaemonSet."""

    def convert(thing: wire.Workload, namespace: str, where: str) -> model.Workload:
        spec = thing.spec or wire.WorkloadSpec()
        template = spec.template or wire.PodTemplate()
        meta = template.metadata or _NO_META
        pods = template.spec or wire.PodSpec()
        counted = kind != "DaemonSet" and spec.replicas is not None
        return model.Workload(
            **_common(thing, namespace, where),
            workload_kind=kind,
            replicas=spec.replicas if counted and spec.replicas is not None else 1,
            template_labels=meta.labels or {},
            template_annotations=meta.annotations or {},
            host_network=bool(pods.host_network),
            containers=tuple(_container(one) for one in _with_sidecars(pods)),
        )

    return convert


def _container(one: wire.Container) -> model.Container:
    values: dict[str, str] = {}
    sources: list[model.EnvSource] = []
    for bulk in one.env_from or ():
        for kind, ref in (("ConfigMap", bulk.config_map_ref), ("Secret", bulk.secret_ref)):
            if ref is not None:
                sources.append(model.EnvSource(kind=kind, name=ref.name or "", prefix=bulk.prefix or ""))
    for variable in one.env or ():
        if variable.name not in WANTED_VARIABLES:
            continue
        if variable.value_from is None:
            values[variable.name] = variable.value or ""
        else:
            sources.append(_env_source(variable.name, variable.value_from))
    return model.Container(
        name=one.name or "",
        image=one.image or "",
        env=values,
        env_sources=tuple(sources),
        ports=_container_ports((one,)),
    )


def _env_source(variable: str, source: wire.ValueFrom) -> model.EnvSource:
    for kind, ref in (("ConfigMap", source.config_map_key_ref), ("Secret", source.secret_key_ref)):
        if ref is not None:
            return model.EnvSource(variable=variable, kind=kind, name=ref.name or "", key=ref.key or "")
    others = {"fieldRef": source.field_ref, "resourceFieldRef": source.resource_field_ref}
    kind = next((word for word, ref in others.items() if ref is not None), "valueFrom")
    return model.EnvSource(variable=variable, kind=kind)


def config_map(thing: wire.ConfigMap, namespace: str, where: str) -> model.ConfigMap:
    return model.ConfigMap(**_common(thing, namespace, where), data=thing.data or {})


def endpoint_slice(thing: wire.EndpointSlice, namespace: str, where: str) -> model.EndpointSlice:
    common = _common(thing, namespace, where)
    return model.EndpointSlice(
        **common,
        service=common["labels"].get(names.SERVICE_NAME, ""),
        ports={port.name or "": port.port for port in thing.ports or () if port.port is not None},
        endpoints=tuple(_slice_endpoint(one) for one in thing.endpoints or () if one.addresses),
    )


def _slice_endpoint(one: wire.SliceEndpoint) -> model.SliceEndpoint:
    target = one.target_ref
    return model.SliceEndpoint(
        address=one.addresses[0] if one.addresses else "",
        ready=one.conditions is None or one.conditions.ready is not False,
        node=one.node_name or "",
        pod=target.name or "" if target is not None and target.kind == "Pod" else "",
    )


# --- gateway.networking.k8s.io and gateway.kgateway.dev -------------------------------------------------------------


def gateway_class(thing: wire.GatewayClass, _: str, where: str) -> model.GatewayClass:
    return model.GatewayClass(**_common(thing, "", where), controller=thing.spec.controller_name)


def gateway(thing: wire.Gateway, namespace: str, where: str) -> model.Gateway:
    infrastructure = thing.spec.infrastructure or wire.Infrastructure()
    return model.Gateway(
        **_common(thing, namespace, where),
        class_name=thing.spec.gateway_class_name,
        listeners=tuple(_listener(one) for one in thing.spec.listeners or ()),
        addresses=_gateway_addresses(thing.status),
        allowed_listeners=_allowed_listeners(thing.spec.allowed_listeners),
        pod_labels=infrastructure.labels or {},
        pod_annotations=infrastructure.annotations or {},
    )


def _gateway_addresses(status: wire.GatewayStatus | None) -> Sequence[model.Address] | None:
    """None for a manifest: a Gateway in a cluster has conditions from its first moment on."""
    if status is None or not (status.addresses or status.conditions):
        return None
    return tuple(
        model.Address(type=one.type or "IPAddress", value=one.value) for one in status.addresses or ()
    )


def _listener(one: wire.Listener) -> model.Listener:
    return model.Listener(
        name=one.name,
        port=one.port,
        protocol=one.protocol,
        hostname=one.hostname or "",
        tls_mode=(one.tls.mode or "") if one.tls else "",
        allowed=_allowed(one.allowed_routes),
    )


def listener_set(kind: str) -> Any:
    """The converter of ListenerSets of `kind`."""

    def convert(thing: wire.ListenerSet, namespace: str, where: str) -> model.ListenerSet:
        return model.ListenerSet(
            **_common(thing, namespace, where),
            set_kind=kind,
            parent=_parent(thing.spec.parent_ref, namespace),
            listeners=tuple(_listener(one) for one in thing.spec.listeners or ()),
        )

    return convert


def _allowed_listeners(allowed: wire.AllowedListeners | None) -> model.AllowedRoutes:
    namespaces = (allowed.namespaces if allowed else None) or wire.RouteNamespaces()
    return model.AllowedRoutes(origin=namespaces.from_ or "None", selector=_selector(namespaces.selector))


def _allowed(allowed: wire.AllowedRoutes | None) -> model.AllowedRoutes:
    if allowed is None:
        return model.AllowedRoutes()
    namespaces = allowed.namespaces or wire.RouteNamespaces()
    return model.AllowedRoutes(
        origin=namespaces.from_ or "Same",
        selector=_selector(namespaces.selector),
        kinds=tuple(
            (GATEWAY_API if one.group is None else one.group, one.kind) for one in allowed.kinds or ()
        ),
    )


def _selector(selector: wire.Selector | None) -> model.LabelSelector | None:
    if selector is None:
        return None
    return model.LabelSelector(
        match_labels=selector.match_labels or {},
        expressions=tuple(
            (one.key, one.operator, tuple(one.values or ())) for one in selector.match_expressions or ()
        ),
    )


def route(kind: str) -> Any:
    """The converter of routes of `kind`."""

    def convert(thing: wire.Route, namespace: str, where: str) -> model.Route:
        spec = thing.spec or wire.RouteSpec()
        return model.Route(
            **_common(thing, namespace, where),
            route_kind=kind,
            parents=tuple(_parent(one, namespace) for one in spec.parent_refs or ()),
            hostnames=tuple(spec.hostnames or ()),
            rules=tuple(
                model.RouteRule(
                    backends=tuple(_backend_ref(one, namespace) for one in rule.backend_refs or ()),
                    name=rule.name or "",
                    matches=route_rules.matches(rule.matches),
                    filters=route_rules.filters(rule.filters, namespace),
                    timeouts=route_rules.timeouts(rule.timeouts),
                    retry=route_rules.retry(rule.retry),
                )
                for rule in spec.rules or ()
            ),
        )

    return convert


def _parent(one: wire.ParentRef, namespace: str) -> model.ParentRef:
    return model.ParentRef(
        group=GATEWAY_API if one.group is None else one.group,
        kind=one.kind or "Gateway",
        namespace=one.namespace or namespace,
        name=one.name,
        section=one.section_name or "",
        port=one.port,
    )


def _backend_ref(one: wire.BackendRef, namespace: str) -> model.BackendRef:
    return model.BackendRef(
        group=one.group or "",
        kind=one.kind or "Service",
        namespace=one.namespace or namespace,
        name=one.name,
        port=one.port,
        weight=1 if one.weight is None else one.weight,
        filters=route_rules.filters(one.filters, namespace),
    )


def reference_grant(thing: wire.ReferenceGrant, namespace: str, where: str) -> model.ReferenceGrant:
    spec = thing.spec or wire.GrantSpec()
    return model.ReferenceGrant(
        **_common(thing, namespace, where),
        origins=tuple((one.group or "", one.kind, one.namespace) for one in spec.from_ or ()),
        targets=tuple((one.group or "", one.kind, one.name or "") for one in spec.to or ()),
    )


def kgateway_backend(thing: wire.Backend, namespace: str, where: str) -> model.KgatewayBackend:
    spec = thing.spec or wire.BackendSpec()
    kinds: Mapping[str, object] = {
        "Static": spec.static,
        "AWS": spec.aws,
        "GCP": spec.gcp,
        "DynamicForwardProxy": spec.dynamic_forward_proxy,
    }
    hosts = spec.static.hosts or () if spec.static else ()
    return model.KgatewayBackend(
        **_common(thing, namespace, where),
        type=spec.type or next((kind for kind, part in kinds.items() if part is not None), ""),
        hosts=tuple(model.bracketed(one.host, one.port) for one in hosts),
    )


# --- networking.istio.io and MeshConfig -----------------------------------------------------------------------------


def service_entry(thing: wire.ServiceEntry, namespace: str, where: str) -> model.ServiceEntry:
    spec = thing.spec or wire.ServiceEntrySpec()
    status = thing.status or wire.ServiceEntryStatus()
    return model.ServiceEntry(
        **_common(thing, namespace, where),
        hosts=tuple(spec.hosts or ()),
        addresses=tuple(spec.addresses or ()),
        auto_addresses=tuple((one.host or "", one.value) for one in status.addresses or ()),
        ports=tuple(
            model.ServicePort(
                port=one.number,
                name=one.name or "",
                protocol=one.protocol or "TCP",
                target=one.target_port or None,
            )
            for one in spec.ports or ()
        ),
        resolution=spec.resolution or "NONE",
        export_to=tuple(spec.export_to or ()),
        endpoints=tuple(
            model.WorkloadEndpoint(address=one.address or "", ports=one.ports or {}, labels=one.labels or {})
            for one in spec.endpoints or ()
        ),
        selector=(spec.workload_selector.labels or {}) if spec.workload_selector else {},
        conditions=_conditions(status.conditions),
    )


def workload_entry(thing: wire.WorkloadEntry, namespace: str, where: str) -> model.WorkloadEntry:
    spec = thing.spec or wire.WorkloadEntrySpec()
    conditions = (thing.status.conditions or ()) if thing.status else ()
    return model.WorkloadEntry(
        **_common(thing, namespace, where),
        address=spec.address or "",
        ports=spec.ports or {},
        healthy=not any(one.type == "Healthy" and one.status == "False" for one in conditions),
    )


def mesh_config(config: wire.MeshConfig) -> MeshConfig:
    visibility = config.service_entry_visibility
    if visibility is None:
        return MeshConfig()
    return MeshConfig(
        visibility=_visibility(visibility.default_visibility),
        visibility_policies=tuple(
            VisibilityPolicy(
                visibility=_visibility(policy.visibility),
                selectors=tuple(
                    _selector(rule.namespace_selector) or _NEVER for rule in policy.matching_rules or ()
                ),
            )
            for policy in visibility.policies or ()
        ),
    )


def _visibility(word: str | None) -> str:
    return word if word in _VISIBILITIES and word is not None else "PUBLIC"
