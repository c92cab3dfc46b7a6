"""The stops of a path: the ids of the nodes that it passes, in order."""

from collections.abc import Sequence

from core.gates import Verdict
from core.graph.words import ENDS
from core.model import Key, ObjectRef
from core.outcomes import Share
from core.paths import Path

CLIENT = "client"


def gateway_id(key: Key) -> str:
    """The node of a gateway."""
    return f"gateway:{key[0]}/{key[1]}"


def route_id(path: Path) -> str:
    """The node of a path's route rule."""
    return f"route:{path.route_ref}:{path.rule}"


def service_id(ref: ObjectRef) -> str:
    """The node of a service."""
    return f"service:{ref}"


def ztunnel_id(ref: ObjectRef) -> str:
    """The node of ztunnel in the row of a service."""
    return f"ztunnel:{ref}"


def waypoint_id(ref: ObjectRef, key: Key) -> str:
    """The node of a waypoint in the row of a service."""
    return f"waypoint:{ref}@{key[0]}/{key[1]}"


def endpoints_id(ref: ObjectRef) -> str:
    """The node of the endpoints of a service."""
    return f"endpoints:{ref}"


def end_id(ref: ObjectRef, verdict: Verdict) -> str:
    """The node where traffic to a service ends."""
    return f"end:{ref}:{verdict}"


def parts(path: Path) -> Sequence[Share]:
    """The parts of a path's traffic; one where it is not split."""
    outcome = path.outcome
    return outcome.shares or [Share(share=1.0, verdict=outcome.verdict, waypoint=outcome.waypoint)]


def trunk(path: Path) -> Sequence[str]:
    """From the client to the service."""
    return (
        CLIENT,
        gateway_id(path.gateway_key),
        f"listener:{'/'.join(path.gateway_key)}/{path.listener}",
        route_id(path),
        service_id(path.service_ref),
    )


def leg(path: Path, part: Share) -> Sequence[str]:
    """What `part` of the path passes after the service."""
    ref, verdict = path.service_ref, part.verdict
    if verdict in ENDS:
        return (end_id(ref, verdict),)
    if verdict is Verdict.DIRECT:
        return (endpoints_id(ref),)
    if verdict is Verdict.VIP_DIRECT:
        return (ztunnel_id(ref), endpoints_id(ref))
    stops = [endpoints_id(ref)]
    if part.waypoint is not None:
        stops.insert(0, waypoint_id(ref, part.waypoint))
    if verdict is Verdict.WORKLOAD_WAYPOINT or path.plane == "kgateway":
        stops.insert(0, ztunnel_id(ref))
    return tuple(stops)


def journey(path: Path, part: int = 0) -> Sequence[str]:
    """The nodes of `path` in the order in which a request meets them, from the client to the endpoints or its end.

    Args:
        path: The path.
        part: Which of its `parts`, where its traffic is split.

    Raises:
        IndexError: The path has no such part.
    """
    return (*trunk(path), *leg(path, parts(path)[part]))
