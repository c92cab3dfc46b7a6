"""The pages of findings, policies and advice as Streamlit runs them: from an address alone, and on what was started."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.edits import LabelEdit
from core.scenario import to_link
from core.sources.samples import find_sample
from dashboard import loading, state
from dashboard.markup import text_of
from tests.dashboard.test_app import Open, _no_cache, address, does, errors, keys, open_app, shown

__all__ = ["_no_cache", "open_app"]

CART = LabelEdit(kind="service", namespace="shop", name="cart", set={"istio.io/ingress-use-waypoint": "true"})
BYPASS = "sample:bypass-by-default"


def on(app: AppTest, page: str) -> AppTest:
    """The app on another page."""
    return does(app, lambda: state.go(page))


def test_findings_are_told_from_the_address_alone(open_app: Open) -> None:
    app = on(open_app(source=BYPASS, scenario=to_link([CART]), view="difference"), "findings")
    assert errors(app) == []
    assert text_of(shown(app, "findings-said")) == "1 finding today, 0 with the edits: 1 gone."
    assert "policy-bypassed 1 → 0" in text_of(shown(app, "findings"))
    assert {getattr(one, "label", "") for one in app.get("download_button")} >= {"JSON", "SARIF", "Markdown"}


def test_no_finding_lists_what_was_looked_for(open_app: Open) -> None:
    app = on(open_app("sample:canary-waypoint"), "findings")
    assert errors(app) == []
    assert "findings" not in keys(app)
    assert "policy-bypassed" in text_of(shown(app, "findings-clean"))


def test_expectations_beside_the_source_are_shown(open_app: Open, tmp_path: Path) -> None:
    for path in find_sample("bypass-by-default").path.glob("*.yaml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    file = tmp_path / "waypath.yaml"
    file.write_text("must-traverse: [shop/cart]\n")
    app = on(open_app(str(tmp_path)), "findings")
    assert errors(app) == []
    assert text_of(shown(app, "expectations")).startswith("0 of 1 expectation is met today")
    assert app.text_area(key="expect-text").value == "must-traverse: [shop/cart]\n"
    written = app.text_area(key="expect-text").set_value("must-not-traverse: [shop/cart]").run()
    assert text_of(shown(written, "expectations")).startswith("1 of 1 expectation is met today")
    assert "expect" in address(written)


def test_the_file_that_the_dashboard_was_started_with_counts(open_app: Open, tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text("must-traverse: [shop/checkout]\n")
    app = on(open_app("--expect", str(file), BYPASS), "findings")
    assert errors(app) == []
    assert f"From {file}." in text_of(shown(app, "expectations"))
    assert "source" not in address(app)
    other = does(app, lambda: state.open_source("sample:shop"))
    assert "expectations" not in keys(other)


def test_an_uploaded_waypath_yaml_holds_expectations(open_app: Open) -> None:
    folder = find_sample("bypass-by-default").path
    files = [(path.name, path.read_bytes()) for path in sorted(folder.glob("*.yaml"))]
    source = loading.keep([*files, ("waypath.yaml", b"must-traverse: [shop/cart]\n")])
    app = on(open_app(source=source), "findings")
    assert errors(app) == []
    assert "not met by 1 of 1 path" in text_of(shown(app, "expectations"))


def test_expectations_that_can_not_be_read_are_told(open_app: Open) -> None:
    app = on(open_app(BYPASS), "findings")
    app.text_area(key="expect-text").set_value("must: [a/b]").run()
    assert any("there is no 'must'" in one for one in errors(app))
    assert "findings" in keys(app)


@pytest.mark.parametrize("by", ["policy", "service"])
def test_policies_are_told_from_the_address_alone(open_app: Open, by: str) -> None:
    name = {"policy": "AuthorizationPolicy/shop/cart-read-only", "service": "Service/shop/cart"}[by]
    app = on(open_app(source=BYPASS, by=by, policy=name), "policies")
    assert errors(app) == []
    assert "Bypassed on 1 ingress path" in text_of(shown(app, "policies"))


def test_advice_is_accepted_and_planned(open_app: Open) -> None:
    app = on(open_app(source=BYPASS), "advice")
    assert errors(app) == []
    assert "The scenario is empty" in text_of(shown(app, "steps"))
    assert text_of(shown(app, "advice-said")).startswith("1 of 2 services is advised to change")
    accepted = does(app, lambda: state.edit((CART,)))
    assert "kubectl label service cart -n shop" in text_of(shown(accepted, "steps"))
    assert "In the scenario already." in text_of(shown(accepted, "advice"))


@pytest.mark.parametrize("page", ["findings", "policies", "advice"])
@pytest.mark.parametrize("source", ["sample:shop", "sample:three-data-planes", "sample:manifests-only"])
def test_every_page_is_drawn_in_every_state(open_app: Open, page: str, source: str) -> None:
    edit = LabelEdit(
        kind="namespace", namespace="", name="shop", set={"istio.io/ingress-use-waypoint": "true"}
    )
    for view in ("today", "edits", "difference"):
        app = on(open_app(source=source, scenario=to_link([edit]), view=view, namespace="shop"), page)
        assert errors(app) == []
