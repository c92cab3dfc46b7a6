"""What a code means at length, from docs/findings.md, which an installation carries beside this module."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

_NAME = "findings.md"
_PLACES = (Path(__file__).with_name(_NAME), Path(__file__).resolve().parents[2] / "docs" / _NAME)
"""As installed, and in a checkout."""


def meaning(code: str) -> Sequence[str]:
    """The paragraphs about `code`, each on one line, with `code` and *emphasis* as Markdown has them.

    Empty where there are none.
    """
    return _sections().get(code, ())


@cache
def _sections() -> Mapping[str, Sequence[str]]:
    page = next((path for path in _PLACES if path.is_file()), None)
    if page is None:
        return {}
    found: dict[str, Sequence[str]] = {}
    for section in page.read_text(encoding="utf-8").split("\n### ")[1:]:
        code, _, text = section.partition("\n")
        paragraphs = text.partition("\n## ")[0].split("\n\n")
        found[code.strip()] = [" ".join(one.split()) for one in paragraphs if one.strip()]
    return found
