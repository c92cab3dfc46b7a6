"""Words on the screen: text from a source made harmless where Streamlit takes Markdown, numbers with their noun."""

import re
from datetime import datetime, timedelta

from core.terminal import visible

_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")
_JOINER = "\u2060"
"""Takes no space and breaks no line, but keeps what is around it from being one word."""
_GLUED = re.compile(r":|@|\bwww(?=\\\.)", re.IGNORECASE)


def plain(text: str) -> str:
    """`text` for a place that takes Markdown, so that it is shown as it is written.

    Every punctuation mark is escaped. Emoji, links and addresses are looked for after the escapes are gone, so their
    colons, at signs and `www` are followed by a character that can't be seen.
    """
    escaped = _PUNCTUATION.sub(lambda match: f"\\{match[0]}", visible(text))
    return _GLUED.sub(lambda match: match[0] + _JOINER, escaped)


def code(text: str) -> str:
    """`text` as inline code, for a place that takes Markdown."""
    shown = visible(text)
    if not shown.strip():
        return ""
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def ago(moment: datetime, now: datetime) -> str:
    """How long ago `moment` was: `just now`, `3 min ago`, `2 h ago`, `5 days ago`."""
    passed = max(now - moment, timedelta())
    if passed < timedelta(minutes=1):
        return "just now"
    if passed < timedelta(hours=1):
        return f"{passed // timedelta(minutes=1)} min ago"
    if passed < timedelta(days=2):
        return f"{passed // timedelta(hours=1)} h ago"
    return f"{passed.days} days ago"


def lasting(span: timedelta) -> str:
    """How long something has lasted: `40 s`, `3 min`, `2 h`, `5 days`."""
    passed = max(span, timedelta())
    if passed < timedelta(minutes=2):
        return f"{passed // timedelta(seconds=1)} s"
    if passed < timedelta(hours=2):
        return f"{passed // timedelta(minutes=1)} min"
    if passed < timedelta(days=2):
        return f"{passed // timedelta(hours=1)} h"
    return f"{passed.days} days"


def moment_text(moment: datetime) -> str:
    """A moment with its time zone: `2026-08-01 14:03:22 UTC`."""
    return moment.strftime("%Y-%m-%d %H:%M:%S %Z").strip()


def listed(words: list[str]) -> str:
    """`a, b and c`."""
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last
