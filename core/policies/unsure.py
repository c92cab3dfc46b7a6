"""Policies whose targets may be among what was not read: that they act nowhere is not known then."""

from collections.abc import Sequence

from core.cluster import ANYWHERE, Cluster, replace
from core.policies.act import PolicyActs
from core.policies.targets import Fault
from core.unshown import hidden_kinds, told

_BY_ABSENCE = frozenset({Fault.NOT_FOUND.value, Fault.NOT_BOUND.value, Fault.NO_PLACE.value})
"""Faults of targets that are not there, or lead nowhere, as far as was read."""
_TARGETS = frozenset(
    {"Service", "ServiceEntry", "Namespace", "GatewayClass", "Gateway", "Gateway.networking.istio.io"}
    | {"HTTPRoute", "GRPCRoute", "ListenerSet", "XListenerSet", "Backend"}
)
_SELECTED = _TARGETS | {"Pod"}


def unsure(one: PolicyActs, cluster: Cluster) -> PolicyActs:
    """The policy with `not-known` in place of the faults that may be none, and a note of what was not read."""
    rests = [fault for fault in one.faults if fault in _BY_ABSENCE]
    if not rests and (one.acts or one.faults):
        return one
    kinds = hidden_kinds(cluster, _TARGETS if rests else _SELECTED)
    read = cluster.unread.namespaces
    if not kinds and (read is None or not cluster.may_hold("", ANYWHERE)):
        return one
    why = told(kinds) if kinds else f"only {_named(sorted(read or ()))} read"
    faults = [Fault.NOT_KNOWN.value if fault in _BY_ABSENCE else fault for fault in one.faults]
    return replace(
        one,
        faults=tuple(dict.fromkeys(faults)),
        notes=(*one.notes, f"whether it acts is not known: {why}"),
        assumed=True,
    )


def _named(namespaces: Sequence[str]) -> str:
    one = len(namespaces) == 1
    return f"namespace{'' if one else 's'} {', '.join(namespaces)} {'was' if one else 'were'}"
