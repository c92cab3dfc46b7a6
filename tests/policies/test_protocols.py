"""The filter chains of a port, by what tells its protocol."""

import json

import pytest

from core.manifests import Document, load
from core.model import ServicePort
from core.policies.protocols import Chain, chain_of
from tests import build


@pytest.mark.parametrize(
    ("name", "app_protocol", "chain"),
    [
        ("http", None, Chain.HTTP),
        ("web", None, Chain.SNIFFED),
        ("tcp-db", None, Chain.TCP),
        ("tcp", "http", Chain.HTTP),
        ("http", "tcp", Chain.TCP),
        ("http", "redis-cluster", Chain.TCP),
        ("tcp", "GRPC-Web", Chain.HTTP),
        ("tcp", "grpc-web-text", Chain.HTTP),
        ("tcp", "kubernetes.io/h2c", Chain.HTTP),
        ("tcp", "kubernetes.io/ws", Chain.HTTP),
        ("http", "kubernetes.io/wss", Chain.TCP),
        ("http", "kubernetes.io/H2C", Chain.SNIFFED),
        ("http", "example.com/proprietary", Chain.SNIFFED),
        ("http", "", Chain.SNIFFED),
        ("http", "udp", Chain.NONE),
    ],
)
def test_app_protocol_comes_before_the_name(name: str, app_protocol: str | None, chain: Chain) -> None:
    port = ServicePort(port=80, name=name, app_protocol=app_protocol)
    assert chain_of(build.service("n", "s", ports=(port,)), port) is chain


def test_what_is_udp_is_udp() -> None:
    port = ServicePort(port=80, name="http", protocol="UDP", app_protocol="http")
    assert chain_of(build.service("n", "s", ports=(port,)), port) is Chain.NONE


def test_a_port_that_is_never_sniffed() -> None:
    for app_protocol in (None, "example.com/x"):
        port = ServicePort(port=3306, name="db", app_protocol=app_protocol)
        assert chain_of(build.service("n", "s", ports=(port,)), port) is Chain.TCP


def test_it_is_read() -> None:
    ports = [{"port": 80, "name": "tcp", "appProtocol": "http"}, {"port": 81, "name": "tcp2"}]
    thing = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "s", "namespace": "n"},
        "spec": {"ports": ports},
    }
    cluster, problems = load([Document(file="x", index=1, raw=json.dumps(thing).encode())])
    assert problems == []
    assert [one.app_protocol for one in cluster.services[("n", "s")].ports] == ["http", None]


def test_conditions_are_read_of_the_waypoint_only() -> None:
    told = {"type": "istio.io/WaypointBound", "status": "True", "reason": "WaypointAccepted", "message": "m"}
    other = {"type": "Ready", "status": "True"}
    kinds = (("v1", "Service"), ("networking.istio.io/v1", "ServiceEntry"))
    for version, kind in kinds:
        thing = {
            "apiVersion": version,
            "kind": kind,
            "metadata": {"name": "s", "namespace": "n"},
            "spec": {},
            "status": {"conditions": [other, told]},
        }
        cluster, problems = load([Document(file="x", index=1, raw=json.dumps(thing).encode())])
        assert problems == []
        row = (cluster.services if kind == "Service" else cluster.service_entries)[("n", "s")]
        assert [(one.type, one.message) for one in row.conditions] == [("istio.io/WaypointBound", "m")]
