"""Waypoints that a plan has to wait for: those that it binds something to, or sends ingress traffic to, and that are
not ready in the source.
"""

from collections.abc import Iterator, Sequence

from core import labels as names
from core.attachment import reference
from core.cluster import Cluster
from core.kubectl import wait_command
from core.model import Key, Object, ObjectRef
from core.whatif import label_changes, row_of

_PRIMARY = frozenset({names.USE_WAYPOINT, names.USE_WAYPOINT_NAMESPACE, names.INGRESS_USE_WAYPOINT})
_CANARY = frozenset({names.CANARY, names.CANARY_NAMESPACE})


def waits(old: Cluster, new: Cluster, changed: Sequence[ObjectRef]) -> Iterator[tuple[str, str]]:
    """Command and comment for each waypoint that is not ready, sorted.

    Args:
        old: The cluster before the plan.
        new: The cluster after it.
        changed: The objects whose labels differ.
    """
    for namespace, name in sorted(set(_named(old, new, changed))):
        gateway = new.gateways.get((namespace, name))
        # A manifest has no status at all: what it says of readiness is nothing.
        if gateway is not None and (gateway.addresses is None or gateway.addresses):
            continue
        ref = ObjectRef(kind="Gateway", namespace=namespace, name=name)
        told = "is not in the source" if gateway is None else "has no address in the source"
        yield (
            wait_command("Programmed", ref),
            f"{ref} {told}: it must be ready before anything is sent there.",
        )


def _named(old: Cluster, new: Cluster, changed: Sequence[ObjectRef]) -> Iterator[Key]:
    """The waypoints of objects whose labels begin to bind them, or to send their ingress traffic there."""
    for ref in changed:
        row = row_of(new, ref)
        begins = {key for key, (_, value) in label_changes(old, new, ref).items() if value}
        if row is None or not begins:
            continue
        if begins & _PRIMARY:
            yield from _primary(new, row)
        if begins & _CANARY and row.labels.get(names.CANARY):
            yield (row.labels.get(names.CANARY_NAMESPACE, _home(row)), row.labels[names.CANARY])


def _home(row: Object) -> str:
    return row.namespace or row.name


def _primary(cluster: Cluster, row: Object) -> Iterator[Key]:
    """The waypoint that the labels of `row` name; for a Service that of its namespace where it names none."""
    if row.kind == "Namespace":
        name = row.labels.get(names.USE_WAYPOINT)
        if name and name != "none":
            yield (row.labels.get(names.USE_WAYPOINT_NAMESPACE, row.name), name)
        return
    found = reference(cluster, row)
    if found.name:
        yield found.key
