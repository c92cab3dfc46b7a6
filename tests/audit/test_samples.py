"""The audit of the sample clusters: which findings each has, and that their edits keep their promise."""

from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import labels as names
from core.audit.run import audit
from core.edits import LabelEdit
from core.policies.view import PolicyView
from core.sources import samples
from core.whatif import preview
from tests.audit.audits import check_edits, sample

NAMES = [one.name for one in samples()]
CLEAN = ("label-on-namespace", "dual-stack", "canary-waypoint")

FOUND: Mapping[str, set[str]] = {
    "bypass-by-default": {"policy-bypassed"},
    "label-on-service": {"label-without-effect", "status-disagrees"},
    "service-false-namespace-true": {"label-without-effect", "status-disagrees"},
    "three-data-planes": {"label-without-effect", "black-hole", "status-disagrees"},
    "gateway-not-captured": {"label-without-effect", "status-disagrees", "gateway-not-captured"},
    "one-gateway-pod-captured": {"label-without-effect", "status-disagrees", "mixed-gateway-pods"},
    "global-flag-off": {"label-without-effect", "status-disagrees"},
    "flag-without-prefix": {"flag-without-effect"},
    "waypoint-not-ready": {"label-without-effect", "no-endpoints", "waypoint-not-ready"},
    "waypoint-other-namespace": {"label-without-effect", "attachment-denied"},
    "waypoint-for-workload": {"label-without-effect", "waypoint-type-mismatch"},
    "headless-black-hole": {"black-hole", "status-disagrees"},
    "serviceentry-addresses": {"black-hole", "status-disagrees"},
    "serviceentry-auto-allocated": {"black-hole", "status-disagrees"},
    "serviceentry-dns": {"label-without-effect", "status-disagrees"},
    "upgrade-changes-paths": {"label-without-effect"},
    "manifests-only": {"label-without-effect"},
}


@pytest.mark.parametrize("name", CLEAN)
def test_a_clean_sample_has_no_finding_at_all(name: str) -> None:
    resolution, policies, _ = sample(name)
    assert list(audit(resolution, policies).findings) == []


@pytest.mark.parametrize("name", sorted(FOUND))
def test_the_findings_of_a_sample(name: str) -> None:
    resolution, policies, lines = sample(name)
    found = audit(resolution, policies, lines=lines)
    assert set(found.summary) == FOUND[name]
    for one in found.findings:
        assert one.objects
        assert one.message.endswith(".")
        assert one.paths or one.code == "unused-waypoint"


@pytest.mark.parametrize("name", NAMES)
def test_edits_keep_their_promise(name: str) -> None:
    resolution, policies, _ = sample(name)
    check_edits(resolution, policies)


def test_places_are_lines_of_files() -> None:
    resolution, policies, lines = sample("headless-black-hole")
    places = {one.where for one in audit(resolution, policies, lines=lines).findings}
    assert places == {"sample:headless-black-hole/shop.yaml:1"}


_LABELS = st.sampled_from(
    [
        (names.INGRESS_USE_WAYPOINT, "true"),
        (names.INGRESS_USE_WAYPOINT, "false"),
        (names.USE_WAYPOINT, "none"),
        (names.USE_WAYPOINT, "waypoint"),
    ]
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_policy_is_both_enforced_and_bypassed_on_a_path(data: st.DataObject) -> None:
    """Whatever labels are set in the largest sample; and every bypass is told in a finding."""
    resolution, policies, _ = sample("shop")
    services = sorted(resolution.cluster.services)
    edits = []
    for namespace, name in data.draw(st.lists(st.sampled_from(services), max_size=6, unique=True)):
        key, value = data.draw(_LABELS)
        edits.append(LabelEdit(kind="service", namespace=namespace, name=name, set={key: value}))
    after = preview(resolution, edits).after
    view = PolicyView(after, policies)
    told = {
        (one.objects[0], path)
        for one in audit(after, policies).findings
        if one.code == "policy-bypassed"
        for path in one.paths
    }
    for path in after.paths:
        found = view.of(path)
        assert set(found.enforced).isdisjoint(found.bypassed)
        assert {(policy, path.id) for policy in found.bypassed} <= told
