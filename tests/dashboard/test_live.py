"""Live clusters on the page, as far as that needs none: who may open them, what changed, which edits are moot."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from core.edits import Edit, EnvEdit, LabelEdit
from core.model import Problem
from core.paths import resolve
from core.sources import MissingRight, read
from core.sources.live import Change, Context, MirrorState, Progress
from core.whatif import preview
from dashboard import offers
from dashboard.markup import Node, text_of
from dashboard.markup.tree import elements
from dashboard.mirrors import Once, Watched
from dashboard.moot import moot, said
from dashboard.panels import changed, clusters, current, reading, rights
from dashboard.since import Since, net, since
from dashboard.words import lasting
from tests.dashboard.cases import PAYLOADS, base

LABEL = "istio.io/ingress-use-waypoint"


def cart(value: str | None) -> LabelEdit:
    labels = {} if value is None else {LABEL: value}
    return LabelEdit(
        kind="service",
        namespace="shop",
        name="cart",
        set=labels,
        unset=() if value else (LABEL,),
    )


def titles(tree: Node) -> str:
    return " ".join(str(one[1].get("title", "")) for one in elements(tree))


# --- who may open what ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("listens_on", "asked_as", "signs_in", "alone"),
    [
        ("127.0.0.1", "localhost:8501", False, True),
        ("127.0.0.1", "127.0.0.1:8501", False, True),
        ("::1", "[::1]:8501", False, True),
        ("localhost", None, False, True),
        ("0.0.0.0", "localhost:8501", False, False),
        (None, "localhost:8501", False, False),
        ("", "localhost", False, False),
        ("127.0.0.1", "waypath.example.com", False, False),
        ("127.0.0.1", "localhost.example.com:8501", False, False),
        ("127.0.0.1", "", False, False),
        ("127.0.0.1", "localhost:8501", True, False),
    ],
)
def test_only_the_user_of_this_machine_is_alone(
    listens_on: str | None, asked_as: str | None, signs_in: bool, alone: bool
) -> None:
    assert offers.is_alone(listens_on, asked_as, signs_in=signs_in) is alone


@pytest.mark.parametrize(
    ("source", "given", "alone"),
    [
        (["live:a"], ["live:a"], False),
        (["live:a"], ["live:a", "live:b"], False),
        (["live:a", "some/folder"], ["live:a", "some/folder"], False),
        (["live:b"], [], True),
        (["live:b?namespace=shop"], ["some/folder"], True),
    ],
)
def test_what_was_offered_may_be_opened(source: Sequence[str], given: Sequence[str], alone: bool) -> None:
    offers.check(source, given, alone=alone)


@pytest.mark.parametrize(
    ("source", "given", "alone"),
    [
        (["live:b"], ["live:a"], False),
        (["live:"], ["live:a"], False),
        (["live:a"], ["live:a?namespace=shop"], False),
        (["live:a", "live:b"], ["live:a"], False),
        (["live:a", "/etc/passwd"], ["live:a"], True),
        (["sample:shop", "live:a"], [], True),
    ],
)
def test_what_was_not_offered_may_not_be_opened(
    source: Sequence[str], given: Sequence[str], alone: bool
) -> None:
    with pytest.raises(offers.OfferError, match="was not started with"):
        offers.check(source, given, alone=alone)


# --- what changed -----------------------------------------------------------------------------------------------------


def change(what: str, name: str, revision: int = 1) -> Change:
    return Change(revision=revision, what=what, kind="Service", namespace="shop", name=name)


@pytest.mark.parametrize(
    ("history", "left"),
    [
        (["added"], "added"),
        (["added", "changed"], "added"),
        (["changed", "changed"], "changed"),
        (["changed", "removed"], "removed"),
        (["removed", "added"], "changed"),
        (["removed", "added", "removed"], "removed"),
        (["added", "removed", "added"], "added"),
        (["added", "changed", "removed"], None),
    ],
)
def test_of_an_objects_history_what_is_left_counts(history: Sequence[str], left: str | None) -> None:
    found = net([change(what, "cart") for what in history])
    assert [one.what for one in found] == ([] if left is None else [left])


def test_the_latest_change_is_the_last() -> None:
    found = net([change("changed", "a"), change("changed", "b"), change("changed", "a")])
    assert [one.name for one in found] == ["b", "a"]


def test_paths_that_go_elsewhere_are_told_before_objects() -> None:
    before = base("bypass-by-default")
    after = preview(before.resolution, [cart("true")]).after
    found = since(before.resolution, after, [change("changed", "cart")])
    assert len(found) == 2
    tree = changed.tree(found, before)
    told = text_of(tree)
    assert "since you opened this (2)" in told
    assert told.index("Paths that go elsewhere (1)") < told.index("Objects (1)")
    assert "changed: Service/shop/ cart" in told
    acts = [one[1]["act"] for one in elements(tree) if "act" in one[1]]
    assert acts == [["path", found.paths[0].id], ["seen"]]


def test_nothing_and_too_much_are_told() -> None:
    found = base("bypass-by-default")
    assert text_of(changed.tree(Since(), found)).startswith("No change in the cluster since")
    much = Since(objects=None)
    assert much
    assert "single objects can't be told" in text_of(changed.tree(much, found))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_names_of_objects_and_contexts_are_text(payload: str) -> None:
    told = changed.tree(Since(objects=[change("added", payload)]), base("bypass-by-default"))
    assert {one[0] for one in elements(told)} <= {
        "div",
        "details",
        "summary",
        "span",
        "p",
        "h4",
        "ul",
        "li",
        "button",
    }
    offer = clusters.offer(Context(name=payload, current=True, cluster=payload, server=payload))
    assert {one[0] for one in elements(clusters.tree([offer], "", ()))} <= {"ul", "li", "button", "span"}


# --- edits that are moot ----------------------------------------------------------------------------------------------


def test_an_edit_that_is_so_already_is_moot() -> None:
    cluster = base("bypass-by-default").resolution.cluster
    labelled = preview(base("bypass-by-default").resolution, [cart("true")]).after.cluster
    assert moot(cluster, (cart("true"),)) == frozenset()
    assert moot(labelled, (cart("true"),)) == {0}
    assert moot(cluster, (cart(None),)) == {0}


def test_an_edit_that_takes_another_back_is_not_moot() -> None:
    cluster = base("bypass-by-default").resolution.cluster
    edits: tuple[Edit, ...] = (cart("true"), cart(None))
    assert moot(cluster, edits) == frozenset()


def test_a_variable_that_has_its_value_already_is_moot() -> None:
    cluster = resolve(read(["sample:global-flag-off"]).cluster).cluster
    flag = EnvEdit(controller="kgateway", set={"KGW_INGRESS_USE_WAYPOINTS": "false"})
    assert moot(cluster, (flag,)) == {0}
    on = EnvEdit(controller="kgateway", set={"KGW_INGRESS_USE_WAYPOINTS": "true"})
    assert moot(cluster, (on,)) == frozenset()


def test_what_there_is_to_say_stands_at_its_edit() -> None:
    found = base("bypass-by-default").resolution
    gone = LabelEdit(kind="service", namespace="shop", name="gone", set={LABEL: "true"})
    edits: tuple[Edit, ...] = (cart(None), gone)
    more = Problem(severity="warning", where="elsewhere", message="odd")
    notes, rest = said(found.cluster, edits, [*preview(found, edits).problems, more], "cluster")
    assert notes[0] == ["already so in the cluster, so the edit changes nothing"]
    assert "is not in the source, so the edit changes nothing" in notes[1][0]
    assert rest == [more]


# --- panels -----------------------------------------------------------------------------------------------------------


def state(stale: float | None = None) -> MirrorState:
    now = datetime(2026, 8, 1, 12, tzinfo=UTC)
    return MirrorState(
        loaded=read(["sample:bypass-by-default"]),
        revision=1,
        read_at=now,
        changed_at=now - timedelta(minutes=3),
        stale_since=None if stale is None else now - timedelta(seconds=stale),
        error=None if stale is None else "live:a: no connection",
    )


def test_the_mark_says_current_or_stale_with_the_moment_on_hover() -> None:
    now = datetime(2026, 8, 1, 12, tzinfo=UTC)
    followed = Watched("a", lambda: Once(["sample:bypass-by-default"]))
    followed.wait(20)
    well = current.tree(followed, state(), now)
    assert "live current Last change 3 min ago" in " ".join(text_of(well).split())
    assert "as of 2026-08-01" in titles(well)
    ill = current.tree(followed, state(40), now)
    assert "stale for 40 s" in text_of(ill)
    assert "live:a: no connection." in titles(ill)


def test_progress_is_told_in_words() -> None:
    progress = Progress(counts={"Service": 12_000, "Pod": 400, "HTTPRoute": 0}, done=18, total=31)
    assert reading.words(progress) == "12,400 objects, 18 of 31 lists"
    told = text_of(reading.tree(progress, "4 s"))
    assert told.index("12,000 Service") < told.index("400 Pod")
    assert "HTTPRoute" not in told
    assert "Asking the API server" in text_of(reading.tree(None, "0 s"))


def test_missing_rights_are_the_rule_that_grants_them() -> None:
    missing = [
        MissingRight(group="", resource="services", verb="list", namespace="shop"),
        MissingRight(group="security.istio.io", resource="authorizationpolicies", verb="watch"),
    ]
    tree = rights.tree(missing)
    assert tree is not None
    told = text_of(tree)
    assert "1 kind can't be read" in told
    assert "AuthorizationPolicy can't be watched" in told
    copied = [one[1]["copy"] for one in elements(tree) if "copy" in one[1]]
    lines = [
        '- {apiGroups: [""], resources: [services], verbs: [list, watch]}',
        "- {apiGroups: [security.istio.io], resources: [authorizationpolicies], verbs: [list, watch]}",
    ]
    assert copied == ["\n".join(lines)]
    assert rights.tree(()) is None


def test_the_current_context_is_marked_and_no_context_is_a_sentence() -> None:
    offer = clusters.offer(Context(name="prod", current=True, cluster="eu", server="https://192.0.2.1"))
    told = text_of(clusters.tree([offer], clusters.NONE, ["live:prod"]))
    assert " ".join(told.split()) == "prod current open eu · https://192.0.2.1"
    assert "set KUBECONFIG" in text_of(clusters.tree([], clusters.NONE, ()))


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(-1, "0 s"), (40, "40 s"), (119, "119 s"), (120, "2 min"), (7300, "2 h"), (200_000, "2 days")],
)
def test_how_long_something_lasts_has_a_unit(seconds: int, told: str) -> None:
    assert lasting(timedelta(seconds=seconds)) == told
