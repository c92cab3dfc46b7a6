"""Routes of the mesh at waypoints: HTTPRoutes and GRPCRoutes with a Service or ServiceEntry as parent,
VirtualServices.

Source: istio pilot/pkg/networking/core/listener_waypoint.go (getVirtualServiceForWaypoint) and
pilot/pkg/config/kube/gateway/route_collections.go.
"""

from collections.abc import Iterator, Mapping, Sequence

from core.cluster import Cluster
from core.model import ObjectRef
from core.policies.act import Act, PolicyActs, in_order
from core.policies.hosts import full_host, host_matches, reaches
from core.policies.places import Places, ServicePlace
from core.policies.targets import SERVICE, SERVICE_ENTRY, Fault
from core.policy_model import Policies, RouteEffects, VirtualService
from core.versions import Version

SINCE_ALL_ROUTES_MERGED = Version(major=1, minor=29)
"""The oldest istiod observed to merge the routes of a service; 1.24 took one VirtualService and no other."""


def mesh_parents(route: RouteEffects) -> Mapping[ObjectRef, frozenset[int]]:
    """The Services and ServiceEntries that `route` has as parents, with the ports it names; no port means
    every one.

    `sectionName` is not looked at.
    """
    found: dict[ObjectRef, frozenset[int]] = {}
    for parent in route.parents:
        if ("" if parent.group == "core" else parent.group, parent.kind) not in (SERVICE, SERVICE_ENTRY):
            continue
        ref = ObjectRef(kind=parent.kind, namespace=parent.namespace, name=parent.name)
        ports = frozenset() if parent.port is None else frozenset({parent.port})
        before = found.get(ref)
        # A parentRef without a port takes in what the others name.
        found[ref] = ports if before is None else (before | ports if before and ports else frozenset())
    return found


class MeshRoutes:
    """The routes of the mesh, and where each acts."""

    def __init__(self, policies: Policies, places: Places, istio: Version) -> None:
        self._places = places
        self._all_merged = istio >= SINCE_ALL_ROUTES_MERGED
        self._default = policies.mesh.virtual_service_export_to
        self.routes = [route for route in policies.routes if mesh_parents(route)]
        self.virtual_services = [one for one in policies.virtual_services if one.in_mesh]
        self._taken = {} if self._all_merged else self._first_of_each()

    def acts(self) -> Iterator[PolicyActs]:
        """Where each route of the mesh acts."""
        for route in self.routes:
            yield self._route_acts(route)
        for service in self.virtual_services:
            yield self._virtual_service_acts(service)

    # --- HTTPRoute and GRPCRoute ----------------------------------------------------------------------------

    def _route_places(self, route: RouteEffects) -> Iterator[ServicePlace]:
        for ref, ports in mesh_parents(route).items():
            for place in self._places.by_service.get(ref, ()):
                near = route.namespace in (place.row.namespace, place.waypoint[0])
                if near and place.has_http and (not ports or place.port in ports):
                    yield place

    def _route_acts(self, route: RouteEffects) -> PolicyActs:
        acts = in_order([place.act for place in self._route_places(route) if self._wins(route.ref, place)])
        faults, reasons = [], []
        for ref in mesh_parents(route):
            fault, because = self._parent_fault(route, ref)
            faults += [fault.value] if fault else []
            reasons.append(f"parentRef {ref}: {because}")
        return PolicyActs(
            policy=route.ref, acts=acts, because="; ".join(reasons), faults=faults, where=route.where
        )

    def _parent_fault(self, route: RouteEffects, ref: ObjectRef) -> tuple[Fault | None, str]:
        places = self._places.by_service.get(ref, ())
        if not _exists(self._places.cluster, ref):
            return Fault.NOT_FOUND, "it does not exist"
        if not places:
            return Fault.NOT_BOUND, "it is not bound to a waypoint"
        homes = {place.row.namespace for place in places} | {place.waypoint[0] for place in places}
        if route.namespace not in homes:
            told = " or ".join(sorted(homes))
            return (
                Fault.OTHER_NAMESPACE,
                f"a route acts from the service's or the waypoint's namespace only ({told})",
            )
        return None, "at the service's waypoint"

    # --- VirtualService -------------------------------------------------------------------------------------

    def _virtual_service_places(self, service: VirtualService) -> Iterator[ServicePlace]:
        for place in self._named(service):
            namespaces = (place.row.namespace, place.waypoint[0])
            if service.namespace not in namespaces or not self._fits(service, place):
                continue
            if reaches(service.export_to, self._default, service.namespace, place.waypoint[0]):
                yield place

    def _fits(self, service: VirtualService, place: ServicePlace) -> bool:
        if service.rules and place.has_http and (not service.ports or place.port in service.ports):
            return True
        return service.other and place.has_tcp

    def _named(self, service: VirtualService) -> Iterator[ServicePlace]:
        hosts = [full_host(host, service.namespace) for host in service.hosts]
        if not any("*" in host for host in hosts):
            for ref in self._exactly(hosts):
                yield from self._places.by_service.get(ref, ())
            return
        for places in self._places.by_service.values():
            theirs = places[0].row.hosts
            if any(host_matches(host, their) for host in hosts for their in theirs):
                yield from places

    def _exactly(self, hosts: Sequence[str]) -> Iterator[ObjectRef]:
        cluster = self._places.cluster
        for host in dict.fromkeys(hosts):
            found = cluster.service_of_host(host)
            if found is not None and host in found.hosts:
                yield found.ref
            for entry in cluster.entries_of_host(host):
                yield entry.ref

    def _virtual_service_acts(self, service: VirtualService) -> PolicyActs:
        found = list(self._virtual_service_places(service))
        acts = in_order([place.act for place in found if self._wins(service.ref, place)])
        because, fault = "at the waypoints of its hosts", None
        if not found:
            fault, because = self._no_place(service)
        elif not acts:
            because = "another route of each of its hosts is the one that istiod takes"
        return PolicyActs(
            policy=service.ref,
            acts=acts,
            because=because,
            faults=[fault.value] if fault else (),
            where=service.where,
        )

    def _no_place(self, service: VirtualService) -> tuple[Fault, str]:
        named = list(self._named(service))
        if not named:
            return Fault.NOT_BOUND, f"none of its hosts ({', '.join(service.hosts)}) is bound to a waypoint"
        near = [place for place in named if service.namespace in (place.row.namespace, place.waypoint[0])]
        if not near:
            return Fault.OTHER_NAMESPACE, "it acts from the service's or the waypoint's namespace only"
        if not any(self._fits(service, place) for place in near):
            return Fault.NO_PLACE, "it has no rules for the ports of its hosts"
        return Fault.OTHER_NAMESPACE, "its exportTo does not reach the waypoint's namespace"

    # --- one route a service (1.24) -------------------------------------------------------------------------

    def _wins(self, route: ObjectRef, place: ServicePlace) -> bool:
        return self._all_merged or route in self._taken.get(place.act, ())

    def _first_of_each(self) -> Mapping[Act, frozenset[ObjectRef]]:
        """The route that counts at each place. HTTPRoutes of one namespace count together, as one
        VirtualService.
        """
        found: dict[Act, dict[tuple[bool, str, str, str], list[ObjectRef]]] = {}
        created = _oldest_of_namespace(self.routes)
        for route in self.routes:
            for place in self._route_places(route):
                here = route.namespace == place.waypoint[0]
                rank = (not here, created[route.namespace], route.namespace, "")
                found.setdefault(place.act, {}).setdefault(rank, []).append(route.ref)
        for service in self.virtual_services:
            for place in self._virtual_service_places(service):
                private = "*" not in (service.export_to or self._default or "*")
                rank = (not private, service.created, service.namespace, service.name)
                found.setdefault(place.act, {}).setdefault(rank, []).append(service.ref)
        return {act: frozenset(ranked[min(ranked)]) for act, ranked in found.items()}


def _oldest_of_namespace(routes: Sequence[RouteEffects]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for route in routes:
        found[route.namespace] = min(found.get(route.namespace, route.created), route.created)
    return found


def _exists(cluster: Cluster, ref: ObjectRef) -> bool:
    rows = cluster.services if ref.kind == "Service" else cluster.service_entries
    return (ref.namespace, ref.name) in rows
