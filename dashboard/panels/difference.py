"""The difference: every path whose traffic goes elsewhere with the edits."""

from core import diff
from core.diff import Change
from dashboard.markup import Node, h
from dashboard.markup.looks import became
from dashboard.panels import counts
from dashboard.panels.paths_table import backend, decided, gateway, route
from dashboard.sight import Sight
from dashboard.words import count

MAX_ROWS = 400


def tree(sight: Sight) -> Node:
    """The changed paths that the filters let through."""
    found = sight.shown.difference
    visible = [change for change in found.changes if change.id in sight.by_id or not sight.desk.filters]
    hidden = len(found.changes) - len(visible)
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
                        [
                            h("th", one, scope="col")
                            for one in (
                                "Backend",
                                "Today → with edits",
                                "Gateway",
                                "Route rule",
                                "Decided by",
                            )
                        ],
                    ),
                ),
                h(
                    "tbody",
                    [
                        _row(change, line, sight)
                        for change, line in zip(visible, _lines(visible), strict=True)
                    ][:MAX_ROWS],
                ),
                class_="paths",
            ),
            class_="scroll tall",
        )
        if visible
        else None,
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
        ),
        gateway(path),
        route(path),
        decided(line.decided_by.removeprefix("-")),
        class_=f"pick{' selected' if selected else ''}",
        act=["select", change.id],
        key=change.id,
    )
