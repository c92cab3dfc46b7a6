"""`diff`, `report` and `plan`: what a scenario or another source changes, and how to carry it out."""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core import diff, plan
from core.commands.command import FINE, FOUND, Arguments, Command, UsageError
from core.commands.options import add_filters, add_output, add_scenario, add_sources
from core.commands.reading import file_text, read_sources, wanted
from core.explain import Explainer
from core.filters import matching
from core.policies.view import PolicyView
from core.render.documents import dumps
from core.render.policies import changed_policies
from core.render.sheets import STYLES
from core.safe_plan import safe_plan
from core.scenario import from_words
from core.screen import Screen
from core.terminal import Cell, table
from core.whatif import preview


def _diff_options(parser: argparse.ArgumentParser) -> None:
    add_sources(parser)
    parser.add_argument(
        "--against",
        nargs="+",
        metavar="SOURCE",
        help="compare with the paths of these sources, as after; a scenario is then applied to both sides",
    )
    add_output(parser, "table", "json", "markdown")
    parser.add_argument("--fail-on", choices=["any"], help="exit with 1 when any path changes")
    add_scenario(parser)


def _report_options(parser: argparse.ArgumentParser) -> None:
    add_sources(parser)
    add_filters(parser)
    parser.add_argument("-o", "--output", metavar="FILE", help="the file to write, default: standard output")
    parser.add_argument("--title", default="", help="the heading of the report")
    add_scenario(parser)


def _plan_options(parser: argparse.ArgumentParser) -> None:
    add_sources(parser)
    add_output(parser, "text", "json")
    add_scenario(parser)


def _diff(screen: Screen, arguments: Arguments) -> int:
    edits = from_words(arguments.edits, file_text)
    if not edits and not arguments.against:
        raise UsageError("diff needs a scenario (--label, --env, --version, --scenario) or --against SOURCE")
    source = read_sources(arguments.sources)
    seen = preview(source.resolution, edits)
    problems = [*source.problems, *seen.before.problems, *seen.after.problems, *seen.problems]
    before, after = seen.before, seen.after
    policies = source.policies
    if arguments.against:
        other = read_sources(arguments.against)
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


def _report(screen: Screen, arguments: Arguments) -> int:
    from core.render.report import html_report  # noqa: PLC0415 - networkx is slow to load

    edits = from_words(arguments.edits, file_text)
    source = read_sources(arguments.sources)
    seen = preview(source.resolution, edits)
    options = wanted(arguments)
    picked = matching(seen.after, options)
    words = [f"--{option} {name}" for option, names in options.items() for name in names]
    text = html_report(
        Explainer(seen.after),
        source.info,
        generated=datetime.now(UTC),
        before=Explainer(seen.before) if edits else None,
        edits=edits,
        policies=source.policies,
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
    screen.note(f"{arguments.output}: {len(text) // 1000:,} kB, opens in any browser without a network.")
    return FINE


def _plan(screen: Screen, arguments: Arguments) -> int:
    edits = from_words(arguments.edits, file_text)
    if not edits:
        raise UsageError("plan needs a scenario: --label, --env, --version or --scenario")
    source = read_sources(arguments.sources)
    found = safe_plan(source.resolution, source.policies, edits)
    if arguments.output == "json":
        screen.print(dumps(_plan_document(found)))
    else:
        screen.print(plan.render(found))
    seen = preview(source.resolution, edits)
    screen.note(diff.sentence(diff.compare(seen.before, seen.after)))
    screen.problems(source.problems)
    return FINE


def _plan_document(found: plan.Plan) -> dict[str, Any]:
    def steps(commands: Sequence[plan.Command]) -> list[dict[str, str | None]]:
        return [{"command": one.text or None, "comment": one.comment or None} for one in commands]

    return {"do": steps(found.do), "undo": steps(found.undo), "notes": list(found.notes)}


COMMANDS = (
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
)
