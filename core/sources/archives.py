"""Archives and compressed files, read in memory and within bounds; nothing of them is ever written to disk."""

import io
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath

from core.manifests import Document
from core.model import Problem
from core.sources.content import documents
from core.sources.files import (
    LONGEST_NAME,
    SUFFIXES,
    Readable,
    TooLargeError,
    is_manifest,
    read_stream,
    reason,
)
from core.text import printable

MAX_TOTAL = 1024**3
"""Bytes that an archive may unfold to, and a compressed file."""
MAX_MEMBER = 512 * 1024**2
MAX_MEMBERS = 100_000
MAX_RATIO = 300
"""How many times its size a compressed file may unfold to, beyond FREE bytes. Text of like objects gets to about 100."""
FREE = 32 * 1024**2
ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz")

_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_GZIP = b"\x1f\x8b"
_CHUNK = 256 * 1024
_BAD_ARCHIVE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)


def expand(name: str, data: bytes, problems: list[Problem]) -> Iterator[Document]:
    """The documents of a file's content: of the file itself, or of the manifests in the archive that it is.

    Args:
        name: What the file is called in places.
        data: Its content, which decides what it is.
        problems: Takes what can't be read, and what is refused.
    """
    name = printable(name, LONGEST_NAME)
    if data.startswith(_ZIP):
        yield from _members(name, _zip_members(data), problems)
    elif _is_tar(data[:512]):
        yield from _members(name, _tar_members(io.BytesIO(data)), problems)
    elif data.startswith(_GZIP):
        yield from _gzip(name, data, problems)
    else:
        yield from documents(name, data, problems)


def is_archive(name: str, data: bytes) -> bool:
    """Whether `data` is an archive, so that it may hold several files."""
    return data.startswith(_ZIP) or _is_tar(data[:512]) or name.lower().endswith(ARCHIVES)


def _is_tar(block: bytes) -> bool:
    return block[257:262] == b"ustar"


def _tell(problems: list[Problem], severity: str, where: str, message: str) -> None:
    problems.append(Problem(severity=severity, where=where, message=message))


# --- gzip -----------------------------------------------------------------------------------------------------------


class _Unzipped(io.RawIOBase):
    """What a gzip file unfolds to, bounded. Several files one after the other are one, as gzip has it."""

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        self._limit = min(MAX_TOTAL, max(FREE, MAX_RATIO * len(data)))
        self._done = 0
        self._decoder: zlib._Decompress | None = zlib.decompressobj(wbits=31)
        self._input: bytes | memoryview = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        wanted = _CHUNK if size < 0 else size
        while self._decoder is not None and wanted:
            if not self._input and self._data:
                self._input, self._data = self._data[:_CHUNK], self._data[_CHUNK:]
            found = self._decoder.decompress(self._input, wanted)
            self._input = self._decoder.unconsumed_tail
            if self._decoder.eof:
                self._next_file(self._decoder.unused_data)
            elif not found and not self._input and not self._data:
                raise EOFError("it is cut off")
            if found:
                self._done += len(found)
                if self._done > self._limit:
                    raise TooLargeError(f"it unfolds to more than {self._limit:,} bytes")
                return found
        return b""

    def _next_file(self, rest: bytes) -> None:
        self._data = memoryview(rest + bytes(self._data)) if rest else self._data
        self._input = b""
        more = bytes(self._data[:2]) == _GZIP
        self._decoder = zlib.decompressobj(wbits=31) if more else None


def _gzip(name: str, data: bytes, problems: list[Problem]) -> Iterator[Document]:
    stream = _Unzipped(data)
    try:
        start = b""
        while len(start) < 512 and (chunk := stream.read(_CHUNK)):
            start += chunk
        if _is_tar(start[:512]):
            yield from _members(name, _tar_members(_Unzipped(data)), problems)
            return
        content = start + read_stream(stream, MAX_TOTAL)
    except _BAD_ARCHIVE as error:
        _tell(problems, "error", name, f"it can't be unzipped: {_explained(error)}")
        return
    if content.startswith((*_ZIP, _GZIP)):
        _tell(problems, "note", name, "an archive in an archive is not opened: unpack the outer one first")
        return
    yield from documents(name, content, problems)


# --- members --------------------------------------------------------------------------------------------------------


class _Member:
    """A file of an archive. `fault` says why it is not read."""

    def __init__(self, name: str, size: int, stream: Readable | None, fault: str = "") -> None:
        self.name = name
        self.size = size
        self.stream = stream
        self.fault = fault


def _zip_members(data: bytes) -> Iterator[_Member]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            if info.is_dir():
                continue
            size, packed = info.file_size, max(info.compress_size, 1)
            kind = stat.S_IFMT(info.external_attr >> 16)
            if info.flag_bits & 1:
                yield _Member(info.filename, size, None, "it is encrypted: unpack the archive first")
            elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                yield _Member(info.filename, size, None, "it is packed in a way that is not supported")
            elif kind not in (0, stat.S_IFREG):
                yield _Member(info.filename, size, None, "it is no regular file")
            elif size > FREE and size > MAX_RATIO * packed:
                yield _Member(info.filename, size, None, f"it unfolds to {size:,} bytes from {packed:,}")
            else:
                yield _Member(info.filename, size, _Lazy(archive, info))


class _Lazy:
    """A member of a zip archive that is opened when it is read."""

    def __init__(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
        self._archive = archive
        self._info = info
        self._stream: Readable | None = None

    def read(self, size: int = -1, /) -> bytes:
        if self._stream is None:
            self._stream = self._archive.open(self._info)
        return self._stream.read(size)


def _tar_members(stream: io.RawIOBase | io.BytesIO) -> Iterator[_Member]:
    with tarfile.open(fileobj=io.BufferedReader(_Filled(stream)), mode="r|") as archive:
        for info in archive:
            if info.isdir():
                continue
            if not info.isreg() or info.issparse():
                yield _Member(info.name, info.size, None, "it is no regular file")
            else:
                yield _Member(info.name, info.size, archive.extractfile(info))


class _Filled(io.RawIOBase):
    """A raw stream as BufferedReader wants it."""

    def __init__(self, stream: io.RawIOBase | io.BytesIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        found = self._stream.read(len(buffer)) or b""
        buffer[: len(found)] = found
        return len(found)


def _members(name: str, members: Iterator[_Member], problems: list[Problem]) -> Iterator[Document]:
    left = MAX_TOTAL
    count = 0
    try:
        for member in members:
            count += 1
            if count > MAX_MEMBERS:
                _tell(
                    problems,
                    "error",
                    name,
                    f"it has more than {MAX_MEMBERS:,} members; the rest was not read",
                )
                return
            shown = printable(f"{name}/{member.name}", LONGEST_NAME)
            if fault := _unsafe(member.name):
                _tell(problems, "error", shown, f"it was refused: {fault}")
                continue
            if any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(member.name).parts):
                continue
            if member.name.lower().endswith(ARCHIVES):
                _tell(
                    problems,
                    "note",
                    shown,
                    "an archive in an archive is not opened: unpack the outer one first",
                )
                continue
            if not is_manifest(member.name):
                continue
            if member.stream is None or member.size > MAX_MEMBER:
                fault = member.fault or f"it is larger than {MAX_MEMBER:,} bytes"
                _tell(problems, "error", shown, f"it was refused: {fault}")
                continue
            try:
                content = read_stream(member.stream, min(MAX_MEMBER, left))
            except TooLargeError as error:
                _tell(problems, "error", shown, f"it was refused: {reason(error)}")
                return
            left -= len(content)
            if member.name.lower().endswith(SUFFIXES):
                yield from documents(shown, content, problems)
            else:
                yield from _gzip(shown, content, problems)
    except _BAD_ARCHIVE as error:
        _tell(problems, "error", name, f"the archive can't be read any further: {_explained(error)}")


def _unsafe(name: str) -> str:
    """Why a member's name is refused; empty where it is fine."""
    path = name.replace("\\", "/")
    if path.startswith("/") or path[1:2] == ":":
        return "its name is an absolute path"
    if ".." in path.split("/"):
        return "its name leads out of the archive"
    return "its name holds a NUL" if "\0" in path else ""


def _explained(error: Exception) -> str:
    if isinstance(error, EOFError):
        return "it is cut off"
    return reason(error)
