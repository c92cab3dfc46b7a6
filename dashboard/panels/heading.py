"""The head of a page: its question, the search, and which state of the cluster it shows."""

import streamlit as st

from dashboard import state
from dashboard.desk import Mode
from dashboard.panels import search
from dashboard.sight import Sight

_WORDS = {Mode.TODAY: "Today", Mode.EDITS: "With edits", Mode.DIFFERENCE: "Difference"}
_KEY = "mode"


def panel(question: str, sight: Sight | None = None) -> None:
    """The question as the page's title; with a sight, the search and the choice of state beside it."""
    with st.container(horizontal=True, vertical_alignment="center", key="heading"):
        st.title(question, anchor=False, width="stretch")
        if sight is None:
            return
        with st.container(key="search-box"):
            search.panel(sight)
        st.segmented_control(
            "State of the cluster",
            list(Mode),
            key=state.bound(_KEY, sight.mode),
            format_func=lambda mode: _WORDS[mode],
            required=True,
            label_visibility="collapsed",
            on_change=_changed,
            help="Today: the source as it is. With edits: after the scenario. Difference: both.",
        )


def _changed() -> None:
    chosen = state.value_of(_KEY)
    if chosen is not None:
        state.look(Mode(chosen))
