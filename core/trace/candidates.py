"""The rule that gets a request behind one listener, and why each of the others does not."""

from collections.abc import Iterator, Mapping, Sequence

from core.delegation import chain_steps
from core.gates import Result, Step, failed, passed, unknown
from core.hostnames import Hostnames, covers
from core.model import Listener, Row
from core.re2.machine import BeyondError, NotRe2Error
from core.routes import Attached
from core.trace.considering import Considering
from core.trace.index import WITH_MATCHES, Bucket, Entry, ListenerIndex
from core.trace.listeners import specificity
from core.trace.matching import described, held, mismatch
from core.trace.outcome import Considered
from core.trace.request import WEB, Request

FALLS_BACK: Mapping[str, bool] = {"kgateway": False, "istio": False, "agentgateway": True, "unknown": True}
"""Data plane → whether rules of a less specific hostname get what none of the most specific one matches.

Envoy keeps the rules of each hostname in a virtual host, picks one by the request's host, and looks no further.
"""


class Selection(Row):
    """The rule that takes the request, None where none does."""

    steps: Sequence[Step]
    considered: Sequence[Considered]
    winner: Entry | None = None


class Behind(Row):
    """A listener with the routes that are attached to its Gateway, and their order there."""

    listener: Listener
    routes: Sequence[Attached]
    index: ListenerIndex
    plane: str


def select(behind: Behind, request: Request) -> Selection:
    """The rule that takes `request`. Why each of the others does not is worked out when it is read."""
    web = request.scheme in WEB
    scope = _Scope(behind, request)
    winner = scope.winner
    considered = Considering(_Others(behind, request, winner, scope.best).considered)
    steps = [_doubted(scope.doubts)] if scope.doubts else []
    if winner is None:
        if web and scope.elsewhere is not None:
            steps.append(_no_fallback(scope.elsewhere, scope.best))
        because = "no rule matches: 404" if web else "no route takes the connection"
        steps.append(Step(gate="route", finding=failed(because)))
        return Selection(steps=steps, considered=considered)
    if scope.mixed:
        steps.append(_two_kinds(winner))
    steps += [*chain_steps(winner.attached.via, winner.attached.route.ref), _won(winner), *_inherited(winner)]
    return Selection(steps=steps, considered=considered, winner=winner)


class _Scope:
    """The hostname whose rules are asked, and the first of them that holds."""

    def __init__(self, behind: Behind, request: Request) -> None:
        self._request = request
        self.doubts: list[Entry] = []
        self.winner: Entry | None = None
        self.elsewhere: Entry | None = None
        self.mixed = False
        buckets = iter(behind.index.buckets(_asked(behind.listener, request)))
        best = next(buckets, None)
        self.best = best.entries[0].hostname if best else ""
        if best is None:
            return
        found = self._find(best)
        falls_back = FALLS_BACK.get(behind.plane, True) or request.scheme not in WEB
        for bucket in buckets if found is None else ():
            first = next(self._holding(bucket), None)
            if first is not None:
                if falls_back:
                    self._find(bucket)
                else:
                    self.elsewhere = first
                return

    def _find(self, bucket: Bucket) -> Entry | None:
        """Makes the first of `bucket` that holds the winner."""
        holding = self._holding(bucket)
        self.winner = next(holding, None)
        if self.winner is not None and bucket.mixed:
            kind = self.winner.attached.route.route_kind
            self.mixed = any(one.attached.route.route_kind != kind for one in holding)
        return self.winner

    def _holding(self, bucket: Bucket) -> Iterator[Entry]:
        for one in bucket.for_path(self._request.path):
            try:
                if not mismatch(one.match, self._request, one.attached.route.route_kind):
                    yield one
            except NotRe2Error:
                continue
            except BeyondError:
                if self.winner is None and all(str(one) != str(each) for each in self.doubts):
                    self.doubts.append(one)


def _asked(listener: Listener, request: Request) -> str:
    return request.host if listener.protocol == "TLS" else request.asked


# --- the others -----------------------------------------------------------------------------------------------------


class _Others:
    """Every rule but the winner, held against the request. `best` is the hostname whose rules are asked."""

    def __init__(self, behind: Behind, request: Request, winner: Entry | None, best: str) -> None:
        self._behind = behind
        self._request = request
        self._winner = winner
        self._best = best

    def considered(self) -> Sequence[Considered]:
        """Sorted, each with why it does not take the request."""
        found = [one for attached in self._behind.routes for one in self._of_route(attached)]
        return sorted(found, key=lambda one: (one.route, one.rule, one.via))

    def _of_route(self, attached: Attached) -> Iterator[Considered]:
        fault, hostname = _entered(attached, self._behind.listener, self._request)
        for number in range(len(attached.route.rules)):
            if not self._is_winner(attached, number):
                closed = fault or attached.closed.get(number, "")
                yield _one(attached, number, closed) if closed else self._beaten(attached, number, hostname)

    def _is_winner(self, attached: Attached, rule: int) -> bool:
        winner = self._winner
        return (
            winner is not None
            and winner.rule == rule
            and winner.attached.route.ref == attached.route.ref
            and winner.attached.via == attached.via
        )

    def _beaten(self, attached: Attached, number: int, hostname: str) -> Considered:
        """A rule that is asked: why it does not match, or what goes before it."""
        kind = attached.route.route_kind
        rule = attached.route.rules[number]
        tried = held(rule.matches if kind in WITH_MATCHES else (), self._request, kind)
        if tried.match is None or tried.rank is None:
            return _one(attached, number, tried.because)
        entry = Entry(
            attached=attached, rule=number, hostname=hostname, match=tried.match, rank=tried.rank, place=0
        )
        falls_back = FALLS_BACK.get(self._behind.plane, True) or self._request.scheme not in WEB
        if self._winner is not None and (falls_back or hostname == self._best):
            return _outranked(entry, self._winner)
        return _left(entry, self._best, outranked=self._winner is not None)


def _entered(attached: Attached, listener: Listener, request: Request) -> tuple[str, str]:
    """Why no rule of the route is asked, or the hostname by which they are."""
    hostnames = attached.hostnames.get(listener.name)
    if hostnames is None:
        elsewhere = ", ".join(attached.hostnames)
        away = f"attached to {elsewhere}, not to listener {listener.name}" if elsewhere else ""
        return away or f"not attached: {attached.fault}", ""
    asked = _asked(listener, request)
    hostname = _hostname(hostnames, asked)
    if hostname is None:
        return f"host {asked} is none of {', '.join(hostnames)}", ""
    return "", hostname


def _hostname(hostnames: Hostnames, host: str) -> str | None:
    """The most specific of `hostnames` that takes `host`; empty where there are none, which means any."""
    if not hostnames:
        return ""
    matching = [one for one in hostnames if covers(one, host)]
    return max(matching, key=specificity, default=None)


# --- in words -------------------------------------------------------------------------------------------------------


def _one(attached: Attached, rule: int, because: str, *, outranked: bool = False) -> Considered:
    return Considered(
        route=attached.route.ref,
        rule=rule,
        because=because,
        outranked=outranked,
        via=tuple(str(link) for link in attached.via),
    )


def _won(winner: Entry) -> Step:
    route = winner.attached.route
    host = f", for {winner.hostname}" if winner.hostname else ""
    because = f"{winner} matches: {described(winner.match, route.route_kind)}{host}"
    return Step(gate="route", finding=passed(because))


def _inherited(winner: Entry) -> Sequence[Step]:
    return [
        Step(gate="inherited", finding=passed(f"it takes over {one}", assumed=True))
        for one in winner.attached.inherited.get(winner.rule, ())
    ]


def _doubted(doubts: Sequence[Entry]) -> Step:
    because = f"a pattern of {', '.join(map(str, doubts))} is not evaluated here, and is taken not to match"
    return Step(gate="patterns", finding=unknown(because, leans=Result.FAIL))


def _left(one: Entry, best: str, *, outranked: bool) -> Considered:
    own = one.hostname or "any host"
    because = f"matches, but for {own}, and the data plane looks only among the rules for {best}"
    return _one(one.attached, one.rule, because, outranked=outranked)


def _no_fallback(one: Entry, best: str) -> Step:
    because = (
        f"{one} matches for {one.hostname or 'any host'}, but routes for {best} exist, and Envoy looks "
        "only among their rules"
    )
    return Step(gate="hostname-scope", finding=failed(because))


def _outranked(one: Entry, winner: Entry) -> Considered:
    because = f"matches, but {winner} goes first: {_advantage(winner, one)}"
    return _one(one.attached, one.rule, because, outranked=True)


def _two_kinds(winner: Entry) -> Step:
    because = (
        f"HTTPRoutes and GRPCRoutes match for {winner.hostname or 'any host'}: Gateway API has the younger refused, "
        "data planes may merge them, as is done here"
    )
    return Step(gate="route-kinds", finding=unknown(because, leans=Result.PASS))


_WHY: Sequence[tuple[str, str]] = (
    ("path", "its path match is of a more specific type"),
    ("length", "its path is longer"),
    ("method", "it matches the method"),
    ("headers", "it matches more headers"),
    ("params", "it matches more query parameters"),
)
_WHY_GRPC: Sequence[tuple[str, str]] = (
    ("path", "its method match is exact"),
    ("length", "its service is longer"),
    ("method", "its method is longer"),
    ("headers", "it matches more headers"),
)


def _advantage(winner: Entry, other: Entry) -> str:
    """The first criterion by which `winner` goes before `other`."""
    if winner.hostname != other.hostname:
        return f"its hostname {winner.hostname or '(any)'} is more specific"
    grpc = winner.attached.route.route_kind == "GRPCRoute"
    for field, words in _WHY_GRPC if grpc else _WHY:
        if getattr(winner.rank, field) != getattr(other.rank, field):
            return words
    mine, theirs = winner.attached.route, other.attached.route
    if mine.ref == theirs.ref:
        return "it is the earlier rule"
    if mine.created != theirs.created:
        return "its route is older"
    return f"alike in all else, {mine.namespace}/{mine.name} comes first by name"
