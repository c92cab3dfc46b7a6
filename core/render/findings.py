"""The findings of an audit as JSON, as text for a terminal, and as Markdown."""

import re
from collections.abc import Sequence
from typing import Any

from core.audit.finding import Finding, Severity
from core.audit.run import Audit
from core.edits import Edit, EnvEdit, LabelEdit
from core.scenario import to_data
from core.terminal import PLAIN, Painter, paragraph, visible

Document = dict[str, Any]

STYLES: dict[str, tuple[str, ...]] = {"error": ("red", "bold"), "warning": ("yellow",), "note": ("dim",)}
_INDENT = "  "


def audit_document(audit: Audit) -> Document:
    """`audit -o json`. `summary` counts what was not accepted; `unread` is there where something was not read."""
    document: Document = {
        "findings": [finding_document(one) for one in audit.findings],
        "summary": dict(audit.summary),
        "accepted": len(audit.findings) - len(audit.open),
    }
    unseen = audit.unseen
    if unseen.kinds or unseen.namespaces is not None:
        document["unread"] = {
            "kinds": list(unseen.kinds),
            "namespaces": None if unseen.namespaces is None else list(unseen.namespaces),
            "codes": list(unseen.codes),
        }
    return document


def finding_document(finding: Finding) -> Document:
    """One finding."""
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "message": finding.message,
        "objects": [str(ref) for ref in finding.objects],
        "paths": list(finding.paths),
        "where": finding.where or None,
        "remedy": finding.remedy or None,
        "edits": to_data(finding.edits),
        "accepted": finding.accepted,
    }


def sentence(audit: Audit) -> str:
    """How many findings there are, and of which severity; and that there may be more, where not all was read."""
    return _counted(audit) + (f" There may be more: {audit.unseen.told}." if audit.unseen.codes else "")


def _counted(audit: Audit) -> str:
    found = audit.open
    accepted = len(audit.findings) - len(found)
    beside = f" {accepted} accepted." if accepted else ""
    if not found:
        return f"No findings.{beside}"
    counts = [
        f"{count} {word.value}{'' if count == 1 else 's'}"
        for word in Severity
        if (count := sum(one.severity is word for one in found))
    ]
    return f"{len(found)} finding{'' if len(found) == 1 else 's'}: {', '.join(counts)}.{beside}"


def scenario_words(edits: Sequence[Edit]) -> str:
    """Edits as options of the command line."""
    return " ".join(word for edit in edits for word in _words(edit))


def _words(edit: Edit) -> Sequence[str]:
    if isinstance(edit, LabelEdit):
        changes = [f"{key}={value}" for key, value in edit.set.items()] + [f"{key}-" for key in edit.unset]
        return [f"--label {edit.target} {change}" for change in changes]
    if isinstance(edit, EnvEdit):
        changes = [f"{key}={value}" for key, value in edit.set.items()] + [f"{key}-" for key in edit.unset]
        return [f"--env {edit.controller} {change}" for change in changes]
    return [f"--version {edit.controller}={edit.version}"]


def audit_table(audit: Audit, *, width: int | None = None, paint: Painter = PLAIN) -> str:
    """The findings one after another: severity and code, what is the matter, where, and what to do."""
    return "\n".join("".join(f"{line}\n" for line in _lines(one, width, paint)) for one in audit.findings)


def _lines(finding: Finding, width: int | None, paint: Painter) -> Sequence[str]:
    severity = finding.severity.value
    head = f"{paint(severity, *STYLES[severity])}: {paint(finding.code, 'bold')}"
    if finding.accepted is not None:
        head += visible(f" (accepted: {finding.accepted})")
    texts = [finding.message]
    if finding.where:
        texts.append(f"at {finding.where}")
    if finding.accepted is None:
        texts += [finding.remedy] if finding.remedy else []
        texts += [f"Try it: `{scenario_words(finding.edits)}`"] if finding.edits else []
    shown = [paragraph(visible(text), width=width, indent=_INDENT, hanging=_INDENT * 2) for text in texts]
    return [head, *shown]


# --- Markdown ---------------------------------------------------------------------------------------------------------

_HARMLESS = re.compile(r"[A-Za-z0-9 ./:,()%\[\]_;='\"-]*")


def audit_markdown(audit: Audit, *, limit: int = 200) -> str:
    """The findings that were not accepted as a comment on a pull request: a sentence and a table of at most `limit` rows.

    Names come from the source: whatever Markdown or HTML could be in them is shown as it is written.
    """
    found = audit.open
    out = [f"**{sentence(audit)}**", ""]
    if found:
        out += ["| Severity | Finding | What | Where | Remedy |", "| --- | --- | --- | --- | --- |"]
        for one in found[:limit]:
            cells = [
                one.severity.value,
                f"`{one.code}`",
                _text(one.message),
                _text(one.where),
                _text(one.remedy),
            ]
            out.append(f"| {' | '.join(cells)} |")
        if len(found) > limit:
            out += ["", f"And {len(found) - limit} more."]
        out.append("")
    return "\n".join(out)


def _text(text: str) -> str:
    """`text` in a cell of a table, harmless whatever is in it."""
    shown = visible(text)
    if _HARMLESS.fullmatch(shown):
        return shown.replace("_", "\\_")
    # Neither a backtick nor a pipe can be escaped for every reader: a character's number can.
    return "".join(c if c.isalnum() or c in " .,:" else f"&#{ord(c)};" for c in shown)
