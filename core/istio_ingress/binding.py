"""Which rules of which VirtualServices are at which server, for which hosts, and in which order.

Source: istiod pilot/pkg/networking/core/gateway.go, pilot/pkg/networking/core/route/route.go
(BuildHTTPRoutesForVirtualService), pilot/pkg/model/push_context.go (VirtualServicesForGateway).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.cluster import Cluster, replace
from core.istio_ingress.delegates import merged_rules
from core.istio_ingress.hosts import for_namespace, in_common
from core.istio_ingress.merging import Merged, Place, Served, merge
from core.istio_ingress.rows import HttpMatch, HttpRule, L4Match, L4Rule, VirtualService
from core.istio_ingress.workloads import GatewayWorkload, Ports, age, workloads
from core.model import Key, Labels, Row, selects
from core.policies.hosts import EVERYWHERE, NOWHERE, OWN, host_matches

Rule = HttpRule | L4Rule


class Bound(Row):
    """A VirtualService at a server: its rules as they are there, with the matches that can hold there.

    `hosts` are those in common. `fault` says why there are no rules. `unreached` are rules, each with the one before it
    that takes every request.
    """

    virtual_service: VirtualService
    hosts: Sequence[str] = ()
    http: Sequence[HttpRule] = ()
    l4: Sequence[L4Rule] = ()
    fault: str = ""
    unreached: Sequence[tuple[Rule, Rule]] = ()


@dataclass(frozen=True)
class Front:
    """A workload's servers, and what is bound to each of them, in the order in which it is asked."""

    workload: GatewayWorkload
    ports: Ports
    merged: Merged
    bound: Mapping[Place, Sequence[Bound]]

    def at(self, served: Served) -> Sequence[Bound]:
        """The VirtualServices that name the server's Gateway, bound or not."""
        return self.bound.get(served.place, ())


class VirtualServices:
    """The VirtualServices of a cluster, delegates in their places."""

    def __init__(self, cluster: Cluster) -> None:
        self._default = cluster.istio.settings.virtual_service_export_to
        rows = cluster.istio.virtual_services
        by_key = {one.key: one for one in rows}
        self.faults: dict[Key, Sequence[str]] = {}
        self.by_gateway: dict[str, list[VirtualService]] = {}
        for one in sorted(rows, key=age):
            if not one.hosts:
                continue
            if one.faults:
                self.faults[one.key] = [f"Istio refuses it: {fault}" for fault in one.faults]
                continue
            rules, self.faults[one.key] = merged_rules(one, by_key, self._default)
            merged = replace(one, http=tuple(rules))
            for name in dict.fromkeys(one.ingress_gateways):
                self.by_gateway.setdefault(name, []).append(merged)

    def seen_from(self, gateway: str, namespace: str | None) -> Sequence[tuple[VirtualService, bool]]:
        """Those that name `gateway`, each with whether pods of `namespace` see it: the private first, then those
        exported there, then those for everybody.
        """
        ranked = [
            (rank, one)
            for one in self.by_gateway.get(gateway, ())
            if (rank := self._rank(one, namespace)) is not None
        ]
        seen = [(one, True) for _, one in sorted(ranked, key=lambda pair: pair[0])]
        visible = {one.key for one, _ in seen}
        return [*seen, *((one, False) for one in self.by_gateway.get(gateway, ()) if one.key not in visible)]

    def _rank(self, one: VirtualService, namespace: str | None) -> int | None:
        export_to = tuple(one.export_to) or tuple(self._default) or (EVERYWHERE,)
        if EVERYWHERE in export_to:
            return 2
        if NOWHERE in export_to:
            return None
        if namespace is None:
            return 2
        if namespace == one.namespace and (OWN in export_to or namespace in export_to):
            return 0
        return 1 if namespace in export_to else None


def fronts(cluster: Cluster, found: VirtualServices) -> Sequence[Front]:
    """All workloads of Istio Gateways with what is at their servers."""
    return [_front(cluster, found, workload) for workload in workloads(cluster)]


def _front(cluster: Cluster, found: VirtualServices, workload: GatewayWorkload) -> Front:
    ports = Ports(cluster, workload)
    merged = merge(workload, ports)
    bound: dict[Place, Sequence[Bound]] = {}
    names: dict[tuple[int, str], dict[str, str]] = {}
    for served in merged.served:
        here = list(_bound(found, workload, served))
        if served.server.passes_through and not served.server.plain_http:
            here = _each_name_once(here, names.setdefault(served.socket, {}))
        elif not served.server.routes_http:
            here = _first_alone(here)
        bound[served.place] = here
    return Front(workload=workload, ports=ports, merged=merged, bound=bound)


def _bound(found: VirtualServices, workload: GatewayWorkload, served: Served) -> Iterator[Bound]:
    for one, visible in found.seen_from(served.gateway.full_name, workload.namespace):
        if not visible:
            yield Bound(
                virtual_service=one,
                fault=f"its exportTo does not reach namespace {workload.namespace} of the gateway's pods",
            )
        elif served.server.routes_http:
            yield _http_bound(one, workload, served)
        elif served.server.tls_mode == "AUTO_PASSTHROUGH":
            yield Bound(
                virtual_service=one,
                fault=f"server {served.server.listener} is AUTO_PASSTHROUGH, where the SNI names the cluster",
            )
        else:
            yield _l4_bound(one, served)


# --- http -----------------------------------------------------------------------------------------------------------


def _http_bound(one: VirtualService, workload: GatewayWorkload, served: Served) -> Bound:
    hosts = in_common(for_namespace(served.server.hosts, one.namespace), one.hosts)
    if not hosts:
        return Bound(virtual_service=one, fault=_no_host(one, served))
    if not one.http:
        return Bound(virtual_service=one, hosts=hosts, fault="it has no http rules")
    rules: list[HttpRule] = []
    unreached: list[tuple[Rule, Rule]] = []
    everything: HttpRule | None = None
    for rule in one.http:
        matches = tuple(match for match in rule.matches if _applies(match, workload, served))
        if rule.matches and not matches:
            continue
        if everything is not None:
            unreached.append((rule, everything))
            continue
        rules.append(replace(rule, matches=matches))
        if not matches or any(takes_all(match) for match in matches):
            everything = rule
    fault = "" if rules else "its matches ask for other ports, gateways or source labels"
    return Bound(virtual_service=one, hosts=hosts, http=rules, fault=fault, unreached=unreached)


def _applies(match: HttpMatch, workload: GatewayWorkload, served: Served) -> bool:
    name, port = served.gateway.full_name, served.server.number
    return applies(match, port, name, workload.labels, workload.namespace)


def applies(match: HttpMatch, port: int, gateway: str, labels: Labels, namespace: str | None) -> bool:
    """What is decided before there is a request: `port`, `gateways`, and without these where the request is from.

    `gateway` is the name that VirtualServices have for those that ask. What a request is from is, to istiod, the proxy
    that it asks for: its `labels` and its `namespace`, None where that is not known.
    """
    if match.port not in (0, port):
        return False
    if match.gateways:
        return gateway in match.gateways
    home = match.source_namespace
    return selects(match.source_labels, labels) and home in ("", home if namespace is None else namespace)


def takes_all(match: HttpMatch) -> bool:
    """Whether no request is beyond `match`; what comes after it in a VirtualService is not even sent to the gateway."""
    conditions = (
        match.scheme,
        match.method,
        match.authority,
        *match.headers,
        *match.without_headers,
        *match.params,
    )
    if any(conditions):
        return False
    uri = match.uri
    return uri is None or (uri.type, uri.value) in (("prefix", "/"), ("regex", ".*"), ("present", ""))


def _no_host(one: VirtualService, served: Served) -> str:
    theirs = ", ".join(served.server.hosts) or "none"
    return f"no host in common: {', '.join(one.hosts)} with {theirs} of server {served.server.listener}"


# --- tls and tcp ----------------------------------------------------------------------------------------------------


def _l4_bound(one: VirtualService, served: Served) -> Bound:
    wanted = for_namespace(served.server.hosts, one.namespace)
    hosts = [host for host in one.hosts if any(host_matches(theirs, host) for theirs in wanted)]
    if not hosts:
        return Bound(virtual_service=one, fault=_no_host(one, served))
    kind, rules = ("tls", one.tls) if served.server.passes_through else ("tcp", one.tcp)
    if not rules:
        return Bound(virtual_service=one, hosts=hosts, fault=f"it has no {kind} rules")
    found = []
    for rule in rules:
        matches = tuple(match for match in rule.matches if _applies_l4(match, served))
        if matches or (not rule.matches and kind == "tcp"):
            found.append(replace(rule, matches=matches))
    fault = "" if found else "its matches ask for other ports or gateways"
    return Bound(virtual_service=one, hosts=hosts, l4=found, fault=fault)


def _applies_l4(match: L4Match, served: Served) -> bool:
    here = not match.gateways or served.gateway.full_name in match.gateways
    return match.port in (0, served.server.number) and here


def _each_name_once(bound: Sequence[Bound], taken: dict[str, str]) -> list[Bound]:
    """Without the matches that name an SNI host that an earlier match on the same port has named."""
    found = []
    for one in bound:
        rules, faults = [], []
        for rule in one.l4:
            matches = []
            for match in rule.matches:
                twice = next((host for host in match.sni_hosts if host in taken), None)
                if twice is None:
                    taken.update(dict.fromkeys(match.sni_hosts, str(one.virtual_service.ref)))
                    matches.append(match)
                else:
                    faults.append(f"sniHost {twice} is taken by {taken[twice]}")
            if matches:
                rules.append(replace(rule, matches=tuple(matches)))
        fault = one.fault or ("" if rules else faults[0])
        found.append(replace(one, l4=tuple(rules), fault=fault))
    return found


def _first_alone(bound: Sequence[Bound]) -> list[Bound]:
    """The first rule that applies is the one for all connections of a server."""
    first: Bound | None = None
    found = []
    for one in bound:
        if one.fault or first is not None:
            fault = (
                one.fault
                or f"all connections go by {first.virtual_service.ref if first else ''}, which comes first"
            )
            found.append(replace(one, l4=(), fault=fault))
            continue
        rule, *others = one.l4
        first = replace(one, l4=(rule,), unreached=[(other, rule) for other in others])
        found.append(first)
    return found
