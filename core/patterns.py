"""Regular expressions in the matches of routes and VirtualServices that RE2, which data planes take, does not take.

A trace tells of those that it meets; here each object that holds one is told of once.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from core.cluster import Cluster
from core.istio_ingress.rows import HttpMatch
from core.model import Object, Problem, RouteMatch
from core.re2.machine import BeyondError, NotRe2Error, compiled
from core.text import printable

MOST = 3
"""Fields of one object that are named."""
_REGEX = "RegularExpression"
_REMEDY = (
    "no request matches that, and a data plane may refuse what it is sent together with it: write it as RE2 takes it, "
    "groups and classes closed, without lookaround and backreferences"
)

Pattern = tuple[str, str, str]
"""A field, its name where it is one of several, and the expression that it holds."""


def pattern_problems(cluster: Cluster) -> Iterator[Problem]:
    """A problem for each HTTPRoute, GRPCRoute and VirtualService with an expression that RE2 refuses."""
    for route in cluster.routes:
        faults = [
            f"rules[{at}].matches[{number}].{fault}"
            for at, rule in enumerate(route.rules)
            for number, match in enumerate(rule.matches)
            for fault in _faults(_of_route(match))
        ]
        if faults:
            yield _problem(route, faults)
    istio = cluster.istio
    for service in {one.key: one for one in (*istio.virtual_services, *istio.mesh_services)}.values():
        faults = [
            f"http[{rule.rule}].match[{number}].{fault}"
            for rule in service.http
            for number, one in enumerate(rule.matches)
            for fault in _faults(_of_virtual_service(one))
        ]
        if faults:
            yield _problem(service, faults)


def _problem(row: Object, faults: Sequence[str]) -> Problem:
    more = f" and {len(faults) - MOST} more" if len(faults) > MOST else ""
    message = f"no regular expression of RE2 in spec.{printable(', '.join(faults[:MOST]))}{more}: {_REMEDY}"
    return Problem(severity="warning", where=f"{row.where} {row.ref}".lstrip(), message=message)


def _faults(patterns: Sequence[Pattern]) -> Sequence[str]:
    """The fields whose expression RE2 refuses, each with why."""
    return [
        f"{field}{f'[{name}]' if name else ''} ({fault})"
        for field, name, pattern in patterns
        if (fault := _fault(pattern))
    ]


@lru_cache(maxsize=4096)
def _fault(pattern: str) -> str:
    """Why RE2 refuses `pattern`; empty where it takes it."""
    try:
        compiled(pattern)
    except NotRe2Error as error:
        return str(error)
    except BeyondError:
        return ""
    return ""


def _of_route(match: RouteMatch) -> Sequence[Pattern]:
    path, grpc = match.path, match.grpc
    by_path = path is not None and path.type == _REGEX
    if not by_path and grpc is None and not match.headers and not match.params:
        return ()
    found: list[Pattern] = [("path", "", path.value)] if by_path and path is not None else []
    if grpc is not None and grpc.type == _REGEX:
        found += [("method.service", "", grpc.service), ("method.method", "", grpc.method)]
    found += [("headers", one.name, one.value) for one in match.headers if one.type == _REGEX]
    found += [("queryParams", one.name, one.value) for one in match.params if one.type == _REGEX]
    return found


def _of_virtual_service(match: HttpMatch) -> Sequence[Pattern]:
    singles = (
        ("uri", match.uri),
        ("scheme", match.scheme),
        ("method", match.method),
        ("authority", match.authority),
    )
    several = (
        ("headers", match.headers),
        ("withoutHeaders", match.without_headers),
        ("queryParams", match.params),
    )
    named = [(field, name, one) for field, values in several for name, one in values]
    named += [(field, "", one) for field, one in singles if one is not None]
    return [(field, name, one.value) for field, name, one in named if one.type == "regex"]
