"""What changes: the scenario with its commands, and the paths that go elsewhere."""

from collections.abc import Iterator, Sequence

from core import diff
from core.edits import Edit, EnvEdit, LabelEdit
from core.plan import Command, Plan
from core.render.report.comparison import Comparison
from core.render.report.pieces import inline, listed, note, quieter, row, rows_table
from core.render.report.policies import changes_cell
from core.render.report.verdicts import badge, decided_cell, gateway_cell, route_cell
from core.render.sheets import backend_text
from core.render.svg import Child, Markup
from core.render.svg import element as h
from core.text import count

MAX_CHANGES = 2_000
"""The most rows of the table of changes."""


def scenario_section(seen: Comparison, found: Plan | None) -> Iterator[Markup]:
    """The edits, and the commands of the plan for them, where there is one."""
    if not seen.edits:
        return
    yield h("ol", [h("li", _edit(one)) for one in seen.edits], class_="edits")
    if found is None:
        return
    if not found.do:
        yield h("p", "Nothing to do: the source is already as the scenario says.")
    for title, commands in (("To carry it out", found.do), ("To undo it", found.undo)):
        if commands:
            yield h("h3", title)
            yield _script(commands)
    if found.notes:
        yield h("h3", "To know")
        yield h("ul", [h("li", inline(note)) for note in found.notes])


def changes_section(seen: Comparison) -> Iterator[Markup]:
    """The paths that go elsewhere."""
    if seen.diff is None:
        return
    if not seen.diff.changes:
        yield h("p", diff.sentence(seen.diff))
        return
    shown = seen.diff.changes[:MAX_CHANGES]
    lines = diff.lines(diff.Diff(changes=shown, unchanged=0, summary={}))
    rows = [_change(seen, one, line) for one, line in zip(shown, lines, strict=True)]
    yield rows_table("changes", rows, without="" if seen.view else "Policies")
    if len(shown) < len(seen.diff.changes):
        more = len(seen.diff.changes) - len(shown)
        yield note(f"And {count(more, 'more change')}, marked in the table of paths.")


def _change(seen: Comparison, change: diff.Change, line: diff.Line) -> Markup:
    path = change.path
    ends = [
        [
            badge(outcome.verdict, outcome.assumed) if outcome else h("span", "absent", class_="dim"),
            quieter(text.removeprefix(verdict).removeprefix(":").strip()),
        ]
        for outcome, verdict, text in (
            (change.before, line.verdicts[0], line.before),
            (change.after, line.verdicts[1], line.after),
        )
    ]
    policies = [changes_cell(seen, change)] if seen.view else []
    where = gateway_cell(path), route_cell(path), backend_text(path)
    return row(*where, *ends, decided_cell(seen, path), *policies)


def _edit(edit: Edit) -> Child:
    if isinstance(edit, LabelEdit):
        words = [*(f"{key}={value}" for key, value in edit.set.items()), *(f"{key}-" for key in edit.unset)]
        return ["Label ", h("b", edit.target), [[" ", h("code", word)] for word in words]]
    if isinstance(edit, EnvEdit):
        words = [*(f"{key}={value}" for key, value in edit.set.items()), *(f"{key}-" for key in edit.unset)]
        back = f" {listed(edit.reset)} as read" if edit.reset else None
        return ["Environment of ", h("b", edit.controller), [[" ", h("code", word)] for word in words], back]
    return ["Version of ", h("b", edit.controller), " ", h("code", edit.version or "as read")]


def _script(commands: Sequence[Command]) -> Markup:
    """Commands with their comments, as they can be pasted."""
    lines = []
    for command in commands:
        if command.comment:
            lines.append(h("span", f"# {command.comment}", class_="dim"))
        if command.text:
            lines.append(h("span", command.text))
    return h("pre", Markup("\n".join(lines)))
