"""A VirtualService for gateways, from what is written to rows.

Parts of another form than Istio takes have no effect, as the API server refuses them; what its validation refuses
beyond that is told in `faults`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core.istio_ingress.refusals import refusals
from core.istio_ingress.rows import (
    MESH,
    Destination,
    DirectResponse,
    Fault,
    Headers,
    HttpMatch,
    HttpRule,
    L4Match,
    L4Rule,
    Mirror,
    Named,
    Redirect,
    Rewrite,
    StringMatch,
    VirtualService,
)
from core.model import HeaderFilter, Key
from core.policies.hosts import full_host
from core.policies.reading import written
from core.policies.reading.common import common
from core.policies.reading.retries import retries_in_words

Part = Mapping[str, Any]


def virtual_service(thing: written.VirtualService, namespace: str, where: str) -> VirtualService | None:
    """The VirtualService; None for one that is for the mesh alone."""
    row = _row(thing, namespace, where)
    return None if row.hosts and all(one == MESH for one in row.gateways) else row


def mesh_virtual_service(thing: written.VirtualService, namespace: str, where: str) -> VirtualService | None:
    """The VirtualService; None for one that is not for the mesh, or a delegate."""
    row = _row(thing, namespace, where)
    return row if row.hosts and (not row.gateways or MESH in row.gateways) else None


def _row(thing: written.VirtualService, namespace: str, where: str) -> VirtualService:
    spec = thing.spec or written.VirtualServiceSpec()
    return VirtualService(
        **common(thing, namespace, where),
        hosts=tuple(full_host(one, namespace) for one in spec.hosts or ()),
        gateways=tuple(
            one if one == MESH else full_gateway_name(one, namespace) for one in spec.gateways or ()
        ),
        export_to=tuple(spec.export_to or ()),
        http=tuple(_http_rule(rule, number, namespace) for number, rule in enumerate(spec.http or ())),
        tls=tuple(_l4_rule(rule, number, namespace) for number, rule in enumerate(spec.tls or ())),
        tcp=tuple(_l4_rule(rule, number, namespace) for number, rule in enumerate(spec.tcp or ())),
        faults=tuple(refusals(spec)),
    )


def full_gateway_name(name: str, namespace: str) -> str:
    """`namespace/name` of a Gateway that a VirtualService of `namespace` names.

    Source: istiod's resolveGatewayName, the older `name.namespace` with or without a domain included.
    """
    home, slash, rest = name.partition("/")
    if slash:
        return f"{namespace}/{rest}" if home == "." else name
    short, dot, domain = name.partition(".")
    return f"{domain.partition('.')[0]}/{short}" if dot else f"{namespace}/{name}"


# --- http -----------------------------------------------------------------------------------------------------------


def _http_rule(rule: written.VirtualServiceRule, number: int, namespace: str) -> HttpRule:
    return HttpRule(
        rule=number,
        name=rule.name or "",
        matches=tuple(_http_match(one, namespace) for one in rule.match or ()),
        destinations=_destinations(rule.route or (), namespace),
        delegate=_delegate(rule.delegate, namespace),
        redirect=_redirect(rule.redirect),
        direct_response=_direct_response(rule.direct_response),
        rewrite=_rewrite(rule.rewrite),
        mirrors=tuple(_mirrors(rule, namespace)),
        fault=_fault(rule.fault),
        timeout=rule.timeout or "",
        retries=retries_in_words(rule.retries),
        cors=_cors(rule.cors_policy),
        headers=_headers(rule.headers or {}),
    )


def _http_match(one: written.VirtualServiceMatch, namespace: str) -> HttpMatch:
    return HttpMatch(
        uri=_given(one.uri),
        ignore_case=bool(one.ignore_uri_case),
        scheme=_given(one.scheme),
        method=_given(one.method),
        authority=_given(one.authority),
        headers=_named(one.headers),
        without_headers=_named(one.without_headers),
        params=_named(one.query_params),
        port=one.port or 0,
        gateways=_gateway_names(one.gateways, namespace),
        source_labels=one.source_labels or {},
        source_namespace=one.source_namespace or "",
    )


def _gateway_names(names: Sequence[str] | None, namespace: str) -> Sequence[str]:
    return tuple(one if one == MESH else full_gateway_name(one, namespace) for one in names or ())


def _given(part: Part | None) -> StringMatch | None:
    return None if part is None else _string_match(part)


def _string_match(part: Any) -> StringMatch:
    """`exact`, `prefix` or `regex`. Without any it asks that there is a value, as does the regex `*`."""
    if isinstance(part, Mapping):
        for kind in ("exact", "prefix", "regex"):
            value = part.get(kind)
            if isinstance(value, str):
                return (
                    StringMatch(type="present")
                    if (kind, value) == ("regex", "*")
                    else StringMatch(type=kind, value=value)
                )
    return StringMatch(type="present")


def _named(parts: Part | None) -> Named:
    return tuple(sorted((str(name), _string_match(one)) for name, one in (parts or {}).items()))


def _delegate(part: written.Delegate | None, namespace: str) -> Key | None:
    return None if part is None else (part.namespace or namespace, part.name or "")


def _destinations(routes: Sequence[written.VirtualServiceRoute], namespace: str) -> Sequence[Destination]:
    """A destination that is alone takes all, whatever its weight; of several one without a weight takes nothing."""
    alone = len(routes) == 1
    return tuple(
        Destination(
            host=full_host((one.destination.host if one.destination else "") or "", namespace),
            port=one.destination.port.number if one.destination and one.destination.port else None,
            subset=(one.destination.subset if one.destination else "") or "",
            weight=(one.weight or 1) if alone else max(one.weight or 0, 0),
            headers=_headers(one.headers or {}),
        )
        for one in routes
    )


def _headers(part: Part) -> Headers:
    request, response = (_part(part, side) for side in ("request", "response"))
    set_, add = (_pairs(request.get(verb)) for verb in ("set", "add"))
    return Headers(
        request=_change("RequestHeaderModifier", request) if request else None,
        response=_change("ResponseHeaderModifier", response) if response else None,
        authority=next((value for name, value in (*set_, *add) if _is_authority(name)), ""),
    )


def _part(part: Part, name: str) -> Part:
    value = part.get(name)
    return value if isinstance(value, Mapping) else {}


def _is_authority(name: str) -> bool:
    return name.lower() in (":authority", "host")


def _changeable(name: str) -> bool:
    """What begins with a colon, and the host, are no headers that Envoy changes as such."""
    return not name.startswith(":") and name.lower() != "host"


def _change(kind: str, part: Part) -> HeaderFilter:
    removed = part.get("remove")
    return HeaderFilter(
        type=kind,
        set=tuple(pair for pair in _pairs(part.get("set")) if _changeable(pair[0])),
        add=tuple(pair for pair in _pairs(part.get("add")) if _changeable(pair[0])),
        remove=tuple(
            one
            for one in (removed if isinstance(removed, list) else ())
            if isinstance(one, str) and _changeable(one)
        ),
    )


def _pairs(part: Any) -> Sequence[tuple[str, str]]:
    pairs = part.items() if isinstance(part, Mapping) else ()
    return sorted((str(name), str(value)) for name, value in pairs)


def _text(part: Part, name: str) -> str:
    value = part.get(name)
    return value if isinstance(value, str) else ""


def _number(part: Part, name: str) -> int | None:
    value = part.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _redirect(part: Part | None) -> Redirect | None:
    if part is None:
        return None
    return Redirect(
        uri=_text(part, "uri"),
        prefix=_text(part, "prefixRewrite"),
        authority=_text(part, "authority"),
        scheme=_text(part, "scheme"),
        port=_number(part, "port"),
        derive_port=part.get("derivePort") == "FROM_REQUEST_PORT",
        status=_number(part, "redirectCode") or 301,
    )


def _direct_response(part: Part | None) -> DirectResponse | None:
    if part is None:
        return None
    return DirectResponse(status=_number(part, "status") or 200, body=_text(_part(part, "body"), "string"))


def _rewrite(part: Part | None) -> Rewrite | None:
    if part is None:
        return None
    pattern = _part(part, "uriRegexRewrite")
    return Rewrite(
        uri=_text(part, "uri"),
        authority=_text(part, "authority"),
        pattern=_text(pattern, "match"),
        replacement=_text(pattern, "rewrite"),
    )


def _mirrors(rule: written.VirtualServiceRule, namespace: str) -> Iterable[Mirror]:
    if rule.mirror is not None:
        percent = rule.mirror_percent
        whole = float(percent) if isinstance(percent, int) else 100.0
        fraction = _percent(rule.mirror_percentage, whole)
        if fraction > 0:
            yield Mirror(to=_mirrored(rule.mirror, namespace), fraction=fraction)
    for one in rule.mirrors or ():
        to, fraction = one.get("destination"), _percent(one.get("percentage"), 100.0)
        if isinstance(to, Mapping) and fraction > 0:
            yield Mirror(to=_mirrored(to, namespace), fraction=fraction)


def _mirrored(part: Part, namespace: str) -> Destination:
    return Destination(
        host=full_host(_text(part, "host"), namespace),
        port=_number(_part(part, "port"), "number"),
        subset=_text(part, "subset"),
        weight=1,
    )


def _percent(part: Any, default: float) -> float:
    """A Percent as a fraction of 1."""
    if isinstance(part, Mapping):
        value = part.get("value", 0)
        default = float(value) if isinstance(value, int | float) else 0.0
    return min(max(default, 0.0), 100.0) / 100


def _fault(part: Part | None) -> Fault | None:
    if part is None:
        return None
    delay, abort = _part(part, "delay"), _part(part, "abort")
    status = _number(abort, "httpStatus")
    ends = str(status) if status is not None else _text(abort, "grpcStatus")
    whole = float(_number(delay, "percent") or 0)
    return Fault(
        delay=_text(delay, "fixedDelay"),
        delay_fraction=_percent(delay.get("percentage"), whole),
        abort=ends,
        abort_fraction=_percent(abort.get("percentage"), 100.0),
    )


def _cors(part: Part | None) -> str:
    """The origins that are allowed, in words; empty where there is no policy."""
    if part is None:
        return ""
    origins = part.get("allowOrigins")
    found = [_string_match(one).value or "any" for one in origins] if isinstance(origins, list) else []
    return f"allowOrigins {', '.join(found)}" if found else "no origin"


# --- tls and tcp ----------------------------------------------------------------------------------------------------


def _l4_rule(rule: written.VirtualServiceL4Rule, number: int, namespace: str) -> L4Rule:
    return L4Rule(
        rule=number,
        matches=tuple(
            L4Match(
                sni_hosts=tuple(one.sni_hosts or ()),
                port=one.port or 0,
                gateways=_gateway_names(one.gateways, namespace),
            )
            for one in rule.match or ()
        ),
        destinations=_destinations(rule.route or (), namespace),
    )
