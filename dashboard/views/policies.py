"""Policies: which there are, where each really acts, and which ingress traffic meets it."""

import streamlit as st

from dashboard import state
from dashboard.desk import By
from dashboard.markup import h, show
from dashboard.panels import heading, policies
from dashboard.panels.policy_listing import Listing
from dashboard.sight import Sight

_BY = "policies-by"
_WORDS = {By.POLICY: "By policy", By.SERVICE: "By service"}


def show_page(sight: Sight) -> None:
    """The page."""
    heading.panel("Where does each policy really act?", sight)
    listing = Listing(sight)
    with st.container(horizontal=True, vertical_alignment="center", key="policies-lead"):
        show(h("p", policies.sentence(listing), class_="lead"), key="policies-said")
        if listing.all:
            st.segmented_control(
                "List",
                list(By),
                key=state.bound(_BY, sight.desk.by),
                format_func=lambda by: _WORDS[by],
                required=True,
                label_visibility="collapsed",
                on_change=_turned,
            )
    if listing.all:
        show(policies.tree(listing), key="policies", on=policies.handlers(sight))


def _turned() -> None:
    by = state.value_of(_BY)
    if by is not None:
        state.list_by(By(by))
