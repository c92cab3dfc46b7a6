"""The picture of a traced request: the path of its backend, on which it is played stop by stop."""

from collections.abc import Sequence

import streamlit as st

from core.graph import Graph
from dashboard import loading, state
from dashboard.graph import Play, traffic_graph
from dashboard.markup import Node, h, show
from dashboard.sight import Pair, Sight
from dashboard.tracing import Moment, Way

HEIGHT = 235
"""Pixels: one row of the picture, its lanes and the legend."""
_LANES = {
    "client": "the client sends it",
    "gateway": "at the gateway",
    "listener": "its listener",
    "route": "the route rule",
    "service": "the backend",
    "ztunnel": "ztunnel",
    "waypoint": "the waypoint",
    "endpoints": "the endpoints",
    "end": "where it ends",
}


def panel(sight: Sight, way: Way, leg: int, step: int) -> None:
    """The picture with `way` played as far as its stop `step`, and the buttons that go on and back."""
    moments = way.moments
    last = len(moments) - 1
    at = min(step, last)
    with st.container(horizontal=True, vertical_alignment="center", key="trace-steps"):
        st.button(
            "Back",
            icon=":material/arrow_back:",
            shortcut="Left",
            disabled=at == 0,
            on_click=lambda: state.play(at - 1, leg),
            key="trace-back",
        )
        st.button(
            "Next",
            icon=":material/arrow_forward:",
            shortcut="Right",
            disabled=at == last,
            on_click=lambda: state.play(at + 1, leg),
            key="trace-next",
        )
        show(_position(moments, at), key="trace-at")

    def go(node: str | None) -> None:
        number = next((number for number, one in enumerate(moments) if one.node == node), None)
        if number is not None:
            state.play(number, leg)

    graph = drawn(sight, way)
    stops = way.stops
    traffic_graph(
        graph,
        selected=None,
        theme=state.theme(),
        key="trace-graph",
        height=HEIGHT,
        play=Play(stops=stops, step=stops.index(moments[at].node)),
        title=f"A request to {way.arrival.path.service_ref}",
        on_select=go,
        on_ask=state.heard,
    )


def drawn(sight: Sight, way: Way) -> Graph:
    """The graph of the way's path alone, in the states that the page shows."""
    name = way.arrival.path.id
    before, after = sight.shown.before.resolution.by_id, sight.shown.after.resolution.by_id
    return loading.graph_of(sight, [Pair(before.get(name), after.get(name))])


def _position(moments: Sequence[Moment], at: int) -> Node:
    moment = moments[at]
    kind = moment.node.partition(":")[0]
    word = _LANES.get(kind, kind)
    if at and moment.node == moments[at - 1].node and moment.hop is not None:
        word = moment.hop.title
    return h(
        "p",
        h("span", f"Stop {at + 1} of {len(moments)}", class_="strong"),
        h("span", f": {word}", class_="dim wrap"),
        role="status",
    )
