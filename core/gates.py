"""The engine of the explanation: a chain of gates, each a check with a reason, and what their results lead to.

A data plane is a tuple of gates. A check looks at a situation and answers with a Finding that carries its reason;
the gate says what follows when the check fails. Every gate of a chain is evaluated, also after the deciding one,
so that a reader sees the next obstacle too.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Generic, TypeVar

from core.edits import Edit
from core.model import Object, ObjectRef, Row
from core.versions import Version

S = TypeVar("S")


class Result(StrEnum):
    """What a check found. `UNKNOWN`: the source can't tell; it is never taken for a failure silently."""

    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not-applicable"


class Verdict(StrEnum):
    """Where a path ends (semantics, "Verdicts")."""

    WAYPOINT = "waypoint"
    WORKLOAD_WAYPOINT = "workload-waypoint"
    DIRECT = "direct"
    VIP_DIRECT = "vip-direct"
    SPLIT = "split"
    BLACKHOLE = "blackhole"
    NO_ENDPOINTS = "no-endpoints"
    INVALID = "invalid"


class Track(StrEnum):
    """Where a path is heading while its gates are evaluated."""

    REDIRECT = "redirect"
    """The gateway keeps the VIP, or sends to the waypoint."""
    VIP = "vip"
    """The gateway keeps the VIP, but ztunnel balances to the endpoints itself."""
    ENDPOINTS = "endpoints"
    """The gateway picks an endpoint."""


class Evidence(Row):
    """A field that was read. `value` is None where the field is absent."""

    object: str
    field: str
    value: str | None


Words = str | Callable[[], str]
"""A sentence, or what makes it when it is read: most findings are never read."""


class Finding(Row):
    """The answer of a check.

    `leans` says, for `UNKNOWN`, with which result the evaluation goes on. `assumed` marks an answer that is inferred
    because the source holds manifests only. `remedy` is a sentence, `edits` the same as a scenario where it is one.
    """

    result: Result
    because_words: Words
    evidence: Sequence[Evidence] = ()
    remedy_words: Words | None = None
    edits: Sequence[Edit] = ()
    leans: Result = Result.PASS
    assumed: bool = False

    @property
    def because(self) -> str:
        """The reason."""
        words = self.because_words
        return words() if callable(words) else words

    @property
    def remedy(self) -> str | None:
        """What would open the gate, as a sentence."""
        words = self.remedy_words
        return words() if callable(words) else words

    @property
    def stops(self) -> bool:
        """Whether the evaluation goes on as after a failure."""
        return self.result is Result.FAIL or (self.result is Result.UNKNOWN and self.leans is Result.FAIL)


def passed(because: Words, *evidence: Evidence, assumed: bool = False) -> Finding:
    """The gate is open."""
    return Finding(result=Result.PASS, because_words=because, evidence=evidence, assumed=assumed)


def failed(
    because: Words,
    *evidence: Evidence,
    remedy: Words | None = None,
    edits: Sequence[Edit] = (),
    assumed: bool = False,
) -> Finding:
    """The gate is closed; `remedy` says what would open it."""
    return Finding(
        result=Result.FAIL,
        because_words=because,
        evidence=evidence,
        remedy_words=remedy,
        edits=edits,
        assumed=assumed,
    )


def unknown(
    because: Words,
    *evidence: Evidence,
    leans: Result,
    remedy: Words | None = None,
    edits: Sequence[Edit] = (),
) -> Finding:
    """The source can't tell; the evaluation goes on as if the gate had given `leans`."""
    return Finding(
        result=Result.UNKNOWN,
        because_words=because,
        evidence=evidence,
        leans=leans,
        remedy_words=remedy,
        edits=edits,
        assumed=True,
    )


def not_applicable(because: Words) -> Finding:
    """The gate has no say on this path."""
    return Finding(result=Result.NOT_APPLICABLE, because_words=because)


def label_evidence(row: Object, label: str) -> Evidence:
    """What `row` carries under `label`."""
    return Evidence(object=str(row.ref), field=f"metadata.labels[{label}]", value=row.labels.get(label))


def field_evidence(ref: ObjectRef, field: str, value: str | None) -> Evidence:
    """The value of a field that is not a label."""
    return Evidence(object=str(ref), field=field, value=value)


class Gate(Row, Generic[S]):
    """One row of a data plane's table.

    `check` answers for a situation; `otherwise` is where the path goes when it does not pass: another track, or a
    verdict that ends it. The gate decides only on the tracks in `on`. `since` is the first version with the gate.
    `per_gateway` marks a check that looks at the gateway and its controller only, never at the backend.
    """

    id: str
    asks: str
    check: Callable[[S], Finding]
    otherwise: Track | Verdict
    source: str
    on: frozenset[Track] = frozenset(Track)
    since: Version | None = None
    per_gateway: bool = False


class Step(Row):
    """A gate with what its check found on one path."""

    gate: str
    finding: Finding


class Decision(Row):
    """What a chain led to. `verdict` is None where the path reached the end of the chain on `track`.

    `decided_by` is the gate that sent the path where it goes, None when all passed. `assumed` is set where the
    answer rests on something that the source does not hold.
    """

    track: Track
    verdict: Verdict | None
    decided_by: str | None
    assumed: bool


REDIRECTED = frozenset({Track.REDIRECT})
BALANCED_BY_ZTUNNEL = frozenset({Track.VIP})
BALANCED_BY_GATEWAY = frozenset({Track.ENDPOINTS})


def of_gateway(chain: Sequence[Gate[S]], situation: S) -> Sequence[tuple[Gate[S], Finding | None]]:
    """`chain` as far as it is still open for the backends of the gateway of `situation`.

    A `per_gateway` gate comes with its finding, and is left out where that lets every path go on.
    """
    found = [(gate, gate.check(situation) if gate.per_gateway else None) for gate in chain]
    return [(gate, finding) for gate, finding in found if finding is None or finding.stops or finding.assumed]


def decide(chain: Sequence[tuple[Gate[S], Finding | None]], situation: S) -> Decision:
    """Walk what `of_gateway` left until its end or a verdict; gates not on the situation's track don't decide."""
    track = Track.REDIRECT
    decided_by: str | None = None
    assumed = False
    for gate, known in chain:
        if track not in gate.on or gate.otherwise is track:
            continue
        finding = known or gate.check(situation)
        assumed = assumed or finding.assumed
        if not finding.stops:
            continue
        if isinstance(gate.otherwise, Verdict):
            return Decision(track=track, verdict=gate.otherwise, decided_by=gate.id, assumed=assumed)
        track = gate.otherwise
        decided_by = gate.id
    return Decision(track=track, verdict=None, decided_by=decided_by, assumed=assumed)


def explain(chain: Sequence[Gate[S]], situation: S) -> Sequence[Step]:
    """Every gate of `chain` with its finding, those aside of the taken track included."""
    return [Step(gate=gate.id, finding=gate.check(situation)) for gate in chain]
