"""`dashboard`: the same in a browser."""

import argparse
import ipaddress
import re

from core import serve
from core.commands.command import Arguments, Command, UsageError
from core.commands.options import add_sources
from core.commands.reading import option_text
from core.expectations import parse_expectations
from core.screen import Screen
from core.sources import check

_HOST = re.compile(r"(?![0-9.]+$)[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
"""A name: of digits and dots alone it would be an address."""


def _dashboard_options(parser: argparse.ArgumentParser) -> None:
    add_sources(parser)
    parser.add_argument("--port", type=_port, metavar="N", help="default: 8501, or the next one that is free")
    parser.add_argument(
        "--host",
        type=_host,
        default="127.0.0.1",
        metavar="A",
        help="address to listen on, default: 127.0.0.1",
    )
    parser.add_argument("--no-browser", action="store_true", help="open no browser")
    parser.add_argument(
        "--expect",
        metavar="FILE",
        help="services whose paths must or must not pass a waypoint; default: the waypath.yaml in a source's folder",
    )


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:6]) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: write a number from 1 to 65535")
    return int(text)


def _host(text: str) -> str:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        if not _HOST.fullmatch(text):
            raise argparse.ArgumentTypeError(f"{text!r} is no address: write one like 127.0.0.1") from None
    return text


def _dashboard(screen: Screen, arguments: Arguments) -> int:
    for spec in arguments.sources:
        check(spec)
    if not serve.is_local(arguments.host):
        screen.note(f"Listening on {arguments.host}: who can reach the port can read the source.")
    _check_expectations(arguments)
    return serve.serve(
        arguments.sources,
        host=arguments.host,
        port=arguments.port,
        browser=not arguments.no_browser,
        expect=arguments.expect,
    )


def _check_expectations(arguments: Arguments) -> None:
    """Say now what could not be used later."""
    if arguments.expect is None:
        return
    if not arguments.sources:
        raise UsageError("--expect is about services of a SOURCE: name one")
    if arguments.expect == "-":
        raise UsageError("--expect - can't be read again and again: name a file")
    parse_expectations(option_text("--expect", arguments.expect), arguments.expect)


COMMANDS = (
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
)
