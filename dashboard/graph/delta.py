"""What crosses to the browser: all of a graph once, then what changed since.

The browser keeps the last wholes. Changes are always told since a whole and not since the last change, so that one that
was overtaken on its way does no harm; a browser that does not know the whole asks for it again.
"""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

_LISTS = ("nodes", "edges")
_WORTH = 0.6
"""The share of changed items from which all is sent."""

Data = Mapping[str, Any]


def crossing(key: str, data: Data) -> dict[str, Any]:
    """What to send so that the component `key` shows `data`."""
    base = st.session_state.get(_name(key))
    if isinstance(base, dict):
        change = changes(base, data)
        if change is not None:
            return change
    whole = {**data, "whole": True, "id": uuid.uuid4().hex}
    st.session_state[_name(key)] = whole
    return whole


def forget(key: str) -> None:
    """Send all of it next time."""
    st.session_state.pop(_name(key), None)


def changes(base: Data, data: Data) -> dict[str, Any] | None:
    """What differs in `data` from the whole `base`; None where it is not worth telling apart."""
    lists = {name: _list_changes(base[name], data[name]) for name in _LISTS}
    touched = sum(len(one["put"]) + len(one["gone"]) for one in lists.values())
    if touched > _WORTH * sum(len(data[name]) for name in _LISTS):
        return None
    rest = {
        name: value
        for name, value in data.items()
        if name not in _LISTS and (name not in base or base[name] != value)
    }
    return {"whole": False, "id": uuid.uuid4().hex, "base": base["id"], "set": rest, **lists}


def _list_changes(base: Sequence[Data], data: Sequence[Data]) -> dict[str, list[Any]]:
    before = {item["id"]: item for item in base}
    after = {item["id"] for item in data}
    return {
        "put": [item for item in data if before.get(item["id"]) != item],
        "gone": [name for name in before if name not in after],
    }


def _name(key: str) -> str:
    return f"{key}:whole"
