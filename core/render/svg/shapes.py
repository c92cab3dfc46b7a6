"""The shapes of a picture, and the sizes of what is written in them."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from core.render.svg.fitting import fitted
from core.render.svg.looks import ICONS
from core.render.svg.markup import Markup, element, number

LABEL, DETAIL, SIDE, PILL = 13.0, 11.0, 12.0, 11.0
"""Sizes of text: of a node's name, of the line below it, of the name in a node of one line, and of an edge's label."""
RADIUS = 7
DIMMED_NODE, DIMMED_LINE = 0.55, 0.36


def write(
    text: str,
    x: float,
    y: float,
    size: float,
    *,
    colour: str = "text",
    bold: bool = False,
    anchor: str | None = None,
    room: float | None = None,
    title: str = "",
) -> Markup:
    """`text` with its middle at the height `y`."""
    shown = text if room is None else fitted(text, size, room, bold=bold)
    return element(
        "text",
        shown,
        element("title", title) if title and shown != text else None,
        x=x,
        y=y + size * 0.35,
        font_size=size,
        font_weight=600 if bold else None,
        text_anchor=anchor,
        class_=colour if colour.startswith("t-") else f"f-{colour}",
    )


def box(x: float, y: float, width: float, height: float, radius: float, **more: Any) -> Markup:
    """A rounded box from its upper left corner."""
    return element("rect", x=x, y=y, width=width, height=height, rx=radius, **more)


def icon(name: str, at: tuple[float, float], size: float, colour: str, width: float = 1.4) -> Markup:
    """An icon of `size` with its upper left corner `at` a place."""
    painted = colour.replace("t-", "st-", 1) if colour.startswith("t-") else f"s-{colour}"
    return element(
        "path",
        d=ICONS[name],
        class_=f"i {painted}",
        stroke_width=width * 16 / size,
        transform=f"translate({point(*at)}) scale({number(size / 16)})",
    )


def point(x: float, y: float) -> str:
    """A place as a path writes it."""
    return f"{number(x)} {number(y)}"


def curve(points: Sequence[tuple[float, float]]) -> str:
    """A line through `points` that leaves and meets each of them horizontally."""
    parts = [f"M{point(*points[0])}"]
    for (x, y), (to_x, to_y) in pairwise(points):
        if y == to_y:
            parts.append(f"H{number(to_x)}")
        else:
            middle = number((x + to_x) / 2)
            parts.append(f"C{middle} {number(y)} {middle} {number(to_y)} {point(to_x, to_y)}")
    return "".join(parts)


def inset(node: Mapping[str, Any]) -> float:
    """Where the text of a node starts."""
    if node["kind"] == "end":
        return 22
    return (34 if node["height"] >= 30 else 29) + (6 if node["kind"] == "service" else 0)
