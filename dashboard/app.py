"""The dashboard, from top to bottom. `waypath dashboard SOURCE...` runs it."""

import logging
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import streamlit as st

from core.sources import SourceError, is_live
from dashboard import loading, sign_in, state, visitor
from dashboard.offers import OfferError
from dashboard.panels import (
    changed,
    current,
    failure,
    filters,
    gallery,
    navigation,
    notes,
    reading,
    scenario,
    source,
)
from dashboard.sight import Sight
from dashboard.started import Started, started
from dashboard.views import advice, findings, overview, paths, policies, rules, trace

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
    sight, instead = _look(start)
    pages = _pages(sight, instead)
    page = st.navigation(list(pages.values()), position="hidden")
    st.set_page_config(page_title=f"{page.title} · waypath")
    if (wanted := state.destination()) and pages[wanted].url_path != page.url_path:
        st.switch_page(pages[wanted], query_params=state.params())
    other = "overview" if page.url_path == pages[FRONT].url_path else FRONT
    navigation.panel([one for name, one in pages.items() if name != other])
    if sight is not None:
        failure.guarded(lambda: current.stale(sight.base))
    notes.panel()
    failure.guarded(page.run)
    if sight is not None:
        with st.sidebar:  # after the page, so that its picture is not kept waiting
            failure.guarded(lambda: _sidebar(sight))
            sign_in.account()
    state.end()


def _look(start: Started) -> tuple[Sight | None, Callable[[], None]]:
    """What there is to see; where there is nothing yet, what is shown in place of the pages."""
    desk = state.desk()
    if not desk.source:
        return None, gallery.panel
    try:
        base = loading.base_of(desk.source, state.given(), start.expect, alone=visitor.is_alone())
        return loading.sight_of(desk, base), gallery.panel
    except loading.WaitingError as waiting:
        return None, partial(reading.panel, waiting.watched)
    except OfferError as error:
        return None, partial(failure.panel, str(error))
    except SourceError as error:
        again = partial(loading.try_again, desk.source) if any(map(is_live, desk.source)) else None
        return None, partial(failure.panel, str(error), again)


def _pages(sight: Sight | None, instead: Callable[[], None]) -> dict[str, st.Page]:
    def needing(show: Callable[[Sight], None]) -> Callable[[], None]:
        def page() -> None:
            if sight is not None:
                show(sight)
            else:
                instead()

        return page

    return {
        FRONT: st.Page(needing(overview.show_page), title="Overview", url_path=FRONT, default=True),
        "overview": st.Page(needing(overview.show_page), title="Overview", url_path="overview"),
        "paths": st.Page(needing(paths.show_page), title="Paths", url_path="paths"),
        "findings": st.Page(needing(findings.show_page), title="Findings", url_path="findings"),
        "policies": st.Page(needing(policies.show_page), title="Policies", url_path="policies"),
        "advice": st.Page(needing(advice.show_page), title="Advice", url_path="advice"),
        "trace": st.Page(needing(trace.show_page), title="Trace", url_path="trace"),
        "rules": st.Page(rules.show_page, title="Rules", url_path="rules"),
    }


def _sidebar(sight: Sight) -> None:
    source.panel(sight.base)
    changed.panel(sight)
    scenario.panel(sight.shown)
    filters.panel(sight)


try:
    main()
except Exception:
    logging.getLogger("waypath").exception("The dashboard failed")
    failure.panel("Something went wrong in the dashboard; its log says what.")
