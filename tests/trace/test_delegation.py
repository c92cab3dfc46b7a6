"""kgateway's delegation: which rules of which routes take over from one that delegates, and what they match."""

import json
from typing import Any

import pytest
import yaml

from core import cli
from core.gates import Verdict
from tests.tracing import ask, gateway, holds, resolved, route

EDGE = gateway("http HTTP 80", class_name="kgateway")
ROUTE = "group: gateway.networking.k8s.io, kind: HTTPRoute"
INHERIT = "delegation.kgateway.dev/inherit-parent-matcher"
LABEL = "delegation.kgateway.dev/label"


def to(target: str, matches: str = "{path: {value: /a}}", more: str = "") -> str:
    """A rule that delegates to `NAMESPACE/NAME`."""
    namespace, _, name = target.partition("/")
    ref = f"{{{ROUTE}, namespace: {namespace}, name: '{name}'}}"
    return f"- matches: [{matches}]\n  backendRefs: [{ref}]\n{more}"


def forward(path: str, name: str, more: str = "") -> str:
    return f"- matches: [{{path: {{value: {path}}}{more}}}]\n  backendRefs: [{{name: {name}, port: 80}}]\n"


def child(name: str, rules: str, namespace: str = "shop", *, parent: str = "", **more: Any) -> dict[str, Any]:
    """A route without parentRefs, or with the HTTPRoute `parent` as its only one."""
    annotations, labels = more.pop("annotations", None), more.pop("labels", None)
    made = route(name, rules, **more)
    made["spec"].pop("parentRefs")
    if parent:
        ref = {"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "name": parent, "namespace": "shop"}
        made["spec"]["parentRefs"] = [ref]
    made["metadata"] |= {"namespace": namespace}
    if annotations:
        made["metadata"]["annotations"] = annotations
    if labels:
        made["metadata"]["labels"] = labels
    return made


def test_rules_of_the_child_take_over_below_the_path_of_the_parent() -> None:
    resolution = resolved(
        EDGE,
        route("top", f"{to('shop/low')}{forward('/', 'blue')}"),
        child("low", forward("/a/x", "red") + forward("/a", "green") + forward("/b", "red")),
    )
    table = """
    /a/x/1 -> red
    /a/1 -> green
    /a -> green
    /b -> blue
    /ax -> blue
    """
    holds(resolution, table)
    assert [path.id for path in resolution.paths if path.via] == [
        "shop/edge:http/HTTPRoute/shop/top:0/HTTPRoute/shop/low:0/Service/shop/red:80",
        "shop/edge:http/HTTPRoute/shop/top:0/HTTPRoute/shop/low:1/Service/shop/green:80",
    ]
    found = ask(resolution, "/a/1")
    assert [step.gate for step in found.steps] == ["listener", "delegation", "route", "backends"]
    assert found.steps[1].finding.because == "HTTPRoute/shop/top rule 0 delegates to HTTPRoute/shop/low"
    assert found.taken is not None
    assert list(found.taken.via) == ["HTTPRoute/shop/top rule 0"]
    reasons = {(str(one.route), one.rule): one.because for one in found.considered}
    assert reasons["HTTPRoute/shop/top", 0] == "delegates to HTTPRoute/shop/low"
    assert "no match of it is below HTTPRoute/shop/top rule 0" in reasons["HTTPRoute/shop/low", 2]


def test_a_request_that_no_child_matches_is_not_the_parents() -> None:
    resolution = resolved(EDGE, route("top", to("shop/low")), child("low", forward("/a/x", "red")))
    holds(resolution, "/a/x -> red\n/a -> 404")


@pytest.mark.parametrize(
    ("parent", "own", "taken"),
    [
        ("{path: {value: /a}}", "{path: {value: /a/x}}", True),
        ("{path: {value: /a}}", "{path: {type: Exact, value: /a}}", True),
        ("{path: {value: /a}}", "{path: {type: RegularExpression, value: /a/.*}}", True),
        ("{path: {value: /a}}", "{path: {value: /}}", False),
        ("{path: {type: Exact, value: /a}}", "{path: {type: Exact, value: /a}}", False),
        ("{path: {value: /a}, method: GET}", "{path: {value: /a}, method: GET}", True),
        ("{path: {value: /a}, method: GET}", "{path: {value: /a}}", False),
        (
            "{path: {value: /a}, headers: [{name: h, value: '1'}]}",
            "{path: {value: /a}, headers: [{name: h, value: '1'}, {name: k, value: '2'}]}",
            True,
        ),
        (
            "{path: {value: /a}, headers: [{name: h, value: '1'}]}",
            "{path: {value: /a}, headers: [{name: h, value: '2'}]}",
            False,
        ),
        (
            "{path: {value: /a}, queryParams: [{name: q, value: '1'}]}",
            "{path: {value: /a}, queryParams: [{name: q, value: '1'}]}",
            True,
        ),
        ("{path: {value: /a}, queryParams: [{name: q, value: '1'}]}", "{path: {value: /a}}", False),
    ],
)
def test_what_a_match_of_the_child_has_to_ask_for(parent, own, taken) -> None:
    low = child("low", f"- matches: [{own}]\n  backendRefs: [{{name: red, port: 80}}]")
    resolution = resolved(EDGE, route("top", to("shop/low", parent)), low)
    (path,) = resolution.paths
    assert bool(path.via) is taken
    assert (path.outcome.verdict is Verdict.INVALID) is not taken
    assert len(resolution.problems) == (not taken)


@pytest.mark.parametrize("value", ["true", "Yes", "enabled", "false"])
def test_a_child_may_inherit_the_match_of_the_parent(value) -> None:
    top = "{path: {value: /a}, method: GET, headers: [{name: h, value: '1'}]}"
    low = child(
        "low",
        forward("/x", "red", ", method: POST, headers: [{name: h, value: '2'}, {name: k, value: '3'}]")
        + "- {}",
        annotations={INHERIT: value},
    )
    resolution = resolved(EDGE, route("top", to("shop/low", top)), low)
    if value == "false":
        assert not any(path.via for path in resolution.paths)
        return
    table = """
    /a/x h=1 k=3 -> red
    /a/x h=2 k=3 -> 404
    POST /a/x h=1 k=3 -> 404
    /a/y h=1 -> 500
    /x h=1 k=3 -> 404
    """
    holds(resolution, table)


@pytest.mark.parametrize(
    ("parent", "own", "matches", "not_matched"),
    [
        ("/a/[0-9]+", "{path: {value: /x}}", "/a/12/x/y", "/a/12/xy"),
        ("/a/[0-9]+$", "{path: {type: Exact, value: /x}}", "/a/12/x", "/a/12/x/y"),
        ("/a/[0-9]+", "{path: {type: RegularExpression, value: '^/[a-c]+$'}}", "/a/1/abc", "/a/1/d"),
    ],
)
def test_a_pattern_of_the_parent_is_continued(parent, own, matches, not_matched) -> None:
    top = to("shop/low", f"{{path: {{type: RegularExpression, value: '{parent}'}}}}")
    low = child(
        "low",
        f"- matches: [{own}]\n  backendRefs: [{{name: red, port: 80}}]",
        annotations={INHERIT: "true"},
    )
    holds(resolved(EDGE, route("top", top), low), f"{matches} -> red\n{not_matched} -> 404")


def test_names_stars_and_labels_choose_children() -> None:
    labels = {LABEL: "team"}
    by_label = (
        "- matches: [{path: {value: /a}}]\n"
        "  backendRefs: [{group: delegation.kgateway.dev, kind: label, name: team, namespace: NAMESPACE}]\n"
    )
    children = [
        child("one", forward("/a/one", "red"), "away", labels=labels),
        child("two", forward("/a/two", "red"), "away"),
        child("three", forward("/a/three", "red"), labels=labels),
    ]

    def reached(rules: str) -> set[str]:
        return {path.route[1] for path in resolved(EDGE, route("top", rules), *children).paths if path.via}

    assert reached(to("away/*")) == {"one", "two"}
    assert reached(to("away/two")) == {"two"}
    assert reached(by_label.replace("NAMESPACE", "away")) == {"one"}
    assert reached(by_label.replace("NAMESPACE", "all")) == {"one", "three"}
    assert reached(by_label.replace("NAMESPACE", "none")) == set()


def test_parent_refs_of_a_child_are_the_only_ones_it_takes() -> None:
    resolution = resolved(
        EDGE,
        route("top", f"{to('shop/mine')}{to('shop/other', '{path: {value: /b}}')}"),
        child("mine", forward("/a", "red"), parent="top"),
        child("other", forward("/b", "red"), parent="elsewhere"),
    )
    holds(resolution, "/a -> red\n/b -> 500")
    (problem,) = resolution.problems
    assert problem.message.endswith(
        "HTTPRoute/shop/other has parentRefs, and none of them is HTTPRoute/shop/top"
    )


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        (to("shop/none"), "HTTPRoute/shop/none names no HTTPRoute of the source"),
        (to("shop/hosts"), "HTTPRoute/shop/hosts has hostnames"),
        (to("shop/loop"), "HTTPRoute/shop/top delegates in a circle"),
        (to("shop/top"), "HTTPRoute/shop/top has parentRefs"),
        (to("shop/far"), "no rule of it has a match below"),
    ],
)
def test_delegation_to_nothing_answers_500_and_is_told_of(rules, words) -> None:
    resolution = resolved(
        EDGE,
        route("top", rules),
        child("hosts", forward("/a", "red"), hostnames=["x.test"]),
        child("loop", to("shop/loop2")),
        child("loop2", to("shop/loop")),
        child("far", forward("/far", "red")),
    )
    assert ask(resolution, "/a").status == 500
    told = " ".join(one.message for one in resolution.problems)
    assert "delegates to nothing, clients get 500" in told
    assert words.replace("HTTPRoute/shop/top delegates", "HTTPRoute/shop/loop delegates") in told


def test_children_delegate_in_turn() -> None:
    resolution = resolved(
        EDGE,
        route("top", to("shop/mid")),
        child("mid", to("shop/low", "{path: {value: /a/b}}") + forward("/a", "green")),
        child("low", forward("/a/b/c", "red")),
    )
    holds(resolution, "/a/b/c -> red\n/a/b -> green\n/a -> green")
    found = ask(resolution, "/a/b/c")
    assert [step.finding.because for step in found.steps if step.gate == "delegation"] == [
        "HTTPRoute/shop/top rule 0 delegates to HTTPRoute/shop/mid",
        "HTTPRoute/shop/mid rule 0 delegates to HTTPRoute/shop/low",
    ]


def test_two_parents_may_share_a_child() -> None:
    def top(host: str) -> dict[str, Any]:
        return route(host, to("shop/low"), hostnames=[f"{host}.test"])

    resolution = resolved(EDGE, top("one"), top("two"), child("low", forward("/a", "red")))
    holds(resolution, "http://one.test/a -> red\nhttp://two.test/a -> red\nhttp://three.test/a -> 404")
    assert len({path.id for path in resolution.paths}) == 2


def test_a_rule_may_have_backends_beside_the_routes_it_delegates_to() -> None:
    ref = f"{{{ROUTE}, name: low}}"
    mixed = f"- matches: [{{path: {{value: /a}}}}]\n  backendRefs: [{ref}, {{name: green, port: 80}}]"
    resolution = resolved(EDGE, route("top", mixed), child("low", forward("/a/x", "red")))
    holds(resolution, "/a/x -> red\n/a/y -> green")
    assert [one.share for one in ask(resolution, "/a/y").arrivals] == [1.0]


FILTER = "filters: [{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: from, value: NAME}]}}]"


@pytest.mark.parametrize(
    ("own", "annotation", "got"),
    [
        ("", "", "top"),
        (f"  {FILTER.replace('NAME', 'low')}\n", "", "low"),
        (f"  {FILTER.replace('NAME', 'low')}\n", "ShallowMergePreferParent", "top"),
    ],
)
def test_filters_are_inherited_where_the_child_has_none_of_the_kind(own, annotation, got) -> None:
    top = route(
        "top", to("shop/low", more=f"  {FILTER.replace('NAME', 'top')}\n  timeouts: {{request: 3s}}\n")
    )
    if annotation:
        top["metadata"]["annotations"] = {"kgateway.dev/inherited-policy-priority": annotation}
    found = ask(resolved(EDGE, top, child("low", forward("/a", "red") + own)), "/a")
    assert found.forwarded is not None
    assert found.forwarded.header("from") == got
    inherited = [step.finding.because for step in found.steps if step.gate == "inherited"]
    kinds = "RequestHeaderModifier, timeouts" if got == "top" else "timeouts"
    assert inherited == [f"it takes over {kinds} of HTTPRoute/shop/top rule 0"]
    assert "timeout" in [step.gate for step in found.steps]


def test_other_data_planes_do_not_delegate() -> None:
    resolution = resolved(
        gateway("http HTTP 80"), route("top", to("shop/low")), child("low", forward("/a", "red"))
    )
    (path,) = resolution.paths
    assert path.outcome.verdict is Verdict.INVALID
    assert ask(resolution, "/a").status == 500


def test_agentgateways_own_delegation_is_said_not_to_be_computed() -> None:
    edge = gateway("http HTTP 80", class_name="agentgateway")
    rules = to("shop/low") + forward("/b", "green")
    resolution = resolved(edge, route("top", rules), child("low", forward("/a", "red")))
    assert [path.rule for path in resolution.paths] == [1]
    (problem,) = resolution.problems
    assert "agentgateway's delegation to other HTTPRoutes is not computed" in problem.message
    found = ask(resolution, "/a")
    assert (found.disposition, found.steps[-1].finding.result.value) == ("error", "unknown")
    holds(resolution, "/b -> green")


def test_hostname_references_are_resolved_and_backends_of_kgateway_are_never_redirected() -> None:
    backend = {
        "apiVersion": "gateway.kgateway.dev/v1alpha1",
        "kind": "Backend",
        "metadata": {"name": "far", "namespace": "shop"},
        "spec": {"type": "AWS", "aws": {"accountId": "1"}},
    }
    entry = {
        "apiVersion": "networking.istio.io/v1",
        "kind": "ServiceEntry",
        "metadata": {"name": "far", "namespace": "away"},
        "spec": {
            "hosts": ["far.test"],
            "ports": [{"number": 80, "name": "http", "protocol": "HTTP"}],
            "resolution": "STATIC",
            "endpoints": [{"address": "192.0.2.1"}],
        },
    }
    rules = (
        "- matches: [{path: {value: /a/b}}]\n"
        "  backendRefs: [{group: gateway.kgateway.dev, kind: Backend, name: far}]\n"
        "- matches: [{path: {value: /a/h}}]\n"
        "  backendRefs: [{group: networking.istio.io, kind: Hostname, name: far.test, port: 80}]\n"
    )
    resolution = resolved(EDGE, route("top", to("shop/low")), child("low", rules), backend, entry)
    by_kind = {path.backend.kind: path for path in resolution.paths}
    assert by_kind["Backend"].outcome.verdict is Verdict.DIRECT
    assert str(by_kind["Hostname"].service_ref) == "ServiceEntry/away/far"
    assert ask(resolution, "/a/b").arrivals[0].path is by_kind["Backend"]


def test_resolve_tells_the_chain(tmp_path, capsys) -> None:
    objects = [EDGE, route("top", to("shop/low")), child("low", forward("/a", "red"))]
    file = tmp_path / "c.yaml"
    file.write_text(yaml.safe_dump_all(objects), encoding="utf-8")
    assert cli.main(["resolve", str(file), "-o", "json"]) == 0
    (path,) = json.loads(capsys.readouterr().out)["paths"]
    assert path["route"]["delegatedBy"] == [{"route": "HTTPRoute/shop/top", "rule": 0}]
    assert path["steps"][0]["gate"] == "delegation"
    assert path["steps"][0]["evidence"][0]["object"] == "HTTPRoute/shop/top"
    assert cli.main(["explain", str(file)]) == 0
    assert "HTTPRoute/shop/top rule 0 -> HTTPRoute/shop/low rule 0" in capsys.readouterr().out
