"""`trace`: one request through a Gateway."""

import argparse

from core.commands.command import FINE, Arguments, Command, UsageError
from core.commands.options import add_output, add_scenario, add_sources
from core.commands.reading import resolved
from core.render.documents import dumps
from core.render.traces import trace_document, trace_text
from core.screen import Screen
from core.trace.engine import Tracer
from core.trace.gateways import trace_through
from core.trace.request import parse_request


def _trace_options(parser: argparse.ArgumentParser) -> None:
    add_sources(parser)
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
    add_output(parser, "text", "json")
    add_scenario(parser)


def _trace(screen: Screen, arguments: Arguments) -> int:
    request = parse_request(arguments.url, arguments.method, arguments.header)
    wanted = _gateway_key(arguments.gateway) if arguments.gateway is not None else None
    state = resolved(arguments)
    found = trace_through(Tracer(state.explainer.resolution, state.policies), request, wanted)
    others = [gateway.ref for gateway in found.others]
    if arguments.output == "json":
        screen.print(dumps(trace_document(state.explainer, found.trace, others)))
        return FINE
    screen.print(trace_text(state.explainer, found.trace, width=screen.width, paint=screen.paint))
    if others:
        chosen = f"{others[0].namespace}/{others[0].name}" if len(others) == 1 else "NS/NAME"
        screen.note(f"{', '.join(map(str, others))} would answer, too: --gateway {chosen} chooses.")
    screen.problems(state.problems)
    return FINE


def _gateway_key(name: str) -> tuple[str, str]:
    namespace, slash, plain = name.removeprefix("Gateway/").partition("/")
    if not slash or not namespace or not plain or "/" in plain:
        raise UsageError(f"--gateway {name!r} is not NS/NAME")
    return (namespace, plain)


COMMANDS = (
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
)
