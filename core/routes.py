"""Which route rules are reached through which listener: the edges from ingress Gateways to backendRefs.

Gateway API's rules of attachment, one a function: a parentRef picks listeners, a listener admits kinds and
namespaces, hostnames must have something in common. What a backendRef leads to is not looked at here, nor is
any label of a Service, so edges outlive every edit of those.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from core.classes import data_plane
from core.cluster import Cluster
from core.delegation import (
    OTHERS,
    PLANES,
    Branch,
    Delegations,
    Link,
    delegates,
    delegating,
    delegation_problems,
)
from core.hostnames import Hostnames, hostnames_in_common
from core.istio_ingress.rows import IstioGateway
from core.listener_sets import Bound, bound_listeners, listener_set_problems, refusal
from core.model import (
    BackendRef,
    Gateway,
    Key,
    Listener,
    ListenerSet,
    ObjectRef,
    ParentRef,
    Problem,
    Route,
    Row,
)

GROUP = "gateway.networking.k8s.io"
GATEWAY = (GROUP, "Gateway")
LISTENER_SETS = frozenset({(GROUP, "ListenerSet"), ("gateway.networking.x-k8s.io", "XListenerSet")})

KINDS_OF_PROTOCOL: Mapping[str, frozenset[str]] = {
    "HTTP": frozenset({"HTTPRoute", "GRPCRoute"}),
    "HTTPS": frozenset({"HTTPRoute", "GRPCRoute"}),
    "TLS": frozenset({"TLSRoute", "TCPRoute"}),
    "TCP": frozenset({"TCPRoute"}),
    "UDP": frozenset({"UDPRoute"}),
}
"""Route kinds by a listener's `protocol`. One that is not listed (HBONE, a vendor's own) takes no route."""

KINDS_OF_PASSTHROUGH = frozenset({"TLSRoute"})
"""Route kinds of protocol TLS where `tls.mode` is Passthrough. The mode's default is Terminate."""

KINDS_WITH_HOSTNAMES = frozenset({"HTTPRoute", "GRPCRoute", "TLSRoute"})
PROTOCOLS_WITH_HOSTNAMES = frozenset({"HTTP", "HTTPS", "TLS"})

Place = tuple[Key, str]
"""A Gateway, and the name of a listener of it."""


class Edge(Row):
    """One (gateway, listener, route rule, backendRef). `rule` and `index` count from 0.

    `hostnames` are those that the listener and the route have in common; empty means any. `via` are the rules that
    delegate to the route, the outermost first; empty where it is attached itself.
    """

    gateway: Key
    listener: str
    route_kind: str
    route: Key
    rule: int
    backend: BackendRef
    index: int
    hostnames: Hostnames = ()
    via: Sequence[Link] = ()


def edges(cluster: Cluster) -> tuple[Sequence[Edge], Sequence[Problem]]:
    """Every edge of `cluster`, sorted by gateway, listener, route kind, route, rule and index.

    The problems, sorted too, tell of each parentRef that names an ingress Gateway, or one that the source
    does not hold, and attaches to no listener; of ListenerSets that no Gateway takes; of delegation to nothing.
    """
    delegations = Delegations(cluster)
    entrances = {
        key: _Entrance(cluster, gateway)
        for key, gateway in cluster.gateways.items()
        if not isinstance(gateway, IstioGateway) and data_plane(cluster, gateway).is_ingress
    }
    found: dict[Place, list[Edge]] = {}
    mixed: set[Place] = set()
    problems: set[Problem] = set(listener_set_problems(cluster))
    for route in sorted(cluster.routes, key=lambda route: (route.route_kind, route.namespace, route.name)):
        places: dict[Place, Hostnames] = {}
        for parent in route.parents:
            attached, fault = _attach(cluster, entrances, route, parent)
            places.update(attached)
            if fault:
                problems.add(_problem(route, parent, fault))
        for place, hostnames in places.items():
            edges_here = found.setdefault(place, [])
            branches = _branches(delegations, entrances[place[0]], route)
            if branches is None:
                known = _edges_at(place, route, hostnames)
                if entrances[place[0]].delegates_otherwise and delegating(route):
                    known = [edge for edge in known if not delegates(edge.backend)]
                    problems.add(_not_computed(route))
                edges_here.extend(known)
                continue
            mixed.add(place)
            problems.update(delegation_problems(branches))
            edges_here.extend(edge for one in branches for edge in _branch_edges(place, one, hostnames))
    for place in mixed:
        found[place].sort(key=_order)
    return [edge for place in sorted(found) for edge in found[place]], sorted(problems)


def _order(edge: Edge) -> tuple[object, ...]:
    via = [(link.route, link.rule) for link in edge.via]
    return (edge.route_kind, edge.route, edge.rule, via, edge.index)


class Attached(Row):
    """What became of the parentRefs of a route that name one Gateway.

    `hostnames` are those in common with each listener that took the route; `fault` says why another parentRef, or the
    only one, attached to none. A route that is reached by delegation has the rules that delegate in `via`, and in
    `route` the matches and filters that count there: `inherited` says in words which of a rule's are those of a rule
    that delegates. `closed` says of each rule that takes no request why.
    """

    route: Route
    hostnames: Mapping[str, Hostnames]
    fault: str = ""
    via: Sequence[Link] = ()
    closed: Mapping[int, str] = {}
    inherited: Mapping[int, Sequence[str]] = {}


def attached_to(cluster: Cluster, gateway: Gateway) -> Sequence[Attached]:
    """The routes with a parentRef to `gateway` or to a ListenerSet of it, whether they attach or not.

    Sorted by kind, namespace and name; a route that others delegate to comes after the one that is attached.
    """
    key = gateway.key
    entrance = _Entrance(cluster, gateway)
    entrances = {key: entrance}
    delegations = Delegations(cluster)
    aimed = []
    for route in cluster.routes:
        named = [one for one in route.parents if _gateway_of(cluster, one) == key]
        if named:
            aimed.append((route, named))
    found = []
    for route, parents in sorted(
        aimed, key=lambda pair: (pair[0].route_kind, pair[0].namespace, pair[0].name)
    ):
        listeners: dict[str, Hostnames] = {}
        faults: list[str] = []
        for parent in parents:
            places, fault = _attach(cluster, entrances, route, parent)
            listeners.update((listener, hostnames) for (_, listener), hostnames in places)
            if fault:
                faults.append(fault)
        fault = "; ".join(faults)
        branches = _branches(delegations, entrance, route)
        if branches is None:
            found.append(Attached(route=route, hostnames=listeners, fault=fault))
        else:
            found += [_attached(branch, listeners, fault) for branch in branches]
    return found


def _attached(branch: Branch, hostnames: Mapping[str, Hostnames], fault: str) -> Attached:
    route, inherited = branch.as_reached()
    return Attached(
        route=route,
        hostnames=hostnames,
        fault=fault,
        via=branch.via,
        closed=branch.closed,
        inherited=inherited,
    )


def _edges_at(place: Place, route: Route, hostnames: Hostnames) -> Sequence[Edge]:
    """An edge for each entry of each rule's `backendRefs`, those of weight 0 too."""
    gateway, listener = place
    key = route.key
    return [
        Edge(
            gateway=gateway,
            listener=listener,
            route_kind=route.route_kind,
            route=key,
            rule=number,
            backend=backend,
            index=index,
            hostnames=hostnames,
        )
        for number, rule in enumerate(route.rules)
        for index, backend in enumerate(rule.backends)
    ]


def _branches(delegations: Delegations, entrance: "_Entrance", route: Route) -> Sequence[Branch] | None:
    """The branches of a route that delegates at this Gateway; None for any other."""
    return delegations.branches(route) if entrance.delegates and delegating(route) else None


def _not_computed(route: Route) -> Problem:
    message = "agentgateway's delegation to other HTTPRoutes is not computed: the paths behind it are missing"
    return Problem(severity="warning", where=f"{route.where} {route.ref}".lstrip(), message=message)


def _branch_edges(place: Place, branch: Branch, hostnames: Hostnames) -> Sequence[Edge]:
    """As `_edges_at`, for what is left to the rules of a branch."""
    gateway, listener = place
    return [
        Edge(
            gateway=gateway,
            listener=listener,
            route_kind=branch.route.route_kind,
            route=branch.route.key,
            rule=number,
            backend=backend,
            index=index,
            hostnames=hostnames,
            via=branch.via,
        )
        for number in branch.rules
        for index, backend in branch.backends[number]
    ]


def _problem(route: Route, parent: ParentRef, fault: str) -> Problem:
    named = ObjectRef(kind=parent.kind, namespace=parent.namespace, name=parent.name)
    return Problem(
        severity="warning",
        where=f"{route.where} {route.ref}".lstrip(),
        message=f"not attached to {named}: {fault}",
    )


# --- parentRefs ---------------------------------------------------------------------------------------------


def _attach(
    cluster: Cluster, entrances: Mapping[Key, "_Entrance"], route: Route, parent: ParentRef
) -> tuple[Sequence[tuple[Place, Hostnames]], str]:
    """Where `parent` attaches `route`, with the hostnames at each listener; if nowhere, the fault.

    The fault is empty where `parent` is no ingress: a Service, a ServiceEntry, a waypoint, any other kind.
    """
    key = _gateway_of(cluster, parent)
    if key is None:
        listed = (parent.group, parent.kind) in LISTENER_SETS
        return (), f"the source does not hold this {parent.kind}" if listed else ""
    entrance = entrances.get(key)
    if entrance is None:
        return (), "" if key in cluster.gateways else f"the source does not hold {_whose(parent)} Gateway"
    joined = _listener_set(cluster, parent)
    if joined is not None:
        denied = refusal(cluster, cluster.gateways[key], joined)
        if denied:
            return (), denied
    doors, fault = entrance.admitting(parent, route)
    if fault:
        return (), fault
    wanted = tuple(route.hostnames) if route.route_kind in KINDS_WITH_HOSTNAMES else ()
    attached = [
        (door.place, hostnames)
        for door in doors
        if (hostnames := hostnames_in_common(door.hostname, wanted)) is not None
    ]
    return attached, "" if attached else _no_hostname(doors, wanted)


def _gateway_of(cluster: Cluster, parent: ParentRef) -> Key | None:
    """The Gateway that `parent` names, itself or by a ListenerSet; None for any other parent."""
    if (parent.group, parent.kind) == GATEWAY:
        return (parent.namespace, parent.name)
    joined = _listener_set(cluster, parent)
    return None if joined is None else (joined.parent.namespace, joined.parent.name)


def _listener_set(cluster: Cluster, parent: ParentRef) -> ListenerSet | None:
    if (parent.group, parent.kind) not in LISTENER_SETS:
        return None
    return cluster.listener_sets.get((parent.namespace, f"{parent.kind}/{parent.name}"))


def _whose(parent: ParentRef) -> str:
    return "this" if parent.kind == "Gateway" else "its"


class _Door(NamedTuple):
    """A listener, with the hostname that counts: none where the `protocol` knows no hostnames."""

    bound: Bound
    place: Place
    hostname: str

    @property
    def listener(self) -> Listener:
        return self.bound.listener

    def __str__(self) -> str:
        return f"{self.listener.name} ({self.listener.protocol})"


class _Entrance:
    """An ingress Gateway; what it admits of a parentRef, kind and namespace is worked out once."""

    def __init__(self, cluster: Cluster, gateway: Gateway) -> None:
        self._cluster = cluster
        plane = data_plane(cluster, gateway).plane
        self.delegates = plane in PLANES
        self.delegates_otherwise = plane in OTHERS
        self._doors: dict[tuple[str, str, str], list[_Door]] = {}
        for one in sorted(bound_listeners(cluster, gateway), key=lambda one: one.listener.name):
            listener = one.listener
            hostname = listener.hostname if listener.protocol in PROTOCOLS_WITH_HOSTNAMES else ""
            door = _Door(one, (gateway.key, listener.name), hostname)
            owner = (one.owner.kind, one.owner.namespace, one.owner.name)
            self._doors.setdefault(owner, []).append(door)
        self._admitting: dict[tuple[object, ...], tuple[Sequence[_Door], str]] = {}

    def admitting(self, parent: ParentRef, route: Route) -> tuple[Sequence[_Door], str]:
        """The listeners picked by `parent` that admit `route`, whatever its hostnames; if none, the fault."""
        owner = (parent.kind, parent.namespace, parent.name)
        key = (owner, parent.section, parent.port, route.route_kind, route.namespace)
        found = self._admitting.get(key)
        if found is None:
            found = self._admitting[key] = self._admit(parent, route.route_kind, route.namespace)
        return found

    def _admit(self, parent: ParentRef, kind: str, namespace: str) -> tuple[Sequence[_Door], str]:
        doors = self._doors.get((parent.kind, parent.namespace, parent.name), ())
        named = [door for door in doors if _picks(parent, door.bound)]
        picked = [door for door in named if not door.bound.fault]
        if not picked:
            return (), named[0].bound.fault if named else _no_listener(parent)
        taking = [door for door in picked if _takes_kind(door.listener, kind)]
        if not taking:
            return (), f"kind {kind} not admitted by {_listed(picked)}"
        admitting = [door for door in taking if self._admits_namespace(door.bound, namespace)]
        return admitting, "" if admitting else self._no_namespace(taking, namespace)

    def _admits_namespace(self, bound: Bound, namespace: str) -> bool:
        """`allowedRoutes.namespaces`: Same, All, None, or a Selector of the namespace's labels."""
        allowed = bound.listener.allowed
        labels = self._cluster.namespace_labels(namespace) if allowed.origin == "Selector" else {}
        return allowed.admits(bound.owner.namespace, namespace, labels)

    def _no_namespace(self, doors: Sequence[_Door], namespace: str) -> str:
        by_labels = any(door.listener.allowed.origin == "Selector" for door in doors)
        unread = by_labels and self._cluster.namespace(namespace) is None
        note = f", and Namespace/{namespace} is not in the source" if unread else ""
        return f"namespace {namespace} not admitted by allowedRoutes of {_listed(doors)}{note}"


def _picks(parent: ParentRef, bound: Bound) -> bool:
    """`sectionName` is a listener's name, `port` its port; where both are given, both must be right."""
    return parent.section in ("", bound.section) and parent.port in (None, bound.listener.port)


def _takes_kind(listener: Listener, kind: str) -> bool:
    """The kinds that `protocol` and `tls.mode` imply, narrowed by `allowedRoutes.kinds` where it has any."""
    implied = KINDS_OF_PROTOCOL.get(listener.protocol, frozenset())
    if listener.protocol == "TLS" and listener.tls_mode == "Passthrough":
        implied = KINDS_OF_PASSTHROUGH
    allowed = listener.allowed.kinds
    return kind in implied and (not allowed or (GROUP, kind) in allowed or ("", kind) in allowed)


def _no_listener(parent: ParentRef) -> str:
    name = f" named {parent.section}" if parent.section else ""
    port = "" if parent.port is None else f" on port {parent.port}"
    return f"no listener{name}{port}"


def _listed(doors: Sequence[_Door]) -> str:
    return ("listener " if len(doors) == 1 else "listeners ") + ", ".join(map(str, doors))


def _no_hostname(doors: Sequence[_Door], wanted: Hostnames) -> str:
    theirs = ", ".join(f"{door.listener.name} ({door.hostname})" for door in doors)
    return f"no hostname in common: {', '.join(wanted)} with {theirs}"
