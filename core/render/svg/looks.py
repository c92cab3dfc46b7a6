"""The looks of pictures: those of the dashboard, as a style sheet, icons and samples of lines."""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from core.gates import Verdict
from core.model import Row
from core.render.svg.markup import Markup, element

Theme: TypeAlias = Literal["auto", "light", "dark"]


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
    "namespace": "M2 2.5h5v5H2ZM9 2.5h5v5H9ZM2 9h5v5H2ZM9 9h5v5H9Z",
    "policy": "M8 1.8 13.2 3.8v4.3c0 3.2-2.2 5.2-5.2 6.2-3-1-5.2-3-5.2-6.2V3.8Z",
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
    return small(sample_of(verdict))


def small(drawn: Markup) -> Markup:
    """A sample of a line as a picture of its own."""
    return element("svg", drawn, viewBox="0 0 37 14", width=37, height=14, class_="wp", aria_hidden="true")


def sample_of(verdict: str, *, width: float = 2.6, dashes: Sequence[int] | None = None) -> Markup:
    """A piece of the line of `verdict` with its end mark, on 37 by 14."""
    look = LOOKS[verdict]
    lengths = dashed(look.dashes if dashes is None else dashes)
    line = element(
        "path",
        d="M1 7h25" if look.mark else "M1 7h34",
        class_=f"l s-{verdict}",
        stroke_width=width,
        stroke_dasharray=lengths,
    )
    if not look.mark:
        return line
    if look.mark == "arrow":
        return element("g", line, element("path", d=_MARKS["arrow"], class_=f"f-{verdict}"))
    mark = element("path", d=_MARKS[look.mark], class_=f"l s-{verdict}", stroke_width=2)
    return element("g", line, mark)


def dashed(dashes: Sequence[int]) -> str | None:
    """Lengths as an attribute, None for a solid line."""
    return " ".join(map(str, dashes)) or None
