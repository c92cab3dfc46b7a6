"""The lanes picture as SVG text: what `core.graph` lays out, in the shapes, colours and lines of the dashboard.

An SVG file stands alone: title, legend and style sheet are in it, it follows the viewer's light or dark scheme, and a
program that knows no style variables draws it light. A page that shows several pictures takes `figure`, and `style`
and `sample` once. Names come from the source: `element` makes text of whatever is not markup already.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import Any, Literal, TypeAlias
from unicodedata import combining, east_asian_width

from core.gates import Verdict
from core.graph import MEANINGS, WORDS, Graph, Lane, layout_of
from core.model import ObjectRef, Row
from core.paths import Path
from core.terminal import visible

Theme: TypeAlias = Literal["auto", "light", "dark"]

MAX_ROWS, MAX_PATHS = 150, 1500
"""The most services and the most paths of one picture."""

# --- Markup ----------------------------------------------------------------------------------------------------------


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


Child: TypeAlias = "str | Iterable[Child] | None"

_EMPTY = frozenset({"circle", "line", "meta", "path", "rect"})
"""Elements without an end tag, in HTML and in XML."""


def element(tag: str, *children: Child, **attributes: str | float | None) -> Markup:
    """An element of SVG or HTML; text and attributes are escaped, children and attributes that are None left out.

    `class_` and `for_` are written so since they are words of Python; `aria_label` becomes `aria-label`.

    Raises:
        ValueError: An attribute would run a script, or lead out of the document.
    """
    given = []
    for name, value in attributes.items():
        if value is None:
            continue
        plain = name.rstrip("_").replace("_", "-")
        text = value if isinstance(value, str) else number(value)
        if plain.startswith("on") or (plain in {"href", "src"} and not text.startswith("#")):
            raise ValueError(f"no document has {plain}={text!r}")
        given.append(f' {plain}="{text_of(text)}"')
    start = f"<{tag}{''.join(given)}"
    if tag in _EMPTY:
        return Markup(f"{start}/>")
    return Markup(f"{start}>{''.join(_flat(children))}</{tag}>")


def _flat(children: Iterable[Child]) -> Iterator[str]:
    for child in children:
        if child is None:
            continue
        if isinstance(child, str):
            yield child if isinstance(child, Markup) else text_of(child)
        else:
            yield from _flat(child)


def text_of(text: str) -> Markup:
    """`text` as text of a document: no markup, no control characters, nothing that reorders what is beside it."""
    return Markup(escape(visible(text)))


def number(value: float) -> str:
    """A length, without more digits than can be seen."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def portable(document: str) -> str:
    """`document` in ASCII, other characters as references: it can be written in any encoding."""
    return document.encode("ascii", "xmlcharrefreplace").decode("ascii")


# --- Looks -----------------------------------------------------------------------------------------------------------


class Look(Row):
    """How a verdict looks: line and text colour, light and dark, the dashes of its line, and the mark at its end."""

    light: tuple[str, str]
    dark: tuple[str, str]
    dashes: Sequence[int] = ()
    mark: str = "arrow"


_BLUE = (("#0068A8", "#0065A3"), ("#5AB4F0", "#5AB4F0"))
_GREEN = (("#007F5C", "#007353"), ("#35D6A4", "#35D6A4"))
_ORANGE = (("#C27100", "#8F5400"), ("#F0A41C", "#F0A41C"))
_PURPLE = (("#A8487F", "#9C3F74"), ("#DE8FBB", "#DE8FBB"))
_BLACK = (("#353B45", "#353B45"), ("#E6EAF0", "#E6EAF0"))
_RED = (("#B3200C", "#A81E0C"), ("#FF6B52", "#FF6B52"))
_GREY = (("#5F6874", "#5F6874"), ("#98A2AF", "#98A2AF"))

SEVERAL = "several"
"""Stands for the verdict of what paths of several verdicts share."""

LOOKS: Mapping[str, Look] = {
    Verdict.WAYPOINT: Look(light=_BLUE[0], dark=_BLUE[1]),
    Verdict.WORKLOAD_WAYPOINT: Look(light=_GREEN[0], dark=_GREEN[1], dashes=(16, 4)),
    Verdict.DIRECT: Look(light=_ORANGE[0], dark=_ORANGE[1], dashes=(8, 5)),
    Verdict.VIP_DIRECT: Look(light=_PURPLE[0], dark=_PURPLE[1], dashes=(11, 4, 2, 4)),
    Verdict.SPLIT: Look(light=_BLACK[0], dark=_BLACK[1], dashes=(14, 3, 2, 3, 2, 3), mark="fork"),
    Verdict.BLACKHOLE: Look(light=_RED[0], dark=_RED[1], mark="cross"),
    Verdict.NO_ENDPOINTS: Look(light=_RED[0], dark=_RED[1], dashes=(5, 4), mark="empty"),
    Verdict.INVALID: Look(light=_RED[0], dark=_RED[1], dashes=(2, 3), mark="question"),
    SEVERAL: Look(light=_GREY[0], dark=_GREY[1], mark=""),
}
"""The looks of the dashboard, by verdict."""

PAPER: Mapping[str, tuple[str, str]] = {
    "back": ("#ffffff", "#171614"),
    "text": ("#2f2d2b", "#edebe8"),
    "muted": ("#61605e", "#bab8b5"),
    "border": ("#979695", "#82817e"),
    "hairline": ("#dedddd", "#393836"),
    "band": ("#f6f6f5", "#262523"),
    "card": ("#ffffff", "#2c2b29"),
}
"""All other colours, light and dark."""

ICONS: Mapping[str, str] = {
    "client": "M8 8a2.8 2.8 0 1 0 0-5.6A2.8 2.8 0 0 0 8 8ZM2.7 13.6c.5-2.6 2.6-4 5.3-4s4.8 1.4 5.3 4",
    "gateway": "M2.5 14V7.5a5.5 5.5 0 0 1 11 0V14M6.2 14V8.6a1.8 1.8 0 0 1 3.6 0V14M1 14h14",
    "listener": "M8 13.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM8 9.6a1.6 1.6 0 1 0 0-3.2 1.6 1.6 0 0 0 0 3.2Z",
    "route": "M1.5 8H5l4-4h5M5 8l4 4h5M12 1.8 14.2 4 12 6.2M12 9.8l2.2 2.2-2.2 2.2",
    "service": "M8 1.8l5.4 3.1v6.2L8 14.2l-5.4-3.1V4.9Z",
    "ztunnel": "M4.5 4.2h7a3.8 3.8 0 0 1 0 7.6h-7a3.8 3.8 0 0 1 0-7.6ZM4.5 4.2a3.8 3.8 0 0 1 0 7.6",
    "waypoint": "M8 1.5 14.5 8 8 14.5 1.5 8ZM5.4 8h5M8.4 6l2 2-2 2",
    "endpoints": "M5.5 2H14v8.5H5.5ZM2 5.5V14h8.5",
    "cross": "M3.5 3.5l9 9M12.5 3.5l-9 9",
    "empty": "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM4 12 12 4",
    "question": "M5.4 5.8a2.7 2.7 0 1 1 4 2.4c-1 .6-1.4 1.1-1.4 2M8 13.2v.3",
}
"""Strokes on a grid of 16 by 16."""

_MARKS = {
    "arrow": "M26 3.2 33 7l-7 3.8Z",
    "fork": "M26 7l7-4.5M26 7l7 4.5",
    "cross": "M27 2.5l8 9M35 2.5l-8 9",
    "empty": "M31.5 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM28.7 9.8l5.6-5.6",
    "question": "M29.3 4.8a2.2 2.2 0 1 1 3.2 2c-.8.4-1 .8-1 1.5M31.5 11v.8",
}
"""The ends of lines in a legend, on 37 by 14."""

FONT = "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"


def style(theme: Theme = "auto") -> str:
    """The style sheet of pictures: custom properties `--wp-…` on the root, and the rules that use them."""
    rules = [f":root{{{_variables(dark=theme == 'dark')}background:var(--wp-back)}}"]
    if theme == "auto":
        dark = _variables(dark=True)
        rules.append(f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}")
    rules.append(
        f".wp text{{font-family:{FONT}}}.wp .l{{fill:none}}.wp .i{{fill:none;stroke-linecap:round;stroke-linejoin:round}}"
    )
    at = 1 if theme == "dark" else 0
    for name, pair in PAPER.items():
        rules.append(_paint(f".wp .f-{name}", "fill", name, pair[at]))
        rules.append(_paint(f".wp .s-{name}", "stroke", name, pair[at]))
    for verdict, look in LOOKS.items():
        line, text = look.dark if at else look.light
        rules.append(_paint(f".wp .f-{verdict}", "fill", verdict, line))
        rules.append(_paint(f".wp .s-{verdict}", "stroke", verdict, line))
        rules.append(_paint(f".wp .t-{verdict}", "fill", f"{verdict}-text", text))
        rules.append(_paint(f".wp .st-{verdict}", "stroke", f"{verdict}-text", text))
    return "\n".join(rules)


def _variables(*, dark: bool) -> str:
    found = {name: pair[1 if dark else 0] for name, pair in PAPER.items()}
    for verdict, look in LOOKS.items():
        found[verdict], found[f"{verdict}-text"] = look.dark if dark else look.light
    return "".join(f"--wp-{name}:{colour};" for name, colour in found.items())


def _paint(selector: str, what: str, variable: str, plain: str) -> str:
    """A rule with the plain colour first, for programs that know no variables."""
    return f"{selector}{{{what}:{plain};{what}:var(--wp-{variable})}}"


def sample(verdict: str) -> Markup:
    """A piece of the line of `verdict` with its end mark, as a small picture in a page."""
    return small(_sample(verdict))


def small(drawn: Markup) -> Markup:
    """A sample of a line as a picture of its own."""
    return element("svg", drawn, viewBox="0 0 37 14", width=37, height=14, class_="wp", aria_hidden="true")


def _sample(verdict: str, *, width: float = 2.6, dashes: Sequence[int] | None = None) -> Markup:
    look = LOOKS[verdict]
    dashed = _dashed(look.dashes if dashes is None else dashes)
    line = element(
        "path",
        d="M1 7h25" if look.mark else "M1 7h34",
        class_=f"l s-{verdict}",
        stroke_width=width,
        stroke_dasharray=dashed,
    )
    if not look.mark:
        return line
    if look.mark == "arrow":
        return element("g", line, element("path", d=_MARKS["arrow"], class_=f"f-{verdict}"))
    mark = element("path", d=_MARKS[look.mark], class_=f"l s-{verdict}", stroke_width=2)
    return element("g", line, mark)


def _dashed(dashes: Sequence[int]) -> str | None:
    return " ".join(map(str, dashes)) or None


# --- Text that fits --------------------------------------------------------------------------------------------------

_NARROW = frozenset(" !'\"(),-./:;I[\\]`fijlrt|")
_WIDE = frozenset("mW@%")
_BROAD = frozenset("Mw#<>=+~^")


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """An upper bound of the width of `text`, whichever of the usual fonts draws it."""
    return sum(map(_em, text)) * size * (1.13 if bold else 1)


def _em(char: str) -> float:
    if char in _NARROW:
        return 0.44
    if char in _WIDE:
        return 1.03
    if char in _BROAD:
        return 0.86
    if char.isascii():
        return 0.8 if char.isupper() or char == "&" else 0.65
    if combining(char):
        return 0
    return 1.4 if east_asian_width(char) in "WF" else 1.1


def fitted(text: str, size: float, width: float, *, bold: bool = False) -> str:
    """`text` as far as it fits, with an ellipsis in its middle, since names differ at their ends."""
    if text_width(text, size, bold=bold) <= width:
        return text
    least, most = 0, len(text)
    while least < most:
        kept = (least + most + 1) // 2
        if text_width(_shortened(text, kept), size, bold=bold) <= width:
            least = kept
        else:
            most = kept - 1
    return _shortened(text, least)


def _shortened(text: str, kept: int) -> str:
    head = -(-kept * 3 // 5)
    return f"{text[:head]}…{text[len(text) - (kept - head) :]}"


# --- The part that is drawn ------------------------------------------------------------------------------------------


class Part(Row):
    """Paths to draw in one picture, `before` for a difference. `note` says what is left out, empty if nothing is."""

    paths: Sequence[Path]
    before: Mapping[str, Path] | None = None
    note: str = ""


def within(
    paths: Sequence[Path],
    before: Mapping[str, Path] | None = None,
    *,
    changed: Iterable[str] = (),
    rows: int = MAX_ROWS,
    most: int = MAX_PATHS,
    hint: str = "",
) -> Part:
    """As much of the paths as one picture can show, and what to say of the rest.

    Args:
        paths: All that there are, after.
        before: The same by id as they were, for a difference.
        changed: The ids of paths that end otherwise. Where not all services can be shown, only theirs are.
        rows: The most services.
        most: The most paths.
        hint: How a reader gets to see others: `filter with --service`.
    """
    by_service = by_row(paths, before)
    every = len(by_service)
    total = sum(map(len, by_service.values()))
    if every <= rows and total <= most:
        return Part(paths=paths, before=before)
    wanted = frozenset(changed)
    if wanted:
        by_service = {ref: ids for ref, ids in by_service.items() if not wanted.isdisjoint(ids)}
    shown: dict[str, None] = {}
    for ids in list(by_service.values())[:rows]:
        shown.update(dict.fromkeys(list(ids)[: most - len(shown)]))
    note = _left_out(len(by_service), every, rows, most, total=total, shown=len(shown), changed=bool(wanted))
    chosen = [path for path in paths if path.id in shown]
    old = None if before is None else {name: path for name, path in before.items() if name in shown}
    return Part(paths=chosen, before=old, note=f"{note}; {hint}." if hint else f"{note}.")


def by_row(
    paths: Sequence[Path], before: Mapping[str, Path] | None = None
) -> Mapping[ObjectRef, Mapping[str, None]]:
    """Service → the ids of its paths, in the order of the rows: by namespace, name and kind."""
    found: dict[ObjectRef, dict[str, None]] = {}
    for path in [*paths, *(before or {}).values()]:
        found.setdefault(path.service_ref, {})[path.id] = None
    ordered = sorted(found, key=lambda ref: (ref.namespace, ref.name, ref.kind))
    return {ref: found[ref] for ref in ordered}


def _left_out(
    candidates: int, every: int, rows: int, most: int, *, total: int, shown: int, changed: bool
) -> str:
    which = " with a changed path" if changed else ""
    if shown == most:
        return f"Drawn are the first {_count(shown, 'path')} of {total:,}, by namespace and name of their services"
    if candidates <= rows:
        return f"Drawn are the {_count(candidates, 'service')}{which}, of {every:,} in all"
    note = f"Drawn are the first {rows:,} of {_count(candidates, 'service')}{which}, by namespace and name"
    return f"{note}; there are {every:,} in all" if changed else note


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


# --- The picture -----------------------------------------------------------------------------------------------------

_MARGIN, _HEADER = 20.0, 34.0
_RADIUS = 7
_LABEL, _DETAIL, _SIDE, _PILL = 13.0, 11.0, 12.0, 11.0
"""Sizes of text: of a node's name, of the line below it, of the name in a node of one line, and of an edge's label."""
_MOST = 270.0
"""The greatest width to which a lane is widened for the names in it."""
_TALL = 1000.0
"""The height from which the lanes' names are written below the picture too."""
_TRUNK = ("gateway", "listener", "route")
_ENDS = {"blackhole": "cross", "no-endpoints": "empty", "invalid": "question"}
_DIMMED_NODE, _DIMMED_LINE = 0.55, 0.36
_ORDER = {"same": 0, "": 1, "leaving": 2, "arriving": 3}


def svg(graph: Graph, *, title: str = "Ingress traffic paths", note: str = "", theme: Theme = "auto") -> str:
    """A whole SVG document of a graph made by `core.graph.build`.

    Args:
        graph: What to draw.
        title: Its heading, and its name for who can't see it.
        note: What to say below the heading, such as `Part.note`.
        theme: `auto` follows the viewer's scheme.
    """
    picture = _Picture(graph)
    left, width = picture.left - _MARGIN, picture.right - picture.left + 2 * _MARGIN
    head = _Head(left + _MARGIN, width - 2 * _MARGIN)
    head.line(title, 18, bold=True)
    head.line(summary(graph), 12.5, colour="muted")
    if note:
        head.line(note, 12.5, bold=True)
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
    picture = _Picture(graph)
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
    values = list(graph.graph["verdicts"].values())
    if not values:
        return "No path to draw."
    services = sum(node["kind"] == "service" for _, node in graph.nodes(data=True))
    counted = ", ".join(
        f"{values.count(str(verdict)):,} {WORDS[verdict]}" for verdict in Verdict if str(verdict) in values
    )
    return f"{_count(len(values), 'path')} to {_count(services, 'service')}: {counted}."


class _Columns:
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
                fan = _fan(graph) if lane.name in _TRUNK else 0.0
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
        size = _LABEL if node["height"] >= 30 else _SIDE
        width = text_width(node["label"], size, bold=True)
        if node["height"] >= 30:
            width = max(width, text_width(node["detail"], _DETAIL))
        found[node["lane"]] = max(found.get(node["lane"], 0.0), width + _inset(node) + 12)
    return found


def _inset(node: Mapping[str, Any]) -> float:
    """Where the text of a node starts."""
    if node["kind"] == "end":
        return 22
    return (34 if node["height"] >= 30 else 29) + (6 if node["kind"] == "service" else 0)


def _fan(graph: Graph) -> float:
    """The width that lines need to fan out over the whole height."""
    layout = layout_of(graph)
    return min((layout.bottom - layout.top) * 0.05, 140.0)


def _between(graph: Graph, left: float, right: float) -> float:
    """The width that the labels of edges take between two lanes, each at its place there."""
    wanted = 0.0
    for _, _, edge in graph.edges(data=True):
        if edge["label"] and not edge["via"] and left < edge["label_x"] < right:
            share = (edge["label_x"] - left) / (right - left)
            half = (text_width(edge["label"], _PILL, bold=True) + 10) / 2 + 5
            wanted = max(wanted, half / min(share, 1 - share))
    return min(wanted, _MOST)


class _Picture:
    """Where everything is in the picture, and the elements that draw it."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.layout = layout_of(graph)
        self.x = _Columns(graph)
        self.left, self.right = self.x(self.layout.left), self.x(self.layout.right)
        self.top = self.layout.top - _HEADER - 10
        self.tall = self.layout.bottom - self.layout.top > _TALL
        self.bottom = self.layout.bottom + (_HEADER if self.tall else 0) + (0 if len(graph) else 40)

    def body(self) -> Markup:
        """All of it, what lies below first."""
        edges = sorted(self.graph.edges(data=True), key=lambda edge: _ORDER[edge[2]["change"]])
        empty = (
            None if len(self.graph) else self._text("No path to draw.", self.left, self.layout.top + 20, 13)
        )
        return element(
            "g",
            [self._band(band) for band in self.layout.bands],
            [self._edge(*edge) for edge in edges],
            [self._node(node) for _, node in self.graph.nodes(data=True)],
            [self._pill(edge) for _, _, edge in edges if edge["label"]],
            self._lanes(self.top, self.top + _HEADER),
            self._lanes(self.bottom, self.layout.bottom + 6) if self.tall else None,
            empty,
        )

    # --- What is around the nodes --------------------------------------------------------------------------------

    def _lanes(self, edge: float, line: float) -> Iterator[Markup]:
        """The lanes' names between `edge` and a hairline."""
        middle = (edge + line) / 2 + (2 if line < edge else -2)
        for lane in self.layout.lanes:
            yield self._text(
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

    def _band(self, band: Any) -> Iterator[Markup]:
        left, right = self.x(band.left), self.x(band.right)
        yield _box(left, band.top, right - left, band.bottom - band.top, 10, class_="f-band")
        yield self._text("namespace", left + 12, band.top + 14, 11, colour="muted")
        start = left + 20 + text_width("namespace", 11)
        yield self._text(
            band.title or "(none)",
            start,
            band.top + 14,
            12,
            bold=True,
            room=right - start - 12,
            title=band.title,
        )

    def _text(
        self,
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

    # --- Edges ---------------------------------------------------------------------------------------------------

    def _edge(self, start: str, end: str, edge: Mapping[str, Any]) -> Markup:
        nodes = self.graph.nodes
        verdict = edge["verdict"] or SEVERAL
        trunk = nodes[end]["lane"] in _TRUNK
        arriving = edge["change"] == "arriving"
        width = 5.0 if arriving else 2.6 if edge["verdict"] and not trunk else 1.7
        head = 13.0 if arriving else 7.0 if trunk else 10.0
        dashes: Sequence[int] = () if trunk else LOOKS[verdict].dashes
        if edge["change"] == "leaving":
            dashes = (2, 5)
        tip = (self.x(nodes[end]["x"] - nodes[end]["width"] / 2), nodes[end]["y"])
        points = [
            (self.x(nodes[start]["x"] + nodes[start]["width"] / 2), nodes[start]["y"]),
            *((self.x(x), y) for x, y in edge["via"]),
            (tip[0] - head * 0.8, tip[1]),
        ]
        return element(
            "g",
            element("title", edge["title"]),
            element(
                "path",
                d=_curve(points),
                class_=f"l s-{verdict}",
                stroke_width=width,
                stroke_dasharray=_dashed(dashes),
            ),
            element(
                "path",
                d=f"M{_point(*tip)}l{number(-head)} {number(-head * 0.45)}v{number(head * 0.9)}z",
                class_=f"f-{verdict}",
            ),
            opacity=_DIMMED_LINE if edge["change"] == "same" else None,
        )

    def _pill(self, edge: Mapping[str, Any]) -> Markup:
        """The label of an edge: a share, a weight, a word."""
        verdict = edge["verdict"] or SEVERAL
        text = fitted(edge["label"], _PILL, 150, bold=True)
        width = text_width(text, _PILL, bold=True) + 10
        x, y = self.x(edge["label_x"]), edge["label_y"]
        return element(
            "g",
            element("title", edge["title"]),
            _box(x - width / 2, y - 8.5, width, 17, 8.5, class_=f"f-back s-{verdict}"),
            self._text(text, x, y, _PILL, colour=f"t-{verdict}", bold=True, anchor="middle"),
            opacity=_DIMMED_NODE if edge["change"] == "same" else None,
        )

    # --- Nodes ---------------------------------------------------------------------------------------------------

    def _node(self, node: Mapping[str, Any]) -> Iterator[Markup]:
        left = self.x(node["x"] - node["width"] / 2)
        width = self.x(node["x"] + node["width"] / 2) - left
        top, height = node["y"] - node["height"] / 2, node["height"]
        radius = height / 2 if node["kind"] in {"client", "end", "ztunnel"} else _RADIUS
        dimmed = node["change"] == "same" and not node["touched"]
        if dimmed:
            # Lines never shine through a node.
            yield _box(left, top, width, height, radius, class_="f-back")
        draw = self._end if node["kind"] == "end" else self._card
        yield element(
            "g",
            element("title", node["title"]),
            draw(node, left, top, width, radius),
            opacity=_DIMMED_NODE if dimmed else None,
        )

    def _end(
        self, node: Mapping[str, Any], left: float, top: float, width: float, radius: float
    ) -> Iterator[Markup]:
        """A black hole and its like: filled, with a mark and a word."""
        verdict = node["verdicts"][0] if node["verdicts"] else Verdict.BLACKHOLE
        middle = top + node["height"] / 2
        yield _box(left, top, width, node["height"], radius, class_=f"t-{verdict}")
        yield _icon(_ENDS.get(verdict, "cross"), (left + 7, middle - 5.5), 11, "back", 2)
        room = width - _inset(node) - 8
        yield self._text(
            node["label"], left + _inset(node), middle, 11.5, colour="back", bold=True, room=room
        )

    def _card(
        self, node: Mapping[str, Any], left: float, top: float, width: float, radius: float
    ) -> Iterator[Markup]:
        height, kind = node["height"], node["kind"]
        unused = node["state"] != ""
        passed = kind == "waypoint" and not unused
        verdict = node["verdicts"][0] if len(node["verdicts"]) == 1 else SEVERAL
        stacked = 4 if kind == "endpoints" and not unused else 0
        border = f"s-{verdict}" if passed else "s-border"
        looks: dict[str, Any] = {"class_": f"f-card {border}", "stroke_width": 2 if passed else 1.1}
        if unused:
            looks["stroke_dasharray"] = "3 3"
        for offset in range(stacked, 0, -2):
            yield _box(left + offset, top - offset, width - stacked, height, radius, **looks)
        yield _box(left, top, width - stacked, height, radius, **looks)
        if passed:
            yield _box(left, top, width, height, radius, class_=f"f-{verdict}", fill_opacity=0.13)
        if kind == "service":
            yield from self._stripes(node["verdicts"], left + 4, top + 5, height - 10)
        yield from self._words(node, left, top, width, f"t-{verdict}" if passed else "muted")

    def _words(
        self, node: Mapping[str, Any], left: float, top: float, width: float, accent: str
    ) -> Iterator[Markup]:
        """The icon and the one or two lines of a card."""
        height = node["height"]
        middle = top + height / 2
        side, size = (15, _LABEL) if height >= 30 else (12, _SIDE)
        inset = _inset(node)
        start, room = left + inset, width - inset - 10
        single = not node["detail"] or height < 30
        yield _icon(node["kind"], (start - side - 7, middle - side / 2), side, accent)
        colour = "muted" if node["state"] else "text"
        yield self._text(
            node["label"], start, middle - (0 if single else 7), size, colour=colour, bold=True, room=room
        )
        if not single:
            yield self._text(node["detail"], start, middle + 8.5, _DETAIL, colour="muted", room=room)

    def _stripes(self, verdicts: Sequence[str], x: float, y: float, height: float) -> Iterator[Markup]:
        """The verdicts of a service's paths at its left edge."""
        share = height / max(len(verdicts), 1)
        for position, verdict in enumerate(verdicts):
            yield element("rect", x=x, y=y + position * share, width=4, height=share, class_=f"f-{verdict}")


def _box(x: float, y: float, width: float, height: float, radius: float, **more: Any) -> Markup:
    return element("rect", x=x, y=y, width=width, height=height, rx=radius, **more)


def _icon(name: str, at: tuple[float, float], size: float, colour: str, width: float = 1.4) -> Markup:
    painted = colour.replace("t-", "st-", 1) if colour.startswith("t-") else f"s-{colour}"
    return element(
        "path",
        d=ICONS[name],
        class_=f"i {painted}",
        stroke_width=width * 16 / size,
        transform=f"translate({_point(*at)}) scale({number(size / 16)})",
    )


def _point(x: float, y: float) -> str:
    return f"{number(x)} {number(y)}"


def _curve(points: Sequence[tuple[float, float]]) -> str:
    """A line through `points` that leaves and meets each of them horizontally."""
    parts = [f"M{_point(*points[0])}"]
    for (x, y), (to_x, to_y) in pairwise(points):
        if y == to_y:
            parts.append(f"H{number(to_x)}")
        else:
            middle = number((x + to_x) / 2)
            parts.append(f"C{middle} {number(y)} {middle} {number(to_y)} {_point(to_x, to_y)}")
    return "".join(parts)


# --- Heading and legend ----------------------------------------------------------------------------------------------


class _Head:
    """Lines of text and the legend, one below the other, from the height 0 on."""

    def __init__(self, left: float, width: float) -> None:
        self.left = left
        self.width = width
        self.height = 10.0
        self.parts: list[Markup] = []

    def line(self, text: str, size: float, *, bold: bool = False, colour: str = "text") -> None:
        shown = fitted(visible(text), size, self.width, bold=bold)
        self.height += size * 0.85
        self.parts.append(_line(shown, (self.left, self.height), size, bold=bold, colour=colour))
        self.height += size * 0.85

    def legend(self, graph: Graph) -> None:
        """What is drawn and what it means: the verdicts, and beside them, where there is room, the other keys."""
        columns = [list(_verdict_keys(graph)), list(_other_keys(graph))]
        widths = [_Key.width(column) for column in columns]
        if self.left + sum(widths) + 40 > self.width:
            columns = [[*columns[0], *columns[1]]]
            widths = [self.width]
        x = self.left
        self.height += 8
        for column, width in zip(columns, widths, strict=True):
            said = x + 46 + max((text_width(key.word, 12, bold=True) for key in column), default=0) + 10
            for row, key in enumerate(column):
                y = self.height + row * 20 + 10
                self.parts.append(element("g", key.drawn, transform=f"translate({_point(x, y - 7)})"))
                self.parts.append(_line(key.word, (x + 46, y), 12, bold=True))
                self.parts.append(_line(key.said, (said, y), 11.5, colour="muted"))
            x += width + 40
        self.height += max(map(len, columns)) * 20


class _Key(Row):
    """An entry of the legend: a sample, its name, and what it means."""

    drawn: Markup
    word: str
    said: str

    @staticmethod
    def width(keys: Sequence["_Key"]) -> float:
        words = max((text_width(key.word, 12, bold=True) for key in keys), default=0)
        return 56 + words + max((text_width(key.said, 11.5) for key in keys), default=0)


def _verdict_keys(graph: Graph) -> Iterator[_Key]:
    values = list(graph.graph["verdicts"].values())
    drawn = {verdict for _, _, edge in graph.edges(data=True) for verdict in edge["verdicts"]}
    for verdict in Verdict:
        if verdict in drawn or verdict in values:
            count = values.count(str(verdict))
            word = f"{WORDS[verdict]} {count:,}" if count else WORDS[verdict]
            yield _Key(drawn=_sample(verdict), word=word, said=MEANINGS[verdict])


def _other_keys(graph: Graph) -> Iterator[_Key]:
    if any(len(edge["verdicts"]) > 1 for _, _, edge in graph.edges(data=True)):
        drawn = _sample(SEVERAL, width=1.8)
        yield _Key(drawn=drawn, word="several", said="paths of several verdicts share it")
    if graph.graph["difference"]:
        yield from (_Key(drawn=drawn, word=word, said=said) for word, drawn, said in CHANGES)


def _line(
    text: str, at: tuple[float, float], size: float, *, colour: str = "text", bold: bool = False
) -> Markup:
    """A line of text with its middle at a height."""
    x, y = at
    weight = 600 if bold else None
    return element(
        "text", text, x=x, y=y + size * 0.35, font_size=size, font_weight=weight, class_=f"f-{colour}"
    )


CHANGES = (
    ("leaving", _sample(SEVERAL, dashes=(2, 5)), "as it was before, and is no more"),
    ("arriving", _sample(SEVERAL, width=5), "as it will be, and was not before"),
    (
        "unchanged",
        element("g", _sample(SEVERAL), opacity=_DIMMED_LINE),
        "the same before and after",
    ),
)
"""How a difference is drawn: word, sample of a line, and what it means."""
