"""What one file may hold: encodings, several documents, broken ones among good ones."""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.sources import Loaded, read_uploads

YAML = """\
apiVersion: v1
kind: Service
metadata:
  name: {}
"""


def service(name: str) -> str:
    return YAML.format(name)


def as_json(name: str) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}}, indent=1)


def loaded(content: str | bytes, name: str = "x.yaml") -> Loaded:
    return read_uploads([(name, content.encode() if isinstance(content, str) else content)])


def names(found: Loaded) -> list[str]:
    return [name for _, name in found.cluster.services]


def places(found: Loaded) -> dict[str, str]:
    return {row.name: row.where for row in found.cluster.services.values()}


def told(found: Loaded) -> list[str]:
    return [f"{one.severity} {one.where}: {one.message}" for one in found.problems]


NOTHING = "warning x.yaml: no Kubernetes object that decides a path was found"


# --- documents and their numbers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (service("a"), {"a": 1}),
        ("---\n" + service("a"), {"a": 1}),
        ("# c\n\n---\n" + service("a") + "---\n" + service("b"), {"a": 1, "b": 2}),
        (service("a") + "---\n# nothing\n---\n" + service("b"), {"a": 1, "b": 3}),
        (service("a") + "---\n---\n" + service("b") + "---\n", {"a": 1, "b": 3}),
        (service("a") + "--- # Source: b\n" + service("b"), {"a": 1, "b": 2}),
        ("%YAML 1.1\n---\n" + service("a") + "...\n---\n" + service("b"), {"a": 1, "b": 2}),
        ("--- {apiVersion: v1, kind: Service, metadata: {name: a}}\n---\n" + service("b"), {"a": 1, "b": 2}),
        (service("a") + "...\n" + service("b") + "... # end\n---\n" + service("c"), {"a": 1, "b": 2, "c": 3}),
        (service("a") + "    labels:\n---\n" + service("b"), {"b": 2}),
    ],
)
def test_documents_are_numbered_as_yaml_numbers_them(text: str, expected: dict[str, int]) -> None:
    found = {name: int(where.removeprefix("x.yaml#")) for name, where in places(loaded(text)).items()}
    assert {name: found.get(name) for name in expected} == expected


def test_the_lines_of_documents() -> None:
    found = loaded("# first\n---\n" + service("a") + "---\n# second\n" + service("b").replace("a", "a", 1))
    assert found.lines == {"x.yaml#1": 2, "x.yaml#2": 7}


def test_a_separator_inside_of_a_block_of_text_is_none() -> None:
    text = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n  x: |\n    ---\n    a: b\n---\n"
        + service("a")
    )
    found = loaded(text)
    assert told(found) == []
    assert places(found) == {"a": "x.yaml#2"}


def test_what_helm_template_prints() -> None:
    text = (
        f"---\n# Source: shop/templates/a.yaml\n{service('a')}---\n# Source: shop/templates/none.yaml\n---\n"
        + service("b")
    )
    assert (names(loaded(text)), told(loaded(text))) == (["a", "b"], [])


def test_what_a_dry_run_of_helm_prints() -> None:
    text = f"NAME: shop\nSTATUS: pending-install\nHOOKS:\nMANIFEST:\n---\n{service('a')}\nNOTES:\n1. Get the URL:\n  - run: {{it}} now: ok\n"
    found = loaded(text)
    assert names(found) == ["a"]
    assert [one.severity for one in found.problems] == ["note"]


KUBECTL_LIST = """\
apiVersion: v1
items:
- apiVersion: v1
  kind: Service
  metadata:
    name: a
- apiVersion: v1
  kind: Secret
  metadata: {{name: s}}
  data:
    password: {}
- apiVersion: v1
  kind: Service
  metadata:
    name: b
    labels:
      x: "y"
kind: List
metadata:
  resourceVersion: ""
"""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_list_of_kubectl_is_read_item_by_item(end: str) -> None:
    text = KUBECTL_LIST.format("aHVudGVyMg==").replace("\n", end)
    found = loaded(service("first").replace("\n", end) + "---" + end + text)
    assert places(found) == {"first": "x.yaml#1", "a": "x.yaml#2[0]", "b": "x.yaml#2[2]"}
    assert found.cluster.services["default", "b"].labels == {"x": "y"}
    assert told(found) == [
        "note x.yaml#2[1]: 1 object of kind v1 Secret skipped: what Secrets hold is never read"
    ]
    assert found.lines["x.yaml#2[2]"] == 17


def test_a_broken_item_leaves_the_others_alone() -> None:
    text = KUBECTL_LIST.format("x").replace("name: b", "name: 'b")
    found = loaded(text)
    assert names(found) == ["a"]
    assert told(found)[0].startswith("error x.yaml#1[2]: it is no YAML: line 1")


def test_items_that_refer_to_each_other() -> None:
    text = (
        KUBECTL_LIST.format("x")
        .replace('    labels:\n      x: "y"', "    labels: *it")
        .replace("{name: s}", "{name: s, labels: &it {p: q}}")
    )
    assert loaded(text).cluster.services["default", "b"].labels == {"p": "q"}


def test_a_secret_that_is_no_yaml_is_not_even_parsed() -> None:
    found = loaded("apiVersion: v1\nkind: Secret\ndata: [[[ hunter2\n---\n" + service("a"))
    assert names(found) == ["a"]
    assert [one.severity for one in found.problems] == ["note"]


# --- JSON -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("between", ["", "\n", "\n\n  "])
def test_concatenated_json(between: str) -> None:
    found = loaded(as_json("a") + between + as_json("b") + "\n")
    assert places(found) == {"a": "x.yaml#1", "b": "x.yaml#2"}
    assert told(found) == []


def test_json_lines() -> None:
    text = "".join(as_json(name).replace("\n", "") + "\n" for name in "abc")
    assert places(loaded(text)) == {"a": "x.yaml#1", "b": "x.yaml#2", "c": "x.yaml#3"}


def test_yaml_in_flow_style_is_no_json() -> None:
    assert names(loaded("{apiVersion: v1, kind: Service, metadata: {name: a}}")) == ["a"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"apiVersion": "v1",\n "kind"', "it is cut off"),
        ('{"kind": "List", "items": [{"kind": "Ser', "it is cut off"),
        ('{"apiVersion": "v1",\n "kind": }', None),
        ('{"a": 1}\n{"b": 2', "line 2, column 1: trailing characters"),
        ('{"a": 1}\n  junk: [', "line 2, column 3: trailing characters"),
    ],
)
def test_broken_json(text: str, message: str | None) -> None:
    found = loaded(text, "x.json")
    if message is None:
        assert [one.severity for one in found.problems] == ["warning", "note"]
    else:
        assert told(found)[0] == f"error x.json#1: it is no JSON: {message}"


# --- broken documents -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("a: [\n", "line 7, column 1: while parsing a flow node, did not find expected node content"),
        ("a:\n\tb: 1\n", "line 7, column 1: a tab; YAML indents with blanks only"),
        ("a: b: c\n", "line 6, column 5: mapping values are not allowed in this context"),
        ("a: !Ref b\n", "line 6, column 4: the tag !Ref is not one of YAML's own"),
        ("a: *b\n", "line 6, column 4: found undefined alias 'b'"),
        ("{{ if .Values.x }}\na: {{ .Values.y }}\n", None),
    ],
)
def test_a_broken_document_among_good_ones(bad: str, message: str | None) -> None:
    found = loaded(service("a") + "---\n" + bad + "---\n" + service("b"))
    assert names(found) == ["a", "b"]
    (problem,) = found.problems
    assert (problem.severity, problem.where) == ("error", "x.yaml#2")
    if message is None:
        assert "looks like a template: render it first" in problem.message
    else:
        assert problem.message == f"it is no YAML: {message}"


def test_bytes_that_are_not_utf8_spoil_one_document_only() -> None:
    found = loaded(service("a").encode() + b"---\na: caf\xe9\n---\n" + service("b").encode())
    assert names(found) == ["a", "b"]
    assert told(found) == ["error x.yaml#2: it is no YAML: line 6, column 7: incomplete UTF-8 octet sequence"]


def test_an_unquoted_true() -> None:
    found = loaded(service("a") + "  labels:\n    istio.io/ingress-use-waypoint: true\n    app: a\n")
    assert found.cluster.services["default", "a"].labels == {"app": "a"}
    assert told(found) == [
        (
            "warning x.yaml#1 Service/default/a: metadata.labels[istio.io/ingress-use-waypoint] is left out: "
            "its value must be text, and the API server refuses a boolean; put it in quotes"
        )
    ]


@pytest.mark.parametrize("labels", ["null", "", "~", "{}"])
def test_null_labels(labels: str) -> None:
    found = loaded(service("a") + f"  labels: {labels}\n  annotations: {labels}\n")
    assert (names(found), told(found)) == (["a"], [])


def test_a_key_that_is_there_twice() -> None:
    found = loaded("---\n" + service("a") + "  name: b\n  namespace: x\n  namespace: z\n")
    assert list(found.cluster.services) == [("z", "b")]
    assert told(found) == [
        "warning x.yaml#1: line 6: the key 'name' is there twice; the last one counts (1 more of these)"
    ]


def test_an_alias_bomb() -> None:
    bomb = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9 if n else ['x'])}]" for n in range(30))
    found = loaded(bomb + "\n---\n" + service("a"))
    assert names(found) == ["a"]
    assert "its aliases unfold to more than" in found.problems[0].message


@pytest.mark.parametrize("text", ["a: " + "[" * 50_000, '{"a": ' * 50_000, "- " * 50_000])
def test_deep_nesting(text: str) -> None:
    found = loaded(text + "\n---\n" + service("a") if text[0] in "a-" else text)
    assert found.problems[0].severity == "error"
    assert names(found) == (["a"] if text[0] in "a-" else [])


# --- encodings ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [service("a"), as_json("a")], ids=["yaml", "json"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_encodings(text: str, encoding: str) -> None:
    found = loaded(text.encode(encoding))
    assert (names(found), told(found)) == (["a"], [])


def test_half_a_character_of_utf16() -> None:
    assert told(loaded(service("a").encode("utf-16")[:-1])) == [
        "error x.yaml: it begins as utf-16-le, but is not: truncated data at byte 96",
        NOTHING,
    ]


def test_windows_line_ends() -> None:
    text = (
        service("a")
        + "  labels:\n    x: z\n  annotations:\n    block: |\n      one\n      two\n---\n"
        + service("b")
    )
    found = loaded(text.replace("\n", "\r\n"))
    assert told(found) == []
    assert found.cluster.services["default", "a"].labels == {"x": "z"}
    assert found.cluster.services["default", "a"].annotations == {"block": "one\ntwo\n"}
    assert places(found) == {"a": "x.yaml#1", "b": "x.yaml#2"}


@pytest.mark.parametrize(
    "text", ["", "\n \n", "# only\n# comments\n", "---\n", "---\n---\n", "...\n", "\ufeff", "null\n"]
)
def test_nothing_at_all(text: str) -> None:
    found = loaded(text)
    assert told(found) == [NOTHING]
    assert found.info.objects == 0


@pytest.mark.parametrize("text", ["just text", "5", "- a\n- b\n", "[1, 2]", "a: b", '{"a": "b"}'])
def test_what_is_no_object(text: str) -> None:
    found = loaded(text)
    assert told(found) == [
        NOTHING,
        "note x.yaml#1: 1 document left aside: no Kubernetes object (apiVersion and kind are missing)",
    ]


# --- names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["\x1b[2Jx.yaml", "a\nb.yaml", "\udcffx.yaml", "\u202ex.yaml", "x" * 5000])
def test_names_of_files_are_made_harmless(name: str) -> None:
    found = loaded(service("a") + "---\na: [\n", name)
    (row,) = found.cluster.services.values()
    for text in (row.where, found.problems[0].where, found.info.name):
        assert text.isprintable()
        assert len(text) < 1100


# --- anything at all ------------------------------------------------------------------------------------------------

fragments = st.sampled_from([
    b"\n", b" ", b"---", b"\n---\n", b"- ", b"\n- ", b"items:", b"\nitems:\n- ", b"\nkind: List\n", b"apiVersion: v1\n", b"kind: Service\n",
    b"metadata: {name: a}\n", b"metadata:\n  name: a\n", b"{", b"}", b"[", b"]", b'"', b"'", b":", b",", b"&a ", b"*a", b"<<: ", b"|", b">",
    b"#", b"!", b"%YAML 1.1", b"\t", b"\r\n", b"\xff\xfe", b"\x00", b"PK\x03\x04", b"\x1f\x8b\x08\x00", b"\xef\xbb\xbf", b"true", b"1", b"NAME: ",
    b"\nNOTES:\n", service("b").encode(), as_json("c").encode(), KUBECTL_LIST.encode(),
])  # fmt: skip


@settings(max_examples=400)
@given(st.lists(fragments | st.binary(max_size=8), max_size=12).map(b"".join))
@example(b"\nitems:\n- \nkind: List\n")
@example(b"\nitems:\n- a\n- b\nkind: List")
def test_nothing_in_a_file_raises(content: bytes) -> None:
    for problem in loaded(content).problems:
        assert problem.severity in {"error", "warning", "note"}
        assert (problem.where + problem.message).isprintable()
