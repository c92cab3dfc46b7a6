"""Make the README's pictures from the real page: one sample before and after a label is set.

    .venv/bin/python tools/screenshots.py [FOLDER]

Needs Chromium (WAYPATH_CHROMIUM, else `chromium` on the PATH).
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

from core.edits import LabelEdit
from core.labels import INGRESS_USE_WAYPOINT
from core.scenario import to_link

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = "sample:bypass-by-default"
SERVICE = "service:Service/shop/cart"
EDIT = LabelEdit(kind="service", namespace="shop", name="cart", set={INGRESS_USE_WAYPOINT: "true"})
SIZE = (1440, 900)  # CSS pixels
PICTURES = {
    "before": {"at": SERVICE},
    "after": {"at": SERVICE, "scenario": to_link([EDIT]), "view": "difference"},
}
"""File name → the address's parameters."""


def main() -> None:
    """Write the pictures into the folder given, else into docs/images."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    folder.mkdir(parents=True, exist_ok=True)
    chromium = os.environ.get("WAYPATH_CHROMIUM") or shutil.which("chromium")
    if not chromium:
        sys.exit("screenshots.py needs Chromium: install it, or name it in WAYPATH_CHROMIUM")
    with dashboard() as address, tempfile.TemporaryDirectory() as profile, sync_playwright() as driver:
        context = driver.chromium.launch_persistent_context(
            profile,
            executable_path=chromium,
            viewport={"width": SIZE[0], "height": SIZE[1]},
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
        )
        for name, params in PICTURES.items():
            page = context.new_page()
            page.goto(f"{address}/paths?{urllib.parse.urlencode(params)}")
            page.locator('.traffic-graph[data-ready="true"]').wait_for(timeout=60_000)
            page.get_by_role("button", name="Fit the drawing").click()
            page.mouse.move(SIZE[0] / 2, SIZE[1] - 10)  # away from what a pointer changes
            page.wait_for_timeout(3000)  # milliseconds: the picture has come to rest
            page.screenshot(path=folder / f"{name}.png")
            page.close()
        context.close()


@contextmanager
def dashboard() -> Iterator[str]:
    """The dashboard of the sample, served on loopback while the block runs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "core", "dashboard", SAMPLE, "--no-browser", "--port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/_stcore/health")
        yield address
    finally:
        server.terminate()
        server.wait(timeout=10)


def _wait_for(url: str) -> None:
    for _ in range(150):
        try:
            with urllib.request.urlopen(url, timeout=1):  # noqa: S310 - the address is ours
                return
        except OSError:
            time.sleep(0.2)
    sys.exit(f"the dashboard did not answer at {url}")


if __name__ == "__main__":
    main()
