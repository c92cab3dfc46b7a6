"""The routes of the mesh at a waypoint for one port of a service, in the order in which they get a request.

istiod makes a VirtualService of the HTTPRoutes and GRPCRoutes of a namespace, its rules in Gateway API's order, and puts
it in line with the VirtualServices: of one namespace it goes first, else the older does. The host of a request plays no
part: a waypoint tells services by their address. Source: istio pilot/pkg/networking/core/listener_waypoint.go
(buildWaypointInboundHTTPRouteConfig), pilot/pkg/config/kube/gateway/route_collections.go.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from functools import cmp_to_key

from core.cluster import replace
from core.gates import Step
from core.istio_ingress.rows import HttpMatch, HttpRule, VirtualService
from core.model import Listener, ObjectRef, Route, Row
from core.routes import Attached
from core.trace.candidates import Behind, select
from core.trace.index import Entry, ListenerIndex
from core.trace.outcome import Considered
from core.trace.request import Request

KINDS = frozenset({"HTTPRoute", "GRPCRoute"})


class ServiceMatch(Row):
    """A rule of a VirtualService that takes a request; `match` is None where it has none."""

    service: VirtualService
    rule: HttpRule
    match: HttpMatch | None

    @property
    def ref(self) -> ObjectRef:
        return self.service.ref

    def __str__(self) -> str:
        via = self.rule.via
        part = "" if via is None else f", by rule {via.rule} of VirtualService/{'/'.join(via.delegate)}"
        return f"{self.ref} rule {self.rule.rule}{part}"


Winner = Entry | ServiceMatch


class Asked(Row):
    """What asking for a request's rule gave; `winner` is None where none matches."""

    steps: Sequence[Step]
    considered: Sequence[Considered]
    winner: Winner | None = None


class Group(ABC):
    """Routes that count as one VirtualService: those of a namespace, or a VirtualService itself."""

    of_routes: bool

    def __init__(self, namespace: str, created: str, name: str = "") -> None:
        self.namespace = namespace
        self.age = (not created, created, namespace, name)

    @abstractmethod
    def ask(self, request: Request) -> Asked:
        """The rule of the group that takes `request`."""


class RouteGroup(Group):
    """The HTTPRoutes and GRPCRoutes of one namespace."""

    of_routes = True

    def __init__(self, namespace: str, rows: Sequence[Route], listener: Listener) -> None:
        oldest = min(rows, key=lambda row: (not row.created, row.created))
        super().__init__(namespace, oldest.created)
        attached = [Attached(route=row, hostnames={listener.name: ()}) for row in rows]
        # The data plane decides only how hostnames are told apart, and there are none.
        index = ListenerIndex(attached, listener)
        self._behind = Behind(listener=listener, routes=attached, index=index, plane="unknown")

    def ask(self, request: Request) -> Asked:
        """The rule that takes `request`, in Gateway API's order."""
        found = select(self._behind, request)
        return Asked(steps=found.steps, considered=found.considered, winner=found.winner)


def route_groups(rows: Sequence[Route], listener: Listener) -> Iterator[Group]:
    """A group for each namespace of `rows`."""
    found: dict[str, list[Route]] = {}
    for row in rows:
        found.setdefault(row.namespace, []).append(row)
    return (RouteGroup(namespace, own, listener) for namespace, own in found.items())


def in_order(found: Sequence[Group]) -> Sequence[Group]:
    """The group to be asked first to the front: of one namespace that of routes, else the older."""

    def before(one: Group, other: Group) -> int:
        if one.namespace == other.namespace and one.of_routes != other.of_routes:
            return -1 if one.of_routes else 1
        return -1 if one.age < other.age else 1

    return sorted(found, key=cmp_to_key(before))


def first_of(found: Sequence[Group], request: Request) -> Asked:
    """The rule that takes `request`: the first group with one that matches has it."""
    asked = [group.ask(request) for group in found]
    taking = next((one for one in asked if one.winner is not None), None)
    considered = [each for one in asked for each in one.considered]
    if taking is None or taking.winner is None:
        return Asked(steps=asked[-1].steps if asked else (), considered=considered)
    later = [one.winner for one in asked if one.winner is not None and one is not taking]
    considered += [_later(one, taking.winner) for one in later]
    ordered = sorted(considered, key=lambda one: (one.route, one.rule))
    return Asked(steps=taking.steps, considered=ordered, winner=taking.winner)


def _later(one: Winner, winner: Winner) -> Considered:
    because = f"matches, but {winner} goes first: its route is asked before"
    if isinstance(one, ServiceMatch):
        return Considered(route=one.ref, rule=one.rule.rule, because=because, outranked=True)
    return Considered(route=one.attached.route.ref, rule=one.rule, because=because, outranked=True)


def at_place(considered: Sequence[Considered], at: ObjectRef) -> Sequence[Considered]:
    """`considered` with the place where that was."""
    return [replace(one, at=at) for one in considered]
