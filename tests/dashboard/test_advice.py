"""Advice on the page: what is advised and why, what accepting it adds to the scenario, and the plan that follows."""

from typing import Any

import pytest

from core import plan
from core.advice import Advised
from core.scenario import from_link, to_link
from dashboard import edits as editing
from dashboard import state
from dashboard.desk import Desk, Filters, Mode
from dashboard.markup import Node, actions, text_of
from dashboard.markup.tree import elements
from dashboard.panels import advice, steps
from tests.dashboard.cases import sight
from tests.dashboard.judging import advised, policed

SOURCE = ("sample:any",)


def desk(**more: Any) -> Desk:
    return Desk(source=SOURCE, **more)


def listing(name: str, wanted: Desk | None = None) -> advice.Listing:
    at = sight(name, wanted)
    return advice.Listing(at, advised(at))


def rows(tree: Node) -> list[str]:
    return [text_of(one) for one in elements(tree) if one[0] == "tr"][1:]


def clicking(monkeypatch: pytest.MonkeyPatch, at: Desk) -> list[Desk]:
    """The desks that clicks lead to, the last one last."""
    desks = [at]
    monkeypatch.setattr(state, "desk", lambda: desks[-1])
    monkeypatch.setattr(state, "_put", desks.append)
    return desks


def test_the_first_sentence_says_how_many_services_are_to_change() -> None:
    found = listing("shop")
    total = len(found.changing) + len(found.resting)
    assert advice.sentence(found).startswith(
        f"{len(found.changing)} of {total} services are advised to change: "
    )
    assert advice.sentence(listing("canary-waypoint")) == "No change is advised for 2 services."


def test_a_row_has_verdict_advice_hops_evidence_and_edit() -> None:
    tree = advice.tree(listing("bypass-by-default"))
    first, *_ = rows(tree)
    for word in (
        "cart Service · shop",
        "direct",
        "through the waypoint",
        "L7 hops 1 → 2",
        "1 of 1 ingress paths go past waypoint shop/waypoint",
        "AuthorizationPolicy/shop/cart-read-only",
        "istio.io/ingress-use-waypoint = true",
        "Accept",
    ):
        assert word in first
    assert " ms" not in text_of(tree)


def test_services_without_a_change_are_folded_with_their_reason() -> None:
    tree = advice.tree(listing("bypass-by-default"))
    (fold,) = [one for one in elements(tree) if one[0] == "details" and "without a change" in text_of(one[2])]
    assert "open" not in fold[1]
    assert "checkout" in text_of(fold)
    assert "No policy acts on it at waypoint shop/waypoint" in text_of(fold)


def test_accepting_all_makes_the_scenario_and_its_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    found = listing("shop")
    desks = clicking(monkeypatch, found.sight.desk)
    advice.handlers(found)["all"]()
    accepted = desks[-1]
    wanted = {editing.chip(edit).text for edit in found.advising.advice.edits}
    assert {editing.chip(edit).text for edit in accepted.edits} == wanted
    assert from_link(to_link(accepted.edits)) == accepted.edits
    after = sight("shop", accepted)
    commands = plan.plan(after.base.resolution.cluster, accepted.edits).do
    told = text_of(steps.tree(after))
    assert commands
    assert all(one.text in told for one in commands)
    assert f"{len(commands)} steps, in an order that leaves nothing unprotected" in told
    assert "In the scenario already." in text_of(advice.tree(advice.Listing(after, advised(after))))


def test_after_all_advice_no_protected_path_goes_past_a_policy_more_than_before() -> None:
    found = listing("shop")
    before = {one for policies in found.sight.shown.met_before.values() for one in policies.bypassed}
    after = sight("shop", desk(edits=tuple(found.advising.advice.edits), mode=Mode.DIFFERENCE))
    still = {one for policies in after.shown.met_after.values() for one in policies.bypassed}
    assert still < before


def test_accepting_one_row_adds_its_edits_only(monkeypatch: pytest.MonkeyPatch) -> None:
    found = listing("shop")
    row = next(one for one in found.changing if one.advice is Advised.WAYPOINT)
    desks = clicking(monkeypatch, found.sight.desk)
    advice.handlers(found)["accept"](str(row.service))
    assert list(desks[-1].edits) == list(row.edits)


def test_what_takes_a_namespaces_label_away_comes_with_the_labels_that_replace_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = listing("shop")
    rows = [one for one in found.changing if one.advice is Advised.BY_LABEL]
    one = next(row for row in rows if any("Namespace" in editing.chip(edit).subject for edit in row.edits))
    desks = clicking(monkeypatch, found.sight.desk)
    advice.handlers(found)["some"]([str(one.service)])
    wanted = {
        editing.chip(edit).text
        for row in rows
        if row.service.namespace == one.service.namespace
        for edit in row.edits
    }
    assert {editing.chip(edit).text for edit in desks[-1].edits} == wanted
    assert len(wanted) > 1


def test_a_service_that_nobody_advises_on_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    found = listing("shop")
    desks = clicking(monkeypatch, found.sight.desk)
    advice.handlers(found)["accept"]("Service/shop/gone")
    assert desks[-1].edits == ()


def test_with_edits_the_advice_is_about_what_is_left() -> None:
    edits = tuple(listing("bypass-by-default").advising.advice.edits)
    left = listing("bypass-by-default", desk(edits=edits, mode=Mode.EDITS))
    assert not left.changing
    beside = advice.tree(listing("bypass-by-default", desk(edits=edits, mode=Mode.DIFFERENCE)))
    first, *_ = rows(beside)
    assert "with edits waypoint" in first
    assert "in the scenario" in first


def test_filters_leave_the_services_of_paths_that_are_asked_for() -> None:
    found = listing("shop", desk(filters=Filters(namespaces=("storefront",))))
    assert {one.service.namespace for one in (*found.changing, *found.resting)} == {"storefront"}
    assert found.hidden > 0
    nothing = listing("shop", desk(filters=Filters(text="zzz")))
    assert advice.sentence(nothing) == "No advice: no ingress path that is shown leads to a service."


def test_long_lists_are_shown_in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(advice, "FIRST_ROWS", 2)
    told = actions(advice.tree(listing("shop")))
    assert ["more", "advice", 2 + advice.MORE_ROWS] in told
    assert ["more", "resting", 2 + advice.MORE_ROWS] in told


def test_a_long_plan_is_listed_in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "FIRST_ROWS", 2)
    edits = tuple(listing("shop").advising.advice.edits)
    after = sight("shop", desk(edits=edits, mode=Mode.DIFFERENCE))
    tree = steps.tree(after)
    lists = [one for one in elements(tree) if one[0] == "ol"]
    assert [len(one) - 2 for one in lists] == [2, 2]
    assert {tuple(act[:2]) for act in actions(tree)} == {("more", "steps"), ("more", "undo")}
    assert next(one[1]["copy"] for one in elements(tree) if "copy" in one[1]) == after.shown.plan


def test_an_empty_scenario_has_no_plan() -> None:
    assert "The scenario is empty" in text_of(steps.tree(sight("shop")))


def test_a_table_is_drawn_of_any_source() -> None:
    at = sight(policed("<img src=x onerror=alert(1)>"))
    assert rows(advice.tree(advice.Listing(at, advised(at))))
