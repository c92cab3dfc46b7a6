"""What a target of an Istio policy is aimed at: the rows of the table in `core.policies.rules`.

Source: istio pilot/pkg/model/policyattachment.go (ShouldAttachPolicy) and
pilot/pkg/serviceregistry/ambient/policies.go, whose reasons are the faults.
"""

from collections.abc import Sequence
from enum import StrEnum

from core.cluster import Cluster
from core.model import Key, ObjectRef, Row
from core.policies.places import WAYPOINT_CLASS, Places
from core.policy_model import Targeted, TargetRef

GATEWAY_API = "gateway.networking.k8s.io"
SERVICE = ("", "Service")
SERVICE_ENTRY = ("networking.istio.io", "ServiceEntry")
GATEWAY = (GATEWAY_API, "Gateway")
GATEWAY_CLASS = (GATEWAY_API, "GatewayClass")


class Aim(StrEnum):
    """What a policy is aimed at, by one of its targets or by having none."""

    WAYPOINT = "a waypoint of its namespace"
    INGRESS = "an ingress gateway of its namespace"
    SERVICE = "a bound service of its namespace"
    CLASS = f"GatewayClass {WAYPOINT_CLASS}, in the root namespace"
    SELECTOR = "a selector with labels"
    EMPTY_SELECTOR = "selector: {}"
    NEITHER = "neither target nor selector"
    NOTHING = "a target without effect"


class Fault(StrEnum):
    """Why a target has no effect. The CamelCase ones are istiod's reasons."""

    NOT_FOUND = "TargetNotFound"
    NOT_BOUND = "AncestorNotBound"
    OTHER_NAMESPACE = "other-namespace"
    CLASS_NAMESPACE = "Invalid"
    CLASS_NAME = "class-without-effect"
    OTHER_PLANE = "not-istio"
    KIND = "kind-without-effect"
    KIND_OF_POLICY = "policy-kind-without-effect"
    NO_PLACE = "no-place"
    """What the target leads to has nothing that such a policy acts on: no bound service, no HTTP port."""
    YOUNGER = "younger-than-another"
    NOT_KNOWN = "not-known"
    """What the target leads to was not read."""


class Aimed(Row):
    """A target with what it leads to. `because` completes a sentence that begins with the target's name."""

    aim: Aim
    target: str
    gateway: Key = ("", "")
    service: ObjectRef | None = None
    fault: Fault | None = None
    because: str = ""


def aims(policy: Targeted, places: Places, root: str) -> Sequence[Aimed]:
    """What `policy` is aimed at: an entry for each of its targets; without any, one for its selector."""
    if policy.target_refs:
        return [_aimed(policy, ref, places, root) for ref in policy.target_refs]
    if policy.selector is None:
        return [Aimed(aim=Aim.NEITHER, target="no target and no selector")]
    if not policy.selector:
        return [Aimed(aim=Aim.EMPTY_SELECTOR, target="selector {}")]
    labels = ",".join(f"{key}={value}" for key, value in sorted(policy.selector.items()))
    return [Aimed(aim=Aim.SELECTOR, target=f"selector {labels}")]


def _aimed(policy: Targeted, ref: TargetRef, places: Places, root: str) -> Aimed:
    shown = f"{ref.kind} {ref.name}"
    if ref.namespace not in ("", policy.namespace):
        because = f"targetRef.namespace {ref.namespace} is refused by validation and never matches"
        return _nothing(shown, Fault.OTHER_NAMESPACE, because)
    match (ref.group, ref.kind):
        case kind if kind == GATEWAY:
            return _at_gateway(policy, ref.name, places)
        case kind if kind == GATEWAY_CLASS:
            return _at_class(policy, ref.name, root)
        case kind if kind in (SERVICE, SERVICE_ENTRY):
            return _at_service(policy, ref, places)
        case _:
            group = f" of group {ref.group}" if ref.group else ""
            return _nothing(shown, Fault.KIND, f"a target of kind {ref.kind}{group} has no effect")


def _nothing(target: str, fault: Fault, because: str) -> Aimed:
    return Aimed(aim=Aim.NOTHING, target=target, fault=fault, because=because)


def _at_gateway(policy: Targeted, name: str, places: Places) -> Aimed:
    key = (policy.namespace, name)
    shown = f"Gateway {policy.namespace}/{name}"
    if key in places.waypoints:
        return Aimed(aim=Aim.WAYPOINT, target=shown, gateway=key)
    ingress = places.ingresses.get(key)
    if ingress is not None and ingress.plane == "istio":
        return Aimed(aim=Aim.INGRESS, target=shown, gateway=key)
    if key in places.cluster.gateways:
        because = "it is no proxy of Istio's, which its policies don't reach"
        return _nothing(shown, Fault.OTHER_PLANE, because)
    elsewhere = _homes(places.cluster, name)
    note = f" (there is one in {', '.join(elsewhere)}, which the policy can't name)" if elsewhere else ""
    return _nothing(shown, Fault.NOT_FOUND, f"there is no such Gateway in namespace {policy.namespace}{note}")


def _homes(cluster: Cluster, name: str) -> Sequence[str]:
    return sorted(namespace for namespace, gateway in cluster.gateways if gateway == name)


def _at_class(policy: Targeted, name: str, root: str) -> Aimed:
    shown = f"GatewayClass {name}"
    if policy.namespace != root:
        return _nothing(
            shown, Fault.CLASS_NAMESPACE, f"a GatewayClass can be named from the root namespace {root} only"
        )
    if name != WAYPOINT_CLASS:
        return _nothing(shown, Fault.CLASS_NAME, f"of all classes only {WAYPOINT_CLASS} has an effect")
    return Aimed(aim=Aim.CLASS, target=shown)


def _at_service(policy: Targeted, ref: TargetRef, places: Places) -> Aimed:
    """A Service or ServiceEntry of the policy's own namespace, wherever its waypoint is."""
    service = ObjectRef(kind=ref.kind, namespace=policy.namespace, name=ref.name)
    cluster = places.cluster
    key = (policy.namespace, ref.name)
    row = cluster.services.get(key) if ref.kind == "Service" else cluster.service_entries.get(key)
    shown = f"{ref.kind} {policy.namespace}/{ref.name}"
    if row is None:
        because = f"there is no such {ref.kind} in namespace {policy.namespace}"
        return _nothing(shown, Fault.NOT_FOUND, because)
    if service not in places.by_service:
        if places.elsewhere(row):
            return _nothing(shown, Fault.OTHER_PLANE, "its waypoint is no proxy of Istio's")
        return _nothing(shown, Fault.NOT_BOUND, "it is not bound to a waypoint")
    return Aimed(aim=Aim.SERVICE, target=shown, service=service)
