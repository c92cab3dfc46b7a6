"""What filters make of a request: redirects, rewrites, headers, mirrors; on rules and on backends."""

import pytest

from core.trace.outcome import Disposition
from tests.tracing import ask, gateway, holds, resolved, route

EDGE = gateway("http HTTP 80\nhigh HTTP 8080\ntls HTTPS 443")
BACK = "backendRefs: [{name: red, port: 80}]"


def rule(prefix: str, filters: str, backends: str = BACK) -> str:
    return f"- matches: [{{path: {{type: PathPrefix, value: {prefix}}}}}]\n  filters: [{filters}]\n  {backends}\n"


def redirect(fields: str) -> str:
    return f"{{type: RequestRedirect, requestRedirect: {{{fields}}}}}"


def rewrite(fields: str) -> str:
    return f"{{type: URLRewrite, urlRewrite: {{{fields}}}}}"


def replace_prefix(value: str) -> str:
    return f"path: {{type: ReplacePrefixMatch, replacePrefixMatch: {value}}}"


def replace_all(value: str) -> str:
    return f"path: {{type: ReplaceFullPath, replaceFullPath: {value}}}"


MODIFIER = (
    "{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: X-Set, value: new}], "
    "add: [{name: X-Add, value: more}, {name: X-Append, value: last}], remove: [X-Remove]}}"
)


# --- redirects ------------------------------------------------------------------------------------------------


def test_location_has_what_the_filter_names_and_the_rest_of_the_request() -> None:
    text = "".join(
        (
            rule("/host", redirect("hostname: new.test")),
            rule("/status", redirect("hostname: new.test, statusCode: 301")),
            rule("/prefix", redirect(replace_prefix("/now"))),
            rule("/full", redirect(replace_all("/all"))),
            rule("/both", redirect(f"hostname: new.test, {replace_prefix('/now')}, statusCode: 308")),
            rule("/port", redirect("port: 8083")),
            rule("/scheme", redirect("scheme: https")),
            rule("/none", redirect("")),
        )
    )
    table = """
    /host -> 302 http://new.test/host
    /host/x?q=1 -> 302 http://new.test/host/x?q=1
    /status -> 301 http://new.test/status
    /prefix/lemon -> 302 http://shop.test/now/lemon
    /prefix -> 302 http://shop.test/now
    /full/x/y?q=1 -> 302 http://shop.test/all?q=1
    /both -> 308 http://new.test/now
    /port -> 302 http://shop.test:8083/port
    /scheme -> 302 https://shop.test/scheme
    """
    resolution = resolved(EDGE, route("r", text))
    holds(resolution, table)
    found = ask(resolution, "/host")
    assert (found.disposition, found.forwarded, list(found.arrivals)) == (Disposition.REDIRECTED, None, [])


@pytest.mark.parametrize(
    ("fields", "url", "location"),
    [
        ("", "http://a.test", "http://new.test"),
        ("port: 80", "http://a.test", "http://new.test"),
        ("port: 8080", "http://a.test", "http://new.test:8080"),
        ("scheme: https", "http://a.test", "https://new.test"),
        ("scheme: https, port: 443", "http://a.test", "https://new.test"),
        ("scheme: https, port: 8443", "http://a.test", "https://new.test:8443"),
        ("", "http://a.test:8080", "http://new.test:8080"),
        ("port: 80", "http://a.test:8080", "http://new.test"),
        ("scheme: https", "http://a.test:8080", "https://new.test"),
        ("", "https://a.test", "https://new.test"),
        ("port: 443", "https://a.test", "https://new.test"),
        ("port: 8443", "https://a.test", "https://new.test:8443"),
        ("scheme: http", "https://a.test", "http://new.test"),
        ("scheme: http, port: 80", "https://a.test", "http://new.test"),
        ("scheme: http, port: 8080", "https://a.test", "http://new.test:8080"),
    ],
)
def test_the_port_of_a_redirect(fields, url, location) -> None:
    text = rule("/", redirect(f"hostname: new.test{', ' + fields if fields else ''}"))
    holds(resolved(EDGE, route("r", text)), f"{url}/p -> 302 {location}/p")


def test_a_redirect_takes_the_host_header_without_its_port() -> None:
    holds(resolved(EDGE, route("r", rule("/", redirect("")))), "/ Host=b.test:99 -> 302 http://b.test/")


def test_a_redirect_of_a_backend() -> None:
    one = f"backendRefs: [{{name: red, port: 80, filters: [{redirect(replace_prefix('/new'))}]}}]"
    resolution = resolved(EDGE, route("r", rule("/old", "", one)))
    holds(resolution, "/old/x -> 302 http://shop.test/new/x")
    assert ask(resolution, "/old").disposition is Disposition.REDIRECTED


# --- rewrites -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prefix", "value", "path", "expected"),
    [
        ("/foo", "/xyz", "/foo/bar", "/xyz/bar"),
        ("/foo", "/xyz/", "/foo/bar", "/xyz/bar"),
        ("/foo/", "/xyz", "/foo/bar", "/xyz/bar"),
        ("/foo/", "/xyz/", "/foo/bar", "/xyz/bar"),
        ("/foo", "/xyz", "/foo", "/xyz"),
        ("/foo", "/xyz", "/foo/", "/xyz/"),
        ("/foo", "''", "/foo/bar", "/bar"),
        ("/foo", "''", "/foo/", "/"),
        ("/foo", "''", "/foo", "/"),
        ("/foo", "/", "/foo/", "/"),
        ("/foo", "/", "/foo", "/"),
        ("/", "/xyz", "/foo", "/xyz/foo"),
        ("/foo", "/xyz", "/foo/bar?q=/foo", "/xyz/bar?q=/foo"),
    ],
)
def test_replace_prefix_match(prefix, value, path, expected) -> None:
    resolution = resolved(EDGE, route("r", rule(prefix, rewrite(replace_prefix(value)))))
    got = ask(resolution, path).forwarded
    assert got is not None
    assert got.target == expected


def test_host_and_full_path() -> None:
    text = rule("/one", rewrite(f"hostname: in.test, {replace_all('/all')}"))
    got = ask(resolved(EDGE, route("r", text)), "POST /one/two?q=1").forwarded
    assert got is not None
    assert (got.method, got.host_header, got.target) == ("POST", "in.test", "/all?q=1")


def test_a_prefix_is_not_replaced_without_a_prefix_match() -> None:
    text = f"- matches: [{{path: {{type: Exact, value: /a/b}}}}]\n  filters: [{rewrite(replace_prefix('/x'))}]\n  {BACK}"
    got = ask(resolved(EDGE, route("r", text)), "/a/b").forwarded
    assert got is not None
    assert got.path == "/a/b"


# --- headers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "got"),
    [
        ("", {"x-set": "new", "x-add": "more", "x-append": "last"}),
        (
            "x-set=old X-APPEND=first x-remove=gone Other=kept",
            {"x-set": "new", "x-add": "more", "x-append": "first,last", "other": "kept"},
        ),
    ],
)
def test_request_headers_are_set_added_and_removed(sent, got) -> None:
    resolution = resolved(EDGE, route("r", rule("/", MODIFIER)))
    request = ask(resolution, f"/ {sent}").forwarded
    assert request is not None
    assert {name.lower(): request.header(name) for name, _ in request.headers} == got


def test_filters_of_rule_and_backend_add_up() -> None:
    def tag(name: str) -> str:
        change = f"{{set: [{{name: Backend, value: {name}}}]}}"
        return f"{{name: {name}, port: 80, filters: [{{type: RequestHeaderModifier, requestHeaderModifier: {change}}}]}}"

    text = rule("/", rewrite("hostname: in.test"), f"backendRefs: [{tag('red')}, {tag('green')}]")
    found = ask(resolved(EDGE, route("r", text)), "/")
    requests = [one.request for one in found.arrivals if one.request is not None]
    assert [(one.host_header, one.header("backend")) for one in requests] == [
        ("in.test", "red"),
        ("in.test", "green"),
    ]
    assert found.forwarded == requests[0]


def test_response_headers_cors_and_unknown_filters_are_noted() -> None:
    filters = (
        "{type: ResponseHeaderModifier, responseHeaderModifier: {remove: [Server]}}, "
        "{type: CORS, cors: {allowOrigins: ['https://a.test']}}, "
        "{type: ExtensionRef, extensionRef: {group: x.test, kind: Filter, name: f}}"
    )
    resolution = resolved(EDGE, route("r", rule("/", filters)))
    notes = [step.finding for step in ask(resolution, "/").steps if step.gate == "filter"]
    assert [note.result.value for note in notes] == ["not-applicable", "not-applicable", "unknown"]
    assert "x.test/Filter f" in notes[2].because
    preflight = ask(resolution, "OPTIONS / Origin=https://a.test Access-Control-Request-Method=PUT")
    assert "preflight" in [step.finding for step in preflight.steps if step.gate == "filter"][1].because


# --- mirrors, timeouts, retry ---------------------------------------------------------------------------------


def test_mirrors_with_their_parts() -> None:
    def mirror(name: str, more: str = "") -> str:
        return f"{{type: RequestMirror, requestMirror: {{backendRef: {{name: {name}, port: 80}}{more}}}}}"

    text = rule(
        "/",
        ", ".join(
            (
                mirror("green"),
                mirror("blue", ", percent: 20"),
                mirror("blue", ", fraction: {numerator: 25, denominator: 50}"),
                mirror("none", ", fraction: {numerator: 5}"),
            )
        ),
    )
    found = ask(resolved(EDGE, route("r", text)), "/")
    assert found.disposition is Disposition.DELIVERED
    assert [(one.filter.name, one.filter.fraction, one.fault) for one in found.mirrors] == [
        ("green", 1.0, ""),
        ("blue", 0.2, ""),
        ("blue", 0.5, ""),
        ("none", 0.05, "Service/shop/none does not exist"),
    ]


def test_timeouts_and_retry_are_noted() -> None:
    text = f"- {BACK}\n  timeouts: {{request: 10s, backendRequest: 2s}}\n  retry: {{attempts: 3, codes: [503], backoff: 1s}}"
    steps = ask(resolved(EDGE, route("r", text)), "/").steps
    notes = [step.finding.because for step in steps if step.gate in {"timeout", "retry"}]
    assert notes == [
        "timeouts.request is 10s",
        "timeouts.backendRequest is 2s",
        "failed requests are tried again: 3 attempts, on 503, at least 1s apart",
    ]
