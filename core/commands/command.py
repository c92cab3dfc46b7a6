"""What a command is: its word, its options, and what carries it out."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from core.screen import Screen

PROGRAM = "waypath"
FINE, FOUND, UNUSABLE, INTERRUPTED, PIPE_CLOSED = 0, 1, 2, 130, 141

Arguments = argparse.Namespace


class UsageError(Exception):
    """A call that can't be carried out; the text is one sentence."""


class Parser(argparse.ArgumentParser):
    """Raises where argparse would print a usage of many lines and leave."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter, **settings)

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (`{self.prog} --help` says more)")


@dataclass(frozen=True)
class Command:
    """A word after `waypath`: `options` adds to its parser, `run` carries it out and returns an exit code."""

    name: str
    about: str
    options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[Screen, Arguments], int]
    examples: Sequence[str] = ()

    def parser(self) -> argparse.ArgumentParser:
        examples = "".join(f"  {line}\n" for line in self.examples)
        parser = Parser(
            prog=f"{PROGRAM} {self.name}",
            description=self.about,
            epilog=f"examples:\n{examples}" if examples else None,
        )
        self.options(parser)
        return parser


def own_version() -> str:
    """The version of waypath that is installed."""
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - slow, and seldom wanted

    try:
        return version(PROGRAM)
    except PackageNotFoundError:
        return "(not installed)"
