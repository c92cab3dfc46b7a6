"""Files and directories on this machine."""

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from core.model import Problem
from core.sources.errors import SourceError
from core.text import printable

MAX_FILE = 2 * 1024**3
"""Bytes of one file."""
SUFFIXES = (".yaml", ".yml", ".json")
MANIFESTS = (*SUFFIXES, *(suffix + ".gz" for suffix in SUFFIXES))
_CHUNK = 4 * 1024**2
LONGEST_NAME = 1000
"""Characters of a file's name in messages."""


class Readable(Protocol):
    """A stream of bytes."""

    def read(self, size: int = ..., /) -> bytes: ...


class TooLargeError(OSError):
    """There is more to read than is allowed."""


def is_manifest(name: str) -> bool:
    """Whether a file of a tree is read, by its name."""
    return name.lower().endswith(MANIFESTS)


def read_file(path: Path) -> bytes:
    """The content of `path`, which may be a pipe.

    Raises:
        OSError: It can't be read, or is larger than MAX_FILE.
    """
    with path.open("rb", buffering=0) as stream:
        return read_stream(stream, MAX_FILE)


def read_stream(stream: Readable, limit: int) -> bytes:
    """All of `stream`.

    Raises:
        TooLargeError: It holds more than `limit` bytes.
    """
    chunks: list[bytes] = []
    left = limit
    while chunk := stream.read(_CHUNK):
        left -= len(chunk)
        if left < 0:
            raise TooLargeError(f"it is larger than {limit:,} bytes")
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def walk(root: Path, problems: list[Problem], name: str) -> Iterator[tuple[str, Path]]:
    """The manifests below `root`, sorted by path, each with its path after `name`.

    What is hidden is passed over. Links are followed where they stay below `root`; a directory is visited once.

    Raises:
        SourceError: `root` itself can't be listed.
    """
    try:
        next(root.iterdir(), None)
    except OSError as error:
        raise SourceError(f"{printable(name)} can't be read: {reason(error)}") from error
    yield from _Walk(root.resolve(), problems).visit(root, name)


class _Walk:
    def __init__(self, top: Path, problems: list[Problem]) -> None:
        self.top = top
        self.problems = problems
        self.seen: set[tuple[int, int]] = set()

    def visit(self, directory: Path, name: str) -> Iterator[tuple[str, Path]]:
        entries = self.entries(directory, name)
        chart = any(path.name == "Chart.yaml" for path in entries)
        for path in entries:
            shown = f"{name}/{path.name}"
            if chart and path.name == "templates" and path.is_dir():
                self.tell(
                    "note",
                    shown,
                    "the templates of a Helm chart were not read: render them with helm template",
                )
                continue
            mode = self.mode(path, shown)
            if stat.S_ISDIR(mode):
                yield from self.visit(path, shown)
            elif stat.S_ISREG(mode):
                yield shown, path
            elif mode:
                self.tell("note", shown, "it is no regular file and was not read")

    def entries(self, directory: Path, name: str) -> list[Path]:
        try:
            status = directory.stat()
            if (status.st_dev, status.st_ino) in self.seen:
                return []
            self.seen.add((status.st_dev, status.st_ino))
            return sorted(directory.iterdir(), key=lambda path: path.name)
        except OSError as error:
            self.tell("error", name, f"it can't be read: {reason(error)}")
            return []

    def mode(self, path: Path, name: str) -> int:
        """The file's type where it is a directory or manifest that may be read, else 0."""
        if path.name.startswith("."):
            return 0
        wanted = is_manifest(path.name)
        try:
            mode = path.stat().st_mode
            if not (wanted or stat.S_ISDIR(mode)):
                return 0
            if path.is_symlink() and not path.resolve().is_relative_to(self.top):
                self.tell("note", name, "the link leads out of the directory and was not followed")
                return 0
        except (OSError, RuntimeError) as error:
            if wanted:
                self.tell("error", name, f"it can't be read: {reason(error)}")
            return 0
        return mode

    def tell(self, severity: str, where: str, message: str) -> None:
        self.problems.append(
            Problem(severity=severity, where=printable(where, LONGEST_NAME), message=message)
        )


def reason(error: Exception) -> str:
    """Why a file can't be read, in the system's words."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return printable(text[:1].lower() + text[1:])
