"""Whether ztunnel intercepts a pod: what is written on it, else what its labels lead to expect."""

from typing import Any

import pytest

from core import labels as names
from core.capture import Capture, pod_capture
from core.cluster import Cluster, replace
from core.edits import LabelEdit
from core.gates import Verdict
from core.model import Namespace, Pod
from core.paths import resolve
from core.situation import gateway_variations
from core.whatif import apply
from tests import build
from tests.looking import path_of

AMBIENT = {names.DATAPLANE_MODE: "ambient"}
GATEWAY = {names.GATEWAY_NAME: "kgateway"}


def pod(labels: dict[str, str] | None = None, **more: Any) -> Pod:
    return build.pod("shop", "cart-1", "10.244.0.10", labels or {}, **more)


def captured(row: Pod, namespace: Namespace | None = None) -> Capture:
    return pod_capture(build.cluster(row, *([namespace] if namespace else [])), row)


# --- observed ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("labels", "annotations", "expected"),
    [
        ({}, {names.REDIRECTION: "enabled"}, True),
        ({names.REDIRECTION: "enabled"}, {}, True),
        ({names.REDIRECTION: "enabled"}, {names.REDIRECTION: "disabled"}, False),
        ({}, {names.REDIRECTION: "disabled"}, False),
        ({}, {names.REDIRECTION: "Enabled"}, False),
        ({}, {names.REDIRECTION: "true"}, False),
        ({}, {}, False),
        # What labels ask for does not count against what is.
        (AMBIENT, {}, False),
        ({names.DATAPLANE_MODE: "none"}, {names.REDIRECTION: "enabled"}, True),
    ],
)
def test_observed(labels: dict[str, str], annotations: dict[str, str], expected: bool) -> None:
    found = captured(pod(labels, annotations=annotations), build.namespace("shop", AMBIENT))
    assert (found.captured, found.observed, found.known) == (expected, True, True)
    assert found.because == f"Pod/shop/cart-1 is {'' if expected else 'not '}captured by ztunnel"
    assert names.REDIRECTION in found.evidence[0].field


@pytest.mark.parametrize("ready", [True, False])
def test_readiness_is_no_matter(ready: bool) -> None:
    assert captured(pod(captured=True, ready=ready)).captured


def test_a_namespace_is_not_needed_for_what_is_observed() -> None:
    assert captured(pod()).known


# --- predicted -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("labels", "more", "namespace", "expected", "said"),
    [
        ({}, {}, AMBIENT, True, "Namespace/shop has istio.io/dataplane-mode=ambient"),
        ({}, {}, {}, False, "Namespace/shop does not have istio.io/dataplane-mode=ambient"),
        ({}, {}, {names.DATAPLANE_MODE: "none"}, False, "does not have"),
        ({}, {}, {names.DATAPLANE_MODE: "Ambient"}, False, "does not have"),
        (AMBIENT, {}, {}, True, "Pod/shop/cart-1 has istio.io/dataplane-mode=ambient"),
        (AMBIENT, {}, {names.DATAPLANE_MODE: "none"}, True, "Pod/shop/cart-1 has"),
        (
            {names.DATAPLANE_MODE: "none"},
            {},
            AMBIENT,
            False,
            "Pod/shop/cart-1 has istio.io/dataplane-mode=none",
        ),
        ({names.DATAPLANE_MODE: "other"}, {}, AMBIENT, True, "Namespace/shop has"),
        (AMBIENT, {"host_network": True}, AMBIENT, False, "uses the host network"),
        (AMBIENT, {"annotations": {names.SIDECAR_STATUS: "{}"}}, AMBIENT, False, "has a sidecar"),
        ({}, {"annotations": {names.REDIRECTION: "enabled"}}, {}, True, "will be captured"),
    ],
)
def test_predicted(
    labels: dict[str, str], more: dict[str, Any], namespace: dict[str, str], expected: bool, said: str
) -> None:
    found = captured(pod(labels, ready=None, **more), build.namespace("shop", namespace))
    assert (found.captured, found.observed, found.known) == (expected, False, True)
    assert said in found.because
    assert found.evidence


def test_without_the_namespace_it_is_not_known() -> None:
    found = captured(pod(ready=None))
    assert (found.captured, found.known) == (False, False)
    assert "Namespace/shop" in found.because


@pytest.mark.parametrize("labels", [AMBIENT, {names.DATAPLANE_MODE: "none"}])
def test_what_the_pod_says_itself_is_known_without_the_namespace(labels: dict[str, str]) -> None:
    assert captured(pod(labels, ready=None)).known


# --- after a scenario ----------------------------------------------------------------------------------------------


def after(row: Pod, namespace: dict[str, str], *edits: LabelEdit) -> Capture:
    cluster = apply(build.cluster(row, build.namespace("shop", namespace)), edits).cluster
    return pod_capture(cluster, cluster.pods[row.key])


def on_namespace(mode: str | None) -> LabelEdit:
    """The edit that gives namespace shop this mode, or takes it away."""
    values = {} if mode is None else {names.DATAPLANE_MODE: mode}
    unset = (names.DATAPLANE_MODE,) if mode is None else ()
    return LabelEdit(kind="namespace", namespace="", name="shop", set=values, unset=unset)


def test_a_changed_label_makes_a_prediction_of_what_was_observed() -> None:
    found = after(pod(), {}, on_namespace("ambient"))
    assert (found.captured, found.observed) == (True, False)
    found = after(pod(captured=True), AMBIENT, on_namespace(None))
    assert (found.captured, found.observed) == (False, False)


def test_a_changed_label_does_not_capture_what_never_is() -> None:
    assert not after(pod(host_network=True), {}, on_namespace("ambient")).captured
    sidecar = pod(annotations={names.SIDECAR_STATUS: "{}"})
    assert not after(sidecar, {}, on_namespace("ambient")).captured


def test_a_change_that_is_taken_back_leaves_what_was_observed() -> None:
    found = after(pod(), {}, on_namespace("ambient"), on_namespace(None))
    assert (found.captured, found.observed) == (False, True)


def test_another_label_leaves_what_was_observed() -> None:
    edit = LabelEdit(kind="namespace", namespace="", name="shop", set={"team": "a"})
    found = after(pod(captured=True), {}, edit)
    assert (found.captured, found.observed) == (True, True)


def test_a_label_of_the_pod_itself() -> None:
    edit = LabelEdit(kind="pod", namespace="shop", name="cart-1", set={names.DATAPLANE_MODE: "ambient"})
    assert after(pod(), {}, edit).captured


# --- the pods of a gateway -----------------------------------------------------------------------------------------


def gateway_pod(number: int, *, captured: bool = False, **more: Any) -> Pod:
    return build.pod("infra", f"kgateway-{number}", f"10.244.1.{number}", GATEWAY, captured=captured, **more)


OWN = build.gateway("infra", "kgateway", "kgateway")


def variations(
    *rows: Any, by_node: bool = False, gateway: Any = OWN
) -> list[tuple[bool, list[str], int, int]]:
    cluster: Cluster = build.cluster(gateway, *rows)
    return [
        (one.capture.captured, sorted(one.nodes), one.count, one.of)
        for one in gateway_variations(cluster, gateway, by_node=by_node)
    ]


def test_pods_that_are_alike_are_one_variation() -> None:
    rows = [gateway_pod(1, captured=True), gateway_pod(2, captured=True, node="node-b")]
    assert variations(*rows) == [(True, ["node-a", "node-b"], 2, 2)]


def test_pods_that_differ_are_two_the_captured_first() -> None:
    rows = [gateway_pod(1), gateway_pod(2, captured=True), gateway_pod(3)]
    assert variations(*rows) == [(True, ["node-a"], 1, 3), (False, ["node-a"], 2, 3)]


def test_pods_are_told_apart_by_node_where_that_matters() -> None:
    rows = [gateway_pod(1), gateway_pod(2, node="node-b"), gateway_pod(3, captured=True), gateway_pod(4)]
    assert variations(*rows, by_node=True) == [
        (True, ["node-a"], 1, 4),
        (False, ["node-a"], 2, 4),
        (False, ["node-b"], 1, 4),
    ]


def test_pods_that_are_not_ready_count_only_where_none_is() -> None:
    rows = [gateway_pod(1, captured=True), gateway_pod(2, ready=False), gateway_pod(3, finished=True)]
    assert variations(*rows) == [(True, ["node-a"], 1, 1)]
    assert variations(*rows[1:]) == [(False, ["node-a"], 1, 1)]


def test_pods_of_other_gateways_do_not_count() -> None:
    other = build.pod("shop", "kgateway-9", "10.244.1.9", GATEWAY, captured=True)
    assert variations(other, gateway_pod(1)) == [(False, ["node-a"], 1, 1)]


@pytest.mark.parametrize(
    ("gateway", "rows", "expected"),
    [
        (OWN, (build.namespace("infra", AMBIENT),), True),
        (OWN, (build.namespace("infra"),), False),
        (replace(OWN, pod_labels=AMBIENT), (build.namespace("infra"),), True),
        (
            replace(OWN, pod_labels={names.DATAPLANE_MODE: "none"}),
            (build.namespace("infra", AMBIENT),),
            False,
        ),
        (replace(OWN, pod_annotations={names.REDIRECTION: "enabled"}), (), True),
        (
            replace(OWN, pod_annotations={names.SIDECAR_STATUS: "{}"}),
            (build.namespace("infra", AMBIENT),),
            False,
        ),
        # The gateway's Deployment says more than the Gateway.
        (
            OWN,
            (build.namespace("infra"), build.workload("infra", "kgateway", {**GATEWAY, **AMBIENT})),
            True,
        ),
        (
            OWN,
            (
                build.namespace("infra", AMBIENT),
                build.workload("infra", "kgateway", GATEWAY, host_network=True),
            ),
            False,
        ),
        (
            OWN,
            (
                build.namespace("infra", AMBIENT),
                build.workload("shop", "kgateway", GATEWAY, host_network=True),
            ),
            True,
        ),
    ],
)
def test_without_pods_capture_is_predicted(gateway: Any, rows: tuple[Any, ...], expected: bool) -> None:
    found = gateway_variations(build.cluster(gateway, *rows), gateway, by_node=False)
    assert [(one.capture.captured, one.capture.observed, one.count, one.of) for one in found] == [
        (expected, False, 1, 1)
    ]


def test_a_scenario_that_captures_the_gateway_changes_its_paths() -> None:
    cluster = build.world(gateway_pod(1))
    assert path_of(resolve(cluster), "kgateway").outcome.verdict is Verdict.DIRECT
    edit = LabelEdit(kind="namespace", namespace="", name="infra", set=AMBIENT)
    outcome = path_of(resolve(apply(cluster, [edit]).cluster), "kgateway").outcome
    assert (outcome.verdict, outcome.assumed) == (Verdict.WAYPOINT, True)
