"""What istiod makes of generated Gateways and VirtualServices: listeners, virtual hosts, routes in order, clusters.

`observed.json.gz` has the objects of each case, and what istiod sent to a gateway pod for them.
"""

import gzip
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.cluster import Cluster
from core.gates import Verdict
from core.istio_ingress.binding import Front, VirtualServices, fronts
from core.istio_ingress.destinations import backend_ref
from core.istio_ingress.edges import place_of
from core.istio_ingress.merging import Served
from core.istio_ingress.rows import HttpRule, L4Rule
from core.manifests import Document, load
from core.paths import resolve
from core.trace.istio.virtual_hosts import Entry, VirtualHosts, virtual_hosts
from tests.istio_ingress.mesh import gateway_pod

CASES: Sequence[Mapping[str, Any]] = json.loads(
    gzip.decompress((Path(__file__).parent / "observed.json.gz").read_bytes())
)["cases"]
BATCH = 20
CODES = {301: "MOVED_PERMANENTLY", 308: "PERMANENT_REDIRECT"}


def cluster_of(case: Mapping[str, Any]) -> Cluster:
    documents = [
        Document(file="c.yaml", index=number, raw=msgspec.json.encode(one))
        for number, one in enumerate([gateway_pod(), *case["objects"]])
    ]
    return load(documents)[0]


class Sent:
    """What is expected to be sent to the pods of a workload, in the form of the observations."""

    def __init__(self, cluster: Cluster, front: Front) -> None:
        self.cluster = cluster
        self.front = front
        self.routes: dict[str, Any] = {}
        self.chains: list[Any] = []
        for served in front.merged.served:
            if served.server.routes_http:
                self._http(served)
            else:
                self._connections(served)

    def _clusters(self, rule: HttpRule | L4Rule, home: str, port: int) -> list[list[Any]]:
        found = []
        for to in rule.destinations:
            ref = backend_ref(self.cluster, to, home, "infra", port)
            found.append([f"outbound|{ref.port}|{to.subset}|{to.host}", to.weight])
        return [[name, 1] for name, _ in found] if len(found) == 1 else [one for one in found if one[1]]

    def _http(self, served: Served) -> None:
        server, gateway = served.server, served.gateway
        name = f"http.{served.port}"
        names: list[str] = []
        if not server.plain_http:
            name = f"https.{server.number}.{server.port_name}.{gateway.name}.{gateway.namespace}"
            names = sorted({one.rpartition("/")[2] for one in server.hosts})
        if name in self.routes:
            return
        self._chain(served, names, name, [])
        hosts = virtual_hosts(self.front, served)
        named = {
            host: {"tls": 2 * (host in hosts.to_https), "routes": self._entries(hosts, host)}
            for host in (*hosts.entries, *hosts.to_https)
        }
        self.routes[name] = named or {"*": {"tls": 0, "routes": []}}

    def _entries(self, hosts: VirtualHosts, host: str) -> list[Any]:
        return [
            self._entry(entry, match)
            for entry in hosts.entries.get(host, ())
            for match in entry.matches or (None,)
        ]

    def _entry(self, entry: Entry, match: Any) -> Mapping[str, Any]:
        rule = entry.rule
        home = place_of(entry.bound.virtual_service, rule)[0][0]
        headers = 0
        if match is not None:
            singles = (match.method, match.authority, match.scheme)
            headers = (
                len(match.headers) + len(match.without_headers) + sum(one is not None for one in singles)
            )
        answers = rule.redirect is not None or rule.direct_response is not None
        uri = match.uri if match is not None else None
        return {
            "path": f"{uri.type}:{uri.value}" if uri is not None else "prefix:/",
            "headers": headers,
            "query": len(match.params) if match is not None else 0,
            "clusters": [] if answers else self._clusters(rule, home, entry.served.server.number),
            "redirect": CODES[rule.redirect.status] if rule.redirect is not None else "",
            "direct": rule.direct_response.status if rule.direct_response is not None else 0,
        }

    def _connections(self, served: Served) -> None:
        server = served.server
        for bound in self.front.at(served):
            for rule in bound.l4:
                clusters = self._clusters(rule, bound.virtual_service.namespace, server.number)
                if not server.passes_through:
                    own = {one.rpartition("/")[2] for one in server.hosts} if server.tls_mode else ()
                    self._chain(served, sorted(own), "", clusters)
                for match in rule.matches if server.passes_through else ():
                    self._chain(served, sorted(match.sni_hosts), "", clusters)

    def _chain(self, served: Served, names: Sequence[str], route: str, clusters: Sequence[Any]) -> None:
        sni = [] if "*" in names else list(names)
        self.chains.append({"port": served.port, "sni": sni, "rds": route, "clusters": list(clusters)})


def front_of(cluster: Cluster) -> Front:
    """What the pods in infra serve."""
    (found,) = [one for one in fronts(cluster, VirtualServices(cluster)) if one.workload.namespace == "infra"]
    return found


def text(chain: Any) -> str:
    return json.dumps(chain, sort_keys=True)


@pytest.mark.parametrize("start", range(0, len(CASES), BATCH))
def test_listeners_and_routes_are_those_that_istiod_sends(start: int) -> None:
    for case in CASES[start : start + BATCH]:
        cluster = cluster_of(case)
        sent = Sent(cluster, front_of(cluster))
        assert sent.routes == case["routes"]
        assert sorted(map(text, sent.chains)) == sorted(map(text, case["chains"]))


@pytest.mark.parametrize("start", range(0, len(CASES), BATCH))
def test_a_destination_is_invalid_where_istiod_sends_no_cluster(start: int) -> None:
    for case in CASES[start : start + BATCH]:
        cluster = cluster_of(case)
        on_pods = {one.key for one in front_of(cluster).workload.gateways}
        for path in resolve(cluster).paths:
            backend = path.backend
            host = backend.name if backend.kind == "Hostname" else f"{backend.name}.shop.svc.cluster.local"
            name = f"outbound|{backend.port}|{backend.subset}|{host}"
            if path.gateway_key in on_pods:
                assert (path.outcome.verdict is not Verdict.INVALID) is (name in case["clusters"])


def test_the_observations_are_of_every_kind() -> None:
    hosts = [host for case in CASES for route in case["routes"].values() for host in route.values()]
    routes = [route for host in hosts for route in host["routes"]]
    chains = [chain for case in CASES for chain in case["chains"]]
    assert len(CASES) >= 200
    assert sum(len(one["clusters"]) > 1 for one in routes) > 30
    assert sum(one["redirect"] != "" for one in routes) > 20
    assert sum(one["tls"] == 2 for one in hosts) > 3
    assert sum(not one["rds"] and bool(one["sni"]) for one in chains) > 5
    assert sum(not one["rds"] and not one["sni"] for one in chains) > 5
