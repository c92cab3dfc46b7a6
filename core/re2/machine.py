r"""Regular expressions as RE2 takes them, the dialect of Envoy and of agentgateway: parsed here, since Python's differ.

Whether all of a text matches is all that a route asks, so there are no captures and greediness doesn't matter. Matching
takes time in proportion to the text, whatever the pattern, as RE2 promises. Unicode scripts (`\p{Greek}`) and `\C` are
the only parts of RE2 that are not evaluated.
"""

from collections.abc import Sequence
from functools import lru_cache

from core.re2.chars import Assertion, Test
from core.re2.parser import BeyondError, Node, NotRe2Error, parse

__all__ = ["BeyondError", "Machine", "NotRe2Error", "compiled", "full_match"]

MAX_STATES = 20_000


def full_match(pattern: str, text: str) -> bool:
    """Whether `pattern` matches all of `text`.

    Raises:
        NotRe2Error: RE2 refuses the pattern.
        BeyondError: RE2 takes it, but it is not evaluated here.
    """
    return compiled(pattern).matches(text)


@lru_cache(maxsize=512)
def compiled(pattern: str) -> "Machine":
    """The machine for `pattern`."""
    return Machine(parse(pattern))


class Machine:
    """Thompson's construction: states that are all followed at once. State 0 accepts."""

    def __init__(self, node: Node) -> None:
        self._steps: list[tuple[Test, int] | None] = [None]
        self._jumps: list[list[tuple[Assertion | None, int]]] = [[]]
        self._start = self._built(node, 0)

    def matches(self, text: str) -> bool:
        """Whether all of `text` matches."""
        current = self._reached([self._start], text, 0)
        for at, char in enumerate(text):
            after = [step[1] for state in current if (step := self._steps[state]) and step[0](char)]
            if not after:
                return False
            current = self._reached(after, text, at + 1)
        return 0 in current

    def _reached(self, states: Sequence[int], text: str, at: int) -> set[int]:
        """`states` and all that can be reached from them without a character."""
        found = set(states)
        waiting = list(found)
        while waiting:
            for test, state in self._jumps[waiting.pop()]:
                if state not in found and (test is None or test(text, at)):
                    found.add(state)
                    waiting.append(state)
        return found

    def _state(self, step: tuple[Test, int] | None, *jumps: tuple[Assertion | None, int]) -> int:
        if len(self._steps) >= MAX_STATES:
            raise NotRe2Error("it is too large")
        self._steps.append(step)
        self._jumps.append(list(jumps))
        return len(self._steps) - 1

    def _built(self, node: Node, after: int) -> int:
        """The first state of `node`, which goes on to the state `after`."""
        match node:
            case ("char", test):
                return self._state((test, after))  # type: ignore[arg-type]
            case ("assert", test):
                return self._state(None, (test, after))  # type: ignore[arg-type]
            case ("alt", *branches):
                return self._state(None, *((None, self._built(one, after)) for one in branches))  # type: ignore[arg-type]
            case ("repeat", inner, int(least), most):
                return self._repeat(inner, least, most, after)  # type: ignore[arg-type]
            case (_, *parts):
                for part in reversed(parts):
                    after = self._built(part, after)  # type: ignore[arg-type]
        return after

    def _repeat(self, inner: Node, least: int, most: int | None, after: int) -> int:
        if most is None:
            loop = self._state(None, (None, after))
            self._jumps[loop].append((None, self._built(inner, loop)))
            after = loop
        else:
            end = after
            for _ in range(most - least):
                after = self._state(None, (None, end), (None, self._built(inner, after)))
        for _ in range(least):
            after = self._built(inner, after)
        return after
