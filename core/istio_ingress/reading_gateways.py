"""A networking.istio.io Gateway, from what is written to rows."""

from collections.abc import Sequence

from core.istio_ingress import written
from core.istio_ingress.rows import IstioGateway, Server
from core.model import AllowedRoutes, Listener
from core.policies.reading.common import common

_TLS_MODE = {True: "Passthrough", False: "Terminate"}


def gateway(thing: written.Gateway, namespace: str, where: str) -> IstioGateway:
    """The Gateway. A server without a port, which Istio ignores, is left out."""
    spec = thing.spec or written.GatewaySpec()
    servers = _servers(spec.servers or (), namespace)
    return IstioGateway(
        **common(thing, namespace, where),
        class_name="",
        selector=spec.selector or {},
        servers=servers,
        listeners=tuple(map(_listener, servers)),
    )


def _servers(found: Sequence[written.Server], namespace: str) -> Sequence[Server]:
    servers: list[Server] = []
    taken: set[str] = set()
    for one in found:
        if one.port is None:
            continue
        name = one.name or one.port.name or str(one.port.number)
        unique = next(each for each in _names(name) if each not in taken)
        taken.add(unique)
        servers.append(
            Server(
                listener=unique,
                number=one.port.number,
                protocol=(one.port.protocol or "").upper(),
                port_name=one.port.name or "",
                hosts=_hosts(one.hosts or (), namespace),
                tls_mode=(one.tls.mode or "PASSTHROUGH") if one.tls else "",
                https_redirect=bool(one.tls and one.tls.https_redirect),
                bind=one.bind or "",
            )
        )
    return tuple(servers)


def _names(name: str) -> Sequence[str]:
    """The name, and what servers of the same name are called."""
    return (name, *(f"{name}-{number}" for number in range(2, 1000)))


def _hosts(hosts: Sequence[str], namespace: str) -> Sequence[str]:
    """`hosts` without `*/`, and with the Gateway's namespace for `./`. `*/*` is every host, whatever else is there."""
    if "*/*" in hosts:
        return ("*",)
    return tuple(
        f"{namespace}/{one[2:]}" if one.startswith("./") else one.removeprefix("*/") for one in hosts
    )


def _listener(server: Server) -> Listener:
    if server.plain_http:
        protocol = "HTTP"
    elif server.terminates_https:
        protocol = "HTTPS"
    else:
        protocol = "TLS" if server.tls_mode else "TCP"
    return Listener(
        name=server.listener,
        port=server.number,
        protocol=protocol,
        tls_mode=_TLS_MODE[server.passes_through] if server.tls_mode else "",
        allowed=AllowedRoutes(origin="None"),
    )
