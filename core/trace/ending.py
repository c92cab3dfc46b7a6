"""How a request ends: of several backends, and behind waypoints."""

from collections.abc import Sequence

from core.cluster import replace
from core.model import Row
from core.trace.edits import Redirect
from core.trace.outcome import Arrival, Disposition, Trace
from core.trace.second import SecondMatch


class Ending(Row):
    """`status` is what clients get where nothing is delivered, with `redirect` where that is one."""

    disposition: Disposition
    status: int | None = None
    redirect: Redirect | None = None


def standing_for(arrivals: Sequence[Arrival]) -> Arrival | None:
    """The backend that stands for the whole: of those that deliver, else redirect, else fail, the largest share."""
    wanted = [one for one in arrivals if one.share > 0]
    if not wanted:
        return None
    return max(wanted, key=lambda one: (one.ends.delivered, one.ends.redirect is not None, one.share))


def ending(main: Arrival | None, redirect: Redirect | None = None) -> Ending:
    """How requests end that the rule itself answers by `redirect`, else those of the backend `main`."""
    if redirect is None and main is not None and not main.ends.delivered:
        redirect = main.ends.redirect
    if redirect is not None:
        return Ending(disposition=Disposition.REDIRECTED, status=redirect.status, redirect=redirect)
    if main is None:
        return Ending(disposition=Disposition.ERROR, status=500)
    if main.ends.delivered:
        return Ending(disposition=Disposition.DELIVERED)
    status = main.ends.status
    return Ending(disposition=Disposition.NOT_FOUND if status == 404 else Disposition.ERROR, status=status)


def onward(trace: Trace, second: SecondMatch | None) -> Trace:
    """`trace` with what becomes of the requests that the gateway sends to waypoints, and how they end there.

    Without `second` they are taken to reach the endpoints as they are.
    """
    arrivals = [
        one
        if one.request is None or second is None
        else replace(one, seconds=second.of(one.path, one.request))
        for one in trace.arrivals
    ]
    main = standing_for(arrivals)
    if main is None or not any(one.seconds for one in arrivals):
        return replace(trace, received=trace.forwarded)
    ended = ending(main)
    return replace(
        trace,
        arrivals=arrivals,
        disposition=ended.disposition,
        status=ended.status,
        redirect=ended.redirect,
        forwarded=main.request,
        received=main.received,
    )
