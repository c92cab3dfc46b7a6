"""The bytes of a snapshot."""

import gzip
from collections.abc import Sequence
from typing import Any

import msgspec

from core.cluster import Cluster
from core.manifests import SNAPSHOT, Keeping, Kept
from core.snapshot.anonymous import renamed
from core.snapshot.pruning import pruned, variables_from

LEFT_OUT = "problems of the source were left out, since their texts name what the snapshot does not"


def written(keeping: Keeping, cluster: Cluster, *, anonymize: bool = False) -> bytes:
    """A snapshot as a gzipped file; the same input gives the same bytes.

    Args:
        keeping: What was read.
        cluster: What it was understood as: it tells which ConfigMaps count, and what was not shown.
        anonymize: Whether names, hosts, addresses and images are replaced by others.
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
    if anonymize:
        head["problems"] = _counted(head["problems"])
        head, *items = renamed([head, *items])
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
    return [{"severity": worst, "where": "snapshot", "message": f"{len(problems)} {LEFT_OUT}"}]
