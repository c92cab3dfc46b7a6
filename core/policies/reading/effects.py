"""What routes and gateway policies do to a request, read from their fields. Each function takes what is
written and never fails on it: a part of another shape than expected has no effect here, as the API server
refuses it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from core import wire
from core.policies.effects import ANY
from core.policies.reading import written
from core.policies.reading.retries import retries_in_words
from core.policy_model import Effect

Part = Mapping[str, Any]


def _part(value: Any, *names: str) -> Part:
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _items(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def once(effects: Iterable[Effect]) -> Sequence[Effect]:
    """`effects` without repetitions, in order."""
    return tuple(dict.fromkeys(effects))


# --- headers ------------------------------------------------------------------------------------------------

_CHANGES = ("set", "add", "remove")


def _headers(side: str, change: Part) -> Iterator[Effect]:
    """`{set, add, remove}`, with names as keys (Istio) or in a list (Gateway API, kgateway)."""
    for verb in _CHANGES:
        for name, value in _named(change.get(verb)):
            yield Effect(kind=f"{side}-header-{verb}", key=name.lower(), text=value)


def _named(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        yield from ((str(name), str(text)) for name, text in value.items())
        return
    for item in _items(value):
        if isinstance(item, str):
            yield item, ""
        elif isinstance(item, Mapping) and item.get("name"):
            yield str(item["name"]), str(item.get("value", ""))


def _both_sides(part: Part) -> Iterator[Effect]:
    for side in ("request", "response"):
        yield from _headers(side, _part(part, side))


# --- HTTPRoute and GRPCRoute --------------------------------------------------------------------------------


def _url_rewrite(part: Part) -> Iterator[Effect]:
    if part.get("hostname"):
        yield Effect(kind="host-rewrite", text=str(part["hostname"]))
    path = _part(part, "path")
    if path:
        full = path.get("type") == "ReplaceFullPath"
        text = str(path.get("replaceFullPath" if full else "replacePrefixMatch", ""))
        yield Effect(kind="path-rewrite" if full else "prefix-rewrite", text=text)


def _mirror(part: Part) -> Iterator[Effect]:
    backend = _part(part, "backendRef")
    yield Effect(kind="mirror", key=str(backend.get("name", "")))


_FILTERS: Mapping[str, tuple[str, Callable[[Part], Iterable[Effect]]]] = {
    "RequestHeaderModifier": ("requestHeaderModifier", lambda part: _headers("request", part)),
    "ResponseHeaderModifier": ("responseHeaderModifier", lambda part: _headers("response", part)),
    "RequestRedirect": ("requestRedirect", lambda _: [Effect(kind="redirect")]),
    "RequestMirror": ("requestMirror", _mirror),
    "URLRewrite": ("urlRewrite", _url_rewrite),
    "CORS": ("cors", lambda _: [Effect(kind="cors")]),
}
"""Gateway API: filter `type` → the field that goes with it, and what it does. ExtensionRef is not looked
into.
"""


def _filters(filters: Iterable[Part] | None) -> Iterator[Effect]:
    for one in filters or ():
        entry = _FILTERS.get(str(one.get("type", "")))
        if entry is not None:
            yield from entry[1](_part(one, entry[0]))


def route_rule(rule: wire.RouteRule) -> Sequence[Effect]:
    """A rule of an HTTPRoute or GRPCRoute: its filters, those of its backends, timeouts and retry."""
    found = [*_filters(rule.filters)]
    for backend in rule.backend_refs or ():
        found += _filters(backend.filters)
    if any(_runs(value) for value in (rule.timeouts or {}).values()):
        found.append(Effect(kind="timeout"))
    if rule.retry is not None and rule.retry.get("attempts") != 0:
        found.append(Effect(kind="retry"))
    return once(found)


def _runs(duration: Any) -> bool:
    """Whether a duration is one that ends: `0s` stands for none."""
    return isinstance(duration, str) and any(digit in duration for digit in "123456789")


# --- VirtualService -----------------------------------------------------------------------------------------


def virtual_service_rule(rule: written.VirtualServiceRule) -> Sequence[Effect]:
    """An `http` rule of a VirtualService."""
    found = [*_both_sides(rule.headers or {})]
    for route in rule.route or ():
        found += _both_sides(route.headers or {})
    rewrite = rule.rewrite or {}
    if rewrite.get("authority"):
        found.append(Effect(kind="host-rewrite", text=str(rewrite["authority"])))
    if rewrite.get("uri") or rewrite.get("uriRegexRewrite"):
        exact = bool(rule.match) and all("exact" in (one.uri or {}) for one in rule.match or ())
        kind = "path-rewrite" if exact and rewrite.get("uri") else "prefix-rewrite"
        found.append(Effect(kind=kind, text=str(rewrite.get("uri", ""))))
    if rule.redirect:
        found.append(Effect(kind="redirect"))
    for mirror in (rule.mirror, *(_part(one, "destination") for one in rule.mirrors or ())):
        if mirror:
            found.append(Effect(kind="mirror", key=str(mirror.get("host", "")).partition(".")[0]))
    if rule.fault:
        found.append(Effect(kind="fault"))
    if retries_in_words(rule.retries):
        found.append(Effect(kind="retry"))
    if _runs(rule.timeout):
        found.append(Effect(kind="timeout"))
    if rule.cors_policy:
        found.append(Effect(kind="cors"))
    return once(found)


# --- policies of gateways -----------------------------------------------------------------------------------


def _one(kind: str, key: str = "") -> Callable[[Part], Iterable[Effect]]:
    return lambda _: [Effect(kind=kind, key=key)]


_AUTHZ, _TIMEOUT, _FAULT = _one("authz"), _one("timeout"), _one("fault")

TRAFFIC_FIELDS: Mapping[str, Callable[[Part], Iterable[Effect]]] = {
    "transformation": _both_sides,
    "headerModifiers": _both_sides,
    "rateLimit": _one("rate-limit"),
    "extAuth": _AUTHZ,
    "rbac": _AUTHZ,
    "authorization": _AUTHZ,
    "acl": _AUTHZ,
    "basicAuth": _AUTHZ,
    "basicAuthentication": _AUTHZ,
    "apiKeyAuth": _AUTHZ,
    "apiKeyAuthentication": _AUTHZ,
    "oauth2": _AUTHZ,
    "jwt": _one("jwt", ANY),
    "jwtAuth": _one("jwt", ANY),
    "jwtAuthentication": _one("jwt", ANY),
    "timeouts": _TIMEOUT,
    "retry": _one("retry"),
    "faultInjection": _FAULT,
    "delay": _FAULT,
    "urlRewrite": _one("prefix-rewrite"),
    "autoHostRewrite": _one("host-rewrite"),
    "hostRewrite": _one("host-rewrite"),
    "cors": _one("cors"),
}
"""Field of kgateway's TrafficPolicy, or of `traffic` of an AgentgatewayPolicy → what it does."""


def traffic_policy(spec: Part) -> Sequence[Effect]:
    """What a TrafficPolicy or AgentgatewayPolicy does. A field with `disable` takes back what a wider policy
    does.
    """
    found: list[Effect] = []
    for part in (spec, _part(spec, "traffic")):
        for field, effects in TRAFFIC_FIELDS.items():
            value = part.get(field)
            if value in (None, False) or "disable" in _part(value):
                continue
            found += effects(_part(value))
    return once(found)
