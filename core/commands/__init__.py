"""The commands, in the order in which the help lists them, each a module with its options and what carries it out."""

from collections.abc import Mapping

from core.commands import about, changes, enforcement, paths, saving, serving, tracing
from core.commands.command import Command

COMMANDS: Mapping[str, Command] = {
    command.name: command
    for command in (
        *paths.COMMANDS,
        *changes.COMMANDS,
        *tracing.COMMANDS,
        *enforcement.COMMANDS,
        *saving.COMMANDS,
        *serving.COMMANDS,
        *about.COMMANDS,
    )
}
