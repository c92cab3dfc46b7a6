"""The bytes of a snapshot."""

import gzip
from collections.abc import Sequence
from typing import Any

import msgspec

from core.cluster import Cluster, MissingRight
from core.manifests import SNAPSHOT, Keeping, Kept
from core.snapshot.anonymous import renamed
from core.snapshot.pruning import pruned, variables_from
from core.text import count

LEFT_OUT = "left out, since a text would name what the snapshot does not"


def written(
    keeping: Keeping,
    cluster: Cluster,
    *,
    anonymize: bool = False,
    read_at: str = "",
    missing: Sequence[MissingRight] = (),
) -> bytes:
    """A snapshot as a gzipped file; the same input gives the same bytes.

    Args:
        keeping: What was read.
        cluster: What it was understood as: it tells which ConfigMaps count, and what was not shown.
        anonymize: Whether names, hosts, addresses and images are replaced by others.
        read_at: When a live cluster was read, as RFC 3339 text; empty where none was.
        missing: The rights that it did not give.
    """
    variables = variables_from(cluster.workloads.values())
    items = [pruned(one, variables) for one in keeping.objects if _counts(one, cluster)]
    head: dict[str, Any] = {
        "apiVersion": SNAPSHOT[0],
        "kind": SNAPSHOT[1],
        "metadata": {"name": "snapshot"},
        "problems": [msgspec.structs.asdict(one) for one in keeping.problems],
        "unread": {
            "kinds": sorted(cluster.unread.kinds),
            "namespaces": None if cluster.unread.namespaces is None else sorted(cluster.unread.namespaces),
        },
    }
    if missing:
        head["rights"] = [{"namespace": one.namespace} for one in missing]
    if anonymize:
        head["problems"] = _counted(head["problems"])
        head, *items = renamed([head, *items])
    if missing:
        places = head.pop("rights")
        head["missing"] = [
            {**msgspec.structs.asdict(one), **place} for one, place in zip(missing, places, strict=True)
        ]
    if read_at:
        head["read_at"] = read_at
    text = msgspec.json.encode({"apiVersion": "v1", "kind": "List", "items": [head, *items]})
    return gzip.compress(text, compresslevel=9, mtime=0)


def _counts(one: Kept, cluster: Cluster) -> bool:
    """Of ConfigMaps those that were consulted; of all other kinds every object."""
    return one.kind != "ConfigMap" or cluster.config_maps.get((one.namespace, one.name)) is not None


def _counted(problems: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What an anonymous snapshot tells of problems: how many there were."""
    if not problems:
        return []
    worst = next(
        (word for word in ("error", "warning") if any(one["severity"] == word for one in problems)), "note"
    )
    return [
        {
            "severity": worst,
            "where": "snapshot",
            "message": f"{count(len(problems), 'problem')} of the source {LEFT_OUT}",
        }
    ]
