"""Clusters of a server: one reading for all who look, told apart by what is read, let go when nobody looks."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from core.sources import Loaded, SourceError, read
from core.sources.live import CancelledError, Change, MirrorState, Progress
from core.sources.live.types import Report
from dashboard import mirrors
from dashboard.mirrors import Mirrors, Watched, cluster_of

LOADED: Loaded = read(["sample:bypass-by-default"])


class Fake:
    """A cluster whose reading ends when a test lets it, or is cancelled."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.goes = threading.Event()
        self.fault = fault
        self.revision = 0
        self.is_stopped = False
        self.was_cancelled = False

    def start(self, progress: Report | None = None, cancelled: threading.Event | None = None) -> None:
        if progress is not None:
            progress(Progress(counts={"Service": 3}, done=1, total=2))
        while not self.goes.wait(0.005):
            if cancelled is not None and cancelled.is_set():
                self.was_cancelled = True
                raise CancelledError("reading the cluster was cancelled")
        if self.fault is not None:
            raise self.fault

    def state(self, since: int | None = None) -> MirrorState:
        now = datetime.now(UTC)
        every = [
            Change(revision=one + 1, what="changed", kind="Service", namespace="shop", name=f"s{one}")
            for one in range(self.revision)
        ]
        changes = () if since is None else [one for one in every if one.revision > since]
        return MirrorState(
            loaded=LOADED, revision=self.revision, read_at=now, changed_at=now, changes=changes
        )

    def stop(self) -> None:
        self.is_stopped = True


def watched(*clusters: Fake) -> Watched:
    made = iter(clusters)
    return Watched("test", lambda: next(made))


def ready() -> Fake:
    made = Fake()
    made.goes.set()
    return made


def until(met: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not met():
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.fixture
def kubeconfig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Contexts `one`, the current one, and `two`, behind which nobody answers."""
    file = tmp_path / "config"
    config = {
        "current-context": "one",
        "clusters": [{"name": "none", "cluster": {"server": "http://127.0.0.1:9"}}],
        "users": [],
        "contexts": [{"name": name, "context": {"cluster": "none"}} for name in ("one", "two")],
    }
    file.write_text(yaml.safe_dump(config))
    monkeypatch.setenv("KUBECONFIG", str(file))
    return file


@pytest.fixture
def server(kubeconfig: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirrors]:
    """A registry whose mirrors wait for nothing and know nothing."""
    monkeypatch.setattr(mirrors, "Mirror", lambda *_, **__: Fake())
    made = Mirrors()
    yield made
    made.end()


# --- one reading ------------------------------------------------------------------------------------------------------


def test_a_reading_tells_how_far_it_got_and_then_has_a_state() -> None:
    cluster = Fake()
    found = watched(cluster)
    until(lambda: found.progress is not None)
    assert found.progress == Progress(counts={"Service": 3}, done=1, total=2)
    assert found.is_reading
    with pytest.raises(SourceError, match="has not been read yet"):
        found.state()
    cluster.goes.set()
    found.wait(20)
    assert found.is_known
    assert found.state()[1].loaded is LOADED


def test_what_is_made_of_a_state_is_made_once_for_all() -> None:
    cluster = ready()
    found = watched(cluster)
    found.wait(20)
    made = [found.made(lambda edition, state: object()) for _ in range(3)]
    assert made[0] is made[1] is made[2]
    edition = found.state()[0]
    cluster.revision = 1
    until(lambda: found.has_news(edition))
    assert found.made(lambda edition, state: object()) is not made[0]
    assert found.state()[0] > edition


def test_changes_are_those_since_an_edition_of_the_same_reading() -> None:
    first, second = ready(), ready()
    found = watched(first, second)
    found.wait(20)
    edition = found.state()[0]
    first.revision = 2
    assert [one.name for one in found.state(edition)[1].changes or ()] == ["s0", "s1"]
    found.read_again()
    found.wait(20)
    assert first.is_stopped
    assert found.state(edition)[1].changes is None


def test_a_cluster_that_cannot_be_read_again_stays_as_it_is_known() -> None:
    first, broken = ready(), Fake(SourceError("renew the token"))
    broken.goes.set()
    found = watched(first, broken)
    found.wait(20)
    found.read_again()
    found.wait(20)
    assert found.failure == "renew the token"
    assert found.is_known
    assert not first.is_stopped
    assert not found.is_over


def test_a_fault_that_nobody_foresaw_is_a_sentence(caplog: pytest.LogCaptureFixture) -> None:
    broken = Fake(RuntimeError("on purpose"))
    broken.goes.set()
    found = watched(broken)
    found.wait(20)
    assert found.failure == "test could not be read; the dashboard's log says why"
    assert "on purpose" in caplog.text


def test_reading_ends_when_nobody_waits_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Fake()
    found = watched(cluster)
    found.met("ada")
    found.met("ben")
    found.leave("ada")
    assert found.unused_for() < mirrors.UNUSED
    assert not cluster.was_cancelled
    monkeypatch.setattr(mirrors, "PRESENT", -1.0)
    found.leave("ben")
    until(lambda: cluster.was_cancelled)
    assert found.is_over


# --- the clusters of a server -----------------------------------------------------------------------------------------


def test_sources_that_mean_the_same_are_one_cluster(server: Mirrors) -> None:
    one = server.open(["live:"])
    assert server.open(["live:one"]) is one
    assert server.open(["live"]) is one
    assert server.open(["live:two"]) is not one
    some = server.open(["live:?namespace=a&namespace=b"])
    assert some is not one
    assert server.open(["live:one?namespace=b&namespace=a"]) is some


def test_another_current_context_later_is_another_cluster(kubeconfig: Path, server: Mirrors) -> None:
    one = server.open(["live:"])
    kubeconfig.write_text(kubeconfig.read_text().replace("current-context: one", "current-context: two"))
    assert server.open(["live:"]) is one
    assert server.open(["live:two"]) is not one
    server.drop(one)
    assert server.open(["live:"]) is server.open(["live:two"])


def test_what_cannot_be_opened_is_told_at_once(server: Mirrors) -> None:
    with pytest.raises(SourceError, match="context three is not in the kubeconfig"):
        server.open(["live:three"])
    with pytest.raises(SourceError, match="no label selector"):
        server.open(["live:one?selector=%28"])
    with pytest.raises(SourceError, match="one selector is allowed"):
        cluster_of(["live:one?selector=a&selector=b"])


def test_a_cluster_that_nobody_looks_at_is_let_go(kubeconfig: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clusters: list[Fake] = []

    def make(*_: object, **__: object) -> Fake:
        clusters.append(ready())
        return clusters[-1]

    monkeypatch.setattr(mirrors, "Mirror", make)
    server = Mirrors(unused=0.2)
    found = server.open(["live:"])
    found.wait(20)
    until(lambda: clusters[0].is_stopped)
    assert found.is_over
    again = server.open(["live:"])
    assert again is not found
    server.end()


def test_several_sources_with_a_cluster_are_read_once(
    server: Mirrors, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def reads(specs: object, **_: object) -> Loaded:
        asked.append(specs)
        return LOADED

    monkeypatch.setattr(mirrors, "read", reads)
    found = server.open(["live:one", "sample:shop"])
    found.wait(20)
    assert not found.follows
    assert found.state()[1].loaded is LOADED
    assert asked == [["live:one", "sample:shop"]]
