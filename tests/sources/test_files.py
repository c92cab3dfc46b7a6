"""Sources by name: files, directories, links, standard input, several at once."""

import gzip
import io
import os
import socket
import threading
from pathlib import Path

import pytest

from core.sources import Loaded, SourceError, read, read_uploads
from core.sources import files as files_module


def service(name: str, extra: str = "") -> str:
    return f"apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\n{extra}"


def names(found: Loaded) -> list[str]:
    return [name for _, name in found.cluster.services]


def told(found: Loaded) -> list[str]:
    return [f"{one.severity} {one.where}: {one.message}" for one in found.problems]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory `tree`, in the working directory."""
    monkeypatch.chdir(tmp_path)
    root = tmp_path / "tree"
    root.mkdir()
    return root


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


# --- forms of a source ----------------------------------------------------------------------------------------------


def test_a_file(tree: Path) -> None:
    write(tree / "a.yaml", service("a"))
    found = read(["tree/a.yaml"])
    assert found.cluster.services["default", "a"].where == "tree/a.yaml#1"
    assert found.info == type(found.info)(kind="file", name="tree/a.yaml", objects=1, observed=False)


def test_a_file_of_any_name(tree: Path) -> None:
    assert names(read([str(write(tree / "snapshot", service("a")))])) == ["a"]


def test_a_directory_is_read_whole(tree: Path) -> None:
    write(tree / "b.yaml", service("b"))
    write(tree / "a.yaml", service("a"))
    write(tree / "a" / "z.yml", service("z"))
    write(tree / "C.YAML", service("c"))
    write(tree / "d.yaml.gz", gzip.compress(service("d").encode()))
    write(tree / "e.json", '{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "e"}}')
    for hidden in ("a/.hidden.yaml", ".git/c.yaml", "notes.txt", "Makefile", "yaml"):
        write(tree / hidden, "a: [")
    found = read(["tree/"])
    assert {row.where for row in found.cluster.services.values()} == {
        "tree/C.YAML#1",
        "tree/a/z.yml#1",
        "tree/a.yaml#1",
        "tree/b.yaml#1",
        "tree/d.yaml.gz#1",
        "tree/e.json#1",
    }
    assert told(found) == []
    assert (found.info.kind, found.info.name) == ("directory", "tree/")


def test_a_directory_is_read_in_the_order_of_names(tree: Path) -> None:
    write(tree / "b.yaml", service("same"))
    write(tree / "a.yaml", service("same"))
    found = read(["tree/"])
    assert [row.where for row in found.cluster.services.values()] == ["tree/b.yaml#1"]


def test_a_directory_called_like_a_manifest(tree: Path) -> None:
    write(tree / "x.yaml" / "a.yaml", service("a"))
    assert names(read(["tree"])) == ["a"]
    assert names(read(["tree/x.yaml"])) == ["a"]


def test_standard_input(tree: Path) -> None:
    found = read(["-"], io.BytesIO(service("a").encode()))
    assert found.cluster.services["default", "a"].where == "stdin#1"
    assert found.info.kind == "stdin"


def test_a_pipe(tree: Path) -> None:
    os.mkfifo(tree / "pipe")
    writer = threading.Thread(target=lambda: (tree / "pipe").write_text(service("a") * 5000))
    writer.start()
    found = read(["tree/pipe"])
    writer.join()
    assert names(found) == ["a"]


def test_several_sources_merge_and_the_later_wins(tree: Path) -> None:
    first = write(tree / "1.yaml", service("a", "  labels: {from: first}\n") + "---\n" + service("b"))
    second = write(tree / "2.yaml", service("a", "  labels: {from: second}\n"))
    found = read([str(first), "-", str(second)], io.BytesIO(service("c").encode()))
    assert found.cluster.services["default", "a"].labels == {"from": "second"}
    assert sorted(names(found)) == ["a", "b", "c"]
    assert found.info.kind == "several"
    assert told(found) == [
        f"warning {second}#1 Service/default/a: {first}#1 has the same object with other contents; this one, read later, counts"
    ]


def test_uploads() -> None:
    found = read_uploads(
        [("a.yaml", service("a").encode()), ("b.yaml.gz", gzip.compress(service("b").encode()))]
    )
    assert names(found) == ["a", "b"]
    assert (found.info.kind, found.info.name, found.info.objects) == ("upload", "a.yaml, b.yaml.gz", 2)


def test_no_upload() -> None:
    assert read_uploads([]).info.objects == 0


def test_problems_come_in_the_order_of_their_weight(tree: Path) -> None:
    write(tree / "a.yaml", service("a", "  labels: {x: 1}\n"))
    write(tree / "b.yaml", "a: [")
    (tree / "out.yaml").symlink_to("/etc")
    assert [one.severity for one in read(["tree"]).problems] == ["error", "warning", "note"]


# --- sources that can't be used -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("missing.yaml", "missing.yaml does not exist: name a file, a directory or sample:NAME"),
        ("tree/x/y", "tree/x/y can't be read: not a directory"),
        ("a\0b", "a\\x00b can't be read: embedded null byte"),
        ("x" * 5000, "x" * 199 + "… can't be read: file name too long"),
        ("-", "- reads standard input, and there is none here: name a file"),
        ("", "no source: name a file, a directory, an archive, -, sample:NAME or live:CONTEXT"),
    ],
)
def test_sources_that_cannot_be_used(spec: str, message: str, tree: Path) -> None:
    write(tree / "x", service("a"))
    with pytest.raises(SourceError) as caught:
        read([spec] if spec else [])
    assert str(caught.value) == message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(tree: Path) -> None:
    write(tree / "a.yaml", service("a")).chmod(0)
    with pytest.raises(SourceError, match=r"allow it with chmod \+r"):
        read(["tree/a.yaml"])
    write(tree / "b.yaml", service("b"))
    assert told(read(["tree"])) == ["error tree/a.yaml: it can't be read: permission denied"]


def test_a_file_that_is_too_large(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files_module, "MAX_FILE", 100)
    write(tree / "a.yaml", service("a") + "#" * 100)
    write(tree / "b.yaml", service("b"))
    with pytest.raises(SourceError, match="larger than 100 bytes"):
        read(["tree/a.yaml"])
    found = read(["tree"])
    assert names(found) == ["b"]
    assert told(found) == ["error tree/a.yaml: it can't be read: it is larger than 100 bytes"]


# --- directories with odd things in them ----------------------------------------------------------------------------


def test_an_empty_directory(tree: Path) -> None:
    assert told(read(["tree"])) == ["warning tree: no Kubernetes object that decides a path was found"]


def test_a_dangling_link(tree: Path) -> None:
    (tree / "a.yaml").symlink_to(tree / "nowhere")
    (tree / "README").symlink_to(tree / "nowhere")
    write(tree / "b.yaml", service("b"))
    found = read(["tree"])
    assert names(found) == ["b"]
    assert told(found) == ["error tree/a.yaml: it can't be read: no such file or directory"]


def test_links_that_go_round_in_circles(tree: Path) -> None:
    write(tree / "a" / "a.yaml", service("a"))
    (tree / "a" / "up").symlink_to(tree)
    (tree / "again").symlink_to(tree / "a")
    (tree / "self.yaml").symlink_to("self.yaml")
    found = read(["tree"])
    assert names(found) == ["a"]
    assert told(found) == ["error tree/self.yaml: it can't be read: too many levels of symbolic links"]


def test_links_that_lead_out_are_not_followed(tree: Path) -> None:
    write(tree.parent / "outside" / "a.yaml", service("a"))
    (tree / "out").symlink_to("../outside")
    (tree / "out.yaml").symlink_to("../outside/a.yaml")
    write(tree / "b.yaml", service("b"))
    found = read(["tree"])
    assert names(found) == ["b"]
    assert told(found) == [
        "note tree/out: the link leads out of the directory and was not followed",
        "note tree/out.yaml: the link leads out of the directory and was not followed",
    ]


def test_a_mounted_config_map(tree: Path) -> None:
    write(tree / "..2026_08" / "a.yaml", service("a"))
    (tree / "..data").symlink_to("..2026_08")
    (tree / "a.yaml").symlink_to("..data/a.yaml")
    found = read(["tree"])
    assert (names(found), told(found)) == (["a"], [])


def test_a_link_as_the_source_itself(tree: Path) -> None:
    write(tree / "a.yaml", service("a"))
    (tree.parent / "link").symlink_to(tree)
    assert names(read(["link"])) == ["a"]


def test_pipes_and_sockets_of_a_directory_are_not_opened(tree: Path) -> None:
    os.mkfifo(tree / "pipe.yaml")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("tree/socket.json")
        found = read(["tree"])
    assert told(found)[1:] == [
        "note tree/pipe.yaml: it is no regular file and was not read",
        "note tree/socket.json: it is no regular file and was not read",
    ]


def test_the_templates_of_a_chart_are_not_read(tree: Path) -> None:
    write(tree / "chart" / "Chart.yaml", "apiVersion: v2\nname: chart\n")
    write(tree / "chart" / "templates" / "a.yaml", "kind: {{ .Values.kind }}\n")
    write(tree / "templates" / "b.yaml", service("b"))
    found = read(["tree"])
    assert names(found) == ["b"]
    assert told(found)[0] == (
        "note tree/chart/templates: the templates of a Helm chart were not read: render them with helm template"
    )


def test_a_broken_file_among_good_ones(tree: Path) -> None:
    write(tree / "a.yaml", service("a"))
    write(tree / "b.yaml", "a: [")
    write(tree / "c.yaml", service("c"))
    found = read(["tree"])
    assert names(found) == ["a", "c"]
    assert [one.where for one in found.problems] == ["tree/b.yaml#1"]
