"""A picture as a document of its own, and as a part of a page."""

from core.gates import Verdict
from core.graph import WORDS, Graph
from core.graph.words import counts_of, goals
from core.render.svg.heading import Head
from core.render.svg.looks import Theme, style
from core.render.svg.markup import Markup, element, number, portable
from core.render.svg.picture import Picture
from core.text import count

_MARGIN = 20.0


def svg(graph: Graph, *, title: str = "Ingress traffic paths", note: str = "", theme: Theme = "auto") -> str:
    """A whole SVG document of a graph made by `core.graph.build`.

    Args:
        graph: What to draw.
        title: Its heading, and its name for who can't see it.
        note: What to say below the heading, such as `Part.note`.
        theme: `auto` follows the viewer's scheme.
    """
    picture = Picture(graph)
    left, width = picture.left - _MARGIN, picture.right - picture.left + 2 * _MARGIN
    head = Head(left + _MARGIN, width - 2 * _MARGIN)
    head.line(title, 18, bold=True)
    head.line(summary(graph), 12.5, colour="muted")
    for one in filter(None, (note, graph.graph.get("note"))):
        head.line(one, 12.5, bold=True)
    head.legend(graph)
    body = picture.body()
    top = picture.top - head.height - 16
    height = picture.bottom - top + _MARGIN
    heading = element("g", head.parts, transform=f"translate(0 {number(top)})")
    drawn = element(
        "svg",
        element("title", title, id="title"),
        element("desc", summary(graph), id="desc"),
        element("style", Markup(style(theme))),
        element("rect", x=left, y=top, width=width, height=height, class_="f-back"),
        heading,
        body,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=" ".join(map(number, (left, top, width, height))),
        width=width,
        height=height,
        class_="wp",
        role="img",
        aria_labelledby="title desc",
    )
    return portable(f'<?xml version="1.0" encoding="UTF-8"?>\n{drawn}\n')


def figure(graph: Graph, *, title: str) -> Markup:
    """The drawing alone, for a page that has `style()` and a legend."""
    picture = Picture(graph)
    left, width = picture.left - 4, picture.right - picture.left + 8
    height = picture.bottom - picture.top + 8
    return element(
        "svg",
        element("title", title),
        element("desc", summary(graph)),
        picture.body(),
        viewBox=" ".join(map(number, (left, picture.top - 4, width, height))),
        width=width,
        height=height,
        class_="wp",
        role="img",
        aria_label=f"{title}. {summary(graph)}",
    )


def summary(graph: Graph) -> str:
    """The graph in a sentence, for who can't see it."""
    counts = counts_of(graph)
    if not counts:
        return "No path to draw."
    counted = ", ".join(f"{counts[verdict]:,} {WORDS[verdict]}" for verdict in Verdict if counts[verdict])
    return f"{count(counts.total(), 'path')} to {goals(graph)}: {counted}."
