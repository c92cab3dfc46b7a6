"""Writes the sample cluster `shop` from its `tables.txt`: 40 services in 8 namespaces behind four gateways.

Addresses, names of pods, uids and status follow from the tables, so two runs write the same bytes. With
`--check` nothing is written, and the exit code is 1 where a file differs.
"""

import argparse
import hashlib
import json
import re
import sys
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from string import Template
from typing import Any, NamedTuple

import yaml

Object = dict[str, Any]
Labels = Mapping[str, str]

SHOP = Path(__file__).resolve().parent.parent / "sample_clusters" / "shop"
GATEWAY_API = "gateway.networking.k8s.io"
INGRESS, USE, MODE = "istio.io/ingress-use-waypoint", "istio.io/use-waypoint", "istio.io/dataplane-mode"
WORDS = {"mode": MODE, "ingress": INGRESS, "waypoint": USE, "waypoint-ns": f"{USE}-namespace"}
CLASSES = {
    "kgateway": ("kgateway.dev/kgateway", "cr.kgateway.dev/kgateway-dev/envoy-wrapper:v2.3.0"),
    "istio": ("istio.io/gateway-controller", "docker.io/istio/proxyv2:1.30.3"),
    "agentgateway": ("agentgateway.dev/agentgateway", "cr.agentgateway.dev/agentgateway:v1.2.0"),
    "istio-waypoint": ("istio.io/mesh-controller", "docker.io/istio/proxyv2:1.30.3"),
}
"""controllerName and the proxy's image"""
API_VERSIONS = {
    **dict.fromkeys(("Namespace", "Pod", "Service"), "v1"),
    **dict.fromkeys(("TLSRoute", "TCPRoute"), f"{GATEWAY_API}/v1alpha2"),
    "AuthorizationPolicy": "security.istio.io/v1",
    "Deployment": "apps/v1",
    "EndpointSlice": "discovery.k8s.io/v1",
    "ReferenceGrant": f"{GATEWAY_API}/v1beta1",
    "ServiceEntry": "networking.istio.io/v1",
}
"""of the kinds that are not in version v1 of the Gateway API"""

DEPLOYMENT = """
spec:
  replicas: 1
  selector: {matchLabels: $labels}
  strategy: {rollingUpdate: {maxSurge: 25%, maxUnavailable: 25%}, type: RollingUpdate}
  template:
    metadata: {labels: $labels}
    spec:
      containers: [{env: $env, image: $image, imagePullPolicy: IfNotPresent, name: $name, resources: {}}]
      dnsPolicy: ClusterFirst
      restartPolicy: Always
status: {availableReplicas: 1, observedGeneration: 1, readyReplicas: 1, replicas: 1, updatedReplicas: 1}
"""
POD = """
spec:
  containers: [{image: $image, imagePullPolicy: IfNotPresent, name: $app, resources: {}}]
  dnsPolicy: ClusterFirst
  nodeName: $node
  restartPolicy: Always
  serviceAccountName: $app
status:
  conditions:
  - {lastProbeTime: null, lastTransitionTime: $time, status: "True", type: PodScheduled}
  - {lastProbeTime: null, lastTransitionTime: $time, status: $state, type: Ready}
  - {lastProbeTime: null, lastTransitionTime: $time, status: $state, type: ContainersReady}
  hostIP: $host
  phase: Running
  podIP: $ip
  podIPs: [{ip: $ip}]
"""
ENDPOINT = """
addresses: [$ip]
conditions: {ready: $ready, serving: $ready, terminating: false}
nodeName: $node
targetRef: {kind: Pod, name: $name, namespace: $namespace, uid: $uid}
"""
SERVICE = """
spec:
  clusterIP: $address
  clusterIPs: [$address]
  internalTrafficPolicy: Cluster
  ipFamilies: [IPv4]
  ipFamilyPolicy: SingleStack
  ports: $ports
  selector: $selector
  sessionAffinity: None
  type: $type
status: {loadBalancer: {}}
"""
EXTERNAL_NAME = """
spec: {externalName: $external, ports: $ports, sessionAffinity: None, type: ExternalName}
status: {loadBalancer: {}}
"""
SERVICE_ENTRY = """
spec:
  endpoints: [{address: $endpoint}]
  hosts: [$host]
  location: MESH_EXTERNAL
  ports: [{name: http, number: 80, protocol: HTTP}]
  resolution: $resolution
"""


class Row(NamedTuple):
    """A line of a table: its columns, the flags and `key=value` words after them, the lines below it."""

    columns: Sequence[str]
    words: Labels
    below: list[list[str]]

    @property
    def labels(self) -> dict[str, str]:
        known = {WORDS[key]: value for key, value in self.words.items() if key in WORDS}
        return known | {key: value for key, value in self.words.items() if value == "allowed"}


def rows(section: str, columns: int) -> Iterator[Row]:
    """The lines of a `[section]`; those that begin with `>` belong to the line before them."""
    text = (SHOP / "tables.txt").read_text().partition(f"[{section}]\n")[2].partition("\n[")[0]
    found: list[Row] = []
    for cells in map(str.split, text.splitlines()):
        if cells and cells[0] == ">":
            found[-1].below.append(cells[1:])
        elif cells and cells[0] != "#":
            pairs = (cell.partition("=") for cell in cells[columns:])
            found.append(Row(cells[:columns], {key: value for key, _, value in pairs}, []))
    yield from found


def render(template: str, **values: object) -> Object:
    """A YAML template with its `$names` filled in."""
    text = Template(template).substitute({name: json.dumps(value) for name, value in values.items()})
    filled: Object = yaml.safe_load(text)
    return filled


def digest(*parts: object) -> str:
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()


class Shop:
    """The objects by file, and what later ones look up in earlier ones."""

    def __init__(self) -> None:
        self.files: dict[str, list[Object]] = defaultdict(list)
        self.namespaces: dict[str, Row] = {row.columns[0]: row for row in rows("namespaces", 2)}
        self.ready: set[str] = set()
        self.backends: set[tuple[str, str]] = set()
        self.gateways: dict[str, Object] = {}
        self.count = self.pods = self.vips = 0

    def time(self) -> str:
        moment = datetime(2026, 8, 3, 9, tzinfo=UTC) + timedelta(seconds=37 * self.count)
        return f"{moment:%Y-%m-%dT%H:%M:%SZ}"

    def add(self, kind: str, namespace: str, name: str, body: Object, labels: Labels | None = None) -> Object:
        self.count += 1
        meta = {"name": name, "creationTimestamp": self.time(), "resourceVersion": f"{5000 + 7 * self.count}"}
        meta["uid"] = str(uuid.UUID(hex=digest(kind, namespace, name)[:32], version=4))
        meta |= {"namespace": namespace} if namespace else {}
        body |= {"apiVersion": API_VERSIONS.get(kind, f"{GATEWAY_API}/v1"), "kind": kind}
        body["metadata"] = {**meta, **({"labels": dict(labels)} if labels else {})}
        home = self.namespaces.get(namespace or name)
        self.files[home.columns[1] if home else "platform"].append(body)
        return body

    def condition(self, kind: str, reason: str, message: str = "", status: str = "True") -> Object:
        written = {"type": kind, "status": status, "reason": reason, "message": message}
        return {**written, "lastTransitionTime": self.time()}

    def workload(self, service: Object, captured: Sequence[bool], image: str, **more: Any) -> None:
        """The pods behind a Service, one for each item of `captured`, and its EndpointSlice.

        `more` may hold `labels` and `env` of the pods, and `ready`.
        """
        namespace, app = service["metadata"]["namespace"], service["metadata"]["name"]
        labels, ready, endpoints = more.get("labels", {}), more.get("ready", True), []
        for number, capture in enumerate(captured):
            node, last = self.pods % 3 + 1, self.pods // 3 + 10
            self.pods += 1
            name = f"{app}-{digest(namespace, app)[:9]}-{digest(namespace, app, number)[:5]}"
            values = {"ip": f"10.244.{node}.{last}", "node": f"worker-{node}", "host": f"172.18.0.{node + 1}"}
            body = render(POD, app=app, image=image, state=str(ready), time=self.time(), **values)
            body["spec"]["containers"][0] |= {"env": more["env"]} if "env" in more else {}
            pod = self.add("Pod", namespace, name, body, {**service["spec"]["selector"], **labels})
            pod["metadata"] |= {"annotations": {"ambient.istio.io/redirection": "enabled"}} if capture else {}
            uid = pod["metadata"]["uid"]
            endpoints.append(render(ENDPOINT, name=name, namespace=namespace, ready=ready, uid=uid, **values))
        listed = [port | {"port": port["targetPort"]} for port in service["spec"]["ports"]]
        ports = [{key: port[key] for key in ("name", "port", "protocol")} for port in listed]
        body = {"addressType": "IPv4", "endpoints": endpoints, "ports": ports}
        labels = {**service["metadata"]["labels"], "kubernetes.io/service-name": app}
        self.add("EndpointSlice", namespace, f"{app}-{digest('slice', namespace, app)[:5]}", body, labels)

    def service(self, namespace: str, name: str, ports: list[Object], labels: Labels, **more: Any) -> Object:
        """A Service; `more` are other values of its template than the usual ones."""
        self.backends.add((namespace, name))
        self.vips += 1
        address = f"10.96.{self.vips // 20 + 1}.{self.vips % 20 + 10}"
        values = {"address": address, "selector": {"app": name}, "type": "ClusterIP", **more}
        body = render(EXTERNAL_NAME if more.get("external") else SERVICE, ports=ports, **values)
        return self.add("Service", namespace, name, body, labels)

    def bound(self, namespace: str, labels: Labels) -> Object:
        """The condition that istiod writes on a Service or ServiceEntry, as a part of its status."""
        inherited = self.namespaces[namespace].labels
        source = labels if USE in labels else inherited
        owner, name = source.get(f"{USE}-namespace", namespace), source.get(USE, "none")
        waypoint, merged, verdict = f"{owner}/{name}", {**inherited, **labels}, "False"
        if name == "none":
            return {}
        if waypoint not in self.ready:
            reason, message = "WaypointIsNotReady", f'waypoint "{waypoint}" is not ready'
        elif owner not in (namespace, *inherited):
            reason = "AttachmentDenied"
            message = f'we are not permitted to attach to waypoint "{waypoint}" (missing allowedRoutes?)'
        else:
            reason, verdict = "WaypointAccepted", "True"
            message = f"Successfully attached to waypoint {waypoint}"
            if merged.get(INGRESS) in ("true", "True"):
                message += ". Ingress traffic will traverse the waypoint"
            elif INGRESS in merged:
                message += f". Ingress traffic is not using the waypoint, set the {INGRESS} label to true if desired."
        return {"conditions": [self.condition("istio.io/WaypointBound", reason, message, verdict)]}

    def gateway(self, row: Row, class_name: str, address: str, listeners: str) -> None:
        """A Gateway and, where it has an address, its Service and pods."""
        namespace, name, kind, pods, admitted = row.columns[:5]
        allowed: Object = {"from": admitted.title()}
        if admitted not in ("all", "same"):
            allowed = {"from": "Selector", "selector": {"matchLabels": {admitted: "allowed"}}}
        spec: list[Object] = []
        states: list[Object] = []
        for listener, port, protocol, *host in (text.split(":") for text in listeners.split(",")):
            spec.append({"name": listener, "port": int(port), "protocol": protocol})
            spec[-1] |= {"allowedRoutes": {"namespaces": allowed}}
            spec[-1] |= {"hostname": host[0], "tls": {"mode": "Passthrough"}} if host else {}
            programmed = self.condition("Programmed", "Programmed")
            states.append({"name": listener, "attachedRoutes": 0, "conditions": [programmed]})
        waypoint, image = class_name == "istio-waypoint", CLASSES[class_name][1]
        status: Object = {"conditions": [self.condition("Programmed", "Pending", status="Unknown")]}
        if address:
            status["conditions"] = [self.condition(word, word) for word in ("Accepted", "Programmed")]
            status["addresses"] = [{"type": "Hostname" if waypoint else "IPAddress", "value": address}]
            status["listeners"] = states
        own = {"istio.io/waypoint-for": kind} if waypoint else {}
        body = {"spec": {"gatewayClassName": class_name, "listeners": spec}, "status": status}
        self.gateways[name] = self.add("Gateway", namespace, name, body, own)
        if not address:
            return
        proxy, selector = name + "-istio" * (class_name == "istio"), {f"{GATEWAY_API}/gateway-name": name}
        labels = {f"{GATEWAY_API}/gateway-class-name": class_name, **own}
        labels |= {"gateway.istio.io/managed": "istio.io-mesh-controller"} if waypoint else {}
        ports = [service_port(x["name"], x["port"], x["port"]) for x in spec]
        ports += [service_port("status-port", 15021, 15021)] if "istio" in class_name else []
        service = self.service(namespace, proxy, ports, {**selector, **labels}, selector=selector)
        if not waypoint:
            service["spec"]["type"] = "LoadBalancer"
            service["status"]["loadBalancer"] = {"ingress": [{"ip": address, "ipMode": "VIP"}]}
        labels |= {MODE: "none"} if class_name in ("agentgateway", "istio-waypoint") else {}
        more: Object = {"labels": labels, "ready": "unready" not in row.words}
        if class_name == "agentgateway":
            more["env"] = variables({"CA_ADDRESS": "https://istiod.istio-system.svc:15012"})
            deployment = render(DEPLOYMENT, image=image, labels=selector, name=proxy, env=more["env"])
            deployment["spec"]["template"]["metadata"]["labels"] |= labels
            self.add("Deployment", namespace, proxy, deployment, selector)
        self.workload(service, [word == "yes" for word in pods.split(",")], image, **more)

    def platform(self) -> None:
        """Namespaces, classes, controllers, gateways and waypoints."""
        for name, row in self.namespaces.items():
            body = {"spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}
            self.add("Namespace", "", name, body, {"kubernetes.io/metadata.name": name, **row.labels})
        for name, (controller, _) in CLASSES.items():
            status = {"conditions": [self.condition("Accepted", "Accepted")]}
            self.add("GatewayClass", "", name, {"spec": {"controllerName": controller}, "status": status})
        for row in rows("controllers", 3):
            namespace, name, image = row.columns
            labels = {"app": name, "app.kubernetes.io/name": name}
            container = "discovery" if name == "istiod" else "controller"
            body = render(DEPLOYMENT, image=image, labels=labels, name=container, env=variables(row.words))
            self.add("Deployment", namespace, name, body, labels)
        for number, row in enumerate(rows("gateways", 6)):
            self.gateway(row, row.columns[2], f"203.0.113.{number + 10}", row.columns[5])
        for row in rows("waypoints", 5):
            namespace, name = row.columns[:2]
            address = "" if "no-address" in row.words else f"{name}.{namespace}.svc.cluster.local"
            self.ready |= {f"{namespace}/{name}"} if address else set()
            self.gateway(row, "istio-waypoint", address, "mesh:15008:HBONE")

    def applications(self) -> None:
        """Services with their pods, and ServiceEntries."""
        for row in rows("services", 4):
            namespace, name, number, pods = row.columns
            target = 8080 if number == "80" else int(number)
            ports = [service_port("tcp" if number == "5432" else "http", int(number), target)]
            labels, external = {"app": name, **row.labels}, row.words.get("external")
            more = {"address": "None"} if "headless" in row.words else {}
            service = self.service(namespace, name, ports, labels, external=external, **more)
            if not external:
                service["status"] |= self.bound(namespace, labels)
                captured = [self.namespaces[namespace].labels.get(MODE) == "ambient"] * int(pods)
                image = f"ghcr.io/example/shop/{name}:1.{int(digest(name)[:2], 16) % 20}.0"
                self.workload(service, captured, image, ready="unready" not in row.words)
        for row in rows("serviceentries", 5):
            namespace, name, host, resolution, endpoint = row.columns
            body = render(SERVICE_ENTRY, endpoint=endpoint, host=host, resolution=resolution)
            body["spec"] |= {"addresses": [row.words["spec"]]} if "spec" in row.words else {}
            body["status"] = self.bound(namespace, row.labels)
            if "auto" in row.words:
                body["status"]["addresses"] = [{"host": host, "value": row.words["auto"]}]
            self.backends.add((namespace, host))
            self.add("ServiceEntry", namespace, name, body, {"app": name, **row.labels})

    def routes(self) -> None:
        """Routes, ReferenceGrants and AuthorizationPolicies."""
        grants = [tuple(row.columns) for row in rows("grants", 2)]
        for row in rows("routes", 4):
            kind, namespace, name, parents = row.columns
            rules: list[Object] = []
            problem = ""
            for path, *words in row.below:
                refs = [backend_ref(word) for word in words]
                match = {"matches": [{"path": {"type": "PathPrefix", "value": path}}]} if path != "-" else {}
                rules.append({"backendRefs": refs, **match})
                for ref in refs:
                    owner = ref.get("namespace", namespace)
                    problem = problem or ("" if (owner, ref["name"]) in self.backends else "BackendNotFound")
                    allowed = owner == namespace or (namespace, owner) in grants
                    problem = problem or ("" if allowed else "RefNotPermitted")
            spec: Object = {"parentRefs": list(map(self.parent_ref, parents.split(","))), "rules": rules}
            spec |= {"hostnames": list(row.words)} if row.words else {}
            gateways = [ref["name"] for ref in spec["parentRefs"] if ref["kind"] == "Gateway"]
            states = [self.route_status(kind, namespace, gateway, problem) for gateway in gateways]
            self.add(
                kind, namespace, name, {"spec": spec, **({"status": {"parents": states}} if states else {})}
            )
        for origin, owner in grants:
            source = {"group": GATEWAY_API, "kind": "HTTPRoute", "namespace": origin}
            grant = {"spec": {"from": [source], "to": [{"group": "", "kind": "Service"}]}}
            self.add("ReferenceGrant", owner, f"routes-of-{origin}", grant)
        for namespace, name in (row.columns for row in rows("policies", 2)):
            rules = [{"to": [{"operation": {"methods": ["GET", "POST"]}}]}]
            target = {"group": "", "kind": "Service", "name": name}
            policy = {"spec": {"action": "ALLOW", "rules": rules, "targetRefs": [target]}}
            self.add("AuthorizationPolicy", namespace, name, policy)

    def parent_ref(self, word: str) -> Object:
        if word.startswith("Service/"):
            return {"group": "", "kind": "Service", "name": word.partition("/")[2]}
        namespace = self.gateways[word]["metadata"]["namespace"]
        return {"group": GATEWAY_API, "kind": "Gateway", "name": word, "namespace": namespace}

    def route_status(self, kind: str, namespace: str, name: str, problem: str) -> Object:
        """What the Gateway's controller says of a route, which it counts at the listener."""
        gateway = self.gateways[name]
        protocol = {"TLSRoute": "TLS", "TCPRoute": "TCP"}.get(kind, "HTTP")
        listeners = gateway["spec"]["listeners"]
        index = [listener["protocol"] for listener in listeners].index(protocol)
        selector = listeners[index]["allowedRoutes"]["namespaces"].get("selector", {"matchLabels": {}})
        admitted = set(selector["matchLabels"]) <= set(self.namespaces[namespace].labels)
        gateway["status"]["listeners"][index]["attachedRoutes"] += admitted
        accepted = ("Accepted",) if admitted else ("NotAllowedByListeners", "", "False")
        resolved = (problem, "", "False") if problem else ("ResolvedRefs",)
        conditions = [self.condition("Accepted", *accepted), self.condition("ResolvedRefs", *resolved)]
        controller = CLASSES[gateway["spec"]["gatewayClassName"]][0]
        return {"conditions": conditions, "controllerName": controller, "parentRef": self.parent_ref(name)}


def variables(env: Labels) -> list[Object]:
    return [{"name": name, "value": value} for name, value in env.items()]


def service_port(name: str, port: int, target: int) -> Object:
    return {"name": name, "port": port, "protocol": "TCP", "targetPort": target}


def backend_ref(word: str) -> Object:
    match = re.fullmatch(r"(?:(\w+)=)?(?:([\w-]+)/)?([\w.-]+):(\d+)(?:\*(\d+))?", word)
    if not match:
        raise ValueError(f"not a backend: {word}")
    kind, namespace, name, port, weight = match.groups()
    ref = {"group": "networking.istio.io" if kind else "", "kind": kind or "Service", "name": name}
    ref |= {"namespace": namespace} if namespace else {}
    return {**ref, "port": int(port), "weight": int(weight or 1)}


class Dumper(yaml.SafeDumper):
    """Writes like kubectl: ambiguous words in double quotes, no aliases."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        return True

    def word(self, text: str) -> yaml.ScalarNode:
        quoted = not text or (re.fullmatch(r"[\w.:+-]+", text) and yaml.safe_load(text) != text)
        return self.represent_scalar("tag:yaml.org,2002:str", text, style='"' if quoted else None)


Dumper.add_representer(str, Dumper.word)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args().check
    shop = Shop()
    for part in (shop.platform, shop.applications, shop.routes):
        part()
    different = False
    for name, objects in shop.files.items():
        text = "---\n".join(yaml.dump(body, Dumper=Dumper, width=10000) for body in objects)
        path = SHOP / f"{name}.yaml"
        if not check:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            print(f"{path.name} is not up to date", file=sys.stderr)
            different = True
    return int(different)


if __name__ == "__main__":
    sys.exit(main())
