"""Where the destinations of VirtualServices lead: hosts of Services and ServiceEntries, and subsets of them.

Source: istiod pilot/pkg/networking/core/route/route.go (GetDestinationCluster), gateway.go
(buildNameToServiceMapForHTTPRoutes), pilot/pkg/xds/endpoints/endpoint_builder.go.
"""

from collections.abc import Iterator, Sequence

from core.cluster import ANYWHERE, Cluster
from core.istio_ingress.rows import API, VIRTUAL_SERVICE, Destination
from core.model import BackendRef, Labels, Service, ServiceEntry, port_named, service_host
from core.policies.destinations import Destinations
from core.policies.hosts import reaches
from core.policy_model import Policies
from core.situation import Backend, Target

EXPORT_TO = "networking.istio.io/exportTo"
DEFAULT_ROOT = "istio-system"
_MAX_ALIASES = 8
_GROUPS = {"Service": "", "ServiceEntry": API, "Hostname": API}


def host_rows(cluster: Cluster, host: str) -> Iterator[Service | ServiceEntry]:
    """What has the mesh-wide name `host`: the Service, then the ServiceEntries, oldest first."""
    service = cluster.service_of_host(host)
    if service is not None and host == service_host(service.namespace, service.name):
        yield service
    yield from cluster.entries_of_host(host)


def visible(cluster: Cluster, row: Service | ServiceEntry, namespace: str | None) -> bool:
    """Whether gateway pods of `namespace` know `row`; where the namespace is not known it is taken that they do."""
    export_to: Sequence[str] = ()
    if isinstance(row, ServiceEntry):
        export_to = row.export_to
    elif EXPORT_TO in row.annotations:
        export_to = tuple(one.strip() for one in row.annotations[EXPORT_TO].split(","))
    default = cluster.istio.settings.service_export_to
    if namespace is None:
        return "~" not in (tuple(export_to) or tuple(default))
    return reaches(export_to, default, row.namespace, namespace)


def find(cluster: Cluster, host: str, home: str, namespace: str | None) -> Service | ServiceEntry | None:
    """What gateway pods of `namespace` know under `host`; of several that of the VirtualService's namespace `home`."""
    known = [row for row in host_rows(cluster, host) if visible(cluster, row, namespace)]
    return next((row for row in known if row.namespace == home), known[0] if known else None)


def backend_ref(
    cluster: Cluster, to: Destination, home: str, namespace: str | None, server_port: int
) -> BackendRef:
    """`to` as a backendRef: a Service or ServiceEntry by its name, a host that nothing has as a `Hostname`.

    Without `port` it is the only one of the service, else the server's own number.
    """
    row = find(cluster, to.host, home, namespace)
    port = to.port
    if port is None:
        port = row.ports[0].port if row is not None and len(row.ports) == 1 else server_port
    kind = row.kind if row is not None else "Hostname"
    return BackendRef(
        group=_GROUPS[kind],
        kind=kind,
        namespace=row.namespace if row is not None else home,
        name=row.name if row is not None else to.host,
        port=port,
        weight=to.weight,
        subset=to.subset,
    )


class Subsets:
    """The subsets that DestinationRules make of services for gateway pods."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        settings = cluster.istio.settings
        policies = Policies(destination_rules=cluster.istio.destination_rules, mesh=settings)
        self._rules = Destinations(policies, settings.root_namespace or DEFAULT_ROOT)

    def labels(
        self, row: Service | ServiceEntry, subset: str, namespace: str, pods: Sequence[Labels]
    ) -> Labels | None:
        """The labels of the endpoints in `subset`; None where no DestinationRule that counts has it."""
        for use in self._rules.used(namespace, row, pods):
            if subset in use.subsets:
                return use.rule.subset_labels.get(subset, {})
        return None

    def look_up(
        self, ref: BackendRef, route_namespace: str, namespace: str | None, pods: Sequence[Labels]
    ) -> Backend:
        """The object, port and subset that `ref` names, or the fault why the gateway has no cluster for it."""
        row: Service | ServiceEntry | None = None
        if ref.kind == "Service":
            row = self._cluster.services.get((ref.namespace, ref.name))
        elif ref.kind == "ServiceEntry":
            row = self._cluster.service_entries.get((ref.namespace, ref.name))
        through = row if isinstance(row, Service) and row.type == "ExternalName" else None
        target: Target | None = row
        if through is not None:
            row = target = self._alias(through)
        fault, labels = self._fault(ref, row, through, namespace or ref.namespace, pods)
        wanted = ("Service", "ServiceEntry") if row is None else ("DestinationRule",)
        return Backend(
            ref=ref,
            route_namespace=route_namespace,
            route_kind=VIRTUAL_SERVICE,
            target=target,
            port=port_named(row.ports, ref.port) if row is not None else None,
            through=through,
            fault=f"{fault}: the gateway has no such cluster and answers 503" if fault else "",
            subset_labels=labels or {},
            hidden=bool(fault)
            and labels is None
            and any(self._cluster.may_hold(one, ANYWHERE) for one in wanted),
        )

    def _alias(self, service: Service) -> Service | ServiceEntry | None:
        """What an ExternalName Service stands for, aliases of aliases followed."""
        current: Service | ServiceEntry | None = service
        for _ in range(_MAX_ALIASES):
            if not isinstance(current, Service) or current.type != "ExternalName":
                return current
            current = next(host_rows(self._cluster, current.external_name.rstrip(".")), None)
        return None

    def _fault(
        self,
        ref: BackendRef,
        row: Service | ServiceEntry | None,
        through: Service | None,
        namespace: str,
        pods: Sequence[Labels],
    ) -> tuple[str, Labels | None]:
        """Why there is no cluster, and the labels of the subset; None where what is missing may not have been shown."""
        if row is None and through is not None:
            alias = through.external_name
            return f"{through.ref} is an ExternalName for {alias}, which nothing has as host", None
        if row is None:
            return f"no Service or ServiceEntry that is exported to the gateway has the host {ref.name}", None
        if port_named(row.ports, ref.port) is None:
            ports = ", ".join(str(port.port) for port in row.ports) or "none"
            return f"{row.ref} has no port {ref.port} (it has {ports})", {}
        if not ref.subset:
            return "", {}
        labels = self.labels(row, ref.subset, namespace, pods)
        if labels is None:
            return (
                f"no DestinationRule for {row.hosts[0] if row.hosts else row.ref} has a subset {ref.subset}",
                None,
            )
        return "", labels
