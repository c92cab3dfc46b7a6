"""The words that keep their meaning, and other words for all others.

A text is taken apart into words. A word that belongs to Kubernetes, to the mesh or to HTTP stays; each other one gets a code,
the same wherever it stands: so the host `cart.shop.svc.cluster.local` goes on naming the Service `shop/cart`. Codes sort as
the words did, also among the words that stay: whatever is decided by the order of names is decided as before.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping

from core import labels
from core.audit.codes import BY_CODE
from core.classes import KNOWN_CLASSES
from core.controllers import IMAGES
from core.kinds import KINDS
from core.manifests import ROOT_NAMESPACE
from core.policies.reading.security import DRY_RUN, L4_KEYS

WORD = re.compile(r"\w+")

_OF_KUBERNETES = """
    default kube system public node lease svc cluster local kubernetes k8s io metadata name app instance component part of
    version managed by helm sh chart release team Service Namespace Pod Deployment StatefulSet DaemonSet ConfigMap Secret
    EndpointSlice core v1 v1beta1 v1alpha2 v1alpha3 ClusterIP NodePort LoadBalancer ExternalName Cluster Local Same All
    Selector None In NotIn Exists DoesNotExist True False Unknown Ready Healthy Accepted Programmed ResolvedRefs TCP UDP SCTP
    Pending Running Succeeded Failed Always IPAddress Hostname IPv4 IPv6 FQDN
"""
_OF_ROUTES = """
    Gateway GatewayClass ListenerSet XListenerSet ReferenceGrant HTTPRoute GRPCRoute TLSRoute TCPRoute UDPRoute HTTP HTTPS
    TLS HBONE PROXY Terminate Passthrough Exact PathPrefix RegularExpression RequestHeaderModifier ResponseHeaderModifier
    RequestRedirect URLRewrite RequestMirror ExtensionRef CORS ExternalAuth ReplaceFullPath ReplacePrefixMatch GET HEAD POST
    PUT DELETE CONNECT OPTIONS TRACE PATCH http https h2 h2c http2 grpc grpcs tcp tls udp ws wss mongo mysql redis
    Backend Static AWS GCP DynamicForwardProxy TrafficPolicy HTTPListenerPolicy ListenerPolicy BackendConfigPolicy
    PASSTHROUGH AUTO_PASSTHROUGH OPTIONAL_MUTUAL HTTP2 HTTP_PROXY GRPC WEB MONGO REDIS MYSQL FROM_REQUEST_PORT
    AgentgatewayPolicy authorization host cookie content length accept user agent forwarded for proto cache control
"""
_OF_THE_MESH = """
    istio istiod system pilot mesh ingress egress ingressgateway gateway waypoint ztunnel envoy ambient sidecar proxy kgateway
    agentgateway dataplane mode none namespace workload all service external rev networking security telemetry extensions
    ServiceEntry WorkloadEntry VirtualService DestinationRule EnvoyFilter WasmPlugin Telemetry AuthorizationPolicy
    RequestAuthentication PeerAuthentication NONE STATIC DNS DNS_ROUND_ROBIN DYNAMIC_DNS PUBLIC NAMESPACE MESH_INTERNAL
    MESH_EXTERNAL ALLOW DENY AUDIT CUSTOM STRICT PERMISSIVE DISABLE UNSET ISTIO_MUTUAL SIMPLE MUTUAL CLIENT SERVER
    CLIENT_AND_SERVER NETWORK V4_PREFERRED V4_ONLY V6_ONLY AUTO ALL ns sa spiffe request source destination connection auth
    headers claims principal principals audiences presenter remote ip port sni trustDomain serviceAccount experimental filters
    WaypointBound WaypointAccepted WaypointIsNotReady AttachmentDenied UnsupportedTrafficType
    Successfully attached to Ingress traffic will traverse the is not using set use label true if desired Canary
"""
_OF_NAMES = "com org net dev io internal example www api in on and class snapshot"
_OF_TYPES = "true false"

_TEXTS = (
    *(value for name, value in vars(labels).items() if name.isupper() and isinstance(value, str)),
    *(word for pair in KINDS for word in pair),
    *(text for row in KNOWN_CLASSES for text in (row.controller, row.class_name)),
    *(suffix for suffixes in IMAGES.values() for suffix in suffixes),
    *BY_CODE,
    *L4_KEYS,
    *labels.PATH_VARIABLES,
    *(variable for variables in labels.PATH_VARIABLES.values() for variable in variables),
    DRY_RUN,
    ROOT_NAMESPACE,
    _OF_KUBERNETES,
    _OF_ROUTES,
    _OF_THE_MESH,
    _OF_NAMES,
    _OF_TYPES,
)
KEPT = frozenset(word for text in _TEXTS for word in WORD.findall(text) if not word.isdecimal())
"""The words that stay."""
_ORDERED = sorted(KEPT)


def codes(words: Iterable[str]) -> Mapping[str, str]:
    """A code for each word that does not stay, in the order of the words, also among those that stay."""
    slots: dict[int, list[str]] = {}
    for word in sorted(set(words) - KEPT):
        slots.setdefault(bisect_left(_ORDERED, word), []).append(word)
    found: dict[str, str] = {}
    for place, members in slots.items():
        start = _between(place)
        width = len(str(len(members))) + 1  # a leading 0, which no word that stays has there
        found.update((word, f"{start}{number:0{width}}") for number, word in enumerate(members, 1))
    return found


def _between(place: int) -> str:
    """The beginning of codes that sort after the kept word before `place`, and before the one at it."""
    if not place:
        return "0"
    before = _ORDERED[place - 1]
    after = _ORDERED[place] if place < len(_ORDERED) else ""
    parts = [after[:size] for size in range(1, len(after))]
    parts += [before[:size] + chr(ord(before[size]) + 1) for size in range(len(before)) if before[size] < "z"]
    fitting = [one for one in parts if before < one and (not after or one < after) and WORD.fullmatch(one)]
    return min(fitting, key=len, default=before)
