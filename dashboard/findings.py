"""The findings of a source before and after a scenario, put side by side and filtered."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from core.audit.codes import CODES
from core.audit.finding import Finding, Identity, Severity
from core.audit.run import Audit
from core.model import Row
from dashboard.desk import Filters, Mode
from dashboard.sight import Pair, Sight, slashed

_RANKS = {row.code: number for number, row in enumerate(CODES)}
_SEVERITIES = list(Severity)


class Fate(StrEnum):
    """What a scenario does to a finding."""

    NEW = "new"
    GONE = "gone"
    STAYS = "stays"


class Told(Row):
    """A finding and its fate; in one state alone every finding stays. `number` tells apart what is called the same."""

    finding: Finding
    fate: Fate = Fate.STAYS
    number: int = 0

    @property
    def name(self) -> str:
        """What it is called from one run to the next."""
        words = [self.finding.code, *map(str, self.finding.objects)]
        return " ".join([*words, str(self.number)] if self.number else words)

    @property
    def is_open(self) -> bool:
        return self.finding.accepted is None


def told(before: Audit, after: Audit, mode: Mode) -> Sequence[Told]:
    """The findings that `mode` shows; for a difference those of both states, each once, as it is after."""
    if mode is not Mode.DIFFERENCE:
        return _numbered(Told(finding=one) for one in (before if mode is Mode.TODAY else after).findings)
    then = {one.identity for one in before.findings}
    now = {one.identity for one in after.findings}
    gone = [Told(finding=one, fate=Fate.GONE) for one in before.findings if one.identity not in now]
    rest = [
        Told(finding=one, fate=Fate.STAYS if one.identity in then else Fate.NEW) for one in after.findings
    ]
    return _numbered(sorted([*gone, *rest], key=lambda one: (_RANKS[one.finding.code], one.finding.objects)))


def _numbered(found: Iterable[Told]) -> Sequence[Told]:
    """Several expectations may find the same of a service: these get a number."""
    seen: Counter[Identity] = Counter()
    numbered = []
    for one in found:
        identity = one.finding.identity
        numbered.append(Told(finding=one.finding, fate=one.fate, number=seen[identity]))
        seen[identity] += 1
    return numbered


def passing(found: Iterable[Told], sight: Sight) -> Sequence[Told]:
    """Those that the filters let through."""
    filters = sight.desk.filters
    if not filters:
        return list(found)
    everything = {pair.id: pair for pair in sight.shown.pairs}
    return [one for one in found if _passes(one, filters, everything)]


def _passes(one: Told, filters: Filters, pairs: Mapping[str, Pair]) -> bool:
    """Whether an object of the finding, or one of its paths, is what the filters ask for."""
    objects = one.finding.objects
    paths = [pairs[path] for path in one.finding.paths if path in pairs]
    if filters.namespaces and not (
        any((ref.namespace or ref.name) in filters.namespaces for ref in objects)
        or any(pair.any.service_ref.namespace in filters.namespaces for pair in paths)
    ):
        return False
    if filters.gateways and not (
        any(
            ref.kind == "Gateway" and slashed((ref.namespace, ref.name)) in filters.gateways
            for ref in objects
        )
        or any(slashed(pair.any.gateway) in filters.gateways for pair in paths)
    ):
        return False
    if filters.planes and not any(pair.any.plane in filters.planes for pair in paths):
        return False
    if filters.verdicts and not any(
        path.outcome.verdict in filters.verdicts
        for pair in paths
        for path in (pair.before, pair.after)
        if path is not None
    ):
        return False
    text = _searchable(one.finding)
    return all(word in text for word in filters.text.lower().split())


def _searchable(finding: Finding) -> str:
    parts = (finding.code, finding.severity.value, finding.message, finding.where, finding.remedy)
    return " ".join([*parts, *map(str, finding.objects), *finding.paths]).lower()


class Group(Row):
    """The findings of a code, the worst first and accepted ones last."""

    code: str
    members: Sequence[Told]

    @property
    def severity(self) -> Severity:
        """That of the worst finding that is not accepted."""
        found = [one.finding.severity for one in self.members if one.is_open]
        return min(found, key=_SEVERITIES.index, default=Severity.NOTE)

    @property
    def numbers(self) -> tuple[int, int]:
        """How many there are that are not accepted, before and after."""
        counting = [one for one in self.members if one.is_open]
        return (
            sum(one.fate is not Fate.NEW for one in counting),
            sum(one.fate is not Fate.GONE for one in counting),
        )


def groups(found: Iterable[Told]) -> Sequence[Group]:
    """The findings by code: codes with errors first, then in the order of the table of codes."""
    by_code: dict[str, list[Told]] = {}
    for one in found:
        by_code.setdefault(one.finding.code, []).append(one)
    made = [Group(code=code, members=sorted(members, key=_order)) for code, members in by_code.items()]
    return sorted(made, key=lambda group: (_SEVERITIES.index(group.severity), _RANKS[group.code]))


_FATES = {Fate.NEW: 0, Fate.STAYS: 1, Fate.GONE: 2}


def _order(one: Told) -> tuple[object, ...]:
    return (
        not one.is_open,
        _SEVERITIES.index(one.finding.severity),
        _FATES[one.fate],
        tuple(one.finding.objects),
    )


def as_audit(found: Iterable[Told]) -> Audit:
    """The findings of the state that is shown, for a file: without those that are gone."""
    kept = [one.finding for one in found if one.fate is not Fate.GONE]
    return Audit(findings=sorted(kept, key=lambda one: (_RANKS[one.code], one.objects)))
