"""YAML to values: as Kubernetes reads it, within bounds, and the same by both readers."""

import json
import math
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.yamllines import REFUSED, UNREAD, parse_lines
from core.yamltext import MAX_ALIASED, MAX_DEPTH, YamlError, parse, resolve


def value_of(text: str) -> Any:
    (document,) = parse(text.encode())
    return document.value


# --- scalars --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((word, True) for word in ("true", "True", "TRUE", "yes", "Yes", "on", "ON", "y", "Y")),
        *((word, False) for word in ("false", "False", "no", "off", "n", "N")),
        *((word, None) for word in ("", "~", "null", "Null", "NULL")),
        *(
            (word, word)
            for word in ("tRUE", "nULL", "none", "None", "yEs", "text", "a b", "=", "<", "1a", "-", "+", ".")
        ),
        ("0", 0),
        ("-1", -1),
        ("+5", 5),
        ("1_000", 1000),
        ("0x1F", 31),
        ("-0x1f", -31),
        ("0b101", 5),
        ("0o17", 15),
        ("017", 15),
        ("08", 8.0),
        ("18446744073709551615", 2**64 - 1),
        ("18446744073709551616", float(2**64)),
        ("9" * 5000, "9" * 5000),
        ("1.5", 1.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("12e5", 1200000.0),
        ("1e-2", 0.01),
        ("123e456", "123e456"),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("1:30", "1:30"),
        ("2020-01-01", "2020-01-01"),
        ("2026-08-03T09:06:47Z", "2026-08-03T09:06:47Z"),
        ("1.2.3", "1.2.3"),
        ("0x", "0x"),
        ("0b2", "0b2"),
        ("1__", 1),
        ("\u0661", "\u0661"),
    ],
)
def test_plain_scalars_are_what_kubectl_makes_of_them(text: str, value: Any) -> None:
    found = resolve(text)
    assert found == value
    assert type(found) is type(value)


def test_nan() -> None:
    assert math.isnan(resolve(".nan"))


@pytest.mark.parametrize("text", ["true", "1", "null", "1.5", "~"])
@pytest.mark.parametrize("form", ["'{}'", '"{}"', "!!str {}", "! {}"])
def test_quotes_and_tags_make_text(text: str, form: str) -> None:
    assert value_of(f"a: {form.format(text)}") == {"a": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("!!int '5'", 5),
        ("!!float 5", 5.0),
        ("!!bool 'yes'", True),
        ("!!null ''", None),
        ("!!binary aGVsbG8=", "hello"),
        ("!!timestamp 2020-01-01", "2020-01-01"),
        ("!!map {a: 1}", {"a": 1}),
        ("!!seq [1]", [1]),
    ],
)
def test_core_tags(text: str, value: Any) -> None:
    found = value_of(f"a: {text}")["a"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "!!int x",
        "!!bool 5",
        "!!binary ???",
        "!!binary /w==",
        "!Ref x",
        "!!python/name:os.system x",
        "!!set {a}",
        "!x [1]",
    ],
)
def test_other_tags_are_refused(text: str) -> None:
    with pytest.raises(YamlError) as caught:
        parse(f"b: 1\na: {text}".encode())
    assert (caught.value.line, caught.value.column) == (2, 4)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("1", "1"),
        ("true", "true"),
        ("yes", "true"),
        ("0x10", "16"),
        ("1.5", "1.5"),
        ("'1'", "1"),
        ("a b", "a b"),
    ],
)
def test_keys_are_text(key: str, text: str) -> None:
    assert value_of(f"{key}: x") == {text: "x"}


@pytest.mark.parametrize("text", ["~: x", "? [a]\n: x", "? {a: b}\n: x", "? !!int x\n: y"])
def test_keys_that_can_be_no_text(text: str) -> None:
    with pytest.raises(YamlError):
        parse(text.encode())


# --- anchors and merges ---------------------------------------------------------------------------------------------


def test_aliases_and_merges() -> None:
    text = """
base: &base {a: 1, b: 2}
other: &other {b: 3, c: 4}
copy: *base
one: {<<: *base, a: 9}
late: {a: 9, <<: *base}
both: {<<: [*base, *other], d: 5}
text: {"<<": 1}
"""
    found = value_of(text)
    assert found["copy"] == {"a": 1, "b": 2}
    assert found["one"] == found["late"] == {"a": 9, "b": 2}
    assert found["both"] == {"a": 1, "b": 2, "c": 4, "d": 5}
    assert found["text"] == {"<<": 1}


@pytest.mark.parametrize("text", ["a: *x", "a: &x [*x]", "a: {<<: 5}", "a: {<<: [5]}", "a: &x {<<: *x}"])
def test_bad_aliases_and_merges(text: str) -> None:
    with pytest.raises(YamlError):
        parse(text.encode())


def test_anchors_end_with_their_document() -> None:
    with pytest.raises(YamlError, match="undefined alias"):
        parse(b"a: &x 1\n--- \nb: *x\n")


def test_an_alias_bomb_is_refused_soon() -> None:
    levels = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
    levels += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 20)]
    with pytest.raises(YamlError, match=f"unfold to more than {MAX_ALIASED:,} values"):
        parse("\n".join(levels).encode())


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 100_000,
        "a: " + "{a: " * 100_000,
        "- " * 100_000 + "x",
        "\n".join(" " * n + "a:" for n in range(MAX_DEPTH + 2)),
        "\n".join(f"a{n}: &a{n} [{f'*a{n - 1}' if n else ''}]" for n in range(MAX_DEPTH + 2)),
    ],
    ids=["sequences", "mappings", "dashes", "indents", "aliases"],
)
def test_deep_nesting_is_refused(text: str) -> None:
    with pytest.raises(YamlError, match="nest"):
        parse(text.encode())
    assert parse_lines(text.encode()) is REFUSED


def test_nesting_within_bounds() -> None:
    text = "\n".join(" " * n + "a:" for n in range(MAX_DEPTH - 2))
    assert parse(text.encode())[0].value == parse_lines(text.encode())


# --- errors and warnings --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        (b"a: 1\nb: [", 3, 1),
        (b"a: 1\n\tb: 2", 2, 1),
        (b"a: 'x", 1, 6),
        (b"a: b: c", 1, 5),
        (b"a: 1\nb: \xff", 2, 4),
        (b"a: 1\nb: \x01", 2, 4),
        (b"a: x\n  b: y", 2, 4),
    ],
)
def test_errors_have_their_place(text: bytes, line: int, column: int) -> None:
    with pytest.raises(YamlError) as caught:
        parse(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert caught.value.message
    assert parse_lines(text) is REFUSED


def test_a_key_that_is_there_twice() -> None:
    (found,) = parse(b"a: 1\nb: 2\na: 3\n")
    assert found.value == {"a": 3, "b": 2}
    assert found.warnings == [(3, "the key 'a' is there twice; the last one counts")]


def test_documents_of_one_text() -> None:
    found = parse(b"a: 1\n...\n---\n---\nb: 2\n")
    assert [(one.line, one.value) for one in found] == [(1, {"a": 1}), (3, None), (4, {"b": 2})]


@pytest.mark.parametrize("text", [b"", b"\n\n", b"# comment\n"])
def test_nothing(text: bytes) -> None:
    assert parse(text) == []


# --- both readers ---------------------------------------------------------------------------------------------------

KUBECTL = """\
---
# Source: chart/templates/deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  annotations:
    long: some text that goes on and on until the line is folded because it is
      too long for one
    quoted: 'it''s {"a": "b"} and goes
      on'
    literal: |
      first

        indented: yes
      last
    stripped: |-
      no end
    kept: |+
      blank lines

  labels: {}
  name: web
spec:
  args:
  - --flag=a:b
  - -v
  - :8080
  - "quoted"
  empty:
  more:
    - indented
    - name: x
      list:
      - 1
  when: "2026-08-03T09:06:47Z"
  image: registry.example.com:5000/web:1.2.3@sha256:abc
"""


def test_what_kubectl_and_helm_write_is_read_by_lines() -> None:
    text = KUBECTL.encode()
    found = parse_lines(text)
    assert found == parse(text)[0].value
    assert found["metadata"]["annotations"]["literal"] == "first\n\n  indented: yes\nlast\n"
    assert found["metadata"]["annotations"]["quoted"] == 'it\'s {"a": "b"} and goes on'
    assert found["spec"]["more"] == ["indented", {"name": "x", "list": [1]}]


@pytest.mark.parametrize(
    "text",
    [
        "a: &x 1",
        "a: *x",
        "a: !!str 1",
        "a: [1]",
        "a: {b: 1}",
        "a: >\n  x",
        "a: |2\n    x",
        'a: "\\n"',
        "a: b # c",
        "a: ü",
        "a:\tb",
        "- - a",
        "? a",
        "<<: x",
        "a: 1\na: 2",
        "yes: 1",
        "1: 2",
        "a: 1\r\n",
        "a: 1\n...",
        "just text",
    ],
)
def test_the_rest_is_left_to_the_other_reader(text: str) -> None:
    assert parse_lines(text.encode()) is REFUSED


def test_unread_fields_are_passed_over_where_a_machine_wrote_them() -> None:
    text = b"""\
  kind: Pod
  spec:
    volumes:
    - name: "a"
      emptyDir: {}
    containers:
    - resources:
        limits: {}
      name: app
      volumeMounts:
        - mountPath: 'x'
    nodeName: n1
"""
    spec = {
        "volumes": None,
        "containers": [{"resources": None, "name": "app", "volumeMounts": None}],
        "nodeName": "n1",
    }
    assert parse_lines(text, machine_made=True) == {"kind": "Pod", "spec": spec}
    assert parse_lines(text) == parse(text)[0].value
    other = text.replace(b"Pod", b"Odd")
    assert parse_lines(other, machine_made=True) == parse(other)[0].value


@pytest.mark.parametrize(
    "line", ['open: "', "open: '", "flow: [", "flow: {a: b}", "text: |", "it: isn't, it's"]
)
def test_unread_fields_that_may_hold_the_next_ones_are_not_passed_over(line: str) -> None:
    text = f"kind: Pod\nvolumes:\n  {line}\n  nodeName: x\nafter: 'y'\n".encode()
    assert parse_lines(text, machine_made=True) is REFUSED


PIECES = (
    """a:|b: 1|- |- x|- a: 1|- a:|key: value|k: 'q'|k: "q"|text here|more: text: here|# c||  |c: {}|d: []|e: yes|f: 'it''s'
g: "a\\n"|- 'x|y'|h: "open|close"|- - a|? a|: b|i: *x|&a j: 1|k: &a 1|l: !!str 1|m: a#b|n: a #b|o: -|p: - x|q: -1|r: :80
s: a:b|t: a: |u: ~|~: u|y: 1|1: 2|volumes:|kind: Pod|v: >|w: [a]|x: {a: b}|trailing |z: x |-|...|@bad|`|k: ''|k: ""
k: 'a' b|k: "a" #c|<<: 1|=: 1|k: =|k: a, b|k: x]|\tt: 1|a:\t1|k: ? x|a.b/c-d: e|k:v|- k:v| - a|k: 1:30|k: .5|k: 08|'|it's
L: ||-|M: ||+|N: ||||x: |""".replace("\n", "|")
    .replace("||-|", "|\x00-|")
    .replace("||+|", "|\x00+|")
    .split("|")
)


@st.composite
def yaml_like(draw: st.DrawFn) -> str:
    """Lines that may be YAML, most of them not."""
    out, indent = [], 0
    for _ in range(draw(st.integers(1, 8))):
        indent = max(0, indent + draw(st.sampled_from([-4, -2, -2, -1, 0, 0, 0, 1, 2, 2, 4])))
        out.append(" " * indent + draw(st.sampled_from(PIECES)).replace("\x00", "|"))
    return "\n".join(out) + draw(st.sampled_from(["\n", "", "\n\n"]))


def agrees(fast: Any, slow: Any) -> bool:
    """Whether both are the same, but for floats that equal nothing."""
    return json.dumps(fast) == json.dumps(slow)


@settings(max_examples=400)
@given(yaml_like())
@example("a: |\n  x")
@example("a: |\n\n  x\n")
@example("- a:\n- b")
@example("a:\n- b\nc: d")
@example("a: 'x\n\n  y'\n")
@example("a:\n  - |\n   x\n")
def test_what_is_read_by_lines_is_what_yaml_says(text: str) -> None:
    found = parse_lines(text.encode())
    if found is not REFUSED:
        (document,) = parse(text.encode())
        assert agrees(found, document.value)
        assert document.warnings == []


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.text(st.characters(max_codepoint=0x17F, exclude_characters="\x85"), max_size=120),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab-./:_ 01y~'", max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=200)
@given(st.dictionaries(st.text("abc", min_size=1), values), st.sampled_from([40, 80, 100000]), st.booleans())
def test_what_a_dumper_writes_is_read_back(value: dict[str, Any], width: int, blocks: bool) -> None:
    style = None if blocks else "'"
    text = yaml.dump(
        value, default_flow_style=False, width=width, default_style=style, allow_unicode=True
    ).encode()
    (document,) = parse(text)
    fast = parse_lines(text)
    assert fast is REFUSED or agrees(fast, document.value)
    if not blocks or not has_odd_text(value):
        assert keys_of(document.value) == keys_of(value)


def has_odd_text(value: Any) -> bool:
    """Whether there is text that a YAML 1.1 dumper leaves bare and Kubernetes takes for another thing, like `12e5`."""
    if isinstance(value, dict):
        return any(map(has_odd_text, [*value, *value.values()]))
    if isinstance(value, list):
        return any(map(has_odd_text, value))
    return isinstance(value, str) and not isinstance(resolve(value), str)


def keys_of(value: Any) -> Any:
    """`value` with the scalars left out that styles make text of."""
    if isinstance(value, dict):
        return {key: keys_of(one) for key, one in value.items()}
    if isinstance(value, list):
        return [keys_of(one) for one in value]
    return value if isinstance(value, str) else ""


def test_the_unread_fields_are_none_that_rows_are_made_of() -> None:
    from core import wire  # noqa: PLC0415 - only here

    def fields(kind: Any, seen: set[Any]) -> set[str]:
        if kind in seen or not isinstance(kind, type) or not issubclass(kind, wire.Wire):
            return set()
        seen.add(kind)
        found = set(kind.__struct_encode_fields__)
        for one in kind.__struct_fields__:
            for other in vars(wire).values():
                if isinstance(other, type) and other.__name__ in str(kind.__annotations__.get(one, "")):
                    found |= fields(other, seen)
        return found

    named = fields(wire.Pod, set()) | fields(wire.Workload, set())
    assert {"containers", "nodeName", "phase", "env"} <= named
    assert not named & UNREAD
