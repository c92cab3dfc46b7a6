"""An axe-core scan of each page, in one theme and then in the other: nothing serious, nothing critical."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import axe_playwright_python
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.steps import settled

pytestmark = pytest.mark.browser

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
GRAVE = {"serious", "critical"}
CART = "service:Service/shop/cart"
PAGES = {
    "gallery": "",
    "overview": "overview?source=sample:shop",
    "paths": "paths?source=sample:shop",
    "explained": f"paths?source=sample:bypass-by-default&at={CART}&tab=paths",
    "flags": "paths?source=sample:three-data-planes&tab=flags",
    "findings": "findings?source=sample:shop",
    "policies": "policies?source=sample:shop",
    "advice": "advice?source=sample:shop",
    "trace": "trace?source=sample:header-added-twice&step=3",
    "not found": "trace?source=sample:shop&url=http://nowhere.example.com/",
    "rules": "rules",
}

FADED = """() => Promise.all(
    document.getAnimations()
        .filter(one => one.effect.getComputedTiming().endTime < Infinity)
        .map(one => one.finished.catch(() => null))
)"""
"""Done when nothing is on its way to another look."""
THEMES: tuple[tuple[Literal["light", "dark"], str], ...] = (
    ("light", "rgb(255, 255, 255)"),
    ("dark", "rgb(14, 17, 23)"),
)
"""Themes, and the background by which one sees that the page has taken them up."""


@pytest.mark.parametrize("where", PAGES.values(), ids=PAGES)
def test_nothing_serious_is_found(open_page: Open, where: str) -> None:
    page = open_page(where)
    expect(page.locator(".root").last).to_be_visible()
    settled(page)
    page.evaluate(AXE)
    background = page.locator(".stApp")
    for theme, colour in THEMES:
        page.emulate_media(color_scheme=theme)
        expect(background).to_have_css("background-color", colour)
        settled(page)
        for graph in page.locator(".traffic-graph").all():
            expect(graph).to_have_css("color-scheme", theme)
        expect(page.locator("[data-stale=true]")).to_have_count(0)
        page.evaluate(FADED)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        assert found["passes"], "the scan looked at nothing"
        assert list(grave(found)) == [], theme


def grave(found: dict) -> Iterator[str]:
    for violation in found["violations"]:
        if violation["impact"] in GRAVE:
            for node in violation["nodes"]:
                yield f"{violation['id']}: {node['html'][:200]} {node['failureSummary']}"
