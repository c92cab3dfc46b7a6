"""The report in a real browser: it loads nothing, runs nothing, fits narrow and wide windows, and prints."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from core.explain import Explainer
from core.graph import build
from core.paths import resolve
from core.render.report import html_report
from core.render.svg import svg
from core.scenario import from_words
from core.sources import SourceInfo, read
from core.whatif import preview
from tests.browser.graph_cases import LABELS, PAYLOADS, every_verdict, hostile, resolution
from tests.build import backend, cart, gateway, route, service, world

pytestmark = pytest.mark.browser

AT = datetime(2026, 11, 24, 19, 40, tzinfo=UTC)


def shop() -> str:
    loaded = read(["sample:shop"])
    edits = from_words([("--label", ("namespace/catalog", "istio.io/ingress-use-waypoint=true"))])
    seen = preview(resolve(loaded.cluster), edits)
    return html_report(
        Explainer(seen.after),
        loaded.info,
        generated=AT,
        before=Explainer(seen.before),
        edits=edits,
        problems=loaded.problems,
    )


def hostile_report() -> str:
    door = gateway("infra", "door", "kgateway")
    services = [service("shop", name, "10.96.0.10") for name in PAYLOADS]
    found = resolve(world(cart(), door, *services, route("all", list(map(backend, services)), [door])))
    info = SourceInfo(kind="upload", name=PAYLOADS[0], objects=1, observed=True)
    return html_report(Explainer(found), info, generated=AT, title=PAYLOADS[1])


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A tab that must ask for one file and complain of nothing."""
    opened = chromium.new_page(viewport={"width": 1440, "height": 900})
    asked: list[str] = []
    troubles: list[str] = []

    def guard(requested: Route) -> None:
        asked.append(requested.request.url)
        if requested.request.url.startswith("file:"):
            requested.continue_()
        else:
            requested.abort()

    opened.route("**/*", guard)
    opened.on("console", lambda message: troubles.append(message.text))
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.on("dialog", lambda dialog: troubles.append(dialog.message))
    yield opened
    assert [one for one in asked if not one.startswith("file:")] == []
    assert len(asked) == 1
    assert troubles == []
    assert opened.evaluate("window.__pwned") is None
    opened.close()


def show(page: Page, folder: Path, document: str, name: str = "report.html") -> None:
    file = folder / name
    file.write_text(document, encoding="ascii")
    page.goto(file.as_uri())


def test_it_loads_nothing_and_shows_everything(page: Page, tmp_path: Path) -> None:
    show(page, tmp_path, shop())
    expect(page.get_by_role("heading", level=1)).to_have_text("What changes for ingress traffic")
    assert page.locator("figure svg").count() >= 1
    assert page.locator("#changes tbody tr").count() == 7
    badge = page.locator("#changes tbody .badge svg").first.bounding_box()
    assert badge is not None
    assert badge["width"] > 30
    assert len(page.screenshot(full_page=True)) > 100_000


def test_nothing_in_a_name_runs(page: Page, tmp_path: Path) -> None:
    show(page, tmp_path, hostile_report())
    expect(page.get_by_role("heading", level=1)).to_have_text(PAYLOADS[1])
    assert page.locator("script, iframe, img, object, embed, form").count() == 0
    assert page.locator("#paths tbody tr").count() >= len(PAYLOADS)


@pytest.mark.parametrize("width", [390, 800, 1440, 2560])
def test_it_fits_into_the_window(page: Page, tmp_path: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    show(page, tmp_path, hostile_report() if width == 390 else shop())
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_link_opens_the_gates_it_leads_to(page: Page, tmp_path: Path) -> None:
    show(page, tmp_path, shop())
    link = page.locator("#paths tbody a").last
    place = link.get_attribute("href") or ""
    target = page.locator(place)
    expect(target).not_to_be_visible()
    link.click()
    expect(target).to_be_visible()
    expect(target).to_be_in_viewport()


def test_light_and_dark(page: Page, tmp_path: Path) -> None:
    show(page, tmp_path, shop())
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found.append(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))
    assert found == ["rgb(255, 255, 255)", "rgb(23, 22, 20)"]


def test_on_paper_it_is_unfolded_and_black_on_white(page: Page, tmp_path: Path) -> None:
    show(page, tmp_path, shop())
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    folded = page.locator("details:not([open])")
    assert folded.count() > 20
    expect(folded.first.locator(".evidence").first).to_be_visible()
    paper = page.pdf(prefer_css_page_size=True)
    assert paper.startswith(b"%PDF")
    assert paper.count(b"/Type /Page\n") + paper.count(b"/Type /Page ") > 5


@pytest.mark.parametrize("case", ["verdicts", "hostile", "shop"])
def test_text_stays_inside_its_box(page: Page, tmp_path: Path, case: str) -> None:
    if case == "shop":
        found = resolve(read(["sample:shop"]).cluster)
        graph = build(found, found.paths)
    else:
        paths = hostile() if case == "hostile" else every_verdict()
        graph = build(resolution(paths, LABELS), paths)
    show(page, tmp_path, svg(graph, title=PAYLOADS[0]), "picture.svg")
    outside = page.evaluate(
        """() => [...document.querySelectorAll("g:has(> title)")].flatMap(group => {
            const boxes = [...group.querySelectorAll(":scope > rect")].map(one => one.getBBox());
            const outer = boxes.sort((one, other) => other.width - one.width)[0];
            const spills = ({x, width}) => x < outer.x || x + width > outer.x + outer.width;
            const texts = outer ? [...group.querySelectorAll(":scope > text")] : [];
            return texts.filter(one => spills(one.getBBox())).map(one => one.textContent);
        })"""
    )
    assert outside == []


def test_a_picture_follows_the_scheme(page: Page, tmp_path: Path) -> None:
    paths = every_verdict()
    show(page, tmp_path, svg(build(resolution(paths, LABELS), paths)), "picture.svg")
    painted = "getComputedStyle(document.querySelector('rect.f-back')).fill"
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(painted) == "rgb(23, 22, 20)"
    page.emulate_media(color_scheme="light")
    assert page.evaluate(painted) == "rgb(255, 255, 255)"
