"""Whether what is shown of a live cluster is current, and since when not; new states come onto the page by themselves."""

from datetime import UTC, datetime

import streamlit as st

from core.sources import SourceError
from core.sources.live import MirrorState
from core.text import printable
from dashboard import loading, state
from dashboard.markup import Node, h, show
from dashboard.mirrors import Watched
from dashboard.sight import Base
from dashboard.words import ago, lasting, moment_text

EVERY = 0.5
"""Seconds between two looks for another state."""


def panel(base: Base) -> None:
    """The mark in the sidebar, which looks for news by itself; `stale` has the whole sentence."""
    watched = loading.watched_of(state.desk().source)
    if not watched.is_known:
        return
    _mark(watched, base, watched.state()[1].error)


@st.fragment(run_every=EVERY)
def _mark(watched: Watched, base: Base, error: str | None) -> None:
    watched.met(state.who())
    try:
        _, found = watched.state()
        news = base.edition is not None and watched.has_news(base.edition)
    except SourceError:
        st.rerun()
    if news or watched.is_over or found.error != error:
        st.rerun()
    show(
        tree(watched, found, datetime.now(UTC)),
        key="current",
        on={"again": watched.read_again},
    )


def tree(watched: Watched, found: MirrorState, now: datetime) -> Node:
    """The mark: current, or stale and why; how old the last change is; and a way to read all anew."""
    reading = watched.is_reading
    return h(
        "div",
        _state(watched, found, now),
        h(
            "p",
            h("span", f"Last change {ago(found.changed_at, now)}", title=_moment(found.changed_at))
            if watched.follows
            else "Several sources together are not followed.",
            class_="dim small",
        ),
        h("p", f"Reading again failed: {watched.failure}.", class_="small wrap warn")
        if watched.failure
        else None,
        h("p", "Reading all of it again …", class_="dim small", role="status")
        if reading
        else h("button", "Read again", type="button", act=["again"], class_="link small"),
        class_="stack current",
    )


def _state(watched: Watched, found: MirrorState, now: datetime) -> Node:
    if found.stale_since is not None:
        told = h(
            "span",
            f"stale for {lasting(now - found.stale_since)}",
            class_="tag warn",
            title=f"since {_moment(found.stale_since)}: {_error(found)}",
        )
    elif not watched.follows:
        told = h("span", f"as of {ago(found.read_at, now)}", class_="tag plain", title=_moment(found.read_at))
    else:
        told = h("span", "current", class_="tag good", title=f"as of {_moment(found.read_at)}")
    return h("p", h("span", "live", class_="tag"), told, class_="row")


def stale(base: Base) -> None:
    """A line above the page where what it shows is stale; the sidebar may be closed."""
    if base.edition is None:
        return
    watched = loading.watched_of(state.desk().source)
    found = watched.state()[1] if watched.is_known else None
    if found is None or found.stale_since is None:
        return
    show(
        h(
            "p",
            h("span", "Stale", class_="tag warn"),
            " since ",
            h("span", f"{found.stale_since.astimezone():%H:%M:%S}", title=_moment(found.stale_since)),
            f": {_error(found)}",
            class_="stale wrap",
            role="status",
        ),
        key="stale",
    )


def _error(found: MirrorState) -> str:
    text = printable(found.error or "the API server does not answer")
    return f"{text}."


def _moment(moment: datetime) -> str:
    return moment_text(moment.astimezone())
