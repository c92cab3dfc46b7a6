"""What is shown in place of a panel that failed: a sentence and a button."""

import logging
from collections.abc import Callable

import streamlit as st

from dashboard import state
from dashboard.words import plain

_LOG = logging.getLogger("waypath")


def panel(sentence: str, again: Callable[[], None] | None = None) -> None:
    """A sentence that says what can't be done, and the way back to the samples; `again` does what another try needs."""
    text = sentence if sentence.endswith((".", "?")) else f"{sentence}."
    st.error(plain(f"{text[:1].upper()}{text[1:]}"), icon=":material/error:")
    with st.container(horizontal=True):
        if again is not None:
            st.button("Try again", on_click=again, type="primary")
        st.button(
            "Choose another source",
            on_click=state.open_source,
            type="primary" if again is None else "secondary",
        )


def guarded(draw: Callable[[], None]) -> None:
    """Draw a part of the page; where that fails, say so and go on with the rest."""
    try:
        draw()
    except Exception:  # noqa: BLE001 - whatever it is, the rest of the page is still of use
        _LOG.exception("A part of the dashboard failed")
        panel("This part of the page can't be shown; the dashboard's log says why. Another source may work.")
