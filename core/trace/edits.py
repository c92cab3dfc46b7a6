"""What the filters of a rule and of a backendRef do to a request, in the order in which they are written."""

from collections.abc import Mapping, Sequence

from core.gates import Result, Step, not_applicable, passed, unknown
from core.model import (
    HeaderFilter,
    Listener,
    MirrorFilter,
    OtherFilter,
    PathChange,
    RedirectFilter,
    RewriteFilter,
    RouteFilter,
    RouteMatch,
    Row,
)
from core.trace.matching import segments
from core.trace.request import Request, host_of

WELL_KNOWN: Mapping[str, int] = {"http": 80, "https": 443}


class Redirect(Row):
    """The answer of a RequestRedirect."""

    location: str
    status: int


class Filtered(Row):
    """A request after filters; with a redirect it goes no further."""

    request: Request
    steps: Sequence[Step] = ()
    mirrors: Sequence[MirrorFilter] = ()
    redirect: Redirect | None = None


def apply(
    request: Request, filters: Sequence[RouteFilter], match: RouteMatch, listener: Listener, where: str = ""
) -> Filtered:
    """`request` after `filters`; `where` names the backendRef that they belong to."""
    steps: list[Step] = []
    mirrors: list[MirrorFilter] = []
    start = f"{where}: " if where else ""
    for one in filters:
        match one:
            case RedirectFilter():
                found = redirect(request, one, match, listener)
                because = f"{start}RequestRedirect answers {found.status}, Location {found.location}"
                steps.append(Step(gate="filter", finding=passed(because)))
                return Filtered(request=request, steps=steps, mirrors=mirrors, redirect=found)
            case RewriteFilter():
                request, said = rewrite(request, one, match)
                steps.append(Step(gate="filter", finding=passed(f"{start}URLRewrite: {said}")))
            case HeaderFilter(type="RequestHeaderModifier"):
                request = with_headers(request, one)
                steps.append(Step(gate="filter", finding=passed(f"{start}{one.type}: {changes(one)}")))
            case HeaderFilter():
                because = f"{start}{one.type} changes the response only: {changes(one)}"
                steps.append(Step(gate="filter", finding=not_applicable(because)))
            case MirrorFilter():
                mirrors.append(one)
                name = f"{one.kind}/{one.namespace}/{one.name}"
                because = f"{start}RequestMirror copies {round(one.fraction * 100, 2):g} % of the requests to {name}"
                steps.append(Step(gate="filter", finding=passed(because)))
            case OtherFilter():
                steps.append(_other(one, request, start))
    return Filtered(request=request, steps=steps, mirrors=mirrors)


def repeatable(one: RouteFilter) -> frozenset[tuple[str, str]]:
    """What a filter does, as (kind, key) of effects that count as the same (`core.policies.effects`)."""
    match one:
        case HeaderFilter():
            side = "request" if one.type == "RequestHeaderModifier" else "response"
            named = [("set", name) for name, _ in one.set] + [("add", name) for name, _ in one.add]
            named += [("remove", name) for name in one.remove]
            return frozenset((f"{side}-header-{verb}", name.lower()) for verb, name in named)
        case RewriteFilter():
            done = {("host-rewrite", "")} if one.hostname else set()
            return frozenset(done | ({("path", "")} if one.path else set()))
        case RedirectFilter():
            return frozenset({("redirect", "")})
        case MirrorFilter():
            return frozenset({("mirror", one.name)})
        case OtherFilter():
            return frozenset({("cors", "")} if one.type == "CORS" else ())


def _other(filter_: OtherFilter, request: Request, start: str) -> Step:
    text = f" ({filter_.text})" if filter_.text else ""
    if filter_.type == "CORS":
        preflight = (
            request.method == "OPTIONS" and request.header("access-control-request-method") is not None
        )
        if preflight:
            because = f"{start}CORS{text}: the gateway answers this preflight itself, without a backend"
            return Step(gate="filter", finding=unknown(because, leans=Result.PASS))
        because = f"{start}CORS{text} adds headers to the response only"
        return Step(gate="filter", finding=not_applicable(because))
    because = f"{start}{filter_.type}{text} is not looked into: it may change or refuse the request"
    return Step(gate="filter", finding=unknown(because, leans=Result.PASS))


# --- headers --------------------------------------------------------------------------------------------------------


def with_headers(request: Request, change: HeaderFilter) -> Request:
    """`set` replaces, `add` appends to what is there, `remove` takes away; names in any case."""
    headers = list(request.headers)
    authority = request.authority

    def without(name: str) -> list[tuple[str, str]]:
        return [pair for pair in headers if pair[0].lower() != name.lower()]

    for name, value in change.set:
        if name.lower() == "host":
            authority = value
        else:
            headers = [*without(name), (name, value)]
    for name, value in change.add:
        present = [text for key, text in headers if key.lower() == name.lower()]
        headers = [*without(name), (name, ",".join([*present, value]))]
    for name in change.remove:
        headers = without(name)
    return replaced(request, headers=tuple(headers), authority=authority)


def changes(change: HeaderFilter) -> str:
    """What `change` does, in words."""
    parts = [f"set {name}: {value}" for name, value in change.set]
    parts += [f"add {name}: {value}" for name, value in change.add]
    parts += [f"remove {name}" for name in change.remove]
    return ", ".join(parts) or "nothing"


# --- paths ----------------------------------------------------------------------------------------------------------


def changed_path(path: str, change: PathChange | None, match: RouteMatch) -> str:
    """`path` after `change`. ReplacePrefixMatch needs a match of type PathPrefix, and leaves the path without one."""
    if change is None:
        return path
    if change.type == "ReplaceFullPath":
        return change.value if change.value.startswith("/") else f"/{change.value}"
    if change.type != "ReplacePrefixMatch" or (match.path and match.path.type != "PathPrefix"):
        return path
    prefix = segments(match.path.value) if match.path else ""
    rest = path[len(prefix) :]
    found = change.value.removesuffix("/") + rest
    return found if found.startswith("/") else f"/{found}"


def rewrite(request: Request, change: RewriteFilter, match: RouteMatch) -> tuple[Request, str]:
    """`request` with its host and path rewritten, and what was done."""
    path = changed_path(request.path, change.path, match)
    said = []
    if change.hostname:
        said.append(f"Host {change.hostname}")
    if path != request.path:
        said.append(f"path {request.path} becomes {path}")
    authority = change.hostname or request.authority
    return replaced(request, path=path, authority=authority), ", ".join(said) or "nothing to change"


def redirect(request: Request, change: RedirectFilter, match: RouteMatch, listener: Listener) -> Redirect:
    """The `Location`: what the filter names, and the rest as the request has it.

    Without `port` it is the scheme's own where `scheme` is given, else the listener's; a port that the scheme implies
    is not written.
    """
    own = "https" if request.encrypted else "http"
    scheme = change.scheme.lower() or own
    port = change.port
    if port is None:
        port = WELL_KNOWN.get(scheme, listener.port) if change.scheme else listener.port
    host = change.hostname or host_of(request.host_header)
    host = f"[{host}]" if ":" in host else host
    place = host if port == WELL_KNOWN.get(scheme) else f"{host}:{port}"
    path = changed_path(request.path, change.path, match)
    target = f"{path}?{request.query}" if request.query else path
    return Redirect(location=f"{scheme}://{place}{target}", status=change.status)


def replaced(
    request: Request,
    *,
    path: str | None = None,
    authority: str | None = None,
    headers: Sequence[tuple[str, str]] | None = None,
) -> Request:
    """`request` with some parts of it changed."""
    return Request(
        scheme=request.scheme,
        host=request.host,
        port=request.port,
        path=request.path if path is None else path,
        query=request.query,
        method=request.method,
        headers=request.headers if headers is None else headers,
        authority=request.authority if authority is None else authority,
    )
