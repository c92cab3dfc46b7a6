"""What must hold for any source: it resolves, and the order of its objects plays no part."""

import copy
import json
import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from core import manifests
from core.explain import Explainer, summary
from core.paths import resolve
from core.render.documents import path_document
from tests import packed

Item = dict[str, Any]

WORDS = st.sampled_from(
    [
        "",
        "true",
        "false",
        "none",
        "None",
        "all",
        "HBONE",
        "198.51.100.0/28",
        "::",
        "fd00::1",
        "\x00",
        "é",
        "a" * 300,
    ]
)
VALUES = st.one_of(st.none(), st.booleans(), st.integers(-1, 70_000), WORDS, st.just([]), st.just({}))


def _items(name: str) -> list[Item]:
    items: list[Item] = packed.vector(name)["input"]["items"]
    return items


def _documents(items: list[Item]) -> list[manifests.Document]:
    raw = json.dumps({"apiVersion": "v1", "kind": "List", "items": items}).encode()
    return [manifests.Document(file="x.json", index=1, raw=raw)]


def _told(items: list[Item]) -> list[Any]:
    """Everything that is said of the paths of `items`, as one comparable value."""
    cluster, _ = manifests.load(_documents(items))
    resolution = resolve(cluster)
    explainer = Explainer(resolution)
    assert summary(resolution)
    for path in resolution.paths:
        assert explainer.sentence(path).text
    return [path_document(explainer, path) for path in resolution.paths]


Part = tuple[str, str]
"""A vector and one of its namespaces."""


@st.composite
def _parts(draw: st.DrawFn) -> Part:
    name = draw(st.sampled_from(packed.NAMES))
    names = {item["metadata"]["namespace"] for item in _items(name) if item["kind"] == "HTTPRoute"}
    return name, draw(st.sampled_from(sorted(names)))


def _objects(part: Part) -> list[Item]:
    """The objects of the part's namespace, and all that is no application."""
    kept = {part[1], "infra", "shared", "istio-system"}
    items = _items(part[0])
    return [item for item in items if item["metadata"].get("namespace", item["metadata"]["name"]) in kept]


@st.composite
def _damaged(draw: st.DrawFn) -> list[Item]:
    """Such a part with some values replaced, at any depth, by others."""
    items = copy.deepcopy(_objects(draw(_parts())))
    for _ in range(draw(st.integers(1, 6))):
        place: Any = draw(st.sampled_from(items))
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if not isinstance(place[key], dict | list) or draw(st.integers(0, 3)) == 0:
                place[key] = draw(VALUES)
                break
            place = place[key]
    return items


@settings(max_examples=40)
@given(items=_damaged())
def test_any_source_that_can_be_read_resolves(items: list[Item]) -> None:
    _told(items)


@settings(max_examples=20)
@given(part=_parts(), seed=st.integers(0, 999))
def test_the_order_of_objects_plays_no_part(part: Part, seed: int) -> None:
    items = _objects(part)
    shuffled = random.Random(seed).sample(items, len(items))
    assert _told(shuffled) == _told(items)
