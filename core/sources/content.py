"""The bytes of one file to its documents: JSON, concatenated JSON or YAML, in any of their encodings."""

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from core import wire
from core.manifests import Document, is_list
from core.model import Problem
from core.sources.yamldocs import template_hint, yaml_documents

MAX_FLOW = 4 * 1024**2
"""Bytes of a file that begins as JSON does, and is read as YAML in flow style where it is no JSON."""

_LIST = msgspec.json.Decoder(wire.ListHead)
_LINES = msgspec.json.Decoder(msgspec.Raw)
_BLANK = re.compile(r"\s*")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def documents(file: str, data: bytes, problems: list[Problem]) -> Iterator[Document]:
    """The documents of a file's content, in order.

    Args:
        file: The name that places are given by.
        data: All of the content.
        problems: Takes what can't be read.
    """
    try:
        text = as_utf8(data)
    except UnicodeDecodeError as error:
        message = f"it begins as {error.encoding}, but is not: {error.reason} at byte {error.start}"
        problems.append(Problem(severity="error", where=file, message=message))
        return
    if text[:64].lstrip()[:1] in (b"{", b"["):
        yield from _json_documents(file, text, problems)
    else:
        yield from yaml_documents(file, text, problems)


def as_utf8(data: bytes) -> bytes:
    """`data` without a byte order mark, and as UTF-8 where it is UTF-16 or UTF-32.

    Raises:
        UnicodeDecodeError: It has the mark of an encoding that it is not written in.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            rest = data[len(mark) :]
            return rest if encoding == "utf-8" else rest.decode(encoding).encode()
    if len(data) >= 4 and 0 in data[:2]:
        # No text has a NUL: this is UTF-16 without a mark.
        return data.decode("utf-16-le" if data[1] == 0 else "utf-16-be").encode()
    return data


def _json_documents(file: str, text: bytes, problems: list[Problem]) -> Iterator[Document]:
    try:
        head: wire.ListHead | None = _LIST.decode(text)
    except (msgspec.ValidationError, RecursionError):
        # No list, or something that is told about where it is read.
        head = None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        yield from _other_documents(file, text, error, problems)
        return
    yield Document(file=file, index=1, raw=head if head is not None and is_list(head) else text, line=1)


def _other_documents(file: str, text: bytes, fault: Exception, problems: list[Problem]) -> Iterator[Document]:
    """What begins as JSON does and is no JSON document: several of them, or YAML."""
    found = _several(text) if "trailing" in str(fault) else None
    if found is not None:
        for index, (line, value) in enumerate(found, 1):
            yield Document(file=file, index=index, raw=value, line=line)
        return
    failed: list[Problem] = []
    as_yaml = list(yaml_documents(file, text, failed)) if len(text) <= MAX_FLOW else []
    if as_yaml and not failed:
        yield from as_yaml
    else:
        message = f"it is no JSON: {_place(fault, text)}{template_hint(text)}"
        problems.append(Problem(severity="error", where=f"{file}#1", message=message))


def _several(text: bytes) -> list[tuple[int, Any]] | None:
    """The values that stand one after the other, each with its line; None where one of them is broken."""
    try:
        lines = _LINES.decode_lines(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _concatenated(text)
    return [(0, line) for line in lines]


def _concatenated(text: bytes) -> list[tuple[int, Any]] | None:
    decoder = json.JSONDecoder()
    found: list[tuple[int, Any]] = []
    line, position = 1, 0
    try:
        chars = text.decode()
        while (start := _BLANK.match(chars, position).end()) < len(chars):  # type: ignore[union-attr]
            line += chars.count("\n", position, start)
            value, position = decoder.raw_decode(chars, start)
            found.append((line, value))
            line += chars.count("\n", start, position)
    except (ValueError, RecursionError):
        return None
    return found


def _place(fault: Exception, text: bytes) -> str:
    """What is wrong with JSON, and where as far as the reader tells."""
    message = "it is not UTF-8" if isinstance(fault, UnicodeDecodeError) else str(fault)
    if "truncated" in message:
        return "it is cut off"
    message = message.removeprefix("JSON is malformed: ")
    match = re.search(r" \(byte (\d+)\)", message)
    if match is None:
        return message
    before = text[: int(match[1]) - message.startswith("trailing")]
    line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
    return f"line {line}, column {column}: {message[: match.start()]}"
