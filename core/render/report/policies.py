"""The policies of paths as a report tells them: how many act, and which ones a scenario brings, takes away or doubles."""

from collections.abc import Iterator, Mapping, Sequence

from core.diff import Change
from core.model import ObjectRef
from core.paths import Path
from core.policies.view import PathPolicies
from core.render.policies import changed_policies
from core.render.report.comparison import Comparison
from core.render.report.pieces import listed
from core.render.svg import Child, Markup
from core.render.svg import element as h
from core.text import count

_NAMED = 3
"""Policies that a cell of a table names before the rest is counted."""
_CHANGES = (
    ("newlyBypassed", "newly bypassed"),
    ("newlyDoubled", "newly doubled"),
    ("newlyEnforced", "newly enforced"),
)


def standing_cell(seen: Comparison, path: Path) -> Child:
    """How many policies a path goes past, meets twice and meets; what goes wrong stands out."""
    view = seen.view
    told = [] if view is None else list(_numbers(view.of(path)))
    return h("ul", [h("li", one) for one in told], class_="standing") if told else "none"


def _numbers(found: PathPolicies) -> Iterator[Markup]:
    for number, how in _counts(found):
        yield h("b" if how == "bypassed" else "span", f"{number:,} {how}")


def _counts(found: PathPolicies) -> Iterator[tuple[int, str]]:
    for names, how in _standings(found):
        if names:
            yield len(names), how


def _standings(found: PathPolicies) -> Sequence[tuple[Sequence[ObjectRef], str]]:
    return (
        (found.bypassed, "bypassed"),
        (found.doubled_refs, "doubled"),
        (found.enforced, "enforced"),
    )


def changes_cell(seen: Comparison, change: Change) -> Child:
    """The policies that the scenario newly enforces on a path, lets it go past, or doubles."""
    if seen.view is None or seen.view_before is None:
        return None
    found: Mapping[str, Sequence[str]] = changed_policies(seen.view_before, seen.view)(change)["policies"]
    told = [
        h("li", h("b", word), f" {listed(found[name], _NAMED)}") for name, word in _CHANGES if found[name]
    ]
    return h("ul", told, class_="standing") if told else "no change"


def policy_facts(seen: Comparison, paths: Sequence[Path]) -> Iterator[tuple[str, Child]]:
    """The policies of paths that share a decision, by what becomes of them."""
    view = seen.view if all(path.id in seen.after.resolution.by_id for path in paths) else seen.view_before
    if view is None:
        return
    on: dict[str, dict[str, int]] = {}
    for path in paths:
        for names, how in _standings(view.of(path)):
            for name in names:
                counts = on.setdefault(how, {})
                counts[str(name)] = counts.get(str(name), 0) + 1
    for how in ("bypassed", "doubled", "enforced"):
        if names_of := on.get(how):
            told = [
                name if number == len(paths) else f"{name} (on {number:,} of {count(len(paths), 'path')})"
                for name, number in sorted(names_of.items())
            ]
            yield f"Policies {how}", listed(told)
