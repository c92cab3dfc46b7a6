"""The page of traces in a real browser: a request is asked for, told hop by hop, and played on the picture."""

import json
import re
from urllib.parse import quote

import pytest
import yaml
from playwright.sync_api import FilePayload, Locator, Page, expect

from core.edits import LabelEdit
from core.scenario import to_link
from tests.browser.conftest import Open
from tests.browser.test_component import positions
from tests.browser.test_hostile import is_safe
from tests.dashboard.cases import PAYLOADS

pytestmark = pytest.mark.browser

BYPASS = "sample:bypass-by-default"
CART = LabelEdit(kind="service", namespace="shop", name="cart", set={"istio.io/ingress-use-waypoint": "true"})
DIFFERENCE = f"scenario={to_link([CART])}&view=difference"
API = "gateway.networking.k8s.io/v1"

REDIRECTING = f"""
apiVersion: {API}
kind: GatewayClass
metadata: {{name: kgateway}}
spec: {{controllerName: kgateway.dev/kgateway}}
---
apiVersion: {API}
kind: Gateway
metadata: {{name: http, namespace: infra}}
spec:
  gatewayClassName: kgateway
  listeners: [{{name: http, port: 80, protocol: HTTP, allowedRoutes: {{namespaces: {{from: All}}}}}}]
---
apiVersion: {API}
kind: HTTPRoute
metadata: {{name: moved, namespace: shop}}
spec:
  parentRefs: [{{name: http, namespace: infra}}]
  hostnames: [old.example.com]
  rules:
  - filters:
    - {{type: RequestRedirect, requestRedirect: {{hostname: new.example.com, statusCode: 301}}}}
"""


def picture(page: Page) -> Locator:
    root = page.locator(".traffic-graph")
    expect(root).to_have_attribute("data-ready", "true", timeout=30_000)
    return root


def settled(page: Page) -> None:
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=30_000)


def traced(open_page: Open, address: str) -> Page:
    """The page of traces at an address, once it is drawn."""
    page = open_page(address)
    expect(page.locator(".examples")).to_be_visible(timeout=30_000)
    settled(page)
    return page


def test_a_request_is_traced_from_the_form(open_page: Open) -> None:
    page = traced(open_page, f"trace?source={BYPASS}")
    expect(page.locator(".disposition")).to_have_text("Delivered")
    field = page.get_by_role("textbox", name="URL")
    expect(field).to_have_value("http://shop.example.com/cart")
    field.fill("http://shop.example.com/checkout/pay?id=7")
    page.get_by_role("textbox", name="Headers").fill("x-canary=1")
    field.press("Enter")
    expect(page.locator(".ending .lead")).to_contain_text("by HTTPRoute/shop/checkout rule 0")
    expect(page).to_have_url(re.compile(r"/trace\?.*url=.*checkout.*header=x-canary"))
    expect(page.locator(".forms tbody tr", has_text="x-canary")).to_be_visible()
    expect(page.locator(".hop").nth(2)).to_contain_text("Service/shop/checkout")


def test_an_example_is_traced_by_one_click_and_taken_back_by_one(open_page: Open) -> None:
    page = traced(open_page, f"trace?source={BYPASS}")
    page.get_by_role("button", name="shop.example.com/checkout").click()
    expect(page.locator(".ending .lead")).to_contain_text("by HTTPRoute/shop/checkout rule 0")
    expect(page).to_have_url(re.compile("url=.*checkout"))
    settled(page)
    page.wait_for_timeout(1600)  # until then the browser may still send the address before this one
    page.go_back()
    expect(page.locator(".ending .lead")).to_contain_text("by HTTPRoute/shop/cart rule 0")


def test_a_rejected_rule_says_why(open_page: Open) -> None:
    page = traced(open_page, f"trace?source={BYPASS}")
    page.locator("summary", has_text="1 other rule did not take it, and why").click()
    expect(page.locator(".rejected .rule")).to_contain_text("path /cart is not below /checkout")


def test_it_is_played_with_keys_and_buttons_and_nothing_moves(open_page: Open) -> None:
    page = traced(open_page, "trace?source=sample:header-added-twice")
    root = picture(page)
    expect(root).to_have_attribute("data-played", "client")
    start = positions(root)
    expect(page.locator(".hop.now")).to_contain_text("Client")
    page.keyboard.press("ArrowRight")
    expect(root).to_have_attribute("data-played", "gateway:infra/http")
    expect(page.locator(".hop.now")).to_contain_text("Gateway/infra/http")
    for _ in range(5):
        settled(page)
        page.get_by_role("button", name="Next").click()
    expect(root).to_have_attribute("data-played", "waypoint:Service/shop/cart@shop/waypoint")
    expect(page.locator(".hop.now")).to_contain_text("WaypointGateway/shop/waypoint")
    expect(page.locator(".hop.now .tag.twice").first).to_be_visible()
    settled(page)
    page.keyboard.press("ArrowLeft")
    expect(root).to_have_attribute("data-played", "ztunnel:Service/shop/cart")
    assert positions(root) == start
    page.locator(".hop").last.get_by_role("button").first.click()
    expect(root).to_have_attribute("data-played", "endpoints:Service/shop/cart")
    expect(page.get_by_role("button", name="Next")).to_be_disabled()


def test_keys_in_a_field_do_not_play(open_page: Open) -> None:
    page = traced(open_page, f"trace?source={BYPASS}")
    root = picture(page)
    field = page.get_by_role("textbox", name="URL")
    field.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(500)
    expect(root).to_have_attribute("data-played", "client")


def test_an_address_alone_opens_a_trace_at_its_step(open_page: Open) -> None:
    page = traced(
        open_page, "trace?source=sample:shop&url=http://orders.example.com/&via=infra/public&leg=2&step=4"
    )
    root = picture(page)
    expect(root).to_have_attribute("data-played", "service:Service/orders/orders-next")
    expect(page.locator(".way[aria-current]")).to_contain_text("20 %")
    expect(page.locator(".ending .lead")).to_contain_text("Gateway/infra/public takes it")
    page.locator("button.way").first.click()
    expect(root).to_have_attribute("data-played", "client")
    expect(page.locator(".hop").nth(2)).to_contain_text("Service/orders/orders")


def test_what_no_rule_takes_is_not_found(open_page: Open) -> None:
    page = traced(open_page, f"trace?source={BYPASS}&url=http://shop.example.com/nothing")
    expect(page.locator(".disposition")).to_have_text("Not found404")
    expect(page.locator(".hop")).to_have_count(2)
    expect(page.locator(".traffic-graph")).to_have_count(0)


def test_a_redirect_says_where_the_client_is_sent(open_page: Open) -> None:
    page = open_page()
    payload: FilePayload = {
        "name": "moved.yaml",
        "mimeType": "application/yaml",
        "buffer": REDIRECTING.encode(),
    }
    page.locator("input[type=file]").set_input_files([payload])
    expect(page.locator("h1")).to_have_text("Which ingress traffic skips its waypoint?", timeout=30_000)
    page.get_by_role("link", name="Trace").click()
    field = page.get_by_role("textbox", name="URL")
    field.fill("http://old.example.com/a?b=c")
    field.press("Enter")
    expect(page.locator(".disposition")).to_have_text("Redirected301")
    expect(page.locator(".ending .lead")).to_contain_text("sends the client to http://new.example.com/a?b=c.")


def test_what_can_not_be_asked_is_told_in_a_sentence(open_page: Open) -> None:
    page = traced(open_page, f"trace?source={BYPASS}&url=shop.example.com")
    expect(page.get_by_role("alert")).to_contain_text("The URL 'shop.example.com' has to begin with one of")
    field = page.get_by_role("textbox", name="URL")
    field.fill("http://shop.example.com/cart")
    page.get_by_role("button", name="Trace", exact=True).click()
    expect(page.locator(".disposition")).to_have_text("Delivered")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_difference_tells_both_ends_and_the_hops_that_change(open_page: Open) -> None:
    page = traced(open_page, f"trace?source={BYPASS}&{DIFFERENCE}")
    expect(page.locator(".ending")).to_have_count(2)
    expect(page.locator(".ending").first).to_contain_text("direct")
    expect(page.locator(".ending").last).to_contain_text("waypoint")
    expect(page.locator(".hop", has=page.locator(".tag.moved"))).to_contain_text(
        ["today: fail: Service/shop/cart has no istio.io/ingress-use-waypoint label"]
    )
    page.locator("label, button", has_text=re.compile("^With edits$")).first.click()
    expect(page.locator(".ending")).to_have_count(1)
    expect(page.locator(".hop .tag.moved")).to_have_count(0)


def test_a_path_leads_to_its_trace_and_one_step_back(open_page: Open) -> None:
    page = open_page(f"paths?source={BYPASS}&at=service:Service/shop/checkout")
    page.locator(".inspector").get_by_role("button", name="Trace a request").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Where does this request go?")
    expect(page.get_by_role("textbox", name="URL")).to_have_value("http://shop.example.com/checkout")
    expect(page.locator(".ending .lead")).to_contain_text("by HTTPRoute/shop/checkout rule 0")
    expect(page).to_have_url(re.compile("/trace.*url="))
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Where does each path go, and why?")
    expect(page.locator(".inspector .subject")).to_have_text("Service/shop/checkout")


def test_it_is_downloaded_as_the_command_prints_it(open_page: Open) -> None:
    page = traced(open_page, f"trace?source={BYPASS}")
    with page.expect_download() as saving:
        page.get_by_role("button", name="Download as JSON").click()
    told = json.loads(saving.value.path().read_text())
    assert told["disposition"] == "delivered"
    assert told["match"]["route"] == "HTTPRoute/shop/cart"
    expect(page.locator(".trace-side pre")).to_have_text(
        f"waypath trace {BYPASS} --url http://shop.example.com/cart"
    )


@pytest.mark.parametrize("payload", PAYLOADS[:7])
def test_a_hostile_header_stays_text(open_page: Open, payload: str) -> None:
    page = traced(
        open_page, f"trace?source={BYPASS}&url=http://shop.example.com/cart&header={quote(f'x={payload}')}"
    )
    expect(page.locator(".forms tbody tr").last).to_contain_text(payload)
    expect(page.locator(".trace-side pre")).to_contain_text("--header")
    is_safe(page)


def test_hostile_names_of_a_source_stay_text(open_page: Open) -> None:
    page = open_page()
    payload = PAYLOADS[0]
    objects = list(yaml.safe_load_all(REDIRECTING))
    objects[-1]["metadata"]["name"] = payload
    objects[-1]["spec"]["hostnames"] = [payload, "old.example.com"]
    data = yaml.safe_dump_all(objects).encode()
    hostile: FilePayload = {"name": "moved.yaml", "mimeType": "application/yaml", "buffer": data}
    page.locator("input[type=file]").set_input_files([hostile])
    expect(page.locator("h1")).to_have_text("Which ingress traffic skips its waypoint?", timeout=30_000)
    page.get_by_role("link", name="Trace").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Where does this request go?")
    settled(page)
    is_safe(page)


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_is_no_wider_than_its_window(open_page: Open, width: int) -> None:
    page = open_page("trace?source=sample:header-added-twice", width=width)
    expect(page.locator(".hop").last).to_be_visible()
    settled(page)
    assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.evaluate("() => document.querySelector('.stMain').scrollWidth") <= width
