"""kgateway (Envoy) as ingress: when its cluster becomes static with the service's VIPs, and what those are.

Observed on kgateway 2.0.4, 2.1 (2025-10), 2.1.2, 2.2.0, 2.3.0 and main of 2026-08 (2.4); semantics, "Gates, kgateway".
"""

import re
from collections.abc import Callable, Sequence

from core import checks
from core import labels as names
from core.controllers import Setting
from core.dataplanes import ztunnel
from core.dataplanes.reference import REFERENCE_CHAIN
from core.endpoints import Endpoints
from core.gates import REDIRECTED, Gate, Track, Verdict
from core.model import KgatewayBackend, Service, ServiceEntry, bracketed
from core.outcomes import NO_UPSTREAM, Share, Upstream, texts
from core.situation import Situation
from core.versions import Version

OBSERVED = (
    Version(major=2, minor=0),
    Version(major=2, minor=1),
    Version(major=2, minor=1, patch=2),
    Version(major=2, minor=2),
    Version(major=2, minor=3),
    Version(major=2, minor=4),
)
_FIRST = Version(major=2, minor=1)
_INTEGRATION_NEEDED = Version(major=2, minor=3)
_CHECKS_READINESS = Version(major=2, minor=4)
_OBSERVED = "observed on kgateway 2.0.4 to 2.4"


def addresses(at: Situation) -> Sequence[str]:
    """The VIPs that a redirected cluster holds, in kgateway's order, laid out as its version does."""
    row = at.service
    if row is None:
        return ()
    if isinstance(row, Service) and row.awaits_cluster_ip:
        return ["ClusterIP"]
    listed = row.cluster_ips if isinstance(row, Service) else row.vips
    layout = next(layout for since, layout in reversed(LAYOUTS) if at.profile.version >= since)
    return layout(at, listed)


def vips(at: Situation) -> Sequence[str]:
    """The same as `VIP:port`."""
    return [bracketed(address, at.backend.ref.port or 0) for address in addresses(at)]


def _as_listed(at: Situation, addresses: Sequence[str]) -> Sequence[str]:
    return addresses


def _by_family(at: Situation, addresses: Sequence[str]) -> Sequence[str]:
    family = lookup_family(at.cluster.controller("kgateway").setting(names.KGW_DNS_LOOKUP_FAMILY))
    if family == "ALL":
        return addresses
    plain = [address for address in addresses if _version_of(address)]
    four = [address for address in plain if _version_of(address) == 4]
    six = [address for address in plain if _version_of(address) == 6]
    return {"V4_ONLY": four, "V6_ONLY": six, "AUTO": [*six, *four]}.get(family, [*four, *six])


def lookup_family(setting: Setting) -> str:
    """KGW_DNS_LOOKUP_FAMILY: its value, or the default `V4_PREFERRED`."""
    return setting.value if setting.value in ("V4_ONLY", "V6_ONLY", "AUTO", "ALL") else "V4_PREFERRED"


def _version_of(address: str) -> int:
    """4 or 6; 0 for what is no single address (a CIDR, a name)."""
    if ":" in address:
        return 6 if _SIX.fullmatch(address) else 0
    return 4 if _FOUR.fullmatch(address) else 0


_FOUR = re.compile(r"[0-9]+(?:\.[0-9]+){3}")
_SIX = re.compile(r"[0-9A-Fa-f:]+(?:\.[0-9]+)*")


LAYOUTS: tuple[tuple[Version, Callable[[Situation, Sequence[str]], Sequence[str]]], ...] = (
    (Version(major=0, minor=0), _as_listed),
    (Version(major=2, minor=1, patch=2), _by_family),
)
"""The addresses of a redirected cluster, by the first version with the layout."""


def listed(at: Situation) -> Endpoints:
    """The endpoints kgateway holds: before 2.4 it does not look at the readiness of pods that a ServiceEntry selects."""
    if isinstance(at.service, ServiceEntry) and at.profile.version < _CHECKS_READINESS:
        return at.endpoints.with_unready()
    return at.endpoints


CHAIN: tuple[Gate[Situation], ...] = (
    *REFERENCE_CHAIN,
    Gate(
        id="istio-integration",
        asks="Can kgateway resolve ServiceEntries?",
        check=checks.no_integration_needed,
        otherwise=Verdict.INVALID,
        source=_OBSERVED,
    ),
    Gate(
        id="istio-integration",
        asks="Is KGW_ENABLE_ISTIO_INTEGRATION on, for a ServiceEntry or Hostname backendRef?",
        check=checks.istio_integration,
        otherwise=Verdict.INVALID,
        source=_OBSERVED,
        since=_INTEGRATION_NEEDED,
    ),
    Gate(
        id="cluster",
        asks="Does kgateway make a cluster of the backend?",
        check=checks.kgateway_builds_cluster,
        otherwise=Verdict.INVALID,
        source=_OBSERVED,
    ),
    Gate(
        id="version",
        asks="Is kgateway 2.1 or newer?",
        check=checks.version_at_least("kgateway", _FIRST, what="ingress-use-waypoint"),
        otherwise=Track.ENDPOINTS,
        source=_OBSERVED,
        per_gateway=True,
    ),
    Gate(
        id="waypoint-plugin",
        asks="Is KGW_ENABLE_WAYPOINT true (default false)?",
        check=checks.setting_on(
            "kgateway", names.KGW_ENABLE_WAYPOINT, default=False, helm="waypoint.enabled"
        ),
        otherwise=Track.ENDPOINTS,
        source=_OBSERVED,
        per_gateway=True,
    ),
    Gate(
        id="global-flag",
        asks="Is KGW_INGRESS_USE_WAYPOINTS true (default true)?",
        check=checks.kgateway_flag,
        otherwise=Track.ENDPOINTS,
        source=_OBSERVED,
        per_gateway=True,
    ),
    Gate(
        id="pod-locality",
        asks="Is DISABLE_POD_LOCALITY_XDS not true?",
        check=checks.setting_off("kgateway", names.DISABLE_POD_LOCALITY_XDS),
        otherwise=Track.ENDPOINTS,
        source=_OBSERVED,
        per_gateway=True,
    ),
    Gate(
        id="gateway-captured",
        asks="Is the gateway pod captured by ztunnel?",
        check=checks.gateway_captured,
        otherwise=Track.ENDPOINTS,
        source=_OBSERVED,
        per_gateway=True,
    ),
    Gate(
        id="ingress-label",
        asks="Is istio.io/ingress-use-waypoint exactly true on the backend or on its namespace?",
        check=checks.ingress_label(names.true_exactly, namespace="either"),
        otherwise=Track.ENDPOINTS,
        source=_OBSERVED,
    ),
    Gate(
        id="is-ingress",
        asks="Is the Gateway no waypoint itself?",
        check=checks.is_ingress,
        otherwise=Track.ENDPOINTS,
        source=_OBSERVED,
        per_gateway=True,
    ),
    Gate(
        id="attached",
        asks="Does a use-waypoint label resolve, by labels alone?",
        check=checks.attached_by_label,
        otherwise=Track.ENDPOINTS,
        source=_OBSERVED,
    ),
    Gate(
        id="vip-present",
        asks="Is an address left for the static cluster?",
        check=checks.kgateway_has_vip(vips),
        otherwise=Verdict.BLACKHOLE,
        on=REDIRECTED,
        source=f"{_OBSERVED}; kgateway issue 14390",
    ),
    *ztunnel.vip_chain(addresses),
    *ztunnel.BALANCE_CHAIN,
    *ztunnel.endpoint_chain(listed),
)


def upstream(at: Situation, track: Track) -> Upstream:
    """What the gateway's cluster holds on `track`."""
    if track is not Track.ENDPOINTS:
        return Upstream(discovery="STATIC", addresses=vips(at))
    target = at.backend.target
    if target is None:
        return NO_UPSTREAM
    if isinstance(target, KgatewayBackend):
        return _backend_upstream(target)
    dns = isinstance(target, ServiceEntry) and target.uses_dns
    return Upstream(discovery="DNS" if dns else "EDS", addresses=texts(listed(at)))


def _backend_upstream(target: KgatewayBackend) -> Upstream:
    """A static Backend's own hosts, which Envoy asks DNS for unless all are addresses; nothing is told of other types."""
    if target.type.lower() not in ("", "static"):
        return NO_UPSTREAM
    plain = all(_version_of(host.rpartition(":")[0].strip("[]")) for host in target.hosts)
    return Upstream(discovery="STATIC" if plain else "DNS", addresses=target.hosts)


def arrivals(at: Situation, track: Track) -> Sequence[Share]:
    """Where traffic goes that came to the end of the chain on `track`."""
    held = upstream(at, track)
    if track is Track.REDIRECT:
        return ztunnel.to_vip(at, held)
    if track is Track.VIP:
        return [Share(share=1.0, verdict=Verdict.VIP_DIRECT, upstream=held)]
    return ztunnel.to_endpoint(at, listed(at), held)
