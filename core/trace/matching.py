"""Does a rule match a request, and which of two matches goes first: Gateway API's rules for HTTPRoute and GRPCRoute."""

from collections.abc import Callable, Sequence

from core.model import GrpcMethod, RouteMatch, Row, ValueMatch
from core.re2.machine import BeyondError, NotRe2Error, full_match
from core.trace.request import Request

ANY = RouteMatch()
"""What a rule without `matches` has."""

EXACT, PREFIX, REGEX = 2, 1, 0


class Rank(Row, order=True):
    """Which match goes first: the greater, compared field by field.

    HTTPRoute: an exact path, the longest prefix, a regular expression; then `method`, then more `headers`, then more
    `queryParams`. GRPCRoute: the longest `service`, the longest `method`, more `headers`.
    """

    path: int
    length: int
    method: int
    headers: int
    params: int


def rank(match: RouteMatch, route_kind: str) -> Rank:
    """The rank of `match` among those of one hostname."""
    headers, params = len(_first_of_each(match.headers, str.lower)), len(_first_of_each(match.params, str))
    if route_kind == "GRPCRoute":
        method = match.grpc or GrpcMethod()
        whole = method.type == "Exact" and bool(method.service and method.method)
        return Rank(
            path=EXACT if whole else PREFIX,
            length=len(method.service),
            method=len(method.method),
            headers=headers,
            params=0,
        )
    path = match.path
    kind, length = PREFIX, 0
    if path is not None:
        kind = {"Exact": EXACT, "RegularExpression": REGEX}.get(path.type, PREFIX)
        length = len(segments(path.value)) if kind == PREFIX else len(path.value)
    return Rank(path=kind, length=length, method=int(bool(match.method)), headers=headers, params=params)


def segments(prefix: str) -> str:
    """A PathPrefix without its trailing slash, which is ignored."""
    return prefix.removesuffix("/")


def mismatch(match: RouteMatch, request: Request, route_kind: str) -> str:
    """Why `match` does not hold for `request`; empty where it holds.

    Raises:
        NotRe2Error: A pattern in it is none that the data planes take.
        BeyondError: A pattern in it is not evaluated here.
    """
    if route_kind == "GRPCRoute":
        faults = [_grpc(match.grpc, request.path)] if match.grpc else []
    else:
        faults = [_path(match.path, request.path)] if match.path else []
        if match.method and match.method != request.method:
            faults.append(f"method {request.method} is not {match.method}")
    faults += [_header(one, request) for one in _first_of_each(match.headers, str.lower)]
    if route_kind != "GRPCRoute":
        faults += [_param(one, request) for one in _first_of_each(match.params, str)]
    return "; ".join(fault for fault in faults if fault)


def _first_of_each(wanted: Sequence[ValueMatch], same: Callable[[str], str]) -> Sequence[ValueMatch]:
    """Of entries with equivalent names the first alone counts."""
    found: dict[str, ValueMatch] = {}
    for one in wanted:
        found.setdefault(same(one.name), one)
    return list(found.values())


def _path(wanted: ValueMatch, path: str) -> str:
    match wanted.type:
        case "Exact":
            return "" if path == wanted.value else f"path {path} is not {wanted.value}"
        case "PathPrefix":
            prefix = segments(wanted.value)
            holds = path == prefix or path.startswith(f"{prefix}/")
            return "" if holds else f"path {path} is not below {wanted.value}"
        case "RegularExpression":
            return "" if full_match(wanted.value, path) else f"path {path} does not match {wanted.value}"
        case _:
            return f"a path match of type {wanted.type} is not known"


def _header(wanted: ValueMatch, request: Request) -> str:
    is_host = wanted.name.lower() in {"host", ":authority"}
    value = request.host_header if is_host else request.header(wanted.name)
    return _value(wanted, value, f"header {wanted.name}")


def _param(wanted: ValueMatch, request: Request) -> str:
    return _value(wanted, request.param(wanted.name), f"query parameter {wanted.name}")


def _value(wanted: ValueMatch, value: str | None, what: str) -> str:
    pattern = wanted.type == "RegularExpression"
    if not pattern and wanted.type != "Exact":
        return f"a match of type {wanted.type} for {what} is not known"
    if value is None:
        return f"{what} is missing"
    if pattern:
        return (
            ""
            if full_match(wanted.value, value)
            else f"{what} is {value!r}, which does not match {wanted.value}"
        )
    return "" if value == wanted.value else f"{what} is {value!r}, not {wanted.value!r}"


def _grpc(wanted: GrpcMethod, path: str) -> str:
    """A gRPC call is a request for `/SERVICE/METHOD`."""
    service, slash, method = path[1:].rpartition("/")
    if not slash:
        return f"path {path} is not /SERVICE/METHOD"
    if wanted.type not in {"Exact", "RegularExpression"}:
        return f"a method match of type {wanted.type} is not known"
    faults = []
    for what, expected, value in (("service", wanted.service, service), ("method", wanted.method, method)):
        if wanted.type == "RegularExpression":
            if expected and not full_match(expected, value):
                faults.append(f"{what} {value} does not match {expected}")
        elif expected not in ("", value):
            faults.append(f"{what} {value} is not {expected}")
    return "; ".join(faults)


class Held(Row):
    """What became of the matches of a rule: the best that holds, else why none does.

    `doubt` is set where a pattern could not be evaluated, so that another answer is possible.
    """

    match: RouteMatch | None = None
    rank: Rank | None = None
    because: str = ""
    doubt: bool = False


def held(matches: Sequence[RouteMatch], request: Request, route_kind: str) -> Held:
    """The best of `matches` that holds; of two alike the first."""
    best: RouteMatch | None = None
    faults: list[str] = []
    doubt = False
    for one in matches or (ANY,):
        try:
            fault = mismatch(one, request, route_kind)
        except NotRe2Error as error:
            fault = f"the pattern is not RE2, which the data plane takes: {error}"
        except BeyondError as error:
            fault, doubt = str(error), True
        if fault:
            faults.append(fault)
        elif best is None or rank(one, route_kind) > rank(best, route_kind):
            best = one
    if best is not None:
        return Held(match=best, rank=rank(best, route_kind), doubt=doubt)
    return Held(because=", and ".join(dict.fromkeys(faults)), doubt=doubt)


def described(match: RouteMatch, route_kind: str) -> str:
    """`match` in words."""
    parts = []
    if route_kind == "GRPCRoute":
        method = match.grpc or GrpcMethod()
        if method.service or method.method:
            parts.append(f"gRPC method {method.service or '*'}/{method.method or '*'}")
    elif match.path:
        kind = {"Exact": "path", "PathPrefix": "paths below", "RegularExpression": "paths that match"}
        parts.append(f"{kind.get(match.path.type, match.path.type)} {match.path.value}")
    if match.method:
        parts.append(f"method {match.method}")
    parts += [f"header {one.name} {_compared(one)}" for one in _first_of_each(match.headers, str.lower)]
    if route_kind != "GRPCRoute":
        parts += [f"query parameter {one.name} {_compared(one)}" for one in _first_of_each(match.params, str)]
    return ", ".join(parts) or "every request"


def _compared(one: ValueMatch) -> str:
    return f"matches {one.value}" if one.type == "RegularExpression" else f"is {one.value!r}"
