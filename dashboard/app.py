"""The dashboard, from top to bottom. `waypath dashboard SOURCE...` runs it."""

import logging
import sys
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from core.sources import SourceError
from dashboard import loading, sign_in, state
from dashboard.panels import failure, filters, gallery, navigation, notes, scenario, source
from dashboard.sight import Sight
from dashboard.started import Started, started
from dashboard.views import advice, findings, overview, paths, policies, rules

ASSETS = Path(__file__).parent / "assets"
SIDEBAR = 256  # pixels
FRONT = "front"
"""The page of the address without a name: it shows the overview, which also has a name of its own."""


def main() -> None:
    """Draw one run: the frame, then the page that the address names."""
    st.set_page_config(
        page_title="waypath",
        page_icon=str(ASSETS / "favicon.svg"),
        layout="wide",
        initial_sidebar_state=SIDEBAR,
    )
    st.html(ASSETS / "app.css")
    if not sign_in.panel():
        return
    start = started(sys.argv[1:])
    state.begin(start.sources)
    sight, problem = _look(start)
    pages = _pages(sight, problem)
    page = st.navigation(list(pages.values()), position="hidden")
    st.set_page_config(page_title=f"{page.title} · waypath")
    if (wanted := state.destination()) and pages[wanted].url_path != page.url_path:
        st.switch_page(pages[wanted], query_params=state.params())
    other = "overview" if page.url_path == pages[FRONT].url_path else FRONT
    navigation.panel([one for name, one in pages.items() if name != other])
    if sight is not None:
        with st.sidebar:
            failure.guarded(lambda: _sidebar(sight))
            sign_in.account()
    notes.panel()
    failure.guarded(page.run)
    state.end()


def _look(start: Started) -> tuple[Sight | None, str]:
    """What there is to see, None without a source; and why not, where the source can't be used."""
    desk = state.desk()
    if not desk.source:
        return None, ""
    try:
        return loading.sight_of(desk, loading.base_of(desk.source, state.given(), start.expect)), ""
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
        FRONT: st.Page(needing(overview.show_page), title="Overview", url_path=FRONT, default=True),
        "overview": st.Page(needing(overview.show_page), title="Overview", url_path="overview"),
        "paths": st.Page(needing(paths.show_page), title="Paths", url_path="paths"),
        "findings": st.Page(needing(findings.show_page), title="Findings", url_path="findings"),
        "policies": st.Page(needing(policies.show_page), title="Policies", url_path="policies"),
        "advice": st.Page(needing(advice.show_page), title="Advice", url_path="advice"),
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
