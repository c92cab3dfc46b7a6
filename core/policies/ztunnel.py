"""What ztunnel makes of an AuthorizationPolicy, and the pods that a PeerAuthentication makes strict.

Source: istio pilot/pkg/serviceregistry/ambient/authorization.go; ztunnel src/rbac.rs (Authorization.matches).
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from core.model import Labels, ObjectRef, selects
from core.policies.places import Places, PodPlace
from core.policy_model import AuthorizationPolicy, PeerAuthentication
from core.versions import Version

SINCE_DRY_RUN_KEPT_BACK = Version(major=1, minor=29)
"""The oldest istiod observed to keep dry-run policies from ztunnel; 1.24 sent them as if they were real."""


class Sent(StrEnum):
    """What arrives at ztunnel of a policy without targets."""

    AS_WRITTEN = "as written"
    NOTHING_ALLOWED = "it allows nothing: every rule has parts that ztunnel can't check, and is dropped"
    LESS_ALLOWED = "it allows less than written: rules with parts that ztunnel can't check are dropped"
    MORE_DENIED = (
        "it denies more than written: the parts that ztunnel can't check are stripped from its rules"
    )
    NOTHING_DENIED = "it denies nothing: without the parts that ztunnel can't check no rule can match"
    LESS_DENIED = (
        "it denies less than written: rules of nothing but parts that ztunnel can't check never match"
    )
    ACTION = "not sent: ztunnel knows ALLOW and DENY only"
    DRY_RUN = "not sent: dry-run"


NOT_SENT = frozenset({Sent.ACTION, Sent.DRY_RUN})


def sent(policy: AuthorizationPolicy, istio: Version) -> Sent:
    """What istiod sends to ztunnel of `policy`, and what that comes to there.

    Of a DENY istiod strips the L7 parts of a rule and sends the rest. Where nothing is left of a rule's `from`, `to` or
    `when`, that is a clause with one empty match; and ztunnel skips empty matches, so that the clause never holds and
    the rule denies nothing. The opposite is often read ("deny all"), and istiod itself said so up to 1.31.0-rc.0: its
    condition told "more restrictive than requested" (`UnsupportedValue`). Since August 2026 it says "will have no
    effect" of such a policy; what is sent and how ztunnel matches is the same in all.

    Source: istio authorization.go (handleRule, hasEffectiveRules) at 1.29.4, 1.30.3, 1.31.0-rc.0 and main; ztunnel
    rbac.rs (`if mg.is_empty() { continue }`) at 1.24.6, 1.29.4, 1.30.3 and main.
    """
    if policy.dry_run and istio >= SINCE_DRY_RUN_KEPT_BACK:
        return Sent.DRY_RUN
    if policy.action not in ("ALLOW", "DENY"):
        return Sent.ACTION
    needing = [rule for rule in policy.rules if rule.l7]
    if not needing:
        return Sent.AS_WRITTEN
    if policy.action == "ALLOW":
        return Sent.NOTHING_ALLOWED if len(needing) == len(policy.rules) else Sent.LESS_ALLOWED
    if any(rule.enforceable for rule in needing):
        return Sent.MORE_DENIED
    return Sent.NOTHING_DENIED if len(needing) == len(policy.rules) else Sent.LESS_DENIED


class Strictness:
    """Which PeerAuthentications make which pods strict: the more specific one wins, then the oldest.

    Those of the root namespace hold for the mesh, and have no effect with a selector; those of other
    namespaces hold for the namespace, or for the pods that a selector picks.
    """

    def __init__(self, policies: Sequence[PeerAuthentication], root: str) -> None:
        self._root = root
        self._wide: dict[str, PeerAuthentication] = {}
        self._narrow: dict[str, list[PeerAuthentication]] = {}
        for policy in sorted(policies, key=lambda one: (one.created, one.namespace, one.name)):
            if not policy.selector:
                self._wide.setdefault(policy.namespace, policy)
            elif policy.namespace != root:
                self._narrow.setdefault(policy.namespace, []).append(policy)

    def older(self, policy: PeerAuthentication) -> PeerAuthentication | None:
        """The older policy without selector that counts in place of `policy`."""
        first = self._wide.get(policy.namespace)
        return None if policy.selector or first is policy else first

    def of_pod(self, namespace: str, labels: Labels) -> Sequence[PeerAuthentication]:
        """The policies that have ztunnel refuse plaintext to such a pod, on all its ports or on some."""
        mesh = self._wide.get(self._root)
        wide = self._wide.get(namespace) if namespace != self._root else None
        narrow = self._narrow.get(namespace, ())
        own = next((one for one in narrow if selects(one.selector or {}, labels)), None)
        deciding = next((one for one in (own, wide, mesh) if one is not None and one.mode != "UNSET"), None)
        found = [deciding] if deciding is not None and deciding.mode == "STRICT" else []
        if own is not None and own not in found and "STRICT" in own.port_modes.values():
            found.append(own)
        return found

    def pods(self, places: Places) -> Mapping[ObjectRef, Sequence[PodPlace]]:
        """PeerAuthentication → the captured pods to which ztunnel refuses plaintext because of it."""
        found: dict[ObjectRef, list[PodPlace]] = {}
        for pods in places.pods.values():
            for pod in pods:
                for policy in self.of_pod(pod.namespace, pod.labels):
                    found.setdefault(policy.ref, []).append(pod)
        return found
