"""What no watch tells of a cluster: ConfigMaps that are read by name, and kinds that are installed later."""

import time
from collections.abc import Callable

from core.sources.errors import SourceError
from core.sources.live.client import Client
from core.sources.live.discovery import discover
from core.sources.live.faults import AnswerError
from core.sources.live.gathering import Gathering, Held, targets
from core.sources.live.patience import Pace
from core.sources.live.types import CancelledError

_TICK = 1.0


class Caretaker:
    """Looks now and then, until the client is cancelled; run it in a thread of its own."""

    def __init__(
        self,
        client: Client,
        gathering: Gathering,
        pace: Pace,
        came: Callable[[Held], None],
        changed: Callable[[], None],
    ) -> None:
        """`came` takes a list that is new, `changed` is called when a ConfigMap did."""
        self._client = client
        self._gathering = gathering
        self._pace = pace
        self._came = came
        self._changed = changed

    def run(self) -> None:
        """Take care."""
        looked = asked = time.monotonic()
        names = self._gathering.names_asked()
        try:
            while True:
                self._client.cancel.sleep(_TICK)
                now = time.monotonic()
                wanted = self._gathering.names_asked()
                if wanted != names or now - asked >= self._pace.poll:
                    names, asked = wanted, now
                    self._read_config_maps()
                if now - looked >= self._pace.again:
                    looked = now
                    self._look_for_kinds()
        except CancelledError:
            return

    def _read_config_maps(self) -> None:
        try:
            if self._gathering.config_maps.read(self._gathering.names_asked()):
                self._changed()
        except AnswerError:
            return  # the followers meet the same, and tell

    def _look_for_kinds(self) -> None:
        known = {(held.target.wanted, held.target.namespace) for held in self._gathering.held}
        try:
            served = discover(self._client, [])
        except CancelledError:
            raise
        except (AnswerError, SourceError):
            return
        for target in targets(served, self._gathering.scope):
            if (target.wanted, target.namespace) not in known:
                self._came(Held(target, self._gathering.new_shelf(target)))
