"""L7 hops by where a path ends."""

import pytest

from core.cluster import replace
from core.gates import Verdict
from core.hops import Hops, hops
from core.outcomes import Share
from core.paths import Path, resolve
from core.sources import read


@pytest.fixture(scope="module")
def path() -> Path:
    return resolve(read(["sample:bypass-by-default"]).cluster).paths[0]


def ending(path: Path, verdict: Verdict, *shares: tuple[Verdict, float]) -> Path:
    parts = tuple(
        Share(share=share, verdict=one, waypoint=("shop", "waypoint") if one is Verdict.WAYPOINT else None)
        for one, share in shares
    )
    return replace(path, outcome=replace(path.outcome, verdict=verdict, shares=parts))


@pytest.mark.parametrize(
    ("verdict", "number"),
    [
        (Verdict.WAYPOINT, 2),
        (Verdict.WORKLOAD_WAYPOINT, 2),
        (Verdict.DIRECT, 1),
        (Verdict.VIP_DIRECT, 1),
    ],
)
def test_a_request_passes_the_gateway_and_the_waypoint_that_it_meets(
    path: Path, verdict: Verdict, number: int
) -> None:
    found = hops(ending(path, verdict))
    assert found == Hops(least=number, most=number)
    assert str(found) == str(number)


@pytest.mark.parametrize("verdict", [Verdict.BLACKHOLE, Verdict.NO_ENDPOINTS, Verdict.INVALID])
def test_a_request_that_does_not_arrive_has_no_hops(path: Path, verdict: Verdict) -> None:
    assert hops(ending(path, verdict)) is None


def test_traffic_that_is_split_has_the_fewest_and_the_most(path: Path) -> None:
    split = ending(
        path, Verdict.SPLIT, (Verdict.WAYPOINT, 0.5), (Verdict.DIRECT, 0.25), (Verdict.BLACKHOLE, 0.25)
    )
    assert str(hops(split)) == "1 to 2"
