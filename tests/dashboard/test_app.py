"""The app as Streamlit runs it: sources, filters, scenario and address, without a browser."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.edits import EnvEdit, LabelEdit
from core.scenario import to_link, to_yaml
from dashboard import loading, state
from dashboard.desk import Mode
from dashboard.markup import Node, text_of
from dashboard.panels import heat
from tests.dashboard.cases import HOSTILE, PAYLOADS

APP = Path(__file__).resolve().parents[2] / "dashboard" / "app.py"
LABEL = "istio.io/ingress-use-waypoint"
CART = LabelEdit(kind="service", namespace="shop", name="cart", set={LABEL: "true"})
OFF = EnvEdit(controller="kgateway", set={"KGW_INGRESS_USE_WAYPOINTS": "false"})

Open = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def _no_cache() -> Iterator[None]:
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


@pytest.fixture
def open_app(monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens the dashboard at an address, as started with some sources."""

    def opened(*given: str, **params: Any) -> AppTest:
        monkeypatch.setattr("sys.argv", [str(APP), *given])
        monkeypatch.setenv("KUBECONFIG", str(APP.parent / "no-such-kubeconfig"))
        app = AppTest.from_file(APP, default_timeout=30)
        for name, value in params.items():
            app.query_params[name] = value
        return app.run()

    return opened


def shown(app: AppTest, key: str) -> Node:
    """The tree that a piece of markup shows."""
    for element in app.get("bidi_component"):
        if element.proto.id.endswith(f"-{key}"):
            tree: Node = json.loads(element.proto.json)["tree"]
            return tree
    raise AssertionError(f"{key} is not on the page")


def address(app: AppTest) -> dict[str, list[str]]:
    """The parameters of the address, each as a list."""
    return {name: value if isinstance(value, list) else [value] for name, value in app.query_params.items()}


def keys(app: AppTest) -> list[str]:
    return [element.proto.id.rpartition("-")[2] for element in app.get("bidi_component")]


def does(app: AppTest, what: Callable[[], None]) -> AppTest:
    """Lets a callback change the desk, as a click would, and runs the app again."""
    session = app.session_state["waypath"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(state, "_session", lambda: session)
        what()
    return app.run()


def errors(app: AppTest) -> list[str]:
    assert not app.exception
    return [one.value.replace("\\", "").replace("\u2060", "") for one in app.error]


def test_without_a_source_there_are_samples_and_an_uploader(open_app: Open) -> None:
    app = open_app()
    assert errors(app) == []
    assert text_of(shown(app, "gallery")).startswith("Bypass by default")
    assert [one.proto.label for one in app.get("file_uploader")] == ["Your files"]
    assert app.title[0].value.endswith("?")


def test_a_sample_is_opened_from_its_card(open_app: Open) -> None:
    app = does(open_app(), lambda: state.open_source("sample:bypass-by-default"))
    assert errors(app) == []
    assert "2 of 2 ingress paths bypass" in text_of(shown(app, "overview-counts"))
    assert "bypass-by-default observed sample" in text_of(shown(app, "source"))
    assert address(app)["source"] == ["sample:bypass-by-default"]


def test_the_source_of_the_command_line_is_shown_and_goes_without_saying(open_app: Open) -> None:
    app = open_app("sample:shop")
    assert "of 81 ingress paths" in text_of(shown(app, "overview-counts"))
    assert "source" not in app.query_params


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("sample:bypas-by-default", "did you mean"),
        ("/etc/passwd", "was not started with"),
        ("upload:0", "upload them again"),
        ("live:", "no context of a kubeconfig"),
    ],
)
def test_a_source_that_can_not_be_used_is_told_in_a_sentence(open_app: Open, source: str, said: str) -> None:
    app = open_app(source=source)
    (told,) = errors(app)
    assert said in told[:1].lower() + told[1:]
    app.button[-1].click().run()
    assert errors(app) == []
    assert "gallery" in keys(app)


def test_a_link_of_a_cluster_is_refused_to_others(open_app: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.visitor.is_alone", lambda: False)
    app = open_app("sample:shop", source="live:prod")
    (told,) = errors(app)
    assert "was not started with" in told
    assert [button.label for button in app.button] == ["Choose another source"]


def test_a_link_is_where_one_was(open_app: Open) -> None:
    app = open_app(
        source="sample:bypass-by-default",
        scenario=to_link([CART, OFF]),
        view="edits",
        namespace="shop",
        find="cart",
    )
    assert errors(app) == []
    assert app.session_state["mode"] is Mode.EDITS
    assert app.multiselect(key="filter-namespaces").value == ["shop"]
    assert app.text_input(key="filter-text").value == "cart"
    chips = text_of(shown(app, "scenario"))
    assert f"Service/shop/cart {LABEL} = true" in chips
    assert "kgateway KGW_INGRESS_USE_WAYPOINTS = false" in chips
    before = dict(app.query_params)
    app.run()
    assert dict(app.query_params) == before


def test_a_broken_scenario_in_a_link_is_told_until_it_is_understood(open_app: Open) -> None:
    app = open_app(source="sample:bypass-by-default", scenario="1broken")
    assert "copy the whole link again" in app.warning[0].value.replace("\\", "")
    assert "scenario" not in app.query_params
    next(one for one in app.button if one.label == "Understood").click().run()
    assert len(app.warning) == 0


def test_an_edit_shows_the_difference_and_can_be_undone_and_redone(open_app: Open) -> None:
    app = open_app("sample:bypass-by-default")
    does(app, lambda: state.edit((CART,)))
    assert app.session_state["mode"] is Mode.DIFFERENCE
    assert "1 of 2 ingress paths changes" in text_of(shown(app, "overview-counts"))
    assert address(app)["scenario"] == [to_link([CART])]
    assert address(app)["view"] == ["difference"]
    does(app, state.undo)
    assert "No edits" in text_of(shown(app, "scenario"))
    assert "scenario" not in app.query_params
    does(app, state.redo)
    assert "Service/shop/cart" in text_of(shown(app, "scenario"))


def test_modes_are_chosen_by_one_control(open_app: Open) -> None:
    app = open_app("sample:bypass-by-default", scenario=to_link([CART]), view="difference")
    app.button_group(key="mode").set_value(Mode.EDITS).run()
    assert errors(app) == []
    assert address(app)["view"] == ["edits"]
    assert "1 of 2 ingress paths bypasses" in text_of(shown(app, "overview-counts"))


def test_a_flag_that_is_off_sends_everything_past_the_waypoint(open_app: Open) -> None:
    app = open_app("sample:label-on-service", scenario=to_link([OFF]), view="edits")
    assert "KGW_INGRESS_USE_WAYPOINTS false default in 2.3: on" in text_of(shown(app, "overview-controllers"))
    assert "waypoint 1" not in text_of(shown(app, "overview-counts"))


def test_filters_are_in_the_address(open_app: Open) -> None:
    app = open_app("sample:shop")
    app.multiselect(key="filter-namespaces").set_value(["orders"]).run()
    app.multiselect(key="filter-verdicts").set_value(["blackhole"]).run()
    assert address(app)["namespace"] == ["orders"]
    assert address(app)["verdict"] == ["blackhole"]
    assert "The filters let 1 of 81 paths through" in text_of(shown(app, "overview-counts"))
    next(one for one in app.button if one.label == "Clear the filters").click().run()
    assert "namespace" not in app.query_params


def test_a_click_on_a_number_shows_its_paths(open_app: Open) -> None:
    app = open_app("sample:shop")
    does(app, lambda: heat.pick("orders", "blackhole"))
    assert errors(app) == []
    assert "inspector" in keys(app)
    assert address(app)["verdict"] == ["blackhole"]
    told = text_of(shown(app, "labels"))
    assert "order-events" in told
    assert "returns" not in told


def on_paths(app: AppTest) -> AppTest:
    return does(app, lambda: state.go("paths"))


@pytest.mark.parametrize("tab", ["labels", "flags", "paths", "changes", "plan"])
@pytest.mark.parametrize("name", ["shop", "manifests-only", "canary-waypoint"])
def test_every_tab_of_every_mode_can_be_shown(open_app: Open, tab: str, name: str) -> None:
    for view in Mode:
        app = on_paths(open_app(source=f"sample:{name}", scenario=to_link([OFF]), view=view.value, tab=tab))
        assert errors(app) == []
        assert "inspector" in keys(app)


def test_the_selection_of_the_address_is_explained(open_app: Open) -> None:
    app = on_paths(open_app("sample:bypass-by-default", at="service:Service/shop/cart"))
    assert "Bypasses waypoint shop/waypoint" in text_of(shown(app, "inspector"))
    gone = on_paths(open_app("sample:bypass-by-default", at="service:Service/shop/gone"))
    assert "No ingress path leads through it" in text_of(shown(gone, "inspector"))


def test_the_plan_is_text_to_copy(open_app: Open) -> None:
    app = on_paths(open_app("sample:bypass-by-default", scenario=to_link([CART]), tab="plan"))
    assert f"kubectl label service cart -n shop {LABEL}=true --overwrite" in app.code[0].value


def test_a_scenario_file_is_opened(open_app: Open) -> None:
    app = open_app("sample:bypass-by-default")
    file = ("s.yaml", to_yaml([CART]).encode(), "application/yaml")
    app.file_uploader(key="scenario-file").set_value(file).run()
    assert "Service/shop/cart" in text_of(shown(app, "scenario"))


def test_rules_need_no_source(open_app: Open) -> None:
    app = does(open_app(), lambda: state.go("rules"))
    assert errors(app) == []
    app.text_input(key="rules-search").set_value("canary").run()
    assert address(app)["rules"] == ["canary"]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_uploaded_names_stay_names(open_app: Open, payload: str) -> None:
    quoted = json.dumps(payload)
    app = open_app()
    source = loading.keep([(f"{payload}.yaml", HOSTILE.replace("PAYLOAD", quoted).encode())])
    does(app, lambda: state.open_source(source))
    assert errors(app) == []
    assert "1 ingress path" in text_of(shown(app, "overview-counts"))
    on_paths(app)
    assert errors(app) == []
    for one in [*app.markdown, *app.caption, *app.title, *app.header]:
        assert payload not in one.value


def test_a_file_without_a_kubernetes_object_is_told(open_app: Open) -> None:
    app = open_app()
    source = loading.keep([("notes.yaml", b"- a\n- b\n")])
    does(app, lambda: state.open_source(source))
    assert errors(app) == []
    assert "No ingress paths" in text_of(shown(app, "overview-nothing"))
    assert "while reading the source" in text_of(shown(app, "overview-problems"))


def test_the_oldest_upload_goes_first() -> None:
    sources = [
        loading.keep([("a.yaml", f"# {number}".encode())]) for number in range(loading.MAX_UPLOADS + 1)
    ]
    assert len(set(sources)) == len(sources)
    loading.base_of((sources[-1],), ())
    with pytest.raises(Exception, match="upload them again"):
        loading.base_of((sources[0],), ())


def test_a_part_that_fails_is_told_and_the_rest_stays(
    open_app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(sight: object) -> Node:
        raise RuntimeError("on purpose")

    monkeypatch.setattr(heat, "tree", fails)
    app = open_app("sample:shop")
    assert "can't be shown" in errors(app)[0]
    assert "source" in keys(app)
