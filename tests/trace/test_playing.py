"""A trace as the picture plays it."""

from core.explain import Explainer
from core.trace.outcome import Trace
from core.trace.playing import Play, plays
from tests.tracing import ask, gateway, route, tracer, waypoint

EDGE = gateway("http HTTP 80")


def played(words: str, *objects) -> tuple[Trace, list[Play]]:
    traces = tracer(EDGE, *objects)
    found = ask(traces, words)
    return found, list(plays(Explainer(traces.resolution), found))


def test_a_play_for_each_backend_with_its_stops_in_order() -> None:
    refs = "[{name: green, port: 80, weight: 1}, {name: red, port: 80, weight: 3}, {name: blue, port: 80, weight: 0}]"
    found, told = played("/", route("r", f"- backendRefs: {refs}"), *waypoint("red"))
    red, green = told
    assert [(stop.kind, stop.object) for stop in red.stops] == [
        ("client", ""),
        ("gateway", "Gateway/shop/edge"),
        ("backend", "Service/shop/red"),
        ("waypoint", "Gateway/shop/waypoint"),
        ("endpoints", "Service/shop/red"),
    ]
    assert [stop.kind for stop in green.stops] == ["client", "gateway", "backend", "endpoints"]
    assert [(play.share, play.disposition.value) for play in told] == [
        (0.75, "delivered"),
        (0.25, "delivered"),
    ]
    assert red.path == found.arrivals[1].path.id
    assert all(stop.said for stop in red.stops[1:])


def test_where_the_gateway_answers_itself_there_is_one_play() -> None:
    _, (play,) = played("/none", route("r", "- matches: [{path: {value: /a}}]"))
    assert (play.path, play.status, [stop.kind for stop in play.stops]) == ("", 404, ["client", "gateway"])
    assert play.stops[1].result.value == "fail"


def test_a_backend_that_fails_ends_where_it_fails() -> None:
    refs = "[{name: none, port: 80}, {name: red, port: 80}]"
    _, told = played("/", route("r", f"- backendRefs: {refs}"))
    assert {play.status: [stop.kind for stop in play.stops][-1] for play in told} == {
        500: "backend",
        None: "endpoints",
    }
