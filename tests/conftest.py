"""What all tests share: options, Hypothesis profiles, the browser, and no way out to the network."""

import ipaddress
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

if TYPE_CHECKING:
    from playwright.sync_api import Browser

IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}

settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if IN_CI else "default")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write what golden tests get into their files, in place of comparing",
    )


_TOGETHER = {
    "tests/browser/": "a browser",
    "tests/live/test_page.py": "a browser",
    "tests/live/test_apiserver.py": "an API server",
    "tests/live/test_samples.py": "an API server",
}
"""Tests by what they share for a session: of several processes, one starts it and runs them all."""


class _ByServer(LoadScopeScheduling):  # type: ignore[misc]  # it ships no types
    def _split_scope(self, nodeid: str) -> str:
        return next((shared for path, shared in _TOGETHER.items() if nodeid.startswith(path)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _ByServer:
    return _ByServer(config, log)


@pytest.fixture(scope="session")
def update_golden(pytestconfig: pytest.Config) -> bool:
    """Whether golden tests write their files in place of comparing with them."""
    return bool(pytestconfig.getoption("--update-golden"))


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """A Chromium or Chrome binary. Without one a test is skipped; in CI it fails, lest nobody notices."""
    named = os.environ.get("WAYPATH_CHROMIUM")
    candidates = [named] if named else ["chromium", "chromium-browser", "google-chrome"]
    for candidate in candidates:
        found = shutil.which(candidate) or shutil.which(candidate, path="/usr/bin")
        if found:
            return Path(found)
    missing = f"no browser: {' / '.join(candidates)} not found (WAYPATH_CHROMIUM may name one)"
    if IN_CI:
        pytest.fail(missing)
    pytest.skip(missing)


@pytest.fixture(scope="session")
def chromium(chromium_path: Path) -> "Iterator[Browser]":
    """The browser of the session: Playwright runs once in a thread."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - most tests need none

    from tests.browser.serving import FLAGS  # noqa: PLC0415

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium_path, args=FLAGS)
        yield opened
        opened.close()


class OutsideConnectionError(RuntimeError):
    """A test tried to reach an address that is not this machine's own."""


def _refuse_outside(host: object) -> None:
    if host is None or not isinstance(host, str | bytes):
        return
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if name in {"", "localhost"}:
        return
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        address = None
    if address is None or not (address.is_loopback or address.is_unspecified):
        raise OutsideConnectionError(f"tests may connect to loopback addresses only, not to {name}")


@pytest.fixture(scope="session", autouse=True)
def no_outside_connections() -> Iterator[None]:
    """Let sockets of the test process reach loopback addresses and local sockets only."""

    def guarded(name: str, position: int) -> Any:
        original = getattr(socket.socket, name)

        def method(self: socket.socket, *args: Any) -> Any:
            if self.family in {socket.AF_INET, socket.AF_INET6} and isinstance(args[position], tuple):
                _refuse_outside(args[position][0])
            return original(self, *args)

        return method

    original_lookup = socket.getaddrinfo

    def lookup(host: Any, *args: Any, **kwargs: Any) -> Any:
        _refuse_outside(host)
        return original_lookup(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        for name, position in {"connect": 0, "connect_ex": 0, "sendto": -1}.items():
            patch.setattr(socket.socket, name, guarded(name, position))
        patch.setattr(socket, "getaddrinfo", lookup)
        yield
