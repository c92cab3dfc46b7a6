"""The schema `waypath/v1`: a resolution as JSON, the same bytes for the same source."""

import json
from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from core.cluster import MissingRight, Unread
from core.delegation import chain_steps
from core.explain import Explainer
from core.gates import Evidence, Step, Verdict
from core.model import Key, Problem
from core.outcomes import Share, Upstream
from core.paths import Path, Resolution
from core.scenario import to_data

SCHEMA = "waypath/v1"
MEETS_WAYPOINT = frozenset({Verdict.WAYPOINT, Verdict.WORKLOAD_WAYPOINT})

Document = dict[str, Any]


class SourceInfo(Protocol):
    """What a resolution was computed from; `core.sources` makes them."""

    @property
    def kind(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def objects(self) -> int: ...
    @property
    def observed(self) -> bool: ...
    @property
    def read_at(self) -> str: ...
    @property
    def missing(self) -> Sequence[MissingRight]: ...
    @property
    def unread(self) -> Unread: ...


def dumps(document: object) -> str:
    """`document` as indented JSON in printable ASCII, with a line end."""
    compact = json.dumps(document)
    try:
        return msgspec.json.format(compact, indent=2) + "\n"
    except msgspec.DecodeError:  # a lone surrogate, which only Python's own writer lets pass
        return json.dumps(document, indent=2) + "\n"


def resolve_document(
    explainer: Explainer,
    info: SourceInfo,
    problems: Sequence[Problem] = (),
    paths: Sequence[Path] | None = None,
) -> Document:
    """`resolve -o json` of all paths of the resolution, or of those given in `paths`."""
    resolution = explainer.resolution
    shown = resolution.paths if paths is None else paths
    return {
        "schema": SCHEMA,
        "source": source_document(info),
        "profiles": profiles_document(resolution),
        "paths": [path_document(explainer, path) for path in shown],
        "problems": [problem_document(one) for one in problems],
    }


def source_document(info: SourceInfo) -> Document:
    """Where the objects came from; of a live cluster, and of a snapshot of one, when it was read and what was not."""
    document: Document = {
        "kind": info.kind,
        "name": info.name,
        "objects": info.objects,
        "observed": info.observed,
    }
    if info.read_at:
        namespaces = info.unread.namespaces
        document["readAt"] = info.read_at
        document["missing"] = [msgspec.structs.asdict(right) for right in info.missing]
        document["unread"] = {
            "kinds": sorted(info.unread.kinds),
            "namespaces": None if namespaces is None else sorted(namespaces),
        }
    return document


def profiles_document(resolution: Resolution) -> Document:
    """The versions that decide: istiod's, which binds waypoints, and those of data planes in use or named."""
    used = {path.plane for path in resolution.paths} | {"istio"}
    return {
        plane: {"version": str(profile.version), "from": profile.origin, "assumed": profile.assumed}
        for plane, profile in resolution.profiles.items()
        if plane in used or not profile.assumed
    }


def path_document(explainer: Explainer, path: Path) -> Document:
    """One path with all its gates."""
    outcome = path.outcome
    return {
        "id": path.id,
        "gateway": {
            **key_document(path.gateway),
            "class": path.gateway_class or None,
            "dataPlane": path.plane,
        },
        "listener": path.listener,
        "route": _route_document(path),
        "backend": backend_document(path),
        "verdict": outcome.verdict.value,
        "decidedBy": outcome.decided_by,
        "upstream": upstream_document(outcome.upstream),
        "waypoint": waypoint_document(outcome.verdict, outcome.waypoint),
        "shares": [share_document(share, outcome.upstream) for share in outcome.shares],
        "endpoints": list(path.endpoints),
        "assumed": outcome.assumed,
        "steps": [
            step_document(step) for step in (*chain_steps(path.via, path.route_ref), *explainer.steps(path))
        ],
    }


def _route_document(path: Path) -> Document:
    """The route with its rule, and the rules that delegate to it, where there are any."""
    document: Document = {"kind": path.route_kind, **key_document(path.route), "rule": path.rule}
    if path.via:
        document["delegatedBy"] = [{"route": str(link.ref), "rule": link.rule} for link in path.via]
    return document


def backend_document(path: Path) -> Document:
    """The backendRef, and what it led to where that is something else."""
    backend: Document = {
        "kind": path.backend.kind,
        "namespace": path.backend.namespace,
        "name": path.backend.name,
        "port": path.backend.port,
        "weight": path.backend.weight,
    }
    if path.backend.subset:
        backend["subset"] = path.backend.subset
    if path.target is not None and path.target != path.backend.ref:
        backend["target"] = str(path.target)
    return backend


def key_document(key: Key) -> Document:
    """(namespace, name) as an object."""
    return {"namespace": key[0], "name": key[1]}


def upstream_document(upstream: Upstream) -> Document:
    """What the gateway holds."""
    return {"discovery": upstream.discovery or None, "addresses": list(upstream.addresses)}


def waypoint_document(verdict: Verdict, waypoint: Key | None) -> Document | None:
    """The waypoint that traffic with this verdict meets."""
    return key_document(waypoint) if waypoint is not None and verdict in MEETS_WAYPOINT else None


def share_document(share: Share, common: Upstream) -> Document:
    """A part of a split; `upstream` only where it is not the path's own."""
    document: Document = {
        "share": share.share,
        "verdict": share.verdict.value,
        "waypoint": waypoint_document(share.verdict, share.waypoint),
    }
    if share.upstream != common:
        document["upstream"] = upstream_document(share.upstream)
    return document


def step_document(step: Step) -> Document:
    """A gate with its finding."""
    finding = step.finding
    return {
        "gate": step.gate,
        "result": finding.result.value,
        "because": finding.because,
        "remedy": finding.remedy,
        "evidence": [_evidence(one) for one in finding.evidence],
        "edits": to_data(finding.edits),
    }


def _evidence(evidence: Evidence) -> Document:
    return {"object": evidence.object, "field": evidence.field, "value": evidence.value}


def problem_document(problem: Problem) -> Document:
    """A problem of the source."""
    return {"severity": problem.severity, "where": problem.where, "message": problem.message}
