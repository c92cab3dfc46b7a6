"""Starts the dashboard: Streamlit in place of this process, without importing anything of it here."""

import importlib.util
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path


class DashboardError(Exception):
    """The dashboard can't be started; the text is one sentence."""


def is_local(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    return host in {"127.0.0.1", "localhost", "::1"}


def serve(
    sources: Sequence[str], *, host: str, port: int | None, browser: bool, expect: str | None = None
) -> int:
    """Serve the dashboard of `sources` until it is stopped; does not return where this process becomes it.

    Standard input as a source is copied into a file first, since the page reads its source again and again. `expect` is
    a file with expectations.

    Raises:
        DashboardError: Streamlit or the dashboard is not installed.
    """
    start = [*_command(_app(), host=host, port=port, browser=browser), "--"]
    start += ["--expect", expect] if expect is not None else []
    if "-" not in sources:
        return _become([*start, *sources])
    with tempfile.TemporaryDirectory(prefix="waypath-") as folder:
        copy = Path(folder, "stdin.yaml")
        copy.write_bytes(sys.stdin.buffer.read())
        named = [str(copy) if one == "-" else one for one in sources]
        return subprocess.call([*start, *named], stdin=subprocess.DEVNULL)


def _app() -> Path:
    """The dashboard's script."""
    if importlib.util.find_spec("streamlit") is None:
        raise DashboardError("the dashboard needs Streamlit, which is not installed: `pip install streamlit`")
    package = importlib.util.find_spec("dashboard")
    for folder in (package.submodule_search_locations if package else None) or ():
        app = Path(folder, "app.py")
        if app.is_file():
            return app
    raise DashboardError("the package `dashboard` is not installed beside `core`")


def _command(app: Path, *, host: str, port: int | None, browser: bool) -> list[str]:
    """The command that serves `app`: without watching files, asking for a mail address or counting use."""
    settings = {
        "server.address": host,
        "server.port": port,
        # Without an address to show, Streamlit would ask one outside for that of this machine.
        "browser.serverAddress": None if is_local(host) else "localhost",
        # Streamlit knows best whether there is a screen to open a browser on.
        "server.headless": None if browser else "true",
        "server.fileWatcherType": "none",
        "server.showEmailPrompt": "false",
        "browser.gatherUsageStats": "false",
    }
    given = [
        word for name, value in settings.items() if value is not None for word in (f"--{name}", str(value))
    ]
    # -P: what lies in the working directory, a checkout of manifests perhaps, is no module of ours.
    return [sys.executable, "-P", "-m", "streamlit", "run", str(app), *given]


def _become(command: list[str]) -> int:
    if os.name != "nt":  # there a new process would take this one's place without its console
        os.execv(command[0], command)  # noqa: S606 - no shell is wanted
    return subprocess.call(command)
