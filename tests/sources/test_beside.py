"""`waypath.yaml` beside a source."""

import pytest

from core.cli import main
from core.expectations import ExpectationError
from core.sources import SourceError, read
from core.sources.beside import expectations_beside

TEXT = "must-traverse: [shop/cart]\n"


def names(specs) -> list[str]:
    return [str(one) for one in expectations_beside(specs)]


def test_of_a_folder_of_a_sample_and_beside_a_file(tmp_path) -> None:
    (tmp_path / "waypath.yaml").write_text(TEXT, encoding="utf-8")
    (tmp_path / "cart.yaml").write_text("{}", encoding="utf-8")
    assert names([str(tmp_path)]) == ["must-traverse shop/cart"]
    assert names([f"{tmp_path}/"]) == ["must-traverse shop/cart"]
    assert names([str(tmp_path / "cart.yaml")]) == ["must-traverse shop/cart"]
    assert names([str(tmp_path), str(tmp_path / "cart.yaml")]) == ["must-traverse shop/cart"]
    assert len(names(["sample:written-expectations", str(tmp_path)])) == 3


def test_where_there_is_none(tmp_path) -> None:
    (tmp_path / "waypath.yaml").mkdir()
    assert names(["-", "live:x", str(tmp_path), str(tmp_path / "none"), "sample:shop", "\0"]) == []


def test_one_that_is_none_is_told_of(tmp_path) -> None:
    file = tmp_path / "waypath.yaml"
    file.write_text("must-travers: []", encoding="utf-8")
    with pytest.raises(ExpectationError, match="there is no 'must-travers'"):
        expectations_beside([str(tmp_path)])
    file.write_bytes(b"\xff")
    with pytest.raises(SourceError, match=r"waypath\.yaml can't be read: "):
        expectations_beside([str(tmp_path)])


def test_among_manifests_it_is_no_stray_document() -> None:
    assert list(read(["sample:written-expectations"]).problems) == []


def test_audit_takes_it_unless_another_is_named(tmp_path, capsys) -> None:
    call = ["audit", "sample:written-expectations", "--fail-on", "must-traverse"]
    assert main(call) == 1
    other = tmp_path / "other.yaml"
    other.write_text("must-not-traverse: [shop/cart]", encoding="utf-8")
    assert main([*call, "--expect", str(other)]) == 0
    capsys.readouterr()
