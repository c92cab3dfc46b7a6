"""A line on a terminal that tells how far a reading got."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from core.sources.live.types import Progress, Report
from core.terminal import visible, width_of

_CLEAR = "\r\x1b[K"


@contextmanager
def told(stream: TextIO, name: str) -> Iterator[Report | None]:
    """What takes the progress of reading `name`; None where nobody would see it. The line goes when the reading ends."""
    if not stream.isatty():
        yield None
        return

    def report(progress: Progress) -> None:
        text = visible(f"Reading {name}: {words(progress)}")
        stream.write(f"{_CLEAR}{text[: (width_of(stream) or 80) - 1]}")
        stream.flush()

    try:
        yield report
    finally:
        stream.write(_CLEAR)
        stream.flush()


def words(progress: Progress) -> str:
    """How far it got, in one line."""
    coming = f", about {progress.remaining:,} to come" if progress.remaining else ""
    return f"{progress.done} of {progress.total} lists, {progress.objects:,} objects{coming} …"
