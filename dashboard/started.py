"""What the dashboard was started with: the words after the script's name, as `core.serve` writes them."""

from collections.abc import Sequence

from core.model import Row


class Started(Row):
    """The sources, and the file with expectations, empty where none was named."""

    sources: tuple[str, ...] = ()
    expect: str = ""


def started(words: Sequence[str]) -> Started:
    """`[--expect FILE] SOURCE...`, taken apart."""
    if words[:1] == ["--expect"] and len(words) > 1:
        return Started(sources=tuple(words[2:]), expect=words[1])
    return Started(sources=tuple(words))
