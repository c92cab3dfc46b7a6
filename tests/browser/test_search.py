"""The search on each page, from the keyboard, and the way back."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open

pytestmark = pytest.mark.browser

PAGES = ["overview", "paths", "findings", "policies", "advice"]


def field(page: Page):
    return page.get_by_role("combobox", name="Find an object by a part of its name")


@pytest.mark.parametrize("where", PAGES)
def test_an_object_is_found_by_a_part_of_its_name_with_the_keyboard_alone(
    open_page: Open, where: str
) -> None:
    page = open_page(f"{where}?source=sample:shop")
    expect(field(page)).to_be_visible()
    page.keyboard.press("/")
    expect(field(page)).to_be_focused()
    page.keyboard.type("ledg")
    expect(page.get_by_role("option").first).to_contain_text("ledger")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/paths.*at=service"))
    expect(page.locator(".inspector .subject")).to_contain_text("ledger")


def test_one_step_back_undoes_the_change_of_page(open_page: Open) -> None:
    page = open_page("?source=sample:shop")
    field(page).fill("ledger")
    page.get_by_role("option").first.click()
    expect(page.locator(".inspector .subject")).to_contain_text("ledger")
    page.go_back()
    expect(page.locator("h1")).to_have_text("Which ingress traffic skips its waypoint?")
    page.get_by_role("link", name="Rules").click()
    expect(page.locator("h1")).to_have_text("Which conditions decide where a path goes?")
    page.go_back()
    expect(page.locator("h1")).to_have_text("Which ingress traffic skips its waypoint?")


def test_what_is_not_there_is_told(open_page: Open) -> None:
    page = open_page("?source=sample:shop")
    field(page).fill("zzz")
    expect(page.locator(".search .told")).to_have_text("Nothing in the source has “zzz” in its name.")
    page.keyboard.press("Escape")
    expect(field(page)).to_have_value("")
