"""What is drawn: for each path the nodes that it passes and the edges between them, each with the paths that use it."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from core.cluster import Cluster
from core.explain import percent
from core.gates import Verdict
from core.graph import stops
from core.graph.parts import AFTER, Node, ServiceRow, Uses
from core.graph.words import END_HEIGHT, ENDS, WORDS, listed, sentence
from core.listener_sets import named_listener
from core.model import Key, ObjectRef
from core.outcomes import Share
from core.paths import Path, Resolution


class Content:
    """The nodes, edges and rows of some paths of `resolution`."""

    def __init__(self, resolution: Resolution) -> None:
        self.resolution = resolution
        self.nodes: dict[str, Node] = {}
        self.edges: dict[tuple[str, str], Uses] = {}
        self.rows: dict[ObjectRef, ServiceRow] = {}
        self.touched: set[str] = set()
        """The ids of paths that end otherwise than before."""
        self.weights: dict[str, dict[str, dict[int, None]]] = {}
        """Route → service → the weights of its backendRefs."""

    def add(self, path: Path, time: int) -> None:
        """Draws a path as it is after or as it was before."""
        row = self._row(path.service_ref)
        (row.after if time == AFTER else row.before).append(path)
        trunk = stops.trunk(path)
        self._add_trunk(path)
        for name in trunk:
            self.nodes[name].uses.add(path, path.outcome.verdict, time)
        for pair in pairwise(trunk):
            self._edge(pair, path, path.outcome.verdict, time)
        self.weights.setdefault(trunk[3], {}).setdefault(row.node, {})[path.backend.weight] = None
        legs = [(part, self._leg(row, path, part)) for part in stops.parts(path)]
        common = set.intersection(*(set(pairwise(names)) for _, names in legs))
        for part, names in legs:
            share = percent(part.share) if path.outcome.shares else ""
            for pair in pairwise(names):
                uses = self._edge(pair, path, part.verdict, time)
                self.nodes[pair[1]].uses.add(path, part.verdict, time)
                if share and pair not in common:
                    uses.shares[share] = None
                    share = ""

    def compare(self, paths: Sequence[Path], before: Mapping[str, Path]) -> None:
        """Finds the paths that end otherwise than before."""
        ends = {path.id: end_of(path) for path in paths}
        olds = {path.id: end_of(path) for path in before.values()}
        self.touched = {name for name in {*ends, *olds} if ends.get(name) != olds.get(name)}

    def _edge(self, pair: tuple[str, str], path: Path, verdict: Verdict, time: int) -> Uses:
        uses = self.edges.setdefault(pair, Uses())
        uses.add(path, verdict, time)
        return uses

    # --- Left of the services -------------------------------------------------------------------------------------

    def _add_trunk(self, path: Path) -> None:
        client, gateway, listener, route, _ = stops.trunk(path)
        if client not in self.nodes:
            self.nodes[client] = client_node()
        if gateway not in self.nodes:
            self.nodes[gateway] = gateway_node(path)
        if listener not in self.nodes:
            self.nodes[listener] = self._listener(path)
        if route not in self.nodes:
            self.nodes[route] = _route(path)

    def _listener(self, path: Path) -> Node:
        port = _port_of(self.resolution.cluster, path)
        return Node(
            lane="listener",
            kind="listener",
            label=path.listener,
            detail=port,
            title=" ".join(filter(None, [f"Listener {path.listener} of {path.gateway_ref}", port])),
            namespace=path.gateway[0],
            ref=str(path.gateway_ref),
        )

    # --- A service and what is right of it ------------------------------------------------------------------------

    def _row(self, ref: ObjectRef) -> ServiceRow:
        row = self.rows.get(ref)
        if row is None:
            row = self.rows[ref] = ServiceRow(ref=ref, node=stops.service_id(ref))
            self.nodes[row.node] = Node(
                lane="service", kind="service", label=ref.name, namespace=ref.namespace, ref=str(ref)
            )
        return row

    def _leg(self, row: ServiceRow, path: Path, part: Share) -> Sequence[str]:
        names = stops.leg(path, part)
        if part.verdict in ENDS:
            self._add_end(row, part.verdict)
        elif part.verdict not in (Verdict.DIRECT, Verdict.VIP_DIRECT) and part.waypoint is not None:
            row.roles.setdefault(part.waypoint, set()).add(part.verdict)
            self.waypoint(row, part.waypoint)
        for name in names:
            if name.startswith("ztunnel:"):
                self._add_ztunnel(row)
            elif name.startswith("endpoints:"):
                self.endpoints(row)
        return (row.node, *names)

    def _add_ztunnel(self, row: ServiceRow) -> None:
        name = stops.ztunnel_id(row.ref)
        if name not in self.nodes:
            self.nodes[name] = Node(
                lane="ztunnel",
                kind="ztunnel",
                label="ztunnel",
                title="ztunnel on the gateway's node",
                namespace=row.ref.namespace,
            )

    def waypoint(self, row: ServiceRow, key: Key) -> Node:
        """The node of a waypoint in `row`, made where it is not there yet."""
        name = stops.waypoint_id(row.ref, key)
        if name not in self.nodes:
            ref = ObjectRef(kind="Gateway", namespace=key[0], name=key[1])
            self.nodes[name] = Node(
                lane="waypoint", kind="waypoint", label=key[1], detail=key[0], namespace=key[0], ref=str(ref)
            )
        return self.nodes[name]

    def endpoints(self, row: ServiceRow) -> Node:
        """The node of the endpoints of `row`, made where it is not there yet."""
        name = stops.endpoints_id(row.ref)
        if name not in self.nodes:
            self.nodes[name] = Node(lane="endpoints", kind="endpoints", label="", namespace=row.ref.namespace)
        return self.nodes[name]

    def _add_end(self, row: ServiceRow, verdict: Verdict) -> None:
        name = stops.end_id(row.ref, verdict)
        if name not in self.nodes:
            self.nodes[name] = Node(
                lane="endpoints" if verdict is Verdict.NO_ENDPOINTS else "ztunnel",
                kind="end",
                label=WORDS[verdict],
                title=sentence(verdict),
                namespace=row.ref.namespace,
                height=END_HEIGHT,
            )


def client_node() -> Node:
    """Where all requests come from."""
    return Node(
        lane="client", kind="client", label="clients", title="Clients that send requests to the gateways"
    )


def gateway_node(path: Path) -> Node:
    """The gateway of `path`."""
    plane = "data plane not modelled" if path.plane == "unknown" else f"data plane {path.plane}"
    of = f"of class {path.gateway_class}" if path.gateway_class else f"of {path.gateway_api}"
    return Node(
        lane="gateway",
        kind="gateway",
        label=path.gateway_ref.name,
        detail=f"{path.gateway[0]} · {path.plane}",
        title=f"{path.gateway_ref} {of}, {plane}",
        namespace=path.gateway[0],
        ref=str(path.gateway_ref),
    )


def _route(path: Path) -> Node:
    kind = "" if path.route_kind == "HTTPRoute" else f"{path.route_kind} "
    hosts = listed(path.hostnames) if path.hostnames else "any host"
    return Node(
        lane="route",
        kind="route",
        label=path.route[1],
        detail=f"{path.route[0]} · {kind}rule {path.rule}",
        title=f"{path.route_ref} rule {path.rule}, {hosts}",
        namespace=path.route[0],
        ref=str(path.route_ref),
    )


def end_of(path: Path) -> tuple[Verdict, Key | None, Sequence[tuple[float, Verdict, Key | None]]]:
    """What of a path's outcome is drawn."""
    outcome = path.outcome
    shares = [(one.share, one.verdict, one.waypoint) for one in outcome.shares]
    return outcome.verdict, outcome.waypoint, shares


def _port_of(cluster: Cluster, path: Path) -> str:
    gateway = cluster.gateways.get(path.gateway_key)
    listener = None if gateway is None else named_listener(cluster, gateway, path.listener)
    return "" if listener is None else f"{listener.protocol} :{listener.port}"
