"""What is read of a live cluster, and nothing else: each kind with the versions that are understood, and why.

The rights that waypath asks for are made of this table (`rules`).
"""

from collections.abc import Sequence
from urllib.parse import quote

from core.convert import GATEWAY_API
from core.kinds import ISTIO, KGATEWAY
from core.model import Row

GATEWAY_VERSIONS = ("v1", "v1beta1", "v1alpha3", "v1alpha2")
ISTIO_VERSIONS = ("v1", "v1beta1", "v1alpha3", "v1alpha1")
KGATEWAY_VERSIONS = ("v1", "v1beta1", "v1alpha1")


class Wanted(Row):
    """A kind that is listed and watched.

    `versions` are understood, the one to ask for first. `metadata` asks for names, labels and annotations only.
    `fields` is a field selector. Without an `essential` kind there is no path to tell of at all.
    """

    group: str
    plural: str
    kind: str
    versions: Sequence[str]
    why: str
    namespaced: bool = True
    metadata: bool = False
    fields: str = ""
    essential: bool = False

    def path(self, version: str, namespace: str = "") -> str:
        """The path of its list, in one namespace or in all of them."""
        root = f"/apis/{self.group}/{version}" if self.group else f"/api/{version}"
        inside = f"/namespaces/{quote(namespace, safe='')}" if namespace and self.namespaced else ""
        return f"{root}{inside}/{self.plural}"

    @property
    def word(self) -> str:
        """The kind, with its group where another one of that name is read too."""
        return f"{self.kind}.{self.group}" if (self.group, self.kind) == (ISTIO, "Gateway") else self.kind

    def api_version(self, version: str) -> str:
        return f"{self.group}/{version}" if self.group else version


def _core(plural: str, kind: str, why: str, **more: object) -> Wanted:
    return Wanted(group="", plural=plural, kind=kind, versions=("v1",), why=why, **more)  # type: ignore[arg-type]


def _apps(plural: str, kind: str) -> Wanted:
    why = "versions and settings of the controllers, pod templates of gateways"
    return Wanted(group="apps", plural=plural, kind=kind, versions=("v1",), why=why)


def _gateway(plural: str, kind: str, why: str, *, namespaced: bool = True, essential: bool = False) -> Wanted:
    return Wanted(
        group=GATEWAY_API,
        plural=plural,
        kind=kind,
        versions=GATEWAY_VERSIONS,
        why=why,
        namespaced=namespaced,
        essential=essential,
    )


def _istio(group: str, plural: str, kind: str, why: str = "policies of waypoints and ztunnel") -> Wanted:
    return Wanted(group=group, plural=plural, kind=kind, versions=ISTIO_VERSIONS, why=why)


def _kgateway(plural: str, kind: str, why: str = "policies of the ingress", group: str = KGATEWAY) -> Wanted:
    return Wanted(group=group, plural=plural, kind=kind, versions=KGATEWAY_VERSIONS, why=why)


WANTED: Sequence[Wanted] = (
    _core("namespaces", "Namespace", "labels that services and pods inherit", namespaced=False),
    _core("services", "Service", "backends and waypoints, their addresses and ports", essential=True),
    _core(
        "pods",
        "Pod",
        "names, labels and annotations only: capture by ztunnel, pods of gateways",
        metadata=True,
        fields="status.phase!=Succeeded,status.phase!=Failed",
    ),
    Wanted(
        group="discovery.k8s.io",
        plural="endpointslices",
        kind="EndpointSlice",
        versions=("v1",),
        why="ready endpoints, addresses and nodes of pods",
    ),
    _apps("deployments", "Deployment"),
    _apps("statefulsets", "StatefulSet"),
    _apps("daemonsets", "DaemonSet"),
    _gateway("gatewayclasses", "GatewayClass", "the controller of each Gateway", namespaced=False),
    _gateway("gateways", "Gateway", "listeners of the ingress, waypoints", essential=True),
    _gateway("listenersets", "ListenerSet", "listeners of the ingress"),
    Wanted(
        group="gateway.networking.x-k8s.io",
        plural="xlistenersets",
        kind="XListenerSet",
        versions=("v1alpha1",),
        why="listeners of the ingress",
    ),
    _gateway("httproutes", "HTTPRoute", "routes and their backends"),
    _gateway("grpcroutes", "GRPCRoute", "routes and their backends"),
    _gateway("tlsroutes", "TLSRoute", "routes and their backends"),
    _gateway("tcproutes", "TCPRoute", "routes and their backends"),
    _gateway("udproutes", "UDPRoute", "routes and their backends"),
    _gateway("referencegrants", "ReferenceGrant", "backends in other namespaces"),
    _istio(ISTIO, "gateways", "Gateway", "listeners of the ingress, Istio's own kind"),
    _istio(ISTIO, "serviceentries", "ServiceEntry", "backends outside of the cluster"),
    _istio(ISTIO, "workloadentries", "WorkloadEntry", "endpoints of ServiceEntries"),
    _kgateway("backends", "Backend", "backends of kgateway's own kind"),
    _istio("security.istio.io", "authorizationpolicies", "AuthorizationPolicy"),
    _istio("security.istio.io", "requestauthentications", "RequestAuthentication"),
    _istio("security.istio.io", "peerauthentications", "PeerAuthentication"),
    _istio("extensions.istio.io", "wasmplugins", "WasmPlugin"),
    _istio("telemetry.istio.io", "telemetries", "Telemetry"),
    _istio(ISTIO, "envoyfilters", "EnvoyFilter"),
    _istio(ISTIO, "destinationrules", "DestinationRule"),
    _istio(ISTIO, "virtualservices", "VirtualService"),
    _kgateway("trafficpolicies", "TrafficPolicy"),
    _kgateway("httplistenerpolicies", "HTTPListenerPolicy"),
    _kgateway("listenerpolicies", "ListenerPolicy"),
    _kgateway("backendconfigpolicies", "BackendConfigPolicy"),
    _kgateway("agentgatewaypolicies", "AgentgatewayPolicy"),
    _kgateway("agentgatewaypolicies", "AgentgatewayPolicy", group="agentgateway.dev"),
)
"""Secrets are not among them, nor are ConfigMaps: of these the few that a controller names are read one by one."""

CONFIG_MAPS = "configmaps"


class Rule(Row, order=True):
    """A rule of a ClusterRole, as RBAC has it."""

    groups: tuple[str, ...]
    resources: tuple[str, ...]
    verbs: tuple[str, ...]


def rules() -> Sequence[Rule]:
    """The rules of a ClusterRole that grants exactly what is used: no verb that changes anything, no Secrets."""
    by_group: dict[str, set[str]] = {}
    for one in WANTED:
        if one.plural != "namespaces":
            by_group.setdefault(one.group, set()).add(one.plural)
    return [
        Rule(groups=("",), resources=(CONFIG_MAPS,), verbs=("get",)),
        Rule(groups=("",), resources=("namespaces",), verbs=("get", "list", "watch")),
        *(
            Rule(groups=(group,), resources=tuple(sorted(plurals)), verbs=("list", "watch"))
            for group, plurals in sorted(by_group.items())
        ),
    ]
