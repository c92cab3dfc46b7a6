"""Which listener takes a connection, with the requests that Gateway API's conformance suite expects answers to."""

import pytest

from core.trace.outcome import Disposition
from tests.tracing import ask, gateway, holds, resolved, route

TO = "- backendRefs: [{name: NAME, port: 80}]"


def to(name: str) -> str:
    return TO.replace("NAME", name)


@pytest.mark.parametrize("kind", ["HTTPRoute", "GRPCRoute"])
def test_the_most_specific_hostname_of_a_listener(kind) -> None:
    edge = gateway("a HTTP 80 bar.test\nb HTTP 80 foo.bar.test\nc HTTP 80 *.bar.test\nd HTTP 80 *.foo.test")
    resolution = resolved(
        edge,
        route("a", to("red"), kind=kind, to="edge/a"),
        route("b", to("green"), kind=kind, to="edge/b"),
        route("c", to("blue"), kind=kind, to="edge/c edge/d"),
    )
    table = """
    http://bar.test/ -> red
    http://foo.bar.test/ -> green
    http://FOO.bar.test./ -> green
    http://baz.bar.test/ -> blue
    http://many.labels.bar.test/ -> blue
    http://many.labels.foo.test/ -> blue
    http://foo.test/ -> 404
    http://no.such.host/ -> 404
    http://192.0.2.1/ Host=foo.bar.test -> green
    http://192.0.2.1/ Host=foo.bar.test:1234 -> green
    """
    holds(resolution, table)


def test_ports_and_section_names() -> None:
    edge = gateway(
        "a HTTP 80 foo.test\nb HTTP 8080 foo.test\nc HTTP 8080 bar.test\nd HTTP 8090 foo.test\ne HTTP 8090 bar.test"
    )
    parents = [{"name": "edge", "port": 80}]
    others = [{"name": "edge", "port": 8080}]
    third = [{"name": "edge", "port": 8090, "sectionName": "d"}]
    resolution = resolved(
        edge,
        route("a", to("red"), parentRefs=parents),
        route("b", to("green"), parentRefs=others),
        route("c", to("blue"), parentRefs=third),
    )
    table = """
    http://foo.test/ -> red
    http://foo.test:8080/ -> green
    http://bar.test:8080/ -> green
    http://foo.test:8090/ -> blue
    http://bar.test:8090/ -> 404
    http://foo.test:81/ -> refused
    https://foo.test:80/ -> refused
    """
    holds(resolution, table)


def test_hostnames_of_routes_and_listeners_intersect() -> None:
    edge = gateway("a HTTP 80 very.own.test\nb HTTP 80 *.wild.test\nc HTTP 80 *.other.test")

    def at(path: str, name: str) -> str:
        return f"- matches: [{{path: {{value: {path}}}}}]\n  backendRefs: [{{name: {name}, port: 80}}]"

    resolution = resolved(
        edge,
        route("a", at("/1", "red"), hostnames=["no.test", "*.nowild.test", "very.own.test"]),
        route(
            "b", at("/2", "green"), hostnames=["no.test", "wild.test", "foo.wild.test", "foo.bar.wild.test"]
        ),
        route("c", at("/3", "blue"), hostnames=["*.own.test"]),
        route("d", at("/4", "red"), hostnames=["*.other.test"]),
        route("e", at("/5", "red"), hostnames=["wrong.test", "wild.test"]),
    )
    table = """
    http://very.own.test/1 -> red
    http://no.test/1 -> 404
    http://foo.nowild.test/1 -> 404
    http://foo.wild.test/1 -> 404
    http://very.own.test/other -> 404
    http://foo.wild.test/2 -> green
    http://foo.bar.wild.test/2 -> green
    http://wild.test/2 -> 404
    http://very.own.test/3 -> blue
    http://foo.own.test/3 -> 404
    http://foo.other.test/4 -> red
    http://foo.bar.other.test/4 -> red
    http://other.test/4 -> 404
    http://wild.test/5 -> 404
    """
    holds(resolution, table)


TLS = "any HTTPS 443\nown HTTPS 443 own.test\nwild HTTPS 443 *.wild.test\nfour HTTPS 443 four.wild.test"


def test_https_goes_by_the_name_that_the_client_asks_for() -> None:
    resolution = resolved(
        gateway(TLS),
        route("a", to("red"), to="edge", hostnames=["shop.test"]),
        route("b", to("green"), to="edge/own"),
    )
    table = """
    https://shop.test/ -> red
    https://none.test/ -> 404
    https://own.test/ -> green
    """
    holds(resolution, table)


def test_a_host_of_another_listener_is_misdirected() -> None:
    resolution = resolved(
        gateway(TLS),
        route("a", to("red"), to="edge/any", hostnames=["shop.test"]),
        route("b", to("green"), to="edge/own"),
        route("c", to("blue"), to="edge/wild"),
        route("d", to("red"), to="edge/four"),
    )
    table = """
    https://shop.test/ -> red
    https://shop.test/ Host=own.test -> 421
    https://shop.test/ Host=none.test -> 404
    https://own.test/ Host=shop.test -> 421
    https://own.test/ Host=none.test -> 421
    https://three.wild.test/ -> blue
    https://three.wild.test/ Host=five.wild.test -> blue
    https://three.wild.test/ Host=four.wild.test -> 421
    https://three.wild.test/ Host=own.test -> 421
    https://four.wild.test/ -> red
    https://four.wild.test/ Host=five.wild.test -> 421
    https://none.test/ Host=shop.test -> red
    https://none.test/ -> 404
    """
    holds(resolution, table)
    assert ask(resolution, "https://own.test/ Host=shop.test").disposition is Disposition.ERROR


def test_without_a_listener_for_the_name_the_handshake_fails() -> None:
    found = ask(resolved(gateway("own HTTPS 443 own.test")), "https://none.test/")
    assert (found.disposition, found.status) == (Disposition.REFUSED, None)
    assert "none.test" in found.steps[0].finding.because


def test_connections_go_by_name_or_by_port() -> None:
    resolution = resolved(
        gateway("tls TLS 443\ntcp TCP 5432\nudp UDP 53"),
        route("exact", to("red"), kind="TLSRoute", hostnames=["db.test"]),
        route("wild", to("green"), kind="TLSRoute", hostnames=["*.test"]),
        route("tcp", to("blue"), kind="TCPRoute"),
        route("udp", to("red"), kind="UDPRoute"),
    )
    table = """
    tls://db.test -> red
    tls://other.test -> green
    https://other.test/path -> green
    tls://other.example -> refused
    tcp://db.test:5432 -> blue
    tcp://db.test:5433 -> refused
    udp://db.test:53 -> red
    http://db.test:443/ -> refused
    """
    holds(resolution, table)


@pytest.mark.parametrize(
    ("class_name", "expected"), [("istio", "404"), ("kgateway", "404"), ("agentgateway", "green")]
)
def test_envoy_looks_only_among_the_most_specific_hostname(class_name, expected) -> None:
    only = "- matches: [{path: {value: /api}}]\n  backendRefs: [{name: red, port: 80}]"
    resolution = resolved(
        gateway("http HTTP 80", class_name=class_name),
        route("exact", only, hostnames=["a.shop.test"]),
        route("wild", to("green"), hostnames=["*.shop.test"]),
    )
    holds(
        resolution,
        f"http://a.shop.test/api -> red\nhttp://b.shop.test/ -> green\nhttp://a.shop.test/ -> {expected}",
    )
    found = ask(resolution, "http://a.shop.test/")
    scope = [step for step in found.steps if step.gate == "hostname-scope"]
    assert len(scope) == (expected == "404")


def test_an_exact_hostname_goes_before_a_longer_path() -> None:
    long = "- matches: [{path: {type: Exact, value: /a/long/path}}]\n  backendRefs: [{name: red, port: 80}]"
    for class_name in ("istio", "agentgateway"):
        resolution = resolved(
            gateway("http HTTP 80", class_name=class_name),
            route("wild", long, hostnames=["*.shop.test"]),
            route("wilder", long.replace("red", "green"), hostnames=["*.test"]),
            route("exact", to("blue"), hostnames=["a.shop.test"]),
        )
        holds(
            resolution,
            "http://a.shop.test/a/long/path -> blue\nhttp://b.shop.test/a/long/path -> red\n"
            "http://b.test/a/long/path -> green",
        )
