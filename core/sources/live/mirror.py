"""A cluster that is read once and then followed: its state at any moment, and what changed since one looked."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core.manifests import collector_off
from core.sources.errors import SourceError
from core.sources.live.config import choose
from core.sources.live.patience import Cancel, Pace, Patience
from core.sources.live.reading import loaded
from core.sources.live.scope import scope_of
from core.sources.live.types import Change, MirrorState, Report
from core.sources.loaded import Loaded
from core.text import printable

if TYPE_CHECKING:
    from core.sources.live.client import Stream
    from core.sources.live.following import Event
    from core.sources.live.gathering import Gathering, Held
    from core.sources.live.shelf import Moved, Shelf

SETTLED = 0.1
"""Seconds without another event after which a new state is made; after three times that it is made anyhow."""
REMEMBERED = 2000
"""Changes that are kept."""
_CARE = 1.0


class Mirror:
    """The cluster behind a context, kept current in threads of its own. Safe to ask from several threads.

    What was once known is never forgotten because of a fault: it is stale until the API server answers again.
    """

    def __init__(
        self,
        context: str | None = None,
        *,
        namespaces: Sequence[str] = (),
        selector: str | None = None,
        patience: Patience | None = None,
        pace: Pace | None = None,
    ) -> None:
        """Nothing is read before `start`.

        Args:
            context: As for `read_live`, like `namespaces` and `selector`.
            namespaces: The only ones to follow.
            selector: Picks namespaces by labels.
            patience: How long is waited, and how often is tried again.
            pace: How often is looked where nothing tells.

        Raises:
            SourceError: A namespace or the selector can't be read.
        """
        self.context = context
        self.name = f"live:{context or ''}"
        self._scope = scope_of(namespaces, selector)
        self._patience = patience or Patience()
        self._pace = pace or Pace()
        self._lock = threading.Lock()
        self._building = threading.Lock()
        self._cancel = Cancel()
        self._streams: set[Stream] = set()
        self._lost: dict[int, tuple[datetime, str]] = {}
        self._changes: deque[Change] = deque(maxlen=REMEMBERED)
        self._revision = 0
        self._changed_at = datetime.now(UTC)
        self._dirty: float | None = None
        self._touched = 0.0
        self._gathering: Gathering | None = None
        self._built: tuple[int, datetime, Loaded] | None = None

    # --- for those who look -----------------------------------------------------------------------------------------

    def start(self, progress: Report | None = None, cancelled: threading.Event | None = None) -> None:
        """Read the cluster once, then follow it. Start it once only.

        Args:
            progress: Is told how far the reading got.
            cancelled: Ends the reading once it is set.

        Raises:
            SourceError: As `read_live`.
        """
        chosen = choose(self.context)
        from core.sources.live.caring import Caretaker  # noqa: PLC0415 - the official client is slow to import
        from core.sources.live.client import Client  # noqa: PLC0415
        from core.sources.live.gathering import Gathering  # noqa: PLC0415

        self.name = chosen.name
        with collector_off():
            client = Client(chosen, self._patience, Cancel(cancelled))
            gathering = Gathering(client, self._scope)
            gathering.read(progress)
            self._gathering = gathering
            self._build()
        client.cancel = self._cancel
        for held in gathering.held:
            self._follow(held)
        self._thread("care", Caretaker(client, gathering, self._pace, self._came, self._cared).run)

    def state(self, since: int | None = None) -> MirrorState:
        """The cluster as it is known now.

        Args:
            since: The revision after which changes are wanted; None for none.

        Raises:
            SourceError: It was not started.
        """
        if self._built is None:
            raise SourceError(f"{printable(self.name)} has not been read yet")
        if self._is_due():
            with collector_off():
                self._build()
        with self._lock:
            revision, read_at, found = self._built
            lost = min(self._lost.values(), default=None)
            changes = None if since is None else self._after(since, revision)
            return MirrorState(
                loaded=found,
                revision=revision,
                read_at=read_at if lost else datetime.now(UTC),
                changed_at=self._changed_at,
                stale_since=lost[0] if lost else None,
                error=self._sentence(lost[1]) if lost else None,
                changes=() if since is None else changes,
            )

    def stop(self) -> None:
        """End the following; the last state can still be asked for."""
        self._cancel.set()
        with self._lock:
            streams = list(self._streams)
        for stream in streams:
            stream.stop()

    # --- states -----------------------------------------------------------------------------------------------------

    def _is_due(self) -> bool:
        with self._lock:
            if self._dirty is None:
                return False
            now = time.monotonic()
            return now - self._touched >= SETTLED or now - self._dirty >= 3 * SETTLED

    def _build(self) -> None:
        from core.sources.live.assembling import assemble  # noqa: PLC0415

        assert self._gathering is not None
        with self._building:
            with self._lock:
                self._dirty = None
                revision = self._revision
                self._gathering.read_at = datetime.now(UTC)
                found = assemble(self._gathering)
            made = loaded(found)
            with self._lock:
                self._built = (revision, found.read_at, made)

    def _after(self, since: int, revision: int) -> Sequence[Change] | None:
        if since >= revision:
            return ()
        if len(self._changes) == REMEMBERED and self._changes[0].revision > since + 1:
            return None
        return tuple(one for one in self._changes if since < one.revision <= revision)

    def _sentence(self, reason: str) -> str:
        assert self._gathering is not None
        server = printable(self._gathering.client.chosen.context.server)
        held = self._gathering.held
        lost = [one.target.wanted.plural for one in held if id(one) in self._lost]
        part = f" in part ({', '.join(lost[:3])})" if len(lost) * 2 < len(held) else ""
        return f"{self.name}: the API server {server} can't be followed{part}: {reason}; what is shown was true before that"

    # --- what followers say -----------------------------------------------------------------------------------------

    def apply(self, held: "Held", events: Sequence["Event"]) -> None:
        """Take objects that came, changed or went."""
        with self._lock:
            for event in events:
                shelf = held.shelf
                moved = shelf.take(event.object) if event.type == "DELETED" else shelf.put(event.object)
                self._note(held, [moved] if moved else [])

    def replace(self, held: "Held", shelf: "Shelf", since: str) -> None:
        """Take a list that was read anew."""
        with self._lock:
            moved = held.shelf.compared(shelf)
            held.shelf, held.since, held.complete = shelf, since, True
            self._note(held, moved)
            refused = held.refused is not None and held.refused.verb == "list"
            if refused or held.fault:
                held.refused, held.fault = (None if refused else held.refused), ""
                self._touch()

    def lost(self, held: "Held", reason: str) -> None:
        """Note that nothing is heard any more."""
        with self._lock:
            if held.complete:
                since, _ = self._lost.get(id(held), (datetime.now(UTC), ""))
                self._lost[id(held)] = (since, reason)

    def found(self, held: "Held") -> None:
        """Note that all is well again."""
        with self._lock:
            self._lost.pop(id(held), None)

    def refused(self, held: "Held", verb: str) -> None:
        """Note a right that is missing."""
        from core.sources.live.gathering import refusal  # noqa: PLC0415

        with self._lock:
            right = refusal(held.target, verb)
            if held.refused != right:
                held.refused = right
                self._touch()

    def opened(self, stream: "Stream") -> None:
        """Note a stream that `stop` has to end."""
        with self._lock:
            self._streams.add(stream)

    def closed(self, stream: "Stream") -> None:
        """Let a stream go."""
        with self._lock:
            self._streams.discard(stream)
        stream.close()

    def _note(self, held: "Held", moved: Sequence["Moved"]) -> None:
        for one in moved:
            self._revision += 1
            namespace, name = one.name
            self._changes.append(
                Change(
                    revision=self._revision,
                    what=one.what,
                    kind=held.target.wanted.kind,
                    namespace=namespace,
                    name=name,
                )
            )
        if moved:
            self._changed_at = datetime.now(UTC)
            self._touch(counted=True)

    def _touch(self, *, counted: bool = False) -> None:
        self._revision += 0 if counted else 1
        self._touched = time.monotonic()
        self._dirty = self._touched if self._dirty is None else self._dirty

    # --- threads ----------------------------------------------------------------------------------------------------

    def _thread(self, name: str, run: Callable[[], None]) -> None:
        threading.Thread(target=run, name=f"waypath-{name}", daemon=True).start()

    def _follow(self, held: "Held") -> None:
        from core.sources.live.following import Follower  # noqa: PLC0415

        assert self._gathering is not None
        follower = Follower(self._gathering.client, self, held, self._patience, self._pace)
        self._thread(f"follow-{held.target.wanted.plural}", follower.run)

    def _came(self, held: "Held") -> None:
        assert self._gathering is not None
        with self._lock:
            self._gathering.held.append(held)
        self._follow(held)

    def _cared(self) -> None:
        with self._lock:
            self._changed_at = datetime.now(UTC)
            self._touch()
