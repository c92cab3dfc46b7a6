"""The policies of one path: which it goes past, which act twice and which are enforced, and why."""

from collections.abc import Sequence

from core.hops import Hops, hops
from core.paths import Path
from core.policies.view import PolicyView
from core.text import count
from dashboard.desk import Mode
from dashboard.markup import Node, h
from dashboard.markup.looks import prose, ref_text
from dashboard.panels.more import more_button
from dashboard.policies import Moved, Standing, moved, standings
from dashboard.sight import Pair, Sight

FIRST_ROWS, MORE_ROWS = 12, 50
_LIST = "here"
_MARKS = {"enforced": ("✓", "pass"), "bypassed": ("✕", "fail"), "doubled": ("2", "unknown")}


def tree(sight: Sight, pair: Pair) -> Node | None:
    """The policies in the state that is shown; None where that state lacks the path."""
    path = pair.at(sight.mode)
    if path is None:
        return None
    view = sight.view
    found = standings(view, path)
    limit = sight.desk.listing(_LIST, FIRST_ROWS)
    return h(
        "div",
        h("h3", "Policies here", h("span", _numbers(found), class_="dim")),
        h("ul", [_standing(one, _is_new(sight, pair, one)) for one in found[:limit]], class_="standings")
        if found
        else h("p", _none(view), class_="dim small"),
        more_button(_LIST, limit, len(found) - limit, MORE_ROWS),
        class_="stack",
        key="policies",
    )


def _numbers(found: Sequence[Standing]) -> str:
    numbers = {how: sum(one.how == how for one in found) for how in ("bypassed", "doubled", "enforced")}
    return "".join(f", {number} {how}" for how, number in numbers.items() if number)


def _none(view: PolicyView) -> str:
    total = len(view.acts)
    return f"None of {count(total, 'policy')} acts on this path." if total else "The source holds no policy."


def _is_new(sight: Sight, pair: Pair, one: Standing) -> bool:
    if sight.mode is not Mode.DIFFERENCE or pair.before is None:
        return False
    return one.policy in getattr(changes(sight, pair.id), one.how)


def _standing(one: Standing, is_new: bool) -> Node:
    sign, tone = _MARKS[one.how]
    return h(
        "li",
        h("span", sign, class_=f"mark {tone}", aria_hidden="true"),
        h(
            "span",
            h(
                "button",
                ref_text(str(one.policy)),
                type="button",
                class_="link",
                act=["policy", str(one.policy)],
                leads="policies",
                title="Where it acts",
            ),
            h("span", f" {one.how}", class_=f"result {tone}"),
            h("span", "new", class_="tag plain") if is_new else None,
            h("span", prose(one.why), class_="sub small dim wrap"),
        ),
        class_=f"standing {one.how}",
        key=f"{one.how} {one.policy}",
    )


# --- in the table of changes ---------------------------------------------------------------------------


def changes(sight: Sight, path_id: str) -> Moved:
    """What the scenario changes of a path's policies."""
    shown = sight.shown
    return moved(shown.met_before.get(path_id), shown.met_after.get(path_id))


FIRST_NAMES = 3


def changes_cell(sight: Sight, path_id: str) -> Node:
    """The cell of the policies that the scenario brings to a path, takes from it, or doubles on it."""
    found = changes(sight, path_id)
    lines = [
        _line(how, getattr(found, how)) for how in ("bypassed", "doubled", "enforced") if getattr(found, how)
    ]
    return h("td", lines or h("span", "no change", class_="dim"), class_="policies-moved")


def _line(how: str, refs: Sequence[object]) -> Node:
    sign, tone = _MARKS[how]
    names = [str(ref) for ref in refs]
    more = len(names) - FIRST_NAMES
    told = ", ".join(name.rpartition("/")[2] for name in names[:FIRST_NAMES])
    return h(
        "span",
        h("span", sign, class_=f"mark {tone}", aria_hidden="true"),
        h(
            "span",
            h("span", f"newly {how}", class_=f"result {tone}"),
            h("span", f" {told}{f' and {more} more' if more > 0 else ''}", class_="wrap"),
        ),
        class_="moved",
        title="\n".join(names),
        key=how,
    )


def hops_line(before: Path | None, after: Path | None) -> Node:
    """The L7 hops of a path before and after."""
    then, now = (hops_text(path) for path in (before, after))
    told = now if then == now else f"{then} → {now}"
    return h("span", f"L7 hops: {told}", class_="sub")


def hops_text(path: Path | None) -> str:
    """The L7 hops of a path; `none` where no request arrives."""
    found: Hops | None = None if path is None else hops(path)
    return str(found) if found else "none"
