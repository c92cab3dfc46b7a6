"""Istio Gateways on pods that istiod manages for Gateway API: where none of their servers counts, and what they share.

Source: istiod pilot/pkg/model/push_context.go (mergeGateways, filterStrictGatewayMerging) and pilot/pkg/model/context.go
(SetGatewaysForProxy); releases 1.30 and older have no filterStrictGatewayMerging.
"""

from collections.abc import Mapping, Sequence

from core import labels as names
from core.cluster import Cluster
from core.istio_ingress.rows import IstioGateway
from core.model import Key, Labels, ObjectRef
from core.versions import Version

SINCE_STRICT = Version(major=1, minor=31)
"""The first istiod that keeps Gateways of other namespaces off pods that it manages."""
_ROLES = {
    names.MANAGED_WAYPOINT: "the pods that it selects are those of a waypoint, which takes no servers",
    names.MANAGED_EAST_WEST: "the pods that it selects are those of an east-west gateway, where servers are not computed",
}


def role(labels: Labels) -> str:
    """What istiod manages pods with `labels` as; empty for pods of one's own."""
    return labels.get(names.MANAGED_BY, "")


def refused(
    cluster: Cluster, namespace: str, labels: Labels, gateways: Sequence[IstioGateway]
) -> Mapping[Key, str]:
    """Those of `gateways` that have no server at pods of `namespace` with `labels`, though they select them, and why."""
    of = role(labels)
    if of in _ROLES:
        return {one.key: _ROLES[of] for one in gateways}
    if of != names.MANAGED_INGRESS or not _is_strict(cluster):
        return {}
    owner = _owner(namespace, labels)
    because = (
        f"the pods that it selects are managed for {owner}, which Gateways of other namespaces are kept off: "
        f"use a Gateway of namespace {namespace}, or listeners of {owner}"
    )
    return {one.key: because for one in gateways if one.namespace != namespace}


def _is_strict(cluster: Cluster) -> bool:
    """Where the source tells neither version nor setting, the newest release's default counts."""
    istiod = cluster.controller("istiod")
    if istiod.version is not None and istiod.version < SINCE_STRICT:
        return False
    return (
        names.parse_bool(istiod.setting(names.PILOT_ENABLE_STRICT_GATEWAY_MERGING).value or "") is not False
    )


def ports_beside(cluster: Cluster, namespace: str, labels: Labels) -> Mapping[int, ObjectRef]:
    """The ports of the Gateway of Gateway API that pods of `namespace` with `labels` are managed for, each with it."""
    if role(labels) != names.MANAGED_INGRESS:
        return {}
    owner = _owner(namespace, labels)
    gateway = cluster.gateways.get((owner.namespace, owner.name))
    if gateway is None:
        return {}
    sets = cluster.listener_sets.by_gateway.get(gateway.key, ())
    listeners = [*gateway.listeners, *(listener for one in sets for listener in one.listeners)]
    return dict.fromkeys((one.port for one in listeners), owner)


def _owner(namespace: str, labels: Labels) -> ObjectRef:
    return ObjectRef(kind="Gateway", namespace=namespace, name=labels.get(names.GATEWAY_NAME, ""))
