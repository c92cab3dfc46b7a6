"""What a live cluster does not show is unknown: gates say so, and nothing is taken for absent."""

from collections.abc import Sequence

import pytest

from core import labels as names
from core.cluster import Cluster, Services, Table, Unread, replace
from core.endpoints import service_endpoints
from core.explain import Explainer
from core.gates import Result, Verdict
from core.model import Service
from core.paths import resolve
from core.sources import read
from core.sources.live import read_live
from core.sources.samples import samples
from tests import build
from tests.live.faults import HASTY, Api, sample_things

GATEWAYS = [build.gateway("infra", name, name) for name in ("kgateway", "istio", "agentgateway")]


def shown(cluster: Cluster, *kinds: str, namespaces: Sequence[str] | None = None) -> Cluster:
    """The cluster without `kinds`, as who may not read them gets it."""
    limit = None if namespaces is None else frozenset(namespaces)
    return replace(cluster, unread=Unread(kinds=frozenset(kinds), namespaces=limit))


def without(fake: Api, name: str, *plurals: str) -> Cluster:
    """A sample cluster, read by who may not list `plurals`."""
    fake.put(*sample_things(next(one.path for one in samples() if one.name == name)))
    fake.restricted |= {("list", plural) for plural in plurals}
    return read_live(patience=HASTY).cluster


def gates(cluster: Cluster, gate: str) -> set[Result]:
    """What `gate` says, on all paths."""
    explainer = Explainer(resolve(cluster))
    return {
        step.finding.result
        for path in explainer.resolution.paths
        for step in explainer.steps(path)
        if step.gate == gate
    }


def test_without_namespaces_the_label_of_one_is_unknown(fake: Api) -> None:
    assert gates(without(fake, "label-on-namespace", "namespaces"), "ingress-label") == {Result.UNKNOWN}


def test_without_pods_the_capture_is_unknown(fake: Api) -> None:
    cluster = without(fake, "label-on-service", "pods")
    assert gates(cluster, "gateway-captured") == {Result.UNKNOWN}
    whole = resolve(read(["sample:label-on-service"]).cluster).paths
    paths = resolve(cluster).paths
    assert [path.outcome.verdict for path in paths] == [path.outcome.verdict for path in whole]
    assert all(path.outcome.assumed for path in paths if path.outcome.verdict is Verdict.WAYPOINT)


def test_without_pods_and_namespaces_nothing_is_sure(fake: Api) -> None:
    cluster = without(fake, "label-on-service", "pods", "namespaces")
    assert all(path.outcome.assumed for path in resolve(cluster).paths)


def test_without_deployments_versions_and_flags_are_unknown(fake: Api) -> None:
    cluster = without(fake, "label-on-service", "deployments")
    assert cluster.controller("kgateway").version is None
    assert gates(cluster, "waypoint-plugin") <= {Result.UNKNOWN}
    assert all(path.outcome.assumed for path in resolve(cluster).paths)


def test_without_endpointslices_endpoints_are_unknown(fake: Api) -> None:
    cluster = without(fake, "label-on-service", "endpointslices")
    assert gates(cluster, "endpoints") <= {Result.UNKNOWN}
    service = next(one for one in cluster.services.values() if one.selector)
    assert not service_endpoints(cluster, service, service.ports[0]).known


def of_services(cluster: Cluster, gate: str) -> dict[str, Result]:
    """Namespace of the backend → what `gate` says."""
    explainer = Explainer(resolve(cluster))
    return {
        path.backend.namespace: step.finding.result
        for path in explainer.resolution.paths
        if path.backend.kind == "Service"
        for step in explainer.steps(path)
        if step.gate == gate
    }


def test_without_services_whether_a_backend_exists_is_unknown() -> None:
    cluster = build.world()
    hidden = shown(replace(cluster, services=Services()), "Service")
    assert of_services(hidden, "backend-ref") == {"shop": Result.UNKNOWN}
    assert all(path.outcome.assumed for path in resolve(hidden).paths)
    assert of_services(replace(cluster, services=Services()), "backend-ref") == {"shop": Result.FAIL}


def test_a_backend_of_a_namespace_that_was_not_read_is_unknown() -> None:
    cluster = build.shop()
    rest = Services.of(row for row in cluster.services.values() if row.namespace != "store")
    hidden = shown(replace(cluster, services=rest), namespaces=("infra", "shop"))
    assert of_services(hidden, "backend-ref") == {"shop": Result.PASS, "store": Result.UNKNOWN}


def test_a_waypoint_that_was_not_read_is_unknown() -> None:
    cluster = build.world()
    rest = Table.of(row for row in cluster.gateways.values() if row.namespace != "shop")
    without_waypoint = replace(cluster, gateways=rest)
    assert Result.UNKNOWN not in gates(without_waypoint, "waypoint-in-effect")
    hidden = shown(without_waypoint, namespaces=("infra",))
    assert gates(hidden, "waypoint-in-effect") == {Result.UNKNOWN}


def test_without_referencegrants_a_reference_into_another_namespace_is_unknown() -> None:
    other = build.service("store", "stock")
    cluster = build.world(other, build.route("all", [build.backend(other)], GATEWAYS, "shop"))
    assert of_services(cluster, "reference-grant") == {"store": Result.FAIL}
    assert of_services(shown(cluster, "ReferenceGrant"), "reference-grant") == {"store": Result.UNKNOWN}


@pytest.mark.parametrize("kind", ["Service", "ServiceEntry", "Pod", "Gateway"])
def test_only_kinds_that_were_not_read_may_hold_more(kind: str) -> None:
    cluster = shown(build.world(), kind)
    assert cluster.may_hold(kind, "shop")
    assert not cluster.may_hold("Namespace", "shop")
    assert not build.world().may_hold(kind, "shop")


def test_only_namespaces_that_were_read_are_known() -> None:
    cluster = shown(build.world(), namespaces=("shop",))
    assert cluster.may_hold("Service", "bank")
    assert not cluster.may_hold("Service", "shop")
    assert not cluster.may_hold("GatewayClass")


def test_a_service_without_labels_is_no_reason_to_guess(fake: Api) -> None:
    cluster = without(fake, "bypass-by-default", "namespaces", "pods", "deployments")
    assert all(isinstance(row, Service) for row in cluster.services.values())
    assert names.INGRESS_USE_WAYPOINT not in {key for row in cluster.services.values() for key in row.labels}
    assert all(path.outcome.assumed for path in resolve(cluster).paths)
