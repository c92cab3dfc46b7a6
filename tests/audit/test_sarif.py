"""SARIF 2.1.0: every property that is written is one of the format, with the type, words and bounds it has there."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

import msgspec
import pytest
from msgspec import Meta

from core.audit.codes import CODES
from core.audit.run import audit
from core.cli import main
from core.render.sarif import sarif_document
from core.sources import samples
from tests.audit.audits import sample

Text = Annotated[str, Meta(min_length=1)]
Level = Literal["none", "note", "warning", "error"]
Line = Annotated[int, Meta(ge=1)]


class Strict(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """Of each object of the format the properties that are used here; others would be a mistake."""


class Message(Strict):
    text: Text


class Configuration(Strict):
    level: Level


class Rule(Strict):
    id: Text
    short_description: Message
    help: Message
    help_uri: Text | msgspec.UnsetType = msgspec.UNSET
    default_configuration: Configuration | msgspec.UnsetType = msgspec.UNSET


class Driver(Strict):
    name: Text
    rules: list[Rule]
    version: Text | msgspec.UnsetType = msgspec.UNSET


class Tool(Strict):
    driver: Driver


class Artifact(Strict):
    uri: Text


class Region(Strict):
    start_line: Line


class Physical(Strict):
    artifact_location: Artifact
    region: Region | msgspec.UnsetType = msgspec.UNSET


class Logical(Strict):
    fully_qualified_name: Text


class Location(Strict):
    logical_locations: Annotated[list[Logical], Meta(min_length=1)]
    physical_location: Physical | msgspec.UnsetType = msgspec.UNSET


class Suppression(Strict):
    kind: Literal["inSource", "external"]
    justification: Text


class Result(Strict):
    rule_id: Text
    rule_index: Annotated[int, Meta(ge=0)]
    level: Level
    message: Message
    locations: Annotated[list[Location], Meta(min_length=1)]
    partial_fingerprints: dict[str, Text]
    properties: dict[str, Any]
    suppressions: list[Suppression] | msgspec.UnsetType = msgspec.UNSET


class Run(Strict):
    tool: Tool
    column_kind: Literal["utf16CodeUnits", "unicodeCodePoints"]
    results: list[Result]


class Log(Strict):
    schema: Text = msgspec.field(name="$schema")
    version: Literal["2.1.0"]
    runs: Annotated[list[Run], Meta(min_length=1)]


def checked(document: Any) -> Run:
    """The only run of a log that is as the format has it."""
    (run,) = msgspec.convert(json.loads(json.dumps(document)), Log).runs
    rules = run.tool.driver.rules
    assert len({rule.id for rule in rules}) == len(rules)
    for result in run.results:
        assert rules[result.rule_index].id == result.rule_id
        for location in result.locations:
            if location.physical_location is not msgspec.UNSET:
                uri = location.physical_location.artifact_location.uri
                assert urlsplit(uri).scheme == ""
                assert unquote(uri)
                assert uri.isascii()
    return run


@pytest.mark.parametrize("name", [one.name for one in samples()])
def test_samples(name: str) -> None:
    resolution, policies, lines = sample(name)
    found = audit(resolution, policies, lines=lines)
    run = checked(sarif_document(found, "1.2.3"))
    assert [rule.id for rule in run.tool.driver.rules] == [row.code for row in CODES]
    assert len(run.results) == len(found.findings)


@pytest.mark.parametrize(
    "change",
    [
        lambda log: log.update(version="2.0.0"),
        lambda log: log["runs"][0]["results"][0].update(level="fatal"),
        lambda log: log["runs"][0]["results"][0].pop("message"),
        lambda log: log["runs"][0]["results"][0].update(ruleIndex=-1),
        lambda log: log["runs"][0]["results"][0].update(line=3),
        lambda log: log["runs"][0]["tool"]["driver"].pop("name"),
    ],
    ids=["version", "level", "message", "index", "property", "name"],
)
def test_the_check_refuses_what_is_no_sarif(change: Any) -> None:
    resolution, policies, lines = sample("bypass-by-default")
    document = sarif_document(audit(resolution, policies, lines=lines), "1.2.3")
    checked(document)
    change(document)
    with pytest.raises(msgspec.ValidationError):
        checked(document)


SERVICE = """apiVersion: v1
kind: Service
metadata:
  name: cart
  namespace: shop
  labels:
    app: cart
    "istio.io/ingress-use-waypoint": "yes"
spec: {clusterIP: 10.96.0.10, ports: [{name: http, port: 80}], selector: {app: cart}}
"""
OTHERS = """
{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {istio.io/use-waypoint: waypoint}}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: waypoint, namespace: shop}
spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec: {gatewayClassName: istio, listeners: [{name: http, port: 80, protocol: HTTP}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: cart, namespace: shop}
spec: {parentRefs: [{name: edge}], rules: [{backendRefs: [{name: cart, port: 80}]}]}
"""


def test_a_place_is_the_line_of_the_label(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "a b"
    folder.mkdir()
    (folder / "cart.yaml").write_text("# the cart\n---\n" + SERVICE, encoding="utf-8")
    (folder / "others.yaml").write_text(OTHERS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["audit", "a b", "-o", "sarif"]) == 0
    run = checked(json.loads(capsys.readouterr().out))
    (place,) = [
        one.locations[0].physical_location for one in run.results if one.rule_id == "label-without-effect"
    ]
    assert place is not msgspec.UNSET
    assert place.artifact_location.uri == "a%20b/cart.yaml"
    assert place.region is not msgspec.UNSET
    assert place.region.start_line == 10
