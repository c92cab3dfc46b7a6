"""Findings that an annotation on one of their objects accepts."""

from typing import Any

import pytest

from core import labels as names
from core.audit.accepting import NO_REASON
from core.audit.codes import CODES
from core.audit.run import Audit
from core.cluster import replace
from core.model import Object
from tests import build
from tests.audit.audits import look
from tests.policies.written import Written, policy, target

OFF = {names.USE_WAYPOINT: "waypoint"}
RULES = [{"to": [{"operation": {"methods": ["GET"]}}]}]


def accepting(text: str) -> dict[str, str]:
    return {names.ACCEPT: text}


def shown(found: Audit) -> dict[str, str | None]:
    return {one.code: one.accepted for one in found.findings}


def headless(text: str) -> Audit:
    cart = build.service(
        "shop", "cart", labels=build.through(), annotations=accepting(text), where="c.yaml#2"
    )
    return look(build.world(cart))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("black-hole=until June", "until June"),
        (" black-hole = a = b ", "a = b"),
        ("no-endpoints=never; black-hole=until June", "until June"),
        ("no-endpoints=never\nblack-hole=until June\n", "until June"),
        ("black-hole", NO_REASON),
        ("black-hole=", NO_REASON),
        ("no-endpoints=black-hole=x", None),
        ("Black-Hole=x", None),
        ("", None),
        (";;=\n", None),
    ],
)
def test_code_and_reason(text: str, reason: str | None) -> None:
    found = headless(text)
    assert shown(found) == {"black-hole": reason}
    assert found.summary == ({} if reason else {"black-hole": 1})


def told(policy_annotations: dict[str, str]) -> Written:
    one = policy("AuthorizationPolicy", "shop/p", {"targetRefs": [target("Service", "cart")], "rules": RULES})
    return {**one, "metadata": {**one["metadata"], "annotations": policy_annotations}}


def test_a_policy_accepts_that_it_is_bypassed() -> None:
    found = look(build.world(build.cart(labels=OFF)), told(accepting("policy-bypassed=observed elsewhere")))
    assert shown(found) == {"policy-bypassed": "observed elsewhere"}


def test_its_service_may_accept_it_too() -> None:
    cart = build.cart(labels=OFF, annotations=accepting("policy-bypassed=internal only"))
    assert shown(look(build.world(cart), told({}))) == {"policy-bypassed": "internal only"}


STRAY = replace(
    build.controller("kgateway", "v2.2.0", {**build.KGATEWAY_ENV, names.KGW_INGRESS_UNPREFIXED: "true"}),
    annotations=accepting("flag-without-effect=goes with 2.3"),
)
UNUSED = replace(build.waypoint("infra", "spare"), annotations=accepting("unused-waypoint=soon"))
NAMESPACE = replace(
    build.namespace("shop", build.INGRESS), annotations=accepting("label-without-effect=soon")
)


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([STRAY], "flag-without-effect"),
        ([UNUSED], "unused-waypoint"),
        ([NAMESPACE, build.cart(labels={})], "label-without-effect"),
        (
            [build.entry("shop", "bank", labels=build.through(), annotations=accepting("black-hole=known"))],
            "black-hole",
        ),
    ],
)
def test_objects_of_other_kinds(rows: list[Object], code: str) -> None:
    found = look(build.world(*rows))
    assert code in shown(found)
    assert code not in found.summary


@pytest.mark.parametrize(
    ("text", "hint"),
    [("black-hle=x", "did you mean black-hole?"), ("zzz=x", "codes are policy-bypassed, ")],
)
def test_an_unknown_code_is_a_problem_that_names_the_object(text: str, hint: str) -> None:
    (problem,) = headless(text).problems
    assert (problem.severity, problem.where) == ("warning", "c.yaml#2 Service/shop/cart")
    assert repr(text.partition("=")[0]) in problem.message
    assert hint in problem.message


def test_an_unknown_code_on_a_policy_is_told_of() -> None:
    (problem,) = look(build.world(), told(accepting("bypassed=x"))).problems
    assert problem.where.endswith("AuthorizationPolicy/shop/p")


def test_a_hostile_annotation_is_data() -> None:
    (problem,) = headless("\x1b[2J<b>\u202e=x").problems
    assert problem.message.isprintable()


def test_every_code_can_be_accepted() -> None:
    text = ";".join(f"{row.code}=x" for row in CODES)
    found: Any = headless(text)
    assert list(found.problems) == []
