"""AuthorizationPolicy, RequestAuthentication and PeerAuthentication, from what is written to rows."""

# ruff: noqa: D103 - a converter's name says what it makes

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core import labels as names
from core.policies.reading import written
from core.policies.reading.common import common, selector, targeted
from core.policy_model import (
    AuthorizationPolicy,
    AuthorizationRule,
    PeerAuthentication,
    RequestAuthentication,
)

DRY_RUN = "istio.io/dry-run"

L7_OPERATIONS = ("hosts", "notHosts", "methods", "notMethods", "paths", "notPaths")
L4_OPERATIONS = ("ports", "notPorts")
L7_SOURCES = ("remoteIpBlocks", "notRemoteIpBlocks", "requestPrincipals", "notRequestPrincipals")
L4_SOURCES = (
    "ipBlocks",
    "notIpBlocks",
    "namespaces",
    "notNamespaces",
    "serviceAccounts",
    "notServiceAccounts",
    "principals",
    "notPrincipals",
)
L4_KEYS = frozenset(
    {"source.ip", "source.namespace", "source.principal", "destination.ip", "destination.port"}
)
"""What ztunnel can and can't check (istio pilot/pkg/serviceregistry/ambient/authorization.go)."""


def authorization_policy(
    thing: written.AuthorizationPolicy, namespace: str, where: str
) -> AuthorizationPolicy:
    """An AuthorizationPolicy. A policy without rules is kept so: as ALLOW it allows nothing."""
    spec = thing.spec or written.AuthorizationSpec()
    annotations = (thing.metadata.annotations or {}) if thing.metadata else {}
    return AuthorizationPolicy(
        **common(thing, namespace, where),
        **targeted(spec),
        action=spec.action or "ALLOW",
        rules=tuple(_authorization_rule(rule or written.AuthorizationRule()) for rule in spec.rules or ()),
        provider=(spec.provider.name or "") if spec.provider else "",
        dry_run=names.parse_bool(annotations.get(DRY_RUN, "")) is True,
    )


def _authorization_rule(rule: written.AuthorizationRule) -> AuthorizationRule:
    operations = [one.operation or {} for one in rule.to or ()]
    sources = [one.source or {} for one in rule.from_ or ()]
    l7 = [*_present(operations, L7_OPERATIONS), *_present(sources, L7_SOURCES)]
    l7 += [one.key for one in rule.when or () if one.key not in L4_KEYS]
    left = [
        *([bool(_present(operations, L4_OPERATIONS))] if operations else ()),
        *([bool(_present(sources, L4_SOURCES))] if sources else ()),
        *(one.key in L4_KEYS and bool(one.values or one.not_values) for one in rule.when or ()),
    ]
    return AuthorizationRule(l7=tuple(dict.fromkeys(l7)), enforceable=all(left))


def _present(parts: Iterable[Mapping[str, Any]], fields: Sequence[str]) -> Sequence[str]:
    return [field for part in parts for field in fields if part.get(field)]


def request_authentication(
    thing: written.RequestAuthentication, namespace: str, where: str
) -> RequestAuthentication:
    spec = thing.spec or written.RequestAuthenticationSpec()
    rules = spec.jwt_rules or ()
    return RequestAuthentication(
        **common(thing, namespace, where),
        **targeted(spec),
        issuers=tuple(dict.fromkeys(rule.issuer or "" for rule in rules)),
        keeps_token=all(rule.forward_original_token for rule in rules),
    )


def peer_authentication(thing: written.PeerAuthentication, namespace: str, where: str) -> PeerAuthentication:
    spec = thing.spec or written.PeerAuthenticationSpec()
    ports = spec.port_level_mtls or {}
    return PeerAuthentication(
        **common(thing, namespace, where),
        selector=selector(spec.selector),
        mode=_mode(spec.mtls),
        port_modes={int(port): _mode(mode) for port, mode in ports.items() if port.isdecimal()},
    )


def _mode(mtls: written.MutualTls | None) -> str:
    return (mtls.mode or "UNSET") if mtls is not None else "UNSET"
