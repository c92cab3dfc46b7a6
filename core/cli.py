"""The command `waypath`: data on standard output, everything else on standard error.

Exit codes: 0 fine; 1 `audit` or `diff` found what `--fail-on` names; 2 the call or the source is unusable.
"""

import argparse
import io
import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches

from core import serve
from core.audit.accepting import BaselineError
from core.commands import COMMANDS
from core.commands.command import FINE, INTERRUPTED, PIPE_CLOSED, PROGRAM, UNUSABLE, UsageError, own_version
from core.commands.options import narrow
from core.expectations import ExpectationError
from core.filters import NoMatchError
from core.scenario import ScenarioError
from core.screen import OutputError, Screen
from core.sources import SourceError
from core.trace.gateways import NoGatewayError
from core.trace.request import RequestError

__all__ = ["COMMANDS", "main"]

_ABOUT = (
    "Where Istio ambient ingress traffic goes, through its waypoint or past it; why; what would change it."
)
_EPILOG = """\
examples:
  waypath samples
  waypath resolve sample:bypass-by-default
  waypath explain sample:bypass-by-default --service shop/cart
  waypath diff sample:bypass-by-default --label service/shop/cart istio.io/ingress-use-waypoint=true

exit codes:
  0 fine; 1 audit or diff found what --fail-on names; 2 the call or the source is unusable
"""


_UNUSABLE = (
    UsageError,
    BaselineError,
    ExpectationError,
    NoGatewayError,
    NoMatchError,
    RequestError,
    ScenarioError,
    SourceError,
    serve.DashboardError,
)
"""What makes a call unusable, with a text of one sentence."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run `waypath` with `argv` (default: the process's own) and return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    nowhere = io.StringIO()  # in place of a stream that is closed
    screen = Screen(sys.stdout or nowhere, sys.stderr or nowhere, os.environ, PROGRAM)
    if sys.stdout is None:
        screen.fail("standard output is closed")
        return UNUSABLE
    try:
        code = _run(screen, list(sys.argv[1:] if argv is None else argv))
        screen.flush()
    except OutputError as error:
        screen.fail(str(error))
        _discard_output()
        return UNUSABLE
    except _UNUSABLE as error:
        screen.fail(str(error))
        return UNUSABLE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _discard_output()
        return PIPE_CLOSED
    except Exception as error:
        if os.environ.get("WAYPATH_TRACEBACK"):
            raise
        screen.fail(f"internal error, {type(error).__name__}: {error} (WAYPATH_TRACEBACK=1 shows where)")
        return UNUSABLE
    return code


def _discard_output() -> None:
    """Keep the interpreter from writing once more, when it ends, what can't be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(screen: Screen, argv: Sequence[str]) -> int:
    name, *rest = argv or ["--help"]
    command = COMMANDS.get(name)
    if command is None:
        return _without_command(screen, name)
    parser = command.parser()
    try:
        arguments, others = parser.parse_known_args(rest)
    except SystemExit:  # --help has been printed
        return FINE
    unknown = next((word for word in others if word.startswith("-") and word != "-"), None)
    if unknown is not None or (others and "sources" not in arguments):
        raise UsageError(_unknown_argument(parser, unknown or others[0]))
    if "sources" in arguments:
        arguments.sources += others
        narrow(arguments)
    return command.run(screen, arguments)


def _unknown_argument(parser: argparse.ArgumentParser, word: str) -> str:
    options = [name for action in parser._actions for name in action.option_strings]  # noqa: SLF001
    close = get_close_matches(word.partition("=")[0], options, n=1)
    hint = f"did you mean {close[0]}?" if close else f"`{parser.prog} --help` lists what there is"
    return f"{parser.prog} has no argument {word}; {hint}"


def _without_command(screen: Screen, word: str) -> int:
    if word in {"--version", "-V"}:
        screen.print(f"{PROGRAM} {own_version()}\n")
        return FINE
    if word in {"--help", "-h", "help"}:
        screen.print(_help())
        return FINE
    close = get_close_matches(word, COMMANDS, n=1)
    hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(COMMANDS)}"
    raise UsageError(f"there is no command {word!r}; {hint}")


def _help() -> str:
    width = max(map(len, COMMANDS))
    commands = "".join(f"  {command.name:<{width}}  {command.about}\n" for command in COMMANDS.values())
    return (
        f"usage: {PROGRAM} [--help] [--version] COMMAND ...\n\n{_ABOUT}\n\n"
        f"commands:\n{commands}\n`{PROGRAM} COMMAND --help` lists a command's options.\n\n{_EPILOG}"
    )
