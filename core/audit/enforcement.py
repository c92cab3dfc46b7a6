"""`policy-bypassed` and `policy-doubled`: what the policies of a path come to."""

from collections.abc import Iterator, Mapping

from core.audit.audited import Audited, counted, ids
from core.audit.finding import Draft, Severity
from core.audit.unseen import doubt
from core.model import Object, ObjectRef
from core.paths import Path
from core.policies.act import PolicyActs
from core.policies.effects import Doubled
from core.policy_model import AuthorizationPolicy

_ROUTING = frozenset({"HTTPRoute", "GRPCRoute", "VirtualService", "WasmPlugin", "EnvoyFilter"})


def protects(row: Object | None, kind: str) -> bool:
    """Whether a policy refuses requests: an AuthorizationPolicy that is real, or a RequestAuthentication."""
    if isinstance(row, AuthorizationPolicy):
        return row.action != "AUDIT" and not row.dry_run
    return kind == "RequestAuthentication"


def _severity(protecting: bool, kind: str) -> Severity:
    if protecting:
        return Severity.ERROR
    return Severity.WARNING if kind in _ROUTING else Severity.NOTE


def authorization_rows(at: Audited) -> Mapping[ObjectRef, AuthorizationPolicy]:
    """AuthorizationPolicies by name."""
    return {row.ref: row for row in at.policies.authorization_policies}


def policy_where(at: Audited) -> Mapping[ObjectRef, PolicyActs]:
    """What is known of each policy by name."""
    return {one.policy: one for one in at.view.acts}


def policy_bypassed(at: Audited) -> Iterator[Draft]:
    """A policy acts on the service at its waypoint, and ingress traffic goes past."""
    found: dict[tuple[ObjectRef, ObjectRef], list[Path]] = {}
    for path in at.paths:
        for policy in at.path_policies[path.id].bypassed:
            found.setdefault((policy, path.service_ref), []).append(path)
    if not found:
        return
    rows, known = authorization_rows(at), policy_where(at)
    for (policy, service), paths in sorted(found.items(), key=lambda item: item[0]):
        told = at.told(paths[0])
        why = f": {told.why}" if told.why else ""
        acts = known.get(policy)
        yield Draft(
            code="policy-bypassed",
            severity=_severity(protects(rows.get(policy), policy.kind), policy.kind),
            message=f"{policy} does not act on {counted(paths)} to {service}. {told.headline}{why}."
            f"{doubt(at, paths)}",
            objects=(policy, service),
            paths=ids(paths),
            where=acts.where if acts else "",
            remedy=told.remedy or "Send the ingress traffic of the service through its waypoint.",
            through=True,
        )


def policy_doubled(at: Audited) -> Iterator[Draft]:
    """The same effect at the gateway and again at the waypoint."""
    found: dict[tuple[ObjectRef, ...], list[tuple[Path, Doubled]]] = {}
    for path in at.paths:
        for one in at.path_policies[path.id].doubled:
            objects = tuple(dict.fromkeys((one.first, one.second)))
            found.setdefault(objects, []).append((path, one))
    known = policy_where(at) if found else {}
    for objects, pairs in sorted(found.items(), key=lambda item: item[0]):
        harmful = [pair for pair in pairs if not pair[1].idempotent]
        shown = harmful or pairs
        effects = sorted({str(one) for _, one in shown})
        acts = known.get(objects[-1])
        paths = [path for path, _ in shown]
        yield Draft(
            code="policy-doubled",
            severity=Severity.WARNING if harmful else Severity.NOTE,
            message=f"Twice on {counted(ids(paths))}: {'; '.join(effects)}.",
            objects=objects,
            paths=ids(paths),
            where=acts.where if acts else at.where(objects[0]),
            remedy="Keep the effect at one of the two places." if harmful else "",
        )
