"""The lines between nodes: by which points they go, what they say and where."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.gates import Verdict
from core.graph.content import Content
from core.graph.parts import Node, Uses
from core.graph.placing import LOWER, UPPER, weight_label
from core.graph.words import LANES, MEANINGS, PAST, TITLE, WORDS, Lane, counted
from core.terminal import visible
from core.text import printable

Points = Sequence[tuple[float, float]]
_APART = 7.0
"""How far a line to the endpoints is from the middle between two, where there are two."""


class Lines:
    """Makes the attributes of edges of a content whose nodes have their places."""

    def __init__(self, content: Content, lanes: Mapping[str, Lane], *, difference: bool) -> None:
        self.content = content
        self.lanes = lanes
        self.difference = difference

    def attributes(self, pair: tuple[str, str], uses: Uses) -> dict[str, Any]:
        """What a picture needs to know of an edge."""
        start, end = self.content.nodes[pair[0]], self.content.nodes[pair[1]]
        via = self._via(start, end)
        middle = self._middle(start, end, via)
        return {
            **self.said(pair, uses, passing=bool(via)),
            "path_ids": uses.ids,
            "via": via,
            "label_x": middle[0],
            "label_y": middle[1],
            "change": uses.change(difference=self.difference),
        }

    def said(self, pair: tuple[str, str], uses: Uses, *, passing: bool) -> dict[str, Any]:
        """What an edge tells of its paths; `passing` where it passes other lanes."""
        start, end = self.content.nodes[pair[0]], self.content.nodes[pair[1]]
        verdicts = uses.verdicts
        verdict = verdicts[0] if len(verdicts) == 1 else ""
        share = " / ".join(list(uses.shares)[:3])
        weight = weight_label(self.content, pair)
        past = WORDS[Verdict(verdict)] if passing and verdict in PAST else ""
        told = WORDS[Verdict(verdict)] if verdict and len(uses.ids) == 1 else counted(uses.now.values())
        meaning = f": {MEANINGS[Verdict(verdict)]}" if verdict else ""
        return {
            "verdict": verdict,
            "verdicts": verdicts,
            "share": share,
            "weight": weight,
            "label": " ".join(filter(None, [share, weight, past])),
            "title": printable(f"{_called(start)} → {_called(end)}, {told}{meaning}", TITLE),
        }

    def _via(self, start: Node, end: Node) -> Points:
        """The points by which an edge passes the lanes between its ends without touching what is drawn there."""
        first, last = LANES.index(start.lane) + 1, LANES.index(end.lane) - 1
        if first > last:
            return ()
        if end.kind == "endpoints":
            y = start.y + LOWER + self._aside(start, end)
        elif end.y != start.y:
            y = end.y
        elif f"ztunnel:{start.ref}" in self.content.nodes:
            y = start.y + UPPER
        else:
            return ()
        left, right = self.lanes[LANES[first]], self.lanes[LANES[last]]
        return ((left.x - left.width / 2 - 4, y), (right.x + right.width / 2 + 4, y))

    def _aside(self, start: Node, end: Node) -> float:
        """Where both the service and ztunnel send past the waypoint, one line runs below the other."""
        if not end.twice_passed:
            return 0.0
        return _APART if start.kind == "service" else -_APART

    def _middle(self, start: Node, end: Node, via: Points) -> tuple[float, float]:
        """Where an edge's label goes."""
        if via:
            along = 0.5
            if end.kind == "waypoint":
                # Two waypoints are reached by one line past ztunnel, whose labels stand side by side.
                along = 0.3 if end.y == start.y else 0.72
            elif start.kind == "service" and end.twice_passed:
                along = 0.22
            return via[0][0] + (via[-1][0] - via[0][0]) * along, via[0][1]
        left, right = self.lanes[start.lane], self.lanes[end.lane]
        # Where edges fan out, a label is nearer to its own end than to the others'.
        along, down = (0.5, 0.5) if start.y == end.y else (0.6, 0.68)
        first, last = left.x + left.width / 2, right.x - right.width / 2
        return first + (last - first) * along, start.y + (end.y - start.y) * down


def _called(node: Node) -> str:
    return visible(node.ref or node.label)
