"""What became of a traced request: rows that the renderings read."""

from collections.abc import Sequence
from enum import StrEnum

from core.gates import Step, Verdict
from core.model import BackendRef, Gateway, Listener, MirrorFilter, ObjectRef, Row
from core.paths import Path
from core.policies.effects import Doubled
from core.trace.edits import Redirect
from core.trace.request import Request


class Disposition(StrEnum):
    """How a request ends, seen from the client."""

    DELIVERED = "delivered"
    REDIRECTED = "redirected"
    ANSWERED = "answered"
    """By the gateway itself, as it is told to."""
    NOT_FOUND = "not-found"
    REFUSED = "refused"
    ERROR = "error"


class Considered(Row):
    """A rule that did not take the request. `outranked` is set where it matches, and another goes first.

    `via` are the rules that delegate to its route, the outermost first. `at` is the place, None for the gateway.
    """

    route: ObjectRef
    rule: int
    because: str
    outranked: bool = False
    via: Sequence[str] = ()
    at: ObjectRef | None = None


class Mirror(Row):
    """Where a RequestMirror copies to; `fault` says why it names nothing."""

    filter: MirrorFilter
    fault: str = ""


class Taken(Row):
    """The rule that took the request. `via` are the rules that delegate to its route, the outermost first."""

    route: ObjectRef
    rule: int
    name: str
    match: str
    via: Sequence[str] = ()


class TwiceStep(Step):
    """A step at a waypoint that does again what was done at the gateway: `doubled` says by what, and what repeats."""

    doubled: Doubled


class Forward(Row):
    """A backend of the rule that took a request at a waypoint, with its share of such requests as a fraction of 1.

    `status` is what clients get instead where nothing is delivered, `request` what the endpoints get, where they do.
    """

    backend: BackendRef
    share: float
    endpoints: Sequence[str] = ()
    fault: str = ""
    status: int | None = None
    request: Request | None = None
    redirect: Redirect | None = None


class Second(Row):
    """What becomes of a request at a waypoint.

    `share` is the part of the backend's requests that meet it. Without `taken` no route of the mesh has it: then it goes
    on to the service as it came, unless `status` says otherwise. `request` is what the endpoints get, where they do.
    """

    waypoint: ObjectRef
    share: float
    verdict: Verdict
    steps: Sequence[Step]
    considered: Sequence[Considered] = ()
    taken: Taken | None = None
    forwards: Sequence[Forward] = ()
    mirrors: Sequence[Mirror] = ()
    status: int | None = None
    redirect: Redirect | None = None
    request: Request | None = None


class Arrival(Row):
    """A backend of the rule that took the request, with its share of such requests as a fraction of 1.

    `status` is what clients get instead where nothing is delivered. `request` is what the gateway sends on, where it
    does; `seconds` is what becomes of that at waypoints, one where traffic isn't split.
    """

    path: Path
    share: float
    status: int | None = None
    request: Request | None = None
    redirect: Redirect | None = None
    seconds: Sequence[Second] = ()

    @property
    def received(self) -> Request | None:
        """What the endpoints get; of several parts of the traffic that of the largest that is delivered."""
        if not self.seconds:
            return self.request
        return self.main_second.request

    @property
    def main_second(self) -> Second:
        """The waypoint that stands for all that the traffic meets: one that delivers, else redirects, else fails."""
        return max(
            self.seconds, key=lambda one: (one.request is not None, one.redirect is not None, one.share)
        )

    @property
    def ends(self) -> "End":
        """How the backend's requests end, waypoints included."""
        if self.request is None or not self.seconds:
            return End(delivered=self.request is not None, status=self.status, redirect=self.redirect)
        second = self.main_second
        return End(delivered=second.request is not None, status=second.status, redirect=second.redirect)


class End(Row):
    """`status` is what clients get where nothing is delivered, with `redirect` where that is one."""

    delivered: bool
    status: int | None
    redirect: Redirect | None


class Trace(Row):
    """One request through one Gateway. `steps` are those at the Gateway; what follows is in `arrivals`.

    `forwarded` is the request as the gateway sends it on, `received` as the endpoints get it, behind waypoints.
    """

    request: Request
    gateway: Gateway
    disposition: Disposition
    status: int | None
    steps: Sequence[Step]
    listener: Listener | None = None
    taken: Taken | None = None
    considered: Sequence[Considered] = ()
    arrivals: Sequence[Arrival] = ()
    mirrors: Sequence[Mirror] = ()
    redirect: Redirect | None = None
    forwarded: Request | None = None
    received: Request | None = None
