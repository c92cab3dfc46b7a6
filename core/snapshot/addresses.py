"""Other addresses for those of a cluster, with the relations among them kept.

All addresses and ranges of a family are put into a binary tree. Where two of them part, the bit stays; every other bit is
replaced. So the order of the addresses stays, an address is in a range exactly where it was, two that differ still do, and
what can be told from the new ones is only how the old ones lay to each other.
"""

import ipaddress
from collections.abc import Iterable, Mapping

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_FILL = {4: int(ipaddress.ip_address("10.0.0.1")), 6: int(ipaddress.ip_address("fd00::1"))}
"""The bits that take the place of those that tell nothing."""


def parsed(text: str) -> Network | None:
    """`text` as a range; an address is a range of one. None where it is neither."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def mapping(networks: Iterable[Network]) -> Mapping[Network, Network]:
    """The other range for each of `networks`. Loopback and unspecified addresses stay: their meaning is their own."""
    networks = set(networks)
    found: dict[Network, Network] = {}
    for version in (4, 6):
        family = sorted((one for one in networks if one.version == version), key=_bits)
        present = {bits[:length] for bits in map(_bits, family) for length in range(len(bits) + 1)}
        pinned = {
            bits[:length] for bits in map(_bits, filter(_stays, family)) for length in range(len(bits) + 1)
        }
        found.update((one, _other(one, present, pinned)) for one in family)
    return found


def _stays(network: Network) -> bool:
    return network.network_address.is_loopback or network.network_address.is_unspecified


def _bits(network: Network) -> str:
    """The bits that all addresses of the range begin with."""
    return format(int(network.network_address), f"0{network.max_prefixlen}b")[: network.prefixlen]


def _other(network: Network, present: set[str], pinned: set[str]) -> Network:
    size = network.max_prefixlen
    fill = format(_FILL[network.version], f"0{size}b")
    bits = _bits(network)
    new = ""
    for place, bit in enumerate(bits):
        sibling = bits[:place] + ("1" if bit == "0" else "0")
        new += bit if sibling in present or bits[: place + 1] in pinned else fill[place]
    return ipaddress.ip_network((int(new.ljust(size, "0"), 2), network.prefixlen))
