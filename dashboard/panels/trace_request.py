"""The traced request as it is sent on: what changes of it on the way, where it is copied to, and the command."""

import shlex
from collections.abc import Sequence

from core.explain import percent
from core.model import ObjectRef
from core.render.traces import CONNECTIONS
from core.terminal import visible
from core.trace.outcome import Mirror
from core.trace.request import Request
from dashboard import loading
from dashboard.desk import Asked, Mode
from dashboard.markup import Node, h
from dashboard.markup.looks import ref_text
from dashboard.sight import Sight
from dashboard.tracing import Part, Seen, Way, request_parts

SCENARIO_FILE = "scenario.yaml"


def tree(sight: Sight, seen: Seen, chosen: Way | None, asked: Asked) -> Node:
    """What is beside the story."""
    return h(
        "div",
        _sent(seen, chosen),
        _mirrors("Copied at the gateway", seen.trace.mirrors),
        _mirrors("Copied at the waypoint", chosen.second.mirrors if chosen and chosen.second else ()),
        _command(sight, asked),
        class_="stack wide trace-side",
    )


def _sent(seen: Seen, chosen: Way | None) -> Node:
    title = h("h2", "The request on its way")
    taken = seen.trace.taken
    if taken is not None and taken.route.kind in CONNECTIONS:
        said = "The backend gets the connection; a request in it is not looked at."
        return h("div", title, h("p", said), class_="stack")
    columns = forms(seen, chosen)
    if len(columns) == 1:
        return h("div", title, h("p", "Nothing of it is sent on to a backend."), class_="stack")
    parts = request_parts([request for _, request in columns])
    changed = sum(one.changes for one in parts)
    words = f"{changed} of {len(parts)} parts change." if changed else "It is sent on as it came."
    return h(
        "div",
        title,
        h("p", words, class_="dim small"),
        h(
            "div",
            h(
                "table",
                h(
                    "thead",
                    h("tr", h("th", "Part", scope="col"), [h("th", one, scope="col") for one, _ in columns]),
                ),
                h("tbody", [_row(one, number) for number, one in enumerate(parts)]),
                class_="forms",
            ),
            class_="scroll",
        ),
        class_="stack",
    )


def forms(seen: Seen, chosen: Way | None) -> Sequence[tuple[str, Request]]:
    """The request as asked, as the gateway sends it on, and as the endpoints get it where that is otherwise."""
    found = [("As asked", seen.trace.request)]
    sent = chosen.arrival.request if chosen else None
    if chosen is None or sent is None:
        return found
    found.append(("From the gateway", sent))
    second = chosen.second
    if second is not None and second.request is not None and second.request != sent:
        found.append(("From the waypoint", second.request))
    return found


def _row(part: Part, number: int) -> Node:
    cells: list[Node] = []
    before: str | None = part.values[0]
    for place, value in enumerate(part.values):
        moved = place > 0 and value != before
        said = h("span", "not there", class_="dim") if value is None else h("span", value, class_="wrap")
        word = _moved(before, value) if moved else ""
        cells.append(
            h(
                "td",
                said,
                h("span", word, class_="tag moved") if word else None,
                class_="mono changed" if moved else "mono",
            )
        )
        before = value
    return h("tr", h("th", part.name, scope="row"), cells, key=f"{number} {part.name}")


def _moved(before: str | None, value: str | None) -> str:
    if before is None:
        return "added"
    return "removed" if value is None else "changed"


def _mirrors(title: str, mirrors: Sequence[Mirror]) -> Node | None:
    if not mirrors:
        return None
    return h(
        "div",
        h("h2", title),
        h("ul", [_mirror(one) for one in mirrors], class_="stack tight"),
        class_="stack",
        key=title,
    )


def _mirror(one: Mirror) -> Node:
    ref = ObjectRef(kind=one.filter.kind, namespace=one.filter.namespace, name=one.filter.name)
    return h(
        "li",
        h("span", f"{percent(one.filter.fraction)} to "),
        ref_text(str(ref)),
        h("span", f", dropped: {one.fault}", class_="result fail wrap") if one.fault else None,
    )


def _command(sight: Sight, asked: Asked) -> Node:
    text = command(sight, asked)
    edited = sight.mode is not Mode.TODAY and bool(sight.desk.edits)
    return h(
        "div",
        h("h2", "As a command"),
        h(
            "div",
            h("pre", h("code", text)),
            h("button", "Copy", type="button", copy=text, aria_label="Copy the command"),
            class_="command-box",
        ),
        h("p", f"{SCENARIO_FILE} is the scenario as the sidebar saves it.", class_="dim small")
        if edited
        else None,
        class_="stack",
    )


def command(sight: Sight, asked: Asked) -> str:
    """The `waypath trace` that tells the same; of uploaded files it has the name."""
    uploaded = any(one.startswith(loading.UPLOAD) for one in sight.desk.source)
    words = ["waypath", "trace", *((sight.base.name,) if uploaded else sight.desk.source), "--url", asked.url]
    words += ["--method", asked.method] if asked.method else []
    for header in asked.headers:
        words += ["--header", header]
    words += ["--gateway", asked.gateway] if asked.gateway else []
    if sight.mode is not Mode.TODAY and sight.desk.edits:
        words += ["--scenario", SCENARIO_FILE]
    return " ".join(shlex.quote(visible(word)) for word in words)
