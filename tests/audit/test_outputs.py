"""What an audit is printed as, and what is accepted."""

import json
from typing import Any

import pytest

from core import labels as names
from core.audit.accepting import BaselineError, parse_baseline
from core.audit.codes import CODES
from core.audit.run import Audit
from core.render.findings import audit_document, audit_markdown, audit_table, sentence
from core.render.sarif import sarif_document
from tests import build
from tests.audit.audits import bound, look

OFF = {names.USE_WAYPOINT: "waypoint"}
HEADLESS = build.world(build.service("shop", "cart", labels=build.through(), conditions=bound()))
FIELDS = ["code", "severity", "message", "objects", "paths", "where", "remedy", "edits", "accepted"]


def test_json_is_as_the_contract_says() -> None:
    document = audit_document(look(HEADLESS))
    assert [list(one) for one in document["findings"]] == [FIELDS] * len(document["findings"])
    assert document["summary"] == {"black-hole": 1, "status-disagrees": 1}
    first = document["findings"][0]
    assert first["edits"] == [{"label": "service/shop/cart", "unset": [names.INGRESS_USE_WAYPOINT]}]
    assert (first["severity"], first["where"], first["accepted"]) == ("error", None, None)
    assert json.loads(json.dumps(document)) == document


def test_text() -> None:
    found = look(HEADLESS)
    text = audit_table(found)
    assert text.startswith("error: black-hole\n")
    assert "--label service/shop/cart istio.io/ingress-use-waypoint-" in text
    assert sentence(found) == "2 findings: 1 error, 1 warning."
    assert sentence(look(build.world())) == "No findings."


def test_markdown_shows_names_as_they_are_written() -> None:
    text = audit_markdown(look(HEADLESS))
    assert text.startswith("**2 findings: 1 error, 1 warning.**\n\n| Severity |")
    row = next(line for line in text.splitlines() if line.startswith("| error"))
    assert row.replace("\\|", "").count("|") == 6
    assert "<" not in row
    assert audit_markdown(look(build.world())) == "**No findings.**\n"


def sarif(found: Audit) -> dict[str, Any]:
    return sarif_document(found, "1.2.3")


def test_sarif() -> None:
    document = sarif(look(HEADLESS))
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [row.code for row in CODES]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"error", "warning", "note"}
        assert result["message"]["text"]
        assert result["locations"][0]["logicalLocations"]
    assert "version" not in sarif_document(look(HEADLESS), "(not installed)")["runs"][0]["tool"]["driver"]


@pytest.mark.parametrize(
    ("where", "wanted"),
    [
        ("a b/c.yaml:12", {"artifactLocation": {"uri": "a%20b/c.yaml"}, "region": {"startLine": 12}}),
        ("c.yaml#3", {"artifactLocation": {"uri": "c.yaml"}}),
        (
            "sample:shop/c.yaml:1",
            {"artifactLocation": {"uri": "sample%3Ashop/c.yaml"}, "region": {"startLine": 1}},
        ),
    ],
)
def test_sarif_locations(where: str, wanted: Any) -> None:
    number = where.rpartition(":")[2]
    row = "c.yaml#1" if number.isdigit() else where
    file = where.rpartition(":")[0] or "c.yaml"
    place = f"{file}#1" if number.isdigit() else row
    cart = build.service("shop", "cart", labels=build.through(), where=place)
    found = look(build.world(cart), lines={place: int(number)} if number.isdigit() else {})
    location = sarif(found)["runs"][0]["results"][0]["locations"][0]
    assert location["physicalLocation"] == wanted


# --- accepted -------------------------------------------------------------------------------------------------------


def test_a_baseline_is_what_an_earlier_audit_printed() -> None:
    before = look(HEADLESS)
    baseline = parse_baseline(json.dumps(audit_document(before)))
    found = look(HEADLESS, baseline=baseline)
    assert [one.accepted for one in found.findings] == ["in the baseline"] * 2
    assert (found.summary, list(found.failing(["any"]))) == ({}, [])
    assert audit_document(found)["accepted"] == 2
    assert sentence(found) == "No findings. 2 accepted."
    assert all("suppressions" in one for one in sarif(found)["runs"][0]["results"])
    other = build.world(
        build.service("shop", "cart", labels=build.through()),
        build.service("shop", "queue", labels=build.through()),
    )
    assert "black-hole" in look(other, baseline=baseline).summary


def test_a_baseline_accepts_no_path_that_is_new() -> None:
    document = audit_document(look(HEADLESS))
    first = document["findings"][0]
    assert first["paths"]
    first["paths"] = first["paths"][1:]
    found = look(HEADLESS, baseline=parse_baseline(json.dumps(document)))
    assert [one.accepted for one in found.findings] == [None, "in the baseline"]


def test_a_baseline_by_hand() -> None:
    text = "findings:\n- {code: black-hole, objects: [Service/shop/cart, Gateway/infra/kgateway], reason: known}\n"
    found = look(HEADLESS, baseline=parse_baseline(text))
    assert [one.accepted for one in found.findings] == ["known", None]
    assert [one.code for one in found.failing(["any"])] == ["status-disagrees"]
    assert list(found.failing(["black-hole"])) == []


@pytest.mark.parametrize(
    "text", ["", "[]", "findings: 1", "findings: [1]", "findings: [{code: a}]", "a: [", "{}"]
)
def test_what_is_no_baseline(text: str) -> None:
    with pytest.raises(BaselineError, match=r"^base\.yaml: "):
        parse_baseline(text, "base.yaml")
