"""What is to be seen: the paths of a desk's source today and with its edits, as far as the filters let them through."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from core import diff, plan
from core.edits import Edit
from core.explain import Explainer
from core.gates import Verdict
from core.model import Key, ObjectRef, Problem
from core.paths import Path, Resolution
from core.policies.view import PathPolicies, PolicyView
from core.policy_model import Policies
from core.safe_plan import safe_plan
from core.sources import MissingRight, SourceInfo
from core.whatif import Preview
from dashboard.desk import Desk, Filters, Mode
from dashboard.mirrors import Edition
from dashboard.wanted import Wanted

SEVERITY = (
    Verdict.BLACKHOLE,
    Verdict.NO_ENDPOINTS,
    Verdict.INVALID,
    Verdict.SPLIT,
    Verdict.DIRECT,
    Verdict.VIP_DIRECT,
    Verdict.WORKLOAD_WAYPOINT,
    Verdict.WAYPOINT,
)
"""Verdicts, the worst first."""
PASSING_EDITS, PASSING_PATHS = 30, 30_000
"""Edits, and edits times paths, up to which every page works out the plan: some 30 ms."""


@dataclass(frozen=True)
class Base:
    """A source with its paths as they are today. `name` is what people call it.

    `lines` has the line of each document, by the `where` of its rows. `edition` tells the states of a live cluster apart, and
    `missing` are the rights that it did not give.
    """

    name: str
    info: SourceInfo
    problems: Sequence[Problem]
    explainer: Explainer
    read_at: datetime
    policies: Policies = field(default_factory=Policies)
    lines: Mapping[str, int] = field(default_factory=dict)
    expects: Sequence[Wanted] = ()
    edition: Edition | None = None
    missing: Sequence[MissingRight] = ()

    @property
    def resolution(self) -> Resolution:
        return self.explainer.resolution

    @cached_property
    def view(self) -> PolicyView:
        """What each policy acts on today."""
        return PolicyView(self.resolution, self.policies)


class Shown:
    """A base and a scenario: the paths before and after, explained and compared."""

    def __init__(self, base: Base, preview: Preview, edits: Sequence[Edit]) -> None:
        self.base = base
        self.edits = tuple(edits)
        self.before = base.explainer
        self.after = base.explainer if preview.after is preview.before else Explainer(preview.after)
        self.problems = preview.problems

    @cached_property
    def difference(self) -> diff.Diff:
        return diff.compare(self.before.resolution, self.after.resolution)

    @cached_property
    def changed(self) -> frozenset[str]:
        """The ids of the paths whose traffic goes elsewhere."""
        return frozenset(change.id for change in self.difference.changes)

    @cached_property
    def view_before(self) -> PolicyView:
        """What each policy acts on today."""
        return self.base.view

    @cached_property
    def view_after(self) -> PolicyView:
        """What each policy acts on with the edits."""
        if self.after is self.before:
            return self.base.view
        return PolicyView(self.after.resolution, self.base.policies)

    @cached_property
    def met_before(self) -> Mapping[str, PathPolicies]:
        """Path id → its policies today."""
        return {path.id: self.view_before.of(path) for path in self.before.resolution.paths}

    @cached_property
    def met_after(self) -> Mapping[str, PathPolicies]:
        """Path id → its policies with the edits."""
        if self.after is self.before:
            return self.met_before
        return {path.id: self.view_after.of(path) for path in self.after.resolution.paths}

    @cached_property
    def steps(self) -> plan.Plan | None:
        """The scenario as commands in their order, None without one."""
        found = self.before.resolution
        return safe_plan(found, self.base.policies, self.edits) if self.edits else None

    @property
    def plans_at_once(self) -> bool:
        """Whether the plan is small enough to be worked out in passing: its order is tried on all paths."""
        edits = len(self.edits)
        return edits <= PASSING_EDITS and edits * len(self.before.resolution.paths) <= PASSING_PATHS

    @cached_property
    def plan(self) -> str:
        """The scenario as commands, empty without one."""
        return plan.render(self.steps) if self.steps else ""

    @cached_property
    def pairs(self) -> Sequence["Pair"]:
        """All paths, today's and those after, in their order."""
        if self.after is self.before:
            return [Pair(path, path) for path in self.before.resolution.paths]
        befores, afters = self.before.resolution.by_id, self.after.resolution.by_id
        merged = [*befores, *(one for one in afters if one not in befores)]
        if len(merged) > len(befores):
            merged.sort()
        return [Pair(befores.get(one), afters.get(one)) for one in merged]


@dataclass(frozen=True, slots=True)
class Pair:
    """A path today and with the edits; None where that state does not have it."""

    before: Path | None
    after: Path | None

    @property
    def any(self) -> Path:
        """The path after, else before: what doesn't change is in both."""
        found = self.after or self.before
        assert found is not None
        return found

    @property
    def id(self) -> str:
        return self.any.id

    def at(self, mode: Mode) -> Path | None:
        """The path in the state that `mode` shows; for a difference the one after."""
        return self.before if mode is Mode.TODAY else self.after

    def states(self, mode: Mode) -> Sequence[Path]:
        """The path in each state that `mode` shows."""
        wanted = (self.before, self.after) if mode is Mode.DIFFERENCE else (self.at(mode),)
        return [path for path in wanted if path is not None]


class Sight:
    """What a page shows of a desk."""

    def __init__(self, desk: Desk, shown: Shown) -> None:
        self.desk = desk
        self.mode = desk.mode
        self.shown = shown

    @property
    def base(self) -> Base:
        return self.shown.base

    @property
    def explainer(self) -> Explainer:
        """Explains the state that is shown; for a difference the one after."""
        return self.shown.before if self.mode is Mode.TODAY else self.shown.after

    @cached_property
    def everything(self) -> Sequence[Pair]:
        """The paths that the mode shows, unfiltered."""
        return [pair for pair in self.shown.pairs if pair.states(self.mode)]

    @cached_property
    def pairs(self) -> Sequence[Pair]:
        """The paths that the filters let through."""
        filters = self.desk.filters
        if not filters:
            return self.everything
        return [pair for pair in self.everything if passes(pair, filters, self.mode)]

    @cached_property
    def by_id(self) -> Mapping[str, Pair]:
        return {pair.id: pair for pair in self.pairs}

    def verdict(self, pair: Pair) -> Verdict | None:
        """The verdict in the state that is shown, None where that state does not have the path."""
        path = pair.at(self.mode)
        return None if path is None else path.outcome.verdict

    @property
    def view(self) -> PolicyView:
        """The policies of the state that is shown; for a difference of the one after."""
        return self.shown.view_before if self.mode is Mode.TODAY else self.shown.view_after

    def bypassed(self, paths: Iterable[Path], explainer: Explainer | None = None) -> int:
        """How many of `paths` deliver past a waypoint that is in effect."""
        by = explainer or self.explainer
        return sum(by.bypassed(path) is not None for path in paths)


def passes(pair: Pair, filters: Filters, mode: Mode) -> bool:
    """Whether the filters let a path through; the verdict counts in each state that `mode` shows."""
    path = pair.any
    if filters.namespaces and path.service_ref.namespace not in filters.namespaces:
        return False
    if filters.gateways and "/".join(path.gateway) not in filters.gateways:
        return False
    if filters.services and str(path.service_ref) not in filters.services:
        return False
    if filters.routes and f"{path.route_ref}:{path.rule}" not in filters.routes:
        return False
    if filters.planes and path.plane not in filters.planes:
        return False
    if filters.verdicts and not any(one.outcome.verdict in filters.verdicts for one in pair.states(mode)):
        return False
    if filters.text:
        words = filters.text.lower().split()
        text = searchable(pair).lower()
        return all(word in text for word in words)
    return True


def searchable(pair: Pair) -> str:
    """What free text is looked for in."""
    path = pair.any
    outcomes = [one.outcome for one in (pair.before, pair.after) if one is not None]
    keys = [
        key
        for outcome in outcomes
        for key in (outcome.waypoint, *(share.waypoint for share in outcome.shares))
        if key is not None
    ]
    waypoints = [slashed(key) for key in keys]
    verdicts = [outcome.verdict for outcome in outcomes]
    return " ".join([path.id, str(path.service_ref), path.plane, *path.hostnames, *waypoints, *verdicts])


def counts(paths: Iterable[Path]) -> Counter[Verdict]:
    return Counter(path.outcome.verdict for path in paths)


def worst_first(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """The distinct verdicts, the worst first."""
    present = set(verdicts)
    return [verdict for verdict in SEVERITY if verdict in present]


def by_service(pairs: Iterable[Pair]) -> Mapping[ObjectRef, Sequence[Pair]]:
    """Service → the paths to it, sorted by namespace and name."""
    found: dict[ObjectRef, list[Pair]] = {}
    for pair in pairs:
        found.setdefault(pair.any.service_ref, []).append(pair)
    return dict(sorted(found.items(), key=lambda item: (item[0].namespace, item[0].name, item[0].kind)))


def slashed(key: Key) -> str:
    return f"{key[0]}/{key[1]}"
