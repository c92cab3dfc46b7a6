"""One request through one Gateway, from its listener to the paths of the backends."""

from collections.abc import Sequence

from core.backends import look_up
from core.classes import data_plane
from core.gates import Step, Verdict, failed, passed
from core.model import BackendRef, Gateway, Key, Listener, MirrorFilter
from core.paths import Path, Resolution
from core.routes import attached_to
from core.trace.candidates import Candidate, Selection, select
from core.trace.edits import Filtered, apply
from core.trace.listeners import choose
from core.trace.matching import described
from core.trace.outcome import Arrival, Disposition, Mirror, Taken, Trace
from core.trace.request import WEB, Request

FAILING = {Verdict.INVALID: 500, Verdict.BLACKHOLE: 503, Verdict.NO_ENDPOINTS: 503}
"""Verdict → what clients get of a path that delivers nothing."""


def trace(resolution: Resolution, gateway: Gateway, request: Request) -> Trace:
    """What becomes of `request` at `gateway`. The paths behind it are those of `resolution`."""
    choice = choose(gateway, request)
    listener = choice.listener
    if listener is None:
        disposition = _without_listener(choice.status)
        return Trace(
            request=request,
            gateway=gateway,
            disposition=disposition,
            status=choice.status,
            steps=choice.steps,
        )
    plane = data_plane(resolution.cluster, gateway).plane
    selected = select(attached_to(resolution.cluster, gateway), listener, request, plane)
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
    return _Forwarding(resolution, gateway, listener, plane).through(
        request, steps, selected, selected.winner
    )


def _without_listener(status: int | None) -> Disposition:
    if status is None:
        return Disposition.REFUSED
    return Disposition.NOT_FOUND if status == 404 else Disposition.ERROR


class _Forwarding:
    """What happens to a request once its rule is known."""

    def __init__(self, resolution: Resolution, gateway: Gateway, listener: Listener, plane: str) -> None:
        self.resolution = resolution
        self.gateway = gateway
        self.listener = listener
        self.plane = plane

    def through(
        self, request: Request, steps: Sequence[Step], selected: Selection, winner: Candidate
    ) -> Trace:
        rule, route = winner.written, winner.attached.route
        filtered = apply(request, rule.filters, winner.match, self.listener)
        arrivals: list[Arrival] = []
        more = [*filtered.steps, *_times(winner)]
        mirrors = [*filtered.mirrors]
        if filtered.redirect is None:
            for path, share in self._shares(winner):
                arrival, done = self._arrive(path, share, filtered, winner)
                arrivals.append(arrival)
                more += done.steps
                mirrors += done.mirrors
            more.append(_backends(arrivals))
        main = _main(arrivals)
        redirect = filtered.redirect or (main.redirect if main else None)
        disposition, status = _ending(filtered, main)
        return Trace(
            request=request,
            gateway=self.gateway,
            disposition=disposition,
            status=status,
            steps=[*steps, *more],
            listener=self.listener,
            taken=Taken(
                route=route.ref,
                rule=winner.rule,
                name=rule.name,
                match=described(winner.match, route.route_kind),
            ),
            considered=selected.considered,
            arrivals=arrivals,
            mirrors=[self._mirror(one, route.namespace, route.route_kind) for one in mirrors],
            redirect=redirect,
            forwarded=main.request if main else None,
        )

    def _shares(self, winner: Candidate) -> Sequence[tuple[Path, float]]:
        """The paths of the rule's backendRefs in their order, each with its share by `weight`."""
        paths = self._paths(winner.attached.route.route_kind, winner.attached.route.key, winner.rule)
        total = sum(path.backend.weight for path in paths)
        return [(path, path.backend.weight / total if total else 0.0) for path in paths]

    def _paths(self, kind: str, route: Key, rule: int) -> Sequence[Path]:
        place = (self.gateway.key, self.listener.name, kind, route, rule)
        return [
            path
            for path in self.resolution.paths
            if (path.gateway, path.listener, path.route_kind, path.route, path.rule) == place
        ]

    def _arrive(
        self, path: Path, share: float, filtered: Filtered, winner: Candidate
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
        found = look_up(self.resolution.cluster, self.plane, namespace, route_kind, ref)
        return Mirror(filter=one, fault=found.fault)


def _times(winner: Candidate) -> Sequence[Step]:
    """`timeouts` and `retry` of the rule, for the reader."""
    rule = winner.written
    steps = [
        Step(gate="timeout", finding=passed(f"timeouts.{field} is {duration}"))
        for field, duration in rule.timeouts
    ]
    if rule.retry:
        steps.append(Step(gate="retry", finding=passed(f"failed requests are tried again: {rule.retry}")))
    return steps


def _backends(arrivals: Sequence[Arrival]) -> Step:
    """The shares in words."""
    if not arrivals:
        return Step(gate="backends", finding=failed("the rule has no backendRefs: 500"))
    if not any(one.share for one in arrivals):
        return Step(gate="backends", finding=failed("the weights of all backendRefs are 0: 500"))
    because = ", ".join(
        f"{round(one.share * 100, 2):g} % {one.path.backend.ref}{_fate(one)}" for one in arrivals
    )
    ended = all(one.status is not None for one in arrivals if one.share)
    return Step(gate="backends", finding=failed(because) if ended else passed(because))


def _fate(one: Arrival) -> str:
    if one.redirect is not None:
        return f" (redirected, {one.redirect.status})"
    return f" ({one.path.outcome.verdict}: {one.status})" if one.status is not None and one.share else ""


def _main(arrivals: Sequence[Arrival]) -> Arrival | None:
    """The backend that stands for the whole: of those that deliver, else redirect, else fail, the largest share."""
    wanted = [one for one in arrivals if one.share > 0]
    if not wanted:
        return None
    return max(wanted, key=lambda one: (one.request is not None, one.redirect is not None, one.share))


def _ending(filtered: Filtered, main: Arrival | None) -> tuple[Disposition, int | None]:
    redirect = filtered.redirect
    if redirect is None and main is not None and main.request is None:
        redirect = main.redirect
    if redirect is not None:
        return Disposition.REDIRECTED, redirect.status
    if main is None:
        return Disposition.ERROR, 500
    if main.request is not None:
        return Disposition.DELIVERED, None
    return Disposition.ERROR, main.status
