"""The table of all gates, from the chains of the data planes and from nothing else.

`python -m core.rules --write README.md` writes it between the markers of a Markdown file anew.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from core.dataplanes import DATA_PLANES, DataPlane
from core.gates import REDIRECTED, Gate, Track, Verdict
from core.model import Row
from core.render.documents import SCHEMA, Document
from core.situation import Situation
from core.terminal import PLAIN, Cell, Painter, table
from core.versions import Version

BEGIN, END = "<!-- rules:begin -->", "<!-- rules:end -->"

_OTHERWISE = {
    Track.ENDPOINTS: "an endpoint, directly",
    Track.VIP: "the VIP, without a waypoint",
    Track.REDIRECT: "on towards the waypoint",
}


class Rule(Row):
    """A gate of a data plane, in the versions from `since` (None: all) to before `until` (None: the newest).

    `otherwise` is the track or verdict that follows where the gate does not pass; `on` are the tracks on
    which the gate has a say.
    """

    plane: str
    gate: str
    asks: str
    otherwise: Track | Verdict
    on: Sequence[Track]
    since: Version | None
    until: Version | None
    source: str

    @property
    def versions(self) -> str:
        """The versions in words."""
        match self.since, self.until:
            case None, None:
                return "all"
            case None, until:
                return f"before {until}"
            case since, None:
                return f"{since} and newer"
            case since, until:
                return f"{since} to before {until}"

    @property
    def consequence(self) -> str:
        """What follows where the gate does not pass, in words."""
        return str(self.otherwise) if isinstance(self.otherwise, Verdict) else _OTHERWISE[self.otherwise]


def rules() -> Sequence[Rule]:
    """Every row of every chain, in the order of evaluation."""
    return [rule for plane in DATA_PLANES.values() for rule in _rules_of(plane)]


def _rules_of(plane: DataPlane) -> Sequence[Rule]:
    return [_rule(plane, gate, plane.chain[position + 1 :]) for position, gate in enumerate(plane.chain)]


def _rule(plane: DataPlane, gate: Gate[Situation], later: Sequence[Gate[Situation]]) -> Rule:
    successor = next((one for one in later if one.id == gate.id), None)
    return Rule(
        plane=plane.name,
        gate=gate.id,
        asks=gate.asks,
        otherwise=gate.otherwise,
        on=[track for track in Track if track in gate.on],
        since=gate.since,
        until=successor.since if successor else None,
        source=gate.source,
    )


def rules_table(*, width: int | None = None, paint: Painter = PLAIN) -> str:
    """The rules for a terminal."""
    header = ("DATA PLANE", "GATE", "ASKS", "OTHERWISE", "VERSIONS", "SOURCE")
    rows = [
        [
            Cell(rule.plane, "dim"),
            Cell(rule.gate, "bold"),
            Cell(rule.asks),
            Cell(rule.consequence),
            Cell(rule.versions),
            Cell(rule.source, "dim"),
        ]
        for rule in rules()
    ]
    return table(header, rows, width=width, paint=paint)


def rules_document() -> Document:
    """The rules as JSON."""
    return {
        "schema": SCHEMA,
        "dataPlanes": [
            {
                "name": plane.name,
                "title": plane.title,
                "observed": [str(version) for version in plane.observed],
            }
            for plane in DATA_PLANES.values()
        ],
        "rules": [
            {
                "dataPlane": rule.plane,
                "gate": rule.gate,
                "asks": rule.asks,
                "otherwise": rule.otherwise.value,
                "on": [track.value for track in rule.on],
                "since": None if rule.since is None else str(rule.since),
                "until": None if rule.until is None else str(rule.until),
                "source": rule.source,
            }
            for rule in rules()
        ],
    }


def rules_markdown() -> str:
    """The rules as Markdown, a table for each data plane."""
    return "\n".join(_section(plane) for plane in DATA_PLANES.values())


def _section(plane: DataPlane) -> str:
    observed = ", ".join(str(version) for version in plane.observed)
    lines = [
        f"### {plane.title[:1].upper()}{plane.title[1:]}" if not plane.observed else f"### {plane.title}",
        "",
    ]
    if observed:
        lines += [f"Rules known for {observed}; a version between two of these follows the lower.", ""]
    lines += ["| gate | asks | if not | versions | source |", "| --- | --- | --- | --- | --- |"]
    for rule in _rules_of(plane):
        aside = " (on the way to a waypoint)" if frozenset(rule.on) == REDIRECTED else ""
        consequence = f"`{rule.otherwise}`" if isinstance(rule.otherwise, Verdict) else rule.consequence
        cells = (f"`{rule.gate}`", rule.asks + aside, consequence, rule.versions, rule.source)
        lines.append(f"| {' | '.join(_markdown(cell) for cell in cells)} |")
    return "\n".join(lines) + "\n"


def _markdown(text: str) -> str:
    return text.replace("|", "\\|")


def rewritten(text: str) -> str:
    """`text` of a Markdown file with the rules between its markers.

    Raises:
        ValueError: The markers are missing, or in the wrong order.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the text has no {BEGIN} with {END} after it")
    return f"{before}{BEGIN}\n{rules_markdown()}{END}{after}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the rules into a file; exit code 2 where it has no markers."""
    parser = argparse.ArgumentParser(
        prog="python -m core.rules", description="Write the table of rules into a file."
    )
    parser.add_argument(
        "--write", metavar="FILE", type=Path, required=True, help="a Markdown file with the markers"
    )
    file: Path = parser.parse_args(arguments).write
    try:
        file.write_text(rewritten(file.read_text(encoding="utf-8")), encoding="utf-8")
    except (OSError, ValueError) as error:
        print(f"{parser.prog}: {file}: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
