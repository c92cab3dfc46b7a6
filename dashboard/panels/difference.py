"""The difference: every path whose traffic goes elsewhere with the edits."""

from collections.abc import Callable, Mapping
from typing import Any

from core import diff
from core.diff import Change
from core.text import count
from dashboard.markup import Node, h
from dashboard.markup.looks import became
from dashboard.panels import counts, policies_here, sorting
from dashboard.panels.more import more_button
from dashboard.panels.paths_table import backend, decided, gateway, route
from dashboard.sight import SEVERITY, Sight

MAX_ROWS = 400
"""Changes that are listed at first, and how many a click adds."""
_LIST = "changes"
_COLUMNS = (
    ("backend", "Backend"),
    ("verdict", "Today → with edits"),
    ("gateway", "Gateway"),
    ("route", "Route rule"),
    ("decided", "Decided by"),
)


def _severity(change: Change) -> int:
    return SEVERITY.index(change.after.verdict) if change.after else len(SEVERITY)


_KEYS: Mapping[str, Callable[[Change], Any]] = {
    "backend": lambda change: (change.path.backend.name, change.path.backend.namespace),
    "verdict": _severity,
    "gateway": lambda change: (change.path.gateway, change.path.listener),
    "route": lambda change: (change.path.route, change.path.rule),
    "decided": lambda change: (change.after and change.after.decided_by) or "",
}


def tree(sight: Sight) -> Node:
    """The changed paths that the filters let through."""
    found = sight.shown.difference
    visible = [change for change in found.changes if change.id in sight.by_id or not sight.desk.filters]
    hidden = len(found.changes) - len(visible)
    visible = list(sorting.ordered(sight.desk, _LIST, visible, _KEYS))
    limit = sight.desk.listing(_LIST, MAX_ROWS)
    return h(
        "div",
        h("p", counts.sentence_of_change(sight), class_="strong"),
        counts.moves(sight),
        h("p", f"{count(hidden, 'change')} left out by the filters.", class_="dim small") if hidden else None,
        h(
            "div",
            h(
                "table",
                h(
                    "thead",
                    h(
                        "tr",
                        sorting.head(sight.desk, _LIST, _COLUMNS),
                        h("th", "Policies", scope="col"),
                    ),
                ),
                h(
                    "tbody",
                    [
                        _row(change, line, sight)
                        for change, line in zip(visible[:limit], _lines(visible[:limit]), strict=True)
                    ],
                ),
                class_="paths",
            ),
            class_="scroll tall",
        )
        if visible
        else None,
        more_button(_LIST, limit, len(visible) - limit, MAX_ROWS),
        class_="stack",
    )


def _lines(changes: list[Change]) -> list[diff.Line]:
    return list(diff.lines(diff.Diff(changes=changes, unchanged=0, summary={})))


def _row(change: Change, line: diff.Line, sight: Sight) -> Node:
    path = change.path
    before = change.before.verdict if change.before else None
    after = change.after.verdict if change.after else None
    selected = sight.desk.selected == change.id
    return h(
        "tr",
        backend(path, change.id),
        h(
            "td",
            became(before, after),
            h("span", f"{line.before} → {line.after}", class_="sub") if before == after else None,
            policies_here.hops_line(
                sight.shown.before.resolution.by_id.get(change.id),
                sight.shown.after.resolution.by_id.get(change.id),
            ),
        ),
        gateway(path),
        route(path),
        decided(line.decided_by.removeprefix("-")),
        policies_here.changes_cell(sight, change.id),
        class_=f"pick{' selected' if selected else ''}",
        act=["select", change.id],
        key=change.id,
    )
