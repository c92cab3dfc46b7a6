"""Host names of DestinationRules and VirtualServices, and which namespaces a rule is exported to.

Source: istio pilot/pkg/model/config.go (ResolveShortnameToFQDN), pkg/config/host/name.go,
pilot/pkg/model/push_context.go.
"""

import ipaddress
from collections.abc import Iterable, Sequence

EVERYWHERE = "*"
OWN = "."
NOWHERE = "~"


def full_host(host: str, namespace: str) -> str:
    """`host` as a Service of `namespace` has it, where it is a short name; one with a dot stays."""
    if not host or host == EVERYWHERE or "." in host or _is_address(host):
        return host
    return f"{host}.{namespace}.svc.cluster.local"


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def host_matches(pattern: str, host: str) -> bool:
    """Whether one covers the other: `*` at the beginning of either stands for any beginning."""
    if pattern.startswith("*"):
        if host.startswith("*"):
            shorter, longer = sorted((pattern[1:], host[1:]), key=len)
            return longer.endswith(shorter)
        return host.endswith(pattern[1:])
    return pattern.endswith(host[1:]) if host.startswith("*") else pattern == host


def reaches(export_to: Iterable[str], default: Sequence[str], own: str, namespace: str) -> bool:
    """Whether something of namespace `own` with this `exportTo` is seen in `namespace`."""
    wanted = tuple(export_to) or tuple(default) or (EVERYWHERE,)
    if EVERYWHERE in wanted:
        return True
    if NOWHERE in wanted:
        return False
    return namespace in wanted or (OWN in wanted and namespace == own)
