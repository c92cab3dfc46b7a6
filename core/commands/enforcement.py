"""`policies`, `audit` and `advise`: what acts where, what is wrong, and what to do."""

import argparse
from collections.abc import Sequence
from difflib import get_close_matches

from core.advice import advise
from core.audit.accepting import Baseline, parse_baseline
from core.audit.codes import BY_CODE
from core.audit.run import Audit, audit
from core.commands.command import FINE, FOUND, Arguments, Command, UsageError, own_version
from core.commands.options import add_output, add_scenario, add_sources
from core.commands.reading import option_text, read_sources, resolved
from core.expectations import Expectation, parse_expectations, unmatched
from core.model import Problem
from core.policies.documents import policies_document
from core.policies.view import PolicyView
from core.render.advice import advice_document, advice_table
from core.render.documents import dumps
from core.render.findings import audit_document, audit_markdown, audit_table, sentence
from core.render.policies import policies_of_service, policies_table
from core.render.sarif import sarif_document
from core.screen import Screen
from core.sources.beside import expectations_beside
from core.unshown import POLICIES, hidden_kinds, told


def _policies_options(parser: argparse.ArgumentParser) -> None:
    add_sources(parser)
    parser.add_argument(
        "--service",
        action="append",
        metavar="NS/NAME",
        help="policies that act on this Service or ServiceEntry; repeatable",
    )
    add_output(parser, "table", "json")
    add_scenario(parser)


def _audit_options(parser: argparse.ArgumentParser) -> None:
    add_sources(parser)
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
        "--expect",
        metavar="FILE",
        help="services whose paths must or must not pass a waypoint, default: waypath.yaml in the directory",
    )
    add_output(parser, "table", "json", "sarif", "markdown")
    add_scenario(parser)


def _advise_options(parser: argparse.ArgumentParser) -> None:
    add_sources(parser)
    add_output(parser, "table", "json")


def _policies(screen: Screen, arguments: Arguments) -> int:
    state = resolved(arguments)
    view = PolicyView(state.explainer.resolution, state.policies)
    found = view.acts
    if arguments.service:
        found = policies_of_service(view, state.explainer.resolution, arguments.service)
    unread = hidden_kinds(state.explainer.resolution.cluster, POLICIES)
    if arguments.output == "json":
        screen.print(dumps(policies_document(found, unread)))
        return FINE
    screen.print(policies_table(found, width=screen.width, paint=screen.paint))
    if not found:
        nothing = "No policies in the source." if not view.acts else "No policy acts on it."
        screen.note(f"Nothing is known: {told(unread)}." if unread else nothing)
    elif unread:
        screen.note(f"There may be more: {told(unread)}.")
    screen.problems(state.problems)
    return FINE


def _audit(screen: Screen, arguments: Arguments) -> int:
    codes = _codes(arguments.fail_on)
    expectations = _expectations(arguments.expect, arguments.sources)
    baseline = _baseline(arguments.baseline)
    state = resolved(arguments)
    resolution = state.explainer.resolution
    found = audit(resolution, state.policies, expectations=expectations, baseline=baseline, lines=state.lines)
    match arguments.output:
        case "json":
            screen.print(dumps(audit_document(found)))
        case "sarif":
            screen.print(dumps(sarif_document(found, own_version())))
        case "markdown":
            screen.print(audit_markdown(found))
        case _:
            screen.print(audit_table(found, width=screen.width, paint=screen.paint))
    if arguments.output == "table":
        screen.note(sentence(found))
    screen.problems([*found.problems, *unmatched(expectations, resolution), *state.problems])
    if not codes:
        return FINE
    if found.failing(codes):
        return FOUND
    return _judged(found, codes, [one for one in state.problems if one.severity == "error"])


def _judged(found: Audit, codes: Sequence[str], errors: Sequence[Problem]) -> int:
    """That none of `codes` was found means nothing where what they rest on was not read, or could not be used."""
    blind = [code for code in found.unseen.codes if "any" in codes or code in codes]
    if blind:
        what = "any" if "any" in codes else ",".join(blind)
        raise UsageError(f"--fail-on {what} can't be judged: {found.unseen.told}")
    unread = tuple(f"{kind} objects" for kind in found.unseen.kinds)
    errors = [one for one in errors if not one.message.startswith(unread)]  # these codes don't rest on them
    if errors:
        first = f"{errors[0].where}: {errors[0].message}"
        more = f" (and {len(errors) - 1} more errors)" if len(errors) > 1 else ""
        raise UsageError(
            f"--fail-on can't be judged, since a part of the source can't be used: {first}{more}"
        )
    return FINE


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


def _expectations(name: str | None, sources: Sequence[str]) -> Sequence[Expectation]:
    """Those of the file that `--expect` names, else those that lie beside the manifests."""
    if name is None:
        return expectations_beside(sources)
    return parse_expectations(option_text("--expect", name), name)


def _baseline(name: str | None) -> Baseline:
    return {} if name is None else parse_baseline(option_text("--baseline", name), name)


def _advise(screen: Screen, arguments: Arguments) -> int:
    source = read_sources(arguments.sources)
    found = advise(source.resolution, source.policies)
    if arguments.output == "json":
        screen.print(dumps(advice_document(found)))
        return FINE
    screen.print(advice_table(found, width=screen.width, paint=screen.paint))
    screen.problems([*source.problems, *source.resolution.problems])
    return FINE


COMMANDS = (
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
)
