"""The plan as steps: each command with what it is for, those that undo it, and what to know about both."""

from collections.abc import Sequence

from core.plan import Command
from core.text import count
from dashboard.markup import Node, h
from dashboard.markup.looks import prose
from dashboard.panels.more import more_button
from dashboard.sight import Sight

FIRST_ROWS, MORE_ROWS = 100, 300


def tree(sight: Sight) -> Node:
    """The steps of the scenario in their order. Nothing of them is carried out."""
    found = sight.shown.steps
    if found is None:
        return h(
            "p",
            "The scenario is empty: accept advice, and the commands that carry it out stand here in their order.",
            class_="dim",
        )
    if not found.do:
        return h("p", "Nothing to do: the source is already as the scenario says.", class_="dim")
    return h(
        "div",
        h(
            "p",
            f"{count(len(found.do), 'step')}, in an order that leaves nothing unprotected or broken on the way. "
            "Nothing is carried out from here. ",
            h("button", "Copy all", type="button", copy=sight.shown.plan, aria_label="Copy the whole plan"),
            class_="row dim small",
        ),
        _steps(sight, "steps", found.do),
        h(
            "ul",
            [h("li", prose(note), class_="small wrap") for note in found.notes],
            class_="stack tight notes",
        )
        if found.notes
        else None,
        h(
            "details",
            h("summary", h("span", f"To undo it, {count(len(found.undo), 'step')}", class_="strong")),
            _steps(sight, "undo", found.undo),
            class_="fold",
            key="undo",
        )
        if found.undo
        else None,
        class_="stack",
    )


def _steps(sight: Sight, name: str, commands: Sequence[Command]) -> list[Node | None]:
    limit = sight.desk.listing(name, FIRST_ROWS)
    return [
        h("ol", [_step(number, one) for number, one in enumerate(commands[:limit], 1)], class_="steps"),
        more_button(name, limit, len(commands) - limit, MORE_ROWS),
    ]


def _step(number: int, one: Command) -> Node:
    return h(
        "li",
        h("span", str(number), class_="mark", aria_hidden="true"),
        h(
            "div",
            h("p", prose(one.comment), class_="wrap") if one.comment else None,
            h(
                "div",
                h("pre", h("code", one.text)),
                h("button", "Copy", type="button", copy=one.text, aria_label=f"Copy step {number}"),
                class_="command-box",
            )
            if one.text
            else None,
            class_="stack tight",
        ),
        class_="step",
    )
