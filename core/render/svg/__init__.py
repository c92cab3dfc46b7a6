"""The lanes picture as SVG text: what `core.graph` lays out, in the shapes, colours and lines of the dashboard.

An SVG file stands alone: title, legend and style sheet are in it, it follows the viewer's light or dark scheme, and a
program that knows no style variables draws it light. A page that shows several pictures takes `figure`, and `style`
and `sample` once. Names come from the source: `element` makes text of whatever is not markup already.
"""

from core.render.svg.document import figure, summary, svg
from core.render.svg.fitting import fitted, text_width
from core.render.svg.heading import CHANGES
from core.render.svg.looks import ICONS, LOOKS, SEVERAL, Look, Theme, sample, small, style
from core.render.svg.markup import Child, Markup, element, number, portable, text_of
from core.render.svg.part import MAX_PATHS, MAX_ROWS, Part, by_row, within

__all__ = [
    "CHANGES",
    "ICONS",
    "LOOKS",
    "MAX_PATHS",
    "MAX_ROWS",
    "SEVERAL",
    "Child",
    "Look",
    "Markup",
    "Part",
    "Theme",
    "by_row",
    "element",
    "figure",
    "fitted",
    "number",
    "portable",
    "sample",
    "small",
    "style",
    "summary",
    "svg",
    "text_of",
    "text_width",
    "within",
]
