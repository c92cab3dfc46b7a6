"""One request through an Istio Gateway, from its server to the paths of the destinations."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from core.delegation import Link
from core.gates import Result, Step, Verdict, passed, unknown
from core.istio_ingress.binding import Front, VirtualServices, fronts
from core.istio_ingress.destinations import Subsets, backend_ref
from core.istio_ingress.edges import beside_words, place_of
from core.istio_ingress.merging import Place, Served
from core.istio_ingress.rows import Destination, IstioGateway
from core.istio_ingress.workloads import labels_of
from core.model import Key, Listener, OtherFilter, RouteMatch
from core.paths import Path, Resolution
from core.trace.edits import Redirect, apply
from core.trace.ending import standing_for
from core.trace.istio.acts import aborted, copy_step, copy_to, fault_steps, time_steps
from core.trace.istio.edits import edited, redirected, to_https
from core.trace.istio.matching import described
from core.trace.istio.selection import Selection, l4_considered, select
from core.trace.istio.servers import Chain, Choice, choose
from core.trace.istio.virtual_hosts import Entry, VirtualHosts, virtual_hosts
from core.trace.outcome import Arrival, Disposition, Mirror, Taken, Trace
from core.trace.request import Request
from core.trace.shares import Part, backends_step, shares

FAILING = frozenset({Verdict.INVALID, Verdict.BLACKHOLE, Verdict.NO_ENDPOINTS})
"""Verdicts of paths that deliver nothing: 503, also where the cluster is missing."""
UNAVAILABLE = 503
MAX_NAMED = 5
"""Gateways on the same pods that a step names."""

Paths = Callable[[Key, str, Key, int, Sequence[Link]], Sequence[Path]]
"""Gateway, listener, VirtualService, rule and the rules that delegate to it → the paths, in the order of destinations."""


class IstioTracer:
    """Traces requests through the Istio Gateways of one resolution."""

    def __init__(self, resolution: Resolution, paths: Paths) -> None:
        self.resolution = resolution
        self.paths = paths
        self._hosts: dict[tuple[int, Place], VirtualHosts] = {}

    @cached_property
    def _fronts(self) -> Mapping[Key, Front]:
        """Gateway → the first workload that it is on, one where it has servers before any other."""
        cluster = self.resolution.cluster
        found: dict[Key, Front] = {}
        refused: dict[Key, Front] = {}
        for front in fronts(cluster, VirtualServices(cluster)):
            for gateway in front.workload.gateways:
                (refused if gateway.key in front.workload.refused else found).setdefault(gateway.key, front)
        return {**refused, **found}

    def workload(self, gateway: IstioGateway) -> int:
        """A number that Gateways on the same pods have in common."""
        return id(self._fronts[gateway.key])

    def hosts(self, front: Front, served: Served) -> VirtualHosts:
        """The virtual hosts at the listener of `served`."""
        name = (id(front), served.place)
        found = self._hosts.get(name)
        if found is None:
            found = virtual_hosts(front, served)
            self._hosts |= {(id(front), one.place): found for one in found.servers}
        return found

    @cached_property
    def subsets(self) -> Subsets:
        return Subsets(self.resolution.cluster)

    def trace(self, gateway: IstioGateway, request: Request) -> Trace:
        """What becomes of `request` at the pods of `gateway`; the Trace names the Gateway whose server takes it."""
        front = self._fronts[gateway.key]
        choice = choose(front, gateway, request)
        steps = [*_merged(front, gateway), *choice.steps, *_beside(front, choice)]
        if choice.chain is None:
            return Trace(
                request=request,
                gateway=gateway,
                disposition=Disposition.REFUSED,
                status=None,
                steps=steps,
            )
        passing = _Passing(self, front, choice.chain.served, request, steps)
        return passing.connection(choice.chain) if choice.chain.rule else passing.http()


def _merged(front: Front, gateway: IstioGateway) -> Sequence[Step]:
    """What a reader has to know of the pods: that they are assumed, or that other Gateways are on them, too."""
    others = [str(one.ref) for one in front.workload.gateways if one.key != gateway.key]
    named = others if len(others) <= MAX_NAMED else [*others[:MAX_NAMED], f"{len(others) - MAX_NAMED} more"]
    shared = f"; {', '.join(named)} {'is' if len(others) == 1 else 'are'} on the same pods" if others else ""
    if front.workload.assumed:
        because = f"no pod in the source has the labels that {gateway.ref} selects: one is taken to be there{shared}"
        return (Step(gate="gateway-pods", finding=unknown(because, leans=Result.PASS)),)
    if not others:
        return ()
    return (Step(gate="gateway-pods", finding=passed(f"{gateway.ref} selects its pods{shared}")),)


def _beside(front: Front, choice: Choice) -> Sequence[Step]:
    """That a Gateway of Gateway API on the same pods has the same port."""
    other = None if choice.chain is None else front.workload.beside.get(choice.chain.served.port)
    if choice.chain is None or other is None:
        return ()
    served = choice.chain.served
    because = f"{served} {beside_words(served.port, other)}"
    return (Step(gate="gateway-pods", finding=unknown(because, leans=Result.PASS)),)


class _Passing:
    """A request that a server has accepted."""

    def __init__(
        self, tracer: IstioTracer, front: Front, served: Served, request: Request, steps: Sequence[Step]
    ) -> None:
        self.tracer = tracer
        self.front = front
        self.served = served
        self.request = request
        self.steps = list(steps)

    def _listener(self, served: Served) -> Listener:
        return next(one for one in served.gateway.listeners if one.name == served.server.listener)

    # --- connections ------------------------------------------------------------------------------------------------

    def connection(self, chain: Chain) -> Trace:
        """A connection by a `tls` or `tcp` rule, whose bytes are not looked at."""
        assert chain.rule is not None
        assert chain.bound is not None
        route, rule = chain.bound.virtual_service.ref, chain.rule
        names = ", ".join(chain.names)
        match = f"SNI {names}" if names and names != "*" else "every connection"
        self.steps.append(Step(gate="route", finding=passed(f"{route} rule {rule.rule} matches: {match}")))
        paths = self._paths(self.served, (route.namespace, route.name), rule.rule, ())
        arrivals = [
            Arrival(
                path=path,
                share=share,
                request=None if share <= 0 or path.outcome.verdict in FAILING else self.request,
            )
            for path, share in _shares(paths)
        ]
        self.steps.append(_backends(arrivals, closed=True))
        main = standing_for(arrivals)
        return Trace(
            request=self.request,
            gateway=self.served.gateway,
            disposition=Disposition.DELIVERED if main and main.request else Disposition.ERROR,
            status=None,
            steps=self.steps,
            listener=self._listener(self.served),
            taken=Taken(route=route, rule=rule.rule, name="", match=match),
            considered=l4_considered(self.front, self.served, (route, rule.rule)),
            arrivals=arrivals,
            forwarded=main.request if main else None,
        )

    # --- HTTP -------------------------------------------------------------------------------------------------------

    def http(self) -> Trace:
        """A request by the first rule that matches."""
        hosts = self.tracer.hosts(self.front, self.served)
        selected = select(self.front, hosts, self.request)
        self.steps += selected.steps
        if selected.to_https is not None:
            answer = to_https(self.request)
            return self._ended(
                selected, Disposition.REDIRECTED, answer.status, served=selected.to_https, redirect=answer
            )
        if selected.winner is None:
            return self._ended(selected, Disposition.NOT_FOUND, 404)
        return self._by_rule(selected, selected.winner)

    def _by_rule(self, selected: Selection, winner: Entry) -> Trace:
        rule, served = winner.rule, winner.served
        taken = self._taken(winner, selected)
        self.steps += fault_steps(rule.fault)
        status = aborted(rule.fault)
        if status is not None:
            return self._ended(selected, Disposition.ERROR, status, served=served, taken=taken)
        if rule.cors:
            cors = (OtherFilter(type="CORS", text=rule.cors),)
            self.steps += apply(self.request, cors, RouteMatch(), self._listener(served)).steps
        if rule.redirect is not None:
            answer = redirected(self.request, rule.redirect, selected.match, served.server.number)
            because = f"redirect answers {answer.status}, Location {answer.location}"
            self.steps.append(Step(gate="filter", finding=passed(because)))
            return self._ended(
                selected, Disposition.REDIRECTED, answer.status, served=served, taken=taken, redirect=answer
            )
        if rule.direct_response is not None:
            status = rule.direct_response.status
            because = f"directResponse: the gateway answers {status} itself"
            self.steps.append(Step(gate="filter", finding=passed(because)))
            return self._ended(selected, Disposition.ANSWERED, status, served=served, taken=taken)
        return self._forwarded(selected, winner, taken)

    def _forwarded(self, selected: Selection, winner: Entry, taken: Taken) -> Trace:
        rule, served = winner.rule, winner.served
        cluster = self.tracer.resolution.cluster
        self.steps += time_steps(rule, cluster.istio.settings.default_retries)
        route, number, via = place_of(winner.bound.virtual_service, rule)
        paths = self._paths(served, route, number, via)
        arrivals = []
        seen: set[str] = set()
        for (path, share), to in zip(_shares(paths), rule.destinations, strict=False):
            if share <= 0 or path.outcome.verdict in FAILING:
                arrivals.append(Arrival(path=path, share=share, status=UNAVAILABLE if share > 0 else None))
                continue
            done = edited(self.request, rule, selected.match, to)
            for step in done.steps:
                if step.finding.because not in seen:
                    seen.add(step.finding.because)
                    self.steps.append(step)
            arrivals.append(Arrival(path=path, share=share, request=done.request))
        mirrors = [self._mirror(one.to, one.fraction, route[0], served) for one in rule.mirrors]
        self.steps.append(_backends(arrivals, closed=False))
        main = standing_for(arrivals)
        delivered = main is not None and main.request is not None
        return Trace(
            request=self.request,
            gateway=served.gateway,
            disposition=Disposition.DELIVERED if delivered else Disposition.ERROR,
            status=None if delivered else UNAVAILABLE,
            steps=self.steps,
            listener=self._listener(served),
            taken=taken,
            considered=selected.considered,
            arrivals=arrivals,
            mirrors=mirrors,
            forwarded=main.request if main else None,
        )

    def _taken(self, winner: Entry, selected: Selection) -> Taken:
        return Taken(
            route=winner.route,
            rule=winner.number,
            name=winner.rule.name,
            match=described(selected.match),
            via=tuple(map(str, winner.via)),
        )

    def _ended(
        self,
        selected: Selection,
        disposition: Disposition,
        status: int,
        *,
        served: Served | None = None,
        taken: Taken | None = None,
        redirect: Redirect | None = None,
    ) -> Trace:
        """The gateway's own answer."""
        by = served or self.served
        return Trace(
            request=self.request,
            gateway=by.gateway,
            disposition=disposition,
            status=status,
            steps=self.steps,
            listener=self._listener(by),
            taken=taken,
            considered=selected.considered,
            redirect=redirect,
        )

    # --- backends ---------------------------------------------------------------------------------------------------

    def _paths(self, served: Served, route: Key, rule: int, via: Sequence[Link]) -> Sequence[Path]:
        gateway = served.gateway
        return self.tracer.paths((gateway.namespace, gateway.name), served.server.listener, route, rule, via)

    def _mirror(self, to: Destination, fraction: float, home: str, served: Served) -> Mirror:
        workload = self.front.workload
        cluster = self.tracer.resolution.cluster
        ref = backend_ref(cluster, to, home, workload.namespace, served.server.number)
        pods = [labels_of(one) for one in workload.members]
        found = self.tracer.subsets.look_up(ref, home, workload.namespace, pods)
        self.steps.append(copy_step(ref, fraction))
        return Mirror(filter=copy_to(ref, fraction), fault=found.fault)


def _shares(paths: Sequence[Path]) -> Sequence[tuple[Path, float]]:
    return list(zip(paths, shares([path.backend.weight for path in paths]), strict=True))


def _backends(arrivals: Sequence[Arrival], *, closed: bool) -> Step:
    """The shares in words."""
    return backends_step(
        [_part(one, "the connection is closed" if closed else str(UNAVAILABLE)) for one in arrivals]
    )


def _part(one: Arrival, fate: str) -> Part:
    subset = f" subset {one.path.backend.subset}" if one.path.backend.subset else ""
    ended = one.share > 0 and one.request is None
    told = f" ({one.path.outcome.verdict}: {fate})" if ended else ""
    return Part(ref=one.path.backend.ref, share=one.share, fate=f"{subset}{told}", ended=ended)
