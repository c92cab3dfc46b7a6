"""What a rule of a VirtualService does beside its edits, at a gateway and at a waypoint: faults, time, copies.

Source: istiod pilot/pkg/networking/core/route/route.go; Envoy's fault filter.
"""

from collections.abc import Sequence

from core.gates import Result, Step, failed, passed, unknown
from core.istio_ingress.rows import Fault, HttpRule
from core.model import BackendRef, MirrorFilter
from core.trace.shares import retry_steps

GRPC_ANSWER = 200
"""The HTTP status of an answer that `abort.grpcStatus` makes."""


def fault_steps(fault: Fault | None) -> Sequence[Step]:
    """A `fault` in words."""
    steps: list[Step] = []
    if fault is not None and fault.delay and fault.delay_fraction > 0:
        because = f"{percent(fault.delay_fraction)} of the requests wait {fault.delay}"
        steps.append(Step(gate="fault", finding=passed(because)))
    if fault is not None and fault.abort and fault.abort_fraction > 0:
        because = f"{percent(fault.abort_fraction)} of the requests are answered {fault.abort}"
        steps.append(
            Step(gate="fault", finding=passed(because) if aborted(fault) is None else failed(because))
        )
    return steps


def aborted(fault: Fault | None) -> int | None:
    """The status that every request is answered; None where some, or all, go on."""
    if fault is None or not fault.abort or fault.abort_fraction < 1:
        return None
    return int(fault.abort) if fault.abort.isdigit() else GRPC_ANSWER


def time_steps(rule: HttpRule, default_retries: str = "") -> Sequence[Step]:
    """`timeout` and `retries` of the rule, for the reader. `default_retries` is MeshConfig's policy in words."""
    steps = []
    if rule.timeout:
        steps.append(Step(gate="timeout", finding=passed(f"timeout is {rule.timeout}")))
    return [*steps, *retry_steps(rule.retries, default_retries)]


def copy_to(ref: BackendRef, fraction: float) -> MirrorFilter:
    """`ref` as what `fraction` of the requests is copied to."""
    return MirrorFilter(
        group=ref.group,
        kind=ref.kind,
        namespace=ref.namespace,
        name=ref.name,
        port=ref.port,
        fraction=fraction,
    )


def copy_step(ref: BackendRef, fraction: float) -> Step:
    """The same in words."""
    because = f"mirror copies {percent(fraction)} of the requests to {ref.ref}"
    return Step(gate="filter", finding=passed(because))


def doubt_step(rules: Sequence[str]) -> Step:
    """That a match of `rules` could not be decided."""
    because = f"a match of {', '.join(rules)} is not evaluated here, and is taken not to hold"
    return Step(gate="patterns", finding=unknown(because, leans=Result.FAIL))


def percent(fraction: float) -> str:
    """A fraction of 1 in percent."""
    return f"{round(fraction * 100, 4):g} %"
