"""What the rows of all policies have in common, from what is written."""

from typing import Any

from core import labels as names
from core import wire
from core.model import Labels
from core.policies.reading import written
from core.policy_model import TargetRef


def common(thing: written.Policy | wire.Thing, namespace: str, where: str) -> dict[str, Any]:
    """The fields of every row. Of annotations the one that accepts findings is kept: no rule reads another but dry-run."""
    meta = thing.metadata or wire.Metadata()
    accept = (meta.annotations or {}).get(names.ACCEPT)
    return {
        "namespace": namespace,
        "name": meta.name or "",
        "labels": meta.labels or {},
        "annotations": {} if accept is None else {names.ACCEPT: accept},
        "created": meta.creation_timestamp or "",
        "where": where,
    }


def target(one: written.TargetRef) -> TargetRef:
    """A target; the group `core` is the empty one."""
    group = "" if one.group in (None, "core") else one.group
    return TargetRef(
        group=group or "",
        kind=one.kind,
        name=one.name,
        namespace=one.namespace or "",
        section=one.section_name or "",
    )


def targeted(spec: written.TargetedSpec) -> dict[str, Any]:
    """`targetRefs`; the older singular `targetRef` counts where there are none."""
    refs = spec.target_refs or ([spec.target_ref] if spec.target_ref is not None else [])
    return {"target_refs": tuple(map(target, refs)), "selector": selector(spec.selector)}


def selector(written_one: written.MatchLabels | None) -> Labels | None:
    """None where there is no selector; `{}` picks all."""
    return None if written_one is None else written_one.match_labels or {}
