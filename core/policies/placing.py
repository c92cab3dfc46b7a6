"""From a cell of the table to the places themselves: what each `Where` picks, and which of them a policy can
use.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import NamedTuple

from core.model import Labels, selects
from core.policies.act import Act
from core.policies.places import IngressPlace, Places, PodPlace, ServicePlace
from core.policies.rules import Where
from core.policies.targets import Aimed
from core.policy_model import AuthorizationPolicy, Targeted, WasmPlugin


class Seen(NamedTuple):
    """A policy with one of its aims, in a cluster whose root namespace is `root`."""

    policy: Targeted
    aimed: Aimed
    places: Places
    root: str

    @property
    def in_root(self) -> bool:
        return self.policy.namespace == self.root


# --- services at waypoints ----------------------------------------------------------------------------------


def _waypoint(seen: Seen) -> Iterable[ServicePlace]:
    return seen.places.by_waypoint.get(seen.aimed.gateway, ())


def _waypoint_own(seen: Seen) -> Iterable[ServicePlace]:
    return (place for place in _waypoint(seen) if place.row.namespace == place.waypoint[0])


def _service(seen: Seen) -> Iterable[ServicePlace]:
    service = seen.aimed.service
    return () if service is None else seen.places.by_service.get(service, ())


def _service_own(seen: Seen) -> Iterable[ServicePlace]:
    return (place for place in _service(seen) if place.row.namespace == place.waypoint[0])


def _all_waypoints(seen: Seen) -> Iterable[ServicePlace]:
    return chain.from_iterable(seen.places.by_waypoint.values())


def _own_waypoints(seen: Seen) -> Iterable[ServicePlace]:
    if seen.in_root:
        return _all_waypoints(seen)
    namespace = seen.policy.namespace
    found = seen.places.by_waypoint.items()
    return chain.from_iterable(places for waypoint, places in found if waypoint[0] == namespace)


def _own_services(seen: Seen) -> Iterable[ServicePlace]:
    if seen.in_root:
        return _all_waypoints(seen)
    return seen.places.by_service_namespace.get(seen.policy.namespace, ())


SERVICE_PLACES: Mapping[Where, Callable[[Seen], Iterable[ServicePlace]]] = {
    Where.WAYPOINT: _waypoint,
    Where.WAYPOINT_OWN: _waypoint_own,
    Where.SERVICE: _service,
    Where.SERVICE_OWN: _service_own,
    Where.ALL_WAYPOINTS: _all_waypoints,
    Where.OWN_WAYPOINTS: _own_waypoints,
    Where.OWN_SERVICES: _own_services,
}

# --- ingress gateways and pods ------------------------------------------------------------------------------


def _gateway(seen: Seen) -> Iterable[IngressPlace]:
    return (seen.places.ingresses[seen.aimed.gateway],)


def _ingress(seen: Seen) -> Iterator[IngressPlace]:
    for place in seen.places.istio_ingresses:
        if seen.in_root or place.namespace == seen.policy.namespace:
            yield place


def _selected(seen: Seen) -> Iterator[IngressPlace]:
    for place in _ingress(seen):
        if any(selects(seen.policy.selector or {}, labels) for labels in place.pods):
            yield place


def _selected_own(seen: Seen) -> Iterator[IngressPlace]:
    return (place for place in _selected(seen) if place.namespace == seen.policy.namespace)


INGRESS_PLACES: Mapping[Where, Callable[[Seen], Iterable[IngressPlace]]] = {
    Where.GATEWAY: _gateway,
    Where.INGRESS: _ingress,
    Where.SELECTED: _selected,
    Where.SELECTED_OWN: _selected_own,
}


def captured_pods(places: Places, namespace: str, root: str, selector: Labels | None) -> Iterator[PodPlace]:
    """Captured pods of `namespace` (from root: of all) that `selector` picks; without one all."""
    groups = places.pods.values() if namespace == root else (places.pods.get(namespace, ()),)
    for pod in chain.from_iterable(groups):
        if selector is None or selects(selector, pod.labels):
            yield pod


# --- what a policy can use ----------------------------------------------------------------------------------


def _authorization_at_service(policy: AuthorizationPolicy, place: ServicePlace) -> bool:
    """On a TCP port rules of an ALLOW that need HTTP are left out; those of other actions stay, and match
    more.

    Source: istio pilot/pkg/security/authz/model/model.go (Generate, checkError).
    """
    if place.has_http or policy.action != "ALLOW" or not policy.rules:
        return True
    return any(not rule.needs_http for rule in policy.rules)


def _wasm_at_service(policy: WasmPlugin, place: ServicePlace) -> bool:
    """Waypoints match as servers. Their HTTP chains know no port, so that there a `match` with ports never
    holds.
    """
    network = policy.type == "NETWORK"
    if not (place.has_tcp if network else place.has_http):
        return False
    return not policy.match or any(
        one.mode != "CLIENT" and (not one.ports or (network and place.port in one.ports))
        for one in policy.match
    )


def _wasm_at_ingress(policy: WasmPlugin, place: IngressPlace) -> bool:
    """Ingress gateways match as clients, by the listener's port."""
    ports = {listener.port for listener in place.gateway.listeners}
    if policy.type != "NETWORK" and not place.has_http:
        return False
    return not policy.match or any(
        one.mode != "SERVER" and (not one.ports or not ports.isdisjoint(one.ports)) for one in policy.match
    )


def usable_at_service(policy: Targeted, place: ServicePlace) -> bool:
    """Whether a chain of `place` is one that `policy` can be put into."""
    match policy:
        case AuthorizationPolicy():
            return _authorization_at_service(policy, place)
        case WasmPlugin():
            return _wasm_at_service(policy, place)
        case _:
            return policy.kind != "RequestAuthentication" or place.has_http


def usable_at_ingress(policy: Targeted, place: IngressPlace) -> bool:
    """Whether a listener of `place` is one that `policy` can be put into."""
    if isinstance(policy, WasmPlugin):
        return _wasm_at_ingress(policy, place)
    return policy.kind != "RequestAuthentication" or place.has_http


def workload_acts(where: Where, seen: Seen) -> Iterator[Act]:
    """Traffic addressed to pods, at the waypoint or at all."""
    if where is Where.WAYPOINT_PODS:
        yield Act(at="waypoint-workloads", gateway=seen.aimed.gateway)
    elif where is Where.ALL_WAYPOINTS_PODS:
        for waypoint in seen.places.waypoints:
            yield Act(at="waypoint-workloads", gateway=waypoint)
