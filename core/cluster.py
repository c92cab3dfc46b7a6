"""One state of a cluster: the rows by kind, with the look-ups that the rules need."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Generic, Self, TypeVar

import msgspec

from core import labels as names
from core.controllers import Controller
from core.istio_ingress.rows import IstioRouting
from core.model import (
    ConfigMap,
    EndpointSlice,
    Gateway,
    GatewayClass,
    Key,
    KgatewayBackend,
    Labels,
    LabelSelector,
    ListenerSet,
    Namespace,
    Object,
    Pod,
    ReferenceGrant,
    Route,
    Row,
    Service,
    ServiceEntry,
    Workload,
    WorkloadEntry,
)

T = TypeVar("T", bound=Object)


class Table(Mapping[Key, T], Generic[T]):
    """The rows of one kind by (namespace, name).

    Look-ups are built when first asked for and hold keys only, so that a table whose rows changed in
    nothing but labels keeps those that don't read labels.
    """

    label_indexes: frozenset[str] = frozenset()
    """Look-ups that depend on labels, and are dropped when a label changes."""

    def __init__(self, rows: Mapping[Key, T] | None = None) -> None:
        self._rows: Mapping[Key, T] = rows if rows is not None else {}

    @classmethod
    def of(cls, rows: Iterable[T]) -> Self:
        """A table of `rows`, by key, so that a source's order plays no part; of two with one key the later wins."""
        found = {row.key: row for row in rows}
        return cls({key: found[key] for key in sorted(found)})

    def __getitem__(self, key: Key) -> T:
        return self._rows[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, key: Key, default: T | None = None) -> T | None:  # type: ignore[override]
        return self._rows.get(key, default)

    def relabelled(self, changed: Iterable[T]) -> Self:
        """The table with `changed` in place of the rows of the same key, which differ in labels only."""
        rows = dict(self._rows)
        rows.update((row.key, row) for row in changed)
        table = type(self)(rows)
        kept = {
            name: index for name, index in vars(self).items() if name not in {"_rows", *self.label_indexes}
        }
        vars(table).update(kept)
        return table

    @cached_property
    def keys_by_namespace(self) -> Mapping[str, Sequence[Key]]:
        """Keys of each namespace, in the table's order."""
        found: dict[str, list[Key]] = {}
        for key in self._rows:
            found.setdefault(key[0], []).append(key)
        return found

    def in_namespace(self, namespace: str) -> Iterator[T]:
        """The rows of `namespace`."""
        return (self._rows[key] for key in self.keys_by_namespace.get(namespace, ()))


class Services(Table[Service]):
    """Services, found by their addresses too."""

    @cached_property
    def by_vip(self) -> Mapping[str, Key]:
        """ClusterIP → the Service that has it."""
        return {vip: key for key, service in self._rows.items() for vip in service.cluster_ips}

    @cached_property
    def headless_by_port(self) -> Mapping[int, Sequence[Key]]:
        """Service port → the headless Services with that port, sorted."""
        found: dict[int, list[Key]] = {}
        for key, service in sorted(self._rows.items()):
            if service.headless:
                for port in service.ports:
                    found.setdefault(port.port, []).append(key)
        return found


class ServiceEntries(Table[ServiceEntry]):
    """ServiceEntries, found by their hosts and addresses too."""

    @cached_property
    def by_host(self) -> Mapping[str, Sequence[Key]]:
        """Host name → the ServiceEntries that list it, oldest first."""
        found: dict[str, list[Key]] = {}
        for key, entry in sorted(self._rows.items(), key=lambda item: (item[1].created, item[0])):
            for host in entry.hosts:
                found.setdefault(host, []).append(key)
        return found

    @cached_property
    def by_vip(self) -> Mapping[str, Key]:
        """Address → the ServiceEntry that has it, the oldest first to claim it."""
        found: dict[str, Key] = {}
        for key, entry in sorted(self._rows.items(), key=lambda item: (item[1].created, item[0])):
            for vip in entry.vips:
                found.setdefault(vip.removesuffix("/32").removesuffix("/128"), key)
        return found


class Selectable(Table[T]):
    """Rows that selectors pick by labels."""

    label_indexes = frozenset({"_by_pair", "_homes_by_pair"})

    def _labels_of(self, row: T) -> Labels:
        return row.labels

    @cached_property
    def _by_pair(self) -> Mapping[tuple[str, str, str], Sequence[Key]]:
        found: dict[tuple[str, str, str], list[Key]] = {}
        for key, row in self._rows.items():
            for pair in self._labels_of(row).items():
                found.setdefault((key[0], *pair), []).append(key)
        return found

    def selected(self, namespace: str, selector: Labels) -> Sequence[T]:
        """The rows of `namespace` that an equality `selector` picks; an empty selector picks none."""
        if not selector:
            return ()
        sets = sorted((self._by_pair.get((namespace, *pair), ()) for pair in selector.items()), key=len)
        common = set(sets[0]).intersection(*sets[1:])
        return [self._rows[key] for key in sets[0] if key in common]

    @cached_property
    def _homes_by_pair(self) -> Mapping[tuple[str, str], Sequence[str]]:
        found: dict[tuple[str, str], list[str]] = {}
        for namespace, *pair in self._by_pair:
            found.setdefault((pair[0], pair[1]), []).append(namespace)
        return found

    def selected_anywhere(self, selector: Labels) -> Sequence[T]:
        """The rows of any namespace that an equality `selector` picks, sorted; an empty selector picks none."""
        if not selector:
            return ()
        homes = min((self._homes_by_pair.get(pair, ()) for pair in selector.items()), key=len)
        return [row for namespace in sorted(homes) for row in self.selected(namespace, selector)]


class Pods(Selectable[Pod]):
    """Pods, found by their gateway and addresses too."""

    label_indexes = frozenset({"_by_pair", "_homes_by_pair", "by_gateway"})

    @cached_property
    def by_gateway(self) -> Mapping[Key, Sequence[Key]]:
        """Gateway → its pods, by the label that controllers put on them."""
        found: dict[Key, list[Key]] = {}
        for key, pod in self._rows.items():
            gateway = pod.labels.get(names.GATEWAY_NAME)
            if gateway:
                found.setdefault((key[0], gateway), []).append(key)
        return found

    @cached_property
    def by_ip(self) -> Mapping[str, Key]:
        """Pod IP → pod, pods of the host network and finished ones left out."""
        return {
            ip: key
            for key, pod in self._rows.items()
            if not pod.host_network and not pod.finished
            for ip in pod.ips
        }

    @cached_property
    def any_running(self) -> bool:
        """Whether one of them is more than a manifest: it has a status."""
        return any(pod.ready is not None for pod in self._rows.values())


class Workloads(Selectable[Workload]):
    """Deployments and their like, picked by the labels of their pod template."""

    def _labels_of(self, row: Workload) -> Labels:
        return row.template_labels


class Slices(Table[EndpointSlice]):
    """EndpointSlices, found by their Service too."""

    @cached_property
    def of_pods(self) -> bool:
        """Whether a slice names a pod as its target, as the control plane writes them."""
        return any(endpoint.pod for one in self._rows.values() for endpoint in one.endpoints)

    @cached_property
    def by_service(self) -> Mapping[Key, Sequence[Key]]:
        """Service → its EndpointSlices."""
        found: dict[Key, list[Key]] = {}
        for key, one in self._rows.items():
            found.setdefault((key[0], one.service), []).append(key)
        return found


class ListenerSets(Table[ListenerSet]):
    """ListenerSets, found by their Gateway too."""

    @cached_property
    def by_gateway(self) -> Mapping[Key, Sequence[ListenerSet]]:
        """Gateway → the ListenerSets that name it, oldest first, then by namespace/name."""
        found: dict[Key, list[ListenerSet]] = {}
        for one in sorted(self._rows.values(), key=_age):
            if (one.parent.group, one.parent.kind) == ("gateway.networking.k8s.io", "Gateway"):
                found.setdefault((one.parent.namespace, one.parent.name), []).append(one)
        return found


def _age(one: Object) -> tuple[bool, str, str, str]:
    """Sorts older objects first; one without a timestamp is a manifest, to be created after all that are there."""
    return (not one.created, one.created, f"{one.namespace}/{one.name}", one.kind)


class VisibilityPolicy(Row):
    """A policy of MeshConfig.serviceEntryVisibility: all `selectors` must match the namespace's labels."""

    visibility: str
    selectors: Sequence[LabelSelector] = ()


class MeshConfig(Row):
    """What decides a path in Istio's MeshConfig. `visibility` is `PUBLIC` where it is not configured."""

    visibility: str = "PUBLIC"
    visibility_policies: Sequence[VisibilityPolicy] = ()


ANYWHERE = "*"
"""Stands for every namespace."""


class Unread(Row):
    """What a live cluster holds and did not show.

    `kinds` were refused, or could not be read, in part at least. `namespaces` are the only ones that were read; None
    where all were.
    """

    kinds: frozenset[str] = frozenset()
    namespaces: frozenset[str] | None = None

    def with_other(self, other: "Unread") -> "Unread":
        """What is not shown by a source that this and `other` are parts of."""
        limits = [one.namespaces for one in (self, other) if one.namespaces is not None]
        return Unread(
            kinds=self.kinds | other.kinds, namespaces=frozenset().union(*limits) if limits else None
        )


class MissingRight(Row, order=True):
    """A verb that the API server refused. `resource` is the plural; `namespace` is empty for the whole cluster."""

    group: str
    resource: str
    verb: str
    namespace: str = ""


class Cluster(Row):
    """The state that a resolution reads. An edit makes another Cluster and shares what it did not change.

    `observed` is true where the source holds what only a running cluster has: pods with a status, EndpointSlices,
    assigned addresses. `read` counts the objects understood.
    """

    namespaces: Table[Namespace] = Table()
    gateway_classes: Table[GatewayClass] = Table()
    gateways: Table[Gateway] = Table()
    listener_sets: ListenerSets = ListenerSets()
    routes: Sequence[Route] = ()
    grants: Table[ReferenceGrant] = Table()
    services: Services = Services()
    service_entries: ServiceEntries = ServiceEntries()
    workload_entries: Selectable[WorkloadEntry] = Selectable()
    pods: Pods = Pods()
    slices: Slices = Slices()
    workloads: Workloads = Workloads()
    config_maps: Table[ConfigMap] = Table()
    backends: Table[KgatewayBackend] = Table()
    istio: IstioRouting = IstioRouting()
    controllers: Mapping[str, Controller] = {}
    mesh: MeshConfig = MeshConfig()
    observed: bool = False
    unread: Unread = Unread()

    def may_hold(self, kind: str, namespace: str = "") -> bool:
        """Whether the cluster may have objects of `kind` in `namespace` (or ANYWHERE) that the source does not show.

        Then a missing one is no answer: what depends on it is unknown.
        """
        unread = self.unread
        beyond = unread.namespaces is not None and bool(namespace) and namespace not in unread.namespaces
        return beyond or kind in unread.kinds

    def namespace(self, name: str) -> Namespace | None:
        """The Namespace object, None where the source does not hold it."""
        return self.namespaces.get(("", name))

    def namespace_labels(self, name: str) -> Labels:
        """The namespace's labels; its own name where the source does not hold the object.

        `kubernetes.io/metadata.name` is on every namespace, whatever a manifest writes.
        """
        found = self.namespace(name)
        implied = {"kubernetes.io/metadata.name": name}
        return {**found.labels, **implied} if found else implied

    def controller(self, name: str) -> Controller:
        """The controller of that name; an empty one where the source has none."""
        return self.controllers.get(name) or Controller(name=name)

    def service_of_host(self, host: str) -> Service | None:
        """The Service that `host` names (`name.namespace.svc` with any cluster domain)."""
        parts = host.split(".")
        if len(parts) < 3 or parts[2] != "svc":
            return None
        return self.services.get((parts[1], parts[0]))

    def entries_of_host(self, host: str) -> Sequence[ServiceEntry]:
        """The ServiceEntries that list `host`, oldest first."""
        return [self.service_entries[key] for key in self.service_entries.by_host.get(host, ())]

    @property
    def knows_pods(self) -> bool:
        """Whether the source lists what runs, so that a missing endpoint is an answer.

        Manifests may hold a Pod without status, or an EndpointSlice written by hand; neither tells of other Services.
        """
        return self.pods.any_running or self.slices.of_pods


replace = msgspec.structs.replace
