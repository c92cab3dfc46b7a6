"""A real API server: rights, snapshots, two clusters side by side, and a mirror that outlives its end."""

import gzip
import json
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
import yaml

from core import cli
from core.paths import resolve
from core.sources import SourceError, read
from core.sources.live import Mirror, MirrorState, Patience, read_live
from core.sources.live.patience import Pace
from tests.apiserver import STRANGER, ApiServer, Manifest, namespace
from tests.clusters import manifests
from tests.live.conftest import Contexts

ROOT = Path(__file__).resolve().parents[2]
LABEL = "istio.io/ingress-use-waypoint"
QUICK = Patience(first=0.05, longest=0.4)


def rights(*groups: str, name: str = "viewer") -> Sequence[Manifest]:
    """The rights of deploy/, those of these API groups if any are given, for a user."""
    role, binding = yaml.safe_load_all((ROOT / "deploy" / "base" / "rights.yaml").read_text(encoding="utf-8"))
    if groups:
        role["rules"] = [rule for rule in role["rules"] if {*rule["apiGroups"]} & {*groups}]
    role["metadata"]["name"] = binding["metadata"]["name"] = binding["roleRef"]["name"] = f"test-{name}"
    binding["subjects"] = [{"kind": "User", "name": name, "apiGroup": "rbac.authorization.k8s.io"}]
    return [role, binding]


def verdicts(paths: Sequence[Manifest]) -> list[str]:
    return [path["verdict"] for path in paths]


def run(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Standard output of a command that works."""
    assert cli.main(words) == 0, capsys.readouterr().err
    return capsys.readouterr().out


# --- rights -----------------------------------------------------------------------------------------------------------


def test_the_rights_of_deploy_are_enough(apiserver: ApiServer) -> None:
    sample = manifests("three-data-planes")
    with apiserver.holding([*sample, *rights()]):
        everything, seen = read_live("admin"), read_live("viewer")
        with_watches = Mirror("viewer", patience=QUICK)
        with_watches.start()
        mirrored = with_watches.state()
        with_watches.stop()
    assert not seen.missing
    assert not mirrored.loaded.missing
    assert resolve(seen.cluster).paths == resolve(everything.cluster).paths


def test_a_kind_that_is_refused_is_unknown_and_the_rest_works(apiserver: ApiServer) -> None:
    some = ("", "apps", "discovery.k8s.io", "gateway.networking.k8s.io", "networking.istio.io")
    with apiserver.holding([*manifests("bypass-by-default"), *rights(*some)]):
        everything, seen = read_live("admin"), read_live("viewer")
    assert {right.resource for right in seen.missing} >= {"authorizationpolicies", "peerauthentications"}
    assert "AuthorizationPolicy" in seen.cluster.unread.kinds
    assert "HTTPRoute" not in seen.cluster.unread.kinds
    assert [path.outcome for path in resolve(seen.cluster).paths] == [
        path.outcome for path in resolve(everything.cluster).paths
    ]


def test_without_the_controllers_what_depends_on_them_is_not_guessed(apiserver: ApiServer) -> None:
    some = ("", "discovery.k8s.io", "gateway.networking.k8s.io", "networking.istio.io")
    with apiserver.holding([*manifests("global-flag-off"), *rights(*some)]):
        seen = read_live("viewer")
    assert "Deployment" in seen.cluster.unread.kinds
    paths = resolve(seen.cluster).paths
    assert paths
    assert all(path.outcome.assumed for path in paths if path.plane == "kgateway")


def test_a_token_that_is_not_known_is_one_sentence(apiserver: ApiServer) -> None:
    with pytest.raises(SourceError, match=f"context {STRANGER}.*401.*renew the token of user {STRANGER}"):
        read_live(STRANGER)


def test_the_layers_of_deploy_are_accepted(apiserver: ApiServer) -> None:
    base = ROOT / "deploy" / "base"
    names = yaml.safe_load((base / "kustomization.yaml").read_text(encoding="utf-8"))["resources"]
    files = [*(base / name for name in names), *sorted((ROOT / "deploy" / "namespaces").glob("[!k]*.yaml"))]
    things = [one for file in files for one in yaml.safe_load_all(file.read_text(encoding="utf-8"))]
    with apiserver.holding(things):
        for one in things:
            apiserver.request("GET", apiserver.path_of(one))


# --- snapshots and several clusters -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["three-data-planes", "dual-stack", "canary-waypoint", "shop"])
def test_a_snapshot_has_the_paths_of_the_cluster(
    apiserver: ApiServer, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain, anonymous = str(tmp_path / "plain.json.gz"), str(tmp_path / "anonymous.json.gz")
    with apiserver.holding(manifests(name)):
        run(capsys, "snapshot", "live:admin", "-o", plain)
        run(capsys, "snapshot", "live:admin", "-o", anonymous, "--anonymize")
        live = json.loads(run(capsys, "resolve", "live:admin", "-o", "json"))
    kept = json.loads(run(capsys, "resolve", plain, "-o", "json"))
    other = json.loads(run(capsys, "resolve", anonymous, "-o", "json"))
    assert kept["paths"] == live["paths"]
    assert [(path["verdict"], path["decidedBy"]) for path in other["paths"]] == [
        (path["verdict"], path["decidedBy"]) for path in live["paths"]
    ]
    text = gzip.decompress(Path(plain).read_bytes()).decode()
    assert '"kind":"Service"' in text
    assert '"kind":"Secret"' not in text


def test_what_was_refused_stays_unknown_in_a_snapshot(
    apiserver: ApiServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(tmp_path / "some.json.gz")
    some = ("", "discovery.k8s.io", "gateway.networking.k8s.io")
    with apiserver.holding([*manifests("bypass-by-default"), *rights(*some)]):
        seen = read_live("viewer")
        run(capsys, "snapshot", "live:viewer", "-o", file)
    again = read([file])
    assert again.cluster.unread == seen.cluster.unread
    assert [(one.severity, one.message) for one in again.problems] == [
        (one.severity, one.message) for one in seen.problems
    ]


def test_two_clusters_are_compared_path_by_path(
    shared_apiserver: ApiServer,
    own_apiserver: ApiServer,
    contexts: Contexts,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = shared_apiserver.kubeconfig(tmp_path / "one", {"one": "admin"}, cluster="one")
    two = own_apiserver.kubeconfig(tmp_path / "two", {"two": "admin"}, cluster="two")
    monkeypatch.setenv("KUBECONFIG", f"{one}:{two}")
    here, there = manifests("bypass-by-default"), manifests("label-on-service")
    with shared_apiserver.holding(here), own_apiserver.holding(there):
        live = json.loads(run(capsys, "diff", "live:one", "--against", "live:two", "-o", "json"))
        for name in ("one", "two"):
            run(capsys, "snapshot", f"live:{name}", "-o", str(tmp_path / f"{name}.json.gz"))
    files = [str(tmp_path / f"{name}.json.gz") for name in ("one", "two")]
    saved = json.loads(run(capsys, "diff", files[0], "--against", files[1], "-o", "json"))
    assert live == saved
    assert live["changes"]
    assert any(change["before"] is None for change in live["changes"])


def test_two_contexts_of_one_server_are_compared_within_their_namespaces(
    shared_apiserver: ApiServer, contexts: Contexts, capsys: pytest.CaptureFixture[str]
) -> None:
    contexts(shared_apiserver, {"staging": "admin", "prod": "viewer"})
    here = "live:staging?namespace=infra&namespace=shop"
    there = "live:prod?namespace=infra&namespace=payments"
    with shared_apiserver.holding([*manifests("waypoint-other-namespace"), *rights()]):
        same = json.loads(run(capsys, "diff", "live:staging", "--against", "live:prod", "-o", "json"))
        found = json.loads(run(capsys, "diff", here, "--against", there, "-o", "json"))
        table = run(capsys, "diff", here, "--against", there)
    assert same["changes"] == []
    assert same["unchanged"] > 0
    sides = {
        (one["backend"]["namespace"], bool(one["before"]), bool(one["after"])) for one in found["changes"]
    }
    assert sides == {("shop", True, False), ("payments", False, True)}
    assert "absent" in table


# --- a mirror ---------------------------------------------------------------------------------------------------------


def wait(mirror: Mirror, met: Callable[[MirrorState], bool], since: int | None = 0) -> MirrorState:
    """The first state that meets a condition."""
    end = time.monotonic() + 60
    while True:
        state = mirror.state(since)
        if met(state):
            return state
        assert time.monotonic() < end, state.error
        time.sleep(0.02)


@pytest.fixture
def held(own_apiserver: ApiServer, contexts: Contexts) -> Iterator[ApiServer]:
    """A server of its own with a sample in it."""
    contexts(own_apiserver)
    with own_apiserver.holding(manifests("bypass-by-default")):
        yield own_apiserver


@pytest.fixture
def mirror(held: ApiServer) -> Iterator[Mirror]:
    made = Mirror("admin", patience=QUICK, pace=Pace(again=0.5, poll=0.5))
    made.start()
    yield made
    made.stop()


def cart(server: ApiServer, value: str) -> None:
    """Set the label of the service shop/cart."""
    server.patch(server.path("v1", "Service", "shop", "cart"), {"metadata": {"labels": {LABEL: value}}})


def labelled(state: MirrorState) -> str | None:
    service = state.loaded.cluster.services.get(("shop", "cart"))
    return None if service is None else service.labels.get(LABEL)


def test_a_label_that_changes_changes_the_path(held: ApiServer, mirror: Mirror) -> None:
    before = mirror.state()
    cart(held, "true")
    state = wait(mirror, lambda state: labelled(state) == "true", before.revision)
    assert [(one.what, one.kind, one.name) for one in state.changes or ()] == [("changed", "Service", "cart")]
    assert resolve(state.loaded.cluster).paths != resolve(before.loaded.cluster).paths


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_server_that_ends_and_comes_back_loses_nothing(held: ApiServer, mirror: Mirror, end: str) -> None:
    before = mirror.state().loaded
    getattr(held, end)()
    stale = wait(mirror, lambda state: state.stale_since is not None)
    assert stale.error
    assert resolve(stale.loaded.cluster).paths == resolve(before.cluster).paths
    held.start()
    cart(held, end)
    held.create(namespace(f"new-{end}"))
    current = wait(mirror, lambda state: state.stale_since is None and labelled(state) == end)
    wait(mirror, lambda state: ("", f"new-{end}") in state.loaded.cluster.namespaces)
    assert current.error is None
    held.delete(namespace(f"new-{end}"))


def test_a_server_that_forgot_the_past_is_read_anew(held: ApiServer, mirror: Mirror) -> None:
    """While nobody watches an object goes and the history is dropped: resuming is refused, and the list tells."""
    held.kill()
    wait(mirror, lambda state: state.stale_since is not None)
    held.start()
    cart(held, "while-away")
    gone = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "bump", "namespace": "shop"}}
    for _ in range(3):
        held.create(gone)
        held.delete(gone)
    held.compact()
    held.kill()
    held.start()
    state = wait(mirror, lambda state: state.stale_since is None and labelled(state) == "while-away")
    assert not [one for one in state.loaded.problems if one.severity == "error"]
