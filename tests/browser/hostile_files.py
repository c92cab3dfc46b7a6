"""Files in which whatever may be text is something that tries to be more: one file a payload, and one with the gateway."""

import json
from collections.abc import Iterator
from typing import Any

from tests.browser.graph_cases import PAYLOADS

GATEWAY_API = "gateway.networking.k8s.io/v1"


def hostile_files() -> Iterator[tuple[str, bytes]]:
    """File names and contents.

    A payload is the name of its file, of a Service that no cluster would take, and a label, an annotation, a port's
    name and a host of what is called `svc-` and its number.
    """
    yield "gateway.json", _list(_gateway())
    for number, payload in enumerate(PAYLOADS):
        refused = _service(payload, payload, 200)
        name = f"svc-{number}"
        yield (
            f"{file_name(payload)}{number}.json",
            _list(refused, _service(name, payload, number), _route(name, payload)),
        )


def _list(*items: dict[str, Any]) -> bytes:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items}).encode()


def _gateway() -> dict[str, Any]:
    listener = {
        "name": "http",
        "port": 80,
        "protocol": "HTTP",
        "allowedRoutes": {"namespaces": {"from": "All"}},
    }
    return {
        "apiVersion": GATEWAY_API,
        "kind": "Gateway",
        "metadata": {"name": "http", "namespace": "infra"},
        "spec": {"gatewayClassName": "kgateway", "listeners": [listener]},
    }


def _service(name: str, payload: str, number: int) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": name,
            "namespace": "shop",
            "labels": {"istio.io/ingress-use-waypoint": payload, "istio.io/use-waypoint": payload},
            "annotations": {payload: payload, "istio.io/use-waypoint-canary-weight": payload},
        },
        "spec": {"clusterIP": f"10.0.0.{number + 1}", "ports": [{"port": 80, "name": payload}]},
    }


def _route(name: str, payload: str) -> dict[str, Any]:
    return {
        "apiVersion": GATEWAY_API,
        "kind": "HTTPRoute",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {
            "parentRefs": [{"name": "http", "namespace": "infra"}],
            "hostnames": [payload],
            "rules": [{"backendRefs": [{"name": name, "port": 80}]}],
        },
    }


def file_name(payload: str) -> str:
    """The beginning of a payload, without the one character that no file's name can have."""
    return payload.replace("\0", "")[:80]
