"""Which listener of a Gateway takes a connection: by port, by protocol, and by the most specific `hostname`."""

from collections.abc import Mapping, Sequence

from core.gates import Evidence, Finding, Step, failed, passed
from core.hostnames import covers
from core.listener_sets import Bound
from core.model import Gateway, Listener, Row
from core.trace.request import Request

PROTOCOLS: Mapping[str, Sequence[str]] = {
    "http": ("HTTP",),
    "grpc": ("HTTP",),
    "https": ("HTTPS", "TLS"),
    "grpcs": ("HTTPS", "TLS"),
    "tls": ("TLS",),
    "tcp": ("TCP",),
    "udp": ("UDP",),
}
"""URL scheme → the `protocol` of listeners that take it, the preferred first."""

WITH_HOSTNAME = frozenset({"HTTP", "HTTPS", "TLS"})
MISDIRECTED = 421


class Choice(Row):
    """The listener, or what the client gets without one: no connection, or the status."""

    steps: Sequence[Step]
    listener: Listener | None = None
    status: int | None = None


def specificity(hostname: str) -> tuple[bool, int]:
    """How a hostname ranks among those that match: an exact one, a longer wildcard, none."""
    return (bool(hostname) and not hostname.startswith("*."), len(hostname))


def choose(gateway: Gateway, bound: Sequence[Bound], request: Request) -> Choice:
    """The listener of `gateway` for `request`, of those in `bound`.

    An encrypted connection is taken by SNI, which is the host of the URL; plain HTTP by `Host`. A request on an
    encrypted connection whose `Host` is another listener's is misdirected.
    """
    there = [one.listener for one in bound if one.listener.port == request.port]
    if not there:
        ports = ", ".join(str(port) for port in sorted({one.listener.port for one in bound})) or "none"
        return _refused(gateway, f"no listener on port {request.port} (there are {ports})", "port")
    wanted = PROTOCOLS[request.scheme]
    speaking = [one for one in there if one.protocol in wanted]
    if not speaking:
        spoken = ", ".join(f"{one.name} ({one.protocol})" for one in there)
        because = f"nothing on port {request.port} takes {request.scheme}://: there is {spoken}"
        return _refused(gateway, because, "protocol")
    found = best(speaking, request.host if request.encrypted else request.asked, wanted)
    if found is None:
        return _no_hostname(gateway, speaking, request)
    step = _step(passed(f"listener {found.name} takes {_what(found)}", _evidence(bound, found)))
    other = best(speaking, request.asked, wanted)
    if request.encrypted and found.protocol == "HTTPS" and other != found:
        name = f"listener {other.name}" if other else "no listener"
        because = f"Host {request.asked} belongs to {name}, the connection to {found.name}: {MISDIRECTED}"
        return Choice(steps=(step, Step(gate="misdirected", finding=failed(because))), status=MISDIRECTED)
    return Choice(steps=(step,), listener=found)


def best(listeners: Sequence[Listener], host: str, protocols: Sequence[str]) -> Listener | None:
    """Of `listeners` the one with the most specific hostname for `host`; of equals the first by protocol and name."""
    matching = [one for one in listeners if covers(_hostname(one), host)]
    ordered = sorted(matching, key=lambda one: (protocols.index(one.protocol), one.name))
    return max(ordered, key=lambda one: specificity(_hostname(one)), default=None)


def _hostname(listener: Listener) -> str:
    return listener.hostname.lower() if listener.protocol in WITH_HOSTNAME else ""


def _what(listener: Listener) -> str:
    place = f"{listener.protocol} on port {listener.port}"
    return f"{place} for {listener.hostname}" if _hostname(listener) else place


def _no_hostname(gateway: Gateway, listeners: Sequence[Listener], request: Request) -> Choice:
    """Plain HTTP is answered before a listener is chosen; an encrypted connection needs one for its certificate."""
    theirs = ", ".join(f"{one.name} ({one.hostname})" for one in listeners)
    host = request.host if request.encrypted else request.asked
    because = f"no listener on port {request.port} takes the host {host}: there are {theirs}"
    if request.encrypted:
        return _refused(gateway, f"{because}; the TLS handshake fails", "hostname")
    return Choice(steps=(_step(failed(f"{because}: 404")),), status=404)


def _refused(gateway: Gateway, because: str, field: str) -> Choice:
    evidence = Evidence(object=str(gateway.ref), field=f"spec.listeners[].{field}", value=None)
    return Choice(steps=(_step(failed(because, evidence)),))


def _step(finding: Finding) -> Step:
    return Step(gate="listener", finding=finding)


def _evidence(bound: Sequence[Bound], listener: Listener) -> Evidence:
    one = next(one for one in bound if one.listener is listener)
    field = f"spec.listeners[{one.section}].hostname"
    return Evidence(object=str(one.owner), field=field, value=listener.hostname or None)
