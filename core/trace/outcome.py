"""What became of a traced request: rows that the renderings read."""

from collections.abc import Sequence
from enum import StrEnum

from core.gates import Step
from core.model import Gateway, Listener, MirrorFilter, ObjectRef, Row
from core.paths import Path
from core.trace.edits import Redirect
from core.trace.request import Request


class Disposition(StrEnum):
    """How a request ends, seen from the client."""

    DELIVERED = "delivered"
    REDIRECTED = "redirected"
    NOT_FOUND = "not-found"
    REFUSED = "refused"
    ERROR = "error"


class Considered(Row):
    """A rule that did not take the request. `outranked` is set where it matches, and another goes first."""

    route: ObjectRef
    rule: int
    because: str
    outranked: bool = False


class Arrival(Row):
    """A backend of the rule that took the request, with its share of such requests as a fraction of 1.

    `status` is what clients get instead where nothing is delivered. `request` is what the backend gets, where it does.
    """

    path: Path
    share: float
    status: int | None = None
    request: Request | None = None
    redirect: Redirect | None = None


class Mirror(Row):
    """Where a RequestMirror copies to; `fault` says why it names nothing."""

    filter: MirrorFilter
    fault: str = ""


class Taken(Row):
    """The rule that took the request."""

    route: ObjectRef
    rule: int
    name: str
    match: str


class Trace(Row):
    """One request through one Gateway. `steps` are those at the Gateway; what follows is in `arrivals`."""

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
