"""Routes, and the policies of kgateway's and agentgateway's own APIs, from what is written to rows."""

from collections.abc import Callable

import msgspec

from core import wire
from core.convert import GATEWAY_API
from core.model import ParentRef
from core.policies.reading import written
from core.policies.reading.common import common, target
from core.policies.reading.effects import route_rule, traffic_policy
from core.policy_model import GatewayPolicy, RouteEffects, TargetSelector


def route_effects(kind: str) -> Callable[[wire.Route, str, str], RouteEffects]:
    """The converter of routes of `kind`."""

    def convert(thing: wire.Route, namespace: str, where: str) -> RouteEffects:
        spec = thing.spec or wire.RouteSpec()
        return RouteEffects(
            **common(thing, namespace, where),
            route_kind=kind,
            parents=tuple(_parent(one, namespace) for one in spec.parent_refs or ()),
            effects=tuple(route_rule(rule) for rule in spec.rules or ()),
        )

    return convert


def _parent(one: wire.ParentRef, namespace: str) -> ParentRef:
    return ParentRef(
        group=GATEWAY_API if one.group is None else one.group,
        kind=one.kind or "Gateway",
        namespace=one.namespace or namespace,
        name=one.name,
        section=one.section_name or "",
        port=one.port,
    )


def gateway_policy(kind: str, plane: str) -> Callable[[written.GatewayPolicy, str, str], GatewayPolicy]:
    """The converter of policies of `kind` of the API of `plane`."""

    def convert(thing: written.GatewayPolicy, namespace: str, where: str) -> GatewayPolicy:
        spec = thing.spec or {}
        targets = msgspec.convert(spec, written.Targets)
        return GatewayPolicy(
            **common(thing, namespace, where),
            policy_kind=kind,
            plane=plane,
            target_refs=tuple(map(target, targets.target_refs or ())),
            target_selectors=tuple(map(_target_selector, targets.target_selectors or ())),
            effects=traffic_policy(spec),
        )

    return convert


def _target_selector(one: written.TargetSelector) -> TargetSelector:
    return TargetSelector(
        group=one.group or "", kind=one.kind, labels=one.match_labels or {}, section=one.section_name or ""
    )
