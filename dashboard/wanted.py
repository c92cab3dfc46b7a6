"""Expectations: what the user gave, else what stands beside the source, taken apart; and why not, where that fails."""

from collections.abc import Sequence
from pathlib import Path

from core.expectations import Expectation, ExpectationError, parse_expectations
from core.model import Problem, Row
from core.sources.beside import EXPECTATIONS, files_beside


class Wanted(Row):
    """A text that holds expectations, and what people call it."""

    name: str
    text: str


class Expected(Row):
    """The expectations that count. `names` say where they are from; `problem` is one sentence, empty where all is well."""

    rows: Sequence[Expectation] = ()
    names: Sequence[str] = ()
    problem: str = ""


def expected(given: str, found: Sequence[Wanted]) -> Expected:
    """What `given`, the user's own text, asks; without it what `found` beside the source asks."""
    texts = [Wanted(name="the expectations", text=given)] if given else found
    try:
        rows = [row for one in texts for row in parse_expectations(one.text, one.name)]
    except ExpectationError as error:
        return Expected(names=[one.name for one in texts], problem=f"{error}.")
    return Expected(rows=rows, names=[] if given else [one.name for one in texts])


def beside(source: Sequence[str], named: str = "") -> Sequence[Wanted]:
    """The texts of `named`, else of each waypath.yaml in a folder of `source` or beside a file of it."""
    if named:
        return [Wanted(name=named, text=_text(Path(named)) or "")]
    found = files_beside(source)
    return [Wanted(name=name, text=text) for path, name in found.items() if (text := _text(path)) is not None]


def _text(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8-sig", "replace")
    except (OSError, ValueError):
        return None


def among(files: Sequence[tuple[str, bytes]]) -> Sequence[Wanted]:
    """Those of uploaded files that hold expectations, by their names."""
    return [
        Wanted(name=name, text=data.decode("utf-8-sig", "replace"))
        for name, data in files
        if Path(name).name.lower() == EXPECTATIONS
    ]


def without(problems: Sequence[Problem], wanted: Sequence[Wanted]) -> Sequence[Problem]:
    """`problems` but for the notes that files with expectations are no manifests."""
    files = {one.name for one in wanted}
    return [one for one in problems if one.severity != "note" or one.where.rpartition("#")[0] not in files]
