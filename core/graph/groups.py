"""Many paths counted: by gateway, by namespace, service or route rule, and by verdict. Linear in the paths."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from core.gates import Verdict
from core.graph import stops
from core.model import Key, ObjectRef, Row
from core.paths import Path

MAX_GATEWAYS = 30
"""Gateways that are told apart; of more, those of a data plane are one."""


class Level(StrEnum):
    """What a row of the picture counts."""

    NAMESPACE = "namespace"
    SERVICE = "service"
    ROUTE = "route"


class Unit(Row):
    """What a row counts: a namespace, a service or a route rule. `id` is that of its node; units sort by name."""

    namespace: str
    name: str
    id: str
    ref: str = ""
    detail: str = ""


class Source(Row):
    """A gateway, or all gateways of a data plane (`gateway` is None)."""

    id: str
    plane: str
    gateway: Key | None = None


@dataclass(slots=True)
class Group:
    """The paths from one source to one unit with one verdict: ids as it is after, and as it was before."""

    source: Source
    unit: Unit
    verdict: Verdict
    now: list[str] = field(default_factory=list)
    was: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        return f"group:{self.source.id}|{self.unit.id}|{self.verdict}"

    @property
    def ids(self) -> Sequence[str]:
        """The ids of its paths, each once."""
        return list(dict.fromkeys([*self.now, *self.was]))

    @property
    def moved(self) -> bool:
        """Whether a path has left it, or come to it."""
        return set(self.now) != set(self.was)

    def change(self, *, difference: bool) -> str:
        if not difference:
            return ""
        if self.now and self.was:
            return "same"
        return "arriving" if self.now else "leaving"


@dataclass(slots=True)
class Groups:
    """All groups of some paths. Every path is in exactly one of them after, and in one before."""

    level: Level
    items: Sequence[Group]
    services: Mapping[str, int]
    """Unit → how many services its paths lead to."""
    sources: Mapping[str, Path]
    """Source → one of its paths."""

    @property
    def units(self) -> Sequence[Unit]:
        """All units, by namespace and name."""
        found = {group.unit.id: group.unit for group in self.items}
        return sorted(found.values(), key=lambda unit: (unit.namespace, unit.name, unit.id))

    @property
    def counts(self) -> Counter[Verdict]:
        """The paths by verdict, as it is after."""
        found: Counter[Verdict] = Counter()
        for group in self.items:
            found[group.verdict] += len(group.now)
        return found


def level_for(paths: Iterable[Path]) -> Level:
    """What is worth telling apart in `paths`: namespaces where there are several, else services, else route rules."""
    refs = {path.service_ref for path in paths}
    if len({ref.namespace for ref in refs}) > 1:
        return Level.NAMESPACE
    return Level.SERVICE if len(refs) > 1 else Level.ROUTE


def grouped(paths: Sequence[Path], before: Mapping[str, Path] | None, level: Level) -> Groups:
    """`paths` counted at `level`.

    Args:
        paths: All paths, as they are after.
        before: For a difference, the same by id as they were.
        level: What a row counts.
    """
    olds = list((before or {}).values())
    everything = [*paths, *olds]
    merged = len({path.gateway_key for path in everything}) > MAX_GATEWAYS
    unit_of = _UNITS[level]
    units: dict[object, Unit] = {}
    sources: dict[object, Source] = {}
    examples: dict[str, Path] = {}
    found: dict[tuple[str, str, Verdict], Group] = {}
    services: dict[str, set[ObjectRef]] = {}

    def group_of(path: Path) -> Group:
        unit_key, make_unit = unit_of(path)
        unit = units.get(unit_key)
        if unit is None:
            unit = units[unit_key] = make_unit()
        source_key = path.plane if merged else path.gateway_key
        source = sources.get(source_key)
        if source is None:
            source = sources[source_key] = _source(path, merged=merged)
            examples[source.id] = path
        services.setdefault(unit.id, set()).add(path.service_ref)
        key = (source.id, unit.id, path.outcome.verdict)
        group = found.get(key)
        if group is None:
            group = found[key] = Group(source, unit, path.outcome.verdict)
        return group

    for path in paths:
        group_of(path).now.append(path.id)
    for path in olds:
        group_of(path).was.append(path.id)
    order = {verdict: number for number, verdict in enumerate(Verdict)}
    items = sorted(
        found.values(),
        key=lambda one: (one.unit.namespace, one.unit.name, one.unit.id, one.source.id, order[one.verdict]),
    )
    numbers = {name: len(refs) for name, refs in services.items()}
    return Groups(level=level, items=items, services=numbers, sources=examples)


Making = tuple[object, Callable[[], Unit]]


def _namespace(path: Path) -> Making:
    name = path.service_ref.namespace
    return name, lambda: Unit(namespace=name, name="", id=f"namespace:{name}")


def _service(path: Path) -> Making:
    ref = path.service_ref
    return ref, lambda: Unit(
        namespace=ref.namespace, name=ref.name, id=stops.service_id(ref), ref=str(ref), detail=ref.kind
    )


def _route(path: Path) -> Making:
    name = stops.route_id(path)
    return name, lambda: Unit(
        namespace=path.route[0],
        name=path.route[1],
        id=name,
        ref=str(path.route_ref),
        detail=f"rule {path.rule}",
    )


_UNITS: Mapping[Level, Callable[[Path], Making]] = {
    Level.NAMESPACE: _namespace,
    Level.SERVICE: _service,
    Level.ROUTE: _route,
}


def _source(path: Path, *, merged: bool) -> Source:
    if merged:
        return Source(id=f"gateways:{path.plane}", plane=path.plane)
    return Source(id=stops.gateway_id(path.gateway_key), plane=path.plane, gateway=path.gateway)
