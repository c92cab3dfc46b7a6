"""What stands above a picture: its title, what it counts, and what its lines mean."""

from collections.abc import Iterator, Sequence

from core.gates import Verdict
from core.graph import MEANINGS, WORDS, Graph
from core.graph.words import counts_of
from core.model import Row
from core.render.svg.fitting import fitted, text_width
from core.render.svg.looks import SEVERAL, sample_of
from core.render.svg.markup import Markup, element
from core.render.svg.shapes import DIMMED_LINE, point
from core.terminal import visible


class Head:
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
                self.parts.append(element("g", key.drawn, transform=f"translate({point(x, y - 7)})"))
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
    counts = counts_of(graph)
    drawn = {verdict for _, _, edge in graph.edges(data=True) for verdict in edge["verdicts"]}
    for verdict in Verdict:
        if verdict in drawn or counts[verdict]:
            number = counts[verdict]
            word = f"{WORDS[verdict]} {number:,}" if number else WORDS[verdict]
            yield _Key(drawn=sample_of(verdict), word=word, said=MEANINGS[verdict])


def _other_keys(graph: Graph) -> Iterator[_Key]:
    if any(len(edge["verdicts"]) > 1 for _, _, edge in graph.edges(data=True)):
        drawn = sample_of(SEVERAL, width=1.8)
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
    ("leaving", sample_of(SEVERAL, dashes=(2, 5)), "as it was before, and is no more"),
    ("arriving", sample_of(SEVERAL, width=5), "as it will be, and was not before"),
    (
        "unchanged",
        element("g", sample_of(SEVERAL), opacity=DIMMED_LINE),
        "the same before and after",
    ),
)
"""How a difference is drawn: word, sample of a line, and what it means."""
