"""Paths: the graph, the inspector beside it, and tables and toggles below, all on one selection."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core.graph import Graph, layout_of
from core.render.sheets import resolve_csv
from core.text import count
from dashboard import loading, lookup, state
from dashboard.desk import Tab
from dashboard.graph import paths_of, traffic_graph
from dashboard.markup import h, show
from dashboard.panels import (
    acts,
    difference,
    drill,
    filters,
    heading,
    inspector,
    paths_table,
    plan,
    report,
    toggles,
)
from dashboard.sight import Pair, Sight

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
    """The graph, None where there is nothing to draw, and the paths that are selected."""

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
    graph = loading.graph_of(sight, sight.pairs) if sight.pairs else None
    return _Drawn(graph, _selected(sight, graph))


def _selected(sight: Sight, graph: "Graph | None") -> Sequence[Pair]:
    wanted = sight.desk.selected
    if wanted is None:
        return ()
    if graph is not None and (drawn := paths_of(graph, wanted)):
        return [sight.by_id[one] for one in drawn if one in sight.by_id]
    return lookup.pairs_of(sight, wanted)


def _marked(sight: Sight, drawn: _Drawn) -> str | None:
    """What stands out in the graph: what is selected, else the worst path of what is not drawn as such."""
    wanted = sight.desk.selected
    if drawn.graph is None or wanted is None or paths_of(drawn.graph, wanted):
        return wanted
    return inspector.first_of(sight, drawn.selected).id if drawn.selected else None


def _graph(sight: Sight, drawn: _Drawn) -> None:
    if drawn.graph is None:
        _instead()
        return
    drill.panel(sight, drawn.graph)
    traffic_graph(
        drawn.graph,
        selected=_marked(sight, drawn),
        theme=state.theme(),
        key="graph",
        height=_height(drawn.graph),
        on_select=state.select,
        title=f"Ingress traffic of {sight.base.name}",
        on_focus=drill.into,
        on_ask=state.heard,
    )


def _height(graph: Graph) -> int:
    """As high as the drawing needs, so that a small one leaves room for what is below."""
    layout = layout_of(graph)
    wanted = (layout.bottom - layout.top) * _SCALE + _AROUND
    return int(min(max(wanted, HEIGHTS[0]), HEIGHTS[1]))


def _instead() -> None:
    """What stands in the graph's place where there is nothing to draw."""
    show(h("p", "The filters let no path through.", class_="lead"), key="paths-none")
    st.button("Clear the filters", on_click=filters.clear)


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
            with st.container(horizontal=True, key="downloads"):
                _download(sight)
                report.of_paths(sight)
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
