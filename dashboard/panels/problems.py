"""What could not be used of the source, or what a reader should know of it; folded."""

from collections.abc import Sequence

from core.model import Problem
from core.text import count
from dashboard.markup import Node, h
from dashboard.words import listed

MAX_MESSAGES, MAX_PLACES = 100, 60

_ORDER = {"error": 0, "warning": 1, "note": 2}
_MARKS = {"error": "✕", "warning": "!", "note": "i"}


def tree(problems: Sequence[Problem]) -> Node:
    """The problems, those of one message together, errors first."""
    if not problems:
        return h("p", "The source was read without a problem.", class_="dim small")
    grouped: dict[tuple[str, str], list[str]] = {}
    for problem in sorted(set(problems), key=lambda one: (_ORDER.get(one.severity, 1), one.where)):
        grouped.setdefault((problem.severity, problem.message), []).append(problem.where)
    shown = list(grouped.items())[:MAX_MESSAGES]
    return h(
        "details",
        h("summary", h("span", _summary(problems), class_="strong")),
        h(
            "ul",
            [_entry(severity, message, places) for (severity, message), places in shown],
            class_="problems",
        ),
        h("p", f"And {len(grouped) - MAX_MESSAGES} more.", class_="dim small")
        if len(grouped) > MAX_MESSAGES
        else None,
        class_="fold",
    )


def _summary(problems: Sequence[Problem]) -> str:
    numbers = {severity: sum(one.severity == severity for one in set(problems)) for severity in _ORDER}
    return f"{listed([count(number, word) for word, number in numbers.items() if number])} while reading the source"


def _entry(severity: str, message: str, places: Sequence[str]) -> Node:
    named = [place for place in places if place]
    more = len(named) - MAX_PLACES
    where = ", ".join(named[:MAX_PLACES]) + (f" and {more} more" if more > 0 else "")
    return h(
        "li",
        h("span", _MARKS.get(severity, "!"), class_=f"mark {severity}", aria_hidden="true"),
        h(
            "span",
            h("span", f"{severity}: ", class_="strong"),
            message,
            h("span", where, class_="sub dim small wrap") if where else None,
            class_="wrap",
        ),
    )
