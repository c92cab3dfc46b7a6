"""Large trees cross once, and then what changed; what the browser makes of it is the tree that was meant."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.markup import Node, h
from dashboard.markup.crossing import Change, changed


def restored(before: Node, change: Change) -> Node:
    """What markup.js makes of a change."""

    def merged(parent: list[Any], one: Change) -> Node:
        if isinstance(one, int):
            found: Node = parent[one + 2]
            return found
        if isinstance(one, str) or isinstance(one[0], str):
            return one
        old = parent[one[0] + 2]
        return [old[0], old[1] if one[1] == 0 else one[1], *(merged(old, child) for child in one[2:])]

    return merged(["", {}, before], change)


ROWS = [h("tr", h("td", name), h("td", "direct"), key=name) for name in "abcd"]
TABLE = h("table", h("tbody", ROWS))


@pytest.mark.parametrize(
    "rows",
    [
        ROWS,
        ROWS[::-1],
        ROWS[1:],
        [],
        [h("tr", h("td", "new"), key="new"), *ROWS],
        [*ROWS[:1], h("tr", h("td", "b"), h("td", "waypoint"), key="b", class_="changed"), *ROWS[2:]],
        [h("p", "none"), *ROWS],
    ],
    ids=["same", "turned", "fewer", "none", "more", "other", "unkeyed"],
)
def test_a_change_of_rows_makes_the_tree_that_was_meant(rows: list[Node]) -> None:
    after = h("table", h("tbody", rows))
    assert restored(TABLE, changed(TABLE, after)) == after


def test_what_is_as_it_was_is_not_told_again() -> None:
    after = h("table", h("tbody", [*ROWS[:3], h("tr", h("td", "d"), h("td", "waypoint"), key="d")]))
    assert changed(TABLE, TABLE) == 0
    assert changed(TABLE, after) == [0, 0, [0, 0, 0, 1, 2, [3, 0, 0, [1, 0, "waypoint"]]]]


def test_attributes_that_are_gone_are_told() -> None:
    before, after = h("p", "x", class_="y"), h("p", "x")
    assert restored(before, changed(before, after)) == after


NODES: st.SearchStrategy[Node] = st.recursive(
    st.text(max_size=2),
    lambda children: st.builds(
        lambda tag, key, below: h(tag, below, key=key),
        st.sampled_from(["p", "div"]),
        st.none() | st.sampled_from("abc"),
        st.lists(children, max_size=4),
    ),
    max_leaves=12,
)


@given(NODES, NODES)
def test_any_change_makes_the_tree_that_was_meant(before: Node, after: Node) -> None:
    assert restored(before, changed(before, after)) == after
