"""The graph as a pyvis network: nodes and edges as data without colours, and without what goes without saying.

Of pyvis only the builder is used. Its pages load scripts from elsewhere and put names into HTML; here names stay data
to the end, and the component draws them as text.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pyvis.edge import Edge
from pyvis.network import Network
from pyvis.node import Node

from core.graph import Graph
from core.text import printable

TRUNK = ("gateway", "listener", "route")
"""The lanes to which lines of many verdicts run side by side: these are drawn thinner, and without dashes."""

_NODE = (
    "kind",
    "level",
    "detail",
    "title",
    "state",
    "width",
    "height",
    "verdicts",
    "change",
    "touched",
    "badge",
)
_EDGE = ("label", "title", "verdict", "verdicts", "change", "thickness", "offset", "bus")
_PYVIS = ("shape", "arrows")
"""What pyvis adds that the component knows by itself."""


def network(graph: Graph) -> Network:
    """`graph` as a pyvis network.

    Path ids are written as positions in the graph's `verdicts`: some are in dozens of places. An edge with `strands` is
    several. In a difference `was` and `now` are what a node or an edge looked like; they are None where that state does
    not have it.
    """
    # The lists are filled directly: `add_node` and `add_edge` look through all that is there, each time.
    net = Network(directed=True)
    positions = {path: number for number, path in enumerate(graph.graph["verdicts"])}
    difference = graph.graph["difference"]
    for name, node in graph.nodes(data=True):
        told = _told(node, _NODE, positions, difference=difference)
        if node["ref"] and node["kind"] in ("service", "group"):
            told["name"] = printable(node["ref"])
        if node["only_before"]:
            told["onlyBefore"] = True
        if node.get("counts"):
            told["counts"] = node["counts"]
        net.nodes.append(
            _lean(Node(name, "custom", node["label"], x=_round(node["x"]), y=_round(node["y"]), **told))
        )
    for start, end, edge in graph.edges(data=True):
        for name, one in _lines(start, end, edge):
            told = _told(one, _EDGE, positions, difference=difference)
            if graph.nodes[end]["lane"] in TRUNK:
                told["trunk"] = True
            if one["via"]:
                told["via"] = [[_round(x), _round(y)] for x, y in one["via"]]
            if one["label"]:
                told |= {"labelX": _round(one["label_x"]), "labelY": _round(one["label_y"])}
            net.edges.append(_lean(Edge(start, end, directed=True, id=name, **told)))
    net.node_ids = [node["id"] for node in net.nodes]
    return net


def edge_id(start: str, end: str, verdict: str = "") -> str:
    """The name of an edge in the drawing, or of one of its strands."""
    return json.dumps([start, end, verdict] if verdict else [start, end], ensure_ascii=False)


def _lines(start: str, end: str, edge: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    strands = edge.get("strands")
    if strands is None:
        yield edge_id(start, end), edge
        return
    for one in strands:
        yield edge_id(start, end, one["verdict"]), one


def _told(
    item: Mapping[str, Any], keys: Sequence[str], positions: Mapping[str, int], *, difference: bool
) -> dict[str, Any]:
    """What is said of an item: what is empty is left out."""
    told = {key: value for key in keys if (value := item.get(key))}
    told["paths"] = [positions[path] for path in item["path_ids"]]
    if difference:
        told |= {"was": item["was"], "now": item["now"]}
    return told


def _lean(made: Node | Edge) -> dict[str, Any]:
    options: dict[str, Any] = made.options
    return {key: value for key, value in options.items() if key not in _PYVIS}


def _round(value: float) -> float:
    return round(value, 1)
