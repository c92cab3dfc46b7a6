"""Versions as tags write them, and the profile that a version follows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dataplanes import DATA_PLANES, DataPlane, chain_for
from core.versions import Version, parse_version, profile_for


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2.1", (2, 1, 0)),
        ("v2.1", (2, 1, 0)),
        ("v2.1.2", (2, 1, 2)),
        (" 1.30.3 ", (1, 30, 3)),
        ("1.31.0-rc.0", (1, 31, 0)),
        ("1.30.3-distroless", (1, 30, 3)),
        ("v2.3.0+build.5", (2, 3, 0)),
        ("1.29-alpha.6f0c", (1, 29, 0)),
        ("1.24.6.1", (1, 24, 6)),
        ("010.020.030", (10, 20, 30)),
    ],
)
def test_versions(text: str, expected: tuple[int, int, int]) -> None:
    found = parse_version(text)
    assert found is not None
    assert (found.major, found.minor, found.patch) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2",
        "v2",
        "main",
        "latest",
        "stable-1.29",
        "x1.2",
        "1.x",
        "1.2x",
        "1..2",
        "-1.2",
        "1,2",
        "1234567.1",
    ],
)
def test_what_is_no_version(text: str) -> None:
    assert parse_version(text) is None


@given(st.text(max_size=40))
def test_no_text_raises(text: str) -> None:
    found = parse_version(text)
    assert found is None or found >= Version(major=0, minor=0)


@given(st.tuples(st.integers(0, 999), st.integers(0, 999), st.integers(0, 999)))
def test_what_is_printed_can_be_read(parts: tuple[int, int, int]) -> None:
    version = Version(major=parts[0], minor=parts[1], patch=parts[2])
    assert parse_version(str(version)) == version


def test_order_is_that_of_numbers() -> None:
    texts = ["1.9", "1.10", "1.10.2", "1.10.10", "2.0"]
    found = [parse_version(text) for text in texts]
    assert found == sorted(found, key=lambda one: one or Version(major=0, minor=0))


def v(text: str) -> Version:
    found = parse_version(text)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("plane", "version", "follows", "assumed"),
    [
        ("kgateway", "1.18", "2.0", False),
        ("kgateway", "2.0", "2.0", False),
        ("kgateway", "2.0.9", "2.0", False),
        ("kgateway", "2.1", "2.1", False),
        ("kgateway", "2.1.1", "2.1", False),
        ("kgateway", "2.1.2", "2.1.2", False),
        ("kgateway", "2.1.9", "2.1.2", False),
        ("kgateway", "2.2.1", "2.2", False),
        ("kgateway", "2.4.8", "2.4", False),
        ("kgateway", "2.5", "2.4", True),
        ("istio", "1.23", "1.24", False),
        ("istio", "1.25", "1.24", False),
        ("istio", "1.26", "1.26", False),
        ("istio", "1.27.4", "1.26", False),
        ("istio", "1.28", "1.26", False),
        ("istio", "1.29", "1.29", False),
        ("istio", "1.30", "1.30", False),
        ("istio", "1.31", "1.31", False),
        ("istio", "1.31.5", "1.31", False),
        ("istio", "1.32", "1.31", True),
        ("istio", "2.0", "1.31", True),
        ("agentgateway", "1.1", "1.2", False),
        ("agentgateway", "1.2.7", "1.2", False),
        ("agentgateway", "1.3", "1.2", True),
    ],
)
def test_a_version_follows_the_lower_of_two_observed_ones(
    plane: str, version: str, follows: str, assumed: bool
) -> None:
    profile = profile_for(DATA_PLANES[plane].observed, v(version), "told")
    assert (profile.version, profile.follows, profile.assumed) == (v(version), v(follows), assumed)
    assert profile.origin == "told"


@pytest.mark.parametrize("plane", ["kgateway", "istio", "agentgateway"])
def test_a_version_that_is_not_told_is_taken_for_the_newest(plane: str) -> None:
    observed = DATA_PLANES[plane].observed
    profile = profile_for(observed, None, "no Deployment")
    assert (profile.version, profile.follows, profile.assumed) == (observed[-1], observed[-1], True)


@pytest.mark.parametrize("plane", DATA_PLANES.values(), ids=lambda plane: plane.name)
def test_every_version_has_one_gate_of_each_id_and_no_row_is_shadowed_for_good(plane: DataPlane) -> None:
    assert list(plane.observed) == sorted(plane.observed)
    order = list(dict.fromkeys(gate.id for gate in plane.chain))
    versions = [*plane.observed, *(gate.since for gate in plane.chain if gate.since), v("0.1"), v("99.0")]
    used: set[int] = set()
    for version in versions:
        chain = chain_for(plane, version)
        assert [gate.id for gate in chain] == order
        used.update(map(id, chain))
    assert used == set(map(id, plane.chain))
