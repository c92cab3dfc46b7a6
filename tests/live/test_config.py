"""The kubeconfig, as kubectl reads it."""

import datetime as dt
import os
import stat
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.sources import SourceError
from core.sources.live import Mirror, contexts, read_live
from core.sources.live.config import choose
from tests.live.certificates import Authority
from tests.live.faults import BRISK, CALM, HASTY, Api, kubeconfig, service

Config = dict[str, Any]


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No kubeconfig, and no pod."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("KUBECONFIG", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"):
        monkeypatch.delenv(name, raising=False)


def use(monkeypatch: pytest.MonkeyPatch, *files: Path) -> None:
    """Make `files` the kubeconfig."""
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join(map(str, files)))


def write(file: Path, current: str = "", **contexts: tuple[str, Config]) -> Path:
    """A file with contexts, each a server and its user."""
    config = {
        "clusters": [{"name": f"c-{one}", "cluster": {"server": url}} for one, (url, _) in contexts.items()],
        "users": [{"name": f"u-{one}", "user": user} for one, (_, user) in contexts.items()],
        "contexts": [
            {"name": one, "context": {"cluster": f"c-{one}", "user": f"u-{one}"}} for one in contexts
        ],
        **({"current-context": current} if current else {}),
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump(config))
    return file


def refusal(name: str | None = None) -> str:
    """Why there is no such context."""
    with pytest.raises(SourceError) as raised:
        choose(name)
    return str(raised.value)


def test_contexts_are_listed_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, write(tmp_path / "a", "prod", prod=("https://p:6443", {}), dev=("https://d", {})))
    assert [(one.name, one.current, one.cluster, one.server) for one in contexts()] == [
        ("dev", False, "c-dev", "https://d"),
        ("prod", True, "c-prod", "https://p:6443"),
    ]


def test_of_several_files_the_first_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = write(tmp_path / "a", prod=("https://first", {}))
    second = write(tmp_path / "b", "dev", prod=("https://second", {}), dev=("https://dev", {}))
    third = write(tmp_path / "c", "prod", dev=("https://other", {}))
    use(monkeypatch, tmp_path / "missing", first, second, third)
    assert {one.name: one.server for one in contexts()} == {"dev": "https://dev", "prod": "https://first"}
    assert choose(None).context.name == "dev"


def test_without_the_variable_the_file_in_the_home_directory_counts(tmp_path: Path) -> None:
    write(tmp_path / ".kube" / "config", "home", home=("https://home", {}))
    assert choose(None).context.server == "https://home"


def test_paths_are_relative_to_their_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user = {
        "client-certificate": "certs/me.crt",
        "client-key": "/elsewhere/me.key",
        "exec": {"command": "./bin/login"},
    }
    file = write(tmp_path / "sub" / "config", "a", a=("https://a", user))
    use(monkeypatch, file)
    config = choose(None).config
    assert config is not None
    found = config["users"][0]["user"]
    assert found["client-certificate"] == str(tmp_path / "sub/certs/me.crt")
    assert found["client-key"] == "/elsewhere/me.key"
    assert found["exec"]["command"] == str(tmp_path / "sub/bin/login")


def test_a_plugin_on_the_path_stays_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, write(tmp_path / "a", "a", a=("https://a", {"exec": {"command": "aws"}})))
    config = choose(None).config
    assert config is not None
    assert config["users"][0]["user"]["exec"]["command"] == "aws"


# --- what is wrong with it --------------------------------------------------------------------------------------------


def test_no_kubeconfig_at_all(tmp_path: Path) -> None:
    assert contexts() == []
    assert refusal() == (
        f"no context of a kubeconfig: {tmp_path}/.kube/config does not exist; set KUBECONFIG, or log in to a cluster "
        "with your provider's command"
    )


def test_an_empty_kubeconfig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a"
    file.write_text("")
    use(monkeypatch, file)
    assert f"no context of a kubeconfig: {file} has none;" in refusal()


def test_a_context_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, write(tmp_path / "a", "gone", prod=("https://p", {}), dev=("https://d", {})))
    there = "is not in the kubeconfig: it has dev, prod (kubectl config get-contexts)"
    assert refusal("prd") == f"the context prd {there}"
    assert refusal() == f"the current context gone {there}"


def test_no_current_context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, write(tmp_path / "a", prod=("https://p", {})))
    assert refusal() == "the kubeconfig has no current context: name one as live:CONTEXT (prod)"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: [", "it can't be read as YAML at line 1"),
        ("just text", "it holds no mapping with contexts, clusters and users"),
        ("contexts: [{context: {}}]", "contexts[0] has no name, or no context"),
        ("clusters: [{name: a, cluster: text}]", "clusters[0] has no name, or no cluster"),
        ("users: text", "users[0] has no name, or no user"),
    ],
)
def test_a_file_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, why: str) -> None:
    file = tmp_path / "a"
    file.write_text(text)
    use(monkeypatch, file)
    assert refusal() == f"{file} is no kubeconfig: {why}"


def test_a_file_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, tmp_path)
    assert refusal() == f"the kubeconfig {tmp_path} can't be read: is a directory"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"clusters": []},
            (
                "context a is about cluster c-a, which the kubeconfig does not have: "
                "correct it with kubectl config set-context"
            ),
        ),
        (
            {"users": []},
            (
                "context a is about user u-a, which the kubeconfig does not have: "
                "correct it with kubectl config set-context"
            ),
        ),
        (
            {"clusters": [{"name": "c-a", "cluster": {}}]},
            "cluster c-a of context a has no server: correct it with kubectl config set-cluster",
        ),
        (
            {"clusters": [{"name": "c-a", "cluster": {"server": "p:6443"}}]},
            (
                "cluster c-a of context a has server p:6443, which is no http:// or https:// address: "
                "correct it with kubectl config set-cluster"
            ),
        ),
    ],
)
def test_a_context_that_is_not_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Config, sentence: str
) -> None:
    file = write(tmp_path / "a", "a", a=("https://a", {}))
    file.write_text(yaml.safe_dump({**yaml.safe_load(file.read_text()), **change}))
    use(monkeypatch, file)
    assert refusal() == sentence


def test_what_is_wrong_with_another_context_does_no_harm(
    fake: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = tmp_path / "bad"
    bad.write_text("contexts: [{name: broken, context: {cluster: gone, user: gone}}]")
    use(monkeypatch, bad, kubeconfig(tmp_path / "good", fake.url))
    assert [one.name for one in contexts()] == ["broken", "test"]
    assert read_live(patience=HASTY).info.kind == "live"


# --- who we are -------------------------------------------------------------------------------------------------------

EXEC = "client.authentication.k8s.io/v1"


def plugin(tmp_path: Path, script: str) -> Config:
    """A user whose token comes from a script."""
    file = tmp_path / "login"
    file.write_text(f"#!{sys.executable}\n{script}")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return {"exec": {"apiVersion": EXEC, "command": str(file), "interactiveMode": "Never"}}


def failure(fake: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: Config) -> str:
    """Why nothing can be read as this user."""
    use(monkeypatch, kubeconfig(tmp_path / "config", fake.url, user))
    with pytest.raises(SourceError) as raised:
        read_live(patience=HASTY)
    return str(raised.value)


def test_a_plugin_gives_the_token(fake: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = {"apiVersion": EXEC, "kind": "ExecCredential", "status": {"token": "from-plugin"}}
    user = plugin(tmp_path, f"import json; print(json.dumps({answer!r}))")
    fake.tokens = {"from-plugin"}
    use(monkeypatch, kubeconfig(tmp_path / "config", fake.url, user))
    read_live(patience=HASTY)
    assert {one.token for one in fake.requests} == {"from-plugin"}


def test_a_file_gives_the_token(fake: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("from-file")
    fake.tokens = {"from-file"}
    use(monkeypatch, kubeconfig(tmp_path / "config", fake.url, {"tokenFile": "token"}))
    assert read_live(patience=HASTY).missing == []


def test_a_plugin_that_fails(fake: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user = plugin(tmp_path, "import sys; sys.exit('log in first')")
    assert failure(fake, tmp_path, monkeypatch, user) == (
        f"context test can't be used: the plugin {tmp_path}/login failed: process returned 1. log in first"
    )
    assert fake.requests == []


def test_a_plugin_that_says_nothing_of_use(
    fake: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = plugin(tmp_path, "print('hello')")
    assert "the plugin" in failure(fake, tmp_path, monkeypatch, user)
    answer = {"apiVersion": EXEC, "kind": "ExecCredential", "status": {}}
    user = plugin(tmp_path, f"import json; print(json.dumps({answer!r}))")
    assert failure(fake, tmp_path, monkeypatch, user) == (
        "context test can't be used: its plugin's answer has neither a token nor a certificate with its key"
    )


def test_a_plugin_that_is_not_installed(fake: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user = {"exec": {"apiVersion": EXEC, "command": "no-such-login", "installHint": "Get it\nfrom there."}}
    assert failure(fake, tmp_path, monkeypatch, user) == (
        "context test can't be used: the plugin no-such-login is not installed (Get it\\x0afrom there.)"
    )


def test_a_certificate_that_is_no_base64(fake: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = fake.url.replace("http:", "https:")
    use(monkeypatch, kubeconfig(tmp_path / "config", url, {"client-certificate-data": "%"}))
    with pytest.raises(
        SourceError, match=r"a certificate or key of the kubeconfig can't be read \(it is no PEM\)"
    ):
        read_live(patience=HASTY)


def test_a_certificate_that_is_not_there(fake: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = fake.url.replace("http:", "https:")
    use(monkeypatch, kubeconfig(tmp_path / "config", url, {"client-certificate": "me.crt"}))
    with pytest.raises(SourceError) as raised:
        read_live(patience=HASTY)
    assert str(raised.value) == f"context test can't be used: file does not exist: {tmp_path}/me.crt"


@pytest.mark.parametrize(
    ("user", "renewal"),
    [
        ({"token": "old"}, "renew the token of user u"),
        ({"username": "u", "password": "p"}, "renew the credentials of user u"),
        ({}, "renew the credentials of user u"),
    ],
)
def test_what_to_renew(
    fake: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: Config, renewal: str
) -> None:
    assert failure(fake, tmp_path, monkeypatch, user) == (
        f"context test: the API server {fake.url} does not accept its credentials (401): {renewal}"
    )


def test_a_user_with_a_plugin_is_told_to_log_in(
    fake: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = {"apiVersion": EXEC, "kind": "ExecCredential", "status": {"token": "old"}}
    user = plugin(tmp_path, f"import json; print(json.dumps({answer!r}))")
    assert failure(fake, tmp_path, monkeypatch, user).endswith(
        f"log in again with what {tmp_path}/login asks, the plugin of user u"
    )


# --- the pod's own account --------------------------------------------------------------------------------------------


@pytest.fixture
def in_pod(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables that every pod has."""
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "fd00::1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")


@pytest.mark.usefixtures("in_pod")
def test_in_a_pod_its_service_account_is_the_context() -> None:
    (context,) = contexts()
    assert (context.name, context.current, context.server) == ("in-cluster", True, "https://[fd00::1]:443")
    assert choose(None).config is None
    assert choose("in-cluster").context == context


@pytest.mark.usefixtures("in_pod")
def test_in_a_pod_without_a_token_nothing_can_be_read() -> None:
    with pytest.raises(SourceError) as raised:
        read_live(patience=HASTY)
    assert str(raised.value) == "context in-cluster can't be used: service token file does not exist."


@pytest.mark.usefixtures("in_pod")
def test_a_kubeconfig_comes_before_the_service_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, write(tmp_path / "a", "prod", prod=("https://p", {})))
    assert choose(None).context.name == "prod"


@pytest.fixture
def account(in_pod: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The token of a pod's service account, mounted beside the authority of its cluster."""
    credentials = pytest.importorskip("core.sources.live.credentials")
    certificate, token = Authority(tmp_path).certificate, tmp_path / "token"
    token.write_text("mounted")
    monkeypatch.setattr(credentials, "SERVICE_TOKEN_FILENAME", str(token))
    monkeypatch.setattr(credentials, "SERVICE_CERT_FILENAME", str(certificate))
    return token


def token_of(api: Any) -> str:
    """The token that the next request is made with."""
    found: str = api.param_serialize("GET", "/", auth_settings=["BearerToken"])[2]["authorization"]
    return found


@pytest.mark.usefixtures("account")
def test_in_a_pod_the_mounted_token_is_used() -> None:
    credentials = pytest.importorskip("core.sources.live.credentials")
    api = credentials.api_client(choose(None))
    assert api.configuration.host == "https://[fd00::1]:443"
    assert token_of(api) == "bearer mounted"


def test_in_a_pod_a_token_that_was_replaced_is_read_anew_after_a_minute(
    account: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    credentials = pytest.importorskip("core.sources.live.credentials")
    incluster = pytest.importorskip("kubernetes.config.incluster_config")
    now = [dt.datetime(2026, 1, 2, tzinfo=dt.UTC)]

    class Clock(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> "Clock":
            return cls.fromtimestamp(now[0].timestamp(), tz)

    monkeypatch.setattr(incluster.datetime, "datetime", Clock)
    api = credentials.api_client(choose(None))
    account.write_text("rotated")
    assert token_of(api) == "bearer mounted"
    now[0] += dt.timedelta(seconds=61)
    assert token_of(api) == "bearer rotated"


def test_in_a_pod_a_mirror_goes_on_with_the_next_token(
    account: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token that is refused before its minute is over is read anew at once."""
    authority = Authority(tmp_path)
    with Api() as api:
        api.kill()
        api.tls = authority.serving()
        api.tokens = {"mounted"}
        api.start()
        monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
        monkeypatch.setenv("KUBERNETES_SERVICE_PORT", str(api.port))
        mirror = Mirror(patience=CALM, pace=BRISK)
        mirror.start()
        try:
            account.write_text("rotated")
            mirror._gathering.client._renewed -= 60  # type: ignore[union-attr]
            api.tokens = {"rotated"}
            api.kill()
            api.start()
            api.put(service("checkout"))
            end = time.monotonic() + 60
            while not (state := mirror.state()).loaded.cluster.services or state.stale_since:
                assert time.monotonic() < end, state.error
                time.sleep(0.01)
        finally:
            mirror.stop()
