"""The pages, as links that carry the desk: each leads there in one step, which the browser's back button undoes."""

from collections.abc import Sequence

import streamlit as st

from dashboard import state


def panel(pages: Sequence[st.Page]) -> None:
    """A row of links above the page; Streamlit marks the one that is shown."""
    params = state.params()
    with st.container(horizontal=True, gap=None, key="pages"):
        for page in pages:
            st.page_link(page, query_params=params, width="content")
