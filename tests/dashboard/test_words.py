"""Text from a source is shown as it is written, and numbers with their noun."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.terminal import visible
from core.text import count
from dashboard.words import ago, code, listed, plain
from tests.dashboard.cases import PAYLOADS

JOINER = "\u2060"


def unescaped(text: str) -> str:
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text).replace(JOINER, "")


@given(st.text())
def test_plain_text_reads_as_it_was_written(text: str) -> None:
    assert unescaped(plain(text)) == visible(text).replace(JOINER, "")


@given(st.text())
def test_plain_text_has_no_mark_that_is_not_escaped(text: str) -> None:
    left = re.sub(r"\\[!-/:-@\[-`{-~]", "", plain(text))
    assert re.search(r"[!-/:-@\[-`{-~]", left) is None


@pytest.mark.parametrize("payload", PAYLOADS)
def test_plain_text_has_nothing_to_find_after_the_escapes(payload: str) -> None:
    told = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", plain(payload))
    assert re.search(r":[a-z_/]+:|https?://|www\.|\w@\w", told) is None


@given(st.text())
def test_code_is_closed_by_nothing_inside(text: str) -> None:
    told = code(text)
    if not told:
        assert not text.strip()
        return
    fence = re.match("`+", told)
    assert fence is not None
    inside = told[fence.end() : -fence.end()]
    assert all(len(run) != fence.end() for run in re.findall("`+", inside))
    assert inside.strip() == visible(text).strip()


@pytest.mark.parametrize(
    ("number", "noun", "said"),
    [(1, "path", "1 path"), (0, "path", "0 paths"), (1200, "query", "1,200 queries"), (2, "edit", "2 edits")],
)
def test_numbers_have_their_noun(number: int, noun: str, said: str) -> None:
    assert count(number, noun) == said


@pytest.mark.parametrize(
    ("passed", "said"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=3, seconds=5), "3 min ago"),
        (timedelta(hours=25), "25 h ago"),
        (timedelta(days=5), "5 days ago"),
    ],
)
def test_how_long_ago(passed: timedelta, said: str) -> None:
    now = datetime(2026, 8, 1, tzinfo=UTC)
    assert ago(now - passed, now) == said


def test_words_in_a_row() -> None:
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
