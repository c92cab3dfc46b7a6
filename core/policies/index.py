"""Place → the policies that act there: what turns the question around, from a policy's places to a path's
policies.
"""

from collections.abc import Iterable, Mapping

from core.model import Key, ObjectRef
from core.policies.act import Act, PolicyActs

Refs = frozenset[ObjectRef]
NO_POLICIES: Refs = frozenset()


class Index:
    """The policies at each place. Those of gateways' own APIs and DestinationRules at a gateway are not in
    it: they act on some of the gateway's paths only.
    """

    def __init__(self, found: Iterable[PolicyActs]) -> None:
        self._at: Mapping[Act, Refs] = _by_act(found)

    def at_ingress(self, gateway: Key, api: str = "") -> Refs:
        return self._at.get(Act(at="ingress", gateway=gateway, api=api), NO_POLICIES)

    def at_waypoint(self, waypoint: Key, service: ObjectRef, port: int) -> Refs:
        return self._at.get(Act(at="waypoint", gateway=waypoint, service=service, port=port), NO_POLICIES)

    def at_workloads(self, waypoint: Key) -> Refs:
        """Those for traffic addressed to pods."""
        return self._at.get(Act(at="waypoint-workloads", gateway=waypoint), NO_POLICIES)

    def at_pods(self, pods: Iterable[str]) -> Refs:
        """Those at ztunnel, for any of `pods`."""
        return union(self._at.get(Act(at="ztunnel", pods=(pod,)), NO_POLICIES) for pod in pods)


def union(sets: Iterable[Refs]) -> Refs:
    """All that any of `sets` holds."""
    return NO_POLICIES.union(*sets)


def _by_act(found: Iterable[PolicyActs]) -> Mapping[Act, Refs]:
    by_act: dict[Act, set[ObjectRef]] = {}
    for one in found:
        for act in one.acts:
            if act.at == "ztunnel":
                for pod in act.pods:
                    by_act.setdefault(Act(at="ztunnel", pods=(pod,)), set()).add(one.policy)
            elif one.policy.kind != "DestinationRule" or act.at != "ingress":
                by_act.setdefault(act, set()).add(one.policy)
    return {act: frozenset(refs) for act, refs in by_act.items()}
