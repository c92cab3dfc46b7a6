"""A small API server that lists and watches what a test puts into it, and misbehaves as the test wants."""

import base64
import json
import socket
import ssl
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

from core.sources.live import WANTED, Pace, Patience, Wanted

Thing = dict[str, Any]
HASTY = Patience(attempts=3, first=0.005, longest=0.01, connect=2, read=0.25, whole=2, wait=0.05)
CALM = Patience(attempts=3, first=0.005, longest=0.01, connect=20, read=20, whole=60, wait=0.05)
"""For servers that answer, on a machine that may be busy."""
BRISK = Pace(silence=5, again=0.05, poll=0.05)

BY_KIND: Mapping[tuple[str, str], Wanted] = {(one.group, one.kind): one for one in WANTED}
BY_PLURAL: Mapping[tuple[str, str], Wanted] = {(one.group, one.plural): one for one in WANTED}


class Request:
    """What was asked."""

    def __init__(self, method: str, target: str, headers: Mapping[str, str]) -> None:
        split = urlsplit(target)
        self.method = method
        self.path = split.path
        self.query = {
            key: values[-1] for key, values in parse_qs(split.query, keep_blank_values=True).items()
        }
        self.accept = headers.get("Accept", "")
        self.agent = headers.get("User-Agent", "")
        self.token = headers.get("Authorization", "").partition(" ")[2]

    @property
    def watches(self) -> bool:
        return self.query.get("watch") in ("1", "true")


Fault = Callable[["Handler", Request], None]


class Api:
    """The objects, the history of their changes, and the faults to come. `with` it runs on loopback."""

    def __init__(self) -> None:
        self.lock = threading.Condition()
        self.version = 100
        self.things: dict[tuple[str, str], dict[tuple[str, str], Thing]] = defaultdict(dict)
        self.history: list[tuple[int, str, tuple[str, str], Thing]] = []
        self.compacted = 0
        self.served: dict[tuple[str, str], Sequence[str]] = {
            (one.group, one.plural): one.versions[:1] for one in WANTED
        }
        self.config_maps: dict[tuple[str, str], Thing] = {}
        self.tokens: set[str] = {"good"}
        self.requests: list[Request] = []
        self.faults: dict[str, list[Fault]] = defaultdict(list)
        self.standing: dict[str, Fault] = {}
        self.restricted: set[tuple[str, str]] = set()
        """(verb, plural) that nobody may."""
        self.bookmarks = True
        self.port = 0
        self.tls: ssl.SSLContext | None = None
        self._server: Server | None = None

    # --- life -------------------------------------------------------------------------------------------------------

    def __enter__(self) -> "Api":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Listen, on the same port as before."""
        self._server = Server(self, self.port)
        self.port = self._server.server_address[1]
        if self.tls is not None:
            self._server.socket = self.tls.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def kill(self) -> None:
        """Break all connections, and listen no more."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server.cut_all()
            self._server = None
        with self.lock:
            self.lock.notify_all()

    @property
    def alive(self) -> bool:
        return self._server is not None

    @property
    def url(self) -> str:
        return f"{'http' if self.tls is None else 'https'}://127.0.0.1:{self.port}"

    # --- objects ----------------------------------------------------------------------------------------------------

    def put(self, *things: Thing) -> None:
        """Create or replace objects."""
        for thing in things:
            with self.lock:
                self.version += 1
                wanted = wanted_of(thing)
                meta = thing["metadata"]
                key = (meta.get("namespace", ""), meta["name"])
                stored = {**thing, "metadata": {**meta, "resourceVersion": str(self.version)}}
                if wanted is None:
                    self.config_maps[key] = stored
                    continue
                place = (wanted.group, wanted.plural)
                word = "MODIFIED" if key in self.things[place] else "ADDED"
                self.things[place][key] = stored
                self.history.append((self.version, word, place, stored))
                self.lock.notify_all()

    def delete(self, thing: Thing) -> None:
        """Remove an object."""
        with self.lock:
            wanted = wanted_of(thing)
            assert wanted is not None
            place = (wanted.group, wanted.plural)
            meta = thing["metadata"]
            stored = self.things[place].pop((meta.get("namespace", ""), meta["name"]))
            self.version += 1
            gone = {**stored, "metadata": {**stored["metadata"], "resourceVersion": str(self.version)}}
            self.history.append((self.version, "DELETED", place, gone))
            self.lock.notify_all()

    def compact(self) -> None:
        """Forget the past: who watches from there is told so."""
        with self.lock:
            self.version += 1
            self.compacted = self.version
            self.history.clear()

    # --- faults -----------------------------------------------------------------------------------------------------

    def fail(self, plural: str, *faults: Fault) -> None:
        """Answer the next requests about `plural` with these, one each."""
        self.faults[plural] += faults

    def always(self, plural: str, fault: Fault) -> None:
        """Answer all requests about `plural` so; of everything where it is `*`."""
        self.standing[plural] = fault

    def fault_for(self, plural: str) -> Fault | None:
        """What is to go wrong now."""
        with self.lock:
            if self.faults[plural]:
                return self.faults[plural].pop(0)
            return self.standing.get(plural) or self.standing.get("*")

    def asked(self, plural: str) -> list[Request]:
        """The requests about `plural`."""
        return [one for one in self.requests if one.path.rpartition("/")[2] == plural]


def wanted_of(thing: Thing) -> Wanted | None:
    """The row of its kind; None for a ConfigMap."""
    return BY_KIND.get((thing["apiVersion"].rpartition("/")[0], thing["kind"]))


class Server(ThreadingHTTPServer):
    """Knows its connections, to break them."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, api: Api, port: int) -> None:
        self.api = api
        self.sockets: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.sockets.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.sockets.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Broken connections are what this is for."""

    def cut_all(self) -> None:
        """Break every connection."""
        for one in list(self.sockets):
            cut_socket(one)


def cut_socket(one: socket.socket) -> None:
    """Break a connection without a good-bye."""
    try:
        one.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    server: Server

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        api = self.server.api
        request = Request("GET", self.path, self.headers)  # type: ignore[arg-type]
        api.requests.append(request)
        parts = request.path.strip("/").split("/")
        plural = next(
            (one for one in reversed(parts) if any(one == wanted.plural for wanted in WANTED)), parts[-1]
        )
        fault = api.fault_for("configmaps" if "configmaps" in parts else plural)
        if fault is not None:
            fault(self, request)
        elif request.token not in api.tokens:
            self.status(401, "Unauthorized")
        else:
            self._answer(api, request, parts)

    def _refuse(self) -> None:
        self.server.api.requests.append(Request(self.command, self.path, self.headers))  # type: ignore[arg-type]
        self.status(405, "only GET is allowed")

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self._refuse
        raise AttributeError(name)

    # --- answers ----------------------------------------------------------------------------------------------------

    def _answer(self, api: Api, request: Request, parts: list[str]) -> None:
        if parts == ["apis"]:
            self.json(_groups(api))
            return
        if len(parts) == 3 and parts[0] == "apis":
            self.json(_resources(api, parts[1], parts[2]))
            return
        group, version, rest = (
            ("", parts[1], parts[2:]) if parts[0] == "api" else (parts[1], parts[2], parts[3:])
        )
        namespace = rest[1] if rest[0] == "namespaces" and len(rest) > 2 else ""
        rest = rest[2:] if namespace else rest
        plural = rest[0]
        verb = "get" if len(rest) > 1 else "watch" if request.watches else "list"
        if (verb, plural) in api.restricted or (f"{verb} in {namespace}", plural) in api.restricted:
            self.status(403, f'{plural} is forbidden: User "u" cannot {verb} resource "{plural}"')
        elif version not in api.served.get((group, plural), ("v1",)):
            self.status(404, "the server could not find the requested resource")
        elif verb == "get":
            self._one(api, group, plural, (namespace if plural != "namespaces" else "", rest[1]))
        elif verb == "watch":
            self._watch(api, (group, plural), namespace, request)
        else:
            self._list(api, (group, plural), namespace, request)

    def _one(self, api: Api, group: str, plural: str, key: tuple[str, str]) -> None:
        held = api.config_maps if plural == "configmaps" else api.things[group, plural]
        if key in held:
            self.json(held[key])
        else:
            self.status(404, f'{plural} "{key[1]}" not found')

    def _list(self, api: Api, place: tuple[str, str], namespace: str, request: Request) -> None:
        wanted = BY_PLURAL[place]
        with api.lock:
            version = api.version
            items = [one for key, one in sorted(api.things[place].items()) if namespace in ("", key[0])]
        start, limit = 0, int(request.query.get("limit") or 0) or len(items)
        if token := request.query.get("continue"):
            start = int(base64.b64decode(token))
        meta: Thing = {"resourceVersion": str(version)}
        if start + limit < len(items):
            meta |= {
                "continue": base64.b64encode(str(start + limit).encode()).decode(),
                "remainingItemCount": len(items) - start - limit,
            }
        page = items[start : start + limit]
        if "PartialObjectMetadataList" in request.accept:
            kind, page = "PartialObjectMetadataList", [metadata_of(one) for one in page]
        else:
            kind = f"{wanted.kind}List"
            page = [
                {key: value for key, value in one.items() if key not in ("apiVersion", "kind")}
                for one in page
            ]
        self.json({"kind": kind, "apiVersion": "v1", "metadata": meta, "items": page})

    def _watch(self, api: Api, place: tuple[str, str], namespace: str, request: Request) -> None:
        since = int(request.query["resourceVersion"])
        self.begin_lines()
        partial = "PartialObjectMetadata" in request.accept
        while api.alive:
            with api.lock:
                if since < api.compacted:
                    status = {"kind": "Status", "code": 410, "message": "too old resource version"}
                    self.line({"type": "ERROR", "object": status})
                    self.end_lines()
                    return
                events = [one for one in api.history if one[0] > since and one[2] == place]
                now = api.version
                if not events:
                    if api.bookmarks and request.query.get("allowWatchBookmarks") and now > since:
                        since = now
                        meta = {"resourceVersion": str(now)}
                        self.line({"type": "BOOKMARK", "object": {"kind": "Any", "metadata": meta}})
                    api.lock.wait(0.05)
                    continue
            for version, word, _, thing in events:
                since = version
                if namespace in ("", thing["metadata"].get("namespace", "")):
                    self.line({"type": word, "object": metadata_of(thing) if partial else thing})

    # --- writing ----------------------------------------------------------------------------------------------------

    def json(self, value: Thing) -> None:
        self.send(json.dumps(value).encode(), "application/json")

    def send(
        self, body: bytes, kind: str, status: int = 200, headers: Iterable[tuple[str, str]] = ()
    ) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def status(self, code: int, message: str, headers: Iterable[tuple[str, str]] = ()) -> None:
        body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "message": message}
        self.send(json.dumps(body).encode(), "application/json", code, headers)

    def begin_lines(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.flush()

    def line(self, value: Thing) -> None:
        self.chunk(json.dumps(value).encode() + b"\n")

    def chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def end_lines(self) -> None:
        self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()


def metadata_of(thing: Thing) -> Thing:
    """What the API server leaves of an object for who wants its metadata only."""
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": thing["metadata"]}


def _groups(api: Api) -> Thing:
    versions: dict[str, dict[str, None]] = {}
    for (group, _), served in api.served.items():
        for version in served if group else ():
            versions.setdefault(group, {})[version] = None
    return {
        "kind": "APIGroupList",
        "groups": [
            {"name": group, "versions": [{"groupVersion": f"{group}/{one}", "version": one} for one in found]}
            for group, found in versions.items()
        ],
    }


def _resources(api: Api, group: str, version: str) -> Thing:
    found = [plural for (its, plural), served in api.served.items() if its == group and version in served]
    return {"kind": "APIResourceList", "resources": [{"name": name, "verbs": ["list"]} for name in found]}


# --- what may go wrong ------------------------------------------------------------------------------------------------


def answer(code: int, message: str = "", **headers: str) -> Fault:
    """An answer with that status; names of headers with `_` for `-`."""
    pairs = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return lambda handler, _: handler.status(code, message, pairs)


def hang(handler: Handler, _: Request) -> None:
    """No answer, for longer than anybody waits."""
    with handler.server.api.lock:
        handler.server.api.lock.wait_for(lambda: not handler.server.api.alive, 5)
    handler.close_connection = True


def cut(handler: Handler, _: Request) -> None:
    """Half an answer, then nothing."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"kind": "ServiceList", "items": [')
    handler.wfile.flush()
    cut_socket(handler.connection)
    handler.close_connection = True


def cut_chunks(handler: Handler, _: Request) -> None:
    """Half a chunk, then nothing."""
    handler.begin_lines()
    handler.wfile.write(b"ff\r\n{")
    handler.wfile.flush()
    cut_socket(handler.connection)
    handler.close_connection = True


def drop(handler: Handler, _: Request) -> None:
    """The connection ends without a word."""
    cut_socket(handler.connection)
    handler.close_connection = True


def says(body: bytes, kind: str = "text/html") -> Fault:
    """Something that no API server says."""
    return lambda handler, _: handler.send(body, kind)


def endless(handler: Handler, request: Request) -> None:
    """A page that points to itself."""
    kind = BY_PLURAL["", "services"].kind
    handler.json(
        {"kind": f"{kind}List", "metadata": {"continue": "again", "resourceVersion": "1"}, "items": []}
    )


def plainly(handler: Handler, request: Request) -> None:
    """No fault: the answer to a list as it should be."""
    handler._answer(handler.server.api, request, request.path.strip("/").split("/"))


def gone_later(handler: Handler, request: Request) -> None:
    """The first page, and of the second that it is too old."""
    if "continue" in request.query:
        handler.status(410, "The provided continue parameter is too old")
        return
    plainly(handler, request)


# --- kubeconfigs ------------------------------------------------------------------------------------------------------


def kubeconfig(
    file: Path,
    url: str,
    user: Thing | None = None,
    context: str = "test",
    **cluster: Any,
) -> Path:
    """Write one with a context, that is current, and the token that the server knows; `cluster` has more of its fields."""
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": context,
        "clusters": [{"name": "c", "cluster": {"server": url, **cluster}}],
        "users": [{"name": "u", "user": {"token": "good"} if user is None else user}],
        "contexts": [{"name": context, "context": {"cluster": "c", "user": "u"}}],
    }
    file.write_text(yaml.safe_dump(config))
    return file


# --- objects ----------------------------------------------------------------------------------------------------------


def thing(
    api_version: str, kind: str, namespace: str, name: str, body: Thing | None = None, **meta: Any
) -> Thing:
    """An object."""
    metadata = {"name": name, "creationTimestamp": "2026-10-01T00:00:00Z", **meta}
    if namespace:
        metadata["namespace"] = namespace
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **(body or {})}


def service(name: str, namespace: str = "shop", **labels: str) -> Thing:
    """A Service with a ClusterIP."""
    spec = {"clusterIP": "10.96.0.10", "clusterIPs": ["10.96.0.10"], "ports": [{"port": 8080}]}
    return thing(
        "v1", "Service", namespace, name, {"spec": {**spec, "selector": {"app": name}}}, labels=labels
    )


def sample_things(folder: Path) -> list[Thing]:
    """The objects of a sample cluster."""
    found: list[Thing] = []
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for file in sorted(folder.rglob("*.yaml")):
        for document in yaml.load_all(file.read_text(), Loader=loader):
            if document and "kind" in document:
                found += document["items"] if document["kind"] == "List" else [document]
    return found
