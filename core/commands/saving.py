"""`snapshot`: what was read, as one file that any command takes as a source."""

import argparse
import io
from pathlib import Path

from core.commands.command import FINE, Arguments, Command, UsageError
from core.commands.options import add_sources
from core.commands.reading import load
from core.manifests import Keeping
from core.screen import Screen
from core.snapshot import written


def _options(parser: argparse.ArgumentParser) -> None:
    add_sources(parser)
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="FILE.json.gz",
        help="the file to write, - for standard output",
    )
    parser.add_argument(
        "--anonymize",
        action="store_true",
        help="other names, hosts, addresses and images in place of the cluster's own; the paths stay the same",
    )


def _snapshot(screen: Screen, arguments: Arguments) -> int:
    name = arguments.output
    if name != "-" and not name.endswith(".json.gz"):
        raise UsageError(f"--output {name}: a snapshot is gzipped JSON, so end its name in .json.gz")
    keeping = Keeping()
    loaded = load(arguments.sources, keeping)
    content = written(
        keeping,
        loaded.cluster,
        anonymize=arguments.anonymize,
        read_at=loaded.info.read_at,
        missing=loaded.info.missing,
    )
    try:
        _write(screen, name, content)
    except OSError as error:
        raise UsageError(f"--output {name}: {error.strerror or type(error).__name__}") from error
    names = "under other names" if arguments.anonymize else "names kept"
    screen.note(f"{name}: {loaded.info.objects} objects, {len(content):,} bytes, {names}.")
    screen.problems(loaded.problems)
    return FINE


def _write(screen: Screen, name: str, content: bytes) -> None:
    if name != "-":
        Path(name).write_bytes(content)
        return
    out = screen.out.buffer if isinstance(screen.out, io.TextIOWrapper) else None
    if out is None or screen.out.isatty():
        raise UsageError("--output - writes bytes that no terminal shows: name a file, or pipe them on")
    out.write(content)


COMMANDS = (
    Command(
        name="snapshot",
        about="What was read, cut down to what decides a path, as one file that any command takes as SOURCE.",
        options=_options,
        run=_snapshot,
        examples=(
            "waypath snapshot manifests/ -o before.json.gz",
            "waypath snapshot manifests/ -o to-share.json.gz --anonymize",
            "waypath resolve before.json.gz",
        ),
    ),
)
