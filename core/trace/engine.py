"""One request through one Gateway, from its listener to the paths of the backends."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from core.backends import look_up
from core.delegation import OTHERS, Link, delegates, shown
from core.gates import Result, Step, Verdict, unknown
from core.istio_ingress.rows import VIRTUAL_SERVICE, IstioGateway
from core.model import BackendRef, Gateway, Key, Listener, MirrorFilter
from core.paths import Path, Resolution
from core.policy_model import Policies
from core.trace.candidates import Selection, select
from core.trace.edits import Filtered, apply
from core.trace.ending import ending, onward, standing_for
from core.trace.entrance import Entrance
from core.trace.index import Entry
from core.trace.istio.engine import IstioTracer
from core.trace.listeners import choose
from core.trace.matching import described
from core.trace.outcome import Arrival, Disposition, Mirror, Taken, Trace
from core.trace.request import WEB, Request
from core.trace.second import SecondMatch
from core.trace.shares import Part, backends_step, shares, time_steps

Place = tuple[Key, str, str, Key, int, Sequence[Link]]
"""Gateway, listener, kind of route, route, rule, and the rules that delegate to the route."""

FAILING = {Verdict.INVALID: 500, Verdict.BLACKHOLE: 503, Verdict.NO_ENDPOINTS: 503}
"""Verdict → what clients get of a path that delivers nothing."""


def trace(resolution: Resolution, gateway: Gateway, request: Request) -> Trace:
    """What becomes of `request` at `gateway`; for many requests a `Tracer` is quicker."""
    return Tracer(resolution).trace(gateway, request)


class Tracer:
    """Traces requests through the Gateways of one resolution; what they have in common is worked out once.

    Without `policies` the routes of the mesh are not known, and what happens at waypoints is not looked at.
    """

    def __init__(self, resolution: Resolution, policies: Policies | None = None) -> None:
        self.resolution = resolution
        self.second = None if policies is None else SecondMatch(resolution, policies)
        self._entrances: dict[Key, Entrance] = {}

    def entrance(self, gateway: Gateway) -> Entrance:
        """The listeners of `gateway`, with the rules behind each."""
        found = self._entrances.get(gateway.key)
        if found is None:
            found = self._entrances[gateway.key] = Entrance(self.resolution.cluster, gateway)
        return found

    @cached_property
    def paths(self) -> Mapping[Place, Sequence[Path]]:
        """Place of a rule → its paths, in the order of its backendRefs."""
        found: dict[Place, list[Path]] = {}
        for path in self.resolution.paths:
            place = (path.gateway, path.listener, path.route_kind, path.route, path.rule, path.via)
            found.setdefault(place, []).append(path)
        return found

    def pods(self, gateway: Gateway) -> object:
        """What Gateways have in common that are on the same pods, so that a request to one is one to the others."""
        return self._istio.workload(gateway) if isinstance(gateway, IstioGateway) else gateway.key

    @cached_property
    def _istio(self) -> IstioTracer:
        def paths(gateway: Key, listener: str, route: Key, rule: int, via: Sequence[Link]) -> Sequence[Path]:
            return self.paths.get((gateway, listener, VIRTUAL_SERVICE, route, rule, via), ())

        return IstioTracer(self.resolution, paths)

    def trace(self, gateway: Gateway, request: Request) -> Trace:
        """What becomes of `request` at `gateway`. The paths behind it are those of the resolution."""
        found = self._at_gateway(gateway, request)
        return onward(found, self.second)

    def _at_gateway(self, gateway: Gateway, request: Request) -> Trace:
        if isinstance(gateway, IstioGateway):
            return self._istio.trace(gateway, request)
        entrance = self.entrance(gateway)
        choice = choose(gateway, entrance.listeners, request)
        listener = choice.listener
        if listener is None:
            return Trace(
                request=request,
                gateway=gateway,
                disposition=_without_listener(choice.status),
                status=choice.status,
                steps=choice.steps,
            )
        selected = select(entrance.behind(listener), request)
        steps = [*choice.steps, *selected.steps]
        if selected.winner is None:
            web = request.scheme in WEB and listener.protocol != "TLS"
            return Trace(
                request=request,
                gateway=gateway,
                disposition=Disposition.NOT_FOUND if web else Disposition.REFUSED,
                status=404 if web else None,
                steps=steps,
                listener=listener,
                considered=selected.considered,
            )
        return _Forwarding(self, gateway, listener, entrance.plane).through(
            request, steps, selected, selected.winner
        )


def _without_listener(status: int | None) -> Disposition:
    if status is None:
        return Disposition.REFUSED
    return Disposition.NOT_FOUND if status == 404 else Disposition.ERROR


class _Forwarding:
    """What happens to a request once its rule is known."""

    def __init__(self, tracer: Tracer, gateway: Gateway, listener: Listener, plane: str) -> None:
        self.tracer = tracer
        self.gateway = gateway
        self.listener = listener
        self.plane = plane

    def through(self, request: Request, steps: Sequence[Step], selected: Selection, winner: Entry) -> Trace:
        rule, route = winner.written, winner.attached.route
        filtered = apply(request, rule.filters, winner.match, self.listener)
        arrivals: list[Arrival] = []
        settings = self.tracer.resolution.cluster.istio.settings
        retries = settings.default_retries if self.plane == "istio" else ""
        more = [*filtered.steps, *time_steps(winner.written, retries)]
        mirrors = [*filtered.mirrors]
        if filtered.redirect is None:
            for path, share in self._shares(winner):
                arrival, done = self._arrive(path, share, filtered, winner)
                arrivals.append(arrival)
                more += done.steps
                mirrors += done.mirrors
            lost = [ref for ref in rule.backends if delegates(ref)] if self.plane in OTHERS else []
            if lost:
                more.append(_not_computed(lost))
            if arrivals or not lost:
                more.append(backends_step([_part(one) for one in arrivals]))
        main = standing_for(arrivals)
        ended = ending(main, filtered.redirect)
        return Trace(
            request=request,
            gateway=self.gateway,
            disposition=ended.disposition,
            status=ended.status,
            steps=[*steps, *more],
            listener=self.listener,
            taken=Taken(
                route=route.ref,
                rule=winner.rule,
                name=rule.name,
                match=described(winner.match, route.route_kind),
                via=tuple(map(str, winner.attached.via)),
            ),
            considered=selected.considered,
            arrivals=arrivals,
            mirrors=[self._mirror(one, route.namespace, route.route_kind) for one in mirrors],
            redirect=ended.redirect,
            forwarded=main.request if main else None,
        )

    def _shares(self, winner: Entry) -> Sequence[tuple[Path, float]]:
        """The paths of the rule's backendRefs in their order, each with its share by `weight`."""
        route = winner.attached.route
        place = (
            self.gateway.key,
            self.listener.name,
            route.route_kind,
            route.key,
            winner.rule,
            winner.attached.via,
        )
        paths = self.tracer.paths.get(place, ())
        return list(zip(paths, shares([path.backend.weight for path in paths]), strict=True))

    def _arrive(
        self, path: Path, share: float, filtered: Filtered, winner: Entry
    ) -> tuple[Arrival, Filtered]:
        """One backend: an invalid one is answered for before its filters are applied."""
        status = FAILING.get(path.outcome.verdict)
        if share <= 0 or path.outcome.verdict is Verdict.INVALID:
            return Arrival(path=path, share=share, status=status), Filtered(request=filtered.request)
        done = apply(
            filtered.request, path.backend.filters, winner.match, self.listener, str(path.backend.ref)
        )
        if done.redirect is not None:
            return Arrival(path=path, share=share, redirect=done.redirect), done
        got = done.request if status is None else None
        return Arrival(path=path, share=share, status=status, request=got), done

    def _mirror(self, one: MirrorFilter, namespace: str, route_kind: str) -> Mirror:
        ref = BackendRef(
            group=one.group, kind=one.kind, namespace=one.namespace, name=one.name, port=one.port
        )
        found = look_up(self.tracer.resolution.cluster, self.plane, namespace, route_kind, ref)
        return Mirror(filter=one, fault=found.fault)


def _not_computed(refs: Sequence[BackendRef]) -> Step:
    because = f"what {', '.join(map(shown, refs))} make of the request is not computed for agentgateway"
    return Step(gate="delegation", finding=unknown(because, leans=Result.FAIL))


def _part(one: Arrival) -> Part:
    ended = one.status is not None
    return Part(ref=one.path.backend.ref, share=one.share, fate=_fate(one), ended=ended)


def _fate(one: Arrival) -> str:
    if one.redirect is not None:
        return f" (redirected, {one.redirect.status})"
    return f" ({one.path.outcome.verdict}: {one.status})" if one.status is not None and one.share else ""
