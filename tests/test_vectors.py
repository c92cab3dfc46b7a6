"""The paths against what real controllers did: every line of every case, without an exception."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import pytest

from core import scenario, whatif
from core.cluster import Cluster, replace
from core.explain import Explainer
from core.paths import resolve
from core.render.documents import path_document
from tests.packed import NAMES, loaded, vector

SETS = frozenset({"endpoints"})
"""Fields whose lists have no order."""

Line = Mapping[str, Any]
CASES = [(name, case) for name in NAMES for case in sorted(vector(name)["cases"])]


def resolved(name: str, edits: Sequence[Any], lines: Sequence[Line]) -> list[dict[str, Any]]:
    """The paths of a vector after `edits` that `lines` could mean, as `resolve -o json` prints them."""
    applied = whatif.apply(
        attached(name, frozenset(place(line)[:2] for line in lines)), scenario.from_data(edits)
    )
    assert list(applied.problems) == []
    explainer = Explainer(resolve(applied.cluster))
    named = {place(line) for line in lines}
    return [
        path_document(explainer, path)
        for path in explainer.resolution.paths
        if (*path.gateway, path.backend.kind, path.backend.namespace, path.backend.name) in named
    ]


@cache
def attached(name: str, gateways: frozenset[tuple[str, ...]]) -> Cluster:
    """The cluster of a vector with its routes attached to these gateways only: the other paths only take time."""
    cluster = loaded(name)
    routes = [
        replace(route, parents=[one for one in route.parents if (one.namespace, one.name) in gateways])
        for route in cluster.routes
    ]
    return replace(cluster, routes=routes)


def matches(wanted: Any, found: Any, field: str = "") -> bool:
    """Whether `found` has all that `wanted` names."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(
            key in found and matches(value, found[key], key) for key, value in wanted.items()
        )
    if isinstance(wanted, list) and field in SETS:
        return set(wanted) == set(found)
    if isinstance(wanted, list):
        return len(wanted) == len(found) and all(map(matches, wanted, found))
    return bool(wanted == found)


def place(path: Line) -> tuple[str, ...]:
    """What every line names, to look its paths up by."""
    gateway, backend = path["gateway"], path["backend"]
    return (gateway["namespace"], gateway["name"], backend["kind"], backend["namespace"], backend["name"])


def disagreements(lines: Sequence[Line], paths: Sequence[Line]) -> Iterator[str]:
    by_place: dict[tuple[str, ...], list[Line]] = {}
    for path in paths:
        by_place.setdefault(place(path), []).append(path)
    for line in lines:
        candidates = by_place.get(place(line), [])
        matching = [path for path in candidates if matches(line, path)]
        if len(matching) != 1:
            got = [{key: path[key] for key in (*line, "decidedBy")} for path in candidates]
            yield f"{len(matching)} paths match {json.dumps(line)}, there is {json.dumps(got)}"


@pytest.mark.parametrize(("name", "case"), CASES, ids=[f"{name}-{case}" for name, case in CASES])
def test_every_line_matches_exactly_one_path(name: str, case: str) -> None:
    first, *lines = vector(name)["cases"][case]
    assert list(disagreements(lines, resolved(name, first["scenario"]["edits"], lines))) == []


def test_no_vector_is_lost() -> None:
    assert len(NAMES) == 16
    assert len(CASES) == 192
    assert sum(len(vector(name)["cases"][case]) - 1 for name, case in CASES) == 17_249


@pytest.mark.parametrize(
    ("wanted", "found", "expected"),
    [
        ({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}, "d": 3}, True),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, False),
        ({"a": None}, {}, False),
        ({"waypoint": None}, {"waypoint": {"name": "w"}}, False),
        ({"addresses": ["x", "y"]}, {"addresses": ["y", "x"]}, False),
        ({"addresses": ["x"]}, {"addresses": ["x", "y"]}, False),
        ({"endpoints": ["x", "y"]}, {"endpoints": ["y", "x"]}, True),
        ({"endpoints": ["x"]}, {"endpoints": ["x", "y"]}, False),
        ({"shares": [{"share": 0.8}]}, {"shares": [{"share": 0.8, "verdict": "waypoint"}]}, True),
        ({"shares": [{"share": 0.8}]}, {"shares": [{"share": 0.2}]}, False),
    ],
)
def test_matching_is_as_strict_as_promised(wanted: Any, found: Any, expected: bool) -> None:
    assert matches(wanted, found) is expected


def test_a_wrong_verdict_is_noticed() -> None:
    line = vector(NAMES[0])["cases"]["istio-1.30"][1]
    paths = resolved(NAMES[0], [{"version": "istio", "set": "1.30"}], [line])
    assert list(disagreements([line], paths)) == []
    assert len(list(disagreements([{**line, "verdict": "invalid"}], paths))) == 1
    assert len(list(disagreements([line], [*paths, *paths]))) == 1
