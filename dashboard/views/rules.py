"""Rules: every condition that decides a path, from the code's own tables."""

import streamlit as st

from dashboard import loading, state
from dashboard.markup import show
from dashboard.panels import heading, rules_table

_KEY = "rules-search"


def show_page() -> None:
    """The page."""
    heading.panel("Which conditions decide where a path goes?")
    wanted = state.desk().rules
    st.text_input(
        "Search the rules",
        key=state.bound(_KEY, wanted),
        placeholder="A gate, a label, a data plane, a version …",
        icon=":material/search:",
        on_change=_searched,
    )
    found = rules_table.matching(wanted)
    show(
        rules_table.tree(found, rules_table.shows(loading.sample_facts())),
        key="rules",
        on={"open": _open},
    )


def _searched() -> None:
    wanted = state.value_of(_KEY)
    if wanted is not None:
        state.search_rules(str(wanted))


def _open(source: str) -> None:
    state.open_source(source)
    state.go("paths")
