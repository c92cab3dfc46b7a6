"""What is wrong with an object, in words: the field, what was expected, what is there."""

import re
from typing import Any

import msgspec

from core.text import printable

UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What reading an object may raise."""

_ARTICLES = {
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a text",
    list: "a list",
    dict: "an object",
}
_TYPES = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
}
_MISSING = re.compile(r"Object missing required field `([^`]*)`")
_PLACE = re.compile(r"(?s)(.*) - at (?:`key` in )?`(.*)`")


def article(value: Any) -> str:
    """The kind of value, as a sentence names it."""
    return "null" if value is None else _ARTICLES.get(type(value), "this value")


def explain(error: Exception) -> str:
    """A reader's error as a field and what is wrong with it."""
    if isinstance(error, RecursionError):
        return "it is nested too deep to be read"
    if isinstance(error, UnicodeDecodeError):
        return "it holds bytes that are not UTF-8"
    text, field = str(error), ""
    if match := _PLACE.fullmatch(text):
        text, field = match[1], match[2].removeprefix("$").removeprefix(".")
    text = _MISSING.sub(r"\1 is missing", text)
    text = re.sub(r"`([^`]*)`", lambda word: _type_words(word[1]), text)
    text = text[:1].lower() + text[1:] if text[:4] != "JSON" else text
    return printable(f"{field}: {text}" if field else text)


def _type_words(types: str) -> str:
    words = [one for one in types.split(" | ") if one != "null"] or ["null"]
    return " or ".join(_TYPES.get(one, one) for one in words)
