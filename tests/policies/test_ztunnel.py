"""What ztunnel makes of policies: AuthorizationPolicies without a target, and PeerAuthentications."""

from typing import Any

import pytest

from core import labels as names
from core.cluster import Pods, replace
from core.policies.ztunnel import Sent, sent
from core.versions import parse_version
from tests import build
from tests.policies.written import Written, mesh, only, places, policy, read

METHODS = {"to": [{"operation": {"methods": ["GET"]}}]}
PORTS = {"to": [{"operation": {"ports": ["80"]}}]}
NAMESPACES = {"from": [{"source": {"namespaces": ["x"]}}]}
TOKENS = {"from": [{"source": {"requestPrincipals": ["*"]}}]}
MIXED = {"to": [{"operation": {"methods": ["GET"], "ports": ["80"]}}]}
BOTH = {**METHODS, **NAMESPACES}
HEADER = {"when": [{"key": "request.headers[x]", "values": ["y"]}]}
CLAIM = {"when": [{"key": "request.auth.claims[x]", "values": ["y"]}]}
REMOTE = {"from": [{"source": {"remoteIpBlocks": ["10.0.0.0/8"]}}]}
SNI = {"when": [{"key": "connection.sni", "values": ["y"]}]}
SOURCE_IP = {"when": [{"key": "source.ip", "values": ["10.0.0.1"]}]}
HOSTS = {"to": [{"operation": {"hosts": ["a"]}}]}
PATHS = {"to": [{"operation": {"notPaths": ["/a"]}}]}


def state(action: str, *rules: Written, dry_run: bool = False, version: str = "1.30.3") -> Sent:
    spec = {"action": action, "rules": list(rules)}
    one = read([policy("AuthorizationPolicy", "n1/p", spec, dry_run=dry_run)]).authorization_policies[0]
    parsed = parse_version(version)
    assert parsed is not None
    return sent(one, parsed)


@pytest.mark.parametrize("l7", [METHODS, HOSTS, PATHS, TOKENS, HEADER, CLAIM, REMOTE, SNI, BOTH, MIXED])
def test_a_rule_with_l7_parts_is_dropped_whole_from_an_allow(l7: Written) -> None:
    assert state("ALLOW", l7) is Sent.NOTHING_ALLOWED
    assert state("ALLOW", l7, PORTS) is Sent.LESS_ALLOWED


@pytest.mark.parametrize("l4", [PORTS, NAMESPACES, SOURCE_IP, {}])
@pytest.mark.parametrize("action", ["ALLOW", "DENY"])
def test_rules_of_l4_are_sent_as_written(action: str, l4: Written) -> None:
    assert state(action, l4) is Sent.AS_WRITTEN
    assert state(action) is Sent.AS_WRITTEN


def test_from_a_deny_the_l7_parts_are_stripped() -> None:
    assert state("DENY", MIXED) is Sent.MORE_DENIED
    assert state("DENY", METHODS, MIXED) is Sent.MORE_DENIED


@pytest.mark.parametrize("l7", [METHODS, HEADER, TOKENS, BOTH])
def test_ztunnel_skips_what_is_empty_after_stripping(l7: Written) -> None:
    assert state("DENY", l7) is Sent.NOTHING_DENIED
    assert state("DENY", l7, PORTS) is Sent.LESS_DENIED
    assert state("DENY", l7, MIXED) is Sent.MORE_DENIED


@pytest.mark.parametrize("action", ["AUDIT", "CUSTOM"])
def test_other_actions_are_not_sent(action: str) -> None:
    assert state(action, PORTS) is Sent.ACTION


@pytest.mark.parametrize(
    ("version", "expected"),
    [("1.24.6", Sent.AS_WRITTEN), ("1.28.9", Sent.AS_WRITTEN), ("1.29.0", Sent.DRY_RUN)],
)
def test_dry_run_was_sent_as_real_before_1_29(version: str, expected: Sent) -> None:
    assert state("ALLOW", PORTS, dry_run=True, version=version) is expected


@pytest.mark.parametrize(
    ("action", "dry_run", "expected"),
    [
        ("ALLOW", False, "n1/edge z n1/own-1"),
        ("DENY", False, "n1/edge z n1/own-1"),
        ("AUDIT", False, "n1/edge"),
        ("CUSTOM", False, "n1/edge"),
        ("DENY", True, "n1/edge"),
    ],
)
def test_what_is_sent_acts_on_captured_pods(action: str, dry_run: bool, expected: str) -> None:
    written = policy("AuthorizationPolicy", "n1/p", {"action": action, "rules": [METHODS]}, dry_run=dry_run)
    one = only(mesh(), written)
    assert places(one) == expected
    assert one.notes
    assert one.notes[0].startswith("at ztunnel")


def test_the_notes_name_what_ztunnel_can_not_check() -> None:
    one = only(mesh(), policy("AuthorizationPolicy", "n1/p", {"rules": [{**METHODS, **HEADER}]}))
    assert one.notes == [
        (
            "at ztunnel it allows nothing: every rule has parts that ztunnel can't check, and is dropped "
            "(methods, request.headers[x])"
        )
    ]
    assert only(mesh(), policy("AuthorizationPolicy", "n1/p", {"rules": [PORTS]})).notes == []


def test_manifests_without_pods_are_told_by_their_templates() -> None:
    bare = mesh(
        build.namespace("n3", {names.DATAPLANE_MODE: "ambient"}),
        replace(
            build.controller("istiod", "1.30.3"),
            namespace="n3",
            name="app",
            template_labels={"app": "a"},
            containers=(),
        ),
    )
    bare = replace(bare, pods=Pods())
    assert places(only(bare, policy("AuthorizationPolicy", "n3/p", {}))) == "z n3/app"


# --- PeerAuthentication -------------------------------------------------------------------------------------


def peer(name: str, mode: str = "", *, created: str = "", **spec: Any) -> Written:
    mtls = {"mtls": {"mode": mode}} if mode else {}
    return policy("PeerAuthentication", name, {**mtls, **spec}, created=created)


OWN: dict[str, Any] = {"selector": {"matchLabels": {"app": "own"}}}


def test_strict_is_for_captured_pods() -> None:
    assert places(only(mesh(), peer("n1/p", "STRICT"))) == "z n1/own-1"
    assert places(only(mesh(), peer("n2/p", "STRICT"))) == "z n2/far-1"
    assert places(only(mesh(), peer("istio-system/p", "STRICT"))) == "z n1/own-1,n2/far-1"
    assert places(only(mesh(), peer("n1/p", "STRICT", **OWN))) == "z n1/own-1"
    assert places(only(mesh(), peer("infra/p", "STRICT"))) == ""


@pytest.mark.parametrize("mode", ["PERMISSIVE", "DISABLE", ""])
def test_other_modes_do_nothing(mode: str) -> None:
    one = only(mesh(), peer("n1/p", mode))
    assert one.acts == ()
    assert "refuse nothing" in one.because


def test_a_selector_in_root_is_ignored() -> None:
    one = only(mesh(), peer("istio-system/p", "STRICT", **OWN))
    assert (one.acts, one.because.partition(";")[0]) == ((), "a selector in the root namespace is ignored")


def test_ports_are_strict_each_for_itself() -> None:
    ports: dict[str, Any] = {"portLevelMtls": {"8080": {"mode": "STRICT"}, "8081": {"mode": "DISABLE"}}}
    assert places(only(mesh(), peer("n1/p", "PERMISSIVE", **OWN, **ports))) == "z n1/own-1"
    loose: dict[str, Any] = {"portLevelMtls": {"8080": {"mode": "DISABLE"}}}
    assert places(only(mesh(), peer("n1/p", "PERMISSIVE", **OWN, **loose))) == ""
    assert places(only(mesh(), peer("n1/p", "PERMISSIVE", **ports))) == ""


def test_the_more_specific_one_decides() -> None:
    wide, own = peer("istio-system/m", "STRICT"), peer("n1/own", "PERMISSIVE", **OWN)
    assert places(only(mesh(), wide, own)) == "z n2/far-1"
    assert places(only(mesh(), wide, peer("n1/ns", "DISABLE"))) == "z n2/far-1"
    assert places(only(mesh(), wide, peer("n1/ns"))) == "z n1/own-1,n2/far-1"
    assert places(only(mesh(), peer("n1/ns", "STRICT"), wide)) == "z n1/own-1"


def test_the_oldest_of_a_namespace_decides() -> None:
    old = peer("n1/old", "PERMISSIVE", created="2026-01-01T00:00:00Z")
    young = peer("n1/young", "STRICT", created="2026-01-02T00:00:00Z")
    one = only(mesh(), young, old)
    assert (one.acts, one.faults) == ((), ["younger-than-another"])
    assert "PeerAuthentication/n1/old" in one.because


def test_a_waypoint_does_not_look_at_it() -> None:
    one = only(mesh(), peer("n1/p", "STRICT"))
    assert {act.at for act in one.acts} == {"ztunnel"}
