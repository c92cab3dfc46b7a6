"""Rules of delegates in the places of those that delegate."""

from typing import Any

import pytest

from tests.istio_ingress.mesh import Thing, ask, gateway, holds, loaded, paths, resolved, to, virtual_service

HTTP = gateway("http HTTP 80 *")


def delegate(name: str, rules: str, **more: Any) -> Thing:
    return virtual_service(name, rules, gateways="", hosts="", **more)


def root(match: str = "", to_: str = "part", **more: Any) -> Thing:
    matches = f"match: [{match}], " if match else ""
    return virtual_service("root", f"[{{{matches}delegate: {{name: {to_}}}}}, {{{to('blue')}}}]", **more)


def test_a_path_names_both_virtual_services() -> None:
    found = resolved(HTTP, root("{uri: {prefix: /a}}"), delegate("part", f"[{{{to('red')}}}]"))
    assert [path.id for path in found.paths] == [
        "shop/edge:http/VirtualService/shop/root:0/VirtualService/shop/part:0/Service/shop/red:80",
        "shop/edge:http/VirtualService/shop/root:1/Service/shop/blue:80",
    ]
    assert [str(path.route_ref) for path in found.paths] == [
        "VirtualService/shop/part",
        "VirtualService/shop/root",
    ]


@pytest.mark.parametrize(
    ("of_root", "of_delegate", "taken"),
    [
        # What a delegate asks for has to be within what the root asks for.
        ("", "", True),
        ("{uri: {prefix: /a}}", "", True),
        ("", "{uri: {prefix: /a}}", True),
        ("{uri: {prefix: /a}}", "{uri: {prefix: /a/b}}", True),
        ("{uri: {prefix: /a}}", "{uri: {exact: /a/b}}", True),
        ("{uri: {prefix: /a/b}}", "{uri: {prefix: /a}}", False),
        ("{uri: {prefix: /a}}", "{uri: {prefix: /b}}", False),
        ("{uri: {exact: /a}}", "{uri: {exact: /a}}", True),
        ("{uri: {exact: /a}}", "{uri: {exact: /b}}", False),
        ("{uri: {exact: /a}}", "{uri: {prefix: /a}}", False),
        ("{uri: {regex: /a}}", "{uri: {prefix: /a}}", False),
        ("{uri: {prefix: /a}}", "{uri: {regex: /a.*}}", False),
        ("{uri: {regex: /a.*}}", "{headers: {x: {exact: '1'}}}", True),
        ("{headers: {x: {exact: '1'}}}", "{headers: {x: {exact: '1'}}}", True),
        ("{headers: {x: {exact: '1'}}}", "{headers: {x: {exact: '2'}}}", False),
        ("{headers: {x: {exact: '1'}}}", "{headers: {y: {exact: '2'}}}", True),
        ("{method: {exact: GET}}", "{method: {exact: POST}}", False),
        ("{queryParams: {a: {exact: '1'}}}", "{queryParams: {a: {exact: '2'}}}", False),
        ("{withoutHeaders: {a: {exact: '1'}}}", "{withoutHeaders: {a: {exact: '2'}}}", False),
        ("{port: 80}", "{port: 80}", True),
        ("{port: 80}", "{port: 81}", False),
        ("{gateways: [edge, mesh]}", "{gateways: [edge]}", True),
        ("{gateways: [edge]}", "{gateways: [edge, mesh]}", False),
        ("{sourceNamespace: infra}", "{sourceNamespace: infra}", True),
        ("{sourceNamespace: infra}", "{uri: {prefix: /a}}", False),
        ("{sourceLabels: {istio: ingress}}", "{sourceLabels: {istio: egress}}", False),
        ("{uri: {prefix: /a}, ignoreUriCase: true}", "{uri: {prefix: /a}}", False),
        ("{uri: {prefix: /a}}, {uri: {prefix: /b}}", "{uri: {prefix: /b/c}}", True),
        ("{uri: {prefix: /a}}", "{uri: {prefix: /a/b}}, {uri: {prefix: /c}}", False),
    ],
)
def test_matches_of_a_delegate_are_within_those_of_its_root(
    of_root: str, of_delegate: str, taken: bool
) -> None:
    match = f"match: [{of_delegate}], " if of_delegate else ""
    found, said = loaded(HTTP, root(of_root), delegate("part", f"[{{{match}{to('red')}}}]"))
    assert ("red" in [path.backend.name for path in found.paths]) is taken
    refused = [one for one in said if "never reached" not in one]
    assert refused == (
        []
        if taken
        else [
            "VirtualService/shop/root: http rule 0 of VirtualService/shop/part has no match within those of rule 0: it is ignored"
        ]
    )


def test_both_matches_have_to_hold() -> None:
    found = resolved(
        HTTP,
        root("{uri: {prefix: /a}, method: {exact: GET}}"),
        delegate(
            "part", f"[{{match: [{{uri: {{prefix: /a/b}}, headers: {{x: {{exact: '1'}}}}}}], {to('red')}}}]"
        ),
    )
    holds(
        found,
        """
        /a/b/c x=1 -> red
        POST /a/b/c x=1 -> blue
        /a/b/c -> blue
        /a x=1 -> blue
        """,
    )


def test_what_a_delegate_does_not_say_it_has_of_its_root() -> None:
    rule = "match: [{uri: {prefix: /a}}], rewrite: {uri: /whole}, headers: {request: {set: {x: root}}}"
    found = resolved(
        HTTP,
        virtual_service("root", f"[{{{rule}, delegate: {{name: part}}}}]"),
        delegate(
            "part",
            f"[{{match: [{{uri: {{prefix: /a/own}}}}], rewrite: {{uri: /own}}, {to('red')}}}, {{{to('green')}}}]",
        ),
    )
    own, inherited = (ask(found, url).forwarded for url in ("/a/own/1", "/a/1"))
    assert own is not None
    assert inherited is not None
    assert (own.path, inherited.path, inherited.header("x")) == ("/own/1", "/whole/1", "root")


@pytest.mark.parametrize(
    ("part", "fault"),
    [
        ([], "which does not exist"),
        (
            [virtual_service("part", f"[{{{to('red')}}}]", hosts="a.test")],
            "which has hosts and so is no delegate",
        ),
        (
            [delegate("part", f"[{{{to('red')}}}]", exportTo=["other"])],
            "which is not exported to namespace shop",
        ),
        (
            [delegate("part", "[{delegate: {name: part}}]")],
            "which Istio refuses, since http rule 0 delegates, which a delegate may not",
        ),
        (
            [
                delegate("part", "[{delegate: {name: other}}]"),
                delegate("other", "[{delegate: {name: part}}]"),
            ],
            "which Istio refuses, since http rule 0 delegates, which a delegate may not",
        ),
    ],
)
def test_a_rule_that_delegates_to_nothing_is_ignored(part: list[Thing], fault: str) -> None:
    found, said = loaded(HTTP, root(), *part)
    assert paths(found)[-1] == "edge:http root:1 blue:80 1 direct"
    told = f"VirtualService/shop/root: http rule 0 delegates to VirtualService/shop/part, {fault}: the rule is ignored"
    assert told in said


def test_a_delegate_of_another_namespace() -> None:
    part = delegate("far/part", f"[{{{to('red.shop.svc.cluster.local')}}}, {{{to('red')}}}]")
    rule = "[{delegate: {name: part, namespace: far}}]"
    found, said = loaded(HTTP, virtual_service("root", rule), part)
    # Short names are those of the delegate's namespace.
    assert [str(path.backend.ref) for path in found.paths] == ["Service/shop/red"]
    assert said == [
        (
            "VirtualService/shop/root: rule 1 of VirtualService/far/part is never reached: "
            "rule 0 of VirtualService/far/part before it takes every request"
        )
    ]


def test_a_delegate_that_nothing_delegates_to_is_noted() -> None:
    found, said = loaded(HTTP, delegate("part", f"[{{{to('red')}}}]"))
    assert (found.paths, said) == (
        [],
        ["VirtualService/shop/part: a delegate, since it has no hosts, that no VirtualService delegates to"],
    )
