"""The pieces of a report: tables, lists of facts, notes, and names that are listed."""

import re
from collections.abc import Iterable, Mapping, Sequence

from core.render.svg import Child, Markup
from core.render.svg import element as h

HEADS: Mapping[str, Sequence[str]] = {
    "changes": ("Gateway", "Route", "Backend", "Before", "After", "Decided by", "Policies"),
    "paths": ("Gateway", "Route", "Backend", "Verdict", "Waypoint", "Decided by", "Policies"),
    "settings": ("Variable", "Value", "Where it was read"),
    "problems": ("Severity", "Where", "What"),
}
"""The tables and their headers."""

LISTED = 12
"""Names that are listed before the rest is counted."""

_CODE = re.compile(r"`([^`]*)`")


def rows_table(name: str, rows: Sequence[Markup], *, without: str = "") -> Markup:
    """A table of `rows` under the headers of `name`, but for the one that is left out."""
    titles = [title for title in HEADS[name] if title != without]
    head = h("thead", h("tr", [h("th", title, scope="col") for title in titles]))
    return h("div", h("table", head, h("tbody", rows), class_=name), class_="scroll")


def row(*cells: Child, class_: str | None = None) -> Markup:
    """A row of a table."""
    return h("tr", [h("td", cell) for cell in cells], class_=class_)


def fact_list(facts: Iterable[tuple[str, Child]]) -> Markup:
    """Names with their values."""
    return h("dl", [h("div", h("dt", name), h("dd", value)) for name, value in facts], class_="facts")


def note(text: str) -> Markup:
    """A remark below a table or a picture."""
    return h("p", inline(text), class_="note")


def tag(word: str) -> Markup:
    """A word that marks what stands before it."""
    return h("span", word, class_="tag")


def quieter(text: str) -> Markup | None:
    """A second, quieter line of a cell."""
    return h("small", text) if text else None


def inline(text: str) -> list[Child]:
    """`text` with what stands in backticks as code."""
    return [
        h("code", piece) if number % 2 else piece for number, piece in enumerate(_CODE.split(text)) if piece
    ]


def listed(words: Sequence[str], most: int = LISTED) -> str:
    """The first `most` of `words`, and how many more there are."""
    more = len(words) - most
    return ", ".join(word or "(none)" for word in words[:most]) + (f" and {more:,} more" if more > 0 else "")
