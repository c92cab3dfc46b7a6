"""From a toggle to the edits of a scenario, and back."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import labels as names
from core.cluster import Cluster, Services, Table
from core.controllers import Controller
from core.edits import EnvEdit, LabelEdit, VersionEdit
from core.model import Namespace, ObjectRef, Service
from core.versions import Version
from core.whatif import apply
from dashboard import edits
from dashboard.edits import Edits

CART = ObjectRef(kind="Service", namespace="shop", name="cart")
SHOP = ObjectRef(kind="Namespace", namespace="", name="shop")
LABEL = names.INGRESS_USE_WAYPOINT


def cluster(**labels: str) -> Cluster:
    named = {key.replace("__", "/").replace("_", "-"): value for key, value in labels.items()}
    return Cluster(
        namespaces=Table.of([Namespace(namespace="", name="shop")]),
        services=Services.of([Service(namespace="shop", name="cart", labels={**named})]),
        controllers={
            "kgateway": Controller(
                name="kgateway",
                version=Version(major=2, minor=3),
                deployment=ObjectRef(kind="Deployment", namespace="kgw", name="kgateway"),
                values={names.KGW_ENABLE_WAYPOINT: ("true", "Deployment/kgw/kgateway env")},
            )
        },
    )


def labelled(values: dict[str, str | None], of: Cluster, before: Edits = ()) -> Edits:
    return edits.set_labels(of, before, [CART], values)


def test_a_label_becomes_one_edit() -> None:
    assert labelled({LABEL: "true"}, cluster()) == (
        LabelEdit(kind="service", namespace="shop", name="cart", set={LABEL: "true"}),
    )


def test_the_next_click_replaces_the_one_before() -> None:
    found = labelled({LABEL: "false"}, cluster(), labelled({LABEL: "true"}, cluster()))
    assert found == (LabelEdit(kind="service", namespace="shop", name="cart", set={LABEL: "false"}),)


def test_what_the_source_says_needs_no_edit() -> None:
    read = Cluster(
        services=Services.of([Service(namespace="shop", name="cart", labels={LABEL: "true"})]),
    )
    assert labelled({LABEL: "true"}, read) == ()
    off = labelled({LABEL: None}, read)
    assert off == (LabelEdit(kind="service", namespace="shop", name="cart", unset=(LABEL,)),)
    assert labelled({LABEL: "true"}, read, off) == ()


def test_labels_of_a_loaded_edit_that_are_not_clicked_stay() -> None:
    loaded = (
        LabelEdit(kind="service", namespace="shop", name="cart", set={LABEL: "true", "team": "a"}),
        LabelEdit(kind="service", namespace="shop", name="other", set={LABEL: "true"}),
    )
    found = labelled({LABEL: None}, cluster(), loaded)
    assert found == (
        LabelEdit(kind="service", namespace="shop", name="cart", set={"team": "a"}),
        LabelEdit(kind="service", namespace="shop", name="other", set={LABEL: "true"}),
    )


def test_many_at_once_are_an_edit_each() -> None:
    found = edits.set_labels(cluster(), (), [CART, SHOP], {LABEL: "true"})
    assert [edits.chip(one).subject for one in found] == ["Service/shop/cart", "Namespace/shop"]


def test_a_flag_is_on_off_or_as_it_was_read() -> None:
    at = cluster()
    off = edits.set_variable(at, (), "kgateway", names.KGW_ENABLE_WAYPOINT, "false")
    assert off == (EnvEdit(controller="kgateway", set={names.KGW_ENABLE_WAYPOINT: "false"}),)
    assert edits.variable_in(off, "kgateway", names.KGW_ENABLE_WAYPOINT) == "false"
    assert edits.set_variable(at, off, "kgateway", names.KGW_ENABLE_WAYPOINT, "true") == ()
    assert edits.set_variable(at, off, "kgateway", names.KGW_ENABLE_WAYPOINT, None) == ()


def test_a_flag_that_is_not_set_may_be_set_to_its_default() -> None:
    on = edits.set_variable(cluster(), (), "kgateway", names.KGW_INGRESS_USE_WAYPOINTS, "true")
    assert len(on) == 1


def test_a_version_is_chosen_or_as_it_was_read() -> None:
    at = cluster()
    old = edits.set_version(at, (), "kgateway", "2.0")
    assert old == (VersionEdit(controller="kgateway", version="2.0"),)
    assert edits.version_in(old, "kgateway") == "2.0"
    assert edits.set_version(at, old, "kgateway", "2.3") == ()
    assert edits.set_version(at, old, "kgateway", None) == ()


@pytest.mark.parametrize(
    ("edit", "text"),
    [
        (
            LabelEdit(kind="namespace", namespace="", name="shop", set={"a": ""}, unset=("b",)),
            'Namespace/shop: a = "", b unset',
        ),
        (EnvEdit(controller="istiod", unset=("A",), reset=("B",)), "istiod: A unset, B as read"),
        (VersionEdit(controller="istio", version="1.30"), "istio: version 1.30"),
        (VersionEdit(controller="istio", version=None), "istio: version as read"),
    ],
)
def test_a_chip_says_what_changes(edit: Any, text: str) -> None:
    assert edits.chip(edit).text == text


def test_removing_a_chip_leaves_the_others() -> None:
    found = edits.set_labels(cluster(), (), [CART, SHOP], {LABEL: "true"})
    assert edits.remove(found, 0) == found[1:]


values = st.sampled_from([None, "true", "false", "True"])
clicks = st.lists(st.tuples(st.sampled_from([CART, SHOP]), values), max_size=12)


@given(clicks)
def test_after_any_clicks_each_object_has_what_was_clicked_last(
    done: list[tuple[ObjectRef, str | None]],
) -> None:
    at = cluster()
    found: Edits = ()
    for ref, value in done:
        found = edits.set_labels(at, found, [ref], {LABEL: value})
    after = apply(at, found).cluster
    for ref in (CART, SHOP):
        wanted = next((value for one, value in reversed(done) if one == ref), None)
        row = after.services[("shop", "cart")] if ref is CART else after.namespaces[("", "shop")]
        assert row.labels.get(LABEL) == wanted
    assert len(found) <= 2
