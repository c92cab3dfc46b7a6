"""The input: files, directories, archives, standard input, samples and live clusters, to one cluster."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, TypeVar

from core.manifests import Document, Keeping, Reading, Snapshot, collector_off, line_key, understood
from core.model import Problem
from core.sources.archives import expand, is_archive
from core.sources.errors import SourceError
from core.sources.files import MAX_FILE, read_file, read_stream, reason, walk
from core.sources.live.config import choose
from core.sources.live.patience import Cancel
from core.sources.live.reading import read_assembled
from core.sources.live.rows import Assembled
from core.sources.live.scope import is_live, limited, parse_spec, scope_of
from core.sources.live.types import Report
from core.sources.loaded import Loaded, MissingRight, SourceInfo, counted, ranked
from core.sources.samples import Sample, find_sample, samples
from core.text import printable

T = TypeVar("T")

__all__ = [
    "Loaded",
    "MissingRight",
    "Sample",
    "SourceError",
    "SourceInfo",
    "check",
    "is_live",
    "limited",
    "read",
    "read_uploads",
    "samples",
]

_Part = Iterator[Document] | Assembled


def read(
    specs: Sequence[str],
    stdin: BinaryIO | None = None,
    keeping: Keeping | None = None,
    progress: Report | None = None,
    cancelled: threading.Event | None = None,
) -> Loaded:
    """The cluster that all of `specs` together describe; for the same object the later one counts.

    Args:
        specs: Each a file, a directory, an archive, `-`, `sample:NAME` or `live:CONTEXT`, which may end in
            `?namespace=NAME&selector=LABELS`.
        stdin: What `-` reads.
        keeping: Takes the objects as they were written, for a snapshot.
        progress: Is told how far the reading of a live cluster got.
        cancelled: Ends the reading of a live cluster once it is set.

    Raises:
        SourceError: A source can't be used: it does not exist, can't be read, or is not supported.
    """
    problems: list[Problem] = []

    def live(spec: str) -> Assembled:
        return _live(spec, progress, Cancel(cancelled), keeps=keeping is not None)

    with collector_off():
        opened = [_open(spec, stdin, problems, live) for spec in specs]
        if not opened:
            raise SourceError(
                "no source: name a file, a directory, an archive, -, sample:NAME or live:CONTEXT"
            )
        kinds = [kind for kind, _ in opened]
        kind = kinds[0] if len(kinds) == 1 else "several"
        names = [_name(spec, part) for spec, (_, part) in zip(specs, opened, strict=True)]
        return _loaded(kind, ", ".join(names), [part for _, part in opened], problems, keeping)


def _name(spec: str, part: _Part) -> str:
    """What a source is called: a live cluster by its context, also where that is the current one."""
    if not isinstance(part, Assembled):
        return spec
    _, mark, options = spec.partition("?")
    return f"{part.name}{mark}{options}"


def read_uploads(files: Sequence[tuple[str, bytes]]) -> Loaded:
    """The cluster that uploaded files describe, each a name and its content."""
    problems: list[Problem] = []
    found = (document for name, data in files for document in expand(name, data, problems))
    with collector_off():
        return _loaded("upload", ", ".join(printable(name) for name, _ in files), [found], problems)


def _loaded(
    kind: str,
    name: str,
    parts: Sequence[_Part],
    problems: list[Problem],
    keeping: Keeping | None = None,
) -> Loaded:
    lines: dict[str, int] = {}
    reading = Reading(keeps=keeping is not None)
    clusters = [part for part in parts if isinstance(part, Assembled)]
    for part in parts:
        if isinstance(part, Assembled):
            reading.absorb(part.reading)
            continue
        for document in _with_lines(part, lines):
            reading.document(document.where, document.raw)
    cluster, policies, found = understood(reading, keeping)
    if keeping is not None:
        keeping.problems[:0] = problems
    problems += found
    taken = [*reading.taken, *(Snapshot(read_at=one.stamp, missing=one.missing) for one in clusters)]
    missing = sorted({right for one in taken for right in one.missing})
    objects = counted(cluster)
    if not objects:
        message = "no Kubernetes object that decides a path was found"
        problems.append(Problem(severity="warning", where=printable(name), message=message))
    info = SourceInfo(
        kind=kind,
        name=printable(name),
        objects=objects,
        observed=cluster.observed,
        read_at=max((one.read_at for one in taken), default=""),
        missing=tuple(missing),
        unread=cluster.unread,
    )
    return Loaded(
        cluster=cluster,
        policies=policies,
        problems=ranked(problems),
        info=info,
        lines=lines,
        missing=missing,
    )


def _with_lines(documents: Iterable[Document], lines: dict[str, int]) -> Iterator[Document]:
    for document in documents:
        if document.line:
            lines[document.where] = document.line
            for name, line in document.lines.items():
                lines[line_key(document.where, name)] = line
        yield document


def _live(spec: str, progress: Report | None, cancel: Cancel, *, keeps: bool) -> Assembled:
    context, options = parse_spec(spec)
    if len(options["selector"]) > 1:
        raise SourceError(
            f"{printable(spec)}: one selector is allowed; write its parts with commas between them"
        )
    scope = scope_of(options["namespace"], next(iter(options["selector"]), None))
    return read_assembled(context, scope, progress, cancel, keeps=keeps)


def _open(
    spec: str, stdin: BinaryIO | None, problems: list[Problem], live: Callable[[str], Assembled]
) -> tuple[str, _Part]:
    """The kind of a source and its documents, which are read when they are asked for; a live cluster at once."""
    if spec == "-":
        if stdin is None:
            raise SourceError("- reads standard input, and there is none here: name a file")
        return "stdin", expand(
            "stdin", _read("standard input", lambda: read_stream(stdin, MAX_FILE)), problems
        )
    if spec.startswith("sample:"):
        sample = find_sample(spec.removeprefix("sample:"))
        return "sample", _tree(sample.path, spec, problems)
    if is_live(spec):
        return "live", live(spec)
    path = Path(spec)
    if _read(spec, path.is_dir):
        return "directory", _tree(path, spec.rstrip("/"), problems)
    data = _read(spec, lambda: read_file(path))
    return "archive" if is_archive(spec, data) else "file", expand(spec, data, problems)


def check(spec: str) -> None:
    """Look whether a source is there, without reading it.

    Raises:
        SourceError: It is not, or it can't be read.
    """
    if spec.startswith("sample:"):
        find_sample(spec.removeprefix("sample:"))
    elif is_live(spec):
        choose(parse_spec(spec)[0])
    elif spec != "-":
        _read(spec, lambda: _open_once(Path(spec)))


def _open_once(path: Path) -> None:
    if path.is_dir():
        next(path.iterdir(), None)
    else:
        path.open("rb").close()


def _read(name: str, look: Callable[[], T]) -> T:
    try:
        return look()
    except FileNotFoundError as error:
        raise SourceError(
            f"{printable(name)} does not exist: name a file, a directory or sample:NAME"
        ) from error
    except PermissionError as error:
        raise SourceError(
            f"{printable(name)} can't be read: allow it with chmod +r, or name another file"
        ) from error
    except (OSError, ValueError) as error:
        raise SourceError(f"{printable(name)} can't be read: {reason(error)}") from error


def _tree(root: Path, name: str, problems: list[Problem]) -> Iterator[Document]:
    for file, path in walk(root, problems, name):
        try:
            data = read_file(path)
        except OSError as error:
            message = f"it can't be read: {reason(error)}"
            problems.append(Problem(severity="error", where=printable(file), message=message))
            continue
        yield from expand(file, data, problems)
