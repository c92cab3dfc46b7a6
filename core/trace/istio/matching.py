"""Does a match of a VirtualService hold for a request, as Envoy decides it.

Source: istiod pilot/pkg/networking/core/route/route.go (TranslateRouteMatch).
"""

from collections.abc import Sequence

from core.istio_ingress.rows import HttpMatch, StringMatch
from core.model import Row
from core.re2.machine import BeyondError, NotRe2Error, full_match
from core.trace.request import Request

CLAIMS = "@request.auth.claims"
"""What begins so is no header, but a claim of a verified token."""


class Held(Row):
    """`match` is the first that holds, None where none does or a rule has none; `because` says why none does.

    `doubt` is set where something could not be evaluated, so that another answer is possible.
    """

    holds: bool
    match: HttpMatch | None = None
    because: str = ""
    doubt: bool = False


def held(matches: Sequence[HttpMatch], request: Request) -> Held:
    """Whether one of `matches` holds; without any every request is matched."""
    if not matches:
        return Held(holds=True)
    faults: list[str] = []
    doubt = False
    for one in matches:
        try:
            fault = mismatch(one, request)
        except NotRe2Error as error:
            fault = f"the pattern is not RE2, which the data plane takes: {error}"
        except BeyondError as error:
            fault, doubt = str(error), True
        if not fault:
            return Held(holds=True, match=one, doubt=doubt)
        faults.append(fault)
    return Held(holds=False, because=", and ".join(dict.fromkeys(faults)), doubt=doubt)


def mismatch(match: HttpMatch, request: Request) -> str:
    """Why `match` does not hold for `request`; empty where it holds.

    Raises:
        NotRe2Error: A pattern in it is none that the data plane takes.
        BeyondError: A part of it is not evaluated here.
    """
    faults = [_uri(match, request.path)]
    scheme = "https" if request.encrypted else "http"
    for what, wanted, value in (
        ("scheme", match.scheme, scheme),
        ("method", match.method, request.method),
        ("authority", match.authority, request.host_header),
    ):
        if wanted is not None:
            faults.append(_compared(wanted, value, what))
    faults += [_header(name, wanted, request) for name, wanted in match.headers]
    faults += [_without(name, wanted, request) for name, wanted in match.without_headers]
    faults += [
        _compared(wanted, request.param(name), f"query parameter {name}") for name, wanted in match.params
    ]
    return "; ".join(fault for fault in faults if fault)


def _uri(match: HttpMatch, path: str) -> str:
    if match.uri is None:
        return ""
    if match.ignore_case and match.uri.type != "regex":
        lower = StringMatch(type=match.uri.type, value=match.uri.value.lower())
        return _compared(lower, path.lower(), "path")
    pattern = f"(?i:{match.uri.value})" if match.ignore_case else match.uri.value
    return _compared(StringMatch(type=match.uri.type, value=pattern), path, "path")


def _header(name: str, wanted: StringMatch, request: Request) -> str:
    if name.startswith(CLAIMS):
        raise BeyondError(f"{name} is a claim of the request's token, which is not looked into")
    return _compared(wanted, _value(name, request), f"header {name}")


def _value(name: str, request: Request) -> str | None:
    known = {":authority": request.host_header, "host": request.host_header, ":method": request.method}
    return known[name.lower()] if name.lower() in known else request.header(name)


def _without(name: str, wanted: StringMatch, request: Request) -> str:
    """A header that is missing counts as an empty one."""
    if name.startswith(CLAIMS):
        raise BeyondError(f"{name} is a claim of the request's token, which is not looked into")
    value = _value(name, request)
    if wanted.type == "present":
        return "" if value is None else f"header {name} is there"
    return "" if _compared(wanted, value or "", name) else f"header {name} is {value or ''!r}"


def _compared(wanted: StringMatch, value: str | None, what: str) -> str:
    if value is None:
        return f"{what} is missing"
    shown = value if what in ("path", "method", "scheme", "authority") else repr(value)
    match wanted.type:
        case "exact":
            return "" if value == wanted.value else f"{what} {shown} is not {wanted.value}"
        case "prefix":
            return (
                "" if value.startswith(wanted.value) else f"{what} {shown} does not begin with {wanted.value}"
            )
        case "regex":
            return "" if full_match(wanted.value, value) else f"{what} {shown} does not match {wanted.value}"
        case _:
            return ""


def described(match: HttpMatch | None) -> str:
    """`match` in words."""
    if match is None:
        return "every request"
    named = (
        *(("" if name == "uri" else name, one) for name, one in _singles(match)),
        *((f"header {name}", one) for name, one in match.headers),
        *((f"query parameter {name}", one) for name, one in match.params),
    )
    parts = [_words(name or "path", one) for name, one in named]
    parts += [f"not {_words(f'header {name}', one)}" for name, one in match.without_headers]
    if match.uri is not None and match.ignore_case:
        parts.append("the path in any case")
    return ", ".join(parts) or "every request"


def _singles(match: HttpMatch) -> Sequence[tuple[str, StringMatch]]:
    pairs = (
        ("uri", match.uri),
        ("scheme", match.scheme),
        ("method", match.method),
        ("authority", match.authority),
    )
    return [(name, one) for name, one in pairs if one is not None]


def _words(what: str, wanted: StringMatch) -> str:
    verb = {"exact": "", "prefix": " begins with", "regex": " matches"}
    if wanted.type == "present":
        return f"{what} is there"
    return f"{what}{verb[wanted.type]} {wanted.value}"
