"""Pods of which only the metadata was read: what else there is to know of them, from the objects around them.

EndpointSlices tell address, node and readiness. A pod that a Service with slices selects, and that none of them names,
has no address, so it is not ready. The host network is told by the template of the workload that made the pod.
"""

from collections.abc import Iterable, Mapping, Sequence

from core.cluster import Pods, replace
from core.model import EndpointSlice, Key, Pod, Service, Workload, selects


class _Seen:
    """What the slices say of a pod."""

    __slots__ = ("addresses", "listed_ready", "node", "ready")

    def __init__(self) -> None:
        self.addresses: dict[str, None] = {}
        self.node = ""
        self.ready: bool | None = None
        self.listed_ready = False

    def note(self, address: str, node: str, *, ready: bool, whatever: bool) -> None:
        self.addresses[address] = None
        self.node = self.node or node
        if whatever:
            self.listed_ready = self.listed_ready or ready
        else:
            self.ready = bool(self.ready) or ready


def completed(
    pods: Sequence[Pod],
    slices: Sequence[EndpointSlice],
    services: Mapping[Key, Service],
    workloads: Iterable[Workload],
    *,
    slices_known: bool,
) -> list[Pod]:
    """`pods` with what is known of them; those that were read whole are left as they are.

    Args:
        pods: As they were read.
        slices: All EndpointSlices.
        services: By key.
        workloads: Deployments and their like.
        slices_known: Whether all slices were read, so that a pod without one tells something.
    """
    seen = _seen(slices, services)
    on_host = _on_host_network(workloads)
    unseen = [pod for pod in pods if pod.ready is None and pod.key not in seen]
    sliced = {(one.namespace, one.service) for one in slices} if slices_known else set()
    waiting = _waiting(unseen, [services[key] for key in sliced if key in services])
    return [
        pod
        if pod.ready is not None
        else _complete(pod, seen.get(pod.key), on_host, ready=pod.key not in waiting)
        for pod in pods
    ]


def _complete(pod: Pod, seen: _Seen | None, on_host: Mapping[str, Sequence[Workload]], *, ready: bool) -> Pod:
    hosts = on_host.get(pod.namespace)
    host_network = hosts is not None and any(
        selects(one.template_labels, pod.labels) for one in hosts if one.template_labels
    )
    if seen is None:
        return replace(pod, ready=ready, host_network=host_network, by_metadata=True)
    return replace(
        pod,
        ips=tuple(seen.addresses),
        node=seen.node,
        ready=seen.listed_ready if seen.ready is None else seen.ready,
        host_network=host_network,
        by_metadata=True,
    )


def _seen(slices: Iterable[EndpointSlice], services: Mapping[Key, Service]) -> dict[Key, _Seen]:
    found: dict[Key, _Seen] = {}
    for one in slices:
        service = services.get((one.namespace, one.service))
        whatever = service is not None and service.publish_not_ready
        for endpoint in one.endpoints:
            if endpoint.pod:
                key = (one.namespace, endpoint.pod)
                about = found.get(key)
                if about is None:
                    about = found[key] = _Seen()
                about.note(endpoint.address, endpoint.node, ready=endpoint.ready, whatever=whatever)
    return found


def _waiting(unseen: Sequence[Pod], services: Sequence[Service]) -> set[Key]:
    """Those of `unseen` that one of `services` selects."""
    if not unseen:
        return set()
    table = Pods.of(unseen)
    return {pod.key for service in services for pod in table.selected(service.namespace, service.selector)}


def _on_host_network(workloads: Iterable[Workload]) -> Mapping[str, Sequence[Workload]]:
    found: dict[str, list[Workload]] = {}
    for workload in workloads:
        if workload.host_network:
            found.setdefault(workload.namespace, []).append(workload)
    return found
