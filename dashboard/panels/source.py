"""The source: what is looked at, how much of it there is, and how to look at something else."""

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from core.text import count
from dashboard import loading, state
from dashboard.markup import Node, h, show
from dashboard.panels import clusters, current
from dashboard.sight import Base
from dashboard.words import ago, moment_text

FILE_TYPES = ["yaml", "yml", "json", "gz", "tgz", "zip", "tar"]

_SAMPLE = "source-sample"
_KINDS = {
    "sample": "sample",
    "upload": "uploaded",
    "file": "file",
    "directory": "directory",
    "archive": "archive",
    "stdin": "standard input",
    "live": "live cluster",
    "several": "several sources",
}


def panel(base: Base) -> None:
    """The source's part of the sidebar."""
    st.header("Source", anchor=False)
    show(
        tree(base, state.desk().source, datetime.now(base.read_at.tzinfo)),
        key="source",
        on={"again": read_again},
    )
    if base.edition is not None:
        current.panel(base)
    with st.popover("Change source", icon=":material/folder_open:", width="stretch"):
        _samples()
        clusters.panel("sidebar", "Clusters")
        uploader("sidebar")
        st.button("All samples", on_click=state.open_source, icon=":material/grid_view:", width="stretch")


def tree(base: Base, source: Sequence[str], now: datetime) -> Node:
    """The source in a few lines."""
    observed = base.info.observed
    truth = (
        "It holds what only a running cluster has: pods with a status, EndpointSlices or assigned addresses."
        if observed
        else "It holds manifests only: what a running cluster would tell is inferred, and called assumed."
    )
    live = base.edition is not None
    files = not live and not any(one.startswith((loading.SAMPLE, loading.UPLOAD)) for one in source)
    return h(
        "div",
        h("p", base.name, class_="strong wrap name", title=base.name),
        h(
            "p",
            h("span", "observed" if observed else "manifests only", class_="tag", title=truth),
            h("span", _KINDS.get(base.info.kind, base.info.kind), class_="tag plain") if not live else None,
            class_="row",
        ),
        h(
            "p",
            count(base.info.objects, "object"),
            [] if live else [" · read ", h("span", ago(base.read_at, now), title=moment_text(base.read_at))],
            class_="dim small",
        ),
        h("button", "Read again", type="button", act=["again"], class_="link small") if files else None,
        class_="stack source",
    )


def read_again() -> None:
    loading.read_again(state.desk().source)


def _samples() -> None:
    names = [facts.sample.name for facts in loading.sample_facts()]
    titles = {facts.sample.name: facts.sample.title for facts in loading.sample_facts()}
    st.selectbox(
        "Sample",
        names,
        index=None,
        key=state.bound(_SAMPLE, None),
        format_func=lambda name: titles[name],
        placeholder="Choose a sample",
        on_change=_chosen,
    )


def _chosen() -> None:
    name = state.value_of(_SAMPLE)
    if name:
        state.open_source(f"{loading.SAMPLE}{name}")


def uploader(place: str) -> None:
    """Where files are dropped. `place` tells one uploader from the other."""
    key = f"upload-{place}"
    st.file_uploader(
        "Your files",
        type=FILE_TYPES,
        accept_multiple_files=True,
        key=key,
        on_change=lambda: _uploaded(key),
        label_visibility="collapsed" if place == "gallery" else "visible",
        help="YAML or JSON of Kubernetes objects, or archives of such. They stay on the machine that runs this dashboard.",
    )


def _uploaded(key: str) -> None:
    files = [(one.name, one.getvalue()) for one in state.value_of(key) or ()]
    if files:
        state.open_source(loading.keep(files))
