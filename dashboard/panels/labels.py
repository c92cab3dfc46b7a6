"""Switches for the labels that decide a path, on a service and on its namespace."""

from collections.abc import Sequence

from core import labels as names
from core.classes import data_plane
from core.cluster import Cluster
from core.model import Object, ObjectRef, Row
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


class Carried(Row):
    """The labels of an object as they were read, and as they are with the edits.

    `named` is the waypoint: empty without one, `none`, or `namespace/name`.
    """

    ref: ObjectRef
    read: str | None
    now: str | None
    named_read: str
    named: str


def carried(sight: Sight, ref: ObjectRef) -> Carried:
    """What an object carries. Always the state with the edits, since that is what the switches change."""
    before, after = (row_of(one.resolution.cluster, ref) for one in (sight.shown.before, sight.shown.after))
    return Carried(
        ref=ref,
        read=None if before is None else before.labels.get(names.INGRESS_USE_WAYPOINT),
        now=None if after is None else after.labels.get(names.INGRESS_USE_WAYPOINT),
        named_read=_named(before, ref),
        named=_named(after, ref),
    )


def switch(of: Carried, place: str) -> Node:
    """The label that lets ingress traffic through waypoints: unset, true or false, and any other value it has."""
    values: list[str | None] = list(VALUES)
    values += [one for one in dict.fromkeys((of.read, of.now)) if one not in values]
    return choice(
        f"{place} {of.ref}",
        f"{names.INGRESS_USE_WAYPOINT} of {of.ref}",
        [(_WORDS.get(one, f'"{one}"'), ["label", str(of.ref), one]) for one in values],
        values.index(of.now),
        read=values.index(of.read),
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

    def offered(self, namespace: str) -> tuple[str, ...]:
        """As `namespace/name`, the namespace's own first."""
        own = self._by_namespace.get(namespace, [])
        return (*own, *(one for one in self._shared if one not in own))


def waypoint_choice(of: Carried, offered: Sequence[str]) -> Node:
    """The waypoint that an object names, as a list to choose from."""
    own = namespace_in(of.ref)
    values = ["", "none", *offered]
    values += [one for one in dict.fromkeys((of.named_read, of.named)) if one not in values]
    return h(
        "select",
        [
            h("option", _waypoint_word(one, own), value=one, selected=one == of.named, key=one or "unset")
            for one in values
        ],
        act=["waypoint", str(of.ref)],
        aria_label=f"{names.USE_WAYPOINT} of {of.ref}",
        class_="changed" if of.named_read != of.named else None,
    )


def namespace_in(ref: ObjectRef) -> str:
    """The namespace of an object; a Namespace's own name."""
    return ref.namespace or ref.name


def _named(row: Object | None, ref: ObjectRef) -> str:
    name = None if row is None else row.labels.get(names.USE_WAYPOINT)
    if row is None or name is None or name == "none":
        return name or ""
    return f"{row.labels.get(names.USE_WAYPOINT_NAMESPACE) or namespace_in(ref)}/{name}"


def _waypoint_word(one: str, namespace: str) -> str:
    return {"": "unset", "none": "none"}.get(one) or one.removeprefix(f"{namespace}/") or '""'
