"""The gateway pods that Istio Gateways select, and which Gateways are merged on them.

Source: istiod pilot/pkg/model/push_context.go (mergeGateways): a selector picks pods of any namespace, unless
PILOT_SCOPE_GATEWAY_TO_NAMESPACE is true.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from core import labels as names
from core.cluster import Cluster
from core.istio_ingress.managed import ports_beside, refused, role
from core.istio_ingress.rows import IstioGateway
from core.model import Key, Labels, Object, ObjectRef, Pod, Row, Service, ServicePort, Workload, selects

PORT_TRANSLATION_OFF = "experimental.istio.io/disable-gateway-port-translation"


class GatewayWorkload(Row):
    """Gateway pods alike in their namespace and in the Gateways that select them, which are sorted, oldest first.

    `labels` are those of one of them. `refused` are the Gateways that have no server there all the same, and why;
    `beside` the ports of the Gateway of Gateway API that istiod manages the pods for. Without pods and templates in the source one is assumed to be there, with the
    labels that a Gateway asks for: its `namespace` is None.
    """

    namespace: str | None
    labels: Labels
    gateways: Sequence[IstioGateway]
    members: Sequence[Pod | Workload] = ()
    refused: Mapping[Key, str] = msgspec.field(default_factory=dict)
    beside: Mapping[int, ObjectRef] = msgspec.field(default_factory=dict)

    @property
    def assumed(self) -> bool:
        return not self.members


def istio_gateways(cluster: Cluster) -> Sequence[IstioGateway]:
    """The Gateways in the order in which istiod merges them: the older first, then by name and namespace.

    One without a timestamp is a manifest, to be created after all that are there.
    """
    found = [one for one in cluster.gateways.values() if isinstance(one, IstioGateway)]
    return sorted(found, key=age)


def age(row: Object) -> tuple[bool, str, str, str]:
    """Sorts the older object first, as istiod does."""
    return (not row.created, row.created, row.name, row.namespace)


def members_of(cluster: Cluster, gateway: IstioGateway) -> Sequence[Pod | Workload]:
    """The pods that `gateway` selects, else the workloads whose templates it selects.

    A Gateway without a selector is for every gateway pod: those that other Gateways select.
    """
    if gateway.selector:
        return _selected(cluster, gateway, gateway.selector)
    found: dict[tuple[str, Key], Pod | Workload] = {}
    for other in istio_gateways(cluster):
        if other.selector:
            for one in _selected(cluster, gateway, other.selector):
                found[(one.kind, one.key)] = one
    return list(found.values())


def _selected(cluster: Cluster, gateway: IstioGateway, selector: Labels) -> Sequence[Pod | Workload]:
    if scoped_to_namespace(cluster):
        pods = cluster.pods.selected(gateway.namespace, selector)
        templates = cluster.workloads.selected(gateway.namespace, selector)
    else:
        pods = cluster.pods.selected_anywhere(selector)
        templates = cluster.workloads.selected_anywhere(selector)
    return [pod for pod in pods if not pod.finished] or templates


def scoped_to_namespace(cluster: Cluster) -> bool:
    """Whether Gateways select pods of their own namespace only."""
    setting = cluster.controller("istiod").setting(names.PILOT_SCOPE_GATEWAY_TO_NAMESPACE)
    return names.parse_bool(setting.value or "") is True


def workloads(cluster: Cluster) -> Sequence[GatewayWorkload]:
    """All of them; each Gateway is on one at least."""
    gateways = istio_gateways(cluster)
    rows: dict[tuple[str, Key], Pod | Workload] = {}
    on: dict[tuple[str, Key], list[IstioGateway]] = {}
    nowhere: list[IstioGateway] = []
    for gateway in gateways:
        members = members_of(cluster, gateway)
        for one in members:
            rows[(one.kind, one.key)] = one
            on.setdefault((one.kind, one.key), []).append(gateway)
        if not members:
            nowhere.append(gateway)
    return [*_grouped(cluster, rows, on), *(_assumed(nowhere, scoped=scoped_to_namespace(cluster)))]


def _grouped(
    cluster: Cluster,
    rows: Mapping[tuple[str, Key], Pod | Workload],
    on: Mapping[tuple[str, Key], Sequence[IstioGateway]],
) -> Iterator[GatewayWorkload]:
    groups: dict[tuple[str, tuple[Key, ...], tuple[str, str]], list[tuple[str, Key]]] = {}
    for name, gateways in on.items():
        labels = labels_of(rows[name])
        managed = (role(labels), labels.get(names.GATEWAY_NAME, ""))
        place = (rows[name].namespace, tuple(one.key for one in gateways), managed)
        groups.setdefault(place, []).append(name)
    for (namespace, _, _), members in sorted(groups.items()):
        labels, gateways = labels_of(rows[members[0]]), on[members[0]]
        yield GatewayWorkload(
            namespace=namespace,
            labels=labels,
            gateways=gateways,
            members=[rows[name] for name in sorted(members)],
            refused=refused(cluster, namespace, labels, gateways),
            beside=ports_beside(cluster, namespace, labels),
        )


def labels_of(row: Pod | Workload) -> Labels:
    """The labels of the pod, or of the template's pods."""
    return row.template_labels if isinstance(row, Workload) else row.labels


def _assumed(gateways: Sequence[IstioGateway], *, scoped: bool) -> Iterable[GatewayWorkload]:
    """One for each selector, with the Gateways that would select such pods, too."""
    seen: set[tuple[tuple[str, str], ...]] = set()
    for gateway in gateways:
        home = (("namespace", gateway.namespace),) if scoped else ()
        asked = (*sorted(gateway.selector.items()), *home)
        if asked in seen:
            continue
        seen.add(asked)
        merged = [
            one
            for one in gateways
            if selects(one.selector, gateway.selector) and not (scoped and one.namespace != gateway.namespace)
        ]
        yield GatewayWorkload(
            namespace=gateway.namespace if scoped else None, labels=gateway.selector, gateways=merged
        )


# --- ports ----------------------------------------------------------------------------------------------------------


class Ports:
    """The ports of a workload's pods by the port of the Service in front of them.

    Source: istiod pilot/pkg/model/gateway.go (resolvePorts).
    """

    def __init__(self, cluster: Cluster, workload: GatewayWorkload) -> None:
        self._targets: dict[int, int] = {}
        member = workload.members[0] if workload.members else None
        if member is None:
            return
        for service in cluster.services.in_namespace(member.namespace):
            fits = service.selector and selects(service.selector, workload.labels)
            if fits and PORT_TRANSLATION_OFF not in service.labels:
                self._add(service, member)

    def _add(self, service: Service, member: Pod | Workload) -> None:
        for port in service.ports:
            target = _target(port, member)
            if target is not None:
                self._targets.setdefault(port.port, target)

    def behind(self, number: int) -> int:
        """The port of the pods behind port `number`: what a server of that number listens on, what a client reaches."""
        return self._targets.get(number, number)


def _target(port: ServicePort, member: Pod | Workload) -> int | None:
    if isinstance(port.target, int) and port.target:
        return port.target
    if not isinstance(port.target, str):
        return port.port
    if isinstance(member, Pod):
        return member.ports.get(port.target)
    return next((one.ports[port.target] for one in member.containers if port.target in one.ports), None)
