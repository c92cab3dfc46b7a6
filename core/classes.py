"""Which data plane a Gateway belongs to, and whether it is an ingress at all: by its GatewayClass."""

from collections.abc import Mapping, Sequence

from core.cluster import Cluster
from core.istio_ingress.rows import IstioGateway
from core.istio_ingress.workloads import members_of
from core.model import Gateway, ObjectRef, Row


class KnownClass(Row):
    """A controller, a class that comes with it, and what proxies of that class are."""

    controller: str
    class_name: str
    plane: str
    role: str


def _known(controller: str, class_name: str, plane: str, role: str) -> KnownClass:
    return KnownClass(controller=controller, class_name=class_name, plane=plane, role=role)


KNOWN_CLASSES: Sequence[KnownClass] = (
    # spec.controllerName, metadata.name, data plane, role
    _known("kgateway.dev/kgateway", "kgateway", "kgateway", "ingress"),
    _known("kgateway.dev/kgateway", "kgateway-waypoint", "kgateway", "waypoint"),
    _known("istio.io/gateway-controller", "istio", "istio", "ingress"),
    _known("istio.io/mesh-controller", "istio-waypoint", "istio", "waypoint"),
    _known("istio.io/eastwest-controller", "istio-east-west", "istio", "east-west"),
    _known("agentgateway.dev/agentgateway", "agentgateway", "agentgateway", "ingress"),
    _known("kgateway.dev/agentgateway", "agentgateway", "agentgateway", "ingress"),
    _known("istio.io/agentgateway-controller", "istio-agentgateway", "agentgateway", "ingress"),
    _known(
        "istio.io/agentgateway-waypoint-controller", "istio-agentgateway-waypoint", "agentgateway", "waypoint"
    ),
)
"""The first row of a controller holds for its classes of any other name, too."""

_BY_BOTH = {(row.controller, row.class_name): row for row in KNOWN_CLASSES}
_BY_CONTROLLER: Mapping[str, KnownClass] = {row.controller: row for row in reversed(KNOWN_CLASSES)}
_BY_NAME: Mapping[str, KnownClass] = {row.class_name: row for row in reversed(KNOWN_CLASSES)}


class DataPlaneOf(Row):
    """The data plane of one Gateway.

    `plane` is `kgateway`, `istio`, `agentgateway` or `unknown`, `role` `ingress`, `waypoint` or `east-west`.
    `assumed` is true where the class was told by its name alone. An `unknown` one is taken for an ingress.
    """

    plane: str
    role: str
    assumed: bool
    because: str

    @property
    def is_ingress(self) -> bool:
        return self.role == "ingress"


def data_plane(cluster: Cluster, gateway: Gateway) -> DataPlaneOf:
    """The data plane of `gateway`: by `spec.controllerName` of its class, else by the class's name.

    A Gateway of Istio's own API has no class; which pods it is for is assumed where its selector picks none.
    """
    if isinstance(gateway, IstioGateway):
        found = bool(members_of(cluster, gateway))
        told = "its selector picks pods" if found else "its selector picks nothing that is in the source"
        return DataPlaneOf(plane="istio", role="ingress", assumed=not found, because=f"{gateway.ref}: {told}")
    name = gateway.class_name
    ref = ObjectRef(kind="GatewayClass", namespace="", name=name)
    gateway_class = cluster.gateway_classes.get(("", name))
    if gateway_class is None:
        row = _BY_NAME.get(name)
        told = "nor is its name a known one" if row is None else f"its name is that of {row.controller}"
        return _of(row, f"{ref} is not in the source, {told}", assumed=row is not None)
    controller = gateway_class.controller
    row = _BY_BOTH.get((controller, name)) or _BY_CONTROLLER.get(controller)
    told = ", which is not a known one" if row is None else ""
    return _of(row, f"{ref} has spec.controllerName {controller or '(empty)'}{told}", assumed=False)


def _of(row: KnownClass | None, because: str, *, assumed: bool) -> DataPlaneOf:
    plane, role = ("unknown", "ingress") if row is None else (row.plane, row.role)
    return DataPlaneOf(plane=plane, role=role, assumed=assumed, because=because)
