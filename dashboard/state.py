"""The desk of a session, and the address that tells it. Nothing else touches the session state or the address.

The desk counts; the address follows it at the end of each run. An address that is not the last one written was
opened by the user (a link, or the browser's back button) and becomes the desk.
"""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.desk import NAMES, Asked, By, Desk, Filters, Mode, Tab, from_params, to_params
from dashboard.edits import Edits
from dashboard.graph.style import Theme
from dashboard.sight import Base

_SESSION = "waypath"
_LAG = 1.5
"""Seconds in which a browser may still send an address before the last one."""
_OVERTAKEN = 4
"""Such addresses that are remembered."""


_WIDGET_LAG = 0.4
"""Seconds in which it may still send what a widget showed before."""


@dataclass
class _Session:
    given: tuple[str, ...]
    desk: Desk
    notes: Sequence[str] = ()
    written: dict[str, list[str]] = field(default_factory=dict)
    overtaken: list[tuple[dict[str, list[str]], float]] = field(default_factory=list)
    """Addresses that were the last one written, and when they ceased to be, the latest of them last."""
    acted: bool = False
    """The run was caused by something on the page, and by no other address."""
    destination: str = ""
    looked_for: str = ""
    complaint: str = ""
    replaced: dict[str, tuple[object, float]] = field(default_factory=dict)
    """Widget → what it showed before a run gave it another value, and when that was."""
    who: str = field(default_factory=lambda: secrets.token_hex(8))
    seen: tuple[tuple[str, ...], Base] | None = None
    """A source, and the state of it since which changes are told."""


def begin(given: Sequence[str]) -> None:
    """Make up the desk of this run.

    Args:
        given: The source that the dashboard was started with.
    """
    address = _address()
    session = st.session_state.get(_SESSION)
    if not isinstance(session, _Session):
        desk, notes = from_params(address, tuple(given))
        st.session_state[_SESSION] = _Session(given=tuple(given), desk=desk, notes=notes, written=address)
        return
    if _was_opened(session, address):
        desk, session.notes = from_params(address, session.given)
        session.desk = replace(desk, past=session.desk.past, future=session.desk.future)
        session.written = address
    session.acted = False


def _was_opened(session: _Session, address: dict[str, list[str]]) -> bool:
    """Whether the user opened this address, rather than being told of it by the last run."""
    if address == session.written or session.acted:
        return False
    since = time.monotonic() - _LAG
    return not any(address == one and at > since for one, at in session.overtaken)


def end() -> None:
    """Let the address tell the desk."""
    session = _session()
    wanted = params()
    if wanted != _address():
        others = {name: st.query_params.get_all(name) for name in st.query_params if name not in NAMES}
        session.overtaken = [*session.overtaken[1 - _OVERTAKEN :], (session.written, time.monotonic())]
        session.written = (
            wanted  # first, since Streamlit may leave a run for the next one where it tells the browser
        )
        st.query_params.from_dict({**others, **wanted})
    session.written = wanted


def params() -> dict[str, list[str]]:
    """The parameters of the address that tells the desk."""
    session = _session()
    return to_params(session.desk, session.given)


def _address() -> dict[str, list[str]]:
    return {name: st.query_params.get_all(name) for name in st.query_params if name in NAMES}


def _session() -> _Session:
    session: _Session = st.session_state[_SESSION]
    return session


# --- the desk ------------------------------------------------------------------------------------------


def desk() -> Desk:
    """What the user has before them."""
    return _session().desk


def given() -> tuple[str, ...]:
    """The source that the dashboard was started with."""
    return _session().given


def notes() -> Sequence[str]:
    """What of the address could not be used."""
    return _session().notes


def dismiss_notes() -> None:
    _session().notes = ()


def _put(changed: Desk) -> None:
    session = _session()
    session.desk = changed
    session.acted = True


def open_source(*source: str) -> None:
    _put(desk().opened(source))
    _session().notes = ()
    _session().complaint = ""


def edit(edits: Edits) -> None:
    """Take up another scenario, as one step that can be undone."""
    _put(desk().edited(edits))


def undo() -> None:
    _put(desk().undone())


def redo() -> None:
    _put(desk().redone())


def look(mode: Mode) -> None:
    _put(replace(desk(), mode=mode))


def turn_to(tab: Tab) -> None:
    _put(replace(desk(), tab=tab))


def sort_by(table: str, column: str) -> None:
    _put(desk().sorted_by(table, column))


def select(name: str | None) -> None:
    _put(replace(desk(), selected=name))


def show_code(code: str) -> None:
    """Look at the findings of one code, or with an empty one at all."""
    _put(replace(desk(), code="" if code == desk().code else code))


def expect(text: str) -> None:
    """Take up expectations; an empty text takes back those of the source."""
    _put(replace(desk(), expect=text))


def list_by(by: By) -> None:
    _put(replace(desk(), by=by))


def show_policy(name: str) -> None:
    """Turn to a policy, or a service, on the page of policies."""
    _put(replace(desk(), policy=name))


def ask(asked: Asked) -> None:
    """Trace another request, from its beginning."""
    _put(replace(desk(), asked=asked, leg=1, step=0))


def play(step: int, leg: int) -> None:
    """Play the traced request as far as its stop `step`, on the way `leg`."""
    _put(replace(desk(), step=max(step, 0), leg=max(leg, 1)))


def show_more(name: str, number: int) -> None:
    """List so many rows of a list."""
    _put(replace(desk(), rows=(*(one for one in desk().rows if one[0] != name), (name, number))))


def search_rules(text: str) -> None:
    _put(replace(desk(), rules=text))


def set_filters(filters: Filters) -> None:
    _put(replace(desk(), filters=filters, page=1))


def turn_page(number: int) -> None:
    """Another page of the graph's rows."""
    _put(replace(desk(), page=max(number, 1)))


def complain(text: str) -> None:
    """Say what was wrong with a scenario file until the next one is opened; an empty text takes it back."""
    _session().complaint = text


def complaint() -> str:
    return _session().complaint


def go(page: str) -> None:
    """Show another page in the run that follows; `page` is the end of its address."""
    _session().destination = page


def destination() -> str:
    """The page that was asked for since the last run, once."""
    session = _session()
    wanted, session.destination = session.destination, ""
    return wanted


def destination_waits() -> bool:
    """Whether another page was asked for by a part of the page that runs alone."""
    return bool(_session().destination)


def look_for(text: str) -> None:
    """Take up what stands in the search field."""
    _session().looked_for = text


def looked_for() -> str:
    return _session().looked_for


def who() -> str:
    """What tells this session from others."""
    return _session().who


def seen(base: Base) -> Base:
    """The state of the source that was seen last: `base` where none was."""
    session = _session()
    if session.seen is None or session.seen[0] != session.desk.source:
        see(base)
    assert session.seen is not None
    return session.seen[1]


def see(base: Base) -> None:
    """Call a state of the source seen."""
    session = _session()
    session.seen = (session.desk.source, base)


def theme() -> Theme:
    """The theme that the browser shows, as far as it tells."""
    return "dark" if st.context.theme.type == "dark" else "light"


# --- widgets -------------------------------------------------------------------------------------------


def bound(key: str, value: object) -> str:
    """The key of a widget, which from now on shows `value`."""
    shown = st.session_state.get(key)
    if shown != value:
        _session().replaced[key] = (shown, time.monotonic())
    # Also where nothing differs: on another page it is another widget, which knows nothing of the value.
    st.session_state[key] = value
    return key


def value_of(key: str) -> Any:
    """What the user put into a widget, in the callback that it causes; None where that was not the user.

    Streamlit also calls back when a run was interrupted, and when a browser still sends what the last run replaced.
    """
    heard()
    value = st.session_state.get(key)
    replaced, at = _session().replaced.get(key, (None, 0.0))
    return None if value == replaced and time.monotonic() - at < _WIDGET_LAG else value


def act_of(key: str) -> Any:
    """What a click in a piece of markup says, in the callback that it causes."""
    heard()
    value = st.session_state.get(key)
    return value.get("act") if value else None


def heard() -> None:
    """Something on the page has caused this run, in the callback that it causes: the address of the run is no one's wish.

    A part of the page that runs alone takes up no address.
    """
    context = get_script_run_ctx()
    if context is not None and not context.fragment_ids_this_run:
        _session().acted = True
