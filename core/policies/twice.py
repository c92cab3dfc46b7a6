"""What is done to a path's traffic at the gateway and again at the waypoint."""

from collections.abc import Iterable, Mapping, Sequence

from core.gates import Verdict
from core.istio_ingress.rows import VIRTUAL_SERVICE
from core.model import Key, ObjectRef, Service, ServiceEntry
from core.paths import Path
from core.policies.arrival import Arrivals, arriving
from core.policies.destinations import Use
from core.policies.effects import CONSUMED, EFFECTS, Doubled, Source, doubled
from core.policies.gateway_policies import GatewayPolicies
from core.policies.index import Index
from core.policies.places import Places
from core.policies.rule_acts import RuleActs, effects_of
from core.policy_model import (
    AuthorizationPolicy,
    Effect,
    Policies,
    RequestAuthentication,
    RouteEffects,
    Telemetry,
    VirtualService,
)


class Twice:
    """The effects at gateways and at waypoints, compared for each path."""

    def __init__(
        self,
        *,
        policies: Policies,
        places: Places,
        index: Index,
        arrivals: Arrivals,
        rules: RuleActs,
        gateway_policies: GatewayPolicies,
    ) -> None:
        self._places = places
        self._index = index
        self._arrivals = arrivals
        self._rules = rules
        self._gateway_policies = gateway_policies
        routes: Sequence[RouteEffects | VirtualService] = [*policies.routes, *policies.virtual_services]
        self._routes = {route.ref: route for route in routes}
        self._effects = _effects(policies)
        self._at_waypoint: dict[tuple[Key, ObjectRef, int], Sequence[Source]] = {}

    def of(self, path: Path) -> Sequence[Doubled]:
        """The effects that the traffic of `path` has at both places; only where it passes a service's
        waypoint.
        """
        row = self._arrivals.service(path)
        waypoints = {
            share.waypoint
            for share in arriving(path)
            if share.verdict is Verdict.WAYPOINT and share.waypoint is not None
        }
        if row is None or not waypoints:
            return ()
        second: dict[ObjectRef, Source] = {}
        for waypoint in sorted(waypoints):
            for source in self._at(waypoint, row, path.backend.port or 0):
                second.setdefault(source.ref, source)
        return doubled(self._at_gateway(path, row), second.values()) if second else ()

    def rules_at_gateway(self, path: Path, row: Service | ServiceEntry | None) -> Sequence[Use]:
        """The DestinationRules that the gateway of `path` uses."""
        place = self._places.ingresses.get(path.gateway_key)
        return () if place is None or row is None else self._rules.at_ingress(place, row)

    def _at_gateway(self, path: Path, row: Service | ServiceEntry) -> Iterable[Source]:
        own: set[str] = set()
        for ref, number in [
            (path.route_ref, path.rule),
            *((link.ref, link.rule) for link in reversed(path.via)),
        ]:
            route = self._routes.get(ref)
            effects = route.effects[number] if route is not None and number < len(route.effects) else ()
            if path.route_kind != VIRTUAL_SERVICE:
                # A route that another delegates to takes over what it has not itself.
                effects = [one for one in effects if EFFECTS[one.kind].alike not in own]
                own.update(EFFECTS[one.kind].alike for one in effects)
            if effects:
                yield Source(ref=ref, effects=effects)
        for policy in self._gateway_policies.of_path(path):
            yield Source(ref=policy.ref, effects=policy.effects)
        yield from self._sources(self._index.at_ingress(path.gateway, path.gateway_api))
        yield from _used(self.rules_at_gateway(path, row))

    def _at(self, waypoint: Key, row: Service | ServiceEntry, port: int) -> Sequence[Source]:
        key = (waypoint, row.ref, port)
        found = self._at_waypoint.get(key)
        if found is None:
            sources = [*self._sources(self._index.at_waypoint(*key))]
            if waypoint in self._places.waypoints:
                sources += _used(self._rules.at_waypoint(waypoint[0], row))
            found = self._at_waypoint[key] = sources
        return found

    def _sources(self, refs: Iterable[ObjectRef]) -> Iterable[Source]:
        for ref in sorted(refs):
            effects = self._effects.get(ref)
            if effects:
                yield Source(ref=ref, effects=effects)


def _used(uses: Iterable[Use]) -> Iterable[Source]:
    return (Source(ref=use.rule.ref, effects=effects_of(use)) for use in uses)


def _effects(policies: Policies) -> Mapping[ObjectRef, Sequence[Effect]]:
    """What Istio's policies and the routes of the mesh do at one place. DestinationRules depend on who uses
    them.
    """
    found: dict[ObjectRef, Sequence[Effect]] = {
        **{one.ref: _authorization_effects(one) for one in policies.authorization_policies},
        **{one.ref: _jwt_effects(one) for one in policies.request_authentications},
        **{one.ref: _telemetry_effects(one) for one in policies.telemetries},
    }
    for service in policies.virtual_services:
        found[service.ref] = _all(service.rules)
    for route in policies.routes:
        found[route.ref] = _all(route.effects)
    return found


def _all(rules: Iterable[Sequence[Effect]]) -> Sequence[Effect]:
    return tuple(dict.fromkeys(effect for rule in rules for effect in rule))


def _authorization_effects(policy: AuthorizationPolicy) -> Sequence[Effect]:
    return () if policy.dry_run or policy.action == "AUDIT" else (Effect(kind="authz"),)


def _jwt_effects(policy: RequestAuthentication) -> Sequence[Effect]:
    return tuple(Effect(kind="jwt" if policy.keeps_token else CONSUMED, key=one) for one in policy.issuers)


def _telemetry_effects(policy: Telemetry) -> Sequence[Effect]:
    """Two proxies that report, each as told, repeat nothing; the same Telemetry at both of them does."""
    name = f"{policy.namespace}/{policy.name}"
    return tuple(Effect(kind="telemetry", key=f"{signal} of {name}") for signal in policy.signals)
