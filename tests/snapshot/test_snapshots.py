"""A snapshot is the source again, without what plays no part."""

import json

import pytest

from core.model import Problem
from tests.snapshot.snapshots import SAMPLES, VECTORS, Json, of_objects, of_source


def config_map(name: str, data: Json, namespace: str = "istio-system") -> Json:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": namespace},
        "data": data,
    }


def istiod(**container: object) -> Json:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "istiod", "namespace": "istio-system"},
        "spec": {
            "template": {
                "spec": {
                    "containers": [
                        {"name": "discovery", "image": "docker.io/istio/pilot:1.30.3", **container}
                    ]
                }
            }
        },
    }


@pytest.mark.parametrize("name", [*SAMPLES, *VECTORS])
def test_a_snapshot_has_the_paths_of_its_source(name: str) -> None:
    shot = of_source(name)
    again = shot.again()
    assert json.dumps(again.paths()) == json.dumps(shot.paths())
    assert again.cluster.observed == shot.cluster.observed


@pytest.mark.parametrize("name", [*SAMPLES, *VECTORS])
def test_a_snapshot_of_a_snapshot_is_the_same_file(name: str) -> None:
    shot = of_source(name)
    assert shot.again().content() == shot.content()
    assert shot.content() == of_source(name).content()


def test_the_problems_of_the_source_are_met_again() -> None:
    bad = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "cart", "namespace": "shop"},
        "spec": 5,
    }
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}}
    shot = of_objects(
        bad, node, istiod(), {**istiod(), "metadata": {"name": "other", "namespace": "istio-system"}}
    )
    assert len(shot.problems) == 3

    def told(problems: list[Problem]) -> list[tuple[str, str, str]]:
        return sorted((one.severity, one.where.partition(" ")[2], one.message) for one in problems)

    assert [(one.severity, one.message) for one in shot.again().problems if one.severity != "warning"] == [
        (one.severity, one.message) for one in shot.problems if one.severity != "warning"
    ]
    assert told([one for one in shot.again().problems if one.severity == "warning"]) == told(
        [one for one in shot.problems if one.severity == "warning"]
    )


def test_what_was_not_shown_is_not_known_to_a_reader_either() -> None:
    shot = of_objects(istiod())
    unread = type(shot.cluster.unread)(kinds=frozenset({"HTTPRoute"}), namespaces=frozenset({"shop"}))
    shot.cluster = type(shot.cluster)(
        **{
            field: getattr(shot.cluster, field)
            for field in shot.cluster.__struct_fields__
            if field != "unread"
        },
        unread=unread,
    )
    assert shot.again().cluster.unread == unread


def test_only_variables_that_decide_a_path_are_kept() -> None:
    env = [
        {"name": "PILOT_ENABLE_AMBIENT", "value": "true"},
        {"name": "DATABASE_PASSWORD", "value": "hunter2"},
        {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
    ]
    shot = of_objects(istiod(env=env, command=["run", "--token=hunter2"]))
    (item,) = shot.items()
    (container,) = item["spec"]["template"]["spec"]["containers"]
    assert container["env"] == [{"name": "PILOT_ENABLE_AMBIENT", "value": "true"}]
    assert "hunter2" not in shot.text()


def test_only_annotations_that_a_rule_looks_at_are_kept() -> None:
    annotations = {
        "kubectl.kubernetes.io/last-applied-configuration": '{"data": "hunter2"}',
        "ambient.istio.io/redirection": "enabled",
        "example.com/owner": "team-cart",
        "sidecar.istio.io/status": '{"containers": ["istio-proxy"]}',
    }
    meta = {
        "name": "cart-0",
        "namespace": "shop",
        "annotations": annotations,
        "managedFields": [{"manager": "me"}],
    }
    (item,) = of_objects({"apiVersion": "v1", "kind": "Pod", "metadata": meta}).items()
    assert item["metadata"] == {
        "name": "cart-0",
        "namespace": "shop",
        "annotations": {"ambient.istio.io/redirection": "enabled", "sidecar.istio.io/status": ""},
    }


def test_secrets_and_config_maps_that_nobody_names_are_not_there() -> None:
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "key", "namespace": "shop"},
        "stringData": {"password": "hunter2"},
    }
    shot = of_objects(secret, istiod(), config_map("mine", {"password": "hunter2"}, "shop"))
    assert [item["kind"] for item in shot.items()] == ["Deployment"]
    assert "hunter2" not in shot.text()


def test_of_a_config_map_that_a_controller_names_the_variables_are_kept() -> None:
    container = istiod(envFrom=[{"configMapRef": {"name": "settings"}, "prefix": "PILOT_"}])
    shot = of_objects(container, config_map("settings", {"ENABLE_AMBIENT": "true", "PASSWORD": "hunter2"}))
    assert shot.items()[1]["data"] == {"ENABLE_AMBIENT": "true"}
    for anonymize in (False, True):
        found = shot.again(anonymize=anonymize).cluster.controllers["istiod"].setting("PILOT_ENABLE_AMBIENT")
        assert (found.known, found.value) == (True, "true")


def test_of_mesh_config_what_decides_is_kept() -> None:
    mesh = "rootNamespace: mesh-root\ndefaultConfig:\n  proxyMetadata:\n    PASSWORD: hunter2\n"
    shot = of_objects(istiod(), config_map("istio", {"mesh": mesh, "meshNetworks": "networks: {}"}))
    assert shot.items()[1]["data"] == {"mesh": '{"rootNamespace":"mesh-root"}'}
    assert shot.again().policies.mesh == shot.policies.mesh
    assert shot.again(anonymize=True).policies.mesh.root_namespace != "mesh-root"


def test_what_a_gateway_policy_does_is_kept_and_with_what_is_not() -> None:
    policy = {
        "apiVersion": "gateway.kgateway.dev/v1alpha1",
        "kind": "TrafficPolicy",
        "metadata": {"name": "one", "namespace": "shop"},
        "spec": {
            "targetRefs": [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "name": "cart"}],
            "basicAuth": {"users": ["admin:hunter2"]},
            "transformation": {"request": {"set": [{"name": "x-shop", "value": "cart"}]}},
            "rateLimit": {"disable": {}},
        },
    }
    shot = of_objects(policy)
    assert "hunter2" not in shot.text()
    assert shot.again().policies.gateway_policies[0].effects == shot.policies.gateway_policies[0].effects
