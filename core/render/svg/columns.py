"""The lanes, widened to what is written in them and between them."""

from bisect import bisect_right
from collections.abc import Mapping

from core.graph import Graph, layout_of
from core.render.svg.fitting import text_width
from core.render.svg.shapes import DETAIL, LABEL, PILL, SIDE, inset

_MOST = 270.0
"""The greatest width to which a lane is widened for the names in it."""
TRUNK = ("gateway", "listener", "route")
"""The lanes to which lines of many verdicts run side by side."""


class Columns:
    """The lanes, widened to what is written in them and between them: from x of the layout to x of the picture."""

    def __init__(self, graph: Graph) -> None:
        lanes = layout_of(graph).lanes
        wanted = _wanted(graph)
        self._from: list[float] = []
        self._to: list[float] = []
        shift = 0.0
        for number_of_lane, lane in enumerate(lanes):
            left, right = lane.x - lane.width / 2, lane.x + lane.width / 2
            if number_of_lane:
                gap = left - self._from[-1]
                fan = _fan(graph) if lane.name in TRUNK else 0.0
                shift += max(0.0, _between(graph, self._from[-1], left) - gap, fan - gap)
            self._stop(left, shift)
            shift += max(0.0, min(wanted.get(lane.name, 0.0), _MOST) - lane.width)
            self._stop(right, shift)

    def _stop(self, x: float, shift: float) -> None:
        self._from.append(x)
        self._to.append(x + shift)

    def __call__(self, x: float) -> float:
        after = bisect_right(self._from, x)
        if after == 0:
            return x - self._from[0] + self._to[0]
        if after == len(self._from):
            return x - self._from[-1] + self._to[-1]
        start, end = self._from[after - 1], self._from[after]
        share = (x - start) / (end - start)
        return self._to[after - 1] + share * (self._to[after] - self._to[after - 1])


def _wanted(graph: Graph) -> Mapping[str, float]:
    """Lane → the width that its widest node takes."""
    found: dict[str, float] = {}
    for _, node in graph.nodes(data=True):
        size = LABEL if node["height"] >= 30 else SIDE
        width = text_width(node["label"], size, bold=True)
        if node["height"] >= 30:
            width = max(width, text_width(node["detail"], DETAIL))
        found[node["lane"]] = max(found.get(node["lane"], 0.0), width + inset(node) + 12)
    return found


def _fan(graph: Graph) -> float:
    """The width that lines need to fan out over the whole height."""
    if graph.graph["buses"]:
        return 0.0
    layout = layout_of(graph)
    return min((layout.bottom - layout.top) * 0.05, 140.0)


def _between(graph: Graph, left: float, right: float) -> float:
    """The width that the labels of edges take between two lanes, each at its place there."""
    wanted = 0.0
    for _, _, edge in graph.edges(data=True):
        if edge["label"] and not edge["via"] and left < edge["label_x"] < right:
            share = (edge["label_x"] - left) / (right - left)
            half = (text_width(edge["label"], PILL, bold=True) + 10) / 2 + 5
            wanted = max(wanted, half / min(share, 1 - share))
    return min(wanted, _MOST)
