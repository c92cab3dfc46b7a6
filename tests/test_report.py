"""The report: the same bytes every time, nothing that runs or loads, every name text, and no silent cut."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from core import cli
from core import labels as names
from core.cluster import Cluster
from core.cluster import replace as with_fields
from core.edits import Edit
from core.explain import Explainer
from core.model import Problem, Row
from core.paths import resolve
from core.plan import plan
from core.render.report import POLICY, changes, comparison, html_report
from core.render.report import paths as report_paths
from core.render.svg import text_of
from core.safe_plan import safe_plan
from core.scenario import from_words
from core.sources import SourceInfo, read
from core.whatif import preview
from tests.browser.graph_cases import PAYLOADS
from tests.build import backend, gateway, namespace, pod, route, service, waypoint, waypoint_service, world

AT = datetime(2026, 11, 24, 19, 40, tzinfo=UTC)
INFO = SourceInfo(kind="file", name="cluster.yaml", objects=42, observed=True)
CHANGE = (
    ("--label", ("service/shop/checkout", "istio.io/ingress-use-waypoint=true")),
    ("--label", ("service/shop/sessions", "istio.io/use-waypoint=none")),
)
TAGS = {
    *("html", "head", "meta", "link", "title", "style", "body"),
    *("header", "nav", "main", "section", "article", "footer", "h1", "h2", "h3", "p", "div", "span", "a"),
    *("b", "i", "code", "pre", "small", "ul", "ol", "li", "dl", "dt", "dd", "details", "summary"),
    *("table", "thead", "tbody", "tr", "th", "td", "figure", "figcaption"),
    *("svg", "symbol", "use", "desc", "g", "path", "rect", "text"),
}


class Element(Row):
    """A start tag of a document."""

    tag: str
    attributes: dict[str, str | None]


class Page(HTMLParser):
    """A report as a browser reads it: its elements, and its text outside the style sheet."""

    def __init__(self, document: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self.texts: list[str] = []
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag=tag, attributes=dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.elements and self.elements[-1].tag != "style":
            self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def page_of(document: str) -> Page:
    """`document` parsed, when nothing in it can run or load anything."""
    assert document.isascii()
    ET.fromstring(document.removeprefix("<!doctype html>"))
    page = Page(document)
    for one in page.elements:
        assert one.tag in TAGS
        for name, value in one.attributes.items():
            assert not name.startswith("on")
            assert name not in {"src", "srcdoc", "action", "style", "formaction", "xlink:href"}
            if name == "href":
                assert value == "data:," or (value or "").startswith("#")
    return page


def today(cluster: Cluster, **more: object) -> str:
    found = resolve(cluster)
    settings = {"generated": AT, "problems": found.problems, **more}
    return html_report(Explainer(found), INFO, **settings)  # type: ignore[arg-type]


def compared(cluster: Cluster, edits: Sequence[Edit], **more: object) -> str:
    seen = preview(resolve(cluster), edits)
    settings = {"generated": AT, "before": Explainer(seen.before), "edits": edits, **more}
    return html_report(Explainer(seen.after), INFO, **settings)  # type: ignore[arg-type]


def sample(name: str) -> Cluster:
    return read([f"sample:{name}"]).cluster


@pytest.fixture(scope="module")
def change() -> str:
    return compared(sample("three-data-planes"), from_words(CHANGE))


# --- What it says --------------------------------------------------------------------------------------------------


def test_it_says_what_changes_and_how_to_carry_it_out(change: str) -> None:
    text = page_of(change).text
    for said in (
        "5 of 9 ingress paths change: 2 direct → waypoint, 2 waypoint → direct, 1 blackhole → direct.",
        "Before: 2 of 9 ingress paths bypass the waypoint of their service; 1 path can't deliver (1 blackhole).",
        "cluster.yaml",
        "42 objects, observed",
        "2026-11-24 19:40:00 UTC",
        "Label service/shop/checkout istio.io/ingress-use-waypoint=true",
        "kubectl label service sessions -n shop istio.io/use-waypoint=none --overwrite",
        "kubectl label service sessions -n shop istio.io/use-waypoint-",
        "Service/shop/sessions opts out with istio.io/use-waypoint=none",
        "Service/shop/checkout metadata.labels[istio.io/ingress-use-waypoint] = true",
        "was pass",
        "decides",
        "Not applicable: reference-grant (the backendRef stays in the route's namespace)",
        "KGW_ENABLE_WAYPOINT true Deployment/kgateway-system/kgateway env",
        "Version: Deployment/istio-system/istiod image tag.",
        "infra/public-kgw:http/HTTPRoute/shop/shop:2/Service/shop/sessions:8080",
    ):
        assert said in text
    assert "−1 from 1" in text  # noqa: RUF001 - a minus sign


def test_without_a_scenario_it_tells_where_traffic_goes() -> None:
    text = page_of(today(sample("three-data-planes"))).text
    assert "Where ingress traffic goes" in text
    assert "2 of 9 ingress paths bypass the waypoint of their service" in text
    for absent in ("Scenario", "Changes", "leaving", "To undo it"):
        assert absent not in text


def policed(edits: Sequence[Edit] = (), **more: object) -> str:
    """The report of a sample whose cart has a policy at the waypoint, which ingress traffic goes past."""
    source = read(["sample:bypass-by-default"])
    if edits:
        return compared(source.cluster, edits, policies=source.policies, **more)
    return today(source.cluster, policies=source.policies, **more)


CART_ON = (("--label", ("service/shop/cart", "istio.io/ingress-use-waypoint=true")),)


def test_policies_are_counted_with_their_paths_and_named_with_their_gates() -> None:
    text = page_of(policed()).text
    assert "Decided by Policies" in text
    assert "1 bypassed" in text
    assert "Policies bypassed AuthorizationPolicy/shop/cart-read-only" in text
    assert "Policies" not in page_of(today(sample("bypass-by-default"))).text


def test_a_change_tells_which_policies_it_brings() -> None:
    text = page_of(policed(from_words(CART_ON))).text
    assert "newly enforced AuthorizationPolicy/shop/cart-read-only" in text
    assert "Policies enforced AuthorizationPolicy/shop/cart-read-only" in text
    assert "1 bypassed" not in text


def test_a_change_tells_which_policies_it_goes_past() -> None:
    on = read(["sample:bypass-by-default"])
    cluster = preview(resolve(on.cluster), from_words(CART_ON)).after.cluster
    off = from_words([("--label", ("service/shop/cart", "istio.io/ingress-use-waypoint-"))])
    text = page_of(compared(cluster, off, policies=on.policies)).text
    assert "newly bypassed AuthorizationPolicy/shop/cart-read-only" in text


def test_the_plan_is_the_one_that_was_tried_on_all_paths() -> None:
    source = read(["sample:shop"])
    before = resolve(source.cluster)
    edits = from_words(
        [
            ("--label", ("service/analytics/dashboards", "istio.io/ingress-use-waypoint=true")),
            ("--label", ("namespace/analytics", "istio.io/use-waypoint=none")),
        ]
    )
    tried = safe_plan(before, source.policies, edits).do
    assert tried != plan(before.cluster, edits).do
    elsewhere = {next(path.id for path in before.paths if path.service_ref.namespace == "orders")}
    text = page_of(compared(source.cluster, edits, policies=source.policies, only=elsewhere)).text
    places = [text.index(one.text) for one in tried if one.text]
    assert places == sorted(places)


def test_links_lead_to_places_in_the_file(change: str) -> None:
    page = page_of(change)
    places = {one.attributes["id"] for one in page.elements if "id" in one.attributes}
    links = {value for one in page.elements if (value := one.attributes.get("href")) and value[0] == "#"}
    assert {link[1:] for link in links} <= places
    assert {
        "#verdicts",
        "#scenario",
        "#changes",
        "#picture",
        "#paths",
        "#gates",
        "#controllers",
        "#g1",
    } <= links
    assert len(places) == sum("id" in one.attributes for one in page.elements)


def test_gates_are_listed_once_a_decision() -> None:
    listed = sum(one.tag == "details" for one in page_of(today(sample("shop"))).elements)
    assert listed == len({path.decision for path in resolve(sample("shop")).paths})


def test_a_scenario_that_changes_nothing_says_so() -> None:
    edits = from_words([("--label", ("service/shop/cart", "team=blue"))])
    text = page_of(compared(sample("three-data-planes"), edits)).text
    assert "No ingress path changes (9 compared)." in text
    assert "leaving" not in text


def test_versions_and_variables_before_and_after_an_edit() -> None:
    edits = from_words(
        [("--version", ("istio=1.29",)), ("--env", ("kgateway", "KGW_INGRESS_USE_WAYPOINTS=false"))]
    )
    text = page_of(compared(sample("three-data-planes"), edits)).text
    assert "istiod 1.30.3 → 1.29" in text
    assert "KGW_INGRESS_USE_WAYPOINTS not set → false scenario" in text
    assert "Version of istio 1.29" in text


def test_assumptions_are_told() -> None:
    text = page_of(today(sample("manifests-only"))).text
    assert "3 of 3 verdicts rest on something that the source does not hold." in text
    assert "since the source has no pods of Gateway/infra/http" in text


def test_problems_of_one_message_stand_together_errors_first() -> None:
    problems = [
        Problem(severity="note", where="a.yaml#1", message="left aside"),
        Problem(severity="error", where="b.yaml#1", message="not YAML"),
        Problem(severity="note", where="a.yaml#2", message="left aside"),
    ]
    text = page_of(today(sample("bypass-by-default"), problems=problems)).text
    assert "error b.yaml#1 not YAML note a.yaml#1, a.yaml#2 left aside" in text


def test_a_cluster_without_paths_has_a_report() -> None:
    text = page_of(today(Cluster())).text
    assert "No ingress paths" in text
    assert "Paths " not in text


def test_a_selection_is_named() -> None:
    ids = {path.id for path in resolve(sample("shop")).paths if path.gateway == ("infra", "api")}
    text = page_of(today(sample("shop"), only=ids, selection="--gateway infra/api")).text
    assert "12 of 81 paths --gateway infra/api" in text
    assert "of 12 ingress paths" in text
    assert "infra/edge" not in text


def test_a_path_that_goes_is_told() -> None:
    before = resolve(sample("three-data-planes"))
    after = replace(before, paths=before.paths[1:])
    document = html_report(Explainer(after), INFO, generated=AT, before=Explainer(before))
    text = page_of(document).text
    assert "1 waypoint → absent" in text
    assert before.paths[0].id in text


# --- The same, and small -------------------------------------------------------------------------------------------


def test_the_same_arguments_give_the_same_bytes(change: str) -> None:
    assert compared(sample("three-data-planes"), from_words(CHANGE)) == change
    elsewhere = AT.astimezone(timezone(timedelta(hours=2)))
    assert compared(sample("three-data-planes"), from_words(CHANGE), generated=elsewhere) == change


def test_what_is_left_out_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_paths, "MAX_PATHS", 7)
    monkeypatch.setattr(comparison, "MAX_EXPLAINED", 5)
    monkeypatch.setattr(changes, "MAX_CHANGES", 3)
    page = page_of(compared(sample("shop"), from_words([("--version", ("kgateway=2.0",))])))
    assert "The first 7 of 81 paths; filter the report to see others." in page.text
    decisions = len({path.decision for path in resolve(sample("shop")).paths})
    assert f"The gates of 5 of {decisions} decisions are listed, those of paths that change" in page.text
    assert "more changes, marked in the table of paths." in page.text
    assert sum(one.tag == "details" for one in page.elements) == 5


def test_a_picture_of_very_many_services_says_how_many_there_are() -> None:
    door = gateway("infra", "door", "kgateway")
    many = [service("shop", f"svc-{number:03}", f"10.97.0.{number}") for number in range(160)]
    cluster = world(door, *many, route("all", [backend(one) for one in many], [door]))
    page = page_of(today(cluster))
    assert "Drawn are the first 150 of 160 services, by namespace and name" in page.text
    assert "Namespace shop, 15 of 15: 10 services, 10 paths" in page.text


def test_the_gates_of_the_worst_paths_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "MAX_EXPLAINED", 4)
    page = page_of(today(sample("shop")))
    folded = [one.attributes["class"] for one in page.elements if one.tag == "details"]
    assert folded == ["decision v-blackhole"] * 4


def test_of_a_difference_only_what_changes_is_drawn() -> None:
    edits = from_words([("--label", ("namespace/catalog", "istio.io/ingress-use-waypoint=true"))])
    page = page_of(compared(sample("shop"), edits))
    assert sum(one.tag == "figure" for one in page.elements) == 1
    assert "Not drawn, since no path changes there: accounts, analytics" in page.text


def test_pictures_fit_on_a_page() -> None:
    page = page_of(today(sample("shop")))
    heights = [
        float(one.attributes["height"] or 0)
        for one in page.elements
        if one.tag == "svg" and "aria-label" in one.attributes
    ]
    assert len(heights) >= 4
    assert max(heights) < 1200


# --- Names ---------------------------------------------------------------------------------------------------------


def hostile(name: str) -> Cluster:
    """A cluster in which everything that can have a name has this one."""
    labels = {names.USE_WAYPOINT: f"{name}-2", names.INGRESS_USE_WAYPOINT: name}
    door = gateway(name, name, "kgateway")
    cart = service(name, name, "10.96.0.10", labels=labels)
    way = with_fields(route(name, [backend(cart)], [door]), hostnames=(name,))
    return world(
        namespace(name, labels),
        door,
        waypoint(name, f"{name}-2"),
        waypoint_service(name, f"{name}-2"),
        pod(name, name, "10.244.0.10", {"app": name}, captured=True),
        cart,
        way,
        without=["Service/shop/cart"],
    )


@pytest.mark.parametrize("name", PAYLOADS, ids=range(len(PAYLOADS)))
def test_a_hostile_name_is_text(name: str) -> None:
    cluster = hostile(name)
    assert [path.service_ref.name for path in resolve(cluster).paths] == [name]
    edits = from_words([("--version", ("kgateway=2.0",))])
    problems = [Problem(severity=name, where=name, message=name)]
    document = compared(cluster, edits, problems=problems, title=name)
    page = page_of(document)
    shown = str(text_of(name))
    assert all(text.replace("\n", "").isprintable() for text in page.texts)
    assert shown in text_of("".join(page.texts)) or len(name) > 200
    assert "__pwned" not in "".join(
        f"{key}{value}"
        for one in page.elements
        for key, value in one.attributes.items()
        if key != "aria-label"
    )


def test_the_policy_lets_nothing_in(change: str) -> None:
    metas = [one.attributes for one in page_of(change).elements if one.tag == "meta"]
    policies = [one["content"] for one in metas if one.get("http-equiv") == "Content-Security-Policy"]
    assert policies == [POLICY]
    assert POLICY.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
    assert "url(" not in change
    assert "@import" not in change


# --- The command ---------------------------------------------------------------------------------------------------


def test_the_command_writes_a_file(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "change.html"
    words = ["--label", "service/shop/cart", "istio.io/ingress-use-waypoint=true"]
    call = ["report", "sample:bypass-by-default", *words, "--service", "shop/cart", "--title", "Change 7"]
    assert cli.main([*call, "-o", str(target)]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "opens in any browser without a network" in captured.err
    text = page_of(target.read_text(encoding="ascii")).text
    assert "Change 7" in text
    assert "--service shop/cart" in text


def test_the_command_prints_without_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["report", "sample:bypass-by-default"]) == 0
    page_of(capsys.readouterr().out)


def test_a_file_that_cannot_be_written_is_a_sentence(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["report", "sample:bypass-by-default", "-o", str(tmp_path / "no" / "x.html")]) == 2
    assert capsys.readouterr().err.endswith("x.html: No such file or directory\n")
