"""The listeners of a Gateway: its own, and those that ListenerSets add to it.

Source: Gateway API's ListenerSet (GEP-1713); Istio pilot/pkg/config/kube/gatewaycommon/listener_conflict.go and
kgateway pkg/kgateway/query for what conflicts and which versions take part.
"""

from collections.abc import Iterator, Mapping, Sequence

from core import labels as names
from core.classes import data_plane
from core.cluster import Cluster, replace
from core.controllers import Controller
from core.model import Gateway, Listener, ListenerSet, ObjectRef, Problem, Row
from core.versions import Version

HTTP_LIKE = frozenset({"HTTP", "HTTPS", "TLS"})
"""Protocols that tell listeners of one port apart by their hostname."""
PACKETS = frozenset({"TCP", "UDP"})

CONTROLLER: Mapping[str, str] = {"kgateway": "kgateway", "istio": "istiod", "agentgateway": "agentgateway"}


class Support(Row):
    """Since which version a data plane takes listeners from a kind of sets, and until which it did.

    `variable` has to be true for it; empty where it needs none.
    """

    plane: str
    kind: str
    since: Version
    until: Version | None = None
    variable: str = ""
    variable_since: Version | None = None

    def needs_variable(self, version: Version | None) -> bool:
        """Whether `variable` counts at `version`; at one that is not known it may."""
        if not self.variable or version is None:
            return False
        return self.variable_since is None or version >= self.variable_since


SUPPORT: Sequence[Support] = (
    Support(
        plane="kgateway",
        kind="XListenerSet",
        since=Version(major=2, minor=1),
        until=Version(major=2, minor=3),
        variable=names.KGW_ENABLE_EXPERIMENTAL_GATEWAY_API_FEATURES,
        variable_since=Version(major=2, minor=2),
    ),
    Support(plane="kgateway", kind="ListenerSet", since=Version(major=2, minor=3)),
    Support(
        plane="istio",
        kind="XListenerSet",
        since=Version(major=1, minor=27),
        until=Version(major=1, minor=30),
        variable=names.PILOT_ENABLE_ALPHA_GATEWAY_API,
    ),
    Support(plane="istio", kind="ListenerSet", since=Version(major=1, minor=30)),
    Support(plane="agentgateway", kind="ListenerSet", since=Version(major=1, minor=0)),
)


class Bound(Row):
    """A listener of a Gateway.

    Its name is the one that it has among all listeners of the Gateway: for one of a ListenerSet
    `ListenerSet/namespace/name:listener`. `section` is the name in its `owner`. `fault` says why the Gateway does not
    serve it.
    """

    listener: Listener
    section: str
    owner: ObjectRef
    fault: str = ""


def bound_listeners(cluster: Cluster, gateway: Gateway) -> Sequence[Bound]:
    """The listeners of `gateway` and of the sets that it takes, in the order of precedence.

    The Gateway's own come first, then the sets by age and by namespace/name; of two listeners that conflict the
    earlier is served.
    """
    own = [Bound(listener=one, section=one.name, owner=gateway.ref) for one in gateway.listeners]
    joined = cluster.listener_sets.by_gateway.get(gateway.key, ())
    if not joined:
        return own
    found = [*own]
    for one in joined:
        if refusal(cluster, gateway, one):
            continue
        for listener in one.listeners:
            named = replace(listener, name=f"{one.ref}:{listener.name}")
            prior = next((each for each in found if not each.fault and _conflict(named, each.listener)), None)
            fault = "" if prior is None else _words(named, prior.listener)
            found.append(Bound(listener=named, section=listener.name, owner=one.ref, fault=fault))
    return found


def set_of_listener(name: str) -> tuple[ObjectRef, str] | None:
    """The ListenerSet, and the name in it, of a listener that is named so among those of a Gateway; None for others."""
    start, colon, section = name.rpartition(":")
    parts = start.split("/")
    if not colon or len(parts) != 3:
        return None
    return ObjectRef(kind=parts[0], namespace=parts[1], name=parts[2]), section


def named_listener(cluster: Cluster, gateway: Gateway, name: str) -> Listener | None:
    """The listener that is called `name` among all of `gateway`, of a ListenerSet too; None where there is none."""
    owner: Gateway | ListenerSet | None = gateway
    section = name
    found = set_of_listener(name)
    if found is not None:
        ref, section = found
        owner = cluster.listener_sets.get((ref.namespace, f"{ref.kind}/{ref.name}"))
    return next((one for one in owner.listeners if one.name == section), None) if owner is not None else None


def refusal(cluster: Cluster, gateway: Gateway, one: ListenerSet) -> str:
    """Why `gateway` takes no listener of the set; empty where it does."""
    unsupported = _unsupported(cluster, gateway, one)
    if unsupported:
        return unsupported
    allowed = gateway.allowed_listeners
    labels = cluster.namespace_labels(one.namespace) if allowed.origin == "Selector" else {}
    if allowed.admits(gateway.namespace, one.namespace, labels):
        return ""
    return f"namespace {one.namespace} not admitted by allowedListeners of {gateway.ref} ({allowed.origin})"


def listener_set_problems(cluster: Cluster) -> Iterator[Problem]:
    """A problem for each set that no Gateway takes, and for each listener that conflicts with an earlier one."""
    for one in cluster.listener_sets.values():
        gateway = cluster.gateways.get((one.parent.namespace, one.parent.name))
        if gateway is None:
            yield _problem(one, f"its Gateway {one.parent.namespace}/{one.parent.name} is not in the source")
        elif data_plane(cluster, gateway).is_ingress:
            fault = refusal(cluster, gateway, one)
            if fault:
                yield _problem(one, f"not attached to {gateway.ref}: {fault}")
    for key in cluster.listener_sets.by_gateway:
        if key in cluster.gateways:
            for each in bound_listeners(cluster, cluster.gateways[key]):
                if each.fault:
                    where = _set_of(cluster, each.owner).where
                    yield Problem(
                        severity="warning", where=f"{where} {each.owner}".lstrip(), message=each.fault
                    )


def _set_of(cluster: Cluster, ref: ObjectRef) -> ListenerSet:
    return cluster.listener_sets[ref.namespace, f"{ref.kind}/{ref.name}"]


def _problem(one: ListenerSet, message: str) -> Problem:
    return Problem(severity="warning", where=f"{one.where} {one.ref}".lstrip(), message=message)


def _unsupported(cluster: Cluster, gateway: Gateway, one: ListenerSet) -> str:
    plane = data_plane(cluster, gateway).plane
    if plane not in CONTROLLER:
        return ""
    controller = cluster.controller(CONTROLLER[plane])
    rows = [row for row in SUPPORT if row.plane == plane]
    row = next((row for row in rows if row.kind == one.set_kind), None)
    if row is None:
        return f"{plane} knows no {one.set_kind}"
    version = controller.version
    if version is not None and version < row.since:
        return f"{plane} {version} takes no {one.set_kind}, {row.since} and newer do"
    if version is not None and row.until is not None and version >= row.until:
        return f"{plane} {version} takes no {one.set_kind}, since {row.until} it is ListenerSet"
    return _switched_off(controller, row)


def _switched_off(controller: Controller, row: Support) -> str:
    """A variable that the source can't tell is taken for true: the set was written to be used."""
    if not row.needs_variable(controller.version):
        return ""
    setting = controller.setting(row.variable)
    if not setting.known or (setting.value and names.parse_bool(setting.value)):
        return ""
    return f"{row.variable} of {controller.name} is not true"


# --- conflicts ------------------------------------------------------------------------------------------------------


def _conflict(one: Listener, other: Listener) -> bool:
    """Whether the two can't be served on one Gateway: of one port, without anything that tells them apart."""
    if one.port != other.port:
        return False
    mine, theirs = one.protocol, other.protocol
    if mine in HTTP_LIKE and theirs in HTTP_LIKE:
        return one.hostname.lower() == other.hostname.lower()
    return mine == theirs or {mine, theirs} <= HTTP_LIKE | PACKETS


def _words(one: Listener, prior: Listener) -> str:
    what = "protocol" if one.protocol != prior.protocol else "hostname"
    if one.protocol in PACKETS:
        what = "protocol"
    shared = "" if what == "protocol" else f" for {one.hostname or 'any host'}"
    return (
        f"listener {one.name} ({one.protocol} on port {one.port}) is not served, its {what} conflicts with listener "
        f"{prior.name} ({prior.protocol}{shared})"
    )
