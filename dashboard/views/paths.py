"""Paths: the graph, the inspector beside it, and tables and toggles below, all on one selection."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core.cluster import replace
from core.graph import Graph, layout_of
from core.render.sheets import resolve_csv
from dashboard import loading, state
from dashboard.desk import Tab
from dashboard.graph import Focus, paths_of, traffic_graph
from dashboard.markup import h, show
from dashboard.panels import acts, difference, filters, heading, heat, inspector, paths_table, plan, toggles
from dashboard.sight import Pair, Sight, by_service
from dashboard.words import count

MAX_DRAWN = 60
"""Services that are drawn; of more, the namespaces are shown in their place."""
HEIGHTS = (340, 560)
"""The least and the greatest height of the graph, in pixels."""
_SCALE, _AROUND = 0.85, 110
"""Pixels a unit of the drawing, and what is above and below it."""

_TABS = {
    Tab.LABELS: "Labels",
    Tab.FLAGS: "Flags and versions",
    Tab.PATHS: "Paths",
    Tab.DIFFERENCE: "Changes",
    Tab.PLAN: "Plan",
}
_TAB = "tab"


@dataclass(frozen=True)
class _Drawn:
    """The graph, None where there is too much to draw, and the paths that are selected."""

    graph: "Graph | None"
    selected: Sequence[Pair]


def show_page(sight: Sight) -> None:
    """The page."""
    heading.panel("Where does each path go, and why?", sight)
    if not sight.everything:
        show(h("p", sight.explainer.summary(), class_="lead"), key="paths-nothing")
        return
    drawn = _drawn(sight)
    with st.container(key="paths-page"):
        with st.container(key="area-graph"):
            _graph(sight, drawn)
        with st.container(key="area-inspector"):
            show(inspector.tree(sight, drawn.selected), key="inspector", on=acts.handlers(sight))
        with st.container(key="area-below"):
            _below(sight, drawn)


def _drawn(sight: Sight) -> _Drawn:
    services = len(by_service(sight.pairs))
    graph = loading.graph_of(sight, sight.pairs) if 0 < services <= MAX_DRAWN else None
    return _Drawn(graph, _selected(sight, graph))


def _selected(sight: Sight, graph: "Graph | None") -> Sequence[Pair]:
    wanted = sight.desk.selected
    if wanted is None:
        return ()
    if wanted in sight.by_id:
        return [sight.by_id[wanted]]
    if graph is not None:
        return [sight.by_id[one] for one in paths_of(graph, wanted) if one in sight.by_id]
    return [pair for pair in sight.pairs if f"service:{pair.any.service_ref}" == wanted]


def _graph(sight: Sight, drawn: _Drawn) -> None:
    if drawn.graph is None:
        _instead(sight)
        return
    traffic_graph(
        drawn.graph,
        selected=sight.desk.selected,
        theme=state.theme(),
        key="graph",
        height=_height(drawn.graph),
        on_select=state.select,
        on_focus=_focus,
    )


def _height(graph: Graph) -> int:
    """As high as the drawing needs, so that a small one leaves room for what is below."""
    layout = layout_of(graph)
    wanted = (layout.bottom - layout.top) * _SCALE + _AROUND
    return int(min(max(wanted, HEIGHTS[0]), HEIGHTS[1]))


def _instead(sight: Sight) -> None:
    """What stands in the graph's place where there is nothing to draw, or too much."""
    if not sight.pairs:
        show(h("p", "The filters let no path through.", class_="lead"), key="paths-none")
        st.button("Clear the filters", on_click=filters.clear)
        return
    services = count(len(by_service(sight.pairs)), "service")
    told = f"{services} are too many for one picture, which is readable up to {MAX_DRAWN}. Choose a namespace to draw it."
    show(h("div", h("p", told), heat.tree(sight), class_="stack"), key="paths-heat", on={"cell": heat.pick})


def _focus(focus: Focus) -> None:
    """Show only what was double-clicked: a service, or a namespace."""
    now = state.desk().filters
    if focus.service:
        state.set_filters(replace(now, text=focus.service))
    else:
        state.set_filters(replace(now, namespaces=(focus.namespace,)))


def _below(sight: Sight, drawn: _Drawn) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="below"):
        st.segmented_control(
            "Below the graph",
            list(Tab),
            key=state.bound(_TAB, sight.desk.tab),
            format_func=lambda tab: _TABS[tab],
            required=True,
            label_visibility="collapsed",
            on_change=_turned,
        )
        st.caption(filters.said(sight) or f"{count(len(sight.pairs), 'path')}", width="content")
    match sight.desk.tab:
        case Tab.LABELS:
            show(toggles.services(sight), key="labels", on=acts.handlers(sight))
        case Tab.FLAGS:
            show(toggles.controllers(sight), key="flags", on=acts.handlers(sight))
        case Tab.PATHS:
            show(paths_table.tree(sight, drawn.selected), key="paths", on=acts.handlers(sight))
            _download(sight)
        case Tab.DIFFERENCE:
            show(difference.tree(sight), key="changes", on=acts.handlers(sight))
        case Tab.PLAN:
            plan.panel(sight.shown)


def _turned() -> None:
    tab = state.value_of(_TAB)
    if tab is not None:
        state.turn_to(Tab(tab))


def _download(sight: Sight) -> None:
    paths = [path for pair in sight.pairs if (path := pair.at(sight.mode)) is not None]
    st.download_button(
        "Download as CSV",
        data=lambda: resolve_csv(sight.explainer, paths),
        file_name="paths.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
