"""Paths: sorted, named for good, independent of each other, and the same when only what changed is decided again."""

import random
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import labels as names
from core.cluster import Cluster, replace
from core.edits import Edit, LabelEdit
from core.gates import Result, Verdict
from core.model import Object, ObjectRef, Service, ServiceEntry
from core.outcomes import Share, Upstream, from_parts, merge
from core.paths import Path, Resolution, resolve, resolve_again
from core.render.documents import step_document
from core.whatif import apply
from tests import build
from tests.looking import path_of
from tests.packed import NAMES, loaded

# --- a cluster with some of everything -----------------------------------------------------------------------------

RICH = build.shop(
    build.waypoint("shop", "canary"),
    build.waypoint_service("shop", "canary", "10.96.0.98"),
    build.pod("shop", "canary-1", "10.244.0.8", {names.GATEWAY_NAME: "canary"}),
    build.waypoint("shop", "every", {names.WAYPOINT_FOR: "all"}),
    build.namespace("shop", {names.USE_WAYPOINT: "waypoint"}),
    build.pod("shop", "orders-1", "10.244.0.30", {"app": "orders", names.USE_WAYPOINT: "every"}),
    build.pod("infra", "kgateway-2", "10.244.1.2", {names.GATEWAY_NAME: "kgateway"}),
    istiod="1.31.0",
)
VALUES = {
    names.USE_WAYPOINT: ["waypoint", "canary", "every", "nothing", "none", ""],
    names.USE_WAYPOINT_NAMESPACE: ["shop", "infra"],
    names.INGRESS_USE_WAYPOINT: ["true", "false", "True", "1"],
    names.CANARY: ["canary", "waypoint", "none"],
    names.MANAGED_BY: [names.MANAGED_WAYPOINT, "other"],
    "team": ["a", "b"],
}
KINDS = {"Service": "service", "ServiceEntry": "serviceentry"}


def changes(cluster: Cluster) -> st.SearchStrategy[list[Edit]]:
    """Scenarios that set and unset labels of Services and ServiceEntries."""
    rows: list[Service | ServiceEntry] = [*cluster.services.values(), *cluster.service_entries.values()]
    change = st.sampled_from([(key, value) for key, values in VALUES.items() for value in [*values, None]])

    def edit(row: Service | ServiceEntry, changed: tuple[str, str | None]) -> Edit:
        key, value = changed
        return LabelEdit(
            kind=KINDS[row.kind],
            namespace=row.namespace,
            name=row.name,
            set={} if value is None else {key: value},
            unset=(key,) if value is None else (),
        )

    return st.lists(st.builds(edit, st.sampled_from(rows), change), min_size=1, max_size=6)


def told(resolution: Resolution, paths: Iterable[Path]) -> list[object]:
    """Paths with all that their gates say."""
    return [(path, [step_document(step) for step in resolution.steps(path)]) for path in paths]


def assert_same(again: Resolution, anew: Resolution, changed: Iterable[ObjectRef]) -> None:
    assert list(again.paths) == list(anew.paths)
    touched = set(changed)
    paths = [path for path in anew.paths if path.service_ref in touched]
    assert told(again, paths) == told(anew, paths)


BEFORE = resolve(RICH)


@given(st.data())
@settings(max_examples=60)
def test_deciding_again_what_changed_is_as_good_as_deciding_all(data: st.DataObject) -> None:
    resolution = BEFORE
    for _ in range(data.draw(st.integers(1, 3))):
        applied = apply(resolution.cluster, data.draw(changes(RICH)))
        resolution = resolve_again(resolution, applied.cluster, applied.changed)
        assert_same(resolution, resolve(applied.cluster), applied.changed)


@given(st.data())
@settings(max_examples=15)
def test_the_same_on_generated_clusters(data: st.DataObject) -> None:
    cluster = loaded(data.draw(st.sampled_from(NAMES[:3])))
    before = resolve(cluster)
    applied = apply(cluster, data.draw(changes(cluster)))
    assert_same(
        resolve_again(before, applied.cluster, applied.changed), resolve(applied.cluster), applied.changed
    )


@given(st.data())
@settings(max_examples=60)
def test_labels_of_one_service_change_no_path_of_another(data: st.DataObject) -> None:
    applied = apply(RICH, data.draw(changes(RICH)))
    after = resolve(applied.cluster)
    headless = {row.ref for row in RICH.services.values() if row.headless}
    # Headless Services of one waypoint share an address there, so these may change each other.
    aside = applied.changed | (headless if applied.changed & headless else set())
    for old, new in zip(BEFORE.paths, after.paths, strict=True):
        if old.service_ref not in aside:
            assert old == new


def edit(target: str, key: str, value: str) -> LabelEdit:
    kind, *rest = target.split("/")
    return LabelEdit(kind=kind, namespace=rest[0] if len(rest) > 1 else "", name=rest[-1], set={key: value})


@pytest.mark.parametrize(
    "change",
    [
        edit("namespace/shop", names.INGRESS_USE_WAYPOINT, "true"),
        edit("gateway/shop/waypoint", names.WAYPOINT_FOR, "workload"),
        edit("pod/infra/kgateway-1", names.DATAPLANE_MODE, "none"),
    ],
    ids=lambda change: change.kind,
)
def test_other_edits_decide_everything_again(change: Edit) -> None:
    applied = apply(RICH, [change])
    assert applied.changed
    again = resolve_again(BEFORE, applied.cluster, applied.changed)
    assert list(again.paths) == list(resolve(applied.cluster).paths)


def test_without_a_change_nothing_is_decided() -> None:
    assert resolve_again(BEFORE, RICH, []) is BEFORE


# --- order and names -----------------------------------------------------------------------------------------------


def keys(paths: Sequence[Path]) -> list[tuple[object, ...]]:
    return [(path.gateway, path.listener, path.route_kind, path.route, path.rule) for path in paths]


def test_paths_are_sorted() -> None:
    assert keys(BEFORE.paths) == sorted(keys(BEFORE.paths))


def test_the_order_of_objects_is_no_matter() -> None:
    rows: list[Object] = [
        *(row for table in (RICH.namespaces, RICH.gateway_classes, RICH.gateways) for row in table.values()),
        *RICH.routes,
        *(row for table in (RICH.services, RICH.service_entries) for row in table.values()),
        *(row for table in (RICH.pods, RICH.workloads) for row in table.values()),
    ]
    random.Random(7).shuffle(rows)
    shuffled = resolve(build.cluster(*rows))
    assert told(shuffled, shuffled.paths) == told(BEFORE, BEFORE.paths)


def test_names_of_paths_are_unique_and_outlive_a_scenario() -> None:
    ids = [path.id for path in BEFORE.paths]
    assert len(set(ids)) == len(ids)
    applied = apply(RICH, [edit("namespace/shop", names.INGRESS_USE_WAYPOINT, "true")])
    assert [path.id for path in resolve(applied.cluster).paths] == ids
    assert "infra/istio:http/HTTPRoute/shop/shop:0/Service/shop/cart:80" in ids


def test_the_same_backend_twice_in_a_rule_has_two_names() -> None:
    gateways = [build.gateway("infra", "istio", "istio")]
    row = build.route("all", [build.backend(build.cart())], gateways)
    twice = replace(
        row, rules=(replace(row.rules[0], backends=[*row.rules[0].backends, *row.rules[0].backends]),)
    )
    ids = [path.id for path in resolve(build.world(twice)).paths]
    assert ids == [f"infra/istio:http/HTTPRoute/shop/all:0/Service/shop/cart:80{end}" for end in ("", "#2")]


def test_a_reference_grant_counts_for_its_kind_of_route_only() -> None:
    stock = build.service("store", "stock", "10.96.0.20")
    gateways = [build.gateway("infra", "istio", "istio")]
    inside = build.route("in", [build.backend(stock)], gateways, "store")
    outside = build.route("out", [build.backend(stock)], gateways, "shop")
    verdicts = {
        path.route[0]: path.outcome.decided_by for path in resolve(build.world(stock, inside, outside)).paths
    }
    assert verdicts["shop"] == "reference-grant"
    assert verdicts["store"] != "reference-grant"


def test_no_gateway_means_no_path() -> None:
    assert list(resolve(build.cluster(build.cart())).paths) == []


def test_a_data_plane_that_is_not_known_is_said_to_be_so() -> None:
    strange = build.gateway_class("strange", "example.com/controller")
    gateway = build.gateway("infra", "strange", "strange")
    cluster = build.world(strange, gateway, build.route("all", [build.backend(build.cart())], [gateway]))
    resolution = resolve(cluster)
    path = path_of(resolution, "unknown")
    assert (path.outcome.verdict, path.outcome.decided_by) == (Verdict.DIRECT, "data-plane")
    assert path.outcome.assumed
    assert path.outcome.upstream.addresses == ["10.244.0.10:8080"]
    step = next(step for step in resolution.steps(path) if step.gate == "data-plane")
    assert step.finding.result is Result.UNKNOWN
    assert "data plane not modelled" in step.finding.because


def test_a_class_told_by_its_name_alone_is_assumed() -> None:
    cluster = build.world(without=("GatewayClass/kgateway",))
    outcome = path_of(resolve(cluster), "kgateway").outcome
    assert (outcome.verdict, outcome.assumed) == (Verdict.WAYPOINT, True)


# --- parts ---------------------------------------------------------------------------------------------------------

HELD = Upstream(discovery="STATIC", addresses=["10.96.0.10:80"])
OTHER = Upstream(discovery="EDS", addresses=["10.244.0.10:8080"])


def part(share: float, verdict: Verdict, waypoint: str = "", upstream: Upstream = HELD) -> Share:
    key = ("shop", waypoint) if waypoint else None
    return Share(share=share, verdict=verdict, waypoint=key, upstream=upstream)


def test_parts_that_agree_are_no_split() -> None:
    outcome = from_parts(
        [part(0.5, Verdict.WAYPOINT, "a"), part(0.5, Verdict.WAYPOINT, "a")], decided_by=None, assumed=True
    )
    assert (outcome.verdict, outcome.waypoint, outcome.shares) == (Verdict.WAYPOINT, ("shop", "a"), ())
    assert outcome.assumed


def test_parts_without_traffic_are_left_out() -> None:
    parts = [part(0.0, Verdict.WAYPOINT, "a"), part(1.0, Verdict.DIRECT)]
    outcome = from_parts(parts, decided_by="some", assumed=False)
    assert (outcome.verdict, outcome.decided_by, outcome.shares) == (Verdict.DIRECT, "some", ())


def test_a_split_adds_up_what_is_alike_and_holds_what_the_largest_part_holds() -> None:
    parts = [
        part(0.2, Verdict.WAYPOINT, "a"),
        part(0.5, Verdict.DIRECT, upstream=OTHER),
        part(0.1, Verdict.WAYPOINT, "b"),
        part(0.2, Verdict.WAYPOINT, "a"),
    ]
    outcome = from_parts(parts, decided_by=None, assumed=False)
    assert outcome.verdict is Verdict.SPLIT
    assert (outcome.waypoint, outcome.upstream) == (None, OTHER)
    assert [(one.share, one.verdict, one.waypoint) for one in outcome.shares] == [
        (0.4, Verdict.WAYPOINT, ("shop", "a")),
        (0.5, Verdict.DIRECT, None),
        (0.1, Verdict.WAYPOINT, ("shop", "b")),
    ]


@given(st.lists(st.tuples(st.floats(0.001, 1), st.sampled_from(list(Verdict))), min_size=1, max_size=8))
def test_shares_add_up(parts: list[tuple[float, Verdict]]) -> None:
    total = sum(share for share, _ in parts)
    merged = merge([part(share / total, verdict) for share, verdict in parts])
    assert sum(one.share for one in merged) == pytest.approx(1, abs=1e-4)
    assert len({one.verdict for one in merged}) == len(merged)
