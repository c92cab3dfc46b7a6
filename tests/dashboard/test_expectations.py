"""Expectations on the page: where they are read, whether they are met, and what an address keeps of them."""

from pathlib import Path

import pytest

from core.edits import LabelEdit
from core.model import Problem
from dashboard import wanted
from dashboard.desk import MAX_EXPECT_WORD, Desk, Mode, from_params, to_params
from dashboard.markup import actions, text_of
from dashboard.panels import expectations
from dashboard.started import Started, started
from dashboard.wanted import Wanted, among, beside, expected
from tests.dashboard.cases import PAYLOADS, sight
from tests.dashboard.judging import judge

CART = LabelEdit(kind="service", namespace="shop", name="cart", set={"istio.io/ingress-use-waypoint": "true"})
ASKED = """\
must-traverse:
  - {service: shop/cart, because: card data}
  - shop/gone
must-not-traverse:
  - {service: shop/checkout, gateway: infra/http}
"""
CHANGED = Desk(source=("sample:any",), edits=(CART,), mode=Mode.DIFFERENCE)


# --- whether they are met ------------------------------------------------------------------------------


def test_each_expectation_is_met_or_not_today_and_with_the_edits() -> None:
    at = sight("bypass-by-default", CHANGED)
    judged = judge(at, ASKED)
    tree = expectations.tree(at, judged)
    assert tree is not None
    told = text_of(tree)
    assert told.startswith("1 of 3 expectations is met today, 2 with the edits")
    cart = told[told.index("shop/cart") :]
    assert cart.startswith(
        "shop/cart must pass a waypoint through any gateway card data ✕ not met by 1 of 1 path"
    )
    assert "✓ met by 1 path" in cart
    assert "shop/gone must pass a waypoint" in told
    assert "no ingress path leads there" in told
    assert "shop/checkout must not pass a waypoint through gateway infra/http" in told


def test_an_expectation_that_is_not_met_opens_its_path_and_is_a_finding() -> None:
    at = sight("bypass-by-default")
    judged = judge(at, ASKED)
    tree = expectations.tree(at, judged)
    assert tree is not None
    (path,) = [act[1] for act in actions(tree) if act[0] == "path"]
    assert at.by_id[path].any.backend.name == "cart"
    assert [one.code for one in judged.before.findings if one.code.startswith("must")] == ["must-traverse"]


def test_without_expectations_there_is_no_table() -> None:
    at = sight("bypass-by-default")
    assert expectations.tree(at, judge(at)) is None


def test_expectations_of_the_source_are_called_by_their_file() -> None:
    at = sight("bypass-by-default")
    judged = judge(at, found=ASKED)
    tree = expectations.tree(at, judged)
    assert tree is not None
    assert "From waypath.yaml." in text_of(tree)
    assert judge(at, asked="must-traverse: [shop/checkout]", found=ASKED).expected.names == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "must: [a/b]",
            "the expectations: there is no 'must', there are must-traverse and must-not-traverse.",
        ),
        ("- a", "the expectations: expectations are a mapping"),
        ("must-traverse: [cart]", "the expectations: must-traverse entry 1: service is 'cart'"),
        ("a: [", "the expectations: line"),
        ("\u0000", "the expectations"),
    ],
)
def test_a_text_that_holds_none_is_told_in_a_sentence(text: str, said: str) -> None:
    found = expected(text, ())
    assert found.rows == ()
    assert said in found.problem
    assert "\n" not in found.problem


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_is_data(payload: str) -> None:
    quoted = '"' + payload.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    at = sight("bypass-by-default")
    tree = expectations.tree(at, judge(at, f"must-traverse: [{{service: shop/cart, because: {quoted}}}]"))
    assert tree is not None
    assert " ".join(payload.split()) in text_of(tree)


# --- where they are read -------------------------------------------------------------------------------


def test_they_are_found_in_the_folder_of_a_source_and_beside_a_file(tmp_path: Path) -> None:
    file = tmp_path / "waypath.yaml"
    file.write_text(ASKED)
    (tmp_path / "all.yaml").write_text("")
    for source in (tmp_path, tmp_path / "all.yaml"):
        assert beside([str(source)]) == [Wanted(name=str(file), text=ASKED)]
    assert beside(["-", "live:", "upload:1", "sample:shop"]) == []
    other = tmp_path / "other"
    other.mkdir()
    assert beside([str(other)]) == []
    assert [one.text for one in beside([str(tmp_path), str(other)])] == [ASKED]


def test_a_named_file_counts_alone_and_one_that_is_gone_is_told(tmp_path: Path) -> None:
    (tmp_path / "waypath.yaml").write_text(ASKED)
    named = tmp_path / "named.yaml"
    named.write_text("must-traverse: [a/b]")
    assert [one.name for one in beside([str(tmp_path)], str(named))] == [str(named)]
    gone = str(tmp_path / "gone.yaml")
    assert gone in expected("", beside([str(tmp_path)], gone)).problem


def test_an_uploaded_file_of_that_name_holds_expectations() -> None:
    files = [("a.yaml", b"kind: Service"), ("team/waypath.yaml", ASKED.encode())]
    assert among(files) == [Wanted(name="team/waypath.yaml", text=ASKED)]


def test_a_file_with_expectations_is_not_called_a_bad_manifest() -> None:
    note = Problem(severity="note", where="waypath.yaml#1", message="1 document left aside")
    other = Problem(severity="note", where="values.yaml#1", message="1 document left aside")
    assert wanted.without([note, other], [Wanted(name="waypath.yaml", text="")]) == [other]


def test_the_words_that_start_the_dashboard_are_taken_apart() -> None:
    assert started(["--expect", "a.yaml", "b", "c"]) == Started(sources=("b", "c"), expect="a.yaml")
    assert started(["b"]) == Started(sources=("b",))
    assert started([]) == Started()


# --- in an address -------------------------------------------------------------------------------------


def test_an_address_carries_them() -> None:
    params = to_params(Desk(source=("sample:shop",), expect=ASKED), ())
    desk, notes = from_params(params, ())
    assert desk.expect == ASKED
    assert notes == []


def test_those_that_are_too_long_are_left_out() -> None:
    import random  # noqa: PLC0415

    noise = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=3 * MAX_EXPECT_WORD))
    assert "expect" not in to_params(Desk(expect=f"# {noise}"), ())


@pytest.mark.parametrize("word", ["1abc", "nonsense", "2AAAA", "1" + "A" * 7000])
def test_a_word_that_holds_none_is_told(word: str) -> None:
    desk, notes = from_params({"expect": [word]}, ())
    assert desk.expect == ""
    assert notes == ["The expectations in the link can't be read: copy the whole link again."]


def test_what_the_new_pages_show_is_in_the_address() -> None:
    params = {
        "code": ["black-hole"],
        "by": ["service"],
        "policy": ["Service/a/b"],
        "rows": ["policies:300", "x:y", ":1"],
    }
    desk, _ = from_params(params, ())
    assert (desk.code, desk.by.value, desk.policy, desk.rows) == (
        "black-hole",
        "service",
        "Service/a/b",
        (("policies", 300),),
    )
    assert to_params(desk, ()) == {**params, "rows": ["policies:300"]}
    assert desk.listing("policies", 100) == 300
    assert desk.listing("places", 30) == 30
