"""A Streamlit script as a server of its own, and tabs from which nothing gets out."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Dialog, Page, WebSocket

ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
"""No name but this machine's address is resolved. Playwright could abort requests too, but then nothing is cached."""


@contextmanager
def serving(script: Path, folder: Path, words: Sequence[str] = (), **options: str) -> Iterator[str]:
    """The address of `script`, started with `words` in a folder that has no settings of its own."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    settings = {"server.port": str(port), "server.headless": "true", "server.address": "127.0.0.1", **options}
    command = [sys.executable, "-m", "streamlit", "run", str(script)]
    command += [f"--{name}={value}" for name, value in settings.items()]
    command += ["--", *words] if words else []
    log = folder / "log"
    with log.open("w") as out:
        server = subprocess.Popen(
            command, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=out, stderr=out
        )
        try:
            _wait_for(port, server, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(timeout=30)


def _wait_for(port: int, server: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"Streamlit did not start: {log.read_text()}")


class Watch:
    """Tabs that reach one address only. What else they ask for, and whatever a script did or said, is kept."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.context = context
        self.address = address
        self.outside: list[str] = []
        self.troubles: list[str] = []
        self.tabs: list[Page] = []

    def tab(self) -> Page:
        """A new tab."""
        page = self.context.new_page()
        self.tabs.append(page)
        page.on("request", lambda request: self._check(request.url))
        page.on("dialog", self._refuse)
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("websocket", self._connected)
        return page

    def close(self) -> None:
        """Closes the tabs; fails where something got out or went wrong in one."""
        for page in self.tabs:
            page.close()
        assert self.outside == [], self.outside
        assert self.troubles == [], self.troubles

    def _connected(self, one: WebSocket) -> None:
        self._check(one.url.replace("ws", "http", 1))

    def _check(self, url: str) -> None:
        if not url.startswith((f"{self.address}/", "data:", "blob:")):
            self.outside.append(url)

    def _refuse(self, dialog: Dialog) -> None:
        self.troubles.append(dialog.message)
        dialog.dismiss()
