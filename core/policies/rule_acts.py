"""Where DestinationRules act: at the clusters of ingress gateways and, again, at those of waypoints."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from core import labels as names
from core.model import Labels, ObjectRef, Service, ServiceEntry, selects
from core.policies.act import Act, PolicyActs, in_order
from core.policies.destinations import Destinations, Use, hosts_of
from core.policies.hosts import EVERYWHERE, OWN
from core.policies.places import IngressPlace, Places
from core.policies.targets import Fault
from core.policy_model import DestinationRule, Effect, Policies

EFFECT_OF: Mapping[str, str] = {
    "connectionPool": "connection-pool",
    "outlierDetection": "outlier-detection",
    "loadBalancer": "load-balancer",
    "subsets": "subsets",
}
"""Part of a DestinationRule → the effect it has at each place."""

_IDLE = "it is merged with older ones of the same host and namespace, which leave nothing of what it sets"

KGATEWAY_PARTS = frozenset({"outlierDetection"})
"""The parts that kgateway looks at (destrule plugin; with them it takes over locality and TCP keepalive)."""


class RuleActs:
    """The DestinationRules of a cluster at its gateways and waypoints."""

    def __init__(self, policies: Policies, places: Places, root: str) -> None:
        self._places = places
        self._destinations = Destinations(policies, root)
        self._used: dict[tuple[str, ObjectRef], Sequence[Use]] = {}
        setting = places.cluster.controller("kgateway").setting(names.KGW_ENABLE_ISTIO_INTEGRATION)
        self._kgateway = names.parse_bool(setting.value or "") is True
        self._by_host: dict[str, list[DestinationRule]] = {}
        for rule in policies.destination_rules:
            self._by_host.setdefault(rule.host, []).append(rule)

    def at_waypoint(self, namespace: str, row: Service | ServiceEntry) -> Sequence[Use]:
        """The rules that waypoints of `namespace` use for `row`."""
        key = (namespace, row.ref)
        found = self._used.get(key)
        if found is None:
            found = self._used[key] = self._destinations.used(namespace, row)
        return found

    def at_ingress(self, place: IngressPlace, row: Service | ServiceEntry) -> Sequence[Use]:
        """The rules that an ingress gateway uses for `row`; agentgateway uses none."""
        if place.plane == "istio":
            return self._destinations.used(place.namespace, row, place.pods)
        if place.plane == "kgateway" and self._kgateway:
            return self._of_kgateway(place, row)
        return ()

    def _of_kgateway(self, place: IngressPlace, row: Service | ServiceEntry) -> Sequence[Use]:
        """The oldest rule of exactly this host, first of those for everybody, then of those for the gateway's
        namespace.

        Source: kgateway pkg/kgateway/extensions2/plugins/destrule. Short names are not completed there.
        """
        named = [
            rule for host in row.hosts for rule in self._by_host.get(host, ()) if _picks(rule, place.pods)
        ]
        for wanted in (EVERYWHERE, place.namespace):
            found = [rule for rule in named if wanted in _exported(rule)]
            if found:
                first = min(found, key=lambda rule: (rule.created, rule.namespace, rule.name))
                settings = tuple(part for part in first.settings if part in KGATEWAY_PARTS)
                return (Use(rule=first, settings=settings, subsets=()),) if settings else ()
        return ()

    def acts(self) -> Iterator[PolicyActs]:
        """Where each rule acts."""
        rules = self._destinations.rules
        if not rules:
            return
        found: dict[ObjectRef, list[Act]] = {rule.ref: [] for rule in rules}
        working: set[ObjectRef] = set()
        for place in chain.from_iterable(self._places.by_service.values()):
            for use in self.at_waypoint(place.waypoint[0], place.row):
                found[use.rule.ref].append(place.act)
                working.update(() if use.idle else (use.rule.ref,))
        for rule in rules:
            hosts = hosts_of(rule, self._places)
            gateways = []
            for ingress in self._places.ingresses.values():
                used = self._use_at(ingress, rule, hosts.values())
                if used is not None:
                    gateways.append(ingress.act)
                    working.update(() if used.idle else (rule.ref,))
            fault, because = _because(rule, bool(hosts), bool(gateways or found[rule.ref]))
            acts = in_order([*found[rule.ref], *gateways])
            yield PolicyActs(
                policy=rule.ref,
                acts=acts,
                because=because,
                notes=() if rule.ref in working or not acts else (_IDLE,),
                faults=[fault.value] if fault else (),
                where=rule.where,
            )

    def _use_at(
        self, place: IngressPlace, rule: DestinationRule, rows: Iterable[Service | ServiceEntry]
    ) -> Use | None:
        return next((use for row in rows for use in self.at_ingress(place, row) if use.rule is rule), None)


def _picks(rule: DestinationRule, pods: Sequence[Labels]) -> bool:
    return not rule.selector or any(selects(rule.selector, labels) for labels in pods)


def _exported(rule: DestinationRule) -> Sequence[str]:
    return [rule.namespace if one == OWN else one for one in rule.export_to] or (EVERYWHERE,)


def effects_of(use: Use) -> Sequence[Effect]:
    """What a rule does at the proxy that uses it."""
    parts = [*use.settings, *(["subsets"] if use.subsets else [])]
    return [Effect(kind=EFFECT_OF[part]) for part in parts if part in EFFECT_OF]


def _because(rule: DestinationRule, found: bool, acts: bool) -> tuple[Fault | None, str]:
    if not found:
        return Fault.NOT_FOUND, f"host {rule.host} is no Service or ServiceEntry here"
    if not acts:
        return (
            None,
            "at each proxy a rule of the proxy's own namespace, of the service's, or an older one counts",
        )
    told = "a proxy uses the rule of its own namespace, else of the service's, else of root"
    return None, f"{told}: gateways and waypoints each for themselves" + (
        "; with a workloadSelector at no waypoint" if rule.selector is not None else ""
    )
