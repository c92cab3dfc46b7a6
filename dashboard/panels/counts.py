"""The verdicts in numbers: a sentence, and a tile a verdict."""

from collections import Counter
from collections.abc import Mapping, Sequence

from core.gates import Verdict
from core.text import count
from dashboard.desk import Mode
from dashboard.graph.style import STYLES
from dashboard.markup import Node, h
from dashboard.markup.looks import became, line
from dashboard.sight import SEVERITY, Pair, Sight, counts

_ROOMY = 5
"""Tiles up to which each has room for what its verdict means."""

_FAILING = (Verdict.BLACKHOLE, Verdict.NO_ENDPOINTS, Verdict.INVALID)


def sentence(sight: Sight) -> str:
    """How many of the paths that are shown bypass the waypoint of their service."""
    if sight.mode is Mode.DIFFERENCE:
        return sentence_of_change(sight)
    paths = [path for pair in sight.pairs if (path := pair.at(sight.mode)) is not None]
    if len(sight.pairs) == len(sight.everything):
        return sight.explainer.summary()
    if not paths:
        return "The filters let no path through."
    bypassing = sight.bypassed(paths)
    verb = (
        "bypasses the waypoint of its service" if bypassing == 1 else "bypass the waypoint of their service"
    )
    failing = sum(path.outcome.verdict in _FAILING for path in paths)
    more = f"; {failing} can't deliver" if failing else ""
    return f"{bypassing or 'None'} of {count(len(paths), 'ingress path')} shown {verb}{more}."


def sentence_of_change(sight: Sight) -> str:
    """How many of the paths that are shown change, and how many bypass their waypoint before and after."""
    changes = len(changed(sight))
    before = sight.bypassed((pair.before for pair in sight.pairs if pair.before), sight.shown.before)
    after = sight.bypassed((pair.after for pair in sight.pairs if pair.after), sight.shown.after)
    total = count(len(sight.pairs), "ingress path")
    bypass = f"past their waypoint go {before} today and {after} with the edits"
    if not changes:
        return f"None of {total} changes; {bypass}."
    return f"{changes} of {total} {'changes' if changes == 1 else 'change'}; {bypass}."


def changed(sight: Sight) -> Sequence[Pair]:
    """The paths that go elsewhere with the edits, as far as the filters let them through."""
    return [pair for pair in sight.pairs if pair.id in sight.shown.changed]


def moves(sight: Sight) -> Node | None:
    """From which verdict to which, and how many paths; None where nothing changes."""
    found = Counter(
        (
            pair.before.outcome.verdict if pair.before else None,
            pair.after.outcome.verdict if pair.after else None,
        )
        for pair in changed(sight)
    )
    if not found:
        return None
    return h(
        "ul",
        [
            h(
                "li",
                h("span", f"{number}", class_="strong"),
                became(before, after),
                class_="row",
                key=f"{before} {after}",
            )
            for (before, after), number in found.most_common()
        ],
        class_="moves",
        aria_label="Paths that change, by verdict",
    )


def numbers(sight: Sight) -> tuple[Mapping[Verdict, int], Mapping[Verdict, int] | None]:
    """Verdict → paths in the state that is shown; for a difference also in the one before."""
    now = counts(path for pair in sight.pairs if (path := pair.at(sight.mode)) is not None)
    if sight.mode is not Mode.DIFFERENCE:
        return now, None
    return now, counts(pair.before for pair in sight.pairs if pair.before is not None)


def tree(sight: Sight) -> Node:
    """A tile for each verdict that there is; a click shows its paths."""
    now, before = numbers(sight)
    total = sum(now.values())
    present = [one for one in reversed(SEVERITY) if now.get(one) or (before and before.get(one))]
    roomy = len(present) <= _ROOMY
    return h("div", [_tile(one, now, before, total, roomy=roomy) for one in present], class_="tiles")


def _tile(
    verdict: Verdict,
    now: Mapping[Verdict, int],
    before: Mapping[Verdict, int] | None,
    total: int,
    *,
    roomy: bool,
) -> Node:
    number = now.get(verdict, 0)
    style = STYLES[verdict]
    old = None if before is None else before.get(verdict, 0)
    moved = "" if old is None or old == number else f"{number - old:+d}"
    share = f"{number / total:.0%}" if total else "0%"
    return h(
        "button",
        h("span", line(verdict), style.word, class_="what"),
        h(
            "span",
            h("span", f"{number:,}", class_="figure"),
            h("span", "path" if number == 1 else "paths", class_="unit"),
            class_="much",
        ),
        h("span", f"{moved} from {old}" if moved else f"{share} of all", class_="unit"),
        h("span", style.meaning, class_="meaning") if roomy else None,
        type="button",
        class_=f"tile v-{verdict}",
        act=["verdict", str(verdict)],
        leads="paths",
        aria_label=f"{style.word}: {count(number, 'path')}, {share}. Show them",
        title=style.meaning,
        key=str(verdict),
    )
