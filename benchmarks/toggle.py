"""What a toggle costs in a real browser: from the click to the frame that shows the new picture.

    python3 dev.py bench --page [--clicks 40]

Aim: the 95th percentile at most 2 times that of Streamlit itself, a toggle on a page with a line of text and nothing
else. The pages are clicked in turn, so that noise hits all alike; each has a server of its own and the time is taken in
the page. The label of another Service is toggled at each click, and the scenario cleared after every few.
"""

import os
import random
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Protocol

from playwright.sync_api import Browser, Locator, Page, sync_playwright

from benchmarks.synthetic import cluster
from tests.browser.serving import FLAGS, ROOT, serving

SIZES = (40, 300)
WARM_UP = 4
EDITS = 5
"""Labels that are toggled before the scenario is cleared."""

FLOOR = """\
import streamlit as st

on = st.toggle("On", key="on")
st.text(f"It is {'on' if on else 'off'}.")
"""

_WATCH = """(target) => {
  const seen = () => MARK;
  window.took = new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error("nothing has changed")), 20000);
    addEventListener("click", () => {
      const start = performance.now();
      const before = seen();
      const watch = new MutationObserver(() => {
        if (seen() === before) return;
        watch.disconnect();
        requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)));
      });
      watch.observe(target, { subtree: true, childList: true, characterData: true, attributes: true });
    }, { capture: true, once: true });
  });
}"""
"""Takes the time from the next click until the frame is drawn in which `MARK` has become something else."""


class Measured(Protocol):
    """A page with something to toggle."""

    name: str

    def click(self) -> float:
        """Milliseconds from a click to the frame that shows what it changed."""


class Floor:
    """The page of Streamlit alone."""

    name = "Streamlit alone"

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        page.goto(address)
        page.get_by_text("It is off.").wait_for()

    def click(self) -> float:
        where = self.page.locator("[data-testid=stCheckbox] label")
        mark = "target.querySelector('[data-testid=stText]')?.textContent"
        return timed(where, self.page.locator("body"), mark)


class Paths:
    """The page of paths of a cluster, with the labels of its services below the graph."""

    def __init__(self, page: Page, address: str, services: int) -> None:
        self.name = f"{services} services"
        self.page = page
        self.clicks = 0
        self.order = random.Random(3)
        page.goto(f"{address}/paths")
        self.drawn = page.locator(".traffic-graph[data-ready=true]")
        self.drawn.wait_for(timeout=120_000)
        page.locator(".toggles tr.service").first.wait_for()
        page.wait_for_timeout(1000)

    def click(self) -> float:
        if self.clicks % EDITS == 0:
            self._clear()
        self.clicks += 1
        return timed(self._untouched(), self.drawn, "target.dataset.revision")

    def _untouched(self) -> Locator:
        """The value that a Service's label does not have: true, or for one that has it, unset."""
        rows = self.page.locator(".toggles tr.service:not(:has(.choice.changed)):has(input[type=radio])")
        row = rows.nth(self.order.randrange(rows.count()))
        on = row.locator("label", has_text="true")
        return row.locator("label", has_text="unset") if on.locator("input").is_checked() else on

    def _clear(self) -> None:
        clear = self.page.get_by_role("button", name="Clear the scenario")
        if clear.is_enabled():
            clear.click()
            self.page.locator("li.chip").first.wait_for(state="detached")


def timed(where: Locator, target: Locator, mark: str) -> float:
    """Milliseconds from a click at `where` to the frame in which `mark`, a script's value of `target`, is another."""
    page = where.page
    where.scroll_into_view_if_needed()
    settle(page)
    target.evaluate(_WATCH.replace("MARK", mark))
    where.click()
    taken: float = page.evaluate("window.took")
    settle(page)
    return taken


def settle(page: Page) -> None:
    """Wait until the run has ended and what it sent is shown."""
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    page.wait_for_timeout(250)


@contextmanager
def pages(browser: Browser, sizes: Sequence[int]) -> Iterator[Sequence[Measured]]:
    """The page of Streamlit alone, and those of clusters, each with a server and a window of its own."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))

        def window() -> Page:
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            stack.callback(context.close)
            return context.new_page()

        script = folder / "floor.py"
        script.write_text(FLOOR, encoding="utf-8")
        found: list[Measured] = [
            Floor(window(), stack.enter_context(serving(script, _made(folder / "floor"))))
        ]
        for size in sizes:
            file = folder / f"{size}.json"
            file.write_bytes(cluster(size))
            app = ROOT / "dashboard" / "app.py"
            address = stack.enter_context(serving(app, _made(folder / str(size)), [str(file)]))
            found.append(Paths(window(), address, size))
        yield found


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def chromium() -> str | None:
    """A Chromium or Chrome binary, None where there is none."""
    named = os.environ.get("WAYPATH_CHROMIUM")
    names = [named] if named else ["chromium", "chromium-browser", "google-chrome"]
    return next((found for name in names if (found := shutil.which(name))), None)


def report(clicks: int, sizes: Sequence[int] = SIZES) -> None:
    """Print the table and the ratios against their aim."""
    binary = chromium()
    if binary is None:
        print("toggle to picture: skipped, since no Chromium is found (WAYPATH_CHROMIUM may name one)")
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary, args=FLAGS)
        with pages(browser, sizes) as measured:
            taken: dict[str, list[float]] = {}
            for number in range(WARM_UP + clicks):
                for one in measured:
                    milliseconds = one.click()
                    if number >= WARM_UP:
                        taken.setdefault(one.name, []).append(milliseconds)
        browser.close()
    print(f"{'toggle to picture':>20} {'p50':>8} {'p95':>8} {'p50/floor':>10} {'p95/floor':>10}")
    floor: Sequence[float] = ()
    for name, values in taken.items():
        cuts = quantiles(values, n=20, method="inclusive")
        found = (cuts[9], cuts[18])
        floor = floor or found
        print(
            f"{name:>20} {found[0]:>5.0f} ms {found[1]:>5.0f} ms {found[0] / floor[0]:>10.2f} {found[1] / floor[1]:>10.2f}"
        )
