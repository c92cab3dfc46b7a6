"""Every path with its verdict."""

from collections.abc import Iterator

from core.paths import Path
from core.render.report.comparison import Comparison
from core.render.report.pieces import note, row, rows_table
from core.render.report.policies import standing_cell
from core.render.report.verdicts import badge, decided_cell, gateway_cell, route_cell
from core.render.sheets import backend_text, waypoint_text
from core.render.svg import Child, Markup
from core.render.svg import element as h
from core.text import count

MAX_PATHS = 10_000
"""The most rows of the table."""


def paths_section(seen: Comparison) -> Iterator[Markup]:
    """Every path with its verdict."""
    if not seen.now:
        return
    shown = seen.now[:MAX_PATHS]
    if len(shown) < len(seen.now):
        yield note(
            f"The first {len(shown):,} of {count(len(seen.now), 'path')}; filter the report to see others."
        )
    rows = [_path(seen, path) for path in shown]
    yield rows_table("paths", rows, without="" if seen.view else "Policies")


def _path(seen: Comparison, path: Path) -> Markup:
    verdict: Child = badge(path.outcome.verdict, path.outcome.assumed)
    changed = path.id in seen.changed
    if changed:
        before = seen.old.get(path.id)
        was = badge(before.outcome.verdict, False) if before else "absent"
        verdict = [h("span", was, class_="was"), " → ", verdict]
    return row(
        gateway_cell(path),
        route_cell(path),
        backend_text(path),
        verdict,
        waypoint_text(path),
        decided_cell(seen, path),
        *([standing_cell(seen, path)] if seen.view else ()),
        class_="changed" if changed else None,
    )
