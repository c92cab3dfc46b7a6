"""Two resolutions compared path by path: what a scenario, or another source, changes."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from core.explain import percent
from core.model import Key, Row
from core.outcomes import Outcome
from core.paths import Path, Resolution
from core.render.documents import key_document, share_document, upstream_document, waypoint_document
from core.render.sheets import backend_text
from core.terminal import visible

ABSENT = "absent"
"""Stands for the verdict of a path that one side does not have."""

COLUMNS = ("PATH", "BACKEND", "BEFORE", "AFTER", "DECIDED BY")

Document = dict[str, Any]


class Change(Row):
    """A path whose traffic goes elsewhere. `path` is the one after, where there is one, else that before."""

    path: Path
    before: Outcome | None
    after: Outcome | None

    @property
    def id(self) -> str:
        return self.path.id

    @property
    def verdicts(self) -> str:
        """`direct -> waypoint`."""
        return f"{_verdict(self.before)} -> {_verdict(self.after)}"


class Diff(Row):
    """The changes in the order of the paths, and how many paths stay as they are.

    `summary` counts the changes by `Change.verdicts`, the most frequent first.
    """

    changes: Sequence[Change]
    unchanged: int
    summary: Mapping[str, int]


def compare(before: Resolution, after: Resolution) -> Diff:
    """What differs from `before` to `after`: paths that come or go, and those whose traffic goes elsewhere.

    That is another verdict, waypoint, share of a split, or other addresses at the gateway. Another gate that
    leads to the same end is no change.
    """
    changes: list[Change] = []
    unchanged = 0
    for old, new in _pairs(before, after):
        path = new or old
        assert path is not None
        if old is not None and new is not None and (old is new or _same(old.outcome, new.outcome)):
            unchanged += 1
            continue
        changes.append(
            Change(path=path, before=old.outcome if old else None, after=new.outcome if new else None)
        )
    counts = Counter(change.verdicts for change in changes)
    summary = dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
    return Diff(changes=changes, unchanged=unchanged, summary=summary)


def _pairs(before: Resolution, after: Resolution) -> Iterator[tuple[Path | None, Path | None]]:
    """Paths of one id, in the order of the paths."""
    gone = [path for path in before.paths if path.id not in after.by_id]
    paths = sorted([*after.paths, *gone], key=_place) if gone else after.paths
    for path in paths:
        yield before.by_id.get(path.id), after.by_id.get(path.id)


def _place(path: Path) -> tuple[Key, str, str, Key, int]:
    return (path.gateway_key, path.listener, path.route_kind, path.route, path.rule)


def _same(old: Outcome, new: Outcome) -> bool:
    return old is new or _end(old) == _end(new)


def _end(outcome: Outcome) -> Document:
    document = _outcome_document(outcome)
    del document["decidedBy"]
    return document


def _verdict(outcome: Outcome | None) -> str:
    return ABSENT if outcome is None else outcome.verdict.value


# --- JSON ----------------------------------------------------------------------------------------------


def document(diff: Diff, more: Callable[[Change], Document] | None = None) -> Document:
    """`diff -o json`. `more` adds fields to each change."""
    return {
        "changes": [{**_change_document(one), **(more(one) if more else {})} for one in diff.changes],
        "unchanged": diff.unchanged,
        "summary": dict(diff.summary),
    }


def _change_document(change: Change) -> Document:
    path = change.path
    backend = path.backend
    return {
        "id": path.id,
        "gateway": {
            **key_document(path.gateway),
            "class": path.gateway_class or None,
            "dataPlane": path.plane,
        },
        "listener": path.listener,
        "route": {"kind": path.route_kind, **key_document(path.route), "rule": path.rule},
        "backend": {
            "kind": backend.kind,
            "namespace": backend.namespace,
            "name": backend.name,
            "port": backend.port,
            "weight": backend.weight,
            **({"subset": backend.subset} if backend.subset else {}),
        },
        "before": None if change.before is None else _outcome_document(change.before),
        "after": None if change.after is None else _outcome_document(change.after),
    }


def _outcome_document(outcome: Outcome) -> Document:
    return {
        "verdict": outcome.verdict.value,
        "decidedBy": outcome.decided_by,
        "waypoint": waypoint_document(outcome.verdict, outcome.waypoint),
        "upstream": upstream_document(outcome.upstream),
        "shares": [share_document(share, outcome.upstream) for share in outcome.shares],
    }


# --- text ----------------------------------------------------------------------------------------------


class Line(Row):
    """A change in words, without control characters. `verdicts` are those before and after, for colours."""

    path: str
    backend: str
    before: str
    after: str
    decided_by: str
    verdicts: tuple[str, str]

    @property
    def cells(self) -> tuple[str, str, str, str, str]:
        """The texts under COLUMNS."""
        return (self.path, self.backend, self.before, self.after, self.decided_by)


def lines(diff: Diff) -> Sequence[Line]:
    """The changes as rows of a table."""
    return [_line(change) for change in diff.changes]


def _line(change: Change) -> Line:
    path = change.path
    before, after = _ends(change)
    ending = change.after or change.before
    return Line(
        path=visible(
            f"{path.gateway[0]}/{path.gateway[1]}:{path.listener}, {path.route_ref} rule {path.rule}"
        ),
        backend=visible(backend_text(path)),
        before=visible(before),
        after=visible(after),
        decided_by=(ending.decided_by if ending else None) or "-",
        verdicts=(_verdict(change.before), _verdict(change.after)),
    )


def _ends(change: Change) -> tuple[str, str]:
    """Both ends in words, with the addresses where nothing else tells them apart."""
    before, after = _end_text(change.before), _end_text(change.after)
    if before == after and change.before is not None and change.after is not None:
        return f"{before} at {_held(change.before)}", f"{after} at {_held(change.after)}"
    return before, after


def _end_text(outcome: Outcome | None) -> str:
    if outcome is None:
        return ABSENT
    if outcome.shares:
        parts = [f"{percent(one.share)} {_met(one.verdict.value, one.waypoint)}" for one in outcome.shares]
        return f"{outcome.verdict.value}: {', '.join(parts)}"
    return _met(outcome.verdict.value, outcome.waypoint)


def _met(verdict: str, waypoint: tuple[str, str] | None) -> str:
    return verdict if waypoint is None else f"{verdict} {waypoint[0]}/{waypoint[1]}"


def _held(outcome: Outcome) -> str:
    shown = list(outcome.upstream.addresses[:3])
    more = len(outcome.upstream.addresses) - len(shown)
    text = ", ".join(shown) + (f" and {more} more" if more else "")
    return f"{outcome.upstream.discovery or 'no cluster'} {text or '(no address)'}"


def sentence(diff: Diff) -> str:
    """How many paths change, and from what to what."""
    total = len(diff.changes) + diff.unchanged
    if not diff.changes:
        return f"No ingress path changes ({total} compared)."
    counts = ", ".join(f"{count} {verdicts.replace('->', '→')}" for verdicts, count in diff.summary.items())
    many = len(diff.changes) != 1
    return f"{len(diff.changes)} of {total} ingress paths {'change' if many else 'changes'}: {counts}."


# --- Markdown ------------------------------------------------------------------------------------------


def markdown(diff: Diff, *, limit: int = 200) -> str:
    """The changes as a comment on a pull request: a sentence and a table of at most `limit` rows.

    Names come from the source: whatever Markdown or HTML could be in them is shown as it is written.
    """
    out = [f"**{sentence(diff)}**", ""]
    if diff.changes:
        out += ["| Path | Backend | Before | After | Decided by |", "| --- | --- | --- | --- | --- |"]
        for line in lines(Diff(changes=diff.changes[:limit], unchanged=0, summary={})):
            out.append(f"| {' | '.join(map(_code, line.cells))} |")
        if len(diff.changes) > limit:
            out += ["", f"And {len(diff.changes) - limit} more."]
        out.append("")
    return "\n".join(out)


_HARMLESS = re.compile(r"[A-Za-z0-9 ./:,()%\[\]_-]*")


def _code(text: str) -> str:
    """`text` as inline code in a cell of a table."""
    if text in ("", "-"):
        return text
    if _HARMLESS.fullmatch(text):
        return f"`{text}`"
    # In a code span neither a backtick nor a pipe can be escaped for every reader: a character's number can.
    return f"<code>{''.join(c if c.isalnum() or c == ' ' else f'&#{ord(c)};' for c in text)}</code>"
