"""Advice per service, and all of it as one scenario."""

import pytest

from core import labels as names
from core.advice import AllAdvice, advise
from core.audit.audited import passes_waypoint
from core.cluster import Cluster
from core.gates import Verdict
from core.model import Labels, Object
from core.paths import resolve
from core.plan import plan
from core.render.advice import advice_document, advice_table
from core.sources import samples
from core.whatif import preview
from tests import build
from tests.audit.audits import sample
from tests.policies.written import Written, policy, read, target

OFF = {names.USE_WAYPOINT: "waypoint"}
RULES = [{"to": [{"operation": {"methods": ["GET"]}}]}]


def allow(service: str) -> Written:
    return policy(
        "AuthorizationPolicy", "shop/p", {"targetRefs": [target("Service", service)], "rules": RULES}
    )


def advice(cluster: Cluster, *policies: Written) -> AllAdvice:
    return advise(resolve(cluster), read(policies))


def other(labels: Labels) -> list[Object]:
    return [
        build.service("shop", "images", "10.96.0.55", labels=labels),
        build.pod("shop", "images-1", "10.244.0.55", {"app": "images"}, captured=True),
    ]


def shown(found: AllAdvice) -> dict[str, tuple[str, str]]:
    return {one.service.name: (one.today, one.advice.value) for one in found.services}


def test_what_a_policy_protects_goes_through() -> None:
    cluster = build.world(build.cart(labels=OFF))
    found = advice(cluster, allow("cart"))
    assert shown(found) == {"cart": ("direct", "waypoint")}
    assert any("AuthorizationPolicy/shop/p" in one for one in found.services[0].because)
    assert any("2 L7 hops" in one for one in found.services[0].because)
    assert all(passes_waypoint(path) for path in preview(resolve(cluster), found.edits).after.paths)


def test_what_is_protected_already_stays() -> None:
    assert shown(advice(build.world(), allow("cart"))) == {"cart": ("waypoint", "no-change")}


def test_what_nothing_acts_on_goes_past() -> None:
    cluster = build.world(*other(build.through()))
    found = advice(cluster, allow("cart"))
    assert shown(found) == {"cart": ("waypoint", "no-change"), "images": ("waypoint", "direct")}
    after = {path.service_ref.name: path for path in preview(resolve(cluster), found.edits).after.paths}
    assert after["images"].outcome.verdict is Verdict.DIRECT
    assert passes_waypoint(after["cart"])


def test_without_any_policy_nothing_is_advised() -> None:
    assert shown(advice(build.world())) == {"cart": ("waypoint", "no-change")}
    assert shown(advice(build.world(build.cart(labels={})))) == {"cart": ("direct", "no-change")}


def test_a_namespace_whose_services_differ_is_labelled_by_service() -> None:
    space = build.namespace("shop", build.INGRESS)
    cluster = build.world(space, build.cart(labels=OFF), *other(OFF))
    found = advice(cluster, allow("cart"))
    assert shown(found) == {"cart": ("waypoint", "by-label"), "images": ("waypoint", "by-label")}
    after = {path.service_ref.name: path for path in preview(resolve(cluster), found.edits).after.paths}
    assert passes_waypoint(after["cart"])
    assert after["images"].outcome.verdict is Verdict.DIRECT
    commands = [one.text for one in plan(cluster, found.edits).do if one.text]
    assert "service cart" in commands[0]
    assert "namespace shop" in commands[1]


def test_nothing_is_advised_for_what_does_not_deliver() -> None:
    cluster = build.world(build.service("shop", "cart", labels=build.through()))
    assert shown(advice(cluster, allow("cart")))["cart"][1] == "no-change"


def test_json_and_table() -> None:
    found = advice(build.world(build.cart(labels=OFF)), allow("cart"))
    document = advice_document(found)
    (one,) = document["services"]
    assert list(one) == ["service", "today", "advice", "because", "edits"]
    assert document["scenario"] == {"edits": one["edits"]}
    assert "--label service/shop/cart" in advice_table(found)
    assert advice_table(AllAdvice(services=(), edits=())) == ""


@pytest.mark.parametrize("name", [one.name for one in samples()])
def test_advice_breaks_no_path(name: str) -> None:
    resolution, policies, _ = sample(name)
    found = advise(resolution, policies)
    after = preview(resolution, found.edits)
    failing = {Verdict.BLACKHOLE, Verdict.NO_ENDPOINTS, Verdict.INVALID}
    for path in after.after.paths:
        if path.outcome.verdict in failing:
            assert resolution.by_id[path.id].outcome.verdict in failing
    assert list(after.problems) == []
    assert not any(" ms" in text or "millisecond" in text for one in found.services for text in one.because)
