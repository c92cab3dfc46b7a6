"""The graph as a pyvis network: the nodes and edges of vis-network, as data without colours.

Of pyvis only the builder is used. Its pages load scripts from elsewhere and put names into HTML; here names stay data
to the end, and the component draws them as text.
"""

import json
from itertools import pairwise
from typing import Any

from pyvis.edge import Edge
from pyvis.network import Network
from pyvis.node import Node

from core.graph import Graph

TRUNK = ("gateway", "listener", "route")
"""The lanes to which lines of many verdicts run side by side: these are drawn thinner, and without dashes."""


def network(graph: Graph) -> Network:
    """`graph` as a pyvis network.

    Edges leave at the right side of a node and arrive at the left side of the next; vis-network knows centres only, so
    they lead from and to invisible nodes there, of kind `point`. An edge with points to pass becomes several; all have
    its `edge` name. Path ids are written as positions in the graph's `verdicts`: some are in dozens of places.
    """
    # The lists are filled directly: `add_node` and `add_edge` look through all that is there, each time.
    net = Network(directed=True)
    positions = {path: number for number, path in enumerate(graph.graph["verdicts"])}
    for name, node in graph.nodes(data=True):
        net.nodes.append(_node(name, node, positions))
        for side, degree, offset in (
            ("in", graph.in_degree(name), -0.5),
            ("out", graph.out_degree(name), 0.5),
        ):
            if degree:
                net.nodes.append(_point(f"{side}:{name}", node["x"] + offset * node["width"], node["y"]))
    for start, end, edge in graph.edges(data=True):
        _add_edge(net, start, end, {**edge, "trunk": graph.nodes[end]["lane"] in TRUNK}, positions)
    net.node_ids = [node["id"] for node in net.nodes]
    return net


def _node(name: str, node: dict[str, Any], positions: dict[str, int]) -> dict[str, Any]:
    told = {
        key: node[key]
        for key in ("kind", "detail", "title", "state", "width", "height", "verdicts", "change", "touched")
    }
    options: dict[str, Any] = Node(
        name,
        "custom",
        node["label"],
        x=round(node["x"], 1),
        y=round(node["y"], 1),
        paths=[positions[path] for path in node["path_ids"]],
        **told,
    ).options
    return options


def _point(name: str, x: float, y: float) -> dict[str, Any]:
    options: dict[str, Any] = Node(name, "custom", "", x=round(x, 1), y=round(y, 1), kind="point").options
    return options


def _add_edge(net: Network, start: str, end: str, edge: dict[str, Any], positions: dict[str, int]) -> None:
    name = edge_id(start, end)
    told = {key: edge[key] for key in ("label", "title", "verdict", "verdicts", "change", "trunk")}
    told["paths"] = [positions[path] for path in edge["path_ids"]]
    points = [_point(f"point:{number}:{name}", x, y) for number, (x, y) in enumerate(edge["via"])]
    net.nodes += points
    stops = [f"out:{start}", *(point["id"] for point in points), f"in:{end}"]
    for number, (one, other) in enumerate(pairwise(stops)):
        options = Edge(one, other, directed=True, id=f"{number}:{name}", edge=name, **told).options
        options |= {"labelX": round(edge["label_x"], 1), "labelY": round(edge["label_y"], 1)}
        if number < len(points):
            options |= {"arrows": "", "label": ""}
        net.edges.append(options)


def edge_id(start: str, end: str) -> str:
    """The name of an edge in the drawing."""
    return json.dumps([start, end], ensure_ascii=False)
