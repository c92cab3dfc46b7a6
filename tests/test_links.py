"""Words that stand for text in an address."""

import zlib
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.links import pack, unpack


@given(st.text())
def test_a_word_holds_its_text(text: str) -> None:
    word = pack(text)
    assert word.isascii()
    assert not set(word) - set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert unpack(word, longest=len(word), limit=1 << 20) == text.encode("utf-8", "surrogatepass")


@given(st.text())
def test_what_is_no_word_holds_nothing(text: str) -> None:
    assert unpack(f"2{text}", longest=100, limit=100) == b""
    assert isinstance(unpack(f"1{text}", longest=100, limit=100), bytes)


@pytest.mark.parametrize("keep", range(1, 20))
def test_a_word_that_is_cut_off_holds_nothing(keep: int) -> None:
    assert unpack(pack("a scenario of some length")[:keep], longest=100, limit=100) == b""


def test_neither_long_words_nor_what_unpacks_to_more_than_wanted_count() -> None:
    word = pack("a" * 1000)
    assert unpack(word, longest=len(word) - 1, limit=2000) == b""
    bomb = "1" + urlsafe_b64encode(zlib.compress(bytes(10_000_000), 9)).decode()
    assert unpack(bomb, longest=len(bomb), limit=1000) == b""
