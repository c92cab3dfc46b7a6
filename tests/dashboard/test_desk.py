"""The desk, its steps, and its address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.edits import LabelEdit
from core.gates import Verdict
from dashboard.desk import Desk, Filters, Mode, Tab, from_params, to_params
from dashboard.edits import Edits

ONE: Edits = (LabelEdit(kind="service", namespace="shop", name="cart", set={"a": "1"}),)
TWO: Edits = (*ONE, LabelEdit(kind="namespace", namespace="", name="shop", unset=("a",)))
GIVEN = ("manifests/",)


def test_the_first_edit_shows_the_difference_and_the_last_undo_shows_today() -> None:
    desk = Desk().edited(ONE)
    assert desk.mode is Mode.DIFFERENCE
    assert desk.undone().mode is Mode.TODAY
    assert desk.undone().redone().mode is Mode.DIFFERENCE


def test_a_chosen_mode_is_kept() -> None:
    desk = Desk(edits=ONE, mode=Mode.EDITS).edited(TWO)
    assert desk.mode is Mode.EDITS


def test_steps_go_back_and_forth() -> None:
    desk = Desk().edited(ONE).edited(TWO)
    assert desk.undone().edits == ONE
    assert desk.undone().undone().edits == ()
    assert desk.undone().undone().undone().edits == ()
    assert desk.undone().undone().redone().redone().redone().edits == TWO


def test_a_new_edit_ends_what_could_be_redone() -> None:
    assert Desk().edited(ONE).undone().edited(TWO).future == ()


def test_the_same_edits_are_no_step() -> None:
    desk = Desk().edited(ONE)
    assert desk.edited(ONE) is desk


def test_another_source_puts_away_what_was_about_the_last() -> None:
    desk = Desk(source=("sample:a",), selected="x", rules="label").edited(ONE).opened(("sample:b",))
    assert desk == Desk(source=("sample:b",), rules="label")


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=20)
lists = st.lists(words, max_size=3, unique=True).map(tuple)
filters = st.builds(
    Filters,
    namespaces=lists,
    gateways=lists,
    planes=lists,
    verdicts=st.lists(st.sampled_from([str(one) for one in Verdict]), unique=True).map(tuple),
    text=st.just("") | words,
)
edits = st.sampled_from([(), ONE, TWO])


@given(
    st.just(GIVEN) | lists.filter(bool),
    edits,
    st.sampled_from(Mode),
    filters,
    st.none() | words,
    st.sampled_from(Tab),
)
def test_an_address_tells_the_desk(
    source: tuple[str, ...], some: Edits, mode: Mode, kept: Filters, selected: str | None, tab: Tab
) -> None:
    desk = Desk(
        source=source,
        edits=some,
        mode=mode if some else Mode.TODAY,
        filters=kept,
        selected=selected,
        tab=tab,
    )
    found, notes = from_params(to_params(desk, GIVEN), GIVEN)
    assert found == desk
    assert notes == []


def test_the_source_it_was_started_with_goes_without_saying() -> None:
    assert to_params(Desk(source=GIVEN), GIVEN) == {}


@pytest.mark.parametrize("word", ["", "1", "2abc", "1!!!!", "1" + "A" * 30_000, "1eNo"])
def test_a_broken_scenario_is_told_and_left_out(word: str) -> None:
    found, notes = from_params({"scenario": [word]}, ())
    assert found.edits == ()
    assert found.mode is Mode.TODAY
    assert len(notes) == (1 if word else 0)


def test_a_scenario_too_long_for_an_address_is_left_out() -> None:
    many = tuple(
        LabelEdit(
            kind="service",
            namespace=f"n{number * 7919 % 10007}",
            name=f"s{number * 104729 % 99991}",
            set={"a": str(number)},
        )
        for number in range(3000)
    )
    assert "scenario" not in to_params(Desk(edits=many), ())


@given(st.dictionaries(words, st.lists(words, max_size=3), max_size=5))
def test_no_address_raises(params: dict[str, list[str]]) -> None:
    names = dict(zip(["source", "view", "tab", "verdict", "at"], params.values(), strict=False))
    found, _ = from_params(names, GIVEN)
    assert found.mode is Mode.TODAY


@given(words | st.just(""), words | st.just(""))
def test_unknown_words_are_passed_over(view: str, tab: str) -> None:
    found, notes = from_params({"view": [view], "tab": [tab], "verdict": ["nonsense"]}, ())
    assert found.filters.verdicts == ()
    assert notes == []
