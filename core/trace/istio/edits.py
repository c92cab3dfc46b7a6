"""What a rule of a VirtualService does to a request: headers, rewrite, redirect, in Envoy's order.

Source: istiod pilot/pkg/networking/core/route/route.go; Envoy's router (rewrites, redirects).
"""

from collections.abc import Sequence

from core.cluster import replace
from core.gates import Result, Step, not_applicable, passed, unknown
from core.istio_ingress.rows import Destination, Headers, HttpMatch, HttpRule, Redirect, Rewrite
from core.model import HeaderFilter, Row
from core.trace import edits
from core.trace.edits import replaced, with_headers
from core.trace.request import Request

_WELL_KNOWN = {"http": 80, "https": 443}


class Edited(Row):
    """A request after a rule's edits, and what was done."""

    request: Request
    steps: Sequence[Step] = ()


def edited(request: Request, rule: HttpRule, match: HttpMatch | None, to: Destination) -> Edited:
    """`request` as the destination `to` gets it.

    The rule's own host goes before that of a destination. Headers of one destination among several are changed first.
    """
    steps: list[Step] = []
    alone = len(rule.destinations) == 1
    where = "" if alone else f"{to.host}: "
    both = [("", rule.headers), (where, to.headers)]
    for start, headers in both if alone else reversed(both):
        request, more = _headers(request, headers, start)
        steps += more
    rewrite = rule.rewrite or Rewrite()
    authority = rewrite.authority or rule.headers.authority or to.headers.authority
    if authority:
        request = replaced(request, authority=authority)
        steps.append(_filter(f"{where}the host becomes {authority}"))
    if rewrite.pattern:
        because = f"uriRegexRewrite of {rewrite.pattern} by {rewrite.replacement}: what the path becomes is not evaluated"
        steps.append(Step(gate="filter", finding=unknown(because, leans=Result.PASS)))
    elif rewrite.uri:
        path = rewritten(request.path, rewrite.uri, match)
        steps.append(_filter(f"rewrite: path {request.path} becomes {path}"))
        request = replaced(request, path=path)
    return Edited(request=request, steps=steps)


def _filter(because: str) -> Step:
    return Step(gate="filter", finding=passed(because))


def _headers(request: Request, headers: Headers, start: str) -> tuple[Request, Sequence[Step]]:
    """What is removed goes first, then what is set, then what is added."""
    steps = []
    change = headers.request
    if change is not None:
        empty = HeaderFilter(type=change.type)
        for part in (
            replace(empty, remove=change.remove),
            replace(empty, set=change.set),
            replace(empty, add=change.add),
        ):
            request = with_headers(request, part)
        if change != empty:
            steps.append(_filter(f"{start}request headers: {edits.changes(change)}"))
    if headers.response is not None:
        because = f"{start}response headers only: {edits.changes(headers.response)}"
        steps.append(Step(gate="filter", finding=not_applicable(because)))
    return request, steps


def rewritten(path: str, uri: str, match: HttpMatch | None) -> str:
    """`path` with what the match has matched replaced by `uri`: a prefix, or all of it.

    Without a match on the path that is the first slash.
    """
    wanted = match.uri if match is not None else None
    if wanted is not None and wanted.type in ("exact", "regex"):
        return uri
    matched = len(wanted.value) if wanted is not None and wanted.type == "prefix" else 1
    return uri + path[matched:]


def redirected(
    request: Request, redirect: Redirect, match: HttpMatch | None, server_port: int
) -> edits.Redirect:
    """The answer of a `redirect`. What it does not name stays as the request has it.

    A port of the request's host stays too, but for the old scheme's own where the scheme changes.
    """
    own = "https" if request.encrypted else "http"
    scheme = redirect.scheme or own
    port = server_port if redirect.derive_port else redirect.port
    if port == _WELL_KNOWN.get(scheme):
        port = None
    named = redirect.port is not None or redirect.derive_port
    host = redirect.authority or _host(
        request, changed=scheme != own, own=own, port_named=named and port is not None
    )
    place = host if port is None else f"{host}:{port}"
    return edits.Redirect(
        location=f"{scheme}://{place}{_target(request, redirect, match)}", status=redirect.status
    )


def _host(request: Request, *, changed: bool, own: str, port_named: bool) -> str:
    host, colon, port = request.host_header.rpartition(":")
    if not colon or not port.isdigit():
        return request.host_header
    if port_named or (changed and int(port) == _WELL_KNOWN[own]):
        return host
    return request.host_header


def _target(request: Request, redirect: Redirect, match: HttpMatch | None) -> str:
    if "?" in redirect.uri:
        return redirect.uri
    path = redirect.uri or request.path
    if redirect.prefix:
        path = rewritten(request.path, redirect.prefix, match)
    return f"{path}?{request.query}" if request.query else path


def to_https(request: Request) -> edits.Redirect:
    """The answer of a server with `httpsRedirect` to plain HTTP."""
    return edits.Redirect(location=f"https://{request.host_header}{request.target}", status=301)
