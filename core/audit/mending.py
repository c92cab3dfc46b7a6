"""Scenarios that remove a finding: each is tried, and offered only where the finding goes and no error comes."""

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from core.audit.audited import Audited, passes_waypoint
from core.audit.finding import Draft, Identity, Severity
from core.edits import Edit, LabelEdit
from core.labels import INGRESS_USE_WAYPOINT
from core.model import ObjectRef
from core.paths import Path, Resolution
from core.policies.view import PolicyView
from core.scenario import to_data
from core.whatif import Preview, preview

_ROUNDS = 8
"""Gates that are opened one after the other on the way to a waypoint."""
_WORK = 40_000
"""Paths that are looked at again, all tries together."""
_FEWEST_TRIES = 16
_KEPT = 4
"""Scenarios whose states are kept."""
_LIGHT = 200
"""How many times as fast a try is that looks at the paths of one Service again."""

Look = Callable[[Audited, bool], Iterable[Draft]]
"""All findings, or those of paths only."""


class _Tried(NamedTuple):
    """What is found after a scenario, and whether an error is new. `covers` are the paths that were looked at; None for all."""

    identities: frozenset[Identity]
    harmless: bool
    covers: frozenset[str] | None = None

    def removes(self, draft: Draft) -> bool:
        seen = self.covers is None or self.covers.issuperset(draft.paths)
        return self.harmless and seen and draft.identity not in self.identities


class Mender:
    """Tries scenarios on one state of a cluster. Findings with the same scenario share the try.

    In a large cluster not every scenario can be tried; findings beyond that get a remedy in words only.
    """

    def __init__(self, at: Audited, look: Look, drafts: Sequence[Draft]) -> None:
        self._at = at
        self._look = look
        self._errors = _errors(drafts)
        self._tried: dict[tuple[str, bool], _Tried] = {}
        self._previews = _Previews(at.resolution)
        self._work_left = max(_WORK, _FEWEST_TRIES * len(at.paths))

    def edits(self, draft: Draft) -> Sequence[Edit]:
        """The first scenario that removes the finding; none where none of those in question does."""
        return next((edits for edits in self._candidates(draft) if self._removes(edits, draft)), ())

    def _candidates(self, draft: Draft) -> Iterator[Sequence[Edit]]:
        yield from draft.candidates
        if draft.through and self._work_left > 0:
            edits = way_through(self._at.resolution, draft.paths, self._step)
            if edits:
                yield edits

    def _step(self, edits: Sequence[Edit]) -> Preview:
        """A step on the way to a waypoint: fewer paths are looked at than in a try, by a half about."""
        if not self._previews.has(edits):
            self._work_left -= len(self._at.paths) // 2
        return self._previews.of(edits)

    def _removes(self, edits: Sequence[Edit], draft: Draft) -> bool:
        light = _is_light(edits, draft)
        key = (json.dumps(to_data(edits)), light)
        found = self._tried.get(key)
        if found is None:
            if self._work_left <= 0:
                return False
            self._work_left -= len(self._at.paths) // (_LIGHT if light else 1) + 1
            found = self._tried[key] = self._try(edits, light=light)
        return found.removes(draft)

    def _try(self, edits: Sequence[Edit], *, light: bool) -> _Tried:
        at = self._at
        seen = self._previews.of(edits)
        if seen.problems or not seen.changed:
            return _Tried(frozenset(), harmless=False)
        covers: frozenset[str] | None = None
        view: PolicyView | None = None
        after = seen.after
        if light:
            # Nothing is bound otherwise, so that policies act where they did, and no other path changes.
            paths = [path for ref in sorted(seen.changed) for path in _paths_to(at, after, ref)]
            covers = frozenset(path.id for path in paths)
            view = at.view
            after = dataclasses.replace(after, paths=paths)
        drafts = [*self._look(Audited(after, at.policies, at.expectations, view, quiet=True), light)]
        identities = frozenset(draft.identity for draft in drafts)
        return _Tried(identities, _errors(drafts) <= self._errors, covers)


def _paths_to(at: Audited, after: Resolution, service: ObjectRef) -> Sequence[Path]:
    ids = {path.id for path in at.by_service.get(service, ())}
    positions = [
        place
        for key in at.resolution.by_target.get(service, ())
        for place in at.resolution.positions.get(key, ())
    ]
    return [path for place in sorted(positions) if (path := after.paths[place]).id in ids]


def _is_light(edits: Sequence[Edit], draft: Draft) -> bool:
    """Whether `edits` change nothing but whether ingress traffic to Services uses the waypoint, and the finding is of paths."""
    return draft.code in PATH_CODES and all(
        isinstance(edit, LabelEdit)
        and edit.kind in ("service", "serviceentry")
        and {*edit.set, *edit.unset} == {INGRESS_USE_WAYPOINT}
        for edit in edits
    )


PATH_CODES = frozenset(
    {
        "policy-bypassed",
        "policy-doubled",
        "label-without-effect",
        "black-hole",
        "no-endpoints",
        "invalid-backend",
        "status-disagrees",
        "gateway-not-captured",
        "mixed-gateway-pods",
        "must-traverse",
        "must-not-traverse",
    }
)
"""Codes whose findings of a path depend on no other path."""


def _errors(drafts: Iterable[Draft]) -> frozenset[tuple[object, ...]]:
    """The errors, path by path."""
    return frozenset(
        (draft.code, draft.objects[0], path)
        for draft in drafts
        if draft.severity is Severity.ERROR
        for path in draft.paths or ("",)
    )


class _Previews:
    """Scenarios of one state, of which the last few are kept: a try often follows the way to it."""

    def __init__(self, before: Resolution) -> None:
        self._before = before
        self._kept: dict[str, Preview] = {}

    def has(self, edits: Sequence[Edit]) -> bool:
        return json.dumps(to_data(edits)) in self._kept

    def of(self, edits: Sequence[Edit]) -> Preview:
        key = json.dumps(to_data(edits))
        found = self._kept.pop(key, None) or preview(self._before, edits)
        self._kept[key] = found
        if len(self._kept) > _KEPT:
            del self._kept[next(iter(self._kept))]
        return found


def way_through(
    before: Resolution, paths: Sequence[str], look: Callable[[Sequence[Edit]], Preview] | None = None
) -> Sequence[Edit]:
    """The edits that open the gates before `paths` one after the other; none where a gate has no edit that opens it.

    `look` shows the state after edits; a caller that has some of them may keep them.
    """
    edits: list[Edit] = []
    after = before
    for _ in range(_ROUNDS):
        first = next((after.by_id[one] for one in paths if not passes_waypoint(after.by_id[one])), None)
        if first is None:
            return tuple(edits)
        step = next(
            (
                step
                for step in after.steps(first)
                if step.gate == first.outcome.decided_by and step.finding.stops
            ),
            None,
        )
        more = [edit for edit in step.finding.edits if edit not in edits] if step is not None else []
        if not more:
            return ()
        edits += more
        seen = look(edits) if look is not None else preview(before, edits)
        if seen.problems:
            return ()
        after = seen.after
    return ()
