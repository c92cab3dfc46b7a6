"""The backendRef itself: what it names exists, may be referred to, and can be made a cluster of."""

from core.checks.common import NOT_SHOWN, target_name
from core.cluster import Cluster
from core.gates import Evidence, Finding, Result, failed, field_evidence, not_applicable, passed, unknown
from core.istio_ingress.rows import VIRTUAL_SERVICE
from core.model import BackendRef, ReferenceGrant, Service, ServiceEntry
from core.situation import Situation


def backend_resolves(at: Situation) -> Finding:
    """The backendRef names an object and a port that exist and that this data plane knows."""
    backend = at.backend
    evidence = Evidence(object=str(backend.ref.ref), field="backendRef port", value=_text(backend.ref.port))
    if backend.hidden:
        because = f"whether {backend.ref.ref} exists is not known: the live cluster did not show all objects of its kind"
        if backend.target is not None:
            what = f"subset {backend.ref.subset} of {backend.ref.ref}"
            because = (
                f"whether there is {what} is not known: the live cluster did not show all DestinationRules"
            )
        return unknown(because, evidence, leans=Result.FAIL, remedy=NOT_SHOWN)
    if backend.fault:
        return failed(
            backend.fault,
            evidence,
            remedy=f"Correct the {_noun(at)}, or create what it names.",
            assumed=backend.through is not None,
        )
    if backend.through is not None:
        because = f"{backend.through.ref} is an ExternalName: it stands for {target_name(at)}"
        field = field_evidence(backend.through.ref, "spec.externalName", backend.through.external_name)
        return passed(because, field, assumed=True)
    return passed(lambda: f"{target_name(at)} exists{_port_text(at)}{_subset_text(at)}", evidence)


def _noun(at: Situation) -> str:
    return "destination" if at.backend.route_kind == VIRTUAL_SERVICE else "backendRef"


def _port_text(at: Situation) -> str:
    return f" and has port {at.backend.ref.port}" if at.backend.ref.port is not None else ""


def _subset_text(at: Situation) -> str:
    """A waypoint's endpoints take the place of a service's before the subset is looked at (endpoint_builder.go)."""
    backend = at.backend
    if not backend.ref.subset:
        return ""
    labels = ",".join(f"{key}={value}" for key, value in sorted(backend.subset_labels.items())) or "no labels"
    return f"; subset {backend.ref.subset} ({labels}) counts where the gateway balances, a waypoint does not look at it"


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def reference_granted(at: Situation) -> Finding:
    """A backendRef into another namespace has a ReferenceGrant there."""
    backend = at.backend
    ref = backend.ref
    if backend.route_kind == VIRTUAL_SERVICE:
        return not_applicable(
            "a VirtualService refers to any namespace whose services are exported to the gateway"
        )
    if ref.kind == "Hostname" or ref.namespace == backend.route_namespace:
        return not_applicable("the backendRef stays in the route's namespace")
    grant = granting(at.cluster, backend.route_kind, backend.route_namespace, ref)
    if grant is not None:
        return passed(
            f"{grant.ref} allows it", field_evidence(grant.ref, "spec.from", backend.route_namespace)
        )
    if at.cluster.may_hold("ReferenceGrant", ref.namespace):
        because = (
            f"whether a ReferenceGrant in namespace {ref.namespace} allows it is not known: it was not read"
        )
        evidence = field_evidence(ref.ref, "ReferenceGrant", None)
        return unknown(because, evidence, leans=Result.PASS, remedy=NOT_SHOWN)
    return failed(
        not_granted(backend.route_kind, backend.route_namespace, ref),
        field_evidence(ref.ref, "ReferenceGrant", None),
        remedy=f"Create a ReferenceGrant in namespace {ref.namespace} from {backend.route_kind} in "
        f"{backend.route_namespace} to {ref.kind} {ref.name}.",
    )


def granting(
    cluster: Cluster, route_kind: str, route_namespace: str, ref: BackendRef
) -> ReferenceGrant | None:
    """The ReferenceGrant that lets routes of the kind in `route_namespace` refer to `ref` in another namespace."""
    wanted = ("gateway.networking.k8s.io", route_kind, route_namespace)
    for grant in cluster.grants.in_namespace(ref.namespace):
        targets = any(
            (group, kind) == (ref.group, ref.kind) and name in ("", ref.name)
            for group, kind, name in grant.targets
        )
        if targets and wanted in grant.origins:
            return grant
    return None


def not_granted(route_kind: str, route_namespace: str, ref: BackendRef) -> str:
    """That there is no such grant, in words."""
    return (
        f"no ReferenceGrant in namespace {ref.namespace} lets {route_kind}s of namespace {route_namespace} "
        f"refer to {ref.ref}"
    )


def kgateway_builds_cluster(at: Situation) -> Finding:
    """kgateway makes a cluster of the target: not for resolution NONE, nor for an ExternalName without ports."""
    target = at.backend.target
    if target is None:
        return not_applicable("there is no target to make a cluster of")
    if isinstance(target, ServiceEntry) and target.resolution == "NONE":
        evidence = field_evidence(target.ref, "spec.resolution", target.resolution)
        return failed(
            f"{target.ref} has resolution NONE, of which kgateway makes no cluster",
            evidence,
            remedy="Use resolution STATIC or DNS.",
        )
    if isinstance(target, Service) and target.type == "ExternalName" and not target.ports:
        evidence = field_evidence(target.ref, "spec.ports", None)
        return failed(
            f"{target.ref} is an ExternalName without ports, of which kgateway makes no cluster", evidence
        )
    return passed(lambda: f"kgateway makes a cluster of {target_name(at)}")
