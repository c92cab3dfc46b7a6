"""Policies for tests, written as YAML would be, and a mesh with one of each place where they can act."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from core import labels as names
from core.cluster import Cluster
from core.model import Object, ObjectRef, ServicePort
from core.paths import resolve
from core.policies.act import Act, PolicyActs
from core.policies.reading.kinds import POLICY_KINDS, ROUTE_KINDS
from core.policies.view import PolicyView
from core.policy_model import MeshSettings, Policies
from tests import build

GATEWAY_API = "gateway.networking.k8s.io"
GROUPS = {kind: group for group, kind in (*POLICY_KINDS, *ROUTE_KINDS)}

Written = Mapping[str, Any]


def policy(kind: str, name: str, spec: Written, *, created: str = "", dry_run: bool = False) -> Written:
    """A policy; `name` is NAMESPACE/NAME."""
    namespace, _, plain = name.partition("/")
    annotations = {"istio.io/dry-run": "true"} if dry_run else {}
    return {
        "apiVersion": f"{GROUPS[kind]}/v1",
        "kind": kind,
        "metadata": {
            "namespace": namespace,
            "name": plain,
            "creationTimestamp": created,
            "annotations": annotations,
        },
        "spec": spec,
    }


def target(kind: str, name: str, **more: Any) -> Written:
    groups = {"Service": "", "ServiceEntry": "networking.istio.io", "Backend": "gateway.kgateway.dev"}
    return {"group": groups.get(kind, GATEWAY_API), "kind": kind, "name": name, **more}


def read(objects: Sequence[Written], **mesh: Any) -> Policies:
    """The rows of policies; `mesh` are MeshSettings."""
    tables: dict[str, list[Any]] = defaultdict(list)
    for one in objects:
        name = (one["apiVersion"].partition("/")[0], one["kind"])
        kind = POLICY_KINDS.get(name) or ROUTE_KINDS[name]
        namespace = one["metadata"]["namespace"]
        tables[kind.table].append(kind.convert(msgspec.convert(one, kind.wire), namespace, "mesh.yaml#1"))
    return Policies(**tables, mesh=MeshSettings(**mesh))


SHARED = {names.USE_WAYPOINT: "shared", names.USE_WAYPOINT_NAMESPACE: "infra"}
OWN = {names.USE_WAYPOINT: "wp"}
PORTS = (ServicePort(port=80, name="http"), ServicePort(port=9000, name="tcp"))


def mesh(*more: Object, istiod: str = "1.30.3") -> Cluster:
    """Two waypoints, of which `infra/shared` is for all; two Istio gateways and one of kgateway; four
    namespaces.

    `n1/own` is bound to `n1/wp`, `n1/far`, `n2/far` and the ServiceEntry `n2/ext` to `infra/shared`;
    `n1/free` to none.
    """
    return build.cluster(
        *build.CLASSES,
        *map(build.namespace, ("istio-system", "infra", "n1", "n2")),
        build.waypoint("n1", "wp"),
        build.waypoint("infra", "shared"),
        build.gateway("n1", "edge", "istio"),
        build.gateway("infra", "ing", "istio"),
        build.gateway("infra", "kgw", "kgateway"),
        build.pod("n1", "edge-1", "10.1.0.1", {names.GATEWAY_NAME: "edge", "role": "edge"}),
        build.pod("infra", "ing-1", "10.1.0.2", {names.GATEWAY_NAME: "ing", "role": "ing"}),
        build.pod("n1", "own-1", "10.1.0.3", {"app": "own"}, captured=True),
        build.pod("n2", "far-1", "10.1.0.4", {"app": "far"}, captured=True),
        build.pod("n2", "plain-1", "10.1.0.5", {"app": "plain"}),
        build.service("n1", "own", "10.96.0.1", labels=OWN, ports=PORTS),
        build.service("n1", "far", "10.96.0.2", labels=SHARED),
        build.service("n1", "free", "10.96.0.3"),
        build.service("n2", "far", "10.96.0.4", labels=SHARED),
        build.entry("n2", "ext", "240.0.0.1", labels=SHARED, ports=(ServicePort(port=80, protocol="HTTP"),)),
        build.controller("istiod", istiod, {names.PILOT_ENABLE_AMBIENT: "true"}),
        *more,
    )


def view(cluster: Cluster, *objects: Written, **settings: Any) -> PolicyView:
    return PolicyView(resolve(cluster), read(objects, **settings))


def only(cluster: Cluster, written: Written, *others: Written, **settings: Any) -> PolicyActs:
    """What becomes of `written`, beside `others`."""
    meta = written["metadata"]
    ref = ObjectRef(kind=written["kind"], namespace=meta["namespace"], name=meta["name"])
    return next(one for one in view(cluster, written, *others, **settings).acts if one.policy == ref)


def short(act: Act) -> str:
    """`n1/own:80@n1/wp`, `pods@n1/wp`, `infra/ing` or `z n1/own-1`."""
    gateway = "/".join(act.gateway)
    match act.at:
        case "waypoint":
            assert act.service is not None
            return f"{act.service.namespace}/{act.service.name}:{act.port}@{gateway}"
        case "waypoint-workloads":
            return f"pods@{gateway}"
        case "ingress":
            return gateway
        case _:
            return "z " + ",".join(act.pods)


def places(one: PolicyActs) -> str:
    """All places of a policy, sorted, in one line."""
    return " ".join(sorted(map(short, one.acts)))
