"""Findings that somebody accepted: in a baseline file, or by an annotation on one of the objects."""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from core.audit.audited import Audited, ref_of
from core.audit.codes import BY_CODE
from core.audit.finding import Draft, Identity
from core.labels import ACCEPT
from core.model import Object, Problem, Row
from core.text import printable
from core.yamltext import YamlError, parse

IN_BASELINE = "in the baseline"
NO_REASON = "no reason given"

Baseline = Mapping[Identity, "Entry"]
_MANY = re.compile(r"[;\n]")


class Entry(Row):
    """A finding that a baseline accepts: why, and of which paths; None for those of any."""

    reason: str
    paths: frozenset[str] | None = None


class BaselineError(ValueError):
    """A baseline that can't be used; the text is one sentence."""


def parse_baseline(text: str, name: str = "baseline") -> Baseline:
    """The findings that the YAML or JSON `text` accepts: the output of `audit -o json`, or entries of that shape.

    An entry needs `code` and `objects`; `reason`, or else `accepted`, says why. With `paths`, a finding about any other path
    is not accepted.

    Raises:
        BaselineError: The text is no baseline.
    """
    try:
        documents = parse(text.encode("utf-8", "surrogatepass"))
    except YamlError as error:
        raise BaselineError(f"{printable(name)}: line {error.line}: {error.message}") from error
    value = documents[0].value if documents else None
    entries = value.get("findings") if isinstance(value, Mapping) else None
    if not isinstance(entries, list):
        raise BaselineError(f"{printable(name)}: a baseline is a mapping with a list `findings`")
    return dict(_entry(f"{printable(name)}: finding {number}", one) for number, one in enumerate(entries, 1))


def _entry(where: str, entry: Any) -> tuple[Identity, Entry]:
    code = entry.get("code") if isinstance(entry, Mapping) else None
    objects = entry.get("objects") if isinstance(entry, Mapping) else None
    if not isinstance(code, str) or not isinstance(objects, list):
        raise BaselineError(f"{where} needs a `code` and a list `objects`")
    reason = str(entry.get("reason") or entry.get("accepted") or IN_BASELINE)
    paths = entry.get("paths")
    known = frozenset(map(str, paths)) if isinstance(paths, list) else None
    return (code, tuple(ref_of(str(one)) for one in objects)), Entry(reason=reason, paths=known)


def accepted(at: Audited, draft: Draft, baseline: Baseline) -> str | None:
    """The reason for which a finding was accepted; None where it was not."""
    found = baseline.get(draft.identity)
    if found is not None and (found.paths is None or found.paths.issuperset(draft.paths)):
        return found.reason
    for ref in draft.objects:
        row = at.row(ref)
        reason = _reasons(row).get(draft.code) if row is not None else None
        if reason is not None:
            return reason
    return None


def _reasons(row: Object) -> Mapping[str, str]:
    """The codes that the annotation of `row` accepts, each with its reason."""
    pairs = (one.partition("=") for one in _MANY.split(row.annotations.get(ACCEPT, "")))
    return {code.strip(): reason.strip() or NO_REASON for code, _, reason in pairs if code.strip()}


def doubts(at: Audited) -> Iterator[Problem]:
    """What annotations try to accept that is no code of a finding: a problem for each, with the object's name."""
    for row in at.rows():
        for code in _reasons(row) if ACCEPT in row.annotations else ():
            if code not in BY_CODE:
                close = get_close_matches(code, BY_CODE, n=1)
                hint = f"did you mean {close[0]}?" if close else f"codes are {', '.join(BY_CODE)}"
                message = f"the annotation {ACCEPT} accepts {printable(code, 60)!r}, which is no code of a finding; {hint}"
                yield Problem(severity="warning", where=f"{row.where} {row.ref}".strip(), message=message)
