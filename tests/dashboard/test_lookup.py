"""Objects by their name: which there are, which are found, and which paths lead through them."""

import pytest

from core.cluster import Cluster
from dashboard.desk import Desk, Filters
from dashboard.lookup import all_pairs_of, index, namespace_of, pairs_of, search
from tests.dashboard.cases import base, sight


def shop() -> Cluster:
    return base("shop").resolution.cluster


def test_every_kind_of_object_can_be_found() -> None:
    kinds = {entry.kind for entry in index(shop())}
    wanted = {"Service", "ServiceEntry", "Gateway", "Waypoint", "Listener", "HTTPRoute", "Namespace", "Pod"}
    assert wanted <= kinds


def test_all_words_must_occur_and_the_closest_name_comes_first() -> None:
    found, total = search(index(shop()), "accounts", 3)
    assert [entry.title for entry in found][:1] == ["accounts/accounts"]
    assert total > len(found)
    assert search(index(shop()), "service accounts login", 9)[1] == 1
    assert search(index(shop()), "  ", 9) == ((), 0)
    assert search(index(shop()), "no-such-thing", 9)[1] == 0


@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("service:Service/accounts/login", {"accounts"}),
        ("namespace:payments", {"payments"}),
        ("waypoint:accounts/waypoint", {"accounts"}),
    ],
)
def test_the_paths_of_an_object_are_those_that_lead_through_it(name: str, of: set[str]) -> None:
    found = pairs_of(sight("shop"), name)
    assert {pair.any.service_ref.namespace for pair in found} == of
    assert namespace_of(sight("shop"), name) == of.copy().pop()


def test_every_object_leads_to_a_part_of_all_paths_or_to_none() -> None:
    seen = sight("shop")
    numbers = {entry.kind: 0 for entry in index(shop())}
    for entry in index(shop()):
        numbers[entry.kind] += len(pairs_of(seen, entry.name))
    assert numbers["Service"] + numbers["ServiceEntry"] <= len(seen.pairs)
    assert numbers["Gateway"] == numbers["Listener"] == len(seen.pairs)
    assert numbers["Pod"] > 0


def test_a_gateways_pod_is_on_the_paths_of_its_gateway() -> None:
    seen = sight("bypass-by-default")
    pods = [key for key in base("bypass-by-default").resolution.cluster.pods if key[0] == "infra"]
    assert pods
    assert len(pairs_of(seen, f"pod:{pods[0][0]}/{pods[0][1]}")) == len(seen.pairs)


def test_filters_leave_out_paths_but_not_of_the_search() -> None:
    seen = sight("shop", Desk(source=("sample:shop",), filters=Filters(namespaces=("payments",))))
    assert pairs_of(seen, "service:Service/accounts/login") == []
    assert len(all_pairs_of(seen, "service:Service/accounts/login")) == 1


@pytest.mark.parametrize("name", ["", "nothing", "pod:shop/none", "route:", "service:<img>"])
def test_a_name_of_nothing_leads_nowhere(name: str) -> None:
    assert pairs_of(sight("shop"), name) == []
