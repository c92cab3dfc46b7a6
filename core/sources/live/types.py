"""What those who read live clusters see of it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from core.model import Row
from core.sources.errors import SourceError
from core.sources.loaded import Loaded


class CancelledError(SourceError):
    """Whoever asked for the reading cancelled it."""


class Context(Row):
    """A context of the kubeconfig. `current` marks the one that `live:` means; `server` is the API server's address."""

    name: str
    current: bool
    cluster: str
    server: str


class Progress(Row):
    """How far a reading got: `counts` has the objects by kind so far, `done` of `total` lists are complete.

    `remaining` counts the objects that the API server says are still to come; it tells that of big lists only.
    """

    counts: Mapping[str, int]
    done: int
    total: int
    remaining: int = 0

    @property
    def objects(self) -> int:
        return sum(self.counts.values())


Report = Callable[[Progress], None]
"""Takes progress. It is called from the thread that asked for the reading."""


class Change(Row):
    """An object that came, went or became another. `what` is `added`, `changed` or `removed`."""

    revision: int
    what: str
    kind: str
    namespace: str
    name: str


class MirrorState(Row):
    """A mirrored cluster at one moment.

    `revision` grows with every change that matters to a row; `changed_at` is when it last did. `stale_since` is set from
    the moment on at which the API server could not be followed any more, with `error` saying why in one sentence; what
    is known stays. `changes` are those after the revision that was asked about, oldest first; None where that is too
    long ago to be told.
    """

    loaded: Loaded
    revision: int
    read_at: datetime
    changed_at: datetime
    stale_since: datetime | None = None
    error: str | None = None
    changes: Sequence[Change] | None = ()
