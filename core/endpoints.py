"""The endpoints of a Service or ServiceEntry that are ready to take traffic.

EndpointSlices count; pods where a Service has no slice; a workload's template where the source has manifests only.
"""

from collections.abc import Iterable, Iterator, Sequence

from core.cluster import Cluster, replace
from core.model import (
    EndpointSlice,
    Labels,
    Object,
    Pod,
    Row,
    Service,
    ServiceEntry,
    ServicePort,
    Workload,
    WorkloadEntry,
    bracketed,
    selects,
)


class Endpoint(Row):
    """One address that traffic can be sent to.

    `address` is an IP, a host name, or `Kind/namespace/name` of a workload whose pods don't exist yet. `subject`
    is the pod or WorkloadEntry behind it, whose labels may name a workload waypoint; None where none is known.
    """

    address: str
    port: int | str
    node: str = ""
    subject: Object | None = None

    def __str__(self) -> str:
        return (
            bracketed(self.address, self.port) if "/" not in self.address else f"{self.address}:{self.port}"
        )


class Endpoints(Row):
    """The ready endpoints of one port, and beside them those that are `unready`.

    `known` is false where the source holds nothing that could tell. `predicted` marks endpoints that stand for pods
    not running yet.
    """

    items: Sequence[Endpoint] = ()
    unready: Sequence[Endpoint] = ()
    known: bool = True
    predicted: bool = False

    @property
    def present(self) -> bool:
        """Whether there is an endpoint, as far as known; where unknown it is taken that there is."""
        return bool(self.items) or not self.known

    def on_nodes(self, nodes: frozenset[str]) -> "Endpoints":
        """Those on one of `nodes` (`internalTrafficPolicy: Local`); predicted ones have no node and stay.

        Without any node in the source all stay, and whether one of them is near is not known.
        """
        if not nodes:
            return replace(self, known=self.known and not self.items)

        def near(endpoints: Sequence[Endpoint]) -> Sequence[Endpoint]:
            return [one for one in endpoints if one.node in nodes or not one.node]

        return replace(self, items=near(self.items), unready=near(self.unready))

    def with_labels(self, labels: Labels, *, told: bool) -> "Endpoints":
        """Those whose pod or WorkloadEntry has all of `labels`: a subset.

        Of one without such an object the labels are not known, unless `told`: then it has none.
        """

        def of_subset(endpoints: Sequence[Endpoint]) -> Sequence[Endpoint]:
            return [
                one for one in endpoints if one.subject is not None and selects(labels, one.subject.labels)
            ]

        known = self.known and (told or all(one.subject is not None for one in (*self.items, *self.unready)))
        return replace(self, items=of_subset(self.items), unready=of_subset(self.unready), known=known)

    def with_unready(self) -> "Endpoints":
        """All of them as if they were ready: what a gateway holds that does not look at readiness."""
        return replace(self, items=[*self.items, *self.unready], unready=()) if self.unready else self


def service_endpoints(cluster: Cluster, service: Service, port: ServicePort) -> Endpoints:
    """The ready endpoints of `port` of `service`."""
    slices = cluster.slices.by_service.get(service.key)
    if not slices and cluster.may_hold("EndpointSlice", service.namespace):
        return Endpoints(known=False)
    if slices:
        return _split(_from_slices(cluster, [cluster.slices[key] for key in slices], port))
    pods = cluster.pods.selected(service.namespace, service.selector)
    if pods:
        found = _split(_from_pods(pods, port))
        found = found.with_unready() if service.publish_not_ready else found
        return replace(found, predicted=all(pod.ready is None for pod in pods))
    if cluster.knows_pods or not service.selector:
        return Endpoints(known=bool(service.selector) or cluster.observed)
    workloads = cluster.workloads.selected(service.namespace, service.selector)
    return _from_workloads(service.namespace, workloads, port)


def entry_endpoints(cluster: Cluster, entry: ServiceEntry, port: ServicePort) -> Endpoints:
    """The endpoints of `port` of `entry`: inline ones, selected pods and WorkloadEntries, or its hosts under DNS."""
    if entry.endpoints:
        return Endpoints(items=list(_inline(entry, port)))
    if entry.selector:
        found = [
            *_from_pods(cluster.pods.selected(entry.namespace, entry.selector), port),
            *_from_workload_entries(cluster.workload_entries.selected(entry.namespace, entry.selector), port),
        ]
        if not found and any(cluster.may_hold(kind, entry.namespace) for kind in ("Pod", "WorkloadEntry")):
            return Endpoints(known=False)
        if found or cluster.knows_pods:
            return _split(found)
        workloads = cluster.workloads.selected(entry.namespace, entry.selector)
        return _from_workloads(entry.namespace, workloads, port)
    if entry.uses_dns:
        return Endpoints(items=[Endpoint(address=host, port=_number(port)) for host in entry.hosts])
    return Endpoints()


def _split(found: Iterable[tuple[bool, Endpoint]]) -> Endpoints:
    """Endpoints by their readiness."""
    items: list[Endpoint] = []
    unready: list[Endpoint] = []
    for ready, endpoint in found:
        (items if ready else unready).append(endpoint)
    return Endpoints(items=items, unready=unready)


def _from_slices(
    cluster: Cluster, slices: Sequence[EndpointSlice], port: ServicePort
) -> Iterator[tuple[bool, Endpoint]]:
    for one in slices:
        number = one.ports.get(port.name)
        if number is None:
            continue
        for endpoint in one.endpoints:
            pod = cluster.pods.get((one.namespace, endpoint.pod)) if endpoint.pod else None
            yield (
                endpoint.ready,
                Endpoint(address=endpoint.address, port=number, node=endpoint.node, subject=pod),
            )


def _from_pods(pods: Sequence[Pod], port: ServicePort) -> Iterator[tuple[bool, Endpoint]]:
    for pod in pods:
        if pod.finished:
            continue
        number = pod.ports.get(port.target) if isinstance(port.target, str) else _number(port)
        if number is None:
            continue
        unnamed = pod.ready is None or pod.by_metadata
        addresses = pod.ips[:1] or ((str(pod.ref),) if unnamed else ())
        for address in addresses:
            yield pod.ready is not False, Endpoint(address=address, port=number, node=pod.node, subject=pod)


def _from_workload_entries(
    entries: Sequence[WorkloadEntry], port: ServicePort
) -> Iterator[tuple[bool, Endpoint]]:
    for entry in entries:
        if entry.address:
            number = entry.ports.get(port.name, _number(port))
            yield entry.healthy, Endpoint(address=entry.address, port=number, subject=entry)


def _inline(entry: ServiceEntry, port: ServicePort) -> Iterator[Endpoint]:
    for one in entry.endpoints:
        # istiod looks a workload waypoint up by the endpoint's own labels, in the ServiceEntry's namespace.
        subject = WorkloadEntry(
            namespace=entry.namespace, name=entry.name, labels=one.labels, address=one.address
        )
        yield Endpoint(address=one.address, port=one.ports.get(port.name, _number(port)), subject=subject)


def _from_workloads(namespace: str, workloads: Sequence[Workload], port: ServicePort) -> Endpoints:
    """Templates stand for the pods of manifests; with no workload in the source nothing is known."""
    items = []
    for workload in workloads:
        if workload.replicas < 1:
            continue
        number: int | str | None = _number(port)
        if isinstance(port.target, str):
            number = next(
                (c.ports[port.target] for c in workload.containers if port.target in c.ports), port.target
            )
        subject = Pod(
            namespace=namespace,
            name=workload.name,
            labels=workload.template_labels,
            annotations=workload.template_annotations,
            host_network=workload.host_network,
        )
        items.append(Endpoint(address=str(workload.ref), port=number or port.port, subject=subject))
    return Endpoints(items=items, known=bool(workloads), predicted=True)


def _number(port: ServicePort) -> int:
    return port.target if isinstance(port.target, int) and port.target else port.port
