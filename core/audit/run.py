"""`audit`: all checks of the table on one state of a cluster."""

from collections.abc import Iterator, Mapping, Sequence

from core.audit.accepting import Baseline, accepted, doubts
from core.audit.audited import Audited
from core.audit.codes import CODES
from core.audit.finding import Draft, Finding
from core.audit.mending import PATH_CODES, Mender
from core.audit.unseen import Unseen, problems, unseen
from core.expectations import Expectation
from core.manifests import line_key
from core.model import Problem, Row
from core.paths import Resolution
from core.policy_model import Policies

_RANKS = {row.code: number for number, row in enumerate(CODES)}


class Audit(Row):
    """The findings, in the order of the table of codes and of their objects."""

    findings: Sequence[Finding]
    problems: Sequence[Problem] = ()
    """What annotations try to accept that is no code, and what was not read that findings rest on."""
    unseen: Unseen = Unseen()

    @property
    def open(self) -> Sequence[Finding]:
        """Those that were not accepted."""
        return [one for one in self.findings if one.accepted is None]

    @property
    def summary(self) -> Mapping[str, int]:
        """Code → how many findings of it were not accepted, in the order of the table."""
        found: dict[str, int] = {}
        for one in self.open:
            found[one.code] = found.get(one.code, 0) + 1
        return found

    def failing(self, codes: Sequence[str]) -> Sequence[Finding]:
        """Those of `codes` that were not accepted; `any` stands for all codes."""
        return [one for one in self.open if "any" in codes or one.code in codes]


def look(at: Audited, paths_only: bool = False) -> Iterator[Draft]:
    """What the checks of the table find; only those about paths where nothing else can differ."""
    for row in CODES:
        if not paths_only or row.code in PATH_CODES:
            yield from row.check(at)


def audit(
    resolution: Resolution,
    policies: Policies,
    *,
    expectations: Sequence[Expectation] = (),
    baseline: Baseline | None = None,
    lines: Mapping[str, int] | None = None,
) -> Audit:
    """The findings of a resolution.

    Args:
        resolution: The paths, of the source or of a scenario.
        policies: The policies of the source.
        expectations: What `waypath.yaml` asks.
        baseline: The findings that were accepted.
        lines: The line of each document, and of the labels and variables in it that decide a path, as
            `core.sources.Loaded` tells them.
    """
    at = Audited(resolution, policies, expectations)
    drafts = sorted(look(at), key=lambda one: (_RANKS[one.code], one.objects))
    mender = Mender(at, look, drafts)
    findings = [
        Finding(
            code=draft.code,
            severity=draft.severity,
            message=draft.message,
            objects=tuple(draft.objects),
            paths=tuple(draft.paths),
            where=_place(draft, lines or {}),
            remedy=draft.remedy,
            edits=tuple(mender.edits(draft)),
            accepted=accepted(at, draft, baseline or {}),
        )
        for draft in drafts
    ]
    lacking = unseen(resolution.cluster)
    return Audit(findings=findings, problems=(*problems(at, lacking), *doubts(at)), unseen=lacking)


def _place(draft: Draft, lines: Mapping[str, int]) -> str:
    """File and line: of the label or variable at fault where that is known, else of the document."""
    line = lines.get(line_key(draft.where, draft.field)) or lines.get(draft.where)
    return f"{draft.where.rpartition('#')[0]}:{line}" if line else draft.where
