"""Names and words from a source, made fit to stand in a message."""

from core.terminal import visible

LONGEST = 200


def printable(text: str, limit: int = LONGEST) -> str:
    """`text` on one line, without control characters, cut after `limit` characters."""
    return visible(text if len(text) <= limit else text[: limit - 1] + "…")


def count(number: int, noun: str) -> str:
    """`1 path`, `1,200 paths`, `2 policies`."""
    if number == 1:
        return f"1 {noun}"
    return f"{number:,} {noun[:-1]}ies" if noun.endswith("y") else f"{number:,} {noun}s"
