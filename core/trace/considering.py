"""The rules that did not take a request, worked out when they are first read: of thousands most are never looked at."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import overload

from core.trace.outcome import Considered


class Considering(Sequence[Considered]):
    """A list that `make` makes when it is first asked for."""

    def __init__(self, make: Callable[[], Sequence[Considered]]) -> None:
        self._make = make

    @cached_property
    def _rows(self) -> Sequence[Considered]:
        return self._make()

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Considered: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Considered]: ...
    def __getitem__(self, index: int | slice) -> Considered | Sequence[Considered]:
        return self._rows[index]
