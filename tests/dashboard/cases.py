"""Samples as the dashboard sees them, and names that try to be more than names."""

from datetime import UTC, datetime
from functools import cache

from core.explain import Explainer
from core.paths import resolve
from core.sources import read, read_uploads
from core.whatif import preview
from dashboard.desk import Desk
from dashboard.sight import Base, Shown, Sight

PAYLOADS = (
    "<img src=x onerror=alert(1)>",
    "[a](javascript:alert(1))",
    "![i](http://192.0.2.1/i.png)",
    ":red[r] :smile: :material/home:",
    "$x^2$ `code` **b** _i_ ~~s~~",
    "www.example.com a@example.com http://example.com",
    "</script><script>alert(1)</script>",
    "# h\n\n- l\n\n| t |\n",
    "\u202eright to left",
)

HOSTILE = """\
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: kgateway}
spec: {controllerName: kgateway.dev/kgateway}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: http, namespace: infra}
spec:
  gatewayClassName: kgateway
  listeners:
    - {name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: cart, namespace: shop}
spec:
  parentRefs: [{name: http, namespace: infra}]
  hostnames: [PAYLOAD]
  rules: [{backendRefs: [{name: cart, port: 80}]}]
---
apiVersion: v1
kind: Service
metadata:
  name: cart
  namespace: shop
  labels: {istio.io/ingress-use-waypoint: PAYLOAD, istio.io/use-waypoint: PAYLOAD}
spec: {clusterIP: 10.0.0.1, ports: [{port: 80}]}
"""


@cache
def base(name: str) -> Base:
    """A sample with its paths."""
    loaded = read([f"sample:{name}"])
    return Base(
        name=name,
        info=loaded.info,
        problems=loaded.problems,
        explainer=Explainer(resolve(loaded.cluster)),
        read_at=datetime(2026, 8, 1, 12, tzinfo=UTC),
        policies=loaded.policies,
        lines=loaded.lines,
    )


def hostile_base(payload: str) -> Base:
    """A cluster in which everything that may hold any text holds `payload`."""
    quoted = '"' + payload.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    loaded = read_uploads([(f"{payload}.yaml", HOSTILE.replace("PAYLOAD", quoted).encode())])
    return Base(
        name=loaded.info.name,
        info=loaded.info,
        problems=loaded.problems,
        explainer=Explainer(resolve(loaded.cluster)),
        read_at=datetime(2026, 8, 1, 12, tzinfo=UTC),
        policies=loaded.policies,
        lines=loaded.lines,
    )


def sight(of: Base | str, desk: Desk | None = None) -> Sight:
    """What there is to see of a base on a desk."""
    found = base(of) if isinstance(of, str) else of
    wanted = desk or Desk(source=("sample:any",))
    return Sight(wanted, Shown(found, preview(found.resolution, wanted.edits), wanted.edits))
