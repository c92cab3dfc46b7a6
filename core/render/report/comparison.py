"""What a report is about: the paths, and those before a scenario."""

from collections.abc import Iterator, Mapping, Sequence

from core import diff
from core.edits import Edit
from core.explain import Explainer
from core.gates import Verdict
from core.paths import DecisionKey, Path
from core.policies.view import PolicyView

MAX_EXPLAINED = 600
"""The most decisions whose gates are listed."""

_WORST_FIRST = (
    Verdict.BLACKHOLE,
    Verdict.NO_ENDPOINTS,
    Verdict.INVALID,
    Verdict.SPLIT,
    Verdict.DIRECT,
    Verdict.VIP_DIRECT,
    Verdict.WORKLOAD_WAYPOINT,
    Verdict.WAYPOINT,
)


class Comparison:
    """The paths of a report: `now`, and with something to compare `old`, `gone` and the ids of the `changed`.

    `explained` names the place where the gates of a decision are listed. `view` and `view_before` are the policies of `now`
    and `old`, None where none were given.
    """

    def __init__(
        self,
        after: Explainer,
        before: Explainer | None,
        edits: Sequence[Edit],
        *,
        view: PolicyView | None = None,
        view_before: PolicyView | None = None,
    ) -> None:
        self.after = after
        self.before = before
        self.edits = edits
        self.view = view
        self.view_before = view_before
        self.now = after.resolution.paths
        self.old: Mapping[str, Path] = {} if before is None else before.resolution.by_id
        self.diff = None if before is None else diff.compare(before.resolution, after.resolution)
        self.changed = frozenset(one.id for one in self.diff.changes) if self.diff else frozenset()
        self.gone = [path for path in self.old.values() if path.id not in after.resolution.by_id]
        self.explained = self._explained()

    def _explained(self) -> Mapping[DecisionKey, str]:
        """Decision → the name of the place where its gates are: those of paths that change, then the worst."""
        every = [*self.now, *self.gone]
        ordered = sorted(
            every, key=lambda path: (path.id not in self.changed, _WORST_FIRST.index(path.outcome.verdict))
        )
        chosen = list(dict.fromkeys(path.decision for path in ordered))[:MAX_EXPLAINED]
        return {key: f"g{number}" for number, key in enumerate(chosen, 1)}

    def place(self, path: Path) -> str | None:
        """The name of the place where the gates of `path` are, None where they are not listed."""
        return self.explained.get(path.decision)

    def lead(self) -> Iterator[str]:
        """The sentence that a reader should keep."""
        if self.diff is None or self.before is None:
            yield self.after.summary()
            return
        yield diff.sentence(self.diff)
        yield f"Before: {self.before.summary()}"
        if self.diff.changes:
            yield f"After: {self.after.summary()}"
