"""What-if: edits change what they name and nothing else, and leave nothing behind when taken back."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import labels as names
from core.cluster import Cluster
from core.edits import Edit, EnvEdit, LabelEdit, VersionEdit
from core.gates import Verdict
from core.model import ConfigMap, EnvSource, Namespace, Object, ObjectRef
from core.paths import Resolution, resolve
from core.render.documents import step_document
from core.whatif import ORIGIN, apply, preview, undo
from tests import build

SHOP = build.shop()
BEFORE = resolve(SHOP)
EMPTY = build.cluster(observed=False)
CONFIG = ConfigMap(
    namespace="kgateway-system",
    name="settings",
    data={names.KGW_DNS_LOOKUP_FAMILY: "ALL", "flag": "true"},
)
SOURCES = build.shop(
    build.controller(
        "kgateway",
        "main",
        {names.KGW_ENABLE_WAYPOINT: "true"},
        (
            EnvSource(kind="ConfigMap", name="settings"),
            EnvSource(kind="Secret", name="secrets"),
            EnvSource(
                variable=names.KGW_INGRESS_USE_WAYPOINTS, kind="ConfigMap", name="settings", key="flag"
            ),
            EnvSource(variable=names.DISABLE_POD_LOCALITY_XDS, kind="ConfigMap", name="absent", key="flag"),
        ),
    ),
    CONFIG,
)
"""A kgateway whose environment comes from everywhere, and whose version is not told."""

BARE = build.shop(
    without=("Deployment/kgateway-system/kgateway", "Deployment/istio-system/istiod", "Namespace/infra")
)


def label(target: str, *unset: str, **values: str) -> LabelEdit:
    """An edit with the last part of each label's name: `ingress_use_waypoint="true"`."""
    kind, *rest = target.split("/")
    return LabelEdit(
        kind=kind,
        namespace=rest[0] if len(rest) > 1 else "",
        name=rest[-1],
        set={f"istio.io/{key.replace('_', '-')}": value for key, value in values.items()},
        unset=tuple(f"istio.io/{key}" for key in unset),
    )


def env(controller: str, *unset: str, reset: Sequence[str] = (), **values: str) -> EnvEdit:
    return EnvEdit(controller=controller, set=values, unset=unset, reset=tuple(reset))


def version(controller: str, version: str | None) -> VersionEdit:
    return VersionEdit(controller=controller, version=version)


def facts(resolution: Resolution) -> Any:
    """What a resolution says, as plain data."""
    return msgspec.to_builtins(
        [
            [(path.id, path.outcome, path.endpoints, path.target) for path in resolution.paths],
            resolution.profiles,
            resolution.problems,
        ]
    )


def words(resolution: Resolution) -> Any:
    """Every step of every path: the reasons must be the same too."""
    return [[step_document(step) for step in resolution.steps(path)] for path in resolution.paths]


def verdict(resolution: Resolution, gateway: str, service: str) -> Verdict:
    (path,) = (one for one in resolution.paths if one.gateway[1] == gateway and one.backend.name == service)
    return path.outcome.verdict


# --- labels ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ([], ["direct"] * 3),
        ([label("service/shop/cart", ingress_use_waypoint="true")], ["waypoint"] * 3),
        ([label("service/shop/cart", ingress_use_waypoint="True")], ["direct", "waypoint", "waypoint"]),
        ([label("namespace/shop", ingress_use_waypoint="true")], ["waypoint"] * 3),
        (
            [
                label("namespace/shop", ingress_use_waypoint="true"),
                label("service/shop/cart", ingress_use_waypoint="false"),
            ],
            ["waypoint", "direct", "direct"],
        ),
        (
            [
                label("service/shop/cart", ingress_use_waypoint="true"),
                label("service/shop/cart", "ingress-use-waypoint"),
            ],
            ["direct"] * 3,
        ),
        (
            [label("service/shop/cart", "use-waypoint", ingress_use_waypoint="true")],
            ["direct"] * 3,
        ),
        (
            [
                label("service/shop/cart", ingress_use_waypoint="true"),
                label("gateway/shop/waypoint", waypoint_for="workload"),
            ],
            ["vip-direct", "direct", "direct"],
        ),
        (
            [
                label("service/shop/cart", ingress_use_waypoint="true"),
                label("namespace/infra", dataplane_mode="ambient"),
                label("pod/infra/kgateway-2", dataplane_mode="none"),
            ],
            ["split", "waypoint", "waypoint"],
        ),
        (
            [
                label("service/shop/cart", ingress_use_waypoint="true"),
                env("kgateway", KGW_INGRESS_USE_WAYPOINTS="false"),
                env("istiod", ENABLE_INGRESS_WAYPOINT_ROUTING="false"),
            ],
            ["direct", "direct", "waypoint"],
        ),
        (
            [
                label("service/shop/cart", ingress_use_waypoint="true"),
                version("kgateway", "2.0"),
                version("istio", "1.29"),
            ],
            ["direct", "waypoint", "direct"],
        ),
    ],
)
def test_edits_move_paths(edits: list[Edit], expected: list[str]) -> None:
    found = preview(BEFORE, edits)
    gateways = ("kgateway", "istio", "agentgateway")
    assert [verdict(found.after, one, "cart") for one in gateways] == expected
    assert found.before is BEFORE
    assert [verdict(BEFORE, one, "cart") for one in gateways] == ["direct"] * 3


def test_only_the_labels_of_the_object_change() -> None:
    applied = apply(SHOP, [label("service/shop/cart", ingress_use_waypoint="true")])
    cart = applied.cluster.services[("shop", "cart")]
    assert cart.labels == {**build.USE, **build.INGRESS}
    assert cart.read_labels == build.USE
    assert applied.changed == {ObjectRef(kind="Service", namespace="shop", name="cart")}
    for field in SHOP.__struct_fields__:
        if field != "services":
            assert getattr(applied.cluster, field) is getattr(SHOP, field)
    for key, row in SHOP.services.items():
        assert applied.cluster.services[key] is row or key == ("shop", "cart")


@pytest.mark.parametrize(
    "edits",
    [
        [],
        [label("service/shop/cart", use_waypoint="waypoint")],
        [label("service/shop/cart", "ingress-use-waypoint")],
        [
            label("service/shop/cart", use_waypoint="other"),
            label("service/shop/cart", use_waypoint="waypoint"),
        ],
        [
            label("namespace/store", ingress_use_waypoint="true"),
            label("namespace/store", "ingress-use-waypoint"),
        ],
        [label("namespace/store", "ingress-use-waypoint")],
        [env("kgateway", KGW_ENABLE_WAYPOINT="true")],
        [env("kgateway", "KGW_INGRESS_USE_WAYPOINTS")],
        [env("kgateway", KGW_ENABLE_WAYPOINT="1"), env("kgateway", KGW_ENABLE_WAYPOINT="true")],
        [env("agentgateway", CA_ADDRESS="ca"), env("agentgateway", reset=["CA_ADDRESS"])],
        [version("kgateway", "2.2"), version("istio", "1.30.3")],
        [version("istio", "1.24"), version("istio", None)],
        [version("agentgateway", "1.2"), version("agentgateway", None)],
        [env("kgateway", LOG_LEVEL="debug")],
        [label("service/shop/missing", ingress_use_waypoint="true")],
    ],
)
def test_what_changes_nothing_is_the_same_cluster(edits: list[Edit]) -> None:
    applied = apply(SHOP, edits)
    assert applied.cluster is SHOP
    assert applied.changed == frozenset()
    assert preview(BEFORE, edits).after is BEFORE
    assert undo(SHOP, edits) == ()


def test_a_namespace_that_objects_live_in_is_taken_to_exist() -> None:
    assert SHOP.namespace("store") is None
    edits = [label("namespace/store", ingress_use_waypoint="true")]
    applied = apply(SHOP, edits)
    found = applied.cluster.namespace("store")
    assert found == Namespace(namespace="", name="store", labels=build.INGRESS, read_labels={}, where=ORIGIN)
    assert applied.problems == ()
    assert list(applied.cluster.namespaces.in_namespace(""))[-1] is found
    assert undo(SHOP, edits) == (label("namespace/store", "ingress-use-waypoint"),)


def test_a_row_that_was_read_without_labels_stays() -> None:
    edits = [
        label("namespace/shop", ingress_use_waypoint="true"),
        label("namespace/shop", "ingress-use-waypoint"),
    ]
    nowhere = build.shop(Namespace(namespace="", name="shop"))
    assert apply(nowhere, edits).cluster is nowhere


# --- problems -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (
            label("service/shop/crat", use_waypoint="a"),
            "crat is not in the source, so the edit changes nothing; did you mean service/shop/cart?",
        ),
        (label("service/shpo/cart", use_waypoint="a"), "did you mean service/shop/cart?"),
        (label("service/shop/bank", use_waypoint="a"), "did you mean serviceentry/shop/bank?"),
        (label("namespace/shpo", use_waypoint="a"), "did you mean namespace/shop?"),
        (label("pod/nowhere/nothing", use_waypoint="a"), "is not in the source, so the edit changes nothing"),
        (label("service/shop/a\x1b[2J\nb", use_waypoint="a"), "service/shop/a\\x1b[2J\\x0ab is not"),
        (
            label("service/shop/cart", use_waypont="a"),
            "istio.io/use-waypont decides no path; did you mean istio.io/use-waypoint?",
        ),
        (label("service/shop/cart", use_waypoint_canary_weight="5"), "is read as an annotation"),
        (
            env("kgateway", INGRESS_USE_WAYPOINTS="false"),
            "INGRESS_USE_WAYPOINTS: the KGW_ prefix is missing, write KGW_INGRESS_USE_WAYPOINTS",
        ),
        (env("kgateway", KGW_ENABLE_WAYPOINTS="true"), "did you mean KGW_ENABLE_WAYPOINT?"),
        (
            env("istiod", LOG="x"),
            "LOG of istiod decides no path, so the edit changes nothing; those that do are ENABLE_",
        ),
        (version("istio", "latest"), "'latest' is no version of istio"),
    ],
)
def test_doubtful_edits_are_told(edit: Edit, message: str) -> None:
    applied = apply(SHOP, [label("service/shop/cart", ingress_use_waypoint="true"), edit])
    (problem,) = applied.problems
    assert problem.severity == "warning"
    assert problem.where == "scenario edit 2"
    assert message in problem.message
    assert problem.message.isprintable()


def test_the_name_without_its_prefix_is_shown_and_changes_no_path() -> None:
    found = preview(BEFORE, [env("kgateway", INGRESS_USE_WAYPOINTS="false")])
    assert facts(found.after) == facts(BEFORE)
    assert "without the KGW_ prefix, is not read" in str(words(found.after))


# --- controllers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cluster", "edits", "variable", "expected"),
    [
        # (value, known) of the variable after the edits
        (SHOP, [], names.KGW_INGRESS_USE_WAYPOINTS, (None, True)),
        (
            SHOP,
            [env("kgateway", KGW_INGRESS_USE_WAYPOINTS="false")],
            names.KGW_INGRESS_USE_WAYPOINTS,
            ("false", True),
        ),
        (SHOP, [env("kgateway", "KGW_ENABLE_WAYPOINT")], names.KGW_ENABLE_WAYPOINT, (None, True)),
        (SHOP, [env("kgateway", "KGW_ENABLE_WAYPOINT", reset=[])], names.KGW_ENABLE_WAYPOINT, (None, True)),
        (
            SHOP,
            [env("kgateway", "KGW_ENABLE_WAYPOINT"), env("kgateway", reset=["KGW_ENABLE_WAYPOINT"])],
            names.KGW_ENABLE_WAYPOINT,
            ("true", True),
        ),
        (BARE, [], names.KGW_ENABLE_WAYPOINT, (None, False)),
        (BARE, [env("kgateway", KGW_ENABLE_WAYPOINT="true")], names.KGW_ENABLE_WAYPOINT, ("true", True)),
        (BARE, [env("kgateway", "KGW_ENABLE_WAYPOINT")], names.KGW_ENABLE_WAYPOINT, (None, True)),
        (
            BARE,
            [env("kgateway", "KGW_ENABLE_WAYPOINT"), env("kgateway", reset=["KGW_ENABLE_WAYPOINT"])],
            names.KGW_ENABLE_WAYPOINT,
            (None, False),
        ),
        (SOURCES, [], names.KGW_ENABLE_ISTIO_INTEGRATION, (None, False)),
        (
            SOURCES,
            [env("kgateway", "DISABLE_POD_LOCALITY_XDS")],
            names.DISABLE_POD_LOCALITY_XDS,
            (None, True),
        ),
        (
            SOURCES,
            [env("kgateway", KGW_DNS_LOOKUP_FAMILY="AUTO"), env("kgateway", reset=["KGW_DNS_LOOKUP_FAMILY"])],
            names.KGW_DNS_LOOKUP_FAMILY,
            ("ALL", True),
        ),
    ],
)
def test_variables(
    cluster: Cluster, edits: list[Edit], variable: str, expected: tuple[str | None, bool]
) -> None:
    setting = apply(cluster, edits).cluster.controller("kgateway").setting(variable)
    assert (setting.value, setting.known) == expected


@pytest.mark.parametrize(
    ("cluster", "edit", "expected", "origin"),
    [
        (SHOP, version("istio", "1.24"), "1.24", ORIGIN),
        (SHOP, version("istio", "1.30.3"), "1.30.3", "Deployment/istio-system/istiod image tag"),
        (SOURCES, version("kgateway", "2.1"), "2.1", ORIGIN),
        (BARE, version("kgateway", "2.1"), "2.1", ORIGIN),
    ],
)
def test_versions(cluster: Cluster, edit: VersionEdit, expected: str, origin: str) -> None:
    profile = preview(resolve(cluster), [edit]).after.profiles[edit.controller]
    assert (str(profile.version), profile.origin) == (expected, origin)


@pytest.mark.parametrize(
    ("cluster", "edit", "back"),
    [
        (
            SHOP,
            label("service/shop/cart", use_waypoint="b", a="c"),
            label("service/shop/cart", "a", use_waypoint="waypoint"),
        ),
        (SHOP, env("kgateway", "KGW_ENABLE_WAYPOINT"), env("kgateway", KGW_ENABLE_WAYPOINT="true")),
        (SHOP, env("kgateway", KGW_INGRESS_USE_WAYPOINTS="0"), env("kgateway", "KGW_INGRESS_USE_WAYPOINTS")),
        (
            BARE,
            env("kgateway", KGW_INGRESS_USE_WAYPOINTS="0"),
            env("kgateway", reset=["KGW_INGRESS_USE_WAYPOINTS"]),
        ),
        (SHOP, version("istio", "1.24"), version("istio", "1.30.3")),
        (SOURCES, version("kgateway", "2.1"), version("kgateway", None)),
    ],
)
def test_undo_is_the_edit_back(cluster: Cluster, edit: Edit, back: Edit) -> None:
    assert undo(cluster, [edit]) == (back,)
    assert undo(apply(cluster, [edit]).cluster, [back]) == (edit,)


# --- properties -----------------------------------------------------------------------------------------

LABELS = {
    names.INGRESS_USE_WAYPOINT: ("true", "True", "1", "false", ""),
    names.USE_WAYPOINT: ("waypoint", "absent", "none", ""),
    names.USE_WAYPOINT_NAMESPACE: ("shop", "infra"),
    names.DATAPLANE_MODE: ("ambient", "none"),
    names.WAYPOINT_FOR: ("service", "workload", "all", "none"),
    names.CANARY: ("kgateway",),
    names.MANAGED_BY: (names.MANAGED_WAYPOINT,),
    "app": ("cart", "other"),
}
TARGETS = (
    *(f"service/shop/{name}" for name in ("cart", "orders", "bills", "waypoint", "absent")),
    "service/store/stock",
    *(f"serviceentry/shop/{name}" for name in ("bank", "mail")),
    *(f"namespace/{name}" for name in ("shop", "store", "infra", "absent")),
    *(f"pod/{name}" for name in ("infra/kgateway-1", "infra/kgateway-2", "shop/cart-1", "shop/waypoint-1")),
    *(f"gateway/{name}" for name in ("shop/waypoint", "infra/kgateway")),
)
VALUES = ("true", "false", "ALL", "V6_ONLY", "nonsense", "")


@st.composite
def label_edits(draw: st.DrawFn, targets: Sequence[str] = TARGETS) -> LabelEdit:
    edit = label(draw(st.sampled_from(targets)))
    keys = draw(st.lists(st.sampled_from(list(LABELS)), unique=True, min_size=1, max_size=3))
    unset = [key for key in keys if draw(st.booleans())]
    values = {key: draw(st.sampled_from(LABELS[key])) for key in keys if key not in unset}
    return msgspec.structs.replace(edit, set=values, unset=tuple(unset))


@st.composite
def env_edits(draw: st.DrawFn) -> EnvEdit:
    controller = draw(st.sampled_from(list(names.PATH_VARIABLES)))
    variables = [*names.PATH_VARIABLES[controller], "LOG_LEVEL"]
    keys = draw(st.lists(st.sampled_from(variables), unique=True, min_size=1, max_size=3))
    do = {key: draw(st.sampled_from(("set", "set", "unset", "reset"))) for key in keys}
    return EnvEdit(
        controller=controller,
        set={key: draw(st.sampled_from(VALUES)) for key in keys if do[key] == "set"},
        unset=tuple(key for key in keys if do[key] == "unset"),
        reset=tuple(key for key in keys if do[key] == "reset"),
    )


VERSIONS = {
    "kgateway": ("2.0", "2.1", "2.4"),
    "istio": ("1.24", "1.29", "1.31"),
    "agentgateway": ("1.0", "1.3"),
}
VERSION_EDITS = st.sampled_from(list(VERSIONS)).flatmap(
    lambda name: st.builds(version, st.just(name), st.sampled_from((None, *VERSIONS[name])))
)
EDITS = st.lists(st.one_of(label_edits(), env_edits(), VERSION_EDITS), max_size=5)
SERVICE_EDITS = st.lists(
    label_edits(targets=[one for one in TARGETS if one.startswith("service")]), max_size=3
)
CLUSTERS = st.sampled_from((SHOP, SOURCES, BARE, EMPTY))


@given(CLUSTERS, EDITS)
def test_undo_leaves_nothing_behind(cluster: Cluster, edits: list[Edit]) -> None:
    back = undo(cluster, edits)
    there_and_back = apply(cluster, [*edits, *back])
    assert there_and_back.cluster is cluster
    assert there_and_back.changed == frozenset()
    stepwise = apply(apply(cluster, edits).cluster, back).cluster
    assert facts(resolve(stepwise)) == facts(resolve(cluster))
    assert words(resolve(stepwise)) == words(resolve(cluster))


@given(CLUSTERS, EDITS, EDITS)
def test_undo_of_the_second_scenario_is_the_first(
    cluster: Cluster, first: list[Edit], second: list[Edit]
) -> None:
    edited = apply(cluster, first).cluster
    back = apply(edited, [*second, *undo(edited, second)])
    assert facts(resolve(back.cluster)) == facts(resolve(edited))
    assert words(resolve(back.cluster)) == words(resolve(edited))


@given(CLUSTERS, EDITS, EDITS)
def test_scenarios_add_up(cluster: Cluster, first: list[Edit], second: list[Edit]) -> None:
    together = apply(cluster, [*first, *second]).cluster
    stepwise = apply(apply(cluster, first).cluster, second).cluster
    assert words(resolve(stepwise)) == words(resolve(together))
    for ref in apply(cluster, [*first, *second]).changed:
        if ref.kind == "Controller":
            assert stepwise.controller(ref.name) == together.controller(ref.name)


@given(st.one_of(EDITS, SERVICE_EDITS), SERVICE_EDITS)
def test_a_preview_is_the_full_resolution(first: list[Edit], second: list[Edit]) -> None:
    once = preview(BEFORE, first).after
    twice = preview(once, second).after
    for found in (once, twice):
        again = resolve(found.cluster)
        assert facts(found) == facts(again)
        assert words(found) == words(again)
        assert dict(found.decisions).keys() == dict(again.decisions).keys()


def test_a_preview_decides_only_what_is_touched() -> None:
    after = preview(BEFORE, [label("service/shop/cart", ingress_use_waypoint="true")]).after
    kept = [new is old for old, new in zip(BEFORE.paths, after.paths, strict=True)]
    assert kept == [path.backend.name != "cart" for path in BEFORE.paths]


def test_many_edits_at_once() -> None:
    rows: list[Object] = [build.service("shop", f"s-{i}", f"10.97.{i // 250}.{i % 250}") for i in range(2000)]
    cluster = build.shop(*rows)
    edits = [label(f"service/shop/s-{i}", ingress_use_waypoint="true") for i in range(2000)]
    applied = apply(cluster, edits)
    assert len(applied.changed) == 2000
    assert apply(applied.cluster, undo(cluster, edits)).cluster.services == cluster.services
