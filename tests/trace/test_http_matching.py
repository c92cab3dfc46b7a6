"""HTTPRoute matching, with the requests that Gateway API's conformance suite expects answers to."""

import pytest

from tests.tracing import ask, gateway, holds, resolved, route

EDGE = gateway("http HTTP 80")


def rules(text: str, *names: str) -> str:
    """YAML of rules: a line of matches each, to the backend of the same place in `names`."""
    lines = text.strip().splitlines()
    return "\n".join(
        f"- matches: [{line.strip()}]\n  backendRefs: [{{name: {name}, port: 80}}]"
        for line, name in zip(lines, names, strict=True)
    )


def prefix(value: str, more: str = "") -> str:
    return f"{{path: {{type: PathPrefix, value: {value}}}{', ' + more if more else ''}}}"


def exact(value: str) -> str:
    return f"{{path: {{type: Exact, value: {value}}}}}"


def header(*pairs: str) -> str:
    listed = ", ".join(f"{{name: {pair.split('=')[0]}, value: {pair.split('=')[1]}}}" for pair in pairs)
    return f"headers: [{listed}]"


def query(*pairs: str) -> str:
    return header(*pairs).replace("headers", "queryParams")


def test_prefixes_are_of_segments_and_any_match_of_a_rule_will_do() -> None:
    text = f"{prefix('/')}, {{{header('tier=gold')}}}\n{prefix('/api')}, {{{header('tier=tin')}}}"
    table = """
    / -> red
    /other -> red
    / Tier=gold -> red
    /api -> green
    /api/ -> green
    /api/cart -> green
    / Tier=tin -> green
    /apis -> red
    /old/api/cart -> red
    """
    holds(resolved(EDGE, route("r", rules(text, "red", "green"))), table)


def test_matches_of_several_routes_are_one_list() -> None:
    first = rules(f"{prefix('/')}, {{{header('tier=gold')}}}", "red")
    second = rules(f"{prefix('/api')}, {{{header('tier=tin')}}}", "green")
    resolution = resolved(
        EDGE,
        route("a", first, hostnames=["a.test", "b.test"]),
        route("b", second, hostnames=["a.test"]),
    )
    table = """
    http://a.test/ -> red
    http://a.test/x -> red
    http://b.test/x -> red
    http://a.test/x Tier=gold -> red
    http://a.test/api -> green
    http://b.test/api -> red
    http://a.test/api/x -> green
    http://a.test/ tier=tin -> green
    http://c.test/ -> 404
    """
    holds(resolution, table)


def test_exact_paths() -> None:
    resolution = resolved(EDGE, route("r", rules(f"{exact('/one')}\n{exact('/two')}", "red", "green")))
    table = """
    /one -> red
    /one?id=1 -> red
    /two -> green
    / -> 404
    /one/more -> 404
    /two/ -> 404
    /Two -> 404
    """
    holds(resolution, table)


@pytest.mark.parametrize("backwards", [False, True])
def test_exact_before_longer_prefix_before_shorter_one(backwards) -> None:
    lines = [
        (exact("/m"), "red"),
        (exact("/m/e"), "green"),
        (exact("/m/e/one"), "blue"),
        (prefix("/m/"), "blue"),
        (prefix("/m/p/"), "red"),
        (prefix("/m/p/one"), "green"),
    ]
    lines = lines[::-1] if backwards else lines
    text = rules("\n".join(line for line, _ in lines), *(name for _, name in lines))
    table = """
    /m/e/one -> blue
    /m/e -> green
    /m -> red
    /m/p/one/x -> green
    /m/p/x -> red
    /m/x -> blue
    """
    holds(resolved(EDGE, route("r", text)), table)


def test_headers() -> None:
    lines = [
        (f"{{{header('tier=gold')}}}", "red"),
        (f"{{{header('tier=tin')}}}", "green"),
        (f"{{{header('tier=tin', 'hue=warm')}}}", "red"),
        (f"{{{header('hue=cold')}}}, {{{header('hue=mild')}}}", "red"),
        (f"{{{header('hue=hot')}}}, {{{header('hue=dry')}}}", "green"),
    ]
    text = rules("\n".join(line for line, _ in lines), *(name for _, name in lines))
    table = """
    / Tier=gold -> red
    / TIER=tin -> green
    / tier=tin hue=warm -> red
    / tier=tin hue=cold -> green
    / hue=warm -> 404
    / other=gold -> 404
    / hue=cold -> red
    / hue=mild -> red
    / hue=hot -> green
    / hue=dry -> green
    / hue=grey -> 404
    """
    holds(resolved(EDGE, route("r", text)), table)


def test_query_parameters() -> None:
    lines = [
        (f"{{{query('pet=cat')}}}", "red"),
        (f"{{{query('pet=dog')}}}", "green"),
        (f"{{{query('pet=dog', 'hue=blue')}}}, {{{query('PET=Cat')}}}", "blue"),
        (prefix("/p1", query("pet=cat")), "red"),
        (f"{{{header('v=one')}, {query('pet=cat')}}}", "green"),
        (prefix("/p2", f"{header('v=two')}, {query('pet=cat')}"), "blue"),
        (
            f"{prefix('/p3', query('pet=eel'))}, {prefix('/p4', header('v=three') + ', ' + query('pet=owl'))}",
            "red",
        ),
        (prefix("/p5"), "red"),
        (f"{{{query('pet=ant')}}}", "green"),
        (f"{{{header('v=four')}}}", "blue"),
    ]
    text = rules("\n".join(line for line, _ in lines), *(name for _, name in lines))
    table = """
    /?pet=cat -> red
    /?pet=dog -> green
    /?pet=dog&hue=blue -> blue
    /?PET=Cat -> blue
    /?pet=cat&x=y -> red
    /?pet=dog&hue=red -> green
    /?hue=blue -> 404
    /?pet=cow -> 404
    /?pet=catdog -> 404
    / -> 404
    /p1?pet=cat -> red
    /?pet=cat v=one -> green
    /p2?pet=cat v=two -> blue
    /p3?pet=eel -> red
    /p4?pet=owl v=three -> red
    /?pet=eel -> 404
    /p4?pet=owl -> 404
    /p5?pet=ant -> red
    /?pet=ant v=four -> blue
    /?pet=cat&pet=dog -> red
    """
    holds(resolved(EDGE, route("r", text)), table)


def test_methods() -> None:
    lines = [
        ("{method: POST}", "red"),
        ("{method: GET}", "green"),
        (prefix("/p1", "method: GET"), "red"),
        (f"{{{header('v=one')}, method: PUT}}", "green"),
        (prefix("/p2", f"{header('v=two')}, method: POST"), "blue"),
        (f"{prefix('/p3', 'method: PATCH')}, {prefix('/p4', header('v=three') + ', method: DELETE')}", "red"),
        (prefix("/p5"), "red"),
        ("{method: PATCH}", "green"),
        (f"{{{header('v=four')}}}", "blue"),
    ]
    text = rules("\n".join(line for line, _ in lines), *(name for _, name in lines))
    table = """
    POST / -> red
    GET / -> green
    HEAD / -> 404
    GET /p1 -> red
    PUT / v=one -> green
    POST /p2 v=two -> blue
    PATCH /p3 -> red
    DELETE /p4 v=three -> red
    PUT / -> 404
    DELETE /p4 -> 404
    PATCH /p5 -> red
    PATCH / v=four -> green
    """
    holds(resolved(EDGE, route("r", text)), table)


def test_regular_expressions_go_last() -> None:
    text = """
- matches: [{path: {type: RegularExpression, value: "/item/[0-9]+"}}]
  backendRefs: [{name: red, port: 80}]
- matches: [{path: {type: PathPrefix, value: /item/7}}]
  backendRefs: [{name: green, port: 80}]
- matches: [{headers: [{type: RegularExpression, name: cookie, value: ".*beta=(on|1).*"}],
    path: {type: Exact, value: /c}}]
  backendRefs: [{name: blue, port: 80}]
- matches: [{queryParams: [{type: RegularExpression, name: id, value: "[a-f]+"}], path: {type: Exact, value: /q}}]
  backendRefs: [{name: blue, port: 80}]
"""
    table = """
    /item/42 -> red
    /item/7 -> green
    /item/x -> 404
    /item/42/x -> 404
    /c "cookie=a=1; beta=on; c=2" -> blue
    /c cookie=beta=off -> 404
    /q?id=abc -> blue
    /q?id=abcx -> 404
    """
    holds(resolved(EDGE, route("r", text)), table)


def test_a_pattern_that_is_not_re2_never_matches_and_says_so() -> None:
    text = """
- matches: [{path: {type: RegularExpression, value: "/(?!admin).*"}}]
  backendRefs: [{name: red, port: 80}]
- matches: [{path: {type: RegularExpression, value: "/\\\\p{Greek}+"}}]
  backendRefs: [{name: green, port: 80}]
"""
    found = ask(resolved(EDGE, route("r", text.replace("\\\\", "\\\\"))), "/x")
    assert found.status == 404
    first, second = found.considered
    assert "not RE2" in first.because
    assert "look-ahead" in first.because
    assert "script Greek is not evaluated" in second.because
    assert [step.gate for step in found.steps] == ["listener", "patterns", "route"]


def test_of_equal_matches_the_older_route_then_the_name_then_the_rule() -> None:
    rule = "- backendRefs: [{name: NAME, port: 80}]"
    old = route("z", rule.replace("NAME", "red"), created="2024-01-01T00:00:00Z")
    young = route("a", rule.replace("NAME", "green"), created="2025-01-01T00:00:00Z")
    holds(resolved(EDGE, young, old), "/ -> red")
    named = route("b", rule.replace("NAME", "blue"), created="2025-01-01T00:00:00Z")
    holds(resolved(EDGE, named, young), "/ -> green")
    twice = route("r", f"{rule.replace('NAME', 'blue')}\n{rule.replace('NAME', 'red')}")
    resolution = resolved(EDGE, twice)
    holds(resolution, "/ -> blue")
    (other,) = ask(resolution, "/").considered
    assert (other.rule, other.outranked) == (1, True)
    assert other.because == "matches, but HTTPRoute/shop/r rule 0 goes first: it is the earlier rule"


def test_the_first_of_equivalent_header_names_counts() -> None:
    text = rules(f"{{{header('tier=gold', 'TIER=tin')}}}", "red")
    holds(resolved(EDGE, route("r", text)), "/ tier=gold -> red\n/ tier=tin -> 404")


def test_every_rule_that_does_not_match_says_why() -> None:
    lines = [
        (prefix("/a", f"method: POST, {header('v=one')}, {query('q=one')}"), "red"),
        ("{method: DELETE}, {path: {type: Exact, value: /b}}", "green"),
        (prefix("/"), "blue"),
    ]
    text = rules("\n".join(line for line, _ in lines), *(name for _, name in lines))
    away = route("away", "- {}", hostnames=["other.test"])
    lost = route("lost", "- {}", to="edge/nowhere")
    found = ask(resolved(EDGE, route("r", text), away, lost), "/x v=two")
    assert {f"{one.route} {one.rule}": one.because for one in found.considered} == {
        "HTTPRoute/shop/away 0": "host shop.test is none of other.test",
        "HTTPRoute/shop/lost 0": "not attached: no listener named nowhere",
        "HTTPRoute/shop/r 0": "path /x is not below /a; method GET is not POST; header v is 'two', not 'one'; "
        "query parameter q is missing",
        "HTTPRoute/shop/r 1": "method GET is not DELETE, and path /x is not /b",
    }
