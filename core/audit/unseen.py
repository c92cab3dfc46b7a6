"""What was not read, as far as findings rest on it: which codes it leaves without a judgement, and which paths in doubt."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from core.audit.audited import Audited
from core.cluster import ANYWHERE, Cluster
from core.gates import Result
from core.model import Problem, Row
from core.paths import Path
from core.unshown import AT_WAYPOINTS, POLICIES, hidden_kinds, hidden_namespaces, told

_SERVICES = frozenset({"Service", "ServiceEntry", "WorkloadEntry", "Backend"})
_GATEWAYS = frozenset(
    {"GatewayClass", "Gateway", "Gateway.networking.istio.io", "ListenerSet", "XListenerSet"}
)
_ROUTES = frozenset(
    {
        "HTTPRoute",
        "GRPCRoute",
        "TLSRoute",
        "TCPRoute",
        "UDPRoute",
        "VirtualService",
        "DestinationRule",
        "ReferenceGrant",
    }
)
_CONTROLLERS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ConfigMap"})
_PATHS = _SERVICES | _GATEWAYS | _ROUTES | _CONTROLLERS | {"Namespace", "Pod", "EndpointSlice"}
"""The kinds that decide which paths there are, and where they go."""
NAMING = frozenset({"Service", "ServiceEntry", "WorkloadEntry", "Namespace", "Pod", "Deployment"})
"""The kinds whose objects may name a waypoint."""

RESTS_ON: Mapping[str, frozenset[str]] = {
    "policy-bypassed": _PATHS | AT_WAYPOINTS,
    "policy-doubled": _PATHS | POLICIES,
    "policy-without-effect": POLICIES | _SERVICES | _GATEWAYS | {"Namespace", "Pod"},
    "l7-rule-at-ztunnel": frozenset({"AuthorizationPolicy", "Namespace", "Pod"}),
    "label-without-effect": _PATHS,
    "flag-without-effect": _CONTROLLERS,
    "black-hole": _PATHS,
    "no-endpoints": _PATHS,
    "invalid-backend": _PATHS,
    "unused-waypoint": NAMING | _GATEWAYS | _CONTROLLERS,
    "waypoint-not-ready": _PATHS,
    "waypoint-type-mismatch": NAMING | _GATEWAYS,
    "attachment-denied": NAMING | _GATEWAYS,
    "status-disagrees": _PATHS,
    "gateway-not-captured": _PATHS,
    "mixed-gateway-pods": _PATHS,
    "must-traverse": _PATHS,
    "must-not-traverse": _PATHS,
}
"""Code → the kinds without which a finding of it may be missing."""


class Unseen(Row):
    """What was not read: `kinds` that could not be, `namespaces` that were asked for alone (None for all), and the
    `codes` of which findings may be missing for want of these kinds.
    """

    kinds: Sequence[str] = ()
    namespaces: Sequence[str] | None = None
    codes: Sequence[str] = ()

    @property
    def told(self) -> str:
        """What was not read, as a sentence without full stop; empty where findings rest on nothing of it."""
        return told(self.kinds) if self.codes else ""


def unseen(cluster: Cluster) -> Unseen:
    """What findings of `cluster` lack."""
    limit = cluster.unread.namespaces
    return Unseen(
        kinds=sorted(cluster.unread.kinds),
        namespaces=None if limit is None else sorted(limit),
        codes=[code for code, kinds in RESTS_ON.items() if hidden_kinds(cluster, kinds)],
    )


def problems(at: Audited, found: Unseen) -> Iterator[Problem]:
    """What a reader of findings has to know of it."""
    if found.codes:
        message = f"{found.told}: findings of these codes may be missing: {', '.join(found.codes)}"
        yield Problem(severity="warning", where="", message=message)
    beyond = hidden_namespaces(at.cluster, at.view.root)
    if beyond:
        message = f"{told((), beyond)}: policies of this root namespace of the mesh, which may act everywhere, are unknown"
        yield Problem(severity="warning", where="", message=message)


def is_named_unseen(cluster: Cluster, namespace: str, *, from_elsewhere: bool) -> bool:
    """Whether an object that was not read may name a waypoint of `namespace`."""
    home = ANYWHERE if from_elsewhere else namespace
    return any(cluster.may_hold(kind, home) for kind in NAMING)


def doubtful(at: Audited, path: Path) -> bool:
    """Whether a gate of `path` is unknown, and it may be so for want of what was not read."""
    unread = at.cluster.unread
    if not unread.kinds and unread.namespaces is None:
        return False
    return path.outcome.assumed and any(
        step.finding.result is Result.UNKNOWN for step in at.resolution.steps(path)
    )


def certain(at: Audited, paths: Iterable[Path]) -> list[Path]:
    """Those of `paths` that are known to go where they are said to go."""
    return [path for path in paths if not doubtful(at, path)]


def doubt(at: Audited, paths: Iterable[Path]) -> str:
    """A sentence for a finding about `paths` that may go elsewhere, with a space before it; else nothing."""
    if not any(doubtful(at, path) for path in paths):
        return ""
    kinds = hidden_kinds(at.cluster, _PATHS)
    why = told(kinds) if kinds else "other namespaces were not read"
    return f" This is not certain, since {why}."
