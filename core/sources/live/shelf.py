"""The objects of one kind, of one list: read as they come, kept by name, changed one by one."""

from collections.abc import Sequence
from typing import Any

import msgspec

from core import wire
from core.faults import UNREADABLE
from core.kinds import KINDS
from core.manifests import Reading
from core.model import Object, Problem, Row
from core.sources.live.wanted import Wanted

Name = tuple[str, str]
"""(namespace, name)"""


class _Named(wire.Wire):
    namespace: str | None = None
    name: str | None = None
    resource_version: str | None = None


class _Nameable(wire.Wire):
    metadata: _Named | None = None


_NAME = msgspec.json.Decoder(_Nameable)


class Moved(Row):
    """An object that became another: `what` is `added`, `changed` or `removed`."""

    what: str
    name: Name


class Shelf:
    """The objects of `wanted` in one namespace, or in all of them; `keeps` is that of a `Reading`."""

    def __init__(self, where: str, wanted: Wanted, version: str, *, keeps: bool = False) -> None:
        self.wanted = wanted
        self.reading = Reading(keeps=keeps)
        self._where = where
        self._kind = KINDS[wanted.group, wanted.kind]
        self._head = wire.Head(wanted.api_version(version), wanted.kind)
        self._troubles: dict[Name, list[Problem]] = {}

    def __len__(self) -> int:
        return max(map(len, self.reading.tables.values()), default=0)

    def fill(self, items: Sequence[Any]) -> None:
        """Read the objects of a page: texts, or what was made of them as `Kind.wire`."""
        reading, head, where = self.reading, self._head, self._where
        problems, kind = reading.problems, self._kind
        for item in items:
            before = len(problems)
            if isinstance(item, wire.Thing):
                reading.thing(where, item, kind, head)
            else:
                reading.item(where, item, head)
            if len(problems) > before:
                self._troubles[name_of(item)] = problems[before:]
                del problems[before:]

    def put(self, item: Any) -> Moved | None:
        """Read an object that came or changed; None where that makes no difference to a row."""
        name = name_of(item)
        before, troubles = self.rows(name), self._troubles.pop(name, None)
        self.reading.forget(*name)
        self.fill([item])
        after = self.rows(name)
        if before == after and troubles == self._troubles.get(name):
            return None
        what = "changed" if before else "added"
        return Moved(what=what if after or not before else "removed", name=name)

    def take(self, item: Any) -> Moved | None:
        """Drop an object that went."""
        name = name_of(item)
        before = self.rows(name)
        self.reading.forget(*name)
        self._troubles.pop(name, None)
        return Moved(what="removed", name=name) if before else None

    def compared(self, later: "Shelf") -> Sequence[Moved]:
        """What is different in `later`, a newer list of the same."""
        mine, its = self.names(), later.names()
        gone = [Moved(what="removed", name=name) for name in sorted(mine - its)]
        came = [Moved(what="added", name=name) for name in sorted(its - mine)]
        changed = [
            Moved(what="changed", name=name)
            for name in sorted(mine & its)
            if self.rows(name) != later.rows(name)
        ]
        return [*gone, *came, *changed]

    def problems(self) -> Sequence[Problem]:
        """What could not be used of the objects that are there now."""
        return [problem for found in self._troubles.values() for problem in found]

    def whole(self) -> Reading:
        """The rows with their problems."""
        found = Reading()
        found.tables, found.kept = self.reading.tables, self.reading.kept
        found.problems = [*self.reading.problems, *self.problems()]
        return found

    def rows(self, name: Name) -> Sequence[Object]:
        """The rows of an object."""
        return self.reading.rows_of(*name)

    def names(self) -> set[Name]:
        """The objects that have rows."""
        return {key[1:] for table in self.reading.tables.values() for key in table}


def name_of(item: Any) -> Name:
    """(namespace, name) of an object's text; empty where it has none."""
    meta = _metadata(item)
    return (meta.namespace or "", meta.name or "")


def version_of(item: Any) -> str:
    """The resourceVersion of an object's text; empty where it has none."""
    return _metadata(item).resource_version or ""


def _metadata(item: Any) -> _Named:
    if isinstance(item, wire.Thing):
        meta = item.metadata or wire.Metadata()
        return _Named(namespace=meta.namespace, name=meta.name)
    try:
        return _NAME.decode(item).metadata or _Named()
    except UNREADABLE:
        return _Named()
