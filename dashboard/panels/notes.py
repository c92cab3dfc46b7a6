"""What of an address could not be used, said once."""

import streamlit as st

from dashboard import state
from dashboard.words import plain


def panel() -> None:
    """A warning for each thing, until it is dismissed."""
    found = state.notes()
    if not found:
        return
    st.warning(" ".join(plain(note) for note in found), icon=":material/link_off:")
    st.button("Understood", on_click=state.dismiss_notes)
