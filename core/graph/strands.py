"""The lines of a picture that counts: from the clients to the gateways, and from these to the rows by verdict."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from core.gates import Verdict
from core.graph.groups import Group
from core.graph.words import MEANINGS, TITLE, WORDS, Graph, told
from core.text import printable

_MAX_STRANDS, _MAX_IN_ROW = 600, 8
"""Lines that are drawn in all and to a row; of more, one stands for all verdicts between two nodes."""
_APART, _SPREAD = 7.0, 30.0
"""How far lines to the same row are apart, and how much of its height all of them take."""
_THIN, _THICK = 1.4, 3.0


def add_edges(graph: Graph, groups: Sequence[Group], buses: Mapping[str, float], *, difference: bool) -> None:
    """Draw `groups` between the nodes of `graph`; `buses` tells where the line down from each gateway is."""
    lines = _Strands(graph, groups, buses, difference=difference)
    for source, own in _by(groups, lambda group: group.source.id).items():
        graph.add_edge("client", source, **lines.trunk(source, own))
    by_row = _by(groups, lambda group: group.unit.id)
    for row, members in by_row.items():
        strands = lines.of_row(members)
        for source, drawn in strands.items():
            pair = (source, row)
            mine = [group for group in members if group.source.id == source]
            graph.add_edge(*pair, **lines.trunk(row, mine), strands=drawn)


def numbers(groups: Iterable[Group], *, now: bool) -> Counter[Verdict]:
    """The paths of `groups` by verdict, as it is after or as it was before."""
    found: Counter[Verdict] = Counter()
    for group in groups:
        found[group.verdict] += len(group.now if now else group.was)
    return found


class _Strands:
    def __init__(
        self, graph: Graph, groups: Sequence[Group], buses: Mapping[str, float], *, difference: bool
    ) -> None:
        self.graph = graph
        self.buses = buses
        self.difference = difference
        in_row = [len(own) for own in _by(groups, lambda group: group.unit.id).values()]
        self.merged = max(in_row, default=0) > _MAX_IN_ROW or len(groups) > _MAX_STRANDS
        pairs = _by(groups, lambda group: (group.source.id, group.unit.id)).values()
        bundles = list(pairs) if self.merged else [[group] for group in groups]
        self.most = max(map(_size, bundles), default=1)

    def trunk(self, end: str, groups: Sequence[Group]) -> dict[str, Any]:
        verdicts = [str(one) for one in Verdict if any(group.verdict is one for group in groups)]
        told_of = told(numbers(groups, now=True))
        return {
            "verdict": verdicts[0] if len(verdicts) == 1 else "",
            "verdicts": verdicts,
            "path_ids": [group.id for group in groups],
            "share": "",
            "weight": "",
            "label": "",
            "title": printable(f"{self._named(end)}, {told_of}", TITLE),
            "via": (),
            "label_x": 0.0,
            "label_y": 0.0,
            "change": "same" if self.difference else "",
            "now": {},
            "was": {},
        }

    def of_row(self, groups: Sequence[Group]) -> Mapping[str, Sequence[dict[str, Any]]]:
        """Gateway → the lines from it to a row: one a verdict, or one of the verdict that most paths have."""
        together = _by(groups, lambda group: group.source.id)
        bundles = list(together.values()) if self.merged else [[group] for group in groups]
        middle = (len(bundles) - 1) / 2
        apart = min(_APART, _SPREAD / max(len(bundles) - 1, 1))
        found: dict[str, list[dict[str, Any]]] = {}
        for number, bundle in enumerate(bundles):
            first = max(bundle, key=lambda group: len(group.now))
            source = first.source.id
            line = {
                **self._strand((source, first.unit.id), first, bundle),
                "thickness": _thickness(_size(bundle), self.most),
                "offset": round((number - middle) * apart, 2),
                "bus": self.buses[source],
            }
            found.setdefault(source, []).append(line)
        return found

    def _strand(self, pair: tuple[str, str], group: Group, groups: Sequence[Group]) -> dict[str, Any]:
        verdict = group.verdict
        said = told(numbers(groups, now=bool(group.now)))
        if self.difference and group.moved:
            said = f"{len(group.was):,} → {len(group.now):,} paths {WORDS[verdict]}"
        meaning = f": {MEANINGS[verdict]}" if len(groups) == 1 else ""
        start = self.graph.nodes[pair[0]]
        return {
            **self.trunk(pair[1], groups),
            "verdict": str(verdict),
            "title": printable(
                f"{start['ref'] or start['label']} → {self._named(pair[1])}, {said}{meaning}", TITLE
            ),
            "change": group.change(difference=self.difference),
            "now": {} if group.now else None,
            "was": {} if group.was else None,
        }

    def _named(self, name: str) -> str:
        node = self.graph.nodes[name]
        return str(
            node["ref"] or (f"Namespace/{node['namespace']}" if node["kind"] == "group" else node["label"])
        )


def _size(groups: Iterable[Group]) -> int:
    """How many paths a line stands for, in the state that has more of them."""
    members = list(groups)
    return max(sum(len(group.now) for group in members), sum(len(group.was) for group in members))


def _thickness(number: int, most: int) -> float:
    return round(_THIN + (_THICK - _THIN) * math.sqrt(number / max(most, 1)), 2)


K = TypeVar("K")


def _by(groups: Iterable[Group], key: Callable[[Group], K]) -> dict[K, list[Group]]:
    found: dict[K, list[Group]] = {}
    for group in groups:
        found.setdefault(key(group), []).append(group)
    return found
