"""A plan whose order was tried: no path is worse on the way than at both ends, or the plan says where one is."""

from collections.abc import Sequence

from core.cluster import replace
from core.edits import Edit
from core.paths import Resolution
from core.plan import Command, Plan, plan
from core.policy_model import Policies
from core.replay import Break, Replay, State, replay
from core.whatif import preview

_WORK = 2_000_000
"""Paths looked at, all states together, for one direction of a plan."""
_LONGEST = 200
"""Commands for whose order is searched; of longer plans only the usual order is tried."""

_Unit = tuple[Command, ...]
"""A command that changes something, with the rollouts that belong to it."""


def safe_plan(before: Resolution, policies: Policies, edits: Sequence[Edit]) -> Plan:
    """The plan for `edits`, replayed in both directions against the paths and `policies` of the source.

    Where the usual order lets a path fail or go past a policy on the way, another order is searched. Where none is
    found, a note says after which command it happens; it says so too where the plan is too long to be replayed.
    """
    found = plan(before.cluster, edits)
    after = preview(before, edits).after
    do, noted = _ordered(before, policies, found.do)
    undo, undo_noted = _ordered(after, policies, found.undo)
    notes = [*noted, *(f"On the way back: {note[:1].lower()}{note[1:]}" for note in undo_noted)]
    return replace(found, do=do, undo=undo, notes=(*found.notes, *notes))


def _ordered(
    start: Resolution, policies: Policies, commands: Sequence[Command]
) -> tuple[Sequence[Command], Sequence[str]]:
    units = _units(commands)
    steps = [_edits(unit) for unit in units]
    if len(units) < 2:
        return commands, ()
    if len(units) * len(start.paths) > _WORK:
        return commands, (f"{len(units)} commands on {len(start.paths)} paths were not replayed: too many.",)
    worse = replay(start, policies, steps)
    if not worse:
        return commands, ()
    order = _Search(Replay(start, policies, steps), units).order() if len(units) <= _LONGEST else None
    if order is None:
        return commands, (_sentence(worse[0], units),)
    return [command for unit in order for command in unit], ()


def _units(commands: Sequence[Command]) -> Sequence[_Unit]:
    """Commands that change nothing stay with the one before them; the first ones with the one after."""
    units: list[list[Command]] = []
    for command in commands:
        if units and not (command.edits and _edits(units[-1])):
            units[-1].append(command)
        else:
            units.append([command])
    return [tuple(unit) for unit in units]


def _edits(commands: Sequence[Command]) -> Sequence[Edit]:
    return tuple(edit for command in commands for edit in command.edits)


class _Search:
    """Depth first through the orders of the commands, the usual one first, each set of them seen once."""

    def __init__(self, way: Replay, units: Sequence[_Unit]) -> None:
        self._way = way
        self._units = units
        self._dead: set[frozenset[int]] = set()
        self._left = max(_WORK // max(len(way.first.resolution.paths), 1), len(units))

    def order(self) -> Sequence[_Unit] | None:
        """An order without a state that is worse than both ends; None where none was found."""
        found = self._from(self._way.first, frozenset())
        return None if found is None else [self._units[number] for number in found]

    def _from(self, state: State, done: frozenset[int]) -> Sequence[int] | None:
        left = [number for number in range(len(self._units)) if number not in done]
        if len(left) == 1:
            return left
        for number in left:
            now = done | {number}
            if now in self._dead or self._left <= 0:
                continue
            self._dead.add(now)
            self._left -= 1
            after = state.after(_edits(self._units[number]))
            if self._way.worse(after) is None:
                rest = self._from(after, now)
                if rest is not None:
                    return [number, *rest]
        return None


def _sentence(worse: Break, units: Sequence[_Unit]) -> str:
    command = next(one for one in units[worse.position] if one.edits)
    after = f"`{command.text}`" if command.text else f'"{command.comment}"'
    told = []
    if worse.failing:
        told.append(f"{_paths(len(worse.failing))} can't deliver")
    if worse.bypassed:
        policies = list(dict.fromkeys(str(policy) for _, policy in worse.bypassed))
        more = f" and {len(policies) - 3} more" if len(policies) > 3 else ""
        paths = len({path for path, _ in worse.bypassed})
        told.append(f"{_paths(paths)} {'goes' if paths == 1 else 'go'} past {', '.join(policies[:3])}{more}")
    return f"No order of these commands without a gap was found: after {after} {' and '.join(told)}, until the rest is done."


def _paths(count: int) -> str:
    return f"{count} path" if count == 1 else f"{count} paths"
