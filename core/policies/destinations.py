"""Which DestinationRule a proxy uses for a service: at the ingress gateway's cluster, and again at the
waypoint's.

Source: istio pilot/pkg/model/push_context.go (destinationRule, setDestinationRules), destination_rule.go
(merging) and sidecar.go (DestinationRule).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from core.model import Key, Labels, Object, Row, Service, ServiceEntry, selects
from core.policies.hosts import EVERYWHERE, OWN, full_host, host_matches
from core.policies.places import Places
from core.policy_model import DestinationRule, Policies


class Use(Row):
    """A DestinationRule that a proxy uses, with what is left of it: older ones of its host go first."""

    rule: DestinationRule
    settings: Sequence[str]
    subsets: Sequence[str]

    @property
    def idle(self) -> bool:
        """Whether it is merged into others without leaving anything of what it sets."""
        return not self.settings and not self.subsets


class _Entry(NamedTuple):
    """DestinationRules of one host and namespace that istiod merges; one where it keeps them apart."""

    export_to: frozenset[str]
    members: list[DestinationRule]

    @property
    def selector(self) -> Labels | None:
        return self.members[0].selector

    def uses(self) -> Iterator["Use"]:
        """The members with what each leaves in the merged rule: the first `trafficPolicy`, and subsets of new
        names.
        """
        settled = False
        subsets: set[str] = set()
        for member in self.members:
            yield Use(
                rule=member,
                settings=() if settled else member.settings,
                subsets=tuple(name for name in member.subsets if name not in subsets),
            )
            settled = settled or bool(member.settings)
            subsets.update(member.subsets)


class _Pool:
    """The rules of one namespace that count for some proxies, by host."""

    def __init__(self) -> None:
        self._exact: dict[str, list[_Entry]] = {}
        self._wildcards: dict[str, list[_Entry]] = {}

    def add(self, rule: DestinationRule, host: str, export_to: frozenset[str]) -> None:
        """Merge `rule` into those of its host that go to the same namespaces, else keep it apart."""
        entries = (self._wildcards if host.startswith("*") else self._exact).setdefault(host, [])
        apart = True
        for entry in entries:
            if (
                export_to != entry.export_to and not (entry.export_to and export_to > entry.export_to)
            ) or rule.selector != entry.selector:
                apart = True
            else:
                entry.members.append(rule)
                apart = False
        if apart:
            entries.append(_Entry(export_to, [rule]))

    def most_specific(self, host: str) -> Sequence[_Entry] | None:
        """The entries of the host itself, else of the longest wildcard that covers it; None where there are
        none.
        """
        found = self._exact.get(host)
        if found:
            return found
        covering = [pattern for pattern in self._wildcards if host_matches(pattern, host)]
        return self._wildcards[max(covering, key=lambda one: (len(one), one))] if covering else None


class Destinations:
    """The DestinationRules of a cluster, looked up for a proxy and a service."""

    def __init__(self, policies: Policies, root: str) -> None:
        self._root = root
        self._own: dict[str, _Pool] = {}
        self._exported: dict[str, _Pool] = {}
        self._root_private = _Pool()
        default_private = OWN in policies.mesh.destination_rule_export_to
        self.rules = policies.destination_rules
        ordered = sorted(
            self.rules, key=lambda one: (one.selector is None, one.created, one.name, one.namespace)
        )
        for rule in ordered:
            self._index(rule, default_private=default_private)

    def _index(self, rule: DestinationRule, *, default_private: bool) -> None:
        host, own = full_host(rule.host, rule.namespace), rule.namespace
        export_to = frozenset({OWN}) if rule.selector is not None else frozenset(rule.export_to)
        if not export_to or not export_to.isdisjoint({EVERYWHERE, OWN, own}):
            self._own.setdefault(own, _Pool()).add(rule, host, export_to)
        private = default_private if not export_to else export_to in ({OWN}, {own})
        if not private:
            self._exported.setdefault(own, _Pool()).add(rule, host, export_to)
        elif own == self._root:
            self._root_private.add(rule, host, export_to)

    def used(self, namespace: str, row: Service | ServiceEntry, pods: Sequence[Labels] = ()) -> Sequence[Use]:
        """The rules that a proxy of `namespace` uses for `row`; several where they were merged into one.

        First the proxy's own namespace, then the service's, then root. Rules with a `workloadSelector` count
        for gateways of their namespace whose `pods` match, and at no waypoint.
        """
        found: dict[Key, Use] = {}
        for host in row.hosts:
            for use in self._for_host(namespace, row, host, pods):
                found.setdefault(use.rule.key, use)
        return tuple(found.values())

    def _for_host(self, namespace: str, row: Object, host: str, pods: Sequence[Labels]) -> Iterator[Use]:
        entries = self._entries(namespace, row.namespace, host)
        chosen: _Entry | None = None
        for entry in entries:
            if entry.selector is None:
                chosen = entry
            elif entry.members[0].namespace == namespace and any(
                selects(entry.selector, one) for one in pods
            ):
                chosen = entry
                break
        if chosen is not None:
            yield from chosen.uses()

    def _entries(self, namespace: str, service_namespace: str, host: str) -> Sequence[_Entry]:
        own = self._root_private if namespace == self._root else self._own.get(namespace)
        found = own.most_specific(host) if own is not None else None
        if found is not None:
            return found
        for home in (service_namespace, self._root):
            pool = self._exported.get(home)
            found = pool.most_specific(host) if pool is not None else None
            visible = [entry for entry in found or () if _visible(entry, namespace)]
            if visible:
                return visible
        return ()


def _visible(entry: _Entry, namespace: str) -> bool:
    return not entry.export_to or EVERYWHERE in entry.export_to or namespace in entry.export_to


def hosts_of(rule: DestinationRule, places: Places) -> Mapping[str, Service | ServiceEntry]:
    """The Services and ServiceEntries that the `host` of `rule` names, by host name."""
    host = full_host(rule.host, rule.namespace)
    cluster = places.cluster
    rows: list[Service | ServiceEntry] = []
    if host.startswith("*"):
        rows += cluster.services.values()
        rows += cluster.service_entries.values()
    else:
        service = cluster.service_of_host(host)
        rows += [service] if service is not None else []
        rows += cluster.entries_of_host(host)
    return {their: row for row in rows for their in row.hosts if host_matches(host, their)}
