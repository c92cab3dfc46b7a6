"""Several requests at once, with someone who waits for them and may be interrupted."""

import queue
import threading
from collections.abc import Callable, Sequence

from core.sources.live.patience import Cancel

AT_ONCE = 6
_TICK = 0.1


def all_at_once(
    tasks: Sequence[Callable[[], None]], cancel: Cancel, tick: Callable[[], None] | None = None
) -> None:
    """Run `tasks`, a few at a time. `tick` is called about ten times a second, in the thread that waits.

    The threads don't keep a process alive, so that Ctrl-C ends it at once.

    Raises:
        BaseException: What the first task that failed has raised, or `tick`, or the user; the others are cancelled.
    """
    waiting: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
    for task in tasks:
        waiting.put(task)
    done: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()

    def work() -> None:
        while True:
            try:
                task = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                cancel.check()
                task()
            except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
                done.put(error)
                return
            done.put(None)

    for number in range(min(AT_ONCE, len(tasks))):
        threading.Thread(target=work, name=f"waypath-read-{number}", daemon=True).start()
    try:
        for _ in tasks:
            _next(done, cancel, tick)
        if tick is not None:
            tick()
    except BaseException:
        cancel.set()
        raise


def _next(
    done: "queue.SimpleQueue[BaseException | None]", cancel: Cancel, tick: Callable[[], None] | None
) -> None:
    """Wait for a task to end."""
    while True:
        try:
            error = done.get(timeout=_TICK)
        except queue.Empty:
            cancel.check()
            if tick is not None:
                tick()
            continue
        if error is not None:
            raise error
        return
