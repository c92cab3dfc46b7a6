"""Hostnames of listeners and routes: which requests one takes, and what two have in common."""

from collections.abc import Sequence
from functools import lru_cache

Hostnames = Sequence[str]


def covers(hostname: str, host: str) -> bool:
    """Whether a `hostname` of a listener or route, empty for any, takes requests for `host`, both in lower case."""
    return not hostname or hostname == host or _covers(hostname, host)


@lru_cache(maxsize=256)
def hostnames_in_common(listener: str, route: tuple[str, ...]) -> Hostnames | None:
    """What a listener's `hostname` and a route's `hostnames` both match, in lower case; None for nothing.

    An empty side leaves the other as it is; of two empty ones the result is empty: any. Of each pair the more
    specific hostname counts. The order is the route's.
    """
    if not route:
        return (listener.lower(),) if listener else ()
    if not listener:
        return tuple(dict.fromkeys(map(str.lower, route)))
    mine = listener.lower()
    common = {shared: None for one in route if (shared := _more_specific(mine, one.lower()))}
    return tuple(common) or None


def _more_specific(one: str, other: str) -> str:
    """What both hostnames match: the narrower of the two, or nothing."""
    if one == other or _covers(one, other):
        return other
    return one if _covers(other, one) else ""


def _covers(wildcard: str, hostname: str) -> bool:
    """Whether `*.example.com` matches `hostname`, or all that it matches: `*` is one label or more."""
    return wildcard.startswith("*.") and hostname.endswith(wildcard[1:]) and len(hostname) >= len(wildcard)
