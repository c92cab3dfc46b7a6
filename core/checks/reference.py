"""The backendRef itself: what it names exists, may be referred to, and can be made a cluster of."""

from core.checks.common import target_name
from core.gates import Evidence, Finding, failed, field_evidence, not_applicable, passed
from core.model import Service, ServiceEntry
from core.situation import Situation


def backend_resolves(at: Situation) -> Finding:
    """The backendRef names an object and a port that exist and that this data plane knows."""
    backend = at.backend
    evidence = Evidence(object=str(backend.ref.ref), field="backendRef port", value=_text(backend.ref.port))
    if backend.fault:
        return failed(
            backend.fault,
            evidence,
            remedy="Correct the backendRef, or create what it names.",
            assumed=backend.through is not None,
        )
    if backend.through is not None:
        because = f"{backend.through.ref} is an ExternalName: it stands for {target_name(at)}"
        field = field_evidence(backend.through.ref, "spec.externalName", backend.through.external_name)
        return passed(because, field, assumed=True)
    return passed(lambda: f"{target_name(at)} exists{_port_text(at)}", evidence)


def _port_text(at: Situation) -> str:
    return f" and has port {at.backend.ref.port}" if at.backend.ref.port is not None else ""


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def reference_granted(at: Situation) -> Finding:
    """A backendRef into another namespace has a ReferenceGrant there."""
    backend = at.backend
    ref = backend.ref
    if ref.kind == "Hostname" or ref.namespace == backend.route_namespace:
        return not_applicable("the backendRef stays in the route's namespace")
    wanted = ("gateway.networking.k8s.io", backend.route_kind, backend.route_namespace)
    for grant in at.cluster.grants.in_namespace(ref.namespace):
        targets = any(
            (group, kind) == (ref.group, ref.kind) and name in ("", ref.name)
            for group, kind, name in grant.targets
        )
        if targets and wanted in grant.origins:
            return passed(
                f"{grant.ref} allows it", field_evidence(grant.ref, "spec.from", backend.route_namespace)
            )
    return failed(
        f"no ReferenceGrant in namespace {ref.namespace} lets {backend.route_kind}s of namespace "
        f"{backend.route_namespace} refer to {ref.ref}",
        field_evidence(ref.ref, "ReferenceGrant", None),
        remedy=f"Create a ReferenceGrant in namespace {ref.namespace} from {backend.route_kind} in "
        f"{backend.route_namespace} to {ref.kind} {ref.name}.",
    )


def kgateway_builds_cluster(at: Situation) -> Finding:
    """kgateway makes a cluster of the target: not for resolution NONE, nor for an ExternalName without ports."""
    target = at.backend.target
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
