"""Audits for tests: of clusters built of rows, and of the sample clusters."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from core import labels as names
from core.audit import run
from core.audit.audited import Audited
from core.audit.finding import Draft, Finding, Severity
from core.audit.run import Audit, audit
from core.audit.status import WILL_TRAVERSE
from core.cluster import Cluster
from core.expectations import parse_expectations
from core.model import Condition
from core.paths import Resolution, resolve
from core.policy_model import Policies
from core.sources import read
from core.whatif import preview
from tests.policies.written import Written
from tests.policies.written import read as read_policies


def bound(said: str = WILL_TRAVERSE, waypoint: str = "shop/waypoint") -> Sequence[Condition]:
    """The condition of a Service that is bound, with what istiod says of ingress traffic."""
    message = f"Successfully attached to waypoint {waypoint}" + (f". {said}" if said else "")
    return (Condition(type=names.WAYPOINT_BOUND, status="True", reason="WaypointAccepted", message=message),)


def look(cluster: Cluster, *policies: Written, expect: str = "", **more: Any) -> Audit:
    """The audit of a cluster built of rows."""
    expectations = parse_expectations(expect) if expect else ()
    return audit(resolve(cluster), read_policies(policies), expectations=expectations, **more)


def of_code(found: Audit, code: str) -> Sequence[Finding]:
    return [one for one in found.findings if one.code == code]


def the(found: Audit, code: str) -> Finding:
    (one,) = of_code(found, code)
    return one


@cache
def sample(name: str) -> tuple[Resolution, Policies, Mapping[str, int]]:
    """A sample cluster with its policies, and the lines of its documents."""
    loaded = read([f"sample:{name}"])
    return resolve(loaded.cluster), loaded.policies, loaded.lines


def errors(found: Sequence[Finding] | Sequence[Draft]) -> set[tuple[Any, ...]]:
    """The errors among findings, path by path."""
    return {
        (one.code, one.objects[0], path)
        for one in found
        if one.severity is Severity.ERROR
        for path in one.paths or ("",)
    }


def check_edits(resolution: Resolution, policies: Policies, expect: str = "") -> int:
    """Hold every finding to its promise: after its edits it is gone, and no error is new. Returns how many had edits."""
    expectations = parse_expectations(expect) if expect else ()
    before = audit(resolution, policies, expectations=expectations)
    tried = 0
    for one in before.findings:
        if not one.edits:
            continue
        tried += 1
        seen = preview(resolution, one.edits)
        after = [*run.look(Audited(seen.after, policies, expectations))]
        assert list(seen.problems) == []
        assert one.identity not in {other.identity for other in after}
        assert errors(after) <= errors(before.findings)
    return tried


def audited(cluster: Cluster, *policies: Written) -> Audited:
    return Audited(resolve(cluster), read_policies(policies))
