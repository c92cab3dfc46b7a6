"""The findings of an audit in SARIF 2.1.0, which code scanning and editors read."""

from typing import Any

from core.audit.codes import CODES
from core.audit.finding import Finding
from core.audit.run import Audit

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_HELP = "docs/findings.md"

Document = dict[str, Any]


def sarif_document(audit: Audit, version: str) -> Document:
    """The findings as one run of waypath `version`; accepted ones are suppressed, as SARIF calls it."""
    order = {row.code: number for number, row in enumerate(CODES)}
    driver: Document = {
        "name": "waypath",
        "rules": [
            {
                "id": row.code,
                "shortDescription": {"text": f"{row.means[0].upper()}{row.means[1:]}."},
                "help": {"text": f"{_HELP}#{row.code}"},
                "defaultConfiguration": {"level": row.severity.value},
            }
            for row in CODES
        ],
    }
    if version[:1].isdigit():
        driver["version"] = version
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "results": [_result(one, order[one.code]) for one in audit.findings],
            }
        ],
    }


def _result(finding: Finding, rule: int) -> Document:
    text = f"{finding.message} {finding.remedy}".strip()
    document: Document = {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": finding.severity.value,
        "message": {"text": text},
        "locations": [_location(finding)],
        "partialFingerprints": {
            "finding/v1": " ".join([finding.code, *(str(ref) for ref in finding.objects)])
        },
        "properties": {"paths": list(finding.paths)},
    }
    if finding.accepted is not None:
        document["suppressions"] = [{"kind": "external", "justification": finding.accepted}]
    return document


def _location(finding: Finding) -> Document:
    location: Document = {
        "logicalLocations": [{"fullyQualifiedName": str(ref)} for ref in finding.objects],
    }
    file, line = _split(finding.where)
    if file:
        physical: Document = {"artifactLocation": {"uri": _uri(file)}}
        if line:
            physical["region"] = {"startLine": line}
        location["physicalLocation"] = physical
    return location


def _split(where: str) -> tuple[str, int]:
    """File and line of `file:line`; of `file#document` the file."""
    file, colon, line = where.rpartition(":")
    if colon and line.isascii() and line.isdigit():
        return file, int(line)
    return (where.rpartition("#")[0] or where), 0


_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/.-_~")


def _uri(path: str) -> str:
    """`path` as a relative URI reference."""
    data = path.encode("utf-8", "surrogatepass")
    return "".join(chr(byte) if chr(byte) in _PLAIN else f"%{byte:02X}" for byte in data)
