"""Policies as the pages tell them: the paths of each, where it acts on one, and what a scenario does to both."""

from collections.abc import Iterable, Mapping, Sequence

from core.gates import Verdict
from core.model import Key, ObjectRef, Row
from core.paths import Path
from core.policies.act import Act, PolicyActs
from core.policies.arrival import arriving
from core.policies.effects import Doubled
from core.policies.view import PathPolicies, PolicyView
from dashboard.findings import Fate
from dashboard.sight import slashed

Met = Mapping[str, PathPolicies]
"""Path id → its policies."""


class PathsOf(Row):
    """The ids of the paths that meet a policy, go past it, and meet it twice."""

    enforced: Sequence[str] = ()
    bypassed: Sequence[str] = ()
    doubled: Sequence[str] = ()

    @property
    def all(self) -> Sequence[str]:
        """Each path once."""
        return list(dict.fromkeys([*self.enforced, *self.bypassed, *self.doubled]))


NO_PATHS = PathsOf()


def paths_of(met: Met, ids: Iterable[str]) -> Mapping[ObjectRef, PathsOf]:
    """Policy → those of the paths `ids` that have to do with it."""
    enforced: dict[ObjectRef, list[str]] = {}
    bypassed: dict[ObjectRef, list[str]] = {}
    doubled: dict[ObjectRef, list[str]] = {}
    for one in ids:
        found = met.get(one, PathPolicies())
        for refs, where in (
            (found.enforced, enforced),
            (found.bypassed, bypassed),
            (found.doubled_refs, doubled),
        ):
            for ref in refs:
                where.setdefault(ref, []).append(one)
    return {
        ref: PathsOf(
            enforced=enforced.get(ref, ()), bypassed=bypassed.get(ref, ()), doubled=doubled.get(ref, ())
        )
        for ref in {*enforced, *bypassed, *doubled}
    }


# --- places --------------------------------------------------------------------------------------------


class Place(Row):
    """A place where a policy acts, and what the scenario does to it."""

    act: Act
    fate: Fate = Fate.STAYS


def places(before: PolicyActs | None, after: PolicyActs | None) -> Sequence[Place]:
    """The places of both states, each once, in their order."""
    then = set(before.acts) if before else set()
    now = set(after.acts) if after else set()
    fates = {act: Fate.STAYS if act in then and act in now else Fate.NEW for act in now}
    fates |= dict.fromkeys(then - now, Fate.GONE)
    return [Place(act=act, fate=fates[act]) for act in sorted(fates, key=_order)]


def _order(act: Act) -> tuple[object, ...]:
    return (act.order, tuple(act.pods))


AT = {
    "waypoint": "waypoint",
    "waypoint-workloads": "waypoint, for traffic addressed to pods",
    "ingress": "gateway",
    "ztunnel": "ztunnel",
}
"""Kind of place → its word on the screen."""


def summary(acts: Sequence[Act]) -> str:
    """Where a policy acts, in numbers: `2 services at waypoint shop/waypoint, gateway infra/http`."""
    if not acts:
        return "nowhere"
    services: dict[Key, set[ObjectRef | None]] = {}
    for act in acts:
        if act.at == "waypoint":
            services.setdefault(act.gateway, set()).add(act.service)
    words = [f"{_many(len(found), 'service')} at waypoint {slashed(key)}" for key, found in services.items()]
    words += [
        f"pods behind waypoint {slashed(act.gateway)}" for act in acts if act.at == "waypoint-workloads"
    ]
    words += [f"gateway {slashed(act.gateway)}" for act in acts if act.at == "ingress"]
    pods = {pod for act in acts if act.at == "ztunnel" for pod in act.pods}
    words += [f"ztunnel, for {_many(len(pods), 'pod')}"] if pods else []
    more = len(words) - _WORDS
    return ", ".join(words[:_WORDS]) + (f" and {more} more" if more > 0 else "")


_WORDS = 3


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


# --- on one path ---------------------------------------------------------------------------------------


class Standing(Row):
    """How a policy stands to a path: `how` is `enforced`, `bypassed` or `doubled`; `why` is a phrase."""

    policy: ObjectRef
    how: str
    why: str


def standings(view: PolicyView, path: Path) -> Sequence[Standing]:
    """The policies of `path`: those that it goes past first, then those that act twice, then the others."""
    found = view.of(path)
    by_policy = {one.policy: one for one in view.acts}
    twice = set(found.doubled_refs)
    return [
        *(
            Standing(policy=ref, how="bypassed", why=_past(by_policy.get(ref), path))
            for ref in found.bypassed
        ),
        *(Standing(policy=ref, how="doubled", why=_twice(found.doubled, ref)) for ref in found.doubled_refs),
        *(
            Standing(policy=ref, how="enforced", why=_acts_on(by_policy.get(ref), path))
            for ref in found.enforced
            if ref not in twice
        ),
    ]


def _past(acts: PolicyActs | None, path: Path) -> str:
    places = [act for act in acts.acts if act.service == path.target] if acts else []
    waypoints = [
        act.gateway for act in places or (acts.acts if acts else ()) if act.at.startswith("waypoint")
    ]
    named = (
        ", ".join(f"waypoint {slashed(key)}" for key in dict.fromkeys(waypoints)) or "the service's waypoint"
    )
    share = sum(part.share for part in arriving(path) if part.waypoint not in waypoints)
    part = "all of" if share > 0.9999 else f"{share:.0%} of"
    gate = f", since gate {path.outcome.decided_by} is closed" if path.outcome.decided_by else ""
    return f"acts at {named}, and {part} this traffic goes past it{gate}"


def _twice(doubled: Sequence[Doubled], ref: ObjectRef) -> str:
    told = []
    for one in doubled:
        if ref in (one.first, one.second):
            named = f"{one.effect} {one.key}".strip()
            other = one.second if one.first == ref else one.first
            beside = "" if other == ref else f" together with {other}"
            harm = "harmless" if one.idempotent else "not harmless"
            told.append(f"{named}: at the gateway and again at the waypoint{beside}; {one.repeats} ({harm})")
    return "; ".join(told)


def _acts_on(acts: PolicyActs | None, path: Path) -> str:
    met = {part.waypoint: part.verdict for part in arriving(path) if part.waypoint is not None}
    found = []
    for act in acts.acts if acts else ():
        if act.at == "ingress" and act.gateway == path.gateway:
            found.append(f"gateway {slashed(act.gateway)}")
        elif act.at == "waypoint" and act.service == path.target and met.get(act.gateway) is Verdict.WAYPOINT:
            found.append(f"waypoint {slashed(act.gateway)}")
        elif act.at == "waypoint-workloads" and met.get(act.gateway) is Verdict.WORKLOAD_WAYPOINT:
            found.append(f"workload waypoint {slashed(act.gateway)}")
    if not found and acts and any(act.at == "ztunnel" for act in acts.acts):
        found.append("ztunnel, before the pods")
    named = " and ".join(dict.fromkeys(found)) or f"gateway {slashed(path.gateway)}"
    return f"acts at {named}, which all of this traffic passes"


# --- what a scenario changes of a path's ---------------------------------------------------------------


class Moved(Row):
    """The policies that a path gains, goes past, and meets twice from the scenario on."""

    enforced: Sequence[ObjectRef] = ()
    bypassed: Sequence[ObjectRef] = ()
    doubled: Sequence[ObjectRef] = ()

    def __bool__(self) -> bool:
        return bool(self.enforced or self.bypassed or self.doubled)


def moved(before: PathPolicies | None, after: PathPolicies | None) -> Moved:
    """What is new in `after`; None stands for a path that this state lacks."""
    old, new = before or PathPolicies(), after or PathPolicies()
    return Moved(
        enforced=_newly(new.enforced, old.enforced),
        bypassed=_newly(new.bypassed, old.bypassed),
        doubled=_newly(new.doubled_refs, old.doubled_refs),
    )


def _newly(now: Iterable[ObjectRef], then: Iterable[ObjectRef]) -> Sequence[ObjectRef]:
    return sorted(set(now) - set(then))
