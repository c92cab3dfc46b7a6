"""The addresses of the backend: whether it has one, and whether its waypoint knows it by that."""

from collections.abc import Callable, Sequence

from core import labels as names
from core.attachment import ambient_addresses
from core.checks.common import Check, object_ref, target_name
from core.gates import Evidence, Finding, Result, failed, field_evidence, not_applicable, passed, unknown
from core.model import Service, ServiceEntry, bracketed, is_range
from core.situation import Situation


def istio_has_vip(*, without_address_passes: bool, cidr_counts: bool) -> Check:
    """The target has an address as istiod counts: a ClusterIP or 0.0.0.0 of a Service, an address of a ServiceEntry."""

    def check(at: Situation) -> Finding:
        row = at.service
        if isinstance(row, Service):
            return _service_vip(row)
        if row is None:
            return failed(f"{target_name(at)} has no VIP")
        spec = field_evidence(row.ref, "spec.addresses", ", ".join(row.addresses) or None)
        usable = istio_addresses(row, cidr_counts=cidr_counts)
        if usable:
            return passed(f"{row.ref} has the address {usable[0]}", spec)
        auto = auto_addresses(row)
        status = field_evidence(row.ref, "status.addresses", ", ".join(auto) or None)
        if auto and not row.addresses:
            return passed(f"{row.ref} has the auto-allocated address {auto[0]}", spec, status)
        if without_address_passes and not row.addresses:
            return passed(f"{row.ref} has no address; this version goes on with 0.0.0.0", spec, status)
        return failed(
            f"{row.ref} has no address that istiod counts",
            spec,
            status,
            remedy="Give the ServiceEntry an address in spec.addresses.",
        )

    return check


def _service_vip(row: Service) -> Finding:
    evidence = field_evidence(
        row.ref, "spec.clusterIPs", ", ".join(row.cluster_ips) or ("None" if row.headless else None)
    )
    if row.awaits_cluster_ip:
        return passed(f"{row.ref} will get a ClusterIP when it is applied", evidence, assumed=True)
    if row.headless:
        return passed(f"{row.ref} is headless; istiod gives it the address 0.0.0.0", evidence)
    return passed(
        f"{row.ref} has the ClusterIP {row.cluster_ips[0] if row.cluster_ips else '0.0.0.0'}", evidence
    )


def istio_addresses(row: ServiceEntry, *, cidr_counts: bool) -> Sequence[str]:
    """The `spec.addresses` that istiod counts: single ones, and from 1.30 CIDR ranges as they stand."""
    return [one for one in row.addresses if cidr_counts or not is_range(one)]


def auto_addresses(row: ServiceEntry) -> Sequence[str]:
    """The `status.addresses` whose `host` is one of the ServiceEntry's."""
    return [value for host, value in row.auto_addresses if host in row.hosts]


def kgateway_has_vip(vips: Callable[[Situation], Sequence[str]]) -> Check:
    """An address is left for kgateway's static cluster; without one it holds a cluster that leads nowhere."""

    def check(at: Situation) -> Finding:
        row = at.service
        if row is None:
            return not_applicable(f"{target_name(at)} has no VIP")
        kept = vips(at)
        field = "spec.clusterIPs" if isinstance(row, Service) else "spec.addresses, status.addresses"
        listed = row.cluster_ips if isinstance(row, Service) else row.vips
        evidence = field_evidence(row.ref, field, ", ".join(listed) or None)
        if isinstance(row, Service) and row.awaits_cluster_ip:
            return passed(f"{row.ref} will get a ClusterIP when it is applied", evidence, assumed=True)
        setting = at.cluster.controller("kgateway").setting(names.KGW_DNS_LOOKUP_FAMILY)
        assumed = len(listed) > 1 and not setting.known
        family = Evidence(object=setting.where, field=f"env {setting.name}", value=setting.value)
        ranges = [one for one in kept if "/" in one]
        if ranges:
            return failed(
                f"kgateway's cluster for {row.ref} holds {', '.join(ranges)}: no connection can be made to a range",
                evidence,
                remedy="Give the ServiceEntry a single address in spec.addresses.",
                assumed=True,
            )
        if kept:
            return passed(f"kgateway holds {', '.join(kept)} of {row.ref}", evidence, family, assumed=assumed)
        why = "it has no address"
        if listed:
            why = f"none of its addresses is a single one of the family that {setting.name} leaves"
        return failed(
            f"kgateway's cluster for {row.ref} is static and empty: {why}. Clients get 503 (kgateway issue 14390)",
            evidence,
            family,
            remedy=f"Take the {names.INGRESS_USE_WAYPOINT} label away, or give it an address.",
            assumed=assumed,
        )

    return check


def vip_known(addresses: Callable[[Situation], Sequence[str]]) -> Check:
    """ztunnel knows the VIP that the gateway sends to (the first of `addresses`); else it passes the packet on."""

    def check(at: Situation) -> Finding:
        row = at.service
        held = addresses(at)
        if row is None or not held:
            return not_applicable(f"the gateway holds no address of {target_name(at)}")
        if isinstance(row, Service):
            return passed(f"ztunnel knows {row.ref} by {held[0]}")
        known = ambient_addresses(row, at.world.profiles["istio"].version)
        evidence = field_evidence(row.ref, "addresses that istiod sends to ztunnel", ", ".join(known) or None)
        if held[0] in known:
            return passed(f"ztunnel knows {row.ref} by {held[0]}", evidence)
        because = f"ztunnel does not know {row.ref} by {held[0]}: it passes the connection on as it is"
        return failed(because, evidence, assumed=True)

    return check


def endpoints_from_istiod(at: Situation) -> Finding:
    """The gateway's cluster takes its endpoints from istiod, where a waypoint could stand in for them."""
    row = at.service
    if not isinstance(row, ServiceEntry):
        return passed(f"{target_name(at)} is a Service: istiod gives its endpoints")
    evidence = field_evidence(row.ref, "spec.resolution", row.resolution)
    if row.uses_dns:
        because = f"{row.ref} resolves by DNS: the gateway asks DNS itself, whatever the labels"
        return failed(
            because, evidence, remedy="Use resolution STATIC with endpoints, where the addresses are known."
        )
    if row.resolution == "NONE":
        because = f"{row.ref} has resolution NONE: the gateway passes on to the original destination"
        return unknown(because, evidence, leans=Result.FAIL)
    return passed(f"{row.ref} has resolution {row.resolution}: istiod gives its endpoints", evidence)


def target_address(at: Situation) -> Finding:
    """Istio: the waypoint picks the service by the target address, which some services don't have for themselves."""
    row = at.service
    attachment = at.attachment
    if row is None or attachment is None or not attachment.waypoints:
        return not_applicable("no waypoint is in effect")
    port = at.backend.port.port if at.backend.port else 0
    if isinstance(row, ServiceEntry):
        return _entry_target(row, port)
    if not row.headless:
        address = row.cluster_ips[0] if row.cluster_ips else "ClusterIP"
        return passed(f"the waypoint knows {row.ref} by {bracketed(address, port)}")
    evidence = field_evidence(row.ref, "spec.clusterIP", "None")
    waypoint = attachment.waypoints[0].waypoint
    others = [key for key in at.world.headless_sharing(waypoint, port) if key != row.key]
    if not others:
        because = (
            f"{row.ref} is the only headless Service on port {port} of {object_ref('Gateway', waypoint)}"
        )
        return passed(f"{because}: 0.0.0.0:{port} can mean no other", evidence)
    listed = ", ".join(str(object_ref("Service", key)) for key in others[:5])
    more = f" and {len(others) - 5} more" if len(others) > 5 else ""
    because = (
        f"several headless Services of {object_ref('Gateway', waypoint)} share 0.0.0.0:{port}: the first is matched for all "
        f"of them, {row.ref} and {listed}{more}"
    )
    return unknown(
        because,
        evidence,
        leans=Result.PASS,
        remedy="Give the Services different ports, waypoints of their own, or ClusterIPs.",
    )


def _entry_target(row: ServiceEntry, port: int) -> Finding:
    spec = field_evidence(row.ref, "spec.addresses", ", ".join(row.addresses) or None)
    if not row.addresses:
        return failed(
            f"the gateway sends with the target 0.0.0.0:{port}, under which the waypoint does not know {row.ref}: clients get 503",
            spec,
            remedy="Give the ServiceEntry an address in spec.addresses.",
        )
    if is_range(row.addresses[0]):
        return failed(
            f"the gateway sends with the target {bracketed(row.addresses[0], port)}, a range and no address",
            spec,
            remedy="Give the ServiceEntry a single address in spec.addresses.",
            assumed=True,
        )
    target = bracketed(row.addresses[0].partition("/")[0], port)
    return passed(f"the waypoint knows {row.ref} by {target}", spec)
