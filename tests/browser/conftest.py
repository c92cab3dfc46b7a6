"""One browser and one dashboard for all tests of a session, and a tab for each."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.serving import ROOT, Watch, serving

Open = Callable[..., Page]
expect.set_options(timeout=15_000)  # milliseconds, for machines that do other things too


@pytest.fixture(scope="session")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the dashboard, started without a source."""
    with serving(ROOT / "dashboard" / "app.py", tmp_path_factory.mktemp("dashboard")) as address:
        yield address


@pytest.fixture(scope="session")
def profile(chromium: Browser) -> Iterator[BrowserContext]:
    """A profile that the tests share, so that the second page finds the first one's files in its cache."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light")
    context.set_default_timeout(20_000)
    yield context
    context.close()


@pytest.fixture
def open_page(profile: BrowserContext, dashboard: str) -> Iterator[Open]:
    """Opens an address of the dashboard in a new tab."""
    watch = Watch(profile, dashboard)

    def opened(where: str = "", *, width: int = 1440, height: int = 900, dark: bool = False) -> Page:
        page = watch.tab()
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme="dark" if dark else "light")
        page.goto(f"{dashboard}/{where}")
        expect(page.locator("h1")).to_be_visible(timeout=30_000)
        return page

    yield opened
    watch.close()
