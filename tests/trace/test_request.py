"""URLs and headers as a client would send them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.trace.request import RequestError, parse_request


@pytest.mark.parametrize(
    ("url", "host", "port", "target", "sent"),
    [
        ("http://Shop.Test", "shop.test", 80, "/", "shop.test"),
        ("https://shop.test./a?b=c#d", "shop.test", 443, "/a?b=c", "shop.test"),
        ("http://shop.test:8080?x", "shop.test", 8080, "/?x", "shop.test:8080"),
        ("http://user:pass@shop.test/a@b", "shop.test", 80, "/a@b", "shop.test"),
        ("http://[FD00::1]:81/", "fd00::1", 81, "/", "[fd00::1]:81"),
        ("http://[fd00::1]/", "fd00::1", 80, "/", "[fd00::1]"),
        ("grpcs://shop.test/a.B/C", "shop.test", 443, "/a.B/C", "shop.test"),
        ("tcp://db.test:5432", "db.test", 5432, "/", "db.test:5432"),
        ("HTTP://h/?a=%2F&a=2", "h", 80, "/?a=%2F&a=2", "h"),
    ],
)
def test_urls(url, host, port, target, sent) -> None:
    found = parse_request(url)
    assert (found.host, found.port, found.target, found.host_header) == (host, port, target, sent)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("shop.test/cart", "has to begin with one of http://"),
        ("ftp://shop.test", "has to begin with one of http://"),
        ("http://", "names no host"),
        ("http:///path", "names no host"),
        ("http://h:port/", "is no port"),
        ("http://h:0/", "is no port"),
        ("http://h:65536/", "is no port"),
        ("http://[::1/", "IPv6"),
        ("http://[::1]x/", "IPv6"),
        ("tcp://h", "needs a port"),
        ("http://h/a b", "blanks or control characters"),
        ("http://h/\x1b", "blanks or control characters"),
    ],
)
def test_urls_that_nobody_can_ask_for(url, message) -> None:
    with pytest.raises(RequestError, match=message):
        parse_request(url)


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/a/../b", "/b"),
        ("/../a", "/a"),
        ("/a/./b", "/a/b"),
        ("/a/b/..", "/a/"),
        ("/a/.", "/a/"),
        ("/..", "/"),
        ("/a/%2E%2e/b", "/b"),
        ("/a//../b", "/a/b"),
        ("/a/...", "/a/..."),
        ("/a/?q=/../b", "/a/?q=/../b"),
    ],
)
def test_dot_segments_are_resolved_as_clients_do(path: str, sent: str) -> None:
    assert parse_request(f"http://shop.example.com{path}").target == sent


def test_headers_and_methods() -> None:
    found = parse_request("http://h/", "PURGE", ["A=1", "a: 2=3", "b=x:y", "Host=other.test:81"])
    assert found.headers == (("A", "1"), ("a", "2=3"), ("b", "x:y"))
    assert (found.header("A"), found.header("c"), found.method) == ("1,2=3", None, "PURGE")
    assert (found.host_header, found.asked, found.host) == ("other.test:81", "other.test", "h")
    for wrong in ("novalue", "=x", "a b=c", "a=\x07"):
        with pytest.raises(RequestError, match="--header"):
            parse_request("http://h/", headers=[wrong])
    with pytest.raises(RequestError, match="no HTTP method"):
        parse_request("http://h/", "G T")


@given(st.text(max_size=30))
def test_any_text_is_a_request_or_an_error(text) -> None:
    for url in (text, f"http://{text}", f"http://h{text}"):
        try:
            found = parse_request(url)
        except RequestError:
            continue
        assert parse_request(found.url).url == found.url
