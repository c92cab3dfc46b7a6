"""Where a path ends: the verdict with the addresses the gateway holds, the waypoint met, and the parts of a split."""

from collections.abc import Iterable, Sequence

from core.endpoints import Endpoints
from core.gates import Verdict
from core.model import Key, Row


class Upstream(Row):
    """What the gateway holds: `discovery` is `STATIC`, `EDS`, `DNS` or `HBONE`; `addresses` are in its order.

    Both are empty where the gateway has no cluster for the backend.
    """

    discovery: str
    addresses: Sequence[str] = ()


NO_UPSTREAM = Upstream(discovery="")


class Share(Row):
    """A part of a path's traffic, as a fraction of 1."""

    share: float
    verdict: Verdict
    waypoint: Key | None = None
    upstream: Upstream = NO_UPSTREAM


class Outcome(Row):
    """The end of a path. `shares` are the parts of a `split`, empty otherwise.

    `decided_by` is the id of the gate that sent the path where it goes, None when all passed. `assumed` is set where
    the answer rests on something the source does not hold.
    """

    verdict: Verdict
    decided_by: str | None
    upstream: Upstream
    waypoint: Key | None = None
    shares: Sequence[Share] = ()
    assumed: bool = False


def texts(endpoints: Endpoints) -> Sequence[str]:
    """The endpoints as the gateway writes them, `ip:port`."""
    return [str(one) for one in endpoints.items]


def merge(parts: Iterable[Share]) -> Sequence[Share]:
    """`parts` with those alike in verdict and waypoint added up, in the order of their first; empty parts left out."""
    merged: dict[tuple[Verdict, Key | None], Share] = {}
    for part in parts:
        if part.share <= 0:
            continue
        key = (part.verdict, part.waypoint)
        before = merged.get(key)
        share = part.share if before is None else before.share + part.share
        merged[key] = Share(
            share=share, verdict=part.verdict, waypoint=part.waypoint, upstream=(before or part).upstream
        )
    return [
        Share(share=round(one.share, 6), verdict=one.verdict, waypoint=one.waypoint, upstream=one.upstream)
        for one in merged.values()
    ]


def from_parts(parts: Sequence[Share], *, decided_by: str | None, assumed: bool) -> Outcome:
    """One outcome of weighted parts: their verdict where all agree, else a `split`."""
    merged = merge(parts)
    first = max(merged, key=lambda part: part.share)
    if len(merged) == 1:
        return Outcome(
            verdict=first.verdict,
            decided_by=decided_by,
            upstream=first.upstream,
            waypoint=first.waypoint,
            assumed=assumed,
        )
    return Outcome(
        verdict=Verdict.SPLIT, decided_by=decided_by, upstream=first.upstream, shares=merged, assumed=assumed
    )
