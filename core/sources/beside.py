"""What a team keeps beside its manifests: the file `waypath.yaml` with what it expects of paths."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from core.expectations import Expectation, parse_expectations
from core.sources.errors import SourceError
from core.sources.files import read_file, reason
from core.sources.samples import find_sample
from core.text import printable

EXPECTATIONS = "waypath.yaml"
_SAMPLE = "sample:"


def expectations_beside(specs: Sequence[str]) -> Sequence[Expectation]:
    """The expectations in the `waypath.yaml` of each of `specs` that is a directory or a sample, or beside a file of them.

    Raises:
        SourceError: One can't be read.
        ExpectationError: One holds no expectations.
    """
    return tuple(one for file, name in files_beside(specs).items() for one in _expectations(file, name))


def files_beside(specs: Sequence[str]) -> Mapping[Path, str]:
    """The `waypath.yaml` in each of `specs` that is a directory or a sample, or beside a file of them, as people call it.

    Raises:
        SourceError: There is no such sample.
    """
    files: dict[Path, str] = {}
    try:
        for spec in specs:
            folder = _folder(spec)
            if folder is not None and (folder / EXPECTATIONS).is_file():
                shown = spec.rstrip("/") if spec.startswith(_SAMPLE) else str(folder)
                files.setdefault(folder / EXPECTATIONS, f"{shown}/{EXPECTATIONS}")
    except (OSError, ValueError):
        # What can't even be looked at is told of where the source is read.
        return {}
    return files


def _folder(spec: str) -> Path | None:
    if spec.startswith(_SAMPLE):
        return find_sample(spec.removeprefix(_SAMPLE)).path
    path = Path(spec)
    if path.is_dir():
        return path
    return path.parent if path.is_file() else None


def _expectations(file: Path, name: str) -> Sequence[Expectation]:
    try:
        text = read_file(file).decode("utf-8")
    except (OSError, ValueError) as error:
        raise SourceError(f"{printable(name)} can't be read: {reason(error)}") from error
    return parse_expectations(text, name)
