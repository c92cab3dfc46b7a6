"""Objects by their name: the paths of one that an address or a graph names, and those whose name has certain words.

An object is named as the graph names its nodes: `service:Service/shop/cart`, `gateway:infra/public`. A path is named by
its id.
"""

from collections.abc import Callable, Iterator, Sequence

from core.classes import data_plane
from core.cluster import Cluster
from core.model import Row
from dashboard.sight import Pair, Sight, slashed

Test = Callable[[Pair], bool]

GATEWAY_NAME = "gateway.networking.k8s.io/gateway-name"
"""The label by which a Gateway's pods name it."""


class Entry(Row, order=True):
    """An object that can be looked for. `title` is `namespace/name`, `name` what stands for it in an address."""

    rank: int
    kind: str
    title: str
    name: str

    @property
    def text(self) -> str:
        return f"{self.kind} {self.title}".lower()


# --- the paths of an object --------------------------------------------------------------------------------------


def pairs_of(sight: Sight, name: str) -> Sequence[Pair]:
    """The paths that an object is on, of those that the filters let through; a path's id stands for itself."""
    if name in sight.by_id:
        return [sight.by_id[name]]
    test = _test(sight, name)
    return [] if test is None else [pair for pair in sight.pairs if test(pair)]


def all_pairs_of(sight: Sight, name: str) -> Sequence[Pair]:
    """The same, whatever the filters."""
    test = _test(sight, name) or (lambda pair: pair.id == name)
    return [pair for pair in sight.everything if test(pair)]


def namespace_of(sight: Sight, name: str) -> str:
    """The namespace of the services that an object leads to where there is one; else empty."""
    found = {pair.any.service_ref.namespace for pair in all_pairs_of(sight, name)}
    return found.pop() if len(found) == 1 else ""


def _test(sight: Sight, name: str) -> Test | None:
    """Whether a path leads through the object; None for what names no object."""
    kind, _, rest = name.partition(":")
    match kind:
        case "service":
            return lambda pair: str(pair.any.service_ref) == rest
        case "namespace":
            return lambda pair: pair.any.service_ref.namespace == rest
        case "gateway":
            return lambda pair: slashed(pair.any.gateway) == rest
        case "listener":
            return lambda pair: f"{slashed(pair.any.gateway)}/{pair.any.listener}" == rest
        case "route":
            return lambda pair: rest in (str(pair.any.route_ref), f"{pair.any.route_ref}:{pair.any.rule}")
        case "waypoint":
            return lambda pair: rest in _waypoints(pair, sight)
        case "pod":
            return _of_pod(sight, rest)
    return None


def _waypoints(pair: Pair, sight: Sight) -> Iterator[str]:
    """The waypoints that a path meets or passes by."""
    for path in pair.states(sight.mode):
        for key in (path.outcome.waypoint, *(share.waypoint for share in path.outcome.shares)):
            if key is not None:
                yield slashed(key)


def _of_pod(sight: Sight, title: str) -> Test | None:
    """A gateway's pod is on all of its paths, another one on those of which it is an endpoint."""
    namespace, _, name = title.partition("/")
    pod = sight.explainer.resolution.cluster.pods.get((namespace, name))
    if pod is None:
        return None
    gateway = (namespace, pod.labels.get(GATEWAY_NAME, ""))
    starts = tuple(f"[{ip}]:" if ":" in ip else f"{ip}:" for ip in pod.ips)
    return lambda pair: (
        pair.any.gateway == gateway
        or (bool(starts) and any(one.startswith(starts) for one in pair.any.endpoints))
    )


# --- all objects ---------------------------------------------------------------------------------------------------


def index(cluster: Cluster) -> Sequence[Entry]:
    """The objects that paths are made of, those that people look for most first."""
    return sorted(_entries(cluster))


def _entries(cluster: Cluster) -> Iterator[Entry]:
    for kind, services in (("Service", cluster.services), ("ServiceEntry", cluster.service_entries)):
        for key in services:
            title = slashed(key)
            yield Entry(rank=0, kind=kind, title=title, name=f"service:{kind}/{title}")
    for key, gateway in cluster.gateways.items():
        title = slashed(key)
        if not data_plane(cluster, gateway).is_ingress:
            yield Entry(rank=1, kind="Waypoint", title=title, name=f"waypoint:{title}")
            continue
        yield Entry(rank=1, kind="Gateway", title=title, name=f"gateway:{title}")
        for listener in gateway.listeners:
            whole = f"{title}/{listener.name}"
            yield Entry(rank=3, kind="Listener", title=whole, name=f"listener:{whole}")
    for route in cluster.routes:
        yield Entry(
            rank=2, kind=route.kind, title=slashed((route.namespace, route.name)), name=f"route:{route.ref}"
        )
    for name in _namespaces(cluster):
        yield Entry(rank=4, kind="Namespace", title=name, name=f"namespace:{name}")
    for key in cluster.pods:
        yield Entry(rank=5, kind="Pod", title=slashed(key), name=f"pod:{slashed(key)}")


def _namespaces(cluster: Cluster) -> set[str]:
    named = {name for _, name in cluster.namespaces}
    return named | {namespace for namespace, _ in (*cluster.services, *cluster.service_entries)}


def search(entries: Sequence[Entry], wanted: str, most: int) -> tuple[Sequence[Entry], int]:
    """The first `most` objects in whose kind or name all words occur, the closest first; and how many there are."""
    words = wanted.lower().split()
    if not words:
        return (), 0
    found = [entry for entry in entries if all(word in entry.text for word in words)]
    found.sort(key=lambda entry: _distance(entry, words))
    return found[:most], len(found)


def _distance(entry: Entry, words: Sequence[str]) -> int:
    """Less for a name that is a word, then for one that begins with it, then for one that has it."""
    own = entry.title.rpartition("/")[2].lower()
    if entry.title.lower() in words or own in words:
        return 0
    if any(own.startswith(word) for word in words):
        return 1
    return 2 if any(word in own for word in words) else 3
