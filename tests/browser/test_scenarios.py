"""Scenarios in a real browser: many edits at once, the difference, and what one takes away: a link, a report."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from core.labels import INGRESS_USE_WAYPOINT
from core.paths import resolve
from core.sources import read
from tests.browser.conftest import Open
from tests.browser.serving import Watch
from tests.browser.steps import BYPASS, CART, LABEL, chips, choose, graph_of, settled, switch, view

pytestmark = pytest.mark.browser


def unlabelled(sample: str, number: int) -> list[str]:
    """Services of a sample that ingress traffic leads to, and that have no label of their own."""
    cluster = read([sample]).cluster
    refs = sorted({path.service_ref for path in resolve(cluster).paths})
    found = [
        str(ref)
        for ref in refs
        if (one := cluster.services.get((ref.namespace, ref.name))) is not None
        and INGRESS_USE_WAYPOINT not in one.labels
    ]
    assert len(found) >= number
    return found[:number]


def test_twenty_services_are_labelled_at_once_undone_and_redone(open_page: Open) -> None:
    page = open_page("paths?source=sample:shop")
    for name in unlabelled("sample:shop", 20):
        page.locator(f'.toggles input[type=checkbox][value="{name}"]').check()
    bulk = page.get_by_role("group", name=f"{LABEL} of all selected services")
    expect(bulk).to_contain_text("20 selected")
    bulk.get_by_role("button", name="true").click()
    expect(chips(page)).to_have_count(20)
    moved = page.locator(".toggles td.moved")
    expect(moved).not_to_have_count(0)
    settled(page)
    changed = moved.count()
    page.get_by_role("button", name="Undo").click()
    expect(chips(page)).to_have_count(0)
    expect(moved).to_have_count(0)
    page.get_by_role("button", name="Redo").click()
    expect(chips(page)).to_have_count(20)
    expect(moved).to_have_count(changed)


def test_a_difference_is_flipped_and_nothing_moves(open_page: Open) -> None:
    page = open_page(f"paths?source={BYPASS}&at={CART}")
    root = graph_of(page)
    choose(switch(page, "Service/shop/cart"), "true")
    expect(page.get_by_role("radio", name="Difference")).to_be_checked()
    expect(root).to_have_attribute("data-time", "both")
    settled(page)
    seen = view(root)
    times = root.get_by_role("group", name="State shown")
    pictures = {picture(page)}
    for name, time in (("Before", "before"), ("After", "after")):
        times.get_by_role("button", name=name).click()
        expect(root).to_have_attribute("data-time", time)
        assert view(root) == seen
        pictures.add(picture(page))
    assert len(pictures) == 3
    root.locator(".host").focus()
    page.keyboard.press("b")
    expect(root).not_to_have_attribute("data-time", "after")
    assert view(root) == seen


def picture(page: Page) -> bytes:
    """What the graph shows, once it has been drawn."""
    page.wait_for_timeout(300)
    return page.locator(".traffic-graph canvas").first.screenshot()


def test_a_link_shows_the_same_in_a_fresh_browser(open_page: Open, chromium: Browser, dashboard: str) -> None:
    page = open_page(f"paths?source={BYPASS}&at={CART}&tab=changes")
    page.get_by_role("button", name="Try it").click()
    expect(page.locator(".inspector")).to_contain_text("Passes waypoint shop/waypoint")
    expect(page).to_have_url(re.compile("scenario="))
    told = shown(page)
    fresh = Watch(chromium.new_context(viewport={"width": 1440, "height": 900}), dashboard)
    other = fresh.tab()
    other.goto(page.url)
    expect(other.locator(".inspector")).to_contain_text("Passes waypoint shop/waypoint", timeout=30_000)
    expect(graph_of(other)).to_have_attribute("data-selected", CART)
    settled(other)
    assert shown(other) == told
    fresh.close()
    fresh.context.close()


def shown(page: Page) -> list[list[str]]:
    """What a page tells: the edits, the verdicts, the changes, the legend."""
    parts = (".chip", ".inspector .badge", ".paths tbody tr", ".legend button")
    told = [page.locator(part).all_inner_texts() for part in parts]
    assert all(told)
    return told


@pytest.mark.parametrize("place", ["st-key-report-scenario", "st-key-report-paths"])
def test_one_press_saves_a_report_that_can_be_read(open_page: Open, chromium: Browser, place: str) -> None:
    page = open_page(f"paths?source={BYPASS}&at={CART}&tab=paths")
    page.get_by_role("button", name="Try it").click()
    expect(chips(page)).to_have_count(1)
    settled(page)
    with page.expect_download() as saving:
        page.locator(f".{place}").get_by_role("button", name="HTML report").first.click()
    assert saving.value.suggested_filename == "waypath-report.html"
    saved = saving.value.path().with_suffix(".html")
    saving.value.save_as(saved)
    context = chromium.new_context(offline=True)
    reader = context.new_page()
    reader.goto(saved.as_uri())
    expect(reader.locator("h1")).to_have_text("What changes for ingress traffic")
    expect(reader.locator("header")).to_contain_text("1 of 2 ingress paths changes")
    expect(reader.locator("figure svg").first).to_be_visible()
    expect(reader.locator("#scenario")).to_contain_text("kubectl label service cart -n shop")
    expect(reader.locator("table.changes")).to_contain_text("newly enforced")
    context.close()


def test_back_takes_one_press_from_a_finding_and_from_a_policy(open_page: Open) -> None:
    page = open_page(f"findings?source={BYPASS}")
    page.get_by_role("button", name="Show the path").click()
    expect(page.locator(".inspector")).to_contain_text("Bypasses waypoint shop/waypoint")
    settled(page)
    page.locator(".standing").get_by_role("button", name="AuthorizationPolicy/shop/cart-read-only").click()
    expect(page.locator("h1")).to_have_text("Where does each policy really act?")
    settled(page)
    page.go_back()
    expect(page.locator(".inspector")).to_contain_text("Bypasses waypoint shop/waypoint")
    settled(page)
    page.go_back()
    expect(page.locator("h1")).to_have_text("What is wrong, and what would this scenario change?")
    expect(page.locator(".finding")).to_have_count(1)
