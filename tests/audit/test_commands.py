"""`waypath policies`, `audit` and `advise`, and the policies in the JSON of `resolve` and `diff`."""

import json
import shutil
from typing import Any

import pytest

from core.cli import main
from core.sources.samples import find_sample

SAMPLE = "sample:bypass-by-default"
POLICY = "AuthorizationPolicy/shop/cart-read-only"
EDIT = ["--label", "service/shop/cart", "istio.io/ingress-use-waypoint=true"]


@pytest.fixture
def run(capsys, monkeypatch):
    monkeypatch.delenv("FORCE_COLOR", raising=False)

    def call(*words: str, code: int = 0) -> str:
        assert main(list(words)) == code
        out: str = capsys.readouterr().out
        return out

    return call


def data(text: str) -> Any:
    return json.loads(text)


def test_policies(run) -> None:
    found = data(run("policies", SAMPLE, "-o", "json"))["policies"]
    (one,) = [policy for policy in found if policy["policy"] == POLICY]
    assert one["acts"] == [
        {"at": "waypoint", "gateway": "shop/waypoint", "service": "Service/shop/cart", "port": 80}
    ]
    assert POLICY in run("policies", SAMPLE)


def test_policies_of_a_service(run) -> None:
    assert POLICY in run("policies", SAMPLE, "--service", "shop/cart")
    assert POLICY not in run("policies", SAMPLE, "--service", "shop/checkout")
    run("policies", SAMPLE, "--service", "shop/none", code=2)


def test_resolve_lists_the_policies_of_each_path(run) -> None:
    first, second = data(run("resolve", SAMPLE, "-o", "json"))["paths"]
    assert first["policies"]["bypassed"] == [POLICY]
    assert second["policies"]["bypassed"] == []
    first = data(run("resolve", SAMPLE, "-o", "json", *EDIT))["paths"][0]
    assert (first["policies"]["enforced"], first["policies"]["bypassed"]) == ([POLICY], [])


def test_explain_has_resolves_shape(run) -> None:
    (one,) = data(run("explain", SAMPLE, "--service", "shop/cart", "-o", "json"))["paths"]
    assert one["policies"]["bypassed"] == [POLICY]


def test_diff_tells_what_a_scenario_does_to_policies(run) -> None:
    (change,) = data(run("diff", SAMPLE, *EDIT, "-o", "json"))["changes"]
    assert change["policies"] == {"newlyEnforced": [POLICY], "newlyBypassed": [], "newlyDoubled": []}


def test_audit(run) -> None:
    found = data(run("audit", SAMPLE, "-o", "json"))
    assert found["summary"] == {"policy-bypassed": 1}
    assert found["findings"][0]["where"].startswith("sample:bypass-by-default/shop.yaml:")
    assert data(run("audit", SAMPLE, "-o", "json", *EDIT))["findings"] == []
    assert data(run("audit", SAMPLE, "-o", "sarif"))["version"] == "2.1.0"
    assert run("audit", SAMPLE, "-o", "markdown").startswith("**1 finding: 1 error.**")


@pytest.mark.parametrize(
    ("codes", "code"),
    [("any", 1), ("policy-bypassed,black-hole", 1), ("black-hole", 0), ("policy", 2), ("", 2)],
)
def test_fail_on(run, codes: str, code: int) -> None:
    run("audit", SAMPLE, "--fail-on", codes, code=code)


def test_a_baseline(run, tmp_path) -> None:
    file = tmp_path / "baseline.json"
    file.write_text(run("audit", SAMPLE, "-o", "json"), encoding="utf-8")
    run("audit", SAMPLE, "--fail-on", "any", "--baseline", str(file))
    file.write_text("[]", encoding="utf-8")
    run("audit", SAMPLE, "--baseline", str(file), code=2)
    run("audit", SAMPLE, "--baseline", str(tmp_path / "none"), code=2)


def test_expectations(run, tmp_path) -> None:
    file = tmp_path / "waypath.yaml"
    file.write_text("must-traverse: [shop/checkout]", encoding="utf-8")
    run("audit", SAMPLE, "--expect", str(file), "--fail-on", "must-traverse", code=1)
    file.write_text("must-traverse: 1", encoding="utf-8")
    run("audit", SAMPLE, "--expect", str(file), code=2)


def test_advise(run) -> None:
    found = data(run("advise", SAMPLE, "-o", "json"))
    assert [one["advice"] for one in found["services"]] == ["waypoint", "no-change"]
    assert found["scenario"]["edits"]
    assert "ADVICE" in run("advise", SAMPLE)


def test_an_audit_of_a_part_is_no_answer(tmp_path, capsys) -> None:
    shutil.copytree(find_sample("label-on-namespace").path, tmp_path, dirs_exist_ok=True)
    assert main(["audit", str(tmp_path), "--fail-on", "any"]) == 0
    (tmp_path / "broken.yaml").write_text("kind: Service\nmetadata: {name: [\n")
    assert main(["audit", str(tmp_path), "--fail-on", "any"]) == 2
    assert "broken.yaml" in capsys.readouterr().err
    assert main(["audit", str(tmp_path)]) == 0
