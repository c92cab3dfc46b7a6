"""The second match: what waypoints make of requests, as the gateway has left them."""

from typing import Any

import pytest
import yaml

from core.explain import Explainer
from core.gates import Verdict
from core.paths import Resolution, resolve
from core.policy_model import Policies
from core.sources import read
from core.trace.engine import Tracer
from core.trace.hops import hops
from core.trace.outcome import Disposition, Second, Trace, TwiceStep
from core.trace.request import parse_request
from tests.tracing import ask, gateway, route, service, thing, tracer, waypoint

EDGE = gateway("http HTTP 80")
TO_RED = "- backendRefs: [{name: red, port: 80}]"


def mesh(name: str, rules: str, *, kind: str = "HTTPRoute", **more):
    """A route with the Service red as its parent."""
    parent = {"group": "", "kind": "Service", "name": "red"}
    return route(name, rules, kind=kind, parentRefs=[{**parent, **more.pop("parent", {})}], **more)


def through(*objects) -> Tracer:
    return tracer(EDGE, route("edge", TO_RED), *waypoint("red"), *objects)


def second(found: Trace) -> Second:
    (arrival,) = found.arrivals
    (one,) = arrival.seconds
    return one


def test_without_a_route_of_the_mesh_the_waypoint_forwards_to_the_service() -> None:
    found = ask(through(), "/x")
    one = second(found)
    assert str(one.waypoint) == "Gateway/shop/waypoint"
    assert [step.gate for step in one.steps] == ["waypoint-routes"]
    assert "forwards to the service itself" in one.steps[0].finding.because
    assert found.received == found.forwarded


def test_the_request_is_matched_as_the_gateway_left_it() -> None:
    rewrite = (
        "- matches: [{path: {value: /shop}}]\n"
        "  filters: [{type: URLRewrite, urlRewrite: {hostname: in.test, path: {type: ReplacePrefixMatch, "
        "replacePrefixMatch: /v2}}}]\n  backendRefs: [{name: red, port: 80}]"
    )
    own = (
        "- matches: [{path: {value: /shop}}]\n  backendRefs: [{name: green, port: 80}]\n"
        "- matches: [{path: {value: /v2}, headers: [{name: host, value: in.test}]}]\n"
        "  filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /}}}]\n"
        "  backendRefs: [{name: blue, port: 80}]"
    )
    found = ask(tracer(EDGE, route("edge", rewrite), *waypoint("red"), mesh("m", own)), "/shop/cart?id=1")
    one = second(found)
    assert one.taken is not None
    assert (one.taken.rule, [forward.backend.name for forward in one.forwards]) == (1, ["blue"])
    assert found.forwarded is not None
    assert found.received is not None
    assert (found.forwarded.target, found.received.target) == ("/v2/cart?id=1", "/cart?id=1")
    (left,) = one.considered
    assert (left.because, str(left.at)) == ("path /v2/cart is not below /shop", "Gateway/shop/waypoint")


def test_where_routes_of_the_mesh_match_nothing_clients_get_404() -> None:
    found = ask(
        through(mesh("m", "- matches: [{path: {value: /a}}]\n  backendRefs: [{name: red, port: 80}]")), "/b"
    )
    assert (found.disposition, found.status, found.received) == (Disposition.NOT_FOUND, 404, None)
    assert found.forwarded is not None


@pytest.mark.parametrize(
    ("backends", "disposition", "status"),
    [
        ("[{name: red, port: 80}]", "delivered", None),
        ("[{name: none, port: 80}]", "error", 500),
        ("[{name: none, port: 80}, {name: red, port: 80}]", "delivered", None),
        ("[{name: empty, port: 80}]", "error", 503),
        ("[{name: red, port: 80, weight: 0}]", "error", 500),
        ("[]", "error", 500),
        ("[{name: far, namespace: away, port: 80}]", "error", 500),
    ],
)
def test_backends_of_the_rule_at_the_waypoint(backends, disposition, status) -> None:
    more = [*service("empty", ready=False), *service("far", "away")]
    found = ask(through(*more, mesh("m", f"- backendRefs: {backends}")), "/")
    assert (found.disposition, found.status) == (disposition, status)


def test_shares_and_mirrors_at_the_waypoint() -> None:
    rules = (
        "- filters: [{type: RequestMirror, requestMirror: {backendRef: {name: blue, port: 80}, percent: 5}}]\n"
        "  backendRefs: [{name: red, port: 80, weight: 3}, {name: green, port: 80}]"
    )
    one = second(ask(through(mesh("m", rules)), "/"))
    assert [(forward.backend.name, forward.share) for forward in one.forwards] == [
        ("red", 0.75),
        ("green", 0.25),
    ]
    assert [(mirror.filter.name, mirror.filter.fraction) for mirror in one.mirrors] == [("blue", 0.05)]


def test_a_redirect_at_the_waypoint_ends_the_request() -> None:
    rules = "- filters: [{type: RequestRedirect, requestRedirect: {hostname: new.test, statusCode: 301}}]"
    found = ask(through(mesh("m", rules)), "/x")
    assert (found.disposition, found.status) == (Disposition.REDIRECTED, 301)
    assert found.redirect is not None
    assert found.redirect.location == "http://new.test/x"


ADDS = "filters: [{type: RequestHeaderModifier, requestHeaderModifier: {add: [{name: X-Hop, value: VALUE}]}}]"
SETS = "filters: [{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: X-Hop, value: VALUE}]}}]"


@pytest.mark.parametrize(
    ("filters", "idempotent", "got"), [(ADDS, False, "gateway,waypoint"), (SETS, True, "waypoint")]
)
def test_what_is_done_twice_is_marked(filters, idempotent, got) -> None:
    def rule(value: str) -> str:
        return f"- {filters.replace('VALUE', value)}\n  backendRefs: [{{name: red, port: 80}}]"

    traces = tracer(EDGE, route("edge", rule("gateway")), *waypoint("red"), mesh("m", rule("waypoint")))
    found = ask(traces, "/")
    assert found.received is not None
    assert found.received.header("x-hop") == got
    (step,) = [one for one in second(found).steps if isinstance(one, TwiceStep)]
    assert (step.gate, step.doubled.idempotent) == ("filter", idempotent)
    assert (str(step.doubled.first), str(step.doubled.second)) == ("HTTPRoute/shop/edge", "HTTPRoute/shop/m")


def test_timeouts_and_retries_of_both_places_are_marked() -> None:
    rule = "- backendRefs: [{name: red, port: 80}]\n  timeouts: {request: 3s}\n  retry: {attempts: 2}"
    found = ask(tracer(EDGE, route("edge", rule), *waypoint("red"), mesh("m", rule)), "/")
    assert [one.gate for one in second(found).steps if isinstance(one, TwiceStep)] == ["timeout", "retry"]


def test_only_the_rule_that_takes_the_request_counts_as_done_twice() -> None:
    edge = f"- {ADDS.replace('VALUE', 'a')}\n  backendRefs: [{{name: red, port: 80}}]"
    own = (
        f"- matches: [{{path: {{value: /other}}}}]\n  {ADDS.replace('VALUE', 'b')}\n"
        f"  backendRefs: [{{name: red, port: 80}}]\n{TO_RED}"
    )
    found = ask(tracer(EDGE, route("edge", edge), *waypoint("red"), mesh("m", own)), "/")
    assert not [one for one in second(found).steps if isinstance(one, TwiceStep)]


def test_the_older_namespace_goes_first_and_others_are_ignored() -> None:
    def to(name: str) -> str:
        return f"- backendRefs: [{{name: {name}, namespace: shop, port: 80}}]"

    far = mesh("far", to("blue"), parent={"namespace": "shop"}, created="2020-01-01T00:00:00Z")
    far["metadata"]["namespace"] = "consumer"
    young = mesh("young", to("green"), created="2024-01-01T00:00:00Z")
    old = mesh("zold", to("red"), created="2023-01-01T00:00:00Z")
    one = second(ask(through(far, young, old), "/"))
    assert one.taken is not None
    assert str(one.taken.route) == "HTTPRoute/shop/zold"
    assert [str(left.route) for left in one.considered] == ["HTTPRoute/shop/young"]


def test_the_port_of_a_parent_counts() -> None:
    one = second(ask(through(mesh("m", "- {}", parent={"port": 81})), "/"))
    assert [step.gate for step in one.steps] == ["waypoint-routes"]


def test_grpc_routes_of_the_mesh() -> None:
    rules = (
        "- matches: [{method: {service: a.B, method: One}}]\n  backendRefs: [{name: green, port: 80}]\n"
        "- matches: [{method: {service: a.B}}]\n  backendRefs: [{name: red, port: 80}]"
    )
    traces = through(mesh("m", rules, kind="GRPCRoute"))
    one = second(ask(traces, "grpc://shop.test/a.B/One"))
    assert [forward.backend.name for forward in one.forwards] == ["green"]
    assert ask(traces, "grpc://shop.test/c.D/One").status == 404


def test_policies_at_the_waypoint_are_named_and_not_evaluated() -> None:
    policy = thing(
        "AuthorizationPolicy",
        "deny",
        apiVersion="security.istio.io/v1",
        spec={
            "targetRefs": [{"group": "", "kind": "Service", "name": "red"}],
            "action": "DENY",
            "rules": [{}],
        },
    )
    steps = second(ask(through(policy), "/")).steps
    assert [step.gate for step in steps] == ["waypoint-routes", "policies"]
    assert steps[1].finding.because.startswith("AuthorizationPolicy/shop/deny act")


def test_without_policies_nothing_is_said_of_waypoints() -> None:
    found = ask(through().resolution, "/")
    assert found.arrivals[0].seconds == ()
    assert found.received == found.forwarded


# --- VirtualServices of the mesh ------------------------------------------------------------------------------

RED = "red.shop.svc.cluster.local"


def virtual_service(name: str, http: str, **more: Any) -> dict[str, Any]:
    """A VirtualService for the host red; `http` is YAML."""
    created = {"created": more.pop("created")} if "created" in more else {}
    spec = {"hosts": [RED], "http": yaml.safe_load(http), **more}
    return thing("VirtualService", name, apiVersion="networking.istio.io/v1", **created, spec=spec)


def to(host: str, more: str = "") -> str:
    return f"{{route: [{{destination: {{host: {host}}}}}]{more}}}"


def sent(found: Trace) -> list[tuple[str, float]]:
    return [(forward.backend.name, forward.share) for forward in second(found).forwards]


def test_rules_of_a_virtual_service_are_asked_as_they_are_written() -> None:
    rules = (
        f"[{to('blue', ', match: [{uri: {prefix: /b}, method: {exact: POST}}]')}, "
        f"{to('green', ', match: [{uri: {prefix: /}}]')}, {to('red')}]"
    )
    traces = through(virtual_service("v", rules))
    assert sent(ask(traces, "POST /bx")) == [("blue", 1.0)]
    found = ask(traces, "/bx")
    assert sent(found) == [("green", 1.0)]
    reasons = [(one.rule, one.outranked) for one in second(found).considered]
    assert reasons == [(0, False), (2, True)]


def test_matches_for_other_ports_gateways_and_labels_do_not_count() -> None:
    rules = (
        f"[{to('blue', ', match: [{port: 81}, {gateways: [edge]}, {sourceLabels: {app: x}}, {sourceNamespace: a}]')}, "
        f"{to('green', ', match: [{gateways: [mesh], port: 80, sourceNamespace: shop}]')}]"
    )
    found = ask(through(virtual_service("v", rules, gateways=["mesh", "edge"])), "/")
    assert sent(found) == [("green", 1.0)]
    assert "for other ports, gateways or namespaces" in second(found).considered[0].because


@pytest.mark.parametrize(
    ("rule", "disposition", "status"),
    [
        (to("red"), "delivered", None),
        ("{redirect: {uri: /new}}", "redirected", 301),
        ("{directResponse: {status: 418}}", "error", 418),
        (to("none"), "error", 503),
        (to("red", ", match: [{uri: {exact: /other}}]"), "not-found", 404),
        (to("red", ", match: [{sourceNamespace: elsewhere}]"), "delivered", None),
        (to("red", ", fault: {abort: {grpcStatus: UNAVAILABLE, percentage: {value: 100}}}"), "error", 200),
        (to("red", ", fault: {abort: {httpStatus: 429, percentage: {value: 100}}}"), "error", 429),
        ("{route: [{destination: {host: red, subset: none}}]}", "error", 503),
    ],
)
def test_what_a_rule_of_a_virtual_service_answers(rule, disposition, status) -> None:
    found = ask(through(virtual_service("v", f"[{rule}]")), "/x")
    assert (found.disposition, found.status) == (disposition, status)


def test_weights_rewrites_and_mirrors_of_a_virtual_service() -> None:
    rules = """
- match: [{uri: {prefix: /shop}}]
  rewrite: {uri: /v2, authority: in.test}
  headers: {request: {add: {x-hop: waypoint}}}
  mirror: {host: blue}
  mirrorPercentage: {value: 5}
  timeout: 3s
  route:
  - {destination: {host: red}, weight: 90}
  - {destination: {host: green}, weight: 10}
"""
    found = ask(through(virtual_service("v", rules)), "/shop/cart")
    assert sent(found) == [("red", 0.9), ("green", 0.1)]
    assert found.received is not None
    got = found.received
    assert (got.target, got.host_header, got.header("x-hop")) == ("/v2/cart", "in.test", "waypoint")
    (mirror,) = second(found).mirrors
    assert (mirror.filter.name, mirror.filter.fraction, mirror.fault) == ("blue", 0.05, "")


def test_routes_go_before_virtual_services_of_their_namespace() -> None:
    old = virtual_service("v", f"[{to('green')}]", created="2020-01-01T00:00:00Z")
    young = mesh(
        "m",
        "- matches: [{path: {value: /a}}]\n  backendRefs: [{name: blue, port: 80}]",
        created="2024-01-01T00:00:00Z",
    )
    traces = through(old, young)
    assert sent(ask(traces, "/a")) == [("blue", 1.0)]
    assert sent(ask(traces, "/b")) == [("green", 1.0)]


def test_headers_that_a_virtual_service_adds_again_are_marked() -> None:
    edge = f"- {ADDS.replace('VALUE', 'gateway')}\n  backendRefs: [{{name: red, port: 80}}]"
    own = virtual_service("v", f"[{to('red', ', headers: {request: {add: {X-Hop: waypoint}}}')}]")
    found = ask(tracer(EDGE, route("edge", edge), *waypoint("red"), own), "/")
    assert found.received is not None
    assert found.received.header("x-hop") == "gateway,waypoint"
    (step,) = [one for one in second(found).steps if isinstance(one, TwiceStep)]
    assert str(step.doubled.second) == "VirtualService/shop/v"


def test_a_virtual_service_may_delegate() -> None:
    part = thing(
        "VirtualService",
        "part",
        apiVersion="networking.istio.io/v1",
        spec={"http": yaml.safe_load(f"[{to('blue')}]")},
    )
    root = virtual_service("v", "[{match: [{uri: {prefix: /a}}], delegate: {name: part}}, " + to("red") + "]")
    traces = through(root, part)
    assert sent(ask(traces, "/a")) == [("blue", 1.0)]
    assert sent(ask(traces, "/b")) == [("red", 1.0)]


# --- where no route of the mesh is asked ----------------------------------------------------------------------


def test_connections_and_ports_of_other_protocols_are_not_matched() -> None:
    objects = waypoint("red")
    for one in objects:
        if one["kind"] == "Service" and one["metadata"]["name"] == "red":
            one["spec"]["ports"][0]["name"] = "tcp"
    found = ask(tracer(EDGE, route("edge", TO_RED), *objects, mesh("m", "- {}")), "/")
    assert found.disposition is Disposition.DELIVERED
    assert "as a connection" in second(found).steps[0].finding.because


def test_at_a_waypoint_that_is_not_istios_routes_are_not_computed() -> None:
    objects = waypoint("red")
    objects[0]["spec"]["gatewayClassName"] = "istio-agentgateway-waypoint"
    found = ask(tracer(EDGE, route("edge", TO_RED), *objects, mesh("m", "- {}")), "/")
    step = second(found).steps[0]
    assert (step.gate, step.finding.result.value) == ("waypoint-routes", "unknown")


def test_traffic_addressed_to_a_pod_meets_no_routes_of_services() -> None:
    traces = Tracer(*sample("workload-waypoint"))
    path = next(one for one in traces.resolution.paths if one.outcome.verdict is Verdict.WORKLOAD_WAYPOINT)
    assert traces.second is not None
    (one,) = traces.second.of(path, parse_request("http://shop.example.com/"))
    assert "addressed to a pod" in one.steps[0].finding.because


def test_a_canary_is_a_second_waypoint_with_its_share() -> None:
    traces = Tracer(*sample("canary-waypoint"))
    path = next(one for one in traces.resolution.paths if one.outcome.verdict is Verdict.SPLIT)
    gateway_row = traces.resolution.cluster.gateways[path.gateway]
    host = next(iter(path.hostnames), "shop.example.com")
    row = next(one for one in traces.resolution.cluster.routes if one.ref == path.route_ref)
    match = row.rules[path.rule].matches
    where = match[0].path.value if match and match[0].path else "/"
    found = traces.trace(gateway_row, parse_request(f"http://{host}{where}"))
    seconds = found.arrivals[0].seconds
    assert len(seconds) == 2
    assert sum(one.share for one in seconds) == pytest.approx(1)
    shares = [hop.share for hop in hops(Explainer(traces.resolution), found) if hop.kind == "waypoint"]
    assert sum(shares) == pytest.approx(1)


def sample(name: str) -> tuple[Resolution, Policies]:
    loaded = read([f"sample:{name}"])
    return resolve(loaded.cluster), loaded.policies


def test_delays_and_patterns_of_a_virtual_service() -> None:
    rules = (
        "[{match: [{headers: {'@request.auth.claims.group': {exact: a}}}], route: [{destination: {host: blue}}]}, "
        "{fault: {delay: {fixedDelay: 3s, percentage: {value: 50}}}, retries: {attempts: 2}, timeout: 5s, "
        "route: [{destination: {host: red}}, {destination: {host: green}, weight: 100}]}]"
    )
    found = ask(through(virtual_service("v", rules)), "/")
    assert [step.gate for step in second(found).steps] == [
        "patterns",
        "route",
        "fault",
        "timeout",
        "retry",
        "backends",
    ]
    assert sent(found) == [("red", 0.0), ("green", 1.0)]


def test_a_subset_of_endpoints_at_the_waypoint() -> None:
    rule = thing(
        "DestinationRule",
        "d",
        apiVersion="networking.istio.io/v1",
        spec={"host": RED, "subsets": [{"name": "v1", "labels": {"version": "v1"}}]},
    )
    subset = "[{route: [{destination: {host: red, subset: v1}}]}]"
    found = ask(through(rule, virtual_service("v", subset)), "/")
    assert [forward.status for forward in second(found).forwards] == [None]


def test_a_redirect_of_one_backend_at_the_waypoint() -> None:
    redirect = "filters: [{type: RequestRedirect, requestRedirect: {hostname: new.test}}]"
    rules = f"- backendRefs: [{{name: red, port: 80, {redirect}}}]"
    found = ask(through(mesh("m", rules)), "/")
    assert (found.disposition, found.status) == (Disposition.REDIRECTED, 302)
