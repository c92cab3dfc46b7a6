"""Which controllers run, in what version, and what of their environment the source tells."""

from typing import Any

import pytest

from core import labels as names
from core.controllers import Controller, find_controllers, split_image
from core.model import ConfigMap, Container, EnvSource, Workload
from core.versions import parse_version
from tests import build

PLUGIN = names.KGW_ENABLE_WAYPOINT
FLAG = names.KGW_INGRESS_USE_WAYPOINTS


def deployment(image: str, name: str = "some", namespace: str = "system", **more: Any) -> Workload:
    container = {key: more.pop(key) for key in ("env", "env_sources") if key in more}
    return Workload(
        namespace=namespace,
        name=name,
        workload_kind="Deployment",
        containers=(Container(name="c", image=image, **container),),
        where="x.yaml#1",
        **more,
    )


def found(*workloads: Workload, config_maps: tuple[ConfigMap, ...] = ()) -> dict[str, Controller]:
    controllers, _ = find_controllers(workloads, {one.key: one for one in config_maps})
    return controllers


def one(*workloads: Workload, config_maps: tuple[ConfigMap, ...] = ()) -> Controller:
    (controller,) = found(*workloads, config_maps=config_maps).values()
    return controller


@pytest.mark.parametrize(
    ("image", "name", "version"),
    [
        ("cr.kgateway.dev/kgateway-dev/kgateway:v2.1.2", "kgateway", "2.1.2"),
        ("kgateway:2.2.0", "kgateway", "2.2"),
        ("docker.io/istio/pilot:1.30.3", "istiod", "1.30.3"),
        ("localhost:5000/istio/pilot:1.31.0-rc.0-distroless", "istiod", "1.31"),
        ("cr.agentgateway.dev/controller:v1.2.0", "agentgateway", "1.2"),
        ("ghcr.io/agentgateway/controller:v1.2.0", "agentgateway", "1.2"),
        ("example.com/agentgateway-controller:1.3", "agentgateway", "1.3"),
    ],
)
def test_images(image: str, name: str, version: str) -> None:
    controller = one(deployment(image))
    assert (controller.name, controller.version) == (name, parse_version(version))
    assert controller.version_origin == "Deployment/system/some image tag"
    assert str(controller.deployment) == "Deployment/system/some"
    assert controller.container == "c"


@pytest.mark.parametrize(
    "image",
    [
        "",
        "istio/proxyv2:1.30.3",
        "cr.kgateway.dev/kgateway-dev/envoy-wrapper:v2.2.0",
        "cr.agentgateway.dev/agentgateway:v1.2.0",
        "example.com/autopilot:1.0",
        "example.com/controller:v1.2.0",
        "example.com/kgateway/other:1",
    ],
)
def test_other_images(image: str) -> None:
    assert found(deployment(image)) == {}


@pytest.mark.parametrize(
    ("image", "origin"),
    [
        ("istio/pilot", "Deployment/system/some image has no tag"),
        ("localhost:5000/pilot", "Deployment/system/some image has no tag"),
        ("istio/pilot@sha256:" + "a" * 64, "Deployment/system/some image has no tag"),
        ("istio/pilot:latest", 'Deployment/system/some image tag "latest" is no version'),
    ],
)
def test_a_version_that_is_not_told(image: str, origin: str) -> None:
    controller = one(deployment(image))
    assert (controller.version, controller.version_origin) == (None, origin)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("a/b:1", ("a/b", "1")),
        ("a/b", ("a/b", "")),
        ("host:5000/a/b", ("host:5000/a/b", "")),
        ("host:5000/a/b:1", ("host:5000/a/b", "1")),
        ("a/b:1@sha256:0", ("a/b", "1")),
        ("a/b@sha256:0", ("a/b", "")),
        ("", ("", "")),
    ],
)
def test_images_are_split(image: str, expected: tuple[str, str]) -> None:
    assert split_image(image) == expected


# --- several -------------------------------------------------------------------------------------------------------


def istiod(tag: str, name: str, rev: str | None = None) -> Workload:
    labels = {} if rev is None else {names.REVISION: rev}
    return deployment(f"istio/pilot:{tag}", name, labels=labels)


@pytest.mark.parametrize(
    ("workloads", "taken"),
    [
        ([istiod("1.29.4", "istiod"), istiod("1.30.3", "istiod-canary", rev="canary")], "istiod"),
        ([istiod("1.30.3", "istiod-canary", rev="canary"), istiod("1.29.4", "old", rev="default")], "old"),
        ([istiod("1.29.4", "a", rev="a"), istiod("1.30.3", "b", rev="b")], "b"),
        ([istiod("latest", "a", rev="a"), istiod("1.29.4", "b", rev="b")], "b"),
        ([istiod("1.30.3", "a", rev="a"), istiod("1.30.3", "b", rev="b")], "b"),
    ],
)
def test_of_several_one_counts_and_the_others_are_told(workloads: list[Workload], taken: str) -> None:
    for order in (workloads, workloads[::-1]):
        controllers, problems = find_controllers(order, {})
        deployment_of = controllers["istiod"].deployment
        assert deployment_of is not None
        assert deployment_of.name == taken
        (problem,) = problems
        assert problem.severity == "warning"
        left = {str(one.ref) for one in workloads} - {str(deployment_of)}
        assert all(name in problem.message for name in left)


# --- the environment -----------------------------------------------------------------------------------------------


def kgateway(
    env: dict[str, str] | None = None, *sources: EnvSource, config_maps: tuple[ConfigMap, ...] = ()
) -> Controller:
    return one(deployment("kgateway:2.2.0", env=env or {}, env_sources=sources), config_maps=config_maps)


SETTINGS = ConfigMap(
    namespace="system", name="settings", data={PLUGIN: "true", "OTHER": "1", "flag": "false"}
)
ALL = EnvSource(kind="ConfigMap", name="settings")
KEY = EnvSource(variable=FLAG, kind="ConfigMap", name="settings", key="flag")
SECRET = EnvSource(kind="Secret", name="hidden")


def test_literal_values() -> None:
    setting = kgateway({PLUGIN: "true"}).setting(PLUGIN)
    assert (setting.value, setting.known) == ("true", True)
    assert setting.origin == "Deployment/system/some env"
    assert setting.where == "Deployment/system/some"


def test_a_variable_that_is_not_set() -> None:
    setting = kgateway().setting(PLUGIN)
    assert (setting.value, setting.known) == (None, True)
    assert setting.origin == "not set in Deployment/system/some"


def test_an_empty_value_is_a_value() -> None:
    setting = kgateway({PLUGIN: ""}).setting(PLUGIN)
    assert (setting.value, setting.known) == ("", True)


def test_only_variables_that_decide_a_path_are_kept() -> None:
    controller = kgateway({"PASSWORD": "x", PLUGIN: "true"}, ALL, config_maps=(SETTINGS,))
    assert set(controller.values) == {PLUGIN}


def test_a_config_map_that_the_source_holds() -> None:
    controller = kgateway(None, ALL, KEY, config_maps=(SETTINGS,))
    assert controller.setting(PLUGIN).value == "true"
    assert controller.setting(PLUGIN).origin == "ConfigMap/system/settings by Deployment/system/some"
    assert controller.setting(FLAG).value == "false"
    assert controller.setting(names.KGW_DNS_LOOKUP_FAMILY).known


def test_a_prefix_of_a_config_map() -> None:
    rows = ConfigMap(namespace="system", name="settings", data={"ENABLE_WAYPOINT": "true", PLUGIN: "no"})
    source = EnvSource(kind="ConfigMap", name="settings", prefix="KGW_")
    assert kgateway(None, source, config_maps=(rows,)).setting(PLUGIN).value == "true"


def test_a_literal_value_wins_over_a_config_map() -> None:
    controller = kgateway({PLUGIN: "false"}, ALL, config_maps=(SETTINGS,))
    assert controller.setting(PLUGIN).value == "false"


def test_a_config_map_of_another_namespace_is_another() -> None:
    away = ConfigMap(namespace="elsewhere", name="settings", data={PLUGIN: "true"})
    assert not kgateway(None, ALL, config_maps=(away,)).setting(PLUGIN).known


@pytest.mark.parametrize("source", [SECRET, ALL])
def test_what_the_source_does_not_hold_may_have_any_variable(source: EnvSource) -> None:
    controller = kgateway({PLUGIN: "true"}, source)
    assert controller.setting(PLUGIN).known
    setting = controller.setting(FLAG)
    assert (setting.value, setting.known) == (None, False)
    assert f"{source.kind}/system/{source.name}" in setting.origin


@pytest.mark.parametrize(
    "source",
    [
        EnvSource(variable=FLAG, kind="Secret", name="hidden", key="k"),
        EnvSource(variable=FLAG, kind="ConfigMap", name="absent", key="k"),
        EnvSource(variable=FLAG, kind="ConfigMap", name="settings", key="absent"),
        EnvSource(variable=FLAG, kind="fieldRef"),
    ],
)
def test_a_value_from_what_the_source_does_not_hold(source: EnvSource) -> None:
    controller = kgateway(None, source, config_maps=(SETTINGS,))
    setting = controller.setting(FLAG)
    assert (setting.value, setting.known) == (None, False)
    assert source.kind in setting.origin
    assert controller.setting(PLUGIN).known


def test_a_value_that_is_not_known_is_not_taken_from_a_config_map_that_it_overrides() -> None:
    rows = ConfigMap(namespace="system", name="settings", data={FLAG: "true"})
    hidden = EnvSource(variable=FLAG, kind="Secret", name="hidden", key="k")
    assert not kgateway(None, ALL, hidden, config_maps=(rows,)).setting(FLAG).known


def test_without_a_controller_nothing_is_known() -> None:
    setting = build.cluster().controller("kgateway").setting(PLUGIN)
    assert (setting.value, setting.known) == (None, False)
    assert setting.origin == "no Deployment of kgateway is in the source"
    assert setting.where == "kgateway (not in the source)"


def test_the_container_with_the_image_is_the_one_that_is_read() -> None:
    side = Container(name="side", image="example.com/side:1", env={PLUGIN: "true"})
    main = Container(name="main", image="kgateway:2.2.0")
    workload = Workload(namespace="system", name="some", workload_kind="StatefulSet", containers=(side, main))
    controller = one(workload)
    assert controller.container == "main"
    assert controller.setting(PLUGIN).value is None
    assert str(controller.deployment) == "StatefulSet/system/some"
