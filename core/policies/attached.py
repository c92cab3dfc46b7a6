"""Where AuthorizationPolicy, RequestAuthentication, WasmPlugin, Telemetry, EnvoyFilter and PeerAuthentication
act.
"""

from collections.abc import Iterator, Mapping, Sequence

from core.policies.act import Act, PolicyActs, in_order
from core.policies.places import Places, PodPlace
from core.policies.placing import (
    INGRESS_PLACES,
    SERVICE_PLACES,
    Seen,
    captured_pods,
    usable_at_ingress,
    usable_at_service,
    workload_acts,
)
from core.policies.rules import TABLE, Where, column_of, sentences
from core.policies.targets import Aim, Aimed, Fault, aims
from core.policies.ztunnel import NOT_SENT, Sent, Strictness, sent
from core.policy_model import AuthorizationPolicy, PeerAuthentication, Policies, Targeted, Telemetry
from core.versions import Version

DEFAULT_ROOT = "istio-system"
_POD_PLACES = frozenset({Where.PODS, Where.SELECTED_PODS})
_WORKLOAD_PLACES = frozenset({Where.WAYPOINT_PODS, Where.ALL_WAYPOINTS_PODS})
_WIDE = frozenset({Aim.NEITHER, Aim.EMPTY_SELECTOR})


class Attached:
    """The policies that the table of `core.policies.rules` speaks of, and PeerAuthentication."""

    def __init__(self, policies: Policies, places: Places, istio: Version) -> None:
        self._policies = policies
        self._places = places
        self._istio = istio
        self.root = policies.mesh.root_namespace or DEFAULT_ROOT
        self._oldest = _oldest_wide(policies.telemetries)

    def acts(self) -> Iterator[PolicyActs]:
        """Where each of them acts."""
        policies = self._policies
        groups: tuple[Sequence[Targeted], ...] = (
            policies.authorization_policies,
            policies.request_authentications,
            policies.wasm_plugins,
            policies.telemetries,
            policies.envoy_filters,
        )
        for group in groups:
            for policy in group:
                yield self._acts_of(policy)
        yield from self._peer_authentications()

    # --- by the table ---------------------------------------------------------------------------------------

    def _acts_of(self, policy: Targeted) -> PolicyActs:
        found: list[Act] = []
        reasons: list[str] = []
        notes: list[str] = []
        faults: list[str] = []
        for aimed in aims(policy, self._places, self.root):
            older = self._oldest.get(policy.namespace) if isinstance(policy, Telemetry) else None
            if aimed.aim in _WIDE and older is not None and older is not policy:
                faults.append(Fault.YOUNGER)
                reasons.append(
                    f"{aimed.target}: of several in one namespace only the oldest acts, {older.ref}"
                )
                continue
            acts, because = self._acts_at(policy, aimed)
            if not acts and aimed.aim not in (*_WIDE, Aim.SELECTOR):
                faults.append(aimed.fault or self._empty(policy, aimed.aim))
            found += acts
            reasons.append(because)
        if isinstance(policy, AuthorizationPolicy):
            notes += self._authorization_notes(policy, found)
        return PolicyActs(
            policy=policy.ref,
            acts=in_order(found),
            because="; ".join(dict.fromkeys(reasons)) + self._root_note(policy),
            notes=notes,
            faults=[str(fault) for fault in faults],
            where=policy.where,
        )

    def _acts_at(self, policy: Targeted, aimed: Aimed) -> tuple[Sequence[Act], str]:
        if aimed.aim is Aim.NOTHING:
            return (), f"{aimed.target}: {aimed.because}"
        cell = TABLE[aimed.aim][column_of(policy.kind, self._istio)]
        seen = Seen(policy, aimed, self._places, self.root)
        found: list[Act] = []
        for where in cell.places:
            if where in SERVICE_PLACES:
                found += [
                    place.act for place in SERVICE_PLACES[where](seen) if usable_at_service(policy, place)
                ]
            elif where in INGRESS_PLACES:
                found += [
                    place.act for place in INGRESS_PLACES[where](seen) if usable_at_ingress(policy, place)
                ]
            elif where in _WORKLOAD_PLACES:
                found += workload_acts(where, seen)
            elif where in _POD_PLACES and isinstance(policy, AuthorizationPolicy):
                found += self._at_ztunnel(policy)
        return found, sentences(cell, aimed.target, found=bool(found))

    def _empty(self, policy: Targeted, aim: Aim) -> Fault:
        """Why a target that leads somewhere leads to no place: the table has none, or none is there."""
        cell = TABLE[aim][column_of(policy.kind, self._istio)]
        return Fault.NO_PLACE if cell.places else Fault.KIND_OF_POLICY

    def _at_ztunnel(self, policy: AuthorizationPolicy) -> Sequence[Act]:
        if sent(policy, self._istio) in NOT_SENT:
            return ()
        pods = captured_pods(self._places, policy.namespace, self.root, policy.selector)
        return _ztunnel_acts([*pods])

    def _authorization_notes(self, policy: AuthorizationPolicy, acts: Sequence[Act]) -> Iterator[str]:
        if any(act.at == "waypoint" for act in acts):
            providers = self._policies.mesh.providers
            if policy.action == "CUSTOM" and providers is not None and policy.provider not in providers:
                named = f"provider {policy.provider or '(none)'} is not in MeshConfig"
                yield f"{named}: every request that it matches is denied"
            if policy.dry_run:
                yield "dry-run: at waypoints and gateways it is evaluated and reported, and refuses nothing"
        if policy.target_refs or policy.selector == {}:
            return
        state = sent(policy, self._istio)
        if state is not Sent.AS_WRITTEN:
            parts = sorted({part for rule in policy.rules for part in rule.l7})
            told = f" ({', '.join(parts)})" if parts and state not in NOT_SENT else ""
            yield f"at ztunnel {state.value}{told}"

    def _root_note(self, policy: Targeted) -> str:
        """Where the root namespace mattered and is only assumed, that is said."""
        if self._policies.mesh.root_namespace is not None or policy.namespace != self.root:
            return ""
        return f"; {self.root} is taken for the root namespace, no MeshConfig is in the source"

    # --- PeerAuthentication ---------------------------------------------------------------------------------

    def _peer_authentications(self) -> Iterator[PolicyActs]:
        policies = self._policies.peer_authentications
        strictness = Strictness(policies, self.root)
        pods = strictness.pods(self._places) if policies else {}
        for policy in policies:
            found = pods.get(policy.ref, ())
            fault, because = self._peer_because(policy, strictness, bool(found))
            yield PolicyActs(
                policy=policy.ref,
                acts=_ztunnel_acts(found),
                because=because + self._root_note(policy),
                faults=[str(fault)] if fault else (),
                where=policy.where,
            )

    def _peer_because(
        self, policy: PeerAuthentication, strictness: Strictness, acts: bool
    ) -> tuple[Fault | None, str]:
        if acts:
            return None, "STRICT: ztunnel refuses plaintext to these pods; a waypoint does not look at it"
        if policy.selector and policy.namespace == self.root:
            return Fault.KIND, "a selector in the root namespace is ignored"
        older = strictness.older(policy)
        if older is not None:
            return Fault.YOUNGER, f"of several in one namespace only the oldest acts, {older.ref}"
        if policy.mode != "STRICT" and "STRICT" not in policy.port_modes.values():
            return None, f"{policy.mode} has ztunnel refuse nothing"
        return None, "no captured pod is left to it: more specific ones decide, or there is none"


def _ztunnel_acts(pods: Sequence[PodPlace]) -> Sequence[Act]:
    if not pods:
        return ()
    return (Act(at="ztunnel", pods=tuple(sorted({pod.slashed for pod in pods}))),)


def _oldest_wide(telemetries: Sequence[Telemetry]) -> Mapping[str, Telemetry]:
    """Namespace → its oldest Telemetry with neither target nor selector."""
    found: dict[str, Telemetry] = {}
    for policy in sorted(telemetries, key=lambda one: (one.created, one.name)):
        if not policy.target_refs and not policy.selector:
            found.setdefault(policy.namespace, policy)
    return found
