"""An axe-core scan of each page in both themes: nothing serious, nothing critical."""

from collections.abc import Iterator
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open

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
    "rules": "rules",
}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("where", PAGES.values(), ids=PAGES)
def test_nothing_serious_is_found(open_page: Open, where: str, theme: str) -> None:
    page = open_page(where, dark=theme == "dark")
    expect(page.locator(".root").last).to_be_visible()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert found["passes"], "the scan looked at nothing"
    assert list(grave(found)) == []


def grave(found: dict) -> Iterator[str]:
    for violation in found["violations"]:
        if violation["impact"] in GRAVE:
            for node in violation["nodes"]:
                yield f"{violation['id']}: {node['target']} {node['html'][:200]}"
