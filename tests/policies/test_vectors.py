"""Where policies act, against what real controllers did with them: every line of every case, without an
exception.
"""

import gzip
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from core import manifests, scenario, whatif
from core.cluster import Cluster
from core.paths import resolve
from core.policies.documents import policy_document
from core.policies.view import PolicyView
from core.policy_model import Policies
from tests.policies.written import GROUPS, read

FOLDER = Path(__file__).parent.parent / "policy-vectors"
OBSERVED_AT_WAYPOINTS_ONLY = "DestinationRule"


@cache
def vector(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(gzip.decompress((FOLDER / f"{name}.json.gz").read_bytes()))
    return content


@cache
def loaded(name: str) -> tuple[Cluster, Policies]:
    source = vector(name)["input"]
    document = manifests.Document(file=name, index=1, raw=json.dumps(source).encode())
    cluster, problems = manifests.load([document])
    assert [problem for problem in problems if problem.severity == "error"] == []
    return cluster, read([item for item in source["items"] if GROUPS.get(item["kind"]) == group(item)])


def group(item: Mapping[str, Any]) -> str:
    api_version: str = item["apiVersion"]
    return api_version.rpartition("/")[0]


NAMES = sorted(file.name.removesuffix(".json.gz") for file in FOLDER.glob("*.json.gz"))
CASES = [(name, case) for name in NAMES for case in sorted(vector(name)["cases"])]


def as_set(acts: list[Any]) -> set[str]:
    return {json.dumps(act, sort_keys=True) for act in acts}


def view(name: str, case: str) -> PolicyView:
    cluster, policies = loaded(name)
    edits = vector(name)["cases"][case][0]["scenario"]["edits"]
    applied = whatif.apply(cluster, scenario.from_data(edits))
    assert list(applied.problems) == []
    return PolicyView(resolve(applied.cluster), policies)


@pytest.mark.parametrize(("name", "case"), CASES)
def test_every_policy_acts_where_it_was_observed(name: str, case: str) -> None:
    found = {str(one.policy): policy_document(one) for one in view(name, case).acts}
    lines = vector(name)["cases"][case][1:]
    wrong = []
    for line in lines:
        got = found.get(line["policy"], {"acts": None, "because": "not there"})
        acts = got["acts"]
        if acts is not None and line["policy"].startswith(OBSERVED_AT_WAYPOINTS_ONLY):
            acts = [act for act in acts if act["at"] == "waypoint"]
        if acts is None or as_set(acts) != as_set(line["acts"]):
            wrong.append((line["policy"], got["because"], line["acts"], acts))
    assert not wrong
    assert lines


def test_there_are_vectors() -> None:
    assert len(CASES) >= 36


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_listed_that_was_not_observed(name: str) -> None:
    """Beside PeerAuthentications, whose pods are not part of the observation."""
    case = min(vector(name)["cases"])
    lines = {line["policy"] for line in vector(name)["cases"][case][1:]}
    listed = {str(one.policy) for one in view(name, case).acts if one.policy.kind != "PeerAuthentication"}
    assert listed == lines


@pytest.mark.parametrize(("name", "case"), CASES)
def test_no_path_meets_a_policy_and_goes_past_it(name: str, case: str) -> None:
    one = view(name, case)
    assert one.resolution.paths
    for path in one.resolution.paths:
        found = one.of(path)
        assert set(found.enforced).isdisjoint(found.bypassed)
