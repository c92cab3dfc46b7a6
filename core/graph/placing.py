"""Where everything stands: lanes from left to right, a row a service, bands for namespaces.

Places depend on which paths are shown and never on their verdicts: those of ztunnel and of waypoints are kept free
where they are not drawn, so that nothing moves when a label is toggled.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TypeVar

from core.gates import Verdict
from core.graph import stops
from core.graph.content import Content
from core.graph.parts import Node, ServiceRow
from core.graph.words import LANES, NODE_HEIGHT, SIDE_HEIGHT, TITLES, Band, Lane, Layout, band
from core.model import Key, ObjectRef

UPPER, LOWER = -33.0, 33.0
"""The side lines of a row, for second waypoints, ends and bypasses."""
_ROW_ABOVE, _ROW_BELOW = 46.0, 46.0
_BAND_HEAD, _BAND_FOOT, _BAND_GAP = 26.0, 2.0, 14.0
LEFT_PITCH = NODE_HEIGHT + 12.0
_WAYPOINT_PLACES = (0.0, UPPER, LOWER)

WIDTHS = {
    "client": (92, 92),
    "gateway": (96, 170),
    "listener": (90, 150),
    "route": (96, 190),
    "service": (104, 210),
    "ztunnel": (94, 94),
    "waypoint": (126, 126),
    "endpoints": (112, 112),
}
"""The least and the greatest width of each lane; the ones right of the services don't depend on what is drawn there."""

_GAPS = (34, 34, 44, 40, 64, 56, 56)
_GAP_WITH_WEIGHTS = 94
_PER_CHARACTER, _PER_DETAIL, _PADDING = 7.6, 6.0, 42

T = TypeVar("T")


def place(
    content: Content, primary: Callable[[ObjectRef], Key | None], *, before_routes: float
) -> tuple[Sequence[Lane], Sequence[Band]]:
    """Give every node of the rows its place, and return the lanes and bands.

    Args:
        content: What is drawn, completed.
        primary: Service → the waypoint that it names.
        before_routes: The least gap between listeners and route rules.
    """
    weighted = any(weight_label(content, pair) for pair in content.edges)
    gaps = {"service": _GAP_WITH_WEIGHTS if weighted else 0.0, "route": before_routes}
    lanes = _lanes(content.nodes.values(), gaps)
    ordered = sorted(content.rows.values(), key=lambda row: (row.ref.namespace, row.ref.name, row.ref.kind))
    bands = _place_rows(content, ordered, lanes, primary)
    return lanes, bands


def width_for(nodes: Iterable[Node], least: float, greatest: float) -> float:
    """The width that the labels of `nodes` take, within limits."""
    width = least
    for node in nodes:
        wanted = max(len(node.label) * _PER_CHARACTER, len(node.detail) * _PER_DETAIL) + _PADDING
        width = min(max(width, wanted), greatest)
    return width


def extent(nodes: Iterable[Node], lanes: Sequence[Lane], bands: Sequence[Band]) -> Layout:
    """The layout of what has its places."""
    boxes = [(node.y - node.height / 2, node.y + node.height / 2) for node in nodes]
    boxes += [(band.top, band.bottom) for band in bands]
    last = lanes[-1]
    return Layout(
        lanes=lanes,
        bands=bands,
        left=lanes[0].x - lanes[0].width / 2,
        right=last.x + last.width / 2 + 14,
        top=min((top for top, _ in boxes), default=0.0),
        bottom=max((bottom for _, bottom in boxes), default=0.0),
    )


def weight_label(content: Content, pair: tuple[str, str]) -> str:
    """The weight of a backendRef, where its rule has several or it is not 1."""
    backends = content.weights.get(pair[0], {})
    weights = list(backends.get(pair[1], ()))
    if not weights or (len(backends) == 1 and weights == [1]):
        return ""
    return f"weight {' / '.join(map(str, weights[:2]))}"


def _lanes(nodes: Iterable[Node], least_gaps: Mapping[str, float]) -> Sequence[Lane]:
    by_lane: dict[str, list[Node]] = {}
    for node in nodes:
        by_lane.setdefault(node.lane, []).append(node)
    lanes: list[Lane] = []
    right = 0.0
    for number, name in enumerate(LANES):
        least, greatest = WIDTHS[name]
        width = width_for(by_lane.get(name, ()), least, greatest) if least < greatest else float(least)
        gap = max(0 if number == 0 else _GAPS[number - 1], least_gaps.get(name, 0.0))
        left = right + gap
        right = left + width
        lanes.append(Lane(name=name, title=TITLES[name], x=left + width / 2, width=width))
    return lanes


# --- Rows --------------------------------------------------------------------------------------------------------


def _place_rows(
    content: Content,
    ordered: Sequence[ServiceRow],
    lanes: Sequence[Lane],
    primary: Callable[[ObjectRef], Key | None],
) -> Sequence[Band]:
    left = lanes[LANES.index("service")]
    right = lanes[-1]
    bands = []
    number = 0
    y = 0.0
    for namespace, rows in groupby(ordered, key=lambda row: row.ref.namespace):
        top = y
        y += _BAND_HEAD
        for row in rows:
            row.y = y + _ROW_ABOVE
            y = _place_row(content, row, number, primary(row.ref))
            number += 1
        y += _BAND_FOOT
        bands.append(band(namespace, left, right, top=top, bottom=y))
        y += _BAND_GAP
    return bands


def _place_row(content: Content, row: ServiceRow, number: int, primary: Key | None) -> float:
    """Places what belongs to `row`, and returns where the next one begins."""

    def put(name: str, offset: float) -> None:
        node = content.nodes.get(name)
        if node is not None:
            node.row, node.y = number, row.y + offset

    put(row.node, 0)
    put(stops.ztunnel_id(row.ref), 0)
    put(stops.endpoints_id(row.ref), 0)
    put(stops.end_id(row.ref, Verdict.INVALID), LOWER)
    put(stops.end_id(row.ref, Verdict.NO_ENDPOINTS), UPPER)
    put(stops.end_id(row.ref, Verdict.BLACKHOLE), UPPER)
    bottom = row.y + _ROW_BELOW
    for position, key in enumerate(_waypoints(content, row, primary)):
        name = stops.waypoint_id(row.ref, key)
        if position:
            content.nodes[name].height = SIDE_HEIGHT
        if position < len(_WAYPOINT_PLACES):
            put(name, _WAYPOINT_PLACES[position])
        else:
            # More waypoints than any one state of a cluster gives a service: below the row.
            put(name, bottom - row.y + SIDE_HEIGHT / 2)
            bottom += SIDE_HEIGHT + 6
    return bottom


def _waypoints(content: Content, row: ServiceRow, primary: Key | None) -> Sequence[Key]:
    """The waypoints drawn in `row`: the one that the service names first, then the others by name."""
    found = {*row.roles, *row.unused}
    if primary is not None:
        found.add(primary)
    drawn = {key for key in found if stops.waypoint_id(row.ref, key) in content.nodes}
    return sorted(drawn, key=lambda key: (key != primary, key))


# --- Left of the rows ----------------------------------------------------------------------------------------------


def place_left(nodes: Mapping[str, Node], edges: Iterable[tuple[str, str]], lane: str) -> None:
    """Places the nodes of a lane left of the rows: each at the mean of what it leads to, none over another."""
    targets: dict[str, list[Node]] = {}
    for start, end in edges:
        if nodes[start].lane == lane:
            targets.setdefault(start, []).append(nodes[end])
    wanted = {name: sum(node.y for node in ends) / len(ends) for name, ends in targets.items()}
    names = sorted(wanted, key=lambda name: (wanted[name], name))
    for name, y in zip(names, _spread([wanted[name] for name in names], LEFT_PITCH), strict=True):
        node = nodes[name]
        node.y = y
        node.row = sum(node.row for node in targets[name]) / len(targets[name])


def _spread(wanted: Sequence[float], pitch: float) -> Sequence[float]:
    """The places nearest to the ascending `wanted` (by least squares) that are at least `pitch` apart."""
    blocks: list[tuple[float, int]] = []
    for number, value in enumerate(wanted):
        total, count = value - number * pitch, 1
        while blocks and blocks[-1][0] / blocks[-1][1] > total / count:
            before, members = blocks.pop()
            total, count = total + before, count + members
        blocks.append((total, count))
    means = _repeated((total / count, count) for total, count in blocks)
    return [mean + number * pitch for number, mean in enumerate(means)]


def _repeated(items: Iterable[tuple[T, int]]) -> Iterator[T]:
    for value, count in items:
        for _ in range(count):
            yield value
