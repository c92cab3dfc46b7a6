"""What tests do on the dashboard's pages again and again."""

import re

from playwright.sync_api import Locator, Page, expect

LABEL = "istio.io/ingress-use-waypoint"
BYPASS = "sample:bypass-by-default"
CART = "service:Service/shop/cart"


def switch(page: Page, of: str, place: str = "toggle") -> Locator:
    """The switch of an object's label: in the table (`toggle`) or in the inspector."""
    kind = ".toggles" if place == "toggle" else ".inspector"
    return page.locator(kind).get_by_role("radiogroup", name=f"{LABEL} of {of}", exact=True)


def choose(group: Locator, value: str) -> None:
    group.locator("label", has_text=re.compile(f"^{value}$")).click()


def chips(page: Page) -> Locator:
    """The edits of the scenario."""
    return page.locator("li.chip")


def graph_of(page: Page) -> Locator:
    """The graph, drawn."""
    root = page.locator(".traffic-graph")
    expect(root).to_have_attribute("data-ready", "true", timeout=30_000)
    return root


def settled(page: Page) -> None:
    """Waits until the server has nothing left to say."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def view(root: Locator) -> tuple[float, float, float]:
    """The middle of what the graph shows, and its scale."""
    told = root.evaluate("element => ({...element.dataset})")
    return float(told["x"]), float(told["y"]), float(told["scale"])


def on_screen(root: Locator, x: float, y: float) -> tuple[float, float]:
    """Where a place of the drawing is in the window."""
    box = root.locator(".host").bounding_box()
    assert box is not None
    middle_x, middle_y, scale = view(root)
    return (
        box["x"] + box["width"] / 2 + (x - middle_x) * scale,
        box["y"] + box["height"] / 2 + (y - middle_y) * scale,
    )
