"""Live clusters on the command line."""

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.cli import main
from core.sources.samples import samples
from tests.live.faults import Api, answer, hang, sample_things

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def shop(fake: Api) -> Api:
    """A server with a sample cluster in it."""
    fake.put(*sample_things(next(one.path for one in samples() if one.name == "label-on-service")))
    return fake


def test_resolve_prints_the_paths_of_a_cluster(shop: Api, capsys: Capture) -> None:
    assert main(["resolve", "live:", "-o", "json"]) == 0
    live = json.loads(capsys.readouterr().out)
    assert main(["resolve", "sample:label-on-service", "-o", "json"]) == 0
    files = json.loads(capsys.readouterr().out)
    assert [one["id"] for one in live["paths"]] == [one["id"] for one in files["paths"]]
    assert live["source"]["kind"] == "live"
    assert live["source"]["name"] == "live:test"
    assert live["source"]["observed"] is True


def test_namespaces_and_a_selector_limit_it(shop: Api, capsys: Capture) -> None:
    arguments = ["--namespace", "shop", "--namespace", "infra", "--selector", "kubernetes.io/metadata.name"]
    assert main(["resolve", "live:test", *arguments, "-o", "json"]) == 0
    assert {one.path for one in shop.asked("services")} == {
        "/api/v1/namespaces/shop/services",
        "/api/v1/namespaces/infra/services",
    }
    name = json.loads(capsys.readouterr().out)["source"]["name"]
    assert name == "live:test?namespace=shop&namespace=infra&selector=kubernetes.io%2Fmetadata.name"


def test_what_limits_clusters_needs_one(capsys: Capture) -> None:
    assert main(["resolve", "sample:shop", "--namespace", "shop"]) == 2
    assert capsys.readouterr().err == (
        "waypath: --namespace is about live clusters, and none of the sources is one: name live:CONTEXT\n"
    )


def test_a_cluster_that_cannot_be_read_is_one_line(fake: Api, capsys: Capture) -> None:
    fake.tokens = set()
    assert main(["resolve", "live:"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err == (
        f"waypath: context test: the API server {fake.url} does not accept its credentials (401): renew the token of "
        "user u\n"
    )


def test_missing_rights_are_told_beside_the_paths(shop: Api, capsys: Capture) -> None:
    shop.always("pods", answer(403))
    assert main(["resolve", "live:"]) == 0
    out, err = capsys.readouterr()
    assert "waypoint" in out
    assert '{apiGroups: [""], resources: [pods], verbs: [list, watch]}' in err


def test_a_cluster_compares_with_files(shop: Api, capsys: Capture) -> None:
    assert main(["diff", "live:", "--against", "sample:label-on-service", "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["changes"] == []


def test_a_snapshot_of_a_cluster_has_its_paths(shop: Api, capsys: Capture, tmp_path: Path) -> None:
    file = str(tmp_path / "saved.json.gz")
    assert main(["snapshot", "live:", "-o", file]) == 0
    assert main(["diff", "live:", "--against", file, "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["changes"] == []


def run(api: Api, stderr: int) -> "subprocess.Popen[bytes]":
    """`waypath resolve live:` as a process of its own, its notes to `stderr`."""
    environment = {**os.environ, "COLUMNS": "200", "TERM": "xterm"}
    code = "import sys; from core.cli import main; sys.exit(main(['resolve', 'live:']))"
    return subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=stderr, env=environment
    )


def until(terminal: int, text: bytes) -> bytes:
    """What a terminal shows, as soon as `text` is there."""
    shown = b""
    while text not in shown:
        shown += os.read(terminal, 65536)
    return shown


def test_progress_shows_on_a_terminal_and_ctrl_c_ends_at_once(shop: Api) -> None:
    shop.always("pods", hang)
    terminal, end = pty.openpty()
    process = run(shop, end)
    try:
        os.close(end)
        assert b"Reading live:" in until(terminal, b" lists, ")
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 130
    finally:
        process.kill()
        process.communicate()
        os.close(terminal)


def test_no_progress_is_shown_elsewhere(shop: Api) -> None:
    process = run(shop, subprocess.PIPE)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert b"\r" not in err
    assert b"Reading" not in err
