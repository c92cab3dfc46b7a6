"""What a picture is made of before anything has a place: nodes, edges and rows, with the paths that use them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.gates import Verdict
from core.graph.words import NODE_HEIGHT
from core.model import Key, ObjectRef
from core.paths import Path

AFTER, BEFORE = 0, 1


@dataclass(slots=True)
class Uses:
    """The paths that use a node or an edge: id → verdict, as it is after and as it was before."""

    after: dict[str, Verdict] = field(default_factory=dict)
    before: dict[str, Verdict] = field(default_factory=dict)
    shares: dict[str, None] = field(default_factory=dict)
    """The share labels, in order, without duplicates."""

    def add(self, path: Path, verdict: Verdict, time: int) -> None:
        (self.after if time == AFTER else self.before)[path.id] = verdict

    @property
    def now(self) -> Mapping[str, Verdict]:
        """What counts for its looks: after, and before only for what is no more."""
        return self.after or self.before

    @property
    def ids(self) -> list[str]:
        return list(dict.fromkeys([*self.after, *self.before]))

    @property
    def verdicts(self) -> list[str]:
        """The distinct verdicts, in the order of their definition."""
        present = set(self.now.values())
        return [str(verdict) for verdict in Verdict if verdict in present]

    def change(self, *, difference: bool) -> str:
        if not difference:
            return ""
        if bool(self.after) is bool(self.before):
            return "same"
        return "arriving" if self.after else "leaving"


@dataclass(slots=True)
class Badge:
    """The policies that act at a node: their number, `enforced`, `bypassed` or `doubled`, and a sentence."""

    count: int
    state: str
    title: str


@dataclass(slots=True)
class Node:
    """A node, with its place once it has one."""

    lane: str
    kind: str
    label: str
    title: str = ""
    detail: str = ""
    namespace: str = ""
    ref: str = ""
    state: str = ""
    uses: Uses = field(default_factory=Uses)
    badge: Badge | None = None
    only_before: bool = False
    """It is there to tell what was, and says nothing of what changes."""
    twice_passed: bool = False
    """Endpoints that both the service and ztunnel lead to past the waypoint."""
    row: float = 0
    y: float = 0
    height: float = NODE_HEIGHT


@dataclass(slots=True)
class ServiceRow:
    """A service with what is drawn right of it."""

    ref: ObjectRef
    node: str
    after: list[Path] = field(default_factory=list)
    before: list[Path] = field(default_factory=list)
    roles: dict[Key, set[Verdict]] = field(default_factory=dict)
    """Waypoint → the verdicts with which traffic meets it."""
    unused: set[Key] = field(default_factory=set)
    """The waypoints that the service names, or named, and that nothing reaches."""
    y: float = 0

    @property
    def paths(self) -> list[Path]:
        return [*self.after, *self.before]

    @property
    def shown(self) -> list[Path]:
        """The paths that count for its looks."""
        return self.after or self.before
