"""A cluster that is being read: how far that got, and a way out."""

from datetime import UTC, datetime

import streamlit as st

from core.sources.live import Progress
from core.text import count
from dashboard import state
from dashboard.markup import Node, h, show
from dashboard.mirrors import Watched
from dashboard.words import lasting, plain

EVERY = 0.4
"""Seconds between two looks at how far it got."""
MAX_KINDS = 40


def panel(watched: Watched) -> None:
    """The page while a cluster is read."""
    st.title(plain(f"Reading {watched.name}"), anchor=False)
    _progress(watched)
    st.button("Cancel", on_click=_cancel, args=(watched,), icon=":material/close:")


@st.fragment(run_every=EVERY)
def _progress(watched: Watched) -> None:
    watched.met(state.who())
    if not watched.is_reading or watched.is_over:
        st.rerun()
    took = lasting(datetime.now(UTC) - watched.since)
    show(tree(watched.progress, took), key="reading")


def _cancel(watched: Watched) -> None:
    watched.leave(state.who())
    state.open_source()


def tree(progress: Progress | None, took: str) -> Node:
    """How far it got, in words and as a bar, with the objects of each kind."""
    if progress is None:
        return h(
            "div",
            _bar(0, 1),
            h("p", f"Asking the API server what it has, for {took} …", class_="strong", role="status"),
            class_="stack reading",
        )
    return h(
        "div",
        _bar(progress.done, progress.total),
        h("p", words(progress), class_="strong", role="status"),
        h("p", f"For {took} so far. Nothing is changed in the cluster.", class_="dim small"),
        h(
            "ul",
            [
                h("li", h("span", f"{number:,}", class_="number"), " ", kind, key=kind)
                for kind, number in sorted(progress.counts.items(), key=lambda one: (-one[1], one[0]))[
                    :MAX_KINDS
                ]
                if number
            ],
            class_="kinds",
            aria_label="Objects by kind",
        ),
        class_="stack reading",
    )


def words(progress: Progress) -> str:
    """`12,400 objects, 18 of 31 lists`."""
    coming = f", about {progress.remaining:,} more to come" if progress.remaining else ""
    return f"{count(progress.objects, 'object')}, {progress.done} of {count(progress.total, 'list')}{coming}"


def _bar(done: int, total: int) -> Node:
    share = done / total if total else 0
    return h(
        "div",
        h("span", class_="done", vars={"share": f"{share:.3f}"}),
        class_="progress",
        role="progressbar",
        aria_label="Lists that are read",
        aria_valuenow=str(done),
        aria_valuemin="0",
        aria_valuemax=str(total),
    )
