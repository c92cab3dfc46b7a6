"""Paths as text for Graphviz and Mermaid: gateway, route rule, waypoint and service, a box a namespace.

Names come from the source and may hold anything; each language's writer lets none of them end a label.
"""

from collections.abc import Iterator, Mapping, Sequence

from core.explain import percent
from core.gates import Verdict
from core.model import Key, Row
from core.outcomes import Share
from core.paths import Path
from core.terminal import visible


class Line(Row):
    """How an edge with a verdict looks: a colour of a set for every kind of sight, and a line style."""

    colour: str
    dot_style: str
    mermaid_dashes: str


LINES: Mapping[Verdict, Line] = {
    Verdict.WAYPOINT: Line(colour="#0072B2", dot_style="solid", mermaid_dashes=""),
    Verdict.WORKLOAD_WAYPOINT: Line(colour="#56B4E9", dot_style="solid", mermaid_dashes=""),
    Verdict.DIRECT: Line(colour="#D55E00", dot_style="dashed", mermaid_dashes="8 4"),
    Verdict.VIP_DIRECT: Line(colour="#E69F00", dot_style="dashed", mermaid_dashes="8 4 2 4"),
    Verdict.SPLIT: Line(colour="#CC79A7", dot_style="bold", mermaid_dashes=""),
    Verdict.BLACKHOLE: Line(colour="#B00020", dot_style="dotted", mermaid_dashes="2 4"),
    Verdict.NO_ENDPOINTS: Line(colour="#B00020", dot_style="dotted", mermaid_dashes="2 4"),
    Verdict.INVALID: Line(colour="#B00020", dot_style="dotted", mermaid_dashes="2 4"),
}
_SHAPES = {"gateway": "house", "route": "box", "waypoint": "hexagon", "service": "ellipse"}
_BRACKETS = {
    "gateway": ("[/", "\\]"),
    "route": ("[", "]"),
    "waypoint": ("{{", "}}"),
    "service": ("([", "])"),
}


class _Node(Row, order=True):
    namespace: str
    kind: str
    label: str


class _Arrow(Row):
    start: _Node
    end: _Node
    label: str = ""
    verdict: Verdict | None = None


class _Picture:
    """The nodes of some paths with their numbers, by namespace, and the arrows between them."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self.arrows = list(dict.fromkeys(arrow for path in paths for arrow in _arrows(path)))
        nodes = sorted({node for arrow in self.arrows for node in (arrow.start, arrow.end)})
        self.names = {node: f"n{number}" for number, node in enumerate(nodes)}
        self.namespaces: dict[str, list[_Node]] = {}
        for node in nodes:
            self.namespaces.setdefault(node.namespace, []).append(node)


def _arrows(path: Path) -> Iterator[_Arrow]:
    gateway = _Node(
        namespace=path.gateway[0],
        kind="gateway",
        label=f"{path.gateway_ref} {path.gateway_class or path.gateway_api} {path.listener}",
    )
    route = _Node(namespace=path.route[0], kind="route", label=f"{path.route_ref} rule {path.rule}")
    port = "" if path.backend.port is None else f":{path.backend.port}"
    service = _Node(namespace=path.backend.namespace, kind="service", label=f"{path.backend.ref}{port}")
    yield _Arrow(start=gateway, end=route)
    outcome = path.outcome
    whole = Share(share=1.0, verdict=outcome.verdict, waypoint=outcome.waypoint)
    for share in outcome.shares or (whole,):
        label = f"{percent(share.share)} {share.verdict}" if outcome.shares else str(share.verdict)
        if outcome.assumed:
            label += " (assumed)"
        if share.waypoint is None:
            yield _Arrow(start=route, end=service, label=label, verdict=share.verdict)
        else:
            waypoint = _waypoint(share.waypoint)
            yield _Arrow(start=route, end=waypoint, label=label, verdict=share.verdict)
            yield _Arrow(start=waypoint, end=service, verdict=share.verdict)


def _waypoint(key: Key) -> _Node:
    return _Node(namespace=key[0], kind="waypoint", label=f"waypoint {key[0]}/{key[1]}")


def dot(paths: Sequence[Path]) -> str:
    """A Graphviz digraph of `paths`."""
    picture = _Picture(paths)
    lines = [
        "digraph waypath {",
        "  rankdir=LR;",
        '  node [fontname="sans-serif"];',
        '  edge [fontname="sans-serif"];',
    ]
    for number, (namespace, nodes) in enumerate(picture.namespaces.items()):
        lines += [f"  subgraph cluster_{number} {{", f"    label={_dot_text(f'namespace {namespace}')};"]
        lines += [
            f"    {picture.names[node]} [label={_dot_text(node.label)}, shape={_SHAPES[node.kind]}];"
            for node in nodes
        ]
        lines.append("  }")
    for arrow in picture.arrows:
        lines.append(f"  {picture.names[arrow.start]} -> {picture.names[arrow.end]}{_dot_look(arrow)};")
    return "\n".join([*lines, "}"]) + "\n"


def _dot_look(arrow: _Arrow) -> str:
    if arrow.verdict is None:
        return ""
    line = LINES[arrow.verdict]
    look = f'color="{line.colour}", fontcolor="{line.colour}", style={line.dot_style}'
    return f" [label={_dot_text(arrow.label)}, {look}]" if arrow.label else f" [{look}]"


def _dot_text(text: str) -> str:
    """A quoted string; the backslash is doubled, since labels have escapes of their own."""
    return '"' + visible(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def mermaid(paths: Sequence[Path]) -> str:
    """A Mermaid flowchart of `paths`."""
    picture = _Picture(paths)
    lines = ["flowchart LR"]
    for number, (namespace, nodes) in enumerate(picture.namespaces.items()):
        lines.append(f"  subgraph s{number}[{_mermaid_text(f'namespace {namespace}')}]")
        for node in nodes:
            left, right = _BRACKETS[node.kind]
            lines.append(f"    {picture.names[node]}{left}{_mermaid_text(node.label)}{right}")
        lines.append("  end")
    for arrow in picture.arrows:
        label = f"|{_mermaid_text(arrow.label)}|" if arrow.label else ""
        lines.append(f"  {picture.names[arrow.start]} -->{label} {picture.names[arrow.end]}")
    for number, arrow in enumerate(picture.arrows):
        if arrow.verdict is not None:
            line = LINES[arrow.verdict]
            dashes = f",stroke-dasharray:{line.mermaid_dashes}" if line.mermaid_dashes else ""
            lines.append(f"  linkStyle {number} stroke:{line.colour},stroke-width:2px{dashes}")
    return "\n".join(lines) + "\n"


def _mermaid_text(text: str) -> str:
    """A quoted string in which everything but letters, digits and a few marks is an entity."""
    return '"' + "".join(char if _plain(char) else f"#{ord(char)};" for char in visible(text)) + '"'


def _plain(char: str) -> bool:
    return char.isalnum() or char in " /:.-_()"
