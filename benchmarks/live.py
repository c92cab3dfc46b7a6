"""What reading a live cluster costs: against the pure transfer of the same bytes over loopback, and in memory.

    python3 dev.py bench --live [--rounds 5]

Aims: a load at most 3 times the transfer, its memory at most 1.5 times the bytes. An API server is played by a process
of its own that has every page ready; the transfer asks for the same pages with the same client, as many at a time, and
drops them. Every figure is the best of its rounds, interleaved. A real API server takes longer for each page, so that
the ratio is smaller there.
"""

import base64
import json
import math
import multiprocessing
import os
import ssl
import subprocess
from collections.abc import Mapping, Sequence
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs, urlsplit

from benchmarks.run import timed
from benchmarks.synthetic import cluster
from core.sources.live import WANTED, read_live
from core.sources.live.client import Client
from core.sources.live.config import choose
from core.sources.live.listing import PAGE
from core.sources.live.patience import Cancel, Patience
from core.sources.live.threads import all_at_once

KINDS = {(one.group, one.kind): one for one in WANTED}


def pages_of(services: int) -> dict[tuple[str, int], bytes]:
    """(path, offset) → a page, as an API server answers it; of Pods the metadata only."""
    lists: dict[str, list[dict[str, Any]]] = {}
    for thing in json.loads(cluster(services))["items"]:
        group = thing["apiVersion"].rpartition("/")[0]
        wanted = KINDS[group, thing["kind"]]
        meta = {**thing["metadata"], "managedFields": managed(thing["kind"])}
        body = {"metadata": meta} if wanted.metadata else {**thing, "metadata": meta}
        lists.setdefault(wanted.path(wanted.versions[0]), []).append(body)
    found = {}
    kinds = {one.path(one.versions[0]): one.kind for one in WANTED}
    for path, kind in kinds.items():
        items = lists.get(path, [])
        for start in range(0, max(len(items), 1), PAGE):
            meta: dict[str, Any] = {"resourceVersion": "1"}
            if start + PAGE < len(items):
                meta["continue"] = token(start + PAGE)
            page = {"kind": f"{kind}List", "metadata": meta, "items": items[start : start + PAGE]}
            found[path, start] = json.dumps(page, separators=(",", ":")).encode()
    return found


def managed(kind: str) -> list[dict[str, Any]]:
    """What every object of a cluster carries beside its fields: who set which of them."""
    return [
        {
            "manager": manager,
            "operation": "Update",
            "apiVersion": "v1",
            "time": "2026-10-01T00:00:00Z",
            "fieldsType": "FieldsV1",
            "fieldsV1": fields,
        }
        for manager, fields in MANAGED.get(kind, {}).items()
    ]


def _owned(*names: str) -> dict[str, Any]:
    return {f"f:{name}": {} for name in names}


_CONTAINER = {
    ".": {},
    **_owned("image", "imagePullPolicy", "name", "resources", "securityContext", "terminationMessagePath"),
    **_owned("terminationMessagePolicy", "livenessProbe", "readinessProbe"),
    "f:env": {
        f'k:{{"name":"VARIABLE_{number}"}}': {".": {}, **_owned("name", "value")} for number in range(6)
    },
    "f:ports": {
        'k:{"containerPort":8080,"protocol":"TCP"}': {".": {}, **_owned("containerPort", "protocol")}
    },
    "f:volumeMounts": {
        f'k:{{"mountPath":"/data/{number}"}}': _owned("mountPath", "name") for number in range(3)
    },
}
_CONDITION = {
    ".": {},
    **_owned("lastProbeTime", "lastTransitionTime", "observedGeneration", "status", "type"),
}
_CONDITIONS = ("ContainersReady", "Initialized", "PodReadyToStartContainers", "Ready")
MANAGED: Mapping[str, Mapping[str, Any]] = {
    "Pod": {
        "kube-controller-manager": {
            "f:metadata": {
                "f:generateName": {},
                "f:labels": {".": {}, **_owned("app", "pod-template-hash")},
                "f:ownerReferences": {".": {}, 'k:{"uid":"0d4bd0f4-6a8f-4a4d-a8a2-8c9d70d5d6a1"}': {}},
            },
            "f:spec": {
                "f:containers": {'k:{"name":"main"}': _CONTAINER},
                **_owned(
                    "dnsPolicy", "enableServiceLinks", "restartPolicy", "schedulerName", "securityContext"
                ),
                **_owned("serviceAccount", "serviceAccountName", "terminationGracePeriodSeconds", "volumes"),
            },
        },
        "kubelet": {
            "f:status": {
                "f:conditions": {f'k:{{"type":"{one}"}}': _CONDITION for one in _CONDITIONS},
                **_owned("containerStatuses", "hostIP", "hostIPs", "phase", "podIP", "podIPs", "startTime"),
            }
        },
    },
    "Service": {
        "kubectl-client-side-apply": {
            "f:metadata": {"f:annotations": {".": {}}, "f:labels": {".": {}, **_owned("app")}},
            "f:spec": {
                **_owned("internalTrafficPolicy", "selector", "sessionAffinity", "type"),
                "f:ports": {
                    'k:{"port":8080,"protocol":"TCP"}': _owned("name", "port", "protocol", "targetPort")
                },
            },
        }
    },
    "EndpointSlice": {
        "kube-controller-manager": {
            **_owned("addressType", "endpoints", "ports"),
            "f:metadata": {
                "f:annotations": {".": {}, **_owned("endpoints.kubernetes.io/last-change-trigger-time")},
                "f:generateName": {},
                "f:labels": {".": {}, **_owned("app", "endpointslice.kubernetes.io/managed-by")},
                "f:ownerReferences": {".": {}, 'k:{"uid":"a35e1a2e-27c1-4cd3-8e51-12a0d0f0f2ab"}': {}},
            },
        }
    },
}


def token(start: int) -> str:
    return base64.b64encode(str(start).encode()).decode()


def serve(pages: Mapping[tuple[str, int], bytes], folder: Path, told: Connection) -> None:
    """Answer with `pages` over TLS, as every API server does; tells its port."""
    groups = sorted({one.group for one in WANTED if one.group})
    listed = {group: next(one.versions[0] for one in WANTED if one.group == group) for group in groups}
    others = {
        "/apis": {
            "kind": "APIGroupList",
            "groups": [{"name": one, "versions": [{"version": version}]} for one, version in listed.items()],
        },
        **{
            f"/apis/{group}/{version}": {
                "resources": [{"name": one.plural} for one in WANTED if one.group == group]
            }
            for group, version in listed.items()
        },
    }
    fixed = {path: json.dumps(value).encode() for path, value in others.items()}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

        def do_GET(self) -> None:
            split = urlsplit(self.path)
            start = parse_qs(split.query).get("continue")
            offset = int(base64.b64decode(start[0])) if start else 0
            body = fixed.get(split.path) or pages.get((split.path, offset))
            head = f"HTTP/1.1 {200 if body else 404} .\r\nContent-Type: application/json\r\n"
            self.wfile.write(f"{head}Content-Length: {len(body or b'')}\r\n\r\n".encode() + (body or b""))

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder / "crt", folder / "key")
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    server.daemon_threads = True
    told.send(server.server_address[1])
    server.serve_forever()


def make_certificate(folder: Path) -> None:
    """A key and a certificate for this machine, by openssl."""
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", folder / "key", "-out", folder / "crt"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject, *files]
    subprocess.run(command, check=True, capture_output=True)


def transfer(paths: Sequence[tuple[str, Sequence[int]]]) -> None:
    """Read the same pages with the same client, and drop them."""
    client = Client(choose(None), Patience(), Cancel())

    def read(path: str, starts: Sequence[int]) -> None:
        for start in starts:
            query = [("limit", str(PAGE)), *([("continue", token(start))] if start else [])]
            client.get(path, query)

    all_at_once([partial(read, *one) for one in paths], client.cancel)
    client.close()


def load_in_a_process(told: Connection) -> None:
    """Tell by how many bytes the peak of memory grows while a cluster is read and kept."""
    before = _peak()
    loaded = read_live()
    told.send(_peak() - before)
    del loaded


def _peak() -> int:
    """The most memory that this process has had, in bytes; 0 where the system does not tell."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), 0)


def measure(services: int, rounds: int) -> dict[str, float]:
    """Seconds of the load and of the transfer, and bytes."""
    pages = pages_of(services)
    starts: dict[str, list[int]] = {}
    for path, start in pages:
        starts.setdefault(path, []).append(start)
    context = multiprocessing.get_context("spawn")
    mine, its = context.Pipe()
    best = {"bytes": float(sum(map(len, pages.values()))), "load": math.inf, "transfer": math.inf}
    with TemporaryDirectory() as name:
        folder = Path(name)
        make_certificate(folder)
        served = multiprocessing.get_context("fork").Process(
            target=serve, args=(pages, folder, its), daemon=True
        )
        served.start()
        del pages
        file = folder / "kubeconfig"
        file.write_text(
            json.dumps(
                {
                    "current-context": "a",
                    "contexts": [{"name": "a", "context": {"cluster": "a"}}],
                    "clusters": [
                        {
                            "name": "a",
                            "cluster": {
                                "certificate-authority": "crt",
                                "server": f"https://127.0.0.1:{mine.recv()}",
                            },
                        }
                    ],
                }
            )
        )
        os.environ["KUBECONFIG"] = str(file)
        transfer(list(starts.items()))
        for _ in range(rounds):
            seconds, loaded = timed(read_live)
            assert len(loaded.cluster.services) >= services
            best["load"] = min(best["load"], seconds)
            del loaded
            best["transfer"] = min(best["transfer"], timed(lambda: transfer(list(starts.items())))[0])
        process = context.Process(target=load_in_a_process, args=(its,))
        process.start()
        best["memory"] = float(mine.recv())
        process.join()
        served.terminate()
    return best


def report(services: int, rounds: int) -> None:
    """Print the figures and the ratios against their aims."""
    found = measure(services, rounds)
    print(
        f"{services} services live, {found['bytes'] / 1e6:.0f} MB: load {found['load']:.2f} s, transfer "
        f"{found['transfer']:.2f} s, load/transfer {found['load'] / found['transfer']:.2f}; memory "
        f"{found['memory'] / 1e6:.0f} MB, {found['memory'] / found['bytes']:.2f} of the bytes"
    )
