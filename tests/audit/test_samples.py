"""The audit of the sample clusters: which findings each has, and that their edits keep their promise."""

from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import labels as names
from core.audit.codes import CODES
from core.audit.run import Audit, audit
from core.edits import LabelEdit
from core.policies.view import PolicyView
from core.sources import samples
from core.sources.beside import EXPECTATIONS, expectations_beside
from core.whatif import preview
from tests.audit.audits import check_edits, sample

SAMPLES = {one.name: one for one in samples()}
NAMES = list(SAMPLES)
FOUND: Mapping[str, set[str]] = {
    "bypass-by-default": {"policy-bypassed"},
    "label-on-service": {"label-without-effect", "status-disagrees"},
    "label-on-namespace": set(),
    "service-false-namespace-true": {"label-without-effect", "status-disagrees"},
    "three-data-planes": {"label-without-effect", "black-hole", "status-disagrees"},
    "delegation-and-listener-sets": {"invalid-backend"},
    "gateway-not-captured": {"label-without-effect", "status-disagrees", "gateway-not-captured"},
    "one-gateway-pod-captured": {"label-without-effect", "status-disagrees", "mixed-gateway-pods"},
    "global-flag-off": {"label-without-effect", "status-disagrees"},
    "flag-without-prefix": {"flag-without-effect"},
    "waypoint-not-ready": {"label-without-effect", "no-endpoints", "waypoint-not-ready"},
    "waypoint-other-namespace": {"label-without-effect", "attachment-denied"},
    "waypoint-for-workload": {"label-without-effect", "waypoint-type-mismatch"},
    "unused-waypoint": {"unused-waypoint"},
    "workload-waypoint": set(),
    "headless-black-hole": {"black-hole", "status-disagrees"},
    "headless-collision": set(),
    "serviceentry-addresses": {"black-hole", "status-disagrees"},
    "serviceentry-auto-allocated": {"black-hole", "status-disagrees"},
    "serviceentry-dns": {"label-without-effect", "status-disagrees"},
    "no-istio-integration": {"invalid-backend"},
    "dual-stack": set(),
    "canary-waypoint": set(),
    "upgrade-changes-paths": {"label-without-effect"},
    "header-added-twice": {"policy-doubled"},
    "policies-without-effect": {"policy-without-effect"},
    "l7-rule-at-ztunnel": {"l7-rule-at-ztunnel"},
    "written-expectations": {"must-traverse", "must-not-traverse"},
    "istio-virtualservice": {"policy-bypassed", "invalid-backend"},
    "manifests-only": {"label-without-effect"},
    "shop": {
        "policy-bypassed",
        "label-without-effect",
        "black-hole",
        "no-endpoints",
        "invalid-backend",
        "waypoint-not-ready",
        "attachment-denied",
        "status-disagrees",
        "mixed-gateway-pods",
    },
}
"""Sample → the codes that it shows."""
CLEAN = [name for name, codes in FOUND.items() if not codes]


def audited(name: str) -> Audit:
    resolution, policies, lines = sample(name)
    expectations = expectations_beside([f"sample:{name}"])
    return audit(resolution, policies, expectations=expectations, lines=lines)


def test_every_code_has_a_sample_and_some_samples_are_clean() -> None:
    assert set().union(*FOUND.values()) == {row.code for row in CODES}
    assert {"label-on-namespace", "dual-stack", "canary-waypoint"} <= set(CLEAN)


@pytest.mark.parametrize("name", CLEAN)
def test_a_clean_sample_has_no_finding_at_all(name: str) -> None:
    found = audited(name)
    assert (list(found.findings), list(found.problems)) == ([], [])


@pytest.mark.parametrize("name", NAMES)
def test_the_findings_of_a_sample(name: str) -> None:
    found = audited(name)
    assert set(found.summary) == FOUND[name]
    for one in found.findings:
        assert one.objects
        assert one.message.endswith(".")
        assert one.where.startswith(f"sample:{name}/")
        assert one.where.rpartition(":")[2].isdecimal() or one.where.endswith("]")
        assert one.paths or one.code in PATHLESS


PATHLESS = {"unused-waypoint", "policy-without-effect", "l7-rule-at-ztunnel"}
"""Codes whose object is at fault whether a path suffers or not."""


@pytest.mark.parametrize("name", NAMES)
def test_edits_keep_their_promise(name: str) -> None:
    resolution, policies, _ = sample(name)
    file = SAMPLES[name].path / EXPECTATIONS
    expect = file.read_text(encoding="utf-8") if file.is_file() else ""
    check_edits(resolution, policies, expect)


def test_places_are_lines_of_files() -> None:
    resolution, policies, lines = sample("headless-black-hole")
    places = {one.where for one in audit(resolution, policies, lines=lines).findings}
    assert places == {"sample:headless-black-hole/shop.yaml:7"}


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
