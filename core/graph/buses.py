"""Lines along many rows: in a tall picture what leads to the rows stands at the top, and a line leads down from it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core.graph.parts import Node
from core.graph.placing import LEFT_PITCH, place_left
from core.graph.words import Graph, Lane

STUB, PITCH, MOST, BRANCH = 22.0, 14.0, 240.0, 64.0
"""From a node to the first line, between lines, the most for all lines, and from the last one to the rows."""


def room_for(lines: int) -> float:
    """The gap that so many lines take."""
    return STUB + min(max(lines - 1, 0) * PITCH, MOST) + BRANCH


def stack(
    nodes: Mapping[str, Node], edges: Iterable[tuple[str, str]], lanes: Sequence[str], top: float
) -> None:
    """Place the nodes of `lanes`, which lead from left to right to rows, from `top` on, in the order of what they
    lead to.
    """
    pairs = list(edges)
    for lane in reversed(lanes):
        place_left(nodes, pairs, lane)
    last = sorted((node for node in nodes.values() if node.lane == lanes[-1]), key=lambda node: node.y)
    for number, node in enumerate(last):
        node.y = top + number * LEFT_PITCH
    for lane in reversed(lanes[:-1]):
        place_left(nodes, pairs, lane)


def places(nodes: Mapping[str, Node], start: Lane, end: Lane) -> Mapping[str, float]:
    """Node of the lane `start` → where its line runs down; the first one's is the nearest to the lane `end`."""
    left = start.x + start.width / 2
    names = sorted(
        (name for name, node in nodes.items() if node.lane == start.name), key=lambda name: -nodes[name].y
    )
    room = end.x - end.width / 2 - left - BRANCH - STUB
    pitch = min(PITCH, room / max(len(names) - 1, 1))
    return {name: left + STUB + number * pitch for number, name in enumerate(names)}


def buses(graph: Graph, at: Mapping[str, float]) -> Sequence[dict[str, Any]]:
    """The lines of `graph`, whose edges are there: each with its node, verdict, and where it begins and runs."""
    found = []
    for name, x in at.items():
        node = graph.nodes[name]
        ends = [node["y"]]
        for _, row, edge in graph.out_edges(name, data=True):
            ends += [graph.nodes[row]["y"] + one.get("offset", 0.0) for one in edge.get("strands", (edge,))]
        found.append(
            {
                "node": name,
                "verdict": node["verdicts"][0] if len(node["verdicts"]) == 1 else "",
                "start": node["x"] + node["width"] / 2,
                "y": node["y"],
                "x": x,
                "top": min(ends),
                "bottom": max(ends),
            }
        )
    return found
