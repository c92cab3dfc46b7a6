"""The lines between nodes, and what is written on them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.graph import Graph
from core.render.svg.columns import TRUNK, Columns
from core.render.svg.fitting import fitted, text_width
from core.render.svg.looks import LOOKS, SEVERAL, dashed
from core.render.svg.markup import Markup, element, number
from core.render.svg.shapes import DIMMED_LINE, DIMMED_NODE, PILL, box, curve, point, write

_Edge = tuple[str, str, Mapping[str, Any]]


class Lines:
    """Draws the edges of a graph."""

    def __init__(self, x: Columns, graph: Graph) -> None:
        self.x = x
        self.graph = graph

    @property
    def all(self) -> Iterator[_Edge]:
        """All lines: where an edge has several, each of them."""
        for start, end, edge in self.graph.edges(data=True):
            for one in edge.get("strands", (edge,)):
                yield start, end, one

    def draw(self, start: str, end: str, edge: Mapping[str, Any]) -> Markup:
        nodes = self.graph.nodes
        verdict = edge["verdict"] or SEVERAL
        trunk = nodes[end]["lane"] in TRUNK
        arriving = edge["change"] == "arriving"
        plain = 2.6 if edge["verdict"] and not trunk else 1.7
        width = max(edge.get("thickness", plain), 5.0 if arriving else 0.0)
        head = 13.0 if arriving else 7.0 if trunk else 10.0
        dashes: Sequence[int] = () if trunk else LOOKS[verdict].dashes
        if edge["change"] == "leaving":
            dashes = (2, 5)
        offset = edge.get("offset", 0.0)
        tip = (self.x(nodes[end]["x"] - nodes[end]["width"] / 2), nodes[end]["y"] + offset)
        origin = (self.x(nodes[start]["x"] + nodes[start]["width"] / 2), nodes[start]["y"])
        points = [
            (self.x(edge["bus"]), tip[1]) if "bus" in edge else origin,
            *((self.x(x), y) for x, y in edge["via"]),
            (tip[0] - head * 0.8, tip[1]),
        ]
        return element(
            "g",
            element("title", edge["title"]),
            element(
                "path",
                d=curve(points),
                class_=f"l s-{verdict}",
                stroke_width=width,
                stroke_dasharray=dashed(dashes),
            ),
            element(
                "path",
                d=f"M{point(*tip)}l{number(-head)} {number(-head * 0.45)}v{number(head * 0.9)}z",
                class_=f"f-{verdict}",
            ),
            opacity=DIMMED_LINE if edge["change"] == "same" else None,
        )

    def bus(self, bus: Mapping[str, Any]) -> Markup:
        """The line of a gateway along the rows."""
        x = number(self.x(bus["x"]))
        line = (
            f"M{point(self.x(bus['start']), bus['y'])}H{x}M{x} {number(bus['top'])}V{number(bus['bottom'])}"
        )
        same = self.graph.nodes[bus["node"]]["change"] == "same"
        return element(
            "path",
            d=line,
            class_=f"l s-{bus['verdict'] or SEVERAL}",
            stroke_width=2,
            opacity=DIMMED_LINE if same else None,
        )

    def pill(self, edge: Mapping[str, Any]) -> Markup:
        """The label of an edge: a share, a weight, a word."""
        verdict = edge["verdict"] or SEVERAL
        text = fitted(edge["label"], PILL, 150, bold=True)
        width = text_width(text, PILL, bold=True) + 10
        x, y = self.x(edge["label_x"]), edge["label_y"]
        return element(
            "g",
            element("title", edge["title"]),
            box(x - width / 2, y - 8.5, width, 17, 8.5, class_=f"f-back s-{verdict}"),
            write(text, x, y, PILL, colour=f"t-{verdict}", bold=True, anchor="middle"),
            opacity=DIMMED_NODE if edge["change"] == "same" else None,
        )
