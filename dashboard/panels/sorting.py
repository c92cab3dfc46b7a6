"""Tables that are sorted by a click on the head of a column: up, down, and back to their own order."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from dashboard.desk import Desk
from dashboard.markup import Node, h

Row = TypeVar("Row")
Key = Callable[[Row], Any]

_MARKS = {"ascending": "↑", "descending": "↓", None: ""}


def head(
    desk: Desk, table: str, columns: Iterable[tuple[str, str]], *, class_: str | None = None
) -> list[Node]:
    """The heads of columns that can be sorted.

    Args:
        desk: Which knows what is sorted how.
        table: The name of the table in the address.
        columns: Name in the address, and title.
        class_: Of the cells.
    """
    return [_head(desk, table, name, title, class_) for name, title in columns]


def _head(desk: Desk, table: str, name: str, title: str, class_: str | None) -> Node:
    found = _direction(desk, table, name)
    return h(
        "th",
        h(
            "button",
            title,
            h("span", _MARKS[found], class_="way", aria_hidden="true"),
            type="button",
            class_="sort",
            act=["sort", table, name],
        ),
        scope="col",
        aria_sort=found,
        class_=class_,
    )


def _direction(desk: Desk, table: str, name: str) -> str | None:
    return {f"{table}.{name}": "ascending", f"{table}.-{name}": "descending"}.get(desk.sort)


def ordered(desk: Desk, table: str, rows: Sequence[Row], keys: Mapping[str, Key[Row]]) -> Sequence[Row]:
    """`rows` in the order that the user wants; rows that are equal in it keep theirs."""
    of, _, column = desk.sort.partition(".")
    key = keys.get(column.removeprefix("-"))
    if of != table or key is None:
        return rows
    return sorted(rows, key=key, reverse=column.startswith("-"))
