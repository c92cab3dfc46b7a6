"""A plan replayed command by command: what is worse on the way than both before it and after it.

A path is worse where its traffic fails after some command though it is delivered at both ends, and where it does not meet
a policy that it meets at the end: one that it meets at the beginning too, or that acts on its backend by then already.
"""

from collections.abc import Iterable, Iterator, Sequence

from core import labels as names
from core.edits import Edit, LabelEdit
from core.gates import Verdict
from core.model import ObjectRef, Row
from core.paths import Path, Resolution
from core.policies.view import PathPolicies, PolicyView
from core.policy_model import Policies
from core.whatif import preview

_FAILS = frozenset({Verdict.BLACKHOLE, Verdict.NO_ENDPOINTS, Verdict.INVALID})


class Break(Row):
    """What is worse after the edits at `position` than at both ends.

    `failing` are the paths whose traffic fails then, `bypassed` pairs of a path's id and a policy that it does not meet.
    """

    position: int
    failing: Sequence[str] = ()
    bypassed: Sequence[tuple[str, ObjectRef]] = ()


class State:
    """A state on the way, and what its paths meet."""

    def __init__(self, resolution: Resolution, view: PolicyView) -> None:
        self.resolution = resolution
        self.view = view
        self._policies: dict[str, PathPolicies] = {}

    def path(self, id_: str) -> Path | None:
        """The path of that id; None where this state does not have it."""
        return self.resolution.by_id.get(id_)

    def policies(self, path: Path | None) -> PathPolicies:
        """What `path`, a path of this state, meets and goes past; without one nothing."""
        if path is None:
            return PathPolicies()
        found = self._policies.get(path.id)
        if found is None:
            found = self._policies[path.id] = self.view.of(path)
        return found

    def after(self, edits: Sequence[Edit]) -> "State":
        """The state after `edits`; the same one where they change nothing."""
        seen = preview(self.resolution, edits)
        if not seen.changed:
            return self
        policies = self.view.policies
        # Whether ingress traffic uses a waypoint decides of no policy where it acts.
        view = self.view if all(map(_is_ingress_only, edits)) else PolicyView(seen.after, policies)
        return State(seen.after, view)


def _is_ingress_only(edit: Edit) -> bool:
    return isinstance(edit, LabelEdit) and {*edit.set, *edit.unset} == {names.INGRESS_USE_WAYPOINT}


class Replay:
    """The way from a state to the one after `steps`, whatever their order."""

    def __init__(self, before: Resolution, policies: Policies, steps: Iterable[Sequence[Edit]]) -> None:
        self.first = State(before, PolicyView(before, policies))
        self.last = self.first.after([edit for edits in steps for edit in edits])

    def worse(self, state: State, position: int = 0) -> Break | None:
        """What is worse in `state` than at both ends; None where nothing is."""
        paths = [path for path in state.resolution.paths if self._is_between(path)]
        failing = tuple(path.id for path in paths if _fails(path) and not self._fails_at_an_end(path.id))
        bypassed = tuple(self._bypassed(state))
        return Break(position=position, failing=failing, bypassed=bypassed) if failing or bypassed else None

    def _is_between(self, path: Path) -> bool:
        return all(end.path(path.id) is not path for end in (self.first, self.last))

    def _fails_at_an_end(self, path: str) -> bool:
        ends = (end.path(path) for end in (self.first, self.last))
        return any(one is not None and _fails(one) for one in ends)

    def _bypassed(self, state: State) -> Iterator[tuple[str, ObjectRef]]:
        same_views = state.view is self.first.view is self.last.view
        for path in state.resolution.paths:
            if same_views and not self._is_between(path):
                continue
            found = self._unmet(state, path)
            yield from ((path.id, policy) for policy in sorted(found))

    def _unmet(self, state: State, path: Path) -> frozenset[ObjectRef]:
        """The policies that `path` meets at the end and not in `state`, though it did so before, or could by now."""
        if _fails(path):
            return frozenset()
        last = self.last.policies(self.last.path(path.id)).enforced
        if not last:
            return frozenset()
        first, now = self.first.policies(self.first.path(path.id)), state.policies(path)
        newly = frozenset(now.bypassed) - frozenset(first.bypassed)
        return ((frozenset(first.enforced) - frozenset(now.enforced)) | newly) & frozenset(last)


def replay(before: Resolution, policies: Policies, steps: Sequence[Sequence[Edit]]) -> Sequence[Break]:
    """The states on the way that are worse than both ends, in their order.

    Args:
        before: The paths before the first step.
        policies: The policies of the source.
        steps: The edits of one command each.
    """
    way = Replay(before, policies, steps)
    state = way.first
    found = []
    for position, edits in enumerate(steps[:-1]):
        after = state.after(edits)
        if after is not state and (worse := way.worse(after, position)) is not None:
            found.append(worse)
        state = after
    return tuple(found)


def _fails(path: Path) -> bool:
    outcome = path.outcome
    verdicts = [one.verdict for one in outcome.shares] or [outcome.verdict]
    return any(verdict in _FAILS for verdict in verdicts)
