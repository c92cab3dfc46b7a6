"""From policies as they are written to rows."""

from typing import Any

import pytest

from core.policies.reading import written
from core.policies.reading.mesh import mesh_settings
from core.policy_model import AuthorizationRule, MeshSettings, TargetRef, TrafficMatch
from tests.policies.written import policy, read


def test_targets_and_selectors() -> None:
    refs = [
        {"kind": "Service", "name": "a", "group": "core"},
        {"kind": "Gateway", "name": "b", "group": "g", "namespace": "n"},
    ]
    one = read([policy("AuthorizationPolicy", "n1/p", {"targetRefs": refs})]).authorization_policies[0]
    assert one.target_refs == (
        TargetRef(group="", kind="Service", name="a"),
        TargetRef(group="g", kind="Gateway", name="b", namespace="n"),
    )
    assert one.selector is None
    cases: Any = (({"selector": {}}, {}), ({"selector": {"matchLabels": {"a": "b"}}}, {"a": "b"}))
    for spec, selector in cases:
        assert read([policy("Telemetry", "n1/p", spec)]).telemetries[0].selector == selector


@pytest.mark.parametrize(
    ("rule", "l7", "enforceable"),
    [
        ({}, (), True),
        (None, (), True),
        ({"to": [{"operation": {"ports": ["80"]}}]}, (), True),
        ({"to": [{"operation": {"methods": ["GET"], "ports": ["80"]}}]}, ("methods",), True),
        ({"to": [{"operation": {"methods": ["GET"]}}, {"operation": {"ports": ["80"]}}]}, ("methods",), True),
        (
            {"to": [{"operation": {"paths": ["/"]}}], "from": [{"source": {"namespaces": ["x"]}}]},
            ("paths",),
            False,
        ),
        (
            {"from": [{"source": {"requestPrincipals": ["*"], "principals": ["a"]}}]},
            ("requestPrincipals",),
            True,
        ),
        ({"when": [{"key": "source.ip", "values": ["1.1.1.1"]}]}, (), True),
        ({"when": [{"key": "request.headers[a]", "values": ["b"]}]}, ("request.headers[a]",), False),
        ({"to": [{"operation": {"methods": []}}]}, (), False),
    ],
)
def test_rules_are_reduced_to_their_l7_parts(rule: object, l7: tuple[str, ...], enforceable: bool) -> None:
    one = read([policy("AuthorizationPolicy", "n1/p", {"rules": [rule]})]).authorization_policies[0]
    assert one.rules == (AuthorizationRule(l7=l7, enforceable=enforceable),)
    assert (one.action, one.dry_run) == ("ALLOW", False)


def test_ports_of_peer_authentications_and_matches_of_plugins() -> None:
    spec = {"mtls": {"mode": "STRICT"}, "portLevelMtls": {"80": {"mode": "DISABLE"}, "81": {}}}
    peer = read([policy("PeerAuthentication", "n1/p", spec)]).peer_authentications[0]
    assert (peer.mode, peer.port_modes) == ("STRICT", {80: "DISABLE", 81: "UNSET"})
    match = [{"mode": "CLIENT", "ports": [{"number": 80}]}, {}]
    plugin = read([policy("WasmPlugin", "n1/p", {"match": match, "type": "NETWORK"})]).wasm_plugins[0]
    assert plugin.match == (TrafficMatch(mode="CLIENT", ports=(80,)), TrafficMatch())
    assert plugin.type == "NETWORK"


def test_virtual_services_keep_what_can_match_in_the_mesh() -> None:
    http = [
        {"match": [{"gateways": ["n1/gw"]}], "timeout": "1s"},
        {"match": [{"port": 80}, {"port": 81, "gateways": ["mesh"]}], "timeout": "2s"},
    ]
    one = read([policy("VirtualService", "n1/v", {"http": http})]).virtual_services[0]
    assert (len(one.rules), one.ports) == (1, (80, 81))
    one = read([policy("VirtualService", "n1/v", {"http": [*http, {"timeout": "1s"}]})]).virtual_services[0]
    assert (len(one.rules), one.ports) == (2, ())


def test_an_envoy_filters_selector_without_labels_is_none() -> None:
    cases: Any = ({}, {"labels": {}})
    for selector in cases:
        assert (
            read([policy("EnvoyFilter", "n1/p", {"workloadSelector": selector})]).envoy_filters[0].selector
            is None
        )
    labelled = policy("EnvoyFilter", "n1/p", {"workloadSelector": {"labels": {"a": "b"}}})
    assert read([labelled]).envoy_filters[0].selector == {"a": "b"}


def test_settings_of_mesh_config() -> None:
    assert mesh_settings(written.MeshConfig()) == MeshSettings(
        root_namespace="istio-system", providers=frozenset()
    )
    full = written.MeshConfig(
        root_namespace="root",
        default_virtual_service_export_to=["."],
        default_destination_rule_export_to=["*"],
        extension_providers=[written.Provider(name="oauth")],
    )
    assert mesh_settings(full) == MeshSettings(
        root_namespace="root",
        virtual_service_export_to=(".",),
        destination_rule_export_to=("*",),
        providers=frozenset({"oauth"}),
    )
