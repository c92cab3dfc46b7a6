"""One finding: what is the matter, where, what to do about it, and the paths that suffer."""

import hashlib
import re
from collections.abc import Iterable

from core.audit.finding import Severity
from core.text import count
from dashboard import edits as editing
from dashboard.desk import Mode
from dashboard.findings import Fate, Told
from dashboard.markup import Node, h
from dashboard.markup.looks import badge, prose, ref_text
from dashboard.panels.more import more_button
from dashboard.panels.story import with_commands
from dashboard.sight import Sight, slashed

FIRST_PATHS, MORE_PATHS = 4, 50
"""Paths that are listed at first, and how many a click adds."""

_MARKS = {Severity.ERROR: "✕", Severity.WARNING: "!", Severity.NOTE: "i"}
_SENTENCE = re.compile(r"(?<=[a-z)0-9][.]) (?=[A-Z])")


def mark(severity: Severity) -> Node:
    """The sign of a severity."""
    return h("span", _MARKS[severity], class_=f"mark {severity}", aria_hidden="true")


_FATE_WORDS = {
    Fate.NEW: ("new", "The scenario brings it about"),
    Fate.GONE: ("gone", "The scenario removes it"),
    Fate.STAYS: ("stays", "It is there today and with the edits"),
}


def row(sight: Sight, one: Told) -> Node:
    """A finding: what is the matter, with which objects, what to do, and the paths."""
    finding = one.finding
    first, rest = _sentences(finding.message)
    return h(
        "li",
        mark(finding.severity),
        h(
            "div",
            h(
                "p",
                h("span", f"{finding.severity.value}: ", class_="unseen"),
                h("span", prose(first), class_="strong wrap"),
                h("span", prose(f" {rest}"), class_="wrap") if rest else None,
                _fate(sight, one),
            ),
            h(
                "p",
                [h("span", ref_text(str(ref)), class_="object") for ref in finding.objects],
                h("span", finding.where, class_="mono wrap") if finding.where else None,
                class_="about dim small",
            ),
            _accepted(finding.accepted) if finding.accepted is not None else None,
            _remedy(one) if one.is_open and one.fate is not Fate.GONE else None,
            _buttons(sight, one),
            _paths(sight, one),
            class_="stack",
        ),
        class_=f"finding {one.fate}{'' if one.is_open else ' accepted'}",
        key=one.name,
    )


def _sentences(message: str) -> tuple[str, str]:
    """What a message says first, and the rest of it."""
    first, *rest = _SENTENCE.split(message, maxsplit=1)
    return first, "".join(rest)


def _fate(sight: Sight, one: Told) -> Node | None:
    if sight.mode is not Mode.DIFFERENCE:
        return None
    word, title = _FATE_WORDS[one.fate]
    return h("span", word, class_=f"tag fate {one.fate}", title=title)


def _accepted(reason: str) -> Node:
    return h(
        "p",
        h("span", "accepted", class_="tag"),
        h("span", f" {reason}", class_="wrap small"),
        class_="accepted",
    )


def _remedy(one: Told) -> Node | None:
    if not one.finding.remedy:
        return None
    return h("div", list(with_commands(one.finding.remedy)), class_="stack tight mending")


def _buttons(sight: Sight, one: Told) -> Node | None:
    finding = one.finding
    buttons: list[Node] = []
    if finding.edits and one.is_open and one.fate is not Fate.GONE:
        told = ", ".join(editing.chip(edit).text for edit in finding.edits)
        buttons.append(
            h(
                "button",
                "Try it",
                type="button",
                class_="primary",
                act=["mend", one.name],
                title=f"Adds to the scenario: {told}",
                aria_label=f"Try it: {told}",
            )
        )
    known = [path for path in finding.paths if path in sight.shown.before.resolution.by_id]
    known += [
        path for path in finding.paths if path in sight.shown.after.resolution.by_id and path not in known
    ]
    if known:
        word = "Show the path" if len(known) == 1 else "Show the first path"
        buttons.append(h("button", word, type="button", act=["path", known[0]], leads="paths"))
    return h("div", buttons, class_="row") if buttons else None


def _paths(sight: Sight, one: Told) -> Node | None:
    """All paths of a finding that has several, folded."""
    ids = one.finding.paths
    if len(ids) < 2:
        return None
    name = f"paths-{hashlib.sha256(one.name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
    limit = sight.desk.listing(name, FIRST_PATHS)
    return h(
        "details",
        h("summary", h("span", f"All {count(len(ids), 'path')}", class_="small")),
        path_list(sight, ids[:limit]),
        more_button(name, limit, len(ids) - limit, MORE_PATHS),
        class_="fold",
        key="paths",
    )


def path_list(sight: Sight, ids: Iterable[str]) -> Node:
    """Paths to choose from, each with its verdict; a click opens it on the page of paths."""
    return h("ul", [h("li", _path_button(sight, one), key=one) for one in ids], class_="picks")


def _path_button(sight: Sight, path_id: str) -> Node:
    states = (sight.shown.before, sight.shown.after)
    wanted = states if sight.mode is Mode.TODAY else tuple(reversed(states))
    path = next((found for at in wanted if (found := at.resolution.by_id.get(path_id)) is not None), None)
    if path is None:
        return h("span", path_id, class_="mono wrap small")
    way = f"{slashed(path.gateway)}:{path.listener} · {slashed(path.route)} rule {path.rule}"
    return h(
        "button",
        badge(path.outcome.verdict, assumed=path.outcome.assumed),
        h("span", str(path.service_ref), h("span", f" {way}", class_="dim"), class_="wrap"),
        type="button",
        class_="pick",
        act=["path", path_id],
        leads="paths",
    )
