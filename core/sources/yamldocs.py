"""A YAML file as its documents, each read on its own: one that is broken leaves the others alone."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from core import labels as names
from core.kinds import kind_of
from core.manifests import Document
from core.model import Problem
from core.yamllines import REFUSED, parse_lines
from core.yamltext import Parsed, YamlError, parse

# Patterns begin with a line end and not with ^, which is searched for ten times as slowly.
_MARKER = re.compile(rb"\n---(?=[ \t\r\n]|\Z)")
_END = re.compile(rb"(?:\A|(?<=\n))\.\.\.[ \t]*(?:#[^\n]*)?(?:\r?\n|\Z)")
_NOTHING = re.compile(rb"(?:[ \t]*(?:#[^\n]*)?(?:\r?\n|\Z)|%[^\n]*(?:\n|\Z))*+")
"""Blank lines, comments and directives."""
_ITEMS = re.compile(rb"\nitems:[ ]*\r?\n(?=- )")
_LIST = re.compile(rb"\nkind:[ ]+List[ ]*\r?(?:\n|\Z)")
_AFTER_ITEMS = re.compile(rb"\n(?:[^\s#-]|-(?! ))")
_ALIAS = re.compile(rb"[:-] \*[A-Za-z0-9_-]+[ ]*\r?\n")


def yaml_documents(file: str, text: bytes, problems: list[Problem]) -> Iterator[Document]:
    """The documents of `text`, numbered as YAML numbers them; what can't be read goes to `problems`."""
    index = 0
    for line, piece in pieces(_without_notes(text)):
        place = Document(file=file, index=index + 1, raw=None, line=line)
        listed = _listed(piece)
        if listed is not None:
            index += 1
            for number, (offset, item) in enumerate(listed):
                at = Document(file=file, index=index, raw=None, item=f"[{number}]", line=line + offset)
                yield from _read(at, item, problems, machine_made=True)
            continue
        last = place.index
        for document in _read(place, piece, problems):
            last = document.index
            if document.raw is not None:
                yield document
        index = last


def _without_notes(text: bytes) -> bytes:
    """What `helm install --dry-run` prints, without the notes that are no YAML at its end."""
    if not text.startswith(b"NAME: "):
        return text
    return text.partition(b"\nNOTES:\n")[0] + b"\n"


def pieces(text: bytes) -> Iterator[tuple[int, bytes]]:
    """`text` cut before each `---` that begins a line, which is a document's start wherever it stands.

    Yields the first line of each piece, from 1, and the piece. What precedes the first `---` is a piece only if there
    is more in it than comments; directives go with what follows.
    """
    starts = [match.start() + 1 for match in _MARKER.finditer(text)]
    if text.startswith((b"---\n", b"---\r", b"--- ")):
        starts.insert(0, 0)
    begin, line = 0, 1
    for number, end in enumerate([*starts, len(text)]):
        piece = text[begin:end]
        if number == 0 and _NOTHING.fullmatch(piece):
            if end < len(text) and re.search(rb"^%", piece, re.MULTILINE):
                continue
        else:
            yield from _ended(line, piece)
        line += piece.count(b"\n")
        begin = end


def _ended(line: int, piece: bytes) -> Iterator[tuple[int, bytes]]:
    """`piece` cut after each `...` that ends a document, what follows without a `---` being another."""
    begin = 0
    if b"..." in piece:
        for end in _END.finditer(piece):
            if not _NOTHING.fullmatch(piece, begin, end.start()):
                yield line, piece[begin : end.start()] + b"\n"
            line += piece.count(b"\n", begin, end.end())
            begin = end.end()
    if begin == 0 or not _NOTHING.fullmatch(piece, begin):
        yield line, piece[begin:]


def _listed(piece: bytes) -> list[tuple[int, bytes]] | None:
    """The items of a kubectl `List`, each with the lines before it and moved to a column of its own.

    None where `piece` is no such list, or one whose items may refer to each other.
    """
    start = _ITEMS.search(piece)
    if start is None or not (_LIST.search(piece) or piece.startswith(b"kind: List\n")):
        return None
    if b" *" in piece and _ALIAS.search(piece):
        return None
    after = _AFTER_ITEMS.search(piece, start.end())
    end = after.start() + 1 if after else len(piece)
    line = piece.count(b"\n", 0, start.end())
    items: list[tuple[int, bytes]] = []
    begin = start.end()
    while begin < end:
        following = piece.find(b"\n- ", begin, end)
        stop = end if following < 0 else following + 1
        item = b"  " + piece[begin + 2 : stop]
        items.append((line, item))
        line += item.count(b"\n")
        begin = stop
    return items


def _read(
    place: Document, piece: bytes, problems: list[Problem], *, machine_made: bool = False
) -> Iterator[Document]:
    """The documents of `piece`, mostly one; `place` says where the first of them stands."""
    head = _unwanted(piece, column=2 if place.item else 0)
    if head is not None:
        yield _at(place, head)
        return
    if b"\r" in piece:
        piece = piece.replace(b"\r\n", b"\n")
    value = parse_lines(piece, machine_made=machine_made)
    if value is not REFUSED:
        yield _at(place, value, lines=_key_lines(piece, place.line))
        return
    try:
        found = parse(piece)
    except YamlError as error:
        problems.append(_problem("error", place, _said(error, place.line, piece)))
        return
    for number, one in enumerate(found or [Parsed(1)]):
        lines = _key_lines(piece, place.line) if number == 0 else {}
        document = _at(place, one.value, number, place.line + one.line - 1, lines)
        if one.warnings and isinstance(one.value, dict) and "kind" in one.value:
            line, message = one.warnings[0]
            more = f" ({len(one.warnings) - 1} more of these)" if len(one.warnings) > 1 else ""
            problems.append(_problem("warning", document, f"line {place.line + line - 1}: {message}{more}"))
        yield document


_NO_LINES: Mapping[str, int] = {}


def _at(
    place: Document, value: Any, number: int = 0, line: int = 0, lines: Mapping[str, int] = _NO_LINES
) -> Document:
    return Document(
        file=place.file,
        index=place.index + number,
        item=place.item,
        line=line or place.line,
        raw=value,
        lines=lines,
    )


def _one_of(words: Iterable[str]) -> bytes:
    return b"|".join(re.escape(word.encode()) for word in sorted(words, reverse=True))


_LABELS = (names.USE_WAYPOINT, names.INGRESS_USE_WAYPOINT, names.WAYPOINT_FOR, names.DATAPLANE_MODE)
_PREFIX = "istio.io/"
_LABEL = re.compile(
    rb"(istio\.io/(?:" + _one_of(one.removeprefix(_PREFIX) for one in _LABELS) + rb"))[\"']?[ ]*:"
)
_VARIABLE = re.compile(
    rb"name:[ ]+[\"']?(" + _one_of(chain(*names.PATH_VARIABLES.values())) + rb")[\"']?[ ]*\r?\n"
)
_INDENT = re.compile(rb"[ -]*[\"']?")


def _key_lines(piece: bytes, first: int) -> Mapping[str, int]:
    """The lines of labels that decide a path and of the variables of controllers, where each has a line of its own."""
    found: dict[str, int] = {}
    # Patterns that begin with a fixed text are searched for fast; few documents are of a Deployment.
    matches = chain(_LABEL.finditer(piece), _VARIABLE.finditer(piece) if b"Deployment" in piece else ())
    for match in matches:
        if _INDENT.fullmatch(piece, piece.rfind(b"\n", 0, match.start()) + 1, match.start()):
            found.setdefault(match[1].decode(), first + piece.count(b"\n", 0, match.start()))
    return found


def _problem(severity: str, place: Document, message: str) -> Problem:
    return Problem(severity=severity, where=place.where, message=message)


_VALUE = rb":[ ]+[\"']?([A-Za-z0-9./-]+)[\"']?[ ]*\r?$"
_HEADS = {
    column: [
        re.compile(rb"^" + b" " * column + key + _VALUE, re.MULTILINE) for key in (rb"apiVersion", rb"kind")
    ]
    for column in (0, 2)
}


def _unwanted(piece: bytes, *, column: int) -> dict[str, str] | None:
    """apiVersion and kind of a document that is not read anyway, so that it need not be parsed; else None."""
    version, kind = (pattern.search(piece) for pattern in _HEADS[column])
    if version is None or kind is None:
        return None
    head = {"apiVersion": version[1].decode(), "kind": kind[1].decode()}
    return None if head["kind"].endswith("List") or kind_of(*head.values()) else head


def _said(error: YamlError, first: int, piece: bytes) -> str:
    message = error.message
    if _is_tab(error, piece):
        message = "a tab; YAML indents with blanks only"
    if error.line:
        message = f"line {first + error.line - 1}, column {error.column}: {message}"
    return f"it is no YAML: {message}{template_hint(piece)}"


def _is_tab(error: YamlError, piece: bytes) -> bool:
    lines = piece.split(b"\n", error.line)
    return 0 < error.line <= len(lines) and lines[error.line - 1][error.column - 1 : error.column] == b"\t"


def template_hint(text: bytes) -> str:
    """What to do about text that is not YAML yet; empty where it doesn't look so."""
    if b"{{" in text and b"}}" in text:
        return "; it looks like a template: render it first, as helm template does for a chart"
    return ""
