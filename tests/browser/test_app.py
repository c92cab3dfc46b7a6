"""The dashboard in a real browser: from a sample to a toggled label, and back to where one was."""

import re

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from core.edits import LabelEdit
from core.graph import build
from core.paths import resolve
from core.scenario import to_link
from core.sources import read
from tests.browser.conftest import Open
from tests.browser.steps import BYPASS, CART, LABEL, chips, choose, graph_of, on_screen, switch
from tests.dashboard.cases import HOSTILE, PAYLOADS

pytestmark = pytest.mark.browser


def node_on_screen(root: Locator, sample: str, name: str) -> tuple[float, float]:
    """Where a node of a sample's graph is in the window."""
    resolution = resolve(read([f"sample:{sample}"]).cluster)
    node = build(resolution, resolution.paths).nodes[name]
    return on_screen(root, node["x"], node["y"])


def test_from_a_sample_to_a_changed_verdict_and_back_by_the_address(open_page: Open) -> None:
    page = open_page()
    page.get_by_role("button", name="Bypass by default").click()
    expect(page.get_by_text("2 of 2 ingress paths bypass the waypoint of their service")).to_be_visible()
    expect(page.get_by_role("radio", name="Today")).to_be_checked()
    page.get_by_role("link", name="Paths").click()
    root = graph_of(page)
    expect(page.get_by_role("radio", name="Today")).to_be_checked()
    expect(page.get_by_role("radio", name="Labels")).to_be_checked()
    page.mouse.click(*node_on_screen(root, "bypass-by-default", CART))
    inspector = page.locator(".inspector")
    expect(inspector).to_contain_text("Bypasses waypoint shop/waypoint: Service/shop/cart has no")
    expect(inspector.locator(".gate.decisive")).to_contain_text("ingress-label")

    row = page.locator(".toggles tr.service").filter(has_text="cart")
    expect(row.locator(".badge")).to_have_text(["direct", "direct"])
    top = inspector.bounding_box()
    choose(switch(page, "Service/shop/cart"), "true")
    expect(row.locator(".badge")).to_have_text(["direct", "waypoint"])
    expect(chips(page)).to_have_count(1)
    expect(page.get_by_role("radio", name="Difference")).to_be_checked()
    expect(inspector).to_contain_text("Passes waypoint shop/waypoint")
    after = inspector.bounding_box()
    assert top is not None
    assert after is not None
    assert (after["x"], after["y"]) == (top["x"], top["y"])

    expect(page).to_have_url(re.compile("scenario=.*view=difference.*at=service"))
    page.reload()
    expect(page.locator(".inspector")).to_contain_text("Passes waypoint shop/waypoint", timeout=30_000)
    expect(chips(page)).to_have_count(1)
    expect(graph_of(page)).to_have_attribute("data-selected", CART)


def test_the_selection_is_one_in_graph_table_and_inspector(open_page: Open) -> None:
    page = open_page(f"paths?source={BYPASS}&tab=paths")
    root = graph_of(page)
    page.locator(".paths").get_by_role("button", name="checkout:8080").click()
    expect(root).to_have_attribute("data-selected", re.compile("Service/shop/checkout:8080"))
    expect(page.locator(".inspector .subject")).to_have_text("Service/shop/checkout")
    expect(page.locator(".paths tr.selected")).to_contain_text("checkout")
    page.get_by_role("button", name="Clear the selection").click()
    expect(page.locator(".inspector")).to_contain_text("Select something")


def test_what_would_change_it_is_tried_with_one_click(open_page: Open) -> None:
    page = open_page(f"paths?source={BYPASS}&at={CART}")
    expect(page.locator(".remedy pre")).to_have_text(
        f"kubectl label service cart -n shop {LABEL}=true --overwrite"
    )
    page.get_by_role("button", name="Try it").click()
    expect(page.locator(".inspector")).to_contain_text("Passes waypoint shop/waypoint")
    expect(chips(page)).to_contain_text([f"{LABEL} = true"])


def test_many_at_once_undone_and_redone(open_page: Open) -> None:
    page = open_page(f"paths?source={BYPASS}")
    bulk = page.get_by_role("group", name=f"{LABEL} of all selected services")
    expect(bulk.get_by_role("button", name="true")).to_be_disabled()
    page.get_by_role("checkbox", name="Select all services").check()
    expect(bulk).to_contain_text("2 selected")
    bulk.get_by_role("button", name="true").click()
    expect(chips(page)).to_have_count(2)
    expect(page.locator(".toggles td.moved .badge")).to_have_text(["waypoint", "waypoint"])
    page.get_by_role("button", name="Undo").click()
    expect(chips(page)).to_have_count(0)
    page.get_by_role("button", name="Redo").click()
    expect(chips(page)).to_have_count(2)
    page.get_by_role("button", name=f"Remove Service/shop/cart: {LABEL} = true").click()
    expect(chips(page)).to_have_count(1)
    page.get_by_role("button", name="Clear the scenario").click()
    expect(page.get_by_text("No edits")).to_be_visible()


def test_a_toggle_moves_nothing_and_keeps_what_is_checked(open_page: Open) -> None:
    page = open_page(f"paths?source={BYPASS}&view=edits&scenario={scenario('checkout')}")
    root = graph_of(page)
    page.get_by_role("checkbox", name="Select Service/shop/checkout").check()
    before = root.evaluate("element => [element.dataset.x, element.dataset.y, element.dataset.scale]")
    choose(switch(page, "Service/shop/cart"), "true")
    expect(chips(page)).to_have_count(2)
    expect(root.locator(".legend")).to_contain_text("waypoint2")
    assert root.evaluate("element => [element.dataset.x, element.dataset.y, element.dataset.scale]") == before
    expect(page.get_by_role("checkbox", name="Select Service/shop/checkout")).to_be_checked()


def scenario(service: str) -> str:
    return to_link([LabelEdit(kind="service", namespace="shop", name=service, set={LABEL: "true"})])


def test_flags_and_versions(open_page: Open) -> None:
    page = open_page("paths?source=sample:label-on-service&tab=flags")
    flag = page.get_by_role("radiogroup", name="KGW_INGRESS_USE_WAYPOINTS of kgateway")
    choose(flag, "off")
    expect(chips(page)).to_contain_text(["KGW_INGRESS_USE_WAYPOINTS = false"])
    choose(flag, "as read")
    expect(chips(page)).to_have_count(0)
    page.get_by_role("combobox", name="Version of kgateway").select_option("2.0")
    expect(chips(page)).to_contain_text(["version 2.0"])
    expect(page.get_by_text("not read by 2.0").first).to_be_visible()


def test_a_number_leads_to_its_paths_and_back_leads_back(open_page: Open) -> None:
    page = open_page("?source=sample:shop")
    page.get_by_role("button", name="orders", exact=True).wait_for()
    page.get_by_title("1 black hole in orders: show them").click()
    expect(page.locator(".toggles tr.service")).to_have_count(1)
    expect(page).to_have_url(re.compile("/paths.*namespace=orders.*verdict=blackhole"))
    page.go_back()
    expect(page.locator("h1")).to_have_text("Which ingress traffic skips its waypoint?")
    expect(page.locator(".heat")).to_contain_text("payments")


def test_with_the_keyboard_alone(open_page: Open) -> None:
    page = open_page()
    expect(page.get_by_role("button", name="Bypass by default")).to_be_visible()
    press_until(page, "Tab", "Bypass by default")
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 of 2 ingress paths bypass")).to_be_visible()
    press_until(page, "Tab", "Paths", limit=60)
    page.keyboard.press("Enter")
    expect(switch(page, "Service/shop/cart")).to_be_visible()
    press_until(page, "Tab", f"{LABEL} of Service/shop/cart", limit=60)
    page.keyboard.press("ArrowRight")
    expect(chips(page)).to_have_count(1)
    assert focused(page).startswith(f"{LABEL} of Service/shop/cart")
    page.keyboard.press("ArrowRight")
    expect(chips(page)).to_contain_text([f"{LABEL} = false"])


def focused(page: Page) -> str:
    """The name of what has the focus, a switch by that of its group."""
    named: str = page.evaluate(
        """() => {
            let at = document.activeElement;
            while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
            const group = at?.closest("[role=radiogroup]");
            return (group ?? at)?.getAttribute("aria-label") ?? at?.textContent ?? "";
        }"""
    )
    return named.strip()


def press_until(page: Page, key: str, name: str, *, limit: int = 40) -> None:
    for _ in range(limit):
        page.keyboard.press(key)
        if focused(page).startswith(name):
            return
    pytest.fail(f"{limit} times {key} do not lead to {name}; the focus is on {focused(page)!r}")


@pytest.mark.parametrize("where", ["", "paths", "rules"])
def test_dark_and_light_follow_the_browser(open_page: Open, where: str) -> None:
    page = open_page(f"{where}?source=sample:shop", dark=True)
    background = "element => getComputedStyle(element).backgroundColor"
    assert page.locator(".stApp").evaluate(background) == "rgb(14, 17, 23)"
    badge = page.locator(".badge, .tile .what, .heat th.verdict").first
    assert bright(badge.evaluate("element => getComputedStyle(element).color"))
    page.emulate_media(color_scheme="light")
    expect(page.locator(".stApp")).to_have_css("background-color", "rgb(255, 255, 255)")
    assert not bright(badge.evaluate("element => getComputedStyle(element).color"))


def bright(colour: str) -> bool:
    red, green, blue = (float(part) for part in re.findall(r"[\d.]+", colour)[-3:])
    if "srgb" in colour:
        red, green, blue = 255 * red, 255 * green, 255 * blue
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 128


@pytest.mark.parametrize("where", ["", "?source=sample:shop", "paths?source=sample:shop", "rules"])
def test_on_a_phone_nothing_is_wider_than_the_screen(open_page: Open, where: str) -> None:
    page = open_page(where, width=390, height=844)
    page.wait_for_load_state("networkidle")
    expect(page.locator(".root").first).to_be_visible()
    width = (
        "() => Math.max(document.documentElement.scrollWidth, document.querySelector('.stMain').scrollWidth)"
    )
    assert page.evaluate(width) <= 390


def test_uploaded_names_are_text(open_page: Open) -> None:
    page = open_page()
    payload = PAYLOADS[0]
    files: list[FilePayload] = [
        {
            "name": f"{payload}.yaml",
            "mimeType": "application/yaml",
            "buffer": HOSTILE.replace("PAYLOAD", f"'{payload}'").encode(),
        }
    ]
    page.locator("input[type=file]").set_input_files(files)
    expect(page.get_by_text("1 ingress path")).to_be_visible()
    expect(page.locator(".source .name")).to_contain_text("<img src=x onerror=alert(1)>")
    page.get_by_role("link", name="Paths").click()
    graph_of(page)
    page.get_by_role("button", name="Show the worst path").click()
    expect(page.locator(".inspector")).to_contain_text(payload)
    assert page.locator("img[src=x]").count() == 0


def test_the_link_is_copied(open_page: Open) -> None:
    page = open_page(f"paths?source={BYPASS}&at={CART}")
    button = page.get_by_role("button", name="Copy the link to this page")
    button.click()
    expect(button).to_have_class(re.compile("copied"))


@pytest.mark.parametrize("where", ["", "overview", "paths"])
def test_a_source_that_is_not_offered_is_told(open_page: Open, where: str) -> None:
    page = open_page()
    page.goto(page.url + f"{where}?source=/etc/passwd")
    expect(page.get_by_text("was not started with")).to_be_visible()
    page.get_by_role("button", name="Choose another source").click()
    expect(page.get_by_role("button", name="Bypass by default")).to_be_visible()
