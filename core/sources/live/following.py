"""One list kept current: watched from the version that was read, resumed where it broke off, read anew where it must be."""

import random
import time
from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from core import wire
from core.cluster import replace
from core.faults import UNREADABLE
from core.sources.errors import SourceError
from core.sources.live.client import JSON, NAMES_ONLY_ONE, Client, Stream
from core.sources.live.faults import (
    AbsentError,
    AnswerError,
    BusyError,
    ForbiddenError,
    GoneError,
    UnauthorisedError,
    UntrustedError,
    UnusableError,
)
from core.sources.live.gathering import Held
from core.sources.live.listing import Sink, read_list
from core.sources.live.patience import Pace, Patience
from core.sources.live.shelf import Shelf, version_of
from core.sources.live.types import CancelledError

WATCHED_FOR = (240, 300)
"""Seconds after which the API server is to end a watch, so that not all of them end at once."""
_BELIEVED_AFTER = 3
"""How often a kind that was there has to be absent before that is believed: an API server that starts says so, too."""


class Board(Protocol):
    """Where followers say what they see."""

    def apply(self, held: Held, events: Sequence["Event"]) -> None: ...
    def replace(self, held: Held, shelf: Shelf, since: str) -> None: ...
    def lost(self, held: Held, reason: str) -> None: ...
    def found(self, held: Held) -> None: ...
    def refused(self, held: Held, verb: str) -> None: ...
    def opened(self, stream: Stream) -> None: ...
    def closed(self, stream: Stream) -> None: ...


class Event(wire.Wire):
    """A line of a watch."""

    type: str
    object: msgspec.Raw = msgspec.Raw(b"{}")


class _Status(wire.Wire):
    code: int | None = None
    message: str | None = None


_EVENT = msgspec.json.Decoder(Event)
_STATUS = msgspec.json.Decoder(_Status)


class Follower:
    """Keeps `held` current until the client is cancelled; run it in a thread of its own."""

    def __init__(self, client: Client, board: Board, held: Held, patience: Patience, pace: Pace) -> None:
        self._client = client
        self._board = board
        self._held = held
        self._patience = patience
        self._pace = pace
        self._failed = 0
        self._absent = 0
        self._watch_after = 0.0

    def run(self) -> None:
        """Follow."""
        try:
            while True:
                self._client.cancel.check()
                try:
                    self._step()
                except CancelledError:
                    raise
                except Exception as error:  # noqa: BLE001 - a thread that ends would leave a state that looks current
                    self._held.since = ""
                    self._is_lost(f"internal error, {type(error).__name__}: {error}")
        except CancelledError:
            return

    def _step(self) -> None:
        held = self._held
        try:
            if not held.since:
                self._list()
            if held.since and time.monotonic() >= self._watch_after:
                self._watch()
            else:
                self._client.cancel.sleep(self._pace.poll)
                held.since = ""
        except GoneError:
            held.since = ""
        except AbsentError:
            self._is_absent()
        except ForbiddenError:
            self._is_refused()
        except UnauthorisedError:
            self._is_unknown("it does not accept the credentials any more (401): renew them")
        except UntrustedError as error:
            self._is_unknown(str(error))
        except AnswerError as error:
            self._is_lost(str(error))

    # --- reading ----------------------------------------------------------------------------------------------------

    def _list(self) -> None:
        held = self._held
        shelf = held.shelf

        def begin(version: str) -> None:
            nonlocal shelf
            shelf = Shelf(
                self._client.chosen.name, held.target.wanted, version, keeps=held.shelf.reading.keeps
            )

        def page(items: Sequence[Any], _: int) -> None:
            shelf.fill(items)

        version, since = read_list(self._client, held.target, Sink(begin, page))
        held.target = replace(held.target, versions=(version,))
        self._board.replace(held, shelf, since)
        self._board.found(held)
        self._failed = self._absent = 0

    def _watch(self) -> None:
        held, target = self._held, self._held.target
        path = target.wanted.path(target.versions[0], target.namespace)
        query = [
            ("watch", "1"),
            ("allowWatchBookmarks", "true"),
            ("resourceVersion", held.since),
            ("timeoutSeconds", str(random.randint(*WATCHED_FOR))),  # noqa: S311
        ]
        if target.wanted.fields:
            query.append(("fieldSelector", target.wanted.fields))
        accept = NAMES_ONLY_ONE if target.wanted.metadata else JSON
        began = time.monotonic()
        stream = self._client.watch(path, query, accept, self._pace.silence)
        self._board.opened(stream)
        try:
            self._client.cancel.check()
            self._board.found(held)
            for line in stream.lines():
                self._take(line)
                self._failed = 0
        finally:
            self._board.closed(stream)
        if time.monotonic() - began < 1:
            self._failed += 1
            self._client.cancel.sleep(self._patience.pause(self._failed))

    def _take(self, line: bytes) -> None:
        held = self._held
        try:
            event = _EVENT.decode(line)
        except UNREADABLE as error:
            held.since = ""
            raise UnusableError("a line of its watch is no event") from error
        if event.type == "ERROR":
            held.since = ""
            raise _said(event)
        if event.type != "BOOKMARK":
            self._board.apply(held, [event])
        held.since = version_of(event.object) or held.since

    # --- what may be in the way -------------------------------------------------------------------------------------

    def _is_lost(self, reason: str) -> None:
        self._failed += 1
        self._board.lost(self._held, reason)
        self._client.cancel.sleep(self._patience.pause(self._failed))

    def _is_absent(self) -> None:
        held = self._held
        held.since = ""
        self._absent += 1
        if self._absent < _BELIEVED_AFTER and len(held.shelf):
            self._client.cancel.sleep(self._patience.pause(self._absent))
            return
        self._board.replace(
            held, Shelf(self._client.chosen.name, held.target.wanted, held.target.versions[0]), ""
        )
        self._board.found(held)
        self._client.cancel.sleep(self._pace.again)

    def _is_refused(self) -> None:
        if self._held.since:
            self._board.refused(self._held, "watch")
            self._watch_after = time.monotonic() + self._pace.again
        else:
            self._board.refused(self._held, "list")
            self._board.found(self._held)
            self._client.cancel.sleep(self._pace.again)

    def _is_unknown(self, reason: str) -> None:
        """Credentials and certificates may have been replaced since they were read."""
        try:
            self._client.renew()
        except SourceError as error:
            reason = str(error)
        self._is_lost(reason)


def _said(event: Event) -> AnswerError:
    try:
        status = _STATUS.decode(event.object)
    except UNREADABLE:
        status = _Status()
    if status.code == 410:
        return GoneError(status.message or "")
    return BusyError(f"its watch ended with an error ({status.message or status.code or 'no reason given'})")
