"""Objects cut down to the fields that decide anything: those that the wire types name, and fewer where these take more."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from core import labels as names
from core import wire
from core.convert import WANTED_VARIABLES
from core.faults import UNREADABLE
from core.manifests import Kept
from core.model import EnvSource, Key, Workload
from core.policies.reading import written
from core.policies.reading.effects import TRAFFIC_FIELDS
from core.policies.reading.security import DRY_RUN
from core.yamltext import YamlError, parse

KEPT_ANNOTATIONS = frozenset(
    {
        names.ACCEPT,
        names.CANARY_WEIGHT,
        names.INBOUND_BINDING,
        names.REDIRECTION,
        names.SIDECAR_STATUS,
        DRY_RUN,
    }
)
"""The annotations that a rule looks at."""
MESH_CONFIG = "mesh"
"""The key of a ConfigMap under which Istio has its MeshConfig."""

_TARGETS = ("targetRefs", "targetSelectors")
_HEADER_CHANGES = ("transformation", "headerModifiers")
"""The fields of a gateway policy whose contents count; of others it counts that they are there."""
_SIDES = ("request", "response")

Tree = Any
"""What JSON has: dict, list, str, int, float, bool and None."""


def pruned(kept: Kept, variables: Mapping[Key, Sequence[EnvSource]]) -> Tree:
    """An object as JSON has it.

    Args:
        kept: The object.
        variables: Per ConfigMap what a controller's environment takes from it, of `variables_from`.
    """
    tree = _tree(kept.thing)
    if isinstance(kept.thing, wire.ConfigMap):
        tree["data"] = _data(kept.thing.data or {}, variables.get((kept.namespace, kept.name), ()))
    meta = tree.pop("metadata", None) or {}
    meta = {"name": kept.name, **({"namespace": kept.namespace} if kept.namespace else {}), **meta}
    return {"apiVersion": kept.api_version, "kind": kept.kind, "metadata": meta, **tree}


def variables_from(workloads: Iterable[Workload]) -> dict[Key, list[EnvSource]]:
    """Per ConfigMap, by namespace and name, the entries of environments that name it."""
    found: dict[Key, list[EnvSource]] = {}
    for workload in workloads:
        for container in workload.containers:
            for source in container.env_sources:
                if source.kind == "ConfigMap":
                    found.setdefault((workload.namespace, source.name), []).append(source)
    return found


def _tree(value: Any) -> Tree:
    if isinstance(value, msgspec.Struct):
        special = _SPECIAL.get(type(value))
        return special(value) if special else _fields(value)
    if isinstance(value, Mapping):
        return {key: _tree(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_tree(one) for one in value]
    return value


def _fields(value: msgspec.Struct, without: Sequence[str] = ()) -> dict[str, Tree]:
    """The fields that are set, under their names in Kubernetes."""
    pairs = zip(value.__struct_fields__, value.__struct_encode_fields__, strict=True)
    return {
        name: _tree(one)
        for field, name in pairs
        if name not in without and (one := getattr(value, field)) is not None
    }


# --- what the wire types take more of than counts ---------------------------------------------------------------------


def _metadata(meta: wire.Metadata) -> Tree:
    tree = _fields(meta)
    annotations = _annotations(meta.annotations)
    tree.pop("annotations", None)
    return {**tree, **({"annotations": annotations} if annotations else {})}


def _infrastructure(one: wire.Infrastructure) -> Tree:
    annotations = _annotations(one.annotations)
    return {**_fields(one, ("annotations",)), **({"annotations": annotations} if annotations else {})}


def _annotations(found: Mapping[str, str] | None) -> dict[str, str]:
    """Those that count. That of a sidecar lists what was put into the pod; it counts that it is there."""
    return {
        key: "" if key == names.SIDECAR_STATUS else value
        for key, value in (found or {}).items()
        if key in KEPT_ANNOTATIONS
    }


def _container(one: wire.Container) -> Tree:
    env = [_variable(each) for each in one.env or () if each.name in WANTED_VARIABLES]
    return {**_fields(one, ("env",)), **({"env": env} if env else {})}


def _variable(one: wire.EnvVar) -> Tree:
    tree = _fields(one)
    for reference in ("fieldRef", "resourceFieldRef"):
        if reference in tree.get("valueFrom", ()):
            tree["valueFrom"][reference] = {}
    return tree


def _condition(one: wire.Condition) -> Tree:
    return _fields(one, () if one.type == names.WAYPOINT_BOUND else ("reason", "message"))


def _gateway_policy(policy: written.GatewayPolicy) -> Tree:
    spec = policy.spec or {}
    found: dict[str, Tree] = {key: spec[key] for key in _TARGETS if key in spec}
    found.update(_effects(spec))
    if isinstance(spec.get("traffic"), Mapping):
        found["traffic"] = dict(_effects(spec["traffic"]))
    return {**_fields(policy, ("spec",)), "spec": found}


def _effects(part: Mapping[str, Any]) -> Iterator[tuple[str, Tree]]:
    for field in TRAFFIC_FIELDS:
        value = part.get(field)
        if value in (None, False):
            continue
        value = value if isinstance(value, Mapping) else {}
        shown = {side: value[side] for side in _SIDES if side in value} if field in _HEADER_CHANGES else {}
        yield field, {**shown, **({"disable": {}} if "disable" in value else {})}


_SPECIAL: Mapping[type, Callable[[Any], Tree]] = {
    wire.Metadata: _metadata,
    wire.Infrastructure: _infrastructure,
    wire.Container: _container,
    wire.Condition: _condition,
    written.GatewayPolicy: _gateway_policy,
}


# --- ConfigMaps -------------------------------------------------------------------------------------------------------


def _data(data: Mapping[str, str], sources: Sequence[EnvSource]) -> dict[str, str]:
    """The values that a controller takes as variables, and what counts of MeshConfig."""
    found = {key: value for key, value in data.items() if any(_takes(source, key) for source in sources)}
    return {**found, MESH_CONFIG: _mesh(data[MESH_CONFIG])} if MESH_CONFIG in data else found


def _takes(source: EnvSource, key: str) -> bool:
    return key == source.key if source.variable else source.prefix + key in WANTED_VARIABLES


def _mesh(text: str) -> str:
    """MeshConfig with the fields that count; as it is where it can't be read, which is told whenever it is tried."""
    try:
        documents = parse(text.encode())
        value = (documents[0].value if documents else None) or {}
        parts = [msgspec.convert(value, kind) for kind in (wire.MeshConfig, written.MeshConfig)]
    except (YamlError, *UNREADABLE):
        return text
    merged: dict[str, Tree] = {}
    for part in parts:
        merged |= _fields(part)
    return msgspec.json.encode(merged).decode()
