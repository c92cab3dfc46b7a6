"""What is said of a path: the sentence, the schema waypath/v1, CSV, drawings and stories."""

import csv
import gzip
import io
import json
import random
import re
from collections.abc import Sequence
from pathlib import Path as PathOnDisk
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import labels as names
from core.cluster import Cluster, MissingRight, Unread, replace
from core.explain import Explainer, Sentence, percent, sentence, summary
from core.gates import Verdict
from core.manifests import Document, load
from core.model import BackendRef, Gateway, Object, Problem, Row, ServicePort
from core.paths import Path, Resolution, resolve
from core.render import documents, drawings, sheets, stories
from core.terminal import Painter
from tests.build import (
    INGRESS,
    USE,
    backend,
    cluster,
    controller,
    entry,
    gateway,
    namespace,
    pod,
    route,
    service,
    shop,
    waypoint,
)

BOTH = {**USE, **INGRESS}
CART = service("shop", "cart", "10.96.0.10", labels=BOTH)


class Info(Row):
    kind: str = "file"
    name: str = "cluster.yaml"
    objects: int = 3
    observed: bool = True
    read_at: str = ""
    missing: Sequence[MissingRight] = ()
    unread: Unread = Unread()


def path_of(resolution: Resolution, plane: str, name: str) -> Path:
    return next(one for one in resolution.paths if one.plane == plane and one.backend.name == name)


def told(found: Cluster, plane: str = "kgateway", name: str = "cart") -> tuple[Path, Sentence]:
    resolution = resolve(found)
    path = path_of(resolution, plane, name)
    return path, sentence(resolution, path)


# --- sentences ------------------------------------------------------------------------------------


def test_a_bypass_says_verdict_why_and_what_to_do() -> None:
    path, said = told(shop())
    assert path.outcome.verdict is Verdict.DIRECT
    assert said.text == (
        "Bypasses waypoint shop/waypoint: Service/shop/cart has no istio.io/ingress-use-waypoint label, and "
        "neither has Namespace/shop. To send ingress traffic through the waypoint: "
        "`kubectl label service cart -n shop istio.io/ingress-use-waypoint=true --overwrite`."
    )


@pytest.mark.parametrize(
    ("plane", "how"),
    [
        ("kgateway", "the gateway keeps 10.96.0.10:80, and ztunnel sends that to the waypoint"),
        ("istio", "the gateway sends to the waypoint's own pods"),
        ("agentgateway", "the gateway sends to the waypoint over HBONE"),
    ],
)
def test_a_passed_waypoint_says_how_it_is_met(plane: str, how: str) -> None:
    _, said = told(shop(CART), plane)
    assert (said.headline, said.why, said.remedy) == ("Passes waypoint shop/waypoint", how, "")


def test_without_a_waypoint_in_effect_nothing_is_bypassed() -> None:
    path, said = told(shop(service("shop", "cart", "10.96.0.10")))
    assert path.outcome.verdict is Verdict.DIRECT
    assert said.headline == "Goes directly to the endpoints of Service/shop/cart"
    assert said.why.startswith("no waypoint is in effect for it, since neither Service/shop/cart nor")


def test_a_waypoint_that_is_not_ready_is_not_bypassed_either() -> None:
    found = shop(CART, waypoint("shop", addresses=()))
    path, said = told(found, "istio")
    assert path.outcome.verdict is Verdict.DIRECT
    assert said.headline == "Goes directly to the endpoints of Service/shop/cart"
    assert 'WaypointIsNotReady: waypoint "shop/waypoint" is not ready' in said.why


def test_a_vip_without_a_waypoint() -> None:
    path, said = told(shop(CART, waypoint("shop", addresses=())))
    assert path.outcome.verdict is Verdict.VIP_DIRECT
    assert said.text.startswith("Keeps the service's address, but meets no waypoint: WaypointIsNotReady")
    assert said.remedy


def test_a_black_hole_says_what_clients_get() -> None:
    path, said = told(shop(service("shop", "orders", labels=BOTH)), name="orders")
    assert path.outcome.verdict is Verdict.BLACKHOLE
    assert said.headline == "Black hole, clients get 503"
    assert "kgateway issue 14390" in said.why
    assert said.remedy


def test_a_remedy_warns_of_the_black_hole_behind_it() -> None:
    path, said = told(shop(service("shop", "orders", labels=USE)), name="orders")
    assert path.outcome.decided_by == "ingress-label"
    assert (
        "But that alone would lead to a black hole: kgateway's cluster for Service/shop/orders" in said.remedy
    )


def test_a_remedy_names_the_next_obstacle() -> None:
    found = shop(controller("kgateway", "v2.2.0", {names.KGW_ENABLE_WAYPOINT: "false"}))
    path, said = told(found)
    assert path.outcome.decided_by == "waypoint-plugin"
    assert said.remedy.startswith("To change that: `kubectl set env deployment/kgateway")
    assert (
        "That alone is not enough: Service/shop/cart has no istio.io/ingress-use-waypoint label"
        in said.remedy
    )


def test_no_endpoints_names_what_has_none() -> None:
    _, said = told(shop(without=["Pod/shop/cart-1"]))
    assert said.headline == "No endpoint of Service/shop/cart is ready, clients get 503"
    _, said = told(shop(CART, without=["Pod/shop/waypoint-1"]))
    assert said.headline == "No pod of waypoint shop/waypoint answers, clients get 503"


def test_an_invalid_reference() -> None:
    path, said = told(shop(without=["Service/shop/cart"]))
    assert path.outcome.verdict is Verdict.INVALID
    assert said.text.startswith(
        "Invalid backendRef, clients get 500 for its share of the requests: Service/shop/cart"
    )


def test_pods_that_differ_in_capture_split_a_path() -> None:
    loose = pod("infra", "kgateway-2", "10.244.1.2", {names.GATEWAY_NAME: "kgateway"})
    path, said = told(shop(CART, loose))
    assert path.outcome.verdict is Verdict.SPLIT
    assert said.headline == (
        "Split, 50 % through waypoint shop/waypoint and 50 % past waypoint shop/waypoint to an endpoint"
    )
    assert "is not captured by ztunnel (1 of 2 gateway pods)" in said.why


def test_pods_on_different_nodes_are_told_by_those_that_decide() -> None:
    cart = service("shop", "cart", "10.96.0.10", labels=BOTH, internal_traffic_policy="Local")
    far = pod("infra", "istio-0", "10.244.1.9", {names.GATEWAY_NAME: "istio"}, node="node-0")
    path, said = told(shop(cart, far), "istio")
    assert path.outcome.verdict is Verdict.SPLIT
    assert "50 % can't be delivered (no-endpoints, 503)" in said.headline
    assert said.why.startswith("no healthy pod of the waypoint answers")


def canary() -> Cluster:
    cart = service(
        "shop",
        "cart",
        "10.96.0.10",
        labels={**BOTH, names.CANARY: "next"},
        annotations={names.CANARY_WEIGHT: "20"},
    )
    own = service(
        "shop",
        "next",
        "10.96.0.98",
        selector={names.GATEWAY_NAME: "next"},
        ports=(ServicePort(port=15008, name="mesh"),),
    )
    pods = pod("shop", "next-1", "10.244.0.8", {names.GATEWAY_NAME: "next"})
    return shop(cart, own, pods, waypoint("shop", "next"), istiod="1.31.0")


def test_a_canary_says_its_percentages() -> None:
    path, said = told(canary())
    assert path.outcome.verdict is Verdict.SPLIT
    assert said.headline == "Split, 80 % through waypoint shop/waypoint and 20 % through waypoint shop/next"
    assert (
        said.why == "Service/shop/cart has the canary shop/next beside waypoint shop/waypoint, with weights"
    )


def workload() -> Sequence[Object]:
    labels = {"app": "cart", names.USE_WAYPOINT: "pods"}
    return (
        waypoint("shop", "pods", labels={names.WAYPOINT_FOR: "workload"}),
        service(
            "shop",
            "pods",
            "10.96.0.97",
            selector={names.GATEWAY_NAME: "pods"},
            ports=(ServicePort(port=15008, name="mesh"),),
        ),
        pod("shop", "pods-1", "10.244.0.7", {names.GATEWAY_NAME: "pods"}),
        pod("shop", "cart-1", "10.244.0.10", labels, captured=True),
    )


def test_a_workload_waypoint_bypasses_that_of_the_service() -> None:
    path, said = told(shop(*workload()))
    assert path.outcome.verdict is Verdict.WORKLOAD_WAYPOINT
    assert said.headline == "Bypasses waypoint shop/waypoint and passes workload waypoint shop/pods"
    _, said = told(shop(*workload(), service("shop", "cart", "10.96.0.10")))
    assert said.headline == "Passes workload waypoint shop/pods, so that no policy of the service applies"


def test_a_data_plane_that_is_not_modelled() -> None:
    found = shop(gateway("infra", "other", "envoy"))
    cart = found.services["shop", "cart"]
    other = route("other", [backend(cart)], [found.gateways["infra", "other"]])
    path, said = told(replace(found, routes=(other,)), "unknown")
    assert path.outcome.assumed
    assert said.headline == "Goes directly to the endpoints of Service/shop/cart, as far as known"
    assert said.why.startswith("data plane not modelled")


def test_what_is_assumed_is_named() -> None:
    _, said = told(shop(CART), "kgateway")
    assert said.assumed == ""
    _, said = told(shop(CART, without=["Deployment/istio-system/istiod"]), "istio")
    assert said.assumed == "Assumed, since the source has no Deployment of istiod."
    _, said = told(shop(CART, without=["GatewayClass/istio"]), "istio")
    assert said.assumed == "Assumed, since the source has no GatewayClass/istio."


def test_manifests_alone_are_taken_for_what_they_will_become() -> None:
    found = shop(
        CART,
        waypoint("shop", addresses=None),
        without=["Pod/shop/waypoint-1", "Pod/shop/cart-1", "Service/shop/waypoint"],
    )
    found = replace(found, pods=type(found.pods)(), observed=False)
    path, said = told(found, "istio")
    assert path.outcome.verdict is Verdict.WAYPOINT
    assert path.outcome.assumed
    assert "status of Gateway/shop/waypoint" in said.assumed
    assert "pods of waypoint shop/waypoint" in said.assumed


def test_every_sentence_ends_where_it_should() -> None:
    loose = pod("infra", "kgateway-2", "10.244.1.2", {names.GATEWAY_NAME: "kgateway"})
    for found in (
        shop(),
        shop(CART, loose),
        canary(),
        shop(*workload()),
        shop(without=["Service/shop/cart"]),
    ):
        resolution = resolve(found)
        for path in resolution.paths:
            said = sentence(resolution, path)
            assert said.headline[0].isupper()
            assert not said.headline.endswith(".")
            assert not said.why.endswith(".")
            for text in (said.remedy, said.assumed, said.text):
                assert not text or re.search(r"[.…]$", text), text
                assert ".." not in text


# --- summary --------------------------------------------------------------------------------------


def test_the_summary_counts() -> None:
    found = shop()
    one = route("one", [backend(CART)], [found.gateways["infra", "kgateway"]])
    two = route("two", [backend(found.services["shop", "orders"])], [found.gateways["infra", "kgateway"]])

    def said(*routes: Any, **changes: Any) -> str:
        return summary(resolve(replace(found, routes=routes, **changes)))

    assert said(one) == "1 of 1 ingress path bypasses the waypoint of its service."
    assert said(one, replace(one, name="again")) == (
        "2 of 2 ingress paths bypass the waypoint of their service."
    )
    assert said(two) == "None of 1 ingress path bypasses the waypoint of its service."
    assert said().startswith("No ingress paths")


def test_the_summary_tells_failures_unmet_waypoints_and_assumptions() -> None:
    holes = shop(service("shop", "orders", labels=BOTH), CART, waypoint("shop", addresses=()))
    said = summary(resolve(holes))
    assert "can't deliver (" in said
    assert "1 blackhole" in said
    assert "meet no waypoint, though their services name one" in said
    assert re.search(r"; \d+ verdicts are assumed\.$", said)


@pytest.mark.parametrize(
    ("share", "text"), [(1.0, "100 %"), (0.8, "80 %"), (1 / 3, "33.33 %"), (0.005, "0.5 %"), (0.07, "7 %")]
)
def test_percent(share: float, text: str) -> None:
    assert percent(share) == text


# --- waypath/v1 -----------------------------------------------------------------------------------

PATH_KEYS = [
    "id",
    "gateway",
    "listener",
    "route",
    "backend",
    "verdict",
    "decidedBy",
    "upstream",
    "waypoint",
    "shares",
    "endpoints",
    "assumed",
    "steps",
]


def document(found: Cluster, problems: Sequence[Problem] = ()) -> dict[str, Any]:
    text = documents.dumps(documents.resolve_document(Explainer(resolve(found)), Info(), problems))
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def one_path(found: Cluster, plane: str = "kgateway", name: str = "cart") -> dict[str, Any]:
    return next(
        path
        for path in document(found)["paths"]
        if path["gateway"]["dataPlane"] == plane and path["backend"]["name"] == name
    )


def test_the_schema_is_that_of_the_contract() -> None:
    problem = Problem(severity="warning", where="cart.yaml#3 Service/shop/cart", message="m")
    found = document(shop(CART), [problem])
    assert list(found) == ["schema", "source", "profiles", "paths", "problems"]
    assert found["schema"] == "waypath/v1"
    assert found["source"] == {"kind": "file", "name": "cluster.yaml", "objects": 3, "observed": True}
    assert found["problems"] == [
        {"severity": "warning", "where": "cart.yaml#3 Service/shop/cart", "message": "m"}
    ]
    assert found["profiles"]["kgateway"] == {
        "version": "2.2",
        "from": "Deployment/kgateway-system/kgateway image tag",
        "assumed": False,
    }
    path = one_path(shop(CART))
    assert list(path) == PATH_KEYS
    assert path["gateway"] == {
        "namespace": "infra",
        "name": "kgateway",
        "class": "kgateway",
        "dataPlane": "kgateway",
    }
    assert path["listener"] == "http"
    assert path["route"] == {"kind": "HTTPRoute", "namespace": "shop", "name": "shop", "rule": 0}
    assert path["backend"] == {
        "kind": "Service",
        "namespace": "shop",
        "name": "cart",
        "port": 80,
        "weight": 1,
    }
    assert (path["verdict"], path["decidedBy"], path["assumed"]) == ("waypoint", None, False)
    assert path["upstream"] == {"discovery": "STATIC", "addresses": ["10.96.0.10:80"]}
    assert path["waypoint"] == {"namespace": "shop", "name": "waypoint"}
    assert path["shares"] == []
    assert path["endpoints"] == ["10.244.0.10:8080"]


def test_steps_carry_reason_evidence_remedy_and_edits() -> None:
    steps = one_path(shop())["steps"]
    assert all(list(step) == ["gate", "result", "because", "remedy", "evidence", "edits"] for step in steps)
    assert {step["result"] for step in steps} <= {"pass", "fail", "unknown", "not-applicable"}
    label = next(step for step in steps if step["gate"] == "ingress-label")
    assert label["result"] == "fail"
    assert label["evidence"][0] == {
        "object": "Service/shop/cart",
        "field": "metadata.labels[istio.io/ingress-use-waypoint]",
        "value": None,
    }
    assert label["edits"] == [
        {"label": "service/shop/cart", "set": {"istio.io/ingress-use-waypoint": "true"}}
    ]
    assert steps.index(label) < len(steps) - 1


def test_what_has_no_cluster_has_no_discovery() -> None:
    path = one_path(shop(without=["Service/shop/cart"]))
    assert path["upstream"] == {"discovery": None, "addresses": []}
    assert path["waypoint"] is None


def test_a_reference_by_another_name_says_its_target() -> None:
    found = shop()
    host = BackendRef(
        group="networking.istio.io", kind="Hostname", namespace="shop", name="bank.example.com", port=80
    )
    by_host = route("hosts", [host], [found.gateways["infra", "istio"]])
    path = one_path(replace(found, routes=(by_host,)), "istio", "bank.example.com")
    assert path["backend"]["target"] == "ServiceEntry/shop/bank"
    assert "target" not in one_path(found)["backend"]


def test_shares_say_their_upstream_only_where_it_is_another() -> None:
    shares = one_path(canary(), "kgateway")["shares"]
    assert shares == [
        {"share": 0.8, "verdict": "waypoint", "waypoint": {"namespace": "shop", "name": "waypoint"}},
        {"share": 0.2, "verdict": "waypoint", "waypoint": {"namespace": "shop", "name": "next"}},
    ]
    loose = pod("infra", "kgateway-2", "10.244.1.2", {names.GATEWAY_NAME: "kgateway"})
    shares = one_path(shop(CART, loose))["shares"]
    assert [share["verdict"] for share in shares] == ["waypoint", "direct"]
    assert shares[1]["upstream"] == {"discovery": "EDS", "addresses": ["10.244.0.10:8080"]}


def test_profiles_are_those_in_use_or_named() -> None:
    found = shop(without=["Gateway/infra/agentgateway"])
    assert set(document(found)["profiles"]) == {"kgateway", "istio"}
    named = shop(controller("agentgateway", "v1.2.0"), without=["Gateway/infra/agentgateway"])
    assert set(document(named)["profiles"]) == {"kgateway", "istio", "agentgateway"}


def test_the_order_of_a_source_changes_no_byte() -> None:
    rows: list[Object] = [
        namespace("shop"),
        namespace("infra"),
        *(gateway("infra", name, "istio") for name in "abc"),
        *(service("shop", name, f"10.96.0.{ord(name)}", labels=BOTH) for name in "xyz"),
        *(pod("shop", f"{name}-1", f"10.244.0.{ord(name)}", {"app": name}) for name in "xyz"),
        waypoint("shop"),
        controller("istiod", "1.30.0"),
    ]
    gateways = [row for row in rows if isinstance(row, Gateway) and row.class_name == "istio"]
    rows += [
        route(name, [backend(service("shop", name, f"10.96.0.{ord(name)}"))], gateways) for name in "xyz"
    ]

    def text() -> str:
        return documents.dumps(documents.resolve_document(Explainer(resolve(cluster(*rows))), Info()))

    first = text()
    assert len(json.loads(first)["paths"]) == 9
    for seed in range(5):
        random.Random(seed).shuffle(rows)
        assert text() == first


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(codec=None)),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_json_is_printable_ascii_and_reads_back(value: Any) -> None:
    text = documents.dumps(value)
    assert text.isascii()
    assert text.endswith("\n")
    assert text.replace("\n", "").isprintable()
    assert json.loads(text) == value


# --- CSV ------------------------------------------------------------------------------------------


def rows_of(found: Cluster) -> list[dict[str, str]]:
    explainer = Explainer(resolve(found))
    text = sheets.resolve_csv(explainer, explainer.resolution.paths)
    return list(csv.DictReader(io.StringIO(text)))


def test_csv_has_a_row_a_path() -> None:
    rows = rows_of(canary())
    row = next(
        one for one in rows if one["dataPlane"] == "kgateway" and one["backend"] == "Service/shop/cart"
    )
    assert row["shares"] == "0.8:shop/waypoint 0.2:shop/next"
    assert row["verdict"] == "split"
    assert row["bypasses"] == ""
    assert row["headline"].startswith("Split, 80 %")
    assert next(one for one in rows_of(shop()))["bypasses"] == "shop/waypoint"
    assert len(rows) == len(resolve(canary()).paths)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0"])
def test_csv_holds_no_formula(text: str) -> None:
    assert sheets.safe_cell(text) == f"'{text}"


@given(st.text(st.characters(codec=None)))
def test_csv_cells_are_harmless(text: str) -> None:
    cell = sheets.safe_cell(text)
    assert cell.isprintable()
    assert not cell.startswith(("=", "+", "-", "@"))


# --- drawings -------------------------------------------------------------------------------------

HOSTILE = [
    'a"] ; evil [label="b',
    "a\\",
    'a\\" b',
    "end",
    "x\ny",
    "<script>alert(1)</script>",
    "]:::x",
    '"]; click n0 href "javascript:alert(1)"',
    "%%{init: {}}%%",
    "`**b**`",
    "#quot;",
    "a\u202eb",
]
DOT_LINE = re.compile(
    r'digraph waypath \{|  (rankdir=LR|(node|edge) \[fontname="sans-serif"\]);'
    r"|  subgraph cluster_\d+ \{|  \}|\}"
    r'|    label="(\\.|[^"\\])*";'
    r'|    n\d+ \[label="(\\.|[^"\\])*", shape=[a-z]+\];'
    r'|  n\d+ -> n\d+( \[(label="(\\.|[^"\\])*", )?color="#\w+", fontcolor="#\w+", style=[a-z]+\])?;'
)
TEXT = r'"([\w /:.()-]|#\d+;)*"'
MERMAID_LINE = re.compile(
    rf"flowchart LR|  subgraph s\d+\[{TEXT}\]|  end"
    rf"|    n\d+(\[/{TEXT}\\\]|\[{TEXT}\]|\{{\{{{TEXT}\}}\}}|\(\[{TEXT}\]\))"
    rf"|  n\d+ -->(\|{TEXT}\|)? n\d+"
    r"|  linkStyle \d+ stroke:#\w+,stroke-width:2px(,stroke-dasharray:[\d ]+)?"
)


def hostile(name: str) -> Sequence[Path]:
    found = shop(*workload(), CART, service("shop", "orders", labels=BOTH))
    evil = gateway(name, name, "kgateway")
    bad = service(name, name, "10.96.9.9", labels={names.USE_WAYPOINT: name, **INGRESS})
    routes = (*found.routes, route(name, [backend(bad)], [evil]))
    gateways = {**found.gateways, evil.key: evil}
    return resolve(replace(found, gateways=type(found.gateways)(gateways), routes=routes)).paths


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_breaks_out_of_dot(name: str) -> None:
    text = drawings.dot(hostile(name))
    assert [line for line in text.splitlines() if not DOT_LINE.fullmatch(line)] == []


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_breaks_out_of_mermaid(name: str) -> None:
    text = drawings.mermaid(hostile(name))
    assert [line for line in text.splitlines() if not MERMAID_LINE.fullmatch(line)] == []


def test_drawings_box_namespaces_and_label_verdicts() -> None:
    paths = resolve(canary()).paths
    text = drawings.dot(paths)
    assert text.count("subgraph cluster_") == 3
    assert 'label="namespace shop"' in text
    assert 'label="80 % waypoint"' in text
    flow = drawings.mermaid(paths)
    assert flow.count("subgraph s") == 3
    assert '-->|"80 #37; waypoint"|' in flow
    assert drawings.dot(()) == drawings.dot([])


def test_verdicts_look_different() -> None:
    delivered = [
        Verdict.WAYPOINT,
        Verdict.WORKLOAD_WAYPOINT,
        Verdict.DIRECT,
        Verdict.VIP_DIRECT,
        Verdict.BLACKHOLE,
    ]
    assert len({drawings.LINES[verdict].colour for verdict in delivered}) == len(delivered)
    assert set(drawings.LINES) == set(Verdict)


# --- stories --------------------------------------------------------------------------------------


def story(found: Cluster, *, width: int | None = None, colour: bool = False) -> str:
    explainer = Explainer(resolve(found))
    path = path_of(explainer.resolution, "kgateway", "cart")
    return stories.story(explainer, [path], width=width, paint=Painter(on=colour))


def test_a_story_tells_all_gates_with_what_was_read() -> None:
    text = story(shop())
    assert text.startswith(
        "Gateway/infra/kgateway listener http -> HTTPRoute/shop/shop rule 0 -> Service/shop/cart:80\n"
    )
    assert "  Bypasses waypoint shop/waypoint: Service/shop/cart has no" in text
    assert "  verdict direct, decided by ingress-label\n" in text
    assert "  gateway holds EDS: 10.244.0.10:8080\n" in text
    assert re.search(r"^  FAIL  ingress-label +Service/shop/cart has no", text, re.MULTILINE)
    assert re.search(r"^ +Service/shop/cart metadata.labels\[\S+] = \(not set\)$", text, re.MULTILINE)
    resolution = resolve(shop())
    for gate in resolution.gates(path_of(resolution, "kgateway", "cart")):
        assert f"  {gate.id} " in text


def test_a_story_fits_a_terminal_and_breaks_no_command() -> None:
    text = story(shop(), width=80)
    long = [line for line in text.splitlines() if len(line) > 80]
    assert all("`" in line or " = " in line or "path id" in line for line in long)
    assert "`kubectl label service cart -n shop istio.io/ingress-use-waypoint=true --overwrite`" in text


def test_colours_change_no_word() -> None:
    painted = story(shop(), colour=True)
    assert "\x1b[" in painted
    assert re.sub(r"\x1b\[[\d;]*m", "", painted) == story(shop())


def test_a_story_shows_no_control_character() -> None:
    found = shop(
        service("shop", "cart", "10.96.0.10", labels={**USE, names.INGRESS_USE_WAYPOINT: "\x1b[2Jtrue\u202e"})
    )
    text = story(found)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\\x1b[2Jtrue\\u202e" in text


def test_entries_have_sentences_too() -> None:
    _, said = told(shop(entry("shop", "bank", "240.0.0.1", labels=BOTH)), "istio", "bank")
    assert said.headline == "Passes waypoint shop/waypoint"


# --- everything at once ---------------------------------------------------------------------------

VECTORS = PathOnDisk(__file__).parent / "vectors"


@pytest.mark.parametrize("file", sorted(VECTORS.glob("*.json.gz")), ids=lambda file: file.name)
def test_real_clusters_are_told_in_every_form(file: PathOnDisk) -> None:
    content = json.loads(gzip.decompress(file.read_bytes()))
    found, _ = load([Document(file=file.name, index=1, raw=json.dumps(content["input"]).encode())])
    explainer = Explainer(resolve(found))
    paths = explainer.resolution.paths
    assert paths
    for path in paths:
        said = explainer.sentence(path)
        verdict = path.outcome.verdict
        assert said.why or verdict is Verdict.WAYPOINT, path.id
        assert said.headline.startswith("Bypasses") <= (explainer.bypassed(path) is not None)
        assert bool(said.assumed) == path.outcome.assumed, path.id
        assert path.outcome.decided_by in {None, *(step.gate for step in explainer.steps(path))}
        if verdict in {Verdict.DIRECT, Verdict.BLACKHOLE, Verdict.NO_ENDPOINTS, Verdict.INVALID}:
            decisive = [one for one in explainer.passages(path) if one.step.gate == path.outcome.decided_by]
            assert [(one.taken, one.step.finding.stops) for one in decisive] in ([(True, True)], [])
    assert len(list(csv.DictReader(io.StringIO(sheets.resolve_csv(explainer, paths))))) == len(paths)
    assert [line for line in drawings.dot(paths).splitlines() if not DOT_LINE.fullmatch(line)] == []
    assert [line for line in drawings.mermaid(paths).splitlines() if not MERMAID_LINE.fullmatch(line)] == []
    assert stories.story(explainer, paths, width=100).isascii()
