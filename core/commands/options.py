"""The options that several commands have."""

import argparse
from typing import Any

from core.commands.command import Arguments, UsageError
from core.filters import FILTERS
from core.sources import is_live, limited


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


_SOURCE_HELP = (
    "a YAML or JSON file, a directory, a .zip, .tar.gz or .gz of such, - for standard input, sample:NAME, or "
    "live:CONTEXT for a cluster, live: for that of the current context; several are merged, the later wins for the "
    "same object"
)


def add_sources(parser: argparse.ArgumentParser) -> None:
    """The sources that a command reads."""
    parser.add_argument("sources", metavar="SOURCE", nargs="*", help=_SOURCE_HELP)
    group = parser.add_argument_group("live clusters")
    group.add_argument(
        "--namespace",
        action="append",
        default=[],
        metavar="NAME",
        help="read this namespace of live clusters only; repeatable",
    )
    group.add_argument(
        "--selector",
        metavar="LABELS",
        help="read namespaces with these labels only, as Istio's discovery selectors do; written as for kubectl -l",
    )


def narrow(arguments: Arguments) -> None:
    """Put what limits live clusters into the sources that are some.

    Raises:
        UsageError: There is none.
    """
    limits = [("namespace", one) for one in arguments.namespace]
    if arguments.selector:
        limits.append(("selector", arguments.selector))
    if not limits:
        return
    sources = [*arguments.sources, *(getattr(arguments, "against", None) or ())]
    if not any(map(is_live, sources)):
        option = f"--{limits[0][0]}"
        raise UsageError(
            f"{option} is about live clusters, and none of the sources is one: name live:CONTEXT"
        )
    for name in ("sources", "against"):
        if getattr(arguments, name, None):
            setattr(arguments, name, [limited(one, limits) for one in getattr(arguments, name)])


def add_scenario(parser: argparse.ArgumentParser) -> None:
    """The edits to preview; they come as `edits`, each an option and its words, in the order given."""
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


def add_output(parser: argparse.ArgumentParser, *formats: str) -> None:
    """The form of the answer, by default the first of `formats`."""
    parser.add_argument("-o", "--output", choices=formats, default=formats[0], help=f"default: {formats[0]}")


def add_filters(parser: argparse.ArgumentParser) -> None:
    """What picks paths: `core.filters.FILTERS`."""
    for name, what in FILTERS.items():
        parser.add_argument(
            f"--{name}",
            action="append",
            metavar=what.metavar,
            help=f"{what.help}; repeatable, one must match",
        )
