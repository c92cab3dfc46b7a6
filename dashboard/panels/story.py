"""The story of a path: the verdict in one sentence, the gate that decides it, and what would change it."""

import re
from collections.abc import Iterator

from core.explain import Explainer, Sentence, percent
from core.gates import Verdict
from core.paths import Path
from core.text import count
from dashboard.desk import Mode
from dashboard.markup import Node, h
from dashboard.markup.looks import badge, prose
from dashboard.panels import acts
from dashboard.sight import Pair, Sight, slashed

_COMMAND = re.compile(r"`(kubectl [^`]*)`\.?")


def tree(sight: Sight, pair: Pair) -> Node:
    """The state that is shown, both where a difference is, and the remedy with its commands."""
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
            list(with_commands(remedy)),
            h("div", buttons, class_="row") if buttons else None,
            class_="remedy stack",
        )
    ]


def _scenario_note(number: int) -> str:
    return f"Adds {count(number, 'edit')} to the scenario; nothing is applied to the cluster"


def with_commands(text: str) -> Iterator[Node]:
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
    rest = text[end:].strip(" ,;")
    if rest:
        yield h("p", prose(rest), class_="wrap")
