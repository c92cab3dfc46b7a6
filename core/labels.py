"""Every label, annotation and environment variable that decides a path, and the parser of its value.

Nothing else in the project spells these names.
"""

USE_WAYPOINT = "istio.io/use-waypoint"
USE_WAYPOINT_NAMESPACE = "istio.io/use-waypoint-namespace"
INGRESS_USE_WAYPOINT = "istio.io/ingress-use-waypoint"
CANARY = "istio.io/use-waypoint-canary"
CANARY_NAMESPACE = "istio.io/use-waypoint-canary-namespace"
CANARY_WEIGHT = "istio.io/use-waypoint-canary-weight"
"""An annotation, 0 to 100 percent."""
WAYPOINT_FOR = "istio.io/waypoint-for"
INBOUND_BINDING = "ambient.istio.io/waypoint-inbound-binding"
"""An annotation of a Gateway or GatewayClass: `PROTOCOL` or `PROTOCOL/port`."""
MANAGED_BY = "gateway.istio.io/managed"
MANAGED_WAYPOINT = "istio.io-mesh-controller"
MANAGED_EAST_WEST = "istio.io-eastwest-controller"
MANAGED_INGRESS = "istio.io-gateway-controller"
GATEWAY_NAME = "gateway.networking.k8s.io/gateway-name"
SERVICE_NAME = "kubernetes.io/service-name"
REDIRECTION = "ambient.istio.io/redirection"
"""An annotation that istio-cni writes on a pod whose traffic ztunnel intercepts."""
DATAPLANE_MODE = "istio.io/dataplane-mode"
SIDECAR_STATUS = "sidecar.istio.io/status"
REVISION = "istio.io/rev"
INJECTION = "istio-injection"
"""A label of namespaces whose pods get a sidecar."""
WAYPOINT_BOUND = "istio.io/WaypointBound"
"""The type of the condition in which istiod says what it makes of a service's labels."""
ACCEPT = "waypath.dev/accept"
"""An annotation that accepts findings: `CODE=reason`, several separated by a semicolon or a line end."""

INHERIT_MATCHER = "delegation.kgateway.dev/inherit-parent-matcher"
"""An annotation of an HTTPRoute that others delegate to: its matches are added to those of the delegating rule."""
INHERITED_PRIORITY = "kgateway.dev/inherited-policy-priority"
"""An annotation of a delegating HTTPRoute: whose filters win, its own or those of the route it delegates to."""
DELEGATION_LABEL = "delegation.kgateway.dev/label"

KGW_ENABLE_WAYPOINT = "KGW_ENABLE_WAYPOINT"
KGW_INGRESS_USE_WAYPOINTS = "KGW_INGRESS_USE_WAYPOINTS"
KGW_INGRESS_UNPREFIXED = "INGRESS_USE_WAYPOINTS"
KGW_ENABLE_ISTIO_INTEGRATION = "KGW_ENABLE_ISTIO_INTEGRATION"
KGW_DNS_LOOKUP_FAMILY = "KGW_DNS_LOOKUP_FAMILY"
DISABLE_POD_LOCALITY_XDS = "DISABLE_POD_LOCALITY_XDS"
KGW_ENABLE_EXPERIMENTAL_GATEWAY_API_FEATURES = "KGW_ENABLE_EXPERIMENTAL_GATEWAY_API_FEATURES"
PILOT_ENABLE_ALPHA_GATEWAY_API = "PILOT_ENABLE_ALPHA_GATEWAY_API"
ENABLE_INGRESS_WAYPOINT_ROUTING = "ENABLE_INGRESS_WAYPOINT_ROUTING"
PILOT_ENABLE_AMBIENT = "PILOT_ENABLE_AMBIENT"
PILOT_SCOPE_GATEWAY_TO_NAMESPACE = "PILOT_SCOPE_GATEWAY_TO_NAMESPACE"
PILOT_ENABLE_STRICT_GATEWAY_MERGING = "PILOT_ENABLE_STRICT_GATEWAY_MERGING"
CA_ADDRESS = "CA_ADDRESS"

PATH_VARIABLES = {
    "kgateway": (
        KGW_ENABLE_WAYPOINT,
        KGW_INGRESS_USE_WAYPOINTS,
        KGW_INGRESS_UNPREFIXED,
        KGW_ENABLE_ISTIO_INTEGRATION,
        KGW_DNS_LOOKUP_FAMILY,
        DISABLE_POD_LOCALITY_XDS,
        KGW_ENABLE_EXPERIMENTAL_GATEWAY_API_FEATURES,
    ),
    "istiod": (
        ENABLE_INGRESS_WAYPOINT_ROUTING,
        PILOT_ENABLE_AMBIENT,
        PILOT_ENABLE_ALPHA_GATEWAY_API,
        PILOT_SCOPE_GATEWAY_TO_NAMESPACE,
        PILOT_ENABLE_STRICT_GATEWAY_MERGING,
    ),
    "agentgateway": (CA_ADDRESS,),
}
"""The variables that are read of each controller; no other value of its environment is kept."""

NO_SWITCHES = frozenset({KGW_INGRESS_UNPREFIXED, KGW_DNS_LOOKUP_FAMILY, CA_ADDRESS})
"""Those whose value is not read as a boolean."""

_TRUE_WORDS = frozenset({"1", "t", "T", "true", "True", "TRUE"})
_FALSE_WORDS = frozenset({"0", "f", "F", "false", "False", "FALSE"})


def parse_bool(text: str) -> bool | None:
    """Go's strconv.ParseBool: True, False, or None where it returns an error."""
    if text in _TRUE_WORDS:
        return True
    return False if text in _FALSE_WORDS else None


def true_exactly(text: str) -> bool:
    """`true` and nothing else: kgateway, and Istio 1.24."""
    return text == "true"


def true_any_case(text: str) -> bool:
    """`true` in any case: Istio 1.25 to 1.29."""
    return text.lower() == "true"


def true_parse_bool(text: str) -> bool:
    """The true words of Go's ParseBool: Istio from 1.30."""
    return text in _TRUE_WORDS


def parse_weight(text: str) -> int | None:
    """A canary weight in percent: 0 to 100 as Go's strconv.Atoi reads it, else None."""
    digits = text[1:] if text[:1] in ("+", "-") else text
    if not digits.isascii() or not digits.isdigit():
        return None
    weight = int(text) if len(digits) < 20 else 101
    return weight if 0 <= weight <= 100 else None
