"""What Istio's Gateway and VirtualService say, as immutable rows: names completed, defaults filled in.

Source: istio.io/api networking/v1alpha3 (gateway.proto, virtual_service.proto), and istiod's
pilot/pkg/model/virtualservice.go (ResolveVirtualServiceShortnames).
"""

from collections.abc import Sequence

import msgspec

from core.model import Gateway, HeaderFilter, Key, Labels, Object, Row
from core.policy_model import DestinationRule, MeshSettings

API = "networking.istio.io"
VIRTUAL_SERVICE = "VirtualService"
MESH = "mesh"
"""The gateway name that stands for the proxies of the mesh, and for no ingress."""

HTTP_PROTOCOLS = frozenset({"HTTP", "HTTP2", "HTTP_PROXY", "GRPC", "GRPC-WEB"})
PASSTHROUGH_MODES = frozenset({"PASSTHROUGH", "AUTO_PASSTHROUGH"})


def gateway_key(namespace: str, name: str) -> Key:
    """Where `Cluster.gateways` holds an Istio Gateway, beside a Gateway API Gateway of the same name."""
    return (namespace, f"{API}/{name}")


def named_gateway(key: Key) -> Key:
    """(namespace, name) of the Gateway that `Cluster.gateways` holds under `key`."""
    return (key[0], key[1].removeprefix(f"{API}/"))


class Server(Row):
    """An entry of `servers`. `listener` is its name in paths: unique among those of its Gateway.

    `hosts` are `host` or `namespace/host`. `tls_mode` is empty where there is no `tls`.
    """

    listener: str
    number: int
    protocol: str
    port_name: str = ""
    hosts: Sequence[str] = ()
    tls_mode: str = ""
    https_redirect: bool = False
    bind: str = ""

    @property
    def plain_http(self) -> bool:
        return self.protocol in HTTP_PROTOCOLS

    @property
    def terminates_https(self) -> bool:
        return self.protocol == "HTTPS" and bool(self.tls_mode) and self.tls_mode not in PASSTHROUGH_MODES

    @property
    def passes_through(self) -> bool:
        return self.tls_mode in PASSTHROUGH_MODES

    @property
    def routes_http(self) -> bool:
        """Whether it is `http` rules that count; else `tls` rules where it passes through, or `tcp` rules."""
        return self.plain_http or self.terminates_https


class IstioGateway(Gateway, kw_only=True):
    """A networking.istio.io Gateway. Its `listeners` are its servers as Gateway API would word them.

    Without a `selector` it is for every gateway pod.
    """

    selector: Labels = msgspec.field(default_factory=dict)
    servers: Sequence[Server] = ()

    @property
    def key(self) -> Key:
        return gateway_key(self.namespace, self.name)

    @property
    def full_name(self) -> str:
        """How VirtualServices name it."""
        return f"{self.namespace}/{self.name}"


class StringMatch(Row):
    """A StringMatch; `type` is `exact`, `prefix`, `regex`, or `present` where any value will do."""

    type: str
    value: str = ""


Named = Sequence[tuple[str, StringMatch]]


class HttpMatch(Row):
    """An entry of `match` of an `http` rule: all of it has to hold. A `port` of 0 is any."""

    uri: StringMatch | None = None
    ignore_case: bool = False
    scheme: StringMatch | None = None
    method: StringMatch | None = None
    authority: StringMatch | None = None
    headers: Named = ()
    without_headers: Named = ()
    params: Named = ()
    port: int = 0
    gateways: Sequence[str] = ()
    source_labels: Labels = msgspec.field(default_factory=dict)
    source_namespace: str = ""


class Headers(Row):
    """A `headers` of a rule or of a destination. `authority` is what it makes of the request's host."""

    request: HeaderFilter | None = None
    response: HeaderFilter | None = None
    authority: str = ""


class Destination(Row):
    """A destination with its weight; a short host name is completed with the VirtualService's namespace."""

    host: str
    port: int | None = None
    subset: str = ""
    weight: int = 0
    headers: Headers = Headers()


class Redirect(Row):
    """A `redirect`; what is empty stays as the request has it. `derive_port` is true for FROM_REQUEST_PORT."""

    uri: str = ""
    prefix: str = ""
    authority: str = ""
    scheme: str = ""
    port: int | None = None
    derive_port: bool = False
    status: int = 301


class DirectResponse(Row):
    """A `directResponse`."""

    status: int
    body: str = ""


class Rewrite(Row):
    """A `rewrite`. `pattern` and `replacement` are those of `uriRegexRewrite`."""

    uri: str = ""
    authority: str = ""
    pattern: str = ""
    replacement: str = ""


class Mirror(Row):
    """A `mirror` or an entry of `mirrors`; `fraction` of the requests is copied."""

    to: Destination
    fraction: float = 1.0


class Fault(Row):
    """A `fault`: `delay` and `abort` are a duration and a status, empty where absent, each with its fraction."""

    delay: str = ""
    delay_fraction: float = 0.0
    abort: str = ""
    abort_fraction: float = 0.0


class Via(Row):
    """The rule of a delegate that a rule was merged from."""

    delegate: Key
    rule: int


class HttpRule(Row):
    """An entry of `http`. `delegate` names a VirtualService whose rules take its place.

    `rule` is its index in the VirtualService that is bound to the Gateway; `via` where it came from a delegate. `retries`
    is None where MeshConfig decides, and empty where nothing is tried again.
    """

    rule: int = 0
    name: str = ""
    matches: Sequence[HttpMatch] = ()
    destinations: Sequence[Destination] = ()
    delegate: Key | None = None
    redirect: Redirect | None = None
    direct_response: DirectResponse | None = None
    rewrite: Rewrite | None = None
    mirrors: Sequence[Mirror] = ()
    fault: Fault | None = None
    timeout: str = ""
    retries: str | None = None
    cors: str = ""
    headers: Headers = Headers()
    via: Via | None = None

    @property
    def name_at(self) -> tuple[int, Via | None]:
        """What tells it from the other rules of its VirtualService."""
        return (self.rule, self.via)

    def __str__(self) -> str:
        via = self.via
        if via is None:
            return f"rule {self.rule}"
        return f"rule {via.rule} of {VIRTUAL_SERVICE}/{'/'.join(via.delegate)}"


class L4Match(Row):
    """An entry of `match` of a `tls` or `tcp` rule, as far as gateways look at it."""

    sni_hosts: Sequence[str] = ()
    port: int = 0
    gateways: Sequence[str] = ()


class L4Rule(Row):
    """An entry of `tls` or `tcp`."""

    rule: int = 0
    matches: Sequence[L4Match] = ()
    destinations: Sequence[Destination] = ()

    @property
    def name_at(self) -> tuple[int, Via | None]:
        """What tells it from the other rules of its VirtualService."""
        return (self.rule, None)

    def __str__(self) -> str:
        return f"rule {self.rule}"


class VirtualService(Object):
    """A VirtualService that is bound to Gateways, or one without `hosts`: a delegate."""

    KIND = VIRTUAL_SERVICE

    hosts: Sequence[str] = ()
    gateways: Sequence[str] = ()
    """`namespace/name`, and `mesh`."""
    export_to: Sequence[str] = ()
    http: Sequence[HttpRule] = ()
    tls: Sequence[L4Rule] = ()
    tcp: Sequence[L4Rule] = ()
    faults: Sequence[str] = ()
    """Why Istio's validation refuses it, where it does."""

    @property
    def ingress_gateways(self) -> Sequence[str]:
        return [one for one in self.gateways if one != MESH]


class IstioRouting(Row):
    """What Istio's Gateways route by, beside the Gateways themselves. `settings` are those of MeshConfig."""

    virtual_services: Sequence[VirtualService] = ()
    mesh_services: Sequence[VirtualService] = ()
    """VirtualServices that are for the mesh, alone or beside Gateways."""
    destination_rules: Sequence[DestinationRule] = ()
    settings: MeshSettings = MeshSettings()
