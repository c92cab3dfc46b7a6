"""Names and words from a source, made fit to stand in a message."""

from core.terminal import visible

LONGEST = 200


def printable(text: str, limit: int = LONGEST) -> str:
    """`text` on one line, without control characters, cut after `limit` characters."""
    return visible(text if len(text) <= limit else text[: limit - 1] + "…")
