"""Which filter chains a waypoint builds for a port: HTTP, TCP, or both behind a protocol sniffer.

Source: istio pkg/config/kube/conversion.go (ConvertProtocol) and pkg/config/protocol/instance.go; the chains
are those of pilot/pkg/networking/core/listener_waypoint.go (buildWaypointInternal).
"""

from collections.abc import Mapping
from enum import StrEnum

from core.model import Service, ServiceEntry, ServicePort


class Chain(StrEnum):
    """The filter chains of one port."""

    HTTP = "http"
    TCP = "tcp"
    SNIFFED = "sniffed"
    """One of each, chosen by what the first bytes look like."""
    NONE = "none"
    """UDP, which no waypoint takes."""


KUBERNETES_WORDS: Mapping[str, str] = {
    "kubernetes.io/h2c": "http2",
    "kubernetes.io/ws": "http",
    "kubernetes.io/wss": "https",
}
"""`appProtocol` of Kubernetes' own kind, and the word of Istio's that it stands for."""
HTTP_WORDS = frozenset({"http", "http2", "http_proxy", "grpc", "grpc-web"})
TCP_WORDS = frozenset({"tcp", "https", "tls", "mongo", "redis", "mysql"})
SERVER_FIRST_PORTS = frozenset({25, 53, 3306, 27017})
"""Ports that are never sniffed: SMTP, DNS, MySQL, MongoDB."""


def chain_of(row: Service | ServiceEntry, port: ServicePort) -> Chain:
    """The chains for `port`.

    A Service tells the protocol by `appProtocol`, without one by the beginning of the port's name; a ServiceEntry by
    `protocol`.
    """
    if isinstance(row, ServiceEntry):
        return _of_word(port.protocol.lower())
    if port.protocol == "UDP":
        return Chain.NONE
    written = port.name if port.app_protocol is None else port.app_protocol
    name = KUBERNETES_WORDS.get(written, written).lower()
    word = "grpc-web" if name.startswith("grpc-web") else name.partition("-")[0]
    found = _of_word(word)
    return Chain.TCP if found is Chain.SNIFFED and port.port in SERVER_FIRST_PORTS else found


def _of_word(word: str) -> Chain:
    if word in HTTP_WORDS:
        return Chain.HTTP
    if word in TCP_WORDS:
        return Chain.TCP
    return Chain.NONE if word == "udp" else Chain.SNIFFED
