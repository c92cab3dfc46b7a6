"""The request that is traced: a URL, a method and headers, as a client would send them."""

from collections.abc import Mapping, Sequence

import msgspec

from core.model import Row, bracketed

DEFAULT_PORTS: Mapping[str, int | None] = {
    "http": 80,
    "https": 443,
    "grpc": 80,
    "grpcs": 443,
    "tls": 443,
    "tcp": None,
    "udp": None,
}
"""URL scheme → its port where the URL has none; None where the URL must have one."""

WEB = frozenset({"http", "https", "grpc", "grpcs"})
ENCRYPTED = frozenset({"https", "grpcs", "tls"})
MAX_URL = 65536

Headers = Sequence[tuple[str, str]]


class RequestError(ValueError):
    """A URL, method or header that no client could send; the text is one sentence."""


class Request(Row):
    """A request. `host` is where the client connects to (and the SNI), `authority` what it asks for by `Host`.

    Header names keep the case they were given in; `path` has no dot segments, which clients and Envoy resolve, and never the query, which has no
    question mark.
    """

    scheme: str
    host: str
    port: int
    path: str = "/"
    query: str = ""
    method: str = "GET"
    headers: Headers = msgspec.field(default=())
    authority: str = ""

    @property
    def asked(self) -> str:
        """The host that the request asks for, without a port, in lower case: what hostnames are held against."""
        return host_of(self.authority or self.host)

    @property
    def encrypted(self) -> bool:
        return self.scheme in ENCRYPTED

    @property
    def url(self) -> str:
        """The URL again, without a port that goes without saying."""
        place = bracketed(self.host, self.port)
        if self.port == DEFAULT_PORTS[self.scheme]:
            place = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{place}{self.target if self.scheme in WEB else ''}"

    @property
    def host_header(self) -> str:
        """`Host` as the client sends it: a port that is not the scheme's own belongs to it."""
        if self.authority:
            return self.authority
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == DEFAULT_PORTS[self.scheme] else f"{name}:{self.port}"

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def header(self, name: str) -> str | None:
        """The value of a header, repeated ones joined by commas; None where there is none."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ",".join(values) if values else None

    def param(self, name: str) -> str | None:
        """The first value of a query parameter, as it is written in the URL; None where there is none."""
        for pair in self.query.split("&"):
            key, _, value = pair.partition("=")
            if pair and key == name:
                return value
        return None


def host_of(authority: str) -> str:
    """The host of `host[:port]`, in lower case, without the brackets of an IPv6 address and a trailing dot."""
    if authority.startswith("["):
        return authority[1:].partition("]")[0].lower()
    return authority.partition(":")[0].rstrip(".").lower()


def parse_request(url: str, method: str | None = None, headers: Sequence[str] = ()) -> Request:
    """The request that a client makes for `url`; each of `headers` is `NAME=VALUE` or `NAME: VALUE`.

    Args:
        url: `SCHEME://HOST[:PORT][/PATH][?QUERY]`; a fragment is never sent, and left out.
        method: GET by default, POST for gRPC.
        headers: A `Host` among them takes the place of the URL's host, but not of the SNI.

    Raises:
        RequestError: A part is missing or malformed.
    """
    scheme, host, port, target = _split(url)
    path, _, query = target.partition("?")
    if method is None:
        method = "POST" if scheme.startswith("grpc") else "GET"
    if not method or not all(char.isalnum() or char in "!#$%&'*+-.^_`|~" for char in method):
        raise RequestError(f"{method!r} is no HTTP method")
    pairs = [_header(one) for one in headers]
    authority = next((value for name, value in pairs if name.lower() == "host"), "")
    return Request(
        scheme=scheme,
        host=host,
        port=port,
        path=_without_dots(path if path.startswith("/") else f"/{path}"),
        query=query,
        method=method,
        headers=tuple(pair for pair in pairs if pair[0].lower() != "host"),
        authority=authority,
    )


def _split(url: str) -> tuple[str, str, int, str]:
    """Scheme, host, port and what follows."""
    scheme, colon, rest = url.partition("://")
    scheme = scheme.lower()
    if not colon or scheme not in DEFAULT_PORTS:
        raise RequestError(
            f"--url {url!r} has to begin with one of {', '.join(f'{one}://' for one in DEFAULT_PORTS)}"
        )
    if len(url) > MAX_URL or any(char.isspace() or not char.isprintable() for char in url):
        raise RequestError(
            "--url is too long, or holds blanks or control characters: write them as %20 and the like"
        )
    rest = rest.partition("#")[0]
    end = next((index for index, char in enumerate(rest) if char in "/?"), len(rest))
    place, target = rest[:end], rest[end:]
    place = place.rpartition("@")[2]
    host, number = _host_and_port(url, place)
    if number:
        port: int | None = int(number) if number.isascii() and number.isdigit() and len(number) < 7 else 0
    else:
        port = DEFAULT_PORTS[scheme]
    if port is None:
        raise RequestError(f"--url {url!r} needs a port: {scheme}://HOST:PORT")
    if not 0 < port < 65536:
        raise RequestError(f"--url {url!r}: {number!r} is no port, which are numbers from 1 to 65535")
    return scheme, host, port, target


def _without_dots(path: str) -> str:
    """`path` as RFC 3986 5.2.4 resolves it; `%2e` is a dot, as it is to browsers and to Envoy."""
    kept: list[str] = []
    plain = ""
    for segment in path.split("/")[1:]:
        plain = segment.lower().replace("%2e", ".")
        if plain == "..":
            del kept[-1:]
        elif plain != ".":
            kept.append(segment)
    end = "/" if plain in {".", ".."} and kept else ""
    return f"/{'/'.join(kept)}{end}"


def _host_and_port(url: str, place: str) -> tuple[str, str]:
    if place.startswith("["):
        host, bracket, after = place[1:].partition("]")
        if not bracket or (after and not after.startswith(":")):
            raise RequestError(f"--url {url!r}: an IPv6 address is written as [ADDRESS]:PORT")
        number = after[1:]
    else:
        host, _, number = place.partition(":")
    host = host.rstrip(".").lower()
    if not host:
        raise RequestError(f"--url {url!r} names no host")
    return host, number


def _header(text: str) -> tuple[str, str]:
    """`NAME=VALUE`, or as HTTP writes it `NAME: VALUE`."""
    cut = min((text.index(mark) for mark in "=:" if mark in text), default=-1)
    name = text[:cut].strip() if cut > 0 else ""
    value = text[cut + 1 :].strip() if cut > 0 else ""
    if not name or not all(char.isalnum() or char in "!#$%&'*+-.^_`|~" for char in name):
        raise RequestError(f"--header {text!r} is not NAME=VALUE")
    if not value.isprintable():
        raise RequestError(f"--header {name}: the value holds control characters")
    return name, value
