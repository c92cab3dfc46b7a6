"""What changed in the cluster since the user opened it, or last called it seen."""

from collections.abc import Sequence

from core import diff
from core.sources.live import Change
from dashboard import loading, state
from dashboard.markup import Node, h, show
from dashboard.markup.looks import became, ref_text
from dashboard.sight import Base, Sight
from dashboard.since import Since
from dashboard.words import moment_text

MAX_ROWS = 50
"""Objects, and paths, that are listed; of more only the number is told."""
_MARKS = {"added": "+", "changed": "~", "removed": "\u2212"}


def panel(sight: Sight) -> None:
    """The part of the sidebar; nothing where the source is no live cluster."""
    base = sight.base
    source = state.desk().source
    if base.edition is None or not loading.watched_of(source).follows:
        return
    before = state.seen(base)
    show(
        tree(loading.since_of(source, before, base), before),
        key="changed",
        on={"seen": lambda: state.see(base), "path": _select},
    )


def _select(name: object) -> None:
    if isinstance(name, str):
        state.select(name)
        state.go("paths")


def tree(found: Since, before: Base) -> Node:
    """The changes, folded: paths that go elsewhere first, then objects."""
    when = h("span", f"{before.read_at:%H:%M:%S}", title=moment_text(before.read_at))
    if not found:
        return h("p", "No change in the cluster since ", when, ".", class_="dim small changes")
    number = f"{len(found):,}" if found.objects is not None else "many"
    return h(
        "div",
        h(
            "details",
            h(
                "summary",
                h("span", f"Changes in the cluster since you opened this ({number})", class_="strong"),
            ),
            h("p", "Since ", when, ":", class_="dim small"),
            _paths(found.paths),
            _objects(found.objects),
            class_="fold",
        ),
        h("button", "Seen", type="button", act=["seen"], title="Start counting again from now"),
        class_="stack changes",
    )


def _paths(moved: Sequence[diff.Change]) -> Node | None:
    if not moved:
        return None
    return h(
        "div",
        h("h4", f"Paths that go elsewhere ({len(moved):,})"),
        h("ul", [_path(one) for one in moved[:MAX_ROWS]], class_="list"),
        _more(len(moved)),
        class_="stack",
    )


def _path(one: diff.Change) -> Node:
    before = one.before.verdict if one.before else None
    after = one.after.verdict if one.after else None
    told = h("span", ref_text(str(one.path.service_ref)), class_="wrap")
    return h(
        "li",
        h("button", told, type="button", class_="link", act=["path", one.id], leads="paths", title=one.id)
        if one.after
        else told,
        became(before, after),
        key=one.id,
    )


def _objects(changes: Sequence[Change] | None) -> Node | None:
    if changes is None:
        return h(
            "p", "There were too many changes, or the cluster was read anew: single objects can't be told."
        )
    if not changes:
        return None
    return h(
        "div",
        h("h4", f"Objects ({len(changes):,})"),
        h("ul", [_object(one) for one in reversed(changes[-MAX_ROWS:])], class_="list"),
        _more(len(changes)),
        class_="stack",
    )


def _object(one: Change) -> Node:
    name = "/".join(part for part in (one.kind, one.namespace, one.name) if part)
    return h(
        "li",
        h("span", _MARKS.get(one.what, "~"), class_=f"sign {one.what}", aria_hidden="true"),
        h("span", h("span", f"{one.what}: ", class_="unseen"), ref_text(name), class_="wrap"),
        class_="object",
        title=one.what,
        key=name,
    )


def _more(total: int) -> Node | None:
    rest = total - MAX_ROWS
    return h("p", f"And {rest:,} more.", class_="dim small") if rest > 0 else None
