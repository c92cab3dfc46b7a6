"""Which hosts a server and a VirtualService have in common.

Source: istio pkg/config/host (SubsetOf, Intersection, NamesForNamespace).
"""

from collections.abc import Iterable, Sequence


def within(host: str, other: str) -> bool:
    """Whether all that `host` matches, `other` matches too: `*` at the beginning stands for any beginning."""
    if not other.startswith("*"):
        return host == other
    if host.startswith("*"):
        return len(host) >= len(other) and host[1:].endswith(other[1:])
    return host.endswith(other[1:])


def for_namespace(hosts: Iterable[str], namespace: str) -> Sequence[str]:
    """The hosts of a server that are open to VirtualServices of `namespace`, without their namespaces."""
    split = [
        (home, name) if slash else ("", home) for home, slash, name in (one.partition("/") for one in hosts)
    ]
    return [name for home, name in split if home in ("", "*", namespace)]


def in_common(server: Sequence[str], virtual_service: Sequence[str]) -> Sequence[str]:
    """What both sides match, the narrower of each pair, in lower case and in the server's order."""
    found: dict[str, None] = {}
    for one in server:
        for other in virtual_service:
            if within(one, other):
                found.setdefault(one.lower())
            elif within(other, one):
                found.setdefault(other.lower())
    return tuple(found)
