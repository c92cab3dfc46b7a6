"""The promises of the project's own files: dependencies, locks, packaging and what must not be in any of them."""

import re
import socket
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.lock", "requirements-run.lock", "requirements-build.lock")
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RUNTIME = [Requirement(line) for line in PYPROJECT["project"]["dependencies"]]
AUTH = [Requirement(line) for line in PYPROJECT["project"]["optional-dependencies"]["auth"]]
GROUPS = {
    name: [Requirement(line) for line in lines if isinstance(line, str)]
    for name, lines in PYPROJECT["dependency-groups"].items()
}
EVERY = sorted({*RUNTIME, *AUTH, *(one for group in GROUPS.values() for one in group)}, key=str)

PINNED = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^\s;]+)(?: ; (?P<marker>[^\\]+))? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")


def pins(lock: str) -> dict[str, list[Version]]:
    """The versions of each package in a lock file; more than one where Python versions differ."""
    found: dict[str, list[Version]] = {}
    for line in (ROOT / lock).read_text(encoding="utf-8").splitlines():
        if match := PINNED.match(line):
            found.setdefault(canonicalize_name(match["name"]), []).append(Version(match["version"]))
    return found


def lowest(requirement: Requirement) -> list[Version]:
    return [Version(one.version) for one in requirement.specifier if one.operator in {">=", "~="}]


def test_python_floor_is_3_11() -> None:
    supported = SpecifierSet(PYPROJECT["project"]["requires-python"])
    assert "3.11.0" in supported
    assert "3.14.0" in supported
    assert "3.10.99" not in supported


@pytest.mark.parametrize("requirement", EVERY, ids=lambda one: one.name)
def test_every_dependency_has_a_lower_bound_and_no_address(requirement: Requirement) -> None:
    assert len(lowest(requirement)) == 1
    assert requirement.url is None


def test_the_libraries_it_is_built_on_are_declared() -> None:
    assert {"kubernetes", "networkx", "pandas", "pyvis", "streamlit"} <= {one.name for one in RUNTIME}
    assert "pytest" in {one.name for one in GROUPS["dev"]}


@pytest.mark.parametrize(
    ("lock", "requirements"),
    [
        ("requirements.lock", EVERY),
        ("requirements-run.lock", [*RUNTIME, *AUTH]),
        ("requirements-build.lock", GROUPS["build"]),
    ],
)
def test_lock_holds_what_is_declared(lock: str, requirements: list[Requirement]) -> None:
    locked = pins(lock)
    for requirement in requirements:
        versions = locked.get(canonicalize_name(requirement.name), [])
        assert versions, f"{requirement.name} is not in {lock}: run `python3 dev.py lock`"
        assert all(version in requirement.specifier for version in versions)


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_is_pins_with_hashes_and_nothing_else(lock: str) -> None:
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not (PINNED.match(line) or HASH.match(line))] == []
    assert not any("://" in line or "index-url" in line or "find-links" in line for line in lines)


@pytest.mark.parametrize("lock", LOCKS[1:])
def test_locks_agree(lock: str) -> None:
    full = pins("requirements.lock")
    assert {name: full.get(name) for name in pins(lock)} == pins(lock)


def test_version_is_in_the_changelog_or_unreleased() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## \[(.+?)\]", text, flags=re.MULTILINE)
    assert headings
    assert headings[0] in {"Unreleased", PYPROJECT["project"]["version"]}


def test_no_tracked_file_holds_a_path_of_a_workplace() -> None:
    try:
        listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    workplace = re.compile(rb"(?<![\w.-])/(?:work|root)/")
    tracked = [ROOT / name for name in listing.stdout.decode().split("\0") if name]
    holders = [file for file in tracked if file.is_file() and workplace.search(file.read_bytes())]
    assert [str(file.relative_to(ROOT)) for file in holders] == []


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "waypath.invalid"])
def test_tests_reach_no_other_machine(host: str) -> None:
    with pytest.raises(RuntimeError, match="loopback addresses only"):
        socket.create_connection((host, 80), timeout=0.1)


def test_tests_reach_their_own_machine() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
    ):
        client.sendall(b"ok")
        accepted, _ = server.accept()
        with accepted:
            assert accepted.recv(2) == b"ok"
