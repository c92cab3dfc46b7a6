"""Labels and annotations that can't be kept: left out, so that the rest of the object can be read."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.convert import LAST_APPLIED
from core.faults import article
from core.text import printable

MAX_TEXT = 65536
"""Characters of a label or an annotation; longer ones are left out."""

_TEXTS = (("metadata",), ("spec", "template", "metadata"), ("spec", "infrastructure"))
"""Where labels and annotations stand."""


def has_long_text(thing: Any) -> bool:
    """Whether an object has a label or annotation that is longer than MAX_TEXT."""
    return any(
        len(value) > MAX_TEXT or len(key) > MAX_TEXT
        for path in _TEXTS
        for texts in _texts_at(thing, path)
        for key, value in texts.items()
        if key != LAST_APPLIED
    )


def _texts_at(thing: Any, path: Sequence[str]) -> Iterator[Mapping[str, str]]:
    for step in path:
        thing = getattr(thing, step, None)
    for field in ("labels", "annotations"):
        texts = getattr(thing, field, None)
        if texts:
            yield texts


def without_bad_text(value: Any) -> tuple[Any, list[str]]:
    """A copy of an object without the labels and annotations that can't be kept, and why each was left out."""
    removed: list[str] = []
    for path in _TEXTS:
        for field in ("labels", "annotations"):
            value = _cleaned(value, (*path, field), ".".join((*path, field)), removed)
    return value, removed


def _cleaned(value: Any, path: Sequence[str], name: str, removed: list[str]) -> Any:
    if not isinstance(value, dict):
        return value
    if not path:
        kept = {}
        for key, text in value.items():
            fault = "" if key == LAST_APPLIED else _fault(text) or _fault(key)
            if fault:
                removed.append(f"{name}[{printable(str(key))}] is left out: {fault}")
            else:
                kept[key] = text
        return kept
    if path[0] not in value:
        return value
    return {**value, path[0]: _cleaned(value[path[0]], path[1:], name, removed)}


def _fault(text: Any) -> str:
    if not isinstance(text, str):
        return f"its value must be text, and the API server refuses {article(text)}; put it in quotes"
    if len(text) > MAX_TEXT:
        return f"it is {len(text):,} characters long, and {MAX_TEXT:,} are read"
    return ""
