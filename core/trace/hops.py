"""A trace hop by hop: the places that a request passes, in order, for each backend of the rule that took it.

client → gateway → (ztunnel →) waypoint → endpoints. A backend whose share is 0, or that is answered by a redirect, has no
hops of its own.
"""

from collections.abc import Iterator, Sequence

from core.explain import Explainer
from core.gates import Result, Step, Verdict, passed, unknown
from core.model import ObjectRef, Row
from core.outcomes import Share
from core.paths import Path
from core.trace.outcome import Arrival, Second, Trace

GATEWAY, BACKEND, ZTUNNEL, WAYPOINT, ENDPOINTS = "gateway", "backend", "ztunnel", "waypoint", "endpoints"
"""The kinds of hops."""

MEETING = frozenset({Verdict.WAYPOINT, Verdict.WORKLOAD_WAYPOINT})
_BY_ZTUNNEL = frozenset({Verdict.WAYPOINT, Verdict.VIP_DIRECT, Verdict.WORKLOAD_WAYPOINT})
_DELIVERING = _BY_ZTUNNEL | {Verdict.DIRECT}


class Hop(Row):
    """A place that the request passes, with what is decided about it there.

    `at` is `Kind/namespace/name`, or `ztunnel`. `arrival` is None at the gateway; `share` is a fraction of 1 of all such
    requests. `ref` is the object, None for ztunnel.
    """

    at: str
    kind: str
    steps: Sequence[Step]
    share: float = 1.0
    arrival: Arrival | None = None
    ref: ObjectRef | None = None

    @property
    def title(self) -> str:
        """The place, as a reader is told of it."""
        return f"the endpoints of {self.at}" if self.kind == ENDPOINTS else self.at


def hops(explainer: Explainer, trace: Trace) -> Sequence[Hop]:
    """The gateway, then the hops of each backend in their order."""
    gateway = trace.gateway.ref
    found = [Hop(at=str(gateway), kind=GATEWAY, steps=trace.steps, ref=gateway)]
    for one in trace.arrivals:
        if one.share > 0 and one.redirect is None:
            found += _of_arrival(explainer, one)
    return found


def of_backend(found: Sequence[Hop], arrival: Arrival) -> Sequence[Hop]:
    """Of all hops those of one backend: the gateway, and what follows for it."""
    return [one for one in found if one.arrival is None or one.arrival is arrival]


def _of_arrival(explainer: Explainer, one: Arrival) -> Iterator[Hop]:
    path = one.path

    def hop(ref: ObjectRef, kind: str, steps: Sequence[Step], share: float) -> Hop:
        return Hop(at=str(ref), kind=kind, steps=steps, share=share, arrival=one, ref=ref)

    yield hop(path.service_ref, BACKEND, explainer.steps(path), one.share)
    parts = [part for part in _parts(path) if part.verdict in _DELIVERING]
    by_ztunnel = [part for part in parts if part.verdict in _BY_ZTUNNEL]
    if path.plane == "kgateway" and by_ztunnel:
        share = one.share * sum(part.share for part in by_ztunnel)
        steps = [_ztunnel(path, part) for part in by_ztunnel]
        yield Hop(at="ztunnel", kind=ZTUNNEL, steps=steps, share=share, arrival=one)
    seconds = {(one.waypoint.namespace, one.waypoint.name): one for one in one.seconds}
    for part in parts:
        if part.verdict in MEETING and part.waypoint is not None:
            ref = ObjectRef(kind="Gateway", namespace=part.waypoint[0], name=part.waypoint[1])
            second = seconds.get(part.waypoint)
            yield hop(ref, WAYPOINT, second.steps if second else (_UNSEEN,), one.share * part.share)
    ends: dict[ObjectRef, list[tuple[float, Step]]] = {}
    for part in parts:
        for ref, share, step in _ends(path, seconds.get(part.waypoint) if part.waypoint else None):
            ends.setdefault(ref, []).append((one.share * part.share * share, step))
    for ref, reached in ends.items():
        steps = list({step.finding.because: step for _, step in reached}.values())
        yield hop(ref, ENDPOINTS, steps, sum(share for share, _ in reached))


_UNSEEN = Step(
    gate="waypoint-routes",
    finding=unknown("without the policies of the source its routes are not looked at", leans=Result.PASS),
)


def _parts(path: Path) -> Sequence[Share]:
    outcome = path.outcome
    whole = Share(share=1.0, verdict=outcome.verdict, waypoint=outcome.waypoint, upstream=outcome.upstream)
    return outcome.shares or [whole]


def _ztunnel(path: Path, part: Share) -> Step:
    """What ztunnel on the gateway's node does with the connection; the gates above say why."""
    held = ", ".join(part.upstream.addresses) or "the address"
    if part.waypoint is None:
        because = f"{held} has no waypoint in effect: ztunnel picks an endpoint of {path.service_ref}"
    else:
        because = f"ztunnel takes {held} from the gateway's pod to waypoint {'/'.join(part.waypoint)}"
    return Step(gate="ztunnel", finding=passed(because, assumed=path.outcome.assumed))


def _ends(path: Path, second: Second | None) -> Iterator[tuple[ObjectRef, float, Step]]:
    """Where the part's requests are delivered: the object, the share of the part, and the endpoints."""
    if second is None or (not second.forwards and second.request is not None):
        yield path.service_ref, 1.0, _endpoints(path.service_ref, path.endpoints)
        return
    for one in second.forwards:
        if one.request is not None:
            yield one.backend.ref, one.share, _endpoints(one.backend.ref, one.endpoints)


def _endpoints(ref: ObjectRef, endpoints: Sequence[str]) -> Step:
    if not endpoints:
        because = f"the source does not hold the endpoints of {ref}"
        return Step(gate="endpoints", finding=unknown(because, leans=Result.PASS))
    shown = ", ".join(endpoints[:5]) + (f" and {len(endpoints) - 5} more" if len(endpoints) > 5 else "")
    return Step(gate="endpoints", finding=passed(f"one of {len(endpoints)} ready: {shown}"))
