"""Text for a terminal: control characters made visible, colours where they are wanted, tables that fit."""

import re
import shutil
import textwrap
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TextIO

_CODES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
}
_COMMAND = re.compile("`[^`]*`")
_NO_BREAK = "\x00"
"""Stands for a blank while text is wrapped; visible text has none of its own."""
_TOKEN = re.compile(r"[^\s/]*/|[^\s/]+|\s+")
"""Where a cell may be broken: at blanks and after slashes."""
_GAP = "  "
_NARROWEST = 12


def visible(text: str) -> str:
    r"""`text` with what would move the cursor, hide or reorder characters written as `\x1b` and the like."""
    return (
        text
        if text.isprintable()
        else "".join(char if char.isprintable() else _escape(char) for char in text)
    )


def _escape(char: str) -> str:
    number = ord(char)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def wants_colour(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether to write colours: on a terminal that is not dumb, or with FORCE_COLOR; never with NO_COLOR."""
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR", "0") not in {"", "0"}:
        return True
    return stream.isatty() and environment.get("TERM") != "dumb"


def width_of(stream: TextIO) -> int | None:
    """The columns of the terminal behind `stream`; None for a file or a pipe, which have no end."""
    return shutil.get_terminal_size().columns if stream.isatty() else None


class Painter:
    """Wraps text in colours, or leaves it alone."""

    def __init__(self, *, on: bool) -> None:
        self.on = on

    def __call__(self, text: str, *styles: str) -> str:
        if not self.on or not styles or not text:
            return text
        return f"\x1b[{';'.join(_CODES[style] for style in styles)}m{text}\x1b[0m"


PLAIN = Painter(on=False)


class Cell:
    """A piece of a table: its text, and the styles it is painted in."""

    __slots__ = ("styles", "text")

    def __init__(self, text: str, *styles: str) -> None:
        self.text = visible(text)
        self.styles = styles


def columns(text: str) -> int:
    """How many columns `text` takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def table(
    header: Sequence[str], rows: Sequence[Sequence[Cell]], *, width: int | None = None, paint: Painter = PLAIN
) -> str:
    """An aligned table with line ends; in a `width` too small its cells are wrapped, never cut."""
    cells = [[Cell(title, "bold") for title in header], *rows]
    texts = [[row[column].text for row in cells] for column in range(len(header))]
    widths = [max(map(columns, column)) for column in texts]
    if width is not None:
        space = width - len(_GAP) * (len(header) - 1)
        widths = _fitted(widths, [max(map(_longest_word, column)) for column in texts], space)
    return "".join(line + "\n" for row in cells for line in _lines(row, widths, paint))


def _longest_word(text: str) -> int:
    return max(map(columns, _TOKEN.findall(text)), default=0)


def _fitted(widths: Sequence[int], words: Sequence[int], space: int) -> list[int]:
    """`widths` with the widest narrowed until all fit in `space`: to whole words, then as far as can be."""
    fitted = list(widths)
    excess = sum(fitted) - space
    for floors in (words, [_NARROWEST] * len(fitted)):
        while excess > 0:
            room = [one - floor for one, floor in zip(fitted, floors, strict=True)]
            widest = max(range(len(fitted)), key=lambda column: (room[column] > 0, fitted[column]))
            if room[widest] <= 0:
                break
            fitted[widest] -= 1
            excess -= 1
    return fitted


def _lines(row: Sequence[Cell], widths: Sequence[int], paint: Painter) -> list[str]:
    wrapped = [_wrapped(cell.text, width) for cell, width in zip(row, widths, strict=True)]
    lines = []
    for number in range(max(len(parts) for parts in wrapped)):
        pieces = []
        for cell, parts, width in zip(row, wrapped, widths, strict=True):
            part = parts[number] if number < len(parts) else ""
            pieces.append(paint(part, *cell.styles) + " " * (width - columns(part)))
        lines.append(_GAP.join(pieces).rstrip())
    return lines


def _wrapped(text: str, width: int) -> list[str]:
    """`text` in pieces of at most `width` columns: broken at blanks, else after a slash, else anywhere."""
    if columns(text) <= width:
        return [text]
    pieces: list[str] = []
    line = ""
    for token in _TOKEN.findall(text):
        rest = token
        if columns(line + rest.rstrip()) > width and line.strip():
            pieces.append(line.rstrip())
            line = ""
            rest = rest.lstrip()
        while columns(rest) > width:
            cut = next(i for i in range(len(rest), 0, -1) if columns(rest[:i]) <= width or i == 1)
            pieces.append(rest[:cut])
            rest = rest[cut:]
        line += rest
    return [*pieces, line.rstrip()] if line.strip() or not pieces else pieces


def paragraph(text: str, *, width: int | None = None, indent: str = "", hanging: str | None = None) -> str:
    """`text` with `indent` before each line, wrapped between words in a `width`; without a line end.

    What stands in backticks is a command to copy: it is never broken.
    """
    hanging = indent if hanging is None else hanging
    if width is None or columns(indent + text) <= width:
        return indent + text
    whole = _COMMAND.sub(lambda command: command[0].replace(" ", _NO_BREAK), text)
    return textwrap.fill(
        whole,
        width=max(width, 20 + len(hanging)),
        initial_indent=indent,
        subsequent_indent=hanging,
        break_long_words=False,
        break_on_hyphens=False,
    ).replace(_NO_BREAK, " ")
