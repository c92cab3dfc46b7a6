"""Many paths in one picture: every path is counted once, and there are never too many nodes."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.synthetic import cluster
from core.gates import Verdict
from core.graph import MAX_NODES, MAX_ROWS, Graph, Level, Page, aggregate, draw, layout_of
from core.paths import Path, Resolution, resolve
from core.render.svg import svg
from core.sources import read_uploads
from dashboard.graph.component import paths_of, payload
from tests.browser.graph_cases import PAYLOADS, SHOP, changed, many, path, resolution


def page_of(graph: Graph) -> Page:
    page: Page = graph.graph["page"]
    return page


def rows_of(graph: Graph) -> Sequence[dict[str, Any]]:
    return [node for _, node in graph.nodes(data=True) if node["kind"] == "group"]


def counted(paths: Sequence[Path], level: Level, before: Sequence[Path] | None = None) -> Sequence[Graph]:
    """All pages of the picture."""
    olds = None if before is None else {one.id: one for one in before}
    first = aggregate(paths, olds, level=level)
    numbers = range(2, page_of(first).pages + 1)
    return [first, *(aggregate(paths, olds, level=level, page=number) for number in numbers)]


def totals(graphs: Sequence[Graph], position: int) -> Counter[str]:
    """Verdict → the sum of the numbers in the rows of all pages, after (0) or before (1)."""
    found: Counter[str] = Counter()
    for graph in graphs:
        for row in rows_of(graph):
            found.update({verdict: numbers[position] for verdict, numbers in row["counts"].items()})
    return +found


def verdicts(paths: Sequence[Path]) -> Counter[str]:
    return Counter(str(one.outcome.verdict) for one in paths)


NAMES = st.sampled_from([f"n{number}" for number in range(90)])


@st.composite
def some_paths(draw_one: st.DrawFn) -> Sequence[Path]:
    parts = st.tuples(NAMES, NAMES, st.sampled_from(["a", "b"]), st.sampled_from(Verdict))
    rows = draw_one(st.lists(parts, max_size=40, unique_by=lambda row: row[:3]))
    return [path(name, verdict, namespace=where, gateway=gateway) for name, where, gateway, verdict in rows]


@given(some_paths(), st.none() | some_paths(), st.sampled_from(Level))
def test_no_path_is_lost(after: Sequence[Path], before: Sequence[Path] | None, level: Level) -> None:
    graphs = counted(after, level, before)
    assert totals(graphs, 0) == verdicts(after)
    assert totals(graphs, 1) == verdicts(before or [])
    assert Counter(graphs[0].graph["counts"]) == verdicts(after)
    members = [one for graph in graphs for ids in graph.graph["members"].values() for one in ids]
    assert set(members) == {one.id for one in [*after, *(before or [])]}
    if before is None:
        assert len(members) == len(after)


@pytest.fixture(scope="module")
def ten_thousand() -> Resolution:
    return resolve(read_uploads([("cluster.json", cluster(10_000))]).cluster)


def test_ten_thousand_services_are_drawn_with_few_nodes(ten_thousand: Resolution) -> None:
    graph = draw(ten_thousand, ten_thousand.paths)
    assert len(graph) <= MAX_NODES
    assert page_of(graph).total == 400
    assert sum(graph.graph["counts"].values()) == len(ten_thousand.paths) == 20_000
    assert len(payload(graph, selected=None, theme="light", height=500)["nodes"]) <= MAX_NODES


def test_a_drill_down_ends_at_paths(ten_thousand: Resolution) -> None:
    inside = [one for one in ten_thousand.paths if one.service_ref.namespace == "team-0007"]
    graph = draw(ten_thousand, inside)
    assert graph.graph["kind"] == "paths"
    assert len(graph) <= MAX_NODES
    assert set(graph.graph["verdicts"]) == {one.id for one in inside}


def test_few_services_are_drawn_path_by_path() -> None:
    paths = many(40)
    assert draw(resolution(paths, {}), paths).graph["kind"] == "paths"


@pytest.mark.parametrize(
    ("paths", "level"),
    [
        (many(600), "namespace"),
        ([path(f"s{number:03}", Verdict.DIRECT) for number in range(300)], "service"),
        ([path("cart", Verdict.DIRECT, route=f"r{number:03}") for number in range(600)], "route"),
    ],
    ids=["namespaces", "services", "routes"],
)
def test_what_is_too_much_is_counted_at_the_next_level(paths: Sequence[Path], level: str) -> None:
    graph = draw(resolution(paths, {}), paths)
    assert (graph.graph["kind"], graph.graph["level"]) == ("groups", level)
    assert len(graph) <= MAX_NODES


def test_what_a_page_leaves_out_is_said() -> None:
    paths = [path(f"s{number:03}", Verdict.DIRECT) for number in range(200)]
    graphs = counted(paths, Level.SERVICE)
    assert [len(rows_of(graph)) for graph in graphs] == [MAX_ROWS, MAX_ROWS, 200 - 2 * MAX_ROWS]
    note = "Drawn are services 81 to 160 of 200, by name; the counts are of all."
    assert page_of(graphs[1]).note == note
    assert payload(graphs[1], selected=None, theme="light", height=500)["note"] == note
    assert note in svg(graphs[1])
    assert page_of(aggregate(paths, level=Level.SERVICE, page=99)).number == 3


def test_very_many_gateways_are_one_a_data_plane() -> None:
    paths = [path(f"s{number:03}", Verdict.DIRECT, gateway=f"g{number:03}") for number in range(700)]
    graph = draw(resolution(paths, {}), paths)
    gateways = [node["label"] for _, node in graph.nodes(data=True) if node["kind"] == "gateway"]
    assert gateways == ["kgateway gateways"]
    assert sum(graph.graph["counts"].values()) == 700


def test_a_difference_counts_before_and_after_and_moves_nothing() -> None:
    before, after = changed()
    graph = counted(after, Level.NAMESPACE, before)[0]
    shop = graph.nodes["namespace:shop"]
    assert shop["counts"] == {"waypoint": [3, 1], "direct": [1, 2], "vip-direct": [0, 1]}
    assert shop["touched"]
    strands = graph.edges["gateway:infra/public", "namespace:pay"]["strands"]
    assert {one["verdict"]: one["change"] for one in strands} == {
        "direct": "leaving",
        "blackhole": "arriving",
    }
    columns = list(Verdict)
    alone = aggregate(after, level=Level.NAMESPACE, verdicts=columns)
    both = aggregate(after, {one.id: one for one in before}, level=Level.NAMESPACE, verdicts=columns)
    assert layout_of(alone) == layout_of(both)
    assert all(
        (alone.nodes[name]["x"], alone.nodes[name]["y"]) == (both.nodes[name]["x"], both.nodes[name]["y"])
        for name in alone
    )


def test_a_selection_stands_for_all_paths_behind_it() -> None:
    paths = many(600)
    graph = draw(resolution(paths, {}), paths)
    inside = {one.id for one in paths if one.service_ref.namespace == "team-3"}
    assert set(paths_of(graph, "namespace:team-3")) == inside
    assert len(paths_of(graph, "gateway:infra/public")) == 600
    some = next(iter(inside))
    assert paths_of(graph, some) == (some,)
    sent = payload(graph, selected=some, theme="light", height=500)
    assert some in graph.graph["members"][sent["stands"]]


def test_no_two_rows_overlap() -> None:
    graph = aggregate(many(600), level=Level.SERVICE)
    places = sorted(node["y"] for node in rows_of(graph))
    assert all(other - one >= 40 for one, other in pairwise(places))
    layout = layout_of(graph)
    assert [band.namespace for band in layout.bands][:2] == ["team-0", "team-1"]


def test_hostile_namespaces_are_text() -> None:
    paths = [
        path(f"s{number}", Verdict.WAYPOINT, namespace=PAYLOADS[number % len(PAYLOADS)], waypoint=SHOP)
        for number in range(len(PAYLOADS) * 6)
    ]
    graph = aggregate(paths, level=Level.NAMESPACE)
    assert all(node["label"].isprintable() and len(node["label"]) <= 60 for node in rows_of(graph))
    assert "<script" not in svg(graph)
