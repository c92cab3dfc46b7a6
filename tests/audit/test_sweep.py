"""What holds for every finding, on the generated clusters that real controllers were observed on."""

import pytest

from core.audit import run
from core.audit.audited import Audited
from core.audit.run import audit
from core.paths import Resolution, resolve
from core.policies.view import PolicyView
from core.policy_model import Policies
from tests import packed
from tests.audit.audits import check_edits
from tests.policies import test_vectors as observed
from tests.test_vectors import attached

GATEWAYS = 1
"""How many gateways of a generated cluster are looked at: the paths of the others are much the same."""


def few(name: str) -> Resolution:
    """A generated cluster with the routes of its first gateways, one after the other by name."""
    gateways = sorted({path.gateway for path in resolve(packed.loaded(name)).paths})
    return resolve(attached(name, frozenset(gateways[:: max(len(gateways) // GATEWAYS, 1)][:GATEWAYS])))


@pytest.mark.parametrize("name", packed.NAMES[::3])
def test_edits_keep_their_promise_on_clusters_of_paths(name: str) -> None:
    resolution = few(name)
    assert resolution.paths
    check_edits(resolution, Policies())


@pytest.mark.parametrize("name", observed.NAMES)
def test_edits_keep_their_promise_on_clusters_of_policies(name: str) -> None:
    cluster, policies = observed.loaded(name)
    check_edits(resolve(cluster), policies)


@pytest.mark.parametrize("name", packed.NAMES)
def test_findings_name_objects_and_paths_that_exist(name: str) -> None:
    resolution = few(name)
    at = Audited(resolution, Policies(), quiet=True)
    for draft in run.look(at):
        assert draft.objects
        assert set(draft.paths) <= set(resolution.by_id)


@pytest.mark.parametrize("name", packed.NAMES[1::3])
def test_no_path_meets_the_policies_of_another_cluster_and_goes_past_them(name: str) -> None:
    """Services are of other clusters than the policies; those for a whole namespace or mesh act all the same."""
    _, policies = observed.loaded(observed.NAMES[packed.NAMES.index(name) % len(observed.NAMES)])
    view = PolicyView(few(name), policies)
    for path in view.resolution.paths:
        found = view.of(path)
        assert set(found.enforced).isdisjoint(found.bypassed)


def test_the_sweep_finds_something() -> None:
    codes = set()
    for name in observed.NAMES:
        cluster, policies = observed.loaded(name)
        codes |= set(audit(resolve(cluster), policies).summary)
    assert {"policy-bypassed", "policy-doubled", "policy-without-effect", "l7-rule-at-ztunnel"} <= codes
