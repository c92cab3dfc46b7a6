"""`policy-without-effect` and `l7-rule-at-ztunnel`: policies that are not what they look like."""

from collections.abc import Iterator, Mapping

from core import labels as names
from core.audit.audited import Audited, ids
from core.audit.enforcement import authorization_rows, protects
from core.audit.finding import Draft, Severity
from core.model import ObjectRef
from core.policies.act import PolicyActs
from core.policies.places import PodPlace
from core.policies.placing import captured_pods
from core.policies.targets import Fault
from core.policies.ztunnel import NOT_SENT, Sent, sent
from core.policy_model import Targeted

_ABSENT = Fault.NOT_FOUND.value
_IN_MESH_ONLY = frozenset({"VirtualService", "DestinationRule", "HTTPRoute", "GRPCRoute"})
"""Kinds that sidecars, and other meshes, read too: only where all is ambient they are meant for a waypoint."""

_REMEDIES: Mapping[str, str] = {
    Fault.NOT_FOUND.value: "Correct the name in its target, or create what it names in the policy's namespace.",
    Fault.NOT_BOUND.value: "Bind the target to a waypoint with the label istio.io/use-waypoint.",
    Fault.OTHER_NAMESPACE.value: "Move it to the namespace of its target.",
    Fault.CLASS_NAMESPACE.value: "Move it to the root namespace, or target a Gateway or Service.",
    Fault.CLASS_NAME.value: "Name GatewayClass istio-waypoint, or target a Gateway or Service.",
    Fault.OTHER_PLANE.value: "Use a policy of that gateway's own API, or target a Service at its waypoint.",
    Fault.YOUNGER.value: "Merge it into the older one.",
}
_TO_WAYPOINT = "Give it targetRefs with the Service, or with the waypoint's Gateway."


def policy_without_effect(at: Audited) -> Iterator[Draft]:
    """A policy that acts nowhere, or that has a target on which it does not act."""
    rows = authorization_rows(at)
    unaimed = _unaimed(at)
    for one in at.view.acts:
        kind = one.policy.kind
        if one.faults and not _may_be_elsewhere(at, one) and set(one.faults) != {Fault.NOT_KNOWN.value}:
            protecting = protects(rows.get(one.policy), kind)
            error = protecting and not one.acts
            yield Draft(
                code="policy-without-effect",
                severity=Severity.ERROR if error else Severity.WARNING,
                message=f"{one.policy} has {'in part ' if one.acts else ''}no effect "
                f"({', '.join(dict.fromkeys(one.faults))}): {one.because}.",
                objects=(one.policy,),
                where=one.where,
                remedy=_REMEDIES.get(one.faults[0], "Give it a target on which policies of this kind act."),
            )
        elif not one.acts and not one.faults and one.policy in unaimed:
            yield Draft(
                code="policy-without-effect",
                severity=Severity.ERROR if kind == "RequestAuthentication" else Severity.WARNING,
                message=f"{one.policy} has no effect on the pods of the mesh that it is meant for: "
                f"{'; '.join([one.because, *one.notes])}.",
                objects=(one.policy,),
                where=one.where,
                remedy=_TO_WAYPOINT,
            )


def _may_be_elsewhere(at: Audited, one: PolicyActs) -> bool:
    """Whether what the policy names may exist outside of the source, or sidecars may be what it is for."""
    if one.policy.kind in _IN_MESH_ONLY:
        return not _is_all_ambient(at) or _ABSENT in one.faults
    return set(one.faults) == {_ABSENT} and not at.cluster.observed


def _is_all_ambient(at: Audited) -> bool:
    """Whether there are captured pods, and nothing tells of a sidecar."""
    cluster = at.cluster
    injected = any(one.labels.get(names.INJECTION) == "enabled" for one in cluster.namespaces.values())
    sidecars = any(names.SIDECAR_STATUS in pod.annotations for pod in cluster.pods.values())
    return any(at.view.places.pods.values()) and not injected and not sidecars


def _unaimed(at: Audited) -> Mapping[ObjectRef, Targeted]:
    """Policies without targets for captured pods, of kinds that ztunnel does not read or with what it does not."""
    policies, istio = at.policies, at.resolution.profiles["istio"].version
    candidates: list[Targeted] = [
        *policies.request_authentications,
        *policies.wasm_plugins,
        *(one for one in policies.authorization_policies if sent(one, istio) in NOT_SENT and not one.dry_run),
    ]
    return {
        policy.ref: policy
        for policy in candidates
        if not policy.target_refs
        and policy.selector != {}
        and policy.namespace != at.view.root
        and next(_pods(at, policy), None) is not None
    }


def _pods(at: Audited, policy: Targeted) -> Iterator[PodPlace]:
    return captured_pods(at.view.places, policy.namespace, at.view.root, policy.selector)


_CONSEQUENCES: Mapping[Sent, Severity] = {
    Sent.NOTHING_ALLOWED: Severity.ERROR,
    Sent.MORE_DENIED: Severity.ERROR,
    Sent.NOTHING_DENIED: Severity.ERROR,
    Sent.LESS_DENIED: Severity.ERROR,
    Sent.LESS_ALLOWED: Severity.WARNING,
}


def l7_rule_at_ztunnel(at: Audited) -> Iterator[Draft]:
    """A policy at ztunnel has rules that only a waypoint can check."""
    istio = at.resolution.profiles["istio"].version
    acting = {one.policy: one for one in at.view.acts if any(act.at == "ztunnel" for act in one.acts)}
    for policy in at.policies.authorization_policies:
        one = acting.get(policy.ref)
        state = sent(policy, istio)
        severity = _CONSEQUENCES.get(state)
        if one is None or severity is None:
            continue
        pods = sorted({pod for act in one.acts if act.at == "ztunnel" for pod in act.pods})
        needed = ", ".join(sorted({part for rule in policy.rules for part in rule.l7}))
        count = f"{len(pods)} pod" if len(pods) == 1 else f"{len(pods)} pods"
        enforced = [path for path in at.paths if policy.ref in at.path_policies[path.id].enforced]
        yield Draft(
            code="l7-rule-at-ztunnel",
            severity=severity,
            message=f"{policy.ref} acts at ztunnel for {count}, and {state.value} ({needed}).",
            objects=(policy.ref,),
            paths=ids(enforced),
            where=policy.where,
            remedy=_TO_WAYPOINT,
        )
