"""The report to attach to a change request: one HTML file, made at the click that asks for it."""

from collections.abc import Callable, Collection
from datetime import UTC, datetime

import streamlit as st

from core.render.report import html_report
from dashboard.desk import Mode
from dashboard.panels import filters
from dashboard.sight import Shown, Sight


def of_scenario(shown: Shown) -> None:
    """A button for the whole source, compared with today where there are edits."""
    _button("report-scenario", lambda: _made(shown, compared=bool(shown.edits)), wide=True)


def of_paths(sight: Sight) -> None:
    """A button for what is shown: the paths that the filters let through, in the state that is looked at."""
    only = {pair.id for pair in sight.pairs} if filters.said(sight) else None
    compared = sight.mode is not Mode.TODAY
    _button("report-paths", lambda: _made(sight.shown, compared=compared, only=only), wide=False)


def _button(key: str, make: Callable[[], str], *, wide: bool) -> None:
    st.download_button(
        "HTML report",
        data=make,
        file_name="waypath-report.html",
        mime="text/html",
        key=key,
        icon=":material/description:",
        on_click="ignore",
        width="stretch" if wide else "content",
        help="One file with the picture, the paths, the difference and all gates; it needs no network to be read.",
    )


def _made(shown: Shown, *, compared: bool, only: Collection[str] | None = None) -> str:
    base = shown.base
    return html_report(
        shown.after if compared else shown.before,
        base.info,
        generated=datetime.now(UTC),
        before=shown.before if compared else None,
        edits=shown.edits if compared else (),
        policies=base.policies,
        problems=[*base.problems, *(shown.problems if compared else ())],
        only=only,
        selection="that the filters of the dashboard let through" if only is not None else "",
    )
