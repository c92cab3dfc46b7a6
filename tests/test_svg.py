"""Pictures as SVG: well-formed, the same bytes every time, names are text, and nothing is left out silently."""

import re
from collections.abc import Sequence
from pathlib import Path as File
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import cli
from core.gates import Verdict
from core.graph import MEANINGS, WORDS, Graph, build
from core.paths import Path
from core.render.svg import (
    ICONS,
    LOOKS,
    SEVERAL,
    Markup,
    Theme,
    element,
    figure,
    fitted,
    number,
    style,
    svg,
    text_of,
    text_width,
    within,
)
from dashboard.graph.style import BACKGROUNDS, SHARED, STYLES
from tests.browser.graph_cases import (
    LABELS,
    PAYLOADS,
    SHOP,
    changed,
    every_verdict,
    hostile,
    many,
    path,
    resolution,
)

ROOT = File(__file__).resolve().parent.parent
SVG = "{http://www.w3.org/2000/svg}"
TAGS = {"svg", "title", "desc", "style", "g", "rect", "path", "text"}


def drawn(paths: Sequence[Path], before: Sequence[Path] | None = None) -> Graph:
    old = None if before is None else {one.id: one for one in before}
    return build(resolution(paths or before or [], LABELS), paths, old)


def parsed(document: str) -> ET.Element:
    """The root of an SVG document; nothing in it can run or load anything."""
    root = ET.fromstring(document.encode("ascii"))
    for one in root.iter():
        assert one.tag.removeprefix(SVG) in TAGS
        assert not [name for name in one.attrib if name.startswith("on") or "href" in name or name == "src"]
        assert not [value for value in one.attrib.values() if "url(" in value or "javascript:" in value]
    return root


def texts(root: ET.Element) -> list[str]:
    return ["".join(one.itertext()) for one in root.iter() if one.tag in {f"{SVG}text", f"{SVG}title"}]


def with_class(root: ET.Element, name: str) -> list[ET.Element]:
    return [one for one in root.iter() if name in one.get("class", "").split()]


# --- The picture ---------------------------------------------------------------------------------------------------


def test_every_verdict_is_drawn_with_its_line_and_told_in_the_legend() -> None:
    root = parsed(svg(drawn(every_verdict())))
    shown = texts(root)
    for verdict in Verdict:
        lines = with_class(root, f"s-{verdict}")
        dashes = " ".join(map(str, LOOKS[verdict].dashes)) or None
        assert any(line.get("stroke-dasharray") == dashes for line in lines), verdict
        assert any(text.startswith(WORDS[verdict]) for text in shown)
        assert MEANINGS[verdict] in shown
    assert {"80 %", "20 %", "50 % direct", "weight 90"} <= set(shown)
    assert {"Client", "Route rule", "ztunnel", "Endpoints"} <= set(shown)
    assert shown.count("namespace") == 2


def test_it_has_a_name_and_a_description() -> None:
    root = parsed(svg(drawn(every_verdict()), title="The shop & more"))
    assert root.get("role") == "img"
    named = {one.get("id"): one.text for one in root if one.get("id")}
    assert named["title"] == "The shop & more"
    assert (named["desc"] or "").startswith("11 paths to 10 services: 2 waypoint")
    assert root.get("aria-labelledby") == "title desc"


def test_the_same_graph_gives_the_same_bytes() -> None:
    before, after = changed()
    assert svg(drawn(after, before)) == svg(drawn(after, before))
    assert svg(drawn(after, before)).isascii()


def test_everything_is_inside_the_picture() -> None:
    for paths in (every_verdict(), many(), hostile()):
        root = parsed(svg(drawn(paths)))
        left, top, width, height = map(float, root.get("viewBox", "").split())
        for one in root.iter(f"{SVG}rect"):
            x, y = float(one.get("x", 0)), float(one.get("y", 0))
            assert left <= x <= x + float(one.get("width", 0)) <= left + width
            assert top <= y <= y + float(one.get("height", 0)) <= top + height


def test_a_difference_dims_what_stays_and_tells_leaving_from_arriving() -> None:
    before, after = changed()
    root = parsed(svg(drawn(after, before)))
    widths = {one.get("stroke-width") for one in with_class(root, "s-waypoint")}
    assert "5" in widths
    assert any(one.get("stroke-dasharray") == "2 5" for one in with_class(root, "s-direct"))
    assert any(one.get("opacity") for one in root.iter(f"{SVG}g"))
    assert {"leaving", "arriving", "unchanged"} <= set(texts(root))


def test_without_a_difference_nothing_is_dimmed() -> None:
    root = parsed(svg(drawn(every_verdict())))
    assert not any(one.get("opacity") for one in root.iter())
    assert "leaving" not in texts(root)


def test_no_path_is_a_picture_that_says_so() -> None:
    assert "No path to draw." in texts(parsed(svg(drawn([]))))


def test_a_name_that_does_not_fit_is_whole_in_its_title() -> None:
    name = "a-service-with-a-name-of-sixty-characters-as-generators-write-them"[:60]
    root = parsed(svg(drawn([path(name, Verdict.DIRECT)])))
    shown = texts(root)
    assert name not in shown
    assert any(text.startswith("a-service") and "…" in text and text.endswith("them"[:1]) for text in shown)
    assert any(f"Service/shop/{name}" in text for text in shown)


def test_a_figure_is_a_part_of_a_page() -> None:
    drawing = figure(drawn(every_verdict()), title="Namespace shop")
    root = ET.fromstring(drawing)
    assert root.get("aria-label", "").startswith("Namespace shop. 11 paths")
    assert "<style" not in drawing
    assert ' id="' not in drawing


# --- Looks ---------------------------------------------------------------------------------------------------------


def test_the_looks_are_those_of_the_dashboard() -> None:
    for name, shown in {**{str(one): looks for one, looks in STYLES.items()}, SEVERAL: SHARED}.items():
        look = LOOKS[name]
        assert look.light == (shown.light.line, shown.light.text)
        assert look.dark == (shown.dark.line, shown.dark.text)
        assert tuple(look.dashes) == tuple(shown.dashes)
        assert look.mark == (shown.mark if name != SEVERAL else "")
    source = (ROOT / "dashboard/graph/assets/icons.js").read_text(encoding="utf-8")
    assert all(f'{name}: "{drawing}"' in source for name, drawing in ICONS.items())


@pytest.mark.parametrize("theme", ["auto", "light", "dark"])
def test_themes(theme: Theme) -> None:
    sheet = style(theme)
    assert ("prefers-color-scheme" in sheet) is (theme == "auto")
    assert (BACKGROUNDS["dark"][0].lower() in sheet) is (theme != "light")
    first = re.search(r"--wp-back:(#\w+)", sheet)
    assert first
    assert first[1] == (BACKGROUNDS["dark"][0].lower() if theme == "dark" else "#ffffff")


def test_a_program_without_custom_properties_gets_plain_colours() -> None:
    rules = re.findall(r"\{(fill|stroke):(#\w+);\1:var\(--wp-[\w-]+\)\}", style())
    assert len(rules) >= 40


# --- Names ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAYLOADS, ids=range(len(PAYLOADS)))
def test_a_hostile_name_is_text(name: str) -> None:
    paths = [
        path(name, Verdict.WAYPOINT, namespace=name, gateway=name, listener=name, route=name, waypoint=SHOP)
    ]
    document = svg(drawn(paths), title=name, note=name)
    shown = texts(parsed(document))
    assert all(text.isprintable() for text in shown)
    assert any(text_of(name[:20]) in text_of(text) for text in shown)


@pytest.mark.parametrize(
    "attribute", [{"onload": "x"}, {"onClick": "x"}, {"href": "javascript:x"}, {"src": "https://example.com"}]
)
def test_an_element_refuses_scripts_and_addresses(attribute: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="no document has"):
        element("g", **attribute)


def test_an_element_escapes_all_but_markup() -> None:
    made = element("g", "<b>", Markup("<i/>"), None, ["&", ("'", None)], class_='"x"', aria_label="a\nb")
    assert made == '<g class="&quot;x&quot;" aria-label="a\\x0ab">&lt;b&gt;<i/>&amp;&#x27;</g>'


@given(st.text())
def test_any_text_survives(text: str) -> None:
    root = ET.fromstring(element("text", text, class_=text))
    assert (root.text or "").isprintable()
    assert root.get("class") == (root.text or "")


# --- Sizes ---------------------------------------------------------------------------------------------------------


@given(st.text(max_size=80), st.floats(min_value=20, max_value=400))
def test_what_is_fitted_fits(text: str, width: float) -> None:
    shown = fitted(text, 13, width)
    assert shown == text or (text_width(shown, 13) <= width and "…" in shown)


@pytest.mark.parametrize(
    ("value", "text"), [(1.0, "1"), (-0.001, "0"), (12.345, "12.35"), (1e6, "1000000"), (0.5, "0.5")]
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert number(value) == text


def test_what_is_left_out_is_said() -> None:
    paths = many(60)
    part = within(paths, rows=10, hint="filter to see others")
    assert len(part.paths) == 10
    assert part.note == "Drawn are the first 10 of 60 services, by namespace and name; filter to see others."
    assert [one.service_ref.name for one in part.paths] == [f"service-{number:03}" for number in range(10)]
    assert part.note in texts(parsed(svg(drawn(part.paths), note=part.note)))


def test_what_fits_is_whole() -> None:
    paths = many(60)
    assert within(paths).paths == paths
    assert within(paths).note == ""


def test_of_a_big_difference_the_services_with_a_change_are_drawn() -> None:
    paths = many(60)
    before = {one.id: one for one in paths}
    part = within(paths, before, changed=[paths[50].id, paths[40].id], rows=10)
    assert {one.id for one in part.paths} == {paths[40].id, paths[50].id} == set(part.before or ())
    assert part.note == "Drawn are the 2 services with a changed path, of 60 in all."


def test_a_service_of_very_many_paths_is_cut_with_a_word() -> None:
    paths = [path("cart", Verdict.DIRECT, route=f"route-{number}") for number in range(40)]
    part = within(paths, most=15)
    assert len(part.paths) == 15
    assert part.note == "Drawn are the first 15 paths of 40, by namespace and name of their services."


def test_the_command_line_draws_what_the_filters_pick(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["resolve", "sample:shop", "--gateway", "dmz/partners", "-o", "svg"]) == 0
    captured = capsys.readouterr()
    root = parsed(captured.out)
    assert "2 paths to 2 services: 2 split." in {one.text for one in root.iter(f"{SVG}desc")}
    assert "2 of 81 ingress paths match." in captured.err
