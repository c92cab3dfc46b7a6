"""Policies: where each acts, as a table, and what a change does to those of its path."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from core.diff import Change
from core.filters import matching
from core.model import ObjectRef
from core.paths import Path, Resolution
from core.policies.act import PolicyActs
from core.policies.view import PathPolicies, PolicyView
from core.terminal import PLAIN, Cell, Painter, table

HEADER = ("POLICY", "ACTS AT", "BECAUSE")

Document = dict[str, Any]


def policies_table(found: Sequence[PolicyActs], *, width: int | None = None, paint: Painter = PLAIN) -> str:
    """A row for each place of each policy; one row for a policy that acts nowhere."""
    rows = [row for one in found for row in _rows(one)]
    return table(HEADER, rows, width=width, paint=paint) if rows else ""


def _rows(one: PolicyActs) -> Sequence[Sequence[Cell]]:
    because = "; ".join([one.because, *one.notes])
    assumed = " (assumed)" if one.assumed else ""
    if not one.acts:
        return [(Cell(str(one.policy), "bold"), Cell(f"nowhere{assumed}", "yellow"), Cell(because))]
    return [
        (
            Cell("" if number else str(one.policy), "bold"),
            Cell(f"{act}{assumed}"),
            Cell("" if number else because),
        )
        for number, act in enumerate(one.acts)
    ]


def policies_of_service(
    view: PolicyView, resolution: Resolution, names: Sequence[str]
) -> Sequence[PolicyActs]:
    """The policies that act on one of the Services, as `NS/NAME`, or on one of their paths.

    Raises:
        NoMatchError: No ingress path leads to one of them, and no policy acts on it.
    """
    wanted = frozenset(names)
    found = {one.policy for one in view.acts if any(_named(act.service, wanted) for act in one.acts)}
    acted = {
        f"{act.service.namespace}/{act.service.name}"
        for one in view.acts
        for act in one.acts
        if act.service is not None
    }
    paths = matching(resolution, {"service": [name for name in names if name not in acted]})
    for path in paths:
        if _named(path.service_ref, wanted) or _named(path.backend.ref, wanted):
            found |= _all(view.of(path))
    for path in resolution.paths:
        if _named(path.service_ref, wanted):
            found |= _all(view.of(path))
    return [one for one in view.acts if one.policy in found]


def _named(ref: ObjectRef | None, names: Iterable[str]) -> bool:
    return ref is not None and (f"{ref.namespace}/{ref.name}" in names or str(ref) in names)


def _all(found: PathPolicies) -> set[ObjectRef]:
    return {*found.enforced, *found.bypassed, *found.doubled_refs}


def changed_policies(before: PolicyView, after: PolicyView) -> Callable[[Change], Document]:
    """What `diff` adds to each change: the policies that a path gains, goes past and meets twice from then on."""

    def of(view: PolicyView, id_: str) -> PathPolicies:
        path: Path | None = view.resolution.by_id.get(id_)
        return PathPolicies() if path is None else view.of(path)

    def more(change: Change) -> Document:
        old, new = of(before, change.id), of(after, change.id)

        def newly(now: Iterable[ObjectRef], then: Iterable[ObjectRef]) -> list[str]:
            return [str(ref) for ref in sorted(set(now) - set(then))]

        return {
            "policies": {
                "newlyEnforced": newly(new.enforced, old.enforced),
                "newlyBypassed": newly(new.bypassed, old.bypassed),
                "newlyDoubled": newly(new.doubled_refs, old.doubled_refs),
            }
        }

    return more
