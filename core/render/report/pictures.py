"""The lanes of a report, in pictures that fit on a page."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from core.graph import build
from core.model import ObjectRef
from core.render.report.comparison import Comparison
from core.render.report.pieces import listed, note
from core.render.svg import CHANGES, Markup, Part, by_row, figure, small, within
from core.render.svg import element as h
from core.text import count

_ROWS_OF_A_PICTURE = 10


def pictures_section(seen: Comparison) -> Iterator[Markup]:
    """The lanes, in pictures that fit on a page; of a difference, those in which something changes."""
    old = dict(seen.old) if seen.changed else None
    part = within(seen.now, old, changed=seen.changed, hint="filter the report to see others")
    sheets = _sheets(by_row(part.paths, part.before))
    drawn = [one for one in sheets if not seen.changed or not seen.changed.isdisjoint(one.ids)]
    if drawn and seen.changed:
        yield h(
            "ul",
            [h("li", small(line), h("b", word), f" {said}") for word, line, said in CHANGES],
            class_="keys",
        )
    if part.note:
        yield note(part.note)
    if len(drawn) < len(sheets):
        quiet = dict.fromkeys(name for one in sheets if one not in drawn for name in one.namespaces)
        yield note(f"Not drawn, since no path changes there: {listed(list(quiet))}.")
    for one in drawn:
        yield _picture(seen, one, part)


def _picture(seen: Comparison, sheet: "_Sheet", part: Part) -> Markup:
    paths = [path for path in part.paths if path.id in sheet.ids]
    old = None
    if part.before is not None:
        old = {name: path for name, path in part.before.items() if name in sheet.ids}
    graph = build(seen.after.resolution, paths, old)
    return h(
        "figure",
        h(
            "figcaption",
            f"{sheet.title}: {count(sheet.services, 'service')}, {count(len(sheet.ids), 'path')}",
        ),
        h("div", figure(graph, title=sheet.title), class_="scroll", tabindex=0),
    )


class _Sheet:
    """The services of one picture: all of some namespaces, or a piece of a big one."""

    def __init__(self, rows: Sequence[tuple[ObjectRef, Iterable[str]]], piece: str = "") -> None:
        self.ids = frozenset(name for _, ids in rows for name in ids)
        self.services = len(rows)
        self.namespaces = list(dict.fromkeys(ref.namespace for ref, _ in rows))
        noun = "Namespace" if len(self.namespaces) == 1 else "Namespaces"
        self.title = f"{noun} {listed(self.namespaces)}{piece}"


def _sheets(rows: Mapping[ObjectRef, Iterable[str]]) -> Sequence[_Sheet]:
    """`rows` in pieces that are not too high for a page, and keep a namespace together where it fits."""
    sheets: list[_Sheet] = []
    together: list[tuple[ObjectRef, Iterable[str]]] = []

    def close() -> None:
        if together:
            sheets.append(_Sheet(tuple(together)))
            together.clear()

    for _, members in groupby(rows.items(), key=lambda row: row[0].namespace):
        of_one = list(members)
        if len(together) + len(of_one) > _ROWS_OF_A_PICTURE:
            close()
        if len(of_one) <= _ROWS_OF_A_PICTURE:
            together += of_one
            continue
        pieces = -(-len(of_one) // _ROWS_OF_A_PICTURE)
        size = -(-len(of_one) // pieces)
        for number in range(pieces):
            piece = of_one[number * size : (number + 1) * size]
            sheets.append(_Sheet(piece, f", {number + 1} of {pieces}"))
    close()
    return sheets
