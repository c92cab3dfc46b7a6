"""The table of rules: drawn from the chains, complete, and the one in the README."""

import json
from pathlib import Path

import pytest

from core.dataplanes import DATA_PLANES, chain_for
from core.gates import Track, Verdict
from core.render.documents import dumps
from core.rules import BEGIN, END, main, rewritten, rules, rules_document, rules_markdown, rules_table
from core.versions import Version

README = Path(__file__).resolve().parent.parent / "README.md"


def test_every_row_of_every_chain_is_there_in_its_order() -> None:
    for plane in DATA_PLANES.values():
        rows = [(rule.gate, rule.asks, rule.otherwise) for rule in rules() if rule.plane == plane.name]
        assert rows == [(gate.id, gate.asks, gate.otherwise) for gate in plane.chain]


@pytest.mark.parametrize("plane", DATA_PLANES.values(), ids=lambda plane: plane.name)
def test_the_versions_of_a_row_are_those_in_which_it_is_evaluated(plane) -> None:
    for version in (*plane.observed, Version(major=99, minor=0)):
        in_force = [
            rule.asks
            for rule in rules()
            if rule.plane == plane.name
            and (rule.since is None or rule.since <= version)
            and (rule.until is None or version < rule.until)
        ]
        assert sorted(in_force) == sorted(gate.asks for gate in chain_for(plane, version))


def test_versions_and_consequences_are_said_in_words() -> None:
    labels = [rule for rule in rules() if (rule.plane, rule.gate) == ("istio", "ingress-label")]
    assert [rule.versions for rule in labels] == ["before 1.25", "1.25 to before 1.30", "1.30 and newer"]
    assert {rule.versions for rule in rules() if rule.gate == "backend-ref"} == {"all"}
    for rule in rules():
        assert rule.consequence
        assert rule.asks.endswith(("?", "."))
        assert rule.source
        assert isinstance(rule.otherwise, Track | Verdict)


def test_the_documents_hold_every_rule() -> None:
    found = json.loads(dumps(rules_document()))
    assert found["schema"] == "waypath/v1"
    assert [plane["name"] for plane in found["dataPlanes"]] == list(DATA_PLANES)
    assert list(found["rules"][0]) == [
        "dataPlane",
        "gate",
        "asks",
        "otherwise",
        "on",
        "since",
        "until",
        "source",
    ]
    assert len(found["rules"]) == len(rules())
    table = rules_table().splitlines()
    assert table[0].split() == ["DATA", "PLANE", "GATE", "ASKS", "OTHERWISE", "VERSIONS", "SOURCE"]
    assert len(table) == 1 + len(rules())
    assert rules_markdown().count("\n| `") == len(rules())


def test_the_readme_holds_the_rules() -> None:
    text = README.read_text(encoding="utf-8")
    assert rewritten(text) == text, "run `python -m core.rules --write README.md`"


def test_writing_replaces_what_is_between_the_markers(tmp_path, capsys) -> None:
    file = tmp_path / "page.md"
    file.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    assert main(["--write", str(file)]) == 0
    text = file.read_text(encoding="utf-8")
    assert text == f"before\n{BEGIN}\n{rules_markdown()}{END}\nafter\n"
    assert rewritten(text) == text


@pytest.mark.parametrize("text", ["", BEGIN, END, f"{END}{BEGIN}"])
def test_a_file_without_markers_stays_as_it_is(text, tmp_path, capsys) -> None:
    file = tmp_path / "page.md"
    file.write_text(text, encoding="utf-8")
    assert main(["--write", str(file)]) == 2
    assert file.read_text(encoding="utf-8") == text
    assert "has no <!-- rules:begin -->" in capsys.readouterr().err
