"""Who looks at the page, as far as the server can tell."""

import streamlit as st

from dashboard import offers, sign_in


def is_alone() -> bool:
    """Whether only the user of this machine can be the visitor."""
    return offers.is_alone(
        st.config.get_option("server.address"), st.context.headers.get("Host"), signs_in=sign_in.is_required()
    )
