"""What rules say beside their filters, in steps: timeouts, retry, and how the weights of backends divide requests."""

from collections.abc import Sequence

from core.gates import Step, failed, passed
from core.model import ObjectRef, RouteRule, Row


class Part(Row):
    """A backend with its share of the requests; `fate` says what becomes of them where they are not delivered."""

    ref: ObjectRef
    share: float
    fate: str = ""
    ended: bool = False


def shares(weights: Sequence[int]) -> Sequence[float]:
    """Fractions of 1 by weight; 0 for all where every weight is 0."""
    total = sum(weights)
    return [weight / total if total else 0.0 for weight in weights]


def time_steps(rule: RouteRule, default_retries: str = "") -> Sequence[Step]:
    """`timeouts` and `retry` of the rule, for the reader. `default_retries` is Istio's policy for the mesh in words."""
    steps = [
        Step(gate="timeout", finding=passed(f"timeouts.{field} is {duration}"))
        for field, duration in rule.timeouts
    ]
    return [*steps, *retry_steps(rule.retry or None, default_retries)]


def retry_steps(own: str | None, default: str) -> Sequence[Step]:
    """By what failed requests are tried again: a rule's `own` policy, where it has none (None) that of the mesh."""
    retries = f"{default} (defaultHttpRetryPolicy of MeshConfig)" if own is None and default else own
    return (
        (Step(gate="retry", finding=passed(f"failed requests are tried again: {retries}")),)
        if retries
        else ()
    )


def backends_step(parts: Sequence[Part]) -> Step:
    """The shares in words."""
    if not parts:
        return Step(gate="backends", finding=failed("the rule has no backendRefs: 500"))
    if not any(one.share for one in parts):
        return Step(gate="backends", finding=failed("the weights of all backendRefs are 0: 500"))
    because = ", ".join(f"{round(one.share * 100, 2):g} % {one.ref}{one.fate}" for one in parts)
    ended = all(one.ended for one in parts if one.share)
    return Step(gate="backends", finding=failed(because) if ended else passed(because))
