"""What a check looks at: one backend seen from one gateway, in one state of the cluster."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from core import labels as names
from core.attachment import (
    HBONE_PORT,
    Admissions,
    Attachment,
    attach_service,
    attach_workload,
    takes_any_port,
    waypoint_address,
)
from core.capture import Capture, pod_capture, predict
from core.cluster import ANYWHERE, Cluster, replace
from core.endpoints import Endpoint, Endpoints, entry_endpoints, service_endpoints
from core.istio_ingress.rows import IstioGateway
from core.istio_ingress.workloads import members_of
from core.model import (
    BackendRef,
    Gateway,
    Key,
    KgatewayBackend,
    Labels,
    Object,
    Pod,
    Row,
    Service,
    ServiceEntry,
    ServicePort,
    port_named,
    service_host,
)
from core.versions import Profile

Target = Service | ServiceEntry | KgatewayBackend
Client = Literal["istio", "agentgateway", "ztunnel"]
"""Whose way to a waypoint is asked for: that of Istio's gateway (told by istiod), of agentgateway, of ztunnel."""


class Variation(Row):
    """Pods of a gateway that are alike in what a path depends on, with their share of all its pods."""

    capture: Capture
    nodes: frozenset[str]
    count: int
    of: int


class Reach(Row):
    """How a waypoint's address is reached.

    `kind` is `service`, `workload`, `unresolved` (nothing answers to the address) or `predicted` (a manifest without
    status). `endpoints` are the waypoint's own, on the HBONE port.
    """

    kind: str
    address: str
    endpoints: Endpoints = Endpoints()
    detail: str = ""

    @property
    def assumed(self) -> bool:
        """Whether nothing in the source shows that a pod of the waypoint runs."""
        return self.kind == "predicted" or not self.endpoints.known or self.endpoints.predicted


_WORKLOAD_LABELS = (names.USE_WAYPOINT, names.USE_WAYPOINT_NAMESPACE, names.GATEWAY_NAME)


@dataclass(slots=True)
class World:
    """A cluster with what was already worked out about it: attachments, endpoints and waypoints are shared by paths."""

    cluster: Cluster
    profiles: Mapping[str, Profile]
    """By data plane: `kgateway`, `istio`, `agentgateway`."""
    admissions: Admissions
    attachments: dict[tuple[str, str, str], Attachment] = field(default_factory=dict)
    workload_attachments: dict[tuple[str | None, ...], Attachment] = field(default_factory=dict)
    ready: dict[tuple[str, str, str, int], Endpoints] = field(default_factory=dict)
    reaches: dict[tuple[Key, Client], Reach] = field(default_factory=dict)
    shared_headless: dict[tuple[Key, int], Sequence[Key]] | None = None

    def attachment(self, row: Service | ServiceEntry) -> Attachment:
        """The waypoints of the service traffic of `row`, as istiod binds them."""
        key = (row.kind, row.namespace, row.name)
        found = self.attachments.get(key)
        if found is None:
            found = attach_service(self.admissions, row)
            self.attachments[key] = found
        return found

    def workload_attachment(self, row: Object) -> Attachment:
        """The waypoint of traffic addressed to the pod or WorkloadEntry `row`.

        Pods alike in the labels that decide share the answer, so its evidence may name another of them.
        """
        key = (row.namespace, *map(row.labels.get, _WORKLOAD_LABELS))
        found = self.workload_attachments.get(key)
        if found is None:
            found = self.workload_attachments[key] = attach_workload(self.admissions, row)
        return found

    def endpoints(self, row: Target, port: ServicePort | None) -> Endpoints:
        """The ready endpoints of `row` on `port`."""
        if isinstance(row, KgatewayBackend):
            pairs = [host.rpartition(":") for host in row.hosts]
            items = [Endpoint(address=address.strip("[]"), port=number) for address, _, number in pairs]
            return Endpoints(items=items, known=bool(items))
        if port is None:
            return Endpoints()
        key = (row.kind, row.namespace, row.name, port.port)
        found = self.ready.get(key)
        if found is None:
            if isinstance(row, Service):
                found = service_endpoints(self.cluster, row, port)
            else:
                found = entry_endpoints(self.cluster, row, port)
            self.ready[key] = found
        return found

    def reach(self, waypoint: Key, client: Client) -> Reach:
        """How proxies get to `waypoint`: Istio's gateway by a Service only, ztunnel and agentgateway by a pod IP too."""
        found = self.reaches.get((waypoint, client))
        if found is None:
            found = _reach(self, waypoint, client)
            self.reaches[(waypoint, client)] = found
        return found

    def headless_sharing(self, waypoint: Key, port: int) -> Sequence[Key]:
        """The headless Services bound to `waypoint` that have `port`, sorted: all have the address 0.0.0.0 there."""
        if self.shared_headless is None:
            groups: dict[tuple[Key, int], list[Key]] = {}
            for number, keys in self.cluster.services.headless_by_port.items():
                for key in keys:
                    for one in self.attachment(self.cluster.services[key]).waypoints:
                        groups.setdefault((one.waypoint, number), []).append(key)
            self.shared_headless = {group: tuple(keys) for group, keys in groups.items()}
        return self.shared_headless.get((waypoint, port), ())


def _reach(world: World, waypoint: Key, client: Client) -> Reach:
    cluster = world.cluster
    gateway = cluster.gateways.get(waypoint)
    if gateway is None:
        return Reach(kind="unresolved", address="", detail="there is no such Gateway")
    if gateway.addresses is None:
        host = service_host(*waypoint)
        own = cluster.services.get(waypoint)
        if own is None or port_named(own.ports, HBONE_PORT) is None:
            return Reach(kind="predicted", address=host, endpoints=Endpoints(known=False))
        return Reach(
            kind="service", address=host, endpoints=world.endpoints(own, port_named(own.ports, HBONE_PORT))
        )
    address = waypoint_address(gateway)
    if address is None:
        return Reach(kind="unresolved", address="", detail="its status has no Hostname or IPAddress")
    if address.type == "Hostname":
        return _reach_host(world, gateway, address.value, client)
    key = cluster.services.by_vip.get(address.value)
    if key is not None:
        return _reach_service(world, gateway, cluster.services[key], address.value, client)
    if client != "istio":
        pod_key = cluster.pods.by_ip.get(address.value)
        pod = cluster.pods[pod_key] if pod_key else None
        if pod is not None and pod.ready is not False:
            endpoint = Endpoint(address=address.value, port=HBONE_PORT, node=pod.node, subject=pod)
            return Reach(kind="workload", address=address.value, endpoints=Endpoints(items=(endpoint,)))
    entry_key = cluster.service_entries.by_vip.get(address.value)
    if entry_key is not None:
        return _reach_service(world, gateway, cluster.service_entries[entry_key], address.value, client)
    if any(cluster.may_hold(kind, ANYWHERE) for kind in ("Service", "ServiceEntry", "Pod")):
        return Reach(kind="service", address=address.value, endpoints=Endpoints(known=False))
    nobody = "no Service" if client == "istio" else "no Service and no healthy pod"
    return Reach(kind="unresolved", address=address.value, detail=f"{nobody} has this address")


def host_namespace(host: str) -> str:
    """The namespace in the name of a Service; ANYWHERE for another name."""
    parts = host.split(".")
    return parts[1] if len(parts) > 2 and parts[2] == "svc" else ANYWHERE


def _reach_host(world: World, gateway: Gateway, host: str, client: Client) -> Reach:
    found: list[Service | ServiceEntry] = []
    service = world.cluster.service_of_host(host)
    if service is not None:
        found.append(service)
    found += world.cluster.entries_of_host(host)
    if client != "istio":
        # ztunnel and agentgateway look a host name up in the waypoint's own namespace.
        found = [one for one in found if one.namespace == gateway.namespace]
    if not found:
        known = world.cluster.knows_pods and not world.cluster.may_hold("Service", host_namespace(host))
        return Reach(
            kind="service",
            address=host,
            endpoints=Endpoints(known=known),
            detail=f"nothing answers to the host {host}",
        )
    return _reach_service(world, gateway, found[0], host, client)


def _reach_service(
    world: World, gateway: Gateway, row: Service | ServiceEntry, address: str, client: Client
) -> Reach:
    port = port_named(row.ports, HBONE_PORT)
    if port is not None:
        return Reach(
            kind="service", address=address, endpoints=world.endpoints(row, port), detail=str(row.ref)
        )
    detail = f"{row.ref} has no port {HBONE_PORT}"
    if client == "ztunnel" and row.ports:
        bound = takes_any_port(world.cluster, gateway, world.profiles["istio"].version)
        if bound is None:
            detail = (
                f"{detail}, and GatewayClass/{gateway.class_name}, which may do without, is not in the source"
            )
            return Reach(kind="service", address=address, endpoints=Endpoints(known=False), detail=detail)
        if bound:
            found = world.endpoints(row, row.ports[0])
            pods = [replace(one, port=HBONE_PORT) for one in found.items]
            return Reach(
                kind="service", address=address, endpoints=replace(found, items=pods), detail=str(row.ref)
            )
    return Reach(kind="service", address=address, detail=detail)


class Backend(Row):
    """A backendRef looked up.

    `target` is what it names, None where nothing does; `port` its port. `through` is the ExternalName Service whose
    name led to the target. `fault` says why the reference does not hold (then `target` may still be set).
    `subset_labels` are those that endpoints need where the reference is to a subset.
    """

    ref: BackendRef
    route_namespace: str
    route_kind: str
    target: Target | None = None
    port: ServicePort | None = None
    through: Service | None = None
    fault: str = ""
    subset_labels: Labels = msgspec.field(default_factory=dict)
    hidden: bool = False
    """Nothing was found, and a live cluster did not show all that it holds of the kind."""


@dataclass(slots=True, frozen=True)
class Situation:
    """One backend from one gateway, for the pods of the gateway that are alike (`variation`)."""

    world: World
    gateway: Gateway
    plane: str
    variation: Variation
    backend: Backend

    @property
    def cluster(self) -> Cluster:
        return self.world.cluster

    @property
    def profile(self) -> Profile:
        """The version that the gateway's own rules follow."""
        return self.world.profiles[self.plane if self.plane in self.world.profiles else "istio"]

    @property
    def service(self) -> Service | ServiceEntry | None:
        """The target, where it is one that can have a waypoint."""
        target = self.backend.target
        return target if isinstance(target, Service | ServiceEntry) else None

    @property
    def attachment(self) -> Attachment | None:
        """The target's binding; None where it can't have one."""
        service = self.service
        return None if service is None else self.world.attachment(service)

    @property
    def endpoints(self) -> Endpoints:
        """The target's ready endpoints, of the subset where the reference is to one."""
        target = self.backend.target
        if target is None:
            return Endpoints()
        found = self.world.endpoints(target, self.backend.port)
        wanted = self.backend.subset_labels
        return found.with_labels(wanted, told=isinstance(target, ServiceEntry)) if wanted else found

    @property
    def node_local(self) -> bool:
        service = self.service
        return isinstance(service, Service) and service.internal_traffic_policy == "Local"


def gateway_variations(cluster: Cluster, gateway: Gateway, *, by_node: bool) -> Sequence[Variation]:
    """The gateway's pods, grouped by capture (and by node, where that matters), the captured first.

    Ready pods count; those that are not only where none is. Without any pod in the source one group is predicted
    from the Gateway's `spec.infrastructure`, its Deployment and its namespace.
    """
    pods = gateway_pods(cluster, gateway)
    pods = [pod for pod in pods if pod.ready is not False] or pods
    if not pods:
        predicted = _predicted_capture(cluster, gateway)
        if cluster.may_hold("Pod", gateway.namespace):
            predicted = unobserved(predicted, gateway)
        return (Variation(capture=predicted, nodes=frozenset(), count=1, of=1),)
    groups: dict[tuple[bool, str], list[tuple[Capture, str]]] = {}
    for pod in pods:
        capture = pod_capture(cluster, pod)
        groups.setdefault((not capture.captured, pod.node if by_node else ""), []).append((capture, pod.node))
    return [
        Variation(
            capture=members[0][0],
            nodes=frozenset(node for _, node in members if node),
            count=len(members),
            of=len(pods),
        )
        for _, members in sorted(groups.items())
    ]


def gateway_pods(cluster: Cluster, gateway: Gateway) -> Sequence[Pod]:
    """The pods of `gateway` that have not finished: by the label that controllers put on them, or by its selector."""
    if isinstance(gateway, IstioGateway):
        return [one for one in members_of(cluster, gateway) if isinstance(one, Pod)]
    keys = cluster.pods.by_gateway.get(gateway.key, ())
    return [cluster.pods[key] for key in keys if not cluster.pods[key].finished]


def unobserved(predicted: Capture, gateway: Gateway) -> Capture:
    """A prediction for pods that are there, and were not shown."""
    because = f"the pods of {gateway.ref} were not read; by the objects around them, {predicted.because}"
    return replace(predicted, known=False, because=because)


def _predicted_capture(cluster: Cluster, gateway: Gateway) -> Capture:
    selector = {names.GATEWAY_NAME: gateway.name}
    for workload in cluster.workloads.selected(gateway.namespace, selector):
        return predict(
            cluster,
            workload,
            gateway.namespace,
            workload.template_labels,
            host_network=workload.host_network,
            sidecar=names.SIDECAR_STATUS in workload.template_annotations,
        )
    if gateway.pod_annotations.get(names.REDIRECTION) == "enabled":
        return Capture(
            captured=True, observed=False, because=f"{gateway.ref} annotates its pods so", evidence=()
        )
    return predict(
        cluster,
        gateway,
        gateway.namespace,
        gateway.pod_labels,
        host_network=False,
        sidecar=names.SIDECAR_STATUS in gateway.pod_annotations,
    )
