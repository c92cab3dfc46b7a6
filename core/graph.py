"""Paths as a graph to draw: what is drawn for each verdict, and where.

Lanes run from left to right, one row a service, ordered by namespace and name. Positions depend on which paths are
shown and never on their verdicts: the places of ztunnel and of waypoints are kept free where they are not drawn, so
that nothing moves when a label is toggled. For a difference the union of before and after is laid out.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Any, NamedTuple, TypeAlias, TypeVar

import networkx as nx

from core.explain import percent
from core.gates import Verdict
from core.model import Gateway, Key, ObjectRef, Row, Service, ServiceEntry
from core.outcomes import Share
from core.paths import Path, Resolution
from core.terminal import visible
from core.text import printable

Graph: TypeAlias = "nx.DiGraph[str]"

NODE_HEIGHT = 36
END_HEIGHT = 22
SIDE_HEIGHT = 24
"""The height of a second waypoint of a row, above or below the first."""

TITLES = {
    "client": "Client",
    "gateway": "Gateway",
    "listener": "Listener",
    "route": "Route rule",
    "service": "Service",
    "ztunnel": "ztunnel",
    "waypoint": "Waypoint",
    "endpoints": "Endpoints",
}
"""The lanes from left to right."""

LANES = tuple(TITLES)
WORDS = {
    Verdict.WAYPOINT: "waypoint",
    Verdict.WORKLOAD_WAYPOINT: "workload waypoint",
    Verdict.DIRECT: "direct",
    Verdict.VIP_DIRECT: "VIP direct",
    Verdict.SPLIT: "split",
    Verdict.BLACKHOLE: "black hole",
    Verdict.NO_ENDPOINTS: "no endpoints",
    Verdict.INVALID: "invalid",
}
"""Verdicts as a picture writes them."""

MEANINGS = {
    Verdict.WAYPOINT: "requests reach the waypoint as service traffic",
    Verdict.WORKLOAD_WAYPOINT: "the gateway picks a pod, whose workload waypoint takes the request",
    Verdict.DIRECT: "the gateway picks an endpoint, and no waypoint sees the request",
    Verdict.VIP_DIRECT: "ztunnel balances the VIP to the endpoints, and no waypoint sees the request",
    Verdict.SPLIT: "parts of the traffic go different ways",
    Verdict.BLACKHOLE: "the gateway has no address to send to, or one that the waypoint does not know: 503",
    Verdict.NO_ENDPOINTS: "nothing is ready to take the request: 503",
    Verdict.INVALID: "the backendRef does not resolve: 500",
}
"""What each verdict means, in half a sentence."""

_ENDS = frozenset({Verdict.BLACKHOLE, Verdict.NO_ENDPOINTS, Verdict.INVALID})
_PAST = frozenset({Verdict.DIRECT, Verdict.VIP_DIRECT})

# A row: its centre line, and a side line above and below it for second waypoints, ends and bypasses.
_UPPER, _LOWER = -33.0, 33.0
_ROW_ABOVE, _ROW_BELOW = 46.0, 46.0
_BAND_HEAD, _BAND_FOOT, _BAND_GAP = 26.0, 2.0, 14.0
_LEFT_PITCH = NODE_HEIGHT + 12.0
_WAYPOINT_PLACES = (0.0, _UPPER, _LOWER)

_WIDTHS = {
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
_LABEL, _TITLE = 60, 400
"""The most characters of a label and of a title."""
_LISTED = 10

T = TypeVar("T")


class Lane(Row):
    """A column: its header, the middle of it and the width of its nodes."""

    name: str
    title: str
    x: float
    width: float


class Band(Row):
    """The rows of one namespace. `title` is its name as it can be shown."""

    namespace: str
    title: str
    left: float
    right: float
    top: float
    bottom: float


class Layout(Row):
    """Where everything is, in the units of the drawing. `y` grows downwards."""

    lanes: Sequence[Lane]
    bands: Sequence[Band]
    left: float
    right: float
    top: float
    bottom: float


def build(after: Resolution, paths: Sequence[Path], before: Mapping[str, Path] | None = None) -> Graph:
    """The graph of `paths`, which are some of `after`'s.

    With `before`, the same paths by id as they were (and those that are no more), the graph is their union, and
    every node and edge has a `change`: `same`, `leaving` or `arriving`. Without, `change` is empty.

    Nodes have `lane`, `kind`, `label`, `detail` (a second, smaller line), `title` (one line for a pointer), `namespace`,
    `ref` (`Kind/namespace/name`, where it is an object), `state`, `row`, `x`, `y`, `width`, `height`, `path_ids`,
    `verdicts`, `change` and `touched` (a path through it ends otherwise than before). Edges have `verdict` (empty where several share it), `verdicts`, `path_ids`, `share`, `weight`,
    `label`, `title`, `via` (points to pass on the way), `label_x`, `label_y` and `change`. The graph's own
    attributes are `layout`, `verdicts` (path id → verdict, as it is after) and `difference`.
    """
    drawing = _Drawing(after, difference=before is not None)
    for path in paths:
        drawing.add(path, _AFTER)
    if before is not None:
        for path in before.values():
            drawing.add(path, _BEFORE)
        drawing.compare(paths, before)
    return drawing.finish()


def layout_of(graph: Graph) -> Layout:
    """The lanes, bands and extent of a graph made by `build`."""
    found: Layout = graph.graph["layout"]
    return found


_AFTER, _BEFORE = 0, 1


@dataclass(slots=True)
class _Uses:
    """The paths that use a node or an edge: id → verdict, as it is after and as it was before."""

    after: dict[str, Verdict] = field(default_factory=dict)
    before: dict[str, Verdict] = field(default_factory=dict)
    shares: dict[str, None] = field(default_factory=dict)
    """The share labels, in order, without duplicates."""

    def add(self, path: Path, verdict: Verdict, time: int) -> None:
        (self.after if time == _AFTER else self.before)[path.id] = verdict

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
class _Node:
    lane: str
    kind: str
    label: str
    title: str = ""
    detail: str = ""
    namespace: str = ""
    ref: str = ""
    state: str = ""
    uses: _Uses = field(default_factory=_Uses)
    row: float = 0
    y: float = 0
    height: float = NODE_HEIGHT


@dataclass(slots=True)
class _ServiceRow:
    """A service with what is drawn right of it."""

    ref: ObjectRef
    node: str
    after: list[Path] = field(default_factory=list)
    before: list[Path] = field(default_factory=list)
    roles: dict[Key, set[Verdict]] = field(default_factory=dict)
    """Waypoint → the verdicts with which traffic meets it."""
    y: float = 0

    @property
    def paths(self) -> list[Path]:
        return [*self.after, *self.before]

    def waypoint(self, key: Key) -> str:
        return f"waypoint:{self.ref}@{key[0]}/{key[1]}"

    @property
    def ztunnel(self) -> str:
        return f"ztunnel:{self.ref}"

    @property
    def endpoints(self) -> str:
        return f"endpoints:{self.ref}"

    def end(self, verdict: Verdict) -> str:
        return f"end:{self.ref}:{verdict}"


class _Leg(NamedTuple):
    """A part of a path from the service on: the nodes it passes, with its verdict and its share of the whole."""

    stops: Sequence[str]
    verdict: Verdict
    share: str


class _Drawing:
    def __init__(self, after: Resolution, *, difference: bool) -> None:
        self.after = after
        self.cluster = after.cluster
        self.difference = difference
        self.nodes: dict[str, _Node] = {}
        self.edges: dict[tuple[str, str], _Uses] = {}
        self.rows: dict[ObjectRef, _ServiceRow] = {}
        self.touched: set[str] = set()
        """The ids of paths that end otherwise than before."""
        self.weights: dict[str, dict[str, dict[int, None]]] = {}
        """Route → service → the weights of its backendRefs."""

    # --- What is drawn -------------------------------------------------------------------------------------------

    def add(self, path: Path, time: int) -> None:
        row = self._row(path.service_ref)
        (row.after if time == _AFTER else row.before).append(path)
        trunk = [self._client(), self._gateway(path), self._listener(path), self._route(path), row.node]
        for name in trunk:
            self.nodes[name].uses.add(path, path.outcome.verdict, time)
        for pair in pairwise(trunk):
            self._edge(pair, path, path.outcome.verdict, time)
        self.weights.setdefault(trunk[3], {}).setdefault(row.node, {})[path.backend.weight] = None
        legs = [self._leg(row, path, part) for part in _parts(path)]
        common = set.intersection(*(set(pairwise(leg.stops)) for leg in legs))
        for leg in legs:
            share = leg.share
            for pair in pairwise(leg.stops):
                uses = self._edge(pair, path, leg.verdict, time)
                self.nodes[pair[1]].uses.add(path, leg.verdict, time)
                if share and pair not in common:
                    uses.shares[share] = None
                    share = ""

    def compare(self, paths: Sequence[Path], before: Mapping[str, Path]) -> None:
        """Finds the paths that end otherwise than before."""
        ends = {path.id: _end(path) for path in paths}
        olds = {path.id: _end(path) for path in before.values()}
        self.touched = {name for name in {*ends, *olds} if ends.get(name) != olds.get(name)}

    def _edge(self, pair: tuple[str, str], path: Path, verdict: Verdict, time: int) -> _Uses:
        uses = self.edges.setdefault(pair, _Uses())
        uses.add(path, verdict, time)
        return uses

    def _row(self, ref: ObjectRef) -> _ServiceRow:
        row = self.rows.get(ref)
        if row is None:
            row = self.rows[ref] = _ServiceRow(ref=ref, node=f"service:{ref}")
            self.nodes[row.node] = _Node(
                lane="service", kind="service", label=ref.name, namespace=ref.namespace, ref=str(ref)
            )
        return row

    def _client(self) -> str:
        if "client" not in self.nodes:
            self.nodes["client"] = _Node(
                lane="client",
                kind="client",
                label="clients",
                title="Clients that send requests to the gateways",
            )
        return "client"

    def _gateway(self, path: Path) -> str:
        name = f"gateway:{path.gateway[0]}/{path.gateway[1]}"
        if name not in self.nodes:
            plane = "data plane not modelled" if path.plane == "unknown" else f"data plane {path.plane}"
            self.nodes[name] = _Node(
                lane="gateway",
                kind="gateway",
                label=path.gateway[1],
                detail=f"{path.gateway[0]} · {path.plane}",
                title=f"{path.gateway_ref} of class {path.gateway_class}, {plane}",
                namespace=path.gateway[0],
                ref=str(path.gateway_ref),
            )
        return name

    def _listener(self, path: Path) -> str:
        name = f"listener:{path.gateway[0]}/{path.gateway[1]}/{path.listener}"
        if name not in self.nodes:
            gateway = self.cluster.gateways.get(path.gateway)
            port = _port_of(gateway, path.listener)
            self.nodes[name] = _Node(
                lane="listener",
                kind="listener",
                label=path.listener,
                detail=port,
                title=" ".join(filter(None, [f"Listener {path.listener} of {path.gateway_ref}", port])),
                namespace=path.gateway[0],
                ref=str(path.gateway_ref),
            )
        return name

    def _route(self, path: Path) -> str:
        name = f"route:{path.route_ref}:{path.rule}"
        if name not in self.nodes:
            kind = "" if path.route_kind == "HTTPRoute" else f"{path.route_kind} "
            hosts = _listed(path.hostnames) if path.hostnames else "any host"
            self.nodes[name] = _Node(
                lane="route",
                kind="route",
                label=path.route[1],
                detail=f"{path.route[0]} · {kind}rule {path.rule}",
                title=f"{path.route_ref} rule {path.rule}, {hosts}",
                namespace=path.route[0],
                ref=str(path.route_ref),
            )
        return name

    def _leg(self, row: _ServiceRow, path: Path, part: Share) -> _Leg:
        stops: list[str]
        verdict = part.verdict
        if verdict in _ENDS:
            stops = [self._end(row, verdict)]
        elif verdict is Verdict.DIRECT:
            stops = [self._endpoints(row)]
        elif verdict is Verdict.VIP_DIRECT:
            stops = [self._ztunnel(row), self._endpoints(row)]
        else:
            stops = [self._endpoints(row)]
            if part.waypoint is not None:
                row.roles.setdefault(part.waypoint, set()).add(verdict)
                stops.insert(0, self._waypoint(row, part.waypoint))
            if verdict is Verdict.WORKLOAD_WAYPOINT or path.plane == "kgateway":
                stops.insert(0, self._ztunnel(row))
        return _Leg([row.node, *stops], verdict, percent(part.share) if path.outcome.shares else "")

    def _ztunnel(self, row: _ServiceRow) -> str:
        if row.ztunnel not in self.nodes:
            self.nodes[row.ztunnel] = _Node(
                lane="ztunnel",
                kind="ztunnel",
                label="ztunnel",
                title="ztunnel on the gateway's node",
                namespace=row.ref.namespace,
            )
        return row.ztunnel

    def _waypoint(self, row: _ServiceRow, key: Key) -> str:
        name = row.waypoint(key)
        if name not in self.nodes:
            ref = ObjectRef(kind="Gateway", namespace=key[0], name=key[1])
            self.nodes[name] = _Node(
                lane="waypoint", kind="waypoint", label=key[1], detail=key[0], namespace=key[0], ref=str(ref)
            )
        return name

    def _endpoints(self, row: _ServiceRow) -> str:
        if row.endpoints not in self.nodes:
            self.nodes[row.endpoints] = _Node(
                lane="endpoints", kind="endpoints", label="", namespace=row.ref.namespace
            )
        return row.endpoints

    def _end(self, row: _ServiceRow, verdict: Verdict) -> str:
        name = row.end(verdict)
        if name not in self.nodes:
            self.nodes[name] = _Node(
                lane="endpoints" if verdict is Verdict.NO_ENDPOINTS else "ztunnel",
                kind="end",
                label=WORDS[verdict],
                title=_sentence(verdict),
                namespace=row.ref.namespace,
                height=END_HEIGHT,
            )
        return name

    # --- What is known only when all paths are there --------------------------------------------------------------

    def _complete(self, row: _ServiceRow) -> None:
        service = _service(self.after, row.ref)
        self._complete_service(row)
        self._add_unused_waypoint(row, service)
        for key, verdicts in row.roles.items():
            node = self.nodes[row.waypoint(key)]
            workload = Verdict.WORKLOAD_WAYPOINT in verdicts
            if workload:
                node.detail = "workload" if len(verdicts) == 1 else "workload + service"
            node.title = f"{node.ref}, {'workload waypoint' if workload else 'waypoint'} of {row.ref}"
        self._complete_endpoints(row)

    def _complete_service(self, row: _ServiceRow) -> None:
        node = self.nodes[row.node]
        ports = sorted({path.backend.port for path in row.paths if path.backend.port is not None})
        node.detail = " ".join(
            [row.ref.kind, *(f":{port}" for port in ports[:2]), *(["…"] if ports[2:] else [])]
        )
        if all(path.target is None for path in row.paths):
            node.state = "missing"
            node.detail = "not found"
        node.title = f"{row.ref}: {_counted(path.outcome.verdict for path in row.after or row.before)}"

    def _add_unused_waypoint(self, row: _ServiceRow, service: Service | ServiceEntry | None) -> None:
        """The waypoint that the service names and no path shown reaches, as a shadow of itself."""
        if service is None or not row.after:
            return
        attachment = self.after.world.attachment(service)
        if attachment.reference.name is None:
            return
        key = attachment.reference.key
        if row.waypoint(key) in self.nodes:
            return
        node = self.nodes[self._waypoint(row, key)]
        delivered = any(part.verdict not in _ENDS for path in row.after for part in _parts(path))
        if attachment.in_effect:
            node.state = "bypassed" if delivered else "not reached"
        else:
            node.state = "not in effect"
        node.detail = node.state
        told = "no path shown passes it" if attachment.in_effect else attachment.message
        node.title = f"{node.ref}, waypoint of {row.ref}: {node.state}; {told}"

    def _complete_endpoints(self, row: _ServiceRow) -> None:
        addresses = list(dict.fromkeys(address for path in row.paths for address in path.endpoints))
        hosts = len({address.rpartition(":")[0] for address in addresses})
        reached = row.endpoints in self.nodes
        if not reached and not hosts:
            return
        node = self.nodes[self._endpoints(row)]
        noun = "pod" if row.ref.kind == "Service" else "endpoint"
        node.label = _count(hosts, noun) if hosts else f"{noun}s"
        node.detail = "ready" if hosts else "not in the source"
        node.title = (
            f"{_count(hosts, f'ready {noun}')}: {_listed(addresses)}"
            if hosts
            else "No endpoint is in the source"
        )
        if not reached:
            node.state = "not reached"
            node.detail = node.state

    # --- Where it is drawn ---------------------------------------------------------------------------------------

    def finish(self) -> Graph:
        ordered = sorted(self.rows.values(), key=lambda row: (row.ref.namespace, row.ref.name, row.ref.kind))
        for row in ordered:
            self._complete(row)
        lanes = self._lanes()
        bands = self._place_rows(ordered, lanes)
        for lane in ("route", "listener", "gateway", "client"):
            self._place_left(lane)
        graph: Graph = nx.DiGraph()
        at = {lane.name: lane for lane in lanes}
        for name, node in self.nodes.items():
            graph.add_node(name, **self._node_attributes(node, at[node.lane]))
        for (start, end), uses in self.edges.items():
            graph.add_edge(start, end, **self._edge_attributes(start, end, uses, at))
        graph.graph["layout"] = self._layout(lanes, bands)
        graph.graph["difference"] = self.difference
        all_paths = self.nodes["client"].uses if "client" in self.nodes else _Uses()
        verdicts = {**all_paths.before, **all_paths.after}
        graph.graph["verdicts"] = {name: str(verdicts[name]) for name in all_paths.ids}
        return graph

    def _lanes(self) -> Sequence[Lane]:
        weighted = any(self._weight_label(pair) for pair in self.edges)
        lanes: list[Lane] = []
        right = 0.0
        for number, name in enumerate(LANES):
            least, greatest = _WIDTHS[name]
            width = float(least)
            if least < greatest:
                for node in self.nodes.values():
                    if node.lane == name:
                        wanted = (
                            max(len(node.label) * _PER_CHARACTER, len(node.detail) * _PER_DETAIL) + _PADDING
                        )
                        width = min(max(width, wanted), greatest)
            gap = 0 if number == 0 else _GAPS[number - 1]
            if name == "service" and weighted:
                gap = _GAP_WITH_WEIGHTS
            left = right + gap
            right = left + width
            lanes.append(Lane(name=name, title=TITLES[name], x=left + width / 2, width=width))
        return lanes

    def _place_rows(self, ordered: Sequence[_ServiceRow], lanes: Sequence[Lane]) -> Sequence[Band]:
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
                y = self._place_row(row, number)
                number += 1
            y += _BAND_FOOT
            bands.append(
                Band(
                    namespace=namespace,
                    title=printable(namespace, _LABEL),
                    left=left.x - left.width / 2 - 14,
                    right=right.x + right.width / 2 + 14,
                    top=top,
                    bottom=y,
                )
            )
            y += _BAND_GAP
        return bands

    def _place_row(self, row: _ServiceRow, number: int) -> float:
        """Places what belongs to `row`, and returns where the next one begins."""

        def place(name: str, offset: float) -> None:
            node = self.nodes.get(name)
            if node is not None:
                node.row, node.y = number, row.y + offset

        place(row.node, 0)
        place(row.ztunnel, 0)
        place(row.endpoints, 0)
        place(row.end(Verdict.INVALID), _LOWER)
        place(row.end(Verdict.NO_ENDPOINTS), _UPPER)
        place(row.end(Verdict.BLACKHOLE), _UPPER)
        bottom = row.y + _ROW_BELOW
        for position, key in enumerate(self._waypoints(row)):
            node = self.nodes[row.waypoint(key)]
            if position:
                node.height = SIDE_HEIGHT
            if position < len(_WAYPOINT_PLACES):
                place(row.waypoint(key), _WAYPOINT_PLACES[position])
            else:
                # More waypoints than any one state of a cluster gives a service: below the row.
                place(row.waypoint(key), bottom - row.y + SIDE_HEIGHT / 2)
                bottom += SIDE_HEIGHT + 6
        return bottom

    def _waypoints(self, row: _ServiceRow) -> Sequence[Key]:
        """The waypoints drawn in `row`: the one that the service names first, then the others by name."""
        service = _service(self.after, row.ref)
        primary = None if service is None else self.after.world.attachment(service).reference.key
        found = {
            key for key in [*row.roles, *([primary] if primary else [])] if row.waypoint(key) in self.nodes
        }
        return sorted(found, key=lambda key: (key != primary, key))

    def _place_left(self, lane: str) -> None:
        """Places the nodes of a lane left of the services: each at the mean of what it leads to, none over another."""
        targets: dict[str, list[_Node]] = {}
        for start, end in self.edges:
            if self.nodes[start].lane == lane:
                targets.setdefault(start, []).append(self.nodes[end])
        wanted = {name: sum(node.y for node in nodes) / len(nodes) for name, nodes in targets.items()}
        names = sorted(wanted, key=lambda name: (wanted[name], name))
        for name, y in zip(names, _spread([wanted[name] for name in names], _LEFT_PITCH), strict=True):
            node = self.nodes[name]
            node.y = y
            node.row = sum(node.row for node in targets[name]) / len(targets[name])

    def _layout(self, lanes: Sequence[Lane], bands: Sequence[Band]) -> Layout:
        tops = [node.y - node.height / 2 for node in self.nodes.values()] + [band.top for band in bands]
        bottoms = [node.y + node.height / 2 for node in self.nodes.values()] + [band.bottom for band in bands]
        last = lanes[-1]
        return Layout(
            lanes=lanes,
            bands=bands,
            left=lanes[0].x - lanes[0].width / 2,
            right=last.x + last.width / 2 + 14,
            top=min(tops, default=0.0),
            bottom=max(bottoms, default=0.0),
        )

    # --- Attributes ----------------------------------------------------------------------------------------------

    def _node_attributes(self, node: _Node, lane: Lane) -> dict[str, Any]:
        return {
            "lane": node.lane,
            "kind": node.kind,
            "label": printable(node.label, _LABEL),
            "detail": printable(node.detail, _LABEL),
            "title": printable(node.title, _TITLE),
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
            "touched": not self.touched.isdisjoint(node.uses.ids),
        }

    def _edge_attributes(self, start: str, end: str, uses: _Uses, at: Mapping[str, Lane]) -> dict[str, Any]:
        verdicts = uses.verdicts
        verdict = verdicts[0] if len(verdicts) == 1 else ""
        share = " / ".join(list(uses.shares)[:3])
        weight = self._weight_label((start, end))
        via = self._via(self.nodes[start], self.nodes[end], at)
        past = WORDS[Verdict(verdict)] if via and verdict in _PAST else ""
        middle = _middle(self.nodes[start], self.nodes[end], via, at)
        counted = WORDS[Verdict(verdict)] if verdict and len(uses.ids) == 1 else _counted(uses.now.values())
        meaning = f": {MEANINGS[Verdict(verdict)]}" if verdict else ""
        ends = f"{_called(self.nodes[start])} → {_called(self.nodes[end])}"
        return {
            "verdict": verdict,
            "verdicts": verdicts,
            "path_ids": uses.ids,
            "share": share,
            "weight": weight,
            "label": " ".join(filter(None, [share, weight, past])),
            "title": printable(f"{ends}, {counted}{meaning}", _TITLE),
            "via": via,
            "label_x": middle[0],
            "label_y": middle[1],
            "change": uses.change(difference=self.difference),
        }

    def _weight_label(self, pair: tuple[str, str]) -> str:
        """The weight of a backendRef, where its rule has several or it is not 1."""
        backends = self.weights.get(pair[0], {})
        weights = list(backends.get(pair[1], ()))
        if not weights or (len(backends) == 1 and weights == [1]):
            return ""
        return f"weight {' / '.join(map(str, weights[:2]))}"

    def _via(self, start: _Node, end: _Node, at: Mapping[str, Lane]) -> Sequence[tuple[float, float]]:
        """The points by which an edge passes the lanes between its ends without touching what is drawn there."""
        first, last = LANES.index(start.lane) + 1, LANES.index(end.lane) - 1
        if first > last:
            return ()
        if end.kind == "endpoints":
            y = start.y + _LOWER
        elif end.y != start.y:
            y = end.y
        elif f"ztunnel:{start.ref}" in self.nodes:
            y = start.y + _UPPER
        else:
            return ()
        left, right = at[LANES[first]], at[LANES[last]]
        return ((left.x - left.width / 2 - 4, y), (right.x + right.width / 2 + 4, y))


def _end(path: Path) -> tuple[Verdict, Key | None, Sequence[tuple[float, Verdict, Key | None]]]:
    """What of a path's outcome is drawn."""
    outcome = path.outcome
    shares = [(one.share, one.verdict, one.waypoint) for one in outcome.shares]
    return outcome.verdict, outcome.waypoint, shares


def _parts(path: Path) -> Sequence[Share]:
    outcome = path.outcome
    return outcome.shares or [Share(share=1.0, verdict=outcome.verdict, waypoint=outcome.waypoint)]


def _service(resolution: Resolution, ref: ObjectRef) -> Service | ServiceEntry | None:
    key = (ref.namespace, ref.name)
    match ref.kind:
        case "Service":
            return resolution.cluster.services.get(key)
        case "ServiceEntry":
            return resolution.cluster.service_entries.get(key)
        case _:
            return None


def _port_of(gateway: Gateway | None, name: str) -> str:
    listeners = () if gateway is None else gateway.listeners
    return next((f"{one.protocol} :{one.port}" for one in listeners if one.name == name), "")


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


def _middle(
    start: _Node, end: _Node, via: Sequence[tuple[float, float]], at: Mapping[str, Lane]
) -> tuple[float, float]:
    """Where an edge's label goes."""
    if via:
        # Two waypoints are reached by one line past ztunnel, whose labels stand side by side.
        along = 0.5 if end.kind != "waypoint" else 0.3 if end.y == start.y else 0.72
        return via[0][0] + (via[-1][0] - via[0][0]) * along, via[0][1]
    left, right = at[start.lane], at[end.lane]
    # Where edges fan out, a label is nearer to its own end than to the others'.
    along, down = (0.5, 0.5) if start.y == end.y else (0.6, 0.68)
    first, last = left.x + left.width / 2, right.x - right.width / 2
    return first + (last - first) * along, start.y + (end.y - start.y) * down


def _called(node: _Node) -> str:
    return visible(node.ref or node.label)


def _sentence(verdict: Verdict) -> str:
    word, meaning = WORDS[verdict], MEANINGS[verdict]
    return f"{word[0].upper()}{word[1:]}: {meaning}"


def _counted(verdicts: Iterable[Verdict]) -> str:
    """`3 paths: 2 direct, 1 waypoint`."""
    counts = Counter(verdicts)
    total = sum(counts.values())
    each = ", ".join(f"{counts[verdict]} {WORDS[verdict]}" for verdict in Verdict if counts[verdict])
    return f"{_count(total, 'path')}: {each}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _listed(items: Sequence[str]) -> str:
    more = len(items) - _LISTED
    return ", ".join(items[:_LISTED]) + (f" and {more} more" if more > 0 else "")
