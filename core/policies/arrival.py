"""What a path's traffic meets beyond the gateway, part by part where it is split."""

from collections.abc import Iterable, Sequence

from core.gates import Verdict
from core.model import Key, ObjectRef, Row, Service, ServiceEntry
from core.outcomes import Share
from core.paths import Path
from core.policies.index import NO_POLICIES, Index, Refs, union
from core.policies.places import Places
from core.situation import World

ARRIVES = frozenset({Verdict.WAYPOINT, Verdict.WORKLOAD_WAYPOINT, Verdict.DIRECT, Verdict.VIP_DIRECT})
"""Verdicts of traffic that reaches the backend. Other traffic meets nothing there, and bypasses nothing."""

_DIRECT = frozenset({Verdict.DIRECT, Verdict.VIP_DIRECT})


class Met(Row):
    """The policies that all of a path's traffic meets beyond the gateway, and those for it at the backend's
    waypoint.
    """

    always: Refs
    meant: Refs


NOTHING = Met(always=NO_POLICIES, meant=NO_POLICIES)


def arriving(path: Path) -> Sequence[Share]:
    """The parts of the path's traffic that reach the backend."""
    outcome = path.outcome
    parts = outcome.shares or (Share(share=1.0, verdict=outcome.verdict, waypoint=outcome.waypoint),)
    return [part for part in parts if part.verdict in ARRIVES]


class Arrivals:
    """What traffic to a backend meets, shared by the paths that lead to it in the same way."""

    def __init__(self, world: World, places: Places, index: Index) -> None:
        self._world = world
        self._places = places
        self._index = index
        self._met: dict[tuple[object, ...], Met] = {}

    def service(self, path: Path) -> Service | ServiceEntry | None:
        """The Service or ServiceEntry behind `path`."""
        ref = path.target
        if ref is None:
            return None
        cluster = self._world.cluster
        key = (ref.namespace, ref.name)
        if ref.kind == "Service":
            return cluster.services.get(key)
        return cluster.service_entries.get(key) if ref.kind == "ServiceEntry" else None

    def of(self, path: Path) -> Met:
        """What the traffic of `path` meets."""
        shares = arriving(path)
        row = self.service(path)
        if not shares or row is None:
            return NOTHING
        port = path.backend.port or 0
        key = (row.ref, port, tuple((share.verdict, share.waypoint) for share in shares))
        found = self._met.get(key)
        if found is None:
            found = self._met[key] = self._work_out(shares, row, port)
        return found

    def _work_out(self, shares: Sequence[Share], row: Service | ServiceEntry, port: int) -> Met:
        pods, waypoints = self._behind(row, port)
        at_each = [self._at(share, row.ref, port) for share in shares]
        meant = [*self._meant(row.ref, port)]
        if any(share.verdict in _DIRECT for share in shares):
            meant += [self._index.at_workloads(waypoint) for waypoint in waypoints]
        always = frozenset.intersection(*at_each) | self._index.at_pods(pods)
        return Met(always=always, meant=union(meant))

    def _at(self, share: Share, service: ObjectRef, port: int) -> Refs:
        if share.waypoint is None:
            return NO_POLICIES
        if share.verdict is Verdict.WORKLOAD_WAYPOINT:
            return self._index.at_workloads(share.waypoint)
        return self._index.at_waypoint(share.waypoint, service, port)

    def _meant(self, service: ObjectRef, port: int) -> Iterable[Refs]:
        for place in self._places.by_service.get(service, ()):
            if place.port == port:
                yield self._index.at_waypoint(place.waypoint, service, port)

    def _behind(self, row: Service | ServiceEntry, number: int) -> tuple[Sequence[str], Sequence[Key]]:
        """The pods behind the backend, and the waypoints that take traffic addressed to them."""
        port = next((one for one in row.ports if one.port == number), None)
        pods: list[str] = []
        waypoints: dict[Key, None] = {}
        for endpoint in self._world.endpoints(row, port).items:
            subject = endpoint.subject
            if subject is not None:
                pods += [f"{subject.namespace}/{subject.name}"] if subject.kind == "Pod" else []
                attached = self._world.workload_attachment(subject).waypoints
                waypoints.update((one.waypoint, None) for one in attached)
        return pods, tuple(waypoints)
