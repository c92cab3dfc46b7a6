"""The servers of all Gateways on one workload, made into listeners: which share one, and which are left out.

Source: istiod pilot/pkg/model/gateway.go (mergeGateways).
"""

from collections.abc import Mapping, Sequence

from core.istio_ingress.rows import IstioGateway, Server
from core.istio_ingress.workloads import GatewayWorkload, Ports
from core.model import Key, Row

Place = tuple[Key, str]
"""A Gateway, and the `listener` of a server of it."""


class Served(Row):
    """A server at work: `port` is the one that the pods listen on."""

    gateway: IstioGateway
    server: Server
    port: int

    @property
    def place(self) -> Place:
        return (self.gateway.key, self.server.listener)

    @property
    def socket(self) -> tuple[int, str]:
        """What servers of plain HTTP have in common where they share a listener and its hosts."""
        return (self.port, self.server.bind)

    def __str__(self) -> str:
        return f"server {self.server.listener} of {self.gateway.ref}"


class Merged(Row):
    """The servers at work in their order, and why each of the others is not."""

    served: Sequence[Served]
    faults: Mapping[Place, str]


def merge(workload: GatewayWorkload, ports: Ports) -> Merged:
    """Put the servers of the workload's Gateways together; the first to come counts where two contradict each other."""
    merging = _Merging()
    faults: dict[Place, str] = {}
    for gateway in workload.gateways:
        for server in gateway.servers:
            one = Served(gateway=gateway, server=server, port=ports.behind(server.number))
            fault = workload.refused.get(gateway.key) or merging.fault(one)
            if fault:
                faults[one.place] = fault
            else:
                merging.served.append(one)
    return Merged(served=merging.served, faults=faults)


class _Merging:
    def __init__(self) -> None:
        self.served: list[Served] = []
        self._plain: dict[tuple[int, str], Served] = {}
        self._hosts: dict[tuple[int, str], dict[str, Served]] = {}
        self._routes: dict[tuple[int, str, str, Key], Served] = {}

    def fault(self, one: Served) -> str:
        """Why `one` is left out, empty where it is not; one that stays is remembered."""
        server = one.server
        if server.tls_mode:
            known = self._hosts.setdefault(one.socket, {})
            twice = next((host for host in server.hosts if host in known), None)
            if twice is not None:
                return f"host {twice} on port {server.number} is taken by {known[twice]}"
            known.update(dict.fromkeys(server.hosts, one))
        before = self._plain.get(one.socket)
        if before is not None and not (before.server.plain_http and server.plain_http):
            return f"port {server.number} is taken as {before.server.protocol} by {before}"
        if server.plain_http or not server.tls_mode:
            self._plain.setdefault(one.socket, one)
        elif server.terminates_https:
            name = (server.number, server.port_name, server.bind, one.gateway.key)
            other = self._routes.setdefault(name, one)
            if other is not one:
                return f"{other} has the same port name {server.port_name}"
        return ""
