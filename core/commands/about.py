"""`rules`, `samples` and `completion`: what waypath itself knows."""

import argparse

from core import completion
from core.commands.command import FINE, PROGRAM, Arguments, Command
from core.commands.options import add_output
from core.render.documents import SCHEMA, dumps
from core.rules import rules_document, rules_markdown, rules_table
from core.screen import Screen
from core.sources import samples
from core.terminal import Cell, table


def _rules_options(parser: argparse.ArgumentParser) -> None:
    add_output(parser, "table", "json", "markdown")


def _samples_options(parser: argparse.ArgumentParser) -> None:
    add_output(parser, "table", "json")


def _completion_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=completion.SHELLS, help="the shell to write the script for")


def _rules(screen: Screen, arguments: Arguments) -> int:
    match arguments.output:
        case "json":
            screen.print(dumps(rules_document()))
        case "markdown":
            screen.print(rules_markdown())
        case _:
            screen.print(rules_table(width=screen.width, paint=screen.paint))
    return FINE


def _samples(screen: Screen, arguments: Arguments) -> int:
    found = samples()
    if arguments.output == "json":
        listed = [{"name": one.name, "title": one.title, "sentence": one.sentence} for one in found]
        screen.print(dumps({"schema": SCHEMA, "samples": listed}))
    else:
        rows = [[Cell(one.name, "bold"), Cell(one.sentence)] for one in found]
        screen.print(table(("SAMPLE", "WHAT IT SHOWS"), rows, width=screen.width, paint=screen.paint))
    return FINE


def _completion(screen: Screen, arguments: Arguments) -> int:
    from core.commands import COMMANDS as ALL  # noqa: PLC0415 - it holds this one

    parsers = {command.name: command.parser() for command in ALL.values()}
    names = [sample.name for sample in samples()]
    screen.print(completion.script(arguments.shell, PROGRAM, parsers, names))
    return FINE


COMMANDS = (
    Command(
        name="rules",
        about="The gates of every data plane, in the order of evaluation, by version.",
        options=_rules_options,
        run=_rules,
    ),
    Command(
        name="samples",
        about="The sample clusters, a line each; sample:NAME is a SOURCE of every command.",
        options=_samples_options,
        run=_samples,
    ),
    Command(
        name="completion",
        about="A script that completes commands, options and samples in a shell.",
        options=_completion_options,
        run=_completion,
        examples=(
            'eval "$(waypath completion bash)"',
            "waypath completion fish > ~/.config/fish/completions/waypath.fish",
        ),
    ),
)
