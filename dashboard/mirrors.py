"""Clusters that are followed: one mirror for each context and scope of a server, whoever looks at it.

Pure of Streamlit. The first who opens a cluster has it read in a thread; the page asks how far that got. A cluster that nobody
looks at any more is let go.
"""

import atexit
import itertools
import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol, TypeVar

from core.cluster import replace
from core.model import Row
from core.sources import Loaded, SourceError, is_live, read
from core.sources.live import Mirror, MirrorState, Progress, parse_spec
from core.sources.live.config import choose
from core.sources.live.scope import scope_of
from core.sources.live.types import CancelledError, Report
from core.text import printable

UNUSED = 15 * 60.0
"""Seconds after which a cluster that nobody looks at is let go."""
PRESENT = 5.0
"""Seconds after its last question in which somebody still counts as waiting for a cluster."""
RETRY = 20.0
"""Seconds after which a cluster that could not be read is tried again for whoever opens it."""
_SPARE = 4
"""After a new state nothing newer is offered for so many times as long as it took to make."""
_LOG = logging.getLogger("waypath")
_readings = itertools.count(1)

Edition = tuple[int, int]
"""A state of a cluster: the reading, and the revision within it. Later ones are greater."""
T = TypeVar("T")


class Cluster(Protocol):
    """What is followed; `core.sources.live.Mirror` is one."""

    def start(self, progress: Report | None = None, cancelled: threading.Event | None = None) -> None: ...

    def state(self, since: int | None = None) -> MirrorState: ...

    def stop(self) -> None: ...


class Once:
    """Several sources of which one at least is a cluster, read once: together they are not followed."""

    def __init__(self, specs: Sequence[str]) -> None:
        self._specs = specs
        self._loaded: Loaded | None = None
        self._at = datetime.now(UTC)

    def start(self, progress: Report | None = None, cancelled: threading.Event | None = None) -> None:
        """As `Mirror.start`."""
        self._loaded = read(self._specs, progress=progress, cancelled=cancelled)
        self._at = datetime.now(UTC)

    def state(self, since: int | None = None) -> MirrorState:  # noqa: ARG002 - nothing ever changes
        """What was read."""
        if self._loaded is None:
            raise SourceError(f"{', '.join(map(printable, self._specs))} has not been read yet")
        return MirrorState(loaded=self._loaded, revision=0, read_at=self._at, changed_at=self._at)

    def stop(self) -> None:
        """There is nothing to end."""


class Scope(Row):
    """What is read, of what context: two sources that mean the same are one cluster."""

    context: str
    namespaces: Sequence[str] = ()
    selector: str | None = None


def cluster_of(specs: Sequence[str]) -> tuple[Scope, Callable[[], Cluster], bool]:
    """What tells a source from others, what makes its cluster, and whether that is followed.

    Raises:
        SourceError: There is no such context, or an option can't be read.
    """
    if len(specs) > 1:
        return Scope(context="\n".join(specs)), lambda: Once(specs), False
    context, options = parse_spec(specs[0])
    if len(options["selector"]) > 1:
        raise SourceError(
            f"{printable(specs[0])}: one selector is allowed; write its parts with commas between them"
        )
    selector = next(iter(options["selector"]), None)
    namespaces = tuple(sorted(set(options["namespace"])))
    scope_of(namespaces, selector)
    chosen = choose(context)
    # By its name, so that whichever context is the current one later, this stays the one that was opened.
    name = chosen.context.name if chosen.config is not None else context
    scope = Scope(context=chosen.context.name, namespaces=namespaces, selector=selector)
    return scope, lambda: Mirror(name, namespaces=namespaces, selector=selector), True


class Watched:
    """A cluster that is being read, or has been and is followed; or could not be, and why. Safe to ask from threads."""

    def __init__(self, name: str, make: Callable[[], Cluster], *, follows: bool = True) -> None:
        """Reading starts at once.

        Args:
            name: What people call it.
            make: Makes the cluster; called once for each reading.
            follows: Whether what is read stays current.
        """
        self.name = name
        self.follows = follows
        self.failure = ""
        self.progress: Progress | None = None
        self.since = datetime.now(UTC)
        self._make = make
        self._lock = threading.Lock()
        self._making = threading.Lock()
        self._cluster: Cluster | None = None
        self._reading = 0
        self._made: tuple[Edition, object] | None = None
        self._rest_until = 0.0
        self._seen: dict[str, float] = {}
        self._used = self._failed_at = time.monotonic()
        self._begin()

    # --- reading ----------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self.progress, self.since = None, datetime.now(UTC)
        self._cancelled, self._done = threading.Event(), threading.Event()
        threading.Thread(
            target=self._read, args=(self._cancelled, self._done), name="waypath-first-reading", daemon=True
        ).start()

    def _read(self, cancelled: threading.Event, done: threading.Event) -> None:
        failure = ""
        try:
            cluster = self._make()
            cluster.start(self._progressed, cancelled)
        except CancelledError:
            pass
        except SourceError as error:
            failure = str(error)
        except Exception:  # noqa: BLE001 - whatever it is, those who wait have to be told
            _LOG.exception("A cluster could not be read")
            failure = f"{printable(self.name)} could not be read; the dashboard's log says why"
        else:
            self._swap(None if cancelled.is_set() else cluster)
            if cancelled.is_set():
                cluster.stop()
        self.failure, self._failed_at = failure, time.monotonic()
        done.set()

    def _progressed(self, progress: Progress) -> None:
        self.progress = progress

    def _swap(self, cluster: Cluster | None) -> None:
        with self._lock:
            before, self._cluster = self._cluster, cluster
            self._reading = next(_readings)
        if before is not None:
            before.stop()

    def wait(self, seconds: float) -> None:
        """Wait for the reading to end, but not for longer."""
        self._done.wait(seconds)

    @property
    def is_reading(self) -> bool:
        return not self._done.is_set()

    @property
    def is_known(self) -> bool:
        """Whether there is a state to show."""
        return self._cluster is not None

    @property
    def is_over(self) -> bool:
        """Whether it was let go, or could not be read some time ago."""
        if self._cancelled.is_set():
            return True
        old = time.monotonic() - self._failed_at > RETRY
        return self._done.is_set() and self._cluster is None and (old or not self.failure)

    def read_again(self) -> None:
        """Read all of it anew, as after new credentials; what is known stays until then."""
        with self._lock:
            if self._done.is_set() and not self._cancelled.is_set():
                self.failure = ""
                self._begin()

    def end(self) -> None:
        """Stop reading and following."""
        self._cancelled.set()
        cluster = self._cluster
        if cluster is not None:
            cluster.stop()

    # --- those who look ---------------------------------------------------------------------------------

    def met(self, who: str) -> None:
        """Note that somebody looks."""
        now = time.monotonic()
        with self._lock:
            self._used = self._seen[who] = now

    def leave(self, who: str) -> None:
        """Somebody does not want to wait any longer; reading ends where nobody else does."""
        with self._lock:
            self._seen.pop(who, None)
            last = max(self._seen.values(), default=None)
        if not self.is_known and (last is None or time.monotonic() - last > PRESENT):
            self.end()

    def unused_for(self) -> float:
        """Seconds since somebody looked."""
        return time.monotonic() - self._used

    # --- states -----------------------------------------------------------------------------------------

    def state(self, since: Edition | None = None) -> tuple[Edition, MirrorState]:
        """The cluster as it is known now. `changes` are those after `since`; None where they are not known any more.

        Raises:
            SourceError: It was not read yet.
        """
        with self._lock:
            cluster, reading = self._cluster, self._reading
        if cluster is None:
            raise SourceError(self.failure or f"{printable(self.name)} has not been read yet")
        known = since is not None and since[0] == reading
        found = cluster.state(since[1] if since is not None and known else None)
        if since is not None and not known:
            found = replace(found, changes=None)
        return (reading, found.revision), found

    def made(self, make: Callable[[Edition, MirrorState], T]) -> T:
        """What `make` makes of the present state, made once for all who look.

        Raises:
            SourceError: It was not read yet.
        """
        with self._making:
            edition, state = self.state()
            if self._made is None or self._made[0] != edition:
                began = time.monotonic()
                self._made = (edition, make(edition, state))
                took = time.monotonic() - began
                self._rest_until = began + (1 + _SPARE) * took
            found: T = self._made[1]  # type: ignore[assignment]
            return found

    def has_news(self, edition: Edition) -> bool:
        """Whether there is a later state than this one that is worth showing now: a restless cluster gets its pauses."""
        if time.monotonic() < self._rest_until:
            return False
        return self.state()[0] != edition


class Mirrors:
    """The clusters of a server, by what is read of them."""

    def __init__(self, unused: float = UNUSED) -> None:
        self._unused = unused
        self._lock = threading.Lock()
        self._named: dict[tuple[str, ...], Scope] = {}
        self._watched: dict[Scope, Watched] = {}
        self._wake = threading.Event()
        self._sweeper: threading.Thread | None = None
        atexit.register(self.end)

    def open(self, specs: Sequence[str]) -> Watched:
        """The cluster that a source names, which is read if nobody has opened it yet.

        Raises:
            SourceError: There is no such context, or an option can't be read.
        """
        key = tuple(specs)
        with self._lock:
            found = self._watched.get(self._named[key]) if key in self._named else None
            if found is not None and not found.is_over:
                return found
            scope, make, follows = cluster_of(specs)
            found = self._watched.get(scope)
            if found is None or found.is_over:
                found = self._watched[scope] = Watched(_name(specs, scope), make, follows=follows)
            self._named[key] = scope
            self._sweep_later()
            return found

    def drop(self, watched: Watched) -> None:
        """Let a cluster go; who opens it again has it read anew."""
        watched.end()
        with self._lock:
            self._watched = {scope: one for scope, one in self._watched.items() if one is not watched}
            self._named = {key: scope for key, scope in self._named.items() if scope in self._watched}

    def sweep(self) -> None:
        """Let those go that nobody looks at."""
        with self._lock:
            idle = [one for one in self._watched.values() if one.unused_for() >= self._unused]
        for one in idle:
            self.drop(one)

    def end(self) -> None:
        """Let all go."""
        with self._lock:
            every = list(self._watched.values())
            self._watched, self._named = {}, {}
        self._wake.set()
        for one in every:
            one.end()

    def _sweep_later(self) -> None:
        if self._sweeper is None or not self._sweeper.is_alive():
            self._wake.clear()
            self._sweeper = threading.Thread(target=self._sweeps, name="waypath-sweeper", daemon=True)
            self._sweeper.start()

    def _sweeps(self) -> None:
        while not self._wake.wait(max(self._unused / 10, 0.05)):
            self.sweep()


def _name(specs: Sequence[str], scope: Scope) -> str:
    if len(specs) > 1:
        return ", ".join(one.removeprefix("sample:") for one in specs)
    _, mark, options = specs[0].partition("?")
    return f"{scope.context}{mark}{options}" if is_live(specs[0]) else specs[0]
