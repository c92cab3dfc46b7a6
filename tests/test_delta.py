"""What crosses to the browser after the first time: what changed, told since a whole."""

from typing import Any

from core.gates import Verdict
from core.graph import build
from dashboard.graph.component import payload
from dashboard.graph.delta import changes
from tests.browser.graph_cases import LABELS, SHOP, many, path, resolution


def sent(services: int = 40, *, flipped: bool = False) -> dict[str, Any]:
    paths = list(many(services))
    if flipped:
        paths[2] = path("service-002", Verdict.WAYPOINT, waypoint=SHOP, namespace="team-0")
    graph = build(resolution(paths, LABELS), paths)
    return payload(graph, selected=None, theme="light", height=500)


def applied(base: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """What the browser makes of a change."""
    whole = {**base, **change["set"]}
    for name in ("nodes", "edges"):
        items = {one["id"]: one for one in base[name] if one["id"] not in change[name]["gone"]}
        whole[name] = list({**items, **{one["id"]: one for one in change[name]["put"]}}.values())
    return whole


def by_id(data: dict[str, Any]) -> dict[str, Any]:
    lists = {name: {one["id"]: one for one in data[name]} for name in ("nodes", "edges")}
    return {**data, **lists}


def test_a_toggle_sends_what_it_changes() -> None:
    base = {**sent(), "whole": True, "id": "w"}
    change = changes(base, sent(flipped=True))
    assert change is not None
    assert change["base"] == "w"
    assert len(change["nodes"]["put"]) < len(base["nodes"]) / 10
    assert "layout" not in change["set"]
    assert by_id(applied(base, change)) == by_id({**sent(flipped=True), "whole": True, "id": "w"})


def test_nothing_changed_sends_nothing() -> None:
    change = changes({**sent(), "id": "w"}, sent())
    assert change is not None
    assert (change["nodes"], change["edges"], change["set"]) == (
        {"put": [], "gone": []},
        {"put": [], "gone": []},
        {},
    )


def test_another_picture_is_sent_whole() -> None:
    assert changes({**sent(40), "id": "w"}, sent(2)) is None
