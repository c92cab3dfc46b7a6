"""What a command reads: its sources, its scenario, and the files that options name."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.commands.command import Arguments, UsageError
from core.commands.waiting import told
from core.explain import Explainer
from core.filters import FILTERS
from core.manifests import Keeping
from core.model import Problem
from core.paths import Resolution, resolve
from core.policy_model import Policies
from core.render.documents import SourceInfo
from core.scenario import from_words
from core.sources import Loaded, is_live, read
from core.whatif import preview


@dataclass(frozen=True)
class Read:
    """Sources with their paths, before any scenario."""

    resolution: Resolution
    info: SourceInfo
    problems: Sequence[Problem]
    policies: Policies
    lines: Mapping[str, int]


def load(specs: Sequence[str], keeping: Keeping | None = None) -> Loaded:
    """What `specs` hold; `keeping` takes the objects as they were written.

    Raises:
        UsageError: There is no source, or nothing in it that decides a path.
        SourceError: A source can't be read.
    """
    if not specs:
        raise UsageError(
            "name a SOURCE: a file, a directory, - or sample:NAME (`waypath samples` lists the samples)"
        )
    with told(sys.stderr, ", ".join(filter(is_live, specs))) as progress:
        loaded = read(specs, stdin=getattr(sys.stdin, "buffer", None), keeping=keeping, progress=progress)
    if not loaded.info.objects:
        first = next((one for one in loaded.problems if one.severity == "error"), None)
        why = f"; the first problem: {first.where}: {first.message}" if first else ""
        raise UsageError(f"nothing in {', '.join(specs)} that decides a path{why}")
    return loaded


def read_sources(specs: Sequence[str]) -> Read:
    """The paths of `specs`.

    Raises:
        UsageError, SourceError: As `load`.
    """
    loaded = load(specs)
    resolution = resolve(loaded.cluster)
    return Read(
        resolution=resolution,
        info=loaded.info,
        problems=loaded.problems,
        policies=loaded.policies,
        lines=loaded.lines,
    )


@dataclass(frozen=True)
class Resolved:
    """Sources after a scenario; `problems` are those of the source, of its routes and of the scenario."""

    explainer: Explainer
    info: SourceInfo
    problems: Sequence[Problem]
    policies: Policies
    lines: Mapping[str, int]


def resolved(arguments: Arguments) -> Resolved:
    """The sources of a call, after its scenario.

    Raises:
        UsageError, SourceError: As `read_sources`.
        ScenarioError: An edit can't be read.
    """
    edits = from_words(arguments.edits, file_text)
    source = read_sources(arguments.sources)
    seen = preview(source.resolution, edits)
    problems = [*source.problems, *seen.after.problems, *seen.problems]
    return Resolved(
        explainer=Explainer(seen.after),
        info=source.info,
        problems=problems,
        policies=source.policies,
        lines=source.lines,
    )


def wanted(arguments: Arguments) -> dict[str, Sequence[str]]:
    """What the options that pick paths say."""
    return {option: getattr(arguments, option) or () for option in FILTERS}


def file_text(name: str) -> str:
    """The text of a file that an option names, `-` for standard input.

    Raises:
        OSError, UnicodeDecodeError: The file can't be read.
    """
    return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")


def option_text(option: str, name: str) -> str:
    """The text of the file `name`, which `option` names.

    Raises:
        UsageError: The file can't be read.
    """
    try:
        return file_text(name)
    except OSError as error:
        raise UsageError(f"{option} {name}: {error.strerror or type(error).__name__}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{option} {name}: the file is not UTF-8 text") from error
