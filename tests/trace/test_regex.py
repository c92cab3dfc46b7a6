"""RE2's dialect: what matches, what RE2 refuses, and that Python's agrees where both know a pattern."""

import re
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.re2.machine import BeyondError, NotRe2Error, full_match


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("", "", True),
        ("", "a", False),
        ("/v[0-9]+/.*", "/v12/x", True),
        ("/v[0-9]+/.*", "a/v12/x", False),
        ("/v[0-9]+", "/v1/x", False),
        ("a|b|", "", True),
        ("(?i)/abc|x", "/ABC", True),
        ("a(?i)b|c", "C", True),
        ("a(?i:b)c", "aBC", False),
        ("(?-i)a", "a", True),
        ("(?U)a+", "aaa", True),
        ("a{2,3}", "aa", True),
        ("a{2,3}", "aaaa", False),
        ("a{2}", "aa", True),
        ("a{2,}", "a" * 9, True),
        ("a{,2}", "a{,2}", True),
        ("a{x}", "a{x}", True),
        (r"[\w-]+", "a-b", True),
        (r"[^/]+", "a/b", False),
        ("[]a]+", "]a", True),
        ("[a-]+", "-a", True),
        ("[[:alpha:]]+", "ab", True),
        ("[[:^alpha:]]+", "12", True),
        (r"\Qa.b\E+", "a.bb", True),
        (r"\Qa.b", "axb", False),
        (r"\d+", "٣", False),
        (r"\pN+", "٣", True),
        (r"\p{Lu}\P{Lu}", "Ab", True),
        (r"[\p{^Lu}]", "a", True),
        ("(?P<x>a)(?<y>b)", "ab", True),
        (r"\x41\x{42}\103", "ABC", True),
        (r"\.\/\-\_", "./-_", True),
        (r"^\Aab\z$", "ab", True),
        (r"a\b/\Bb", "a/b", False),
        (r"a\b/b", "a/b", True),
        (".", "\n", False),
        ("(?s).", "\n", True),
        ("(?m)a$\n^b", "a\nb", True),
        ("a+?b*?", "aab", True),
        ("(|a)*", "aaa", True),
        ("((a?){3}){2}", "aaaaaa", True),
    ],
)
def test_matches(pattern, text, matches) -> None:
    assert full_match(pattern, text) is matches


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(?=a)", "look-ahead"),
        ("(?!a)", "look-ahead"),
        ("(?<=a)", "look-behind"),
        ("(?<!a)", "look-behind"),
        ("(?>a)", "atomic group"),
        ("(?#a)", "comment"),
        ("(?P=x)", "backreference"),
        (r"(a)\1", "backreference"),
        (r"\k<a>", "backreference"),
        ("a**", "bad repetition operator"),
        ("a*+", "bad repetition operator"),
        ("a{2}{3}", "bad repetition operator"),
        ("a{1001}", "1000 at most"),
        ("a{3,2}", "smaller number first"),
        ("((a{1000}){1000}){1000}", "too large"),
        ("(" * 500 + ")" * 500, "too deeply"),
        ("[z-a]", "bad range"),
        ("[a", "in the middle"),
        ("\\", "in the middle"),
        ("(", "not closed"),
        ("a)", "no opening one"),
        ("*a", "nothing to repeat"),
        (r"\Z", r"no escape \\Z"),
        (r"\x{110000}", "bad"),
        ("(?x)a", "no group"),
        ("[[:foo:]]", "no class"),
        (r"\p{foo}", "no Unicode class"),
    ],
)
def test_what_re2_refuses(pattern, why) -> None:
    with pytest.raises(NotRe2Error, match=why):
        full_match(pattern, "x")


@pytest.mark.parametrize("pattern", [r"\p{Greek}", r"\C"])
def test_what_is_not_evaluated(pattern) -> None:
    with pytest.raises(BeyondError, match="not evaluated here"):
        full_match(pattern, "x")


def test_no_pattern_takes_long() -> None:
    start = time.monotonic()
    assert not full_match("((a+)+)+b", "a" * 2000)
    assert time.monotonic() - start < 5


atoms = st.sampled_from(
    ["a", "b", "/", ".", "[ab]", "[^a]", r"\d", r"\w", "(?:a|b)", "(a)", r"\.", "", "^", "$"]
)


def combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map("|".join),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{0,2}", "{2}", "*?"])).map(
            lambda two: f"(?:{two[0]}){two[1]}"
        ),
    )


@given(st.recursive(atoms, combined, max_leaves=8), st.text("ab/.1", max_size=6))
def test_python_agrees(pattern, text) -> None:
    assert full_match(pattern, text) is (re.fullmatch(pattern, text, re.ASCII) is not None)


@given(st.text("ab()[]{}|*+?\\.^$-:,<>PQEpdx01=!/i", max_size=12), st.text("ab1/", max_size=4))
def test_any_text_is_matched_or_refused(pattern, text) -> None:
    with suppress(NotRe2Error, BeyondError):
        assert full_match(pattern, text) in {True, False}
