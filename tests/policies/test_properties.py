"""What holds for whatever policies there are."""

import json
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from core import labels as names
from core.cluster import Cluster
from core.gates import Verdict
from core.paths import resolve
from core.policies.arrival import arriving
from core.policies.documents import path_policies_document, policies_document
from core.policies.reading.kinds import POLICY_KINDS, ROUTE_KINDS
from core.policies.view import PolicyView
from tests import build
from tests.policies.written import OWN, PORTS, SHARED, Written, mesh, policy, read, target

NAMESPACES = ("istio-system", "infra", "n1", "n2")
TARGETED = ("AuthorizationPolicy", "RequestAuthentication", "WasmPlugin", "Telemetry", "EnvoyFilter")

targets = st.builds(
    target,
    st.sampled_from(["Gateway", "GatewayClass", "Service", "ServiceEntry", "Pod"]),
    st.sampled_from(
        ["wp", "shared", "edge", "ing", "kgw", "own", "far", "free", "ext", "istio-waypoint", "none"]
    ),
)
selectors = st.sampled_from([None, {}, {"matchLabels": {"app": "own"}}, {"matchLabels": {"role": "edge"}}])
effects = st.sampled_from(
    [
        {"timeouts": {"request": "1s"}},
        {"retry": {}},
        {"filters": [{"type": "RequestHeaderModifier", "requestHeaderModifier": {"add": [{"name": "x"}]}}]},
        {},
    ]
)
BODY = {
    "jwtRules": [{"issuer": "x"}],
    "metrics": [{}],
    "rules": [{"to": [{"operation": {"methods": ["GET"]}}]}],
}


@st.composite
def written_policies(draw: st.DrawFn) -> list[Written]:
    found: list[Written] = []
    for number in range(draw(st.integers(1, 8))):
        name = f"{draw(st.sampled_from(NAMESPACES))}/p{number}"
        created = f"2026-01-0{draw(st.integers(1, 3))}T00:00:00Z"
        kind = draw(
            st.sampled_from(
                [*TARGETED, "PeerAuthentication", "DestinationRule", "HTTPRoute", "TrafficPolicy"]
            )
        )
        spec: dict[str, Any] = {}
        if kind in TARGETED:
            spec = {**BODY, "targetRefs": draw(st.lists(targets, max_size=2)), "selector": draw(selectors)}
            spec["action"] = draw(st.sampled_from(["ALLOW", "DENY", "AUDIT", "CUSTOM"]))
        elif kind == "PeerAuthentication":
            spec = {
                "mtls": {"mode": draw(st.sampled_from(["STRICT", "DISABLE"]))},
                "selector": draw(selectors),
            }
        elif kind == "DestinationRule":
            host = draw(st.sampled_from(["far.n2.svc.cluster.local", "*.local", "own.n1.svc.cluster.local"]))
            spec = {"host": host, "trafficPolicy": {"connectionPool": {}, "outlierDetection": {}}}
        elif kind == "HTTPRoute":
            parent = target(
                "Service",
                draw(st.sampled_from(["own", "far"])),
                namespace=draw(st.sampled_from(["n1", "n2"])),
            )
            spec = {"parentRefs": [parent], "rules": [draw(effects)]}
        else:
            spec = {"timeouts": {"request": "1s"}, "targetRefs": [target("HTTPRoute", "web")]}
        found.append(policy(kind, name, spec, created=created))
    return found


@st.composite
def clusters(draw: st.DrawFn) -> Cluster:
    """Routes from Istio's gateway and kgateway to all services, whose traffic may be told to pass their
    waypoints.
    """

    def told() -> dict[str, str]:
        return {names.INGRESS_USE_WAYPOINT: "true"} if draw(st.booleans()) else {}

    own = build.service("n1", "own", "10.96.0.1", labels={**OWN, **told()}, ports=PORTS)
    far = build.service("n2", "far", "10.96.0.4", labels={**SHARED, **told()})
    free = build.service("n1", "free", "10.96.0.3")
    gateways = [build.gateway("infra", "ing", "istio"), build.gateway("infra", "kgw", "kgateway")]
    captured = draw(st.booleans())
    return mesh(
        *(own, far, free, *gateways),
        build.route("web", [build.backend(one) for one in (own, far, free)], gateways, namespace="n1"),
        build.route("far", [build.backend(far)], gateways),
        build.pod("infra", "kgw-1", "10.1.0.9", {names.GATEWAY_NAME: "kgw"}, captured=captured),
        build.controller(
            "kgateway",
            "v2.2.0",
            {names.KGW_ENABLE_WAYPOINT: "true", names.KGW_ENABLE_ISTIO_INTEGRATION: "true"},
        ),
        *_waypoint_services(),
        istiod=draw(st.sampled_from(["1.24.6", "1.29.4", "1.30.3", "1.31.0"])),
    )


def _waypoint_services() -> list[Any]:
    found: list[Any] = []
    for number, (namespace, name) in enumerate((("n1", "wp"), ("infra", "shared"))):
        port = msgspec.structs.replace(PORTS[0], port=15008, name="mesh")
        labels = {names.MANAGED_BY: names.MANAGED_WAYPOINT}
        selector = {names.GATEWAY_NAME: name}
        found += [
            build.service(
                namespace, name, f"10.97.0.{number}", labels=labels, ports=(port,), selector=selector
            ),
            build.pod(namespace, f"{name}-1", f"10.1.1.{number}", selector),
        ]
    return found


@settings(max_examples=150)
@given(clusters(), written_policies())
def test_no_path_meets_a_policy_and_goes_past_it(cluster: Cluster, written: list[Written]) -> None:
    view = PolicyView(resolve(cluster), read(written))
    acts = {one.policy: one.acts for one in view.acts}
    for path in view.resolution.paths:
        found = view.of(path)
        assert set(found.enforced).isdisjoint(found.bypassed)
        assert list(found.enforced) == sorted(set(found.enforced))
        assert all(acts[ref] for ref in (*found.enforced, *found.bypassed))
        for ref in found.bypassed:
            assert any(
                act.at == "waypoint-workloads"
                or (act.service == path.target and act.port == path.backend.port)
                for act in acts[ref]
            )
        waypoints = [share for share in arriving(path) if share.verdict is Verdict.WAYPOINT]
        assert waypoints or not found.doubled
        json.dumps(path_policies_document(found))


@settings(max_examples=60)
@given(clusters(), written_policies(), st.randoms())
def test_the_order_of_the_source_does_not_matter(
    cluster: Cluster, written: list[Written], random: Any
) -> None:
    resolution = resolve(cluster)
    shuffled = list(written)
    random.shuffle(shuffled)
    first, second = (policies_document(PolicyView(resolution, read(one)).acts) for one in (written, shuffled))
    assert first == second


@settings(max_examples=60)
@given(clusters(), written_policies())
def test_the_index_and_the_places_tell_the_same(cluster: Cluster, written: list[Written]) -> None:
    """A path through a service's waypoint meets exactly the policies that act on the service there."""
    view = PolicyView(resolve(cluster), read(written))
    for path in view.resolution.paths:
        if path.outcome.verdict is Verdict.WAYPOINT:
            there = {
                one.policy
                for one in view.acts
                for act in one.acts
                if act.at == "waypoint"
                and (act.gateway, act.service, act.port)
                == (path.outcome.waypoint, path.target, path.backend.port)
            }
            assert there <= set(view.of(path).enforced)


FIELDS = (
    *(
        "targetRefs",
        "targetRef",
        "selector",
        "rules",
        "from",
        "to",
        "when",
        "source",
        "operation",
        "methods",
        "key",
    ),
    *(
        "http",
        "match",
        "rewrite",
        "uri",
        "headers",
        "request",
        "add",
        "filters",
        "type",
        "name",
        "kind",
        "mtls",
        "mode",
    ),
    *(
        "portLevelMtls",
        "trafficPolicy",
        "portLevelSettings",
        "host",
        "hosts",
        "jwtRules",
        "timeouts",
        "retry",
        "traffic",
    ),
    *(
        "targetSelectors",
        "matchLabels",
        "mirror",
        "mirrors",
        "urlRewrite",
        "requestMirror",
        "backendRefs",
        "rateLimit",
    ),
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 70000) | st.sampled_from(["", "x", "1s", "ALLOW", "*"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
    max_leaves=12,
)
KINDS = {**POLICY_KINDS, **ROUTE_KINDS}


@settings(max_examples=400)
@given(st.sampled_from(sorted(KINDS)), st.dictionaries(st.sampled_from(FIELDS), anything, max_size=5))
def test_reading_refuses_or_reads_and_never_fails_otherwise(
    name: tuple[str, str], spec: dict[str, Any]
) -> None:
    kind = KINDS[name]
    written = {"metadata": {"namespace": "n1", "name": "p"}, "spec": spec}
    try:
        row = kind.convert(msgspec.convert(written, kind.wire), "n1", "x#1")
    except msgspec.ValidationError:
        return
    assert (row.kind, row.namespace, row.name) == (name[1], "n1", "p")
