"""What deploy/ puts into a cluster: the rights that the program uses, and a pod that may do nothing else."""

import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
import yaml

from core.sources.live.wanted import rules

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
LAYERS = ("base", "namespaces", "sign-in")

Manifest = dict[str, Any]


@cache
def documents(file: Path) -> Sequence[Manifest]:
    return list(yaml.safe_load_all(file.read_text(encoding="utf-8")))


def kustomization(layer: str) -> Manifest:
    (found,) = documents(DEPLOY / layer / "kustomization.yaml")
    return found


def resources(layer: str) -> Sequence[Manifest]:
    """The objects of a layer's own files."""
    names = [name for name in kustomization(layer)["resources"] if name.endswith(".yaml")]
    return [one for name in names for one in documents(DEPLOY / layer / name)]


def only(kind: str, layer: str = "base", name: str = "") -> Manifest:
    (found,) = [
        one for one in resources(layer) if one["kind"] == kind and one["metadata"]["name"].startswith(name)
    ]
    return found


def wanted_rules() -> Sequence[Manifest]:
    return [
        {"apiGroups": [*rule.groups], "resources": [*rule.resources], "verbs": [*rule.verbs]}
        for rule in rules()
    ]


def write_rules() -> None:
    """Put the rules of the program into the file."""
    file = DEPLOY / "base" / "rights.yaml"
    text = file.read_text(encoding="utf-8")
    start, end = text.index("rules:"), text.index("---\n")
    lines = ["rules:"]
    for rule in wanted_rules():
        groups, verbs = (", ".join(one or '""' for one in rule[field]) for field in ("apiGroups", "verbs"))
        lines += [f"  - apiGroups: [{groups}]", "    resources:"]
        lines += [f"      - {resource}" for resource in rule["resources"]]
        lines.append(f"    verbs: [{verbs}]")
    file.write_text(text[:start] + "\n".join(lines) + "\n" + text[end:], encoding="utf-8")
    documents.cache_clear()


def test_the_rights_are_exactly_those_that_are_used(update_golden: bool) -> None:
    if update_golden:
        write_rules()
    assert only("ClusterRole")["rules"] == wanted_rules()


def test_no_right_changes_anything_or_reads_secrets() -> None:
    roles = [one for layer in LAYERS for one in resources(layer) if one["kind"].endswith("Role")]
    verbs = {verb for role in roles for rule in role["rules"] for verb in rule["verbs"]}
    things = {thing for role in roles for rule in role["rules"] for thing in rule["resources"]}
    assert verbs <= {"get", "list", "watch"}
    assert not {"secrets", "*"} & things


def test_every_file_is_part_of_a_layer() -> None:
    for layer in LAYERS:
        present = {file.name for file in (DEPLOY / layer).iterdir()} - {"kustomization.yaml"}
        assert present == {name for name in kustomization(layer)["resources"] if name != "../base"}


def test_the_pod_may_do_nothing_but_run() -> None:
    pod = only("Deployment")["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {"cpu", "memory"} <= set(container["resources"]["requests"])
    assert "memory" in container["resources"]["limits"]


def test_the_pod_runs_as_the_user_of_the_image() -> None:
    users = [
        line.split()[1] for line in (ROOT / "Dockerfile").read_text().splitlines() if line.startswith("USER ")
    ]
    context = only("Deployment")["spec"]["template"]["spec"]["securityContext"]
    assert users == [f"{context['runAsUser']}:{context['runAsGroup']}"]


def test_probes_ask_the_dashboard_for_its_health() -> None:
    (container,) = only("Deployment")["spec"]["template"]["spec"]["containers"]
    (port,) = container["ports"]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"] == {"path": "/_stcore/health", "port": port["name"]}
    assert f"--port={port['containerPort']}" in container["args"]


def test_service_and_policy_are_about_the_pod() -> None:
    labels = only("Deployment")["spec"]["template"]["metadata"]["labels"]
    (port,) = only("Service")["spec"]["ports"]
    policy = only("NetworkPolicy")["spec"]
    assert only("Service")["spec"]["selector"] == labels == policy["podSelector"]["matchLabels"]
    assert [one["port"] for one in policy["ingress"][0]["ports"]] == [port["targetPort"]] == ["http"]


def test_the_namespaces_of_the_layer_agree() -> None:
    patches = {
        one["target"]["kind"]: yaml.safe_load(one["patch"]) for one in kustomization("namespaces")["patches"]
    }
    (change,) = patches["Deployment"]
    index = int(change["path"].rpartition("/")[2])
    assert only("Deployment")["spec"]["template"]["spec"]["containers"][0]["args"][index] == "live:"
    read = [value for key, value in parse_qsl(change["value"].partition("?")[2]) if key == "namespace"]
    bound = [one["metadata"]["namespace"] for one in resources("namespaces") if one["kind"] == "RoleBinding"]
    (named,) = [
        rule["resourceNames"]
        for rule in only("ClusterRole", "namespaces")["rules"]
        if "resourceNames" in rule
    ]
    assert read == bound == named


def test_sign_in_needs_what_the_documentation_names() -> None:
    changes = [
        change for one in kustomization("sign-in")["patches"] for change in yaml.safe_load(one["patch"])
    ]
    (secret,) = [one["value"]["secret"]["secretName"] for one in changes if "secret" in one["value"]]
    assert secret in (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("layer", LAYERS)
def test_kustomize_builds_the_layer(layer: str) -> None:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("no kubectl, which has kustomize built in")
    command = [kubectl, "kustomize", str(DEPLOY / layer)]
    built = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    kinds = [(one["kind"], one["metadata"]["name"]) for one in yaml.safe_load_all(built.stdout)]
    assert ("Deployment", "waypath") in kinds
    assert (("ClusterRoleBinding", "waypath") in kinds) == (layer != "namespaces")
    assert "registry.example.com/waypath:" in built.stdout
