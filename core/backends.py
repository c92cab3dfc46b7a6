"""What a backendRef names, as each data plane looks it up."""

from collections.abc import Mapping

from core.cluster import ANYWHERE, Cluster
from core.delegation import PLANES, delegates, shown
from core.model import BackendRef, Key, KgatewayBackend, Service, ServiceEntry, port_named
from core.situation import Backend, Target

SERVICE = ("", "Service")
SERVICE_ENTRY = ("networking.istio.io", "ServiceEntry")
HOSTNAME = ("networking.istio.io", "Hostname")
KGATEWAY_BACKEND = ("gateway.kgateway.dev", "Backend")

KNOWN_KINDS: Mapping[str, frozenset[tuple[str, str]]] = {
    "kgateway": frozenset({SERVICE, SERVICE_ENTRY, HOSTNAME, KGATEWAY_BACKEND}),
    "istio": frozenset({SERVICE, SERVICE_ENTRY, HOSTNAME}),
    "agentgateway": frozenset({SERVICE}),
}
"""Per data plane the (group, kind) a backendRef may have. A data plane not listed is taken to know them all."""

_MAX_EXTERNAL_NAMES = 8


def look_up(cluster: Cluster, plane: str, route_namespace: str, route_kind: str, ref: BackendRef) -> Backend:
    """The object and port that `ref` names for a gateway of `plane`, or the fault why it names none."""

    def found(target: Target | None, *, through: Service | None = None, fault: str = "") -> Backend:
        port = (
            None
            if target is None or isinstance(target, KgatewayBackend)
            else port_named(target.ports, ref.port)
        )
        if target is not None and not fault:
            fault = _port_fault(target, ref)
        return Backend(
            ref=ref,
            route_namespace=route_namespace,
            route_kind=route_kind,
            target=target,
            port=port,
            through=through,
            fault=fault,
            hidden=target is None and _may_be_hidden(cluster, plane, ref),
        )

    kind = (ref.group, ref.kind)
    if plane in PLANES and delegates(ref):
        return found(None, fault=f"{shown(ref)} takes over nothing from the rule that delegates to it")
    if plane in KNOWN_KINDS and kind not in KNOWN_KINDS[plane]:
        word = f"{ref.group}/{ref.kind}" if ref.group else ref.kind
        return found(None, fault=f"{plane} does not resolve a backendRef of kind {word}")
    key: Key = (ref.namespace, ref.name)
    if kind == SERVICE:
        service = cluster.services.get(key)
        if service is None:
            return found(None, fault=f"{ref.ref} does not exist")
        if plane == "istio" and service.type == "ExternalName":
            target = _external_target(cluster, service)
            fault = (
                ""
                if target
                else f"{service.ref} is an ExternalName for {service.external_name}, which nothing has as host"
            )
            return found(target, through=service, fault=fault)
        return found(service)
    if kind == SERVICE_ENTRY:
        entry = cluster.service_entries.get(key)
        return found(entry, fault="" if entry else f"{ref.ref} does not exist")
    if kind == HOSTNAME:
        if plane == "istio" and ref.namespace != route_namespace:
            return found(None, fault="a backendRef of kind Hostname may not name a namespace")
        host_target = _host_target(cluster, plane, ref.name)
        nothing = "no ServiceEntry has" if plane == "kgateway" else "nothing has"
        return found(host_target, fault="" if host_target else f"{nothing} the host {ref.name}")
    if kind == KGATEWAY_BACKEND:
        backend = cluster.backends.get(key)
        return found(backend, fault="" if backend else f"{ref.ref} does not exist")
    return found(None, fault=f"the kind {ref.kind} is not known to these rules")


_HIDING = {
    SERVICE: ("Service",),
    SERVICE_ENTRY: ("ServiceEntry",),
    HOSTNAME: ("ServiceEntry", "Service"),
    KGATEWAY_BACKEND: ("Backend",),
}
"""(group, kind) of a backendRef → the kinds of objects it is looked for among."""


def _may_be_hidden(cluster: Cluster, plane: str, ref: BackendRef) -> bool:
    """Whether the object may be there, and was not shown."""
    kind = (ref.group, ref.kind)
    known = kind in KNOWN_KINDS.get(plane, _HIDING)
    namespace = ANYWHERE if kind == HOSTNAME else ref.namespace
    return known and any(cluster.may_hold(one, namespace) for one in _HIDING.get(kind, ()))


def _host_target(cluster: Cluster, plane: str, host: str) -> Service | ServiceEntry | None:
    """A `Hostname` reference: kgateway looks among ServiceEntries only; a Service wins elsewhere."""
    service = None if plane == "kgateway" else cluster.service_of_host(host)
    if service is not None:
        return service
    entries = cluster.entries_of_host(host)
    return entries[0] if entries else None


def _external_target(cluster: Cluster, service: Service) -> Service | ServiceEntry | None:
    """What an ExternalName Service stands for, aliases of aliases followed."""
    current: Service | ServiceEntry | None = service
    for _ in range(_MAX_EXTERNAL_NAMES):
        if not isinstance(current, Service) or current.type != "ExternalName":
            return current
        current = _host_target(cluster, "istio", current.external_name.rstrip("."))
    return None


def _port_fault(target: Target, ref: BackendRef) -> str:
    if isinstance(target, KgatewayBackend):
        return ""
    if ref.port is None:
        return f"the backendRef to {target.ref} has no port"
    if isinstance(target, Service) and target.type == "ExternalName" and not target.ports:
        return ""
    if port_named(target.ports, ref.port) is None:
        ports = ", ".join(str(port.port) for port in target.ports) or "none"
        return f"{target.ref} has no port {ref.port} (it has {ports})"
    return ""
