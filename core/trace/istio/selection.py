"""The rule of a VirtualService that takes a request, and why each of the others does not: the first as written wins."""

from collections.abc import Sequence

from core.delegation import chain_steps
from core.gates import Step, failed, passed
from core.istio_ingress.binding import Bound, Front, Rule
from core.istio_ingress.edges import place_of
from core.istio_ingress.merging import Served
from core.istio_ingress.rows import HttpMatch, HttpRule, L4Rule, Via, VirtualService
from core.model import ObjectRef, Row
from core.trace.considering import Considering
from core.trace.istio.acts import doubt_step
from core.trace.istio.matching import Held, described, held
from core.trace.istio.virtual_hosts import Entry, VirtualHosts
from core.trace.outcome import Considered
from core.trace.request import Request


class Selection(Row):
    """The entry that takes the request, with the match that holds. `to_https` is a server that sends it to HTTPS."""

    steps: Sequence[Step]
    considered: Sequence[Considered] = ()
    winner: Entry | None = None
    match: HttpMatch | None = None
    to_https: Served | None = None


Name = tuple[ObjectRef, int, Sequence[str]]
"""A rule: its VirtualService, its number there, and the rules that delegate to it."""


def select(front: Front, hosts: VirtualHosts, request: Request) -> Selection:
    """The rule that takes `request` among those of its virtual host: the first that matches."""
    host = hosts.of(request.asked)
    entries = hosts.entries.get(host, ()) if host is not None else ()
    if host is not None and host in hosts.to_https and not request.encrypted:
        by = hosts.to_https[host]
        step = Step(
            gate="https-redirect", finding=passed(f"{by} has httpsRedirect: plain HTTP is sent to HTTPS")
        )
        others = _Others(front, hosts, host, request)
        return Selection(steps=(step,), considered=Considering(others.not_asked), to_https=by)
    winner: Entry | None = None
    tried = Held(holds=False)
    doubts: dict[str, None] = {}
    for entry in entries:
        tried = held(entry.matches, request)
        if tried.doubt:
            doubts[str(entry)] = None
        if tried.holds:
            winner = entry
            break
    steps = [doubt_step(list(doubts))] if doubts else []
    if winner is None:
        why = (
            f"no rule for {host} matches"
            if host is not None
            else f"no VirtualService has the host {request.asked}"
        )
        steps.append(Step(gate="route", finding=failed(f"{why}: 404")))
    else:
        steps += chain_steps(winner.via, winner.route)
        because = f"{winner} matches: {described(tried.match)}, for {host}"
        steps.append(Step(gate="route", finding=passed(because)))
    others = _Others(front, hosts, host, request, winner)
    return Selection(steps=steps, considered=Considering(others.all), winner=winner, match=tried.match)


class _Others:
    """The rules that did not take a request, and why."""

    def __init__(
        self,
        front: Front,
        hosts: VirtualHosts,
        host: str | None,
        request: Request,
        winner: Entry | None = None,
    ) -> None:
        self.front = front
        self.hosts = hosts
        self.host = host
        self.request = request
        self.winner = winner

    def all(self) -> Sequence[Considered]:
        """Those of the virtual host, and those elsewhere."""
        return _sorted([*self._asked(), *self.elsewhere()])

    def not_asked(self) -> Sequence[Considered]:
        """All, where the request is sent to HTTPS before a rule is asked."""
        names = dict.fromkeys(_name(one.bound, one.rule) for one in self._entries)
        here = [_one(*name, "plain HTTP is sent to HTTPS before a rule is asked") for name in names]
        return _sorted([*here, *self.elsewhere()])

    def elsewhere(self) -> Sequence[Considered]:
        """The rules of VirtualServices that are bound to none of the servers, or for other hosts."""
        found: dict[Name, str] = {}
        asked = {_name(one.bound, one.rule) for one in self._entries}
        for served in self.hosts.servers:
            for bound in self.front.at(served):
                away = self._away(bound, served)
                reached = {rule.name_at for rule in bound.http}
                for rule in bound.virtual_service.http:
                    because = away or _unreached(bound, rule, reached, served)
                    name = _name(bound, rule)
                    if because and name not in asked:
                        found.setdefault(name, because)
        return _sorted([_one(*name, because) for name, because in found.items()])

    @property
    def _entries(self) -> Sequence[Entry]:
        return self.hosts.entries.get(self.host, ()) if self.host is not None else ()

    def _away(self, bound: Bound, served: Served) -> str:
        """Why no rule of `bound` is asked; empty where they are."""
        if bound.fault:
            return f"not bound to {served.gateway.ref}: {bound.fault}"
        if self.host in bound.hosts:
            return ""
        asked, shown = self.request.asked, ", ".join(bound.hosts)
        if any(wide.startswith("*") and asked.endswith(wide[1:]) for wide in bound.hosts):
            return f"for {shown}, and the data plane looks only among the rules for {self.host}"
        return f"host {asked} is none of {shown}"

    def _asked(self) -> Sequence[Considered]:
        missed: dict[Name, list[str]] = {}
        beaten: dict[Name, str] = {}
        winner = self.winner
        taken = None if winner is None else _name(winner.bound, winner.rule)
        for entry in self._entries:
            name = _name(entry.bound, entry.rule)
            if name == taken:
                continue
            tried = held(entry.matches, self.request)
            if not tried.holds:
                missed.setdefault(name, []).append(tried.because)
            elif winner is not None:
                beaten[name] = f"matches, but {winner} comes first: {_before(winner, entry)}"
        found = [_one(*name, because, outranked=True) for name, because in beaten.items()]
        return found + [
            _one(*name, ", and ".join(dict.fromkeys(reasons)))
            for name, reasons in missed.items()
            if name not in beaten
        ]


def _before(winner: Entry, other: Entry) -> str:
    if other.last and not winner.last:
        return "rules that take every request go last"
    mine, theirs = winner.bound.virtual_service, other.bound.virtual_service
    if mine.ref == theirs.ref:
        return "it is the earlier rule"
    if winner.served.place != other.served.place and winner.served.gateway.key != other.served.gateway.key:
        return f"its Gateway {winner.served.gateway.full_name} comes first"
    if mine.created != theirs.created:
        return "its VirtualService is older"
    return f"alike in age, {mine.name} comes first by name"


def _unreached(bound: Bound, rule: HttpRule, reached: set[tuple[int, Via | None]], served: Served) -> str:
    before = _before_it(bound, rule)
    if before is not None:
        return f"never reached: {before} before it takes every request"
    if rule.name_at in reached:
        return ""
    return f"its matches ask for other ports, gateways or source labels than those of {served}"


def _before_it(bound: Bound, rule: Rule) -> Rule | None:
    return next((before for lost, before in bound.unreached if lost.name_at == rule.name_at), None)


def _ref(key: tuple[str, str]) -> ObjectRef:
    return ObjectRef(kind=VirtualService.KIND, namespace=key[0], name=key[1])


def _name(bound: Bound, rule: HttpRule) -> Name:
    route, number, via = place_of(bound.virtual_service, rule)
    return (_ref(route), number, tuple(map(str, via)))


def _one(
    route: ObjectRef, rule: int, via: Sequence[str], because: str, *, outranked: bool = False
) -> Considered:
    return Considered(route=route, rule=rule, via=via, because=because, outranked=outranked)


def _sorted(considered: Sequence[Considered]) -> Sequence[Considered]:
    return sorted(considered, key=lambda one: (one.route, one.rule, one.via))


def l4_considered(front: Front, served: Served, taken: tuple[ObjectRef, int] | None) -> Sequence[Considered]:
    """The `tls` or `tcp` rules of a server that a connection does not go by."""
    found: list[Considered] = []
    for bound in front.at(served):
        one = bound.virtual_service
        rules: Sequence[L4Rule] = one.tls if served.server.passes_through else one.tcp
        for rule in rules:
            if (one.ref, rule.rule) == taken:
                continue
            because = bound.fault or "not for this SNI, port or gateway"
            before = _before_it(bound, rule)
            if before is not None:
                because = f"{before} before it takes every connection"
            found.append(_one(one.ref, rule.rule, (), because))
    return _sorted(found)
