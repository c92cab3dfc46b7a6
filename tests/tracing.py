"""Small clusters of manifests and one-line requests, for tests of traces."""

import shlex
from collections.abc import Iterable
from typing import Any

import msgspec
import yaml

from core.cluster import Cluster
from core.manifests import Document, load_all
from core.paths import Resolution, resolve
from core.policy_model import Policies
from core.trace.engine import Tracer
from core.trace.outcome import Trace
from core.trace.request import parse_request

API = "gateway.networking.k8s.io/v1"
BACKENDS = ("red", "green", "blue")
"""Services of namespace shop, each with port 80 and a ready endpoint."""


def thing(kind: str, name: str, namespace: str | None = "shop", **fields: Any) -> dict[str, Any]:
    """A Gateway API object; `created` is its timestamp."""
    metadata: dict[str, Any] = {"name": name}
    if namespace:
        metadata["namespace"] = namespace
    if "created" in fields:
        metadata["creationTimestamp"] = fields.pop("created")
    api_version = fields.pop("apiVersion", API)
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}


def gateway(listeners: str, name: str = "edge", class_name: str = "istio") -> dict[str, Any]:
    """A Gateway of namespace shop; each line of `listeners` is `NAME PROTOCOL PORT [HOSTNAME]`."""
    found = []
    for line in listeners.strip().splitlines():
        called, protocol, port, *hostname = line.split()
        one: dict[str, Any] = {"name": called, "protocol": protocol, "port": int(port)}
        if hostname:
            one["hostname"] = hostname[0]
        if protocol == "TLS":
            one["tls"] = {"mode": "Passthrough"}
        found.append(one)
    return thing("Gateway", name, spec={"gatewayClassName": class_name, "listeners": found})


def route(
    name: str, rules: str = "", *, kind: str = "HTTPRoute", to: str = "edge", **more: Any
) -> dict[str, Any]:
    """A route; `rules` is YAML. `to` is `GATEWAY`, `GATEWAY/LISTENER`, or several of them with blanks between."""
    parents = []
    for place in to.split():
        called, _, section = place.partition("/")
        parents.append({"name": called, **({"sectionName": section} if section else {})})
    created = {"created": more.pop("created")} if "created" in more else {}
    spec = {"parentRefs": parents, "rules": yaml.safe_load(rules) or [], **more}
    return thing(kind, name, **created, spec=spec)


def service(
    name: str, namespace: str = "shop", *, ready: bool = True, port: int = 80
) -> list[dict[str, Any]]:
    """A Service with one port, and its EndpointSlice, which is empty unless `ready`."""
    meta = {"metadata": {"name": name, "namespace": namespace}}
    ports = [{"port": port, "name": "http"}]
    one = {"apiVersion": "v1", "kind": "Service", **meta, "spec": {"clusterIP": "10.96.0.7", "ports": ports}}
    labelled = {"metadata": {**meta["metadata"], "labels": {"kubernetes.io/service-name": name}}}
    endpoints = [{"addresses": ["10.244.0.7"], "conditions": {"ready": True}}] if ready else []
    listed = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4"}
    return [one, {**listed, **labelled, "ports": ports, "endpoints": endpoints}]


def listener_set(
    name: str, listeners: str, namespace: str = "shop", *, to: str = "edge", **more: Any
) -> dict[str, Any]:
    """A ListenerSet of a Gateway of namespace shop; `listeners` as for `gateway`."""
    listed = gateway(listeners)["spec"]["listeners"]
    created = {"created": more.pop("created")} if "created" in more else {}
    parent = {"name": to, "namespace": "shop"}
    return thing(
        "ListenerSet", name, namespace, **created, spec={"parentRef": parent, "listeners": listed, **more}
    )


def waypoint(*services: str) -> list[dict[str, Any]]:
    """A waypoint of namespace shop that is ready, and `services` bound to it, also for ingress traffic."""
    spec = {"gatewayClassName": "istio-waypoint"}
    listeners = [{"name": "mesh", "port": 15008, "protocol": "HBONE"}]
    address = {"type": "Hostname", "value": "waypoint.shop.svc.cluster.local"}
    one = thing("Gateway", "waypoint", spec={**spec, "listeners": listeners}, status={"addresses": [address]})
    own = service("waypoint", port=15008)
    labels = {"istio.io/use-waypoint": "waypoint", "istio.io/ingress-use-waypoint": "true"}
    bound = [one for name in services for one in service(name)]
    for each in bound:
        if each["kind"] == "Service":
            each["metadata"]["labels"] = labels
    return [one, *own, *bound]


def loaded(*objects: dict[str, Any]) -> tuple[Cluster, Policies]:
    """`objects`, beside classes and the Services of BACKENDS."""
    classes = [
        thing("GatewayClass", name, None, spec={"controllerName": controller})
        for name, controller in (
            ("istio", "istio.io/gateway-controller"),
            ("kgateway", "kgateway.dev/kgateway"),
            ("agentgateway", "agentgateway.dev/agentgateway"),
            ("istio-waypoint", "istio.io/mesh-controller"),
        )
    ]
    services = [one for name in BACKENDS for one in service(name)]
    documents = [
        Document(file="t.yaml", index=number, raw=msgspec.json.encode(one))
        for number, one in enumerate([*classes, *services, *objects], 1)
    ]
    cluster, policies, problems = load_all(documents)
    assert not [one for one in problems if one.severity == "error"]
    return cluster, policies


def resolved(*objects: dict[str, Any]) -> Resolution:
    """The paths of `objects`, beside classes and the Services of BACKENDS."""
    return resolve(loaded(*objects)[0])


def tracer(*objects: dict[str, Any]) -> Tracer:
    """Traces through `objects`, what waypoints do included."""
    cluster, policies = loaded(*objects)
    return Tracer(resolve(cluster), policies)


def ask(found: Resolution | Tracer, words: str, through: str = "edge") -> Trace:
    """The trace of `[METHOD] URL [HEADER=VALUE]…`; the URL may leave out `http://shop.test`."""
    method, *rest = shlex.split(words)
    if "/" in method:
        method, rest = "", [method, *rest]
    url, *headers = rest
    url = f"http://shop.test{url}" if url.startswith("/") else url
    request = parse_request(url, method or None, headers)
    one = found if isinstance(found, Tracer) else Tracer(found)
    return one.trace(one.resolution.cluster.gateways["shop", through], request)


def answer(found: Trace) -> str:
    """The backend that the request is delivered to, the Location with its status, else the status or `refused`."""
    if found.redirect is not None:
        return f"{found.status} {found.redirect.location}"
    if found.forwarded is not None:
        return "+".join(one.path.backend.name for one in found.arrivals if one.request is not None)
    return str(found.status or found.disposition)


def answers(
    resolution: Resolution | Tracer, table: str, through: str = "edge"
) -> Iterable[tuple[str, str, str]]:
    """(request, expected, found) for each line `REQUEST -> EXPECTED` of `table`."""
    for line in table.strip().splitlines():
        words, _, expected = line.partition("->")
        yield words.strip(), expected.strip(), answer(ask(resolution, words, through))


def holds(resolution: Resolution | Tracer, table: str, through: str = "edge") -> None:
    """Every line of `table` comes true."""
    wrong = [line for line in answers(resolution, table, through) if line[1] != line[2]]
    assert wrong == []
