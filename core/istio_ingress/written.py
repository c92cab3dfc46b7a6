"""A networking.istio.io Gateway as it is written; VirtualServices are in `core.policies.reading.written`."""

# ruff: noqa: D101 - the names are those of the API

from core.policies.reading.written import Policy, Port, Written
from core.wire import Strings


class ServerPort(Written):
    number: Port
    name: str | None = None
    protocol: str | None = None


class ServerTls(Written):
    mode: str | None = None
    https_redirect: bool | None = None


class Server(Written):
    port: ServerPort | None = None
    name: str | None = None
    hosts: list[str] | None = None
    tls: ServerTls | None = None
    bind: str | None = None


class GatewaySpec(Written):
    selector: Strings | None = None
    servers: list[Server] | None = None


class Gateway(Policy):
    spec: GatewaySpec | None = None
