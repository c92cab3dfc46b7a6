"""The dashboard, from top to bottom. `waypath dashboard SOURCE...` runs it."""

import logging
import sys
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from core.sources import SourceError
from dashboard import loading, state
from dashboard.panels import failure, filters, gallery, notes, scenario, source
from dashboard.sight import Sight
from dashboard.views import overview, paths, rules

ASSETS = Path(__file__).parent / "assets"
SIDEBAR = 256  # pixels


def main() -> None:
    """Draw one run: the frame, then the page that the address names."""
    st.set_page_config(
        page_title="waypath",
        page_icon=str(ASSETS / "favicon.svg"),
        layout="wide",
        initial_sidebar_state=SIDEBAR,
    )
    st.html(ASSETS / "app.css")
    state.begin(sys.argv[1:])
    sight, problem = _look()
    pages = _pages(sight, problem)
    page = st.navigation(list(pages.values()), position="top")
    st.set_page_config(page_title=f"{page.title} · waypath")
    if (wanted := state.destination()) and pages[wanted].url_path != page.url_path:
        st.switch_page(pages[wanted])
    if sight is not None:
        with st.sidebar:
            failure.guarded(lambda: _sidebar(sight))
    notes.panel()
    failure.guarded(page.run)
    state.end()


def _look() -> tuple[Sight | None, str]:
    """What there is to see, None without a source; and why not, where the source can't be used."""
    desk = state.desk()
    if not desk.source:
        return None, ""
    try:
        return loading.sight_of(desk, loading.base_of(desk.source, state.given())), ""
    except SourceError as error:
        return None, str(error)


def _pages(sight: Sight | None, problem: str) -> dict[str, st.Page]:
    def needing(show: Callable[[Sight], None]) -> Callable[[], None]:
        def page() -> None:
            if sight is not None:
                show(sight)
            elif problem:
                failure.panel(problem)
            else:
                gallery.panel()

        return page

    return {
        "overview": st.Page(needing(overview.show_page), title="Overview", url_path="overview", default=True),
        "paths": st.Page(needing(paths.show_page), title="Paths", url_path="paths"),
        "rules": st.Page(rules.show_page, title="Rules", url_path="rules"),
    }


def _sidebar(sight: Sight) -> None:
    source.panel(sight.base)
    scenario.panel(sight.shown)
    filters.panel(sight)


try:
    main()
except Exception:
    logging.getLogger("waypath").exception("The dashboard failed")
    failure.panel("Something went wrong in the dashboard; its log says what.")
