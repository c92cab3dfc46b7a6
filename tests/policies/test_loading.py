"""Policies among the documents of a source: read beside the cluster, in one go."""

import json

import pytest

from core.manifests import Document, load, load_all
from core.policy_model import MeshSettings
from tests.policies.test_vectors import NAMES, loaded, vector
from tests.policies.written import Written, policy, read, target

OBJECTS = [
    policy("AuthorizationPolicy", "n1/p", {"rules": [{}]}, dry_run=True),
    policy("TrafficPolicy", "n1/p", {"timeouts": {"request": "1s"}, "targetRefs": [target("Gateway", "g")]}),
    policy("BackendConfigPolicy", "n1/p", {"targetRefs": [target("Service", "s")]}),
    policy(
        "HTTPRoute",
        "n1/r",
        {"parentRefs": [target("Service", "s")], "rules": [{"timeouts": {"request": "1s"}}]},
    ),
]


def documents(*objects: Written, parsed: bool = False) -> list[Document]:
    return [
        Document(file="x.yaml", index=number, raw=one if parsed else json.dumps(one).encode())
        for number, one in enumerate(objects, 1)
    ]


@pytest.mark.parametrize("parsed", [False, True])
def test_policies_are_read_beside_the_cluster(parsed: bool) -> None:
    cluster, policies, problems = load_all(documents(*OBJECTS, parsed=parsed))
    assert problems == []
    assert [route.name for route in cluster.routes] == ["r"]
    wanted = read(OBJECTS)
    assert policies.authorization_policies[0].dry_run
    assert [one.policy_kind for one in policies.gateway_policies] == ["TrafficPolicy", "BackendConfigPolicy"]
    assert policies.routes[0].effects == wanted.routes[0].effects
    assert policies.gateway_policies[0].effects == wanted.gateway_policies[0].effects


def test_the_cluster_alone_is_the_same() -> None:
    cluster, problems = load(documents(*OBJECTS))
    assert [route.name for route in cluster.routes] == ["r"]
    assert problems == []


def test_of_two_with_one_name_the_later_counts() -> None:
    twice = [policy("AuthorizationPolicy", "n1/p", {"action": word}) for word in ("ALLOW", "DENY")]
    _, policies, problems = load_all(documents(*twice))
    assert [one.action for one in policies.authorization_policies] == ["DENY"]
    assert [one.severity for one in problems] == ["warning"]


@pytest.mark.parametrize("spec", [{"rules": 1}, {"targetRefs": [{}]}, {"action": []}])
def test_what_can_not_be_read_becomes_a_problem(spec: Written) -> None:
    _, policies, problems = load_all(documents(policy("AuthorizationPolicy", "n1/p", spec), *OBJECTS[1:]))
    assert (policies.authorization_policies, len(policies.gateway_policies)) == ((), 2)
    assert [one.severity for one in problems] == ["error"]
    assert "AuthorizationPolicy/n1/p" in problems[0].where


def config_map(mesh: str) -> Written:
    meta = {"namespace": "istio-system", "name": "istio"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"mesh": mesh}}


def test_settings_come_from_mesh_config() -> None:
    text = "rootNamespace: root\nextensionProviders: [{name: oauth}]\n"
    found = load_all(documents(config_map(text)))[1].mesh
    assert found == MeshSettings(root_namespace="root", providers=frozenset({"oauth"}))
    assert load_all(documents())[1].mesh == MeshSettings()
    _, policies, problems = load_all(documents(config_map("rootNamespace: [")))
    assert policies.mesh == MeshSettings()
    assert len(problems) == 1


@pytest.mark.parametrize("name", NAMES)
def test_the_vectors_are_read_alike(name: str) -> None:
    text = json.dumps(vector(name)["input"]).encode()
    _, policies, problems = load_all([Document(file="x", index=1, raw=text)])
    assert problems == []
    wanted = loaded(name)[1]
    for field in ("authorization_policies", "telemetries", "destination_rules", "virtual_services", "routes"):
        assert [one.ref for one in getattr(policies, field)] == [one.ref for one in getattr(wanted, field)]
