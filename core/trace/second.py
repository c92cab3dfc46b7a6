"""The second match: a request that meets a waypoint is held against the routes of the mesh there, as the ingress gateway
has left it, and what is done to it twice is marked.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from core.cluster import replace
from core.gates import Result, Step, Verdict, not_applicable, passed, unknown
from core.istio_ingress.rows import VirtualService
from core.model import Key, Listener, ObjectRef, Route, Service, ServiceEntry
from core.outcomes import Share
from core.paths import Path, Resolution
from core.policies.arrival import arriving
from core.policies.effects import ANY, EFFECTS, Doubled
from core.policies.places import ServicePlace
from core.policies.view import PolicyView
from core.policy_model import Effect, Policies
from core.trace.mesh import KINDS, Group, ServiceMatch, Winner, at_place, first_of, in_order, route_groups
from core.trace.mesh_services import ServiceTurn, service_groups
from core.trace.outcome import Second, TwiceStep
from core.trace.request import WEB, Request
from core.trace.turns import RouteTurn, Turn

ROUTES = KINDS | {"VirtualService"}
MEETING = frozenset({Verdict.WAYPOINT, Verdict.WORKLOAD_WAYPOINT})


class SecondMatch:
    """What waypoints do to requests, in one resolution."""

    def __init__(self, resolution: Resolution, policies: Policies) -> None:
        self.resolution = resolution
        self.policies = policies
        self.view = PolicyView(resolution, policies)
        self._groups: dict[tuple[Key, ObjectRef, int], Sequence[Group]] = {}

    @cached_property
    def _services(self) -> Mapping[ObjectRef, VirtualService]:
        return {one.ref: one for one in self.resolution.cluster.istio.mesh_services}

    @cached_property
    def _routes(self) -> Mapping[ObjectRef, Route]:
        return {one.ref: one for one in self.resolution.cluster.routes if one.route_kind in KINDS}

    def of(self, path: Path, request: Request) -> Sequence[Second]:
        """What becomes of `request` at each waypoint that traffic of `path` meets, `request` as the gateway sends it."""
        return [
            self._at(path, part, part.waypoint, request)
            for part in arriving(path)
            if part.verdict in MEETING and part.waypoint is not None
        ]

    def _at(self, path: Path, part: Share, waypoint: Key, request: Request) -> Second:
        at = ObjectRef(kind="Gateway", namespace=waypoint[0], name=waypoint[1])
        plain = Second(waypoint=at, share=part.share, verdict=part.verdict, steps=(), request=request)
        row, port = self._row(path), path.backend.port or 0
        if part.verdict is Verdict.WORKLOAD_WAYPOINT or row is None:
            because = "the traffic is addressed to a pod: routes of services do not act on it"
            return replace(plain, steps=(Step(gate="waypoint-routes", finding=not_applicable(because)),))
        acting = sorted(self.view.at_waypoint(waypoint, row.ref, port))
        doubled = self.view.of(path).doubled
        closing = [
            *_policy_steps([ref for ref in acting if ref.kind not in ROUTES]),
            *_doubled_policies(doubled),
        ]
        aside = self._aside(row, waypoint, port, request)
        found = self._groups_at(waypoint, row, port, acting)
        if aside is not None or not found:
            return replace(plain, steps=(aside or _no_routes(row.ref, port), *closing))
        selected = first_of(found, request)
        considered = at_place(selected.considered, at)
        if selected.winner is None:
            steps = (*selected.steps, *closing)
            return replace(plain, steps=steps, considered=considered, status=404, request=None)
        turn = self._turn(selected.winner, waypoint, port, doubled)
        steps = (*selected.steps, *turn.steps(request), *closing)
        return replace(turn.second(plain), steps=steps, considered=considered)

    def _row(self, path: Path) -> Service | ServiceEntry | None:
        ref, cluster = path.target, self.resolution.cluster
        if ref is None:
            return None
        key = (ref.namespace, ref.name)
        if ref.kind == "Service":
            return cluster.services.get(key)
        return cluster.service_entries.get(key) if ref.kind == "ServiceEntry" else None

    def _aside(self, row: Service | ServiceEntry, waypoint: Key, port: int, request: Request) -> Step | None:
        """Why no route of the mesh is asked; None where they are."""
        place = self._place(row, waypoint, port)
        if place is None:
            because = f"the routes at {'/'.join(waypoint)} are not computed: it is no waypoint of Istio's"
            return Step(gate="waypoint-routes", finding=unknown(because, leans=Result.PASS))
        if not place.has_http or request.scheme not in WEB:
            because = (
                f"the waypoint forwards port {port} of {row.ref} as a connection: routes for HTTP do not act"
            )
            return Step(gate="waypoint-routes", finding=not_applicable(because))
        return None

    def _place(self, row: Service | ServiceEntry, waypoint: Key, port: int) -> ServicePlace | None:
        places = self.view.places.by_service.get(row.ref, ())
        return next((one for one in places if (one.waypoint, one.port) == (waypoint, port)), None)

    def _groups_at(
        self, waypoint: Key, row: Service | ServiceEntry, port: int, acting: Sequence[ObjectRef]
    ) -> Sequence[Group]:
        key = (waypoint, row.ref, port)
        if key not in self._groups:
            listener = Listener(name="mesh", port=port, protocol="HTTP")
            services = [self._services[ref] for ref in acting if ref in self._services]
            self._groups[key] = in_order(
                [
                    *route_groups([self._routes[ref] for ref in acting if ref in self._routes], listener),
                    *service_groups(self.resolution.cluster, services, waypoint, port),
                ]
            )
        return self._groups[key]

    def _turn(self, winner: Winner, waypoint: Key, port: int, doubled: Sequence[Doubled]) -> Turn:
        if isinstance(winner, ServiceMatch):
            mine = self._mine(
                doubled, winner.ref, self._service_effects.get(winner.ref, ()), winner.rule.rule
            )
            return ServiceTurn(self.resolution, winner, waypoint, port, mine)
        ref = winner.attached.route.ref
        mine = self._mine(doubled, ref, self._route_effects.get(ref, ()), winner.rule)
        return RouteTurn(self.resolution, winner, port, mine)

    @cached_property
    def _route_effects(self) -> Mapping[ObjectRef, Sequence[Sequence[Effect]]]:
        return {one.ref: one.effects for one in self.policies.routes}

    @cached_property
    def _service_effects(self) -> Mapping[ObjectRef, Sequence[Sequence[Effect]]]:
        return {one.ref: one.rules for one in self.policies.virtual_services}

    @staticmethod
    def _mine(
        doubled: Sequence[Doubled], ref: ObjectRef, rules: Sequence[Sequence[Effect]], rule: int
    ) -> Sequence[Doubled]:
        """Of what is done twice, that which the rule of `ref` does the second time."""
        effects = rules[rule] if rule < len(rules) else ()
        return [one for one in doubled if one.second == ref and any(_same(one, each) for each in effects)]


def _same(one: Doubled, effect: Effect) -> bool:
    return EFFECTS[effect.kind].alike == one.effect and (
        one.key == effect.key or ANY in (one.key, effect.key)
    )


# --- steps ----------------------------------------------------------------------------------------------------------


def _no_routes(service: ObjectRef, port: int) -> Step:
    because = f"no route of the mesh is for port {port} of {service} here: the waypoint forwards to the service itself"
    return Step(gate="waypoint-routes", finding=passed(because))


def _policy_steps(policies: Sequence[ObjectRef]) -> Iterator[Step]:
    if policies:
        act = "acts here; whether it lets" if len(policies) == 1 else "act here; whether they let"
        because = f"{', '.join(map(str, policies))} {act} this request pass is not evaluated"
        yield Step(gate="policies", finding=unknown(because, leans=Result.PASS))


def _doubled_policies(doubled: Sequence[Doubled]) -> Iterator[Step]:
    """What is done twice by other than routes of the mesh."""
    for one in doubled:
        if one.second.kind not in ROUTES:
            yield TwiceStep(gate="twice", finding=passed(str(one)), doubled=one)
