"""Which route rules are reached through which listener: the edges from ingress Gateways to backendRefs.

Gateway API's rules of attachment, one a function: a parentRef picks listeners, a listener admits kinds and
namespaces, hostnames must have something in common. What a backendRef leads to is not looked at here, nor is
any label of a Service, so edges outlive every edit of those.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from core.classes import data_plane
from core.cluster import Cluster
from core.model import BackendRef, Gateway, Key, Listener, ObjectRef, ParentRef, Problem, Route, Row

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

Hostnames = Sequence[str]
Place = tuple[Key, str]
"""A Gateway, and the name of a listener of it."""


class Edge(Row):
    """One (gateway, listener, route rule, backendRef). `rule` and `index` count from 0.

    `hostnames` are those that the listener and the route have in common; empty means any.
    """

    gateway: Key
    listener: str
    route_kind: str
    route: Key
    rule: int
    backend: BackendRef
    index: int
    hostnames: Hostnames = ()


def edges(cluster: Cluster) -> tuple[Sequence[Edge], Sequence[Problem]]:
    """Every edge of `cluster`, sorted by gateway, listener, route kind, route, rule and index.

    The problems, sorted too, tell of each parentRef that names an ingress Gateway, or one that the source
    does not hold, and attaches to no listener.
    """
    entrances = {
        key: _Entrance(cluster, gateway)
        for key, gateway in cluster.gateways.items()
        if data_plane(cluster, gateway).is_ingress
    }
    found: dict[Place, list[Edge]] = {}
    problems: set[Problem] = set()
    for route in sorted(cluster.routes, key=lambda route: (route.route_kind, route.namespace, route.name)):
        places: dict[Place, Hostnames] = {}
        for parent in route.parents:
            attached, fault = _attach(cluster, entrances, route, parent)
            places.update(attached)
            if fault:
                problems.add(_problem(route, parent, fault))
        for place, hostnames in places.items():
            found.setdefault(place, []).extend(_edges_at(place, route, hostnames))
    return [edge for place in sorted(found) for edge in found[place]], sorted(problems)


class Attached(Row):
    """What became of the parentRefs of a route that name one Gateway.

    `hostnames` are those in common with each listener that took the route; `fault` says why another parentRef, or the
    only one, attached to none.
    """

    route: Route
    hostnames: Mapping[str, Hostnames]
    fault: str = ""


def attached_to(cluster: Cluster, gateway: Gateway) -> Sequence[Attached]:
    """The routes with a parentRef to `gateway`, whether they attach or not, sorted by kind, namespace and name."""
    key = gateway.key
    entrances = {key: _Entrance(cluster, gateway)}
    aimed = []
    for route in cluster.routes:
        named = [
            one
            for one in route.parents
            if one.name == key[1] and one.namespace == key[0] and (one.group, one.kind) == GATEWAY
        ]
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
        found.append(Attached(route=route, hostnames=listeners, fault="; ".join(faults)))
    return found


def covers(hostname: str, host: str) -> bool:
    """Whether a `hostname` of a listener or route, empty for any, takes requests for `host`, both in lower case."""
    return not hostname or hostname == host or _covers(hostname, host)


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
    kind = (parent.group, parent.kind)
    if kind != GATEWAY:
        return (), "ListenerSets are not modelled yet" if kind in LISTENER_SETS else ""
    key = (parent.namespace, parent.name)
    entrance = entrances.get(key)
    if entrance is None:
        return (), "" if key in cluster.gateways else "the source does not hold this Gateway"
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


class _Door(NamedTuple):
    """A listener, with the hostname that counts: none where the `protocol` knows no hostnames."""

    listener: Listener
    place: Place
    hostname: str

    def __str__(self) -> str:
        return f"{self.listener.name} ({self.listener.protocol})"


class _Entrance:
    """An ingress Gateway; what it admits of a parentRef, kind and namespace is worked out once."""

    def __init__(self, cluster: Cluster, gateway: Gateway) -> None:
        self._cluster = cluster
        self._namespace = gateway.namespace
        self._doors = [
            _Door(
                one, (gateway.key, one.name), one.hostname if one.protocol in PROTOCOLS_WITH_HOSTNAMES else ""
            )
            for one in sorted(gateway.listeners, key=lambda one: one.name)
        ]
        self._admitting: dict[tuple[str, int | None, str, str], tuple[Sequence[_Door], str]] = {}

    def admitting(self, parent: ParentRef, route: Route) -> tuple[Sequence[_Door], str]:
        """The listeners picked by `parent` that admit `route`, whatever its hostnames; if none, the fault."""
        key = (parent.section, parent.port, route.route_kind, route.namespace)
        found = self._admitting.get(key)
        if found is None:
            found = self._admitting[key] = self._admit(parent, route.route_kind, route.namespace)
        return found

    def _admit(self, parent: ParentRef, kind: str, namespace: str) -> tuple[Sequence[_Door], str]:
        picked = [door for door in self._doors if _picks(parent, door.listener)]
        if not picked:
            return (), _no_listener(parent)
        taking = [door for door in picked if _takes_kind(door.listener, kind)]
        if not taking:
            return (), f"kind {kind} not admitted by {_listed(picked)}"
        admitting = [door for door in taking if self._admits_namespace(door.listener, namespace)]
        return admitting, "" if admitting else self._no_namespace(taking, namespace)

    def _admits_namespace(self, listener: Listener, namespace: str) -> bool:
        """`allowedRoutes.namespaces`: Same, All, None, or a Selector of the namespace's labels."""
        allowed = listener.allowed
        labels = self._cluster.namespace_labels(namespace) if allowed.origin == "Selector" else {}
        return allowed.admits(self._namespace, namespace, labels)

    def _no_namespace(self, doors: Sequence[_Door], namespace: str) -> str:
        by_labels = any(door.listener.allowed.origin == "Selector" for door in doors)
        unread = by_labels and self._cluster.namespace(namespace) is None
        note = f", and Namespace/{namespace} is not in the source" if unread else ""
        return f"namespace {namespace} not admitted by allowedRoutes of {_listed(doors)}{note}"


def _picks(parent: ParentRef, listener: Listener) -> bool:
    """`sectionName` is a listener's name, `port` its port; where both are given, both must be right."""
    return parent.section in ("", listener.name) and parent.port in (None, listener.port)


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


# --- hostnames ----------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def hostnames_in_common(listener: str, route: tuple[str, ...]) -> Hostnames | None:
    """What a listener's `hostname` and a route's `hostnames` both match, in lower case; None for nothing.

    An empty side leaves the other as it is; of two empty ones the result is empty: any. Of each pair the more
    specific hostname counts. The order is the route's.
    """
    if not route:
        return (listener.lower(),) if listener else ()
    if not listener:
        return tuple(dict.fromkeys(map(str.lower, route)))
    mine = listener.lower()
    common = {shared: None for one in route if (shared := _more_specific(mine, one.lower()))}
    return tuple(common) or None


def _more_specific(one: str, other: str) -> str:
    """What both hostnames match: the narrower of the two, or nothing."""
    if one == other or _covers(one, other):
        return other
    return one if _covers(other, one) else ""


def _covers(wildcard: str, hostname: str) -> bool:
    """Whether `*.example.com` matches `hostname`, or all that it matches: `*` is one label or more."""
    return wildcard.startswith("*.") and hostname.endswith(wildcard[1:]) and len(hostname) >= len(wildcard)


def _no_hostname(doors: Sequence[_Door], wanted: Hostnames) -> str:
    theirs = ", ".join(f"{door.listener.name} ({door.hostname})" for door in doors)
    return f"no hostname in common: {', '.join(wanted)} with {theirs}"
