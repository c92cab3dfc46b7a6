"""GRPCRoute matching, with the calls that Gateway API's conformance suite expects answers to."""

from tests.tracing import ask, gateway, holds, resolved, route

EDGE = gateway("http HTTP 80\ntls HTTPS 443")


def grpc(*rules: tuple[str, str]) -> str:
    return "\n".join(
        f"- matches: [{match}]\n  backendRefs: [{{name: {name}, port: 80}}]" for match, name in rules
    )


def method(service: str = "", name: str = "", kind: str = "Exact") -> str:
    fields = [f"type: {kind}"] + [f"service: {service}"] * bool(service) + [f"method: {name}"] * bool(name)
    return f"method: {{{', '.join(fields)}}}"


def test_exact_methods() -> None:
    rules = grpc((f"{{{method('pkg.Echo', 'One')}}}", "red"), (f"{{{method('pkg.Echo', 'Two')}}}", "green"))
    table = """
    grpc://shop.test/pkg.Echo/One -> red
    grpc://shop.test/pkg.Echo/Two -> green
    grpcs://shop.test/pkg.Echo/Two -> green
    grpc://shop.test/pkg.Echo/Three -> 404
    grpc://shop.test/pkg.Other/One -> 404
    grpc://shop.test/pkg.Echo/one -> 404
    grpc://shop.test/ -> 404
    """
    resolution = resolved(EDGE, route("r", rules, kind="GRPCRoute"))
    holds(resolution, table)
    assert ask(resolution, "grpc://shop.test/pkg.Echo/One").request.method == "POST"


def test_headers() -> None:
    def header(*pairs: str) -> str:
        listed = ", ".join(f"{{name: {pair.split('=')[0]}, value: {pair.split('=')[1]}}}" for pair in pairs)
        return f"{{headers: [{listed}]}}"

    rules = grpc(
        (header("tier=gold"), "red"),
        (header("tier=tin"), "green"),
        (header("tier=tin", "hue=warm"), "red"),
        (f"{header('hue=cold')}, {header('hue=mild')}", "red"),
        (f"{header('hue=hot')}, {header('hue=dry')}", "green"),
    )
    table = """
    grpc://shop.test/e.E/M Tier=gold -> red
    grpc://shop.test/e.E/M Tier=tin -> green
    grpc://shop.test/e.E/M Tier=tin hue=warm -> red
    grpc://shop.test/e.E/M Tier=tin hue=cold -> green
    grpc://shop.test/e.E/M hue=warm -> 404
    grpc://shop.test/e.E/M other=gold -> 404
    grpc://shop.test/e.E/M hue=mild -> red
    grpc://shop.test/e.E/M hue=dry -> green
    grpc://shop.test/e.E/M hue=grey -> 404
    """
    holds(resolved(EDGE, route("r", rules, kind="GRPCRoute")), table)


def test_the_longer_service_then_the_method_goes_first() -> None:
    rules = grpc(
        ("{}", "blue"),
        (f"{{{method('', 'One')}}}", "green"),
        (f"{{{method('a.B')}}}", "red"),
        (f"{{{method('a.B', 'Two')}}}", "green"),
        (f"{{{method('c.+', 'T.*', 'RegularExpression')}}}", "red"),
    )
    table = """
    grpc://shop.test/x.Y/Z -> blue
    grpc://shop.test/x.Y/One -> green
    grpc://shop.test/a.B/One -> red
    grpc://shop.test/a.B/Two -> green
    grpc://shop.test/c.D/Ten -> red
    grpc://shop.test/c.D/Six -> blue
    """
    holds(resolved(EDGE, route("r", rules, kind="GRPCRoute")), table)


def test_httproutes_of_the_same_hostname_are_merged_and_it_is_said() -> None:
    calls = grpc((f"{{{method('pkg.Echo', 'One')}}}", "red"), (f"{{{method('pkg.Echo', 'Two')}}}", "red"))
    pages = "- backendRefs: [{name: green, port: 80}]"
    resolution = resolved(EDGE, route("g", calls, kind="GRPCRoute"), route("h", pages))
    holds(resolution, "grpc://shop.test/pkg.Echo/One -> red\nhttp://shop.test/page -> green")
    notes = [
        step.finding
        for step in ask(resolution, "grpc://shop.test/pkg.Echo/One").steps
        if step.gate == "route-kinds"
    ]
    assert [note.result.value for note in notes] == ["unknown"]
