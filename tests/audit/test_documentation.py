"""docs/findings.md, held to the table of codes."""

import re
from pathlib import Path

from core.audit.codes import CODES

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "findings.md").read_text(encoding="utf-8")


def test_every_code_has_a_section() -> None:
    sections = re.findall(r"^### (.+)$", PAGE, re.MULTILINE)
    assert sections == [row.code for row in CODES]
    for part in PAGE.split("\n### ")[1:]:
        assert "*Example.*" in part
        assert "*Remedy.*" in part


def test_the_table_is_that_of_the_code() -> None:
    rows = [f"| [{row.code}](#{row.code}) | {row.severity.value} | {row.means} |" for row in CODES]
    assert "\n".join(rows) in PAGE
