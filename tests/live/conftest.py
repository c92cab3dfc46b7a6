"""Real API servers for the tests of this folder. tests/apiserver.py says where their programs come from."""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.apiserver import ApiServer, Programs, UnavailableError, find_programs
from tests.live.faults import Api, kubeconfig

NAMED = ("KUBEBUILDER_ASSETS", "TEST_ASSET_KUBE_APISERVER", "TEST_ASSET_ETCD")
PROVIDED = "WAYPATH_APISERVER"
"""`.ci/run` sets it to `absent` where it could not provide the programs, and has said so: then, even in CI, the tests
are skipped. Without it CI demands them, lest a broken provision goes by unnoticed for ever. Programs that are named have
to be there everywhere.
"""


def _must_be_there() -> bool:
    in_ci = os.environ.get("CI", "").lower() in {"1", "true"}
    return any(os.environ.get(name) for name in NAMED) or (in_ci and os.environ.get(PROVIDED) != "absent")


@pytest.fixture(scope="session")
def programs() -> Programs:
    """kube-apiserver, etcd and the CRDs."""
    try:
        return find_programs()
    except UnavailableError as error:
        missing = f"no real API server: {error}"
    if _must_be_there():
        pytest.fail(missing)
    pytest.skip(missing)


@pytest.fixture(scope="session")
def shared_apiserver(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """The server that most tests share. A test leaves it as it was."""
    yield from _running(programs, tmp_path_factory.mktemp("apiserver"))


@pytest.fixture(scope="module")
def own_apiserver(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """A server for one module, which may stop it, start it again, and let it forget."""
    yield from _running(programs, tmp_path_factory.mktemp("apiserver"))


def _running(programs: Programs, folder: Path) -> Iterator[ApiServer]:
    server = ApiServer(programs, folder)
    try:
        server.start()
        server.install_crds()
        yield server
    finally:
        server.close()


Contexts = Callable[..., Path]


@pytest.fixture
def contexts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Contexts:
    """Makes the contexts of a server those that `live:` knows."""

    def use(server: ApiServer, names: Mapping[str, str] | None = None) -> Path:
        file = server.kubeconfig(tmp_path / "kubeconfig", names)
        monkeypatch.setenv("KUBECONFIG", str(file))
        return file

    return use


@pytest.fixture
def apiserver(shared_apiserver: ApiServer, contexts: Contexts) -> ApiServer:
    """The shared server, with its users as contexts."""
    contexts(shared_apiserver)
    return shared_apiserver


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """A small API server that misbehaves as a test wants, behind the current context."""
    with Api() as api:
        monkeypatch.setenv("KUBECONFIG", str(kubeconfig(tmp_path / "config", api.url)))
        yield api
