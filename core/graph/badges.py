"""Policies where they act: at a waypoint for one service, at a gateway, at the ztunnel of the endpoints.

A badge tells how many policies act at a node for the paths shown, and whether their traffic passes there. Policies
at ztunnel act on the node of the pods, so their badge is at the endpoints. Routes of a gateway are drawn as such, and
are not counted again.
"""

from collections.abc import Iterable, Sequence

from core.graph import stops
from core.graph.content import Content
from core.graph.parts import Badge, ServiceRow
from core.graph.words import TITLE, listed
from core.model import Key, ObjectRef
from core.paths import Path
from core.policies.view import PathPolicies, PolicyView
from core.text import count, printable

_AT = {
    "waypoint": "at the waypoint",
    "gateway": "at the gateway",
    "ztunnel": "at the ztunnel of the endpoints",
}


class Where:
    """Which policies act at waypoints and at ztunnels; the others act at gateways."""

    def __init__(self, view: PolicyView) -> None:
        self.at_waypoint: dict[tuple[Key, ObjectRef | None], set[ObjectRef]] = {}
        self.at_ztunnel: set[ObjectRef] = set()
        for one in view.acts:
            for act in one.acts:
                if act.at in ("waypoint", "waypoint-workloads"):
                    self.at_waypoint.setdefault((act.gateway, act.service), set()).add(one.policy)
                elif act.at == "ztunnel":
                    self.at_ztunnel.add(one.policy)

    def waypoint(self, key: Key, service: ObjectRef) -> set[ObjectRef]:
        """Those at a waypoint for a service, or for traffic that is addressed to its pods."""
        return self.at_waypoint.get((key, service), set()) | self.at_waypoint.get((key, None), set())


def add_badges(content: Content, view: PolicyView, paths: Iterable[Path]) -> None:
    """Give the nodes of `content` their badges.

    Args:
        content: What is drawn, completed.
        view: The policies of the resolution that `paths` are of.
        paths: The paths that are drawn.
    """
    where = Where(view)
    met = {path.id: view.of(path) for path in paths}
    if not any(one.enforced or one.bypassed for one in met.values()):
        return
    elsewhere: dict[str, list[PathPolicies]] = {}
    for row in content.rows.values():
        own = [met[path.id] for path in row.shown if path.id in met]
        placed = _badge_row(content, row, where, own)
        for path in row.shown:
            if path.id in met:
                elsewhere.setdefault(stops.gateway_id(path.gateway_key), []).append(
                    _without(met[path.id], placed)
                )
    for name, policies in elsewhere.items():
        here = {ref for ref in _all(policies) if not ref.kind.endswith("Route")}
        _put(content, name, "gateway", policies, here)


def _badge_row(
    content: Content, row: ServiceRow, where: Where, met: Sequence[PathPolicies]
) -> set[ObjectRef]:
    """The badges right of a service; returns the policies that they tell of."""
    everything = _all(met)
    placed: set[ObjectRef] = set()
    for key in {*row.roles, *row.unused}:
        here = where.waypoint(key, row.ref) & everything
        _put(content, stops.waypoint_id(row.ref, key), "waypoint", met, here)
        placed |= here
    here = (where.at_ztunnel & everything) - placed
    _put(content, stops.endpoints_id(row.ref), "ztunnel", met, here)
    return placed | here


def _put(content: Content, name: str, place: str, met: Sequence[PathPolicies], here: set[ObjectRef]) -> None:
    node = content.nodes.get(name)
    if node is None or not here:
        return
    enforced = {ref for one in met for ref in one.enforced} & here
    doubled = {ref for one in met for ref in one.doubled_refs} & enforced
    state = "doubled" if doubled else "enforced" if enforced else "bypassed"
    node.badge = Badge(count=len(here), state=state, title=_told(place, sorted(here), enforced, doubled))


def _told(place: str, here: Sequence[ObjectRef], enforced: set[ObjectRef], doubled: set[ObjectRef]) -> str:
    past = [ref for ref in here if ref not in enforced]
    number = count(len(here), "policy").replace("policys", "policies")
    if not past:
        said = f"{number} {_AT[place]}: {listed([str(ref) for ref in here])}"
    elif len(past) == len(here):
        said = f"{number} {_AT[place]}, bypassed: {listed([str(ref) for ref in here])}"
    else:
        marked = [f"{ref} (bypassed)" if ref in past else str(ref) for ref in here]
        said = f"{number} {_AT[place]}: {listed(marked)}"
    return printable(f"{said}; the same effect at gateway and waypoint" if doubled else said, TITLE)


def _all(met: Iterable[PathPolicies]) -> set[ObjectRef]:
    return {ref for one in met for ref in (*one.enforced, *one.bypassed)}


def _without(met: PathPolicies, placed: set[ObjectRef]) -> PathPolicies:
    return PathPolicies(
        enforced=[ref for ref in met.enforced if ref not in placed],
        bypassed=[ref for ref in met.bypassed if ref not in placed],
        doubled=met.doubled,
    )
