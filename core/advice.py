"""Advice: which services' ingress traffic should pass their waypoint, by what acts there and what goes past today.

Services that policies protect at their waypoint go through it; those on which nothing acts there can do without one
more L7 hop. Hops are counted; how long one takes is not known here, and not guessed.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from core import labels as names
from core.audit.audited import Audited, has, ids, listed, passes_waypoint
from core.audit.enforcement import protects
from core.audit.mending import way_through
from core.checks.common import KIND_WORDS
from core.edits import Edit, LabelEdit
from core.gates import Verdict
from core.model import Key, ObjectRef, Row, Service, ServiceEntry
from core.paths import Path, Resolution
from core.policies.index import NO_POLICIES, Refs
from core.policy_model import Policies
from core.unshown import AT_WAYPOINTS, hidden_kinds, hidden_namespaces, told
from core.whatif import preview

_FAILS = (Verdict.BLACKHOLE, Verdict.NO_ENDPOINTS, Verdict.INVALID)
_LABEL = names.INGRESS_USE_WAYPOINT


class Advised(StrEnum):
    """What is advised for a service."""

    WAYPOINT = "waypoint"
    DIRECT = "direct"
    BY_LABEL = "by-label"
    NO_CHANGE = "no-change"


class Advice(Row):
    """The advice for one service. `today` is the verdict of its paths, `split` where they differ."""

    service: ObjectRef
    today: str
    advice: Advised
    because: Sequence[str]
    edits: Sequence[Edit] = ()


class AllAdvice(Row):
    """The advice for every service with ingress paths, and all of it as one scenario."""

    services: Sequence[Advice]
    edits: Sequence[Edit]


class _Need(Row):
    """What a service needs, before its namespace is looked at."""

    wanted: Advised
    because: Sequence[str]


def advise(resolution: Resolution, policies: Policies) -> AllAdvice:
    """Advice for every Service and ServiceEntry that an ingress path leads to."""
    adviser = _Adviser(Audited(resolution, policies))
    found = adviser.services()
    edits = tuple(_once(edit for one in found for edit in one.edits))
    return AllAdvice(services=found, edits=edits if adviser.is_safe(edits) else ())


def _once(edits: Iterable[Edit]) -> Sequence[Edit]:
    found: list[Edit] = []
    for edit in edits:
        if edit not in found:
            found.append(edit)
    return found


class _Adviser:
    def __init__(self, at: Audited) -> None:
        self._at = at
        self._rows = {row.ref: row for row in at.policies.authorization_policies}
        self._at_waypoint = self._acting()
        self._known = bool(at.view.acts)

    def services(self) -> Sequence[Advice]:
        """The advice for each service, sorted."""
        at = self._at
        needs = {ref: self._need(ref, paths) for ref, paths in sorted(at.by_service.items())}
        mixed = self._mixed_namespaces(needs)
        return [self._advice(ref, need, mixed) for ref, need in needs.items()]

    # --- what a service needs -------------------------------------------------------------------------------------

    def _acting(self) -> Mapping[ObjectRef, Refs]:
        """Service → the policies that act on it at its waypoint."""
        found: dict[ObjectRef, set[ObjectRef]] = {}
        for one in self._at.view.acts:
            for act in one.acts:
                if act.at == "waypoint" and act.service is not None:
                    found.setdefault(act.service, set()).add(one.policy)
        return {service: frozenset(refs) for service, refs in found.items()}

    def _need(self, ref: ObjectRef, paths: Sequence[Path]) -> _Need:
        row = self._at.row(ref)
        assert isinstance(row, Service | ServiceEntry)
        attachment = self._at.attachment(row)
        if not attachment.in_effect:
            because = f"no waypoint is in effect for it ({attachment.message}): there is none to pass"
            if attachment.hidden or self._at.cluster.may_hold("Namespace"):
                because = f"whether a waypoint is in effect for it is not known ({attachment.message})"
            return _Need(wanted=Advised.NO_CHANGE, because=(because,))
        if any(has(path, *_FAILS) for path in paths):
            return _Need(
                wanted=Advised.NO_CHANGE,
                because=("some of its traffic can't be delivered: `waypath audit` first",),
            )
        waypoint = "/".join(attachment.waypoints[0].waypoint)
        acting = self._at_waypoint.get(ref, NO_POLICIES)
        bypassed = sorted({one for path in paths for one in self._at.path_policies[path.id].bypassed})
        past = [path for path in paths if not passes_waypoint(path)]
        hops = f"through waypoint {waypoint} a request passes 2 L7 hops (gateway, waypoint), past it 1"
        if any(protects(self._rows.get(one), one.kind) for one in acting):
            if not past:
                because = f"it passes waypoint {waypoint}, where {listed(sorted(acting))} acts on it"
                return _Need(wanted=Advised.NO_CHANGE, because=(because, hops))
            told = f"{len(past)} of {len(paths)} ingress paths go past waypoint {waypoint}"
            lost = f"bypassed today: {listed(bypassed)}" if bypassed else "nothing is bypassed by all traffic"
            return _Need(wanted=Advised.WAYPOINT, because=(told, lost, hops))
        unknown = self._unknown(ref, attachment.waypoints[0].waypoint)
        if acting:
            because = (
                f"at waypoint {waypoint} {listed(sorted(acting))} acts on it, none of which refuses a request"
            )
            return _Need(wanted=Advised.NO_CHANGE, because=(because, *unknown, hops))
        if unknown:
            because = f"no policy that was read acts on it at waypoint {waypoint}"
            return _Need(wanted=Advised.NO_CHANGE, because=(because, *unknown, hops))
        passing = [path for path in paths if has(path, Verdict.WAYPOINT)]
        if not passing:
            because = f"no policy acts on it at waypoint {waypoint}, and no ingress traffic passes there"
            return _Need(wanted=Advised.NO_CHANGE, because=(because,))
        if not self._known:
            because = "the source holds no policy, so nothing tells whether its waypoint is needed"
            return _Need(wanted=Advised.NO_CHANGE, because=(because, hops))
        told = f"no policy and no route acts on it at waypoint {waypoint}"
        return _Need(wanted=Advised.DIRECT, because=(told, hops))

    def _unknown(self, ref: ObjectRef, waypoint: Key) -> Sequence[str]:
        """Why it is not known whether more acts on a service at its waypoint; nothing where it is."""
        cluster = self._at.cluster
        kinds = hidden_kinds(cluster, AT_WAYPOINTS)
        namespaces = hidden_namespaces(cluster, ref.namespace, waypoint[0], self._at.view.root)
        if not kinds and not namespaces:
            return ()
        return (f"{told(kinds, namespaces)}, so whether more acts on it there is not known",)

    # --- by label ---------------------------------------------------------------------------------------------------

    def _mixed_namespaces(self, needs: Mapping[ObjectRef, _Need]) -> frozenset[str]:
        """Namespaces whose label sends all their services' traffic to waypoints, which some need and others don't."""
        wanted: dict[str, set[bool]] = {}
        for ref, need in needs.items():
            row = self._at.row(ref)
            namespace = self._at.cluster.namespace(ref.namespace)
            if row is None or namespace is None or _LABEL in row.labels or _LABEL not in namespace.labels:
                continue
            protected = any(
                protects(self._rows.get(one), one.kind) for one in self._at_waypoint.get(ref, NO_POLICIES)
            )
            if need.wanted is Advised.DIRECT or protected:
                wanted.setdefault(ref.namespace, set()).add(protected)
        return frozenset(namespace for namespace, found in wanted.items() if len(found) == 2)

    def _advice(self, ref: ObjectRef, need: _Need, mixed: frozenset[str]) -> Advice:
        paths = self._at.by_service[ref]
        row = self._at.row(ref)
        today = _today(paths)
        if row is not None and ref.namespace in mixed and _LABEL not in row.labels:
            found = self._by_label(ref, need, today)
            if found is not None:
                return found
        edits: Sequence[Edit] = ()
        if need.wanted is Advised.WAYPOINT:
            edits = way_through(self._at.resolution, ids(paths))
        elif need.wanted is Advised.DIRECT:
            edits = self._way_past(ref, paths)
        if need.wanted in (Advised.WAYPOINT, Advised.DIRECT) and not (edits and self.is_safe(edits)):
            beside = "no scenario of labels and flags brings it there without another error"
            advice = need.wanted if need.wanted is Advised.WAYPOINT else Advised.NO_CHANGE
            return Advice(service=ref, today=today, advice=advice, because=(*need.because, beside))
        return Advice(service=ref, today=today, advice=need.wanted, because=need.because, edits=edits)

    def _by_label(self, ref: ObjectRef, need: _Need, today: str) -> Advice | None:
        """Each Service that needs it gets a label of its own, and the namespace loses its label."""
        off = LabelEdit(kind="namespace", namespace="", name=ref.namespace, unset=(_LABEL,))
        told = f"Namespace/{ref.namespace} labels all its services, and they differ in what acts on them"
        protected = any(
            protects(self._rows.get(one), one.kind) for one in self._at_waypoint.get(ref, NO_POLICIES)
        )
        if protected:
            own = LabelEdit(
                kind=KIND_WORDS[ref.kind], namespace=ref.namespace, name=ref.name, set={_LABEL: "true"}
            )
            return Advice(
                service=ref, today=today, advice=Advised.BY_LABEL, because=(told, *need.because), edits=(own,)
            )
        if need.wanted is Advised.DIRECT:
            return Advice(
                service=ref, today=today, advice=Advised.BY_LABEL, because=(told, *need.because), edits=(off,)
            )
        return None

    def _way_past(self, ref: ObjectRef, paths: Sequence[Path]) -> Sequence[Edit]:
        """The mildest edit that takes the service's ingress traffic off the waypoint."""
        row = self._at.row(ref)
        if row is None:
            return ()
        kind = KIND_WORDS[ref.kind]
        tries = []
        if _LABEL in row.labels:
            tries.append(LabelEdit(kind=kind, namespace=ref.namespace, name=ref.name, unset=(_LABEL,)))
        tries.append(LabelEdit(kind=kind, namespace=ref.namespace, name=ref.name, set={_LABEL: "false"}))
        for edit in tries:
            after = preview(self._at.resolution, (edit,)).after
            if not any(has(after.by_id[path.id], Verdict.WAYPOINT) for path in paths):
                return (edit,)
        return ()

    def is_safe(self, edits: Sequence[Edit]) -> bool:
        """Whether after `edits` every path that delivers today still does."""
        if not edits:
            return True
        seen = preview(self._at.resolution, edits)
        before = self._at.resolution.by_id
        return not seen.problems and not any(
            path is not before.get(path.id) and has(path, *_FAILS) and not has(before[path.id], *_FAILS)
            for path in seen.after.paths
        )


def _today(paths: Sequence[Path]) -> str:
    verdicts = {path.outcome.verdict for path in paths}
    return (next(iter(verdicts)) if len(verdicts) == 1 else Verdict.SPLIT).value
