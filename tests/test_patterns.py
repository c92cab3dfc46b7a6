"""Regular expressions that no data plane takes: said of the object that holds them, once, with what to do."""

from typing import Any

import pytest

from core.paths import Resolution
from tests.tracing import gateway, resolved, route, thing

EDGE = gateway("http HTTP 80")
REMEDY = (
    "no request matches that, and a data plane may refuse what it is sent together with it: write it as RE2 takes it, "
    "groups and classes closed, without lookaround and backreferences"
)


def said(found: Resolution) -> list[tuple[str, str]]:
    """Of each problem the object, and what is wrong with it."""
    return [
        (one.where.partition(" ")[2], one.message.removesuffix(f": {REMEDY}").partition(" in ")[2])
        for one in found.problems
        if one.message.startswith("no regular expression of RE2 in ")
    ]


def rule(match: str) -> str:
    return f"- matches: [{match}]\n  backendRefs: [{{name: red, port: 80}}]\n"


@pytest.mark.parametrize(
    ("match", "field", "fault"),
    [
        ("{path: {type: RegularExpression, value: '/(a'}}", "path", "a parenthesis is not closed"),
        (
            "{headers: [{name: x, value: '['}, {name: y, type: RegularExpression, value: 'a**'}]}",
            "headers[y]",
            "bad repetition operator '**'",
        ),
        (
            "{queryParams: [{name: q, type: RegularExpression, value: 'a)'}]}",
            "queryParams[q]",
            "a closing parenthesis has no opening one",
        ),
    ],
)
def test_the_field_of_an_httproute_is_named(match: str, field: str, fault: str) -> None:
    rules = rule("{path: {value: /ok}}") + rule("{path: {value: /}}, " + match)
    found = resolved(EDGE, route("r", rules))
    assert said(found) == [("HTTPRoute/shop/r", f"spec.rules[1].matches[1].{field} ({fault})")]
    assert [path.rule for path in found.paths] == [0, 1]


def test_the_method_of_a_grpcroute_is_named() -> None:
    found = resolved(
        EDGE,
        route("g", rule("{method: {type: RegularExpression, service: 'a(', method: 'b'}}"), kind="GRPCRoute"),
    )
    assert said(found) == [
        ("GRPCRoute/shop/g", "spec.rules[0].matches[0].method.service (a parenthesis is not closed)")
    ]


def test_an_object_is_told_of_once_whatever_it_holds() -> None:
    many = "".join(rule(f"{{path: {{type: RegularExpression, value: '/{number}('}}}}") for number in range(5))
    ((where, fields),) = said(resolved(EDGE, route("r", many)))
    assert where == "HTTPRoute/shop/r"
    assert fields.count("a parenthesis is not closed") == 3
    assert fields.endswith(" and 2 more")


@pytest.mark.parametrize("gateways", [["mesh"], ["shop/edge"], ["mesh", "shop/edge"]])
def test_a_virtualservice_is_told_of_once_wherever_it_acts(gateways: list[str]) -> None:
    match: dict[str, Any] = {
        "uri": {"regex": "/ok.*"},
        "headers": {"x": {"regex": "a(?=b)"}},
        "withoutHeaders": {"y": {"regex": "*"}},
    }
    spec = {
        "hosts": ["red"],
        "gateways": gateways,
        "http": [
            {"route": [{"destination": {"host": "red"}}]},
            {"match": [match], "route": [{"destination": {"host": "red"}}]},
        ],
    }
    found = resolved(EDGE, thing("VirtualService", "v", spec=spec, apiVersion="networking.istio.io/v1"))
    ((where, fields),) = said(found)
    assert where == "VirtualService/shop/v"
    assert fields.startswith("spec.http[1].match[0].headers[x] (")


@pytest.mark.parametrize("value", [r"/\p{Greek}+", "/[a-z]{2,5}", "(?i)/A"])
def test_what_re2_takes_is_no_problem(value: str) -> None:
    found = resolved(EDGE, route("r", rule(f"{{path: {{type: RegularExpression, value: '{value}'}}}}")))
    assert said(found) == []


def test_text_that_is_no_expression_is_not_read_as_one() -> None:
    found = resolved(EDGE, route("r", rule("{path: {type: Exact, value: '/(a'}}")))
    assert said(found) == []
