"""Which paths are seen, through which filters."""

import pytest

from core.edits import LabelEdit, VersionEdit
from core.gates import Verdict
from dashboard.desk import Desk, Filters, Mode
from dashboard.sight import SEVERITY, by_service, counts, worst_first
from tests.dashboard.cases import sight

LABEL = "istio.io/ingress-use-waypoint"
CART = LabelEdit(kind="service", namespace="shop", name="cart", set={LABEL: "true"})


def test_every_verdict_has_a_rank() -> None:
    assert sorted(SEVERITY) == sorted(Verdict)


def test_today_and_after() -> None:
    found = sight("bypass-by-default", Desk(edits=(CART,), mode=Mode.EDITS))
    verdicts = {pair.any.backend.name: (pair.before, pair.after) for pair in found.pairs}
    before, after = verdicts["cart"]
    assert before is not None
    assert after is not None
    assert (before.outcome.verdict, after.outcome.verdict) == (Verdict.DIRECT, Verdict.WAYPOINT)
    assert len(found.shown.changed) == 1


def test_without_edits_nothing_is_worked_out_again() -> None:
    found = sight("shop")
    assert found.shown.after is found.shown.before
    assert found.shown.changed == frozenset()
    assert found.shown.plan == ""


def test_a_version_may_change_every_path() -> None:
    found = sight(
        "shop", Desk(edits=(VersionEdit(controller="kgateway", version="2.0"),), mode=Mode.DIFFERENCE)
    )
    assert len(found.pairs) == len(found.shown.pairs)
    assert found.shown.changed


@pytest.mark.parametrize(
    ("filters", "only"),
    [
        (Filters(namespaces=("orders",)), lambda pair: pair.any.service_ref.namespace == "orders"),
        (Filters(gateways=("infra/edge",)), lambda pair: pair.any.gateway == ("infra", "edge")),
        (Filters(planes=("istio", "agentgateway")), lambda pair: pair.any.plane in ("istio", "agentgateway")),
        (Filters(verdicts=("blackhole",)), lambda pair: pair.before.outcome.verdict is Verdict.BLACKHOLE),
        (Filters(text="ORDER-events edge"), lambda pair: "order-events" in pair.id and "edge" in pair.id),
        (Filters(text="nothing has this"), lambda pair: False),
    ],
)
def test_filters(filters: Filters, only: object) -> None:
    found = sight("shop", Desk(filters=filters))
    assert callable(only)
    assert [pair.id for pair in found.pairs] == [pair.id for pair in found.everything if only(pair)]


def test_a_difference_is_found_by_either_verdict() -> None:
    for verdict in ("direct", "waypoint"):
        desk = Desk(edits=(CART,), mode=Mode.DIFFERENCE, filters=Filters(verdicts=(verdict,)))
        assert any(pair.any.backend.name == "cart" for pair in sight("bypass-by-default", desk).pairs)


def test_services_in_order_with_all_their_paths() -> None:
    found = sight("shop")
    services = by_service(found.pairs)
    assert list(services) == sorted(services, key=lambda ref: (ref.namespace, ref.name))
    assert sum(map(len, services.values())) == len(found.pairs)


def test_the_worst_comes_first() -> None:
    assert worst_first([Verdict.WAYPOINT, Verdict.BLACKHOLE, Verdict.WAYPOINT]) == [
        Verdict.BLACKHOLE,
        Verdict.WAYPOINT,
    ]
    paths = [pair.any for pair in sight("shop").pairs]
    assert sum(counts(paths).values()) == len(paths)
