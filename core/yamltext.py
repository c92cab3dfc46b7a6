"""YAML as Kubernetes reads it: the same values as `kubectl`, with bounds on depth and on what aliases unfold to.

Plain scalars are what sigs.k8s.io/yaml makes of them (YAML 1.1 as go-yaml v2 knows it): `yes` and `on` are booleans,
`1:30` and dates are text, `12e5` is a number. Keys are always text. Tags beyond those of YAML's core are refused.
"""

import base64
import binascii
import math
import re
from collections.abc import Callable
from typing import Any

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]

from core.text import printable

MAX_DEPTH = 200
MAX_ALIASED = 100_000
"""Values that the aliases of a document may unfold to."""


class YamlError(ValueError):
    """Text that is no YAML, or that is refused. `line` and `column` count from 1; 0 where unknown."""

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


# --- scalars --------------------------------------------------------------------------------------------------------

_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_NUMERIC = frozenset("0123456789+-.")
_INTEGER = re.compile(
    r"([-+]?)(?:(0[xX][0-9a-fA-F]+)|(0[oO][0-7]+)|(0[bB][01]+)|(0[0-7]*)|([1-9][0-9]{0,19}))"
)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")


def resolve(text: str) -> Any:
    """The value of a plain scalar."""
    if text[:1] not in _NUMERIC:
        return _WORDS.get(text, text)
    if text in _WORDS:
        return _WORDS[text]
    plain = text if text[0] == "." else text.replace("_", "")
    if match := _INTEGER.fullmatch(plain):
        number = _integer(match)
        if -(2**63) <= number < 2**64:
            return number
    if _FLOAT.fullmatch(plain):
        value = float(plain)
        return text if math.isinf(value) else value
    return text


def _integer(match: re.Match[str]) -> int:
    sign, hexadecimal, octal, binary, old_octal, decimal = match.groups()
    digits = hexadecimal or octal or binary or old_octal or decimal
    number = int(digits, 8 if old_octal else 0)
    return -number if sign == "-" else number


_CORE = "tag:yaml.org,2002:"


def _tagged(tag: str, text: str) -> Any:
    """The value of a scalar with an explicit tag."""
    if tag in ("!", _CORE + "str"):
        return text
    if tag == _CORE + "binary":
        return base64.b64decode("".join(text.split()), validate=True).decode("utf-8")
    if tag in (_CORE + "int", _CORE + "bool", _CORE + "float", _CORE + "null", _CORE + "timestamp"):
        value = resolve(text)
        wanted: dict[str, type | tuple[type, ...]] = {
            "int": int,
            "bool": bool,
            "float": (float, int),
            "null": type(None),
            "timestamp": str,
        }
        if isinstance(value, wanted[tag.removeprefix(_CORE)]):
            return float(value) if isinstance(value, int) and tag == _CORE + "float" else value
        raise ValueError(f"{printable(text)!r} is no {tag.removeprefix(_CORE)}")
    raise ValueError(f"the tag {printable(tag.replace(_CORE, '!!'))} is not one of YAML's own")


def _key(value: Any) -> str:
    """A mapping's key as JSON has it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"{value:g}"
    raise ValueError("a key must be text")


# --- documents ------------------------------------------------------------------------------------------------------


class Parsed:
    """One document: its value, the line it begins at (from 1), and what a reader should know of which line."""

    __slots__ = ("line", "value", "warnings")

    def __init__(self, line: int) -> None:
        self.line = line
        self.value: Any = None
        self.warnings: list[tuple[int, str]] = []


def parse(text: bytes) -> list[Parsed]:
    """The documents in `text`, UTF-8.

    Raises:
        YamlError: It is no YAML, or is nested or unfolds beyond bounds.
    """
    try:
        parser = CParser(text)
        try:
            return _Composer(parser.get_event).documents()
        finally:
            parser.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = ", ".join(one for one in (error.context, error.problem) if one)
        if mark is None:
            raise YamlError(message) from None
        raise YamlError(message, mark.line + 1, mark.column + 1) from None
    except yaml.YAMLError as error:
        raise _reader_error(error, text) from None


def _reader_error(error: yaml.YAMLError, text: bytes) -> YamlError:
    position = getattr(error, "position", None)
    reason = getattr(error, "reason", None) or "it is no YAML"
    if not isinstance(position, int) or position < 0:
        return YamlError(str(reason))
    before = text[:position]
    return YamlError(str(reason), before.count(b"\n") + 1, position - before.rfind(b"\n"))


class _Frame:
    """A mapping or sequence that is being read."""

    __slots__ = ("anchor", "height", "key", "mapping", "merges", "sequence", "size")

    def __init__(self, *, mapping: bool, anchor: str | None) -> None:
        self.mapping: dict[str, Any] | None = {} if mapping else None
        self.sequence: list[Any] | None = None if mapping else []
        self.key: str | None = None
        self.merges: list[Any] = []
        self.anchor = anchor
        self.size = 1
        self.height = 1


_MERGE = "<<"


class _Composer:
    """Makes values of a parser's events, without recursion."""

    def __init__(self, next_event: Callable[[], Any]) -> None:
        self.next_event = next_event
        self.stack: list[_Frame] = []
        self.anchors: dict[str, tuple[Any, int, int] | None] = {}
        """Name → (value, values in it, its depth); None while it is being read."""
        self.aliased = 0
        self.parsed = Parsed(1)

    def documents(self) -> list[Parsed]:
        found: list[Parsed] = []
        while True:
            event = self.next_event()
            kind = type(event)
            if kind is yaml.ScalarEvent:
                self._scalar(event)
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                self._start(event, mapping=kind is yaml.MappingStartEvent)
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                self._end(event)
            elif kind is yaml.AliasEvent:
                self._alias(event)
            elif kind is yaml.DocumentStartEvent:
                self.parsed = Parsed(event.start_mark.line + 1)
                self.anchors = {}
                self.aliased = 0
                found.append(self.parsed)
            elif kind is yaml.StreamEndEvent:
                return found

    def _scalar(self, event: Any) -> None:
        value: Any = event.value
        merge = False
        if event.tag is not None:
            try:
                value = _tagged(event.tag, value)
            except (ValueError, binascii.Error) as error:
                raise _at(event, str(error)) from None
        elif event.implicit[0]:
            merge = value == _MERGE
            value = resolve(value)
        self._add(event, value, 1, 0, merge=merge)
        if event.anchor is not None:
            self.anchors[event.anchor] = (value, 1, 0)

    def _start(self, event: Any, *, mapping: bool) -> None:
        if event.tag is not None and event.tag not in (_CORE + ("map" if mapping else "seq"), "!"):
            raise _at(event, f"the tag {printable(event.tag.replace(_CORE, '!!'))} is not one of YAML's own")
        if len(self.stack) >= MAX_DEPTH:
            raise _at(event, f"it is nested more than {MAX_DEPTH} deep")
        if self.stack and self.stack[-1].mapping is not None and self.stack[-1].key is None:
            raise _at(event, "a key must be text")
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        self.stack.append(_Frame(mapping=mapping, anchor=event.anchor))

    def _end(self, event: Any) -> None:
        frame = self.stack.pop()
        value: Any = frame.sequence if frame.mapping is None else frame.mapping
        if frame.merges:
            value = _merged(event, value, frame.merges)
        if frame.anchor is not None:
            self.anchors[frame.anchor] = (value, frame.size, frame.height)
        self._add(event, value, frame.size, frame.height)

    def _alias(self, event: Any) -> None:
        try:
            known = self.anchors[event.anchor]
        except KeyError:
            raise _at(event, f"found undefined alias {printable(event.anchor)!r}") from None
        if known is None:
            raise _at(event, f"the alias {printable(event.anchor)!r} is inside of what it stands for")
        value, size, height = known
        self.aliased += size
        if self.aliased > MAX_ALIASED:
            raise _at(event, f"its aliases unfold to more than {MAX_ALIASED:,} values")
        if len(self.stack) + height > MAX_DEPTH:
            raise _at(event, f"it is nested more than {MAX_DEPTH} deep")
        self._add(event, value, size, height)

    def _add(self, event: Any, value: Any, size: int, height: int, *, merge: bool = False) -> None:
        if not self.stack:
            self.parsed.value = value
            return
        frame = self.stack[-1]
        frame.size += size
        frame.height = max(frame.height, height + 1)
        if frame.sequence is not None:
            frame.sequence.append(value)
            return
        mapping = frame.mapping
        if mapping is None:
            return
        if frame.key is None:
            frame.key = _MERGE_KEY if merge else self._key(event, value, mapping)
        else:
            if frame.key is _MERGE_KEY:
                frame.merges += value if isinstance(value, list) else [value]
            else:
                mapping[frame.key] = value
            frame.key = None

    def _key(self, event: Any, value: Any, mapping: dict[str, Any]) -> str:
        try:
            key = _key(value)
        except ValueError as error:
            raise _at(event, str(error)) from None
        if key in mapping:
            message = f"the key {printable(key)!r} is there twice; the last one counts"
            self.parsed.warnings.append((event.start_mark.line + 1, message))
        return key


_MERGE_KEY = "<<\0"
"""Known by identity: no text of a document is this object."""


def _merged(event: Any, own: Any, merges: list[Any]) -> dict[str, Any]:
    """`own` with the keys of `merges` that it does not have; of these the first one wins."""
    merged: dict[str, Any] = {}
    for one in reversed(merges):
        if not isinstance(one, dict):
            raise _at(event, "what '<<' merges must be a mapping")
        merged.update(one)
    return {**merged, **own}


def _at(event: Any, message: str) -> YamlError:
    mark = event.start_mark
    return YamlError(message, mark.line + 1, mark.column + 1)
