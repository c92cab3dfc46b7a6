"""What a source did not show, where an answer about policies rests on it: unknown, and never taken for absent."""

from collections.abc import Iterable, Sequence

from core.cluster import Cluster
from core.policies.reading.kinds import POLICY_KINDS

MESH_ROUTES = frozenset({"HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute"})
"""Routes that may have a Service as their parent, and then act at its waypoint."""
POLICIES = frozenset(kind for _, kind in POLICY_KINDS) | MESH_ROUTES
"""The kinds whose objects act on traffic."""
_ONLY_AT_PODS = frozenset({"PeerAuthentication"})
_ISTIOS = frozenset(kind for group, kind in POLICY_KINDS if group.endswith(".istio.io"))
AT_WAYPOINTS = (_ISTIOS | MESH_ROUTES) - _ONLY_AT_PODS
"""Those of them that may act at a waypoint of Istio's."""
_SHOWN = 6


def hidden_kinds(cluster: Cluster, kinds: Iterable[str]) -> Sequence[str]:
    """Those of `kinds` that could not be read, in part at least; sorted."""
    return sorted(cluster.unread.kinds.intersection(kinds))


def hidden_namespaces(cluster: Cluster, *namespaces: str) -> Sequence[str]:
    """Those of `namespaces` that the reading left out; sorted."""
    read = cluster.unread.namespaces
    return [] if read is None else sorted(set(namespaces) - read)


def told(kinds: Sequence[str], namespaces: Sequence[str] = ()) -> str:
    """That these were not read, as a sentence without full stop; empty where there are none."""
    parts = []
    if kinds:
        parts.append(f"{_joined(kinds)} objects were not read")
    if namespaces:
        one = len(namespaces) == 1
        parts.append(
            f"namespace{'' if one else 's'} {_joined(namespaces)} {'was' if one else 'were'} not read"
        )
    return ", and ".join(parts)


def _joined(names: Sequence[str]) -> str:
    if len(names) > _SHOWN:
        return f"{', '.join(names[:_SHOWN])} and {len(names) - _SHOWN} more"
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)
