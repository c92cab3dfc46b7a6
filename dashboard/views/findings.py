"""Findings: what is wrong with the ingress paths, what removes it, and what the scenario does to it."""

from collections.abc import Sequence

import streamlit as st

from core.audit.run import Audit
from core.commands.command import own_version
from core.render.documents import dumps
from core.render.findings import audit_document, audit_markdown
from core.render.sarif import sarif_document
from core.text import count
from dashboard import findings as told
from dashboard import loading
from dashboard.desk import Mode
from dashboard.findings import Told
from dashboard.markup import Node, h, show
from dashboard.panels import expectations, findings, heading
from dashboard.sight import Sight


def show_page(sight: Sight) -> None:
    """The page."""
    heading.panel("What is wrong, and what would this scenario change?", sight)
    judged = loading.judged(sight)
    everything = told.told(judged.before, judged.after, sight.mode)
    found = told.passing(everything, sight)
    with st.container(horizontal=True, vertical_alignment="center", key="findings-lead"):
        show(_lead(sight, everything, found), key="findings-said")
        _download(found)
        expectations.editor(sight, judged)
    clicks = findings.handlers(sight, everything)
    if (asked := expectations.tree(sight, judged)) is not None:
        show(asked, key="expectations", on=clicks)
    if (
        doubts := findings.problems((judged.before if sight.mode is Mode.TODAY else judged.after).problems)
    ) is not None:
        show(doubts, key="findings-problems")
    if everything:
        show(findings.tree(sight, told.groups(found)), key="findings", on=clicks)
    else:
        show(findings.clean(sight.mode), key="findings-clean")


def _lead(sight: Sight, everything: Sequence[Told], found: Sequence[Told]) -> Node:
    hidden = len(everything) - len(found)
    return h(
        "div",
        h("p", findings.sentence(everything, sight.mode, len(sight.everything)), class_="lead"),
        h("p", f"{count(hidden, 'finding')} left out by the filters.", class_="dim small")
        if hidden
        else None,
        class_="stack tight",
    )


def _download(found: Sequence[Told]) -> None:
    audit = told.as_audit(found)
    with st.popover("Download", icon=":material/download:", width="content", disabled=not audit.findings):
        st.caption(f"{count(len(audit.findings), 'finding')}, as the filters let them through.")
        st.download_button(
            "JSON",
            lambda: dumps(audit_document(audit)),
            file_name="findings.json",
            mime="application/json",
            on_click="ignore",
            width="stretch",
        )
        st.download_button(
            "SARIF",
            lambda: _sarif(audit),
            file_name="findings.sarif",
            mime="application/sarif+json",
            on_click="ignore",
            width="stretch",
        )
        st.download_button(
            "Markdown",
            lambda: audit_markdown(audit),
            file_name="findings.md",
            mime="text/markdown",
            on_click="ignore",
            width="stretch",
        )


def _sarif(audit: Audit) -> str:
    return dumps(sarif_document(audit, own_version()))
