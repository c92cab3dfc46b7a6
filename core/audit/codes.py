"""The table of findings: a code, how bad it is at worst, what it means, and the check that looks for it.

Codes are permanent: baselines, annotations and `--fail-on` name them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from core.audit import (
    enforcement,
    expected,
    failing,
    gateways,
    labels,
    policy_targets,
    status,
    waypoints,
)
from core.audit.audited import Audited
from core.audit.finding import Draft, Severity
from core.model import Row

Check = Callable[[Audited], Iterable[Draft]]


class Code(Row):
    """A row of the table. `severity` is the worst of its findings; `means` is a sentence without full stop."""

    code: str
    severity: Severity
    means: str
    check: Check


def _code(code: str, severity: Severity, means: str, check: Check) -> Code:
    return Code(code=code, severity=severity, means=means, check=check)


_ERROR, _WARNING = Severity.ERROR, Severity.WARNING

CODES: Sequence[Code] = (
    _code(
        "policy-bypassed",
        _ERROR,
        "a policy acts on a service at its waypoint, and ingress traffic goes past the waypoint",
        enforcement.policy_bypassed,
    ),
    _code(
        "policy-doubled",
        _WARNING,
        "the same effect is applied at the gateway and again at the waypoint",
        enforcement.policy_doubled,
    ),
    _code(
        "policy-without-effect",
        _ERROR,
        "a policy, or one of its targets, acts nowhere",
        policy_targets.policy_without_effect,
    ),
    _code(
        "l7-rule-at-ztunnel",
        _ERROR,
        "a policy acts at ztunnel with rules that only a waypoint can check",
        policy_targets.l7_rule_at_ztunnel,
    ),
    _code(
        "label-without-effect",
        _WARNING,
        "a label istio.io/ingress-use-waypoint is set, and paths don't follow it",
        labels.label_without_effect,
    ),
    _code(
        "flag-without-effect",
        _WARNING,
        "a variable of a controller is set, and it is not read or another one makes it void",
        labels.flag_without_effect,
    ),
    _code(
        "black-hole",
        _ERROR,
        "the gateway holds no address for the backend, or one that the waypoint does not know: clients get 503",
        failing.black_hole,
    ),
    _code(
        "no-endpoints",
        _ERROR,
        "no endpoint of the backend, or no pod of its waypoint, is ready: clients get 503",
        failing.no_endpoints,
    ),
    _code(
        "invalid-backend",
        _ERROR,
        "a route sends to an object or port that is missing, not allowed or not known: clients get an error",
        failing.invalid_backend,
    ),
    _code(
        "unused-waypoint",
        _WARNING,
        "a waypoint that no Service, ServiceEntry, pod or namespace names",
        waypoints.unused_waypoint,
    ),
    _code(
        "waypoint-not-ready",
        _ERROR,
        "a waypoint is named that does not exist, has no address, or has no pod that answers",
        waypoints.waypoint_not_ready,
    ),
    _code(
        "waypoint-type-mismatch",
        _ERROR,
        "a waypoint is named by services, and takes traffic of another type",
        waypoints.waypoint_type_mismatch,
    ),
    _code(
        "attachment-denied",
        _ERROR,
        "a waypoint is named from a namespace that it does not admit",
        waypoints.attachment_denied,
    ),
    _code(
        "status-disagrees",
        _WARNING,
        "the condition that istiod writes on a service promises another path than a gateway takes",
        status.status_disagrees,
    ),
    _code(
        "gateway-not-captured",
        _ERROR,
        "traffic is labelled for its waypoint, and ztunnel does not see the gateway's pods",
        gateways.gateway_not_captured,
    ),
    _code(
        "mixed-gateway-pods",
        _ERROR,
        "ztunnel sees some pods of a gateway and not the others, so that the same request takes two ways",
        gateways.mixed_gateway_pods,
    ),
    _code(
        "must-traverse",
        _ERROR,
        "a path has to pass a waypoint by waypath.yaml, and does not",
        expected.must_traverse,
    ),
    _code(
        "must-not-traverse",
        _ERROR,
        "a path must not pass a waypoint by waypath.yaml, and does",
        expected.must_not_traverse,
    ),
)

BY_CODE: Mapping[str, Code] = {row.code: row for row in CODES}
