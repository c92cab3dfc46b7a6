"""The findings: the answer in a sentence, a list of codes with their numbers, and each finding with its remedy."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from core.audit.codes import BY_CODE, CODES
from core.audit.finding import Severity
from core.audit.meanings import meaning
from core.model import Problem
from core.text import count
from dashboard import edits as editing
from dashboard import state
from dashboard.desk import Mode
from dashboard.findings import Fate, Group, Told
from dashboard.loading import SAMPLE
from dashboard.markup import Node, h
from dashboard.markup.looks import prose
from dashboard.panels import acts
from dashboard.panels.finding import mark, row
from dashboard.panels.more import more_button
from dashboard.sight import Sight
from dashboard.words import listed

FIRST_ROWS, MORE_ROWS = 25, 100
"""Findings of a code that are listed at first, and how many a click adds."""

_SAMPLE = re.compile(rf"`({SAMPLE}[a-z0-9-]+)`")
_EMPHASIS = re.compile(r"\*([^*`]+)\*")


def sentence(found: Sequence[Told], mode: Mode, paths: int) -> str:
    """How many findings there are, or what the edits change of them."""
    counting = [one for one in found if one.is_open]
    accepted = len(found) - len(counting)
    beside = f" {count(accepted, 'finding')} {'is' if accepted == 1 else 'are'} accepted." if accepted else ""
    if mode is Mode.DIFFERENCE and counting:
        return f"{_difference(counting)}{beside}"
    if not counting:
        return f"No finding: none of {len(CODES)} checks fails on {count(paths, 'ingress path')}.{beside}"
    return f"{count(len(counting), 'finding')}: {_severities(counting)}.{beside}"


def _severities(found: Sequence[Told]) -> str:
    numbers = {word: sum(one.finding.severity is word for one in found) for word in Severity}
    return listed([count(number, word.value) for word, number in numbers.items() if number])


def _difference(found: Sequence[Told]) -> str:
    before = sum(one.fate is not Fate.NEW for one in found)
    gone = sum(one.fate is Fate.GONE for one in found)
    new = sum(one.fate is Fate.NEW for one in found)
    if not gone and not new:
        return f"The edits change none of {count(before, 'finding')}."
    changes = listed([f"{number} {word}" for number, word in ((gone, "gone"), (new, "new")) if number])
    return f"{count(before, 'finding')} today, {before - gone + new} with the edits: {changes}."


# --- the page's markup ---------------------------------------------------------------------------------


def tree(sight: Sight, found: Sequence[Group]) -> Node:
    """The codes at the side, and the findings of the one that is chosen, or of all."""
    wanted = [one for one in found if sight.desk.code in ("", one.code)]
    return h(
        "div",
        _codes(sight, found),
        h(
            "div",
            [_group(sight, one) for one in wanted] if wanted else _nothing(sight),
            class_="stack wide groups",
        ),
        class_="judged",
    )


def _nothing(sight: Sight) -> Node:
    """What stands in the place of findings where those that are chosen are none."""
    code = sight.desk.code
    if code not in BY_CODE:
        word = f"There is no code {code}." if code else "The filters let no finding through."
        return h("p", word, class_="dim wrap")
    filtered = " that the filters let through" if sight.desk.filters else ""
    return h(
        "section",
        h("div", h("h2", h("code", code)), class_="row head"),
        h("p", f"No finding of this code{filtered}. It stands for: {BY_CODE[code].means}."),
        _meaning(code),
        class_="stack group",
    )


def _codes(sight: Sight, found: Sequence[Group]) -> Node:
    """A button for each code with its numbers."""
    difference = sight.mode is Mode.DIFFERENCE
    totals = [one.numbers for one in found]
    total = (sum(before for before, _ in totals), sum(after for _, after in totals))
    return h(
        "div",
        h("h3", "Codes", class_="dim"),
        h(
            "ul",
            h("li", _code_button("", "All codes", None, total, sight.desk.code, difference=difference)),
            [
                h(
                    "li",
                    _code_button(
                        one.code, one.code, one.severity, one.numbers, sight.desk.code, difference=difference
                    ),
                    key=one.code,
                )
                for one in found
            ],
            class_="codes",
        ),
        _clean(sight, [row.code for row in CODES if row.code not in {one.code for one in found}]),
        class_="stack side",
    )


def _clean(sight: Sight, codes: Sequence[str]) -> Node | None:
    """The codes of which there is no finding, folded."""
    if not codes:
        return None
    return h(
        "details",
        h("summary", h("span", f"{count(len(codes), 'code')} without a finding", class_="small dim")),
        h(
            "ul",
            [
                h(
                    "li",
                    h(
                        "button",
                        h("span", "✓", class_="mark pass", aria_hidden="true"),
                        h("span", code, class_="name"),
                        type="button",
                        class_="code",
                        act=["code", code],
                        aria_current="true" if code == sight.desk.code else None,
                        title=BY_CODE[code].means,
                    ),
                    key=code,
                )
                for code in codes
            ],
            class_="codes",
        ),
        class_="fold",
        open=sight.desk.code in codes,
        key="clean",
    )


def clean(mode: Mode) -> Node:
    """What was looked for, where nothing was found."""
    when = {Mode.TODAY: "today", Mode.EDITS: "with the edits", Mode.DIFFERENCE: "today or with the edits"}[
        mode
    ]
    return h(
        "details",
        h("summary", h("span", f"What was looked for {when}", class_="strong")),
        h(
            "ul",
            [
                h(
                    "li",
                    h("span", "✓", class_="mark pass", aria_hidden="true"),
                    h("span", h("code", row.code), h("span", f" {row.means}", class_="dim wrap")),
                    class_="row nowrap",
                    key=row.code,
                )
                for row in CODES
            ],
            class_="stack tight",
        ),
        class_="fold",
        key="clean",
    )


def _code_button(
    code: str,
    word: str,
    severity: Severity | None,
    numbers: tuple[int, int],
    chosen: str,
    *,
    difference: bool,
) -> Node:
    before, after = numbers
    moved = difference and before != after
    return h(
        "button",
        mark(severity) if severity else h("span", class_="mark blank"),
        h("span", word, class_="name"),
        h(
            "span",
            h("span", f"{before} → ", class_="dim") if moved else None,
            str(after),
            class_=f"number{' moved' if moved else ''}",
        ),
        type="button",
        class_="code",
        act=["code", code],
        aria_current="true" if code == chosen else None,
        title=BY_CODE[code].means if code in BY_CODE else None,
    )


def _group(sight: Sight, group: Group) -> Node:
    limit = sight.desk.listing(group.code, FIRST_ROWS)
    shown, rest = group.members[:limit], len(group.members) - limit
    code = BY_CODE[group.code]
    return h(
        "section",
        h(
            "div",
            h("h2", h("code", group.code)),
            h("span", _numbers(sight, group), class_="dim small"),
            class_="row head",
        ),
        h("p", f"{code.means[:1].upper()}{code.means[1:]}.", class_="small"),
        _meaning(group.code),
        h("ul", [row(sight, one) for one in shown], class_="findings"),
        more_button(group.code, limit, rest, MORE_ROWS),
        class_="stack group",
        key=group.code,
    )


def _numbers(sight: Sight, group: Group) -> str:
    before, after = group.numbers
    accepted = len(group.members) - sum(one.is_open for one in group.members)
    beside = f", {accepted} accepted" if accepted else ""
    if sight.mode is Mode.DIFFERENCE:
        return f"{before} today, {after} with the edits{beside}"
    return f"{count(after, 'finding')}{beside}"


def _meaning(code: str) -> Node | None:
    """What the code means, folded."""
    paragraphs = meaning(code)
    if not paragraphs:
        return None
    names = dict.fromkeys(name for text in paragraphs for name in _SAMPLE.findall(text))
    return h(
        "details",
        h("summary", h("span", "What the code means", class_="small")),
        h(
            "div",
            [h("p", _emphasised(text), class_="small wrap") for text in paragraphs],
            h(
                "p",
                [
                    h(
                        "button",
                        f"Open {name}",
                        type="button",
                        act=["open", name],
                        leads="paths",
                        class_="small",
                    )
                    for name in names
                ],
                class_="row",
            )
            if names
            else None,
            class_="stack meaning",
        ),
        class_="fold",
        key="meaning",
    )


def _emphasised(text: str) -> list[Node]:
    pieces = _EMPHASIS.split(text)
    return [
        node
        for number, piece in enumerate(pieces)
        if piece
        for node in ([h("strong", piece)] if number % 2 else prose(piece))
    ]


def problems(found: Iterable[Problem]) -> Node | None:
    """What annotations try to accept, and can't."""
    texts = [f"{one.where}: {one.message}" if one.where else one.message for one in found]
    return (
        h("ul", [h("li", one, class_="small wrap") for one in texts], class_="stack tight") if texts else None
    )


# --- what clicks do ------------------------------------------------------------------------------------


def handlers(sight: Sight, found: Sequence[Told]) -> Mapping[str, Callable[..., None]]:
    """The actions of the page."""

    def mend(name: str) -> None:
        wanted = next((one.finding for one in found if one.name == name), None)
        if wanted is not None:
            cluster = sight.base.resolution.cluster
            state.edit(editing.add(cluster, state.desk().edits, wanted.edits))

    def open_sample(name: str) -> None:
        if name.startswith(SAMPLE):
            state.open_source(name)
            state.go("paths")

    return {"code": state.show_code, "mend": mend, "open": open_sample, **acts.leading(sight)}
