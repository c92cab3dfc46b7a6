"""What a row tells once all of its paths are there: the service, the waypoint that nothing reaches, the endpoints."""

from collections.abc import Sequence

from core.endpoints import Endpoints
from core.gates import Verdict
from core.graph import stops
from core.graph.content import Content
from core.graph.parts import Node, ServiceRow
from core.graph.words import ENDS, counted, listed
from core.model import Key, ObjectRef, Pod, Service, ServiceEntry
from core.paths import Path, Resolution
from core.text import count


def complete(content: Content, row: ServiceRow, states: Sequence[Resolution]) -> None:
    """Fill in the nodes of `row`.

    Args:
        content: What is drawn.
        row: One of its rows, all paths added.
        states: The resolutions whose paths are drawn, the one that counts first.
    """
    _complete_service(content.nodes[row.node], row)
    for state, paths in zip(states, (row.after, row.before), strict=False):
        if paths:
            _add_unused_waypoint(content, row, state, paths)
    for key, verdicts in row.roles.items():
        _complete_waypoint(content.nodes[stops.waypoint_id(row.ref, key)], row, verdicts)
    _complete_endpoints(content, row, states)


def primary_waypoint(resolution: Resolution, ref: ObjectRef) -> Key | None:
    """The waypoint that a service names."""
    service = _service(resolution, ref)
    return None if service is None else resolution.world.attachment(service).reference.key


def _complete_service(node: Node, row: ServiceRow) -> None:
    ports = sorted({path.backend.port for path in row.paths if path.backend.port is not None})
    node.detail = " ".join([row.ref.kind, *(f":{port}" for port in ports[:2]), *(["…"] if ports[2:] else [])])
    if all(path.target is None for path in row.paths):
        node.state = "missing"
        node.detail = "not found"
    node.title = f"{row.ref}: {counted(path.outcome.verdict for path in row.shown)}"


def _complete_waypoint(node: Node, row: ServiceRow, verdicts: set[Verdict]) -> None:
    workload = Verdict.WORKLOAD_WAYPOINT in verdicts
    if workload:
        node.detail = "workload" if len(verdicts) == 1 else "workload + service"
    node.title = f"{node.ref}, {'workload waypoint' if workload else 'waypoint'} of {row.ref}"


def _add_unused_waypoint(content: Content, row: ServiceRow, state: Resolution, paths: Sequence[Path]) -> None:
    """The waypoint that the service names and no path shown reaches, as a shadow of itself."""
    service = _service(state, row.ref)
    if service is None:
        return
    attachment = state.world.attachment(service)
    if attachment.reference.name is None:
        return
    key = attachment.reference.key
    if stops.waypoint_id(row.ref, key) in content.nodes:
        return
    node = content.waypoint(row, key)
    node.only_before = paths is row.before
    row.unused.add(key)
    delivered = any(part.verdict not in ENDS for path in paths for part in stops.parts(path))
    if attachment.in_effect:
        node.state = "bypassed" if delivered else "not reached"
    else:
        node.state = "not in effect"
    node.detail = node.state
    told = "no path shown passes it" if attachment.in_effect else attachment.message
    node.title = f"{node.ref}, waypoint of {row.ref}: {node.state}; {told}"


# --- Endpoints ---------------------------------------------------------------------------------------------------


def _complete_endpoints(content: Content, row: ServiceRow, states: Sequence[Resolution]) -> None:
    addresses = list(dict.fromkeys(address for path in row.paths for address in path.endpoints))
    reached = stops.endpoints_id(row.ref) in content.nodes
    if not reached and not addresses:
        return
    node = content.endpoints(row)
    name = stops.endpoints_id(row.ref)
    node.twice_passed = {(row.node, name), (stops.ztunnel_id(row.ref), name)} <= content.edges.keys()
    _tell_endpoints(node, row, addresses, _known(row, states))
    if not reached:
        node.state = "not reached"
        node.detail = node.state


def _tell_endpoints(
    node: Node, row: ServiceRow, addresses: Sequence[str], known: Sequence[Endpoints]
) -> None:
    hosts = list(dict.fromkeys(address.rpartition(":")[0] for address in addresses))
    noun = "pod" if row.ref.kind == "Service" else "endpoint"
    if not hosts:
        node.label, node.detail, node.title = f"{noun}s", "not in the source", "No endpoint is in the source"
        return
    if any(one.predicted for one in known):
        workloads = [host for host in hosts if "/" in host and not host.startswith("Pod/")]
        noun = "workload" if len(workloads) == len(hosts) else noun
        node.label = count(len(hosts), noun)
        node.detail = "not observed"
        node.title = f"{node.label}, readiness not observed: {listed(addresses)}"
        return
    node.label = count(len(hosts), noun)
    if row.ref.kind != "Service" and not _observed(known):
        node.detail = "as declared"
        node.title = f"{node.label} as {row.ref} declares, readiness not observed: {listed(addresses)}"
        return
    unready = {one.address for found in known for one in found.unready} & set(hosts)
    node.detail = f"{len(hosts) - len(unready)} ready" if unready else "ready"
    told = f"{node.label}, {node.detail}" if unready else count(len(hosts), f"ready {noun}")
    node.title = f"{told}: {listed(addresses)}"


def _known(row: ServiceRow, states: Sequence[Resolution]) -> Sequence[Endpoints]:
    """What is known of the endpoints of a row's paths."""
    found = []
    for state, paths in zip(states, (row.after, row.before), strict=False):
        for path in paths:
            decided = state.decisions.get(path.decision)
            if decided is not None:
                found.append(decided.situations[-1].endpoints)
    return found


def _observed(known: Sequence[Endpoints]) -> bool:
    """Whether all of the endpoints are pods that were seen."""
    items = [endpoint for found in known for endpoint in found.items]
    return all(isinstance(one.subject, Pod) and one.subject.ready is not None for one in items)


def _service(resolution: Resolution, ref: ObjectRef) -> Service | ServiceEntry | None:
    key = (ref.namespace, ref.name)
    match ref.kind:
        case "Service":
            return resolution.cluster.services.get(key)
        case "ServiceEntry":
            return resolution.cluster.service_entries.get(key)
        case _:
            return None
