"""What Istio's validation refuses of a VirtualService, so that no cluster holds it.

Source: istio pkg/config/validation (ValidateVirtualService, validateHTTPRoute).
"""

from collections.abc import Iterator, Sequence

from core.policies.reading import written


def refusals(spec: written.VirtualServiceSpec) -> Iterator[str]:
    """Why Istio's validation refuses `spec`, as far as a path depends on it; nothing where it takes it."""
    if not (spec.http or spec.tls or spec.tcp):
        yield "it has neither http, nor tls, nor tcp rules"
    if not spec.hosts and spec.gateways:
        yield "without hosts it is a delegate, which may name no gateways"
    for number, rule in enumerate(spec.http or ()):
        yield from _weight_faults(rule.route or (), f"http rule {number}")
        yield from _end_faults(rule, f"http rule {number}", delegate=not spec.hosts)
    for kind, rules in (("tls", spec.tls), ("tcp", spec.tcp)):
        for number, one in enumerate(rules or ()):
            yield from _weight_faults(one.route or (), f"{kind} rule {number}")
            if not one.route:
                yield f"{kind} rule {number} has no route"


def _end_faults(rule: written.VirtualServiceRule, where: str, *, delegate: bool) -> Iterator[str]:
    """What becomes of a request is told once; what a rule without anything does, Istio does not say."""
    ends = {
        "route": rule.route or None,
        "redirect": rule.redirect,
        "directResponse": rule.direct_response,
        "delegate": rule.delegate,
    }
    told = [name for name, end in ends.items() if end is not None]
    if not told:
        yield f"{where} has no route, redirect, directResponse or delegate"
    elif len(told) > 1 and told != ["directResponse", "delegate"]:
        yield f"{where} has {' and '.join(told)}, of which one is allowed"
    if delegate and rule.delegate is not None:
        yield f"{where} delegates, which a delegate may not"


def _weight_faults(routes: Sequence[written.VirtualServiceRoute], where: str) -> Iterator[str]:
    weights = [one.weight or 0 for one in routes]
    negative = [weight for weight in weights if weight < 0]
    if negative:
        yield f"{where} has the weight {negative[0]}, and weights are 0 or more"
    elif len(weights) > 1 and not sum(weights):
        yield f"the weights of {where} add up to 0"
    if any(not (one.destination and one.destination.host) for one in routes):
        yield f"a destination of {where} names no host"
