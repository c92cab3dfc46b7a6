"""What routes and policies do, as read from their fields, and what of it repeats at a second place."""

from typing import Any

import pytest

from core.model import ObjectRef
from core.policies.effects import EFFECTS, Source, doubled
from core.policies.reading.effects import TRAFFIC_FIELDS
from core.policy_model import Effect
from tests.policies.written import policy, read


def filters(*listed: dict[str, Any], kind: str = "HTTPRoute", **rule: Any) -> list[str]:
    spec = {"rules": [{"filters": list(listed), **rule}]}
    return shown(read([policy(kind, "n1/r", spec)]).routes[0].effects[0])


def shown(effects: Any) -> list[str]:
    return [f"{one.kind} {one.key}".strip() for one in effects]


def modifier(kind: str, **change: Any) -> dict[str, Any]:
    return {"type": kind, kind[0].lower() + kind[1:]: change}


def named(*names: str) -> list[dict[str, str]]:
    return [{"name": name, "value": "1"} for name in names]


def test_filters_of_routes() -> None:
    change = {"set": named("A"), "add": named("B"), "remove": ["C"]}
    assert filters(modifier("RequestHeaderModifier", **change)) == [
        "request-header-set a",
        "request-header-add b",
        "request-header-remove c",
    ]
    assert filters(modifier("ResponseHeaderModifier", add=named("x")), kind="GRPCRoute") == [
        "response-header-add x"
    ]
    full = {"path": {"type": "ReplaceFullPath", "replaceFullPath": "/"}}
    prefix = {"path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/"}, "hostname": "a"}
    assert filters({"type": "URLRewrite", "urlRewrite": full}) == ["path-rewrite"]
    assert filters({"type": "URLRewrite", "urlRewrite": prefix}) == ["host-rewrite", "prefix-rewrite"]
    assert filters({"type": "RequestRedirect", "requestRedirect": {}}) == ["redirect"]
    assert filters(modifier("RequestMirror", backendRef={"name": "b"})) == ["mirror b"]
    assert filters({"type": "ExtensionRef", "extensionRef": {}}, {"type": "CORS", "cors": {}}) == ["cors"]


def test_timeouts_retries_and_filters_of_backends() -> None:
    assert filters(timeouts={"request": "1s"}) == ["timeout"]
    assert filters(timeouts={"request": "0s"}) == []
    assert filters(retry={}) == ["retry"]
    assert filters(retry={"attempts": 0}) == []
    inner = {"name": "b", "filters": [modifier("RequestHeaderModifier", add=named("x"))]}
    assert filters(backendRefs=[inner]) == ["request-header-add x"]


def rule(**fields: Any) -> list[str]:
    return shown(read([policy("VirtualService", "n1/v", {"http": [fields]})]).virtual_services[0].rules[0])


def test_rules_of_virtual_services() -> None:
    assert rule(headers={"request": {"add": {"A": "1"}}, "response": {"remove": ["B"]}}) == [
        "request-header-add a",
        "response-header-remove b",
    ]
    assert rule(route=[{"headers": {"request": {"set": {"A": "1"}}}}]) == ["request-header-set a"]
    assert rule(rewrite={"authority": "a", "uri": "/"}) == ["host-rewrite", "prefix-rewrite"]
    assert rule(rewrite={"uri": "/"}, match=[{"uri": {"exact": "/a"}}]) == ["path-rewrite"]
    assert rule(rewrite={"uriRegexRewrite": {"match": "a"}}) == ["prefix-rewrite"]
    assert rule(mirror={"host": "b.n1.svc"}, mirrors=[{"destination": {"host": "c"}}]) == [
        "mirror b",
        "mirror c",
    ]
    assert rule(
        fault={"delay": {}}, retries={"attempts": 2}, timeout="2s", corsPolicy={"allowOrigins": []}
    ) == [
        "fault",
        "retry",
        "timeout",
        "cors",
    ]
    assert rule(retries={"attempts": 0}, timeout="0s") == []


@pytest.mark.parametrize("field", sorted(TRAFFIC_FIELDS))
def test_fields_of_traffic_policies(field: str) -> None:
    value: Any = (
        {"request": {"add": named("x")}} if field in ("transformation", "headerModifiers") else {"a": 1}
    )
    for spec in ({field: value}, {"traffic": {field: value}}):
        effects = read([policy("TrafficPolicy", "n1/p", spec)]).gateway_policies[0].effects
        assert len(effects) == 1
        assert effects[0].kind in EFFECTS
    off: Any = {field: {"disable": {}}}
    assert read([policy("TrafficPolicy", "n1/p", off)]).gateway_policies[0].effects == ()


# --- twice --------------------------------------------------------------------------------------------------

ROUTE = ObjectRef(kind="HTTPRoute", namespace="n1", name="in")
MESH = ObjectRef(kind="HTTPRoute", namespace="n1", name="mesh")


def twice(first: Effect, second: Effect) -> list[tuple[str, str, bool]]:
    found = doubled([Source(ref=ROUTE, effects=(first,))], [Source(ref=MESH, effects=(second,))])
    return [(one.effect, one.key, one.idempotent) for one in found]


@pytest.mark.parametrize("kind", sorted(EFFECTS))
def test_each_effect_meets_its_like(kind: str) -> None:
    row = EFFECTS[kind]
    effect = Effect(kind=kind, key="x")
    assert twice(effect, effect) == [(row.alike, "x", row.idempotent)]
    assert twice(effect, Effect(kind=kind, key="y")) == []
    others = {other for other in EFFECTS if EFFECTS[other].alike != row.alike}
    assert all(twice(effect, Effect(kind=other, key="x")) == [] for other in others)


@pytest.mark.parametrize("verb", ["set", "remove"])
def test_set_like_effects_are_idempotent_and_add_like_are_not(verb: str) -> None:
    assert EFFECTS[f"request-header-{verb}"].idempotent
    assert not EFFECTS["request-header-add"].idempotent
    for kind in ("mirror", "fault", "retry", "rate-limit", "prefix-rewrite", "telemetry"):
        assert not EFFECTS[kind].idempotent
    for kind in ("authz", "jwt", "timeout", "path-rewrite", "host-rewrite"):
        assert EFFECTS[kind].idempotent


def test_a_prefix_and_a_full_path_are_the_same_effect() -> None:
    full, prefix = Effect(kind="path-rewrite"), Effect(kind="prefix-rewrite")
    assert twice(full, prefix) == [("path", "", False)]
    assert twice(full, full) == [("path", "", True)]


def test_a_token_that_the_gateway_takes_off_is_missed_at_the_waypoint() -> None:
    kept, taken = Effect(kind="jwt", key="a"), Effect(kind="jwt-consumed", key="a")
    assert twice(taken, kept) == [("jwt", "a", False)]
    assert twice(taken, taken) == [("jwt", "a", False)]
    assert twice(kept, taken) == [("jwt", "a", True)]
    assert twice(Effect(kind="jwt", key="*"), kept) == [("jwt", "a", True)]


def test_it_is_told_in_words() -> None:
    first = Source(ref=ROUTE, effects=(Effect(kind="request-header-add", key="x-team"),))
    one = doubled([first], [Source(ref=MESH, effects=first.effects)])[0]
    assert str(one) == (
        "request-header-add x-team: at the gateway by HTTPRoute/n1/in, at the waypoint by HTTPRoute/n1/mesh; "
        "the header gets a value at each place"
    )
    alone = doubled([first], [first])[0]
    assert str(alone).startswith(
        "request-header-add x-team: HTTPRoute/n1/in acts at the gateway and at the waypoint"
    )
