"""Which waypoint an object is bound to: istiod's refusals in its own words, and its canaries."""

from collections.abc import Mapping
from typing import Any

import pytest

from core import labels as names
from core.attachment import (
    Admissions,
    Attachment,
    Reason,
    Weighted,
    ambient_addresses,
    attach_service,
    attach_workload,
    reference,
    takes_any_port,
    waypoint_address,
)
from core.cluster import Cluster, MeshConfig, VisibilityPolicy, replace
from core.model import (
    Address,
    AllowedRoutes,
    Gateway,
    LabelSelector,
    Listener,
    Object,
    Service,
    ServiceEntry,
)
from core.versions import Version, parse_version
from tests import build


def version(text: str) -> Version:
    found = parse_version(text)
    assert found is not None
    return found


def use(name: str, namespace: str | None = None) -> dict[str, str]:
    there = {} if namespace is None else {names.USE_WAYPOINT_NAMESPACE: namespace}
    return {names.USE_WAYPOINT: name, **there}


def cart(labels: Mapping[str, str] | None = None, **more: Any) -> Service:
    return build.service("shop", "cart", "10.96.0.10", labels=build.USE if labels is None else labels, **more)


def bind(
    *rows: Object, row: Service | ServiceEntry | None = None, istiod: str = "1.30.3", **more: Any
) -> Attachment:
    """How `row` (the cart by default) is bound among `rows`."""
    row = cart() if row is None else row
    cluster = build.cluster(row, *rows, **more)
    return attach_service(Admissions(cluster, version(istiod)), row)


SHOP = build.namespace("shop")


# --- the reference -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "inherited", "expected"),
    [
        ({}, {}, None),
        (use("own"), {}, ("shop", "own")),
        (use("own"), use("other"), ("shop", "own")),
        ({}, use("other"), ("shop", "other")),
        (use("own", "infra"), {}, ("infra", "own")),
        ({}, use("other", "infra"), ("infra", "other")),
        (use("own", ""), {}, ("", "own")),
        (use(""), use("other"), ("shop", "")),
        (use("none"), use("other"), None),
        ({}, use("none"), None),
        # The namespace of the waypoint is read on the object that carries the name, and nowhere else.
        (use("own"), {names.USE_WAYPOINT_NAMESPACE: "infra"}, ("shop", "own")),
        ({names.USE_WAYPOINT_NAMESPACE: "infra"}, use("other"), ("shop", "other")),
        ({names.USE_WAYPOINT_NAMESPACE: "infra"}, {}, None),
    ],
)
def test_reference(own: dict[str, str], inherited: dict[str, str], expected: tuple[str, str] | None) -> None:
    row = cart(own)
    found = reference(build.cluster(row, build.namespace("shop", inherited)), row)
    assert (None if found.name is None else found.key) == expected
    assert found.inherited is (expected is not None and names.USE_WAYPOINT not in own)


def test_a_reference_names_who_carries_it() -> None:
    row = cart({})
    found = reference(build.cluster(row, build.namespace("shop", use("other", "infra"))), row)
    assert found.carrier == "Namespace/shop"
    assert [(one.object, one.field, one.value) for one in found.evidence] == [
        ("Service/shop/cart", "metadata.labels[istio.io/use-waypoint]", None),
        ("Namespace/shop", "metadata.labels[istio.io/use-waypoint]", "other"),
        ("Namespace/shop", "metadata.labels[istio.io/use-waypoint-namespace]", "infra"),
    ]


def test_without_the_namespace_it_is_not_known_whether_one_is_inherited() -> None:
    row = cart({})
    found = reference(build.cluster(row), row)
    assert (found.name, found.namespace_unknown, found.opted_out) == (None, True, False)
    assert not reference(build.cluster(cart()), cart()).namespace_unknown


# --- refusals ------------------------------------------------------------------------------------------------------


def hbone(origin: str = "Same", selector: LabelSelector | None = None, **more: Any) -> Listener:
    settings = {"name": "mesh", "port": 15008, "protocol": "HBONE", **more}
    return Listener(**settings, allowed=AllowedRoutes(origin=origin, selector=selector))


def shared(*listeners: Listener, **more: Any) -> Gateway:
    """A waypoint in namespace infra."""
    return build.waypoint("infra", listeners=listeners or (hbone(),), **more)


TO_SHARED = cart(use("waypoint", "infra"))
DENIED = 'we are not permitted to attach to waypoint "infra/waypoint" (missing allowedRoutes?)'
NOT_READY = 'waypoint "shop/waypoint" is not ready'
TYPE = 'attempting to bind to traffic type "service" which the waypoint "shop/waypoint" does not support'


@pytest.mark.parametrize(
    ("rows", "reason", "message"),
    [
        ((), Reason.NOT_READY, NOT_READY),
        ((build.waypoint("shop", addresses=()),), Reason.NOT_READY, NOT_READY),
        ((build.waypoint("infra"),), Reason.NOT_READY, NOT_READY),
        ((build.waypoint("shop", labels={names.WAYPOINT_FOR: "workload"}),), Reason.TRAFFIC_TYPE, TYPE),
        ((build.waypoint("shop", labels={names.WAYPOINT_FOR: "none"}),), Reason.TRAFFIC_TYPE, TYPE),
        ((build.waypoint("shop", labels={names.WAYPOINT_FOR: ""}),), Reason.TRAFFIC_TYPE, TYPE),
        ((build.waypoint("shop", labels={names.WAYPOINT_FOR: "Service"}),), Reason.TRAFFIC_TYPE, TYPE),
        ((build.waypoint("shop", labels={names.WAYPOINT_FOR: "service"}),), Reason.ACCEPTED, ""),
        ((build.waypoint("shop", labels={names.WAYPOINT_FOR: "all"}),), Reason.ACCEPTED, ""),
    ],
)
def test_refusals(rows: tuple[Object, ...], reason: Reason, message: str) -> None:
    found = bind(SHOP, *rows)
    accepted = "Successfully attached to waypoint shop/waypoint"
    assert (found.reason, found.message) == (reason, message or accepted)
    assert found.in_effect is (not message)
    assert found.waypoints == (() if message else (Weighted(waypoint=("shop", "waypoint"), weight=100),))
    assert not found.assumed


def test_an_empty_name_is_never_ready() -> None:
    found = bind(SHOP, row=cart(use("")))
    assert (found.reason, found.message) == (Reason.NOT_READY, 'waypoint "shop/" is not ready')


@pytest.mark.parametrize("class_name", ["istio", "kgateway", "anything"])
def test_the_class_is_not_looked_at(class_name: str) -> None:
    waypoint = replace(build.waypoint("shop"), class_name=class_name)
    assert bind(SHOP, waypoint).in_effect


def test_a_manifest_without_status_is_taken_for_ready() -> None:
    found = bind(SHOP, build.waypoint("shop", addresses=None))
    assert (found.in_effect, found.assumed) == (True, True)


@pytest.mark.parametrize(
    ("own", "of_class", "accepted"),
    [
        (None, None, True),
        (None, "workload", False),
        (None, "all", True),
        ("service", "workload", True),
        ("workload", "service", False),
    ],
)
def test_traffic_type_of_the_gateway_else_of_its_class(
    own: str | None, of_class: str | None, accepted: bool
) -> None:
    def label(value: str | None) -> dict[str, str]:
        return {} if value is None else {names.WAYPOINT_FOR: value}

    classed = replace(build.CLASSES[3], labels=label(of_class))
    assert bind(SHOP, classed, build.waypoint("shop", labels=label(own))).in_effect is accepted


# --- admission -----------------------------------------------------------------------------------------------------

TEAM = LabelSelector(match_labels={"team": "a"})
NAME_IN = LabelSelector(expressions=(("kubernetes.io/metadata.name", "In", ("shop",)),))


@pytest.mark.parametrize(
    ("listener", "labels", "accepted"),
    [
        (hbone("Same"), {}, False),
        (hbone("All"), {}, True),
        (hbone("None"), {}, False),
        (hbone("nonsense"), {}, False),
        (hbone("Selector", TEAM), {"team": "a"}, True),
        (hbone("Selector", TEAM), {"team": "b"}, False),
        (hbone("Selector", TEAM), {}, False),
        (hbone("Selector"), {}, False),
        (hbone("Selector", LabelSelector()), {}, True),
        (hbone("Selector", NAME_IN), {}, True),
        (hbone("All", port=15009), {}, False),
        (hbone("All", protocol="HTTP"), {}, False),
    ],
)
def test_admission_of_another_namespace(listener: Listener, labels: dict[str, str], accepted: bool) -> None:
    found = bind(build.namespace("shop", labels), shared(listener), row=TO_SHARED)
    assert found.in_effect is accepted
    if not accepted:
        assert (found.reason, found.message) == (Reason.DENIED, DENIED)
    assert not found.assumed


@pytest.mark.parametrize("listener", [hbone("Same"), hbone("None"), hbone("All"), hbone("All", port=1)])
def test_the_own_namespace_is_admitted(listener: Listener) -> None:
    assert bind(SHOP, build.waypoint("shop", listeners=(listener,))).in_effect


def test_a_selector_may_leave_out_the_own_namespace() -> None:
    waypoint = build.waypoint("shop", listeners=(hbone("Selector", TEAM),))
    assert bind(SHOP, waypoint).reason is Reason.DENIED


def test_labels_of_a_namespace_that_is_not_in_the_source_make_the_answer_assumed() -> None:
    found = bind(shared(hbone("Selector", TEAM)), row=TO_SHARED)
    assert (found.reason, found.assumed) == (Reason.DENIED, True)
    assert bind(shared(hbone("All")), row=TO_SHARED).assumed is False


def test_the_first_hbone_listener_counts() -> None:
    assert bind(SHOP, shared(hbone("All"), hbone("Same")), row=TO_SHARED).in_effect
    assert not bind(SHOP, shared(hbone("Same"), hbone("All")), row=TO_SHARED).in_effect


def test_readiness_comes_before_admission_and_that_before_the_traffic_type() -> None:
    workloads = {names.WAYPOINT_FOR: "workload"}
    assert bind(SHOP, shared(addresses=(), labels=workloads), row=TO_SHARED).reason is Reason.NOT_READY
    assert bind(SHOP, shared(labels=workloads), row=TO_SHARED).reason is Reason.DENIED
    admitting = shared(hbone("All"), labels=workloads)
    assert bind(SHOP, admitting, row=TO_SHARED).reason is Reason.TRAFFIC_TYPE


PROXY = hbone("All", name="proxy", port=15088, protocol="istio.io/PROXY")
PLAIN = hbone("All", name="plain", port=8080, protocol="HTTP")


@pytest.mark.parametrize(
    ("binding", "listeners", "accepted"),
    [
        (None, (hbone("Same"), PROXY), False),
        ("PROXY/15088", (hbone("Same"), PROXY), True),
        ("NONE/8080", (hbone("Same"), PLAIN), True),
        ("PROXY", (hbone("Same"), PROXY), True),
        ("PROXY", (hbone("Same"), PLAIN), False),
        ("NONE", (hbone("Same"), PROXY), False),
        ("PROXY/1", (hbone("All"), PROXY), True),
        ("PROXY/1", (hbone("Same"), PROXY), False),
        ("PROXY/x", (hbone("Same"), PROXY), True),
        ("PROXY/15088/x", (hbone("Same"), PROXY), False),
        ("proxy/15088", (hbone("Same"), PROXY), False),
    ],
)
def test_inbound_binding_picks_the_listener_that_admits(
    binding: str | None, listeners: tuple[Listener, ...], accepted: bool
) -> None:
    annotations = {} if binding is None else {names.INBOUND_BINDING: binding}
    rows = (SHOP, shared(*listeners, annotations=annotations))
    assert bind(*rows, row=TO_SHARED, istiod="1.26.0").in_effect is accepted
    before = bind(*rows, row=TO_SHARED, istiod="1.25.9")
    assert before.in_effect is (listeners[0].allowed.origin == "All")


def test_inbound_binding_of_the_gateway_else_of_its_class() -> None:
    classed = replace(build.CLASSES[3], annotations={names.INBOUND_BINDING: "PROXY/15088"})
    rows = (SHOP, classed, shared(hbone("Same"), PROXY))
    assert bind(*rows, row=TO_SHARED).in_effect
    own = shared(hbone("Same"), PROXY, annotations={names.INBOUND_BINDING: "NONE"})
    assert not bind(SHOP, classed, own, row=TO_SHARED).in_effect


@pytest.mark.parametrize(
    ("binding", "classes", "istiod", "expected"),
    [
        ("PROXY/15088", True, "1.26.0", True),
        ("NONE/8080", False, "1.26.0", True),
        ("PROXY/15088", True, "1.25.9", False),
        ("PROXY", True, "1.26.0", False),
        ("nonsense/1", True, "1.26.0", False),
        ("nonsense/1", False, "1.26.0", False),
        (None, True, "1.26.0", False),
        (None, False, "1.26.0", None),
    ],
)
def test_pods_that_are_reached_without_port_15008(
    binding: str | None, classes: bool, istiod: str, expected: bool | None
) -> None:
    waypoint = shared(annotations={} if binding is None else {names.INBOUND_BINDING: binding})
    cluster = build.cluster(waypoint, *(build.CLASSES if classes else ()))
    assert takes_any_port(cluster, waypoint, version(istiod)) is expected


# --- what is never bound -------------------------------------------------------------------------------------------

BANK = build.entry("shop", "bank", "240.0.0.1", labels=build.USE)
MESH = {names.MANAGED_BY: names.MANAGED_WAYPOINT, **build.USE}
EAST_WEST = {names.MANAGED_BY: names.MANAGED_EAST_WEST, **build.USE}


@pytest.mark.parametrize(
    ("row", "istiod", "bound"),
    [
        (cart(MESH), "1.24.0", False),
        (replace(BANK, labels=MESH), "1.24.0", False),
        (cart(EAST_WEST), "1.26.9", True),
        (cart(EAST_WEST), "1.27.0", False),
        (replace(BANK, labels=EAST_WEST), "1.27.0", False),
        (cart({names.MANAGED_BY: "istio.io-gateway-controller", **build.USE}), "1.31.0", True),
        (cart(type="ExternalName", external_name="example.com", cluster_ips=()), "1.30.3", False),
        (BANK, "1.29.4", True),
        (replace(BANK, addresses=("240.0.0.1/32", "2001:db8::1/128")), "1.29.4", True),
        (replace(BANK, addresses=("198.51.100.0/28",)), "1.29.4", False),
        (replace(BANK, addresses=("240.0.0.1", "198.51.100.0/28")), "1.29.4", False),
        (replace(BANK, addresses=("240.0.0.1", "198.51.100.0/28")), "1.30.0", True),
    ],
)
def test_what_is_never_bound(row: Service | ServiceEntry, istiod: str, bound: bool) -> None:
    found = bind(SHOP, build.waypoint("shop"), row=row, istiod=istiod)
    assert found.reason is (Reason.ACCEPTED if bound else Reason.NEVER_BOUND)
    if not bound:
        assert str(row.ref) in found.message
        assert found.waypoints == ()


@pytest.mark.parametrize(
    ("entry", "istiod", "known"),
    [
        ({"addresses": ("240.0.0.1/32", "2001:db8::1")}, "1.24.0", ["240.0.0.1", "2001:db8::1"]),
        ({"addresses": ("240.0.0.1", "198.51.100.0/28")}, "1.29.9", []),
        ({"addresses": ("240.0.0.1", "198.51.100.0/28")}, "1.30.0", ["240.0.0.1", "198.51.100.0/28"]),
        ({"auto_addresses": (("bank.example.com", "240.240.0.1"),)}, "1.30.0", ["240.240.0.1"]),
        ({"auto_addresses": (("other.example.com", "240.240.0.1"),)}, "1.30.0", []),
        ({"auto_addresses": (("bank.example.com", "240.240.0.1"),), "resolution": "NONE"}, "1.30.0", []),
        (
            {"addresses": ("240.0.0.1",), "auto_addresses": (("bank.example.com", "240.240.0.1"),)},
            "1.30.0",
            ["240.0.0.1"],
        ),
        ({}, "1.30.0", []),
    ],
)
def test_addresses_known_to_ztunnel(entry: dict[str, Any], istiod: str, known: list[str]) -> None:
    row = build.entry("shop", "bank", **{"resolution": "STATIC", **entry})
    assert list(ambient_addresses(row, version(istiod))) == known


@pytest.mark.parametrize(
    ("row", "namespace", "reason", "message"),
    [
        (cart({}), SHOP, Reason.NOT_REQUESTED, "neither Service/shop/cart nor Namespace/shop"),
        (cart(use("none")), SHOP, Reason.OPTED_OUT, "Service/shop/cart opts out"),
        (
            cart({}),
            build.namespace("shop", use("none")),
            Reason.OPTED_OUT,
            "Namespace/shop opts out with istio.io/use-waypoint=none",
        ),
    ],
)
def test_what_asks_for_none(row: Service, namespace: Object, reason: Reason, message: str) -> None:
    found = bind(namespace, build.waypoint("shop"), row=row)
    assert found.reason is reason
    assert message in found.message
    assert not found.assumed


def test_what_may_ask_for_one_by_a_namespace_that_is_not_in_the_source() -> None:
    found = bind(build.waypoint("shop"), row=cart({}))
    assert (found.reason, found.assumed) == (Reason.NOT_REQUESTED, True)
    assert "Namespace/shop, which could carry one, is not in the source" in found.message


# --- visibility ----------------------------------------------------------------------------------------------------

ABROAD = replace(BANK, labels=use("waypoint", "infra"))
FORBIDDEN = (
    'cannot bind to waypoint "infra/waypoint" in another namespace: cross-namespace waypoint binding is not '
    "permitted for a ServiceEntry with NAMESPACE visibility"
)
PRIVATE = MeshConfig(visibility="NAMESPACE")
PRIVATE_TEAM = MeshConfig(visibility_policies=(VisibilityPolicy(visibility="NAMESPACE", selectors=(TEAM,)),))
TEAM_IS_PUBLIC = MeshConfig(
    visibility="NAMESPACE", visibility_policies=(VisibilityPolicy(visibility="PUBLIC", selectors=(TEAM,)),)
)
OF_TEAM = build.namespace("shop", {"team": "a"})


@pytest.mark.parametrize(
    ("mesh", "namespace", "istiod", "bound"),
    [
        (MeshConfig(), SHOP, "1.31.0", True),
        (PRIVATE, SHOP, "1.30.3", True),
        (PRIVATE, SHOP, "1.31.0", False),
        (PRIVATE_TEAM, SHOP, "1.31.0", True),
        (PRIVATE_TEAM, OF_TEAM, "1.31.0", False),
        (TEAM_IS_PUBLIC, SHOP, "1.31.0", False),
        (TEAM_IS_PUBLIC, OF_TEAM, "1.31.0", True),
    ],
)
def test_a_service_entry_of_namespace_visibility_stays_at_home(
    mesh: MeshConfig, namespace: Object, istiod: str, bound: bool
) -> None:
    found = bind(namespace, shared(hbone("All")), row=ABROAD, istiod=istiod, mesh=mesh)
    assert found.in_effect is bound
    if not bound:
        assert (found.reason, found.message) == (Reason.CROSS_NAMESPACE, FORBIDDEN)


def test_visibility_is_no_matter_at_home_nor_of_a_service() -> None:
    assert bind(SHOP, build.waypoint("shop"), row=BANK, istiod="1.31.0", mesh=PRIVATE).in_effect
    assert bind(SHOP, shared(hbone("All")), row=TO_SHARED, istiod="1.31.0", mesh=PRIVATE).in_effect


# --- workloads -----------------------------------------------------------------------------------------------------


def bind_pod(labels: dict[str, str], *rows: Object) -> Attachment:
    pod = build.pod("shop", "cart-1", "10.244.0.10", labels)
    return attach_workload(Admissions(build.cluster(pod, *rows), version("1.30.3")), pod)


@pytest.mark.parametrize(
    ("offered", "accepted"),
    [("workload", True), ("all", True), ("service", False), (None, False), ("", False)],
)
def test_a_pod_needs_a_waypoint_for_workloads(offered: str | None, accepted: bool) -> None:
    labels = {} if offered is None else {names.WAYPOINT_FOR: offered}
    found = bind_pod(dict(build.USE), SHOP, build.waypoint("shop", labels=labels))
    assert found.in_effect is accepted
    if not accepted:
        assert found.message == (
            'attempting to bind to traffic type "workload" which the waypoint "shop/waypoint" does not support'
        )


FOR_ALL = build.waypoint("shop", labels={names.WAYPOINT_FOR: "all"})
FOR_SHOP = build.namespace("shop", build.USE)


def test_a_pod_inherits_from_its_namespace() -> None:
    assert bind_pod({}, FOR_SHOP, FOR_ALL).in_effect
    assert bind_pod(use("none"), FOR_SHOP, FOR_ALL).reason is Reason.OPTED_OUT


def test_an_own_label_does_not_fall_back_to_the_namespaces() -> None:
    assert bind_pod(use("nothing"), FOR_SHOP, FOR_ALL).reason is Reason.NOT_READY


def test_a_pod_of_a_waypoint_is_bound_to_none() -> None:
    own = {names.GATEWAY_NAME: "waypoint"}
    assert bind_pod(own, FOR_SHOP, FOR_ALL).reason is Reason.NEVER_BOUND
    # A Gateway without an address is no waypoint yet, so its pods are like others.
    starting = build.waypoint("shop", "other", addresses=())
    assert bind_pod({names.GATEWAY_NAME: "other"}, FOR_SHOP, FOR_ALL, starting).in_effect


# --- canaries ------------------------------------------------------------------------------------------------------

CANARY = {names.CANARY: "canary"}
WEIGHT = {names.CANARY_WEIGHT: "20"}
BOTH = (build.waypoint("shop"), build.waypoint("shop", "canary"))
PRIMARY_ONLY = [(("shop", "waypoint"), 100)]


def split(weight: int, canary: tuple[str, str] = ("shop", "canary")) -> list[tuple[tuple[str, str], int]]:
    return [(("shop", "waypoint"), 100 - weight), (canary, weight)]


def weights(found: Attachment) -> list[tuple[tuple[str, str], int]]:
    return [(one.waypoint, one.weight) for one in found.waypoints]


def namespace(labels: dict[str, str], annotations: dict[str, str] | None = None) -> Object:
    return replace(build.namespace("shop", labels), annotations=annotations or {})


def bind_canary(
    row: Service | ServiceEntry, *rows: Object, istiod: str = "1.31.0", **more: Any
) -> Attachment:
    return bind(*(rows or (SHOP,)), *BOTH, row=row, istiod=istiod, **more)


@pytest.mark.parametrize("istiod", ["1.31.0-rc.0", "1.31.0", "1.32.0"])
def test_a_canary_takes_its_weight(istiod: str) -> None:
    row = cart({**build.USE, **CANARY}, annotations=WEIGHT)
    found = bind_canary(row, istiod=istiod)
    assert weights(found) == split(20)
    assert (found.in_effect, found.canary_note) == (True, "")
    assert ("Service/shop/cart", f"metadata.annotations[{names.CANARY_WEIGHT}]", "20") in [
        (one.object, one.field, one.value) for one in found.evidence
    ]


def test_before_1_31_a_canary_is_not_known() -> None:
    row = cart({**build.USE, **CANARY}, annotations=WEIGHT)
    assert weights(bind_canary(row, istiod="1.30.9")) == PRIMARY_ONLY


@pytest.mark.parametrize(
    ("text", "weight"), [("0", 0), ("100", 100), ("+20", 20), ("007", 7), ("-0", 0), (None, 0)]
)
def test_weights(text: str | None, weight: int) -> None:
    annotations = {} if text is None else {names.CANARY_WEIGHT: text}
    assert weights(bind_canary(cart({**build.USE, **CANARY}, annotations=annotations))) == split(weight)


@pytest.mark.parametrize("text", ["", "101", "-1", "20%", "1.5", " 20", "٢٠", "99999999999999999999"])
def test_invalid_weights(text: str) -> None:
    found = bind_canary(cart({**build.USE, **CANARY}, annotations={names.CANARY_WEIGHT: text}))
    assert weights(found) == PRIMARY_ONLY
    assert found.canary_note == (
        'canary waypoint "shop/canary" has an invalid weight; must be an integer in [0,100]'
    )


@pytest.mark.parametrize("name", ["", "none"])
def test_what_asks_for_no_canary(name: str) -> None:
    found = bind_canary(cart({**build.USE, names.CANARY: name}, annotations=WEIGHT))
    assert (weights(found), found.canary_note) == (PRIMARY_ONLY, "")


def test_the_same_waypoint_twice() -> None:
    found = bind_canary(cart({**build.USE, names.CANARY: "waypoint"}, annotations={names.CANARY_WEIGHT: "x"}))
    assert weights(found) == PRIMARY_ONLY
    assert found.canary_note == 'canary waypoint "shop/waypoint" must differ from the primary waypoint'


def test_a_canary_in_another_namespace_must_admit() -> None:
    labels = {**build.USE, names.CANARY: "waypoint", names.CANARY_NAMESPACE: "infra"}
    row = cart(labels, annotations=WEIGHT)
    assert weights(bind_canary(row, SHOP, shared(hbone("All")))) == split(20, ("infra", "waypoint"))
    refused = bind_canary(row, SHOP, shared(hbone("Same")))
    assert (weights(refused), refused.canary_note) == (PRIMARY_ONLY, DENIED)


@pytest.mark.parametrize(
    ("canary", "note"),
    [
        (build.waypoint("shop", "canary", addresses=()), 'waypoint "shop/canary" is not ready'),
        (
            build.waypoint("shop", "canary", {names.WAYPOINT_FOR: "workload"}),
            'attempting to bind to traffic type "service" which the waypoint "shop/canary" does not support',
        ),
    ],
)
def test_a_canary_that_is_not_in_effect(canary: Gateway, note: str) -> None:
    row = cart({**build.USE, **CANARY}, annotations=WEIGHT)
    found = bind(SHOP, build.waypoint("shop"), canary, row=row, istiod="1.31.0")
    assert (found.in_effect, weights(found), found.canary_note) == (True, PRIMARY_ONLY, note)


def test_a_primary_that_is_not_in_effect_has_no_canary() -> None:
    row = cart({**use("nothing"), **CANARY}, annotations={names.CANARY_WEIGHT: "100"})
    found = bind_canary(row)
    assert (found.reason, weights(found)) == (Reason.NOT_READY, [])


def test_a_canary_whose_readiness_is_assumed() -> None:
    row = cart({**build.USE, **CANARY}, annotations=WEIGHT)
    manifest = build.waypoint("shop", "canary", addresses=None)
    assert bind(SHOP, build.waypoint("shop"), manifest, row=row, istiod="1.31.0").assumed


INHERITED = {**build.USE, **CANARY}


@pytest.mark.parametrize(
    ("row", "of_namespace", "expected"),
    [
        (cart({}), namespace(INHERITED, WEIGHT), split(20)),
        (cart({}), namespace(INHERITED), split(0)),
        # The service's own weight wins over the namespace's.
        (cart({}, annotations={names.CANARY_WEIGHT: "70"}), namespace(INHERITED, WEIGHT), split(70)),
        (cart({}, annotations={names.CANARY_WEIGHT: "70"}), namespace(INHERITED), split(70)),
        # With a primary of its own a service inherits neither the canary nor the weight.
        (cart(), namespace(INHERITED, WEIGHT), PRIMARY_ONLY),
        (cart(INHERITED), namespace(INHERITED, WEIGHT), split(0)),
        # A canary of its own beside an inherited primary.
        (cart(CANARY), namespace(build.USE, WEIGHT), split(20)),
        (cart({names.CANARY: "none"}), namespace(INHERITED, WEIGHT), PRIMARY_ONLY),
    ],
)
def test_inheritance_of_canaries(
    row: Service, of_namespace: Object, expected: list[tuple[tuple[str, str], int]]
) -> None:
    assert weights(bind_canary(row, of_namespace)) == expected


def test_the_namespace_of_a_canary_is_read_on_its_carrier() -> None:
    labels = {**build.USE, names.CANARY: "waypoint", names.CANARY_NAMESPACE: "infra"}
    found = bind_canary(cart({}), namespace(labels, WEIGHT), shared(hbone("All")))
    assert weights(found) == split(20, ("infra", "waypoint"))
    own = bind_canary(cart({names.CANARY: "canary"}), namespace(labels, WEIGHT), shared(hbone("All")))
    assert weights(own) == split(20)


def test_a_service_entry_may_have_a_canary() -> None:
    row = replace(BANK, labels={**build.USE, **CANARY}, annotations=WEIGHT)
    assert weights(bind_canary(row)) == split(20)


# --- addresses of a waypoint ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        ([("IPAddress", "10.0.0.1"), ("Hostname", "a.b.svc")], "a.b.svc"),
        ([("Hostname", "a.b.svc"), ("Hostname", "c.d.svc")], "a.b.svc"),
        ([("Named", "x"), ("IPAddress", "10.0.0.1"), ("IPAddress", "10.0.0.2")], "10.0.0.1"),
        ([("Named", "x")], None),
        ([], None),
    ],
)
def test_address_of_a_waypoint(addresses: list[tuple[str, str]], expected: str | None) -> None:
    waypoint = shared(addresses=[Address(type=kind, value=value) for kind, value in addresses])
    found = waypoint_address(waypoint)
    assert (found and found.value) == expected


def test_an_answer_is_worked_out_once_for_a_namespace() -> None:
    cluster: Cluster = build.cluster(SHOP, build.waypoint("shop"), cart())
    admissions = Admissions(cluster, version("1.30.3"))
    first = admissions.of("shop", ("shop", "waypoint"), "service")
    assert admissions.of("shop", ("shop", "waypoint"), "service") is first
