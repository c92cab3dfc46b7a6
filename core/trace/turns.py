"""What the rule that took a request at a waypoint does with it, step by step."""

from collections.abc import Container, Sequence

from core.backends import look_up
from core.checks.reference import granting, not_granted
from core.cluster import replace
from core.endpoints import Endpoints
from core.gates import Step
from core.model import BackendRef, Listener, MirrorFilter, RouteFilter
from core.outcomes import texts
from core.paths import Resolution
from core.policies.effects import Doubled
from core.trace.edits import Filtered, Redirect, apply, repeatable
from core.trace.index import Entry
from core.trace.matching import described
from core.trace.outcome import Forward, Mirror, Second, Taken, TwiceStep
from core.trace.request import Request
from core.trace.shares import Part, shares, time_steps
from core.trace.shares import backends_step as in_words


class Turn:
    """A rule's turn. `doubled` is what of it is done twice; `steps` comes first, then `second`."""

    def __init__(self, resolution: Resolution, doubled: Sequence[Doubled]) -> None:
        self.resolution = resolution
        self.doubled = doubled
        self.forwards: list[Forward] = []
        self.mirrors: list[Mirror] = []
        self.redirect: Redirect | None = None
        self.status: int | None = None
        """What the rule answers itself."""

    def steps(self, request: Request) -> Sequence[Step]:
        """What is done to `request`, until it is forwarded or answered."""
        raise NotImplementedError

    @property
    def taken(self) -> Taken:
        """The rule."""
        raise NotImplementedError

    @property
    def default_retries(self) -> str:
        """By what the mesh has failed requests tried again, in words; empty where it does not say."""
        return self.resolution.cluster.istio.settings.default_retries

    def second(self, plain: Second) -> Second:
        """`plain` with what the rule made of the request."""
        wanted = [one for one in self.forwards if one.share > 0]
        main = max(
            wanted,
            key=lambda one: (one.request is not None, one.redirect is not None, one.share),
            default=None,
        )
        redirect = self.redirect or (main.redirect if main and main.request is None else None)
        status = self.status or (500 if main is None else main.status)
        return replace(
            plain,
            taken=self.taken,
            forwards=self.forwards,
            mirrors=self.mirrors,
            redirect=redirect,
            status=redirect.status if redirect else status,
            request=None if redirect or self.status or main is None else main.request,
        )

    def marked(self, step: Step, does: Container[tuple[str, str]]) -> Step:
        """`step`, marked where one of the effects that it `does` is done twice."""
        twice = next((one for one in self.doubled if (one.effect, one.key) in does), None)
        return step if twice is None else TwiceStep(gate=step.gate, finding=step.finding, doubled=twice)

    def backends_step(self) -> Step:
        """The shares in words."""
        return in_words([_part(one) for one in self.forwards])


def delivered(forward: Forward, endpoints: Endpoints, request: Request) -> Forward:
    """`forward` with its endpoints, and the request that one of them gets."""
    made = replace(forward, endpoints=texts(endpoints))
    if not endpoints.present:
        return replace(made, status=503, fault=f"{forward.backend.ref} has no ready endpoint")
    return replace(made, request=request)


def _part(one: Forward) -> Part:
    fate = f" (redirected, {one.redirect.status})" if one.redirect is not None else ""
    if one.status is not None and one.share:
        fate = f" ({one.fault}: {one.status})"
    return Part(ref=one.backend.ref, share=one.share, fate=fate, ended=one.status is not None)


class RouteTurn(Turn):
    """The turn of a rule of an HTTPRoute or GRPCRoute."""

    def __init__(self, resolution: Resolution, winner: Entry, port: int, doubled: Sequence[Doubled]) -> None:
        super().__init__(resolution, doubled)
        self._winner = winner
        self._listener = Listener(name="mesh", port=port, protocol="HTTP")

    @property
    def taken(self) -> Taken:
        """The rule."""
        route, winner = self._winner.attached.route, self._winner
        return Taken(
            route=route.ref,
            rule=winner.rule,
            name=winner.written.name,
            match=described(winner.match, route.route_kind),
        )

    def steps(self, request: Request) -> Sequence[Step]:
        """What is done to `request`, until it is forwarded or answered."""
        rule = self._winner.written
        steps, done = self._filtered(request, rule.filters)
        steps += [self.marked(one, {(one.gate, "")}) for one in time_steps(rule, self.default_retries)]
        if done.redirect is not None:
            self.redirect = done.redirect
            return steps
        for ref, share in zip(rule.backends, shares([one.weight for one in rule.backends]), strict=True):
            more, forward = self._forward(ref, share, done.request)
            steps += more
            self.forwards.append(forward)
        return [*steps, self.backends_step()]

    def _filtered(
        self, request: Request, filters: Sequence[RouteFilter], where: str = ""
    ) -> tuple[list[Step], Filtered]:
        """As `apply`, a filter at a time, so that each can be marked."""
        steps: list[Step] = []
        done = Filtered(request=request)
        for one in filters:
            done = apply(done.request, (one,), self._winner.match, self._listener, where)
            steps += [self.marked(step, repeatable(one)) for step in done.steps]
            self.mirrors += [self._mirror(each) for each in done.mirrors]
            if done.redirect is not None:
                break
        return steps, done

    def _forward(self, ref: BackendRef, share: float, request: Request) -> tuple[Sequence[Step], Forward]:
        route = self._winner.attached.route
        cluster = self.resolution.cluster
        found = look_up(cluster, "istio", route.namespace, route.route_kind, ref)
        fault = found.fault
        abroad = ref.kind != "Hostname" and ref.namespace != route.namespace
        if not fault and abroad and granting(cluster, route.route_kind, route.namespace, ref) is None:
            fault = not_granted(route.route_kind, route.namespace, ref)
        made = Forward(backend=ref, share=share, fault=fault)
        if fault or found.target is None:
            return (), replace(made, status=500)
        if share <= 0:
            return (), made
        steps, done = self._filtered(request, ref.filters, str(ref.ref))
        if done.redirect is not None:
            return steps, replace(made, redirect=done.redirect)
        return steps, delivered(made, self.resolution.world.endpoints(found.target, found.port), done.request)

    def _mirror(self, one: MirrorFilter) -> Mirror:
        route = self._winner.attached.route
        ref = BackendRef(
            group=one.group, kind=one.kind, namespace=one.namespace, name=one.name, port=one.port
        )
        found = look_up(self.resolution.cluster, "istio", route.namespace, route.route_kind, ref)
        return Mirror(filter=one, fault=found.fault)
