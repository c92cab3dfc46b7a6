"""VirtualServices of the mesh at a waypoint: which rule takes a request, and what it does with it.

Rules are asked as they are written. A match by labels of the client holds nowhere, since a waypoint does not know them.
Source: istio pilot/pkg/networking/core/listener_waypoint.go (waypointInboundRoute, getWaypointDestinationCluster).
"""

from collections.abc import Iterator, Sequence

from core.cluster import Cluster
from core.gates import Step, failed, passed
from core.istio_ingress.binding import applies
from core.istio_ingress.delegates import merged_rules
from core.istio_ingress.destinations import Subsets, backend_ref
from core.istio_ingress.rows import MESH, Destination, HttpMatch, HttpRule, VirtualService
from core.model import BackendRef, Key, ServiceEntry
from core.paths import Resolution
from core.policies.effects import Doubled
from core.situation import Backend
from core.trace.istio.acts import aborted, copy_step, copy_to, doubt_step, fault_steps, time_steps
from core.trace.istio.edits import edited, redirected
from core.trace.istio.matching import described, held
from core.trace.mesh import Asked, Group, ServiceMatch
from core.trace.outcome import Considered, Forward, Mirror, Taken, TwiceStep
from core.trace.request import Request
from core.trace.shares import shares
from core.trace.turns import Turn, delivered

EDITS = frozenset(
    {"request-header-set", "request-header-add", "request-header-remove", "host-rewrite", "path"}
)
"""What a rule does that is told in one step with others of its edits."""


class ServiceGroup(Group):
    """One VirtualService, with the rules of those that it delegates to."""

    of_routes = False

    def __init__(self, cluster: Cluster, service: VirtualService, namespace: str, port: int) -> None:
        super().__init__(service.namespace, service.created, service.name)
        settings = cluster.istio.settings
        delegates = {one.key: one for one in cluster.istio.virtual_services if not one.hosts}
        rules, _ = merged_rules(service, delegates, settings.virtual_service_export_to)
        self._service = service
        self._rules = [(rule, _that_count(rule.matches, namespace, port)) for rule in rules]

    @property
    def takes_any(self) -> bool:
        """Whether a rule of it is sent to the waypoint at all."""
        return any(matches or not rule.matches for rule, matches in self._rules)

    def ask(self, request: Request) -> Asked:
        """The first rule that matches `request`."""
        considered: list[Considered] = []
        doubts: list[str] = []
        winner: ServiceMatch | None = None
        for rule, matches in self._rules:
            tried = held(matches, request)
            one = ServiceMatch(service=self._service, rule=rule, match=tried.match)
            if rule.matches and not matches:
                because = (
                    "its matches are for other ports, gateways or namespaces, or by labels of the client"
                )
                considered.append(self._considered(rule, because))
            elif not tried.holds:
                considered.append(self._considered(rule, tried.because))
                doubts += [str(one)] if tried.doubt and winner is None else []
            elif winner is None:
                winner = one
            else:
                because = f"matches, but {winner} goes first: it is the earlier rule"
                considered.append(self._considered(rule, because, outranked=True))
        return Asked(steps=self._steps(doubts, winner), considered=considered, winner=winner)

    def _considered(self, rule: HttpRule, because: str, *, outranked: bool = False) -> Considered:
        return Considered(route=self._service.ref, rule=rule.rule, because=because, outranked=outranked)

    @staticmethod
    def _steps(doubts: Sequence[str], winner: ServiceMatch | None) -> Sequence[Step]:
        steps: list[Step] = []
        if doubts:
            steps.append(doubt_step(doubts))
        if winner is None:
            steps.append(Step(gate="route", finding=failed("no rule matches: 404")))
        else:
            steps.append(Step(gate="route", finding=passed(f"{winner} matches: {described(winner.match)}")))
        return steps


def _that_count(matches: Sequence[HttpMatch], namespace: str, port: int) -> Sequence[HttpMatch]:
    """Those of `matches` that a waypoint of `namespace` is sent for `port`."""
    return [one for one in matches if not one.source_labels and applies(one, port, MESH, {}, namespace)]


def service_groups(
    cluster: Cluster, services: Sequence[VirtualService], waypoint: Key, port: int
) -> Iterator[Group]:
    """A group for each of `services` with rules for HTTP that `waypoint` is sent."""
    found = (ServiceGroup(cluster, one, waypoint[0], port) for one in services if one.http)
    return (group for group in found if group.takes_any)


class ServiceTurn(Turn):
    """The turn of a rule of a VirtualService."""

    def __init__(
        self,
        resolution: Resolution,
        winner: ServiceMatch,
        waypoint: Key,
        port: int,
        doubled: Sequence[Doubled],
    ) -> None:
        super().__init__(resolution, doubled)
        self._winner = winner
        self._waypoint = waypoint
        self._port = port
        self._subsets = Subsets(resolution.cluster)

    @property
    def taken(self) -> Taken:
        """The rule."""
        winner = self._winner
        return Taken(
            route=winner.ref,
            rule=winner.rule.rule,
            name=winner.rule.name,
            match=described(winner.match),
        )

    def steps(self, request: Request) -> Sequence[Step]:
        """What is done to `request`, until it is forwarded or answered."""
        rule = self._winner.rule
        steps = [self.marked(one, {("fault", "")}) for one in fault_steps(rule.fault)]
        self.status = aborted(rule.fault)
        if self.status is not None:
            return steps
        if rule.redirect is not None:
            self.redirect = redirected(request, rule.redirect, self._winner.match, self._port)
            because = f"redirect answers {self.redirect.status}, Location {self.redirect.location}"
            step = Step(gate="filter", finding=passed(because))
            return [*steps, self.marked(step, {("redirect", "")})]
        if rule.direct_response is not None:
            self.status = rule.direct_response.status
            because = f"directResponse: the waypoint answers {self.status} itself"
            return [*steps, Step(gate="filter", finding=passed(because))]
        steps += [self.marked(one, {(one.gate, "")}) for one in time_steps(rule, self.default_retries)]
        steps += self._copies(rule)
        return [*steps, *self._forwarded(request, rule), self.backends_step()]

    def _copies(self, rule: HttpRule) -> Iterator[Step]:
        for one in rule.mirrors:
            ref, found = self._look_up(one.to)
            self.mirrors.append(Mirror(filter=copy_to(ref, one.fraction), fault=found.fault))
            yield self.marked(copy_step(ref, one.fraction), {("mirror", ref.name)})

    def _forwarded(self, request: Request, rule: HttpRule) -> Sequence[Step]:
        steps: dict[str, Step] = {}
        weights = [one.weight for one in rule.destinations]
        for to, share in zip(
            rule.destinations, shares(weights) if len(weights) > 1 else [1.0] * len(weights), strict=True
        ):
            ref, found = self._look_up(to)
            made = Forward(backend=ref, share=share)
            if found.fault or found.target is None:
                self.forwards.append(Forward(backend=ref, share=share, fault=found.fault, status=503))
                continue
            if share <= 0:
                self.forwards.append(made)
                continue
            done = edited(request, rule, self._winner.match, to)
            for step in done.steps:
                steps.setdefault(step.finding.because, step)
            endpoints = self.resolution.world.endpoints(found.target, found.port)
            if found.subset_labels:
                told = isinstance(found.target, ServiceEntry)
                endpoints = endpoints.with_labels(found.subset_labels, told=told)
            self.forwards.append(delivered(made, endpoints, done.request))
        return [*steps.values(), *(_again(one) for one in self.doubled if one.effect in EDITS)]

    def _look_up(self, to: Destination) -> tuple[BackendRef, Backend]:
        home, namespace = self._winner.service.namespace, self._waypoint[0]
        ref = backend_ref(self.resolution.cluster, to, home, namespace, self._port)
        # DestinationRules for some pods only are not used at waypoints.
        return ref, self._subsets.look_up(ref, home, namespace, ())


def _again(one: Doubled) -> Step:
    return TwiceStep(gate="twice", finding=passed(str(one)), doubled=one)
