"""Requests made of what rules ask for: those that are said to arrive do, and the others are not said to."""

import pytest

from core.paths import resolve
from core.sources import read, samples
from core.trace.engine import Tracer
from core.trace.examples import Examples
from core.trace.request import parse_request
from tests.tracing import gateway, resolved, route

NAMES = [one.name for one in samples()]


@pytest.mark.parametrize("name", NAMES)
def test_each_path_of_a_sample_has_a_request_that_arrives_there(name: str) -> None:
    loaded = read([f"sample:{name}"])
    resolution = resolve(loaded.cluster)
    tracer = Tracer(resolution, loaded.policies)
    examples = Examples(tracer)
    assert resolution.paths
    for path in resolution.paths:
        found = examples.of(path)
        assert found is not None
        assert found.arrives == (path.backend.weight > 0), path.id
        request = parse_request(found.url, found.method or None, found.headers)
        traced = tracer.trace(resolution.cluster.gateways[path.gateway_key], request)
        assert found.arrives == any(one.path.id == path.id and one.share > 0 for one in traced.arrivals)


RULES = """
- matches:
  - {path: {type: Exact, value: /buy}, method: PUT, headers: [{name: x-one, value: "1"}],
     queryParams: [{name: q, value: two}]}
  backendRefs: [{name: red, port: 80}]
- matches: [{path: {type: PathPrefix, value: /browse}}]
  backendRefs: [{name: green, port: 80}]
- matches:
  - {path: {type: RegularExpression, value: "/v[0-9]+/.*"}}
  backendRefs: [{name: blue, port: 80}]
"""


def test_it_has_what_a_match_asks_for() -> None:
    resolution = resolved(
        gateway("web HTTPS 8443 *.example.com"), route("shop", RULES, hostnames=["*.shop.example.com"])
    )
    examples = Examples(Tracer(resolution))
    buy, browse = (examples.of(path) for path in resolution.paths[:2])
    assert buy is not None
    assert buy.url == "https://any.shop.example.com:8443/buy?q=two"
    assert (buy.method, buy.headers, buy.gateway, buy.arrives) == ("PUT", ("x-one=1",), "shop/edge", True)
    assert browse is not None
    assert browse.url == "https://any.shop.example.com:8443/browse"
    assert browse.arrives


def test_what_no_request_can_be_made_of_is_not_said_to_arrive() -> None:
    resolution = resolved(gateway("web HTTP 80"), route("shop", RULES))
    found = Examples(Tracer(resolution)).of(resolution.paths[2])
    assert found is not None
    assert not found.arrives


def test_connections_go_to_the_port_of_their_listener() -> None:
    rules = "[{backendRefs: [{name: red, port: 80}]}]"
    resolution = resolved(
        gateway("sni TLS 443\nraw TCP 5432"),
        route("sni", rules, kind="TLSRoute", to="edge/sni", hostnames=["db.example.com"]),
        route("raw", rules, kind="TCPRoute", to="edge/raw"),
    )
    examples = Examples(Tracer(resolution))
    found = {path.route_kind: examples.of(path) for path in resolution.paths}
    assert {kind: one and (one.url, one.arrives) for kind, one in found.items()} == {
        "TLSRoute": ("tls://db.example.com:443", True),
        "TCPRoute": ("tcp://example.com:5432", True),
    }
