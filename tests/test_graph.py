"""The drawing of paths: what is drawn for each verdict, that nothing overlaps or moves, and that it can be read."""

import pathlib
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from core.gates import Verdict
from core.graph import LANES, Graph, build, journey, layout_of
from core.outcomes import Share
from core.paths import Path, resolve
from core.sources import read
from dashboard.graph.component import paths_of, payload, summary
from dashboard.graph.network import edge_id, network
from dashboard.graph.style import BACKGROUNDS, SHARED, STYLES, Theme, palette
from tests.browser.graph_cases import (
    LABELS,
    PAYLOADS,
    SHOP,
    changed,
    every_verdict,
    hostile,
    many,
    path,
    resolution,
)

PAGE = pathlib.Path(__file__).parent / "browser" / "graph_page.py"
SERVICE = "service:Service/shop/cart"
ZTUNNEL = "ztunnel:Service/shop/cart"
WAYPOINT = "waypoint:Service/shop/cart@shop/waypoint"
ENDPOINTS = "endpoints:Service/shop/cart"


def drawn(paths: Sequence[Path], before: Sequence[Path] | None = None) -> Graph:
    old = None if before is None else {one.id: one for one in before}
    return build(resolution(paths or before or [], LABELS), paths, old)


def right_of_service(graph: Graph) -> set[tuple[str, str]]:
    return {
        (start, end)
        for start, end in graph.edges
        if not end.startswith(("gateway", "listener", "route", "service"))
    }


def boxes(graph: Graph) -> Iterator[tuple[str, float, float, float, float]]:
    for name, node in graph.nodes(data=True):
        across, down = node["width"] / 2, node["height"] / 2
        yield name, node["x"] - across, node["x"] + across, node["y"] - down, node["y"] + down


def overlapping(graph: Graph) -> list[tuple[str, str]]:
    return [
        (one, other)
        for (one, left, right, top, bottom), (other, left2, right2, top2, bottom2) in combinations(
            boxes(graph), 2
        )
        if left < right2 and left2 < right and top < bottom2 and top2 < bottom
    ]


def positions(graph: Graph) -> dict[str, tuple[float, float]]:
    return {name: (node["x"], node["y"]) for name, node in graph.nodes(data=True)}


# --- What is drawn -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "edges"),
    [
        (
            path("cart", Verdict.WAYPOINT, waypoint=SHOP),
            {(SERVICE, ZTUNNEL), (ZTUNNEL, WAYPOINT), (WAYPOINT, ENDPOINTS)},
        ),
        (
            path("cart", Verdict.WAYPOINT, waypoint=SHOP, plane="istio"),
            {(SERVICE, WAYPOINT), (WAYPOINT, ENDPOINTS)},
        ),
        (path("cart", Verdict.DIRECT), {(SERVICE, ENDPOINTS)}),
        (path("cart", Verdict.VIP_DIRECT), {(SERVICE, ZTUNNEL), (ZTUNNEL, ENDPOINTS)}),
        (
            path("cart", Verdict.WORKLOAD_WAYPOINT, waypoint=SHOP, plane="istio"),
            {(SERVICE, ZTUNNEL), (ZTUNNEL, WAYPOINT), (WAYPOINT, ENDPOINTS)},
        ),
        (path("cart", Verdict.BLACKHOLE), {(SERVICE, "end:Service/shop/cart:blackhole")}),
        (path("cart", Verdict.NO_ENDPOINTS, pods=0), {(SERVICE, "end:Service/shop/cart:no-endpoints")}),
        (path("cart", Verdict.INVALID, pods=0), {(SERVICE, "end:Service/shop/cart:invalid")}),
    ],
    ids=lambda value: f"{value.outcome.verdict}-{value.plane}" if isinstance(value, Path) else "edges",
)
def test_each_verdict_is_drawn_its_own_way(one: Path, edges: set[tuple[str, str]]) -> None:
    graph = drawn([one])
    assert right_of_service(graph) == edges
    assert {graph.edges[edge]["verdict"] for edge in edges} == {str(one.outcome.verdict)}
    assert all(graph.edges[edge]["path_ids"] == [one.id] for edge in graph.edges)


def test_left_of_the_service_every_part_of_the_path_is_a_node() -> None:
    graph = drawn([path("cart", Verdict.DIRECT)])
    trunk = [
        "client",
        "gateway:infra/public",
        "listener:infra/public/https",
        "route:HTTPRoute/shop/cart:0",
        SERVICE,
    ]
    assert all(graph.has_edge(*pair) for pair in pairwise(trunk))
    assert [graph.nodes[name]["lane"] for name in trunk] == list(LANES[:5])


@pytest.mark.parametrize("verdict", [Verdict.DIRECT, Verdict.VIP_DIRECT, Verdict.WORKLOAD_WAYPOINT])
def test_a_waypoint_that_is_passed_by_is_drawn_as_bypassed(verdict: Verdict) -> None:
    other = ("shop", "pods") if verdict is Verdict.WORKLOAD_WAYPOINT else None
    graph = drawn([path("cart", verdict, waypoint=other)])
    assert graph.nodes[WAYPOINT]["state"] == "bypassed"
    assert graph.nodes[WAYPOINT]["detail"] == "bypassed"
    assert graph.degree(WAYPOINT) == 0


def test_a_waypoint_behind_a_black_hole_is_not_bypassed_but_not_reached() -> None:
    graph = drawn([path("cart", Verdict.BLACKHOLE)])
    assert graph.nodes[WAYPOINT]["state"] == "not reached"
    assert graph.nodes[ENDPOINTS]["state"] == "not reached"


def test_a_waypoint_that_is_not_in_effect_says_so() -> None:
    one = path("cart", Verdict.DIRECT)
    labels = {("shop", "cart"): {"istio.io/use-waypoint": "absent"}}
    node = build(resolution([one], labels), [one]).nodes["waypoint:Service/shop/cart@shop/absent"]
    assert node["state"] == "not in effect"
    assert "is not ready" in node["title"]


def test_a_workload_waypoint_is_marked() -> None:
    graph = drawn([path("cart", Verdict.WORKLOAD_WAYPOINT, waypoint=SHOP)])
    assert graph.nodes[WAYPOINT]["detail"] == "workload"


def test_a_split_forks_with_its_shares() -> None:
    shares = [
        Share(share=0.8, verdict=Verdict.WAYPOINT, waypoint=SHOP),
        Share(share=0.2, verdict=Verdict.WAYPOINT, waypoint=("shop", "canary")),
    ]
    graph = drawn([path("cart", Verdict.SPLIT, shares=shares)])
    assert graph.edges[ZTUNNEL, WAYPOINT]["share"] == "80 %"
    assert graph.edges[ZTUNNEL, "waypoint:Service/shop/cart@shop/canary"]["share"] == "20 %"
    assert graph.edges[SERVICE, ZTUNNEL]["share"] == ""
    assert graph.edges["route:HTTPRoute/shop/cart:0", SERVICE]["verdict"] == "split"


def test_a_split_by_capture_forks_at_the_service() -> None:
    shares = [
        Share(share=2 / 3, verdict=Verdict.WAYPOINT, waypoint=SHOP),
        Share(share=1 / 3, verdict=Verdict.DIRECT),
    ]
    graph = drawn([path("cart", Verdict.SPLIT, shares=shares)])
    assert graph.edges[SERVICE, ZTUNNEL]["label"] == "66.67 %"
    assert graph.edges[SERVICE, ENDPOINTS]["label"] == "33.33 % direct"


def test_weights_are_shown_where_a_rule_has_several_backends() -> None:
    split = [
        path("cart", Verdict.DIRECT, weight=90),
        path("cart-next", Verdict.DIRECT, route="cart", weight=10),
        path("images", Verdict.DIRECT),
    ]
    graph = drawn(split)
    assert graph.edges["route:HTTPRoute/shop/cart:0", SERVICE]["label"] == "weight 90"
    assert (
        graph.edges["route:HTTPRoute/shop/cart:0", "service:Service/shop/cart-next"]["label"] == "weight 10"
    )
    assert graph.edges["route:HTTPRoute/shop/images:0", "service:Service/shop/images"]["label"] == ""


def test_endpoints_are_one_node_that_lists_the_first_ten() -> None:
    graph = drawn([path("cart", Verdict.DIRECT, pods=12)])
    assert graph.nodes[ENDPOINTS]["label"] == "12 pods"
    assert "10.244.1.16:8080 and 2 more" in graph.nodes[ENDPOINTS]["title"]
    assert "10.244.1.17" not in graph.nodes[ENDPOINTS]["title"]


def test_endpoints_that_nobody_has_seen_are_not_called_ready() -> None:
    state = resolve(read(["sample:manifests-only"]).cluster)
    graph = build(state, state.paths)
    node = graph.nodes[ENDPOINTS]
    assert (node["label"], node["detail"]) == ("1 workload", "not observed")
    assert node["title"].startswith("1 workload, readiness not observed: Deployment/shop/cart")


def test_two_lines_past_the_waypoint_do_not_lie_on_each_other() -> None:
    one, other = path("cart", Verdict.DIRECT), path("cart", Verdict.VIP_DIRECT, gateway="edge")
    graph = drawn([one, other])
    direct, vip = graph.edges[SERVICE, ENDPOINTS], graph.edges[ZTUNNEL, ENDPOINTS]
    assert direct["via"][0][1] - vip["via"][0][1] >= 12
    assert vip["label_x"] - direct["label_x"] > 120


def test_a_journey_passes_nodes_and_edges_that_are_drawn() -> None:
    shown = every_verdict()
    graph = drawn(shown)
    for one in shown:
        for part in range(len(one.outcome.shares) or 1):
            stops = journey(one, part)
            assert all(graph.has_edge(*pair) for pair in pairwise(stops))
            assert all(one.id in graph.edges[pair]["path_ids"] for pair in pairwise(stops))


def test_what_paths_of_several_verdicts_share_has_none_of_its_own() -> None:
    graph = drawn([path("cart", Verdict.DIRECT), path("images", Verdict.WAYPOINT, waypoint=SHOP)])
    shared = graph.edges["gateway:infra/public", "listener:infra/public/https"]
    assert shared["verdict"] == ""
    assert shared["verdicts"] == ["waypoint", "direct"]
    assert "2 paths: 1 waypoint, 1 direct" in shared["title"]


def test_a_service_that_is_missing_says_so() -> None:
    graph = drawn([path("cart", Verdict.INVALID, found=False, pods=0)])
    assert graph.nodes[SERVICE]["state"] == "missing"


def test_no_paths_make_an_empty_drawing_with_lanes() -> None:
    graph = drawn([])
    assert len(graph) == 0
    assert [lane.name for lane in layout_of(graph).lanes] == list(LANES)
    assert payload(graph, selected=None, theme="light", height=400)["nodes"] == []
    assert summary(graph) == "No path to draw."


# --- Differences --------------------------------------------------------------------------------------------------


def test_a_difference_marks_what_leaves_arrives_and_stays() -> None:
    before, after = changed()
    graph = drawn(after, before)
    assert graph.edges[SERVICE, ENDPOINTS]["change"] == "leaving"
    assert graph.edges[SERVICE, ENDPOINTS]["verdict"] == "direct"
    assert graph.edges[ZTUNNEL, WAYPOINT]["change"] == "arriving"
    assert graph.nodes[WAYPOINT]["change"] == "arriving"
    assert graph.edges["route:HTTPRoute/shop/cart:0", SERVICE]["change"] == "same"
    assert graph.edges["service:Service/shop/search", "ztunnel:Service/shop/search"]["change"] == "same"


def test_a_difference_tells_which_nodes_are_on_changed_paths() -> None:
    before, after = changed()
    graph = drawn(after, before)
    touched = {name for name, node in graph.nodes(data=True) if node["kind"] == "service" and node["touched"]}
    assert touched == {f"service:Service/{name}" for name in ("pay/ledger", "shop/cart", "shop/search")}


def test_a_path_that_is_no_more_is_drawn_as_leaving() -> None:
    before = [path("cart", Verdict.DIRECT), path("images", Verdict.DIRECT)]
    graph = drawn(before[:1], before)
    assert graph.nodes["service:Service/shop/images"]["change"] == "leaving"
    assert graph.nodes[SERVICE]["change"] == "same"


def test_without_a_before_nothing_has_a_change() -> None:
    graph = drawn(every_verdict())
    assert {node["change"] for _, node in graph.nodes(data=True)} == {""}
    assert {edge["change"] for _, _, edge in graph.edges(data=True)} == {""}


# --- Where it is drawn --------------------------------------------------------------------------------------------


def test_rows_are_ordered_by_namespace_and_name() -> None:
    graph = drawn(list(reversed(every_verdict())))
    rows = sorted(
        (node["y"], node["namespace"], node["label"])
        for _, node in graph.nodes(data=True)
        if node["kind"] == "service"
    )
    assert [row[1:] for row in rows] == sorted(row[1:] for row in rows)


def test_lanes_run_from_left_to_right() -> None:
    layout = layout_of(drawn(every_verdict()))
    for one, other in pairwise(layout.lanes):
        assert one.x + one.width / 2 < other.x - other.width / 2


def test_bands_hold_their_rows_and_do_not_touch() -> None:
    graph = drawn(every_verdict())
    bands = {band.namespace: band for band in layout_of(graph).bands}
    assert list(bands) == ["pay", "shop"]
    assert bands["pay"].bottom < bands["shop"].top
    for name, left, right, top, bottom in boxes(graph):
        node = graph.nodes[name]
        if node["kind"] in {"service", "ztunnel", "endpoints", "end"}:
            band = bands[node["namespace"]]
            assert band.left < left < right < band.right, name
            assert band.top < top < bottom < band.bottom, name


@pytest.mark.parametrize("paths", [every_verdict(), hostile(), many()], ids=["verdicts", "hostile", "many"])
def test_no_two_nodes_overlap(paths: Sequence[Path]) -> None:
    assert overlapping(drawn(paths)) == []


NAMES = st.sampled_from(["a", "b", "c", "d"])
WAYPOINTS = st.tuples(st.sampled_from(["shop", "pay"]), NAMES)
PARTS = st.sampled_from([one for one in Verdict if one is not Verdict.SPLIT])


@st.composite
def paths(draw: st.DrawFn) -> Path:
    verdict = draw(st.sampled_from(Verdict))
    parts = draw(st.lists(PARTS, min_size=2, max_size=3))
    shares = [Share(share=1 / len(parts), verdict=part, waypoint=draw(WAYPOINTS)) for part in parts]
    return path(
        draw(NAMES),
        verdict,
        namespace=draw(st.sampled_from(["shop", "pay", "infra"])),
        gateway=draw(NAMES),
        listener=draw(st.sampled_from(["http", "https"])),
        plane=draw(st.sampled_from(["kgateway", "istio", "agentgateway", "unknown"])),
        route=draw(NAMES),
        weight=draw(st.integers(min_value=0, max_value=3)),
        waypoint=draw(WAYPOINTS),
        shares=shares if verdict is Verdict.SPLIT else (),
        pods=draw(st.integers(min_value=0, max_value=3)),
        found=draw(st.booleans()),
    )


@given(st.lists(paths(), max_size=12), st.none() | st.lists(paths(), max_size=6))
def test_no_set_of_paths_overlaps_or_breaks(after: list[Path], before: list[Path] | None) -> None:
    graph = drawn(after, before)
    assert overlapping(graph) == []
    ids = {one.id for one in [*after, *(before or [])]}
    assert set(graph.graph["verdicts"]) == ids
    sent = payload(graph, selected=None, theme="dark", height=500)
    known = {node["id"] for node in sent["nodes"]}
    assert len(known) == len(sent["nodes"])
    assert all({edge["from"], edge["to"]} <= known for edge in sent["edges"])


def flipped(paths: Sequence[Path], verdict: Verdict) -> list[Path]:
    waypoint = SHOP if verdict in {Verdict.WAYPOINT, Verdict.WORKLOAD_WAYPOINT} else None
    return [
        path(
            one.service_ref.name,
            verdict,
            waypoint=waypoint,
            namespace=one.service_ref.namespace,
            gateway=one.gateway[1],
            plane=one.plane,
            listener=one.listener,
            route=one.route[1],
            weight=one.backend.weight,
        )
        for one in paths
    ]


@pytest.mark.parametrize("verdict", [one for one in Verdict if one is not Verdict.SPLIT])
def test_another_verdict_moves_nothing(verdict: Verdict) -> None:
    paths = every_verdict()
    changed_paths = flipped(paths, verdict)
    one, other = positions(drawn(paths)), positions(drawn(changed_paths))
    both = positions(drawn(changed_paths, paths))
    shared = one.keys() & other.keys()
    assert len(shared) >= 20
    assert {name: one[name] for name in shared} == {name: other[name] for name in shared}
    assert {name: both[name] for name in one} == one
    assert layout_of(drawn(paths)).lanes == layout_of(drawn(changed_paths)).lanes
    assert layout_of(drawn(paths)).bands == layout_of(drawn(changed_paths)).bands


def test_the_order_of_the_paths_moves_nothing() -> None:
    paths = every_verdict()
    assert positions(drawn(paths)) == positions(drawn(list(reversed(paths))))


# --- Names ---------------------------------------------------------------------------------------------------------


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from texts(key)
            yield from texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts(item)


@pytest.mark.parametrize("name", PAYLOADS[:12])
def test_hostile_names_stay_the_text_they_are(name: str) -> None:
    graph = drawn([path(name, Verdict.DIRECT)])
    labels = {node["label"] for _, node in graph.nodes(data=True)}
    assert name in labels or any(label.endswith("…") and name.startswith(label[:-1]) for label in labels)


def test_nothing_that_is_shown_can_hide_or_reorder_text() -> None:
    sent = payload(drawn(hostile()), selected=None, theme="light", height=500)
    shown = [
        text
        for node in sent["nodes"]
        for text in (node["label"], node.get("detail", ""), node.get("title", ""))
    ]
    shown += [text for edge in sent["edges"] for text in (edge.get("label", ""), edge["title"])]
    shown += [node["name"] for node in sent["nodes"] if "name" in node]
    shown += [band["title"] for band in sent["layout"]["bands"]]
    assert all(text.isprintable() for text in shown)
    assert max(map(len, shown)) <= 400


def test_labels_are_short_whatever_the_name() -> None:
    graph = drawn([path("x" * 3000, Verdict.DIRECT)])
    assert max(len(node["label"]) for _, node in graph.nodes(data=True)) <= 60


# --- What the component gets ------------------------------------------------------------------------------------


def test_the_pyvis_network_has_every_node_and_edge() -> None:
    graph = drawn(every_verdict())
    net = network(graph)
    assert {node["id"] for node in net.nodes} == set(graph)
    assert {edge["id"] for edge in net.edges} == {edge_id(*edge) for edge in graph.edges}
    assert all({edge["from"], edge["to"]} <= set(graph) for edge in net.edges)


def test_a_selection_stands_for_its_paths() -> None:
    shown = every_verdict()
    graph = drawn(shown)
    assert paths_of(graph, shown[0].id) == (shown[0].id,)
    assert set(paths_of(graph, SERVICE)) == {one.id for one in shown[:2]}
    assert paths_of(graph, "service:Service/shop/absent") == ()


def test_the_summary_counts_paths_and_services() -> None:
    graph = drawn([path("cart", Verdict.DIRECT), path("images", Verdict.WAYPOINT, waypoint=SHOP)])
    assert summary(graph).startswith("2 paths to 2 services: 1 waypoint, 1 direct.")


# --- What comes back ---------------------------------------------------------------------------------------------


@pytest.fixture
def app() -> AppTest:
    """A page with the graph, as the server runs it."""
    page = AppTest.from_file(str(PAGE), default_timeout=30).run()
    assert not page.exception
    return page


def told(app: AppTest) -> list[str]:
    return [text.value for text in app.text]


def test_a_click_is_told_in_the_run_that_it_causes(app: AppTest) -> None:
    assert told(app) == ["selected=None", "clicked=False paths=0"]
    app.session_state["graph"] = {"selected": SERVICE}
    assert told(app.run()) == [f"selected={SERVICE}", "clicked=True paths=2"]
    assert told(app.run()) == [f"selected={SERVICE}", "clicked=False paths=2"]
    app.session_state["graph"] = {"selected": None}
    assert told(app.run()) == ["selected=None", "clicked=True paths=0"]


def test_the_page_can_select_after_a_click_and_the_same_click_counts_again(app: AppTest) -> None:
    app.session_state["graph"] = {"selected": SERVICE}
    app.run()
    app.button[0].click().run()
    assert "/Service/shop/images:8080" in told(app)[0]
    app.session_state["graph"] = {"selected": SERVICE}
    assert told(app.run())[0] == f"selected={SERVICE}"


@pytest.mark.parametrize("value", ["nothing of the kind", "", 7, ["client"], {"id": "client"}])
def test_what_is_not_drawn_is_not_selected(app: AppTest, value: object) -> None:
    app.session_state["graph"] = {"selected": value}
    app.run()
    assert not app.exception
    assert told(app)[0] == "selected=None"


# --- Colours ---------------------------------------------------------------------------------------------------------


def channel(value: int) -> float:
    part = value / 255
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    red, green, blue = (channel(int(colour[at : at + 2], 16)) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


THEMES: Sequence[Theme] = ("light", "dark")
LOOKS = {**{str(verdict): style for verdict, style in STYLES.items()}, "shared": SHARED}


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", LOOKS)
def test_every_colour_has_contrast_to_every_background(theme: Theme, name: str) -> None:
    colour = LOOKS[name].colour(theme)
    for background in BACKGROUNDS[theme]:
        assert contrast(colour.text, background) >= 4.5
        assert contrast(colour.line, background) >= 3


def test_colour_is_never_the_only_difference() -> None:
    assert set(STYLES) == set(Verdict)
    looks = [(tuple(style.dashes), style.mark) for style in STYLES.values()]
    assert len(set(looks)) == len(looks)
    assert len({style.word for style in STYLES.values()}) == len(STYLES)


@pytest.mark.parametrize("theme", THEMES)
def test_the_palette_names_every_verdict_and_the_shared_style(theme: Theme) -> None:
    assert set(palette(theme)) == {"", *map(str, Verdict)}
