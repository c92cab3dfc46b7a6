"""The policies that a page lists: with their places, their paths, and turned around by service."""

from collections.abc import Mapping, Sequence

from core.model import ObjectRef
from core.policies.act import PolicyActs
from dashboard.desk import Filters, Mode
from dashboard.policies import NO_PATHS, PathsOf, Place, paths_of, places
from dashboard.sight import Sight, slashed

HOW = (("enforced", "✓", "pass"), ("bypassed", "✕", "fail"), ("doubled", "2", "unknown"))
"""How a policy stands to a path, with its sign and the tone of it."""


class Listing:
    """The policies of a sight before and after its scenario, as far as its filters let them through."""

    def __init__(self, sight: Sight) -> None:
        self.sight = sight
        shown = sight.shown
        self.before = {one.policy: one for one in shown.view_before.acts}
        self.after = {one.policy: one for one in shown.view_after.acts}
        ids = [pair.id for pair in sight.pairs]
        self.paths_before = paths_of(shown.met_before, ids)
        self.paths_after = paths_of(shown.met_after, ids)
        self.all = sorted({*self.before, *self.after})
        passing = [ref for ref in self.all if self._passes(ref, sight.desk.filters)]
        self.shown = sorted(passing, key=lambda ref: (*worst_first(self.paths(ref)), ref))

    def acts(self, ref: ObjectRef) -> PolicyActs | None:
        """Where the policy acts in the state that is shown, for a difference in the one after."""
        first, second = (self.before, self.after) if self.is_today else (self.after, self.before)
        return first.get(ref) or second.get(ref)

    def places(self, ref: ObjectRef) -> Sequence[Place]:
        """Its places; for a difference those of both states."""
        if self.sight.mode is Mode.DIFFERENCE:
            return places(self.before.get(ref), self.after.get(ref))
        now = self.acts(ref)
        return places(now, now)

    def paths(self, ref: ObjectRef) -> PathsOf:
        found = self.paths_before if self.is_today else self.paths_after
        return found.get(ref, NO_PATHS)

    @property
    def is_today(self) -> bool:
        return self.sight.mode is Mode.TODAY

    def _passes(self, ref: ObjectRef, filters: Filters) -> bool:
        """Whether the policy, a place of its or a path of its is what the filters ask for."""
        if not filters:
            return True
        if self.paths_before.get(ref) or self.paths_after.get(ref):
            return True
        if filters.planes or filters.verdicts:
            return False
        found = [place.act for place in self.places(ref)]
        spaces = {ref.namespace, *(act.service.namespace for act in found if act.service)}
        if filters.namespaces and not spaces & set(filters.namespaces):
            return False
        if filters.gateways and not any(slashed(act.gateway) in filters.gateways for act in found):
            return False
        text = " ".join([str(ref), *map(str, found)]).lower()
        return all(word in text for word in filters.text.lower().split())


def worst_first(found: PathsOf) -> tuple[bool, bool]:
    """What policies are sorted by: those that are bypassed first, then those that act twice."""
    return (not found.bypassed, not found.doubled)


def by_service(listing: Listing) -> Mapping[ObjectRef, Mapping[ObjectRef, PathsOf]]:
    """Service → the policies on its ingress paths, and those that act on it elsewhere, each with these paths."""
    sight = listing.sight
    met = sight.shown.met_before if listing.is_today else sight.shown.met_after
    ids: dict[ObjectRef, list[str]] = {}
    for pair in sight.pairs:
        ids.setdefault(pair.any.service_ref, []).append(pair.id)
    found = {service: dict(paths_of(met, members)) for service, members in ids.items()}
    for ref in listing.all:
        for place in listing.places(ref):
            service = place.act.service
            if service is not None and service in found:
                found[service].setdefault(ref, NO_PATHS)
    return dict(sorted(found.items(), key=lambda item: (_worst(item[1]), item[0])))


def _worst(found: Mapping[ObjectRef, PathsOf]) -> tuple[bool, ...]:
    """What puts services with a policy that is bypassed before the others, and those without one last."""
    return (not found, *min(map(worst_first, found.values()), default=()))
