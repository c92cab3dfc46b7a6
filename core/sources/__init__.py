"""The input: files, directories, archives, standard input and samples, to one cluster."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, TypeVar

from core.cluster import Cluster
from core.manifests import Document, load_all
from core.model import Problem, Row
from core.policy_model import Policies
from core.sources.archives import expand, is_archive
from core.sources.errors import SourceError
from core.sources.files import MAX_FILE, read_file, read_stream, reason, walk
from core.sources.samples import Sample, find_sample, samples
from core.text import printable

T = TypeVar("T")

__all__ = ["Loaded", "Sample", "SourceError", "SourceInfo", "read", "read_uploads", "samples"]


class SourceInfo(Row):
    """What was read. `kind` is `file`, `directory`, `archive`, `stdin`, `sample`, `upload`, or `several`.

    `objects` counts the objects that were understood and kept; `observed` is that of the Cluster.
    """

    kind: str
    name: str
    objects: int
    observed: bool


class Loaded(Row):
    """A source as it was understood: the cluster, what could not be used of it, and what it was.

    `lines` has the first line of each document whose file is YAML, by the `where` that its row has.
    """

    cluster: Cluster
    policies: Policies
    problems: Sequence[Problem]
    info: SourceInfo
    lines: Mapping[str, int] = {}


def read(specs: Sequence[str], stdin: BinaryIO | None = None) -> Loaded:
    """The cluster that all of `specs` together describe; for the same object the later one counts.

    Args:
        specs: Each a file, a directory, an archive, `-`, `sample:NAME` or `live:CONTEXT`.
        stdin: What `-` reads.

    Raises:
        SourceError: A source can't be used: it does not exist, can't be read, or is not supported.
    """
    problems: list[Problem] = []
    opened = [_open(spec, stdin, problems) for spec in specs]
    if not opened:
        raise SourceError("no source: name a file, a directory, an archive, - or sample:NAME")
    kinds = [kind for kind, _ in opened]
    return _loaded(
        kinds[0] if len(kinds) == 1 else "several",
        ", ".join(specs),
        (document for _, found in opened for document in found),
        problems,
    )


def read_uploads(files: Sequence[tuple[str, bytes]]) -> Loaded:
    """The cluster that uploaded files describe, each a name and its content."""
    problems: list[Problem] = []
    found = (document for name, data in files for document in expand(name, data, problems))
    return _loaded("upload", ", ".join(printable(name) for name, _ in files), found, problems)


def _loaded(kind: str, name: str, documents: Iterable[Document], problems: list[Problem]) -> Loaded:
    lines: dict[str, int] = {}
    cluster, policies, found = load_all(_with_lines(documents, lines))
    problems += found
    objects = count(cluster)
    if not objects:
        message = "no Kubernetes object that decides a path was found"
        problems.append(Problem(severity="warning", where=printable(name), message=message))
    ranks = {"error": 0, "warning": 1}
    problems.sort(key=lambda problem: ranks.get(problem.severity, 2))
    info = SourceInfo(kind=kind, name=printable(name), objects=objects, observed=cluster.observed)
    return Loaded(cluster=cluster, policies=policies, problems=problems, info=info, lines=lines)


def _with_lines(documents: Iterable[Document], lines: dict[str, int]) -> Iterator[Document]:
    for document in documents:
        if document.line:
            lines[document.where] = document.line
        yield document


def count(cluster: Cluster) -> int:
    """The objects that a cluster holds."""
    tables = (
        cluster.namespaces,
        cluster.gateway_classes,
        cluster.gateways,
        cluster.routes,
        cluster.grants,
        cluster.services,
        cluster.service_entries,
        cluster.workload_entries,
        cluster.pods,
        cluster.slices,
        cluster.workloads,
        cluster.config_maps,
        cluster.backends,
    )
    return sum(len(table) for table in tables)


def _open(spec: str, stdin: BinaryIO | None, problems: list[Problem]) -> tuple[str, Iterator[Document]]:
    """The kind of a source and its documents, which are read when they are asked for."""
    if spec == "-":
        if stdin is None:
            raise SourceError("- reads standard input, and there is none here: name a file")
        return "stdin", expand(
            "stdin", _read("standard input", lambda: read_stream(stdin, MAX_FILE)), problems
        )
    if spec.startswith("sample:"):
        sample = find_sample(spec.removeprefix("sample:"))
        return "sample", _tree(sample.path, spec, problems)
    if spec == "live" or spec.startswith("live:"):
        raise SourceError(
            "live clusters are not supported yet: save one with kubectl get -o json and name the file"
        )
    path = Path(spec)
    if _read(spec, path.is_dir):
        return "directory", _tree(path, spec.rstrip("/"), problems)
    data = _read(spec, lambda: read_file(path))
    return "archive" if is_archive(spec, data) else "file", expand(spec, data, problems)


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
