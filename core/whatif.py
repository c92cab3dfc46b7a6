"""What-if: a scenario applied to a cluster makes another cluster; no rule knows that an edit exists.

Rows remember what was read (`Object.read_labels`, `Controller.read`), so that an edit that is taken back
leaves nothing behind.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import chain, islice
from typing import Any

from core import labels as names
from core.cluster import Cluster, Table, replace
from core.controllers import Controller
from core.edits import LABEL_KINDS, Edit, EnvEdit, LabelEdit, VersionEdit
from core.model import Key, Labels, Namespace, Object, ObjectRef, Problem, Row
from core.paths import CONTROLLER_OF, Resolution, resolve_again
from core.terminal import visible
from core.versions import parse_version

ORIGIN = "scenario"
"""The origin of a value or version, and the `where` of a Namespace, that comes from an edit."""

CONTROLLER = "Controller"
"""The kind by which a changed controller is named among the changed objects."""

_TABLES = {
    "Service": "services",
    "ServiceEntry": "service_entries",
    "Namespace": "namespaces",
    "Pod": "pods",
    "Gateway": "gateways",
}
"""Kind → the field of Cluster that holds its rows."""

_KIND_WORDS = {kind: word for word, kind in LABEL_KINDS.items()}

_PATH_LABELS = (
    names.USE_WAYPOINT,
    names.USE_WAYPOINT_NAMESPACE,
    names.INGRESS_USE_WAYPOINT,
    names.CANARY,
    names.CANARY_NAMESPACE,
    names.WAYPOINT_FOR,
    names.DATAPLANE_MODE,
    names.GATEWAY_NAME,
)
_ANNOTATIONS = (names.CANARY_WEIGHT, names.INBOUND_BINDING)
_MAX_CANDIDATES = 2000


class Applied(Row):
    """A cluster after a scenario. `changed` are the objects that differ, controllers among them."""

    cluster: Cluster
    changed: frozenset[ObjectRef]
    problems: Sequence[Problem]


@dataclass(frozen=True)
class Preview:
    """The paths before and after a scenario."""

    before: Resolution
    after: Resolution
    changed: frozenset[ObjectRef]
    problems: Sequence[Problem]


def preview(before: Resolution, edits: Iterable[Edit]) -> Preview:
    """The paths of the cluster of `before` after `edits`; only what they touch is decided again."""
    applied = apply(before.cluster, edits)
    after = resolve_again(before, applied.cluster, applied.changed)
    return Preview(before=before, after=after, changed=applied.changed, problems=applied.problems)


def apply(cluster: Cluster, edits: Iterable[Edit]) -> Applied:
    """`cluster` after `edits`, one after the other.

    An edit of something that the source does not hold changes nothing and is told in a problem; a Namespace
    that other objects live in is taken to exist.
    """
    state = _State(cluster)
    problems: list[Problem] = []
    for number, edit in enumerate(edits, 1):
        if isinstance(edit, LabelEdit):
            found = state.label(edit)
        elif isinstance(edit, EnvEdit):
            found = state.env(edit)
        else:
            found = state.version(edit)
        where = f"{ORIGIN} edit {number}"
        problems += [Problem(severity="warning", where=where, message=visible(text)) for text in found]
    after, changed = state.finish()
    return Applied(cluster=after, changed=changed, problems=tuple(problems))


class _State:
    """The rows and controllers that differ from those of a cluster."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.rows: dict[tuple[str, Key], Object | None] = {}
        self.controllers: dict[str, Controller] = {}

    def row(self, kind: str, key: Key) -> Object | None:
        if (kind, key) in self.rows:
            return self.rows[(kind, key)]
        return row_of(self.cluster, ObjectRef(kind=kind, namespace=key[0], name=key[1]))

    def label(self, edit: LabelEdit) -> Iterator[str]:
        kind = LABEL_KINDS[edit.kind]
        key = (edit.namespace, edit.name)
        row = self.row(kind, key)
        if row is None and kind == "Namespace" and _is_used(self.cluster, edit.name):
            row = Namespace(namespace="", name=edit.name, where=ORIGIN, read_labels={})
        if row is None:
            hint = _similar(self.cluster, edit)
            yield f"{edit.target} is not in the source, so the edit changes nothing{hint}"
            return
        labels = {name: value for name, value in {**row.labels, **edit.set}.items() if name not in edit.unset}
        self.rows[(kind, key)] = _relabelled(row, labels)
        yield from filter(None, map(_label_doubt, edit.set))

    def controller(self, name: str) -> Controller:
        return self.controllers.get(name) or self.cluster.controller(name)

    def env(self, edit: EnvEdit) -> Iterator[str]:
        before = self.controller(edit.controller)
        read = before.read or before
        values = dict(before.values)
        known = names.PATH_VARIABLES[edit.controller]
        for name, value in edit.set.items():
            if name in known:
                told = read.values.get(name)
                values[name] = told if told is not None and told[0] == value else (value, ORIGIN)
        for name in (*edit.unset, *edit.reset):
            told = read.values.get(name)
            setting = read.setting(name)
            if name not in known:
                continue
            if name in edit.reset or (setting.known and setting.value is None):
                values.pop(name, None)
                if told is not None:
                    values[name] = told
            else:
                values[name] = (None, ORIGIN)
        self.controllers[edit.controller] = _with(before, values=values)
        for name, value in edit.set.items():
            if doubt := _variable_doubt(edit.controller, name, value):
                yield doubt

    def version(self, edit: VersionEdit) -> Iterator[str]:
        name = CONTROLLER_OF[edit.controller]
        before = self.controller(name)
        read = before.read or before
        version = read.version if edit.version is None else parse_version(edit.version)
        if edit.version is not None and version is None:
            yield f"{edit.version!r} is no version of {edit.controller}, so the edit changes nothing"
            return
        origin = read.version_origin if version == read.version else ORIGIN
        self.controllers[name] = _with(before, version=version, version_origin=origin)

    def finish(self) -> tuple[Cluster, frozenset[ObjectRef]]:
        """The cluster with what changed, and what that is; without a change it is the very same cluster."""
        fields: dict[str, Any] = {}
        changed: set[ObjectRef] = set()
        for kind, field in _TABLES.items():
            table: Table[Any] = getattr(self.cluster, field)
            rows = {key: row for (of, key), row in self.rows.items() if of == kind and row != table.get(key)}
            if rows:
                fields[field] = _updated(table, rows)
                changed.update(ObjectRef(kind=kind, namespace=key[0], name=key[1]) for key in rows)
        controllers = {
            name: one for name, one in self.controllers.items() if one != self.cluster.controller(name)
        }
        if controllers:
            merged = {**self.cluster.controllers, **controllers}
            # One that was not read and is not changed any more is none.
            fields["controllers"] = {
                name: one for name, one in merged.items() if one != Controller(name=name)
            }
            changed.update(ObjectRef(kind=CONTROLLER, namespace="", name=name) for name in controllers)
        after = replace(self.cluster, **fields) if fields else self.cluster
        return after, frozenset(changed)


def row_of(cluster: Cluster, ref: ObjectRef) -> Object | None:
    """The row of an object whose labels can be edited, None where the cluster does not hold it."""
    table: Table[Any] = getattr(cluster, _TABLES[ref.kind])
    row: Object | None = table.get((ref.namespace, ref.name))
    return row


def _relabelled(row: Object, labels: Labels) -> Object | None:
    """`row` with `labels`; None for a Namespace that was not read and has no label any more."""
    read = row.labels if row.read_labels is None else row.read_labels
    if row.where == ORIGIN and row.read_labels is not None and not labels:
        return None
    if labels == read and row.where != ORIGIN:
        return replace(row, labels=read, read_labels=None)
    return replace(row, labels=labels, read_labels=read)


def _with(before: Controller, **fields: Any) -> Controller:
    read = before.read or before
    after = replace(before, read=None, **fields)
    return read if after == read else replace(after, read=read)


def _updated(table: Table[Any], rows: Mapping[Key, Object | None]) -> Table[Any]:
    if all(row is not None and key in table for key, row in rows.items()):
        return table.relabelled(row for row in rows.values() if row is not None)
    merged = {**table, **rows}
    return type(table)({key: row for key, row in merged.items() if row is not None})


def _is_used(cluster: Cluster, namespace: str) -> bool:
    """Whether the source holds an object in `namespace`."""
    tables: tuple[Table[Any], ...] = (
        cluster.gateways,
        cluster.services,
        cluster.service_entries,
        cluster.workload_entries,
        cluster.pods,
        cluster.workloads,
        cluster.slices,
        cluster.backends,
    )
    return any(namespace in table.keys_by_namespace for table in tables) or any(
        route.namespace == namespace for route in cluster.routes
    )


def _similar(cluster: Cluster, edit: LabelEdit) -> str:
    """A hint at an object that may have been meant, empty where none is near."""
    kind = LABEL_KINDS[edit.kind]
    key = (edit.namespace, edit.name)
    for other, field in _TABLES.items():
        if other != kind and getattr(cluster, field).get(key) is not None:
            return f"; did you mean {_KIND_WORDS[other]}/{edit.namespace}/{edit.name}?"
    table: Table[Any] = getattr(cluster, _TABLES[kind])
    here = (name for _, name in table.keys_by_namespace.get(edit.namespace, ()))
    close = get_close_matches(edit.name, islice(here, _MAX_CANDIDATES), n=1)
    if close:
        meant = replace(edit, name=close[0])
        return f"; did you mean {meant.target}?"
    namespaces = get_close_matches(
        edit.namespace, islice(table.keys_by_namespace, _MAX_CANDIDATES), n=3, cutoff=0
    )
    found = next(
        (namespace for namespace in namespaces if table.get((namespace, edit.name)) is not None), None
    )
    return "" if found is None else f"; did you mean {replace(edit, namespace=found).target}?"


def _label_doubt(key: str) -> str:
    if key in _ANNOTATIONS:
        return f"{key} is read as an annotation: as a label it decides no path"
    if key in _PATH_LABELS:
        return ""
    close = get_close_matches(key, _PATH_LABELS, n=1, cutoff=0.9)
    return f"the label {key} decides no path; did you mean {close[0]}?" if close else ""


def _variable_doubt(controller: str, name: str, value: str) -> str:
    if name == names.KGW_INGRESS_UNPREFIXED and controller == "kgateway":
        meant = names.KGW_INGRESS_USE_WAYPOINTS
        return f"kgateway does not read {name}: the KGW_ prefix is missing, write {meant}"
    known = names.PATH_VARIABLES[controller]
    if name in known:
        if name in names.NO_SWITCHES or names.parse_bool(value) is not None:
            return ""
        return f"{name}={value!r} is no boolean: write true or false"
    close = get_close_matches(name, known, n=1)
    hint = f"; did you mean {close[0]}?" if close else f"; those that do are {', '.join(known)}"
    return f"{name} of {controller} decides no path, so the edit changes nothing{hint}"


# --- undoing -------------------------------------------------------------------------------------------


def undo(cluster: Cluster, edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """The edits that bring `cluster` back after `edits`; none where these change nothing."""
    applied = apply(cluster, edits)
    return tuple(
        chain.from_iterable(
            _controller_undo(cluster.controller(ref.name), applied.cluster.controller(ref.name))
            if ref.kind == CONTROLLER
            else [_label_undo(cluster, applied.cluster, ref)]
            for ref in sorted(applied.changed)
        )
    )


def _label_undo(before: Cluster, after: Cluster, ref: ObjectRef) -> LabelEdit:
    changes = label_changes(after, before, ref)
    return LabelEdit(
        kind=_KIND_WORDS[ref.kind],
        namespace=ref.namespace,
        name=ref.name,
        set={key: value for key, (_, value) in changes.items() if value is not None},
        unset=tuple(key for key, (_, value) in changes.items() if value is None),
    )


def label_changes(
    before: Cluster, after: Cluster, ref: ObjectRef
) -> dict[str, tuple[str | None, str | None]]:
    """Label → (value before, after) of the labels of an object that differ, sorted; None is no label."""
    old, new = (row.labels if row else {} for row in (row_of(before, ref), row_of(after, ref)))
    keys = sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
    return {key: (old.get(key), new.get(key)) for key in keys}


def _controller_undo(before: Controller, after: Controller) -> Iterator[Edit]:
    values: dict[str, str] = {}
    unset: list[str] = []
    reset: list[str] = []
    for name in variable_changes(before, after):
        setting = before.setting(name)
        if not setting.known:
            reset.append(name)
        elif setting.value is None:
            unset.append(name)
        else:
            values[name] = setting.value
    if values or unset or reset:
        yield EnvEdit(controller=before.name, set=values, unset=tuple(unset), reset=tuple(reset))
    if before.version != after.version:
        plane = next(plane for plane, name in CONTROLLER_OF.items() if name == before.name)
        yield VersionEdit(controller=plane, version=str(before.version) if before.version else None)


def variable_changes(before: Controller, after: Controller) -> Sequence[str]:
    """The variables of a controller that differ, sorted."""
    return sorted(
        name for name in {*before.values, *after.values} if before.values.get(name) != after.values.get(name)
    )
