"""Markup as data: only what the component knows, and names as texts."""

from typing import Any

import pytest

from dashboard.markup.component import _ASSETS
from dashboard.markup.tree import ATTRIBUTES, TAGS, actions, elements, h, text_of


def test_children_are_unfolded_and_nothing_is_left_out() -> None:
    tree = h("ul", [h("li", one) for one in "ab"], None, (h("li", str(number)) for number in range(2)))
    assert text_of(tree) == "a b 0 1"
    assert [element[0] for element in elements(tree)] == ["ul", "li", "li", "li", "li"]


def test_attributes_are_named_as_in_html() -> None:
    assert h("label", for_="x", class_="y", aria_label="z", hidden=None, open=False) == [
        "label",
        {"for": "x", "class": "y", "aria-label": "z"},
    ]


@pytest.mark.parametrize("tag", ["script", "iframe", "a", "img", "style", "form", "object", "foreignObject"])
def test_elements_that_load_or_run_something_are_refused(tag: str) -> None:
    with pytest.raises(ValueError, match="no element"):
        h(tag)


@pytest.mark.parametrize("name", ["onclick", "href", "src", "style", "srcdoc", "formaction", "xlink_href"])
def test_attributes_that_load_or_run_something_are_refused(name: str) -> None:
    given: dict[str, Any] = {name: "x"}
    with pytest.raises(ValueError, match="no attribute"):
        h("div", **given)


def test_actions_are_found_in_reading_order() -> None:
    tree = h("div", h("button", act=["one", 1]), h("p", h("button", act=["two"])))
    assert actions(tree) == [["one", 1], ["two"]]


def test_the_script_builds_what_python_may_ask_for() -> None:
    script = (_ASSETS / "markup.js").read_text(encoding="utf-8")
    words = set(script.replace('"', " ").replace("+", " ").replace(",", " ").replace(";", " ").split())
    assert words >= TAGS
    own = {"act", "leads", "collect", "copy", "check", "checked", "selected", "vars", "open", "key"}
    assert words >= ATTRIBUTES - own
    for forbidden in ("innerHTML", "insertAdjacentHTML", "outerHTML", "document.write", "eval("):
        assert forbidden not in script
