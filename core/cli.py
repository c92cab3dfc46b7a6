"""The command `waypath`: data on standard output, everything else on standard error.

Exit codes: 0 fine; 1 `diff` found what `--fail-on` names; 2 the call or the source is unusable.
"""

import argparse
import io
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

from core import completion, diff, plan, serve
from core.explain import Explainer
from core.filters import FILTERS, NoMatchError, matching
from core.model import Problem
from core.paths import Resolution, resolve
from core.render.documents import SCHEMA, SourceInfo, dumps, resolve_document
from core.render.drawings import dot, mermaid
from core.render.sheets import STYLES, resolve_csv, resolve_table
from core.render.stories import story
from core.rules import rules_document, rules_markdown, rules_table
from core.scenario import ScenarioError, from_words
from core.screen import Screen
from core.sources import SourceError, read, samples
from core.terminal import Cell, table
from core.whatif import preview

PROGRAM = "waypath"
FINE, FOUND, UNUSABLE, INTERRUPTED, PIPE_CLOSED = 0, 1, 2, 130, 141

Arguments = argparse.Namespace


class UsageError(Exception):
    """A call that can't be carried out; the text is one sentence."""


# --- the tree of commands and options -------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    """Raises where argparse would print a usage of many lines and leave."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter, **settings)

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (`{self.prog} --help` says more)")


class _Edit(argparse.Action):
    """Appends an option and its words to one list, so that edits of all kinds keep their order."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,  # noqa: ARG002 - the signature is argparse's
        namespace: Arguments,
        values: Any,
        option_string: str | None = None,  # noqa: ARG002
    ) -> None:
        words = [values] if isinstance(values, str) else list(values)
        namespace.edits = [*namespace.edits, (self.option_strings[0], words)]


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
        parser = _Parser(
            prog=f"{PROGRAM} {self.name}",
            description=self.about,
            epilog=f"examples:\n{examples}" if examples else None,
        )
        self.options(parser)
        return parser


_SOURCE_HELP = (
    "a YAML or JSON file, a directory, a .zip, .tar.gz or .gz of such, - for standard input, or sample:NAME; "
    "several are merged, the later wins for the same object"
)


def _add_sources(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("sources", metavar="SOURCE", nargs="*", help=_SOURCE_HELP)


def _add_scenario(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(edits=[])
    group = parser.add_argument_group("scenario", "What if? Repeatable, applied in the order given.")
    group.add_argument(
        "--label",
        action=_Edit,
        nargs=2,
        metavar=("KIND/NS/NAME", "KEY=VALUE"),
        help="set a label, or take it away with KEY-; KIND is service, serviceentry, pod, gateway, or "
        "namespace, which is written as namespace/NAME",
    )
    group.add_argument(
        "--env",
        action=_Edit,
        nargs=2,
        metavar=("CONTROLLER", "NAME=VALUE"),
        help="set a variable of kgateway, istiod or agentgateway, or unset it with NAME-",
    )
    group.add_argument(
        "--version",
        action=_Edit,
        metavar="CONTROLLER=X.Y",
        help="the version of kgateway, istio or agentgateway",
    )
    group.add_argument("--scenario", action=_Edit, metavar="FILE", help="edits in a YAML or JSON file")


def _add_output(parser: argparse.ArgumentParser, *formats: str) -> None:
    parser.add_argument("-o", "--output", choices=formats, default=formats[0], help=f"default: {formats[0]}")


def _resolve_options(parser: argparse.ArgumentParser) -> None:
    _add_sources(parser)
    _add_output(parser, "table", "json", "csv", "dot", "mermaid")
    _add_scenario(parser)


def _explain_options(parser: argparse.ArgumentParser) -> None:
    _add_sources(parser)
    for name, what in FILTERS.items():
        parser.add_argument(
            f"--{name}",
            action="append",
            metavar=what.metavar,
            help=f"{what.help}; repeatable, one must match",
        )
    _add_output(parser, "text", "json")
    _add_scenario(parser)


def _diff_options(parser: argparse.ArgumentParser) -> None:
    _add_sources(parser)
    parser.add_argument(
        "--against",
        nargs="+",
        metavar="SOURCE",
        help="compare with the paths of these sources, as after; a scenario is then applied to both sides",
    )
    _add_output(parser, "table", "json", "markdown")
    parser.add_argument("--fail-on", choices=["any"], help="exit with 1 when any path changes")
    _add_scenario(parser)


def _plan_options(parser: argparse.ArgumentParser) -> None:
    _add_sources(parser)
    _add_output(parser, "text", "json")
    _add_scenario(parser)


def _rules_options(parser: argparse.ArgumentParser) -> None:
    _add_output(parser, "table", "json", "markdown")


def _samples_options(parser: argparse.ArgumentParser) -> None:
    _add_output(parser, "table", "json")


def _dashboard_options(parser: argparse.ArgumentParser) -> None:
    _add_sources(parser)
    parser.add_argument("--port", type=_port, metavar="N", help="default: 8501, or the next one that is free")
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="A", help="address to listen on, default: 127.0.0.1"
    )
    parser.add_argument("--no-browser", action="store_true", help="open no browser")


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:6]) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: write a number from 1 to 65535")
    return int(text)


def _completion_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=completion.SHELLS, help="the shell to write the script for")


# --- what commands share --------------------------------------------------------------------------


@dataclass(frozen=True)
class Read:
    """Sources with their paths, before any scenario."""

    resolution: Resolution
    info: SourceInfo
    problems: Sequence[Problem]


def _read(specs: Sequence[str]) -> Read:
    if not specs:
        raise UsageError(
            "name a SOURCE: a file, a directory, - or sample:NAME (`waypath samples` lists the samples)"
        )
    loaded = read(specs, stdin=getattr(sys.stdin, "buffer", None))
    if not loaded.info.objects:
        first = next((one for one in loaded.problems if one.severity == "error"), None)
        why = f"; the first problem: {first.where}: {first.message}" if first else ""
        raise UsageError(f"nothing in {', '.join(specs)} that decides a path{why}")
    resolution = resolve(loaded.cluster)
    return Read(resolution=resolution, info=loaded.info, problems=loaded.problems)


@dataclass(frozen=True)
class Resolved:
    """Sources after a scenario; `problems` are those of the source, of its routes and of the scenario."""

    explainer: Explainer
    info: SourceInfo
    problems: Sequence[Problem]


def _resolved(arguments: Arguments) -> Resolved:
    edits = from_words(arguments.edits, _file_text)
    source = _read(arguments.sources)
    seen = preview(source.resolution, edits)
    problems = [*source.problems, *seen.after.problems, *seen.problems]
    return Resolved(explainer=Explainer(seen.after), info=source.info, problems=problems)


def _file_text(name: str) -> str:
    return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")


# --- resolve and explain --------------------------------------------------------------------------


def _resolve(screen: Screen, arguments: Arguments) -> int:
    state = _resolved(arguments)
    explainer = state.explainer
    paths = explainer.resolution.paths
    match arguments.output:
        case "json":
            screen.print(dumps(resolve_document(explainer, state.info, state.problems)))
            return FINE
        case "csv":
            screen.print(resolve_csv(explainer, paths))
        case "dot":
            screen.print(dot(paths))
        case "mermaid":
            screen.print(mermaid(paths))
        case _ if paths:
            screen.print(resolve_table(paths, width=screen.width, paint=screen.paint))
    screen.note(explainer.summary())
    screen.problems(state.problems)
    return FINE


def _explain(screen: Screen, arguments: Arguments) -> int:
    state = _resolved(arguments)
    explainer = state.explainer
    wanted = {option: getattr(arguments, option) or () for option in FILTERS}
    paths = matching(explainer.resolution, wanted)
    if arguments.output == "json":
        screen.print(dumps(resolve_document(explainer, state.info, state.problems, paths)))
        return FINE
    screen.print(story(explainer, paths, width=screen.width, paint=screen.paint))
    if not paths:
        screen.note(explainer.summary())
    screen.problems(state.problems)
    return FINE


# --- diff and plan --------------------------------------------------------------------------------


def _diff(screen: Screen, arguments: Arguments) -> int:
    edits = from_words(arguments.edits, _file_text)
    if not edits and not arguments.against:
        raise UsageError("diff needs a scenario (--label, --env, --version, --scenario) or --against SOURCE")
    source = _read(arguments.sources)
    seen = preview(source.resolution, edits)
    problems = [*source.problems, *seen.before.problems, *seen.after.problems, *seen.problems]
    before, after = seen.before, seen.after
    if arguments.against:
        other = _read(arguments.against)
        seen_there = preview(other.resolution, edits)
        before, after = seen.after, seen_there.after
        problems = [*source.problems, *before.problems, *other.problems, *after.problems]
    found = diff.compare(before, after)
    match arguments.output:
        case "json":
            screen.print(dumps(diff.document(found)))
        case "markdown":
            screen.print(diff.markdown(found))
        case _:
            screen.print(_diff_table(screen, found))
    if arguments.output != "markdown":
        screen.note(diff.sentence(found))
    screen.problems(problems)
    return FOUND if arguments.fail_on and found.changes else FINE


def _diff_table(screen: Screen, found: diff.Diff) -> str:
    if not found.changes:
        return ""
    styles = {verdict.value: style for verdict, style in STYLES.items()}
    rows = [
        [
            Cell(line.path),
            Cell(line.backend),
            Cell(line.before, *styles.get(line.verdicts[0], ())),
            Cell(line.after, *styles.get(line.verdicts[1], ())),
            Cell(line.decided_by),
        ]
        for line in diff.lines(found)
    ]
    return table(diff.COLUMNS, rows, width=screen.width, paint=screen.paint)


def _plan(screen: Screen, arguments: Arguments) -> int:
    edits = from_words(arguments.edits, _file_text)
    if not edits:
        raise UsageError("plan needs a scenario: --label, --env, --version or --scenario")
    source = _read(arguments.sources)
    found = plan.plan(source.resolution.cluster, edits)
    if arguments.output == "json":
        screen.print(dumps(_plan_document(found)))
    else:
        screen.print(plan.render(found))
    screen.problems(source.problems)
    return FINE


def _plan_document(found: plan.Plan) -> dict[str, Any]:
    def steps(commands: Sequence[plan.Command]) -> list[dict[str, str | None]]:
        return [{"command": one.text or None, "comment": one.comment or None} for one in commands]

    return {"do": steps(found.do), "undo": steps(found.undo), "notes": list(found.notes)}


# --- tables of waypath itself ---------------------------------------------------------------------


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
    parsers = {command.name: command.parser() for command in COMMANDS.values()}
    names = [sample.name for sample in samples()]
    screen.print(completion.script(arguments.shell, PROGRAM, parsers, names))
    return FINE


# --- dashboard ------------------------------------------------------------------------------------


def _dashboard(screen: Screen, arguments: Arguments) -> int:
    if not serve.is_local(arguments.host):
        screen.note(f"Listening on {arguments.host}: who can reach the port can read the source.")
    return serve.serve(
        arguments.sources, host=arguments.host, port=arguments.port, browser=not arguments.no_browser
    )


# --- the program ----------------------------------------------------------------------------------

COMMANDS: Mapping[str, Command] = {
    command.name: command
    for command in (
        Command(
            name="resolve",
            about="Every ingress path with its verdict: through its waypoint, past it, or nowhere.",
            options=_resolve_options,
            run=_resolve,
            examples=(
                "waypath resolve sample:bypass-by-default",
                "waypath resolve manifests/ -o json",
                "kubectl get -A -o yaml svc,ns,gateways.gateway.networking.k8s.io,httproutes | waypath resolve -",
                "waypath resolve manifests/ --version istio=1.30 --version kgateway=2.3",
            ),
        ),
        Command(
            name="explain",
            about="Why paths go where they go: their gates one by one. Without a filter, all paths.",
            options=_explain_options,
            run=_explain,
            examples=(
                "waypath explain sample:bypass-by-default --service shop/cart",
                "waypath explain manifests/ --gateway infra/http --route shop/cart",
                "waypath explain manifests/ --service shop/cart --version istio=1.30",
            ),
        ),
        Command(
            name="diff",
            about="What a scenario, or another source, changes: every path that goes elsewhere.",
            options=_diff_options,
            run=_diff,
            examples=(
                "waypath diff manifests/ --label service/shop/cart istio.io/ingress-use-waypoint=true",
                "waypath diff manifests/ --env kgateway KGW_INGRESS_USE_WAYPOINTS=false --version istio=1.30",
                "waypath diff main/ --against branch/ --fail-on any -o markdown",
            ),
        ),
        Command(
            name="plan",
            about="A scenario as kubectl commands in a safe order, and those that undo it. Nothing is run.",
            options=_plan_options,
            run=_plan,
            examples=(
                "waypath plan manifests/ --label service/shop/cart istio.io/ingress-use-waypoint=true",
                "waypath plan manifests/ --scenario rollout.yaml",
            ),
        ),
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
            name="dashboard",
            about="The same in a browser: a graph, a table, explanations, and toggles that preview a change.",
            options=_dashboard_options,
            run=_dashboard,
            examples=(
                "waypath dashboard sample:bypass-by-default",
                "waypath dashboard manifests/ --port 8600 --no-browser",
            ),
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
}

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
  0 fine; 1 diff found what --fail-on names; 2 the call or the source is unusable
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run `waypath` with `argv` (default: the process's own) and return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    screen = Screen(sys.stdout, sys.stderr, os.environ, PROGRAM)
    try:
        code = _run(screen, list(sys.argv[1:] if argv is None else argv))
        screen.out.flush()
    except (UsageError, NoMatchError, ScenarioError, SourceError, serve.DashboardError) as error:
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
    """Keep the interpreter from writing to the closed pipe once more when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


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
    return command.run(screen, arguments)


def _unknown_argument(parser: argparse.ArgumentParser, word: str) -> str:
    options = [name for action in parser._actions for name in action.option_strings]  # noqa: SLF001
    close = get_close_matches(word.partition("=")[0], options, n=1)
    hint = f"did you mean {close[0]}?" if close else f"`{parser.prog} --help` lists what there is"
    return f"{parser.prog} has no argument {word}; {hint}"


def _without_command(screen: Screen, word: str) -> int:
    if word in {"--version", "-V"}:
        screen.print(f"{PROGRAM} {_own_version()}\n")
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


def _own_version() -> str:
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - slow, and seldom wanted

    try:
        return version(PROGRAM)
    except PackageNotFoundError:
        return "(not installed)"
