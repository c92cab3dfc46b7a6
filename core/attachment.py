"""Which waypoint an object is bound to, and why not: `istio.io/use-waypoint`.

Follows istiod (pilot/pkg/serviceregistry/ambient/waypoints.go and status.go); reasons and messages are its own words, as it
writes them to the condition `istio.io/WaypointBound`.
"""

from collections.abc import Sequence
from enum import StrEnum

from core import labels as names
from core.cluster import Cluster, replace
from core.gates import Evidence, field_evidence, label_evidence
from core.model import (
    Address,
    Gateway,
    GatewayClass,
    Key,
    Listener,
    Object,
    Row,
    Service,
    ServiceEntry,
    is_range,
)
from core.versions import Version

HBONE_PORT = 15008


class Reason(StrEnum):
    """Why an object is, or is not, bound. The CamelCase ones are istiod's."""

    ACCEPTED = "WaypointAccepted"
    NOT_READY = "WaypointIsNotReady"
    DENIED = "AttachmentDenied"
    TRAFFIC_TYPE = "UnsupportedTrafficType"
    CROSS_NAMESPACE = "CrossNamespaceWaypointForbidden"
    NOT_REQUESTED = "no-use-waypoint"
    OPTED_OUT = "none"
    NEVER_BOUND = "never-bound"


class Reference(Row):
    """The `use-waypoint` label that counts for an object, by labels alone.

    `name` is None where there is no reference: no label, or `none` on the object (`opted_out`).
    """

    name: str | None
    namespace: str
    evidence: Sequence[Evidence]
    opted_out: bool = False
    carrier: str = ""
    """The object that carries the label."""
    inherited: bool = False
    namespace_unknown: bool = False
    """The object has no label and its Namespace is not in the source."""

    @property
    def key(self) -> Key:
        return (self.namespace, self.name or "")


def ambient_addresses(row: ServiceEntry, istio: Version) -> Sequence[str]:
    """The addresses under which istiod makes `row` known to ztunnel, ranges among them."""
    if row.addresses:
        if istio < SINCE_RANGES and any(map(is_range, row.addresses)):
            return ()
        return [one if is_range(one) else one.partition("/")[0] for one in row.addresses]
    if row.resolution == "NONE":
        return ()
    return [
        value
        for host, value in row.auto_addresses
        if host in row.hosts and (row.resolution == "DYNAMIC_DNS" or not host.startswith("*"))
    ]


class Weighted(Row):
    """A waypoint with its share of the traffic, in percent."""

    waypoint: Key
    weight: int


class Attachment(Row):
    """The outcome for one object: `waypoints` in effect with their weights (one, or primary and canary).

    `message` is istiod's text. `assumed` is set where readiness is inferred from a manifest without status.
    `canary_note` says why a canary that was asked for is left out.
    """

    reason: Reason
    message: str
    reference: Reference
    evidence: Sequence[Evidence] = ()
    waypoints: Sequence[Weighted] = ()
    assumed: bool = False
    canary_note: str = ""
    hidden: bool = False
    """The waypoint may be there, and was not shown."""

    @property
    def in_effect(self) -> bool:
        return self.reason is Reason.ACCEPTED


def reference(cluster: Cluster, row: Object) -> Reference:
    """The label of `row`, else of its namespace; whether the waypoint exists is not looked at."""
    own = label_evidence(row, names.USE_WAYPOINT)
    value = row.labels.get(names.USE_WAYPOINT)
    if value == "none":
        return Reference(
            name=None, namespace=row.namespace, evidence=(own,), opted_out=True, carrier=str(row.ref)
        )
    if value is not None:
        return _reference(row, value, row.namespace, (own,), inherited=False)
    namespace = cluster.namespace(row.namespace)
    if namespace is None:
        return Reference(name=None, namespace=row.namespace, evidence=(own,), namespace_unknown=True)
    evidence = (own, label_evidence(namespace, names.USE_WAYPOINT))
    value = namespace.labels.get(names.USE_WAYPOINT)
    if value is None or value == "none":
        return Reference(
            name=None,
            namespace=row.namespace,
            evidence=evidence,
            opted_out=value == "none",
            carrier=str(namespace.ref),
        )
    return _reference(namespace, value, row.namespace, evidence, inherited=True)


def _reference(
    carrier: Object, value: str, own_namespace: str, evidence: tuple[Evidence, ...], *, inherited: bool
) -> Reference:
    other = carrier.labels.get(names.USE_WAYPOINT_NAMESPACE)
    if other is not None:
        evidence = (*evidence, label_evidence(carrier, names.USE_WAYPOINT_NAMESPACE))
    return Reference(
        name=value,
        namespace=own_namespace if other is None else other,
        evidence=evidence,
        carrier=str(carrier.ref),
        inherited=inherited,
    )


SINCE_EAST_WEST_UNBOUND = Version(major=1, minor=27)
SINCE_INBOUND_BINDING = Version(major=1, minor=26)
SINCE_RANGES = Version(major=1, minor=30)
"""Before, istiod leaves a ServiceEntry with a CIDR range among its addresses out of ambient altogether."""
SINCE_VISIBILITY = Version(major=1, minor=31)
SINCE_CANARY = Version(major=1, minor=31)


class Admission(Row):
    """Whether a Gateway takes objects of a namespace, with istiod's message and what it was read from.

    `assumed` is set where a status, or the labels of the namespace, are not in the source.
    """

    reason: Reason
    message: str = ""
    evidence: Sequence[Evidence] = ()
    assumed: bool = False
    hidden: bool = False


class Admissions:
    """What each waypoint said to each namespace, in one state of a cluster and for istiod of version `istio`."""

    def __init__(self, cluster: Cluster, istio: Version) -> None:
        self.cluster = cluster
        self.istio = istio
        self._known: dict[tuple[str, Key, str], Admission] = {}

    def of(self, namespace: str, waypoint: Key, traffic: str) -> Admission:
        """Whether `waypoint` takes `traffic` (`service` or `workload`) of objects in `namespace`."""
        found = self._known.get((namespace, waypoint, traffic))
        if found is None:
            found = _admission(self.cluster, namespace, waypoint, traffic, self.istio)
            self._known[(namespace, waypoint, traffic)] = found
        return found


def attach_service(admissions: Admissions, row: Service | ServiceEntry) -> Attachment:
    """The waypoints that take the *service* traffic of `row`, as istiod binds them."""
    cluster, istio = admissions.cluster, admissions.istio
    found = reference(cluster, row)
    never = _never_bound(row, istio)
    if never:
        evidence = (label_evidence(row, names.MANAGED_BY),) if names.MANAGED_BY in row.labels else ()
        return Attachment(reason=Reason.NEVER_BOUND, message=never, reference=found, evidence=evidence)
    primary = _attach(admissions, row, found, "service")
    if not primary.in_effect:
        return primary
    if (
        isinstance(row, ServiceEntry)
        and istio >= SINCE_VISIBILITY
        and found.namespace != row.namespace
        and _visibility(cluster, row.namespace) == "NAMESPACE"
    ):
        message = (
            f'cannot bind to waypoint "{_slashed(found.key)}" in another namespace: cross-namespace waypoint binding is '
            "not permitted for a ServiceEntry with NAMESPACE visibility"
        )
        return Attachment(
            reason=Reason.CROSS_NAMESPACE, message=message, reference=found, evidence=primary.evidence
        )
    return _with_canary(admissions, row, primary)


def attach_workload(admissions: Admissions, row: Object) -> Attachment:
    """The waypoint that takes traffic addressed to the pod or WorkloadEntry `row` itself.

    A waypoint's own pod is never bound to another one.
    """
    found = reference(admissions.cluster, row)
    gateway = row.labels.get(names.GATEWAY_NAME)
    if gateway and _ready(admissions.cluster.gateways.get((row.namespace, gateway))):
        message = f"a pod of Gateway/{row.namespace}/{gateway} is not bound to a waypoint"
        return Attachment(reason=Reason.NEVER_BOUND, message=message, reference=found)
    return _attach(admissions, row, found, "workload")


def _never_bound(row: Service | ServiceEntry, istio: Version) -> str:
    managed = row.labels.get(names.MANAGED_BY)
    if managed == names.MANAGED_WAYPOINT:
        return f"{row.ref} belongs to a waypoint, which has no waypoint of its own"
    if managed == names.MANAGED_EAST_WEST and istio >= SINCE_EAST_WEST_UNBOUND:
        return f"{row.ref} belongs to an east-west gateway, which has no waypoint"
    if isinstance(row, Service) and row.type == "ExternalName":
        return f"{row.ref} is of type ExternalName, which ambient leaves to DNS"
    if isinstance(row, ServiceEntry) and istio < SINCE_RANGES and any(map(is_range, row.addresses)):
        return f"{row.ref} has a range among its addresses, and istiod before {SINCE_RANGES} leaves it out of ambient"
    return ""


def _attach(admissions: Admissions, row: Object, found: Reference, traffic: str) -> Attachment:
    if found.name is None:
        reason = Reason.OPTED_OUT if found.opted_out else Reason.NOT_REQUESTED
        return Attachment(
            reason=reason, message=_no_reference(row, found), reference=found, assumed=found.namespace_unknown
        )
    admission = admissions.of(row.namespace, found.key, traffic)
    accepted = admission.reason is Reason.ACCEPTED
    return Attachment(
        reason=admission.reason,
        message=f"Successfully attached to waypoint {_slashed(found.key)}" if accepted else admission.message,
        reference=found,
        evidence=admission.evidence,
        waypoints=(Weighted(waypoint=found.key, weight=100),) if accepted else (),
        assumed=admission.assumed,
        hidden=admission.hidden,
    )


def _no_reference(row: Object, found: Reference) -> str:
    if found.opted_out:
        return f"{found.carrier} opts out with {names.USE_WAYPOINT}=none"
    if found.namespace_unknown:
        return (
            f"{row.ref} has no {names.USE_WAYPOINT} label, and Namespace/{row.namespace}, "
            "which could carry one, is not in the source"
        )
    return f"neither {row.ref} nor Namespace/{row.namespace} has an {names.USE_WAYPOINT} label"


def _admission(cluster: Cluster, namespace: str, waypoint: Key, traffic: str, istio: Version) -> Admission:
    """istiod's checks on the named Gateway, in its order: ready, admission, traffic type. Its class is not looked at."""
    slashed = _slashed(waypoint)
    gateway = cluster.gateways.get(waypoint)
    if gateway is None and cluster.may_hold("Gateway", waypoint[0]):
        message = f'whether waypoint "{slashed}" is ready is not known: it was not read'
        return Admission(reason=Reason.NOT_READY, message=message, assumed=True, hidden=True)
    if gateway is None or not _ready(gateway):
        absent = () if gateway is None else (field_evidence(gateway.ref, "status.addresses", None),)
        return Admission(
            reason=Reason.NOT_READY, message=f'waypoint "{slashed}" is not ready', evidence=absent
        )
    assumed = gateway.addresses is None
    gateway_class = cluster.gateway_classes.get(("", gateway.class_name))
    listener = _admitting_listener(gateway, gateway_class, istio)
    if listener is None:
        admitted = namespace == gateway.namespace
        where = field_evidence(gateway.ref, "spec.listeners", "no HBONE listener on port 15008")
    else:
        origin = listener.allowed.origin
        admitted = (
            listener.allowed.admits(gateway.namespace, namespace, cluster.namespace_labels(namespace))
            if origin in ("All", "Selector")
            else namespace == gateway.namespace  # for a waypoint `None` means no less than `Same`
        )
        assumed = assumed or (origin == "Selector" and cluster.namespace(namespace) is None)
        where = field_evidence(
            gateway.ref,
            f"spec.listeners[{listener.name}].allowedRoutes.namespaces.from",
            origin,
        )
    if not admitted:
        message = f'we are not permitted to attach to waypoint "{slashed}" (missing allowedRoutes?)'
        return Admission(reason=Reason.DENIED, message=message, evidence=(where,), assumed=assumed)
    carrier: Object = gateway
    if names.WAYPOINT_FOR not in gateway.labels and gateway_class is not None:
        carrier = gateway_class
    offered = carrier.labels.get(names.WAYPOINT_FOR, "service")
    evidence = (where, label_evidence(carrier, names.WAYPOINT_FOR))
    if offered not in (traffic, "all"):
        message = (
            f'attempting to bind to traffic type "{traffic}" which the waypoint "{slashed}" does not support'
        )
        return Admission(reason=Reason.TRAFFIC_TYPE, message=message, evidence=evidence, assumed=assumed)
    return Admission(reason=Reason.ACCEPTED, evidence=evidence, assumed=assumed)


def _ready(gateway: Gateway | None) -> bool:
    """Whether the Gateway has an address; a manifest without any status is taken for one that will."""
    return gateway is not None and (gateway.addresses is None or len(gateway.addresses) > 0)


def _admitting_listener(
    gateway: Gateway, gateway_class: GatewayClass | None, istio: Version
) -> Listener | None:
    if istio >= SINCE_INBOUND_BINDING:
        bound = _bound_listener(gateway, gateway_class)
        if bound is not None:
            return bound
    return next(
        (one for one in gateway.listeners if one.protocol == "HBONE" and one.port == HBONE_PORT), None
    )


def _bound_listener(gateway: Gateway, gateway_class: GatewayClass | None) -> Listener | None:
    binding = _binding(gateway, gateway_class)
    if binding is None:
        return None
    protocol, port = binding
    if port:
        return next((one for one in gateway.listeners if one.port == port), None)
    if protocol == "PROXY":
        return next((one for one in gateway.listeners if one.protocol == "istio.io/PROXY"), None)
    return None


def _binding(gateway: Gateway, gateway_class: GatewayClass | None) -> tuple[str, int] | None:
    """The protocol and port (0 for none) by which the waypoint's pods take traffic from their ztunnel."""
    text = gateway.annotations.get(names.INBOUND_BINDING)
    if text is None and gateway_class is not None:
        text = gateway_class.annotations.get(names.INBOUND_BINDING)
    if text is None:
        return None
    protocol, *rest = text.split("/")
    if protocol not in ("NONE", "PROXY") or len(rest) > 1:
        return None
    port = int(rest[0]) if rest and rest[0].isascii() and rest[0].isdigit() and len(rest[0]) < 10 else 0
    return protocol, port


def takes_any_port(cluster: Cluster, gateway: Gateway, istio: Version) -> bool | None:
    """Whether ztunnel reaches the waypoint's pods without a port 15008 of its Service: by an inbound binding with a port.

    None where the GatewayClass, which may carry the binding, is not in the source.
    """
    if istio < SINCE_INBOUND_BINDING:
        return False
    gateway_class = cluster.gateway_classes.get(("", gateway.class_name))
    binding = _binding(gateway, gateway_class)
    if binding is not None:
        return binding[1] > 0
    return None if gateway_class is None and names.INBOUND_BINDING not in gateway.annotations else False


def _visibility(cluster: Cluster, namespace: str) -> str:
    found = cluster.namespace(namespace)
    labels = found.labels if found else {}
    for policy in cluster.mesh.visibility_policies:
        if all(selector.matches(labels) for selector in policy.selectors):
            return policy.visibility
    return cluster.mesh.visibility


def _with_canary(admissions: Admissions, row: Object, primary: Attachment) -> Attachment:
    cluster = admissions.cluster
    if admissions.istio < SINCE_CANARY:
        return primary
    namespace = cluster.namespace(row.namespace) if primary.reference.inherited else None
    carrier = row
    if names.CANARY not in row.labels and namespace is not None and names.CANARY in namespace.labels:
        carrier = namespace
    name = carrier.labels.get(names.CANARY)
    if not name or name == "none":
        return primary
    canary = (carrier.labels.get(names.CANARY_NAMESPACE, row.namespace), name)
    evidence = [*primary.evidence, label_evidence(carrier, names.CANARY)]
    weight_text = row.annotations.get(names.CANARY_WEIGHT)
    weigher = row
    if weight_text is None and namespace is not None:
        weight_text = namespace.annotations.get(names.CANARY_WEIGHT)
        weigher = namespace
    evidence.append(field_evidence(weigher.ref, f"metadata.annotations[{names.CANARY_WEIGHT}]", weight_text))
    weight = 0 if weight_text is None else names.parse_weight(weight_text)
    slashed = _slashed(canary)
    note = ""
    assumed = primary.assumed
    if canary == primary.reference.key:
        note = f'canary waypoint "{slashed}" must differ from the primary waypoint'
    elif weight is None:
        note = f'canary waypoint "{slashed}" has an invalid weight; must be an integer in [0,100]'
    else:
        admission = admissions.of(row.namespace, canary, "service")
        assumed = assumed or admission.assumed
        if admission.reason is not Reason.ACCEPTED:
            note, evidence = admission.message, [*evidence, *admission.evidence]
    if note or weight is None:
        return replace(primary, evidence=tuple(evidence), canary_note=note, assumed=assumed)
    waypoints = (
        Weighted(waypoint=primary.reference.key, weight=100 - weight),
        Weighted(waypoint=canary, weight=weight),
    )
    return replace(primary, evidence=tuple(evidence), waypoints=waypoints, assumed=assumed)


def _slashed(key: Key) -> str:
    return f"{key[0]}/{key[1]}"


def waypoint_address(gateway: Gateway) -> Address | None:
    """The address by which proxies reach a waypoint: the first Hostname, else the first IPAddress; else None."""
    addresses = gateway.addresses or ()
    for kind in ("Hostname", "IPAddress"):
        for address in addresses:
            if address.type == kind:
                return address
    return None
