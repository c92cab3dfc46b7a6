"""The dashboard in a real browser before a real API server: it opens a cluster, keeps up with it, and outlives its faults."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from core.edits import LabelEdit
from core.scenario import to_link
from tests.apiserver import STRANGER, ApiServer
from tests.browser.serving import ROOT, Watch, serving
from tests.clusters import manifests
from tests.live.test_apiserver import rights

pytestmark = pytest.mark.browser

LABEL = "istio.io/ingress-use-waypoint"
SOME = ("", "apps", "discovery.k8s.io", "gateway.networking.k8s.io", "networking.istio.io")
"""API groups that the user `viewer` may read: those of policies are not among them."""
LONGEST = 60_000
"""Milliseconds after which something that does not happen counts as missing."""

Open = Callable[[str], Page]


@pytest.fixture(scope="module")
def held(own_apiserver: ApiServer) -> Iterator[ApiServer]:
    """A server of its own with a sample in it."""
    with own_apiserver.holding([*manifests("bypass-by-default"), *rights(*SOME)]):
        yield own_apiserver


@contextmanager
def started(server: ApiServer, tmp: pytest.TempPathFactory, *given: str, **options: str) -> Iterator[str]:
    """The address of a dashboard that knows the contexts of the server, `admin` the current one."""
    folder = tmp.mktemp("page")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUBECONFIG", str(server.kubeconfig(folder / "kubeconfig")))
        with serving(ROOT / "dashboard" / "app.py", folder, given, **options) as address:
            yield address


@pytest.fixture(scope="module")
def dashboard(held: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a dashboard that was started without a source."""
    with started(held, tmp_path_factory) as address:
        yield address


@contextmanager
def tabs(chromium: Browser, address: str) -> Iterator[Open]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(LONGEST)
    watch = Watch(context, address)

    def opened(where: str) -> Page:
        page = watch.tab()
        page.goto(f"{address}/{where}")
        expect(page.locator("h1, [data-testid=stAlert]").first).to_be_visible(timeout=LONGEST)
        expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=LONGEST)
        return page

    yield opened
    watch.close()
    context.close()


@pytest.fixture
def open_page(chromium: Browser, dashboard: str) -> Iterator[Open]:
    """Opens an address of the dashboard."""
    with tabs(chromium, dashboard) as opened:
        yield opened


@pytest.fixture
def cart(held: ApiServer) -> Iterator[Callable[[str | None], None]]:
    """Sets the label of the Service shop/cart; afterwards it is as it was."""
    path = held.path("v1", "Service", "shop", "cart")

    def put(value: str | None) -> None:
        held.patch(path, {"metadata": {"labels": {LABEL: value}}})

    before = held.request("GET", path)["metadata"].get("labels", {}).get(LABEL)
    yield put
    put(before)


def mark(page: Page) -> Locator:
    """Whether what is shown is current."""
    return page.locator(".stack.current")


def is_current(page: Page) -> None:
    expect(mark(page)).to_contain_text("current", timeout=LONGEST)


def tile(page: Page, verdict: str) -> Locator:
    return page.locator(f"button.tile.v-{verdict}")


# --- opening ----------------------------------------------------------------------------------------------------------


def test_a_cluster_is_chosen_from_the_contexts_of_the_kubeconfig(open_page: Open) -> None:
    page = open_page("")
    offers = page.locator(".clusters button")
    expect(offers.first).to_contain_text("admin")
    expect(offers.first).to_contain_text("current")
    expect(offers.first).to_contain_text("https://127.0.0.1:")
    offers.first.click()
    is_current(page)
    expect(page.locator(".source .name")).to_have_text("admin")
    expect(tile(page, "direct")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?source=live(%3A|:)admin"), timeout=LONGEST)


def test_a_link_opens_no_cluster_that_others_were_not_offered(
    chromium: Browser, held: ApiServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with (
        started(held, tmp_path_factory, "live:viewer", **{"server.address": "0.0.0.0"}) as address,
        tabs(chromium, address) as opened,
    ):
        page = opened("")
        is_current(page)
        refused = opened("?source=live:admin")
        expect(refused.get_by_text("which this dashboard was not started with")).to_be_visible(
            timeout=LONGEST
        )
        refused.get_by_role("button", name="Choose another source").click()
        expect(refused.locator(".clusters button")).to_have_count(1)
        expect(refused.locator(".clusters button")).to_contain_text("live:viewer")


def test_credentials_that_are_not_accepted_are_a_sentence_and_a_button(open_page: Open) -> None:
    page = open_page(f"?source=live:{STRANGER}")
    told = page.get_by_text(re.compile(f"renew the token of user {STRANGER}"))
    expect(told).to_be_visible(timeout=LONGEST)
    page.get_by_role("button", name="Try again").click()
    expect(told).to_be_visible(timeout=LONGEST)
    expect(page.get_by_text("Traceback")).to_have_count(0)


def test_what_may_not_be_read_is_told_with_the_rule_that_grants_it(open_page: Open) -> None:
    page = open_page("?source=live:viewer")
    told = page.locator(".rights")
    expect(told).to_contain_text("AuthorizationPolicy", timeout=LONGEST)
    expect(told).to_contain_text("resources: [authorizationpolicies, peerauthentications")
    expect(told.get_by_role("button", name="Copy the rules")).to_be_visible()
    expect(tile(page, "direct")).to_be_visible()


# --- keeping up -------------------------------------------------------------------------------------------------------


def test_a_label_that_changes_in_the_cluster_changes_on_the_page(
    open_page: Open, cart: Callable[[str | None], None]
) -> None:
    page = open_page("?source=live:admin")
    is_current(page)
    before = int(tile(page, "direct").locator(".figure").inner_text())
    page.get_by_role("textbox", name="Find", exact=True).press_sequentially("half-ty")
    cart("true")
    expect(tile(page, "waypoint").locator(".figure")).to_be_visible(timeout=LONGEST)
    expect(tile(page, "direct").locator(".figure")).to_have_text(str(before - 1), timeout=LONGEST)
    expect(page.get_by_role("textbox", name="Find", exact=True)).to_have_value("half-ty")

    changes = page.locator(".changes")
    expect(changes.locator("summary")).to_contain_text("since you opened this (2)", timeout=LONGEST)
    changes.locator("summary").click()
    expect(changes.locator(".object")).to_contain_text("Service/shop/cart")
    expect(changes.get_by_text("Paths that go elsewhere (1)")).to_be_visible()
    page.get_by_role("button", name="Seen").click()
    expect(page.locator(".changes")).to_contain_text("No change in the cluster since", timeout=LONGEST)


def test_a_selection_outlives_what_changes_beneath_it(
    open_page: Open, cart: Callable[[str | None], None]
) -> None:
    page = open_page("paths?source=live:admin&tab=paths")
    is_current(page)
    page.locator("tr.pick", has_text="cart").first.click()
    inspector = page.locator(".inspector")
    expect(inspector).to_contain_text("cart", timeout=LONGEST)
    expect(page).to_have_url(re.compile("[?&]at="), timeout=LONGEST)
    where = page.url
    cart("true")
    expect(inspector.locator(".badge").first).to_have_text(re.compile("waypoint"), timeout=LONGEST)
    assert page.url == where


def test_an_edit_that_the_cluster_made_itself_says_so_at_its_chip(
    open_page: Open, cart: Callable[[str | None], None]
) -> None:
    edit = LabelEdit(kind="service", namespace="shop", name="cart", set={LABEL: "true"})
    page = open_page(f"?source=live:admin&scenario={to_link((edit,))}")
    is_current(page)
    chip = page.locator("li.chip")
    expect(chip).not_to_contain_text("Already so")
    cart("true")
    expect(chip).to_contain_text("Already so in the cluster", timeout=LONGEST)


def test_a_server_that_ends_and_comes_back_makes_the_page_stale_and_current_again(
    open_page: Open, held: ApiServer, cart: Callable[[str | None], None]
) -> None:
    page = open_page("?source=live:admin")
    is_current(page)
    paths = tile(page, "direct").locator(".figure").inner_text()
    held.kill()
    try:
        expect(mark(page)).to_contain_text(re.compile(r"stale for \d+ s"), timeout=LONGEST)
        expect(page.locator("p.stale")).to_contain_text("can't be followed", timeout=LONGEST)
        expect(tile(page, "direct").locator(".figure")).to_have_text(paths)
    finally:
        held.start()
    is_current(page)
    expect(page.locator("p.stale")).to_have_count(0, timeout=LONGEST)
    cart("true")
    expect(tile(page, "direct").locator(".figure")).to_have_text(str(int(paths) - 1), timeout=LONGEST)
