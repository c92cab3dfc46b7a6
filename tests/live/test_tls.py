"""Who is trusted, who we are by certificate, and the proxy on the way: as kubectl has it."""

import base64
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography.x509 import DNSName

from core.sources import Loaded, SourceError
from core.sources.live import Mirror, read_live
from core.sources.live.config import choose
from tests.live.certificates import HERE, Authority, encrypted
from tests.live.faults import BRISK, CALM, Api, kubeconfig, service

PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "ALL_PROXY")


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy, whatever this machine has."""
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


class Secured:
    """An API server with TLS, and contexts for it."""

    def __init__(self, api: Api, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.api, self._folder, self._patch = api, folder, monkeypatch

    def use(self, user: dict[str, Any] | None = None, *, url: str = "", **cluster: Any) -> None:
        file = kubeconfig(self._folder / "config", url or self.api.url, user, **cluster)
        self._patch.setenv("KUBECONFIG", str(file))

    def read(self, user: dict[str, Any] | None = None, *, url: str = "", **cluster: Any) -> Loaded:
        self.use(user, url=url, **cluster)
        return read_live(patience=CALM)

    def refusal(self, user: dict[str, Any] | None = None, *, url: str = "", **cluster: Any) -> str:
        """Why nothing can be read: a sentence, without what every such sentence says."""
        with pytest.raises(SourceError) as raised:
            self.read(user, url=url, **cluster)
        text = str(raised.value)
        assert "\n" not in text
        server = url or self.api.url
        text = text.removeprefix(f"context test: no usable answer from the API server {server}: ")
        return text.removesuffix("; try again, or check that it runs and can be reached from here")


@pytest.fixture
def secured(
    request: pytest.FixtureRequest, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Secured]:
    """A server whose certificate is as the test asks (`indirect`: arguments of `Authority.serving`)."""
    more = getattr(request, "param", {})
    with Api() as api:
        api.kill()
        api.tls = authority.serving(*more.get("hosts", ()), **more.get("with", {}))
        api.port = 0
        api.start()
        api.put(service("cart"))
        yield Secured(api, tmp_path, monkeypatch)


Fields = dict[str, Any]
UNVERIFIED: Fields = {"insecure-skip-tls-verify": True}


def by(proxy: str) -> Fields:
    """A cluster that is reached by a proxy."""
    return {"proxy-url": proxy}


def called(name: str) -> Fields:
    """A cluster whose certificate is of that name."""
    return {"tls-server-name": name}


def trusting(authority: Authority) -> Fields:
    return {"certificate-authority": str(authority.certificate)}


# --- the server's certificate -----------------------------------------------------------------------------------------


def test_an_authority_that_the_kubeconfig_names_is_trusted(secured: Secured, authority: Authority) -> None:
    assert len(secured.read(**trusting(authority)).cluster.services) == 1
    data = base64.b64encode(authority.certificate.read_bytes()).decode()
    embedded: Fields = {"certificate-authority-data": data}
    assert len(secured.read(**embedded).cluster.services) == 1


def test_another_authority_is_not_trusted(secured: Secured, tmp_path: Path) -> None:
    other = Authority(tmp_path, "other")
    said = "its certificate is not trusted (unable to get local issuer certificate)"
    assert secured.refusal(**trusting(other)) == said
    assert secured.refusal() == said
    assert secured.api.requests == []


@pytest.mark.parametrize("secured", [{"with": {"days": -1}}], indirect=True)
def test_an_expired_certificate_is_not_trusted(secured: Secured, authority: Authority) -> None:
    said = "its certificate is not trusted (certificate has expired)"
    assert secured.refusal(**trusting(authority)) == said


@pytest.mark.parametrize("secured", [{"hosts": (DNSName("api.example.com"),)}], indirect=True)
class TestOfAnotherName:
    """A server whose certificate is for another name than that of its address."""

    def test_it_is_not_trusted(self, secured: Secured, authority: Authority) -> None:
        said = (
            "its certificate is not trusted (IP address mismatch, certificate is not valid for '127.0.0.1')"
        )
        assert secured.refusal(**trusting(authority)) == said

    def test_the_name_to_expect_may_be_told(self, secured: Secured, authority: Authority) -> None:
        names = called("api.example.com")
        assert len(secured.read(**trusting(authority), **names).cluster.services) == 1
        wrong = called("else.example.com")
        assert "certificate is not valid for 'else.example.com'" in secured.refusal(
            **trusting(authority), **wrong
        )

    def test_nothing_is_asked_of_it_where_that_is_told(self, secured: Secured) -> None:
        assert len(secured.read(**UNVERIFIED).cluster.services) == 1


def test_a_server_without_tls_is_told_as_such(
    fake: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = Secured(fake, tmp_path, monkeypatch)
    said = plain.refusal(url=fake.url.replace("http:", "https:"), **UNVERIFIED)
    assert said.startswith("no TLS connection (")


def test_an_authority_that_is_replaced_is_read_anew(
    secured: Secured, authority: Authority, tmp_path: Path
) -> None:
    secured.use(**trusting(authority))
    mirror = Mirror(patience=CALM, pace=BRISK)
    mirror.start()
    try:
        client = mirror._gathering.client  # type: ignore[union-attr]
        client._renewed -= 60
        other = Authority(tmp_path)
        secured.api.kill()
        secured.api.tls = other.serving()
        secured.api.start()
        secured.api.put(service("checkout"))
        end = time.monotonic() + 60
        while len((state := mirror.state()).loaded.cluster.services) < 2 or state.stale_since:
            assert time.monotonic() < end, state.error
            time.sleep(0.01)
    finally:
        mirror.stop()


# --- our own certificate ----------------------------------------------------------------------------------------------


REFUSED = ("it refused the TLS connection (", "it broke the TLS connection off", "the connection broke off")
"""By TLS 1.3 a server may refuse after the client took the connection for made; then it is a matter of time what is seen."""


@pytest.mark.parametrize("secured", [{"with": {"clients": True}}], indirect=True)
class TestAskingForACertificate:
    """A server that lets in those with a certificate."""

    def test_the_one_of_the_user_is_shown(self, secured: Secured, authority: Authority) -> None:
        crt, key = authority.sign("me")
        secured.api.tokens.add("")
        user = {"client-certificate": str(crt), "client-key": str(key)}
        assert len(secured.read(user, **trusting(authority)).cluster.services) == 1
        data = {
            f"{name}-data": base64.b64encode(Path(file).read_bytes()).decode() for name, file in user.items()
        }
        assert len(secured.read(data, **trusting(authority)).cluster.services) == 1

    def test_without_one_the_server_refuses(self, secured: Secured, authority: Authority) -> None:
        assert secured.refusal(**trusting(authority)).startswith(REFUSED)

    def test_one_of_another_authority_is_refused(
        self, secured: Secured, authority: Authority, tmp_path: Path
    ) -> None:
        crt, key = Authority(tmp_path, "other").sign("me")
        user = {"client-certificate": str(crt), "client-key": str(key)}
        assert secured.refusal(user, **trusting(authority)).startswith(REFUSED)

    def test_a_key_of_another_certificate_is_told(self, secured: Secured, authority: Authority) -> None:
        (crt, _), (_, key) = authority.sign("me"), authority.sign("you")
        assert secured.refusal({"client-certificate": str(crt), "client-key": str(key)}) == (
            "context test can't be used: the client certificate and the client key of the kubeconfig don't belong together"
        )

    def test_no_password_is_asked_for(self, secured: Secured, authority: Authority) -> None:
        crt, key = authority.sign("me")
        assert secured.refusal({"client-certificate": str(crt), "client-key": str(encrypted(key))}) == (
            "context test can't be used: the client key of the kubeconfig is encrypted: kubectl can't use it either"
        )


# --- proxies ----------------------------------------------------------------------------------------------------------


class Proxy(ThreadingHTTPServer):
    """Tunnels every connection to one port of this machine."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        self.to = port
        self.asked: list[str] = []
        self.users: list[str] = []
        super().__init__(("127.0.0.1", 0), Tunnel)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class Tunnel(BaseHTTPRequestHandler):
    """One connection through a proxy."""

    server: Proxy

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    def do_CONNECT(self) -> None:
        self.server.asked.append(self.path)
        self.server.users.append(self.headers.get("Proxy-Authorization", ""))
        with socket.create_connection(("127.0.0.1", self.server.to)) as there:
            self.send_response(200)
            self.end_headers()
            back = threading.Thread(target=pump, args=(there, self.connection), daemon=True)
            back.start()
            pump(self.connection, there)
            back.join()
        self.close_connection = True


def pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return


NAME = "https://api.example.com:6443"


@pytest.fixture
def proxy(secured: Secured) -> Iterator[Proxy]:
    server = Proxy(secured.api.port)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


NAMED = pytest.mark.parametrize("secured", [{"hosts": (DNSName("api.example.com"), HERE)}], indirect=True)


@NAMED
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy"])
def test_the_variable_names_the_proxy(
    secured: Secured, authority: Authority, proxy: Proxy, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, proxy.address)
    assert len(secured.read(url=NAME, **trusting(authority)).cluster.services) == 1
    assert set(proxy.asked) == {"api.example.com:6443"}


@NAMED
def test_the_kubeconfig_names_the_proxy_before_the_variable(
    secured: Secured, authority: Authority, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "example.com")
    cluster = by(f"http://me:pass%40word@{proxy.address}")
    assert len(secured.read(url=NAME, **trusting(authority), **cluster).cluster.services) == 1
    assert set(proxy.users) == {f"Basic {base64.b64encode(b'me:pass@word').decode()}"}


@pytest.mark.parametrize(
    "past", ["api.example.com", ".example.com", "example.com", "*", "10.0.0.1, example.com"]
)
def test_no_proxy_names_hosts_that_are_asked_directly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, past: str
) -> None:
    assert uses_proxy(tmp_path, monkeypatch, NAME, HTTPS_PROXY="http://proxy:3128")
    assert not uses_proxy(tmp_path, monkeypatch, NAME, HTTPS_PROXY="http://proxy:3128", NO_PROXY=past)


@pytest.mark.parametrize(
    ("url", "variables", "through"),
    [
        (NAME, {"HTTP_PROXY": "http://proxy:3128"}, False),
        (NAME, {"ALL_PROXY": "http://proxy:3128"}, False),
        (NAME, {"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": "other.com"}, True),
        ("http://api.example.com", {"HTTP_PROXY": "http://proxy:3128"}, True),
        ("https://10.1.2.3:6443", {"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": "10.0.0.0/8"}, False),
        ("https://127.0.0.1:6443", {"HTTPS_PROXY": "http://proxy:3128"}, False),
        ("https://[::1]:6443", {"HTTPS_PROXY": "http://proxy:3128"}, False),
        ("https://localhost:6443", {"HTTPS_PROXY": "http://proxy:3128"}, False),
    ],
)
def test_variables_count_as_for_kubectl(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, variables: dict[str, str], through: bool
) -> None:
    assert uses_proxy(tmp_path, monkeypatch, url, **variables) is through


def uses_proxy(folder: Path, monkeypatch: pytest.MonkeyPatch, url: str, **variables: str) -> bool:
    credentials = pytest.importorskip("core.sources.live.credentials")
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig(folder / "config", url)))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return credentials.api_client(choose(None)).rest_client.pool_manager.proxy is not None


def test_a_proxy_that_is_not_there_is_told(secured: Secured, authority: Authority) -> None:
    said = secured.refusal(url=NAME, **trusting(authority), **by("http://127.0.0.1:1"))
    assert said.startswith("the proxy on the way to it does not answer")


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "ftp://proxy"])
def test_a_proxy_that_is_none_is_told(secured: Secured, authority: Authority, proxy: str) -> None:
    said = secured.refusal(url=NAME, **trusting(authority), **by(proxy))
    assert said.startswith("context test can't be used: ")
    assert "proxy" in said.lower()
