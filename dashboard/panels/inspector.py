"""The inspector: where one path goes, why, what would change it, and every gate on its way."""

import re
from collections.abc import Iterator, Sequence

from core import labels as names
from core.explain import Explainer, Passage, Sentence, percent
from core.gates import Evidence, Result, Verdict
from core.paths import Path
from core.render.sheets import backend_text
from core.whatif import row_of
from dashboard.desk import Mode
from dashboard.graph.style import STYLES
from dashboard.markup import Node, h
from dashboard.markup.looks import badge, became, prose, ref_text
from dashboard.panels import acts, labels
from dashboard.sight import SEVERITY, Pair, Sight, slashed
from dashboard.words import count

MAX_LISTED, MAX_ENDPOINTS = 60, 12

_COMMAND = re.compile(r"`(kubectl [^`]*)`\.?")
_MARKS = {Result.PASS: "✓", Result.FAIL: "✕", Result.UNKNOWN: "?", Result.NOT_APPLICABLE: "-"}
_WORDS = {
    Result.PASS: "pass",
    Result.FAIL: "fail",
    Result.UNKNOWN: "unknown",
    Result.NOT_APPLICABLE: "not applicable",
}


def tree(sight: Sight, pairs: Sequence[Pair]) -> Node:
    """What is selected: the worst of its paths in full, the others in a list.

    Args:
        sight: What the page shows.
        pairs: The paths that are selected, none where nothing is.
    """
    if not pairs:
        return _nothing(sight)
    ordered = sorted(pairs, key=lambda pair: _severity(sight, pair))
    first = next((pair for pair in ordered if pair.id == sight.desk.selected), ordered[0])
    others = _siblings(sight, first, ordered)
    return h(
        "div",
        _header(first),
        _list(sight, first, others) if len(others) > 1 else None,
        _story(sight, first),
        _switches(sight, first),
        _gates(sight, first),
        _facts(sight, first),
        class_="inspector stack wide",
    )


def _nothing(sight: Sight) -> Node:
    return h(
        "div",
        h("h2", "Why does it go there?"),
        h(
            "p",
            "Select something in the graph or a row of the table: its verdict, the gate that decides it and what "
            "would change it are told here.",
        ),
        h(
            "p",
            h("button", "Show the worst path", type="button", act=["select", _worst(sight)]),
        )
        if sight.pairs
        else None,
        class_="inspector stack empty",
    )


def _worst(sight: Sight) -> str:
    return min(sight.pairs, key=lambda pair: _severity(sight, pair)).id


def _severity(sight: Sight, pair: Pair) -> int:
    verdict = sight.verdict(pair)
    return len(SEVERITY) if verdict is None else SEVERITY.index(verdict)


def _siblings(sight: Sight, first: Pair, chosen: Sequence[Pair]) -> Sequence[Pair]:
    """The paths to choose from: those selected, or the ones to the same service."""
    if len(chosen) > 1:
        return chosen
    ref = first.any.service_ref
    return [pair for pair in sight.pairs if pair.any.service_ref == ref]


def _header(pair: Pair) -> Node:
    path = pair.any
    return h(
        "div",
        h(
            "div",
            h("h2", ref_text(str(path.service_ref)), class_="subject"),
            h(
                "button",
                "Close",
                type="button",
                class_="link small dim",
                act=["select", None],
                aria_label="Clear the selection",
            ),
            class_="spread",
        ),
        h(
            "p",
            f"Gateway {slashed(path.gateway)} ({path.plane}), listener {path.listener}, {path.route_ref} rule {path.rule}",
            class_="dim small wrap",
        ),
        class_="stack tight",
    )


def _list(sight: Sight, first: Pair, pairs: Sequence[Pair]) -> Node:
    same = len({pair.any.service_ref for pair in pairs}) == 1
    return h(
        "details",
        h(
            "summary",
            h("span", count(len(pairs), "path"), class_="strong"),
            h("span", " to choose from", class_="dim"),
        ),
        h(
            "ul",
            [
                h(
                    "li",
                    h(
                        "button",
                        _verdict(sight, pair),
                        h("span", _short(pair.any, same=same), class_="wrap"),
                        type="button",
                        class_="pick",
                        act=["select", pair.id],
                        aria_current="true" if pair is first else None,
                    ),
                    key=pair.id,
                )
                for pair in pairs[:MAX_LISTED]
            ],
            class_="picks",
        ),
        h("p", f"And {len(pairs) - MAX_LISTED} more in the table.", class_="dim small")
        if len(pairs) > MAX_LISTED
        else None,
        class_="fold",
        open=len(pairs) <= 6,
        key="list",
    )


def _short(path: Path, *, same: bool) -> str:
    way = f"{slashed(path.gateway)}:{path.listener} · {slashed(path.route)} rule {path.rule}"
    return way if same else f"{path.service_ref} · {way}"


def _verdict(sight: Sight, pair: Pair) -> Node:
    if sight.mode is Mode.DIFFERENCE and pair.id in sight.shown.changed:
        return became(
            pair.before.outcome.verdict if pair.before else None,
            pair.after.outcome.verdict if pair.after else None,
        )
    path = pair.at(sight.mode) or pair.any
    return badge(path.outcome.verdict, assumed=path.outcome.assumed)


# --- the verdict ---------------------------------------------------------------------------------------


def _story(sight: Sight, pair: Pair) -> Node:
    moved = sight.mode is Mode.DIFFERENCE and pair.id in sight.shown.changed
    parts: list[Node] = []
    if moved:
        parts.append(_state("Today", sight.shown.before, pair.before, told=False))
        parts.append(_state("With edits", sight.shown.after, pair.after, told=True))
    else:
        parts.append(_state("", sight.explainer, pair.at(sight.mode), told=True))
    path = pair.at(sight.mode)
    if path is not None:
        parts += _remedy(sight, path)
    return h("div", parts, class_="stack story")


def _state(title: str, explainer: Explainer, path: Path | None, *, told: bool) -> Node:
    label = h("span", title, class_="state dim small") if title else None
    if path is None:
        return h("div", label, h("p", "There is no such path."), class_="stack tight")
    sentence = explainer.sentence(path)
    return h(
        "div",
        label,
        h(
            "p",
            badge(path.outcome.verdict, assumed=path.outcome.assumed),
            _decided(path),
            class_="row verdict-line",
        ),
        h("p", _first(sentence), class_=f"telling v-{path.outcome.verdict}"),
        _shares(path),
        h("p", sentence.assumed, class_="dim small wrap") if sentence.assumed and told else None,
        class_="stack tight",
    )


def _decided(path: Path) -> Node:
    if path.outcome.decided_by is None:
        return h(
            "span", "all gates pass" if path.outcome.verdict is Verdict.WAYPOINT else "", class_="dim small"
        )
    return h("span", "decided by ", h("code", path.outcome.decided_by), class_="dim small")


def _first(sentence: Sentence) -> list[Node]:
    why = f": {sentence.why}." if sentence.why else "."
    return [h("span", sentence.headline, class_="strong wrap"), h("span", prose(why), class_="wrap")]


def _shares(path: Path) -> Node | None:
    if not path.outcome.shares:
        return None
    return h(
        "ul",
        [
            h(
                "li",
                h("span", percent(one.share), class_="share"),
                badge(one.verdict, quiet=True),
                h("span", f"waypoint {slashed(one.waypoint)}", class_="dim small") if one.waypoint else None,
                class_="row",
            )
            for one in path.outcome.shares
        ],
        class_="shares",
    )


def _remedy(sight: Sight, path: Path) -> list[Node]:
    remedy = sight.explainer.sentence(path).remedy
    if not remedy:
        return []
    one, everything = acts.remedy(sight, path), acts.obstacles(sight, path)
    buttons: list[Node] = []
    if one:
        buttons.append(
            h(
                "button",
                "Try it",
                type="button",
                class_="primary",
                act=["try", path.id, 0],
                title=_scenario_note(len(one)),
            )
        )
    if everything and len(everything) > len(one):
        buttons.append(
            h("button", f"Try all {count(len(everything), 'change')}", type="button", act=["try", path.id, 1])
        )
    return [
        h(
            "div",
            h("h3", "What would change it"),
            list(_with_commands(remedy)),
            h("div", buttons, class_="row") if buttons else None,
            class_="remedy stack",
        )
    ]


def _scenario_note(number: int) -> str:
    return f"Adds {count(number, 'edit')} to the scenario; nothing is applied to the cluster"


def _with_commands(text: str) -> Iterator[Node]:
    """`text` in paragraphs, each command in a block of its own with a button that copies it."""
    end = 0
    for match in _COMMAND.finditer(text):
        before = text[end : match.start()].strip()
        if before:
            yield h("p", prose(before), class_="wrap")
        yield h(
            "div",
            h("pre", h("code", match[1])),
            h("button", "Copy", type="button", copy=match[1], aria_label="Copy the command"),
            class_="command-box",
        )
        end = match.end()
    rest = text[end:].strip()
    if rest:
        yield h("p", prose(rest), class_="wrap")


# --- switches, gates, facts ----------------------------------------------------------------------------


def _switches(sight: Sight, pair: Pair) -> Node | None:
    ref = pair.any.service_ref
    cluster = sight.shown.before.resolution.cluster
    if not labels.can_be_labelled(ref) or row_of(cluster, ref) is None:
        return None
    return h(
        "div",
        h("h3", h("code", names.INGRESS_USE_WAYPOINT)),
        [
            h(
                "div",
                h("span", word, class_="dim small"),
                labels.switch(sight, one, "inspector"),
                class_="row spaced",
                key=word,
            )
            for word, one in (("on the service", ref), ("on its namespace", labels.namespace_of(ref)))
        ],
        class_="stack switches",
    )


def _gates(sight: Sight, pair: Pair) -> Node | None:
    path = pair.at(sight.mode)
    if path is None:
        return None
    passages = sight.explainer.passages(path)
    failing = sum(one.step.finding.result is Result.FAIL for one in passages)
    return h(
        "div",
        h(
            "h3",
            f"{count(len(passages), 'gate')} on the way to the waypoint",
            h("span", f", {failing} closed" if failing else ", none closed", class_="dim"),
        ),
        h("ol", [_gate(one, path) for one in passages], class_="gates"),
        class_="stack",
    )


def _gate(passage: Passage, path: Path) -> Node:
    finding = passage.step.finding
    decides = passage.step.gate == path.outcome.decided_by
    applies = finding.result is not Result.NOT_APPLICABLE
    return h(
        "li",
        h(
            "details",
            h(
                "summary",
                h("span", _MARKS[finding.result], class_=f"mark {finding.result}", aria_hidden="true"),
                h(
                    "span",
                    h("span", passage.step.gate, class_="strong"),
                    h("span", f" {_WORDS[finding.result]}", class_=f"result {finding.result}"),
                    h("span", "decides", class_=f"tag decides v-{path.outcome.verdict}") if decides else None,
                    h("span", finding.because, class_="sub small wrap") if applies else None,
                ),
            ),
            None if applies else h("p", finding.because, class_="small wrap"),
            h("p", passage.gate.asks, class_="dim small wrap"),
            h("ul", [_evidence(one) for one in finding.evidence], class_="evidence")
            if finding.evidence
            else None,
            h("p", "It has no say on this path.", class_="dim small") if not passage.taken else None,
            open=decides,
        ),
        class_=f"gate{'' if passage.taken else ' aside'}{' decisive' if decides else ''}",
        key=passage.step.gate,
    )


def _evidence(one: Evidence) -> Node:
    value = "(not set)" if one.value is None else one.value or '""'
    return h(
        "li",
        h("span", one.object, class_="wrap"),
        h("span", f" {one.field} = ", class_="dim wrap"),
        h("span", value, class_="wrap strong" if one.value is not None else "dim"),
        class_="mono",
    )


def _facts(sight: Sight, pair: Pair) -> Node:
    path = pair.at(sight.mode) or pair.any
    upstream = path.outcome.upstream
    holds = (
        f"{upstream.discovery}: {', '.join(upstream.addresses) or 'no address'}"
        if upstream.discovery
        else "no cluster"
    )
    shown = list(path.endpoints[:MAX_ENDPOINTS])
    more = len(path.endpoints) - len(shown)
    row = (
        row_of(sight.explainer.resolution.cluster, path.service_ref)
        if labels.can_be_labelled(path.service_ref)
        else None
    )
    facts = [
        ("Backend", backend_text(path)),
        ("Hosts", ", ".join(path.hostnames) or "any"),
        ("Waypoint met", _met(path)),
        ("The gateway holds", holds),
        ("Ready endpoints", (", ".join(shown) + (f" and {more} more" if more else "")) or "none"),
        ("Read from", row.where if row is not None else ""),
        ("Path id", path.id),
    ]
    return h(
        "details",
        h("summary", h("span", "Details of the path", class_="strong")),
        h(
            "dl",
            [
                h("div", h("dt", name), h("dd", value, class_="mono wrap"), key=name)
                for name, value in facts
                if value
            ],
            class_="facts",
        ),
        class_="fold",
        key="facts",
    )


def _met(path: Path) -> str:
    if path.outcome.shares:
        return ", ".join(
            f"{percent(one.share)} {slashed(one.waypoint) if one.waypoint else STYLES[one.verdict].word}"
            for one in path.outcome.shares
        )
    met = path.outcome.verdict in (Verdict.WAYPOINT, Verdict.WORKLOAD_WAYPOINT)
    return slashed(path.outcome.waypoint) if met and path.outcome.waypoint else "none"
