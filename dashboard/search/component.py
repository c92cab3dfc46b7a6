"""The Streamlit component of the search: a field with a list below it, and what comes back from it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from core.model import Row
from dashboard.markup.looks import verdict_css

_ASSETS = Path(__file__).parent / "assets"
_STEP = Path(__file__).parents[1] / "assets" / "step.js"
MAX_TEXT = 200
"""Characters of a search, and of the name that is sent back."""
MAX_NAME = 1000


class Hit(Row):
    """An object that was found. `verdicts` are words with the class that colours them."""

    name: str
    kind: str
    title: str
    told: str
    verdict: str = ""


_show = st.components.v2.component(
    "waypath_search",
    js="\n".join(file.read_text(encoding="utf-8") for file in (_ASSETS / "search.js", _STEP)),
    css=(_ASSETS / "search.css").read_text(encoding="utf-8") + verdict_css(),
)


def search_box(
    *,
    key: str,
    text: str,
    hits: Sequence[Hit],
    total: int,
    on_find: Callable[[str], None],
    on_go: Callable[[str], None],
) -> None:
    """Show the field.

    Args:
        key: Of the component in the session state.
        text: What `hits` were found for.
        hits: What is listed.
        total: How many there are in all.
        on_find: Called with what the user looks for.
        on_go: Called with the name of what the user chose.
    """

    def told(what: str, act: Callable[[str], None], longest: int) -> None:
        value: Any = (st.session_state.get(key) or {}).get(what)
        if isinstance(value, str):
            act(value[:longest])

    _show(
        key=key,
        data={
            "text": text,
            "total": total,
            "hits": [
                {
                    "name": one.name,
                    "kind": one.kind,
                    "title": one.title,
                    "told": one.told,
                    "verdict": one.verdict,
                }
                for one in hits
            ],
        },
        on_find_change=lambda: told("find", on_find, MAX_TEXT),
        on_go_change=lambda: told("go", on_go, MAX_NAME),
    )
