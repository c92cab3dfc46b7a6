"""Kubernetes objects to a Cluster. Pure: documents in, rows and problems out."""

import gc
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import msgspec

from core import convert, wire
from core import labels as names
from core.cluster import (
    Cluster,
    ListenerSets,
    MeshConfig,
    MissingRight,
    Pods,
    Selectable,
    ServiceEntries,
    Services,
    Slices,
    Table,
    Unread,
    Workloads,
)
from core.controllers import Controller, find_controllers
from core.convert import GATEWAY_API
from core.expectations import SORTS
from core.faults import UNREADABLE, explain
from core.istio_ingress.reading import mesh_virtual_service, virtual_service
from core.istio_ingress.rows import VIRTUAL_SERVICE, IstioRouting
from core.kinds import Kind, kind_of, left_aside
from core.mending import MAX_TEXT, has_long_text, without_bad_text
from core.model import ConfigMap, Key, Object, ObjectRef, Problem, Row, Workload
from core.policies.reading import written
from core.policies.reading.kinds import POLICY_KINDS, ROUTE_KINDS
from core.policies.reading.mesh import mesh_settings
from core.policy_model import MeshSettings, Policies
from core.text import printable
from core.yamltext import YamlError, parse

MAX_NAME = 253
MAX_WHERE = 2000
ROOT_NAMESPACE = "istio-system"
_EFFECTS = "route effects"
_EXPECTATIONS = frozenset(SORTS)
"""The keys of a `waypath.yaml`, which may lie among the manifests."""
_INGRESS = "virtual services at gateways"
_MESH = "virtual services of the mesh"
SNAPSHOT = ("waypath/v1", "Snapshot")
"""apiVersion and kind of the first item of a snapshot, which tells what its objects can't: `Snapshot`."""

Buffer = bytes | bytearray | memoryview | msgspec.Raw


class Document(Row):
    """One document of a source.

    `raw` is JSON text as bytes, what was parsed from YAML, or a list that is split into its items (`wire.ListHead`).
    `index` counts the documents of `file` from 1, `item` is the place in a List (`[12]`), `line` the first line in the
    file where that is known, else 0. `lines` are those of labels and variables that decide a path, by name.
    """

    file: str
    index: int
    raw: Any
    item: str = ""
    line: int = 0
    lines: Mapping[str, int] = {}

    @property
    def where(self) -> str:
        return f"{self.file}#{self.index}{self.item}"


class Snapshot(Row):
    """What a snapshot tells beside its objects: the problems that were met, and what was not shown.

    `read_at` is when the live cluster in it was read, as RFC 3339 text in UTC, empty where there is none; `missing` are the
    rights that it did not give.
    """

    problems: Sequence[Problem] = ()
    unread: Unread = Unread()
    read_at: str = ""
    missing: Sequence[MissingRight] = ()


class Kept(Row):
    """An object as it was written, as far as its fields are read: `thing` is a `Kind.wire`."""

    api_version: str
    kind: str
    namespace: str
    name: str
    thing: Any


class Keeping:
    """Takes the objects of a source in the order in which they were met, each once, and the problems of reading them."""

    def __init__(self) -> None:
        self.objects: list[Kept] = []
        self.problems: list[Problem] = []


def line_key(where: str, name: str) -> str:
    """The key under which `core.sources.Loaded.lines` has the line of a label or variable of the object at `where`."""
    return f"{where} {name}"


def load(documents: Iterable[Document]) -> tuple[Cluster, list[Problem]]:
    """The cluster that `documents` describe, and what could not be used of them.

    Lists are unfolded. Of two documents for one object the later counts. Nothing in a document raises: what can't be
    read becomes a problem, and the rest is loaded.
    """
    cluster, _, problems = load_all(documents)
    return cluster, problems


def load_all(
    documents: Iterable[Document], keeping: Keeping | None = None
) -> tuple[Cluster, Policies, list[Problem]]:
    """What `load` gives, and the policies that `documents` hold; `keeping` takes the objects as they were written."""
    with collector_off():
        reading = Reading(keeps=keeping is not None)
        for document in documents:
            reading.document(document.where, document.raw)
        return understood(reading, keeping)


def understood(reading: "Reading", keeping: Keeping | None = None) -> tuple[Cluster, Policies, list[Problem]]:
    """What all that was read makes; `keeping` takes the objects as they were written."""
    if keeping is not None:
        keeping.objects += reading.kept.values()
        keeping.problems += reading.all_problems()
    return reading.cluster(), reading.policies(), reading.all_problems()


@contextmanager
def collector_off() -> Iterator[None]:
    """Keep the cyclic garbage collector from going through millions of new objects that hold no cycle."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Aside:
    """Objects of one kind that were not read."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.count = 0
        self.files: set[str] = set()


class _Consulted(dict[Key, ConfigMap]):
    """ConfigMaps that know which of them a controller's environment was read from."""

    def __init__(self, rows: Mapping[Key, ConfigMap]) -> None:
        super().__init__(rows)
        self.kept: dict[Key, ConfigMap] = {}

    def get(self, key: Key, default: Any = None) -> Any:
        found = super().get(key, default)
        if found is not None:
            self.kept[key] = found
        return found


class _Asked(dict[Key, ConfigMap]):
    """No ConfigMaps, but what was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.keys_asked: list[Key] = []

    def get(self, key: Key, default: Any = None) -> Any:
        self.keys_asked.append(key)
        return default


class Reading:
    """Objects that are read one after the other, and what they make together.

    `tables` has the rows by table, and in each by (kind, namespace, name); `problems` what could not be used so far;
    `unread` what the source did not show; `taken` what each snapshot in it tells.
    """

    def __init__(self, *, keeps: bool = False) -> None:
        self.keeps = keeps
        self.kept: dict[tuple[str, str, str, str], Kept] = {}
        self.unread = Unread()
        self.taken: list[Snapshot] = []
        self.settings = MeshSettings()
        self.tables: dict[str, dict[tuple[str, str, str], Any]] = {}
        self.problems: list[Problem] = []
        self.aside: dict[tuple[str, str], _Aside] = {}
        self.kinds: dict[tuple[str | None, str | None], tuple[Kind, msgspec.json.Decoder[Any]] | None] = {}

    def problem(self, severity: str, where: str, message: str) -> None:
        self.problems.append(Problem(severity=severity, where=printable(where, MAX_WHERE), message=message))

    # --- documents --------------------------------------------------------------------------------------------------

    def document(self, where: str, raw: Any) -> None:
        """Read a document of either form, a List as its items."""
        try:
            if isinstance(raw, wire.ListHead):
                self._list(where, raw)
            elif isinstance(raw, Buffer):
                self._json(where, raw)
            elif isinstance(raw, dict):
                if not raw or not raw.keys() <= _EXPECTATIONS:
                    self._parsed(where, raw)
            else:
                self._leave(where, _NO_HEAD)
        except UNREADABLE as error:
            self.problem("error", where, explain(error))

    def _json(self, where: str, raw: Buffer) -> None:
        try:
            head = _LIST_HEAD.decode(raw)
        except msgspec.ValidationError:
            if _OBJECT.match(raw):
                self._object(where, raw, _HEAD.decode(raw))
            else:
                self._leave(where, _NO_HEAD)
            return
        if is_list(head):
            self._list(where, head)
        else:
            self._object(where, raw, head)

    def _list(self, where: str, head: wire.ListHead) -> None:
        listed, version = _item_kind(head), head.api_version
        begins = _BEGINS.match
        for number, item in enumerate(head.items or ()):
            place = f"{where}[{number}]"
            try:
                start = begins(item)
                if start:
                    found = _begun(*start.groups())
                elif _OBJECT.match(item):
                    found = _HEAD.decode(item)
                    if found.kind is None and listed:
                        found = wire.Head(version, listed)
                else:
                    self._leave(place, _NO_HEAD)
                    continue
                if found.kind is not None and found.kind.endswith("List"):
                    self._json(place, item)
                else:
                    self._object(place, item, found)
            except UNREADABLE as error:
                self.problem("error", place, explain(error))

    def _parsed(self, where: str, raw: dict[Any, Any]) -> None:
        head = msgspec.convert({key: raw[key] for key in ("apiVersion", "kind") if key in raw}, wire.Head)
        items = raw.get("items")
        if head.kind == "List" and items is None:
            return
        if not isinstance(items, list) or not (head.kind or "").endswith("List"):
            self._object(where, raw, head)
            return
        listed = _item_kind(head)
        for number, item in enumerate(items):
            bare = listed and isinstance(item, dict) and item.get("kind") is None
            named = {**item, "apiVersion": head.api_version, "kind": listed} if bare else item
            self.document(f"{where}[{number}]", named)

    # --- objects ----------------------------------------------------------------------------------------------------

    def item(self, where: str, raw: Any, head: wire.Head) -> None:
        """Read one object of a form that its source knows, whatever the object itself says."""
        try:
            self._object(where, raw, head)
        except UNREADABLE as error:
            self.problem("error", where, explain(error))

    def rows_of(self, namespace: str, name: str) -> Sequence[Object]:
        """The rows of that name in a reading of one kind."""
        return [table[key] for table, key in self._places(namespace, name)]

    def forget(self, namespace: str, name: str) -> None:
        """Drop the rows of that name from a reading of one kind."""
        for table, key in list(self._places(namespace, name)):
            del table[key]
        for kept in [key for key in self.kept if key[2:] == (namespace, name)] if self.keeps else ():
            del self.kept[kept]

    def _places(
        self, namespace: str, name: str
    ) -> Iterator[tuple[dict[tuple[str, str, str], Any], tuple[str, str, str]]]:
        for table in self.tables.values():
            first = next(iter(table), None)
            if first is not None and (first[0], namespace, name) in table:
                yield table, (first[0], namespace, name)

    def absorb(self, other: "Reading") -> None:
        """Take over what `other` has read; of two rows of one object that of `other` counts."""
        for name, rows in other.tables.items():
            table = self.tables.setdefault(name, {})
            if not table:
                table.update(rows)
                continue
            for row in rows.values():
                self._place(name, row)
        self.kept.update(other.kept)
        self.unread = self.unread.with_other(other.unread)
        self.taken += other.taken
        self.problems += other.problems
        for kind, aside in other.aside.items():
            mine = self.aside.setdefault(kind, _Aside(aside.where))
            mine.count += aside.count
            mine.files |= aside.files

    def _object(self, where: str, raw: Any, head: wire.Head | wire.ListHead) -> None:
        name = (head.api_version, head.kind)
        try:
            entry = self.kinds[name]
        except KeyError:
            kind = kind_of(head.api_version, head.kind) if head.api_version and head.kind else None
            entry = self.kinds[name] = (kind, msgspec.json.Decoder(kind.wire)) if kind else None
        if entry is None:
            if name == SNAPSHOT:
                self._snapshot(where, raw)
            else:
                self._leave(where, head)
            return
        kind, decoder = entry
        try:
            if isinstance(raw, dict):
                thing, big = msgspec.convert(raw, kind.wire), True
            else:
                thing, big = decoder.decode(raw), memoryview(raw).nbytes > MAX_TEXT
        except UNREADABLE:
            big, thing = True, None
        if big:
            thing = self._mended(where, raw, kind, head.kind or "", thing)
            if thing is None:
                return
        self.thing(where, thing, kind, head)

    def thing(self, where: str, thing: Any, kind: Kind, head: wire.Head | wire.ListHead) -> None:
        """Take an object that was read into `kind.wire`."""
        meta = thing.metadata
        if meta is None or not meta.name:
            self.problem("error", f"{where} {printable(head.kind or '')}", "metadata.name is missing")
            return
        namespace = (meta.namespace or "default") if kind.namespaced else ""
        if not (_is_name(meta.name) and (not namespace or _is_namespace(namespace))):
            at = f"{where} {printable(str(ObjectRef(kind=head.kind or '', namespace=namespace, name=meta.name)))}"
            self.problem(
                "error", at, "Kubernetes refuses such a name: it may hold letters, digits, '-' and '.' only"
            )
            return
        self._place(kind.table, kind.convert(thing, namespace, where))
        if self.keeps:
            self._keep(head, namespace, meta.name, kind.table, thing)
        if kind.table == "routes":
            self._keep_effects(thing, namespace, where, head.kind or "")
        elif kind.table == "virtual_services":
            self._keep_ingress(thing, namespace, where, meta.name)

    def _keep(
        self, head: wire.Head | wire.ListHead, namespace: str, name: str, table: str, thing: Any
    ) -> None:
        word = head.kind or ""
        self.kept[table, word, namespace, name] = Kept(
            api_version=head.api_version or "", kind=word, namespace=namespace, name=name, thing=thing
        )

    def _place(self, table_name: str, row: Object) -> None:
        table = self.tables.setdefault(table_name, {})
        key = (row.kind, row.namespace, row.name)
        before = table.get(key)
        if before is not None and msgspec.structs.replace(before, where=row.where) != row:
            message = f"{before.where} has the same object with other contents; this one, read later, counts"
            self.problem("warning", f"{row.where} {row.ref}", message)
        table[key] = row

    def _keep_effects(self, thing: Any, namespace: str, where: str, word: str) -> None:
        """What the rules of a route do, beside its row; of two of one name the later counts here too."""
        kind = ROUTE_KINDS.get((GATEWAY_API, word))
        if kind is not None:
            row = kind.convert(thing, namespace, where)
            self.tables.setdefault(_EFFECTS, {})[row.kind, row.namespace, row.name] = row

    def _keep_ingress(self, thing: Any, namespace: str, where: str, name: str) -> None:
        """A VirtualService as Istio's gateways and as waypoints see it, beside its effects."""
        for table_name, row in (
            (_INGRESS, virtual_service(thing, namespace, where)),
            (_MESH, mesh_virtual_service(thing, namespace, where)),
        ):
            table = self.tables.setdefault(table_name, {})
            if row is None:
                table.pop((VIRTUAL_SERVICE, namespace, name), None)
            else:
                table[VIRTUAL_SERVICE, namespace, name] = row

    def _snapshot(self, where: str, raw: Any) -> None:
        """What was met when a snapshot was taken is met again."""
        try:
            head = msgspec.convert(raw, Snapshot) if isinstance(raw, dict) else _SNAPSHOT.decode(raw)
        except UNREADABLE as error:
            self.problem("error", f"{where} {SNAPSHOT[1]}", explain(error))
            return
        for one in head.problems:
            self.problem(one.severity, one.where, printable(one.message, MAX_WHERE))
        self.unread = self.unread.with_other(head.unread)
        rights = [MissingRight(*map(printable, msgspec.structs.astuple(one))) for one in head.missing]
        self.taken.append(Snapshot(read_at=printable(head.read_at), missing=rights))

    def _leave(self, where: str, head: wire.Head | wire.ListHead) -> None:
        if head.kind and not head.api_version:
            self.problem("error", f"{where} {printable(head.kind)}", "apiVersion is missing")
            return
        name = (head.api_version or "", head.kind) if head.kind else ("", "")
        aside = self.aside.setdefault(name, _Aside(where))
        aside.count += 1
        aside.files.add(where.rpartition("#")[0])

    def _mended(self, where: str, raw: Any, kind: Kind, word: str, thing: Any) -> Any:
        """The object without the labels and annotations that are no text or too long; None where more is wrong."""
        if thing is not None and not has_long_text(thing):
            return thing
        value = raw if isinstance(raw, dict) else msgspec.json.decode(raw)
        at = f"{where} {_name_of(value, word, namespaced=kind.namespaced)}"
        value, removed = without_bad_text(value)
        try:
            thing = msgspec.convert(value, kind.wire)
        except UNREADABLE as error:
            self.problem("error", at, explain(error))
            return None
        for message in removed:
            self.problem("warning", at, message)
        return thing

    # --- results ----------------------------------------------------------------------------------------------------

    def cluster(self) -> Cluster:
        """The rows read so far, with what follows from them."""
        rows = {name: list(table.values()) for name, table in self.tables.items()}

        def of(name: str) -> list[Any]:
            return rows.get(name, [])

        config_maps = _Consulted({row.key: row for row in of("config_maps")})
        workloads: list[Workload] = of("workloads")
        controllers, problems = find_controllers(workloads, config_maps)
        self.problems += problems
        mesh = self._mesh(workloads, controllers, config_maps)
        return Cluster(
            namespaces=Table.of(of("namespaces")),
            gateway_classes=Table.of(of("gateway_classes")),
            gateways=Table.of([*of("gateways"), *of("istio_gateways")]),
            listener_sets=ListenerSets.of(of("listener_sets")),
            routes=of("routes"),
            grants=Table.of(of("grants")),
            services=Services.of(of("services")),
            service_entries=ServiceEntries.of(of("service_entries")),
            workload_entries=Selectable.of(of("workload_entries")),
            pods=Pods.of(of("pods")),
            slices=Slices.of(of("slices")),
            workloads=Workloads.of(workloads),
            config_maps=Table.of(config_maps.kept.values()),
            backends=Table.of(of("backends")),
            istio=IstioRouting(
                virtual_services=of(_INGRESS),
                mesh_services=of(_MESH),
                destination_rules=of("destination_rules"),
                settings=self.settings,
            ),
            controllers=controllers,
            mesh=mesh,
            observed=_is_observed(rows),
            unread=self.unread,
        )

    def config_maps_asked(self) -> Sequence[Key]:
        """The ConfigMaps that the environment of a controller, or Istio's MeshConfig, comes from."""
        workloads: list[Workload] = list(self.tables.get("workloads", {}).values())
        asked = _Asked()
        controllers, _ = find_controllers(workloads, asked)
        asked.get(_mesh_key(workloads, controllers))
        return list(dict.fromkeys(asked.keys_asked))

    def policies(self) -> Policies:
        """The policies read so far; with the settings of MeshConfig once `cluster` was asked for."""
        fields = {kind.table for kind in POLICY_KINDS.values()}
        found: dict[str, Any] = {name: tuple(self.tables.get(name, {}).values()) for name in fields}
        routes = tuple(self.tables.get(_EFFECTS, {}).values())
        return Policies(**found, routes=routes, mesh=self.settings)

    def _mesh(
        self, workloads: Sequence[Workload], controllers: Mapping[str, Controller], config_maps: _Consulted
    ) -> MeshConfig:
        found = config_maps.get(_mesh_key(workloads, controllers))
        text = found.data.get("mesh") if found is not None else None
        if found is None or not text:
            return MeshConfig()
        at = f"{found.where} {found.ref}"
        try:
            documents = parse(text.encode())
            value = documents[0].value if documents else None
            self.settings = mesh_settings(msgspec.convert(value or {}, written.MeshConfig))
            return convert.mesh_config(msgspec.convert(value or {}, wire.MeshConfig))
        except YamlError as error:
            self.problem("error", at, f"data.mesh is no YAML: line {error.line}: {error.message}")
        except UNREADABLE as error:
            self.problem("error", at, f"data.mesh: {explain(error)}")
        return MeshConfig()

    def all_problems(self) -> list[Problem]:
        """Problems in the order they were met, then what was left aside, by kind."""
        notes = []
        for (api_version, kind), aside in sorted(self.aside.items()):
            where = aside.where
            if len(aside.files) > 1:
                others = len(aside.files) - 1
                where = f"{where} and {others} more {'file' if others == 1 else 'files'}"
            if kind:
                severity, what = left_aside(api_version, kind)
                name = printable(f"{api_version} {kind}")
                message = f"{_counted(aside.count, 'object')} of kind {name} {what}"
            else:
                severity = "note"
                message = f"{_counted(aside.count, 'document')} left aside: no Kubernetes object (apiVersion and kind are missing)"
            notes.append(Problem(severity=severity, where=printable(where, MAX_WHERE), message=message))
        return [*self.problems, *notes]


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def _mesh_key(workloads: Sequence[Workload], controllers: Mapping[str, Controller]) -> Key:
    """The ConfigMap that istiod reads its MeshConfig from."""
    istiod = controllers.get("istiod")
    ref = istiod.deployment if istiod is not None else None
    if ref is None:
        return (ROOT_NAMESPACE, "istio")
    revision = next((one.labels.get(names.REVISION) for one in workloads if one.ref == ref), None)
    return (ref.namespace, "istio" if revision in (None, "", "default") else f"istio-{revision}")


def _is_observed(rows: Mapping[str, Sequence[Any]]) -> bool:
    """Whether there is anything that only a running cluster has."""
    return (
        bool(rows.get("slices"))
        or any(pod.ready is not None for pod in rows.get("pods", ()))
        or any(gateway.addresses for gateway in rows.get("gateways", ()))
        or any(entry.auto_addresses for entry in rows.get("service_entries", ()))
        or any(service.created and service.cluster_ips for service in rows.get("services", ()))
    )


# --- lists and names ------------------------------------------------------------------------------------------------

_HEAD = msgspec.json.Decoder(wire.Head)
_NO_HEAD = wire.Head()
_SNAPSHOT = msgspec.json.Decoder(Snapshot)
_OBJECT = re.compile(rb"\s*\{")
_LIST_HEAD = msgspec.json.Decoder(wire.ListHead)
_BEGINS = re.compile(rb'\s*\{\s*"apiVersion":\s*"([A-Za-z0-9./-]+)",\s*"kind":\s*"([A-Za-z0-9]+)"')
"""How kubectl begins an object, so that it need not be read through to learn its kind."""
_NAME = re.compile(r"[A-Za-z0-9][-A-Za-z0-9_.:]*")


@lru_cache(maxsize=1024)
def _begun(api_version: bytes, kind: bytes) -> wire.Head:
    return wire.Head(api_version.decode(), kind.decode())


def is_list(head: wire.ListHead) -> bool:
    """Whether it is a list of objects, an empty one included."""
    kind = head.kind or ""
    return kind == "List" or (kind.endswith("List") and head.items is not None)


def _item_kind(head: wire.Head | wire.ListHead) -> str:
    """The kind of items that don't say it: those of a `ServiceList` as the API server answers."""
    return (head.kind or "").removesuffix("List")


def _is_name(name: str) -> bool:
    return len(name) <= MAX_NAME and _NAME.fullmatch(name) is not None


_is_namespace = lru_cache(maxsize=4096)(_is_name)
"""The same, for names that come again and again."""


def _name_of(value: Any, kind: str, *, namespaced: bool) -> str:
    """The object's name as far as it can be told."""
    meta = value.get("metadata") if isinstance(value, dict) else None
    meta = meta if isinstance(meta, dict) else {}
    name, namespace = meta.get("name"), meta.get("namespace") or "default"
    if not isinstance(name, str) or not name:
        return printable(kind)
    if not namespaced or not isinstance(namespace, str):
        namespace = ""
    return printable(str(ObjectRef(kind=kind, namespace=namespace, name=name)))
