"""The fields that decide, as YAML: it parses, it is true, and it says what the scenario changed."""

from typing import Any

import pytest
import yaml

from core.edits import LabelEdit
from core.gates import Evidence
from core.sources import samples
from dashboard.fragment import fragments
from tests.browser.graph_cases import PAYLOADS
from tests.dashboard.cases import base

LABEL = "istio.io/ingress-use-waypoint"
CART = "Service/shop/cart"


def parsed(*evidence: Evidence, edits: tuple = ()) -> tuple[Any, str]:
    (one,) = fragments(base("bypass-by-default").resolution.cluster, edits, evidence)
    return yaml.safe_load(one.text), one.text


def evidence(field: str, value: str | None, of: str = CART) -> Evidence:
    return Evidence(object=of, field=field, value=value)


@pytest.mark.parametrize("name", [one.name for one in samples()])
def test_the_yaml_of_every_gate_of_a_sample_names_its_object(name: str) -> None:
    found = base(name)
    for path in found.resolution.paths:
        for passage in found.explainer.passages(path):
            for one in fragments(found.resolution.cluster, (), passage.step.finding.evidence):
                document = yaml.safe_load(one.text)
                meta = document["metadata"]
                parts = (document["kind"], meta.get("namespace"), meta["name"])
                assert "/".join(part for part in parts if part) == one.object


def test_labels_are_strings_and_a_missing_one_is_told() -> None:
    document, text = parsed(evidence(f"metadata.labels[{LABEL}]", "true"))
    assert document["metadata"]["labels"] == {LABEL: "true"}
    assert "not set in the source" in text
    document, text = parsed(evidence(f"metadata.labels[{LABEL}]", None))
    assert document["metadata"]["labels"] is None
    assert f"# {LABEL} is not set" in text
    assert "by the scenario" not in text


def test_fields_stand_where_kubernetes_has_them() -> None:
    gateway = "Gateway/shop/waypoint"
    document, _ = parsed(evidence("spec.listeners[mesh].allowedRoutes.namespaces.from", "Same", gateway))
    assert document["spec"]["listeners"] == [
        {"name": "mesh", "allowedRoutes": {"namespaces": {"from": "Same"}}}
    ]
    document, _ = parsed(evidence("spec.clusterIPs", "10.0.0.1, fd00::1"))
    assert document["spec"]["clusterIPs"] == ["10.0.0.1", "fd00::1"]
    document, _ = parsed(evidence("env FLAG", "true", "Deployment/kgateway-system/kgateway"))
    assert document["spec"]["env"] == [{"name": "FLAG", "value": "true"}]


def test_what_is_no_field_is_a_comment_at_most() -> None:
    cluster = base("bypass-by-default").resolution.cluster
    derived = evidence("ready endpoints", "2")
    assert fragments(cluster, (), [derived]) == []
    _, text = parsed(evidence("spec.clusterIP", "None"), derived)
    assert "# ready endpoints: 2" in text.splitlines()


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_a_hostile_value_stays_a_value(payload: str) -> None:
    edits = (LabelEdit(kind="service", namespace="shop", name="cart", set={LABEL: payload}),)
    document, _ = parsed(evidence(f"metadata.labels[{LABEL}]", payload), edits=edits)
    assert document == {
        "kind": "Service",
        "metadata": {"namespace": "shop", "name": "cart", "labels": {LABEL: payload}},
    }
    document, _ = parsed(evidence("spec.clusterIP", "None"), evidence(payload.strip() or "x", payload))
    assert document["spec"] == {"clusterIP": "None"}
