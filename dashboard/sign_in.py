"""Signing in, with OpenID Connect, where whoever runs the dashboard has configured it; else there is none.

It is configured by the section `[auth]` of Streamlit's secrets.toml (docs/deploy.md): without that section everyone who
can reach the page sees the source. A file that can't be read, or the variable WAYPATH_SIGN_IN without such a section, shuts
the page rather than opening it to all.
"""

import os
from pathlib import Path

import streamlit as st

from dashboard.words import plain

REQUIRED = "WAYPATH_SIGN_IN"
"""The environment variable that says `required` where the dashboard must not be shown without sign-in."""


def is_configured() -> bool:
    """Whether there is something to sign in with."""
    return st.secrets.load_if_toml_exists() and "auth" in st.secrets


def is_required() -> bool:
    """Whether the page is shown to those only who are signed in."""
    if is_configured() or os.environ.get(REQUIRED) == "required":
        return True
    files = st.config.get_option("secrets.files") or ()
    return not st.secrets.load_if_toml_exists() and any(Path(file).exists() for file in files)


def panel() -> bool:
    """Ask who is not signed in to do so; True where the page may go on."""
    if not is_required():
        return True
    if not is_configured():
        st.error(
            "This dashboard asks for a sign-in that is not configured: its secrets.toml has no readable section [auth]. "
            "Whoever runs it finds in its documentation what belongs there.",
            icon=":material/lock:",
        )
        return False
    if st.user.get("is_logged_in"):
        return True
    st.title("waypath")
    st.write("This dashboard shows where the ingress traffic of a cluster goes. Sign in to see it.")
    st.button("Sign in", on_click=st.login, type="primary", icon=":material/login:")
    return False


def account() -> None:
    """Who is signed in, and the way out; nothing where there is no sign-in."""
    if not is_required():
        return
    who = st.user.get("email") or st.user.get("name") or "someone"
    st.caption(f"Signed in as {plain(str(who))}")
    st.button("Sign out", on_click=st.logout, type="tertiary", icon=":material/logout:")
