"""Shares, what fails of them, and the paths behind."""

import pytest

from core.trace.outcome import Disposition
from tests.tracing import ask, gateway, resolved, route, service, thing

EDGE = gateway("http HTTP 80")


def refs(*pairs: tuple[str, int | None]) -> str:
    listed = (
        f"{{name: {name}, port: 80{'' if weight is None else f', weight: {weight}'}}}"
        for name, weight in pairs
    )
    return f"- backendRefs: [{', '.join(listed)}]"


def test_shares_go_by_weight() -> None:
    found = ask(resolved(EDGE, route("r", refs(("red", 70), ("green", 30), ("blue", 0)))), "/")
    assert [(one.path.backend.name, one.share) for one in found.arrivals] == [
        ("red", 0.7),
        ("green", 0.3),
        ("blue", 0.0),
    ]
    assert found.arrivals[2].request is None
    assert found.disposition is Disposition.DELIVERED


def test_paths_are_those_of_the_resolution() -> None:
    resolution = resolved(EDGE, route("r", refs(("red", None), ("red", None), ("green", None))))
    found = ask(resolution, "/")
    assert [one.path for one in found.arrivals] == list(resolution.paths)
    assert found.arrivals[1].path.id.endswith("#2")


@pytest.mark.parametrize(
    ("rules", "status"),
    [
        ("- {}", 500),
        ("- backendRefs: []", 500),
        (refs(("red", 0)), 500),
        (refs(("none", 1)), 500),
        ("- backendRefs: [{name: red, port: 81}]", 500),
        ("- backendRefs: [{name: red, port: 80, kind: Unknown, group: x.test}]", 500),
        (refs(("empty", 1)), 503),
        (refs(("empty", 9), ("none", 1)), 503),
        (refs(("empty", 1), ("none", 9)), 500),
    ],
)
def test_errors(rules, status) -> None:
    resolution = resolved(EDGE, *service("empty", ready=False), route("r", rules))
    found = ask(resolution, "/")
    assert (found.disposition, found.status, found.forwarded) == (Disposition.ERROR, status, None)


def test_an_invalid_backend_fails_for_its_share_only() -> None:
    found = ask(resolved(EDGE, route("r", refs(("none", 3), ("red", 1)))), "/")
    assert (found.disposition, found.status) == (Disposition.DELIVERED, None)
    assert [(one.share, one.status) for one in found.arrivals] == [(0.75, 500), (0.25, None)]
    assert found.steps[-1].finding.because == "75 % Service/shop/none (invalid: 500), 25 % Service/shop/red"


@pytest.mark.parametrize("granted", [False, True])
def test_a_reference_into_another_namespace_needs_a_grant(granted) -> None:
    grant = thing(
        "ReferenceGrant",
        "g",
        "away",
        apiVersion="gateway.networking.k8s.io/v1beta1",
        spec={
            "from": [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "namespace": "shop"}],
            "to": [{"group": "", "kind": "Service"}],
        },
    )
    rules = "- backendRefs: [{name: far, namespace: away, port: 80}]"
    more = [grant] if granted else []
    found = ask(resolved(EDGE, *service("far", "away"), *more, route("r", rules)), "/")
    assert found.status == (None if granted else 500)


def test_several_gateways_have_their_own_routes() -> None:
    resolution = resolved(EDGE, gateway("http HTTP 80", "back"), route("r", refs(("red", 1)), to="edge"))
    assert ask(resolution, "/").disposition is Disposition.DELIVERED
    found = ask(resolution, "/", "back")
    assert (found.disposition, found.status, list(found.considered)) == (Disposition.NOT_FOUND, 404, [])


@pytest.mark.parametrize(("class_name", "told"), [("istio", True), ("kgateway", False)])
def test_istio_tries_again_by_the_policy_of_the_mesh(class_name: str, *, told: bool) -> None:
    config = {
        **thing("ConfigMap", "istio", "istio-system", apiVersion="v1"),
        "data": {"mesh": "defaultHttpRetryPolicy: {attempts: 1}"},
    }
    own = (
        "- matches: [{path: {value: /own}}]\n  retry: {attempts: 5}\n  backendRefs: [{name: red, port: 80}]\n"
    )
    rules = f"{own}- backendRefs: [{{name: red, port: 80}}]"
    found = resolved(config, gateway("a HTTP 80", class_name=class_name), route("r", rules))
    of_mesh = "failed requests are tried again: 1 attempt (defaultHttpRetryPolicy of MeshConfig)"
    for url, expected in (("/own", ["failed requests are tried again: 5 attempts"]), ("/", [of_mesh] * told)):
        assert [one.finding.because for one in ask(found, url).steps if one.gate == "retry"] == expected
