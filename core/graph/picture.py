"""The picture of any number of paths: each by itself as long as that can be read, else counted."""

from collections.abc import Iterable, Mapping, Sequence

from core.gates import Verdict
from core.graph.aggregate import aggregate
from core.graph.building import build
from core.graph.groups import level_for
from core.graph.stops import gateway_id, route_id
from core.graph.words import Graph
from core.paths import Path, Resolution
from core.policies.view import PolicyView

MAX_NODES = 500
"""The most nodes of a picture."""


def draw(
    after: Resolution,
    paths: Sequence[Path],
    before: Mapping[str, Path] | None = None,
    *,
    page: int = 1,
    verdicts: Iterable[Verdict] = (),
    earlier: Resolution | None = None,
    policies: PolicyView | None = None,
    earlier_policies: PolicyView | None = None,
) -> Graph:
    """The graph of `paths` as `core.graph.build` makes it, or as `core.graph.aggregate` where that has too many nodes.

    Args:
        after: The state that the paths are of.
        paths: The paths to draw.
        before: For a difference: path id → the path as it was.
        page: Which page of the rows, where paths are counted.
        verdicts: Verdicts that get a column there in any case.
        earlier: The state that `before` is of.
        policies: The policies of `after`.
        earlier_policies: Those of `earlier`.
    """
    everything = [*paths, *(before or {}).values()]
    if _at_least(everything) <= MAX_NODES:
        graph = build(
            after, paths, before, earlier=earlier, policies=policies, earlier_policies=earlier_policies
        )
        if len(graph) <= MAX_NODES:
            return graph
    return aggregate(paths, before, level=level_for(everything), page=page, verdicts=verdicts)


def _at_least(paths: Iterable[Path]) -> int:
    """Fewer nodes than this no picture of `paths` has: a service has one right of it, its waypoint or its end."""
    left: set[str] = set()
    services = set()
    for path in paths:
        left.update((gateway_id(path.gateway_key), f"{path.gateway_key} {path.listener}", route_id(path)))
        services.add(path.service_ref)
    return 1 + len(left) + 2 * len(services)
