"""Fifty names that try to be more than text: none runs, none breaks the layout, all are shown."""

import re

import pytest
from playwright.sync_api import FilePayload, Page, expect

from core.terminal import visible
from tests.browser.conftest import Open
from tests.browser.graph_cases import PAYLOADS
from tests.browser.hostile_files import file_name, hostile_files

pytestmark = pytest.mark.browser

TABS = ("Labels", "Flags and versions", "Paths", "Changes", "Plan")
FILES: list[FilePayload] = [
    {"name": name, "mimeType": "application/json", "buffer": data} for name, data in hostile_files()
]


VALID = {"constructor", "toString", "hasOwnProperty"}
"""Payloads that Kubernetes takes for a name: there is nothing to say of their files."""


def test_hostile_text_stays_text_everywhere(open_page: Open) -> None:
    page = open_page()
    page.locator("input[type=file]").set_input_files(FILES)
    expect(page.locator(".tiles")).to_be_visible(timeout=30_000)
    page.locator("summary", has_text="while reading the source").click()
    problems = page.locator(".problems").inner_text()
    for number, payload in enumerate(PAYLOADS):
        assert shown(payload, problems) or payload in VALID, payload
        assert shown(f"{file_name(payload)}{number}.json", problems) or payload in VALID, payload
    is_safe(page)

    page.get_by_role("link", name="Paths").click()
    expect(page.locator(".toggles tr.service")).to_have_count(len(PAYLOADS))
    labels = page.locator(".toggles").inner_text()
    hosts = ""
    for tab in TABS:
        page.locator("label, button", has_text=re.compile(f"^{tab}$")).first.click()
        expect(page.get_by_role("radio", name=tab)).to_be_checked()
        page.wait_for_timeout(400)
        is_safe(page)
        if tab == "Paths":
            hosts = page.locator(".paths").inner_text()
    for payload in PAYLOADS:
        assert shown(payload, labels), payload
        assert shown(payload.lower(), hosts.lower()), payload  # hosts have no case


@pytest.mark.parametrize("payload", [PAYLOADS[0], PAYLOADS[29], PAYLOADS[45]], ids=["tag", "bidi", "long"])
def test_what_is_typed_into_the_search_stays_text(open_page: Open, payload: str) -> None:
    page = open_page("?source=sample:shop")
    field = page.get_by_role("combobox", name="Find an object by a part of its name")
    field.fill(payload)
    expect(page.locator(".search .told")).to_contain_text("Nothing in the source has")
    is_safe(page)


def shown(payload: str, text: str) -> bool:
    """Whether a page's text has the payload, as it is, with what can't be seen spelled out, or as a browser sends it."""
    words = re.sub(r"\s+", "", text)
    sent = payload.replace('"', "%22").replace("\n", "%0A")
    return any(re.sub(r"\s+", "", one)[:150] in words for one in (payload, visible(payload), visible(sent)))


def is_safe(page: Page) -> None:
    """No script of a payload ran, nothing of one became an element, and the page is no wider than its window."""
    assert page.evaluate("() => window.__pwned") is None
    assert page.evaluate(FOREIGN) == []
    assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.evaluate("() => document.querySelector('.stMain').scrollWidth") <= 1440


FOREIGN = """() => {
    const found = [];
    const look = (root) => {
        for (const element of root.querySelectorAll("*")) {
            if (element.shadowRoot) look(element.shadowRoot);
            const marks = [...element.attributes].some(
                (one) => one.name.startsWith("on") || /^\\s*javascript:/i.test(one.value) && one.name === "href",
            );
            const tags = ["iframe", "object", "math", "video", "marquee", "base"];
            const image = element.localName === "img" && !element.src.startsWith(location.origin);
            if (marks || image || tags.includes(element.localName)) found.push(element.outerHTML.slice(0, 200));
        }
    };
    look(document);
    return found;
}"""
