"""What Gateway API's conformance suite asks of requests, by the test that holds it here.

The suite's tests of HTTPRoute, GRPCRoute, TLSRoute and ListenerSet that state what becomes of a request, one a line: its
name, the number of requests whose backend, status, redirect or forwarded request it states, and where the same is held.
The cases are this project's own. Those that are left out are in LEFT_OUT, with the reason; tests of the suite that read
nothing but the status of objects are not listed.
"""

from collections.abc import Sequence
from importlib import import_module

import pytest

from tests.tracing import ask, gateway, holds, resolved, route, service, thing

COVERED = """
GatewayHTTPListenerIsolation 32 test_conformance.test_a_listener_is_isolated_from_less_specific_ones
GRPCExactMethodMatching 3 test_grpc.test_exact_methods
GRPCRouteHeaderMatching 11 test_grpc.test_headers
GRPCRouteListenerHostnameMatching 8 test_listeners.test_the_most_specific_hostname_of_a_listener
GRPCRouteNamedRule 1 test_conformance.test_rules_with_names
GRPCRouteRequestHeaderModifier 5 test_conformance.test_headers_of_grpc_calls
GRPCRouteWeight 1 test_conformance.test_grpc_weights
HTTPRoute303Redirect 1 test_conformance.test_status_of_redirects
HTTPRoute307Redirect 1 test_conformance.test_status_of_redirects
HTTPRoute308Redirect 1 test_conformance.test_status_of_redirects
HTTPRouteBackendProtocolH2C 1 test_conformance.test_the_protocol_of_a_backend_decides_no_route
HTTPRouteBackendRequestRedirect 2 test_filters.test_a_redirect_of_a_backend
HTTPRouteBackendURLRewrite 2 test_conformance.test_a_rewrite_of_a_backend
HTTPRouteCORS 17 test_filters.test_response_headers_cors_and_unknown_filters_are_noted
HTTPRouteCrossNamespace 1 test_conformance.test_routes_of_another_namespace
HTTPRouteDisallowedKind 1 test_conformance.test_a_kind_that_the_listener_does_not_take
HTTPExactPathMatching 6 test_http_matching.test_exact_paths
HTTPRouteHeaderMatching 11 test_http_matching.test_headers
HTTPRouteHostnameIntersection 33 test_listeners.test_hostnames_of_routes_and_listeners_intersect
HTTPRouteHTTPSListener 3 test_listeners.test_https_goes_by_the_name_that_the_client_asks_for
HTTPRouteHTTPSListenerDetectMisdirectedRequests 13 test_listeners.test_a_host_of_another_listener_is_misdirected
HTTPRouteInvalidBackendRefUnknownKind 1 test_backends.test_errors
HTTPRouteInvalidCrossNamespaceBackendRef 1 test_backends.test_a_reference_into_another_namespace_needs_a_grant
HTTPRouteInvalidCrossNamespaceParentRef 1 test_conformance.test_routes_of_another_namespace
HTTPRouteInvalidNonExistentBackendRef 1 test_backends.test_errors
HTTPRouteInvalidParentRefNotMatchingListenerPort 1 test_conformance.test_parents_that_lead_to_no_listener
HTTPRouteInvalidParentRefNotMatchingSectionName 1 test_conformance.test_parents_that_lead_to_no_listener
HTTPRouteInvalidParentRefSectionNameNotMatchingPort 1 test_conformance.test_parents_that_lead_to_no_listener
HTTPRouteInvalidReferenceGrant 1 test_conformance.test_grants_name_what_may_be_referred_to
HTTPRouteListenerHostnameMatching 8 test_listeners.test_the_most_specific_hostname_of_a_listener
HTTPRouteListenerPortMatching 5 test_listeners.test_ports_and_section_names
HTTPRouteMatchingAcrossRoutes 8 test_http_matching.test_matches_of_several_routes_are_one_list
HTTPRouteMatching 9 test_http_matching.test_prefixes_are_of_segments_and_any_match_of_a_rule_will_do
HTTPRouteMethodMatching 12 test_http_matching.test_methods
HTTPRouteMultipleGateways 4 test_conformance.test_a_route_at_several_gateways
HTTPRouteNamedRule 2 test_conformance.test_rules_with_names
HTTPRouteOmittedBackendRefs 3 test_backends.test_errors
HTTPRoutePartiallyInvalidViaInvalidReferenceGrant 2 test_conformance.test_grants_name_what_may_be_referred_to
HTTPRoutePathMatchOrder 6 test_http_matching.test_exact_before_longer_prefix_before_shorter_one
HTTPRouteQueryParamMatching 19 test_http_matching.test_query_parameters
HTTPRouteRedirectHostAndStatus 2 test_filters.test_location_has_what_the_filter_names_and_the_rest_of_the_request
HTTPRouteRedirectPath 6 test_filters.test_location_has_what_the_filter_names_and_the_rest_of_the_request
HTTPRouteRedirectPort 4 test_filters.test_location_has_what_the_filter_names_and_the_rest_of_the_request
HTTPRouteRedirectPortAndScheme 15 test_filters.test_the_port_of_a_redirect
HTTPRouteRedirectScheme 4 test_filters.test_location_has_what_the_filter_names_and_the_rest_of_the_request
HTTPRouteReferenceGrant 2 test_backends.test_a_reference_into_another_namespace_needs_a_grant
HTTPRouteRequestHeaderModifier 7 test_filters.test_request_headers_are_set_added_and_removed
HTTPRouteRequestHeaderModifierBackendWeights 2 test_filters.test_filters_of_rule_and_backend_add_up
HTTPRouteRequestMirror 2 test_filters.test_mirrors_with_their_parts
HTTPRouteRequestMultipleMirrors 2 test_filters.test_mirrors_with_their_parts
HTTPRouteRequestPercentageMirror 3 test_filters.test_mirrors_with_their_parts
HTTPRouteResponseHeaderModifier 8 test_conformance.test_a_response_header_modifier_leaves_the_request_alone
HTTPRouteRewriteHost 3 test_filters.test_host_and_full_path
HTTPRouteRewritePath 6 test_filters.test_replace_prefix_match
HTTPRouteServiceTypes 3 test_conformance.test_services_of_every_type
HTTPRouteSimpleSameNamespace 1 test_conformance.test_routes_of_another_namespace
HTTPRouteWeight 3 test_backends.test_shares_go_by_weight
ListenerSetAllowedNamespaceNone 1 test_listener_sets.test_the_gateway_says_whose_listeners_it_takes
ListenerSetAllowedNamespaceSame 2 test_listener_sets.test_the_gateway_says_whose_listeners_it_takes
ListenerSetAllowedNamespaceSelector 2 test_listener_sets.test_the_gateway_says_whose_listeners_it_takes
ListenerSetAllowedRoutesNamespaces 11 test_listener_sets.test_a_listener_admits_routes_from_the_namespace_of_its_set
ListenerSetAllowedRoutesSupportedKinds 2 test_listener_sets.test_the_kinds_that_a_listener_takes
ListenerSetDefaultNotAllowed 1 test_listener_sets.test_the_gateway_says_whose_listeners_it_takes
ListenerSetDualParentRefIndependence 4 test_listener_sets.test_one_route_attaches_to_each_parent_for_itself
ListenerSetGatewayParentSectionNameNotFound 2 test_listener_sets.test_one_route_attaches_to_each_parent_for_itself
ListenerSetHostnameConflict 4 test_listener_sets.test_of_listeners_that_conflict_the_first_is_served
ListenerSetHTTPRouting 36 test_listener_sets.test_routes_reach_the_listeners_of_their_parents_and_no_others
ListenerSetProtocolConflict 4 test_listener_sets.test_of_listeners_that_conflict_the_first_is_served
TLSRouteHostnameIntersection 11 test_conformance.test_names_of_tls_routes_and_listeners_intersect
TLSRouteInvalidBackendRefNonexistent 1 test_conformance.test_tls_routes_to_nothing
TLSRouteInvalidBackendRefUnknownKind 1 test_conformance.test_tls_routes_to_nothing
TLSRouteInvalidNoMatchingListener 1 test_conformance.test_tls_routes_without_a_listener
TLSRouteInvalidNoMatchingListenerHostname 1 test_conformance.test_tls_routes_without_a_listener
TLSRouteInvalidReferenceGrant 1 test_conformance.test_tls_routes_to_nothing
TLSRouteListenerPassthroughSupportedKinds 1 test_conformance.test_tls_routes_without_a_listener
TLSRouteSimpleSameNamespace 1 test_listeners.test_connections_go_by_name_or_by_port
"""

LEFT_OUT = """
HTTPRouteBackendProtocolWebSocket: an upgraded connection, whose frames are not traced
HTTPRouteRetry: how often a failing backend is asked takes a live backend; the rule's retry is a step of the trace
HTTPRouteRetryConnectionError: as HTTPRouteRetry
HTTPRouteRetryWithTimeouts: as HTTPRouteRetry
HTTPRouteTimeoutBackendRequest: how long a backend takes is not known; the rule's timeouts are steps of the trace
HTTPRouteTimeoutRequest: as HTTPRouteTimeoutBackendRequest
ListenerSetReferenceGrant: the certificate of a listener, which is in a Secret
TLSRouteMixedTerminationSameNamespace: a TLS handshake that the gateway ends
TLSRouteTerminateSimpleSameNamespace: a TLS handshake that the gateway ends
BackendTLSPolicy…, GatewayWithClientCertificateValidation…: TLS handshakes
"""


def rows() -> Sequence[tuple[str, int, str]]:
    split = [line.split() for line in COVERED.strip().splitlines()]
    return [(name, int(count), where) for name, count, where in split]


@pytest.mark.parametrize(("name", "where"), [(name, where) for name, _, where in rows()])
def test_the_table_names_tests_that_are_there(name, where) -> None:
    module, _, function = where.partition(".")
    assert callable(getattr(import_module(f"tests.trace.{module}"), function))


def test_the_table_counts_requests() -> None:
    assert sum(count for _, count, _ in rows()) > 330
    assert len({name for name, _, _ in rows()}) == len(rows())


EDGE = gateway("http HTTP 80")
TO = "- backendRefs: [{name: NAME, port: 80}]"


def at(path: str, name: str) -> str:
    return f"- matches: [{{path: {{value: {path}}}}}]\n  backendRefs: [{{name: {name}, port: 80}}]\n"


@pytest.mark.parametrize("by_route", [False, True])
def test_a_listener_is_isolated_from_less_specific_ones(by_route) -> None:
    names = {"any": "", "one": "*.shop.test", "two": "*.a.shop.test", "exact": "x.a.shop.test"}
    hosts = {"any": "other.test", "one": "b.shop.test", "two": "b.a.shop.test", "exact": "x.a.shop.test"}
    listeners = "\n".join(f"{name} HTTP 80 {hostname}" for name, hostname in names.items())
    routes = [route(name, at(f"/{name}", "red"), to=f"edge/{name}") for name in names]
    if by_route:
        for one in routes:
            one["spec"]["hostnames"] = [hosts[one["metadata"]["name"]]]
    table = "\n".join(
        f"http://{host}/{path} -> {'red' if path == name else '404'}"
        for name, host in hosts.items()
        for path in names
    )
    holds(resolved(gateway(listeners), *routes), table)


def test_rules_with_names() -> None:
    rules = "- name: first\n  matches: [{path: {value: /named}}]\n  backendRefs: [{name: red, port: 80}]\n"
    resolution = resolved(EDGE, route("r", rules + at("/", "green")))
    holds(resolution, "/named -> red\n/unnamed -> green")
    taken = ask(resolution, "/named").taken
    assert taken is not None
    assert taken.name == "first"
    grpc = "- name: first\n  matches: [{method: {service: a.B}}]\n  backendRefs: [{name: red, port: 80}]"
    holds(resolved(EDGE, route("r", grpc, kind="GRPCRoute")), "grpc://shop.test/a.B/C -> red")


@pytest.mark.parametrize(
    ("change", "sent", "got"),
    [
        ("set: [{name: X-Set, value: new}]", "", {"x-set": "new"}),
        ("set: [{name: X-Set, value: new}]", "x-set=old", {"x-set": "new"}),
        ("add: [{name: X-Add, value: more}]", "", {"x-add": "more"}),
        (
            "add: [{name: X-Add, value: more}]",
            "X-Add=first other=kept",
            {"x-add": "first,more", "other": "kept"},
        ),
        ("remove: [X-Gone]", "x-gone=1 other=kept", {"other": "kept"}),
    ],
)
def test_headers_of_grpc_calls(change, sent, got) -> None:
    filters = f"filters: [{{type: RequestHeaderModifier, requestHeaderModifier: {{{change}}}}}]"
    rules = f"- {filters}\n  backendRefs: [{{name: red, port: 80}}]"
    request = ask(
        resolved(EDGE, route("r", rules, kind="GRPCRoute")), f"grpc://shop.test/a.B/C {sent}"
    ).forwarded
    assert request is not None
    assert {name.lower(): request.header(name) for name, _ in request.headers} == got


def test_grpc_weights() -> None:
    refs = "{name: red, port: 80, weight: 70}, {name: green, port: 80, weight: 30}, {name: blue, port: 80, weight: 0}"
    found = ask(
        resolved(EDGE, route("r", f"- backendRefs: [{refs}]", kind="GRPCRoute")), "grpc://shop.test/a.B/C"
    )
    assert [one.share for one in found.arrivals] == [0.7, 0.3, 0.0]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_status_of_redirects(status) -> None:
    redirect = f"{{type: RequestRedirect, requestRedirect: {{hostname: new.test, statusCode: {status}}}}}"
    holds(resolved(EDGE, route("r", f"- filters: [{redirect}]")), f"/x -> {status} http://new.test/x")


def test_the_protocol_of_a_backend_decides_no_route() -> None:
    spoken = service("h2")
    spoken[0]["spec"]["ports"][0]["appProtocol"] = "kubernetes.io/h2c"
    holds(resolved(EDGE, *spoken, route("r", TO.replace("NAME", "h2"))), "/ -> h2")


def test_a_rewrite_of_a_backend() -> None:
    def rewrite(path: str, change: str) -> str:
        one = f"filters: [{{type: URLRewrite, urlRewrite: {{path: {{{change}}}}}}}]"
        return f"- matches: [{{path: {{value: {path}}}}}]\n  backendRefs: [{{name: red, port: 80, {one}}}]\n"

    rules = rewrite("/full", "type: ReplaceFullPath, replaceFullPath: /one") + rewrite(
        "/prefix", "type: ReplacePrefixMatch, replacePrefixMatch: /two"
    )
    resolution = resolved(EDGE, route("r", rules))
    got = [ask(resolution, path).forwarded for path in ("/full/x", "/prefix/x")]
    assert [one.path for one in got if one] == ["/one", "/two/x"]


def test_routes_of_another_namespace() -> None:
    def away(name: str, path: str) -> dict[str, object]:
        made = route(name, at(path, "far"), parentRefs=[{"name": name, "namespace": "shop"}])
        made["metadata"]["namespace"] = "away"
        return made

    wide = gateway("http HTTP 80", "wide")
    wide["spec"]["listeners"][0]["allowedRoutes"] = {"namespaces": {"from": "All"}}
    resolution = resolved(
        EDGE,
        wide,
        *service("far", "away"),
        away("wide", "/"),
        away("edge", "/far"),
        route("r", at("/", "red")),
    )
    holds(resolution, "/ -> red\n/far -> red")
    holds(resolution, "/ -> far", "wide")
    (problem,) = resolution.problems
    assert "namespace away not admitted" in problem.message


def test_a_kind_that_the_listener_does_not_take() -> None:
    edge = gateway("http HTTP 80")
    edge["spec"]["listeners"][0]["allowedRoutes"] = {"kinds": [{"kind": "GRPCRoute"}]}
    holds(resolved(edge, route("r", TO.replace("NAME", "red"))), "/ -> 404")


@pytest.mark.parametrize(
    "parent", [{"port": 81}, {"sectionName": "none"}, {"sectionName": "http", "port": 81}], ids=str
)
def test_parents_that_lead_to_no_listener(parent) -> None:
    parents = [{"name": "edge", **parent}]
    resolution = resolved(EDGE, route("r", TO.replace("NAME", "red"), parentRefs=parents))
    holds(resolution, "/ -> 404")
    assert "no listener" in resolution.problems[0].message


def grant(**to: str) -> dict[str, object]:
    return thing(
        "ReferenceGrant",
        "g",
        "away",
        apiVersion="gateway.networking.k8s.io/v1beta1",
        spec={
            "from": [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "namespace": "shop"}],
            "to": [{"group": "", "kind": "Service", **to}],
        },
    )


def test_grants_name_what_may_be_referred_to() -> None:
    rules = at("/v2", "two").replace("port", "namespace: away, port") + at("/", "one").replace(
        "port", "namespace: away, port"
    )
    resolution = resolved(
        EDGE, *service("one", "away"), *service("two", "away"), grant(name="one"), route("r", rules)
    )
    holds(resolution, "/v2 -> 500\n/ -> one")


def test_a_route_at_several_gateways() -> None:
    resolution = resolved(
        EDGE,
        gateway("http HTTP 80", "wide"),
        route("shared", at("/shared", "red"), to="edge wide"),
        route("edge", at("/", "green")),
        route("wide", at("/", "blue"), to="wide"),
    )
    holds(resolution, "/shared -> red\n/ -> green")
    holds(resolution, "/shared -> red\n/ -> blue", "wide")


@pytest.mark.parametrize("change", ["set", "add", "remove"])
def test_a_response_header_modifier_leaves_the_request_alone(change) -> None:
    value = "[X-A]" if change == "remove" else "[{name: X-A, value: b}]"
    filters = f"filters: [{{type: ResponseHeaderModifier, responseHeaderModifier: {{{change}: {value}}}}}]"
    resolution = resolved(EDGE, route("r", f"- {filters}\n  backendRefs: [{{name: red, port: 80}}]"))
    found = ask(resolution, "/ X-A=1")
    assert found.forwarded is not None
    assert found.forwarded.headers == (("X-A", "1"),)


def test_services_of_every_type() -> None:
    headless = service("headless")
    headless[0]["spec"]["clusterIP"] = "None"
    by_hand = service("by-hand")
    by_hand[0]["spec"].pop("clusterIP")
    rules = at("/headless", "headless") + at("/by-hand", "by-hand") + at("/plain", "red")
    resolution = resolved(EDGE, *headless, *by_hand, route("r", rules))
    holds(resolution, "/headless -> headless\n/by-hand -> by-hand\n/plain -> red")


@pytest.mark.parametrize(
    ("listener", "hostname", "other"),
    [
        ("x.shop.test", "*.shop.test", ""),
        ("*.shop.test", "x.shop.test", "*.test"),
        ("*.test", "x.shop.test", "*.shop.test"),
        ("", "x.shop.test", "*.test"),
    ],
)
def test_names_of_tls_routes_and_listeners_intersect(listener, hostname, other) -> None:
    routes = [route("one", TO.replace("NAME", "red"), kind="TLSRoute", hostnames=[hostname])]
    if other:
        routes.append(route("two", TO.replace("NAME", "green"), kind="TLSRoute", hostnames=[other]))
    second = "green" if other else "refused"
    table = f"tls://x.shop.test -> red\ntls://y.shop.test -> {second}\ntls://other.example -> refused"
    holds(resolved(gateway(f"tls TLS 443 {listener}"), *routes), table)


@pytest.mark.parametrize(
    "ref",
    [
        "{name: none, port: 80}",
        "{name: red, port: 80, group: x.test, kind: Other}",
        "{name: far, namespace: away, port: 80}",
    ],
)
def test_tls_routes_to_nothing(ref) -> None:
    refs = f"- backendRefs: [{ref}]"
    resolution = resolved(
        gateway("tls TLS 443"),
        *service("far", "away"),
        grant(),
        route("r", refs, kind="TLSRoute", hostnames=["a.test"]),
    )
    assert ask(resolution, "tls://a.test").forwarded is None


@pytest.mark.parametrize("listeners", ["http HTTP 443", "tls TLS 443 b.test", "tcp TCP 443"])
def test_tls_routes_without_a_listener(listeners) -> None:
    resolution = resolved(
        gateway(listeners), route("r", TO.replace("NAME", "red"), kind="TLSRoute", hostnames=["a.test"])
    )
    assert (list(resolution.paths), len(resolution.problems)) == ([], 1)
