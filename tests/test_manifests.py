"""Kubernetes objects to rows: defaults, tolerance, and what is told about what can't be used."""

import copy
import gc
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.cluster import Cluster
from core.manifests import Document, load
from core.model import (
    Address,
    BackendRef,
    LabelSelector,
    ParentRef,
    Problem,
    Row,
    Service,
    ServicePort,
    SliceEndpoint,
    WorkloadEndpoint,
)
from core.versions import Version

GATEWAY_API = "gateway.networking.k8s.io"


def thing(
    api_version: str, kind: str, name: str, namespace: str | None = "shop", **fields: Any
) -> dict[str, Any]:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {}), **fields.pop("metadata", {})}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}


def load_objects(*objects: Any, parsed: bool = False) -> tuple[Cluster, list[Problem]]:
    """Each object as a document of a file, as JSON text or as a YAML parser gives it."""
    return load(
        Document(file="x.yaml", index=index, raw=one if parsed else json.dumps(one).encode())
        for index, one in enumerate(objects, 1)
    )


def loaded(*objects: Any, parsed: bool = False) -> Cluster:
    cluster, problems = load_objects(*objects, parsed=parsed)
    assert problems == []
    return cluster


@pytest.fixture(params=[False, True], ids=["json", "parsed"])
def parsed(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def lines(problems: list[Problem]) -> list[str]:
    return [f"{one.severity} {one.where}: {one.message}" for one in problems]


# --- services and what is behind them -------------------------------------------------------------------------------


def service(name: str = "cart", **spec: Any) -> dict[str, Any]:
    return thing("v1", "Service", name, spec={"ports": [{"port": 80}], **spec})


@pytest.mark.parametrize(
    ("spec", "ips", "headless"),
    [
        ({"clusterIPs": ["10.0.0.1", "fd00::1"], "clusterIP": "10.0.0.1"}, ("10.0.0.1", "fd00::1"), False),
        ({"clusterIP": "10.0.0.1"}, ("10.0.0.1",), False),
        ({"clusterIP": "None"}, (), True),
        ({"clusterIPs": ["None"], "clusterIP": "None"}, (), True),
        ({"clusterIP": ""}, (), False),
        ({"clusterIPs": None, "clusterIP": None}, (), False),
        ({}, (), False),
    ],
)
def test_cluster_ips(spec: dict[str, Any], ips: tuple[str, ...], headless: bool, parsed: bool) -> None:
    row = loaded(service(**spec), parsed=parsed).services["shop", "cart"]
    assert tuple(row.cluster_ips) == ips
    assert row.headless is headless


def test_service_fields_and_defaults(parsed: bool) -> None:
    ports = [
        {"port": 80},
        {"port": 53, "name": "dns", "protocol": "UDP", "targetPort": "dns"},
        {"port": 443, "targetPort": 8443},
    ]
    full = service(
        "full",
        ports=ports,
        selector={"app": "cart"},
        internalTrafficPolicy="Local",
        publishNotReadyAddresses=True,
        type="ExternalName",
        externalName="example.com",
    )
    cluster = loaded(full, thing("v1", "Service", "bare", namespace=None), parsed=parsed)
    row = cluster.services["shop", "full"]
    assert row.ports == (
        ServicePort(port=80, name="", protocol="TCP", target=None),
        ServicePort(port=53, name="dns", protocol="UDP", target="dns"),
        ServicePort(port=443, target=8443),
    )
    assert row.selector == {"app": "cart"}
    assert (row.internal_traffic_policy, row.publish_not_ready) == ("Local", True)
    assert (row.type, row.external_name) == ("ExternalName", "example.com")
    assert cluster.services["default", "bare"] == Service(namespace="default", name="bare", where="x.yaml#2")


def test_metadata(parsed: bool) -> None:
    metadata = {
        "labels": {"a": "b"},
        "annotations": {"c": "d", "kubectl.kubernetes.io/last-applied-configuration": "{…}" * 40000},
        "creationTimestamp": "2026-08-03T09:06:47Z",
    }
    row = loaded(thing("v1", "Service", "cart", metadata=metadata), parsed=parsed).services["shop", "cart"]
    assert (row.labels, row.annotations) == ({"a": "b"}, {"c": "d"})
    assert (row.created, row.where) == ("2026-08-03T09:06:47Z", "x.yaml#1")


@pytest.mark.parametrize("field", ["labels", "annotations", "creationTimestamp", "namespace"])
def test_null_metadata(field: str, parsed: bool) -> None:
    cluster = loaded(thing("v1", "Service", "cart", metadata={field: None}), parsed=parsed)
    assert [row.labels for row in cluster.services.values()] == [{}]


def pod(name: str = "cart-0", *, status: Any = None, spec: Any = None, **metadata: Any) -> dict[str, Any]:
    return thing("v1", "Pod", name, metadata=metadata, spec=spec or {}, status=status)


READY = {"type": "Ready", "status": "True"}


@pytest.mark.parametrize(
    ("status", "metadata", "ready", "finished"),
    [
        (None, {}, None, False),
        ({}, {}, None, False),
        ({"phase": "Running", "conditions": [READY]}, {}, True, False),
        ({"phase": "Running", "conditions": [{"type": "Ready", "status": "False"}]}, {}, False, False),
        ({"phase": "Running"}, {}, False, False),
        (
            {"phase": "Running", "conditions": [READY]},
            {"deletionTimestamp": "2026-08-03T09:06:47Z"},
            False,
            False,
        ),
        ({"phase": "Succeeded"}, {}, False, True),
        ({"phase": "Failed", "conditions": []}, {}, False, True),
    ],
)
def test_pod_readiness(status: Any, metadata: dict[str, Any], ready: bool | None, finished: bool) -> None:
    row = loaded(pod(status=status, **metadata)).pods["shop", "cart-0"]
    assert (row.ready, row.finished) == (ready, finished)


def test_pod_addresses_and_ports(parsed: bool) -> None:
    spec = {
        "nodeName": "n1",
        "hostNetwork": True,
        "containers": [
            {"name": "a", "ports": [{"containerPort": 80, "name": "http"}, {"containerPort": 81}]},
            {"name": "b", "env": [{"name": "CA_ADDRESS", "value": "istiod:15012"}], "ports": None},
        ],
        "initContainers": [
            {"name": "once", "ports": [{"containerPort": 1, "name": "once"}]},
            {"name": "side", "restartPolicy": "Always", "ports": [{"containerPort": 90, "name": "side"}]},
        ],
    }
    status = {"phase": "Running", "podIP": "10.1.0.1", "podIPs": [{"ip": "10.1.0.1"}, {"ip": "fd00::1"}]}
    cluster = loaded(pod(spec=spec, status=status), pod("one", status={"podIP": "10.1.0.2"}), parsed=parsed)
    row = cluster.pods["shop", "cart-0"]
    assert tuple(row.ips) == ("10.1.0.1", "fd00::1")
    assert (row.node, row.host_network, row.mesh_ca) == ("n1", True, "istiod:15012")
    assert row.ports == {"http": 80, "side": 90}
    assert tuple(cluster.pods["shop", "one"].ips) == ("10.1.0.2",)
    assert cluster.pods["shop", "one"].mesh_ca is None


def test_endpoint_slice(parsed: bool) -> None:
    one = thing(
        "discovery.k8s.io/v1",
        "EndpointSlice",
        "cart-x",
        metadata={"labels": {"kubernetes.io/service-name": "cart"}},
        addressType="IPv4",
        ports=[{"name": "http", "port": 8080}, {"port": 90}, {"name": "none", "port": None}],
        endpoints=[
            {"addresses": ["10.1.0.1", "10.1.0.9"], "conditions": {"ready": True}, "nodeName": "n1"},
            {"addresses": ["10.1.0.2"], "conditions": {"ready": False}},
            {
                "addresses": ["10.1.0.3"],
                "conditions": {"ready": None},
                "targetRef": {"kind": "Pod", "name": "c"},
            },
            {"addresses": ["10.1.0.4"], "targetRef": {"kind": "Node", "name": "n"}},
            {"addresses": []},
        ],
    )
    row = loaded(one, parsed=parsed).slices["shop", "cart-x"]
    assert (row.service, row.ports) == ("cart", {"http": 8080, "": 90})
    assert row.endpoints == (
        SliceEndpoint(address="10.1.0.1", node="n1"),
        SliceEndpoint(address="10.1.0.2", ready=False),
        SliceEndpoint(address="10.1.0.3", pod="c"),
        SliceEndpoint(address="10.1.0.4"),
    )


def deployment(
    name: str = "kgateway", *, kind: str = "Deployment", env: Any = None, **container: Any
) -> dict[str, Any]:
    containers = [{"name": "controller", "image": "r.example/kgateway:v2.1.2", "env": env, **container}]
    template = {
        "metadata": {"labels": {"app": name}, "annotations": {"x": "y"}},
        "spec": {"containers": containers},
    }
    return thing("apps/v1", kind, name, spec={"replicas": 2, "template": template})


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet"])
def test_workload(kind: str, parsed: bool) -> None:
    (row,) = loaded(deployment("web", kind=kind), parsed=parsed).workloads.values()
    assert str(row.ref) == f"{kind}/shop/web"
    assert row.replicas == (1 if kind == "DaemonSet" else 2)
    assert (row.template_labels, row.template_annotations) == ({"app": "web"}, {"x": "y"})


def test_workloads_of_one_name_but_different_kinds_are_two() -> None:
    cluster = loaded(deployment("web"), deployment("web", kind="StatefulSet", image="x:1"))
    assert sorted(str(row.ref) for row in cluster.workloads.values()) == [
        "Deployment/shop/web",
        "StatefulSet/shop/web",
    ]
    assert len(cluster.workloads.selected("shop", {"app": "web"})) == 2


def test_controller_environment_and_its_sources(parsed: bool) -> None:
    env = [
        {"name": "KGW_ENABLE_WAYPOINT", "value": "true"},
        {"name": "KGW_DNS_LOOKUP_FAMILY"},
        {"name": "DATABASE_PASSWORD", "value": "hunter2"},
        {
            "name": "KGW_ENABLE_ISTIO_INTEGRATION",
            "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "istio"}},
        },
        {"name": "DISABLE_POD_LOCALITY_XDS", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
    ]
    env_from = [
        {"prefix": "KGW_", "configMapRef": {"name": "more"}},
        {"secretRef": {"name": "hidden"}},
    ]
    cluster = loaded(
        deployment(env=env, envFrom=env_from),
        thing("v1", "ConfigMap", "settings", data={"istio": "true"}),
        thing("v1", "ConfigMap", "more", data={"INGRESS_USE_WAYPOINTS": "false", "OTHER": "x"}),
        thing("v1", "ConfigMap", "grafana", data={"dashboard.json": "{}"}),
        thing("v1", "ConfigMap", "settings", "elsewhere", data={"istio": "false"}),
        parsed=parsed,
    )
    controller = cluster.controllers["kgateway"]
    assert controller.version == Version(major=2, minor=1, patch=2)
    assert {
        name: controller.setting(name).value for name in ("KGW_ENABLE_WAYPOINT", "KGW_INGRESS_USE_WAYPOINTS")
    } == {
        "KGW_ENABLE_WAYPOINT": "true",
        "KGW_INGRESS_USE_WAYPOINTS": "false",
    }
    assert controller.setting("KGW_ENABLE_ISTIO_INTEGRATION").value == "true"
    assert controller.setting("KGW_DNS_LOOKUP_FAMILY").value == ""
    assert not controller.setting("DISABLE_POD_LOCALITY_XDS").known
    assert controller.opaque == ["Secret/shop/hidden"]
    assert set(cluster.config_maps) == {("shop", "settings"), ("shop", "more")}
    assert b"hunter2" not in everything(cluster)


def everything(cluster: Cluster) -> bytes:
    """All that a cluster holds, as text."""
    tables = [
        list(getattr(cluster, name).values()) for name in ("workloads", "config_maps", "pods", "services")
    ]
    return repr((tables, dict(cluster.controllers))).encode()


# --- the gateway API ------------------------------------------------------------------------------------------------


def gateway(**fields: Any) -> dict[str, Any]:
    spec = {"gatewayClassName": "kgateway", "listeners": [{"name": "http", "port": 80, "protocol": "HTTP"}]}
    return thing(f"{GATEWAY_API}/v1", "Gateway", "http", **{"spec": spec, **fields})


PENDING = {"type": "Accepted", "status": "Unknown", "reason": "Pending", "message": "Waiting for controller"}


@pytest.mark.parametrize(
    ("status", "addresses"),
    [
        (None, None),
        ({}, None),
        ({"addresses": [], "conditions": []}, None),
        ({"listeners": []}, None),
        ({"conditions": [PENDING]}, ()),
        ({"conditions": [{"type": "Programmed", "status": "True"}]}, ()),
        (
            {"addresses": [{"value": "10.0.0.1"}, {"type": "Hostname", "value": "w.shop.svc"}]},
            (Address(type="IPAddress", value="10.0.0.1"), Address(type="Hostname", value="w.shop.svc")),
        ),
    ],
)
def test_gateway_addresses(status: Any, addresses: Any, parsed: bool) -> None:
    row = loaded(gateway(status=status), parsed=parsed).gateways["shop", "http"]
    assert row.addresses == addresses


def test_gateway_listeners_and_infrastructure(parsed: bool) -> None:
    selector = {
        "matchLabels": {"a": "b"},
        "matchExpressions": [{"key": "k", "operator": "In", "values": ["v"]}],
    }
    listeners = [
        {"name": "plain", "port": 80, "protocol": "HTTP"},
        {
            "name": "tls",
            "port": 443,
            "protocol": "TLS",
            "hostname": "*.example.com",
            "tls": {"mode": "Passthrough"},
            "allowedRoutes": {
                "namespaces": {"from": "Selector", "selector": selector},
                "kinds": [{"kind": "TLSRoute"}, {"group": "", "kind": "Odd"}],
            },
        },
        {"name": "all", "port": 81, "protocol": "HTTP", "allowedRoutes": {"namespaces": {"from": "All"}}},
        {"name": "empty", "port": 82, "protocol": "HTTP", "allowedRoutes": {}},
    ]
    spec = {
        "gatewayClassName": "istio",
        "listeners": listeners,
        "infrastructure": {"labels": {"l": "1"}, "annotations": {"a": "2"}},
    }
    row = loaded(gateway(spec=spec), parsed=parsed).gateways["shop", "http"]
    assert row.class_name == "istio"
    assert (row.pod_labels, row.pod_annotations) == ({"l": "1"}, {"a": "2"})
    plain, tls, everyone, empty = row.listeners
    assert [one.allowed.origin for one in row.listeners] == ["Same", "Selector", "All", "Same"]
    assert (plain.hostname, plain.tls_mode, plain.allowed.kinds) == ("", "", ())
    assert (tls.hostname, tls.tls_mode, tls.port, tls.protocol) == (
        "*.example.com",
        "Passthrough",
        443,
        "TLS",
    )
    assert tls.allowed.kinds == ((GATEWAY_API, "TLSRoute"), ("", "Odd"))
    assert tls.allowed.selector == LabelSelector(match_labels={"a": "b"}, expressions=(("k", "In", ("v",)),))
    assert everyone.allowed.selector is empty.allowed.selector is None


@pytest.mark.parametrize("kind", ["HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute"])
@pytest.mark.parametrize("version", ["v1", "v1beta1", "v1alpha2", "v1alpha3"])
def test_routes_of_every_kind_and_version(kind: str, version: str, parsed: bool) -> None:
    spec = {
        "parentRefs": [
            {"name": "http"},
            {
                "name": "w",
                "kind": "Service",
                "group": "",
                "namespace": "infra",
                "sectionName": "s",
                "port": 80,
            },
        ],
        "hostnames": ["a.example.com"],
        "rules": [
            {"name": "first", "backendRefs": [{"name": "cart", "port": 80}, {"name": "old", "weight": 0}]},
            {"backendRefs": None},
            {
                "backendRefs": [
                    {
                        "name": "b",
                        "group": "gateway.kgateway.dev",
                        "kind": "Backend",
                        "namespace": "x",
                        "weight": 7,
                    }
                ]
            },
        ],
    }
    (row,) = loaded(thing(f"{GATEWAY_API}/{version}", kind, "r", spec=spec), parsed=parsed).routes
    assert str(row.ref) == f"{kind}/shop/r"
    assert row.parents == (
        ParentRef(group=GATEWAY_API, kind="Gateway", namespace="shop", name="http"),
        ParentRef(group="", kind="Service", namespace="infra", name="w", section="s", port=80),
    )
    assert tuple(row.hostnames) == ("a.example.com",)
    assert [rule.name for rule in row.rules] == ["first", "", ""]
    assert row.rules[0].backends == (
        BackendRef(group="", kind="Service", namespace="shop", name="cart", port=80, weight=1),
        BackendRef(group="", kind="Service", namespace="shop", name="old", weight=0),
    )
    assert row.rules[1].backends == ()
    assert row.rules[2].backends == (
        BackendRef(group="gateway.kgateway.dev", kind="Backend", namespace="x", name="b", weight=7),
    )


def test_classes_grants_and_backends(parsed: bool) -> None:
    grant = {
        "from": [{"group": GATEWAY_API, "kind": "HTTPRoute", "namespace": "shop"}],
        "to": [{"group": "", "kind": "Service"}, {"kind": "Service", "name": "cart"}],
    }
    static = {
        "type": "Static",
        "static": {"hosts": [{"host": "10.0.0.1", "port": 80}, {"host": "fd00::1", "port": 1}]},
    }
    cluster = loaded(
        thing(
            f"{GATEWAY_API}/v1",
            "GatewayClass",
            "kgateway",
            "ignored",
            spec={"controllerName": "kgateway.dev/kgateway"},
        ),
        thing(f"{GATEWAY_API}/v1beta1", "ReferenceGrant", "g", spec=grant),
        thing("gateway.kgateway.dev/v1alpha1", "Backend", "s", spec=static),
        thing("gateway.kgateway.dev/v1alpha1", "Backend", "aws", spec={"aws": {"accountId": "1"}}),
        parsed=parsed,
    )
    assert cluster.gateway_classes["", "kgateway"].controller == "kgateway.dev/kgateway"
    assert cluster.grants["shop", "g"].origins == ((GATEWAY_API, "HTTPRoute", "shop"),)
    assert cluster.grants["shop", "g"].targets == (("", "Service", ""), ("", "Service", "cart"))
    assert tuple(cluster.backends["shop", "s"].hosts) == ("10.0.0.1:80", "[fd00::1]:1")
    assert (cluster.backends["shop", "aws"].type, cluster.backends["shop", "aws"].hosts) == ("AWS", ())


def test_a_gateway_of_istio_is_not_taken_for_one_of_the_gateway_api() -> None:
    istio = thing(
        "networking.istio.io/v1", "Gateway", "http", spec={"selector": {"istio": "ingress"}, "servers": []}
    )
    cluster, problems = load_objects(istio, gateway())
    assert list(cluster.gateways) == [("shop", "http"), ("shop", "networking.istio.io/http")]
    assert cluster.gateways["shop", "http"].class_name == "kgateway"
    assert cluster.gateways["shop", "networking.istio.io/http"].class_name == ""
    assert lines(problems) == []


def test_a_service_of_another_group_is_not_taken_for_a_core_one() -> None:
    cluster, problems = load_objects(
        thing("serving.knative.dev/v1", "Service", "cart"), thing("v2", "Service", "cart")
    )
    assert len(cluster.services) == 0
    assert [one.severity for one in problems] == ["note", "note"]


# --- istio ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["v1", "v1beta1", "v1alpha3"])
def test_service_entry(version: str, parsed: bool) -> None:
    spec = {
        "hosts": ["api.example.com"],
        "addresses": ["240.0.0.1"],
        "ports": [{"number": 443, "name": "tls", "protocol": "TLS"}, {"number": 80, "targetPort": 8080}],
        "resolution": "STATIC",
        "endpoints": [
            {"address": "1.1.1.1", "ports": {"tls": 8443}, "labels": {"a": "b"}},
            {"address": "e.example"},
        ],
        "workloadSelector": {"labels": {"app": "api"}},
    }
    status = {"addresses": [{"value": "240.240.0.1", "host": "api.example.com"}, {"value": "240.240.0.2"}]}
    entry = thing(f"networking.istio.io/{version}", "ServiceEntry", "api", spec=spec, status=status)
    row = loaded(entry, parsed=parsed).service_entries["shop", "api"]
    assert (tuple(row.hosts), tuple(row.addresses)) == (("api.example.com",), ("240.0.0.1",))
    assert row.auto_addresses == (("api.example.com", "240.240.0.1"), ("", "240.240.0.2"))
    assert row.ports == (
        ServicePort(port=443, name="tls", protocol="TLS"),
        ServicePort(port=80, target=8080),
    )
    assert (row.resolution, row.selector) == ("STATIC", {"app": "api"})
    assert row.endpoints == (
        WorkloadEndpoint(address="1.1.1.1", ports={"tls": 8443}, labels={"a": "b"}),
        WorkloadEndpoint(address="e.example"),
    )


@pytest.mark.parametrize(
    ("status", "healthy"),
    [
        (None, True),
        ({"conditions": []}, True),
        ({"conditions": [{"type": "Healthy", "status": "True"}]}, True),
        ({"conditions": [{"type": "Healthy", "status": "False"}]}, False),
        ({"conditions": [{"type": "Other", "status": "False"}]}, True),
    ],
)
def test_workload_entry(status: Any, healthy: bool) -> None:
    spec = {"address": "1.2.3.4", "ports": {"http": 8080}}
    entry = thing("networking.istio.io/v1", "WorkloadEntry", "vm", spec=spec, status=status)
    row = loaded(entry).workload_entries["shop", "vm"]
    assert (row.address, row.ports, row.healthy) == ("1.2.3.4", {"http": 8080}, healthy)


MESH = """
serviceEntryVisibility:
  defaultVisibility: NAMESPACE
  policies:
  - visibility: PUBLIC
    matchingRules:
    - namespaceSelector: {matchLabels: {team: core}}
  - visibility: VISIBILITY_UNSPECIFIED
    matchingRules:
    - {}
"""


def test_mesh_config(parsed: bool) -> None:
    cluster = loaded(thing("v1", "ConfigMap", "istio", "istio-system", data={"mesh": MESH}), parsed=parsed)
    assert cluster.mesh.visibility == "NAMESPACE"
    public, never = cluster.mesh.visibility_policies
    assert public.visibility == never.visibility == "PUBLIC"
    assert public.selectors == (LabelSelector(match_labels={"team": "core"}),)
    assert not any(never.selectors[0].matches(labels) for labels in ({}, {"": ""}, {"team": "core"}))


@pytest.mark.parametrize(
    ("revision", "namespace", "name"),
    [
        (None, "mesh", "istio"),
        ("default", "mesh", "istio"),
        ("canary", "mesh", "istio-canary"),
    ],
)
def test_mesh_config_is_that_of_istiod(revision: str | None, namespace: str, name: str) -> None:
    istiod = deployment("istiod", image="docker.io/istio/pilot:1.30.3")
    istiod["metadata"] |= {"namespace": namespace, "labels": {"istio.io/rev": revision} if revision else {}}
    others = [
        thing("v1", "ConfigMap", other, where, data={"mesh": MESH})
        for where in ("istio-system", namespace)
        for other in ("istio", "istio-canary")
        if (where, other) != (namespace, name)
    ]
    assert loaded(istiod, *others).mesh.visibility == "PUBLIC"
    own = thing("v1", "ConfigMap", name, namespace, data={"mesh": MESH})
    assert loaded(istiod, *others, own).mesh.visibility == "NAMESPACE"


@pytest.mark.parametrize(
    ("mesh", "message"),
    [
        (
            "a: [",
            "data.mesh is no YAML: line 2: while parsing a flow node, did not find expected node content",
        ),
        (
            "serviceEntryVisibility: all",
            "data.mesh: serviceEntryVisibility: expected an object, got a text",
        ),
    ],
)
def test_broken_mesh_config(mesh: str, message: str) -> None:
    cluster, problems = load_objects(thing("v1", "ConfigMap", "istio", "istio-system", data={"mesh": mesh}))
    assert lines(problems) == [f"error x.yaml#1 ConfigMap/istio-system/istio: {message}"]
    assert cluster.mesh.visibility == "PUBLIC"


# --- observed -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "observed"),
    [
        (pod(status={"phase": "Pending"}), True),
        (pod(), False),
        (thing("discovery.k8s.io/v1", "EndpointSlice", "s"), True),
        (gateway(status={"addresses": [{"value": "10.0.0.1"}]}), True),
        (gateway(status={"conditions": [PENDING]}), False),
        (service(clusterIP="10.0.0.1"), False),
        (
            service(clusterIP="10.0.0.1")
            | {"metadata": {"name": "a", "creationTimestamp": "2026-08-03T09:06:47Z"}},
            True,
        ),
        (
            service(clusterIP="None")
            | {"metadata": {"name": "a", "creationTimestamp": "2026-08-03T09:06:47Z"}},
            False,
        ),
        (
            thing(
                "networking.istio.io/v1",
                "ServiceEntry",
                "e",
                status={"addresses": [{"value": "240.240.0.1"}]},
            ),
            True,
        ),
    ],
)
def test_observed(one: dict[str, Any], observed: bool) -> None:
    assert loaded(one).observed is observed


# --- lists ----------------------------------------------------------------------------------------------------------


def test_lists_are_unfolded_with_their_places(parsed: bool) -> None:
    inner = {"apiVersion": "v1", "kind": "List", "items": [service("c"), service("d")]}
    outer = {"apiVersion": "v1", "kind": "List", "metadata": {}, "items": [service("a"), service("b"), inner]}
    cluster = loaded(outer, parsed=parsed)
    assert {name: row.where for (_, name), row in cluster.services.items()} == {
        "a": "x.yaml#1[0]",
        "b": "x.yaml#1[1]",
        "c": "x.yaml#1[2][0]",
        "d": "x.yaml#1[2][1]",
    }


def test_typed_lists_lend_their_items_the_kind(parsed: bool) -> None:
    bare = {"metadata": {"name": "a", "namespace": "shop"}}
    cluster = loaded(
        {"apiVersion": "v1", "kind": "ServiceList", "items": [bare, service("b")]}, parsed=parsed
    )
    assert set(cluster.services) == {("shop", "a"), ("shop", "b")}


@pytest.mark.parametrize("items", [[], None])
def test_empty_lists(items: Any, parsed: bool) -> None:
    assert len(loaded({"apiVersion": "v1", "kind": "List", "items": items}, parsed=parsed).services) == 0


def test_an_object_with_items_is_no_list(parsed: bool) -> None:
    assert set(loaded(service() | {"items": []}, parsed=parsed).services) == {("shop", "cart")}


def test_items_that_are_no_objects(parsed: bool) -> None:
    items: list[Any] = [None, 5, "text", [], {}, service()]
    cluster, problems = load_objects({"apiVersion": "v1", "kind": "List", "items": items}, parsed=parsed)
    assert set(cluster.services) == {("shop", "cart")}
    assert problems
    assert all(one.where.startswith("x.yaml#1[") for one in problems)


# --- what can't be used ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (service(ports=[{"port": "80"}]), "spec.ports[0].port: expected a whole number, got a text"),
        (service(ports=[{"port": 80.5}]), "spec.ports[0].port: expected a whole number, got a number"),
        (service(ports=[{"port": 70000}]), "spec.ports[0].port: expected a whole number <= 65535"),
        (service(ports={}), "spec.ports: expected a list, got an object"),
        (service(ports=[{}]), "spec.ports[0]: port is missing"),
        (service(selector={"app": True}), "spec.selector[...]: expected a text, got true or false"),
        (thing("v1", "Service", "cart", spec=[]), "spec: expected an object, got a list"),
        (
            thing("v1", "Service", "cart", metadata={"labels": []}),
            "metadata.labels: expected an object, got a list",
        ),
        (
            thing("v1", "Service", "cart", metadata={"creationTimestamp": 5}),
            "metadata.creationTimestamp: expected a text, got a whole number",
        ),
    ],
)
def test_a_wrong_type_leaves_the_object_out(bad: dict[str, Any], message: str, parsed: bool) -> None:
    cluster, problems = load_objects(service("a"), bad, service("b"), parsed=parsed)
    assert set(cluster.services) == {("shop", "a"), ("shop", "b")}
    assert lines(problems) == [f"error x.yaml#2 Service/shop/cart: {message}"]


@pytest.mark.parametrize("metadata", [None, {}, {"name": None}, {"name": ""}, {"namespace": "shop"}])
def test_a_missing_name(metadata: Any, parsed: bool) -> None:
    bad = {"apiVersion": "v1", "kind": "Service", "metadata": metadata}
    cluster, problems = load_objects(bad, service(), parsed=parsed)
    assert set(cluster.services) == {("shop", "cart")}
    assert lines(problems) == ["error x.yaml#1 Service: metadata.name is missing"]


def test_a_missing_api_version(parsed: bool) -> None:
    _, problems = load_objects({"kind": "Service", "metadata": {"name": "a"}}, parsed=parsed)
    assert lines(problems) == ["error x.yaml#1 Service: apiVersion is missing"]


@pytest.mark.parametrize("kind", [5, [], {}, True])
def test_a_kind_that_is_no_text(kind: Any, parsed: bool) -> None:
    cluster, problems = load_objects({"apiVersion": "v1", "kind": kind}, service(), parsed=parsed)
    assert len(cluster.services) == 1
    assert [one.severity for one in problems] == ["error"]
    assert problems[0].message.startswith("kind: expected a text, got ")


@pytest.mark.parametrize(
    "name", ["a/b", "a b", "\x1b[31mred", "a\nb", "-a", "x" * 254, "ü", "\u202ereversed"]
)
def test_a_name_that_kubernetes_refuses(name: str, parsed: bool) -> None:
    cluster, problems = load_objects(thing("v1", "Service", name), parsed=parsed)
    assert len(cluster.services) == 0
    (problem,) = problems
    assert problem.severity == "error"
    assert problem.where.isprintable()
    assert len(problem.where) < 300


@pytest.mark.parametrize("value", [True, 1, 1.5, None, ["x"], {"x": "y"}])
@pytest.mark.parametrize("field", ["labels", "annotations"])
def test_a_label_that_is_no_text_is_left_out(field: str, value: Any, parsed: bool) -> None:
    cluster, problems = load_objects(
        thing(
            "v1", "Service", "cart", metadata={field: {"istio.io/ingress-use-waypoint": value, "app": "cart"}}
        ),
        parsed=parsed,
    )
    assert getattr(cluster.services["shop", "cart"], field) == {"app": "cart"}
    (problem,) = problems
    assert problem.severity == "warning"
    assert problem.where == "x.yaml#1 Service/shop/cart"
    assert problem.message.startswith(f"metadata.{field}[istio.io/ingress-use-waypoint] is left out: ")
    assert "put it in quotes" in problem.message


def test_a_template_label_that_is_no_text_is_left_out(parsed: bool) -> None:
    bad = deployment()
    bad["spec"]["template"]["metadata"]["labels"]["version"] = 1
    cluster, problems = load_objects(bad, parsed=parsed)
    (row,) = cluster.workloads.values()
    assert row.template_labels == {"app": "kgateway"}
    assert [one.severity for one in problems] == ["warning"]
    assert problems[0].message.startswith("spec.template.metadata.labels[version] is left out: ")


@pytest.mark.parametrize(
    "labels", [{"long": "x" * 1_000_000, "app": "cart"}, {"x" * 1_000_000: "long", "app": "cart"}]
)
def test_a_label_of_a_megabyte_is_left_out(labels: dict[str, str], parsed: bool) -> None:
    cluster, problems = load_objects(
        thing("v1", "Service", "cart", metadata={"labels": labels}), parsed=parsed
    )
    assert cluster.services["shop", "cart"].labels == {"app": "cart"}
    (problem,) = problems
    assert problem.severity == "warning"
    assert "1,000,000 characters long" in problem.message
    assert len(problem.message) < 400


def test_deep_nesting_is_told(parsed: bool) -> None:
    deep: Any = {}
    for _ in range(5000):
        deep = {"spec": deep}
    text = b'{"apiVersion":"v1","kind":"Service","spec":' + b'{"spec":' * 5000 + b"{}" + b"}" * 5001
    bad = {"apiVersion": "v1", "kind": "Service", "spec": deep} if parsed else text
    cluster, problems = load(
        [
            Document(file="x.yaml", index=1, raw=bad),
            Document(file="x.yaml", index=2, raw=json.dumps(service()).encode()),
        ]
    )
    assert set(cluster.services) == {("shop", "cart")}
    assert [one.severity for one in problems] == ["error"]


# --- what is left aside ---------------------------------------------------------------------------------------------


def test_other_kinds_are_counted_by_kind() -> None:
    sets = [thing("apps/v1", "ReplicaSet", f"r{number}") for number in range(3)]
    secret = thing("v1", "Secret", "token", data={"password": "aHVudGVyMg=="})
    cluster, problems = load_objects(
        service(), *sets, secret, thing("example.com/v1", "Widget", "w"), {"a": 1}, parsed=True
    )
    assert lines(problems) == [
        "note x.yaml#7: 1 document left aside: no Kubernetes object (apiVersion and kind are missing)",
        "note x.yaml#2: 3 objects of kind apps/v1 ReplicaSet left aside: the kind decides no path",
        "note x.yaml#6: 1 object of kind example.com/v1 Widget left aside: the kind is not known here",
        "note x.yaml#5: 1 object of kind v1 Secret skipped: what Secrets hold is never read",
    ]
    assert "aHVudGVyMg" not in repr((cluster, problems))


def test_a_secret_of_any_shape_is_skipped(parsed: bool) -> None:
    _, problems = load_objects(
        {"apiVersion": "v1", "kind": "Secret", "metadata": 5, "data": ["hunter2"]}, parsed=parsed
    )
    assert [one.severity for one in problems] == ["note"]
    assert "hunter2" not in repr(problems)


def test_left_aside_in_several_files() -> None:
    one = json.dumps(thing("v1", "Node", "n")).encode()
    _, problems = load(Document(file=name, index=1, raw=one) for name in ("a.yaml", "b.yaml", "c.yaml"))
    assert lines(problems) == [
        "note a.yaml#1 and 2 more files: 3 objects of kind v1 Node left aside: the kind decides no path"
    ]


# --- duplicates -----------------------------------------------------------------------------------------------------


def test_of_two_objects_of_one_name_the_later_counts(parsed: bool) -> None:
    cluster, problems = load_objects(
        service(clusterIP="10.0.0.1"), service(clusterIP="10.0.0.2"), parsed=parsed
    )
    assert tuple(cluster.services["shop", "cart"].cluster_ips) == ("10.0.0.2",)
    assert lines(problems) == [
        "warning x.yaml#2 Service/shop/cart: x.yaml#1 has the same object with other contents; this one, read later, counts"
    ]


def test_the_same_object_twice_is_no_matter(parsed: bool) -> None:
    assert loaded(service(), service(), parsed=parsed).services["shop", "cart"].where == "x.yaml#2"


def test_same_names_of_different_kinds_and_namespaces_are_different_objects() -> None:
    routes = [thing(f"{GATEWAY_API}/v1", kind, "cart") for kind in ("HTTPRoute", "GRPCRoute")]
    cluster = loaded(service(), service() | {"metadata": {"name": "cart", "namespace": "other"}}, *routes)
    assert (len(cluster.services), len(cluster.routes)) == (2, 2)


# --- the collector --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("was_on", [True, False])
def test_the_garbage_collector_is_left_as_it_was(was_on: bool) -> None:
    during = []

    def documents() -> Iterator[Document]:
        during.append(gc.isenabled())
        yield Document(file="x", index=1, raw=b"{}")
        raise OSError("cut off")

    before = gc.isenabled()
    try:
        (gc.enable if was_on else gc.disable)()
        with pytest.raises(OSError, match="cut off"):
            load(documents())
        assert gc.isenabled() is was_on
    finally:
        (gc.enable if before else gc.disable)()
    assert during == [False]


# --- anything at all ------------------------------------------------------------------------------------------------

REAL = [
    service(clusterIPs=["10.0.0.1"], selector={"app": "cart"}),
    pod(
        status={"phase": "Running", "podIPs": [{"ip": "10.1.0.1"}], "conditions": [READY]},
        spec={"containers": [{}]},
    ),
    gateway(status={"addresses": [{"value": "10.0.0.1"}]}),
    deployment(
        env=[{"name": "KGW_ENABLE_WAYPOINT", "value": "true"}], envFrom=[{"configMapRef": {"name": "s"}}]
    ),
    thing("v1", "ConfigMap", "istio", "istio-system", data={"mesh": MESH}),
    thing(
        f"{GATEWAY_API}/v1",
        "HTTPRoute",
        "r",
        spec={"parentRefs": [{"name": "http"}], "rules": [{"backendRefs": [{"name": "cart", "port": 80}]}]},
    ),
    thing("networking.istio.io/v1", "ServiceEntry", "e", spec={"hosts": ["a"], "ports": [{"number": 80}]}),
    {"apiVersion": "v1", "kind": "List", "items": [service()]},
]
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=8,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths to everything inside of `value`."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, one in inside for place in places(one, (*path, key)))]


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """A real object with something else in a few places."""
    value = copy.deepcopy(draw(st.sampled_from(REAL)))
    for _ in range(draw(st.integers(0, 3))):
        path = draw(st.sampled_from(places(value)))
        if not path:
            return draw(anything)
        holder = value
        for step in path[:-1]:
            holder = holder[step]
        if draw(st.booleans()):
            holder[path[-1]] = draw(anything)
        else:
            del holder[path[-1]]
    return value


@settings(max_examples=300)
@given(st.lists(mutated(), max_size=3))
def test_nothing_in_an_object_raises_and_both_forms_agree(objects: list[Any]) -> None:
    from_text, told = load_objects(*objects)
    from_parser, also_told = load_objects(*objects, parsed=True)
    for problem in told:
        assert problem.severity in {"error", "warning", "note"}
        assert problem.where.startswith("x.yaml#")
        assert (problem.where + problem.message).isprintable()
    assert rows(from_text) == rows(from_parser)
    assert {one.where for one in told} == {one.where for one in also_told}


def rows(cluster: Cluster) -> list[Row]:
    tables = [getattr(cluster, field) for field in cluster.__struct_fields__]
    return [row for table in tables if hasattr(table, "values") for row in table.values()] + list(
        cluster.routes
    )
