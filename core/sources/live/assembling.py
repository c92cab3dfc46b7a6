"""What was read of a live cluster, as one reading that paths can be worked out from."""

from collections.abc import Iterable, Sequence
from typing import Any

from core import wire
from core.cluster import Unread, replace
from core.controllers import holds_controller
from core.manifests import Reading
from core.model import Pod, Problem
from core.sources.live import rights
from core.sources.live.gathering import ConfigMaps, Gathering, Held
from core.sources.live.pods import completed
from core.sources.live.rows import Assembled
from core.sources.loaded import MissingRight

_WHOLE_CLUSTER = frozenset({"namespaces", "gateway_classes", "config_maps"})


def assemble(gathering: Gathering) -> Assembled:
    """The rows of all lists, Pods completed, what is out of the scope left behind."""
    lists, maps, where = gathering.held, gathering.config_maps, gathering.where
    reading = Reading(keeps=gathering.keeps)
    for one in lists:
        reading.absorb(one.shelf.whole())
    reading.absorb(maps.reading(where, keeps=gathering.keeps))
    missing = [one.refused for one in lists if one.refused] + list(maps.refused)
    unread = {one.target.wanted.word for one in lists if one.is_unread}
    if maps.refused or maps.fault:
        unread.add("ConfigMap")
    namespaces = gathering.scope.picked(_rows(reading, "namespaces"))
    reading.unread = Unread(kinds=frozenset(unread), namespaces=namespaces)
    if namespaces is not None:
        _leave_out(reading, namespaces)
    _complete_pods(reading)
    reading.problems += [*gathering.problems, *_unread_problems(where, lists, maps, missing)]
    return Assembled(where, reading, sorted(set(missing)), gathering.read_at)


def _unread_problems(
    where: str, lists: Sequence[Held], config_maps: ConfigMaps, missing: Sequence[MissingRight]
) -> Iterable[Problem]:
    by_kind: dict[str, list[MissingRight]] = {}
    for one in missing:
        by_kind.setdefault(rights.KIND_OF[one.group, one.resource], []).append(one)
    yield from (rights.refused(where, kind, found) for kind, found in by_kind.items())
    faults = {one.target.wanted.word: one.fault for one in lists if one.fault}
    if config_maps.fault:
        faults["ConfigMap"] = config_maps.fault
    yield from (rights.failed(where, kind, fault) for kind, fault in faults.items())


def _rows(reading: Reading, table: str) -> Sequence[Any]:
    return list(reading.tables.get(table, {}).values())


def _leave_out(reading: Reading, namespaces: frozenset[str]) -> None:
    """Keep what is in `namespaces`, what is in none, and the controllers, wherever they run."""
    for name, table in reading.tables.items():
        if name in _WHOLE_CLUSTER:
            continue
        reading.tables[name] = {
            key: row
            for key, row in table.items()
            if row.namespace in namespaces or (name == "workloads" and holds_controller(row))
        }
    for place in list(reading.kept):
        table_name, kind, namespace, name = place
        if table_name not in _WHOLE_CLUSTER and (kind, namespace, name) not in reading.tables[table_name]:
            del reading.kept[place]


def _complete_pods(reading: Reading) -> None:
    pods = reading.tables.get("pods")
    if not pods:
        return
    services = {row.key: row for row in _rows(reading, "services")}
    rows = completed(
        list(pods.values()),
        _rows(reading, "slices"),
        services,
        _rows(reading, "workloads"),
        slices_known="EndpointSlice" not in reading.unread.kinds,
    )
    reading.tables["pods"] = dict(zip(pods, rows, strict=True))
    if reading.keeps:
        _complete_kept(reading, rows)


def _complete_kept(reading: Reading, pods: Sequence[Pod]) -> None:
    """Write into the objects what is known of them, so that a snapshot gives the same paths."""
    for pod in pods:
        place = ("pods", "Pod", pod.namespace, pod.name)
        if pod.by_metadata and place in reading.kept:
            kept = reading.kept[place]
            spec = wire.PodSpec(node_name=pod.node or None, host_network=pod.host_network or None)
            status = wire.PodStatus(
                phase="Running",
                pod_ips=[wire.PodIP(ip=ip) for ip in pod.ips] or None,
                conditions=[wire.Condition(type="Ready", status="True" if pod.ready else "False")],
            )
            thing = replace(kept.thing, spec=spec, status=status)
            reading.kept[place] = replace(kept, thing=thing)
