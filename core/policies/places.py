"""The places where a policy can act: ports of services at waypoints, ingress gateways, and pods behind
ztunnel.

All of a cluster's places are worked out once, and every policy picks its own from them.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property

from core import labels as names
from core.capture import pod_capture, predict
from core.classes import data_plane
from core.cluster import Cluster
from core.istio_ingress.rows import API, IstioGateway
from core.istio_ingress.workloads import labels_of, members_of
from core.model import Gateway, Key, Labels, ObjectRef, Row, Service, ServiceEntry
from core.policies.act import Act
from core.policies.protocols import Chain, chain_of
from core.situation import World

WAYPOINT_CLASS = "istio-waypoint"
"""The one GatewayClass that a policy can name to mean every waypoint (istio pkg/config/constants)."""


class ServicePlace(Row):
    """One port of a service at one waypoint that it is bound to."""

    waypoint: Key
    row: Service | ServiceEntry
    port: int
    chain: Chain
    act: Act

    @property
    def has_http(self) -> bool:
        return self.chain is not Chain.TCP

    @property
    def has_tcp(self) -> bool:
        return self.chain is not Chain.HTTP


class IngressPlace(Row):
    """An ingress Gateway. `pods` are the label sets of its pods, which are in `namespace`; `has_http` tells whether a
    listener speaks HTTP.
    """

    gateway: Gateway
    namespace: str
    plane: str
    pods: Sequence[Labels]
    has_http: bool
    act: Act


class PodPlace(Row):
    """A captured pod. `predicted` marks one that is told from a manifest: its pods don't run yet."""

    namespace: str
    name: str
    labels: Labels
    predicted: bool = False

    @property
    def slashed(self) -> str:
        return f"{self.namespace}/{self.name}"


class Places:
    """The places of one state of a cluster."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.cluster: Cluster = world.cluster

    @cached_property
    def _gateways(self) -> Mapping[str, Sequence[tuple[Gateway, str]]]:
        found: dict[str, list[tuple[Gateway, str]]] = {}
        for gateway in self.cluster.gateways.values():
            of = data_plane(self.cluster, gateway)
            found.setdefault(of.role, []).append((gateway, of.plane))
        return found

    @cached_property
    def waypoints(self) -> Mapping[Key, Gateway]:
        """Istio's waypoints. Whether one is ready decides about what is bound to it, not about itself."""
        return {
            gateway.key: gateway for gateway, plane in self._gateways.get("waypoint", ()) if plane == "istio"
        }

    @cached_property
    def ingresses(self) -> Mapping[Key, IngressPlace]:
        """The ingress Gateways of every data plane."""
        return {
            gateway.key: IngressPlace(
                gateway=gateway,
                namespace=self._gateway_namespace(gateway),
                plane=plane,
                pods=self._gateway_pods(gateway),
                has_http=any(one.protocol in ("HTTP", "HTTPS") for one in gateway.listeners),
                act=Act(
                    at="ingress",
                    gateway=(gateway.namespace, gateway.name),
                    api=API if isinstance(gateway, IstioGateway) else "",
                ),
            )
            for gateway, plane in self._gateways.get("ingress", ())
        }

    @cached_property
    def istio_ingresses(self) -> Sequence[IngressPlace]:
        """Those that istiod configures as gateways; its policies act at no other."""
        return [place for place in self.ingresses.values() if place.plane == "istio"]

    def _gateway_namespace(self, gateway: Gateway) -> str:
        """Where the gateway's pods are: those that a selector of Istio's own Gateway picks may be anywhere."""
        members = members_of(self.cluster, gateway) if isinstance(gateway, IstioGateway) else ()
        return members[0].namespace if members else gateway.namespace

    def _gateway_pods(self, gateway: Gateway) -> Sequence[Labels]:
        """Labels of the gateway's pods; predicted from `spec.infrastructure` where the source has none."""
        if isinstance(gateway, IstioGateway):
            return [labels_of(one) for one in members_of(self.cluster, gateway)] or [gateway.selector]
        keys = self.cluster.pods.by_gateway.get(gateway.key, ())
        pods = [pod.labels for pod in map(self.cluster.pods.__getitem__, keys) if not pod.finished]
        implied = {names.GATEWAY_NAME: gateway.name}
        return pods or [{**(gateway.pod_labels or gateway.labels), **implied}]

    # --- services at waypoints ------------------------------------------------------------------------------

    @cached_property
    def by_service(self) -> Mapping[ObjectRef, Sequence[ServicePlace]]:
        """Service or ServiceEntry → its ports at the waypoints that it is bound to; none where it is not
        bound.
        """
        cluster = self.cluster
        rows: Sequence[Service | ServiceEntry] = (
            *cluster.services.values(),
            *cluster.service_entries.values(),
        )
        found: dict[ObjectRef, Sequence[ServicePlace]] = {}
        for row in rows:
            places = self._of_service(row)
            if places:
                found[row.ref] = places
        return found

    def _of_service(self, row: Service | ServiceEntry) -> Sequence[ServicePlace]:
        ref = row.ref
        return [
            ServicePlace(
                waypoint=one.waypoint,
                row=row,
                port=port.port,
                chain=chain,
                act=Act(at="waypoint", gateway=one.waypoint, service=ref, port=port.port),
            )
            for one in self._world.attachment(row).waypoints
            if one.waypoint in self.waypoints
            for port in row.ports
            if (chain := chain_of(row, port)) is not Chain.NONE
        ]

    def elsewhere(self, row: Service | ServiceEntry) -> bool:
        """Whether `row` is bound to a Gateway that is no waypoint of Istio's, about which nothing is known
        here.
        """
        waypoints = self._world.attachment(row).waypoints
        return bool(waypoints) and not any(one.waypoint in self.waypoints for one in waypoints)

    @cached_property
    def by_waypoint(self) -> Mapping[Key, Sequence[ServicePlace]]:
        """Waypoint → the ports of all services bound to it."""
        found: dict[Key, list[ServicePlace]] = {}
        for places in self.by_service.values():
            for place in places:
                found.setdefault(place.waypoint, []).append(place)
        return found

    @cached_property
    def by_service_namespace(self) -> Mapping[str, Sequence[ServicePlace]]:
        """Namespace → the ports of its services at any waypoint."""
        found: dict[str, list[ServicePlace]] = {}
        for places in self.by_service.values():
            for place in places:
                found.setdefault(place.row.namespace, []).append(place)
        return found

    # --- pods -----------------------------------------------------------------------------------------------

    @cached_property
    def pods(self) -> Mapping[str, Sequence[PodPlace]]:
        """Namespace → its captured pods, as ztunnel knows them. Templates stand for pods where the source
        has none.
        """
        found: dict[str, list[PodPlace]] = {}
        cluster = self.cluster
        for pod in cluster.pods.values():
            if not pod.finished and not pod.host_network and pod_capture(cluster, pod).captured:
                place = PodPlace(namespace=pod.namespace, name=pod.name, labels=pod.labels)
                found.setdefault(pod.namespace, []).append(place)
        if not cluster.pods:
            for workload in cluster.workloads.values():
                sidecar = names.SIDECAR_STATUS in workload.template_annotations
                labels = workload.template_labels
                if predict(
                    cluster,
                    workload,
                    workload.namespace,
                    labels,
                    host_network=workload.host_network,
                    sidecar=sidecar,
                ).captured:
                    place = PodPlace(
                        namespace=workload.namespace, name=workload.name, labels=labels, predicted=True
                    )
                    found.setdefault(workload.namespace, []).append(place)
        return found
