"""The gates of a path: each with a mark and a word, its reason, and the fields that were read."""

from collections.abc import Sequence

from core.explain import Passage
from core.gates import Evidence, Result
from core.paths import Path
from core.text import count
from dashboard.desk import Mode
from dashboard.fragment import fragments
from dashboard.markup import Node, h
from dashboard.sight import Pair, Sight

MARKS = {Result.PASS: "✓", Result.FAIL: "✕", Result.UNKNOWN: "?", Result.NOT_APPLICABLE: "-"}
WORDS = {
    Result.PASS: "pass",
    Result.FAIL: "fail",
    Result.UNKNOWN: "unknown",
    Result.NOT_APPLICABLE: "not applicable",
}


def tree(sight: Sight, pair: Pair) -> Node | None:
    """All gates in the order of evaluation, the deciding one unfolded; None where the state lacks the path."""
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
        h("ol", [_gate(sight, one, path) for one in passages], class_="gates"),
        class_="stack",
    )


def _gate(sight: Sight, passage: Passage, path: Path) -> Node:
    finding = passage.step.finding
    decides = passage.step.gate == path.outcome.decided_by
    applies = finding.result is not Result.NOT_APPLICABLE
    return h(
        "li",
        h(
            "details",
            h(
                "summary",
                h("span", MARKS[finding.result], class_=f"mark {finding.result}", aria_hidden="true"),
                h(
                    "span",
                    h("span", passage.step.gate, class_="strong"),
                    h("span", f" {WORDS[finding.result]}", class_=f"result {finding.result}"),
                    h("span", "decides", class_=f"tag decides v-{path.outcome.verdict}") if decides else None,
                    h("span", finding.because, class_="sub small wrap") if applies else None,
                ),
            ),
            None if applies else h("p", finding.because, class_="small wrap"),
            h("p", passage.gate.asks, class_="dim small wrap"),
            h("ul", [evidence_item(one) for one in finding.evidence], class_="evidence")
            if finding.evidence
            else None,
            _yaml(sight, finding.evidence),
            h("p", "It has no say on this path.", class_="dim small") if not passage.taken else None,
            open=decides,
        ),
        class_=f"gate{'' if passage.taken else ' aside'}{' decisive' if decides else ''}",
        key=passage.step.gate,
    )


def _yaml(sight: Sight, evidence: Sequence[Evidence]) -> Node | None:
    """The fields that were looked at, as YAML to copy; None where no field of an object was."""
    edits = () if sight.mode is Mode.TODAY else sight.desk.edits
    found = fragments(sight.shown.before.resolution.cluster, edits, evidence)
    if not found:
        return None
    return h(
        "details",
        h("summary", "As YAML", class_="small"),
        [
            h(
                "div",
                h("p", f"{one.object}{f' in {one.where}' if one.where else ''}", class_="dim small wrap"),
                h("pre", h("code", one.text)),
                h(
                    "button",
                    "Copy",
                    type="button",
                    copy=one.text,
                    aria_label=f"Copy the YAML of {one.object}",
                ),
                class_="command-box",
                key=one.object,
            )
            for one in found
        ],
        h("p", "Only these fields, written from what was read.", class_="dim small"),
        class_="yaml",
        key="yaml",
    )


def evidence_item(one: Evidence) -> Node:
    """A field that was read, with its value."""
    value = "(not set)" if one.value is None else one.value or '""'
    return h(
        "li",
        h("span", one.object, class_="wrap"),
        h("span", f" {one.field} = ", class_="dim wrap"),
        h("span", value, class_="wrap strong" if one.value is not None else "dim"),
        class_="mono",
    )
