"""Audits for tests: of clusters built of rows, and of the sample clusters with the policies in their files."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from core.audit.audited import Audited
from core.audit.finding import Finding, Severity
from core.audit.run import Audit, audit
from core.cluster import Cluster
from core.expectations import parse_expectations
from core.paths import Resolution, resolve
from core.policy_model import Policies
from core.sources import read
from core.whatif import preview
from tests.policies.written import GROUPS, Written
from tests.policies.written import read as read_policies

SAMPLES = Path(__file__).resolve().parents[2] / "sample_clusters"


class _Loader(yaml.SafeLoader):
    """Takes dates as text."""


_LOADER = _Loader
_LOADER.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


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
    """A sample cluster with the policies in its files."""
    loaded = read([f"sample:{name}"])
    objects = []
    for file in sorted((SAMPLES / name).rglob("*.yaml")):
        for document in yaml.load_all(file.read_text(encoding="utf-8"), Loader=_LOADER):
            items = (document or {}).get("items", [document])
            objects += [one for one in items if one and GROUPS.get(one.get("kind")) == _group(one)]
    return resolve(loaded.cluster), read_policies(objects), loaded.lines


def _group(one: Mapping[str, Any]) -> str:
    version: str = one["apiVersion"]
    return version.rpartition("/")[0]


def errors(found: Audit) -> set[tuple[Any, ...]]:
    """The errors of an audit, path by path."""
    return {
        (one.code, one.objects[0], path)
        for one in found.findings
        if one.severity is Severity.ERROR
        for path in one.paths or ("",)
    }


def check_edits(resolution: Resolution, policies: Policies, **more: Any) -> int:
    """Hold every finding to its promise: after its edits it is gone, and no error is new. Returns how many had edits."""
    before = audit(resolution, policies, **more)
    tried = 0
    for one in before.findings:
        if not one.edits:
            continue
        tried += 1
        seen = preview(resolution, one.edits)
        after = audit(seen.after, policies, **more)
        assert list(seen.problems) == []
        assert one.identity not in {other.identity for other in after.findings}
        assert errors(after) <= errors(before)
    return tried


def audited(cluster: Cluster, *policies: Written) -> Audited:
    return Audited(resolve(cluster), read_policies(policies))
