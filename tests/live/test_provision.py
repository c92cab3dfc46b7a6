"""How the programs of a real API server are built: never a half of them, never without end, never silently."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "tools" / "apiserver" / "build.py"
LONGEST = 60

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a stand-in for Go is a shell script")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An empty cache, and a PATH with nothing but what `go` puts there."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "cache").mkdir()
    return {"PATH": f"{tmp_path}/bin", "XDG_CACHE_HOME": f"{tmp_path}/cache", "HOME": str(tmp_path)}


def stand_in(environment: dict[str, str], script: str) -> None:
    """A `go` that does this."""
    file = Path(environment["PATH"]) / "go"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


def build(environment: dict[str, str], *arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, str(SCRIPT), *arguments]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def answer(environment: dict[str, str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and what is said on standard error."""
    process = build(environment, *arguments)
    out, err = process.communicate(timeout=LONGEST)
    return process.returncode, out.strip(), err


def left(environment: dict[str, str]) -> list[str]:
    """What is in the cache beside the folders on the way to it."""
    place = Path(environment["XDG_CACHE_HOME"]) / "waypath" / "apiserver"
    return [one.name for one in place.iterdir()] if place.is_dir() else []


def test_without_go_it_says_so(environment: dict[str, str]) -> None:
    assert answer(environment) == (1, "", "tools/apiserver/build.py: Go is not on the PATH\n")


def test_what_go_can_not_do_is_told_and_leaves_nothing(environment: dict[str, str]) -> None:
    stand_in(environment, """echo '{"Error": "module lookup disabled by GOPROXY=off"}'; exit 1""")
    code, out, err = answer(environment)
    assert (code, out) == (1, "")
    assert "`go mod` failed: module lookup disabled by GOPROXY=off" in err
    assert left(environment) == []


def test_another_module_than_the_one_that_is_meant_is_not_taken(environment: dict[str, str]) -> None:
    stand_in(environment, """echo '{"Sum": "h1:other", "Dir": "/"}'""")
    code, _, err = answer(environment)
    assert code == 1
    assert "has the checksum h1:other, not h1:" in err


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_build_that_is_broken_off_leaves_nothing(environment: dict[str, str], sent: signal.Signals) -> None:
    stand_in(environment, "exec /bin/sleep 60")
    process = build(environment)
    end = time.monotonic() + LONGEST
    while not left(environment):
        assert time.monotonic() < end
        time.sleep(0.01)
    process.send_signal(sent)
    process.communicate(timeout=LONGEST)
    assert process.returncode != 0
    assert left(environment) == []


def test_a_cache_that_can_not_be_written_is_told(environment: dict[str, str]) -> None:
    stand_in(environment, "exit 0")
    file = Path(environment["HOME"]) / "file"
    file.write_text("")
    code, _, err = answer({**environment, "XDG_CACHE_HOME": str(file)})
    assert code == 1
    assert "Not a directory" in err
    assert "Traceback" not in err


def test_what_is_built_is_found_again_without_go(environment: dict[str, str]) -> None:
    place = Path(answer(environment, "--where")[1])
    (place / "crds").mkdir(parents=True)
    for name in ("etcd", "kube-apiserver"):
        (place / name).write_text("")
        (place / name).chmod(0o755)
    assert answer(environment) == (0, str(place), "")
