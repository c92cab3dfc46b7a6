"""The Streamlit component that shows a tree of markup, and what its clicks say."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.markup.crossing import crossing, forget
from dashboard.markup.looks import verdict_css
from dashboard.markup.tree import Node
from dashboard.state import act_of

_ASSETS = Path(__file__).parent / "assets"
_SCRIPTS = (_ASSETS / "markup.js", Path(__file__).parents[1] / "assets" / "step.js")
_SHEETS = [
    _ASSETS / f"{name}.css"
    for name in (
        "base",
        "verdicts",
        "tables",
        "frame",
        "overview",
        "inspector",
        "findings",
        "advice",
        "drill",
        "live",
        "trace",
    )
]
_NAME = "waypath_markup"
_show = st.components.v2.component(
    _NAME,
    js="\n".join(path.read_text(encoding="utf-8") for path in _SCRIPTS),
    css="\n".join([*(path.read_text(encoding="utf-8") for path in _SHEETS), verdict_css()]),
)

Handler = Callable[..., None]


def show(tree: Node, *, key: str, on: Mapping[str, Handler] | None = None) -> None:
    """Show `tree`.

    Args:
        tree: What `h` made.
        key: Of the component in the session state; it stays the same from run to run.
        on: The first word of an action → what to do with the rest of it, before the script runs again.
    """
    handlers = on or {}

    def acted() -> None:
        value: Any = act_of(key)
        if not isinstance(value, list) or not value or value[0] not in handlers:
            return
        handlers[value[0]](*value[1:])

    _show(
        key=key,
        data=crossing(key, tree),
        on_act_change=acted,
        on_again_change=lambda: forget(key),
    )
