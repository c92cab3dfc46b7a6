"""What the panels say, as trees: no browser is needed to know that."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.edits import EnvEdit, LabelEdit, VersionEdit
from core.gates import Verdict
from core.model import Problem
from core.rules import rules
from core.terminal import visible
from dashboard import state
from dashboard.desk import Desk, Filters, Mode
from dashboard.graph.style import STYLES
from dashboard.loading import SampleFacts
from dashboard.markup import Node, actions, text_of
from dashboard.markup.tree import elements, texts
from dashboard.panels import (
    acts,
    controllers,
    counts,
    difference,
    gallery,
    heat,
    inspector,
    paths_table,
    problems,
    rules_table,
    scenario,
    source,
    toggles,
)
from dashboard.sight import Sight
from tests.dashboard.cases import PAYLOADS, hostile_base, sight

LABEL = "istio.io/ingress-use-waypoint"
FLAG = "KGW_INGRESS_USE_WAYPOINTS"
CART = LabelEdit(kind="service", namespace="shop", name="cart", set={LABEL: "true"})
OFF = EnvEdit(controller="kgateway", set={FLAG: "false"})
CHANGED = Desk(source=("sample:bypass-by-default",), edits=(CART,), mode=Mode.DIFFERENCE)


def classed(tree: Node, name: str) -> list[list[Any]]:
    """The elements of a class."""
    return [one for one in elements(tree) if name in str(one[1].get("class", "")).split()]


def selected(found: Sight, service: str) -> Node:
    return inspector.tree(found, [pair for pair in found.pairs if pair.any.backend.name == service])


# --- the inspector -------------------------------------------------------------------------------------


def test_the_verdict_comes_first_then_why_then_what_to_do() -> None:
    told = text_of(selected(sight("bypass-by-default"), "cart"))
    order = [
        "direct",
        "Bypasses waypoint shop/waypoint",
        f"Service/shop/cart has no {LABEL} label",
        f"kubectl label service cart -n shop {LABEL}=true --overwrite",
        "Try it",
    ]
    places = [told.index(one) for one in order]
    assert places == sorted(places)


def test_all_gates_are_listed_with_a_mark_a_word_and_evidence() -> None:
    found = sight("bypass-by-default")
    tree = selected(found, "cart")
    path = next(pair.any for pair in found.pairs if pair.any.backend.name == "cart")
    gates = classed(tree, "gate")
    assert [one[1]["key"] for one in gates] == [step.gate for step in found.explainer.steps(path)]
    assert all(classed(one, "mark") and classed(one, "result") for one in gates)
    deciding = next(one for one in gates if one[1]["key"] == "ingress-label")
    told = text_of(deciding)
    assert "fail" in told
    assert "decides" in told
    assert f"metadata.labels[{LABEL}] = (not set)" in told


def test_a_difference_tells_both_states() -> None:
    told = text_of(selected(sight("bypass-by-default", CHANGED), "cart"))
    assert told.index("Bypasses waypoint") < told.index("Passes waypoint")


def test_of_several_paths_the_worst_is_told_and_the_others_are_listed() -> None:
    found = sight("shop")
    tree = selected(found, "order-events")
    assert "Black hole" in text_of(tree)
    assert len(classed(tree, "pick")) == 2


def test_the_path_that_is_selected_is_told_even_if_another_is_worse() -> None:
    better = next(
        pair.id
        for pair in sight("shop").pairs
        if pair.any.backend.name == "order-events" and pair.any.outcome.verdict is Verdict.WAYPOINT
    )
    tree = selected(sight("shop", Desk(selected=better)), "order-events")
    assert "Passes waypoint" in text_of(tree)


def test_without_a_selection_it_says_how_to_get_one() -> None:
    tree = inspector.tree(sight("shop"), ())
    assert "Select something" in text_of(tree)
    (act,) = actions(tree)
    assert act[1] in sight("shop").by_id


@pytest.mark.parametrize("name", ["shop", "manifests-only", "canary-waypoint", "three-data-planes"])
def test_every_path_can_be_told(name: str) -> None:
    found = sight(name)
    for pair in found.pairs:
        told = text_of(inspector.tree(found, [pair]))
        assert STYLES[pair.any.outcome.verdict].word in told


# --- what clicks do ------------------------------------------------------------------------------------


@pytest.fixture
def click(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Desk]:
    """Does what a click in a sight's panels does, and returns the desk after it."""
    held: dict[str, Desk] = {}
    monkeypatch.setattr(state, "desk", lambda: held["desk"])
    monkeypatch.setattr(state, "edit", lambda edits: held.update(desk=held["desk"].edited(edits)))

    def act(found: Sight, *what: Any) -> Desk:
        held.setdefault("desk", found.desk)
        acts.handlers(found)[what[0]](*what[1:])
        return held["desk"]

    return act


def test_a_label_is_toggled(click: Callable[..., Desk]) -> None:
    assert click(sight("bypass-by-default"), "label", "Service/shop/cart", "true").edits == (CART,)


def test_labels_of_all_selected_services_are_one_step(click: Callable[..., Desk]) -> None:
    desk = click(sight("bypass-by-default"), "labels", "true", ["Service/shop/cart", "Service/shop/checkout"])
    assert len(desk.edits) == 2
    assert len(desk.past) == 1


def test_what_the_remedy_names_is_tried(click: Callable[..., Desk]) -> None:
    found = sight("bypass-by-default")
    act = next(one for one in actions(selected(found, "cart")) if one[0] == "try")
    desk = click(found, *act)
    assert desk.edits == (CART,)
    after = sight("bypass-by-default", desk)
    assert [pair.after.outcome.verdict for pair in after.pairs if pair.after and pair.id == act[1]] == [
        Verdict.WAYPOINT
    ]


def test_a_flag_and_a_version_are_chosen_and_taken_back(click: Callable[..., Desk]) -> None:
    found = sight("bypass-by-default")
    assert click(found, "variable", "kgateway", FLAG, "false").edits == (OFF,)
    assert click(found, "version", "kgateway", "2.0").edits == (
        OFF,
        VersionEdit(controller="kgateway", version="2.0"),
    )
    click(found, "variable", "kgateway", FLAG, None)
    assert click(found, "version", "kgateway", "").edits == ()


def test_a_waypoint_of_another_namespace_needs_two_labels(click: Callable[..., Desk]) -> None:
    desk = click(sight("shop"), "waypoint", "Service/catalog/catalog", "mesh-shared/shared")
    assert desk.edits == (
        LabelEdit(
            kind="service",
            namespace="catalog",
            name="catalog",
            set={"istio.io/use-waypoint": "shared", "istio.io/use-waypoint-namespace": "mesh-shared"},
        ),
    )


@pytest.mark.parametrize(
    "what",
    [
        ("label", "Pod/shop/cart", "true"),
        ("label", "Service/shop", "true"),
        ("label", "", "true"),
        ("labels", "true", []),
        ("variable", "nginx", FLAG, "true"),
        ("variable", "kgateway", "PATH", "/"),
        ("version", "nginx", "1.0"),
        ("try", "no such path", 1),
    ],
)
def test_a_click_that_no_panel_offers_changes_nothing(
    click: Callable[..., Desk], what: tuple[Any, ...]
) -> None:
    assert click(sight("bypass-by-default"), *what).edits == ()


# --- toggles -------------------------------------------------------------------------------------------


def test_a_row_a_service_below_its_namespace() -> None:
    tree = toggles.services(sight("shop"))
    keys = [one[1]["key"] for one in elements(tree) if one[0] == "tr" and "key" in one[1]]
    assert keys[:2] == ["namespace accounts", "Service/accounts/accounts"]
    services = [key for key in keys if not key.startswith("namespace")]
    assert len(services) == len(set(services)) == len({pair.any.service_ref for pair in sight("shop").pairs})


def test_a_switch_shows_the_edit_and_marks_what_was_read() -> None:
    tree = toggles.services(sight("bypass-by-default", CHANGED))
    row = next(one for one in elements(tree) if one[1].get("key") == "Service/shop/cart")
    (group,) = classed(row, "choice")
    checked = [one for one in elements(group) if one[1].get("checked")]
    assert [one[1]["act"] for one in checked] == [["label", "Service/shop/cart", "true"]]
    assert text_of(classed(group, "was")[0]) == "unset"
    assert [text_of(one) for one in classed(row, "badge")] == ["direct", "waypoint"]


def test_a_value_that_no_switch_offers_is_shown_too() -> None:
    row = next(
        one
        for one in elements(toggles.services(sight("shop")))
        if one[1].get("key") == "Service/catalog/images"
    )
    assert '"True"' in text_of(row)


def test_each_flag_has_its_default_named() -> None:
    told = text_of(toggles.controllers(sight("bypass-by-default")))
    assert f"{FLAG} ingress may use waypoints · not set, default in 2.3: on" in told
    old = Desk(edits=(VersionEdit(controller="kgateway", version="2.0"),), mode=Mode.EDITS)
    assert "not read by 2.0" in text_of(toggles.controllers(sight("bypass-by-default", old)))


def test_no_more_rows_than_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toggles, "MAX_ROWS", 10)
    monkeypatch.setattr(paths_table, "MAX_ROWS", 20)
    assert "10 of 4" in text_of(toggles.services(sight("shop")))
    assert "20 of 81 paths are listed" in text_of(paths_table.tree(sight("shop"), ()))


# --- counts, heat, tables ------------------------------------------------------------------------------


@pytest.mark.parametrize("desk", [Desk(), Desk(filters=Filters(namespaces=("orders", "payments")))])
def test_counts_and_heat_add_up(desk: Desk) -> None:
    found = sight("shop", desk)
    tiles = classed(counts.tree(found), "figure")
    assert sum(int(text_of(one)) for one in tiles) == len(found.pairs)
    cells = classed(heat.tree(found), "heat-cell")
    assert sum(int(text_of(one)) for one in cells) == len(found.pairs)


def test_the_sentence_says_what_the_numbers_are_about() -> None:
    assert counts.sentence(sight("bypass-by-default")).startswith("2 of 2 ingress paths bypass")
    some = Desk(filters=Filters(text="cart"))
    assert counts.sentence(sight("bypass-by-default", some)) == (
        "1 of 1 ingress path shown bypasses the waypoint of its service."
    )
    none = Desk(filters=Filters(text="nothing has this"))
    assert counts.sentence(sight("bypass-by-default", none)) == "The filters let no path through."
    assert counts.sentence(sight("bypass-by-default", CHANGED)) == (
        "1 of 2 ingress paths changes; past their waypoint go 2 today and 1 with the edits."
    )


def test_a_heat_table_of_a_difference_shows_both_numbers() -> None:
    assert {text_of(one) for one in classed(heat.tree(sight("bypass-by-default", CHANGED)), "heat-cell")} == {
        "0 → 1",
        "2 → 1",
    }


def test_the_table_of_paths_has_what_the_graph_has() -> None:
    found = sight("shop")
    rows = [
        one
        for one in elements(paths_table.tree(found, found.pairs[:1]))
        if one[0] == "tr" and "key" in one[1]
    ]
    assert [one[1]["key"] for one in rows] == [pair.id for pair in found.pairs]
    assert len(classed(["div", {}, *rows], "selected")) == 1


def test_the_changes_are_listed() -> None:
    told = text_of(difference.tree(sight("bypass-by-default", CHANGED)))
    assert "cart:80" in told
    assert "checkout" not in told


def test_controllers_say_where_each_setting_was_read() -> None:
    told = text_of(controllers.tree(sight("global-flag-off")))
    assert f"{FLAG} false" in told
    assert "Deployment/kgateway-system/kgateway env" in told
    after = Desk(edits=(OFF,), mode=Mode.DIFFERENCE)
    assert f"{FLAG} not set → false" in text_of(controllers.tree(sight("bypass-by-default", after)))


def test_problems_are_folded_and_counted() -> None:
    found = [
        Problem(severity="warning", where="b.yaml#1", message="odd"),
        Problem(severity="error", where="a.yaml#1", message="broken"),
        Problem(severity="warning", where="c.yaml#1", message="odd"),
    ]
    tree = problems.tree(found)
    assert tree[0] == "details"
    told = text_of(tree)
    assert told.startswith("1 error and 2 warnings while reading the source")
    assert "b.yaml#1, c.yaml#1" in told
    assert "without a problem" in text_of(problems.tree([]))


def test_the_source_says_how_much_it_is_and_how_old() -> None:
    base = sight("shop").base
    told = text_of(source.tree(base, ("sample:shop",), base.read_at + timedelta(minutes=3)))
    assert told == f"shop observed sample {base.info.objects} objects · read 3 min ago"
    manifests = sight("manifests-only").base
    assert "manifests only" in text_of(source.tree(manifests, ("some/folder",), manifests.read_at))


# --- rules, samples, scenario --------------------------------------------------------------------------


def test_all_rules_are_there_and_can_be_searched() -> None:
    assert rules_table.matching("") == list(rules())
    found = rules_table.matching("KGATEWAY ingress-label")
    assert {rule.gate for rule in found} == {"ingress-label"}
    assert rules_table.matching("nothing has this") == []
    samples = {("kgateway", "ingress-label"): ["bypass-by-default"]}
    tree = rules_table.tree(found, samples)
    assert ["open", "sample:bypass-by-default"] in actions(tree)


def test_a_card_a_sample() -> None:
    from core.sources import samples  # noqa: PLC0415
    from dashboard.loading import _facts  # noqa: PLC0415 - what is cached behind sample_facts

    facts: list[SampleFacts] = [_facts(one) for one in samples()[:3]]
    tree = gallery.cards(facts)
    assert actions(tree) == [["open", f"sample:{one.sample.name}"] for one in facts]
    assert facts[0].sample.title in text_of(tree)


def test_each_edit_is_a_chip_with_its_own_button() -> None:
    desk = Desk(edits=(CART, OFF), past=((),))
    tree = scenario.tree(desk, "# Do")
    assert len(classed(tree, "chip")) == 2
    assert [act for act in actions(tree) if act[0] == "remove"] == [["remove", 0], ["remove", 1]]
    named = {one[1].get("aria-label"): one[1].get("disabled") for one in elements(tree) if one[0] == "button"}
    assert named["Undo"] is None
    assert named["Redo"] is True


def test_a_long_plan_is_shown_instead_of_copied() -> None:
    assert ["plan"] not in actions(scenario.tree(Desk(edits=(CART,)), "# Do"))
    assert ["plan"] in actions(scenario.tree(Desk(edits=(CART,)), None))


# --- hostile names -------------------------------------------------------------------------------------


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("mode", Mode)
def test_hostile_names_are_texts_and_nothing_else(payload: str, mode: Mode) -> None:
    found = sight(hostile_base(payload), Desk(source=("upload:x",), edits=(CART,), mode=mode))
    assert found.pairs
    trees = [
        inspector.tree(found, found.pairs),
        toggles.services(found),
        toggles.controllers(found),
        paths_table.tree(found, found.pairs),
        difference.tree(found),
        heat.tree(found),
        counts.tree(found),
        controllers.tree(found),
        problems.tree(found.base.problems),
        source.tree(found.base, found.desk.source, datetime.now(UTC)),
    ]
    shown = " ".join(text for tree in trees for text in texts(tree))
    assert visible(payload) in shown or visible(payload.strip()) in shown
    for tree in trees:
        json.dumps(tree)
        for one in elements(tree):
            assert payload not in str(one[1].get("class", ""))
            assert not any(name.startswith("on") for name in one[1])
