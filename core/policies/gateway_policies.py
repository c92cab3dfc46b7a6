"""Policies of kgateway's and agentgateway's own APIs: at the Gateway, route or backend they name, at that
proxy only.

Source: kgateway api/v1alpha1/kgateway (TrafficPolicy, ListenerPolicy, HTTPListenerPolicy,
BackendConfigPolicy); agentgateway controller/api/v1alpha1/agentgateway (AgentgatewayPolicy).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from core.listener_sets import set_of_listener
from core.model import Key, Object, ObjectRef, Row, selects
from core.paths import Path, Resolution
from core.policies.act import Act, PolicyActs, in_order
from core.policies.places import Places
from core.policies.targets import GATEWAY_API, Fault
from core.policy_model import GatewayPolicy

ROUTE_KINDS = frozenset({"HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute"})
BACKEND_KINDS = frozenset(
    {("", "Service"), ("gateway.kgateway.dev", "Backend"), ("networking.istio.io", "ServiceEntry")}
)
HOSTNAME = ("networking.istio.io", "Hostname")


class Scope(Row):
    """What one target of a policy covers: an object, or a part of it (a listener, a route rule) by name."""

    ref: ObjectRef
    section: str = ""


class GatewayPolicies:
    """The policies of the gateways' own APIs, and the paths that each covers."""

    def __init__(self, resolution: Resolution, policies: Sequence[GatewayPolicy], places: Places) -> None:
        self._resolution = resolution
        self._places = places
        self._policies = policies
        self._by_scope: dict[ObjectRef, list[tuple[str, GatewayPolicy]]] = {}
        self._scopes: dict[ObjectRef, Sequence[Scope]] = {}
        for policy in policies:
            scopes = self._scopes[policy.ref] = tuple(self._scopes_of(policy))
            for scope in scopes:
                self._by_scope.setdefault(scope.ref, []).append((scope.section, policy))
        self._rule_names = _rule_names(resolution) if policies else {}

    def of_path(self, path: Path) -> Sequence[GatewayPolicy]:
        """The policies that act on `path`, at its gateway."""
        if not self._by_scope:
            return ()
        rules = [(link.ref, link.rule) for link in path.via] + [(path.route_ref, path.rule)]
        joined = set_of_listener(path.listener)
        found: dict[ObjectRef, GatewayPolicy] = {}
        for ref, section in (
            (path.gateway_ref, path.listener),
            *([joined] if joined else ()),
            *((ref, self._rule_names.get((ref, rule), "")) for ref, rule in rules),
            (path.service_ref, str(path.backend.port or "")),
            (path.backend.ref, str(path.backend.port or "")),
        ):
            for wanted, policy in self._by_scope.get(ref, ()):
                if policy.plane == path.plane and wanted in ("", section):
                    found[policy.ref] = policy
        return tuple(found.values())

    def acts(self, at: Mapping[ObjectRef, Iterable[Key]]) -> Iterator[PolicyActs]:
        """Where each policy acts. `at` are the gateways of the paths that it covers."""
        for policy in self._policies:
            gateways = set(at.get(policy.ref, ())) | set(self._named_gateways(policy))
            acts = in_order([Act(at="ingress", gateway=key) for key in gateways])
            fault, because = self._because(policy, bool(acts))
            yield PolicyActs(
                policy=policy.ref,
                acts=acts,
                because=because,
                faults=[fault.value] if fault else (),
                where=policy.where,
            )

    def _named_gateways(self, policy: GatewayPolicy) -> Iterator[Key]:
        """Gateways that the policy names itself: it acts there whether a path leads through them or not."""
        for scope in self._scopes[policy.ref]:
            key = (scope.ref.namespace, scope.ref.name)
            place = self._places.ingresses.get(key)
            if scope.ref.kind == "Gateway" and place is not None and place.plane == policy.plane:
                yield key

    def _because(self, policy: GatewayPolicy, acts: bool) -> tuple[Fault | None, str]:
        targets = [*(f"{one.kind} {one.name}" for one in policy.target_refs)]
        targets += [f"{one.kind} with {_shown(one.labels)}" for one in policy.target_selectors]
        named = ", ".join(targets) or "no target"
        if acts:
            return None, f"{named}: at the gateways of {policy.plane} that serve it, and nowhere else"
        if not targets:
            return Fault.NOT_FOUND, "it names no target in targetRefs or targetSelectors"
        unknown = [kind for group, kind in _target_kinds(policy) if not _is_followed(group, kind)]
        if unknown:
            return None, f"{named}: targets of kind {', '.join(dict.fromkeys(unknown))} are not followed here"
        if not any(self._exists(scope.ref) for scope in self._scopes[policy.ref]):
            return Fault.NOT_FOUND, f"{named}: nothing of that name is in namespace {policy.namespace}"
        return Fault.NO_PLACE, f"{named}: no gateway of {policy.plane} serves it"

    def _exists(self, ref: ObjectRef) -> bool:
        cluster = self._resolution.cluster
        key = (ref.namespace, ref.name)
        if ref.kind in ROUTE_KINDS:
            return any(route.ref == ref for route in cluster.routes)
        tables: Mapping[str, Mapping[Key, Object]] = {
            "Gateway": cluster.gateways,
            "ListenerSet": {(one.namespace, one.name): one for one in cluster.listener_sets.values()},
            "Service": cluster.services,
            "ServiceEntry": cluster.service_entries,
            "Backend": cluster.backends,
        }
        return key in tables[ref.kind]

    # --- targets --------------------------------------------------------------------------------------------

    def _scopes_of(self, policy: GatewayPolicy) -> Iterator[Scope]:
        for target in policy.target_refs:
            yield from self._named(policy, target.group, target.kind, target.name, target.section)
        for selector in policy.target_selectors:
            for name in self._selected(policy.namespace, selector.group, selector.kind, selector.labels):
                yield from self._named(policy, selector.group, selector.kind, name, selector.section)

    def _named(
        self, policy: GatewayPolicy, group: str, kind: str, name: str, section: str
    ) -> Iterator[Scope]:
        if (group, kind) != HOSTNAME and _is_followed(group, kind):
            yield Scope(ref=ObjectRef(kind=kind, namespace=policy.namespace, name=name), section=section)
        elif (group, kind) == HOSTNAME:
            for entry in self._resolution.cluster.entries_of_host(name):
                yield Scope(ref=entry.ref)

    def _selected(self, namespace: str, group: str, kind: str, labels: Mapping[str, str]) -> Iterator[str]:
        for row in self._of_kind(group, kind):
            if row.namespace == namespace and selects(labels, row.labels):
                yield row.name

    def _of_kind(self, group: str, kind: str) -> Iterable[Object]:
        cluster = self._resolution.cluster
        if group == GATEWAY_API and kind in ROUTE_KINDS:
            return (one for one in cluster.routes if one.route_kind == kind)
        rows: Mapping[str, Iterable[Object]] = {
            "Gateway": cluster.gateways.values(),
            "ListenerSet": [one for one in cluster.listener_sets.values() if one.set_kind == "ListenerSet"],
            "Service": cluster.services.values(),
            "Backend": cluster.backends.values(),
        }
        return rows.get(kind, ())


def _target_kinds(policy: GatewayPolicy) -> Iterator[tuple[str, str]]:
    yield from ((one.group, one.kind) for one in policy.target_refs)
    yield from ((one.group, one.kind) for one in policy.target_selectors)


def _is_followed(group: str, kind: str) -> bool:
    """Whether it is known here to which paths such a target leads."""
    if group == GATEWAY_API:
        return kind in ("Gateway", "ListenerSet", *ROUTE_KINDS)
    return (group, kind) in BACKEND_KINDS or (group, kind) == HOSTNAME


def _rule_names(resolution: Resolution) -> Mapping[tuple[ObjectRef, int], str]:
    return {
        (route.ref, number): rule.name
        for route in resolution.cluster.routes
        for number, rule in enumerate(route.rules)
        if rule.name
    }


def _shown(labels: Mapping[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
