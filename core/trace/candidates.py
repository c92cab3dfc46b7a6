"""The rules behind one listener, in the order in which they get a request, and why each of the others does not."""

from collections.abc import Mapping, Sequence

from core.gates import Result, Step, failed, passed, unknown
from core.model import Listener, RouteMatch, RouteRule, Row
from core.routes import Attached, Hostnames, covers
from core.trace.listeners import specificity
from core.trace.matching import Rank, described, held
from core.trace.outcome import Considered
from core.trace.request import WEB, Request

FALLS_BACK: Mapping[str, bool] = {"kgateway": False, "istio": False, "agentgateway": True, "unknown": True}
"""Data plane → whether rules of a less specific hostname get what none of the most specific one matches.

Envoy keeps the rules of each hostname in a virtual host, picks one by the request's host, and looks no further.
"""


class Candidate(Row):
    """A rule that matches. `hostname` is the one that it matches by, empty for any."""

    attached: Attached
    rule: int
    hostname: str
    match: RouteMatch
    rank: Rank

    @property
    def written(self) -> RouteRule:
        return self.attached.route.rules[self.rule]


class Selection(Row):
    """The rule that takes the request, None where none does."""

    steps: Sequence[Step]
    considered: Sequence[Considered]
    winner: Candidate | None = None


def select(routes: Sequence[Attached], listener: Listener, request: Request, plane: str) -> Selection:
    """The rule of `routes` that takes `request` at `listener`.

    The hostname counts first, then the match, the older `creationTimestamp`, `namespace/name`, and the order of rules.
    """
    considered: list[Considered] = []
    found: list[Candidate] = []
    hostnames: set[str] = set()
    doubts: list[str] = []
    for attached in routes:
        fault, hostname = _entered(attached, listener, request)
        if fault:
            considered += _all(attached, fault)
            continue
        if attached.route.rules:
            hostnames.add(hostname)
        for number, rule in enumerate(attached.route.rules):
            tried = held(rule.matches if request.scheme in WEB else (), request, attached.route.route_kind)
            if tried.doubt:
                doubts.append(f"{attached.route.ref} rule {number}")
            if tried.match is None or tried.rank is None:
                considered.append(_one(attached, number, tried.because))
                continue
            found.append(
                Candidate(
                    attached=attached, rule=number, hostname=hostname, match=tried.match, rank=tried.rank
                )
            )
    found.sort(key=_precedence)
    steps = [_doubted(doubts)] if doubts else []
    best = max(hostnames, key=specificity, default="")
    if not FALLS_BACK.get(plane, True) and request.scheme in WEB:
        kept = [one for one in found if one.hostname == best]
        left = [one for one in found if one.hostname != best]
        considered += [_left(one, best, outranked=bool(kept)) for one in left]
        if left and not kept:
            steps.append(_no_fallback(left[0], best))
        found = kept
    if not found:
        because = "no rule matches: 404" if request.scheme in WEB else "no route takes the connection"
        return Selection(
            steps=[*steps, Step(gate="route", finding=failed(because))], considered=_sorted(considered)
        )
    winner, *others = found
    if any(_mixed(winner, one) for one in others):
        steps.append(_two_kinds(winner))
    considered += [_outranked(one, winner) for one in others]
    steps.append(_won(winner))
    return Selection(steps=steps, considered=_sorted(considered), winner=winner)


def _entered(attached: Attached, listener: Listener, request: Request) -> tuple[str, str]:
    """Why no rule of the route is asked, or the hostname by which they are."""
    hostnames = attached.hostnames.get(listener.name)
    if hostnames is None:
        elsewhere = ", ".join(attached.hostnames)
        away = f"attached to {elsewhere}, not to listener {listener.name}" if elsewhere else ""
        return away or f"not attached: {attached.fault}", ""
    asked = request.host if listener.protocol == "TLS" else request.asked
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


def _precedence(one: Candidate) -> tuple[object, ...]:
    """Sorts the candidate that goes first to the front."""
    exact, length = specificity(one.hostname)
    rank = one.rank
    route = one.attached.route
    # A route without a timestamp is a manifest, to be created after all that are there.
    age = (not route.created, route.created)
    return (
        route.route_kind == "TCPRoute",
        not exact,
        -length,
        -rank.path,
        -rank.length,
        -rank.method,
        -rank.headers,
        -rank.params,
        age,
        f"{route.namespace}/{route.name}",
        one.rule,
        route.route_kind,
    )


# --- in words -------------------------------------------------------------------------------------------------------


def _one(attached: Attached, rule: int, because: str, *, outranked: bool = False) -> Considered:
    return Considered(route=attached.route.ref, rule=rule, because=because, outranked=outranked)


def _all(attached: Attached, because: str) -> Sequence[Considered]:
    return [_one(attached, number, because) for number in range(len(attached.route.rules))]


def _sorted(considered: Sequence[Considered]) -> Sequence[Considered]:
    return sorted(considered, key=lambda one: (one.route, one.rule))


def _name(one: Candidate) -> str:
    return f"{one.attached.route.ref} rule {one.rule}"


def _won(winner: Candidate) -> Step:
    route = winner.attached.route
    host = f", for {winner.hostname}" if winner.hostname else ""
    because = f"{_name(winner)} matches: {described(winner.match, route.route_kind)}{host}"
    return Step(gate="route", finding=passed(because))


def _doubted(doubts: Sequence[str]) -> Step:
    because = f"a pattern of {', '.join(doubts)} is not evaluated here, and is taken not to match"
    return Step(gate="patterns", finding=unknown(because, leans=Result.FAIL))


def _left(one: Candidate, best: str, *, outranked: bool) -> Considered:
    own = one.hostname or "any host"
    because = f"matches, but for {own}, and the data plane looks only among the rules for {best}"
    return _one(one.attached, one.rule, because, outranked=outranked)


def _no_fallback(one: Candidate, best: str) -> Step:
    because = (
        f"{_name(one)} matches for {one.hostname or 'any host'}, but routes for {best} exist, and Envoy looks "
        "only among their rules"
    )
    return Step(gate="hostname-scope", finding=failed(because))


def _outranked(one: Candidate, winner: Candidate) -> Considered:
    because = f"matches, but {_name(winner)} goes first: {_advantage(winner, one)}"
    return _one(one.attached, one.rule, because, outranked=True)


def _mixed(one: Candidate, other: Candidate) -> bool:
    kinds = {one.attached.route.route_kind, other.attached.route.route_kind}
    return one.hostname == other.hostname and kinds == {"HTTPRoute", "GRPCRoute"}


def _two_kinds(winner: Candidate) -> Step:
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


def _advantage(winner: Candidate, other: Candidate) -> str:
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
