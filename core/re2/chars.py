"""Sets of characters and positions of RE2, as tests."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence

Test = Callable[[str], bool]
Assertion = Callable[[str, int], bool]
"""Whether a position of a text is such a place."""

POSIX: Mapping[str, str] = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": "\x00-\x7f",
    "blank": "\t ",
    "cntrl": "\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": "!-/:-@[-`{-~",
    "space": "\t\n\x0b\x0c\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}
PERL: Mapping[str, str] = {"d": "0-9", "w": "0-9A-Za-z_", "s": "\t\n\x0c\r "}
CONTROLS: Mapping[str, str] = {"a": "\a", "f": "\f", "t": "\t", "n": "\n", "r": "\r", "v": "\v"}


def among(ranges: str) -> Test:
    """A test for the ranges of a class that holds no escapes: `a-z_`."""
    pairs: list[tuple[str, str]] = []
    index = 0
    while index < len(ranges):
        if ranges[index + 1 : index + 2] == "-" and index + 2 < len(ranges):
            pairs.append((ranges[index], ranges[index + 2]))
            index += 3
        else:
            pairs.append((ranges[index], ranges[index]))
            index += 1
    return within(pairs)


def within(pairs: Sequence[tuple[str, str]]) -> Test:
    """A test for ranges of characters, both ends included."""
    return lambda char: any(low <= char <= high for low, high in pairs)


def negated(test: Test) -> Test:
    """All characters but those of `test`."""
    return lambda char: not test(char)


def any_of(tests: Sequence[Test]) -> Test:
    """The characters of any of `tests`."""
    return lambda char: any(test(char) for test in tests)


def folded(test: Test) -> Test:
    """`test` in any case."""
    return lambda char: test(char) or test(char.lower()) or test(char.upper())


def category(name: str) -> Test:
    """A Unicode category by the beginning of its name; empty for all."""
    return lambda char: unicodedata.category(char).startswith(name)


CATEGORIES = frozenset(
    f"{major}{minor}"
    for major, minors in {
        "C": "cfos",
        "L": "lmotu",
        "M": "cen",
        "N": "dlo",
        "P": "cdefios",
        "S": "ckmo",
        "Z": "lps",
    }.items()
    for minor in ("", *minors)
)


# --- assertions -----------------------------------------------------------------------------------------------------


def starts(_: str, at: int) -> bool:
    r"""`\A`."""
    return at == 0


def ends(text: str, at: int) -> bool:
    r"""`\z`."""
    return at == len(text)


def starts_line(text: str, at: int) -> bool:
    """`^` with the flag m."""
    return at == 0 or text[at - 1] == "\n"


def ends_line(text: str, at: int) -> bool:
    """`$` with the flag m."""
    return at == len(text) or text[at] == "\n"


_is_word = among(PERL["w"])


def at_word(text: str, at: int) -> bool:
    r"""`\b`."""
    before = at > 0 and _is_word(text[at - 1])
    return before != (at < len(text) and _is_word(text[at]))


def inside_word(text: str, at: int) -> bool:
    r"""`\B`."""
    return not at_word(text, at)
