"""How long is waited, how often is tried again, and when to stop at once."""

import math
import random
import threading
from collections.abc import Callable
from typing import TypeVar

from core.model import Row
from core.sources.live.faults import BusyError, UnreachableError
from core.sources.live.types import CancelledError

T = TypeVar("T")


class Patience(Row):
    """Seconds, but for `attempts`. `first` is the longest first pause between two attempts; each further one is twice as
    long, up to `longest`. `whole` bounds one answer, `wait` what the API server may ask for.
    """

    attempts: int = 5
    first: float = 0.4
    longest: float = 8.0
    connect: float = 5.0
    read: float = 30.0
    whole: float = 180.0
    wait: float = 30.0

    def pause(self, failed: int) -> float:
        """Seconds to wait after `failed` attempts, different for each who asks."""
        return random.uniform(0.5, 1.0) * min(self.longest, math.ldexp(self.first, min(failed - 1, 30)))  # noqa: S311


class Pace(Row):
    """Seconds, for what is followed. `silence`: without a line for so long a connection counts as broken. `again`: between
    two looks at what is refused or absent. `poll`: between two readings of what can't be watched.
    """

    silence: float = 90.0
    again: float = 60.0
    poll: float = 15.0


class Cancel:
    """Set from any thread, to stop all that is under way."""

    def __init__(self, *events: threading.Event | None) -> None:
        self._own = threading.Event()
        self._events = [one for one in events if one is not None]

    @property
    def is_set(self) -> bool:
        return self._own.is_set() or any(one.is_set() for one in self._events)

    def set(self) -> None:
        """Stop."""
        self._own.set()

    def check(self) -> None:
        """Raise CancelledError once it is set."""
        if self.is_set:
            raise CancelledError("reading the cluster was cancelled")

    def sleep(self, seconds: float) -> None:
        """Wait, but no longer than until it is set.

        Raises:
            CancelledError: It is.
        """
        left = seconds
        while left > 0 and not self.is_set:
            self._own.wait(min(left, 0.1))
            left -= 0.1
        self.check()


def patiently(attempt: Callable[[], T], patience: Patience, cancel: Cancel) -> T:
    """What `attempt` gives: tried again after a fault that may pass.

    Raises:
        AnswerError: The fault of the last attempt, or one that another try would not help.
        CancelledError: `cancel` was set.
    """
    for failed in range(1, patience.attempts):
        cancel.check()
        try:
            return attempt()
        except BusyError as error:
            asked = 0.0 if error.wait is None else min(error.wait, patience.wait)
            cancel.sleep(max(asked, patience.pause(failed)))
        except UnreachableError:
            cancel.sleep(patience.pause(failed))
    return attempt()
