"""When an address counts: where the user opened it, not where a browser lags behind."""

import time

import pytest

from dashboard import state
from dashboard.desk import Desk

OLD, NEW, OTHER = {"view": ["today"]}, {"view": ["edits"]}, {"at": ["x"]}


def session(*, acted: bool = False, ago: float = 0.0) -> state._Session:
    return state._Session(
        given=(),
        desk=Desk(),
        written=NEW,
        written_before=OLD,
        written_at=time.monotonic() - ago,
        acted=acted,
    )


@pytest.mark.parametrize(
    ("address", "acted", "ago", "opened"),
    [
        (OTHER, False, 0.0, True),
        (NEW, False, 9.0, False),
        ({}, False, 9.0, True),
        (OTHER, True, 9.0, False),
        (OLD, False, 0.0, False),
        (OLD, False, 9.0, True),
    ],
    ids=["opened", "written", "the bare address", "a click", "late", "back"],
)
def test_an_address_counts_where_the_user_opened_it(
    address: dict[str, list[str]], acted: bool, ago: float, opened: bool
) -> None:
    assert state._was_opened(session(acted=acted, ago=ago), address) is opened
