"""One place where a policy acts, and all of them for a policy."""

from collections.abc import Sequence
from typing import Any

from core.model import Key, ObjectRef, Row

_NOWHERE: Key = ("", "")


class Act(Row):
    """A place: `at` is `waypoint`, `waypoint-workloads`, `ingress` or `ztunnel`; the rest as it needs.

    `api` is `networking.istio.io` for a Gateway of Istio's own API, else empty.
    """

    at: str
    gateway: Key = _NOWHERE
    api: str = ""
    service: ObjectRef | None = None
    port: int = 0
    pods: Sequence[str] = ()

    @property
    def order(self) -> tuple[Any, ...]:
        """What places are sorted by: kind, gateway, service, port."""
        service = self.service
        place = ("", "", "") if service is None else (service.kind, service.namespace, service.name)
        return (self.at, self.gateway, self.api, place, self.port)

    def __str__(self) -> str:
        gateway = "/".join(self.gateway)
        match self.at:
            case "waypoint":
                return f"{self.service}:{self.port} at waypoint {gateway}"
            case "waypoint-workloads":
                return f"traffic addressed to pods at waypoint {gateway}"
            case "ingress":
                return f"ingress gateway {gateway}"
            case _:
                return f"ztunnel, for {', '.join(self.pods)}"


class PolicyActs(Row):
    """Where one policy acts, and why there.

    `because` names the rule that decides, for each target. `notes` say what is not as written (a rule that
    ztunnel can't check, a target that binds nothing). `faults` are the reasons of targets without effect, in
    istiod's words where it has one. `assumed` is set where the istiod version is none of those observed.
    """

    policy: ObjectRef
    acts: Sequence[Act]
    because: str
    notes: Sequence[str] = ()
    faults: Sequence[str] = ()
    where: str = ""
    assumed: bool = False

    @property
    def partly_invalid(self) -> bool:
        """Whether some targets have no effect while others do (istiod: `PartiallyInvalid`)."""
        return bool(self.faults) and bool(self.acts)


def in_order(acts: Sequence[Act]) -> Sequence[Act]:
    """`acts` sorted, each once."""
    by_order = {act.order: act for act in acts}
    return tuple(by_order[key] for key in sorted(by_order))
