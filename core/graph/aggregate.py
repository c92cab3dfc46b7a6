"""Many paths as one picture: gateways, and a row for each namespace (or service, or route rule) that counts its
paths by verdict.

The rows of one page are drawn; which they are of how many is told. Columns, and what the gateways and the legend count,
are of all paths.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

import networkx as nx

from core.gates import Verdict
from core.graph.buses import buses, places, room_for, stack
from core.graph.content import client_node, gateway_node
from core.graph.groups import Group, Groups, Level, Source, Unit, grouped
from core.graph.parts import Node
from core.graph.placing import extent, place_left, width_for
from core.graph.strands import add_edges, numbers
from core.graph.words import LABEL, TITLE, WORDS, Band, Graph, Lane, band, told
from core.model import Row
from core.paths import Path
from core.text import count, printable

MAX_ROWS = 80
"""The rows of a page."""
ROW_HEIGHT = 40
_PITCH = 46.0
_TALL = 10
"""Rows of which more are not seen at once: then the gateways stand at their top, else in their middle."""
_BAND_HEAD, _BAND_FOOT, _BAND_GAP = 28.0, 4.0, 14.0
_GAP = 34.0

_NOUNS = {Level.NAMESPACE: "namespace", Level.SERVICE: "service", Level.ROUTE: "route rule"}
_TITLES = {Level.NAMESPACE: "Namespace", Level.SERVICE: "Service", Level.ROUTE: "Route rule"}


class Page(Row):
    """Which rows are drawn: `first` to `last` of `total`, on page `number` of `pages`."""

    level: Level
    number: int
    pages: int
    first: int
    last: int
    total: int

    @property
    def note(self) -> str:
        """What is not drawn, in a sentence; empty where all is."""
        if self.pages == 1:
            return ""
        noun = _NOUNS[self.level]
        return f"Drawn are {noun}s {self.first:,} to {self.last:,} of {self.total:,}, by name; the counts are of all."


def aggregate(
    paths: Sequence[Path],
    before: Mapping[str, Path] | None = None,
    *,
    level: Level,
    page: int = 1,
    verdicts: Iterable[Verdict] = (),
) -> Graph:
    """The picture of many paths, counted at `level`.

    Nodes and edges have the attributes that `core.graph.build` gives them. In place of paths there are groups: the ids
    in `path_ids` and in the graph's `verdicts` are theirs, and the graph's `members` tells the paths of each. A row has
    `counts`: verdict → [number after, number before]. An edge from a gateway to a row has `strands`, one for each
    verdict: edges of their own, with an `offset` at the row and a `thickness` The graph's own attributes besides are
    `kind` (`groups`), `level`, `page` (a `Page`) and `counts`: verdict → number of all paths.

    Args:
        paths: All paths, as they are after.
        before: For a difference, the same by id as they were.
        level: What a row counts.
        page: Which page of the rows; the nearest there is.
        verdicts: Verdicts that get a column, though none of the paths has them.
    """
    groups = grouped(paths, before, level)
    return _Counted(groups, difference=before is not None).graph(page, verdicts)


class _Counted:
    def __init__(self, groups: Groups, *, difference: bool) -> None:
        self.groups = groups
        self.difference = difference

    def graph(self, number: int, verdicts: Iterable[Verdict]) -> Graph:
        units = self.groups.units
        page = _page(self.groups.level, len(units), number)
        rows = units[page.first - 1 : page.last] if units else []
        drawn = {unit.id for unit in rows}
        items = [group for group in self.groups.items if group.unit.id in drawn]
        columns = self._columns(verdicts)
        nodes = {**self._sources({group.source.id for group in items}), **self._rows(rows)}
        pairs = list(dict.fromkeys((group.source.id, group.unit.id) for group in items))
        nodes = {"client": client_node(), **nodes} if nodes else nodes
        lanes = self._lanes(nodes, columns)
        bands = self._place(nodes, rows, lanes)
        edges = [*(("client", name) for name in dict.fromkeys(start for start, _ in pairs)), *pairs]
        if len(rows) > _TALL:
            stack(nodes, [*edges, *pairs], ("client", "gateway"), _PITCH / 2)
        else:
            for lane in ("gateway", "client"):
                place_left(nodes, [*edges, *pairs], lane)
        graph: Graph = nx.DiGraph()
        self._add_nodes(graph, nodes, lanes, items)
        at = places(nodes, lanes["gateway"], lanes["unit"])
        add_edges(graph, items, at, difference=self.difference)
        layout = extent(nodes.values(), list(lanes.values()), bands)
        graph.graph.update(
            kind="groups",
            level=str(self.groups.level),
            page=page,
            layout=layout,
            difference=self.difference,
            verdicts={group.id: str(group.verdict) for group in items},
            members={group.id: group.ids for group in items},
            counts={str(one): number for one, number in self.groups.counts.items() if number},
            note=page.note,
            buses=buses(graph, at),
        )
        return graph

    def _columns(self, verdicts: Iterable[Verdict]) -> Sequence[Verdict]:
        present = {group.verdict for group in self.groups.items} | set(verdicts)
        return [verdict for verdict in Verdict if verdict in present]

    # --- Nodes ---------------------------------------------------------------------------------------------------

    def _sources(self, wanted: set[str]) -> Mapping[str, Node]:
        found: dict[str, Node] = {}
        counts: dict[str, Counter[Verdict]] = {}
        gateways: dict[str, Source] = {}
        for group in self.groups.items:
            counts.setdefault(group.source.id, Counter())[group.verdict] += len(group.now)
            gateways[group.source.id] = group.source
        for name in sorted(wanted):
            node = gateway_node(self.groups.sources[name])
            if gateways[name].gateway is None:
                node.label, node.detail = f"{gateways[name].plane} gateways", "all of them"
                node.title, node.ref, node.namespace = node.label, "", ""
            node.title = f"{node.title}: {told(counts[name])}"
            found[name] = node
        return found

    def _rows(self, units: Sequence[Unit]) -> Mapping[str, Node]:
        now: Counter[str] = Counter()
        was: Counter[str] = Counter()
        for group in self.groups.items:
            now[group.unit.id] += len(group.now)
            was[group.unit.id] += len(group.was)
        return {unit.id: self._row(unit, now[unit.id] or was[unit.id]) for unit in units}

    def _row(self, unit: Unit, paths: int) -> Node:
        services = self.groups.services[unit.id]
        by_namespace = self.groups.level is Level.NAMESPACE
        return Node(
            lane="unit",
            kind="group",
            label=(unit.namespace if by_namespace else unit.name) or "(none)",
            detail=f"{count(services, 'service')} · {count(paths, 'path')}"
            if by_namespace
            else f"{unit.detail} · {count(paths, 'path')}",
            namespace=unit.namespace,
            ref=unit.ref,
            height=ROW_HEIGHT,
        )

    def _add_nodes(
        self, graph: Graph, nodes: Mapping[str, Node], lanes: Mapping[str, Lane], items: Sequence[Group]
    ) -> None:
        by_node: dict[str, list[Group]] = {}
        for group in items:
            for name in ("client", group.source.id, group.unit.id):
                by_node.setdefault(name, []).append(group)
        last = list(lanes.values())[-1]
        for name, node in nodes.items():
            counting = node.kind == "group"
            first = lanes[node.lane]
            end = last if counting else first
            left, right = first.x - first.width / 2, end.x + end.width / 2
            groups = by_node[name]
            counts = _counts(groups)
            graph.add_node(
                name,
                lane=node.lane,
                kind=node.kind,
                level=str(self.groups.level) if counting else "",
                label=printable(node.label, LABEL),
                detail=printable(node.detail, LABEL),
                title=printable(self._told(node, groups) if counting else node.title, TITLE),
                namespace=node.namespace,
                ref=node.ref,
                state="",
                row=node.row,
                x=(left + right) / 2,
                y=node.y,
                width=right - left,
                height=node.height,
                path_ids=[group.id for group in groups],
                verdicts=[str(one) for one in Verdict if str(one) in counts],
                change="same" if self.difference else "",
                touched=self.difference and any(group.moved for group in groups),
                badge=None,
                only_before=False,
                counts=counts if counting else None,
                now={},
                was={},
            )

    def _told(self, node: Node, groups: Sequence[Group]) -> str:
        """A row in a sentence."""
        said = f"{node.ref or f'Namespace/{node.namespace}'}: {told(numbers(groups, now=True))}"
        if self.difference and any(group.moved for group in groups):
            said = f"{said}; before: {told(numbers(groups, now=False))}"
        return said

    # --- Places --------------------------------------------------------------------------------------------------

    def _lanes(self, nodes: Mapping[str, Node], columns: Sequence[Verdict]) -> Mapping[str, Lane]:
        def of(name: str) -> Iterable[Node]:
            return (node for node in nodes.values() if node.lane == name)

        gateways = sum(node.lane == "gateway" for node in nodes.values())
        wanted = [
            ("client", "Client", 92.0, 0.0, ""),
            ("gateway", "Gateway", width_for(of("gateway"), 96, 190), _GAP, ""),
            ("unit", _TITLES[self.groups.level], width_for(of("unit"), 180, 280), room_for(gateways), ""),
            *(
                (f"verdict:{one}", WORDS[one], max(74.0, len(WORDS[one]) * 7.4 + 14), 0.0, str(one))
                for one in columns
            ),
        ]
        found: dict[str, Lane] = {}
        right = 0.0
        for name, title, width, gap, verdict in wanted:
            left = right + gap
            right = left + width
            found[name] = Lane(name=name, title=title, x=left + width / 2, width=width, verdict=verdict)
        return found

    def _place(
        self, nodes: Mapping[str, Node], units: Sequence[Unit], lanes: Mapping[str, Lane]
    ) -> Sequence[Band]:
        """Places the rows; services stand in bands by namespace."""
        first, last = lanes["unit"], list(lanes.values())[-1]
        banded = self.groups.level is Level.SERVICE
        bands: list[Band] = []
        y, number = 0.0, 0
        for namespace, members in groupby(units, key=lambda unit: unit.namespace if banded else ""):
            top = y
            y += _BAND_HEAD if banded else 0
            for unit in members:
                nodes[unit.id].y = y + _PITCH / 2
                nodes[unit.id].row = number
                y, number = y + _PITCH, number + 1
            if banded:
                y += _BAND_FOOT
                bands.append(band(namespace, first, last, top=top, bottom=y))
                y += _BAND_GAP
        return bands


def _page(level: Level, total: int, number: int) -> Page:
    pages = max(-(-total // MAX_ROWS), 1)
    at = min(max(number, 1), pages)
    first = (at - 1) * MAX_ROWS + 1
    return Page(level=level, number=at, pages=pages, first=first, last=min(at * MAX_ROWS, total), total=total)


def _counts(groups: Iterable[Group]) -> dict[str, list[int]]:
    """Verdict → [after, before]."""
    found: dict[str, list[int]] = {}
    for group in groups:
        numbers = found.setdefault(str(group.verdict), [0, 0])
        numbers[0] += len(group.now)
        numbers[1] += len(group.was)
    return found
