"""The scenario: its edits as chips, steps back and forth, and ways to keep it."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import streamlit as st

from core import scenario
from core.scenario import ScenarioError
from dashboard import edits as editing
from dashboard import state
from dashboard.desk import Desk, Tab, link
from dashboard.markup import Node, h, show
from dashboard.moot import said
from dashboard.panels import report
from dashboard.sight import Shown
from dashboard.words import plain

_PLAN = "M4 2.5h8v11H4zM6 5.5h4M6 8h4M6 10.5h2.5"
_ICONS = {
    "undo": ("Undo", "M5 3 2 6l3 3M2.5 6H9a4 4 0 0 1 0 8H6"),
    "redo": ("Redo", "M11 3l3 3-3 3M13.5 6H7a4 4 0 0 0 0 8h3"),
    "plan": ("Show the plan", _PLAN),
    "clear": ("Clear the scenario", "M3 4.5h10M6.5 4.5V3h3v1.5M4.5 4.5l.6 9h5.8l.6-9M7 7v4M9 7v4"),
}
_FILE = "scenario-file"
_LINK = "M6.5 9.5l3-3M7 4.5l1.5-1.5a3 3 0 0 1 4.3 4.3L11.5 9M9 11.5l-1.5 1.5a3 3 0 0 1-4.3-4.3L4.5 7"


def panel(shown: Shown) -> None:
    """The scenario's part of the sidebar."""
    st.header("Scenario", anchor=False)
    desk = state.desk()
    where = "source" if shown.base.edition is None else "cluster"
    notes, others = said(shown.before.resolution.cluster, desk.edits, shown.problems, where)
    show(
        tree(desk, shown.plan if shown.plans_at_once else None, notes),
        key="scenario",
        on={"remove": _remove, "undo": state.undo, "redo": state.redo, "clear": _clear, "plan": _plan},
    )
    with st.container(horizontal=True, wrap=False, key="scenario-files"):
        st.download_button(
            "Save",
            scenario.to_yaml(desk.edits),
            file_name="scenario.yaml",
            mime="application/yaml",
            disabled=not desk.edits,
            on_click="ignore",
            width="stretch",
            help="As a file for `waypath --scenario` and for Open",
        )
        with st.popover("Open", width="stretch"):
            st.file_uploader("Scenario file", type=["yaml", "yml", "json"], key=_FILE, on_change=_opened)
    report.of_scenario(shown)
    if problem := state.complaint():
        st.error(plain(problem), icon=":material/error:")
    for one in others:
        st.warning(plain(one.message), icon=":material/warning:")


def tree(desk: Desk, plan: str | None, notes: Mapping[int, Sequence[str]] = MappingProxyType({})) -> Node:
    """The chips with the buttons above them; a plan that is not worked out yet is shown instead of copied.

    `notes` say of an edit, by its position, what there is to know of it.
    """
    too_long = len(desk.edits) > 0 and not link(desk.edits)
    return h(
        "div",
        h(
            "div",
            _icon("undo", enabled=bool(desk.past)),
            _icon("redo", enabled=bool(desk.future)),
            _icon("clear", enabled=bool(desk.edits)),
            h("span", class_="fill"),
            _copy("Copy the link to this page", _LINK, "@link"),
            _copy("Copy the plan", _PLAN, plan, enabled=bool(plan))
            if plan is not None
            else _icon("plan", enabled=True, leads="paths"),
            class_="row tools",
        ),
        h(
            "ul",
            [_chip(number, desk, notes.get(number, ())) for number in range(len(desk.edits))],
            class_="chips",
        )
        if desk.edits
        else h("p", "No edits: what you see is the source as it is.", class_="dim small"),
        h("p", "Too long for a link: save it as a file.", class_="small strong") if too_long else None,
        class_="stack",
    )


def _chip(number: int, desk: Desk, notes: Sequence[str]) -> Node:
    told = editing.chip(desk.edits[number])
    return h(
        "li",
        h(
            "span",
            h("span", told.subject, class_="dim"),
            [h("span", change, class_="mono") for change in told.changes],
            [h("span", f"{note[:1].upper()}{note[1:]}.", class_="note") for note in notes],
            class_="text wrap",
        ),
        h(
            "button",
            _svg("M4 4l8 8M12 4l-8 8"),
            type="button",
            class_="icon",
            title="Remove",
            aria_label=f"Remove {told.text}",
            act=["remove", number],
        ),
        class_="chip",
        key=told.text,
    )


def _icon(name: str, *, enabled: bool, leads: str | None = None) -> Node:
    label, path = _ICONS[name]
    return h(
        "button",
        _svg(path),
        type="button",
        class_="icon",
        title=label,
        aria_label=label,
        disabled=not enabled,
        act=[name],
        leads=leads,
    )


def _copy(label: str, path: str, text: str, *, enabled: bool = True) -> Node:
    return h(
        "button",
        _svg(path),
        type="button",
        class_="icon",
        title=label,
        aria_label=label,
        copy=text,
        disabled=not enabled,
    )


def _svg(path: str) -> Node:
    return h("svg", h("path", d=path), viewBox="0 0 16 16", aria_hidden="true")


def _remove(number: object) -> None:
    edits = state.desk().edits
    if isinstance(number, int) and 0 <= number < len(edits):
        state.edit(editing.remove(edits, number))


def _clear() -> None:
    state.edit(())


def _plan() -> None:
    state.turn_to(Tab.PLAN)
    state.go("paths")


def _opened() -> None:
    file = state.value_of(_FILE)
    if file is None:
        return
    try:
        found = scenario.parse(file.getvalue().decode("utf-8-sig"), file.name)
    except UnicodeDecodeError:
        state.complain(f"{file.name} is not UTF-8 text.")
    except ScenarioError as error:
        state.complain(f"{error}.")
    else:
        state.complain("" if found else f"{file.name} has no edits.")
        state.edit(found)
