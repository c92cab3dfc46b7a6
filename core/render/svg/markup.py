"""Markup of SVG and HTML, in which names are text and never anything else."""

from collections.abc import Iterable, Iterator
from html import escape
from typing import TypeAlias

from core.terminal import visible


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


Child: TypeAlias = "str | Iterable[Child] | None"

_EMPTY = frozenset({"circle", "line", "meta", "path", "rect"})
"""Elements without an end tag, in HTML and in XML."""


def element(tag: str, *children: Child, **attributes: str | float | None) -> Markup:
    """An element of SVG or HTML; text and attributes are escaped, children and attributes that are None left out.

    `class_` and `for_` are written so since they are words of Python; `aria_label` becomes `aria-label`.

    Raises:
        ValueError: An attribute would run a script, or lead out of the document.
    """
    given = []
    for name, value in attributes.items():
        if value is None:
            continue
        plain = name.rstrip("_").replace("_", "-")
        text = value if isinstance(value, str) else number(value)
        if plain.startswith("on") or (plain in {"href", "src"} and not text.startswith("#")):
            raise ValueError(f"no document has {plain}={text!r}")
        given.append(f' {plain}="{text_of(text)}"')
    start = f"<{tag}{''.join(given)}"
    if tag in _EMPTY:
        return Markup(f"{start}/>")
    return Markup(f"{start}>{''.join(_flat(children))}</{tag}>")


def _flat(children: Iterable[Child]) -> Iterator[str]:
    for child in children:
        if child is None:
            continue
        if isinstance(child, str):
            yield child if isinstance(child, Markup) else text_of(child)
        else:
            yield from _flat(child)


def text_of(text: str) -> Markup:
    """`text` as text of a document: no markup, no control characters, nothing that reorders what is beside it."""
    return Markup(escape(visible(text)))


def number(value: float) -> str:
    """A length, without more digits than can be seen."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def portable(document: str) -> str:
    """`document` in ASCII, other characters as references: it can be written in any encoding."""
    return document.encode("ascii", "xmlcharrefreplace").decode("ascii")
