"""Paths as rows: the table of the terminal, and CSV for spreadsheets."""

import csv
import io
from collections.abc import Sequence

from core.explain import Explainer, percent
from core.gates import Verdict
from core.paths import Path
from core.terminal import PLAIN, Cell, Painter, table, visible

HEADER = ("GATEWAY", "ROUTE", "BACKEND", "VERDICT", "WAYPOINT", "DECIDED BY")

STYLES: dict[Verdict, tuple[str, ...]] = {
    Verdict.WAYPOINT: ("green",),
    Verdict.WORKLOAD_WAYPOINT: ("cyan",),
    Verdict.DIRECT: ("yellow",),
    Verdict.VIP_DIRECT: ("yellow",),
    Verdict.SPLIT: ("magenta",),
    Verdict.BLACKHOLE: ("red", "bold"),
    Verdict.NO_ENDPOINTS: ("red", "bold"),
    Verdict.INVALID: ("red", "bold"),
}

CSV_HEADER = (
    "id",
    "gateway",
    "gatewayClass",
    "dataPlane",
    "listener",
    "route",
    "rule",
    "backend",
    "port",
    "weight",
    "target",
    "verdict",
    "decidedBy",
    "assumed",
    "waypoint",
    "bypasses",
    "shares",
    "discovery",
    "addresses",
    "endpoints",
    "headline",
    "why",
    "remedy",
)


def resolve_table(paths: Sequence[Path], *, width: int | None = None, paint: Painter = PLAIN) -> str:
    """The paths, a row each."""
    return table(HEADER, [_row(path) for path in paths], width=width, paint=paint)


def _row(path: Path) -> Sequence[Cell]:
    outcome = path.outcome
    verdict = f"{outcome.verdict}{' (assumed)' if outcome.assumed else ''}"
    return (
        Cell(f"{path.gateway[0]}/{path.gateway[1]}:{path.listener}"),
        Cell(f"{path.route_ref} rule {path.rule}"),
        Cell(backend_text(path)),
        Cell(verdict, *STYLES[outcome.verdict]),
        Cell(waypoint_text(path)),
        Cell(outcome.decided_by or "-"),
    )


def backend_text(path: Path, *, weight: bool = True) -> str:
    """The backendRef with its port and subset, and its `weight` where it has another than 1."""
    port = "" if path.backend.port is None else f":{path.backend.port}"
    weighs = f" weight {path.backend.weight}" if weight and path.backend.weight != 1 else ""
    subset = f" subset {path.backend.subset}" if path.backend.subset else ""
    return f"{path.backend.ref}{port}{subset}{weighs}"


def waypoint_text(path: Path) -> str:
    """The waypoint that the traffic meets, the parts of a split, or `-`."""
    outcome = path.outcome
    if outcome.verdict is Verdict.SPLIT:
        return ", ".join(
            f"{percent(share.share)} {_slashed(share.waypoint) or share.verdict}" for share in outcome.shares
        )
    return _slashed(outcome.waypoint) or "-"


def _slashed(key: tuple[str, str] | None) -> str:
    return f"{key[0]}/{key[1]}" if key else ""


def resolve_csv(explainer: Explainer, paths: Sequence[Path]) -> str:
    """The paths as CSV with a header, a row each. Several values of one cell are separated by blanks."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CSV_HEADER)
    writer.writerows([safe_cell(text) for text in _record(explainer, path)] for path in paths)
    return out.getvalue()


def safe_cell(text: str) -> str:
    """`text` for a spreadsheet: an apostrophe before what it would take for a formula, no controls."""
    shown = visible(text)
    return f"'{shown}" if shown.startswith(("=", "+", "-", "@")) else shown


def _record(explainer: Explainer, path: Path) -> Sequence[str]:
    outcome = path.outcome
    told = explainer.sentence(path)
    target = path.target
    return (
        path.id,
        _slashed(path.gateway),
        path.gateway_class,
        path.plane,
        path.listener,
        str(path.route_ref),
        str(path.rule),
        str(path.backend.ref),
        "" if path.backend.port is None else str(path.backend.port),
        str(path.backend.weight),
        str(target) if target is not None and target != path.backend.ref else "",
        outcome.verdict,
        outcome.decided_by or "",
        "true" if outcome.assumed else "false",
        _slashed(outcome.waypoint),
        _slashed(explainer.bypassed(path)),
        " ".join(f"{share.share:g}:{_slashed(share.waypoint) or share.verdict}" for share in outcome.shares),
        outcome.upstream.discovery,
        " ".join(outcome.upstream.addresses),
        " ".join(path.endpoints),
        told.headline,
        told.why,
        told.remedy,
    )
