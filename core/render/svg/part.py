"""As much of the paths as one picture can show, and what to say of the rest."""

from collections.abc import Iterable, Mapping, Sequence

from core.model import ObjectRef, Row
from core.paths import Path
from core.text import count

MAX_ROWS, MAX_PATHS = 150, 1500
"""The most services and the most paths of one picture."""


class Part(Row):
    """Paths to draw in one picture, `before` for a difference. `note` says what is left out, empty if nothing is."""

    paths: Sequence[Path]
    before: Mapping[str, Path] | None = None
    note: str = ""


def within(
    paths: Sequence[Path],
    before: Mapping[str, Path] | None = None,
    *,
    changed: Iterable[str] = (),
    rows: int = MAX_ROWS,
    most: int = MAX_PATHS,
    hint: str = "",
) -> Part:
    """As much of the paths as one picture can show, and what to say of the rest.

    Args:
        paths: All that there are, after.
        before: The same by id as they were, for a difference.
        changed: The ids of paths that end otherwise. Where not all services can be shown, only theirs are.
        rows: The most services.
        most: The most paths.
        hint: How a reader gets to see others: `filter with --service`.
    """
    by_service = by_row(paths, before)
    every = len(by_service)
    total = sum(map(len, by_service.values()))
    if every <= rows and total <= most:
        return Part(paths=paths, before=before)
    wanted = frozenset(changed)
    if wanted:
        by_service = {ref: ids for ref, ids in by_service.items() if not wanted.isdisjoint(ids)}
    shown: dict[str, None] = {}
    for ids in list(by_service.values())[:rows]:
        shown.update(dict.fromkeys(list(ids)[: most - len(shown)]))
    note = _left_out(len(by_service), every, rows, most, total=total, shown=len(shown), changed=bool(wanted))
    chosen = [path for path in paths if path.id in shown]
    old = None if before is None else {name: path for name, path in before.items() if name in shown}
    return Part(paths=chosen, before=old, note=f"{note}; {hint}." if hint else f"{note}.")


def by_row(
    paths: Sequence[Path], before: Mapping[str, Path] | None = None
) -> Mapping[ObjectRef, Mapping[str, None]]:
    """Service → the ids of its paths, in the order of the rows: by namespace, name and kind."""
    found: dict[ObjectRef, dict[str, None]] = {}
    for path in [*paths, *(before or {}).values()]:
        found.setdefault(path.service_ref, {})[path.id] = None
    ordered = sorted(found, key=lambda ref: (ref.namespace, ref.name, ref.kind))
    return {ref: found[ref] for ref in ordered}


def _left_out(
    candidates: int, every: int, rows: int, most: int, *, total: int, shown: int, changed: bool
) -> str:
    which = " with a changed path" if changed else ""
    if shown == most:
        return f"Drawn are the first {count(shown, 'path')} of {total:,}, by namespace and name of their services"
    if candidates <= rows:
        return f"Drawn are the {count(candidates, 'service')}{which}, of {every:,} in all"
    note = f"Drawn are the first {rows:,} of {count(candidates, 'service')}{which}, by namespace and name"
    return f"{note}; there are {every:,} in all" if changed else note
