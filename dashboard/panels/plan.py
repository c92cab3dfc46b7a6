"""The plan: the scenario as commands to copy, those that undo it, and what to know about both."""

import streamlit as st

from dashboard.sight import Shown


def panel(shown: Shown) -> None:
    """The plan as text. Nothing of it is carried out."""
    if not shown.edits:
        st.caption("The scenario is empty: toggle something, and the commands that carry it out stand here.")
        return
    st.caption("In an order that leaves nothing unprotected on the way. Nothing is carried out from here.")
    st.code(shown.plan, language="bash", wrap_lines=True)
