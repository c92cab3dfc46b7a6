"""`resolve` and `explain`: every path, and why it goes where it goes."""

import argparse
from collections.abc import Sequence
from typing import Any

from core.commands.command import FINE, Arguments, Command
from core.commands.options import add_filters, add_output, add_scenario, add_sources
from core.commands.reading import Resolved, resolved, wanted
from core.filters import matching
from core.paths import Path as IngressPath
from core.policies.documents import path_policies_document
from core.policies.view import PolicyView
from core.render.documents import dumps, resolve_document
from core.render.drawings import dot, mermaid
from core.render.sheets import resolve_csv, resolve_table
from core.render.stories import story
from core.screen import Screen


def _resolve_options(parser: argparse.ArgumentParser) -> None:
    add_sources(parser)
    add_filters(parser)
    add_output(parser, "table", "json", "csv", "dot", "mermaid", "svg")
    add_scenario(parser)


def _explain_options(parser: argparse.ArgumentParser) -> None:
    add_sources(parser)
    add_filters(parser)
    add_output(parser, "text", "json")
    add_scenario(parser)


def _resolve(screen: Screen, arguments: Arguments) -> int:
    state = resolved(arguments)
    explainer = state.explainer
    paths = matching(explainer.resolution, wanted(arguments))
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
    state = resolved(arguments)
    explainer = state.explainer
    paths = matching(explainer.resolution, wanted(arguments))
    if arguments.output == "json":
        screen.print(dumps(_resolve_document(state, paths)))
        return FINE
    screen.print(story(explainer, paths, width=screen.width, paint=screen.paint))
    if not paths:
        screen.note(explainer.summary())
    screen.problems(state.problems)
    return FINE


COMMANDS = (
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
)
