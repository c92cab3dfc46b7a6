"""Paths as a graph to draw: every path by itself, with all that it passes.

For a difference the union of before and after is laid out, and every node and edge knows how it looked in each.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import networkx as nx

from core.graph.badges import add_badges
from core.graph.buses import buses, places, room_for, stack
from core.graph.completing import complete, primary_waypoint
from core.graph.content import Content
from core.graph.lines import Lines
from core.graph.parts import AFTER, BEFORE, Node, Uses
from core.graph.placing import extent, place, place_left
from core.graph.words import LABEL, TITLE, Graph, Lane, Layout
from core.model import Key, ObjectRef
from core.paths import Path, Resolution
from core.policies.view import PolicyView
from core.text import printable

_TALL = 12
"""Services of which more are not seen at once."""
_LEFT = ("client", "gateway", "listener")
_NODE_LOOKS = ("label", "detail", "title", "state", "verdicts", "badge")
_EDGE_LOOKS = ("verdict", "verdicts", "label", "title")


def build(
    after: Resolution,
    paths: Sequence[Path],
    before: Mapping[str, Path] | None = None,
    *,
    earlier: Resolution | None = None,
    policies: PolicyView | None = None,
    earlier_policies: PolicyView | None = None,
) -> Graph:
    """The graph of `paths`, which are some of `after`'s.

    With `before`, the same paths by id as they were (and those that are no more), the graph is their union, and
    every node and edge has a `change`: `same`, `leaving` or `arriving`, and what it was and is: `was` and `now` hold
    the attributes that differ from its own, and are None where that state does not have it. Without, `change` is
    empty.

    Nodes have `lane`, `kind`, `label`, `detail` (a second, smaller line), `title` (one line for a pointer), `namespace`,
    `ref` (`Kind/namespace/name`, where it is an object), `state`, `row`, `x`, `y`, `width`, `height`, `path_ids`,
    `verdicts`, `change`, `touched` (a path through it ends otherwise than before), `badge` (None, or `count`, `state`
    and `title` of the policies that act there) and `only_before` (it is drawn only as what was). Edges have `verdict`
    (empty where several share it), `verdicts`, `path_ids`, `share`, `weight`, `label`, `title`, `via` (points to pass
    on the way), `label_x`, `label_y` and `change`, in a tall picture also `bus` (the x where it leaves the line that
    leads along the rows). The graph's own attributes are `kind` (`paths`), `layout`, `buses` (those lines), `verdicts`
    (path id → verdict, as it is after) and `difference`.

    Args:
        after: The state that the paths are of.
        paths: The paths to draw.
        before: For a difference: path id → the path as it was.
        earlier: The state that `before` is of; without it what it alone knows is not told.
        policies: The policies of `after`, to be drawn where they act.
        earlier_policies: Those of `earlier`.
    """
    drawing = _Drawing(after, earlier if before is not None else None, difference=before is not None)
    graph = drawing.graph(paths, before or {}, policies)
    if before is not None:
        now = _Drawing(after, None, difference=False).graph(paths, {}, policies)
        was = _Drawing(earlier or after, None, difference=False).graph(
            list(before.values()), {}, earlier_policies
        )
        _remember(graph, "now", now)
        _remember(graph, "was", was)
    return graph


def layout_of(graph: Graph) -> Layout:
    """The lanes, bands and extent of a graph made by `build` or `aggregate`."""
    found: Layout = graph.graph["layout"]
    return found


class _Drawing:
    def __init__(self, after: Resolution, earlier: Resolution | None, *, difference: bool) -> None:
        self.content = Content(after)
        self.states = [after] if earlier is None else [after, earlier]
        self.difference = difference

    def graph(self, paths: Sequence[Path], before: Mapping[str, Path], policies: PolicyView | None) -> Graph:
        content = self.content
        for path in paths:
            content.add(path, AFTER)
        for path in before.values():
            content.add(path, BEFORE)
        if self.difference:
            content.compare(paths, before)
        for row in content.rows.values():
            complete(content, row, self.states)
        if policies is not None:
            add_badges(content, policies, paths)
        tall = len(content.rows) > _TALL
        listeners = sum(node.lane == "listener" for node in content.nodes.values())
        lanes, bands = place(content, self._primary, before_routes=room_for(listeners) if tall else 0.0)
        place_left(content.nodes, content.edges, "route")
        if tall:
            top = min(node.y for node in content.nodes.values() if node.lane in ("route", "service"))
            stack(content.nodes, content.edges, _LEFT, top)
        else:
            for lane in reversed(_LEFT):
                place_left(content.nodes, content.edges, lane)
        return self._finished(extent(content.nodes.values(), lanes, bands), tall=tall)

    def _primary(self, ref: ObjectRef) -> Key | None:
        return primary_waypoint(self.states[0], ref)

    def _finished(self, layout: Layout, *, tall: bool) -> Graph:
        graph: Graph = nx.DiGraph()
        lanes = {lane.name: lane for lane in layout.lanes}
        at = places(self.content.nodes, lanes["listener"], lanes["route"]) if tall else {}
        for name, node in self.content.nodes.items():
            graph.add_node(name, **self._attributes(node, lanes[node.lane]))
        lines = Lines(self.content, lanes, difference=self.difference)
        for pair, uses in self.content.edges.items():
            graph.add_edge(*pair, **lines.attributes(pair, uses))
            if pair[0] in at:
                graph.edges[pair]["bus"] = at[pair[0]]
        client = self.content.nodes.get("client")
        uses = Uses() if client is None else client.uses
        verdicts = {**uses.before, **uses.after}
        graph.graph.update(
            kind="paths",
            layout=layout,
            buses=buses(graph, at),
            difference=self.difference,
            verdicts={name: str(verdicts[name]) for name in uses.ids},
        )
        return graph

    def _attributes(self, node: Node, lane: Lane) -> dict[str, Any]:
        badge = node.badge
        title = node.title if badge is None else f"{node.title}. {badge.title}"
        return {
            "lane": node.lane,
            "kind": node.kind,
            "label": printable(node.label, LABEL),
            "detail": printable(node.detail, LABEL),
            "title": printable(title, TITLE),
            "namespace": node.namespace,
            "ref": node.ref,
            "state": node.state,
            "row": node.row,
            "x": lane.x,
            "y": node.y,
            "width": lane.width,
            "height": node.height,
            "path_ids": node.uses.ids,
            "verdicts": node.uses.verdicts,
            "change": node.uses.change(difference=self.difference),
            "touched": not self.content.touched.isdisjoint(node.uses.ids),
            "badge": None if badge is None else {"count": badge.count, "state": badge.state},
            "only_before": node.only_before,
        }


def _remember(graph: Graph, when: str, state: Graph) -> None:
    """Notes at every node and edge of `graph` what differs in `state`; None where it does not have it."""
    for name, node in graph.nodes(data=True):
        one = state.nodes[name] if name in state else None
        node[when] = None if one is None else _differing(node, one, _NODE_LOOKS)
    for start, end, edge in graph.edges(data=True):
        other = state.edges[start, end] if state.has_edge(start, end) else None
        edge[when] = None if other is None else _differing(edge, other, _EDGE_LOOKS)


def _differing(one: Mapping[str, Any], other: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    return {key: other[key] for key in keys if one[key] != other[key]}
