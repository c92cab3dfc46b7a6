"""Requests through Istio's own Gateways: virtual host, the first rule as written, edits, destinations."""

import pytest

from core.gates import Result
from core.paths import Resolution
from core.trace.engine import Tracer
from core.trace.gateways import NoGatewayError, trace_through
from core.trace.outcome import Disposition
from core.trace.request import parse_request
from tests.istio_ingress.mesh import (
    Thing,
    answer,
    ask,
    destination_rule,
    gateway,
    gateway_pod,
    holds,
    loaded,
    resolved,
    service,
    to,
    virtual_service,
)

HTTP = gateway("http HTTP 80 *")
RED, GREEN, BLUE = (to(name) for name in ("red", "green", "blue"))


def shop(rules: str, *more: Thing) -> Resolution:
    return resolved(HTTP, virtual_service("s", rules), *more)


def because(resolution: Resolution, words: str) -> dict[int, str]:
    return {one.rule: one.because for one in ask(resolution, words).considered}


# --- matches --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("match", "table"),
    [
        ("uri: {exact: /a}", "/a -> red\n/a?x=1 -> red\n/a/ -> blue\n/A -> blue"),
        # A prefix is one of characters, not of segments.
        ("uri: {prefix: /a}", "/a -> red\n/ab -> red\n/a/b -> red\n/b -> blue"),
        ("uri: {prefix: /a/}", "/a -> blue\n/a/ -> red\n/a/b -> red"),
        ("uri: {regex: '/a[0-9]+'}", "/a1 -> red\n/a -> blue\n/a1/b -> blue"),
        ("uri: {exact: /a}, ignoreUriCase: true", "/A -> red\n/a -> red\n/B -> blue"),
        ("uri: {prefix: /Ab}, ignoreUriCase: true", "/aBc -> red\n/bab -> blue"),
        ("uri: {regex: '/ab+'}, ignoreUriCase: true", "/ABB -> red\n/a -> blue"),
        ("method: {exact: POST}", "/ -> blue\nPOST / -> red"),
        ("method: {regex: 'GET|HEAD'}", "/ -> red\nHEAD / -> red\nPOST / -> blue"),
        ("scheme: {exact: http}", "/ -> red"),
        ("scheme: {exact: https}", "/ -> blue"),
        ("authority: {prefix: shop.}", "/ -> red\n/ Host=other.test -> blue"),
        # The port that a client names is a part of it.
        ("authority: {exact: shop.test}", "/ -> red\n/ Host=shop.test:80 -> blue"),
        ("headers: {x: {exact: '1'}}", "/ x=1 -> red\n/ X=1 -> red\n/ x=2 -> blue\n/ -> blue"),
        ("headers: {x: {prefix: ab}}", "/ x=abc -> red\n/ x=a -> blue"),
        ("headers: {x: {regex: 'a|b'}}", "/ x=a -> red\n/ x=ab -> blue"),
        ("headers: {x: {}}", "/ x=any -> red\n/ -> blue"),
        ("headers: {x: {regex: '*'}}", "/ x=any -> red\n/ -> blue"),
        ("headers: {x: {exact: '1'}, y: {exact: '2'}}", "/ x=1 y=2 -> red\n/ x=1 -> blue"),
        ("withoutHeaders: {x: {exact: '1'}}", "/ x=1 -> blue\n/ x=2 -> red\n/ -> red"),
        ("withoutHeaders: {x: {}}", "/ x=1 -> blue\n/ -> red"),
        # A header that is missing counts as an empty one.
        ("withoutHeaders: {x: {regex: '.*'}}", "/ -> blue\n/ x=1 -> blue"),
        ("queryParams: {q: {exact: '1'}}", "/?q=1 -> red\n/?q=2 -> blue\n/ -> blue"),
        ("queryParams: {q: {regex: '[0-9]+'}}", "/?q=12 -> red\n/?q=a -> blue"),
        ("queryParams: {q: {}}", "/?q= -> red\n/ -> blue"),
        ("uri: {prefix: /a}, method: {exact: POST}", "POST /a -> red\n/a -> blue\nPOST /b -> blue"),
        ("port: 80", "/ -> red"),
    ],
)
def test_a_match(match: str, table: str) -> None:
    found, _ = loaded(HTTP, virtual_service("s", f"[{{match: [{{{match}}}], {RED}}}, {{{BLUE}}}]"))
    holds(found, table)


def test_one_of_several_matches_is_enough() -> None:
    found = shop(f"[{{match: [{{uri: {{exact: /a}}}}, {{method: {{exact: PUT}}}}], {RED}}}, {{{BLUE}}}]")
    holds(found, "/a -> red\nPUT /b -> red\n/b -> blue")
    assert because(found, "/b")[0] == "path /b is not /a, and method GET is not PUT"


def test_rules_count_as_they_are_written_and_not_by_precision() -> None:
    found = shop(
        f"[{{match: [{{uri: {{prefix: /a}}}}], {RED}}}, {{match: [{{uri: {{exact: /a/b}}}}], {GREEN}}}, {{{BLUE}}}]"
    )
    holds(found, "/a/b -> red\n/b -> blue")
    (wide, *_) = [one for one in ask(found, "/a/b").considered if one.rule == 1]
    assert (wide.because, wide.outranked) == (
        "matches, but VirtualService/shop/s rule 0 comes first: it is the earlier rule",
        True,
    )
    assert because(found, "/b") == {
        0: "path /b does not begin with /a",
        1: "path /b is not /a/b",
    }


def test_a_pattern_that_is_not_re2_does_not_hold_and_is_said() -> None:
    rules = f"[{{match: [{{uri: {{regex: '/a(?=b)'}}}}], {RED}}}, {{{BLUE}}}]"
    found, (problem,) = loaded(HTTP, virtual_service("s", rules))
    assert problem.startswith(
        "VirtualService/shop/s: no regular expression of RE2 in spec.http[0].match[0].uri ("
    )
    holds(found, "/ab -> blue")
    assert because(found, "/ab")[0].startswith("the pattern is not RE2, which the data plane takes: ")


def test_claims_of_a_token_are_not_known() -> None:
    found = shop(
        f"[{{match: [{{headers: {{'@request.auth.claims.sub': {{exact: a}}}}}}], {RED}}}, {{{BLUE}}}]"
    )
    trace = ask(found, "/")
    assert answer(trace) == "blue"
    doubt = next(one for one in trace.steps if one.gate == "patterns")
    assert doubt.finding.result is Result.UNKNOWN
    assert "VirtualService/shop/s rule 0" in doubt.finding.because


# --- virtual hosts --------------------------------------------------------------------------------------------------

OLD, NEW = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"


def test_the_most_specific_host_counts_and_no_other() -> None:
    found = resolved(
        HTTP,
        virtual_service("any", f"[{{{RED}}}]", hosts="*"),
        virtual_service("wide", f"[{{{GREEN}}}]", hosts="*.test"),
        virtual_service("exact", f"[{{match: [{{uri: {{prefix: /a}}}}], {BLUE}}}]", hosts="shop.test"),
    )
    holds(
        found,
        """
        /a -> blue
        /b -> 404
        /a Host=SHOP.test:8080 -> blue
        /b Host=other.test -> green
        /b Host=a.b.test -> green
        /b Host=test -> red
        /b Host=10.0.0.1 -> red
        """,
    )
    said = {one.route.name: one.because for one in ask(found, "/b").considered}
    assert said == {
        "any": "for *, and the data plane looks only among the rules for shop.test",
        "wide": "for *.test, and the data plane looks only among the rules for shop.test",
        "exact": "path /b does not begin with /a",
    }


def test_virtual_services_of_one_host_are_merged_the_older_first() -> None:
    rules = "[{{match: [{{uri: {{prefix: {}}}}}], {}}}]"
    found = resolved(
        HTTP,
        virtual_service("a", rules.format("/x", RED), created=NEW),
        virtual_service("b", rules.format("/x/y", GREEN), created=OLD),
        virtual_service("c", rules.format("/", BLUE), created=OLD),
    )
    # The one that takes everything is older than a, and goes last all the same.
    holds(found, "/x/y -> green\n/x -> red\n/z -> blue")
    said = {one.route.name: one.because for one in ask(found, "/x/y").considered}
    assert said == {
        "a": "matches, but VirtualService/shop/b rule 0 comes first: its VirtualService is older",
        "c": "matches, but VirtualService/shop/b rule 0 comes first: rules that take every request go last",
    }


def test_without_timestamps_the_name_counts() -> None:
    found = resolved(HTTP, virtual_service("b", f"[{{{RED}}}]"), virtual_service("a", f"[{{{GREEN}}}]"))
    holds(found, "/ -> green")
    assert because(found, "/")[0].endswith("alike in age, a comes first by name")


def test_what_is_exported_to_the_gateways_namespace_alone_goes_first() -> None:
    found = resolved(
        HTTP,
        virtual_service("a", f"[{{{RED}}}]", created=OLD),
        virtual_service("b", f"[{{{GREEN}}}]", created=NEW, exportTo=["infra"]),
    )
    holds(found, "/ -> green")


def test_gateways_on_the_same_pods_share_virtual_hosts() -> None:
    found = resolved(
        HTTP,
        gateway("web HTTP 80 *", "other"),
        virtual_service("a", f"[{{match: [{{uri: {{prefix: /a}}}}], {RED}}}]", gateways="edge"),
        virtual_service("b", f"[{{{GREEN}}}]", gateways="other"),
    )
    holds(found, "/a -> red\n/b -> green")
    holds(found, "/a -> red\n/b -> green", through="other")
    trace = ask(found, "/b")
    assert str(trace.gateway.ref) == "Gateway/shop/other"
    assert (
        trace.steps[0].finding.because
        == "Gateway/shop/edge selects its pods; Gateway/shop/other is on the same pods"
    )


def test_virtual_services_that_are_not_bound_are_considered() -> None:
    found, _ = loaded(
        HTTP,
        virtual_service("a", f"[{{{RED}}}]", exportTo=["other"]),
        virtual_service("b", f"[{{match: [{{port: 81}}], {GREEN}}}, {{match: [{{port: 80}}], {BLUE}}}]"),
    )
    trace = ask(found, "/")
    assert answer(trace) == "blue"
    said = {(one.route.name, one.rule): one.because for one in trace.considered}
    assert said == {
        (
            "a",
            0,
        ): "not bound to Gateway/shop/edge: its exportTo does not reach namespace infra of the gateway's pods",
        (
            "b",
            0,
        ): "its matches ask for other ports, gateways or source labels than those of server http of Gateway/shop/edge",
    }


# --- servers --------------------------------------------------------------------------------------------------------


def test_the_server_is_told_by_port_protocol_and_sni() -> None:
    servers = """
    http HTTP 80 *
    one HTTPS 443 one.test SIMPLE
    wide HTTPS 443 *.test MUTUAL
    pass TLS 443 pass.test PASSTHROUGH
    raw TCP 9000 *
    """
    found, _ = loaded(
        gateway(servers),
        virtual_service("s", f"[{{{RED}}}]", hosts="*"),
        virtual_service(
            "t", f"[{{match: [{{sniHosts: [pass.test]}}], {GREEN}}}]", kind="tls", hosts="pass.test"
        ),
        virtual_service("u", f"[{{{BLUE}}}]", kind="tcp"),
    )
    holds(
        found,
        """
        http://one.test/ -> red
        https://one.test/ -> red
        https://two.test/ -> red
        https://one.other/ -> refused
        http://one.test:443/ -> refused
        https://one.test:80/ -> refused
        http://one.test:81/ -> refused
        tls://pass.test -> green
        https://pass.test/ -> green
        tls://one.test -> refused
        tcp://any.test:9000 -> blue
        tcp://any.test:80 -> refused
        udp://any.test:9000 -> refused
        """,
    )
    said = [ask(found, url).steps[-1].finding.because for url in ("http://a.test:81/", "https://one.other/")]
    assert said == [
        "no server on port 81 (there are 80, 443, 9000)",
        "no server on port 443 takes the SNI one.other: there are one.test, *.test, pass.test; the TLS handshake fails",
    ]


def test_each_https_server_has_its_own_hosts() -> None:
    servers = "one HTTPS 443 one.test SIMPLE\ntwo HTTPS 443 two.test SIMPLE"
    found = resolved(
        gateway(servers),
        virtual_service("a", f"[{{{RED}}}]", hosts="one.test"),
        virtual_service("b", f"[{{{GREEN}}}]", hosts="two.test"),
    )
    holds(
        found, "https://one.test/ -> red\nhttps://two.test/ -> green\nhttps://one.test/ Host=two.test -> 404"
    )


def test_a_client_connects_to_the_service_and_the_server_listens_on_its_target_port() -> None:
    front = service("infra/front", ports=[{"port": 80, "targetPort": 8080}], selector={"istio": "ingress"})
    found = resolved(front, gateway("http HTTP 8080 *"), virtual_service("s", f"[{{{RED}}}]"))
    holds(found, "http://shop.test/ -> red\nhttp://shop.test:8080/ -> red")
    assert ask(found, "/").steps[0].finding.because == (
        "server http of Gateway/shop/edge takes HTTP on port 80 (port 8080 of the pods)"
    )


def test_plain_requests_may_be_sent_to_https() -> None:
    found = resolved(
        gateway("http HTTP 80 * httpsRedirect\nhttps HTTPS 443 * SIMPLE"),
        virtual_service("s", f"[{{{RED}}}]"),
    )
    holds(found, "/a?b=1 -> 301 https://shop.test/a?b=1\nhttps://shop.test/a -> red")
    assert because(found, "/a") == {0: "plain HTTP is sent to HTTPS before a rule is asked"}


def test_hosts_without_a_virtual_service_are_sent_to_https_too() -> None:
    # Of hosts with a namespace only those that a VirtualService has are.
    found = resolved(gateway("http HTTP 80 shop/a.test,b.test httpsRedirect"))
    holds(
        found,
        "http://a.test/ -> 404\nhttp://b.test/ -> 301 https://b.test/\nhttp://c.test/ -> 404",
    )


# --- what is done to a request --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("match", "uri", "path", "expected"),
    [
        ("{uri: {prefix: /a}}", "/b", "/a/c?q=1", "/b/c?q=1"),
        ("{uri: {prefix: /a}}", "/b", "/abc", "/bbc"),
        ("{uri: {prefix: /a/}}", "/", "/a/c", "/c"),
        ("{uri: {prefix: /a}}", "/", "/a/c", "//c"),
        ("{uri: {exact: /a}}", "/b/c", "/a", "/b/c"),
        ("{uri: {regex: '/a.*'}}", "/b", "/abc", "/b"),
        # Without a match on the path it is the first slash that is replaced.
        ("{method: {exact: GET}}", "/b", "/c/d", "/bc/d"),
    ],
)
def test_a_rewrite_of_the_path(match: str, uri: str, path: str, expected: str) -> None:
    found = shop(f"[{{match: [{match}], rewrite: {{uri: {uri}}}, {RED}}}]")
    got = ask(found, path).forwarded
    assert got is not None
    assert got.target == expected


def test_a_rewrite_by_a_pattern_is_said_not_to_be_evaluated() -> None:
    rewrite = "rewrite: {uriRegexRewrite: {match: '^/a/(.*)', rewrite: '/b/\\\\1'}}"
    found = shop(f"[{{{rewrite}, {RED}}}]")
    step = next(one for one in ask(found, "/a/c").steps if one.gate == "filter")
    assert step.finding.result is Result.UNKNOWN


@pytest.mark.parametrize(
    ("fields", "route", "expected"),
    [
        ("", "", "shop.test"),
        ("rewrite: {authority: a.test}, ", "", "a.test"),
        ("headers: {request: {set: {Host: b.test}}}, ", "", "b.test"),
        ("headers: {request: {add: {':authority': c.test}}}, ", "", "c.test"),
        ("", "headers: {request: {set: {host: d.test}}}", "d.test"),
        ("rewrite: {authority: a.test}, ", "headers: {request: {set: {host: d.test}}}", "a.test"),
    ],
)
def test_the_host_that_a_backend_gets(fields: str, route: str, expected: str) -> None:
    found = shop(f"[{{{fields}route: [{{destination: {{host: red}}, {route}}}]}}]")
    got = ask(found, "/").forwarded
    assert got is not None
    assert got.host_header == expected


def test_headers_are_removed_then_set_then_added() -> None:
    change = "headers: {request: {remove: [a, ':path'], set: {b: new}, add: {a: added, c: more}}, response: {set: {z: '1'}}}"
    found = shop(f"[{{{change}, {RED}}}]")
    got = ask(found, "/ a=old b=old c=old").forwarded
    assert got is not None
    assert {name: got.header(name) for name in "abcz"} == {
        "a": "added",
        "b": "new",
        "c": "old,more",
        "z": None,
    }


def test_headers_of_each_destination() -> None:
    routes = ", ".join(
        f"{{destination: {{host: {host}}}, weight: 1, headers: {{request: {{set: {{to: {host}}}}}}}}}"
        for host in ("red", "green")
    )
    found = shop(f"[{{headers: {{request: {{set: {{by: rule}}}}}}, route: [{routes}]}}]")
    got = [one.request for one in ask(found, "/").arrivals]
    assert [(one.header("to"), one.header("by")) for one in got if one] == [
        ("red", "rule"),
        ("green", "rule"),
    ]


@pytest.mark.parametrize(
    ("redirect", "url", "expected"),
    [
        ("{uri: /b}", "/a?q=1", "301 http://shop.test/b?q=1"),
        ("{uri: '/b?c=2'}", "/a?q=1", "301 http://shop.test/b?c=2"),
        ("{authority: b.test}", "/a?q=1", "301 http://b.test/a?q=1"),
        ("{authority: b.test, redirectCode: 308}", "/a", "308 http://b.test/a"),
        ("{scheme: https}", "/a", "301 https://shop.test/a"),
        ("{scheme: https}", "/a Host=shop.test:80", "301 https://shop.test/a"),
        ("{scheme: https}", "/a Host=shop.test:8080", "301 https://shop.test:8080/a"),
        ("{scheme: https, port: 443}", "/a Host=shop.test:8080", "301 https://shop.test:8080/a"),
        ("{port: 8443}", "/a", "301 http://shop.test:8443/a"),
        ("{port: 8443}", "/a Host=shop.test:99", "301 http://shop.test:8443/a"),
        ("{port: 80}", "/a", "301 http://shop.test/a"),
        ("{derivePort: FROM_REQUEST_PORT}", "/a", "301 http://shop.test/a"),
        ("{prefixRewrite: /b}", "/a/c", "301 http://shop.test/b/c"),
        ("{redirectCode: 302, uri: /}", "/a", "302 http://shop.test/"),
    ],
)
def test_a_redirect(redirect: str, url: str, expected: str) -> None:
    found = shop(f"[{{match: [{{uri: {{prefix: /a}}}}], redirect: {redirect}}}]")
    trace = ask(found, url)
    assert (answer(trace), trace.disposition, trace.arrivals) == (expected, Disposition.REDIRECTED, ())


def test_the_gateway_answers_itself() -> None:
    found = shop("[{directResponse: {status: 418, body: {string: tea}}}]")
    trace = ask(found, "/")
    assert (trace.disposition, trace.status) == (Disposition.ANSWERED, 418)
    assert trace.taken is not None


@pytest.mark.parametrize(
    ("fault", "expected", "said"),
    [
        (
            "abort: {httpStatus: 503, percentage: {value: 100}}",
            "503",
            ["100 % of the requests are answered 503"],
        ),
        ("abort: {httpStatus: 503}", "503", ["100 % of the requests are answered 503"]),
        (
            "abort: {httpStatus: 400, percentage: {value: 0.5}}",
            "red",
            ["0.5 % of the requests are answered 400"],
        ),
        (
            "abort: {grpcStatus: UNAVAILABLE, percentage: {value: 10}}",
            "red",
            ["10 % of the requests are answered UNAVAILABLE"],
        ),
        ("delay: {fixedDelay: 7s, percentage: {value: 25}}", "red", ["25 % of the requests wait 7s"]),
        ("delay: {fixedDelay: 7s}", "red", []),
    ],
)
def test_faults(fault: str, expected: str, said: list[str]) -> None:
    trace = ask(shop(f"[{{fault: {{{fault}}}, {RED}}}]"), "/")
    assert answer(trace) == expected
    assert [one.finding.because for one in trace.steps if one.gate == "fault"] == said


def test_timeout_retries_and_cors_are_told() -> None:
    fields = "timeout: 5s, retries: {attempts: 3, perTryTimeout: 2s, retryOn: 5xx}, corsPolicy: {allowOrigins: [{exact: 'https://a.test'}]}"
    steps = {one.gate: one.finding.because for one in ask(shop(f"[{{{fields}, {RED}}}]"), "/").steps}
    assert steps["timeout"] == "timeout is 5s"
    assert steps["retry"] == "failed requests are tried again: 3 attempts, 2s each, on 5xx"
    assert steps["filter"] == "CORS (allowOrigins https://a.test) adds headers to the response only"


def test_mirrors() -> None:
    fields = (
        "mirror: {host: green}, mirrorPercentage: {value: 20}, "
        "mirrors: [{destination: {host: gone}}, {destination: {host: blue}, percentage: {value: 0}}]"
    )
    mirrors = ask(shop(f"[{{{fields}, {RED}}}]"), "/").mirrors
    assert [(one.filter.name, one.filter.fraction, bool(one.fault)) for one in mirrors] == [
        ("green", 0.2, False),
        ("gone.shop.svc.cluster.local", 1.0, True),
    ]


# --- destinations ---------------------------------------------------------------------------------------------------


def test_shares_by_weight_and_a_missing_cluster_is_503() -> None:
    routes = ", ".join(
        f"{{destination: {{host: {host}}}, weight: {weight}}}"
        for host, weight in (("red", 3), ("gone", 1), ("blue", 0))
    )
    trace = ask(shop(f"[{{route: [{routes}]}}]"), "/")
    assert [(one.path.backend.name, one.share, one.status) for one in trace.arrivals] == [
        ("red", 0.75, None),
        ("gone.shop.svc.cluster.local", 0.25, 503),
        ("blue", 0.0, None),
    ]
    assert (trace.disposition, trace.status) == (Disposition.DELIVERED, None)


def test_nothing_but_a_missing_cluster() -> None:
    trace = ask(shop(f"[{{{to('gone')}}}]"), "/")
    assert (trace.disposition, trace.status, trace.forwarded) == (Disposition.ERROR, 503, None)


def test_subsets_are_paths_of_their_own() -> None:
    rules = "[{route: [{destination: {host: red, subset: v1}, weight: 1}, {destination: {host: red, subset: v2}, weight: 1}]}]"
    trace = ask(shop(rules, destination_rule("d", "red", "v1", "v2")), "/")
    assert [one.path.backend.subset for one in trace.arrivals] == ["v1", "v2"]
    assert (
        trace.steps[-1].finding.because == "50 % Service/shop/red subset v1, 50 % Service/shop/red subset v2"
    )


def test_a_connection_to_nothing_is_closed() -> None:
    found = resolved(
        gateway("raw TCP 9000 *"), virtual_service("s", f"[{{{to('gone', port='{number: 1}')}}}]", kind="tcp")
    )
    trace = ask(found, "tcp://any.test:9000")
    assert (trace.disposition, trace.status) == (Disposition.ERROR, None)


# --- which gateway --------------------------------------------------------------------------------------------------


def through(found: Resolution, url: str, wanted: tuple[str, str] | None = None) -> tuple[str, list[str]]:
    traced = trace_through(Tracer(found), parse_request(url), wanted)
    return str(traced.trace.gateway.ref), [str(one.ref) for one in traced.others]


def test_without_a_name_the_gateway_is_found() -> None:
    found = resolved(
        gateway_pod("infra/out-0", {"istio": "out"}),
        HTTP,
        gateway("http HTTP 80 *", "far", {"istio": "out"}),
        virtual_service("a", f"[{{{RED}}}]", gateways="far", hosts="far.test"),
        virtual_service("b", f"[{{{GREEN}}}]", gateways="edge far", hosts="both.test"),
    )
    assert through(found, "http://far.test/") == ("Gateway/shop/far", [])
    assert through(found, "http://both.test/") == ("Gateway/shop/edge", ["Gateway/shop/far"])
    assert through(found, "http://both.test/", ("shop", "far")) == ("Gateway/shop/far", [])
    with pytest.raises(
        NoGatewayError, match="there is no ingress Gateway shop/gone; there are shop/edge, shop/far"
    ):
        through(found, "http://far.test/", ("shop", "gone"))


def test_a_gateway_that_another_one_shares_pods_with_is_no_other_one() -> None:
    found = resolved(
        HTTP, gateway("web HTTP 80 *", "other"), virtual_service("b", f"[{{{GREEN}}}]", gateways="other")
    )
    assert through(found, "http://a.test/") == ("Gateway/shop/other", [])
