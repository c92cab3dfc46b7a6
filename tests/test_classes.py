import pytest

from core.classes import KNOWN_CLASSES, data_plane
from core.cluster import Cluster, Table
from core.model import Gateway, GatewayClass


def of(class_name: str, controller: str | None = None):
    """The data plane of a Gateway of that class; the source holds the class where a controller is given."""
    classes = (
        [] if controller is None else [GatewayClass(namespace="", name=class_name, controller=controller)]
    )
    gateway = Gateway(namespace="infra", name="http", class_name=class_name)
    return data_plane(Cluster(gateway_classes=Table.of(classes)), gateway)


@pytest.mark.parametrize(
    ("controller", "class_name", "plane", "role"),
    [
        ("kgateway.dev/kgateway", "kgateway", "kgateway", "ingress"),
        ("kgateway.dev/kgateway", "my-own", "kgateway", "ingress"),
        ("kgateway.dev/kgateway", "kgateway-waypoint", "kgateway", "waypoint"),
        ("istio.io/gateway-controller", "istio", "istio", "ingress"),
        ("istio.io/gateway-controller", "my-own", "istio", "ingress"),
        ("istio.io/mesh-controller", "istio-waypoint", "istio", "waypoint"),
        ("istio.io/mesh-controller", "my-own", "istio", "waypoint"),
        ("istio.io/eastwest-controller", "istio-east-west", "istio", "east-west"),
        ("agentgateway.dev/agentgateway", "agentgateway", "agentgateway", "ingress"),
        ("kgateway.dev/agentgateway", "agentgateway", "agentgateway", "ingress"),
        ("istio.io/agentgateway-controller", "istio-agentgateway", "agentgateway", "ingress"),
        (
            "istio.io/agentgateway-waypoint-controller",
            "istio-agentgateway-waypoint",
            "agentgateway",
            "waypoint",
        ),
        # The controller decides, whatever the class is called.
        ("istio.io/gateway-controller", "kgateway", "istio", "ingress"),
        ("istio.io/gateway-controller", "kgateway-waypoint", "istio", "ingress"),
        ("kgateway.dev/kgateway", "istio-waypoint", "kgateway", "ingress"),
        ("example.com/controller", "istio", "unknown", "ingress"),
        ("example.com/controller", "kgateway-waypoint", "unknown", "ingress"),
        ("istio.io/unmanaged-gateway", "istio-remote", "unknown", "ingress"),
        ("kgateway.dev/kgateway2", "kgateway", "unknown", "ingress"),
        ("KGATEWAY.dev/kgateway", "kgateway", "unknown", "ingress"),
        ("", "kgateway", "unknown", "ingress"),
    ],
)
def test_by_controller(controller, class_name, plane, role):
    found = of(class_name, controller)
    assert (found.plane, found.role, found.assumed) == (plane, role, False)
    assert found.is_ingress == (role == "ingress")
    assert f"GatewayClass/{class_name}" in found.because
    assert (controller or "(empty)") in found.because


@pytest.mark.parametrize(
    ("class_name", "plane", "role"),
    [
        ("kgateway", "kgateway", "ingress"),
        ("kgateway-waypoint", "kgateway", "waypoint"),
        ("istio", "istio", "ingress"),
        ("istio-waypoint", "istio", "waypoint"),
        ("istio-east-west", "istio", "east-west"),
        ("agentgateway", "agentgateway", "ingress"),
        ("istio-agentgateway", "agentgateway", "ingress"),
        ("istio-agentgateway-waypoint", "agentgateway", "waypoint"),
    ],
)
def test_without_the_class_its_name_is_assumed_to_tell(class_name, plane, role):
    found = of(class_name)
    assert (found.plane, found.role, found.assumed) == (plane, role, True)
    assert f"GatewayClass/{class_name} is not in the source" in found.because


@pytest.mark.parametrize("class_name", ["", "nginx", "Istio", "istio-remote", "istio-waypoint-2"])
def test_without_the_class_another_name_is_unknown(class_name):
    found = of(class_name)
    assert (found.plane, found.role, found.assumed) == ("unknown", "ingress", False)
    assert "not in the source" in found.because


def test_the_name_of_the_agentgateway_class_stands_for_its_own_controller():
    assert "agentgateway.dev/agentgateway" in of("agentgateway").because


def test_each_class_is_in_the_table_once():
    pairs = [(row.controller, row.class_name) for row in KNOWN_CLASSES]
    assert len(pairs) == len(set(pairs))


def test_a_class_name_means_one_thing():
    meanings = {(row.class_name, row.plane, row.role) for row in KNOWN_CLASSES}
    assert len(meanings) == len({row.class_name for row in KNOWN_CLASSES})
