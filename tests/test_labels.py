"""The parsers of labels, annotations and environment variables, as Go's standard library reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import labels as names

TRUE = ["1", "t", "T", "true", "True", "TRUE"]
FALSE = ["0", "f", "F", "false", "False", "FALSE"]
NEITHER = ["", "tRUE", "yes", "no", "on", "off", "y", "2", " true", "true ", "01"]


@pytest.mark.parametrize("text", TRUE)
def test_true_words(text: str) -> None:
    assert names.parse_bool(text) is True
    assert names.true_parse_bool(text)


@pytest.mark.parametrize("text", FALSE)
def test_false_words(text: str) -> None:
    assert names.parse_bool(text) is False
    assert not names.true_parse_bool(text)


@pytest.mark.parametrize("text", NEITHER)
def test_words_that_are_neither(text: str) -> None:
    assert names.parse_bool(text) is None
    assert not names.true_parse_bool(text)


@pytest.mark.parametrize(
    ("text", "exactly", "any_case"),
    [
        ("true", True, True),
        ("True", False, True),
        ("tRuE", False, True),
        ("1", False, False),
        ("t", False, False),
        ("", False, False),
        ("false", False, False),
    ],
)
def test_older_ways_to_read_the_ingress_label(text: str, exactly: bool, any_case: bool) -> None:
    assert names.true_exactly(text) is exactly
    assert names.true_any_case(text) is any_case


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("100", 100),
        ("+7", 7),
        ("-0", 0),
        ("0050", 50),
        ("101", None),
        ("-1", None),
        ("", None),
        ("+", None),
        ("1_0", None),
        (" 1", None),
        ("1e1", None),
        ("٣", None),
        ("9" * 30, None),
    ],
)
def test_weights(text: str, expected: int | None) -> None:
    assert names.parse_weight(text) == expected


@given(st.integers(-1000, 1000))
def test_every_percentage_is_a_weight_and_nothing_else(number: int) -> None:
    assert names.parse_weight(str(number)) == (number if 0 <= number <= 100 else None)


@given(st.text(max_size=30))
def test_no_text_raises(text: str) -> None:
    assert names.parse_weight(text) is None or 0 <= int(text) <= 100
    assert names.parse_bool(text) in (True, False, None)


def test_every_variable_belongs_to_one_controller() -> None:
    every = [name for wanted in names.PATH_VARIABLES.values() for name in wanted]
    assert len(every) == len(set(every))
