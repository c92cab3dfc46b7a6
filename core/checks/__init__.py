"""The checks that gates name: each looks at a Situation and answers with a Finding that carries its reason.

What differs by version is a parameter of a check's factory, never an `if version` inside one: the tables in `core.dataplanes`
have the version columns.
"""

from core.checks.addresses import (
    endpoints_from_istiod,
    istio_has_vip,
    kgateway_has_vip,
    target_address,
    vip_known,
)
from core.checks.binding import attached, attached_by_label, told_to_ztunnel
from core.checks.endpoints import has_endpoints, lists_endpoints, workload_waypoint, workload_waypoints
from core.checks.gateway import data_plane_modelled, gateway_captured, is_ingress, mesh_ca
from core.checks.label import ingress_label
from core.checks.reference import backend_resolves, kgateway_builds_cluster, reference_granted
from core.checks.settings import (
    istio_flag,
    istio_integration,
    kgateway_flag,
    no_integration_needed,
    setting_off,
    setting_on,
    version_at_least,
)
from core.checks.waypoint import (
    agentgateway_waypoint_address,
    istio_waypoint_address,
    istio_waypoint_endpoints,
    waypoint_reachable,
)

__all__ = [
    "agentgateway_waypoint_address",
    "attached",
    "attached_by_label",
    "backend_resolves",
    "data_plane_modelled",
    "endpoints_from_istiod",
    "gateway_captured",
    "has_endpoints",
    "ingress_label",
    "is_ingress",
    "istio_flag",
    "istio_has_vip",
    "istio_integration",
    "istio_waypoint_address",
    "istio_waypoint_endpoints",
    "kgateway_builds_cluster",
    "kgateway_flag",
    "kgateway_has_vip",
    "lists_endpoints",
    "mesh_ca",
    "no_integration_needed",
    "reference_granted",
    "setting_off",
    "setting_on",
    "target_address",
    "told_to_ztunnel",
    "version_at_least",
    "vip_known",
    "waypoint_reachable",
    "workload_waypoint",
    "workload_waypoints",
]
