"""Archives: what is in them, and what is refused."""

import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from core.sources import Loaded, archives, read, read_uploads


def service(name: str) -> bytes:
    return f"apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\n".encode()


def zipped(members: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def tarred(members: Mapping[str, bytes], mode: str = "w") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


FORMS = {
    "x.zip": zipped,
    "x.tar": tarred,
    "x.tar.gz": lambda members: gzip.compress(tarred(members)),
    "x.tgz": lambda members: tarred(members, "w:gz"),
}


@pytest.fixture(params=FORMS)
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def loaded(name: str, data: bytes) -> Loaded:
    return read_uploads([(name, data)])


def names(found: Loaded) -> list[str]:
    return [name for _, name in found.cluster.services]


def told(found: Loaded) -> list[str]:
    return [f"{one.severity} {one.where}: {one.message}" for one in found.problems]


def test_manifests_of_an_archive(form: str, tmp_path: Path) -> None:
    members = {
        "shop/": b"",
        "shop/a.yaml": service("a"),
        "shop/b.yml.gz": gzip.compress(service("b")),
        "c.json": b'{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "c"}}',
        "README.md": b"[" * 1000,
        ".hidden/d.yaml": service("d"),
        "__MACOSX/._a.yaml": b"\x00\x05\x16\x07",
    }
    file = tmp_path / form
    file.write_bytes(FORMS[form](members))
    found = read([str(file)])
    assert names(found) == ["a", "b", "c"]
    assert told(found) == []
    assert found.info.kind == "archive"
    assert found.cluster.services["default", "b"].where == f"{file}/shop/b.yml.gz#1"


def test_the_content_and_not_the_name_tells_what_it_is(form: str) -> None:
    assert names(loaded("download", FORMS[form]({"a.yaml": service("a")}))) == ["a"]


@pytest.mark.parametrize(
    "name", ["../evil.yaml", "a/../../evil.yaml", "/etc/evil.yaml", "C:/evil.yaml", "..\\evil.yaml"]
)
def test_names_that_lead_elsewhere_are_refused(name: str, form: str) -> None:
    found = loaded(form, FORMS[form]({name: service("evil"), "good.yaml": service("good")}))
    assert names(found) == ["good"]
    (problem,) = found.problems
    assert problem.severity == "error"
    assert problem.message.startswith("it was refused: its name ")


def test_an_archive_in_an_archive_is_not_opened(form: str) -> None:
    inner = FORMS[form]({"a.yaml": service("a")})
    found = loaded("outer.zip", zipped({f"inner/{form}": inner, "b.yaml": service("b")}))
    assert names(found) == ["b"]
    assert told(found) == [
        f"note outer.zip/inner/{form}: an archive in an archive is not opened: unpack the outer one first"
    ]


def test_a_zip_in_a_gzip_is_not_opened() -> None:
    assert told(loaded("x.gz", gzip.compress(zipped({"a.yaml": service("a")}))))[1:] == [
        "note x.gz: an archive in an archive is not opened: unpack the outer one first"
    ]


@pytest.mark.parametrize("suffix", [".yaml.gz", ".json.gz", ".gz"])
def test_gzip(suffix: str) -> None:
    assert names(loaded("x" + suffix, gzip.compress(service("a")))) == ["a"]


def test_gzips_one_after_the_other_are_one() -> None:
    data = gzip.compress(service("a") + b"---\n") + gzip.compress(service("b")) + b"\0" * 100
    found = loaded("x.gz", data)
    assert (names(found), told(found)) == (["a", "b"], [])


def test_large_content_comes_through_whole() -> None:
    text = b"---\n".join(service(f"s{number}") for number in range(5_000))
    for data in (gzip.compress(text), zipped({"a.yaml": text}), gzip.compress(tarred({"a.yaml": text}))):
        assert len(loaded("x", data).cluster.services) == 5_000


# --- broken ones ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cut", [11, 30, -9, -4])
def test_a_truncated_gzip(cut: int) -> None:
    found = loaded("x.yaml.gz", gzip.compress(service("a"))[:cut])
    assert names(found) == []
    assert told(found)[0] == "error x.yaml.gz: it can't be unzipped: it is cut off"


@pytest.mark.parametrize("form", [name for name in FORMS if name != "x.zip"])
def test_a_truncated_tar_gives_what_it_has(form: str) -> None:
    data = FORMS[form]({"a.yaml": service("a"), "b.yaml": service("b") + b"#" * 100_000})
    found = loaded(form, data[: 512 * 3] if form == "x.tar" else data[:-30])
    assert names(found) == ["a"]
    assert found.problems[0].severity == "error"
    assert found.problems[0].message.startswith("the archive can't be read any further: ")


def test_a_truncated_zip() -> None:
    found = loaded("x.zip", zipped({"a.yaml": service("a")})[:-10])
    assert told(found)[0] == "error x.zip: the archive can't be read any further: file is not a zip file"


@pytest.mark.parametrize("position", [40, 60])
def test_a_corrupt_zip(position: int) -> None:
    data = bytearray(zipped({"a.yaml": service("a") * 5}))
    data[position] ^= 0xFF
    found = loaded("x.zip", bytes(data))
    assert found.problems[0].severity == "error"


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_with_another_packing(packing: int) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as archive:
        archive.writestr("a.yaml", service("a"))
    found = loaded("x.zip", out.getvalue())
    assert told(found)[0] == "error x.zip/a.yaml: it was refused: it is packed in a way that is not supported"


def test_an_encrypted_zip() -> None:
    data = bytearray(zipped({"a.yaml": service("a")}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    found = loaded("x.zip", bytes(data))
    assert told(found)[0] == "error x.zip/a.yaml: it was refused: it is encrypted: unpack the archive first"


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.GNUTYPE_SPARSE])
def test_links_and_other_odd_members_of_a_tar(kind: bytes) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        info = tarfile.TarInfo("link.yaml")
        info.type, info.linkname = kind, "/etc/passwd"
        archive.addfile(info)
        good = tarfile.TarInfo("good.yaml")
        good.size = len(service("good"))
        archive.addfile(good, io.BytesIO(service("good")))
    found = loaded("x.tar", out.getvalue())
    assert names(found) == ["good"]
    assert told(found) == ["error x.tar/link.yaml: it was refused: it is no regular file"]


def test_a_link_of_a_zip() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo("link.yaml")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    assert (
        told(loaded("x.zip", out.getvalue()))[0]
        == "error x.zip/link.yaml: it was refused: it is no regular file"
    )


# --- bombs ----------------------------------------------------------------------------------------------------------

MIB = 1024**2


def deflated_zeros(mebibytes: int) -> bytes:
    """A raw deflate stream of that many MiB of zeros, made without compressing all of them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    return block * mebibytes + zlib.compressobj(9, zlib.DEFLATED, -15).flush()


def zip_of_deflated(name: str, packed: bytes, size: int) -> bytes:
    """A zip archive with one member that claims to be `size` bytes."""
    encoded = name.encode()
    common = struct.pack(
        "<HHHHHIIIHH", 20, 0, 8, 0, 0, 0, len(packed), min(size, 0xFFFFFFFF), len(encoded), 0
    )
    local = b"PK\x03\x04" + common + encoded + packed
    central = b"PK\x01\x02\x14\x00" + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + encoded
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)
    return local + central + end


def test_a_zip_member_of_ten_gigabytes_is_not_unfolded() -> None:
    data = zip_of_deflated("bomb.yaml", deflated_zeros(10 * 1024), 10 * 1024 * MIB)
    found = loaded("x.zip", data)
    assert told(found)[0].startswith(
        "error x.zip/bomb.yaml: it was refused: it unfolds to 4,294,967,295 bytes from "
    )


def test_a_zip_member_that_lies_about_its_size() -> None:
    found = loaded("x.zip", zip_of_deflated("bomb.yaml", deflated_zeros(1024), 100))
    assert names(found) == []
    assert [one.severity for one in found.problems] == ["error", "warning"]


def gzip_of_deflated(packed: bytes) -> bytes:
    return b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" + packed + bytes(8)


def test_a_gzip_of_ten_gigabytes_is_not_unfolded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_TOTAL", 64 * MIB)
    found = loaded("x.yaml.gz", gzip_of_deflated(deflated_zeros(10 * 1024)))
    assert told(found)[0] == "error x.yaml.gz: it can't be unzipped: it unfolds to more than 67,108,864 bytes"


def test_a_small_gzip_that_unfolds_to_much() -> None:
    found = loaded("x.yaml.gz", gzip_of_deflated(deflated_zeros(100)))
    assert told(found)[0] == "error x.yaml.gz: it can't be unzipped: it unfolds to more than 33,554,432 bytes"


def test_a_tar_with_a_member_that_is_all_zeros() -> None:
    header = tarfile.TarInfo("bomb.bin")
    header.size = 10 * 1024 * MIB
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    start = packer.compress(tarred({"a.yaml": service("a")})[:1024] + header.tobuf()) + packer.flush(
        zlib.Z_FULL_FLUSH
    )
    found = loaded("x.tar.gz", gzip_of_deflated(start + deflated_zeros(500)))
    assert names(found) == ["a"]
    assert "it unfolds to more than" in found.problems[0].message


def test_the_members_of_an_archive_are_bounded_together(monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    monkeypatch.setattr(archives, "MAX_TOTAL", 3_500_000)
    members = {f"{number}.yaml": service(f"s{number}") + b"#" * 1_000_000 for number in range(5)}
    found = loaded(form, FORMS[form](members))
    assert names(found) in (["s0", "s1"], ["s0", "s1", "s2"])
    assert [one.severity for one in found.problems] == ["error"]
    assert "than " in found.problems[0].message


def test_the_size_of_a_member_is_bounded(monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    monkeypatch.setattr(archives, "MAX_MEMBER", 1000)
    found = loaded(form, FORMS[form]({"a.yaml": service("a") + b"#" * 1000, "b.yaml": service("b")}))
    assert names(found) == ["b"]
    assert told(found) == [f"error {form}/a.yaml: it was refused: it is larger than 1,000 bytes"]


def test_the_number_of_members_is_bounded(monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    monkeypatch.setattr(archives, "MAX_MEMBERS", 2)
    found = loaded(form, FORMS[form]({f"{name}.yaml": service(name) for name in "abc"}))
    assert names(found) == ["a", "b"]
    assert told(found) == [f"error {form}: it has more than 2 members; the rest was not read"]
