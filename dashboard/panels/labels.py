"""Switches for the labels that decide a path, on a service and on its namespace."""

from collections.abc import Sequence

from core import labels as names
from core.classes import data_plane
from core.cluster import Cluster
from core.model import ObjectRef
from core.whatif import row_of
from dashboard.markup import Node, h
from dashboard.markup.looks import choice
from dashboard.panels.acts import KINDS, VALUES
from dashboard.sight import Sight, slashed

_WORDS = {None: "unset", "true": "true", "false": "false"}


def can_be_labelled(ref: ObjectRef) -> bool:
    return ref.kind in KINDS


def namespace_of(ref: ObjectRef) -> ObjectRef:
    return ObjectRef(kind="Namespace", namespace="", name=ref.namespace)


def value(cluster: Cluster, ref: ObjectRef, key: str) -> str | None:
    """What an object carries under a label."""
    row = row_of(cluster, ref)
    return None if row is None else row.labels.get(key)


def switch(sight: Sight, ref: ObjectRef, place: str) -> Node:
    """The label that lets ingress traffic through waypoints: unset, true or false, and any other value it has.

    It always shows the state with the edits, since that is what it changes.
    """
    read = value(sight.shown.before.resolution.cluster, ref, names.INGRESS_USE_WAYPOINT)
    now = value(sight.shown.after.resolution.cluster, ref, names.INGRESS_USE_WAYPOINT)
    values: list[str | None] = list(VALUES)
    values += [one for one in dict.fromkeys((read, now)) if one not in values]
    return choice(
        f"{place} {ref}",
        f"{names.INGRESS_USE_WAYPOINT} of {ref}",
        [(_WORDS.get(one, f'"{one}"'), ["label", str(ref), one]) for one in values],
        values.index(now),
        read=values.index(read),
    )


class Waypoints:
    """The waypoints to choose from: for a namespace its own, and those of others that admit more than their own."""

    def __init__(self, cluster: Cluster) -> None:
        self._by_namespace: dict[str, list[str]] = {}
        self._shared: list[str] = []
        for key, gateway in sorted(cluster.gateways.items()):
            if data_plane(cluster, gateway).is_ingress:
                continue
            self._by_namespace.setdefault(key[0], []).append(slashed(key))
            if any(one.allowed.origin not in ("Same", "None") for one in gateway.listeners):
                self._shared.append(slashed(key))

    def offered(self, namespace: str) -> Sequence[str]:
        """As `namespace/name`, the namespace's own first."""
        own = self._by_namespace.get(namespace, [])
        return [*own, *(one for one in self._shared if one not in own)]


def waypoint_choice(sight: Sight, ref: ObjectRef, waypoints: Waypoints) -> Node:
    """The waypoint that an object names, as a list to choose from."""
    read = _named(sight.shown.before.resolution.cluster, ref)
    now = _named(sight.shown.after.resolution.cluster, ref)
    own = ref.namespace or ref.name
    values = ["", "none", *waypoints.offered(own)]
    values += [one for one in dict.fromkeys((read, now)) if one not in values]
    return h(
        "select",
        [
            h("option", _waypoint_word(one, own), value=one, selected=one == now, key=one or "unset")
            for one in values
        ],
        act=["waypoint", str(ref)],
        aria_label=f"{names.USE_WAYPOINT} of {ref}",
        class_="changed" if read != now else None,
    )


def _named(cluster: Cluster, ref: ObjectRef) -> str:
    name = value(cluster, ref, names.USE_WAYPOINT)
    if name is None or name == "none":
        return name or ""
    return f"{value(cluster, ref, names.USE_WAYPOINT_NAMESPACE) or ref.namespace or ref.name}/{name}"


def _waypoint_word(one: str, namespace: str) -> str:
    return {"": "unset", "none": "none"}.get(one) or one.removeprefix(f"{namespace}/") or '""'
