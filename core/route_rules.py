"""The rules of a route as they are written to rows: matches, filters, timeouts and retry.

Filters, timeouts and retry are read leniently: one of another form than the API server takes has no effect, and the
paths of its route are known all the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from core import model, wire

T = TypeVar("T", bound=wire.Wire)


def _read(written: Mapping[str, Any] | None, kind: type[T]) -> T | None:
    """`written` as a `kind`; None where it is absent or of another form."""
    if written is None:
        return None
    try:
        return msgspec.convert(written, kind)
    except msgspec.ValidationError:
        return None


def matches(written: Sequence[wire.RouteMatch] | None) -> Sequence[model.RouteMatch]:
    """`rules[].matches`, the defaults of their fields filled in."""
    return tuple(map(_match, written)) if written else ()


def _match(one: wire.RouteMatch) -> model.RouteMatch:
    method = one.method
    grpc = None
    if isinstance(method, wire.GrpcMethod):
        grpc = model.GrpcMethod(
            type=method.type or "Exact", service=method.service or "", method=method.method or ""
        )
    path = None
    if one.path is not None:
        path = model.ValueMatch(type=one.path.type or "PathPrefix", value=one.path.value or "/")
    return model.RouteMatch(
        path=path,
        method=method if isinstance(method, str) else "",
        headers=_values(one.headers),
        params=_values(one.query_params),
        grpc=grpc,
    )


def _values(written: Sequence[wire.ValueMatch] | None) -> Sequence[model.ValueMatch]:
    return tuple(
        model.ValueMatch(type=one.type or "Exact", name=one.name or "", value=one.value or "")
        for one in written or ()
    )


def filters(written: Sequence[Mapping[str, Any]] | None, namespace: str) -> Sequence[model.RouteFilter]:
    """`filters` of a rule or of a backendRef. One without the field that its `type` demands is left out."""
    if not written:
        return ()
    read = [one for each in written if (one := _read(each, wire.RouteFilter)) is not None]
    return tuple(filter_ for one in read for filter_ in _filter(one, namespace))


def _filter(one: wire.RouteFilter, namespace: str) -> Iterator[model.RouteFilter]:
    match one.type:
        case "RequestHeaderModifier" if one.request_header_modifier:
            yield _headers(one.type, one.request_header_modifier)
        case "ResponseHeaderModifier" if one.response_header_modifier:
            yield _headers(one.type, one.response_header_modifier)
        case "RequestRedirect" if one.request_redirect:
            yield _redirect(one.request_redirect)
        case "URLRewrite" if one.url_rewrite:
            yield model.RewriteFilter(
                hostname=one.url_rewrite.hostname or "", path=_path(one.url_rewrite.path)
            )
        case "RequestMirror" if one.request_mirror:
            yield _mirror(one.request_mirror, namespace)
        case "CORS" if one.cors:
            origins = ", ".join(one.cors.allow_origins or ())
            yield model.OtherFilter(type=one.type, text=f"allowOrigins {origins}" if origins else "")
        case "ExtensionRef" if one.extension_ref:
            ref = one.extension_ref
            kind = f"{ref.group}/{ref.kind}" if ref.group else ref.kind or ""
            yield model.OtherFilter(type=one.type, text=f"{kind} {ref.name}")
        case (
            None
            | "RequestHeaderModifier"
            | "ResponseHeaderModifier"
            | "RequestRedirect"
            | "URLRewrite"
            | "RequestMirror"
        ):
            return
        case _:
            yield model.OtherFilter(type=one.type)


def _headers(kind: str, change: wire.HeaderModifier) -> model.HeaderFilter:
    return model.HeaderFilter(
        type=kind,
        set=tuple((one.name, one.value or "") for one in change.set or ()),
        add=tuple((one.name, one.value or "") for one in change.add or ()),
        remove=tuple(change.remove or ()),
    )


def _path(change: wire.PathModifier | None) -> model.PathChange | None:
    if change is None or change.type is None:
        return None
    full = change.type == "ReplaceFullPath"
    value = change.replace_full_path if full else change.replace_prefix_match
    return model.PathChange(type=change.type, value=value or "")


def _redirect(change: wire.UrlModifier) -> model.RedirectFilter:
    return model.RedirectFilter(
        scheme=change.scheme or "",
        hostname=change.hostname or "",
        port=change.port,
        path=_path(change.path),
        status=302 if change.status_code is None else change.status_code,
    )


def _mirror(mirror: wire.RequestMirror, namespace: str) -> model.MirrorFilter:
    ref = mirror.backend_ref
    fraction = 1.0
    if mirror.percent is not None:
        fraction = mirror.percent / 100
    elif mirror.fraction is not None:
        fraction = mirror.fraction.numerator / (mirror.fraction.denominator or 100)
    return model.MirrorFilter(
        group=ref.group or "",
        kind=ref.kind or "Service",
        namespace=ref.namespace or namespace,
        name=ref.name,
        port=ref.port,
        fraction=fraction,
    )


def timeouts(written: Mapping[str, Any] | None) -> Sequence[tuple[str, str]]:
    """`rules[].timeouts` as (field, duration)."""
    read = _read(written, wire.RouteTimeouts)
    if read is None:
        return ()
    pairs = (("request", read.request), ("backendRequest", read.backend_request))
    return tuple((name, duration) for name, duration in pairs if duration)


def retry(written: Mapping[str, Any] | None) -> str:
    """`rules[].retry` in words; empty where there is none."""
    read = _read(written, wire.Retry)
    if read is None:
        return ""
    attempts = "" if read.attempts is None else f"{read.attempts} attempts"
    codes = f"on {', '.join(map(str, read.codes))}" if read.codes else ""
    backoff = f"at least {read.backoff} apart" if read.backoff else ""
    return (
        ", ".join(part for part in (attempts, codes, backoff) if part) or "as the data plane does by default"
    )
