"""Small clusters with Gateways and VirtualServices of Istio's own API, and what becomes of them."""

import shlex
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import yaml

from core.manifests import Document, load
from core.paths import Resolution, resolve
from core.trace.engine import trace
from core.trace.outcome import Trace
from core.trace.request import parse_request

API = "networking.istio.io/v1"
BACKENDS = ("red", "green", "blue")
"""Services of namespace shop, each with port 80 and a pod of each version v1 and v2."""
LABELS = {"istio": "ingress"}

Thing = dict[str, Any]


def thing(kind: str, name: str, spec: Any = None, *, api: str = API, **meta: Any) -> Thing:
    """An object; `name` is NAME in namespace shop, or NAMESPACE/NAME. `created` is its timestamp."""
    namespace, _, plain = name.rpartition("/")
    metadata = {"name": plain, "namespace": namespace or "shop", **meta}
    if "created" in metadata:
        metadata["creationTimestamp"] = metadata.pop("created")
    return {"apiVersion": api, "kind": kind, "metadata": metadata, "spec": spec}


def gateway(
    servers: str, name: str = "edge", selector: Mapping[str, str] | None = LABELS, **meta: Any
) -> Thing:
    """A Gateway; each line of `servers` is `NAME PROTOCOL PORT HOST[,HOST…] [TLS MODE | httpsRedirect]`."""
    found = []
    for line in servers.strip().splitlines():
        called, protocol, port, hosts, *tls = line.split()
        one: Thing = {
            "port": {"name": called, "protocol": protocol, "number": int(port)},
            "hosts": hosts.split(","),
        }
        if tls:
            one["tls"] = {"httpsRedirect": True} if tls == ["httpsRedirect"] else {"mode": tls[0]}
        found.append(one)
    spec: Thing = {"servers": found}
    if selector is not None:
        spec["selector"] = dict(selector)
    return thing("Gateway", name, spec, **meta)


def virtual_service(
    name: str, rules: str = "", *, kind: str = "http", gateways: str = "edge", hosts: str = "*", **more: Any
) -> Thing:
    """A VirtualService; `rules` is the YAML of its rules. `created` is its timestamp; the rest are fields of `spec`."""
    meta = {"created": more.pop("created")} if "created" in more else {}
    spec: Thing = {kind: yaml.safe_load(rules) or [], **more}
    if hosts:
        spec["hosts"] = hosts.split()
    if gateways:
        spec["gateways"] = gateways.split()
    return thing("VirtualService", name, spec, **meta)


def destination_rule(name: str, host: str, *subsets: str, **more: Any) -> Thing:
    """A DestinationRule with `subsets` by the label `version`."""
    named = [{"name": one, "labels": {"version": one}} for one in subsets]
    return thing("DestinationRule", name, {"host": host, "subsets": named, **more})


def to(host: str, **more: Any) -> str:
    """`route` of a rule with one destination, in flow style."""
    return f"route: [{{destination: {{host: {host}, {', '.join(f'{k}: {v}' for k, v in more.items())}}}}}]"


def service(name: str, **more: Any) -> Thing:
    """A Service with port 80, that selects the pods with `app: NAME`."""
    plain = name.rpartition("/")[2]
    ports = [{"port": 80, "name": "http", "targetPort": 8080}]
    spec = {"clusterIP": "10.96.0.7", "ports": ports, "selector": {"app": plain}, **more}
    return thing("Service", name, spec, api="v1")


def pod(name: str, labels: Mapping[str, str], ip: str = "10.244.0.7") -> Thing:
    """A pod that is ready."""
    status = {"phase": "Running", "podIPs": [{"ip": ip}], "conditions": [{"type": "Ready", "status": "True"}]}
    return {**thing("Pod", name, {}, api="v1", labels=dict(labels)), "status": status}


def gateway_pod(name: str = "infra/ingress-0", labels: Mapping[str, str] = LABELS) -> Thing:
    """A pod of the gateway."""
    return pod(name, labels, "10.244.9.9")


def loaded(*objects: Thing, backends: bool = True, front: bool = True) -> tuple[Resolution, list[str]]:
    """The paths of `objects` beside BACKENDS and a gateway pod, and what is said of the source."""
    those = [gateway_pod()] if front else []
    for number, name in enumerate(BACKENDS if backends else ()):
        those.append(service(name))
        for version in ("v1", "v2"):
            labels = {"app": name, "version": version}
            those.append(pod(f"{name}-{version}", labels, f"10.244.{number}.{version[1]}"))
    documents = [
        Document(file="t.yaml", index=number, raw=msgspec.json.encode(one))
        for number, one in enumerate([*those, *objects], 1)
    ]
    cluster, problems = load(documents)
    found = resolve(cluster)
    return found, [f"{one.where.partition(' ')[2]}: {one.message}" for one in (*problems, *found.problems)]


def resolved(*objects: Thing, **options: Any) -> Resolution:
    """The paths of `objects`, of which nothing is to be said."""
    found, said = loaded(*objects, **options)
    assert said == []
    return found


def paths(resolution: Resolution) -> list[str]:
    """`LISTENER ROUTE:RULE BACKEND:PORT[/SUBSET] WEIGHT VERDICT` of each path."""
    found = []
    for path in resolution.paths:
        backend = path.backend
        subset = f"/{backend.subset}" if backend.subset else ""
        found.append(
            f"{path.gateway[1]}:{path.listener} {path.route[1]}:{path.rule} "
            f"{backend.name}:{backend.port}{subset} {backend.weight} {path.outcome.verdict}"
        )
    return found


def ask(resolution: Resolution, words: str, through: str = "edge") -> Trace:
    """The trace of `[METHOD] URL [HEADER=VALUE]…`; the URL may leave out `http://shop.test`."""
    method, *rest = shlex.split(words)
    if "/" in method:
        method, rest = "", [method, *rest]
    url, *headers = rest
    url = f"http://shop.test{url}" if url.startswith("/") else url
    request = parse_request(url, method or None, headers)
    return trace(resolution, resolution.cluster.gateways["shop", f"networking.istio.io/{through}"], request)


def answer(found: Trace) -> str:
    """The backends that the request is delivered to, the Location with its status, else the status or disposition."""
    if found.redirect is not None:
        return f"{found.status} {found.redirect.location}"
    if found.forwarded is not None:
        return "+".join(one.path.backend.name for one in found.arrivals if one.request is not None)
    return str(found.status or found.disposition)


def holds(resolution: Resolution, table: str, through: str = "edge") -> None:
    """Every line `REQUEST -> ANSWER` of `table` comes true."""
    assert list(_wrong(resolution, table, through)) == []


def _wrong(resolution: Resolution, table: str, through: str) -> Iterable[tuple[str, str, str]]:
    for line in table.strip().splitlines():
        words, _, expected = line.partition("->")
        found = answer(ask(resolution, words.strip(), through))
        if found != expected.strip():
            yield words.strip(), expected.strip(), found
