"""DestinationRules: at the ingress gateway's cluster and at the waypoint's, which may use different ones."""

from typing import Any

import pytest

from core import labels as names
from tests import build
from tests.policies.written import Written, mesh, only, places, policy

POOL = {"connectionPool": {"tcp": {"maxConnections": 1}}}
OUTLIER = {"outlierDetection": {"interval": "1s"}}


def rule(name: str, host: str, created: str = "", policy_part: Written = POOL, **spec: Any) -> Written:
    return policy(
        "DestinationRule", name, {"host": host, "trafficPolicy": policy_part, **spec}, created=created
    )


FAR = "far.n2.svc.cluster.local"
EVERYWHERE = "infra/ing n1/edge n2/far:80@infra/shared"


def test_it_acts_at_gateways_and_at_the_waypoint() -> None:
    assert places(only(mesh(), rule("n2/d", "far"))) == EVERYWHERE
    assert places(only(mesh(), rule("n2/d", "ext.example.com"))) == "infra/ing n1/edge n2/ext:80@infra/shared"
    assert places(only(mesh(), rule("n1/d", "free"))) == "infra/ing n1/edge"


def test_a_host_that_is_not_there() -> None:
    one = only(mesh(), rule("n1/d", "none"))
    assert (one.acts, one.faults) == ((), ["TargetNotFound"])


def test_the_proxys_namespace_goes_first_then_the_services_then_root() -> None:
    theirs, gateways, root = rule("infra/d", FAR), rule("n2/d", FAR), rule("istio-system/d", FAR)
    assert places(only(mesh(), theirs, gateways, root)) == "infra/ing n2/far:80@infra/shared"
    assert places(only(mesh(), gateways, theirs, root)) == "n1/edge"
    assert places(only(mesh(), root, theirs, gateways)) == ""
    assert places(only(mesh(), root, theirs)) == "n1/edge"
    assert places(only(mesh(), rule("n1/d", FAR), root)) == "n1/edge"


def test_a_wildcard_gives_way_to_the_host_itself() -> None:
    wild, longer = rule("n2/w", "*.svc.cluster.local"), rule("n2/l", "*.n2.svc.cluster.local")
    assert places(only(mesh(), wild)) == EVERYWHERE
    assert places(only(mesh(), wild, longer)) == ""
    assert places(only(mesh(), longer, rule("n2/d", "far"))) == ""


@pytest.mark.parametrize(
    ("export_to", "acts"),
    [
        (["*"], EVERYWHERE),
        (["."], ""),
        (["n2"], ""),
        (["infra"], "infra/ing n2/far:80@infra/shared"),
        ([".", "n1"], "n1/edge"),
    ],
)
def test_export_to_says_who_sees_it(export_to: list[str], acts: str) -> None:
    assert places(only(mesh(), rule("n2/d", "far", exportTo=export_to))) == acts


def test_the_default_of_export_to_is_mesh_configs() -> None:
    assert places(only(mesh(), rule("n2/d", "far"), destination_rule_export_to=(".",))) == ""
    assert (
        places(only(mesh(), rule("infra/d", FAR), destination_rule_export_to=(".",)))
        == "infra/ing n2/far:80@infra/shared"
    )


def test_root_keeps_its_private_ones_for_its_own_proxies() -> None:
    private = rule("istio-system/d", FAR, exportTo=["."])
    assert places(only(mesh(build.gateway("istio-system", "gw", "istio")), private)) == "istio-system/gw"
    assert places(only(mesh(), private)) == ""


def test_rules_of_one_host_and_namespace_are_merged_and_the_oldest_setting_stays() -> None:
    old = rule("n2/old", "far", "2026-01-01T00:00:00Z")
    young = rule("n2/young", "far", "2026-01-02T00:00:00Z")
    assert places(only(mesh(), young, old)) == EVERYWHERE
    assert "leave nothing of what it sets" in only(mesh(), young, old).notes[0]
    assert not only(mesh(), old, young).notes
    subsets = rule("n2/subsets", "far", "2026-01-03T00:00:00Z", subsets=[{"name": "v1"}])
    assert not only(mesh(), subsets, old).notes


def test_one_that_is_exported_elsewhere_is_kept_apart_and_wins() -> None:
    old = rule("n2/old", "far", "2026-01-01T00:00:00Z", exportTo=["infra", "n1"])
    young = rule("n2/young", "far", "2026-01-02T00:00:00Z", exportTo=["infra"])
    assert places(only(mesh(), young, old)) == "infra/ing n2/far:80@infra/shared"
    assert places(only(mesh(), old, young)) == "n1/edge"


def test_a_workload_selector_is_for_gateways_of_its_namespace_that_match() -> None:
    edge = rule("n1/d", FAR, workloadSelector={"matchLabels": {"role": "edge"}})
    assert places(only(mesh(), edge)) == "n1/edge"
    assert places(only(mesh(), rule("n1/d", FAR, workloadSelector={"matchLabels": {"role": "x"}}))) == ""
    ing = rule("infra/d", FAR, workloadSelector={"matchLabels": {"role": "ing"}})
    assert places(only(mesh(), ing)) == "infra/ing"
    assert places(only(mesh(), rule("n2/d", FAR), ing)) == "n1/edge"


# --- kgateway -----------------------------------------------------------------------------------------------


def kgateway(integration: str = "true") -> Any:
    return build.controller("kgateway", "v2.2.0", {names.KGW_ENABLE_ISTIO_INTEGRATION: integration})


@pytest.mark.parametrize(
    ("integration", "part", "host", "acts"),
    [
        ("true", OUTLIER, FAR, True),
        ("true", {"portLevelSettings": [{"port": {"number": 80}, **OUTLIER}]}, FAR, True),
        ("true", POOL, FAR, False),
        ("false", OUTLIER, FAR, False),
        ("true", OUTLIER, "far", False),
        ("true", OUTLIER, "*.n2.svc.cluster.local", False),
    ],
)
def test_kgateway_looks_at_outlier_detection(integration: str, part: Written, host: str, acts: bool) -> None:
    found = places(only(mesh(kgateway(integration)), rule("n2/d", host, policy_part=part)))
    assert ("infra/kgw" in found) is acts


def test_kgateway_takes_the_oldest_for_everybody_and_then_that_for_its_namespace() -> None:
    old = rule("n1/old", FAR, "2026-01-01T00:00:00Z", OUTLIER)
    young = rule("n2/young", FAR, "2026-01-02T00:00:00Z", OUTLIER)
    private = rule("infra/private", FAR, "2026-01-03T00:00:00Z", OUTLIER, exportTo=["."])
    cluster = mesh(kgateway())
    assert "infra/kgw" in places(only(cluster, old, young, private))
    assert "infra/kgw" not in places(only(cluster, young, old))
    assert "infra/kgw" not in places(only(cluster, private, old))
    assert "infra/kgw" in places(only(cluster, private))
    assert "infra/kgw" not in places(only(cluster, rule("n2/p", FAR, "", OUTLIER, exportTo=["."])))
