"""A VirtualService's `http` rules with those of its delegates in their places.

Source: istiod pilot/pkg/model/virtualservice.go (MergeHTTPRoutes) and virtualservice_controller.go
(mergeVirtualServices).
"""

from collections.abc import Mapping, Sequence

from core.cluster import replace
from core.istio_ingress.rows import Headers, HttpMatch, HttpRule, Named, StringMatch, Via, VirtualService
from core.model import Key
from core.policies.hosts import reaches

_INHERITED = ("rewrite", "direct_response", "timeout", "fault", "mirrors", "cors")
"""What a rule of a delegate has of the root's rule where it has none of its own."""


def merged_rules(
    root: VirtualService, delegates: Mapping[Key, VirtualService], default_export_to: Sequence[str]
) -> tuple[Sequence[HttpRule], Sequence[str]]:
    """The rules of `root`, and why some are missing: a delegate that there is none of, that is not exported,
    or whose matches contradict the root's.
    """
    rules: list[HttpRule] = []
    faults: list[str] = []
    for rule in root.http:
        if rule.delegate is None:
            rules.append(rule)
            continue
        name = f"VirtualService/{'/'.join(rule.delegate)}"
        delegate = delegates.get(rule.delegate)
        fault = _unusable(root, delegate, default_export_to)
        if fault or delegate is None:
            faults.append(f"http rule {rule.rule} delegates to {name}, {fault}: the rule is ignored")
            continue
        for number, one in enumerate(delegate.http):
            merged = _merged(rule, one, Via(delegate=delegate.key, rule=number))
            if merged is None:
                faults.append(
                    f"http rule {number} of {name} has no match within those of rule {rule.rule}: it is ignored"
                )
            else:
                rules.append(merged)
    return rules, faults


def _unusable(root: VirtualService, delegate: VirtualService | None, default: Sequence[str]) -> str:
    if delegate is None:
        return "which does not exist"
    if delegate.hosts:
        return "which has hosts and so is no delegate"
    if delegate.faults:
        return f"which Istio refuses, since {delegate.faults[0]}"
    if not reaches(delegate.export_to, default, delegate.namespace, root.namespace):
        return f"which is not exported to namespace {root.namespace}"
    return ""


def _merged(root: HttpRule, delegate: HttpRule, via: Via) -> HttpRule | None:
    matches = _merged_matches(root.matches, delegate.matches)
    if matches is None:
        return None
    inherited = {name: getattr(root, name) for name in _INHERITED if not getattr(delegate, name)}
    if delegate.retries is None:
        inherited["retries"] = root.retries
    if delegate.headers == Headers():
        inherited["headers"] = root.headers
    name = "-".join(filter(None, (root.name, delegate.name)))
    return replace(delegate, rule=root.rule, via=via, matches=matches, name=name, **inherited)


def _merged_matches(root: Sequence[HttpMatch], delegate: Sequence[HttpMatch]) -> Sequence[HttpMatch] | None:
    """Each of the delegate's with each of the root's that it is within; None where one is within none."""
    if not root or not delegate:
        return root or delegate
    found: list[HttpMatch] = []
    for leaf in delegate:
        fitting = [one for one in root if not _conflict(one, leaf)]
        if not fitting:
            return None
        found += [_both(one, leaf) for one in fitting]
    return tuple(found)


def _both(root: HttpMatch, leaf: HttpMatch) -> HttpMatch:
    return replace(
        leaf,
        uri=leaf.uri or root.uri,
        scheme=leaf.scheme or root.scheme,
        method=leaf.method or root.method,
        authority=leaf.authority or root.authority,
        headers=_united(root.headers, leaf.headers),
        without_headers=_united(root.without_headers, leaf.without_headers),
        params=_united(root.params, leaf.params),
        port=leaf.port or root.port,
        gateways=leaf.gateways or root.gateways,
        source_labels={**root.source_labels, **leaf.source_labels},
        source_namespace=leaf.source_namespace or root.source_namespace,
    )


def _united(root: Named, leaf: Named) -> Named:
    return tuple(sorted({**dict(root), **dict(leaf)}.items()))


def _conflict(root: HttpMatch, leaf: HttpMatch) -> bool:
    """Whether `leaf` asks for something that is not within `root`."""
    singles = (
        (root.uri, leaf.uri),
        (root.scheme, leaf.scheme),
        (root.method, leaf.method),
        (root.authority, leaf.authority),
    )
    named = (
        (root.headers, leaf.headers),
        (root.without_headers, leaf.without_headers),
        (root.params, leaf.params),
    )
    return (
        any(_outside(one, other) for one, other in singles)
        or any(_outside(dict(one).get(name), value) for one, other in named for name, value in other)
        or root.ignore_case != leaf.ignore_case
        or (root.port > 0 and leaf.port > 0 and root.port != leaf.port)
        or (root.source_namespace not in ("", leaf.source_namespace))
        or any(root.source_labels.get(key, value) != value for key, value in leaf.source_labels.items())
        or (bool(root.gateways and leaf.gateways) and not set(leaf.gateways) <= set(root.gateways))
    )


def _outside(root: StringMatch | None, leaf: StringMatch | None) -> bool:
    """Whether what `leaf` matches is not a part of what `root` matches; a regular expression never is."""
    if root is None or leaf is None:
        return False
    if root.type == "exact" and leaf.type == "exact":
        return root.value != leaf.value
    if root.type == "prefix" and leaf.type in ("prefix", "exact"):
        return not leaf.value.startswith(root.value)
    return True
