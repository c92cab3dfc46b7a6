"""The traffic graph in a real browser: it draws, answers, stays where it is, and treats every name as text."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from core.graph import Graph, build, journey
from tests.browser.graph_cases import LABELS, PAYLOADS, every_verdict, hostile, resolution
from tests.browser.serving import Watch, serving

pytestmark = pytest.mark.browser

ACTIVE = """() => {
    let found = document.activeElement;
    while (found?.shadowRoot?.activeElement) found = found.shadowRoot.activeElement;
    return found?.getAttribute("aria-label") ?? found?.textContent ?? "";
}"""
IMAGES = "infra/edge:http/HTTPRoute/shop/images:0/Service/shop/images:8080"
SEARCH = "service:Service/shop/search"


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """Starts the page with the graph in a theme, once a theme, and returns where it is."""
    script = Path(__file__).parent / "graph_page.py"

    def folder() -> Path:
        return tmp_path_factory.mktemp("streamlit")

    with ExitStack() as stack:
        yield cache(lambda theme: stack.enter_context(serving(script, folder(), **settings(theme))))


def settings(theme: str) -> dict[str, str]:
    return {"server.fileWatcherType": "none", "browser.gatherUsageStats": "false", "theme.base": theme}


@pytest.fixture
def theme() -> str:
    return "light"


@pytest.fixture
def address(serve: Callable[[str], str], theme: str) -> str:
    """Where the page is, in the theme that the test asks for."""
    return serve(theme)


@pytest.fixture(scope="module")
def browser(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport={"width": 1366, "height": 900})
    context.set_default_timeout(30_000)
    yield context
    context.close()


@pytest.fixture
def page(browser: BrowserContext, address: str) -> Iterator[Page]:
    """A new tab, from which nothing gets out but to the server of the test."""
    watch = Watch(browser, address)
    yield watch.tab()
    watch.close()


def show(page: Page, address: str, case: str = "verdicts", selected: str = "") -> Locator:
    """Opens a case, and returns the component's root once it has drawn."""
    page.goto(f"{address}/?case={case}" + (f"&selected={quote(selected)}" if selected else ""))
    root = page.locator(".traffic-graph")
    expect(root).to_have_attribute("data-ready", "true", timeout=60_000)
    return root


def drawn(case: str = "verdicts") -> Graph:
    """The graph that the page shows."""
    paths = hostile() if case == "hostile" else every_verdict()
    return build(resolution(paths, LABELS), paths)


def view(root: Locator) -> tuple[float, float, float]:
    data = root.evaluate("element => ({...element.dataset})")
    return float(data["x"]), float(data["y"]), float(data["scale"])


def on_screen(root: Locator, x: float, y: float) -> tuple[float, float]:
    """A place of the drawing as one of the window."""
    middle_x, middle_y, scale = view(root)
    box = root.locator(".host").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2 + (x - middle_x) * scale, box["y"] + box["height"] / 2 + (
        y - middle_y
    ) * scale


def node_on_screen(root: Locator, graph: Graph, name: str) -> tuple[float, float]:
    node = graph.nodes[name]
    return on_screen(root, node["x"], node["y"])


def colours(root: Locator) -> set[str]:
    """The colours of the canvas, in hexadecimal."""
    found = root.locator("canvas").evaluate(
        """canvas => {
            const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            const found = new Set();
            for (let at = 0; at < data.length; at += 4) {
                if (data[at + 3] === 255) found.add((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]);
            }
            return [...found];
        }"""
    )
    return {f"#{value:06X}" for value in found}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_draws_the_verdicts_in_their_colours(page: Page, address: str, theme: str) -> None:
    root = show(page, address)
    expect(root).to_have_attribute("data-theme", theme)
    root.get_by_role("button", name="Fit the drawing").click()
    page.wait_for_timeout(500)
    assert len(colours(root)) > 50
    blue, red = ("#0068A8", "#A81E0C") if theme == "light" else ("#5AB4F0", "#FF6B52")
    assert {blue, red} <= colours(root)


def test_a_click_on_a_node_selects_it_and_a_click_beside_clears(page: Page, address: str) -> None:
    root = show(page, address)
    graph = drawn()
    page.mouse.click(*node_on_screen(root, graph, "service:Service/pay/payments"))
    expect(page.get_by_text("selected=service:Service/pay/payments")).to_be_visible()
    expect(page.get_by_text("clicked=True paths=1")).to_be_visible()
    expect(root).to_have_attribute("data-selected", "service:Service/pay/payments")
    page.mouse.click(*on_screen(root, 40, 100))
    expect(page.get_by_text("selected=None")).to_be_visible()


def test_a_click_on_an_edge_selects_its_path(page: Page, address: str) -> None:
    root = show(page, address)
    edge = drawn().edges["service:Service/pay/payments", "endpoints:Service/pay/payments"]
    page.mouse.click(*on_screen(root, edge["label_x"] - 60, edge["label_y"]))
    expect(page.get_by_text(f"selected={edge['path_ids'][0]}")).to_be_visible()


def test_what_the_page_selects_wins_until_the_next_click(page: Page, address: str) -> None:
    root = show(page, address)
    graph = drawn()
    page.mouse.click(*node_on_screen(root, graph, "service:Service/pay/ledger"))
    expect(page.get_by_text("selected=service:Service/pay/ledger")).to_be_visible()
    page.get_by_role("button", name="Select images").click()
    expect(page.get_by_text(f"selected={IMAGES}")).to_be_visible()
    expect(root).to_have_attribute("data-selected", IMAGES)
    page.wait_for_timeout(600)
    root.get_by_role("button", name="Fit the drawing").click()
    page.wait_for_timeout(600)
    page.mouse.click(*node_on_screen(root, graph, "service:Service/pay/ledger"))
    expect(page.get_by_text("selected=service:Service/pay/ledger")).to_be_visible()


def test_it_opens_on_what_is_selected(page: Page, address: str) -> None:
    root = show(page, address, selected=SEARCH)
    node = drawn().nodes[SEARCH]
    _, y, scale = view(root)
    assert abs(y - node["y"]) < 1
    assert scale == pytest.approx(0.8)


def test_a_change_of_data_keeps_zoom_and_place(page: Page, address: str) -> None:
    root = show(page, address)
    root.get_by_role("button", name="Zoom in").click()
    page.wait_for_timeout(500)
    x, y, scale = view(root)
    start = on_screen(root, x, y)
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(start[0] - 80, start[1] - 60, steps=4)
    page.mouse.up()
    before = view(root)
    nodes = root.get_attribute("data-nodes") or ""
    assert before[0] > x
    assert before[1] > y
    assert before[2] == scale > 1
    page.get_by_text("Flip").click()
    expect(root).not_to_have_attribute("data-nodes", nodes)
    page.wait_for_timeout(300)
    assert view(root) == before


def test_the_keyboard_zooms_moves_fits_and_clears(page: Page, address: str) -> None:
    root = show(page, address, selected=SEARCH)
    host = root.locator(".host")
    host.focus()
    _, _, scale = view(root)
    page.keyboard.press("+")
    page.wait_for_timeout(400)
    assert view(root)[2] > scale
    page.keyboard.press("-")
    page.wait_for_timeout(400)
    assert view(root)[2] == pytest.approx(scale, rel=0.01)
    x, y, _ = view(root)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(root).not_to_have_attribute("data-x", f"{x:.1f}")
    assert view(root)[0] > x
    assert view(root)[1] > y
    page.keyboard.press("0")
    page.wait_for_timeout(400)
    assert view(root)[2] < 0.8
    page.keyboard.press("Escape")
    expect(page.get_by_text("selected=None")).to_be_visible()


def test_a_double_click_asks_for_a_service_or_a_namespace_alone(page: Page, address: str) -> None:
    root = show(page, address)
    graph = drawn()
    page.mouse.dblclick(*node_on_screen(root, graph, "service:Service/pay/refunds"))
    expect(page.get_by_text("focus=pay|Service/pay/refunds")).to_be_visible()
    band = graph.graph["layout"].bands[0]
    page.mouse.dblclick(*on_screen(root, band.right - 60, band.top + 14))
    expect(page.get_by_text("focus=pay|", exact=True)).to_be_visible()


def test_the_legend_hides_a_verdict_and_says_so(page: Page, address: str) -> None:
    root = show(page, address)
    before = colours(root)
    button = root.get_by_role("button", name="black hole")
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(root).to_have_attribute("data-hidden", "blackhole")
    assert colours(root) != before
    button.click()
    expect(root).to_have_attribute("data-hidden", "")


def test_a_line_under_the_pointer_says_what_it_is(page: Page, address: str) -> None:
    root = show(page, address)
    page.mouse.move(*node_on_screen(root, drawn(), "gateway:infra/public"))
    expect(root.get_by_role("tooltip")).to_have_text(
        "Gateway/infra/public of class kgateway, data plane kgateway"
    )


def test_it_is_downloaded_as_a_picture(page: Page, address: str) -> None:
    root = show(page, address)
    before = view(root)
    with page.expect_download() as started:
        root.get_by_role("button", name="Download as PNG").click()
    file = started.value.path()
    assert file.read_bytes().startswith(b"\x89PNG")
    assert started.value.suggested_filename == "traffic-graph.png"
    assert view(root) == before


def test_it_tells_a_screen_reader_what_it_shows(page: Page, address: str) -> None:
    root = show(page, address)
    host = root.locator(".host")
    expect(host).to_have_attribute(
        "aria-label",
        "11 paths to 10 services: 2 waypoint, 1 workload waypoint, "
        "2 direct, 1 VIP direct, 2 split, 1 black hole, 1 no endpoints, 1 invalid. "
        "The table of paths has the same content.",
    )
    for name in ("Fit the drawing", "Zoom in", "Zoom out", "Download as PNG", "Full screen"):
        expect(root.get_by_role("button", name=name, exact=True)).to_be_visible()


def test_the_wheel_scrolls_the_page_until_the_drawing_is_in_use(page: Page, address: str) -> None:
    root = show(page, address)
    scale = view(root)[2]
    page.mouse.move(*on_screen(root, 40, 100))
    page.mouse.wheel(0, -300)
    page.wait_for_timeout(200)
    assert view(root)[2] == scale
    root.locator(".host").focus()
    page.mouse.wheel(0, -300)
    page.wait_for_timeout(200)
    assert view(root)[2] > scale


def test_without_paths_it_says_so(page: Page, address: str) -> None:
    root = show(page, address, "empty")
    expect(root.get_by_text("No path to draw.")).to_be_visible()


def test_no_name_runs_as_a_script_or_asks_another_host(page: Page, address: str) -> None:
    root = show(page, address, "hostile")
    assert len(PAYLOADS) == 50
    graph = drawn("hostile")
    root.get_by_role("button", name="Fit the drawing").click()
    page.wait_for_timeout(500)
    for name, node in graph.nodes(data=True):
        if node["kind"] in {"gateway", "service"}:
            page.mouse.move(*node_on_screen(root, graph, name))
            page.wait_for_timeout(10)
    page.mouse.click(*node_on_screen(root, graph, f"service:Service/{PAYLOADS[0]}/{PAYLOADS[0]}"))
    expect(root).not_to_have_attribute("data-selected", "")
    for script in ("window.__pwned", "document.title === 'pwned' || undefined"):
        assert page.evaluate(script) is None
    markup = root.evaluate("element => element.outerHTML")
    assert "<img" not in markup
    assert "<script" not in markup
    assert "<iframe" not in markup


# --- Many paths, differences, policies, a request on its way ----------------------------------------------------


def places(root: Locator) -> dict[str, dict[str, Any]]:
    """Where vis has each node, and how much of it is seen."""
    found: dict[str, dict[str, Any]] = root.evaluate("element => element.places()")
    return found


def positions(root: Locator) -> dict[str, tuple[float, float]]:
    return {name: (one["x"], one["y"]) for name, one in places(root).items()}


def test_many_paths_are_counted_and_a_double_click_drills_down(page: Page, address: str) -> None:
    root = show(page, address, "many&services=600&drill=1")
    rows = [name for name in places(root) if name.startswith("namespace:")]
    assert len(rows) == 50
    spot = places(root)["namespace:team-1"]
    page.mouse.dblclick(*on_screen(root, spot["x"], spot["y"]))
    expect(page.get_by_text("focus=team-1|", exact=True)).to_be_visible()
    expect(root.locator(".host")).to_have_attribute("aria-label", re.compile("^12 paths to 12 services"))
    assert "service:Service/team-1/service-012" in places(root)


def test_the_keyboard_drills_down_by_list_and_by_row(page: Page, address: str) -> None:
    root = show(page, address, "many&services=600&drill=1")
    root.get_by_label("Show alone").select_option(label="team-2")
    expect(root.locator(".host")).to_have_attribute("aria-label", re.compile("^12 paths to 12 services"))
    root.locator(".host").focus()
    page.keyboard.press("PageDown")
    expect(root).to_have_attribute("data-selected", "service:Service/team-2/service-024")
    page.keyboard.press("PageDown")
    expect(root).to_have_attribute("data-selected", "service:Service/team-2/service-025")
    page.keyboard.press("Enter")
    expect(root.locator(".host")).to_have_attribute("aria-label", re.compile("^1 path to 1 service"))


def test_a_difference_flips_without_a_node_moving(page: Page, address: str) -> None:
    root = show(page, address, "difference")
    both = positions(root)
    expect(root.get_by_role("button", name="Both", exact=True)).to_have_attribute("aria-pressed", "true")
    root.locator(".host").focus()
    page.keyboard.press("b")
    expect(root).to_have_attribute("data-time", "before")
    before = places(root)
    assert positions(root) == both
    root.get_by_role("button", name="After", exact=True).click()
    expect(root).to_have_attribute("data-time", "after")
    after = places(root)
    assert positions(root) == both
    hole = "end:Service/pay/ledger:blackhole"
    assert (before[hole]["alpha"], after[hole]["alpha"]) == (0, 1)
    assert (before["ztunnel:Service/shop/cart"]["alpha"], after["ztunnel:Service/shop/cart"]["alpha"]) == (
        0,
        1,
    )
    page.keyboard.press("b")
    expect(root).to_have_attribute("data-time", "both")
    assert places(root)["service:Service/shop/catalog"]["alpha"] == 0.5


def test_a_counted_difference_flips_too(page: Page, address: str) -> None:
    root = show(page, address, "many&services=600&before=1")
    both = positions(root)
    for time in ("Before", "After"):
        root.get_by_role("button", name=time, exact=True).click()
        expect(root).to_have_attribute("data-time", time.lower())
        assert positions(root) == both


def test_policies_are_told_where_they_act_and_where_they_are_bypassed(page: Page, address: str) -> None:
    root = show(page, address, "policies")
    found = places(root)
    passed = "waypoint:Service/storefront/cart@storefront/waypoint"
    past = "waypoint:Service/catalog/inventory@catalog/waypoint"
    assert found[passed]["badge"] == {"count": 2, "state": "enforced"}
    assert found[past]["badge"] == {"count": 1, "state": "bypassed"}
    root.get_by_role("button", name="Fit the drawing").click()
    page.wait_for_timeout(500)
    page.mouse.move(*on_screen(root, found[past]["x"], found[past]["y"]))
    expect(root.get_by_role("tooltip")).to_contain_text(
        "1 policy at the waypoint, bypassed: AuthorizationPolicy/"
    )


def test_a_request_is_played_hop_by_hop(page: Page, address: str) -> None:
    root = show(page, address, "verdicts&play=0")
    stops = journey(every_verdict()[0])
    start = positions(root)
    expect(root).to_have_attribute("data-played", stops[0])
    step = page.get_by_label("Step")
    for number in (1, len(stops) - 1):
        step.fill(str(number))
        step.press("Enter")
        expect(root).to_have_attribute("data-played", stops[number])
        seen = {name for name, one in places(root).items() if one["alpha"] == 1}
        assert seen == set(stops[: number + 1])
        assert positions(root) == start


def test_it_is_downloaded_as_svg(page: Page, address: str) -> None:
    root = show(page, address)
    with page.expect_download() as started:
        root.get_by_role("button", name="Download as SVG").click()
    drawing = ET.fromstring(started.value.path().read_bytes())
    assert drawing.tag == "{http://www.w3.org/2000/svg}svg"
    assert started.value.suggested_filename == "traffic-graph.svg"


def test_a_toggle_redraws_what_it_changes_and_no_more(page: Page, address: str) -> None:
    root = show(page, address, "many&services=40")
    everything = int(root.get_attribute("data-touched") or 0)
    page.get_by_text("Flip").click()
    expect(root).not_to_have_attribute("data-touched", str(everything))
    assert 0 < int(root.get_attribute("data-touched") or 0) < everything / 10


def test_the_tools_can_be_reached_by_keyboard(page: Page, address: str) -> None:
    root = show(page, address, "difference")
    root.get_by_role("button", name="waypoint", exact=False).first.focus()
    reached = set()
    for _ in range(20):
        page.keyboard.press("Tab")
        reached.add(page.evaluate(ACTIVE))
    assert {
        "Before",
        "Both",
        "After",
        "Fit the drawing",
        "Download as SVG",
        "Full screen",
        "Show alone",
    } <= reached
