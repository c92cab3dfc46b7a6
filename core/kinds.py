"""The kinds of objects: which are read, and why the others are not."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from core import convert, wire
from core.convert import GATEWAY_API
from core.istio_ingress import reading_gateways
from core.istio_ingress import written as ingress
from core.policies.reading.kinds import POLICY_KINDS

ISTIO = "networking.istio.io"
KGATEWAY = "gateway.kgateway.dev"


class Kind(msgspec.Struct, frozen=True):
    """A kind that is read: the type of its objects, how they become rows, and the table of the Cluster that holds them."""

    wire: type[Any]
    convert: Callable[[Any, str, str], Any]
    table: str
    namespaced: bool = True


KINDS: Mapping[tuple[str, str], Kind] = {
    ("", "Namespace"): Kind(wire.Namespace, convert.namespace, "namespaces", namespaced=False),
    ("", "Service"): Kind(wire.Service, convert.service, "services"),
    ("", "Pod"): Kind(wire.Pod, convert.pod, "pods"),
    ("", "ConfigMap"): Kind(wire.ConfigMap, convert.config_map, "config_maps"),
    ("discovery.k8s.io", "EndpointSlice"): Kind(wire.EndpointSlice, convert.endpoint_slice, "slices"),
    **{
        ("apps", kind): Kind(wire.Workload, convert.workload(kind), "workloads")
        for kind in ("Deployment", "StatefulSet", "DaemonSet")
    },
    (GATEWAY_API, "GatewayClass"): Kind(
        wire.GatewayClass, convert.gateway_class, "gateway_classes", namespaced=False
    ),
    (GATEWAY_API, "Gateway"): Kind(wire.Gateway, convert.gateway, "gateways"),
    (GATEWAY_API, "ListenerSet"): Kind(
        wire.ListenerSet, convert.listener_set("ListenerSet"), "listener_sets"
    ),
    ("gateway.networking.x-k8s.io", "XListenerSet"): Kind(
        wire.ListenerSet, convert.listener_set("XListenerSet"), "listener_sets"
    ),
    **{
        (GATEWAY_API, kind): Kind(wire.Route, convert.route(kind), "routes")
        for kind in ("HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute")
    },
    (GATEWAY_API, "ReferenceGrant"): Kind(wire.ReferenceGrant, convert.reference_grant, "grants"),
    (ISTIO, "Gateway"): Kind(ingress.Gateway, reading_gateways.gateway, "istio_gateways"),
    (ISTIO, "ServiceEntry"): Kind(wire.ServiceEntry, convert.service_entry, "service_entries"),
    (ISTIO, "WorkloadEntry"): Kind(wire.WorkloadEntry, convert.workload_entry, "workload_entries"),
    (KGATEWAY, "Backend"): Kind(wire.Backend, convert.kgateway_backend, "backends"),
    **{name: Kind(kind.wire, kind.convert, kind.table) for name, kind in POLICY_KINDS.items()},
}
"""(API group, kind) → how it is read, whatever the version. The tables of policies are fields of `Policies`."""

_NO_PART = "left aside: the kind decides no path"
_UNKNOWN = "left aside: the kind is not known here"

_EVERY = "*"
_IRRELEVANT: Mapping[str, frozenset[str] | str] = {
    "": frozenset(
        {
            "Binding",
            "ComponentStatus",
            "Endpoints",
            "Event",
            "LimitRange",
            "Node",
            "PersistentVolume",
            "PersistentVolumeClaim",
            "PodTemplate",
            "ReplicationController",
            "ResourceQuota",
            "ServiceAccount",
        }
    ),
    "apps": frozenset({"ReplicaSet", "ControllerRevision"}),
    GATEWAY_API: frozenset({"BackendTLSPolicy", "BackendLBPolicy"}),
    ISTIO: frozenset({"DestinationRule", "EnvoyFilter", "ProxyConfig", "Sidecar", "WorkloadGroup"}),
    **dict.fromkeys(
        (
            "admissionregistration.k8s.io",
            "apiextensions.k8s.io",
            "apiregistration.k8s.io",
            "authentication.k8s.io",
            "authorization.k8s.io",
            "autoscaling",
            "batch",
            "certificates.k8s.io",
            "coordination.k8s.io",
            "events.k8s.io",
            "extensions.istio.io",
            "flowcontrol.apiserver.k8s.io",
            "install.istio.io",
            "kustomize.config.k8s.io",
            "metrics.k8s.io",
            "monitoring.coreos.com",
            "networking.k8s.io",
            "node.k8s.io",
            "policy",
            "rbac.authorization.k8s.io",
            "scheduling.k8s.io",
            "security.istio.io",
            "storage.k8s.io",
            "telemetry.istio.io",
            "agentgateway.dev",
            "gateway.kgateway.dev",
        ),
        _EVERY,
    ),
}
SECRET = ("", "Secret")
_SPECIAL: Mapping[tuple[str, str], tuple[str, str]] = {
    SECRET: ("note", "skipped: what Secrets hold is never read"),
}


def group_of(api_version: str) -> str:
    """The API group of an `apiVersion`; empty for the core group."""
    group, slash, _ = api_version.rpartition("/")
    return group if slash else ""


def kind_of(api_version: str, kind: str) -> Kind | None:
    """How objects of that `apiVersion` and kind are read; None for those that are not."""
    if "/" not in api_version and api_version != "v1":
        return None
    return KINDS.get((group_of(api_version), kind))


def left_aside(api_version: str, kind: str) -> tuple[str, str]:
    """(severity, what is the matter) of objects that are not read, worded to follow "3 objects of kind v1 Node"."""
    name = (group_of(api_version), kind)
    if name in _SPECIAL:
        return _SPECIAL[name]
    known = _IRRELEVANT.get(name[0], frozenset())
    return "note", _NO_PART if known == _EVERY or kind in known else _UNKNOWN
