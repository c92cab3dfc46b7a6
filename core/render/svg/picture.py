"""Where everything is in a picture, and what is around its nodes."""

from collections.abc import Iterator

from core.graph import Band, Graph, Lane, layout_of
from core.render.svg.columns import Columns
from core.render.svg.fitting import text_width
from core.render.svg.lines import Lines
from core.render.svg.markup import Markup, element, number
from core.render.svg.nodes import Nodes
from core.render.svg.shapes import box, write

_HEADER = 34.0
_TALL = 1000.0
"""The height from which the lanes' names are written below the picture too."""
_ORDER = {"same": 0, "": 1, "leaving": 2, "arriving": 3}


class Picture:
    """Where everything is in the picture, and the elements that draw it."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.layout = layout_of(graph)
        self.x = Columns(graph)
        self.left, self.right = self.x(self.layout.left), self.x(self.layout.right)
        self.top = self.layout.top - _HEADER - 10
        self.tall = self.layout.bottom - self.layout.top > _TALL
        self.bottom = self.layout.bottom + (_HEADER if self.tall else 0) + (0 if len(graph) else 40)

    def body(self) -> Markup:
        """All of it, what lies below first."""
        nodes = Nodes(self.x, self.layout.lanes)
        lines = Lines(self.x, self.graph)
        edges = sorted(lines.all, key=lambda edge: _ORDER[edge[2]["change"]])
        empty = None if len(self.graph) else write("No path to draw.", self.left, self.layout.top + 20, 13)
        return element(
            "g",
            [self._band(band) for band in self.layout.bands],
            [lines.bus(bus) for bus in self.graph.graph["buses"]],
            [lines.draw(*edge) for edge in edges],
            [nodes.draw(node) for _, node in self.graph.nodes(data=True) if not node["only_before"]],
            [lines.pill(edge) for _, _, edge in edges if edge["label"]],
            self._lanes(self.top, self.top + _HEADER),
            self._lanes(self.bottom, self.layout.bottom + 6) if self.tall else None,
            empty,
        )

    # --- What is around the nodes --------------------------------------------------------------------------------

    def _lanes(self, edge: float, line: float) -> Iterator[Markup]:
        """The lanes' names between `edge` and a hairline."""
        middle = (edge + line) / 2 + (2 if line < edge else -2)
        for lane in self.layout.lanes:
            yield write(
                lane.title,
                self.x(lane.x),
                middle,
                12.5,
                colour="muted",
                bold=True,
                anchor="middle",
                room=self._room(lane),
            )
        yield element(
            "path", d=f"M{number(self.left)} {number(line)}H{number(self.right)}", class_="l s-hairline"
        )

    def _room(self, lane: Lane) -> float:
        return self.x(lane.x + lane.width / 2) - self.x(lane.x - lane.width / 2) + 30

    def _band(self, band: Band) -> Iterator[Markup]:
        left, right = self.x(band.left), self.x(band.right)
        yield box(left, band.top, right - left, band.bottom - band.top, 10, class_="f-band")
        yield write("namespace", left + 12, band.top + 14, 11, colour="muted")
        start = left + 20 + text_width("namespace", 11)
        yield write(
            band.title or "(none)",
            start,
            band.top + 14,
            12,
            bold=True,
            room=right - start - 12,
            title=band.title,
        )
