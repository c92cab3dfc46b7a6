"""Findings, policies and advice in a real browser: from what is wrong to a scenario and its plan."""

import re

import pytest
from playwright.sync_api import FilePayload, expect

from core.advice import advise
from core.edits import LabelEdit
from core.paths import resolve
from core.plan import plan
from core.scenario import to_link
from core.sources import read
from tests.browser.conftest import Open
from tests.dashboard.cases import PAYLOADS
from tests.dashboard.judging import policed_files

pytestmark = pytest.mark.browser

BYPASS = "sample:bypass-by-default"
LABEL = "istio.io/ingress-use-waypoint"
CART = LabelEdit(kind="service", namespace="shop", name="cart", set={LABEL: "true"})
DIFFERENCE = f"scenario={to_link([CART])}&view=difference"
POLICY = "AuthorizationPolicy/shop/cart-read-only"


def test_a_finding_opens_its_path(open_page: Open) -> None:
    page = open_page(f"findings?source={BYPASS}")
    expect(page.locator(".lead")).to_have_text("1 finding: 1 error.")
    page.get_by_role("button", name="Show the path").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Where does each path go, and why?")
    expect(page.locator(".inspector")).to_contain_text("Bypasses waypoint shop/waypoint")
    expect(page.locator(".inspector .standing.bypassed")).to_contain_text("cart-read-only bypassed")
    expect(page).to_have_url(re.compile("/paths.*at="))


def test_trying_a_remedy_removes_the_finding(open_page: Open) -> None:
    page = open_page(f"findings?source={BYPASS}")
    page.get_by_role("button", name="Try it").click()
    expect(page.locator(".lead")).to_have_text("1 finding today, 0 with the edits: 1 gone.")
    expect(page.locator(".finding.gone")).to_have_count(1)
    expect(page.locator("li.chip")).to_contain_text([f"{LABEL} = true"])
    page.locator("label, button", has_text=re.compile("^With edits$")).first.click()
    expect(page.locator(".lead")).to_contain_text("No finding: none of ")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".lead")).to_have_text("1 finding: 1 error.")


def test_a_page_of_findings_is_opened_by_its_address(open_page: Open) -> None:
    page = open_page("findings?source=sample:shop&code=black-hole&namespace=orders")
    expect(page.locator(".group h2")).to_have_text(["black-hole"])
    expect(page.locator(".finding")).to_have_count(1)
    expect(page.locator(".finding")).to_contain_text("Service/orders/order-events")
    page.locator("summary", has_text="What the code means").click()
    expect(page.locator(".meaning")).to_contain_text("Remedy. Give the service an address")


def test_codes_are_chosen_with_the_keyboard(open_page: Open) -> None:
    page = open_page("findings?source=sample:shop")
    button = page.locator("button.code", has_text="no-endpoints")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".group h2")).to_have_text(["no-endpoints"])
    expect(page).to_have_url(re.compile("code=no-endpoints"))


def test_findings_are_saved_as_they_are_filtered(open_page: Open) -> None:
    page = open_page("findings?source=sample:shop&find=policy-bypassed")
    page.get_by_role("button", name="Download").click()
    for name, word in (
        ("JSON", '"code": "policy-bypassed"'),
        ("SARIF", '"2.1.0"'),
        ("Markdown", "`policy-bypassed`"),
    ):
        with page.expect_download() as saving:
            page.get_by_role("button", name=name, exact=True).click()
        text = saving.value.path().read_text()
        assert word in text
        assert '"code": "black-hole"' not in text


def test_expectations_are_written_on_the_page_and_kept_in_its_address(open_page: Open) -> None:
    page = open_page(f"findings?source={BYPASS}&{DIFFERENCE}")
    page.get_by_role("button", name="Expectations").click()
    field = page.get_by_role("textbox", name="waypath.yaml")
    field.fill("must-traverse: [shop/cart, shop/checkout]")
    field.press("Control+Enter")
    expect(page.locator("summary", has_text="expectations are met")).to_have_text(
        "0 of 2 expectations are met today, 1 with the edits"
    )
    expect(page).to_have_url(re.compile("expect="))
    page.reload()
    rows = page.locator(".expectations tbody tr")
    expect(rows).to_have_count(2, timeout=30_000)
    rows.nth(1).get_by_role("button", name="not met by 1 of 1 path").first.click()
    expect(page.locator(".inspector .subject")).to_have_text("Service/shop/checkout")


def test_expectations_that_can_not_be_read_are_told(open_page: Open) -> None:
    page = open_page(f"findings?source={BYPASS}")
    page.get_by_role("button", name="Expectations").click()
    field = page.get_by_role("textbox", name="waypath.yaml")
    field.fill("must: [shop/cart]")
    field.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("there is no 'must', there are must-traverse")
    expect(page.locator(".finding")).to_have_count(1)


def test_all_advice_becomes_the_scenario_and_its_plan(open_page: Open) -> None:
    loaded = read(["sample:shop"])
    resolution = resolve(loaded.cluster)
    edits = advise(resolution, loaded.policies).edits
    commands = [one.text for one in plan(resolution.cluster, edits).do if one.text]
    page = open_page("advice?source=sample:shop")
    page.get_by_role("button", name=f"Accept all advice, {len(edits)} edits").click()
    expect(page.locator("li.chip")).to_have_count(len(edits))
    expect(page.locator(".stMain ol.steps").first.locator("pre")).to_have_text(commands)
    expect(page.get_by_text("In the scenario already.")).to_be_visible()


def test_advice_is_accepted_row_by_row(open_page: Open) -> None:
    page = open_page("advice?source=sample:shop&namespace=catalog")
    page.get_by_role("checkbox", name="Select Service/catalog/inventory").check()
    page.get_by_role("button", name="Accept the selected").click()
    expect(page.locator("li.chip")).to_have_count(1)
    page.get_by_role("button", name="Accept the advice for Service/catalog/images").click()
    expect(page.locator("li.chip")).to_have_count(2)
    expect(page.locator("tr", has_text="inventory").get_by_text("in the scenario")).to_be_visible()


def test_a_policy_of_a_path_leads_to_its_places_and_back(open_page: Open) -> None:
    page = open_page(f"paths?source={BYPASS}&at=service:Service/shop/cart")
    page.locator(".standing").get_by_role("button", name=POLICY).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Where does each policy really act?")
    detail = page.locator(".detail")
    expect(detail).to_contain_text("Acts at 1 place.")
    expect(detail).to_contain_text("waypoint shop/waypoint on Service/shop/cart:80")
    detail.locator("button.pick").click()
    expect(page.locator(".inspector .subject")).to_have_text("Service/shop/cart")


def test_the_table_of_changes_tells_policies_and_hops(open_page: Open) -> None:
    page = open_page(f"paths?source={BYPASS}&tab=changes&{DIFFERENCE}")
    row = page.locator(".paths tr.pick")
    expect(row).to_contain_text("newly enforced cart-read-only")
    expect(row).to_contain_text("L7 hops: 1 → 2")


@pytest.mark.parametrize("where", ["findings", "policies", "advice"])
@pytest.mark.parametrize("width", [390, 1280])
def test_a_page_is_no_wider_than_its_window(open_page: Open, where: str, width: int) -> None:
    page = open_page(f"{where}?source=sample:shop", width=width)
    expect(page.locator(".lead").first).to_be_visible()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.evaluate("() => document.querySelector('.stMain').scrollWidth") <= width


def test_hostile_text_of_policies_stays_text(open_page: Open) -> None:
    page = open_page()
    payload = PAYLOADS[0]
    files: list[FilePayload] = [
        {"name": name, "mimeType": "application/yaml", "buffer": data}
        for name, data in policed_files(payload)
    ]
    page.locator("input[type=file]").set_input_files(files)
    expect(page.locator(".tiles")).to_be_visible(timeout=30_000)
    for name in ("Findings", "Policies", "Advice"):
        page.get_by_role("link", name=name).click()
        expect(page).to_have_url(re.compile(f"/{name.lower()}[?]"))
        expect(page.locator(".lead").first).to_be_visible()
        if name == "Findings":
            expect(page.locator(".finding.accepted")).to_contain_text(payload)
        assert page.locator("img[src=x]").count() == 0
