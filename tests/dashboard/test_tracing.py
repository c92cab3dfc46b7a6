"""What the page of traces tells, without a browser: ways and stops, two states, and what changes of a request."""

import shlex

import pytest

from core.edits import LabelEdit
from core.explain import Explainer
from core.gates import Result
from core.sources import samples
from core.trace.engine import Tracer
from core.trace.gateways import NoGatewayError
from core.trace.request import RequestError, parse_request
from dashboard.desk import Asked, Desk, Mode, from_params, to_params
from dashboard.markup import text_of
from dashboard.panels import trace_end, trace_request, trace_story
from dashboard.panels.trace_form import header_lines
from dashboard.sight import Sight
from dashboard.tracing import Seen, first_examples, look, request_parts
from dashboard.views.trace import fault_of
from tests.dashboard.cases import PAYLOADS, base, sight
from tests.tracing import gateway, resolved, route

LABEL = "istio.io/ingress-use-waypoint"
CART = LabelEdit(kind="service", namespace="shop", name="cart", set={LABEL: "true"})
URL = "http://shop.example.com/cart"


def seen(of: Sight, url: str = URL, *, after: bool = False, headers: tuple[str, ...] = ()) -> Seen:
    explainer = of.shown.after if after else of.shown.before
    tracer = Tracer(explainer.resolution, of.base.policies)
    return look(tracer, explainer, parse_request(url, None, headers), None)


def difference() -> tuple[Sight, Seen, Seen]:
    of = sight("bypass-by-default", Desk(source=("sample:any",), edits=(CART,), mode=Mode.DIFFERENCE))
    return of, seen(of), seen(of, after=True)


@pytest.mark.parametrize("name", [one.name for one in samples()])
def test_the_stops_of_each_way_go_along_the_picture_and_the_story(name: str) -> None:
    of = base(name)
    tracer = Tracer(of.resolution, of.policies)
    examples = first_examples(tracer)
    assert examples
    for one in examples:
        found = look(tracer, of.explainer, parse_request(one.url, one.method or None, one.headers), None)
        assert sum(way.share for way in found.ways) == pytest.approx(1)
        for way in found.ways:
            assert way.moments[0].hop is None
            told = [way.hops.index(moment.hop) for moment in way.moments if moment.hop is not None]
            assert told == sorted(told)
            assert set(told) == set(range(len(way.hops))), "a hop of the story is never shown"


def test_a_split_has_a_way_for_each_part() -> None:
    found = seen(sight("canary-waypoint"))
    assert [one.share for one in found.ways] == [pytest.approx(0.8), pytest.approx(0.2)]
    assert len({one.stops[-2] for one in found.ways}) == 2


def test_ztunnel_is_told_of_the_part_that_goes_through_it_only() -> None:
    met, direct = seen(sight("one-gateway-pod-captured")).ways
    assert "ztunnel" in [hop.kind for hop in met.hops]
    assert "ztunnel" not in [hop.kind for hop in direct.hops]


def test_a_difference_tells_what_changes_and_nothing_else() -> None:
    of, before, now = difference()
    pairs = trace_story.hop_pairs(now, before, now.ways[0])
    assert [(one.any.kind, one.before is not None, one.after is not None) for one in pairs] == [
        ("gateway", True, True),
        ("backend", True, True),
        ("ztunnel", False, True),
        ("waypoint", False, True),
        ("endpoints", True, True),
    ]
    assert [one.changes for one in pairs] == [False, True, True, True, False]
    assert [step.any.gate for step in pairs[1].steps if step.moved] == ["ingress-label"]
    text = text_of(trace_story.tree(of, now, before, now.ways[0], 0))
    assert f"today: fail: Service/shop/cart has no {LABEL} label" in text
    assert f"with edits: pass: Service/shop/cart has {LABEL}=true" in text


def test_what_stays_the_same_is_told_once() -> None:
    of, before, _ = difference()
    words = text_of(trace_end.tree(of, before, before, before.ways[0]))
    assert "The same today and with the edits." in words
    assert words.count("Delivered") == 1


def test_a_header_that_is_added_twice_is_marked_at_both_places() -> None:
    of = sight("header-added-twice")
    found = seen(of)
    way = found.ways[0]
    forms = trace_request.forms(found, way)
    assert [name for name, _ in forms] == ["As asked", "From the gateway", "From the waypoint"]
    parts = {one.name: one for one in request_parts([request for _, request in forms])}
    assert list(parts["x-shop-hop"].values) == [None, "edge", "edge,mesh"]
    assert [name for name, one in parts.items() if one.changes] == ["x-shop-hop"]
    assert "twice" in text_of(trace_story.tree(of, found, None, way, 0))


def test_a_rejected_rule_says_why() -> None:
    of = sight("bypass-by-default")
    found = seen(of)
    words = text_of(trace_story.tree(of, found, None, found.ways[0], 0))
    assert "1 other rule did not take it, and why" in words
    assert "HTTPRoute/shop/ checkout rule 0 path /cart is not below /checkout" in words


def test_what_is_not_found_has_no_way_and_its_reason() -> None:
    found = seen(sight("bypass-by-default"), "http://nowhere.example.com/")
    assert found.ways == ()
    assert trace_end.sentence(found) == "Gateway/infra/http answers 404: no rule matches."


def test_a_refused_connection_says_which_listener_is_missing() -> None:
    found = seen(sight("bypass-by-default"), "tcp://shop.example.com:5432")
    assert trace_end.sentence(found).startswith("Gateway/infra/http refuses the connection: ")


REDIRECT = """
- filters: [{type: RequestRedirect, requestRedirect: {scheme: https, statusCode: 301}}]
"""


def test_a_redirect_says_where_to() -> None:
    resolution = resolved(gateway("web HTTP 80"), route("old", REDIRECT))
    found = look(Tracer(resolution), Explainer(resolution), parse_request("http://a.example.com/x"), None)
    assert (
        trace_end.sentence(found)
        == "HTTPRoute/shop/old rule 0 answers 301 and sends the client to https://a.example.com/x."
    )


@pytest.mark.parametrize("name", [one.name for one in samples()])
def test_what_fails_at_a_hop_is_never_folded(name: str) -> None:
    of = sight(name)
    for one in first_examples(Tracer(of.base.resolution, of.base.policies)):
        found = seen(of, one.url, headers=tuple(one.headers))
        for way in found.ways:
            words = text_of(trace_story.tree(of, found, None, way, 0))
            for hop in way.hops:
                for step in hop.steps:
                    if step.finding.result is Result.FAIL:
                        assert "fail: " + " ".join(step.finding.because.replace("`", " ").split()) in words


@pytest.mark.parametrize(
    ("url", "method", "headers", "said"),
    [
        ("shop", None, (), "The URL 'shop' has to begin with one of http://"),
        ("http://a b/", None, (), "The URL is too long, or holds blanks"),
        ("tcp://shop", None, (), "The URL 'tcp://shop' needs a port"),
        ("http://a/", "G T", (), "'G T' is no HTTP method."),
        ("http://a/", None, ("nothing",), "The header 'nothing' is not NAME=VALUE."),
    ],
)
def test_what_is_wrong_with_a_request_is_said_of_its_field(
    url: str, method: str | None, headers: tuple[str, ...], said: str
) -> None:
    with pytest.raises(RequestError) as caught:
        parse_request(url, method, headers)
    assert fault_of(caught.value).startswith(said)


def test_a_gateway_that_is_not_there_is_said() -> None:
    assert fault_of(NoGatewayError("there is no ingress Gateway a/b; there are c/d")) == (
        "There is no ingress Gateway a/b; there are c/d."
    )


def test_headers_are_read_line_by_line() -> None:
    assert header_lines(" a=1\n\n b: 2 \n") == ("a=1", "b: 2")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_the_command_is_one_line_of_quoted_words(payload: str) -> None:
    of = sight("shop", Desk(source=("sample:shop",), edits=(CART,), mode=Mode.EDITS))
    asked = Asked(url=f"http://a/{payload}", method="PUT", headers=(f"x={payload}",), gateway="infra/edge")
    text = trace_request.command(of, asked)
    assert "\n" not in text
    words = shlex.split(text)
    assert words[:4] == ["waypath", "trace", "sample:shop", "--url"]
    assert words[5:8] == ["--method", "PUT", "--header"]
    assert words[9:] == ["--gateway", "infra/edge", "--scenario", "scenario.yaml"]


def test_an_address_tells_the_request_and_how_far_it_is_played() -> None:
    asked = Asked(url="https://a/b?c=d", method="PUT", headers=("a=1", "a=1", "b=<b>"), gateway="x/y")
    desk = Desk(source=("sample:a",), asked=asked, leg=2, step=5)
    params = to_params(desk, ())
    assert params["header"] == ["a=1", "a=1", "b=<b>"]
    assert from_params(params, ()) == (desk, [])


@pytest.mark.parametrize("word", ["", "-1", "x", "9" * 40])
def test_a_step_that_is_none_is_the_first(word: str) -> None:
    found, _ = from_params({"step": [word], "leg": [word]}, ())
    assert (found.step, found.leg) == (0, 1)
