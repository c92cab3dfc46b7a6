"""Where the destinations of VirtualServices lead, and which rules lead there at all."""

from typing import Any

import pytest

from core.cluster import Unread, replace
from core.edits import LabelEdit
from core.gates import Verdict
from core.paths import resolve
from core.whatif import preview
from tests.istio_ingress.mesh import (
    destination_rule,
    gateway,
    gateway_pod,
    loaded,
    paths,
    pod,
    resolved,
    service,
    thing,
    to,
    virtual_service,
)

HTTP = "http HTTP 80 *"


def test_a_virtual_service_is_a_route_and_a_server_a_listener() -> None:
    found = resolved(gateway(HTTP), virtual_service("shop", f"[{{{to('red')}}}]"))
    (path,) = found.paths
    assert path.id == "shop/edge:http/VirtualService/shop/shop:0/Service/shop/red:80"
    assert (path.gateway, path.gateway_class, path.plane) == (("shop", "edge"), "", "istio")
    assert str(path.gateway_ref) == "Gateway/shop/edge"
    assert (path.listener, str(path.route_ref), path.hostnames) == ("http", "VirtualService/shop/shop", ())
    assert path.endpoints == ["10.244.0.1:8080", "10.244.0.2:8080"]
    assert not path.outcome.assumed or path.outcome.decided_by == "attached"


def test_a_gateway_of_gateway_api_may_have_the_same_name() -> None:
    api = "gateway.networking.k8s.io/v1"
    listener = {"name": "http", "port": 80, "protocol": "HTTP"}
    other = thing("Gateway", "edge", {"gatewayClassName": "istio", "listeners": [listener]}, api=api)
    rule = {"backendRefs": [{"name": "green", "port": 80}]}
    route = thing("HTTPRoute", "shop", {"parentRefs": [{"name": "edge"}], "rules": [rule]}, api=api)
    found = resolved(gateway(HTTP), other, route, virtual_service("shop", f"[{{{to('red')}}}]"))
    assert [path.id for path in found.paths] == [
        "shop/edge:http/HTTPRoute/shop/shop:0/Service/shop/green:80",
        "shop/edge:http/VirtualService/shop/shop:0/Service/shop/red:80",
    ]
    assert [path.gateway_class for path in found.paths] == ["istio", ""]
    assert len({path.gateway_key for path in found.paths}) == 2


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("red", "red:80 1 direct"),
        ("red.shop.svc.cluster.local", "red:80 1 direct"),
        ("far.other.svc.cluster.local", "far:80 1 direct"),
        ("outside.example.com", "outside:80 1 direct"),
        # Short names are completed with the VirtualService's own namespace; a name with a dot stays as it is.
        ("far", "far.shop.svc.cluster.local:80 1 invalid"),
        ("far.other", "far.other:80 1 invalid"),
        ("gone", "gone.shop.svc.cluster.local:80 1 invalid"),
    ],
)
def test_a_destination_is_a_host_of_the_mesh(host: str, expected: str) -> None:
    entry = {
        "hosts": ["outside.example.com"],
        "ports": [{"number": 80, "name": "http"}],
        "resolution": "STATIC",
        "endpoints": [{"address": "192.0.2.1"}],
    }
    far = [service("other/far"), pod("other/far-0", {"app": "far"}, "10.244.7.7")]
    found = resolved(
        gateway(HTTP),
        *far,
        thing("ServiceEntry", "outside", entry),
        virtual_service("shop", f"[{{{to(host)}}}]"),
    )
    assert paths(found) == [f"edge:http shop:0 {expected}"]


def test_a_destination_without_a_service_is_answered_503() -> None:
    found = resolved(gateway(HTTP), virtual_service("shop", f"[{{{to('gone')}}}]"))
    step = found.steps(found.paths[0])[0]
    assert (step.gate, step.finding.because) == (
        "backend-ref",
        (
            "no Service or ServiceEntry that is exported to the gateway has the host gone.shop.svc.cluster.local: "
            "the gateway has no such cluster and answers 503"
        ),
    )
    assert found.steps(found.paths[0])[1].finding.because.startswith(
        "a VirtualService refers to any namespace"
    )


TWO_PORTS = [
    {"port": 80, "name": "http", "targetPort": 8080},
    {"port": 9000, "name": "admin", "targetPort": 8080},
]


@pytest.mark.parametrize(
    ("ports", "written", "server", "expected"),
    [
        (TWO_PORTS[:1], "", "8080", "one:80 1 direct"),
        (TWO_PORTS[1:], "", "8080", "one:9000 1 direct"),
        # Of several without a port the server's number counts, right or wrong.
        (TWO_PORTS, "", "80", "one:80 1 direct"),
        (TWO_PORTS, "", "8080", "one:8080 1 invalid"),
        (TWO_PORTS, "port: {number: 9000}", "80", "one:9000 1 direct"),
        (TWO_PORTS[:1], "port: {number: 81}", "80", "one:81 1 invalid"),
    ],
)
def test_the_port_of_a_destination(ports: object, written: str, server: str, expected: str) -> None:
    rules = f"[{{route: [{{destination: {{host: one, {written}}}}}]}}]"
    one = [service("one", ports=ports), pod("one-0", {"app": "one"}, "10.244.7.7")]
    found = resolved(gateway(f"http HTTP {server} *"), *one, virtual_service("shop", rules))
    assert paths(found) == [f"edge:http shop:0 {expected}"]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, "direct"),
        ({"annotations": {"networking.istio.io/exportTo": "*"}}, "direct"),
        ({"annotations": {"networking.istio.io/exportTo": "infra"}}, "direct"),
        ({"annotations": {"networking.istio.io/exportTo": "."}}, "invalid"),
        ({"annotations": {"networking.istio.io/exportTo": "~"}}, "invalid"),
    ],
)
def test_a_service_has_to_be_exported_to_the_gateways_pods(row: dict[str, object], expected: str) -> None:
    one = service("one")
    one["metadata"].update(row)
    found = resolved(
        gateway(HTTP),
        one,
        pod("one-0", {"app": "one"}, "10.244.7.7"),
        virtual_service("s", f"[{{{to('one')}}}]"),
    )
    assert [path.outcome.verdict for path in found.paths] == [expected]


# --- weights and subsets --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        # A destination that is alone takes all; of several one without a weight takes nothing.
        (("",), [1]),
        (("weight: 0",), [1]),
        (("weight: 30",), [30]),
        (("weight: 90", "weight: 10"), [90, 10]),
        (("weight: 5", ""), [5, 0]),
    ],
)
def test_weights(weights: tuple[str, ...], expected: list[int]) -> None:
    hosts = ("red", "green")
    routes = ", ".join(
        f"{{destination: {{host: {host}}}, {weight}}}" for host, weight in zip(hosts, weights, strict=False)
    )
    found = resolved(gateway(HTTP), virtual_service("shop", f"[{{route: [{routes}]}}]"))
    assert [path.backend.weight for path in found.paths] == expected


def test_a_subset_holds_the_endpoints_with_its_labels() -> None:
    rules = "[{route: [{destination: {host: red, subset: v1}, weight: 9}, {destination: {host: red, subset: v2}, weight: 1}]}]"
    found = resolved(gateway(HTTP), destination_rule("red", "red", "v1", "v2"), virtual_service("s", rules))
    assert [(path.id.rpartition(":")[2], list(path.endpoints)) for path in found.paths] == [
        ("80/v1", ["10.244.0.1:8080"]),
        ("80/v2", ["10.244.0.2:8080"]),
    ]


@pytest.mark.parametrize(
    ("rule", "verdict"),
    [
        (destination_rule("red", "red", "v1"), "direct"),
        (destination_rule("red", "red.shop.svc.cluster.local", "v1"), "direct"),
        (destination_rule("infra/red", "red.shop.svc.cluster.local", "v1"), "direct"),
        (destination_rule("istio-system/red", "*.shop.svc.cluster.local", "v1"), "direct"),
        (destination_rule("red", "red", "v2"), "invalid"),
        (destination_rule("red", "green", "v1"), "invalid"),
        # The proxy's own namespace, the service's and root are looked in, and no other; and it has to be exported.
        (destination_rule("other/red", "red.shop.svc.cluster.local", "v1"), "invalid"),
        (destination_rule("red", "red", "v1", exportTo=["."]), "invalid"),
        (destination_rule("red", "red", "v1", exportTo=["infra"]), "direct"),
        (destination_rule("red", "red", "v9"), "invalid"),
    ],
)
def test_a_subset_is_one_of_a_destination_rule_that_the_gateway_uses(
    rule: dict[str, object], verdict: str
) -> None:
    found = resolved(gateway(HTTP), rule, virtual_service("s", f"[{{{to('red', subset='v1')}}}]"))
    assert [path.outcome.verdict for path in found.paths] == [verdict]


def test_a_subset_without_pods_has_no_endpoints() -> None:
    rule = destination_rule("red", "red", "v3")
    found = resolved(gateway(HTTP), rule, virtual_service("s", f"[{{{to('red', subset='v3')}}}]"))
    assert [path.outcome.verdict for path in found.paths] == [Verdict.NO_ENDPOINTS]


def test_a_waypoint_takes_the_place_of_the_endpoints_of_a_subset() -> None:
    listener = {"name": "mesh", "port": 15008, "protocol": "HBONE"}
    waypoint = thing(
        "Gateway",
        "waypoint",
        {"gatewayClassName": "istio-waypoint", "listeners": [listener]},
        api="gateway.networking.k8s.io/v1",
    )
    waypoint["status"] = {"addresses": [{"type": "Hostname", "value": "waypoint.shop.svc.cluster.local"}]}
    one = service("one")
    one["metadata"]["labels"] = {"istio.io/use-waypoint": "waypoint", "istio.io/ingress-use-waypoint": "true"}
    mesh = [
        waypoint,
        service("waypoint", ports=[{"port": 15008, "name": "hbone"}]),
        pod("waypoint-0", {"app": "waypoint"}, "10.244.8.8"),
        one,
        pod("one-0", {"app": "one", "version": "v1"}, "10.244.7.7"),
        destination_rule("one", "one", "v1", "v2"),
    ]
    rules = f"[{{{to('one', subset='v1')}, match: [{{uri: {{prefix: /1}}}}]}}, {{{to('one', subset='v2')}}}]"
    found = resolved(gateway(HTTP), *mesh, virtual_service("s", rules))
    assert [path.outcome.verdict for path in found.paths] == ["waypoint", "waypoint"]
    assert [list(path.outcome.upstream.addresses) for path in found.paths] == [["10.244.8.8:15008"]] * 2
    assert [list(path.endpoints) for path in found.paths] == [["10.244.7.7:8080"], []]
    because = found.steps(found.paths[0])[0].finding.because
    assert because.endswith(
        "subset v1 (version=v1) counts where the gateway balances, a waypoint does not look at it"
    )


# --- what is bound --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "named",
    ["edge", "shop/edge", "./edge", "edge.shop", "edge.shop.svc.cluster.local", "mesh edge", "other edge"],
)
def test_the_names_by_which_a_virtual_service_names_a_gateway(named: str) -> None:
    found, _ = loaded(gateway(HTTP), virtual_service("s", f"[{{{to('red')}}}]", gateways=named))
    assert paths(found) == ["edge:http s:0 red:80 1 direct"]


@pytest.mark.parametrize(
    ("gateways", "said"),
    [
        (
            "gone",
            [
                "VirtualService/shop/s: not bound to Gateway shop/gone: the source holds no such Gateway of networking.istio.io"
            ],
        ),
        (
            "shop/web-istio-autogenerated-k8s-gateway-http",
            [
                (
                    "VirtualService/shop/s: not bound to Gateway shop/web-istio-autogenerated-k8s-gateway-http: the Gateway that "
                    "istiod makes of a Gateway API Gateway takes it, whose paths are not computed"
                )
            ],
        ),
        ("mesh", []),
        ("", []),
    ],
)
def test_a_virtual_service_for_no_gateway_of_the_source(gateways: str, said: list[str]) -> None:
    found, problems = loaded(
        gateway(HTTP), virtual_service("s", f"[{{{to('red')}}}]", gateways=gateways, hosts="red")
    )
    assert (paths(found), problems) == ([], said)


@pytest.mark.parametrize(
    ("server", "hosts", "in_common"),
    [
        ("*", "shop.test", ("shop.test",)),
        ("shop.test", "*", ("shop.test",)),
        ("*.test", "shop.test", ("shop.test",)),
        ("*.test", "*.shop.test", ("*.shop.test",)),
        ("SHOP.test", "*", ("shop.test",)),
        ("shop/shop.test", "*", ("shop.test",)),
        ("./shop.test", "*", ("shop.test",)),
        ("*/shop.test", "*", ("shop.test",)),
        ("other/shop.test", "*", None),
        ("other.test", "shop.test", None),
        ("*.shop.test", "shop.test", None),
        ("*", "*", ()),
        ("*/*", "*", ()),
        ("a.test,*.b.test", "a.test c.b.test d.test", ("a.test", "c.b.test")),
    ],
)
def test_hosts_of_server_and_virtual_service_have_to_meet(
    server: str, hosts: str, in_common: tuple[str, ...] | None
) -> None:
    found, said = loaded(
        gateway(f"http HTTP 80 {server}"), virtual_service("s", f"[{{{to('red')}}}]", hosts=hosts)
    )
    assert [path.hostnames for path in found.paths] == ([] if in_common is None else [in_common])
    told = [
        f"VirtualService/shop/s: not bound to Gateway/shop/edge: no host in common: {hosts} with {server} of server http"
    ]
    assert said == (told if in_common is None else [])


@pytest.mark.parametrize(
    ("export_to", "bound"),
    [(None, True), (["*"], True), (["infra"], True), (["."], False), (["other"], False), (["~"], False)],
)
def test_a_virtual_service_has_to_be_exported_to_the_pods_of_the_gateway(
    export_to: list[str] | None, bound: bool
) -> None:
    more: dict[str, Any] = {} if export_to is None else {"exportTo": export_to}
    found, said = loaded(gateway(HTTP), virtual_service("s", f"[{{{to('red')}}}]", **more))
    assert len(found.paths) == bound
    told = "VirtualService/shop/s: not bound to Gateway/shop/edge: its exportTo does not reach namespace infra of the gateway's pods"
    assert said == ([] if bound else [told])


@pytest.mark.parametrize(
    ("match", "bound"),
    [
        ("{port: 80}", True),
        ("{port: 81}", False),
        ("{gateways: [edge]}", True),
        ("{gateways: [mesh, shop/edge]}", True),
        ("{gateways: [mesh]}", False),
        ("{sourceLabels: {istio: ingress}}", True),
        ("{sourceLabels: {istio: egress}}", False),
        ("{sourceNamespace: infra}", True),
        ("{sourceNamespace: shop}", False),
        # With gateways the labels of the source are not looked at.
        ("{gateways: [edge], sourceLabels: {istio: egress}}", True),
        ("{port: 81}, {port: 80}", True),
    ],
)
def test_matches_that_are_decided_before_there_is_a_request(match: str, bound: bool) -> None:
    rules = f"[{{match: [{match}], {to('red')}}}]"
    found, said = loaded(gateway(HTTP), virtual_service("s", rules))
    assert len(found.paths) == bound
    assert len(said) == (not bound)


def test_a_rule_behind_one_that_takes_everything_is_never_reached() -> None:
    rules = f"""
    - {{match: [{{uri: {{prefix: /a}}}}], {to("red")}}}
    - {{match: [{{uri: {{prefix: /b}}}}, {{uri: {{prefix: /}}}}], {to("green")}}}
    - {{match: [{{uri: {{prefix: /c}}}}], {to("blue")}}}
    """
    found, said = loaded(gateway(HTTP), virtual_service("s", rules))
    assert paths(found) == ["edge:http s:0 red:80 1 direct", "edge:http s:1 green:80 1 direct"]
    assert said == ["VirtualService/shop/s: rule 2 is never reached: rule 1 before it takes every request"]


def test_a_server_that_sends_to_https_leads_nowhere_itself() -> None:
    found = resolved(
        gateway("http HTTP 80 * httpsRedirect\nhttps HTTPS 443 * SIMPLE"),
        virtual_service("s", f"[{{{to('red')}}}]"),
    )
    assert paths(found) == ["edge:https s:0 red:80 1 direct"]


# --- tls and tcp ----------------------------------------------------------------------------------------------------

SNI = "[{{match: [{{sniHosts: [{}]}}], {}}}]"


def test_tls_rules_are_for_servers_that_pass_through() -> None:
    servers = "web HTTPS 443 *.test PASSTHROUGH\nraw TLS 8443 *.test PASSTHROUGH\nown TLS 9443 *.test SIMPLE"
    found, _ = loaded(
        gateway(servers), virtual_service("s", SNI.format("a.test", to("red")), kind="tls", hosts="a.test")
    )
    assert [(path.listener, path.hostnames) for path in found.paths] == [
        ("raw", ("a.test",)),
        ("web", ("a.test",)),
    ]


def test_an_sni_host_is_taken_by_the_first_that_names_it() -> None:
    first = virtual_service(
        "a", SNI.format("a.test", to("red")), kind="tls", hosts="*.test", created="2026-01-02T00:00:00Z"
    )
    older = virtual_service(
        "b", SNI.format("a.test", to("green")), kind="tls", hosts="*.test", created="2026-01-01T00:00:00Z"
    )
    found, said = loaded(gateway("raw TLS 443 *.test PASSTHROUGH"), first, older)
    assert paths(found) == ["edge:raw b:0 green:80 1 direct"]
    assert said == [
        "VirtualService/shop/a: not bound to Gateway/shop/edge: sniHost a.test is taken by VirtualService/shop/b"
    ]


def test_all_connections_of_a_tcp_server_go_by_the_first_rule() -> None:
    rules = f"[{{match: [{{port: 9001}}], {to('blue')}}}, {{match: [{{port: 9000}}], {to('red')}}}, {{{to('green')}}}]"
    other = virtual_service("t", f"[{{{to('green')}}}]", kind="tcp")
    found, said = loaded(gateway("raw TCP 9000 *"), virtual_service("s", rules, kind="tcp"), other)
    assert paths(found) == ["edge:raw s:1 red:80 1 direct"]
    assert said == [
        "VirtualService/shop/s: rule 2 is never reached: rule 1 before it takes every request",
        "VirtualService/shop/t: not bound to Gateway/shop/edge: all connections go by VirtualService/shop/s, which comes first",
    ]


def test_auto_passthrough_is_said_not_to_be_computed() -> None:
    found, said = loaded(
        gateway("tls TLS 15443 *.local AUTO_PASSTHROUGH"),
        virtual_service("s", SNI.format("a.local", to("red")), kind="tls", hosts="a.local"),
    )
    assert found.paths == []
    assert said == [
        "Gateway/shop/edge: server tls is AUTO_PASSTHROUGH: the SNI names the service, and its paths are not computed",
        "VirtualService/shop/s: not bound to Gateway/shop/edge: server tls is AUTO_PASSTHROUGH, where the SNI names the cluster",
    ]


# --- gateways and their pods ----------------------------------------------------------------------------------------


def test_without_pods_paths_are_assumed_and_that_is_said() -> None:
    found, said = loaded(gateway(HTTP), virtual_service("s", f"[{{{to('red')}}}]"), front=False)
    assert [path.outcome.assumed for path in found.paths] == [True]
    assert said == [
        (
            "Gateway/shop/edge: no pod or workload in the source has the labels istio=ingress of its selector; its paths are "
            "computed as if there were one"
        )
    ]


def test_a_workload_stands_for_pods_that_do_not_run_yet() -> None:
    template = {"template": {"metadata": {"labels": {"istio": "ingress"}}, "spec": {}}}
    deployment = thing("Deployment", "infra/ingress", template, api="apps/v1")
    private = virtual_service("s", f"[{{{to('red')}}}]", exportTo=["infra"])
    found, said = loaded(deployment, gateway(HTTP), private, front=False)
    assert (paths(found), said) == (["edge:http s:0 red:80 1 direct"], [])


@pytest.mark.parametrize(("value", "found"), [("true", 0), ("1", 0), ("false", 1), ("yes", 1)])
def test_gateways_may_be_scoped_to_their_namespace(value: str, found: int) -> None:
    container = {
        "name": "discovery",
        "image": "docker.io/istio/pilot:1.30.3",
        "env": [{"name": "PILOT_SCOPE_GATEWAY_TO_NAMESPACE", "value": value}],
    }
    istiod = thing(
        "Deployment",
        "istio-system/istiod",
        {"template": {"spec": {"containers": [container]}}},
        api="apps/v1",
    )
    resolution, said = loaded(istiod, gateway(HTTP), virtual_service("s", f"[{{{to('red')}}}]"))
    assert len([one for one in said if "no pod or workload" in one]) == 1 - found
    assert len(resolution.paths) == 1


def test_a_gateway_without_selector_is_for_all_gateway_pods() -> None:
    wide = gateway("wide HTTP 8080 *", "wide", selector=None)
    found = resolved(gateway(HTTP), wide, virtual_service("s", f"[{{{to('red')}}}]", gateways="edge wide"))
    assert paths(found) == ["edge:http s:0 red:80 1 direct", "wide:wide s:0 red:80 1 direct"]


def test_servers_of_one_name_are_told_apart() -> None:
    found = resolved(gateway("web HTTP 80 *\nweb HTTP 81 *"), virtual_service("s", f"[{{{to('red')}}}]"))
    assert [path.listener for path in found.paths] == ["web", "web-2"]


OLD, NEW = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"


@pytest.mark.parametrize(
    ("one", "other", "fault"),
    [
        ("a HTTP 80 *", "b GRPC 80 *", ""),
        ("a HTTP 80 *", "b HTTP2 80 *", ""),
        ("a HTTP 80 *", "b HTTP 81 *", ""),
        ("a TCP 80 *", "b HTTP 80 *", "port 80 is taken as TCP by server a of Gateway/shop/old"),
        ("a HTTP 80 *", "b TCP 80 *", "port 80 is taken as HTTP by server a of Gateway/shop/old"),
        ("a TCP 80 *", "b TCP 80 *", "port 80 is taken as TCP by server a of Gateway/shop/old"),
        ("a HTTPS 443 a.test SIMPLE", "b HTTPS 443 b.test SIMPLE", ""),
        ("a HTTPS 443 a.test SIMPLE", "b TLS 443 b.test PASSTHROUGH", ""),
        (
            "a HTTPS 443 a.test SIMPLE",
            "b HTTPS 443 b.test,a.test MUTUAL",
            "host a.test on port 443 is taken by server a of Gateway/shop/old",
        ),
        (
            "a HTTP 443 *",
            "b HTTPS 443 b.test SIMPLE",
            "port 443 is taken as HTTP by server a of Gateway/shop/old",
        ),
        (
            "a HTTP 80 a.test httpsRedirect",
            "b HTTP 80 a.test httpsRedirect",
            "host a.test on port 80 is taken by server a of Gateway/shop/old",
        ),
    ],
)
def test_gateways_on_the_same_pods_are_merged_the_older_first(one: str, other: str, fault: str) -> None:
    bound = virtual_service("s", f"[{{{to('red')}}}]", gateways="old new")
    # By name the newer one would come first.
    _, said = loaded(gateway(other, "new", created=NEW), gateway(one, "old", created=OLD), bound)
    told = [one for one in said if "is ignored" in one]
    assert told == ([f"Gateway/shop/new: server b is ignored: {fault}"] if fault else [])


def test_gateways_on_other_pods_do_not_disturb_each_other() -> None:
    found = resolved(
        gateway_pod("infra/egress-0", {"istio": "egress"}),
        gateway("a TCP 80 *", "out", {"istio": "egress"}),
        gateway(HTTP),
        virtual_service("s", f"[{{{to('red')}}}]"),
    )
    assert paths(found) == ["edge:http s:0 red:80 1 direct"]


def test_the_target_port_of_the_service_in_front_is_what_servers_share() -> None:
    front = service("infra/front", ports=[{"port": 80, "targetPort": 8080}], selector={"istio": "ingress"})
    servers = [gateway("a TCP 8080 *", "old", created=OLD), gateway("b HTTP 80 *", "new", created=NEW)]
    _, said = loaded(front, *servers)
    assert said == [
        "Gateway/shop/new: server b is ignored: port 80 is taken as TCP by server a of Gateway/shop/old"
    ]


# --- refused, and left as it was ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "fault"),
    [
        (
            "[{route: [{destination: {host: red}, weight: -1}]}]",
            "http rule 0 has the weight -1, and weights are 0 or more",
        ),
        (
            "[{route: [{destination: {host: red}}, {destination: {host: green}}]}]",
            "the weights of http rule 0 add up to 0",
        ),
        ("[{route: [{weight: 1}]}]", "a destination of http rule 0 names no host"),
        ("[{match: [{uri: {prefix: /}}]}]", "http rule 0 has no route, redirect, directResponse or delegate"),
        (
            f"[{{redirect: {{uri: /}}, {to('red')}}}]",
            "http rule 0 has route and redirect, of which one is allowed",
        ),
        ("[]", "it has neither http, nor tls, nor tcp rules"),
    ],
)
def test_what_validation_refuses_is_said_and_leads_nowhere(rules: str, fault: str) -> None:
    found, said = loaded(gateway(HTTP), virtual_service("s", rules))
    assert (found.paths, said) == ([], [f"VirtualService/shop/s: Istio refuses it: {fault}"])


@pytest.mark.parametrize(
    "spec",
    [{}, None, {"servers": []}, {"servers": [{"hosts": ["*"]}]}, {"servers": [{"port": {"number": 80}}]}],
)
def test_gateways_of_any_form_are_read(spec: object) -> None:
    found, _ = loaded(thing("Gateway", "edge", spec), virtual_service("s", f"[{{{to('red')}}}]"))
    assert found.paths == []


def test_a_label_of_a_service_decides_its_paths_again_and_no_others() -> None:
    rules = f"[{{match: [{{uri: {{prefix: /1}}}}], {to('red', subset='v1')}}}, {{{to('green')}}}]"
    found = resolved(gateway(HTTP), destination_rule("d", "red", "v1"), virtual_service("s", rules))
    label = LabelEdit(kind="service", namespace="shop", name="red", set={"istio.io/use-waypoint": "gone"})
    after = preview(found, [label]).after
    assert after.paths == resolve(after.cluster).paths
    assert [one is other for one, other in zip(found.paths, after.paths, strict=True)] == [False, True]


@pytest.mark.parametrize(
    ("kind", "host", "subset", "said"),
    [
        ("Service", "gone", "", "whether Hostname/shop/gone.shop.svc.cluster.local exists is not known"),
        ("ServiceEntry", "gone", "", "whether Hostname/shop/gone.shop.svc.cluster.local exists is not known"),
        ("DestinationRule", "red", "v1", "whether there is subset v1 of Service/shop/red is not known"),
        ("Pod", "gone", "", "no Service or ServiceEntry that is exported to the gateway has the host gone"),
    ],
)
def test_what_a_live_cluster_did_not_show_is_not_taken_to_be_missing(
    kind: str, host: str, subset: str, said: str
) -> None:
    destination = to(host, subset=subset) if subset else to(host)
    found = resolved(gateway(HTTP), virtual_service("s", f"[{{{destination}}}]"))
    again = resolve(replace(found.cluster, unread=Unread(kinds=frozenset({kind}))))
    (path,) = again.paths
    assert again.steps(path)[0].finding.because.startswith(said)
    assert path.outcome.verdict == "invalid"
    assert path.outcome.assumed is (kind != "Pod")
