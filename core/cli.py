"""The command `waypath`: data on standard output, everything else on standard error.

Exit codes: 0 fine; 1 `audit` or `diff` found what `--fail-on` names; 2 the call or the source is unusable.
"""

import argparse
import io
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

from core import completion, diff, plan, serve
from core.advice import advise
from core.audit.accepting import Baseline, BaselineError, parse_baseline
from core.audit.codes import BY_CODE
from core.audit.run import Audit, audit
from core.expectations import Expectation, ExpectationError, parse_expectations, unmatched
from core.explain import Explainer
from core.filters import FILTERS, NoMatchError, matching
from core.model import Problem
from core.paths import Path as IngressPath
from core.paths import Resolution, resolve
from core.policies.documents import path_policies_document, policies_document
from core.policies.view import PolicyView
from core.policy_model import Policies
from core.render.advice import advice_document, advice_table
from core.render.documents import SCHEMA, SourceInfo, dumps, resolve_document
from core.render.drawings import dot, mermaid
from core.render.findings import audit_document, audit_markdown, audit_table
from core.render.findings import sentence as audit_sentence
from core.render.policies import changed_policies, policies_of_service, policies_table
from core.render.sarif import sarif_document
from core.render.sheets import STYLES, resolve_csv, resolve_table
from core.render.stories import story
from core.render.traces import trace_document, trace_text
from core.rules import rules_document, rules_markdown, rules_table
from core.scenario import ScenarioError, from_words
from core.screen import Screen
from core.sources import SourceError, read, samples
from core.terminal import Cell, table
from core.trace.gateways import NoGatewayError, trace_through
from core.trace.request import RequestError, parse_request
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


def _add_filters(parser: argparse.ArgumentParser) -> None:
    for name, what in FILTERS.items():
        parser.add_argument(
            f"--{name}",
            action="append",
            metavar=what.metavar,
            help=f"{what.help}; repeatable, one must match",
        )


def _resolve_options(parser: argparse.ArgumentParser) -> None:
    _add_sources(parser)
    _add_filters(parser)
    _add_output(parser, "table", "json", "csv", "dot", "mermaid", "svg")
    _add_scenario(parser)


def _explain_options(parser: argparse.ArgumentParser) -> None:
    _add_sources(parser)
    _add_filters(parser)
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


def _trace_options(parser: argparse.ArgumentParser) -> None:
    _add_sources(parser)
    parser.add_argument(
        "--url",
        required=True,
        metavar="URL",
        help="what a client asks for: http://, https://, grpc://, grpcs://, tls://, tcp:// or udp://",
    )
    parser.add_argument("--method", metavar="M", help="default: GET; POST for gRPC")
    parser.add_argument(
        "--header",
        action="append",
        default=[],
        metavar="K=V",
        help="a header; repeatable. Host=NAME asks for another host than the one that the URL connects to",
    )
    parser.add_argument(
        "--gateway",
        metavar="NS/NAME",
        help="the Gateway to go through; default: the one with the URL's address, else where it gets furthest",
    )
    _add_output(parser, "text", "json")
    _add_scenario(parser)


def _policies_options(parser: argparse.ArgumentParser) -> None:
    _add_sources(parser)
    parser.add_argument(
        "--service",
        action="append",
        metavar="NS/NAME",
        help="policies that act on this Service or ServiceEntry; repeatable",
    )
    _add_output(parser, "table", "json")
    _add_scenario(parser)


def _audit_options(parser: argparse.ArgumentParser) -> None:
    _add_sources(parser)
    parser.add_argument(
        "--fail-on",
        metavar="CODE,CODE",
        help="exit with 1 on findings of these codes that are not accepted; any stands for all codes",
    )
    parser.add_argument(
        "--baseline",
        metavar="FILE",
        help="findings that are accepted: the output of an earlier audit -o json",
    )
    parser.add_argument(
        "--expect", metavar="FILE", help="services whose paths must or must not pass a waypoint: waypath.yaml"
    )
    _add_output(parser, "table", "json", "sarif", "markdown")
    _add_scenario(parser)


def _advise_options(parser: argparse.ArgumentParser) -> None:
    _add_sources(parser)
    _add_output(parser, "table", "json")


def _report_options(parser: argparse.ArgumentParser) -> None:
    _add_sources(parser)
    _add_filters(parser)
    parser.add_argument("-o", "--output", metavar="FILE", help="the file to write, default: standard output")
    parser.add_argument("--title", default="", help="the heading of the report")
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
    policies: Policies
    lines: Mapping[str, int]


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


def _resolved(arguments: Arguments) -> Resolved:
    edits = from_words(arguments.edits, _file_text)
    source = _read(arguments.sources)
    seen = preview(source.resolution, edits)
    problems = [*source.problems, *seen.after.problems, *seen.problems]
    return Resolved(
        explainer=Explainer(seen.after),
        info=source.info,
        problems=problems,
        policies=source.policies,
        lines=source.lines,
    )


def _wanted(arguments: Arguments) -> dict[str, Sequence[str]]:
    """What the options that pick paths say."""
    return {option: getattr(arguments, option) or () for option in FILTERS}


def _file_text(name: str) -> str:
    return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")


# --- resolve and explain --------------------------------------------------------------------------


def _resolve(screen: Screen, arguments: Arguments) -> int:
    state = _resolved(arguments)
    explainer = state.explainer
    paths = matching(explainer.resolution, _wanted(arguments))
    match arguments.output:
        case "json":
            screen.print(dumps(_resolve_document(state, paths)))
            return FINE
        case "csv":
            screen.print(resolve_csv(explainer, paths))
        case "dot":
            screen.print(dot(paths))
        case "mermaid":
            screen.print(mermaid(paths))
        case "svg":
            screen.print(_picture(state, paths))
        case _ if paths:
            screen.print(resolve_table(paths, width=screen.width, paint=screen.paint))
    if len(paths) < len(explainer.resolution.paths):
        screen.note(f"{len(paths)} of {len(explainer.resolution.paths)} ingress paths match.")
    screen.note(explainer.summary())
    screen.problems(state.problems)
    return FINE


def _picture(state: Resolved, paths: Sequence[IngressPath]) -> str:
    """`resolve -o svg`, as much as fits into a picture."""
    from core.graph import build  # noqa: PLC0415 - networkx is slow to load
    from core.render.svg import svg, within  # noqa: PLC0415

    part = within(paths, hint="filter with --service, --gateway or --route to see others")
    title = f"Ingress traffic of {state.info.name}"
    return svg(build(state.explainer.resolution, part.paths), title=title, note=part.note)


def _resolve_document(state: Resolved, paths: Sequence[IngressPath] | None = None) -> dict[str, Any]:
    """`resolve -o json`, each path with its policies."""
    document = resolve_document(state.explainer, state.info, state.problems, paths)
    view = PolicyView(state.explainer.resolution, state.policies)
    by_id = state.explainer.resolution.by_id
    for one in document["paths"]:
        one["policies"] = path_policies_document(view.of(by_id[one["id"]]))
    return document


def _explain(screen: Screen, arguments: Arguments) -> int:
    state = _resolved(arguments)
    explainer = state.explainer
    paths = matching(explainer.resolution, _wanted(arguments))
    if arguments.output == "json":
        screen.print(dumps(_resolve_document(state, paths)))
        return FINE
    screen.print(story(explainer, paths, width=screen.width, paint=screen.paint))
    if not paths:
        screen.note(explainer.summary())
    screen.problems(state.problems)
    return FINE


# --- trace ----------------------------------------------------------------------------------------


def _trace(screen: Screen, arguments: Arguments) -> int:
    request = parse_request(arguments.url, arguments.method, arguments.header)
    wanted = _gateway_key(arguments.gateway) if arguments.gateway is not None else None
    state = _resolved(arguments)
    found = trace_through(state.explainer.resolution, request, wanted)
    others = [gateway.ref for gateway in found.others]
    if arguments.output == "json":
        screen.print(dumps(trace_document(state.explainer, found.trace, others)))
        return FINE
    screen.print(trace_text(state.explainer, found.trace, width=screen.width, paint=screen.paint))
    if others:
        screen.note(f"{', '.join(map(str, others))} would answer, too: --gateway NS/NAME chooses.")
    screen.problems(state.problems)
    return FINE


def _gateway_key(name: str) -> tuple[str, str]:
    namespace, slash, plain = name.removeprefix("Gateway/").partition("/")
    if not slash or not namespace or not plain or "/" in plain:
        raise UsageError(f"--gateway {name!r} is not NS/NAME")
    return (namespace, plain)


# --- diff and plan --------------------------------------------------------------------------------


def _diff(screen: Screen, arguments: Arguments) -> int:
    edits = from_words(arguments.edits, _file_text)
    if not edits and not arguments.against:
        raise UsageError("diff needs a scenario (--label, --env, --version, --scenario) or --against SOURCE")
    source = _read(arguments.sources)
    seen = preview(source.resolution, edits)
    problems = [*source.problems, *seen.before.problems, *seen.after.problems, *seen.problems]
    before, after = seen.before, seen.after
    policies = source.policies
    if arguments.against:
        other = _read(arguments.against)
        seen_there = preview(other.resolution, edits)
        before, after = seen.after, seen_there.after
        policies = other.policies
        problems = [*source.problems, *before.problems, *other.problems, *after.problems]
    found = diff.compare(before, after)
    match arguments.output:
        case "json":
            views = PolicyView(before, source.policies), PolicyView(after, policies)
            more = changed_policies(*views)
            screen.print(dumps(diff.document(found, more)))
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


def _report(screen: Screen, arguments: Arguments) -> int:
    from core.render.report import html_report  # noqa: PLC0415 - networkx is slow to load

    edits = from_words(arguments.edits, _file_text)
    source = _read(arguments.sources)
    seen = preview(source.resolution, edits)
    wanted = _wanted(arguments)
    picked = matching(seen.after, wanted)
    words = [f"--{option} {name}" for option, names in wanted.items() for name in names]
    text = html_report(
        Explainer(seen.after),
        source.info,
        generated=datetime.now(UTC),
        before=Explainer(seen.before) if edits else None,
        edits=edits,
        problems=[*source.problems, *seen.after.problems, *seen.problems],
        title=arguments.title,
        only={path.id for path in picked} if words else None,
        selection=" ".join(words),
    )
    if arguments.output in {None, "-"}:
        screen.print(text)
        return FINE
    try:
        Path(arguments.output).write_text(text, encoding="ascii")
    except OSError as error:
        raise UsageError(f"{arguments.output}: {error.strerror or type(error).__name__}") from error
    screen.note(f"{arguments.output}: {len(text) / 1e6:.1f} MB, opens in any browser without a network.")
    return FINE


def _plan_document(found: plan.Plan) -> dict[str, Any]:
    def steps(commands: Sequence[plan.Command]) -> list[dict[str, str | None]]:
        return [{"command": one.text or None, "comment": one.comment or None} for one in commands]

    return {"do": steps(found.do), "undo": steps(found.undo), "notes": list(found.notes)}


# --- policies, audit and advise -------------------------------------------------------------------


def _policies(screen: Screen, arguments: Arguments) -> int:
    state = _resolved(arguments)
    view = PolicyView(state.explainer.resolution, state.policies)
    found = view.acts
    if arguments.service:
        found = policies_of_service(view, state.explainer.resolution, arguments.service)
    if arguments.output == "json":
        screen.print(dumps(policies_document(found)))
        return FINE
    screen.print(policies_table(found, width=screen.width, paint=screen.paint))
    if not found:
        screen.note("No policies in the source." if not view.acts else "No policy acts on it.")
    screen.problems(state.problems)
    return FINE


def _audit(screen: Screen, arguments: Arguments) -> int:
    codes = _codes(arguments.fail_on)
    expectations = _expectations(arguments.expect)
    baseline = _baseline(arguments.baseline)
    state = _resolved(arguments)
    resolution = state.explainer.resolution
    found = audit(resolution, state.policies, expectations=expectations, baseline=baseline, lines=state.lines)
    match arguments.output:
        case "json":
            screen.print(dumps(audit_document(found)))
        case "sarif":
            screen.print(dumps(sarif_document(found, _own_version())))
        case "markdown":
            screen.print(audit_markdown(found))
        case _:
            screen.print(audit_table(found, width=screen.width, paint=screen.paint))
    if arguments.output == "table":
        screen.note(audit_sentence(found))
    screen.problems([*unmatched(expectations, resolution), *state.problems])
    return FOUND if _fails(found, codes) else FINE


def _fails(found: Audit, codes: Sequence[str]) -> bool:
    return bool(codes) and bool(found.failing(codes))


def _codes(text: str | None) -> Sequence[str]:
    if text is None:
        return ()
    codes = [code.strip() for code in text.split(",") if code.strip()]
    for code in codes or [text]:
        if code != "any" and code not in BY_CODE:
            close = get_close_matches(code, [*BY_CODE, "any"], n=1)
            hint = f"did you mean {close[0]}?" if close else f"there are any, {', '.join(BY_CODE)}"
            raise UsageError(f"--fail-on {code!r} is no code of a finding; {hint}")
    return codes


def _expectations(name: str | None) -> Sequence[Expectation]:
    return () if name is None else parse_expectations(_option_text("--expect", name), name)


def _baseline(name: str | None) -> Baseline:
    return {} if name is None else parse_baseline(_option_text("--baseline", name), name)


def _option_text(option: str, name: str) -> str:
    try:
        return _file_text(name)
    except OSError as error:
        raise UsageError(f"{option} {name}: {error.strerror or type(error).__name__}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{option} {name}: the file is not UTF-8 text") from error


def _advise(screen: Screen, arguments: Arguments) -> int:
    source = _read(arguments.sources)
    found = advise(source.resolution, source.policies)
    if arguments.output == "json":
        screen.print(dumps(advice_document(found)))
        return FINE
    screen.print(advice_table(found, width=screen.width, paint=screen.paint))
    screen.problems([*source.problems, *source.resolution.problems])
    return FINE


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
                "waypath resolve manifests/ --service shop/cart -o svg > cart.svg",
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
            name="report",
            about="One HTML file for a change request: verdicts, a scenario's changes, pictures, gates, commands.",
            options=_report_options,
            run=_report,
            examples=(
                "waypath report manifests/ -o report.html",
                "waypath report manifests/ --label service/shop/cart istio.io/ingress-use-waypoint=true -o change.html",
                "waypath report manifests/ --scenario rollout.yaml --service shop/cart -o cart.html",
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
            name="trace",
            about="One request: the listener, route and backends that take it, and where it goes from there.",
            options=_trace_options,
            run=_trace,
            examples=(
                "waypath trace sample:bypass-by-default --url http://shop.example.com/cart",
                "waypath trace manifests/ --url https://shop.example.com/cart --method POST --header x-canary=1",
            ),
        ),
        Command(
            name="policies",
            about="Where each policy really acts: at which waypoint or gateway, or at ztunnel.",
            options=_policies_options,
            run=_policies,
            examples=(
                "waypath policies sample:shop",
                "waypath policies sample:bypass-by-default --service shop/cart",
            ),
        ),
        Command(
            name="audit",
            about="What is wrong: bypassed policies, black holes, labels without effect, and what to do.",
            options=_audit_options,
            run=_audit,
            examples=(
                "waypath audit sample:shop",
                "waypath audit manifests/ --fail-on policy-bypassed,black-hole -o sarif",
                "waypath audit manifests/ --label service/shop/cart istio.io/ingress-use-waypoint=true",
            ),
        ),
        Command(
            name="advise",
            about="Per service: through the waypoint or past it, by what acts there; all of it as one scenario.",
            options=_advise_options,
            run=_advise,
            examples=("waypath advise sample:shop", "waypath advise manifests/ -o json"),
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
    screen = Screen(sys.stdout, sys.stderr, os.environ, PROGRAM)
    try:
        code = _run(screen, list(sys.argv[1:] if argv is None else argv))
        screen.out.flush()
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
