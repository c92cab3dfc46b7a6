"""Every sample cluster, in a real API server, has the paths that its files have."""

from collections.abc import Sequence

import msgspec
import pytest

from core import labels as names
from core.explain import Explainer
from core.paths import resolve
from core.policies.documents import path_policies_document
from core.policies.view import PolicyView
from core.render.documents import resolve_document
from core.sources import Loaded, read
from core.sources.live import read_live
from core.sources.samples import samples
from tests.apiserver import ApiServer, Manifest
from tests.clusters import manifests

MANIFESTS = "manifests-only"
"""The sample that is no running cluster."""


def paths(loaded: Loaded) -> Sequence[Manifest]:
    """The paths as `resolve -o json` has them."""
    resolution = resolve(loaded.cluster)
    document = resolve_document(Explainer(resolution), loaded.info, [], None)
    view = PolicyView(resolution, loaded.policies)
    for one in document["paths"]:
        one["policies"] = path_policies_document(view.of(resolution.by_id[one["id"]]))
    found: list[Manifest] = msgspec.json.decode(msgspec.json.encode(document["paths"]))
    return found


def without_pods_variables(found: Sequence[Manifest]) -> Sequence[Manifest]:
    """Of a live cluster's Pods no containers are read: a variable of theirs is known from their Deployment instead."""
    for path in found:
        for step in path["steps"]:
            for evidence in step["evidence"]:
                if evidence["field"] == f"env {names.CA_ADDRESS}":
                    evidence["object"] = "Pod or Deployment"
    return found


@pytest.mark.parametrize("name", sorted({sample.name for sample in samples()} - {MANIFESTS}))
def test_live_has_the_paths_of_the_files(apiserver: ApiServer, name: str) -> None:
    expected = paths(read([f"sample:{name}"]))
    with apiserver.holding(manifests(name)):
        found = paths(read_live())
    assert without_pods_variables(found) == without_pods_variables(expected)


def test_manifests_that_were_applied_are_a_cluster(apiserver: ApiServer) -> None:
    """The API server gives addresses, so that nothing is predicted; no controller makes the waypoint ready."""
    expected = paths(read([f"sample:{MANIFESTS}"]))
    with apiserver.holding(manifests(MANIFESTS)):
        loaded = read_live()
    found = paths(loaded)
    assert loaded.info.observed
    assert [path["id"] for path in found] == [path["id"] for path in expected]
    assert "ClusterIP:80" in str(expected)
    assert "ClusterIP:80" not in str(found)
    assert {path["verdict"] for path in found} <= {"vip-direct", "direct", "no-endpoints"}
