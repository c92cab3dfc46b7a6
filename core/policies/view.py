"""The policies of a resolution: where each one acts, and for every path what it meets, goes past, and meets
twice.

*Enforced*: it acts at a place that all of the path's traffic passes. *Bypassed*: it acts on the backend at
its waypoint, and some of the traffic does not pass there. *Doubled*: the same effect at the gateway and at
the waypoint. A policy that acts at one place that the traffic passes is not bypassed at another.
"""

from collections.abc import Sequence
from functools import cached_property

from core.cluster import replace
from core.model import Key, ObjectRef, Row
from core.paths import Path, Resolution
from core.policies.act import PolicyActs
from core.policies.arrival import Arrivals
from core.policies.attached import Attached
from core.policies.effects import Doubled
from core.policies.gateway_policies import GatewayPolicies
from core.policies.index import Index, Refs
from core.policies.mesh_routes import MeshRoutes
from core.policies.places import Places
from core.policies.rule_acts import RuleActs
from core.policies.rules import OBSERVED_SINCE
from core.policies.twice import Twice
from core.policies.unsure import unsure
from core.policy_model import Policies


class PathPolicies(Row):
    """The policies of one path, sorted."""

    enforced: Sequence[ObjectRef] = ()
    bypassed: Sequence[ObjectRef] = ()
    doubled: Sequence[Doubled] = ()

    @property
    def doubled_refs(self) -> Sequence[ObjectRef]:
        """The routes and policies that have an effect at both places, alone or together."""
        return sorted({ref for one in self.doubled for ref in (one.first, one.second)})


class PolicyView:
    """The policies of a resolution. All is worked out when it is first asked for, and shared by paths."""

    def __init__(self, resolution: Resolution, policies: Policies) -> None:
        self.resolution = resolution
        self.policies = policies
        self.places = Places(resolution.world)
        istio = resolution.profiles["istio"].version
        self._attached = Attached(policies, self.places, istio)
        self._mesh_routes = MeshRoutes(policies, self.places, istio)
        self._rules = RuleActs(policies, self.places, self._attached.root)
        self._gateway_policies = GatewayPolicies(resolution, policies.gateway_policies, self.places)

    @property
    def root(self) -> str:
        """The mesh's root namespace."""
        return self._attached.root

    @cached_property
    def acts(self) -> Sequence[PolicyActs]:
        """Where each policy acts, sorted by the policy's name."""
        covered: dict[ObjectRef, set[Key]] = {}
        if self.policies.gateway_policies:
            for path in self.resolution.paths:
                for policy in self._gateway_policies.of_path(path):
                    covered.setdefault(policy.ref, set()).add(path.gateway)
        found = [*self._istio_acts, *self._gateway_policies.acts(covered)]
        cluster = self.resolution.cluster
        return sorted((unsure(one, cluster) for one in found), key=lambda one: one.policy)

    def at_waypoint(self, waypoint: Key, service: ObjectRef, port: int) -> Refs:
        """The routes of the mesh and the policies that act on a port of `service` at `waypoint`."""
        return self._index.at_waypoint(waypoint, service, port)

    def of(self, path: Path) -> PathPolicies:
        """The policies of `path`."""
        met = self._arrivals.of(path)
        enforced = met.always | self._at_gateway(path)
        return PathPolicies(
            enforced=tuple(sorted(enforced)),
            bypassed=tuple(sorted(met.meant - enforced)),
            doubled=self._twice.of(path),
        )

    def _at_gateway(self, path: Path) -> Refs:
        own = {policy.ref for policy in self._gateway_policies.of_path(path)}
        rules = self._twice.rules_at_gateway(path, self._arrivals.service(path))
        own.update(use.rule.ref for use in rules)
        return self._index.at_ingress(path.gateway, path.gateway_api) | own

    @cached_property
    def _istio_acts(self) -> Sequence[PolicyActs]:
        found = [*self._attached.acts(), *self._mesh_routes.acts(), *self._rules.acts()]
        profile = self.resolution.profiles["istio"]
        if profile.assumed or profile.version < OBSERVED_SINCE:
            return [replace(one, assumed=True) for one in found]
        return found

    @cached_property
    def _index(self) -> Index:
        return Index(self._istio_acts)

    @cached_property
    def _arrivals(self) -> Arrivals:
        return Arrivals(self.resolution.world, self.places, self._index)

    @cached_property
    def _twice(self) -> Twice:
        return Twice(
            policies=self.policies,
            places=self.places,
            index=self._index,
            arrivals=self._arrivals,
            rules=self._rules,
            gateway_policies=self._gateway_policies,
        )


def acts(resolution: Resolution, policies: Policies) -> Sequence[PolicyActs]:
    """Where each of `policies` acts, sorted by name."""
    return PolicyView(resolution, policies).acts
