"""Markup as data: elements whose texts and attributes are text to the end, so that no name can become markup.

A tree is JSON. The component builds elements from it one by one and sets texts as text; what it does not know it
refuses, and so does `h`, which is where a mistake should show.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

Node: TypeAlias = str | list[Any]
"""A text, or an element: its name, its attributes, then its children."""

Action: TypeAlias = Sequence[str | int | None]
"""What a click says to the server: a word, and what it is about."""

TAGS = frozenset(
    [
        "div",
        "section",
        "header",
        "p",
        "span",
        "strong",
        "em",
        "code",
        "pre",
        "small",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "h2",
        "h3",
        "h4",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "button",
        "label",
        "input",
        "select",
        "option",
        "fieldset",
        "legend",
        "details",
        "summary",
        "svg",
        "path",
        "line",
        "circle",
    ]
)

ATTRIBUTES = frozenset(
    [
        "class",
        "key",
        "title",
        "role",
        "scope",
        "colspan",
        "rowspan",
        "type",
        "name",
        "value",
        "disabled",
        "open",
        "tabindex",
        "for",
        "id",
        "hidden",
        "d",
        "viewBox",
        "width",
        "height",
        "fill",
        "stroke",
        "stroke-width",
        "stroke-dasharray",
        "stroke-linecap",
        "x1",
        "x2",
        "y1",
        "y2",
        "cx",
        "cy",
        "r",
        "act",
        "leads",
        "collect",
        "copy",
        "check",
        "checked",
        "selected",
        "vars",
    ]
)
"""Besides `aria-*`. `act` is sent on a click or a change, `leads` names the page where it leads to, `collect` adds the checked rows of that name to it, `copy` goes
to the clipboard, `check` names a row's check box, `vars` are custom properties for the style sheet."""


def h(tag: str, *children: Node | Iterable[Node | None] | None, **attributes: Any) -> Node:
    """An element. Children that are None are left out, iterables unfolded; attributes that are None or False too.

    `class_` and `for_` are written so since they are words of Python; `aria_label` becomes `aria-label`.

    Raises:
        ValueError: The component does not know the element or the attribute.
    """
    if tag not in TAGS:
        raise ValueError(f"the component builds no element {tag!r}")
    given: dict[str, Any] = {}
    for name, value in attributes.items():
        if value is None or value is False:
            continue
        plain = name.rstrip("_").replace("_", "-")
        plain = "viewBox" if plain == "viewBox" else plain
        if plain not in ATTRIBUTES and not plain.startswith("aria-"):
            raise ValueError(f"the component sets no attribute {plain!r}")
        given[plain] = _attribute(value)
    return [tag, given, *_flat(children)]


def _attribute(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): str(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return list(value)
    return value if isinstance(value, bool | str) else str(value)


def _flat(children: Iterable[Node | Iterable[Node | None] | None]) -> Iterator[Node]:
    for child in children:
        if child is None:
            continue
        if isinstance(child, str):
            yield str(child)
        elif isinstance(child, list) and _is_element(child):
            yield child
        else:
            yield from _flat(child)


def _is_element(value: list[Any]) -> bool:
    return len(value) >= 2 and isinstance(value[0], str) and isinstance(value[1], dict)


def texts(node: Node) -> Iterator[str]:
    """All texts below `node`, in reading order."""
    if isinstance(node, str):
        yield node
        return
    for child in node[2:]:
        yield from texts(child)


def text_of(node: Node) -> str:
    """The text of `node`, a blank between its pieces."""
    return " ".join(" ".join(texts(node)).split())


def elements(node: Node) -> Iterator[list[Any]]:
    """All elements of `node`, itself first."""
    if isinstance(node, str):
        return
    yield node
    for child in node[2:]:
        yield from elements(child)


def actions(node: Node) -> list[list[Any]]:
    """What the elements of `node` can be clicked for, in reading order."""
    return [element[1]["act"] for element in elements(node) if "act" in element[1]]
