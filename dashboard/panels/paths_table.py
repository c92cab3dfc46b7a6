"""The paths as a table: what the graph shows, row by row."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from core.paths import Path
from core.text import count
from dashboard.desk import Mode
from dashboard.markup import Node, h
from dashboard.markup.looks import badge, became
from dashboard.panels import sorting
from dashboard.sight import SEVERITY, Pair, Sight, slashed

MAX_ROWS = 400
"""Paths that are listed; the filters pick which."""


_TABLE = "paths"
_COLUMNS = (
    ("backend", "Backend"),
    ("verdict", "Verdict"),
    ("gateway", "Gateway"),
    ("route", "Route rule"),
    ("decided", "Decided by"),
)


def _keys(sight: Sight) -> Mapping[str, Callable[[Pair], Any]]:
    """Column → what its rows are sorted by; verdicts the worst first."""

    def path(pair: Pair) -> Path:
        return pair.at(sight.mode) or pair.any

    return {
        "backend": lambda pair: (pair.any.backend.name, pair.any.backend.namespace),
        "verdict": lambda pair: SEVERITY.index(path(pair).outcome.verdict),
        "gateway": lambda pair: (pair.any.gateway, pair.any.listener),
        "route": lambda pair: (pair.any.route, pair.any.rule),
        "decided": lambda pair: path(pair).outcome.decided_by or "",
    }


def tree(sight: Sight, selected: Sequence[Pair]) -> Node:
    """A row a path; those that are selected stand out."""
    chosen = {pair.id for pair in selected}
    shown = sorting.ordered(sight.desk, _TABLE, sight.pairs, _keys(sight))[:MAX_ROWS]
    if not shown:
        return h("p", "The filters let no path through.", class_="dim")
    return h(
        "div",
        h(
            "div",
            h(
                "table",
                h(
                    "thead",
                    h(
                        "tr",
                        sorting.head(sight.desk, _TABLE, _COLUMNS),
                    ),
                ),
                h("tbody", [_row(sight, pair, pair.id in chosen) for pair in shown]),
                class_="paths",
            ),
            class_="scroll tall",
        ),
        h(
            "p",
            f"{MAX_ROWS} of {count(len(sight.pairs), 'path')} are listed: filter to see the others, or download all.",
            class_="dim small",
        )
        if len(sight.pairs) > MAX_ROWS
        else None,
        class_="stack",
    )


def _row(sight: Sight, pair: Pair, selected: bool) -> Node:
    path = pair.at(sight.mode) or pair.any
    return h(
        "tr",
        backend(path, pair.id),
        h("td", verdict(sight, pair)),
        gateway(path),
        route(path),
        decided(path.outcome.decided_by or ""),
        class_=f"pick{' selected' if selected else ''}",
        act=["select", pair.id],
        key=pair.id,
    )


def backend(path: Path, selects: str) -> Node:
    """The cell of a backend: its name, which selects the path, and below it where it lives."""
    ref = path.backend
    port = "" if ref.port is None else f":{ref.port}"
    weight = "" if ref.weight == 1 else f" · weight {ref.weight}"
    return h(
        "td",
        h("button", f"{ref.name}{port}", type="button", class_="link strong", act=["select", selects]),
        h("span", f"{ref.kind} · {ref.namespace}{weight}", class_="sub"),
    )


def gateway(path: Path) -> Node:
    """The cell of a gateway."""
    return h("td", slashed(path.gateway), h("span", f"{path.plane} · {path.listener}", class_="sub"))


def route(path: Path) -> Node:
    """The cell of a route rule."""
    kind = "" if path.route_kind == "HTTPRoute" else f"{path.route_kind} · "
    return h(
        "td",
        f"{slashed(path.route)} rule {path.rule}",
        h("span", f"{kind}{', '.join(path.hostnames[:3]) or 'any host'}", class_="sub"),
    )


def decided(gate: str) -> Node:
    """The cell of the gate that decides; empty stands for none."""
    return h("td", h("code", gate) if gate else h("span", "all gates pass", class_="dim"), class_="narrow")


def verdict(sight: Sight, pair: Pair) -> Node:
    """The verdict of a path, before and after where a difference is shown."""
    before = pair.before.outcome.verdict if pair.before else None
    after = pair.after.outcome.verdict if pair.after else None
    if sight.mode is Mode.DIFFERENCE and before != after:
        return became(before, after)
    path = pair.at(sight.mode) or pair.any
    return badge(path.outcome.verdict, assumed=path.outcome.assumed)
