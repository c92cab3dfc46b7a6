"""Advice as JSON and as a table."""

from typing import Any

from core.advice import AllAdvice
from core.render.findings import scenario_words
from core.scenario import to_data
from core.terminal import PLAIN, Cell, Painter, paragraph, table, visible

HEADER = ("SERVICE", "TODAY", "ADVICE", "BECAUSE")

_STYLES: dict[str, tuple[str, ...]] = {
    "waypoint": ("green",),
    "direct": ("yellow",),
    "by-label": ("cyan",),
    "no-change": ("dim",),
}


def advice_document(found: AllAdvice) -> dict[str, Any]:
    """`advise -o json`."""
    return {
        "services": [
            {
                "service": str(one.service),
                "today": one.today,
                "advice": one.advice.value,
                "because": list(one.because),
                "edits": to_data(one.edits),
            }
            for one in found.services
        ],
        "scenario": {"edits": to_data(found.edits)},
    }


def advice_table(found: AllAdvice, *, width: int | None = None, paint: Painter = PLAIN) -> str:
    """A row for each service, and below it the scenario as options of the command line."""
    if not found.services:
        return ""
    rows = [
        (
            Cell(str(one.service)),
            Cell(one.today),
            Cell(one.advice.value, *_STYLES[one.advice.value]),
            Cell("; ".join(one.because)),
        )
        for one in found.services
    ]
    shown = table(HEADER, rows, width=width, paint=paint)
    if found.edits:
        words = paragraph(visible(scenario_words(found.edits)), width=width)
        shown += f"\nAll of it as a scenario, for `waypath diff` and `waypath plan`:\n{words}\n"
    return shown
