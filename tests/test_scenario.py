"""Scenarios as text: what is read from words, YAML, JSON and links, what is refused, and the way back."""

import json
import zlib
from base64 import urlsafe_b64encode
from collections.abc import Callable

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from core import scenario
from core.edits import (
    ENV_CONTROLLERS,
    LABEL_KINDS,
    VERSION_CONTROLLERS,
    Edit,
    EnvEdit,
    LabelEdit,
    VersionEdit,
)
from core.scenario import (
    ScenarioError,
    from_data,
    from_link,
    from_words,
    parse,
    to_data,
    to_json,
    to_link,
    to_yaml,
)

CART = LabelEdit(
    kind="service",
    namespace="shop",
    name="cart",
    set={"istio.io/ingress-use-waypoint": "true"},
    unset=("istio.io/use-waypoint",),
)
FLAG = EnvEdit(controller="kgateway", set={"KGW_INGRESS_USE_WAYPOINTS": "true"})
ISTIO = VersionEdit(controller="istio", version="1.30")

CONTRACT = """
edits:
  - {label: service/shop/cart, set: {istio.io/ingress-use-waypoint: "true"}, unset: [istio.io/use-waypoint]}
  - {env: kgateway, set: {KGW_INGRESS_USE_WAYPOINTS: "true"}}
  - {version: istio, set: "1.30"}
"""


# --- reading --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        CONTRACT,
        CONTRACT.replace('"', ""),
        CONTRACT.replace("\n", "\r\n"),
        json.dumps(yaml.safe_load(CONTRACT)),
        "\n\t" + json.dumps(yaml.safe_load(CONTRACT), indent="\t"),
        json.dumps(yaml.safe_load(CONTRACT)).replace('"true"', "true").replace('"1.30"', "1.30"),
    ],
    ids=["yaml", "without-quotes", "crlf", "json", "json-tabs", "json-without-quotes"],
)
def test_reads_the_contract_s_scenario(text: str) -> None:
    assert parse(text) == (CART, FLAG, ISTIO)


def test_values_stay_as_they_are_written() -> None:
    text = "edits: [{label: namespace/shop, set: {a: yes, b: 010, c: 1.30, d: True, e: ~, f: ''}}]"
    with pytest.raises(ScenarioError, match="'~' is no value of the label e"):
        parse(text)
    (edit,) = parse(text.replace("~", "null"))
    assert isinstance(edit, LabelEdit)
    assert edit.set == {"a": "yes", "b": "010", "c": "1.30", "d": "True", "e": "null", "f": ""}


@pytest.mark.parametrize("text", ["edits: []", "edits:", '{"edits": []}', '{"edits": null}'])
def test_no_edits_are_a_scenario(text: str) -> None:
    assert parse(text) == ()


@pytest.mark.parametrize(
    ("options", "edits"),
    [
        (
            [
                (
                    "--label",
                    ("service/shop/cart", "istio.io/ingress-use-waypoint=true", "istio.io/use-waypoint-"),
                ),
                ("--env", ("kgateway", "KGW_INGRESS_USE_WAYPOINTS=true")),
                ("--version", ("istio=1.30",)),
            ],
            (CART, FLAG, ISTIO),
        ),
        (
            [("version", ("istio=1.30",)), ("label", ("namespace/shop", "a=", "b-"))],
            (ISTIO, LabelEdit(kind="namespace", namespace="", name="shop", set={"a": ""}, unset=("b",))),
        ),
        (
            [("env", ("istiod", "A=b=c", "D-", "D-"))],
            (EnvEdit(controller="istiod", set={"A": "b=c"}, unset=("D",)),),
        ),
        ([("version", ("kgateway=v2.1.2",))], (VersionEdit(controller="kgateway", version="2.1.2"),)),
        ([("version", ("istio=1.31.0-rc.0",))], (VersionEdit(controller="istio", version="1.31"),)),
        ([], ()),
    ],
)
def test_reads_words_in_their_order(
    options: list[tuple[str, tuple[str, ...]]], edits: tuple[Edit, ...]
) -> None:
    assert from_words(options) == edits


def test_reads_a_file_where_it_stands_among_the_words() -> None:
    options = [
        ("version", ("istio=1.29",)),
        ("scenario", ("what-if.yaml",)),
        ("env", ("istiod", "A=b")),
    ]
    edits = from_words(options, {"what-if.yaml": CONTRACT}.__getitem__)
    assert [type(edit) for edit in edits] == [VersionEdit, LabelEdit, EnvEdit, VersionEdit, EnvEdit]


def test_a_file_that_can_t_be_read_is_named() -> None:
    def missing(_: str) -> str:
        raise FileNotFoundError(2, "No such file or directory")

    with pytest.raises(ScenarioError, match=r"^what-if\.yaml: No such file or directory$"):
        from_words([("scenario", ("what-if.yaml",))], missing)

    def binary(_: str) -> str:
        return b"\xff".decode()

    with pytest.raises(ScenarioError, match=r"^what-if\.yaml: the file is not UTF-8 text$"):
        from_words([("scenario", ("what-if.yaml",))], binary)


# --- refusing -------------------------------------------------------------------------------------------

LONG = "a" * 64


@pytest.mark.parametrize(
    ("option", "words", "message"),
    [
        (
            "label",
            ("servise/shop/cart", "a=b"),
            "no labels of kind 'servise' can be edited; did you mean service?",
        ),
        ("label", ("svc/shop/cart", "a=b"), "the kinds are service, serviceentry, namespace, pod, gateway"),
        ("label", ("Service/shop/cart", "a=b"), "did you mean service?"),
        ("label", ("service/cart", "a=b"), "'service/cart' names no object: write service/NAMESPACE/NAME"),
        ("label", ("service/shop/", "a=b"), "names no object"),
        ("label", ("service/shop/cart/x", "a=b"), "names no object"),
        ("label", ("namespace/shop/cart", "a=b"), "write namespace/NAME"),
        (
            "label",
            ("service/shop/cart", "a"),
            "'a' changes nothing: write KEY=VALUE to set it, KEY- to take it away",
        ),
        ("label", ("service/shop/cart",), "write it as --label KIND/NAMESPACE/NAME KEY=VALUE"),
        ("label", ("service/shop/cart", "=b"), "'' is no label key"),
        ("label", ("service/shop/cart", "-"), "'' is no label key"),
        ("label", ("service/shop/cart", "a b=c"), "'a b' is no label key"),
        ("label", ("service/shop/cart", f"{LONG}=c"), "is no label key: at most 63"),
        ("label", ("service/shop/cart", "Istio.io/a=c"), "before its slash stands a DNS name"),
        ("label", ("service/shop/cart", "/a=c"), "before its slash stands a DNS name"),
        ("label", ("service/shop/cart", "a/b/c=d"), "before its slash stands a DNS name"),
        ("label", ("service/shop/cart", "ä=c"), "'ä' is no label key"),
        ("label", ("service/shop/cart", f"a={LONG}"), "is no value of the label a: at most 63"),
        ("label", ("service/shop/cart", "a=b c"), "'b c' is no value of the label a"),
        ("label", ("service/shop/cart", "a=-b"), "'-b' is no value"),
        ("label", ("service/shop/cart", "a=b."), "'b.' is no value"),
        ("label", ("service/shop/cart", "a=true\n"), r"'true\\n' is no value"),
        ("label", ("service/shop/cart", "a=b", "a-"), "a is both set and taken away: use two edits"),
        ("env", ("istio", "A=b"), "there is no environment of 'istio'; did you mean istiod?"),
        ("env", ("kgateway", "A"), "'A' changes nothing: write NAME=VALUE to set it, NAME- to take it away"),
        ("env", ("kgateway", "1A=b"), "'1A' is no name of a variable"),
        ("env", ("kgateway", "-A=b"), "'-A' is no name of a variable"),
        ("env", ("kgateway", "A=\0"), "the value of A is no text that a variable can hold"),
        ("env", ("kgateway", "A=\udcff"), "the value of A is no text that a variable can hold"),
        ("env", ("kgateway",), "write it as --env CONTROLLER NAME=VALUE"),
        ("version", ("istiod=1.30",), "there is no version of 'istiod'; did you mean istio?"),
        ("version", ("istio",), "write it as CONTROLLER=X.Y, like istio=1.30"),
        ("version", ("istio=latest",), "'latest' is no version: write X.Y or X.Y.Z, like 1.30"),
        ("colour", ("red",), "there is no such edit; there are label, env, version, scenario"),
    ],
)
def test_refuses_words_with_what_to_write(option: str, words: tuple[str, ...], message: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        from_words([(f"--{option}", words)])
    assert message.replace(r"\\n", "\\n") in str(caught.value)
    assert str(caught.value).startswith(f"--{option}")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- {version: istio, set: '1.30'}", "a.yaml: a scenario is a mapping with a list `edits`"),
        ("", "a.yaml: a scenario is a mapping with a list `edits`"),
        ("edit: []", "a.yaml: a scenario is a mapping with a list `edits`"),
        ("edits: []\nother: 1", "a.yaml: a scenario has `edits` only, not other"),
        ("edits: {version: istio}", "a.yaml: `edits` is a list of label, env and version entries"),
        ("edits: [istio]", "a.yaml: edit 1: an entry names one of label, env and version"),
        ("edits: [{version: istio, env: istiod}]", "an entry names one of label, env and version"),
        ("edits: [{set: {a: b}}]", "an entry names one of label, env and version"),
        ("edits: [{version: istio}]", "a.yaml: edit 1: `set` is missing"),
        ("edits: [{version: istio, set: [1]}]", "`set` must be a text"),
        ("edits: [{version: istio, set: '1.30', reset: true}]", "set and reset exclude each other"),
        ("edits: [{version: istio, reset: maybe}]", "`reset` of a version is true or left out"),
        (
            "edits:\n- {version: istio, set: '1.30'}\n- {version: istio, sett: '1.30'}",
            "edit 2: an entry for version has no 'sett'; did you mean set?",
        ),
        ("edits: [{label: service/a/b, set: [a]}]", "`set` is a mapping"),
        ("edits: [{label: service/a/b, unset: a}]", "`unset` is a list of names"),
        ("edits: [{label: service/a/b, set: {a: {b: c}}}]", "`a` must be a text"),
        ("edits: [{label: service/a/b}]", "nothing is set and nothing is taken away"),
        ("edits: [{label: service/a/b, set: {a: x, a: y}}]", "'a' is there twice (line 1)"),
        ('{"edits": [{"env": "kgateway", "set": {"A": "1", "A": "2"}}]}', "'A' is there twice"),
        ("edits: [\n", "a.yaml: not YAML or JSON: "),
        ("edits: [\x00]", "a.yaml: not YAML or JSON: "),
        ("edits: *a", "a.yaml: not YAML or JSON: "),
        ("{" * 100_000, "a.yaml: not YAML or JSON"),
        ("[" * 900 + "]" * 900, "a.yaml: a scenario is a mapping"),
        ("- " * 900, "a.yaml: not YAML or JSON"),
        ("edits: [{<<: {version: istio}, set: '1.30'}]", "an entry names one of label, env and version"),
        ("edits: [!!python/object/apply:os.system ['true']]", "an entry names one of label, env and version"),
        ("#" * (scenario.MAX_TEXT + 1), "a.yaml: longer than"),
    ],
)
def test_refuses_texts_with_file_and_entry(text: str, message: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse(text, "a.yaml")
    assert message in str(caught.value)
    assert str(caught.value).startswith("a.yaml: ")
    assert str(caught.value).isprintable()


# --- round trips ----------------------------------------------------------------------------------------

ALNUM = st.sampled_from("abzABZ019")
LABEL_NAME = st.builds(
    lambda first, middle, last: first + middle + last, ALNUM, st.text("aB3-_.", max_size=61), ALNUM
)
LABEL_KEY = st.one_of(LABEL_NAME, LABEL_NAME.map("istio.io/{}".format))
LABEL_VALUE = st.one_of(st.just(""), st.sampled_from(["true", "no", "null", "1.30", "0x1"]), LABEL_NAME)
NAME = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/"), min_size=1, max_size=20)
VARIABLE = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,20}", fullmatch=True)
VALUE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@st.composite
def label_edits(draw: st.DrawFn) -> LabelEdit:
    kind = draw(st.sampled_from(list(LABEL_KINDS)))
    values = draw(st.dictionaries(LABEL_KEY, LABEL_VALUE, max_size=3))
    unset = draw(st.lists(LABEL_KEY.filter(lambda key: key not in values), unique=True, min_size=not values))
    return LabelEdit(
        kind=kind,
        namespace="" if kind == "namespace" else draw(NAME),
        name=draw(NAME),
        set=values,
        unset=tuple(unset),
    )


@st.composite
def env_edits(draw: st.DrawFn) -> EnvEdit:
    names = draw(st.lists(VARIABLE, unique=True, min_size=1, max_size=6))
    cut = draw(st.integers(0, len(names)))
    end = draw(st.integers(cut, len(names)))
    return EnvEdit(
        controller=draw(st.sampled_from(ENV_CONTROLLERS)),
        set={name: draw(VALUE) for name in names[:cut]},
        unset=tuple(names[cut:end]),
        reset=tuple(names[end:]),
    )


VERSION_EDITS = st.builds(
    VersionEdit,
    controller=st.sampled_from(VERSION_CONTROLLERS),
    version=st.sampled_from([None, "1.30", "2.1.2", "10.0"]),
)
EDITS = st.lists(st.one_of(label_edits(), env_edits(), VERSION_EDITS), max_size=5).map(tuple)


@given(EDITS)
def test_edits_survive_every_text(edits: tuple[Edit, ...]) -> None:
    assert parse(to_yaml(edits)) == edits
    assert parse(to_json(edits)) == edits
    assert from_link(to_link(edits)) == edits
    assert from_data(to_data(edits)) == edits


@given(EDITS)
def test_other_yaml_readers_see_the_same(edits: tuple[Edit, ...]) -> None:
    text = to_yaml(edits)
    assert yaml.safe_load(text) == {"edits": to_data(edits)}
    assert text.isascii()
    assert len(text.splitlines()) == max(1, len(edits) + 1) if edits else text == "edits: []\n"


@given(EDITS)
def test_links_are_words_that_need_no_escape(edits: tuple[Edit, ...]) -> None:
    assert set(to_link(edits)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_yaml_is_written_as_the_contract_has_it() -> None:
    assert to_yaml([CART, FLAG, ISTIO]) == (
        "edits:\n"
        '  - {label: service/shop/cart, set: {istio.io/ingress-use-waypoint: "true"}, '
        "unset: [istio.io/use-waypoint]}\n"
        '  - {env: kgateway, set: {KGW_INGRESS_USE_WAYPOINTS: "true"}}\n'
        '  - {version: istio, set: "1.30"}\n'
    )


# --- links ----------------------------------------------------------------------------------------------


def packed(data: bytes) -> str:
    return "1" + urlsafe_b64encode(zlib.compress(data)).decode().rstrip("=")


def refusal(read: Callable[[str], object], text: str) -> str:
    """The error of reading `text`, empty where there is none."""
    try:
        read(text)
    except ScenarioError as error:
        return str(error)
    return ""


GOOD = to_link([CART])


@pytest.mark.parametrize(
    "word",
    [
        "",
        "2" + GOOD[1:],
        "1",
        "1!",
        "1ä",
        GOOD[:-3],
        GOOD[:10],
        GOOD + "A" * scenario.MAX_LINK,
        packed(b"\xff"),
        packed(b"{}"),
        packed(b"7"),
        packed(b'[{"label": 7}]'),
        packed(b'["label"]'),
        packed(b"[" * 100_000),
        packed(b" " * (scenario.MAX_TEXT + 1)),
        packed(b'[{"label":"service/a/\\ud800","set":{"a":"b"}}]'),
    ],
)
def test_a_broken_link_is_an_error(word: str) -> None:
    with pytest.raises(ScenarioError, match="link"):
        from_link(word)


@given(st.text(max_size=100), st.integers(0, len(GOOD)))
def test_garbage_is_an_error_and_nothing_else(garbage: str, at: int) -> None:
    for word in (garbage, f"1{garbage}", GOOD[:at] + garbage + GOOD[at:]):
        assert refusal(from_link, word).isprintable()


@given(st.text(max_size=200))
def test_any_text_is_a_scenario_or_an_error(text: str) -> None:
    for attempt in (text, f"edits: {text}", f"edits:\n- {text}"):
        assert refusal(parse, attempt).isprintable()


def test_a_scenario_too_long_for_a_link_is_an_error() -> None:
    edits = [EnvEdit(controller="istiod", set={f"A{i}": str(i**9)}) for i in range(2000)]
    with pytest.raises(ScenarioError, match="save it as a file"):
        to_link(edits)


def test_hundreds_of_edits_fit_into_a_link() -> None:
    edits = tuple(
        LabelEdit(
            kind="service",
            namespace=f"team-{i % 20}",
            name=f"service-{i}",
            set={"istio.io/ingress-use-waypoint": "true"},
        )
        for i in range(500)
    )
    word = to_link(edits)
    assert from_link(word) == edits
    assert len(word) < 8000
