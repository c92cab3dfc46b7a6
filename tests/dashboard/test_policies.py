"""Policies on the page: where each acts, which paths meet it, and what a scenario changes of both."""

from dataclasses import replace
from typing import Any

import pytest

from core.edits import LabelEdit
from core.model import ObjectRef
from core.policies.act import Act, PolicyActs
from core.policy_model import Policies
from dashboard import state
from dashboard.desk import By, Desk, Filters, Mode
from dashboard.findings import Fate
from dashboard.markup import Node, actions, text_of
from dashboard.markup.tree import elements, texts
from dashboard.panels import difference, inspector, policies, policies_here
from dashboard.panels.policy_listing import Listing
from dashboard.policies import moved, places, standings, summary
from dashboard.sight import Sight
from tests.dashboard.cases import PAYLOADS, base, sight
from tests.dashboard.judging import policed

LABEL = "istio.io/ingress-use-waypoint"
SOURCE = ("sample:any",)
CART = LabelEdit(kind="service", namespace="shop", name="cart", set={LABEL: "true"})
UNBOUND = LabelEdit(kind="namespace", namespace="", name="shop", unset=("istio.io/use-waypoint",))
POLICY = "AuthorizationPolicy/shop/cart-read-only"


def desk(*edits: LabelEdit, **more: Any) -> Desk:
    mode = more.pop("mode", Mode.DIFFERENCE if edits else Mode.TODAY)
    return Desk(source=SOURCE, edits=edits, mode=mode, **more)


def page(name: str, wanted: Desk | None = None) -> Node:
    return policies.tree(Listing(sight(name, wanted)))


def rows(tree: Node) -> list[str]:
    return [text_of(one) for one in elements(tree) if one[0] == "tr" and "pick" in one[1].get("class", "")]


def cart(at: Sight) -> Node:
    return inspector.tree(at, [pair for pair in at.pairs if pair.any.backend.name == "cart"])


# --- the list ------------------------------------------------------------------------------------------


def test_the_first_sentence_says_how_many_are_bypassed() -> None:
    assert policies.sentence(Listing(sight("bypass-by-default"))) == (
        "1 policy: 1 is bypassed by ingress traffic."
    )
    followed = Listing(sight("bypass-by-default", desk(CART)))
    assert policies.sentence(followed) == "1 policy: all of them act, and no ingress traffic goes past one."
    none = Listing(sight(replace(base("bypass-by-default"), policies=Policies())))
    assert policies.sentence(none).startswith("No policy: the source holds none")


def test_a_policy_that_acts_nowhere_is_called_so() -> None:
    listing = Listing(sight(policed()))
    assert "1 acts nowhere" in policies.sentence(listing)
    lost = Listing(sight(policed(), desk(policy="AuthorizationPolicy/shop/lost")))
    told = text_of(policies.tree(lost))
    assert "Acts nowhere." in told
    assert "nowhere" in next(row for row in rows(policies.tree(listing)) if row.startswith("lost"))


def test_a_row_has_the_numbers_of_paths_before_and_after() -> None:
    (row,) = rows(page("bypass-by-default"))
    assert row.endswith("enforced 0 bypassed 1 doubled 0")
    (row,) = rows(page("bypass-by-default", desk(CART)))
    assert row.endswith("enforced 0 → 1 bypassed 1 → 0 doubled 0")


def test_bypassed_policies_come_first() -> None:
    listing = Listing(sight("shop"))
    numbers = [bool(listing.paths(ref).bypassed) for ref in listing.shown]
    assert numbers == sorted(numbers, reverse=True)
    assert set(listing.shown) == set(listing.all)


@pytest.mark.parametrize(
    ("filters", "left"),
    [
        (Filters(namespaces=("catalog",)), ["inventory"]),
        (Filters(text="storefront/waypoint"), ["cart", "cart-in-mesh"]),
        (Filters(verdicts=("direct",)), ["inventory"]),
        (Filters(text="zzz"), []),
    ],
    ids=str,
)
def test_filters_leave_policies_with_a_place_or_a_path_that_is_asked_for(
    filters: Filters, left: list[str]
) -> None:
    listing = Listing(sight("shop", desk(filters=filters)))
    assert sorted({ref.name for ref in listing.shown}) == left
    if not left:
        assert "The filters let no policy through." in text_of(policies.tree(listing))


def test_long_lists_are_shown_in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "FIRST_ROWS", 2)
    for by, name in ((By.POLICY, "policies"), (By.SERVICE, "services")):
        tree = page("shop", desk(by=by))
        assert len(rows(tree)) == 2
        assert ["more", name, 2 + policies.MORE_ROWS] in actions(tree)


# --- one policy, one service ---------------------------------------------------------------------------


def test_a_policy_has_its_places_and_its_paths() -> None:
    tree = page("bypass-by-default", desk(policy=POLICY))
    told = text_of(tree)
    assert "Acts at 1 place." in told
    assert "waypoint shop/waypoint on Service/shop/cart:80" in told
    assert "Bypassed on 1 ingress path" in told
    (path,) = [act[1] for act in actions(tree) if act[0] == "path"]
    assert path in sight("bypass-by-default").by_id


def test_a_difference_marks_places_that_come_and_go() -> None:
    told = text_of(page("bypass-by-default", desk(UNBOUND, policy=POLICY)))
    assert "Acts nowhere." in told
    assert "waypoint shop/waypoint on Service/shop/cart:80 gone" in told


def test_a_policy_that_is_not_there_is_told() -> None:
    told = text_of(page("bypass-by-default", desk(policy="AuthorizationPolicy/shop/gone")))
    assert "The source holds no policy of this name" in told
    gone = text_of(page("bypass-by-default", desk(by=By.SERVICE, policy="Service/shop/gone")))
    assert "No ingress path that is shown leads to it." in gone


def test_a_service_has_its_policies_with_their_places() -> None:
    tree = page("bypass-by-default", desk(by=By.SERVICE, policy="Service/shop/cart"))
    first, *_ = rows(tree)
    assert first.startswith("cart")
    assert first.endswith("enforced 0 bypassed 1 doubled 0")
    told = text_of(tree)
    assert "1 policy on its ingress paths, or at its waypoint." in told
    assert ["policy", POLICY] in actions(tree)


def test_places_are_summed_up() -> None:
    service = ObjectRef(kind="Service", namespace="shop", name="cart")
    found = [
        Act(at="waypoint", gateway=("shop", "waypoint"), service=service, port=80),
        Act(at="waypoint", gateway=("shop", "waypoint"), service=service, port=81),
        Act(at="ingress", gateway=("infra", "http")),
        Act(at="ztunnel", pods=("shop/a", "shop/b")),
    ]
    assert summary(found) == "1 service at waypoint shop/waypoint, gateway infra/http, ztunnel, for 2 pods"
    assert summary([]) == "nowhere"
    many = [Act(at="ingress", gateway=("infra", f"gateway-{number}")) for number in range(5)]
    assert summary(many).endswith("and 2 more")


def test_places_of_two_states_are_told_apart() -> None:
    policy = ObjectRef(kind="AuthorizationPolicy", namespace="shop", name="a")
    acts = [Act(at="ingress", gateway=("infra", name)) for name in "abc"]
    before, after = (PolicyActs(policy=policy, acts=found, because="") for found in (acts[:2], acts[1:]))
    assert [(one.act.gateway[1], one.fate) for one in places(before, after)] == [
        ("a", Fate.GONE),
        ("b", Fate.STAYS),
        ("c", Fate.NEW),
    ]
    assert [one.fate for one in places(None, after)] == [Fate.NEW, Fate.NEW]


# --- on a path -----------------------------------------------------------------------------------------


def test_the_inspector_says_why_a_policy_is_bypassed_and_where_it_acts() -> None:
    tree = cart(sight("bypass-by-default"))
    told = text_of(tree)
    assert "Policies here , 1 bypassed" in told
    assert (
        "acts at waypoint shop/waypoint, and all of this traffic goes past it, since gate ingress-label"
        in told
    )
    assert ["policy", POLICY] in actions(tree)
    assert "L7 hops 1" in told


def test_the_inspector_says_what_a_scenario_enforces() -> None:
    told = text_of(cart(sight("bypass-by-default", desk(CART))))
    assert "enforced new acts at waypoint shop/waypoint, which all of this traffic passes" in told
    assert "L7 hops 2" in told


def test_a_path_without_policies_says_so() -> None:
    at = sight("bypass-by-default")
    (pair,) = [one for one in at.pairs if one.any.backend.name == "checkout"]
    found = policies_here.tree(at, pair)
    assert found is not None
    assert "None of 1 policy acts on this path." in text_of(found)


def test_a_policy_is_never_both_enforced_and_bypassed() -> None:
    at = sight("shop")
    for path in at.base.resolution.paths:
        found = standings(at.view, path)
        assert len({(one.policy, one.how == "bypassed") for one in found}) == len(
            {one.policy for one in found}
        )
        assert all(one.why for one in found)


def test_the_table_of_changes_has_policies_and_hops() -> None:
    tree = difference.tree(sight("bypass-by-default", desk(CART)))
    told = text_of(tree)
    assert "newly enforced cart-read-only" in told
    assert "L7 hops: 1 → 2" in told


def test_what_a_path_gains_is_new_and_what_it_keeps_is_not() -> None:
    at = sight("bypass-by-default", desk(CART))
    changed = {pair.id: policies_here.changes(at, pair.id) for pair in at.pairs}
    assert [str(ref) for one in changed.values() for ref in one.enforced] == [POLICY]
    assert not any(one.bypassed or one.doubled for one in changed.values())
    assert not moved(None, None)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_name_from_an_address_is_text(payload: str) -> None:
    (title,) = [one for one in elements(page("bypass-by-default", desk(policy=payload))) if one[0] == "h2"]
    assert "".join(texts(title)) == payload


def test_a_click_leads_to_the_places_of_a_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    at = sight("bypass-by-default", desk(by=By.SERVICE))
    found: list[Desk] = []
    monkeypatch.setattr(state, "desk", lambda: found[-1] if found else at.desk)
    monkeypatch.setattr(state, "_put", found.append)
    policies.handlers(at)["policy"](POLICY)
    assert (found[-1].by, found[-1].policy) == (By.POLICY, POLICY)
