"""Differences of two resolutions: what counts as a change, and how it is told."""

import json
import re
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import labels as names
from core.diff import COLUMNS, compare, document, lines, markdown, sentence
from core.edits import Edit, LabelEdit, VersionEdit
from core.explain import Explainer
from core.outcomes import Outcome
from core.paths import Resolution, resolve
from core.render.documents import path_document
from core.whatif import preview
from tests import build

BEFORE = resolve(build.shop())


def cart(**values: str) -> LabelEdit:
    labels = {f"istio.io/{key.replace('_', '-')}": value for key, value in values.items()}
    return LabelEdit(kind="service", namespace="shop", name="cart", set=labels)


THROUGH = preview(BEFORE, [cart(ingress_use_waypoint="true")]).after


def moved(before: Resolution, after: Resolution) -> list[tuple[str, str]]:
    return [(change.path.gateway[1], change.verdicts) for change in compare(before, after).changes]


def test_nothing_changes() -> None:
    found = compare(BEFORE, BEFORE)
    assert (found.changes, found.unchanged, found.summary) == ([], len(BEFORE.paths), {})
    assert sentence(found) == f"No ingress path changes ({len(BEFORE.paths)} compared)."
    assert markdown(found) == f"**{sentence(found)}**\n"
    assert document(found) == {"changes": [], "unchanged": len(BEFORE.paths), "summary": {}}


def test_changed_verdicts() -> None:
    found = compare(BEFORE, THROUGH)
    assert moved(BEFORE, THROUGH) == [
        ("agentgateway", "direct -> waypoint"),
        ("istio", "direct -> waypoint"),
        ("kgateway", "direct -> waypoint"),
    ]
    assert found.unchanged == len(BEFORE.paths) - 3
    assert found.summary == {"direct -> waypoint": 3}
    assert sentence(found) == "3 of 18 ingress paths change: 3 direct → waypoint."
    assert moved(THROUGH, BEFORE)[0] == ("agentgateway", "waypoint -> direct")


def test_json_is_the_contract_s() -> None:
    found = document(compare(BEFORE, THROUGH))
    kgateway = found["changes"][-1]
    path = next(one for one in BEFORE.paths if one.id == kgateway["id"])
    resolved = path_document(Explainer(BEFORE), path)
    assert {key: kgateway[key] for key in ("gateway", "route", "backend", "listener")} == {
        key: resolved[key] for key in ("gateway", "route", "backend", "listener")
    }
    assert kgateway["before"] == {
        "verdict": "direct",
        "decidedBy": "ingress-label",
        "waypoint": None,
        "upstream": {"discovery": "EDS", "addresses": ["10.244.0.10:8080"]},
        "shares": [],
    }
    assert kgateway["after"] == {
        "verdict": "waypoint",
        "decidedBy": None,
        "waypoint": {"namespace": "shop", "name": "waypoint"},
        "upstream": {"discovery": "STATIC", "addresses": ["10.96.0.10:80"]},
        "shares": [],
    }
    assert (found["unchanged"], found["summary"]) == (15, {"direct -> waypoint": 3})
    assert json.loads(json.dumps(found)) == found


def test_more_fields_can_be_added_to_each_change() -> None:
    found = document(compare(BEFORE, THROUGH), lambda change: {"policies": {"newlyEnforced": [change.id]}})
    assert all(one["policies"] == {"newlyEnforced": [one["id"]]} for one in found["changes"])


def test_another_gate_with_the_same_end_is_no_change() -> None:
    after = preview(BEFORE, [VersionEdit(controller="kgateway", version="2.0")]).after
    deciders = [{path.outcome.decided_by for path in one.paths} for one in (BEFORE, after)]
    assert deciders[0] != deciders[1]
    assert moved(BEFORE, after) == []


@pytest.mark.parametrize(
    ("edit", "after"),
    [
        (cart(use_waypoint="absent"), "vip-direct"),
        (
            LabelEdit(kind="pod", namespace="infra", name="kgateway-2", set={names.DATAPLANE_MODE: "none"}),
            "split: 50 % waypoint shop/waypoint, 50 % direct",
        ),
    ],
)
def test_ends_in_words(edit: Edit, after: str) -> None:
    line = lines(compare(THROUGH, preview(THROUGH, [edit]).after))[-1]
    assert (line.before, line.after) == ("waypoint shop/waypoint", after)
    assert line.verdicts == ("waypoint", after.partition(":")[0])
    assert line.path == "infra/kgateway:http, HTTPRoute/shop/shop rule 0"
    assert line.backend == "Service/shop/cart:80"
    assert len(line.cells) == len(COLUMNS)


def test_other_shares_are_a_change() -> None:
    pods = [
        build.pod("infra", f"kgateway-{i}", f"10.244.1.{i}", {names.GATEWAY_NAME: "kgateway"}) for i in (3, 4)
    ]
    split = [
        resolve(
            build.shop(
                *pods[:count],
                build.service("shop", "cart", "10.96.0.10", labels={**build.USE, **build.INGRESS}),
            )
        )
        for count in (1, 2)
    ]
    found = compare(*split)
    assert [change.verdicts for change in found.changes] == ["split -> split"]
    (line,) = lines(found)
    assert line.before == "split: 66.67 % waypoint shop/waypoint, 33.33 % direct"
    assert line.after == "split: 50 % waypoint shop/waypoint, 50 % direct"


def test_other_addresses_are_a_change() -> None:
    after = resolve(build.shop(build.pod("shop", "cart-1", "10.244.0.11", {"app": "cart"})))
    found = compare(BEFORE, after)
    assert found.summary == {"direct -> direct": 3}
    line = lines(found)[0]
    assert (line.before, line.after) == ("direct at EDS 10.244.0.10:8080", "direct at EDS 10.244.0.11:8080")


def test_paths_that_come_and_go() -> None:
    route = build.route(
        "shop", [build.backend(build.service("shop", "orders"))], [build.gateway("infra", "istio", "istio")]
    )
    after = resolve(build.shop(route))
    found = compare(BEFORE, after)
    assert {verdicts.rpartition(" ")[2] for verdicts in found.summary} == {"absent", "direct"}
    gone = [change for change in found.changes if change.after is None]
    come = [change for change in found.changes if change.before is None]
    assert [change.path.rule for change in come] == [0]
    assert len(gone) + found.unchanged == len(BEFORE.paths)
    assert all(one["after"] is None for one in document(found)["changes"] if one["before"] is not None)
    assert [change.id for change in compare(after, BEFORE).changes if change.after is None] == [come[0].id]
    assert lines(found)[0].after == "absent"


@given(st.data())
def test_every_path_is_counted_once(data: st.DataObject) -> None:
    names_of = [str(row.ref) for row in build.shop().routes]
    left_out = [data.draw(st.lists(st.sampled_from(names_of), unique=True)) for _ in range(2)]
    before, after = (resolve(build.shop(without=one)) for one in left_out)
    found = compare(before, after)
    ids = {path.id for path in [*before.paths, *after.paths]}
    assert len(found.changes) + found.unchanged == len(ids)
    order = [path.id for path in BEFORE.paths]
    positions = [order.index(change.id) for change in found.changes]
    assert positions == sorted(positions)


# --- Markdown -------------------------------------------------------------------------------------------

HOSTILE = (
    "a|b",
    "a`b``c",
    "`",
    "\\",
    "\\|`|",
    "<script>alert(1)</script>",
    "<!--",
    "</code><b>",
    "a\nb\r\n\n# c",
    "| --- |",
    "[a](javascript:x)",
    "![a](http://example.com/x.png)",
    "**a** _b_ ~~c~~",
    "@someone #1",
    "&lt;&#60;",
    "https://example.com/ www.example.com",
    "\u202egnp.exe",
    "=1+1",
    "$a$",
)


def renamed(name: str) -> Resolution:
    """The shop with a Service of another name, before its label is set and after."""
    service = build.service("shop", name, "10.96.0.66", labels=build.USE)
    route = build.route("hostile", [build.backend(service)], [build.gateway("infra", "istio", "istio")])
    return resolve(build.shop(service, route))


CELL = r"(?:-|`[A-Za-z0-9 ./:,()%\[\]_-]*`|<code>(?:[^\W_]| |&#[0-9]+;)*</code>)"
ROW = re.compile(rf"\| {CELL}(?: \| {CELL}){{4}} \|")


def cells(text: str) -> list[list[str]]:
    """The rows of the one table in `text` as a reader of Markdown shows them; what is no text in it fails."""
    reader = pytest.importorskip("markdown_it").MarkdownIt("commonmark", {"html": True}).enable("table")
    rows: list[list[str]] = []
    opened = 0
    for token in reader.parse(text):
        opened += token.type == "table_open"
        if token.type == "tr_open":
            rows.append([])
        if token.type == "inline" and rows:
            rows[-1].append(shown(token.children or []))
        assert token.type not in {"html_block", "heading_open", "fence", "code_block", "blockquote_open"}
    assert opened == 1
    return rows


def shown(tokens: Sequence[Any]) -> str:
    out = ""
    for token in tokens:
        assert token.type in {"text", "text_special", "code_inline", "html_inline"}
        if token.type == "html_inline":
            assert token.content in {"<code>", "</code>"}
        else:
            out += token.content
    return out


@pytest.mark.parametrize("name", HOSTILE)
def test_names_can_t_break_markdown(name: str) -> None:
    before = renamed(name)
    edit = LabelEdit(kind="service", namespace="shop", name=name, set=build.INGRESS)
    found = compare(before, preview(before, [edit]).after)
    (line,) = lines(found)
    text = markdown(found)
    assert ROW.fullmatch(text.splitlines()[4])
    assert len(text.splitlines()) == 5
    header, row = cells(text)
    assert header == ["Path", "Backend", "Before", "After", "Decided by"]
    assert row == list(line.cells)
    assert line.backend.isprintable()
    assert not re.search(r"@someone|https?://example|www\.", re.sub(r"`[^`]*`", "", text))


@given(st.text(max_size=20).filter(lambda name: name.strip() == name and name))
def test_any_name_is_shown_as_it_is(name: str) -> None:
    before = renamed(name)
    edit = LabelEdit(kind="service", namespace="shop", name=name, set=build.INGRESS)
    found = compare(before, preview(before, [edit]).after)
    (line,) = lines(found)
    assert cells(markdown(found))[1] == list(line.cells)


def test_long_comments_end_with_how_many_more() -> None:
    found = compare(BEFORE, THROUGH)
    text = markdown(found, limit=1)
    assert len(cells(text)) == 2
    assert text.endswith("\nAnd 2 more.\n")


def test_outcomes_need_not_be_the_same_object() -> None:
    again = resolve(build.shop())
    assert isinstance(again.paths[0].outcome, Outcome)
    assert again.paths[0] is not BEFORE.paths[0]
    assert moved(BEFORE, again) == []
