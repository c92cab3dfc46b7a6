"""A real API server for tests: etcd and kube-apiserver on loopback, with the CRDs of Gateway API and Istio.

The programs are looked for as envtest does: TEST_ASSET_KUBE_APISERVER and TEST_ASSET_ETCD name each, KUBEBUILDER_ASSETS
the folder of both. Without these, what tools/apiserver/build.py has built counts. Nobody runs controllers: there are no
EndpointSlices but those that a test makes, and a namespace ends only when its finalizer is taken away.
"""

import base64
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import urllib3
import yaml

ROOT = Path(__file__).resolve().parent.parent
CLUSTER_IPS = "10.96.0.0/16,fd00:10:96::/112"
"""The ranges of the addresses that the sample clusters' Services have."""
USERS = {
    "admin": ("token-of-admin", "system:masters"),
    "viewer": ("token-of-viewer", "viewers"),
    "nobody": ("token-of-nobody", "nobodies"),
}
"""User → its token and its group. Only `admin` has rights from the start."""
STRANGER = "stranger"
"""A context whose token the server does not know."""

Manifest = dict[str, Any]


class UnavailableError(Exception):
    """Why there can be no API server on this machine."""


class ApiError(Exception):
    """The server refused a request of a test."""


class Programs:
    """The programs, and the folder of the CRDs."""

    def __init__(self, apiserver: Path, etcd: Path, crds: Path, openssl: Path) -> None:
        self.apiserver, self.etcd, self.crds, self.openssl = apiserver, etcd, crds, openssl


def find_programs(environment: Mapping[str, str] = os.environ) -> Programs:
    """The programs of this machine.

    Raises:
        UnavailableError: Something is missing; the text says what and how to get it.
    """
    command = [sys.executable, str(ROOT / "tools" / "apiserver" / "build.py"), "--where"]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    if asked.returncode and not environment.get("KUBEBUILDER_ASSETS"):
        raise UnavailableError(asked.stderr.strip())
    built = Path(asked.stdout.strip())
    assets = Path(environment.get("KUBEBUILDER_ASSETS") or built)
    apiserver = Path(environment.get("TEST_ASSET_KUBE_APISERVER") or assets / "kube-apiserver")
    etcd = Path(environment.get("TEST_ASSET_ETCD") or assets / "etcd")
    crds = assets / "crds" if (assets / "crds").is_dir() else built / "crds"
    for thing in (apiserver, etcd, crds):
        if not os.access(thing, os.X_OK):
            raise UnavailableError(
                f"there is no {thing}: python3 tools/apiserver/build.py makes it, given Go"
            )
    openssl = shutil.which("openssl")
    if openssl is None:
        raise UnavailableError("there is no openssl, which makes the API server's signing key")
    return Programs(apiserver, etcd, crds, Path(openssl))


class ApiServer:
    """One API server with its etcd. `start` and `stop` (or `kill`) can be repeated: what is stored stays."""

    def __init__(self, programs: Programs, folder: Path) -> None:
        self.programs = programs
        self.folder = folder
        self.port, self._etcd_port, self._peer_port = _free_ports(3)
        self._etcd: subprocess.Popen[bytes] | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self._resources: dict[tuple[str, str], Manifest] = {}
        folder.mkdir(parents=True, exist_ok=True)
        key = [str(programs.openssl), "genrsa", "-out", str(folder / "sa.key"), "2048"]
        subprocess.run(key, check=True, capture_output=True)
        lines = (f'{token},{user},{user},"{group}"' for user, (token, group) in USERS.items())
        (folder / "tokens.csv").write_text("\n".join(lines) + "\n")
        self.http = urllib3.PoolManager()

    # --- life -------------------------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def certificate(self) -> Path:
        return self.folder / "certs" / "apiserver.crt"

    def start(self) -> None:
        """Start what is not running, and wait until it answers."""
        if self._etcd is None:
            self._etcd = self._run("etcd", self.programs.etcd, self._etcd_flags())
        self._server = self._run("kube-apiserver", self.programs.apiserver, self._server_flags())
        self._wait("the API server to be ready", self._is_ready)

    def stop(self) -> None:
        """End the API server as a roll-out does: watches get a clean end."""
        self._end(self._server, kill=False)
        self._server = None

    def kill(self) -> None:
        """End the API server as a crash does: connections break."""
        self._end(self._server, kill=True)
        self._server = None

    def close(self) -> None:
        """End everything."""
        self.http.clear()
        self._end(self._server, kill=True)
        self._end(self._etcd, kill=True)
        self._server = self._etcd = None

    def compact(self) -> None:
        """Forget all versions but the present ones, as etcd does every five minutes."""
        etcd = urllib3.PoolManager()
        base = f"http://127.0.0.1:{self._etcd_port}/v3/kv"
        key = base64.b64encode(b"\0").decode()
        found = etcd.request("POST", f"{base}/range", json={"key": key, "limit": 1}).json()
        answer = etcd.request(
            "POST", f"{base}/compaction", json={"revision": found["header"]["revision"], "physical": True}
        )
        etcd.clear()
        if answer.status != 200:
            raise ApiError(f"compaction: {answer.data!r}")

    def _run(self, name: str, program: Path, flags: Sequence[str]) -> "subprocess.Popen[bytes]":
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen([program, *flags], stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def _etcd_flags(self) -> list[str]:
        clients, peers = (f"http://127.0.0.1:{port}" for port in (self._etcd_port, self._peer_port))
        flags = {
            "name": "t",
            "data-dir": str(self.folder / "etcd"),
            "listen-client-urls": clients,
            "advertise-client-urls": clients,
            "listen-peer-urls": peers,
            "initial-advertise-peer-urls": peers,
            "initial-cluster": f"t={peers}",
        }
        return ["--unsafe-no-fsync", *(f"--{name}={value}" for name, value in flags.items())]

    def _server_flags(self) -> list[str]:
        flags = {
            "etcd-servers": f"http://127.0.0.1:{self._etcd_port}",
            "bind-address": "127.0.0.1",
            "advertise-address": "127.0.0.1",
            "secure-port": self.port,
            "cert-dir": self.folder / "certs",
            "service-cluster-ip-range": CLUSTER_IPS,
            "service-account-issuer": "https://kubernetes.default.svc.cluster.local",
            "service-account-key-file": self.folder / "sa.key",
            "service-account-signing-key-file": self.folder / "sa.key",
            "token-auth-file": self.folder / "tokens.csv",
            "authorization-mode": "RBAC",
            "disable-admission-plugins": "ServiceAccount",
            "endpoint-reconciler-type": "none",
            "shutdown-watch-termination-grace-period": "1s",
        }
        return [f"--{name}={value}" for name, value in flags.items()]

    def _is_ready(self) -> bool:
        if self._server is None or self._server.poll() is not None:
            raise UnavailableError(f"the API server ended; its log: {self._log_end()}")
        if not self.certificate.is_file():
            return False
        self.http.clear()
        self.http = urllib3.PoolManager(maxsize=16, ca_certs=str(self.certificate), retries=False, timeout=30)
        try:
            return self.http.request("GET", f"{self.url}/readyz", headers=_bearer("admin")).status == 200
        except urllib3.exceptions.HTTPError:
            return False

    def _wait(self, what: str, is_so: Any, seconds: float = 180) -> None:
        end = time.monotonic() + seconds
        while not is_so():
            if time.monotonic() > end:
                raise UnavailableError(f"waited {seconds:.0f} s for {what}; its log: {self._log_end()}")
            time.sleep(0.05)

    def _log_end(self) -> str:
        text = (self.folder / "kube-apiserver.log").read_text(errors="replace")
        return "\n".join(text.splitlines()[-20:])

    @staticmethod
    def _end(process: "subprocess.Popen[bytes] | None", *, kill: bool) -> None:
        if process is None:
            return
        if kill:
            process.kill()
        else:
            process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    # --- contexts ---------------------------------------------------------------------------------------------------

    def kubeconfig(
        self, file: Path, names: Mapping[str, str] | None = None, *, cluster: str = "test"
    ) -> Path:
        """Write a kubeconfig with a context for each user, and one for a stranger.

        `names` are contexts and their users, instead of one context named as each user. The first one is current.
        Users are named after the `cluster`, so that files can be merged; a lone one has their plain names.
        """
        tokens = {user: token for user, (token, _) in USERS.items()} | {STRANGER: "token-of-nobody-known"}
        contexts = dict(names or {user: user for user in tokens})
        prefix = "" if cluster == "test" else f"{cluster}-"
        place = {"server": self.url, "certificate-authority": str(self.certificate)}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": next(iter(contexts)),
            "clusters": [{"name": cluster, "cluster": place}],
            "users": [{"name": prefix + user, "user": {"token": token}} for user, token in tokens.items()],
            "contexts": [
                {"name": name, "context": {"cluster": cluster, "user": prefix + user}}
                for name, user in contexts.items()
            ],
        }
        file.write_text(yaml.safe_dump(config))
        return file

    # --- objects ----------------------------------------------------------------------------------------------------

    def request(
        self,
        method: str,
        path: str,
        body: Manifest | None = None,
        *,
        content_type: str = "application/json",
        user: str = "admin",
    ) -> Manifest:
        """The answer to a request.

        Raises:
            ApiError: It is none of 2xx.
        """
        data = None if body is None else json.dumps(body).encode()
        headers = {**_bearer(user), "Content-Type": content_type}
        answer = self.http.request(method, self.url + path, body=data, headers=headers)
        found: Manifest = answer.json() if answer.data[:1] == b"{" else {}
        if not 200 <= answer.status < 300:
            raise ApiError(f"{method} {path}: {answer.status} {found.get('message', answer.data[:500])}")
        return found

    def path(self, api_version: str, kind: str, namespace: str = "", name: str = "") -> str:
        """Where an object, or the collection of its kind, is."""
        resource = self._resource(api_version, kind)
        root = "/api/v1" if "/" not in api_version else f"/apis/{api_version}"
        parts = [root]
        if resource["namespaced"] and namespace:
            parts += ["namespaces", namespace]
        parts.append(resource["name"])
        return "/".join([*parts, name] if name else parts)

    def _resource(self, api_version: str, kind: str) -> Manifest:
        if (api_version, kind) not in self._resources:
            root = "/api/v1" if "/" not in api_version else f"/apis/{api_version}"
            for one in self.request("GET", root)["resources"]:
                if "/" not in one["name"]:
                    self._resources[api_version, one["kind"]] = one
        return self._resources[api_version, kind]

    def path_of(self, thing: Manifest) -> str:
        """Where this object is."""
        meta = thing["metadata"]
        namespace = meta.get("namespace", "default")
        return self.path(thing["apiVersion"], thing["kind"], namespace, meta["name"])

    def create(self, thing: Manifest) -> Manifest:
        """Store an object, its status too, as controllers would have left it."""
        meta = {key: value for key, value in thing["metadata"].items() if key not in _SET_BY_SERVER}
        body = {**{key: value for key, value in thing.items() if key != "status"}, "metadata": meta}
        path = self.path_of(thing)
        made = self.request("POST", path.rpartition("/")[0], body)
        if thing.get("status") and thing["kind"] not in {"Namespace", "CustomResourceDefinition"}:
            made = self.patch(path + "/status", {"status": thing["status"]})
        return made

    def patch(self, path: str, change: Manifest) -> Manifest:
        """Change an object by a merge patch."""
        return self.request("PATCH", path, change, content_type="application/merge-patch+json")

    def delete(self, thing: Manifest) -> None:
        """Remove an object at once, and a namespace with all that is in it."""
        path = self.path_of(thing)
        if thing["kind"] == "Namespace":
            self.patch(path, {"metadata": {"finalizers": None}})
            self.request("DELETE", path)
            ended = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": thing["metadata"]["name"]}}
            self.request("PUT", path + "/finalize", {**ended, "spec": {"finalizers": []}})
        else:
            self.request("DELETE", f"{path}?gracePeriodSeconds=0")

    @contextlib.contextmanager
    def holding(self, things: Sequence[Manifest]) -> Iterator[None]:
        """The server with these objects in it; namespaces that they need are made, too."""
        named = {one["metadata"]["name"] for one in things if one["kind"] == "Namespace"}
        inside = {one["metadata"].get("namespace", "") for one in things} - named - {"", *_GIVEN_NAMESPACES}
        spaces = [
            one for one in things if one["kind"] == "Namespace" and one["metadata"]["name"] not in _GIVEN
        ]
        spaces += [namespace(name) for name in sorted(inside)]
        others = [one for one in things if one["kind"] != "Namespace"]
        with ThreadPoolExecutor(8) as pool:
            try:
                list(pool.map(self.create, spaces))
                list(pool.map(self.create, others))
                yield
            finally:
                self._clear(pool, others)
                self._clear(pool, spaces)

    def _clear(self, pool: ThreadPoolExecutor, things: Sequence[Manifest]) -> None:
        def remove(thing: Manifest) -> None:
            with contextlib.suppress(ApiError):  # it may not have got there
                self.delete(thing)

        list(pool.map(remove, things))

    def install_crds(self) -> None:
        """Make the kinds of Gateway API and Istio known, and wait until objects of all of them can be stored."""
        texts = [file.read_text() for file in sorted(self.programs.crds.glob("*.yaml"))]
        definitions = [
            one
            for text in texts
            for one in yaml.load_all(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
            if one and one["kind"] == "CustomResourceDefinition"
        ]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(self.create, definitions))
        names = {one["metadata"]["name"] for one in definitions}
        self._wait("the CRDs to be served", lambda: self._are_served(names))

    def _are_served(self, names: set[str]) -> bool:
        items = self.request("GET", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions")["items"]
        established = {
            one["metadata"]["name"]
            for one in items
            for condition in one["status"].get("conditions") or ()
            if (condition["type"], condition["status"]) == ("Established", "True")
        }
        return names <= established


_GIVEN_NAMESPACES = _GIVEN = ("default", "kube-system", "kube-public", "kube-node-lease")
"""Every API server makes these itself."""
_SET_BY_SERVER = {"uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink"}


def namespace(name: str, **labels: str) -> Manifest:
    """A Namespace."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def _bearer(user: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {USERS[user][0]}"}


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
