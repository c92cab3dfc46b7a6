"""Findings about Istio's own Gateways and VirtualServices."""

from typing import Any

import msgspec

from core.audit.run import audit
from core.manifests import Document, load_all
from core.paths import resolve
from tests.istio_ingress.mesh import gateway, gateway_pod, pod, service, to, virtual_service

LABEL: dict[str, Any] = {"labels": {"istio.io/ingress-use-waypoint": "true"}}


def test_the_label_has_no_effect_on_a_gateway_or_a_virtual_service() -> None:
    shop = virtual_service("s", f"[{{{to('red')}}}]")
    shop["metadata"] |= LABEL
    objects = [
        gateway_pod(),
        gateway("http HTTP 80 *", **LABEL),
        shop,
        service("red"),
        pod("red-0", {"app": "red"}),
    ]
    documents = [
        Document(file="t.yaml", index=number, raw=msgspec.json.encode(one))
        for number, one in enumerate(objects)
    ]
    cluster, policies, _ = load_all(documents)
    found = [one for one in audit(resolve(cluster), policies).findings if one.code == "label-without-effect"]
    assert sorted(str(ref) for one in found for ref in one.objects) == [
        "Gateway/shop/edge",
        "VirtualService/shop/s",
    ]
    # No edit: `--label gateway/…` is for Gateways of Gateway API.
    assert [one.edits for one in found] == [(), ()]
