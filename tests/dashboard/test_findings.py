"""Findings on the page: what is told before and after a scenario, what a click does, and what the filters leave."""

import json
from typing import Any

import pytest

from core.audit.codes import BY_CODE, CODES
from core.audit.finding import Severity
from core.edits import LabelEdit
from core.gates import Verdict
from core.model import Problem
from core.render.documents import dumps
from core.render.findings import audit_document
from core.terminal import visible
from dashboard import findings as told
from dashboard import state
from dashboard.desk import Desk, Filters, Mode
from dashboard.findings import Fate
from dashboard.markup import Node, actions, text_of
from dashboard.markup.tree import elements, texts
from dashboard.panels import findings
from tests.dashboard.cases import PAYLOADS, sight
from tests.dashboard.judging import policed, telling

LABEL = "istio.io/ingress-use-waypoint"
SOURCE = ("sample:any",)
INVENTORY = LabelEdit(kind="service", namespace="catalog", name="inventory", set={LABEL: "true"})
BREAKS = LabelEdit(kind="service", namespace="shop", name="cart", set={LABEL: "yes"})


def desk(*edits: LabelEdit, **more: Any) -> Desk:
    mode = more.pop("mode", Mode.DIFFERENCE if edits else Mode.TODAY)
    return Desk(source=SOURCE, edits=edits, mode=mode, **more)


def page(name: str, wanted: Desk | None = None) -> Node:
    at = sight(name, wanted)
    return findings.tree(at, told.groups(told.passing(telling(at), at)))


def named(tree: Node, tag: str, **attributes: str) -> list[list[Any]]:
    wanted = {key.rstrip("_"): value for key, value in attributes.items()}
    return [
        one
        for one in elements(tree)
        if one[0] == tag and all(value in str(one[1].get(key, "")) for key, value in wanted.items())
    ]


# --- before and after ----------------------------------------------------------------------------------


def test_today_every_finding_stays_and_worse_ones_come_first() -> None:
    found = telling(sight("shop"))
    assert {one.fate for one in found} == {Fate.STAYS}
    groups = told.groups(found)
    ranks = [list(Severity).index(group.severity) for group in groups]
    assert ranks == sorted(ranks)
    assert sum(len(group.members) for group in groups) == len(found)


def test_a_difference_tells_what_is_gone_new_and_staying() -> None:
    at = sight("shop", desk(INVENTORY))
    found = telling(at)
    gone = [one for one in found if one.fate is Fate.GONE]
    first = gone[0].finding
    assert (first.code, str(first.objects[1])) == ("policy-bypassed", "Service/catalog/inventory")
    bypassed = next(one for one in told.groups(found) if one.code == "policy-bypassed")
    assert bypassed.numbers == (2, 1)
    before, after = (telling(sight("shop", desk(INVENTORY, mode=mode))) for mode in (Mode.TODAY, Mode.EDITS))
    assert len(before) - len(gone) + sum(one.fate is Fate.NEW for one in found) == len(after)
    assert findings.sentence(found, Mode.DIFFERENCE, 81).startswith(f"{len(before)} findings today, ")


def test_what_the_scenario_breaks_is_new() -> None:
    found = telling(sight("bypass-by-default", desk(BREAKS)))
    assert [one.finding.code for one in found if one.fate is Fate.NEW] == ["label-without-effect"]
    assert findings.sentence(found, Mode.DIFFERENCE, 2) == "1 finding today, 2 with the edits: 1 new."


def test_a_scenario_without_effect_on_findings_says_so() -> None:
    edit = LabelEdit(kind="service", namespace="shop", name="checkout", set={"team": "a"})
    found = telling(sight("bypass-by-default", desk(edit)))
    assert findings.sentence(found, Mode.DIFFERENCE, 2) == "The edits change none of 1 finding."


def test_no_finding_is_an_answer() -> None:
    found = telling(sight("canary-waypoint"))
    assert findings.sentence(found, Mode.TODAY, 4) == (
        f"No finding: none of {len(CODES)} checks fails on 4 ingress paths."
    )
    listed = text_of(findings.clean(Mode.TODAY))
    assert all(row.means in listed for row in CODES)


def test_an_accepted_finding_is_shown_with_its_reason_and_does_not_count() -> None:
    at = sight(policed("the ticket says so"))
    found = telling(at)
    assert [one.finding.accepted for one in found if not one.is_open] == ["the ticket says so"]
    tree = findings.tree(at, told.groups(found))
    (row,) = named(tree, "li", class_="finding stays accepted")
    assert "accepted the ticket says so" in text_of(row)
    assert "mend" not in {act[0] for act in actions(row)}
    assert "1 finding is accepted." in findings.sentence(found, Mode.TODAY, 2)
    group = next(one for one in told.groups(found) if one.code == "policy-bypassed")
    assert group.numbers == (1, 1)
    assert group.members[-1].finding.accepted


# --- filters -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "filters",
    [
        Filters(namespaces=("catalog",)),
        Filters(gateways=("dmz/partners",)),
        Filters(text="policy-bypassed inventory"),
        Filters(verdicts=(str(Verdict.BLACKHOLE),)),
    ],
    ids=str,
)
def test_filters_leave_findings_of_an_object_or_a_path_that_is_asked_for(filters: Filters) -> None:
    at = sight("shop", desk(filters=filters))
    everything = telling(at)
    found = told.passing(everything, at)
    assert 0 < len(found) < len(everything)
    for one in found:
        text = " ".join([one.finding.code, *map(str, one.finding.objects), *one.finding.paths])
        for word in (*filters.namespaces, *filters.gateways, *filters.text.split()):
            assert word in text
        for verdict in filters.verdicts:
            paths = [at.shown.before.resolution.by_id[path] for path in one.finding.paths]
            assert verdict in {path.outcome.verdict for path in paths}
    left_out = [one.finding for one in everything if one not in found]
    if filters.namespaces:
        assert not any(ref.namespace in filters.namespaces for one in left_out for ref in one.objects)


def test_a_filter_that_leaves_nothing_says_so() -> None:
    assert "The filters let no finding through." in text_of(page("shop", desk(filters=Filters(text="zzz"))))


def test_one_code_alone_can_be_looked_at() -> None:
    tree = page("shop", desk(code="black-hole"))
    assert [text_of(one) for one in named(tree, "h2")] == ["black-hole"]
    (chosen,) = named(tree, "button", **{"aria-current": "true"})
    assert "black-hole" in text_of(chosen)
    none = text_of(page("shop", desk(code="flag-without-effect")))
    assert "No finding of this code." in none
    assert BY_CODE["flag-without-effect"].means in none
    assert "There is no code nonsense." in text_of(page("shop", desk(code="nonsense")))


# --- a finding -----------------------------------------------------------------------------------------


def test_a_finding_names_objects_line_remedy_and_path() -> None:
    at = sight("bypass-by-default")
    tree = page("bypass-by-default")
    (row,) = named(tree, "li", class_="finding stays")
    told_text = text_of(row)
    (finding,) = [one.finding for one in telling(at)]
    for word in (
        finding.where,
        "AuthorizationPolicy/shop/ cart-read-only",
        "kubectl label service cart -n shop",
    ):
        assert word in told_text
    assert finding.where.rpartition(":")[2].isdigit()
    assert [act[0] for act in actions(row)] == ["mend", "path"]
    (copy,) = [one for one in elements(row) if "copy" in one[1]]
    assert copy[1]["copy"] == f"kubectl label service cart -n shop {LABEL}=true --overwrite"


def test_the_code_is_explained_with_its_example_to_open() -> None:
    tree = page("bypass-by-default")
    assert "Example. sample:bypass-by-default" in text_of(tree)
    assert ["open", "sample:bypass-by-default"] in actions(tree)


def test_many_findings_and_paths_are_listed_in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "FIRST_ROWS", 3)
    tree = page("shop")
    rows = len(named(tree, "li", class_="finding "))
    groups = told.groups(telling(sight("shop")))
    assert rows == sum(min(3, len(group.members)) for group in groups)
    large = next(group for group in groups if len(group.members) > 3)
    assert ["more", large.code, 3 + findings.MORE_ROWS] in actions(tree)
    all_of_it = page("shop", desk(rows=((large.code, 3 + findings.MORE_ROWS),)))
    assert ["more", large.code, 3 + findings.MORE_ROWS] not in actions(all_of_it)


def test_findings_that_are_called_the_same_are_told_apart() -> None:
    asked = "must-traverse: [shop/cart, {service: shop/*, because: card data}]"
    names = [one.name for one in telling(sight("bypass-by-default"), asked)]
    assert len(names) == len(set(names))


def test_an_annotation_that_accepts_no_code_is_told() -> None:
    found = findings.problems([Problem(severity="warning", where="a.yaml", message="no such code")])
    assert found is not None
    assert text_of(found) == "a.yaml: no such code"
    assert findings.problems([]) is None


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_is_shown_as_it_is(payload: str) -> None:
    at = sight(policed(payload))
    tree = findings.tree(at, told.groups(telling(at)))
    shown = list(texts(tree))
    first, *_ = payload.split("\n", maxsplit=1)
    assert any(visible(first) in visible(one) for one in shown)
    json.dumps(tree)


# --- what clicks do ------------------------------------------------------------------------------------


class Clicks:
    """The state that clicks of a page change."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, at: Desk) -> None:
        self.desk = at
        self.page = ""
        monkeypatch.setattr(state, "desk", lambda: self.desk)
        monkeypatch.setattr(state, "_put", self._put)
        monkeypatch.setattr(state, "go", self._go)

    def _put(self, desk: Desk) -> None:
        self.desk = desk

    def _go(self, page: str) -> None:
        self.page = page


def test_trying_a_remedy_adds_its_edits_and_removes_the_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    at = sight("shop")
    found = telling(at)
    for one in {one.finding.code: one for one in found if one.finding.edits}.values():
        clicks = Clicks(monkeypatch, at.desk)
        findings.handlers(at, found)["mend"](one.name)
        assert clicks.desk.mode is Mode.DIFFERENCE
        after = telling(sight("shop", clicks.desk))
        assert one.finding.identity in {two.finding.identity for two in after if two.fate is Fate.GONE}, (
            one.name
        )


def test_a_name_that_no_finding_has_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    at = sight("shop")
    clicks = Clicks(monkeypatch, at.desk)
    findings.handlers(at, telling(at))["mend"]("policy-bypassed Nonsense/a/b")
    assert clicks.desk == at.desk


def test_a_path_is_opened_also_where_the_filters_hide_it(monkeypatch: pytest.MonkeyPatch) -> None:
    at = sight("shop", desk(filters=Filters(text="zzz")))
    clicks = Clicks(monkeypatch, at.desk)
    path = at.base.resolution.paths[0].id
    findings.handlers(at, telling(at))["path"](path)
    assert (clicks.desk.selected, clicks.page) == (path, "paths")
    assert not clicks.desk.filters


def test_only_samples_are_opened_from_a_code(monkeypatch: pytest.MonkeyPatch) -> None:
    at = sight("shop")
    opened: list[str] = []
    monkeypatch.setattr(state, "open_source", opened.append)
    monkeypatch.setattr(state, "go", lambda page: None)
    clicks = findings.handlers(at, ())
    clicks["open"]("/etc/passwd")
    clicks["open"]("sample:shop")
    assert opened == ["sample:shop"]


def test_a_file_holds_what_is_shown_but_not_what_is_gone() -> None:
    found = telling(sight("shop", desk(INVENTORY)))
    document = json.loads(dumps(audit_document(told.as_audit(found))))
    assert len(document["findings"]) == sum(one.fate is not Fate.GONE for one in found)
    assert document["summary"]["policy-bypassed"] == 1
