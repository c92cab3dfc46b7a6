"""What tests look at in a resolution: one path, one gate of it, and tables of cases that say what both must be."""

from typing import NamedTuple

import pytest

from core.cluster import Cluster
from core.gates import Finding, Result, Verdict
from core.paths import Path, Resolution, resolve


class Case(NamedTuple):
    """A cluster, and what one gate must find on the path to one backend.

    `said` are words that the reason or the evidence must have. `decided_by` is the gate that must have decided,
    `None` that all passed.
    """

    name: str
    cluster: Cluster
    gate: str
    result: Result
    verdict: Verdict
    decided_by: str | None
    said: str
    backend: str = "cart"
    assumed: bool | None = None


def cases(*rows: Case) -> pytest.MarkDecorator:
    """Parametrise a test with `case`."""
    return pytest.mark.parametrize("case", rows, ids=[row.name.replace(" ", "-") for row in rows])


def path_of(resolution: Resolution, plane: str, backend: str = "cart") -> Path:
    """The path from the gateway of `plane` to the backend of that name: there must be one."""
    found = [one for one in resolution.paths if (one.plane, one.backend.name) == (plane, backend)]
    assert len(found) == 1, f"{len(found)} paths of {plane} to {backend}"
    return found[0]


def finding_of(resolution: Resolution, path: Path, gate: str) -> Finding:
    """What `gate` found: the chain must have it once."""
    found = [step.finding for step in resolution.steps(path) if step.gate == gate]
    assert len(found) == 1, f"{len(found)} steps of {gate}"
    return found[0]


def look(cluster: Cluster, plane: str, gate: str, backend: str = "cart") -> tuple[Path, Finding]:
    """The path and the finding of one of its gates."""
    resolution = resolve(cluster)
    path = path_of(resolution, plane, backend)
    return path, finding_of(resolution, path, gate)


def text_of(finding: Finding) -> str:
    """Everything a finding says, as one text."""
    read = [f"{one.object} {one.field} = {one.value}" for one in finding.evidence]
    return "\n".join([finding.because, *read, finding.remedy or ""])


def hold(case: Case, plane: str) -> Finding:
    """Assert what `case` says of `plane`, and return the finding for more."""
    path, finding = look(case.cluster, plane, case.gate, case.backend)
    assert (path.outcome.verdict, path.outcome.decided_by) == (case.verdict, case.decided_by)
    assert finding.result is case.result, text_of(finding)
    assert case.said in text_of(finding)
    if case.assumed is not None:
        assert path.outcome.assumed is case.assumed
    return finding
