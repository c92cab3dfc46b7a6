"""What crosses to the browser of a large tree: all of it once, then what changed since.

As with graphs, changes are told since the last whole and not since the last change, and a browser that does not have the
whole asks for it again. A change is written as a tree in which a number stands for the child of the element before at
that position: alone for one that is as it was, or in a name's place for one with other attributes (0 for the same) or
children.
"""

import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import msgspec
import streamlit as st

from dashboard.markup.tree import Node

Change: TypeAlias = int | Node

SMALL = 20_000
"""Bytes up to which a tree is always sent whole."""
_WORTH = 0.5
"""The share of the whole's bytes from which all is sent anew."""


class _Whole(NamedTuple):
    id: str
    tree: Node
    size: int


def crossing(key: str, tree: Node) -> dict[str, Any]:
    """What to send so that the component `key` shows `tree`."""
    name = _name(key)
    base = st.session_state.get(name)
    # On another page, or after it was not shown for a while, it is another component, which knows no whole.
    if isinstance(base, _Whole) and key in st.session_state:
        change = changed(base.tree, tree)
        if _size(change) <= _WORTH * base.size:
            return {"base": base.id, "change": change}
    size = _size(tree)
    if size <= SMALL:
        st.session_state.pop(name, None)
        return {"tree": tree}
    whole = st.session_state[name] = _Whole(uuid.uuid4().hex, tree, size)
    return {"id": whole.id, "tree": tree}


def forget(key: str) -> None:
    """Send all of it next time."""
    st.session_state.pop(_name(key), None)


def changed(before: Node, after: Node) -> Change:
    """`after`, written as what has changed since `before`."""
    return _change(["", {}, before], after, 0)


def _change(parent: list[Any], node: Node, position: int) -> Change:
    """`node`, with `position` for the child of `parent` that it takes the place of."""
    old = parent[position + 2]
    if old is node or old == node:
        return position
    if isinstance(node, str) or isinstance(old, str) or old[0] != node[0]:
        return node
    attributes = 0 if old[1] == node[1] else node[1]
    return [position, attributes, *_children(old, node[2:])]


def _children(old: list[Any], children: Sequence[Node]) -> list[Change]:
    keyed = {key: number for number, child in enumerate(old[2:]) if (key := _key(child)) is not None}
    found: list[Change] = []
    for number, child in enumerate(children):
        key = _key(child)
        place = number if key is None else keyed.get(key)
        if place is None or place >= len(old) - 2:
            found.append(child)
        else:
            found.append(_change(old, child, place))
    return found


def _key(node: Node) -> str | None:
    return None if isinstance(node, str) else node[1].get("key")


def _size(value: Change) -> int:
    return len(msgspec.json.encode(value))


def _name(key: str) -> str:
    return f"{key}:whole"
