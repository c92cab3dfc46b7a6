"""A thousand services in a real browser: uploaded as a zip, and followed from all namespaces to one path."""

import io
import zipfile
from collections.abc import Sequence

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from benchmarks.synthetic import cluster
from core.graph import draw
from core.paths import Path, resolve
from core.sources import read_uploads
from core.sources.samples import find_sample
from tests.browser.conftest import Open
from tests.browser.steps import graph_of, on_screen, settled

pytestmark = pytest.mark.browser

MOST_DRAWN = 500


def zipped(files: Sequence[tuple[str, bytes]]) -> FilePayload:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return {"name": "cluster.zip", "mimeType": "application/zip", "buffer": held.getvalue()}


def test_a_zip_is_uploaded(open_page: Open) -> None:
    folder = find_sample("bypass-by-default").path
    files = [(f"cluster/shop/{path.name}", path.read_bytes()) for path in sorted(folder.glob("*.yaml"))]
    page = open_page()
    page.locator("input[type=file]").set_input_files([zipped(files)])
    expect(page.get_by_text("2 of 2 ingress paths bypass the waypoint of their service")).to_be_visible()
    expect(page.locator(".source")).to_contain_text("cluster.zip")
    expect(page.locator(".source")).to_contain_text("uploaded")


def test_a_thousand_services_are_followed_down_to_one_path_and_up_again(open_page: Open) -> None:
    data = cluster(1000)
    resolution = resolve(read_uploads([("cluster.json", data)]).cluster)
    page = open_page()
    page.locator("input[type=file]").set_input_files([zipped([("cluster.json", data)])])
    expect(page.locator(".tiles")).to_be_visible(timeout=60_000)
    page.get_by_role("link", name="Paths").click()
    graph = Followed(page, resolution)
    expect(crumb(page)).to_have_text("All 40 namespaces")
    settled(page)
    everything = graph.nodes()

    graph.into("namespace:team-0003")
    expect(crumb(page)).to_have_text("team-0003")
    graph.is_about([path for path in resolution.paths if path.service_ref.namespace == "team-0003"])
    graph.into("service:Service/team-0003/svc-00075")
    expect(crumb(page)).to_have_text("Service/team-0003/svc-00075")
    own = [path for path in resolution.paths if path.service_ref.name == "svc-00075"]
    graph.is_about(own)
    graph.into(f"route:{own[0].route_ref}:{own[0].rule}")
    expect(crumb(page)).to_have_text(f"{own[0].route_ref}:{own[0].rule}")
    page.mouse.click(*graph.place("service:Service/team-0003/svc-00075"))
    expect(page.locator(".inspector .subject")).to_have_text("Service/team-0003/svc-00075")

    for step in ("team-0003", "All 40 namespaces"):
        page.locator(".crumbs").get_by_role("button", name=step, exact=True).click()
        expect(crumb(page)).to_have_text(step)
    expect(graph.root).to_have_attribute("data-nodes", str(everything))


def crumb(page: Page) -> Locator:
    """The step that the graph is at."""
    return page.locator(".crumbs [aria-current=page]")


class Followed:
    """The graph of the page, and what it should show."""

    def __init__(self, page: Page, resolution) -> None:
        self.page = page
        self.root = graph_of(page)
        self.resolution = resolution
        self.drawn = draw(resolution, resolution.paths)

    def nodes(self) -> int:
        """How many nodes are drawn."""
        number = int(self.root.get_attribute("data-nodes") or 0)
        assert 0 < number <= MOST_DRAWN
        return number

    def is_about(self, paths: Sequence[Path]) -> None:
        self.drawn = draw(self.resolution, paths)
        settled(self.page)
        self.nodes()

    def place(self, name: str) -> tuple[float, float]:
        """Where a node is, which is in sight."""
        node = self.drawn.nodes[name]
        x, y = on_screen(self.root, node["x"], node["y"])
        box = self.root.locator(".host").bounding_box()
        assert box is not None
        assert box["x"] < x < box["x"] + box["width"]
        assert box["y"] < y < box["y"] + box["height"]
        return x, y

    def into(self, name: str) -> None:
        """Shows one node alone."""
        self.page.mouse.dblclick(*self.place(name))
