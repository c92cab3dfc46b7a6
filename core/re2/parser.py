"""A pattern of RE2 read into a tree."""

from collections.abc import Mapping

from core.re2.chars import (
    CATEGORIES,
    CONTROLS,
    PERL,
    POSIX,
    Assertion,
    Test,
    among,
    any_of,
    at_word,
    category,
    ends,
    ends_line,
    folded,
    inside_word,
    negated,
    starts,
    starts_line,
    within,
)

MAX_REPEAT = 1000
MAX_DEPTH = 200


class NotRe2Error(ValueError):
    """A pattern that RE2 refuses; the text says why."""


class BeyondError(ValueError):
    """A pattern that RE2 takes, but that is not evaluated here."""


Node = tuple[object, ...]
"""("char", Test), ("assert", Assertion), ("cat", Node…), ("alt", Node…) or ("repeat", Node, least, most or None)"""

_LOOKS: Mapping[str, str] = {
    "=": "look-ahead",
    "!": "look-ahead",
    "<=": "look-behind",
    "<!": "look-behind",
    ">": "an atomic group",
    "#": "a comment",
    "(": "a conditional",
    "|": "a branch reset",
    "P=": "a backreference",
    "P>": "a recursion",
    "&": "a recursion",
    "R": "a recursion",
}


def parse(pattern: str) -> Node:
    """The tree of `pattern`.

    Raises:
        NotRe2Error: RE2 refuses the pattern.
        BeyondError: RE2 takes it, but it is not evaluated here.
    """
    return _Parser(pattern).parse()


def _unquoted(pattern: str) -> str:
    r"""`pattern` with what stands between `\Q` and `\E` escaped character by character."""
    if "\\Q" not in pattern:
        return pattern
    found: list[str] = []
    rest = pattern
    while rest:
        if rest.startswith("\\Q"):
            quoted, _, rest = rest[2:].partition("\\E")
            found += (char if char.isalnum() or ord(char) > 127 else f"\\{char}" for char in quoted)
        else:
            length = 2 if rest.startswith("\\") else 1
            found.append(rest[:length])
            rest = rest[length:]
    return "".join(found)


class _Parser:
    """Reads a pattern from left to right. `flags` are those of the group being read: i, m and s."""

    def __init__(self, pattern: str) -> None:
        self.text = _unquoted(pattern)
        self.at = 0
        self.flags: frozenset[str] = frozenset()

    def parse(self) -> Node:
        node = self._alternation(0)
        if self.at < len(self.text):
            raise NotRe2Error("a closing parenthesis has no opening one")
        return node

    def _peek(self, length: int = 1) -> str:
        return self.text[self.at : self.at + length]

    def _take(self) -> str:
        if self.at >= len(self.text):
            raise NotRe2Error("it ends in the middle of an escape or a class")
        self.at += 1
        return self.text[self.at - 1]

    def _alternation(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise NotRe2Error("its groups are nested too deeply")
        branches = [self._sequence(depth)]
        while self._peek() == "|":
            self.at += 1
            branches.append(self._sequence(depth))
        return branches[0] if len(branches) == 1 else ("alt", *branches)

    def _sequence(self, depth: int) -> Node:
        nodes: list[Node] = []
        while self.at < len(self.text) and self._peek() not in {"|", ")"}:
            atom = self._atom(depth)
            if atom is not None:
                nodes.append(self._repeated(atom))
        return ("cat", *nodes)

    def _repeated(self, atom: Node) -> Node:
        bounds = self._bounds()
        if bounds is None:
            return atom
        if self._peek() == "?":
            self.at += 1
        before = self.at
        if self._bounds() is not None:
            raise NotRe2Error(f"bad repetition operator {self.text[before - 1 : self.at]!r}")
        return ("repeat", atom, *bounds)

    def _bounds(self) -> tuple[int, int | None] | None:
        """The repetition that comes next, if one does. A brace that is none stands for itself."""
        char = self._peek()
        simple: Mapping[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        if char in simple:
            self.at += 1
            return simple[char]
        if char != "{":
            return None
        inner, closed, _ = self.text[self.at + 1 :].partition("}")
        least, comma, most = inner.partition(",")
        if not closed or not _is_count(least) or (most and not _is_count(most)):
            return None
        low = int(least[:6])
        high = (int(most[:6]) if most else None) if comma else low
        if max(low, high or 0) > MAX_REPEAT or (high is not None and high < low):
            raise NotRe2Error(
                f"bad repetition {{{inner}}}: RE2 takes {MAX_REPEAT} at most, the smaller number first"
            )
        self.at += len(inner) + 2
        return low, high

    def _atom(self, depth: int) -> Node | None:
        char = self._take()
        match char:
            case "(":
                return self._group(depth)
            case "[":
                return ("char", self._class())
            case ".":
                return ("char", (lambda _: True) if "s" in self.flags else (lambda one: one != "\n"))
            case "^":
                return ("assert", starts_line if "m" in self.flags else starts)
            case "$":
                return ("assert", ends_line if "m" in self.flags else ends)
            case "*" | "+" | "?":
                raise NotRe2Error(f"there is nothing to repeat before {char!r}")
            case "\\":
                return self._escaped()
            case _:
                return self._literal(char)

    def _literal(self, char: str) -> Node:
        test = within([(char, char)])
        return ("char", folded(test) if "i" in self.flags else test)

    # --- groups

    def _group(self, depth: int) -> Node | None:
        before = self.flags
        if self._peek() == "?":
            self.at += 1
            if not self._opened():
                return None
        node = self._alternation(depth + 1)
        if self._peek() != ")":
            raise NotRe2Error("a parenthesis is not closed")
        self.at += 1
        self.flags = before
        return node

    def _opened(self) -> bool:
        """What follows `(?`: whether a group begins. Flags alone hold for the rest of the group around them."""
        for length in (2, 1):
            what = _LOOKS.get(self._peek(length))
            if what:
                raise NotRe2Error(
                    f"RE2 has no {what.removeprefix('a ').removeprefix('an ')}: (?{self._peek(length)}"
                )
        if self._peek() in {"P", "<"}:
            self.at += 1 if self._peek() == "<" else 2
            name, closed, _ = self.text[self.at :].partition(">")
            if self.text[self.at - 1] != "<" or not closed or not name.isidentifier():
                raise NotRe2Error("bad name of a group")
            self.at += len(name) + 1
            return True
        on = True
        flags = set(self.flags)
        while True:
            char = self._take()
            match char:
                case ":" | ")":
                    self.flags = frozenset(flags)
                    return char == ":"
                case "-" if on:
                    on = False
                case "i" | "m" | "s" | "U":
                    flags = flags | {char} if on else flags - {char}
                case _:
                    raise NotRe2Error(f"RE2 has no group (?{char}")

    # --- escapes

    def _escaped(self) -> Node:
        char = self._take()
        assertions: Mapping[str, Assertion] = {"A": starts, "z": ends, "b": at_word, "B": inside_word}
        if char in assertions:
            return ("assert", assertions[char])
        test = self._set(char)
        if test is not None:
            return ("char", test)
        return self._literal(self._escaped_char(char))

    def _set(self, char: str) -> Test | None:
        r"""`\d`, `\W`, `\pN`, `\P{Lu}` and the like; None where the escape is a single character."""
        if char.lower() in PERL and char != "":
            test = among(PERL[char.lower()])
            return negated(test) if char.isupper() else test
        if char not in {"p", "P"}:
            return None
        name = self._take()
        if name == "{":
            name, closed, _ = self.text[self.at :].partition("}")
            if not closed:
                raise NotRe2Error("a Unicode class is not closed")
            self.at += len(name) + 1
        inverted = name.startswith("^") != (char == "P")
        name = name.removeprefix("^")
        if name not in CATEGORIES and name != "Any":
            if name[:1].isupper() and len(name) > 2:
                raise BeyondError(f"the Unicode script {name} is not evaluated here")
            raise NotRe2Error(f"RE2 has no Unicode class {name!r}")
        test = category("" if name == "Any" else name)
        return negated(test) if inverted else test

    def _escaped_char(self, char: str) -> str:
        """The character that an escape of one stands for."""
        if char in CONTROLS:
            return CONTROLS[char]
        if char == "x":
            return self._hex()
        if char in "01234567":
            if char != "0" and self._peek() not in tuple("01234567"):
                raise NotRe2Error(f"RE2 has no backreference: \\{char}")
            digits = char
            while len(digits) < 3 and self._peek() in tuple("01234567"):
                digits += self._take()
            return chr(int(digits, 8))
        if char in {"8", "9", "k", "g"}:
            raise NotRe2Error(f"RE2 has no backreference: \\{char}")
        if char == "C":
            raise BeyondError("\\C is not evaluated here")
        if char.isalnum() or ord(char) > 127:
            raise NotRe2Error(f"RE2 has no escape \\{char}")
        return char

    def _hex(self) -> str:
        if self._peek() == "{":
            digits, closed, _ = self.text[self.at + 1 :].partition("}")
            self.at += len(digits) + 2
        else:
            digits, closed = self._peek(2), "}"
            self.at += 2
        valid = (
            bool(closed) and 0 < len(digits) <= 6 and all(one in "0123456789abcdefABCDEF" for one in digits)
        )
        if not valid or (len(digits) < 2 and self.text[self.at - 1] != "}") or int(digits, 16) > 0x10FFFF:
            raise NotRe2Error("bad \\x escape")
        return chr(int(digits, 16))

    # --- classes

    def _class(self) -> Test:
        inverted = self._peek() == "^"
        if inverted:
            self.at += 1
        tests: list[Test] = []
        first = True
        while first or self._peek() != "]":
            first = False
            test, char = self._member()
            if self._peek() == "-" and self._peek(2) not in {"-]", "-"} and char is not None:
                self.at += 1
                _, high = self._member()
                if high is None or high < char:
                    raise NotRe2Error("bad range in a class")
                test = within([(char, high)])
            tests.append(test)
        self.at += 1
        found = any_of(tests)
        found = folded(found) if "i" in self.flags else found
        return negated(found) if inverted else found

    def _member(self) -> tuple[Test, str | None]:
        """The next item of a class: its test, and its character where it is a single one."""
        if self._peek(2) == "[:":
            name, closed, _ = self.text[self.at + 2 :].partition(":]")
            if closed and name.removeprefix("^") in POSIX:
                self.at += len(name) + 4
                test = among(POSIX[name.removeprefix("^")])
                return (negated(test) if name.startswith("^") else test), None
            if closed and name.removeprefix("^").isalpha():
                raise NotRe2Error(f"RE2 has no class [:{name}:]")
        char = self._take()
        if char == "\\":
            escape = self._take()
            found = self._set(escape)
            if found is not None:
                return found, None
            char = self._escaped_char(escape)
        return within([(char, char)]), char


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit()
