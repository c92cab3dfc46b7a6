"""`waypath trace`: words and JSON, which Gateway, and what makes a call unusable."""

import json
from pathlib import Path

import pytest
import yaml

from core import cli
from tests.tracing import gateway, resolved, route, service, thing, waypoint

BYPASS = "sample:bypass-by-default"
URL = "http://shop.example.com/cart?id=7"


@pytest.fixture
def run(capsys, monkeypatch):
    """Calls the program in this process; gives exit code, standard output and standard error."""
    for name in ("NO_COLOR", "FORCE_COLOR", "WAYPATH_TRACEBACK"):
        monkeypatch.delenv(name, raising=False)

    def call(*argv: str) -> tuple[int, str, str]:
        code = cli.main(["trace", *argv])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def source(tmp_path):
    """Writes objects to a file, and gives its name."""

    def write(*objects) -> str:
        classes = [
            thing("GatewayClass", "istio", None, spec={"controllerName": "istio.io/gateway-controller"})
        ]
        file: Path = tmp_path / "cluster.yaml"
        file.write_text(yaml.safe_dump_all([*classes, *objects]), encoding="utf-8")
        return str(file)

    return write


def test_words(run) -> None:
    code, out, _ = run(BYPASS, "--url", URL)
    assert code == 0
    assert out.startswith("GET http://shop.example.com/cart?id=7\n\nAt Gateway/infra/http\n  pass  listener ")
    assert "\nAt Service/shop/cart, 100 % of such requests\n" in out
    assert "  HTTPRoute/shop/checkout rule 0: path /cart is not below /checkout\n" in out
    assert "\nDisposition: delivered\n  100 % Service/shop/cart:80: direct\n" in out
    assert out.endswith("  The backend gets GET /cart?id=7, Host: shop.example.com\n")


def test_json_has_the_fields_of_the_contract(run) -> None:
    code, out, err = run(BYPASS, "--url", URL, "--header", "X-A=1", "--header", "x-a: 2", "-o", "json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert found["request"] == {
        "url": URL,
        "method": "GET",
        "host": "shop.example.com",
        "path": "/cart?id=7",
        "headers": {"X-A": "1,2"},
    }
    assert (found["disposition"], found["status"], found["redirect"], found["mirrors"]) == (
        "delivered",
        None,
        None,
        [],
    )
    assert [hop["at"] for hop in found["hops"]] == [
        "Gateway/infra/http",
        "Service/shop/cart",
        "Service/shop/cart",
    ]
    assert [hop["kind"] for hop in found["hops"]] == ["gateway", "backend", "endpoints"]
    assert found["backends"][0]["hops"] == found["hops"]
    assert all(
        {"gate", "result", "because", "remedy", "evidence"} <= set(step)
        for hop in found["hops"]
        for step in hop["steps"]
    )
    (backend,) = found["backends"]
    assert backend["backend"] == {
        "kind": "Service",
        "namespace": "shop",
        "name": "cart",
        "port": 80,
        "weight": 1,
    }
    assert (backend["share"], backend["verdict"]) == (1.0, "direct")
    assert found["considered"] == [
        {
            "route": "HTTPRoute/shop/checkout",
            "rule": 0,
            "matched": False,
            "because": "path /cart is not below /checkout",
            "outranked": False,
            "at": "Gateway/infra/http",
        }
    ]
    assert found["forwarded"] == {
        "method": "GET",
        "host": "shop.example.com",
        "path": "/cart?id=7",
        "headers": {"X-A": "1,2"},
    }


def test_the_path_is_that_of_resolve(run, capsys) -> None:
    assert cli.main(["resolve", BYPASS, "-o", "json"]) == 0
    ids = [path["id"] for path in json.loads(capsys.readouterr().out)["paths"]]
    found = json.loads(run(BYPASS, "--url", URL, "-o", "json")[1])
    assert found["backends"][0]["path"] in ids


def test_a_scenario_changes_the_path(run) -> None:
    label = ("--label", "service/shop/cart", "istio.io/ingress-use-waypoint=true")
    found = json.loads(run(BYPASS, "--url", URL, *label, "-o", "json")[1])
    assert found["backends"][0]["verdict"] == "waypoint"
    assert found["backends"][0]["waypoint"] == {"namespace": "shop", "name": "waypoint"}
    assert [(hop["kind"], hop["at"]) for hop in found["hops"]] == [
        ("gateway", "Gateway/infra/http"),
        ("backend", "Service/shop/cart"),
        ("ztunnel", "ztunnel"),
        ("waypoint", "Gateway/shop/waypoint"),
        ("endpoints", "Service/shop/cart"),
    ]
    assert found["received"] == found["forwarded"]


@pytest.mark.parametrize(
    ("url", "disposition", "status"),
    [
        ("http://shop.example.com/none", "not-found", 404),
        ("http://shop.example.com:81/", "refused", None),
        ("https://shop.example.com/", "refused", None),
    ],
)
def test_requests_that_nobody_answers(run, url, disposition, status) -> None:
    found = json.loads(run(BYPASS, "--url", url, "-o", "json")[1])
    assert (found["disposition"], found["status"]) == (disposition, status)
    assert (found["forwarded"], found["backends"]) == (None, [])


def test_redirects_mirrors_and_dropped_mirrors_in_words(run, source) -> None:
    redirecting = "- matches: [{path: {value: /old}}]\n  filters: [{type: RequestRedirect, requestRedirect: {port: 81}}]"
    mirroring = (
        "- filters: [{type: RequestMirror, requestMirror: {backendRef: {name: none, port: 80}, percent: 5}}]\n"
        "  backendRefs: [{name: red, port: 80}, {name: red, port: 80, weight: 0}]"
    )
    file = source(gateway("http HTTP 80"), *service("red"), route("r", f"{redirecting}\n{mirroring}"))
    _, out, _ = run(file, "--url", "http://a.test/old")
    assert "Disposition: redirected, 302, to http://a.test:81/old\n" in out
    _, out, _ = run(file, "--url", "http://192.0.2.1/", "--header", "Host=a.test")
    assert "\n  Host: a.test\n" in out
    assert "  0 % Service/shop/red:80: no traffic\n" in out
    assert "  5 % copied to Service/shop/none, which is dropped: Service/shop/none does not exist\n" in out


def test_a_connection_is_no_request(run, source) -> None:
    rule = "- backendRefs: [{name: red, port: 80}]"
    file = source(
        gateway("tls TLS 443"), *service("red"), route("r", rule, kind="TLSRoute", hostnames=["db.test"])
    )
    _, out, _ = run(file, "--url", "tls://db.test")
    assert out.startswith("tls://db.test\n")
    assert out.endswith("  The backend gets the connection; a request in it is not looked at\n")


def test_which_gateway(run, source) -> None:
    rule = "- backendRefs: [{name: red, port: 80}]"
    addressed = gateway("http HTTP 80", "c")
    addressed["status"] = {"addresses": [{"value": "192.0.2.3"}]}
    file = source(
        gateway("http HTTP 80", "a"),
        gateway("http HTTP 80", "b"),
        addressed,
        *service("red"),
        route("r", rule, to="b c"),
    )
    _, out, err = run(file, "--url", "http://a.test/")
    assert "At Gateway/shop/b\n" in out
    assert err == "Gateway/shop/c would answer, too: --gateway shop/c chooses.\n"
    _, out, err = run(file, "--url", "http://192.0.2.3/")
    assert ("At Gateway/shop/c\n" in out, err) == (True, "")
    _, out, _ = run(file, "--url", "http://a.test/", "--gateway", "shop/a")
    assert "Disposition: not found, 404\n" in out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "--url"),
        (("--url", "shop"), "has to begin with"),
        (("--url", URL, "--header", "x"), "is not NAME=VALUE"),
        (("--url", URL, "--method", "a b"), "no HTTP method"),
        (("--url", URL, "--gateway", "http"), "is not NS/NAME"),
        (("--url", URL, "--gateway", "infra/none"), "no ingress Gateway infra/none; there are infra/http"),
        (("--url", URL, "--gateway", "shop/waypoint"), "is no ingress"),
    ],
)
def test_unusable_calls(run, options, message) -> None:
    code, out, err = run(BYPASS, *options)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_without_a_gateway(run, source) -> None:
    code, _, err = run(source(*service("red")), "--url", URL)
    assert code == 2
    assert "no ingress Gateway" in err


def test_a_filter_of_another_form_has_no_effect() -> None:
    text = (
        "- filters: [{type: URLRewrite, urlRewrite: 3}, {type: RequestRedirect}, {}]\n"
        "  timeouts: {request: 3}\n  retry: {attempts: many}\n  backendRefs: [{name: red, port: 80}]"
    )
    (written,) = resolved(gateway("http HTTP 80"), route("r", text)).cluster.routes
    (rule,) = written.rules
    assert (list(rule.filters), list(rule.timeouts), rule.retry) == ([], [], "")


TWICE = "sample:header-added-twice"


def test_what_is_done_twice_in_words_and_json(run) -> None:
    _, out, _ = run(TWICE, "--url", URL)
    assert "\nAt ztunnel, 100 % of such requests\n" in out
    assert "\nAt Gateway/shop/waypoint, 100 % of such requests\n" in out
    assert "twice, HTTPRoute/shop/cart did it at the gateway: the header gets a value at each place\n" in out
    assert "\nAt the endpoints of Service/shop/cart, 100 % of such requests\n" in out
    assert out.endswith("    x-shop-hop: edge,mesh\n")
    found = json.loads(run(TWICE, "--url", URL, "-o", "json")[1])
    (step,) = [step for hop in found["hops"] for step in hop["steps"] if "twice" in step]
    assert step["gate"] == "filter"
    assert step["twice"] == {
        "effect": "request-header-add",
        "key": "x-shop-hop",
        "first": "HTTPRoute/shop/cart",
        "second": "HTTPRoute/shop/cart-in-mesh",
        "idempotent": False,
        "repeats": "the header gets a value at each place",
    }
    assert found["forwarded"]["headers"] == {"x-shop-hop": "edge"}
    assert found["received"]["headers"] == {"x-shop-hop": "edge,mesh"}
    (at_waypoint,) = found["backends"][0]["waypoints"]
    assert at_waypoint["match"]["route"] == "HTTPRoute/shop/cart-in-mesh"
    (backend,) = at_waypoint["backends"]
    assert (backend["name"], backend["share"], backend["status"]) == ("cart", 1.0, None)
    assert backend["received"] == found["received"]


ENDINGS = {
    "/old": "- matches: [{path: {value: /old}}]\n"
    "  filters: [{type: RequestRedirect, requestRedirect: {hostname: new.test}}]\n",
    "/copy": "- matches: [{path: {value: /copy}}]\n"
    "  filters: [{type: RequestMirror, requestMirror: {backendRef: {name: blue, port: 80}, percent: 5}}]\n"
    "  backendRefs: [{name: red, port: 80}, {name: none, port: 80}]\n",
}


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (
            "/old",
            ["Gateway/shop/waypoint redirects, 302, to http://new.test/old", "Disposition: redirected, 302"],
        ),
        (
            "/copy",
            [
                "Gateway/shop/waypoint sends 50 % to Service/shop/red, 50 % to Service/shop/none (500)",
                "5 % copied there to Service/shop/blue",
                "Other rules at Gateway/shop/waypoint\n  HTTPRoute/shop/m rule 0: path /copy is not below /old",
            ],
        ),
        ("/none", ["Gateway/shop/waypoint answers 404", "Disposition: not found, 404"]),
    ],
)
def test_how_a_request_ends_at_the_waypoint(run, source, path, words) -> None:
    parent = {"group": "", "kind": "Service", "name": "red"}
    objects = (
        thing("GatewayClass", "istio-waypoint", None, spec={"controllerName": "istio.io/mesh-controller"}),
        gateway("http HTTP 80"),
        route("r", "- backendRefs: [{name: red, port: 80}]"),
        *waypoint("red"),
        *service("blue"),
        route("m", "".join(ENDINGS.values()), parentRefs=[parent]),
    )
    _, out, _ = run(source(*objects), "--url", f"http://a.test{path}")
    for each in words:
        assert each in out
    found = json.loads(run(source(*objects), "--url", f"http://a.test{path}", "-o", "json")[1])
    assert {one["at"] for one in found["considered"]} == {"Gateway/shop/waypoint"}


def test_delegating_rules_are_named(run) -> None:
    sample = "sample:delegation-and-listener-sets"
    _, out, _ = run(sample, "--url", "http://shop.example.com/cart/items")
    assert "HTTPRoute/infra/storefront rule 0 delegates to HTTPRoute/shop/cart\n" in out
    assert "HTTPRoute/shop/cart rule 1, by HTTPRoute/infra/storefront rule 0: matches, but" in out
    found = json.loads(run(sample, "--url", "http://shop.example.com/cart/items", "-o", "json")[1])
    assert found["match"]["delegatedBy"] == ["HTTPRoute/infra/storefront rule 0"]
    assert {tuple(one.get("delegatedBy", ())) for one in found["considered"]} == {
        (),
        ("HTTPRoute/infra/storefront rule 0",),
    }
    found = json.loads(run(sample, "--url", "http://partners.example.com/", "-o", "json")[1])
    assert found["listener"] == "ListenerSet/shop/partners:http"


def test_of_many_other_rules_those_that_match_are_told_first(run, source) -> None:
    rules = "".join(f"- matches: [{{path: {{value: /p{number}}}}}]\n" for number in range(60))
    rules += "- backendRefs: [{name: red, port: 80}]\n- {}\n"
    file = source(gateway("http HTTP 80"), *service("red"), route("r", rules))
    _, out, _ = run(file, "--url", "http://a.test/")
    assert "HTTPRoute/shop/r rule 61: matches, but HTTPRoute/shop/r rule 60 goes first" in out
    assert out.count("is not below") == 49
    assert "\n  and 11 more, which -o json lists\n" in out
    assert len(json.loads(run(file, "--url", "http://a.test/", "-o", "json")[1])["considered"]) == 61


def test_rules_of_one_route_with_the_same_reason_stand_together(run) -> None:
    _, out, _ = run("sample:headless-black-hole", "--url", "http://other.test/")
    assert (
        "\nRules, none of which takes the request\n"
        "  HTTPRoute/shop/shop rules 0 and 1: host other.test is none of shop.example.com\n"
    ) in out


SPLIT = ("sample:istio-virtualservice", "--url", "https://shop.example.com/checkout")


def test_the_same_reason_is_told_once(run) -> None:
    _, out, _ = run(*SPLIT)
    assert out.count("Bypasses waypoint shop/waypoint: ") == 1
    assert "\n  10 % Service/shop/checkout:8080 subset v2: direct, for the same reason\n" in out


def test_a_virtualservice_that_delegates_is_named(run) -> None:
    url = "https://shop.example.com/catalog/x"
    _, out, _ = run(SPLIT[0], "--url", url)
    step = "  pass  delegation  VirtualService/shop/shop rule 4 delegates to VirtualService/shop/catalog\n"
    assert step in out
    found = json.loads(run(SPLIT[0], "--url", url, "-o", "json")[1])
    assert found["match"]["delegatedBy"] == ["VirtualService/shop/shop rule 4"]
    (chain,) = [one for one in found["hops"][0]["steps"] if one["gate"] == "delegation"]
    assert chain["evidence"][0]["field"] == "spec.http[4].delegate"
