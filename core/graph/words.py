"""The words and the shapes that every picture of paths has in common."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from core.gates import Verdict
from core.model import Row
from core.text import count, printable

if TYPE_CHECKING:
    import networkx as nx

Graph: TypeAlias = "nx.DiGraph[str]"

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
    Verdict.INVALID: "the backendRef does not resolve: 500, at Istio's own Gateways 503",
}
"""What each verdict means, in half a sentence."""

ENDS = frozenset({Verdict.BLACKHOLE, Verdict.NO_ENDPOINTS, Verdict.INVALID})
"""Verdicts whose traffic gets nowhere."""
PAST = frozenset({Verdict.DIRECT, Verdict.VIP_DIRECT})
"""Verdicts whose traffic meets no waypoint."""

NODE_HEIGHT = 36
END_HEIGHT = 22
SIDE_HEIGHT = 24
"""The height of a second waypoint of a row, above or below the first."""
LABEL, TITLE = 60, 400
"""The most characters of a label and of a title."""
_LISTED = 10


class Lane(Row):
    """A column: its header, the middle of it and the width of its nodes. `verdict` is set where it counts one."""

    name: str
    title: str
    x: float
    width: float
    verdict: str = ""


_BESIDE = 14
"""What a band reaches beyond its lanes, in units of the drawing."""


class Band(Row):
    """The rows of one namespace. `title` is its name as it can be shown."""

    namespace: str
    title: str
    left: float
    right: float
    top: float
    bottom: float


def band(namespace: str, first: Lane, last: Lane, *, top: float, bottom: float) -> Band:
    """The band of a namespace, a little wider than its lanes, which are `first` to `last`."""
    return Band(
        namespace=namespace,
        title=printable(namespace, LABEL),
        left=first.x - first.width / 2 - _BESIDE,
        right=last.x + last.width / 2 + _BESIDE,
        top=top,
        bottom=bottom,
    )


class Layout(Row):
    """Where everything is, in the units of the drawing. `y` grows downwards."""

    lanes: Sequence[Lane]
    bands: Sequence[Band]
    left: float
    right: float
    top: float
    bottom: float


def sentence(verdict: Verdict) -> str:
    """`Black hole: the gateway has no address …`."""
    word, meaning = WORDS[verdict], MEANINGS[verdict]
    return f"{word[0].upper()}{word[1:]}: {meaning}"


def counted(verdicts: Iterable[Verdict]) -> str:
    """`3 paths: 2 direct, 1 waypoint`."""
    return told(Counter(verdicts))


def told(counts: Counter[Verdict]) -> str:
    """`3 paths: 2 direct, 1 waypoint`, of numbers by verdict."""
    each = ", ".join(f"{counts[verdict]:,} {WORDS[verdict]}" for verdict in Verdict if counts[verdict])
    return f"{count(sum(counts.values()), 'path')}: {each}" if each else "no path"


def listed(items: Sequence[str]) -> str:
    """The first ten, and how many more there are."""
    more = len(items) - _LISTED
    return ", ".join(items[:_LISTED]) + (f" and {more:,} more" if more > 0 else "")


def counts_of(graph: Graph) -> Counter[str]:
    """The paths of a graph by verdict, those that are not drawn too."""
    counted = graph.graph.get("counts")
    return Counter(graph.graph["verdicts"].values()) if counted is None else Counter(counted)


def goals(graph: Graph) -> str:
    """What the paths of a graph lead to: `10 services`, `40 namespaces`."""
    if graph.graph["kind"] == "groups":
        noun = "route rule" if graph.graph["level"] == "route" else graph.graph["level"]
        return count(graph.graph["page"].total, noun)
    return count(sum(node["kind"] == "service" for _, node in graph.nodes(data=True)), "service")
