"""A traced request as the page tells it: its hops in two states, the ways that such requests go, and their stops.

Pure: the page of traces reads it, and nothing here touches Streamlit.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

from core.explain import Explainer
from core.gates import Step, Verdict
from core.graph import journey
from core.graph.stops import CLIENT, parts
from core.model import Gateway, Key, ObjectRef
from core.outcomes import Share
from core.trace import hops as places
from core.trace.engine import Tracer
from core.trace.examples import Example, Examples
from core.trace.gateways import trace_through
from core.trace.hops import Hop, hops, of_backend
from core.trace.outcome import Arrival, Second, Trace
from core.trace.request import Request
from dashboard.desk import Asked

MAX_EXAMPLES, MAX_TRIED = 6, 60
"""Examples that are offered, and paths that are looked at for them."""

_HOP_OF = {
    "gateway": places.GATEWAY,
    "listener": places.GATEWAY,
    "route": places.GATEWAY,
    "service": places.BACKEND,
    "ztunnel": places.ZTUNNEL,
    "waypoint": places.WAYPOINT,
    "endpoints": places.ENDPOINTS,
}
"""The beginning of a node's id in the picture → the kind of the hop that tells of it."""


@dataclass(frozen=True)
class Moment:
    """A stop of the play: the node that the request is at, and the hop that tells of it, None for the client."""

    node: str
    hop: Hop | None


@dataclass(frozen=True)
class Way:
    """A way that a part of such requests goes: one backend, and of its traffic one part where that is split."""

    arrival: Arrival
    part: int
    share: float
    hops: Sequence[Hop]
    moments: Sequence[Moment]

    @property
    def stops(self) -> Sequence[str]:
        """The nodes of the picture that it passes."""
        return list(dict.fromkeys(one.node for one in self.moments))

    @property
    def verdict(self) -> Verdict:
        return parts(self.arrival.path)[self.part].verdict

    @property
    def second(self) -> Second | None:
        """What becomes of it at a waypoint, None where it meets none that is looked at."""
        return _second(self.arrival, parts(self.arrival.path)[self.part])


@dataclass(frozen=True)
class Seen:
    """What becomes of a request in one state. `others` are Gateways that would take it, too."""

    explainer: Explainer
    trace: Trace
    others: Sequence[Gateway]
    gateway: Hop
    ways: Sequence[Way]

    def way_of(self, path_id: str, part: int) -> Way | None:
        """The way to a backend; another part of its traffic where it is split otherwise."""
        found = [one for one in self.ways if one.arrival.path.id == path_id]
        return next((one for one in found if one.part == part), found[0] if found else None)


def look(tracer: Tracer, explainer: Explainer, request: Request, wanted: Key | None) -> Seen:
    """Trace `request`, through the Gateway `wanted` where one is.

    Raises:
        NoGatewayError: There is no such Gateway, or none at all.
    """
    found = trace_through(tracer, request, wanted)
    passed = hops(explainer, found.trace)
    ways = [
        way for one in found.trace.arrivals if one.share > 0 for way in _ways(one, of_backend(passed, one))
    ]
    return Seen(
        explainer=explainer, trace=found.trace, others=found.others, gateway=passed[0], ways=tuple(ways)
    )


def _ways(arrival: Arrival, passed: Sequence[Hop]) -> Iterator[Way]:
    for number, part in enumerate(parts(arrival.path)):
        nodes = journey(arrival.path, number)
        by_ztunnel = any(node.startswith("ztunnel:") for node in nodes)
        own = [
            one for one in passed if _is_on(one, arrival, part) and (by_ztunnel or one.kind != places.ZTUNNEL)
        ]
        yield Way(
            arrival=arrival,
            part=number,
            share=arrival.share * part.share,
            hops=own,
            moments=_moments(nodes, own, arrival),
        )


def _is_on(hop: Hop, arrival: Arrival, part: Share) -> bool:
    """Whether the part of the traffic passes a hop of its backend."""
    if hop.kind == places.WAYPOINT:
        return part.verdict in places.MEETING and hop.ref == _waypoint(part)
    if hop.kind == places.ENDPOINTS:
        return hop.ref in _ends(arrival, part)
    return True


def _ends(arrival: Arrival, part: Share) -> Sequence[ObjectRef]:
    second = _second(arrival, part)
    if second is None or (not second.forwards and second.request is not None):
        return [arrival.path.service_ref]
    return [one.backend.ref for one in second.forwards if one.request is not None]


def _second(arrival: Arrival, part: Share) -> Second | None:
    met = part.verdict in places.MEETING
    return next((one for one in arrival.seconds if met and one.waypoint == _waypoint(part)), None)


def _waypoint(part: Share) -> ObjectRef | None:
    if part.waypoint is None:
        return None
    return ObjectRef(kind="Gateway", namespace=part.waypoint[0], name=part.waypoint[1])


def _moments(nodes: Sequence[str], passed: Sequence[Hop], arrival: Arrival) -> Sequence[Moment]:
    """The stops: the nodes of the picture as far as the request gets, then hops that the picture doesn't have."""
    found = [Moment(CLIENT, None)]
    told: list[Hop] = []
    kinds = {hop.kind for hop in passed}
    for node in nodes[1:]:
        kind = _HOP_OF.get(node.partition(":")[0])
        hop = next((one for one in passed if one.kind == kind and _tells(one, arrival)), None)
        if hop is None and kind in (places.BACKEND, places.ENDPOINTS, places.WAYPOINT):
            break
        hop = hop or found[-1].hop
        found.append(Moment(node, hop))
        if hop is not None:
            told.append(hop)
    if places.BACKEND in kinds:
        found += [Moment(found[-1].node, one) for one in passed if one not in told]
    return found


def _tells(hop: Hop, arrival: Arrival) -> bool:
    """Whether the picture has the hop: of endpoints it has those of the backend itself."""
    return hop.kind != places.ENDPOINTS or hop.ref == arrival.path.service_ref


# --- two states ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class StepPair:
    """A step in two states, None where one has none."""

    before: Step | None
    after: Step | None

    @property
    def any(self) -> Step:
        found = self.after or self.before
        assert found is not None
        return found

    @property
    def moved(self) -> bool:
        """Whether the two states are told apart."""
        return _said(self.before) != _said(self.after)


@dataclass(frozen=True)
class HopPair:
    """A hop in two states, None where one does not have it. Where one state is told, both are the same."""

    before: Hop | None
    after: Hop | None

    @property
    def any(self) -> Hop:
        found = self.after or self.before
        assert found is not None
        return found

    @property
    def steps(self) -> Sequence[StepPair]:
        """The steps, paired by their gate; those of a hop that only one state has by themselves."""
        if self.before is self.after or self.before is None or self.after is None:
            return [StepPair(one, one) for one in self.any.steps]
        return _paired(self.before.steps, self.after.steps)

    @property
    def changes(self) -> bool:
        if self.before is None or self.after is None:
            return True
        return self.before.share != self.after.share or any(one.moved for one in self.steps)


def _said(step: Step | None) -> tuple[str, str] | None:
    return None if step is None else (step.finding.result, step.finding.because)


def _paired(before: Sequence[Step], after: Sequence[Step]) -> Sequence[StepPair]:
    olds: dict[str, list[Step]] = {}
    for one in before:
        olds.setdefault(one.gate, []).append(one)
    found = []
    for one in after:
        same = olds.get(one.gate)
        found.append(StepPair(same.pop(0) if same else None, one))
    return [*found, *(StepPair(one, None) for rest in olds.values() for one in rest)]


def pairs(before: Sequence[Hop], after: Sequence[Hop]) -> Sequence[HopPair]:
    """The hops of two states in one order; those that only one of them has stand where they are passed there."""
    names = [[(one.kind, one.at) for one in state] for state in (before, after)]
    found: list[HopPair] = []
    matched = SequenceMatcher(None, names[0], names[1], autojunk=False)
    for kind, start, end, first, last in matched.get_opcodes():
        if kind == "equal":
            found += map(HopPair, before[start:end], after[first:last])
        else:
            found += [HopPair(one, None) for one in before[start:end]]
            found += [HopPair(None, one) for one in after[first:last]]
    return found


def alone(passed: Sequence[Hop]) -> Sequence[HopPair]:
    """The hops of the only state that is told."""
    return [HopPair(one, one) for one in passed]


# --- the request on its way ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """A part of a request at each place where it is told of; None where it is not there."""

    name: str
    values: Sequence[str | None]

    @property
    def changes(self) -> bool:
        return len(set(self.values)) > 1


def request_parts(requests: Sequence[Request]) -> Sequence[Part]:
    """Method, host, path and headers of a request in each of its forms, headers by the first of their spellings."""
    named: dict[str, str] = {}
    for request in requests:
        for name, _ in request.headers:
            named.setdefault(name.lower(), name)
    return [
        Part("Method", [one.method for one in requests]),
        Part("Host", [one.host_header for one in requests]),
        Part("Path", [one.target for one in requests]),
        *(Part(name, [one.header(name) for one in requests]) for name in named.values()),
    ]


# --- what to begin with --------------------------------------------------------------------------------


def asked(example: Example) -> Asked:
    """The request of an example, as the desk has it."""
    return Asked(
        url=example.url, method=example.method, headers=tuple(example.headers), gateway=example.gateway
    )


def first_examples(tracer: Tracer) -> Sequence[Example]:
    """Requests that a source's first routes are for, one of each route before the second of any."""
    found: dict[ObjectRef, list[Example]] = {}
    made = Examples(tracer)
    seen: set[tuple[str, str, Sequence[str]]] = set()
    for path in tracer.resolution.paths[:MAX_TRIED]:
        one = made.of(path)
        if one is not None and one.arrives and (name := (one.url, one.method, one.headers)) not in seen:
            seen.add(name)
            found.setdefault(path.route_ref, []).append(one)
    turns = [one for turn in zip_longest(*found.values()) for one in turn if one is not None]
    return turns[:MAX_EXAMPLES]
