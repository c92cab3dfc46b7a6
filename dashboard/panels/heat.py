"""The heat table: namespaces of services by verdicts. A click filters."""

from collections.abc import Mapping, Sequence

from core.cluster import replace
from core.gates import Verdict
from dashboard import state
from dashboard.desk import Mode
from dashboard.graph.style import STYLES
from dashboard.markup import Node, h
from dashboard.markup.looks import line
from dashboard.sight import SEVERITY, Pair, Sight, counts

Counts = Mapping[Verdict, int]

_TALL = 14
"""Rows from which the table scrolls by itself."""


def tree(sight: Sight) -> Node:
    """A row a namespace, a column a verdict, and in each cell how many paths."""
    rows = _rows(sight)
    present = {
        verdict
        for now, before in rows.values()
        for verdict in (*now, *(before or ()))
        if now.get(verdict) or (before and before.get(verdict))
    }
    columns = [verdict for verdict in reversed(SEVERITY) if verdict in present]
    most = max((number for now, _ in rows.values() for number in now.values()), default=1)
    return h(
        "div",
        h(
            "table",
            h("caption", "Paths by namespace of the service and verdict", class_="unseen"),
            h(
                "thead",
                h(
                    "tr",
                    h("th", "Namespace", scope="col"),
                    [
                        h(
                            "th",
                            line(one),
                            h("span", STYLES[one].word),
                            scope="col",
                            class_=f"verdict v-{one}",
                        )
                        for one in columns
                    ],
                    h("th", "Paths", scope="col", class_="number"),
                ),
            ),
            h("tbody", [_row(name, *rows[name], columns, most) for name in rows]),
            class_="heat",
        ),
        class_=f"scroll{' tall' if len(rows) > _TALL else ''}",
    )


def _rows(sight: Sight) -> dict[str, tuple[Counts, Counts | None]]:
    """Namespace → paths by verdict in the state that is shown, and for a difference in the one before."""
    found: dict[str, list[Pair]] = {}
    for pair in sight.pairs:
        found.setdefault(pair.any.service_ref.namespace, []).append(pair)
    difference = sight.mode is Mode.DIFFERENCE
    return {
        name: (
            counts(path for pair in found[name] if (path := pair.at(sight.mode)) is not None),
            counts(pair.before for pair in found[name] if pair.before is not None) if difference else None,
        )
        for name in sorted(found)
    }


def _row(name: str, now: Counts, before: Counts | None, columns: Sequence[Verdict], most: int) -> Node:
    return h(
        "tr",
        h(
            "th",
            h(
                "button",
                name,
                type="button",
                class_="link",
                act=["cell", name, None],
                leads="paths",
                title="Show its paths",
            ),
            scope="row",
        ),
        [
            _cell(name, one, now.get(one, 0), None if before is None else before.get(one, 0), most)
            for one in columns
        ],
        h("td", f"{sum(now.values()):,}", class_="number"),
        key=name,
    )


def _cell(name: str, verdict: Verdict, number: int, before: int | None, most: int) -> Node:
    moved = before is not None and before != number
    if not number and not moved:
        return h("td", "·", class_="none", aria_label="0")
    text = f"{before} → {number}" if moved else str(number)
    word = STYLES[verdict].word
    return h(
        "td",
        h(
            "button",
            text,
            type="button",
            class_="heat-cell",
            act=["cell", name, str(verdict)],
            leads="paths",
            title=f"{text} {word} in {name}: show them",
        ),
        class_=f"heat-box v-{verdict}{' moved' if moved else ''}",
        vars={"heat": round(0.1 + 0.5 * number / most, 3)},
    )


def pick(namespace: str, verdict: str | None) -> None:
    """Filter by a cell, and show the paths."""
    filters = state.desk().filters
    state.set_filters(
        replace(filters, namespaces=(namespace,), verdicts=(verdict,) if verdict else filters.verdicts)
    )
    state.go("paths")


def pick_verdict(verdict: str) -> None:
    """Filter by a verdict, and show the paths."""
    state.set_filters(replace(state.desk().filters, verdicts=(verdict,)))
    state.go("paths")
