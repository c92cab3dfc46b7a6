"""What a source was understood as."""

from collections.abc import Mapping, Sequence

from core.cluster import Cluster, MissingRight, Unread
from core.model import Problem, Row
from core.policy_model import Policies

__all__ = ["Loaded", "MissingRight", "SourceInfo", "counted", "ranked"]


class SourceInfo(Row):
    """What was read. `kind` is `file`, `directory`, `archive`, `stdin`, `sample`, `upload`, `live`, or `several`.

    `objects` counts the objects that were understood and kept; `observed` is that of the Cluster. `read_at` is the time
    at which a live cluster was read, as RFC 3339 text in UTC; empty where none was. `missing` are the rights that it
    did not give, `unread` is what it did not show. A snapshot of a live cluster tells them again.
    """

    kind: str
    name: str
    objects: int
    observed: bool
    read_at: str = ""
    missing: Sequence[MissingRight] = ()
    unread: Unread = Unread()


class Loaded(Row):
    """A source as it was understood: the cluster, what could not be used of it, and what it was.

    `lines` has the first line of each document whose file is YAML, by the `where` that its row has; by
    `core.manifests.line_key` those of labels and variables that decide a path. `missing` are the rights that a live
    cluster did not give: `cluster.unread` has the kinds that are not known without them.
    """

    cluster: Cluster
    policies: Policies
    problems: Sequence[Problem]
    info: SourceInfo
    lines: Mapping[str, int] = {}
    missing: Sequence[MissingRight] = ()


def counted(cluster: Cluster) -> int:
    """The objects that a cluster holds."""
    tables = (
        cluster.namespaces,
        cluster.gateway_classes,
        cluster.gateways,
        cluster.listener_sets,
        cluster.routes,
        cluster.istio.virtual_services,
        cluster.grants,
        cluster.services,
        cluster.service_entries,
        cluster.workload_entries,
        cluster.pods,
        cluster.slices,
        cluster.workloads,
        cluster.config_maps,
        cluster.backends,
    )
    return sum(len(table) for table in tables)


def ranked(problems: Sequence[Problem]) -> Sequence[Problem]:
    """Problems, errors first, else in the order they were met."""
    ranks = {"error": 0, "warning": 1}
    return sorted(problems, key=lambda problem: ranks.get(problem.severity, 2))
