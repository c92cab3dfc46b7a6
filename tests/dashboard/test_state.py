"""When an address counts: where the user opened it, not where a browser lags behind."""

import time
from unittest.mock import Mock

import pytest

from dashboard import state
from dashboard.desk import Desk
from tests.dashboard.test_app import Open, _no_cache, address, does, open_app

__all__ = ["_no_cache", "open_app"]

OLDER: dict[str, list[str]] = {}
OLD, NEW, OTHER = {"view": ["today"]}, {"view": ["edits"]}, {"at": ["x"]}


def session(*, acted: bool = False, ago: float = 0.0) -> state._Session:
    return state._Session(
        given=(),
        desk=Desk(),
        written=NEW,
        overtaken=[(OLDER, time.monotonic() - ago), (OLD, time.monotonic() - ago)],
        acted=acted,
    )


@pytest.mark.parametrize(
    ("address", "acted", "ago", "opened"),
    [
        (OTHER, False, 0.0, True),
        (NEW, False, 9.0, False),
        (OLDER, False, 9.0, True),
        (OLDER, False, 0.0, False),
        (OTHER, True, 9.0, False),
        (OLD, False, 0.0, False),
        (OLD, False, 9.0, True),
    ],
    ids=["opened", "written", "the bare address", "two behind", "a click", "late", "back"],
)
def test_an_address_counts_where_the_user_opened_it(
    address: dict[str, list[str]], acted: bool, ago: float, opened: bool
) -> None:
    assert state._was_opened(session(acted=acted, ago=ago), address) is opened


def test_what_the_page_itself_asks_for_is_no_address(open_app: Open) -> None:
    app = open_app(source="sample:bypass-by-default", view="today")
    app = does(app, lambda: state.select("service:Service/shop/cart"))
    session = app.session_state["waypath"]
    session.overtaken = [(one, at - 60) for one, at in session.overtaken]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(state, "_session", lambda: session)
        patch.setattr(state, "get_script_run_ctx", lambda: Mock(fragment_ids_this_run=None))
        state.heard()
    app.query_params.clear()
    app.query_params["source"] = "sample:bypass-by-default"
    assert address(app.run())["at"] == ["service:Service/shop/cart"]
    app.query_params.clear()
    app.query_params["source"] = "sample:bypass-by-default"
    assert "at" not in address(app.run())


def test_a_part_that_runs_alone_leaves_the_next_address_alone() -> None:
    told = session()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(state, "_session", lambda: told)
        patch.setattr(state, "get_script_run_ctx", lambda: Mock(fragment_ids_this_run=["search"]))
        state.heard()
    assert not told.acted
