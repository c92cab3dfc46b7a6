"""A cluster of any size as `kubectl get -o json` prints it, with the mix that a mesh has: labelled or not, bound or not."""

import json
import random
from collections.abc import Iterator
from typing import Any

SERVICES_PER_NAMESPACE = 25
PODS_PER_SERVICE = 5
INGRESS = (("http", "kgateway"), ("public", "istio"))


def cluster(services: int, seed: int = 7) -> bytes:
    """A `List` with `services` Services, their slices, pods and routes, and the platform that serves them."""
    chance = random.Random(seed)
    items = [*_platform(), *_applications(services, chance)]
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items}).encode()


def routes_of_one_host(count: int) -> bytes:
    """A `List` with `count` HTTPRoutes of one hostname at one Gateway, each with a path of its own."""
    items = [*_platform()]
    for number in range(count):
        namespace, name = f"team-{number // SERVICES_PER_NAMESPACE:04d}", f"svc-{number:05d}"
        items += _service(
            namespace, name, 8080, number=number, labels={"app": name}, pods=[(number, f"{name}-0")]
        )
        items.append(_route(namespace, name, host="shop.example.test", path=f"/{name}"))
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items}).encode()


def _object(
    api: str, kind: str, namespace: str, name: str, body: dict[str, Any], **meta: Any
) -> dict[str, Any]:
    metadata = {
        "name": name,
        "uid": f"{abs(hash((kind, namespace, name))):032x}",
        "resourceVersion": "1",
        "creationTimestamp": "2026-10-01T00:00:00Z",
        **meta,
    }
    if namespace:
        metadata["namespace"] = namespace
    return {"apiVersion": api, "kind": kind, "metadata": metadata, **body}


def _deployment(namespace: str, name: str, image: str, env: dict[str, str]) -> dict[str, Any]:
    container = {
        "name": name,
        "image": image,
        "env": [{"name": key, "value": value} for key, value in env.items()],
    }
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}
    spec = {"replicas": 1, "selector": {"matchLabels": {"app": name}}, "template": template}
    return _object("apps/v1", "Deployment", namespace, name, {"spec": spec, "status": {"readyReplicas": 1}})


def _platform() -> Iterator[dict[str, Any]]:
    for name, controller in (
        ("kgateway", "kgateway.dev/kgateway"),
        ("istio", "istio.io/gateway-controller"),
        ("istio-waypoint", "istio.io/mesh-controller"),
    ):
        spec = {"spec": {"controllerName": controller}}
        yield _object("gateway.networking.k8s.io/v1", "GatewayClass", "", name, spec)
    flags = {"KGW_ENABLE_WAYPOINT": "true", "KGW_ENABLE_ISTIO_INTEGRATION": "true"}
    yield _deployment("kgateway-system", "kgateway", "cr.kgateway.dev/kgateway-dev/kgateway:v2.3.0", flags)
    yield _deployment(
        "istio-system", "istiod", "docker.io/istio/pilot:1.30.3", {"PILOT_ENABLE_AMBIENT": "true"}
    )
    yield _object("v1", "Namespace", "", "infra", {}, labels={"istio.io/dataplane-mode": "ambient"})
    for name, class_name in INGRESS:
        yield _gateway("infra", name, class_name, {"port": 80, "protocol": "HTTP", "from": "All"})
        yield _pod("infra", f"{name}-0", 1, {"gateway.networking.k8s.io/gateway-name": name})


def _gateway(namespace: str, name: str, class_name: str, listener: dict[str, Any]) -> dict[str, Any]:
    spec = {
        "gatewayClassName": class_name,
        "listeners": [
            {
                "name": "main",
                "port": listener["port"],
                "protocol": listener["protocol"],
                "allowedRoutes": {"namespaces": {"from": listener["from"]}},
            }
        ],
    }
    host = f"{name}.{namespace}.svc.cluster.local"
    status = {"addresses": [{"type": "Hostname", "value": host}], "conditions": []}
    return _object(
        "gateway.networking.k8s.io/v1", "Gateway", namespace, name, {"spec": spec, "status": status}
    )


def _pod(namespace: str, name: str, number: int, labels: dict[str, str]) -> dict[str, Any]:
    """A running pod with what the API server and the kubelet add to a small Deployment's template."""
    address = _address(10, number)
    since = "2026-10-01T00:00:00Z"
    image = "registry.example/team/app:1.2.3"
    probe = {"failureThreshold": 3, "periodSeconds": 10, "successThreshold": 1, "timeoutSeconds": 1}
    http = {"path": "/healthz", "port": "http", "scheme": "HTTP"}
    token = {"mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "name": "token", "readOnly": True}
    field = {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}
    container = {
        "name": "app",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
        "env": [
            *({"name": f"APP_SETTING_{index}", "value": f"value-of-setting-{index}"} for index in range(12)),
            {"name": "POD_NAMESPACE", "valueFrom": field},
        ],
        "resources": {"limits": {"memory": "256Mi"}, "requests": {"cpu": "100m", "memory": "128Mi"}},
        "livenessProbe": {"httpGet": http, **probe},
        "readinessProbe": {"httpGet": http, **probe},
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "volumeMounts": [{"mountPath": "/etc/app", "name": "config"}, token],
    }
    sources = [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": {"items": [{"key": "ca.crt", "path": "ca.crt"}], "name": "kube-root-ca.crt"}},
        {"downwardAPI": {"items": [{"path": "namespace", **field}]}},
    ]
    spec = {
        "containers": [container],
        "dnsPolicy": "ClusterFirst",
        "enableServiceLinks": True,
        "nodeName": f"node-{number % 40}",
        "preemptionPolicy": "PreemptLowerPriority",
        "priority": 0,
        "restartPolicy": "Always",
        "schedulerName": "default-scheduler",
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "serviceAccount": "default",
        "serviceAccountName": "default",
        "terminationGracePeriodSeconds": 30,
        "tolerations": [
            {
                "effect": "NoExecute",
                "key": f"node.kubernetes.io/{key}",
                "operator": "Exists",
                "tolerationSeconds": 300,
            }
            for key in ("not-ready", "unreachable")
        ],
        "volumes": [
            {"configMap": {"defaultMode": 420, "name": "app-config"}, "name": "config"},
            {"name": "token", "projected": {"defaultMode": 420, "sources": sources}},
        ],
    }
    conditions = [
        {"lastProbeTime": None, "lastTransitionTime": since, "status": "True", "type": kind}
        for kind in ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
    ]
    status = {
        "conditions": conditions,
        "containerStatuses": [
            {
                "allocatedResources": {"cpu": "100m", "memory": "128Mi"},
                "containerID": f"containerd://{number:064x}",
                "image": image,
                "imageID": f"registry.example/team/app@sha256:{number:064x}",
                "lastState": {},
                "name": "app",
                "ready": True,
                "restartCount": 0,
                "started": True,
                "state": {"running": {"startedAt": since}},
            }
        ],
        "hostIP": "172.18.0.2",
        "hostIPs": [{"ip": "172.18.0.2"}],
        "phase": "Running",
        "podIP": address,
        "podIPs": [{"ip": address}],
        "qosClass": "Burstable",
        "startTime": since,
    }
    owner = {"apiVersion": "apps/v1", "blockOwnerDeletion": True, "controller": True, "kind": "ReplicaSet"}
    return _object(
        "v1",
        "Pod",
        namespace,
        name,
        {"spec": spec, "status": status},
        labels={**labels, "pod-template-hash": "5d6c7b8f9c"},
        annotations={"ambient.istio.io/redirection": "enabled"},
        generateName=f"{name[:-1]}",
        ownerReferences=[{**owner, "name": f"{name}-5d6c7b8f9c", "uid": f"{number:032x}"}],
    )


def _address(first: int, number: int) -> str:
    return f"{first}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def _applications(services: int, chance: random.Random) -> Iterator[dict[str, Any]]:
    pod_number = 1000
    for number in range(services):
        namespace = f"team-{number // SERVICES_PER_NAMESPACE:04d}"
        if number % SERVICES_PER_NAMESPACE == 0:
            labels = {"istio.io/dataplane-mode": "ambient", "istio.io/use-waypoint": "waypoint"}
            yield _object("v1", "Namespace", "", namespace, {}, labels=labels)
            yield _gateway(
                namespace, "waypoint", "istio-waypoint", {"port": 15008, "protocol": "HBONE", "from": "Same"}
            )
            yield from _service(
                namespace,
                "waypoint",
                15008,
                number=number + 100_000,
                labels={},
                pods=[(pod_number, "waypoint-0")],
            )
            pod_number += 1
        name = f"svc-{number:05d}"
        labels = {"app": name}
        if chance.random() < 0.4:
            labels["istio.io/ingress-use-waypoint"] = chance.choice(["true", "true", "true", "false"])
        pods = [(pod_number + index, f"{name}-{index}") for index in range(PODS_PER_SERVICE)]
        pod_number += PODS_PER_SERVICE
        yield from _service(namespace, name, 8080, number=number, labels=labels, pods=pods)
        for pod, pod_name in pods:
            yield _pod(namespace, pod_name, pod, {"app": name})
        yield _route(namespace, name)


def _service(
    namespace: str, name: str, port: int, *, number: int, labels: dict[str, str], pods: list[tuple[int, str]]
) -> Iterator[dict[str, Any]]:
    vip = _address(172, number)
    spec = {
        "type": "ClusterIP",
        "clusterIP": vip,
        "clusterIPs": [vip],
        "ipFamilies": ["IPv4"],
        "selector": {"app": name},
        "ports": [{"name": "http", "port": port, "protocol": "TCP", "targetPort": port}],
    }
    body = {"spec": spec, "status": {"loadBalancer": {}}}
    yield _object("v1", "Service", namespace, name, body, labels=labels)
    endpoints = [
        {
            "addresses": [_address(10, pod)],
            "conditions": {"ready": True, "serving": True, "terminating": False},
            "nodeName": f"node-{pod % 40}",
            "targetRef": {"kind": "Pod", "namespace": namespace, "name": pod_name},
        }
        for pod, pod_name in pods
    ]
    body = {
        "addressType": "IPv4",
        "endpoints": endpoints,
        "ports": [{"name": "http", "port": port, "protocol": "TCP"}],
    }
    labels = {"kubernetes.io/service-name": name}
    yield _object("discovery.k8s.io/v1", "EndpointSlice", namespace, f"{name}-x1", body, labels=labels)


def _route(namespace: str, name: str, host: str = "", path: str = "/") -> dict[str, Any]:
    parents = [
        {"group": "gateway.networking.k8s.io", "kind": "Gateway", "namespace": "infra", "name": gateway}
        for gateway, _ in INGRESS
    ]
    rules = [
        {
            "matches": [{"path": {"type": "PathPrefix", "value": path}}],
            "backendRefs": [{"group": "", "kind": "Service", "name": name, "port": 8080, "weight": 1}],
        }
    ]
    spec = {"parentRefs": parents, "hostnames": [host or f"{name}.example.test"], "rules": rules}
    return _object("gateway.networking.k8s.io/v1", "HTTPRoute", namespace, name, {"spec": spec})
