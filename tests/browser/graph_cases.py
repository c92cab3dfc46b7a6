"""Paths made by hand, for the traffic graph."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from msgspec import structs

from core.cluster import Cluster, Services, Table
from core.gates import Verdict
from core.model import (
    Address,
    AllowedRoutes,
    BackendRef,
    Gateway,
    Key,
    Labels,
    Listener,
    ObjectRef,
    Service,
    ServicePort,
)
from core.outcomes import NO_UPSTREAM, Outcome, Share
from core.paths import Path, Resolution, resolve
from core.policies.view import PolicyView
from core.sources import read

PAYLOADS = [
    "<img src=x onerror=window.__pwned=1>",
    "<script>window.__pwned=1</script>",
    "<svg/onload=window.__pwned=1>",
    '"><img src=x onerror=alert(1)>',
    "'><script>alert(1)</script>",
    "javascript:window.__pwned=1",
    "<a href='javascript:window.__pwned=1'>x</a>",
    "<iframe srcdoc='<script>parent.__pwned=1</script>'>",
    "{{constructor.constructor('window.__pwned=1')()}}",
    "${window.__pwned=1}",
    "`+(window.__pwned=1)+`",
    "</script><script>window.__pwned=1</script>",
    "<b onmouseover=window.__pwned=1>bold</b>",
    "<math><mtext></mtext><style><img src=x onerror=window.__pwned=1></style></math>",
    "<body onload=window.__pwned=1>",
    "<details open ontoggle=window.__pwned=1>",
    "<video><source onerror=window.__pwned=1>",
    "<input autofocus onfocus=window.__pwned=1>",
    "<img src=https://example.com/beacon.png>",
    "<link rel=stylesheet href=https://example.com/x.css>",
    "<style>@import 'https://example.com/x.css'</style>",
    "<meta http-equiv=refresh content='0;url=https://example.com'>",
    "<object data=https://example.com/x></object>",
    "url(https://example.com/x.png)",
    "*bold* _italic_ `code`",
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "\u202egnp.exe",
    "a\u0000b",
    "line\nbreak",
    "tab\tstop",
    "\u2028separator\u2029",
    "&lt;script&gt;window.__pwned=1&lt;/script&gt;",
    "&#60;img src=x onerror=window.__pwned=1&#62;",
    "%3Cscript%3Ewindow.__pwned=1%3C/script%3E",
    "\\u003cscript\\u003ewindow.__pwned=1\\u003c/script\\u003e",
    "]]><script>window.__pwned=1</script>",
    "--><script>window.__pwned=1</script>",
    "*/window.__pwned=1/*",
    "';window.__pwned=1;//",
    '");window.__pwned=1;//',
    "#{window.__pwned=1}",
    "<%= window.__pwned=1 %>",
    "$(window.__pwned=1)",
    "x" * 3000,
    "\U0001f4a5" * 200,
    "العربية <script>window.__pwned=1</script>",
    "" + "/" * 80,
]


def path(
    service: str,
    verdict: Verdict,
    *,
    waypoint: Key | None = None,
    namespace: str = "shop",
    gateway: str = "public",
    plane: str = "kgateway",
    listener: str = "https",
    route: str = "",
    weight: int = 1,
    shares: Sequence[Share] = (),
    pods: int = 3,
    found: bool = True,
) -> Path:
    """A path to a service, with what matters for its drawing."""
    route = route or service
    key = ("infra", gateway)
    backend = BackendRef(
        group="", kind="Service", namespace=namespace, name=service, port=8080, weight=weight
    )
    return Path(
        id=f"infra/{gateway}:{listener}/HTTPRoute/{namespace}/{route}:0/Service/{namespace}/{service}:8080",
        gateway=key,
        gateway_class=plane,
        plane=plane,
        listener=listener,
        route_kind="HTTPRoute",
        route=(namespace, route),
        rule=0,
        backend=backend,
        hostnames=[f"{route}.example.com"],
        outcome=Outcome(
            verdict=verdict, decided_by=None, upstream=NO_UPSTREAM, waypoint=waypoint, shares=shares
        ),
        endpoints=[f"10.244.1.{number}:8080" for number in range(7, 7 + pods)],
        target=ObjectRef(kind="Service", namespace=namespace, name=service) if found else None,
        decision=(key, "", "Service", namespace, service, 8080, "", "", ""),
    )


def resolution(paths: Sequence[Path], labels: Mapping[Key, Labels]) -> Resolution:
    """A cluster with the services and gateways of `paths`, the services labelled as `labels` say."""
    services = {
        one.service_ref: Service(
            namespace=one.service_ref.namespace,
            name=one.service_ref.name,
            labels=labels.get((one.service_ref.namespace, one.service_ref.name), {}),
            ports=[ServicePort(port=8080)],
        )
        for one in paths
    }
    listeners = [
        Listener(name="https", port=443, protocol="HTTPS"),
        Listener(name="http", port=80, protocol="HTTP"),
    ]
    gateways = [
        Gateway(
            namespace=one.gateway[0], name=one.gateway[1], class_name=one.gateway_class, listeners=listeners
        )
        for one in paths
    ]
    gateways += [
        Gateway(
            namespace=namespace,
            name="waypoint",
            class_name="istio-waypoint",
            addresses=[Address(type="IPAddress", value="10.96.0.9")],
            listeners=[
                Listener(name="mesh", port=15008, protocol="HBONE", allowed=AllowedRoutes(origin="All")),
            ],
        )
        for namespace in ("shop", "pay")
    ]
    cluster = Cluster(services=Services.of(services.values()), gateways=Table.of(gateways))
    return replace(resolve(cluster), paths=paths)


SHOP: Key = ("shop", "waypoint")
USES: Labels = {"istio.io/use-waypoint": "waypoint"}


def every_verdict() -> Sequence[Path]:
    canary = [
        Share(share=0.8, verdict=Verdict.WAYPOINT, waypoint=SHOP),
        Share(share=0.2, verdict=Verdict.WAYPOINT, waypoint=("shop", "waypoint-canary")),
    ]
    halves = [
        Share(share=0.5, verdict=Verdict.WAYPOINT, waypoint=("pay", "waypoint")),
        Share(share=0.5, verdict=Verdict.DIRECT),
    ]
    return [
        path("cart", Verdict.WAYPOINT, waypoint=SHOP),
        path("cart", Verdict.DIRECT, gateway="edge", plane="istio", listener="http"),
        path("catalog", Verdict.DIRECT),
        path("checkout", Verdict.SPLIT, shares=canary, route="checkout", weight=90),
        path("checkout-next", Verdict.WAYPOINT, waypoint=SHOP, route="checkout", weight=10),
        path("images", Verdict.VIP_DIRECT, gateway="edge", plane="istio", listener="http"),
        path("search", Verdict.WORKLOAD_WAYPOINT, waypoint=("shop", "pods"), pods=12),
        path("ledger", Verdict.BLACKHOLE, namespace="pay"),
        path("payments", Verdict.SPLIT, namespace="pay", shares=halves),
        path(
            "refunds",
            Verdict.NO_ENDPOINTS,
            namespace="pay",
            pods=0,
            gateway="edge",
            plane="istio",
            listener="http",
        ),
        path("vouchers", Verdict.INVALID, namespace="pay", pods=0, found=False),
    ]


LABELS = {
    ("shop", "cart"): USES,
    ("shop", "catalog"): USES,
    ("pay", "ledger"): USES,
    ("pay", "payments"): USES,
}


def changed() -> tuple[Sequence[Path], Sequence[Path]]:
    """The same paths before and after a scenario."""
    before = [
        path("cart", Verdict.DIRECT),
        path("catalog", Verdict.DIRECT),
        path("images", Verdict.WAYPOINT, waypoint=SHOP),
        path("search", Verdict.VIP_DIRECT),
        path("ledger", Verdict.DIRECT, namespace="pay"),
    ]
    after = [
        path("cart", Verdict.WAYPOINT, waypoint=SHOP),
        path("catalog", Verdict.DIRECT),
        path("images", Verdict.WAYPOINT, waypoint=SHOP),
        path("search", Verdict.WAYPOINT, waypoint=SHOP),
        path("ledger", Verdict.BLACKHOLE, namespace="pay"),
    ]
    return before, after


def hostile() -> Sequence[Path]:
    verdicts = list(Verdict)
    return [
        path(
            text,
            verdicts[number % len(verdicts)],
            namespace=PAYLOADS[number % 3],
            gateway=PAYLOADS[number % 4],
            listener=PAYLOADS[number % 5],
            waypoint=("shop", text),
            weight=2,
        )
        for number, text in enumerate(PAYLOADS)
    ]


def many(services: int = 60) -> Sequence[Path]:
    return [
        path(
            f"service-{number:03}", list(Verdict)[number % 4], waypoint=SHOP, namespace=f"team-{number // 12}"
        )
        for number in range(services)
    ]


def relabelled(paths: Sequence[Path]) -> Sequence[Path]:
    """The paths as they were before every second one got its verdict."""
    return [
        structs.replace(one, outcome=structs.replace(one.outcome, verdict=Verdict.DIRECT))
        if number % 2
        else one
        for number, one in enumerate(paths)
    ]


def policed() -> tuple[Resolution, PolicyView]:
    """The sample whose waypoints have policies, some of them bypassed."""
    loaded = read(["sample:shop"])
    state = resolve(loaded.cluster)
    return state, PolicyView(state, loaded.policies)
