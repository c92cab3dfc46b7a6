"""What changed in a cluster since one looked: objects, and where ingress traffic goes."""

from collections.abc import Sequence

from msgspec.structs import replace

from core import diff
from core.model import Row
from core.paths import Resolution
from core.sources.live import Change


class Since(Row):
    """`objects` is None where there were too many changes to remember, or the cluster was read anew meanwhile."""

    objects: Sequence[Change] | None = ()
    paths: Sequence[diff.Change] = ()

    def __len__(self) -> int:
        return len(self.objects or ()) + len(self.paths)

    def __bool__(self) -> bool:
        return self.objects is None or len(self) > 0


def net(changes: Sequence[Change]) -> Sequence[Change]:
    """What is left of `changes`, given oldest first: one for each object, the latest last; none that came and went."""
    first: dict[tuple[str, str, str], str] = {}
    last: dict[tuple[str, str, str], Change] = {}
    for one in changes:
        name = (one.kind, one.namespace, one.name)
        first.setdefault(name, one.what)
        last.pop(name, None)
        last[name] = one
    found = []
    for name, one in last.items():
        was_there, is_there = first[name] != "added", one.what != "removed"
        if was_there or is_there:
            what = "changed" if was_there and is_there else "added" if is_there else "removed"
            found.append(replace(one, what=what))
    return found


def since(before: Resolution, now: Resolution, changes: Sequence[Change] | None) -> Since:
    """What is different, from the changes between two states of a cluster."""
    return Since(
        objects=None if changes is None else net(changes),
        paths=diff.compare(before, now).changes if before is not now else (),
    )
