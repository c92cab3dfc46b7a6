"""What clicks in a page's tables and in the inspector do. Nothing that a browser sends is taken on trust."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from core import labels as names
from core.edits import ENV_CONTROLLERS, Edit
from core.explain import Passage
from core.gates import Track
from core.model import ObjectRef
from core.paths import CONTROLLER_OF, Path
from core.trace.examples import Examples
from dashboard import edits as editing
from dashboard import loading, state
from dashboard.desk import Filters, Mode
from dashboard.sight import Sight
from dashboard.tracing import asked

KINDS = ("Service", "ServiceEntry", "Namespace")
VALUES = (None, "true", "false")
"""What a label that lets ingress traffic through waypoints may be set to by a click."""


def handlers(sight: Sight) -> Mapping[str, Callable[..., None]]:
    """The actions that the panels of a page share."""
    cluster = sight.base.resolution.cluster

    def label(ref: str, value: str | None) -> None:
        label_all(value, [ref])

    def label_all(value: str | None, refs: Sequence[str]) -> None:
        found = [one for ref in refs if (one := parse_ref(ref)) is not None]
        changes = {names.INGRESS_USE_WAYPOINT: value}
        state.edit(editing.set_labels(cluster, state.desk().edits, found, changes))

    def waypoint(ref: str, chosen: str) -> None:
        found = parse_ref(ref)
        if found is not None:
            changes = waypoint_labels(found.namespace or found.name, chosen)
            state.edit(editing.set_labels(cluster, state.desk().edits, [found], changes))

    def variable(controller: str, name: str, value: str | None) -> None:
        if controller in ENV_CONTROLLERS and name in names.PATH_VARIABLES[controller]:
            state.edit(editing.set_variable(cluster, state.desk().edits, controller, name, value))

    def version(plane: str, chosen: str) -> None:
        if plane in CONTROLLER_OF:
            state.edit(editing.set_version(cluster, state.desk().edits, plane, chosen or None))

    def attempt(path_id: str, everything: int) -> None:
        path = sight.explainer.resolution.by_id.get(path_id)
        if path is not None:
            more = obstacles(sight, path) if everything else remedy(sight, path)
            state.edit(editing.add(cluster, state.desk().edits, more))

    return {
        "select": state.select,
        "sort": state.sort_by,
        "label": label,
        "labels": label_all,
        "waypoint": waypoint,
        "variable": variable,
        "version": version,
        "try": attempt,
        **leading(sight),
    }


def leading(sight: Sight) -> Mapping[str, Callable[..., None]]:
    """The actions that lead from one page to another, or to more of a list."""

    def path(path_id: str) -> None:
        if path_id not in sight.by_id:
            state.set_filters(Filters())
        state.select(path_id)
        state.go("paths")

    def policy(name: str) -> None:
        state.show_policy(name)
        state.go("policies")

    def trace(path_id: str) -> None:
        path = sight.explainer.resolution.by_id.get(path_id)
        if path is None:
            return
        tracer = loading.tracer_of(sight, Mode.TODAY if sight.mode is Mode.TODAY else Mode.EDITS)
        found = Examples(tracer).of(path)
        if found is not None:
            state.ask(asked(found))
            state.go("trace")

    return {"path": path, "policy": policy, "trace": trace, "more": state.show_more}


def parse_ref(text: str) -> ObjectRef | None:
    """The object that `Kind/namespace/name` or `Namespace/name` names, where its labels can be toggled."""
    kind, *rest = text.split("/")
    if kind not in KINDS or len(rest) != (1 if kind == "Namespace" else 2) or not all(rest):
        return None
    return ObjectRef(kind=kind, namespace=rest[0] if len(rest) == 2 else "", name=rest[-1])


def waypoint_labels(namespace: str, chosen: str) -> Mapping[str, str | None]:
    """The labels that name a waypoint: empty for none of them, `none` to opt out, else `namespace/name`."""
    if not chosen or chosen == "none":
        return {names.USE_WAYPOINT: chosen or None, names.USE_WAYPOINT_NAMESPACE: None}
    where, _, name = chosen.rpartition("/")
    return {
        names.USE_WAYPOINT: name,
        names.USE_WAYPOINT_NAMESPACE: where if where and where != namespace else None,
    }


def remedy(sight: Sight, path: Path) -> Sequence[Edit]:
    """The edits that open the gate which decides a path."""
    return next(
        (
            one.step.finding.edits
            for one in sight.explainer.passages(path)
            if one.step.gate == path.outcome.decided_by
        ),
        (),
    )


def obstacles(sight: Sight, path: Path) -> Sequence[Edit]:
    """The edits that open all gates which are closed on the way to the waypoint."""
    return [edit for one in _closed(sight, path) for edit in one.step.finding.edits]


def _closed(sight: Sight, path: Path) -> Iterator[Passage]:
    for one in sight.explainer.passages(path):
        if one.step.finding.stops and Track.REDIRECT in one.gate.on:
            yield one
