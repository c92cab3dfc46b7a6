"""How verdicts look, everywhere in the dashboard: a colour, a line, an end mark and a word each.

The colours are Okabe and Ito's, made darker for light and lighter for dark backgrounds. A colour tells the class of an
outcome (through a waypoint, past it, an error); line, mark and word tell the verdict, so colour is never alone.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from core.gates import Verdict
from core.graph import MEANINGS, WORDS
from core.model import Row

Theme = Literal["light", "dark"]

BACKGROUNDS: Mapping[Theme, Sequence[str]] = {
    "light": ("#FFFFFF", "#F8F8F7", "#F0F2F6"),
    "dark": ("#171614", "#2D2B27", "#0E1117", "#262730"),
}
"""Streamlit's main and secondary backgrounds, those of older versions too: the colours are readable on all."""


class Colour(Row):
    """One colour of a theme. `line` has a contrast of 3:1 and more to the backgrounds, `text` 4.5:1 and more."""

    line: str
    text: str


class VerdictStyle(Row):
    """The looks of one verdict. `dashes` are lengths of stroke and gap, none for a solid line.

    `mark` is the end of the line: `arrow`, `fork`, `cross`, `empty` or `question`.
    """

    word: str
    meaning: str
    light: Colour
    dark: Colour
    dashes: Sequence[int]
    mark: str = "arrow"

    def colour(self, theme: Theme) -> Colour:
        return self.light if theme == "light" else self.dark


def _both(line: str, text: str = "") -> Colour:
    return Colour(line=line, text=text or line)


_BLUE = (_both("#0068A8", "#0065A3"), _both("#5AB4F0"))
_GREEN = (_both("#007F5C", "#007353"), _both("#35D6A4"))
_ORANGE = (_both("#C27100", "#8F5400"), _both("#F0A41C"))
_PURPLE = (_both("#A8487F", "#9C3F74"), _both("#DE8FBB"))
_BLACK = (_both("#353B45"), _both("#E6EAF0"))
_RED = (_both("#B3200C", "#A81E0C"), _both("#FF6B52"))
_GREY = (_both("#5F6874"), _both("#98A2AF"))

_LOOKS: Mapping[Verdict, tuple[tuple[Colour, Colour], Sequence[int], str]] = {
    Verdict.WAYPOINT: (_BLUE, (), "arrow"),
    Verdict.WORKLOAD_WAYPOINT: (_GREEN, (16, 4), "arrow"),
    Verdict.DIRECT: (_ORANGE, (8, 5), "arrow"),
    Verdict.VIP_DIRECT: (_PURPLE, (11, 4, 2, 4), "arrow"),
    Verdict.SPLIT: (_BLACK, (14, 3, 2, 3, 2, 3), "fork"),
    Verdict.BLACKHOLE: (_RED, (), "cross"),
    Verdict.NO_ENDPOINTS: (_RED, (5, 4), "empty"),
    Verdict.INVALID: (_RED, (2, 3), "question"),
}

STYLES: Mapping[Verdict, VerdictStyle] = {
    verdict: VerdictStyle(
        word=WORDS[verdict], meaning=MEANINGS[verdict], light=light, dark=dark, dashes=dashes, mark=mark
    )
    for verdict, ((light, dark), dashes, mark) in _LOOKS.items()
}

SHARED = VerdictStyle(
    word="several", meaning="paths of several verdicts share it", light=_GREY[0], dark=_GREY[1], dashes=()
)
"""The looks of what paths of several verdicts share."""


def palette(theme: Theme) -> dict[str, Any]:
    """The styles as JSON by verdict, the shared one under the empty name."""
    named = {"": SHARED, **{str(verdict): style for verdict, style in STYLES.items()}}
    return {
        name: {
            "word": style.word,
            "meaning": style.meaning,
            "line": style.colour(theme).line,
            "text": style.colour(theme).text,
            "dashes": list(style.dashes),
            "mark": style.mark,
        }
        for name, style in named.items()
    }
