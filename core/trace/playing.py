"""A trace as a picture plays it: for each backend the places that its requests pass, in order."""

from collections.abc import Sequence

from core.explain import Explainer
from core.gates import Result
from core.model import ObjectRef, Row
from core.trace.hops import Hop, hops, of_backend
from core.trace.outcome import Arrival, Disposition, Trace, TwiceStep


class Stop(Row):
    """A place that the requests of one backend pass.

    `kind` is `client`, `gateway`, `backend` (the reference is decided), `ztunnel`, `waypoint` or `endpoints`. `object` is
    `Kind/namespace/name`, empty for the client and ztunnel. `share` is a fraction of 1 of all such requests. `result` is
    the worst of what was found there: `fail`, `unknown` or `pass`; `said` what a reader is told, a sentence a step.
    """

    kind: str
    object: str
    share: float
    result: Result
    said: Sequence[str]
    twice: bool = False
    """Whether something is done there that was done at the gateway."""


class Play(Row):
    """The stops of one backend's requests. `path` is the id of its path, empty where the gateway itself answers."""

    path: str
    share: float
    stops: Sequence[Stop]
    disposition: Disposition
    status: int | None = None


CLIENT = Stop(kind="client", object="", share=1.0, result=Result.PASS, said=())


def plays(explainer: Explainer, trace: Trace) -> Sequence[Play]:
    """What there is to play: a play for each backend with a share, the largest first; one without a backend where the
    gateway answers itself.
    """
    found = hops(explainer, trace)
    wanted = [one for one in trace.arrivals if one.share > 0]
    if not wanted:
        stops = (CLIENT, _stop(found[0]))
        return (Play(path="", share=1.0, stops=stops, disposition=trace.disposition, status=trace.status),)
    ordered = sorted(wanted, key=lambda one: -one.share)
    return [_play(one, of_backend(found, one)) for one in ordered]


def _play(arrival: Arrival, passed: Sequence[Hop]) -> Play:
    end = arrival.ends
    if end.delivered:
        disposition = Disposition.DELIVERED
    elif end.redirect is not None:
        disposition = Disposition.REDIRECTED
    else:
        disposition = Disposition.NOT_FOUND if end.status == 404 else Disposition.ERROR
    return Play(
        path=arrival.path.id,
        share=arrival.share,
        stops=(CLIENT, *map(_stop, passed)),
        disposition=disposition,
        status=end.redirect.status if end.redirect is not None else end.status,
    )


def _stop(hop: Hop) -> Stop:
    results = {step.finding.result for step in hop.steps}
    told = [step for step in hop.steps if step.finding.result is not Result.NOT_APPLICABLE]
    worst = next((one for one in (Result.FAIL, Result.UNKNOWN) if one in results), Result.PASS)
    return Stop(
        kind=hop.kind,
        object=_object(hop.ref),
        share=hop.share,
        result=worst,
        said=[step.finding.because for step in told or hop.steps],
        twice=any(isinstance(step, TwiceStep) for step in hop.steps),
    )


def _object(ref: ObjectRef | None) -> str:
    return "" if ref is None else str(ref)
