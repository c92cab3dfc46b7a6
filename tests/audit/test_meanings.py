"""What codes mean at length, as the dashboard shows it."""

from core.audit.codes import CODES
from core.audit.meanings import meaning


def test_every_code_has_a_meaning_an_example_and_a_remedy() -> None:
    for row in CODES:
        paragraphs = meaning(row.code)
        assert len(paragraphs) >= 3, row.code
        assert not any("\n" in text or text.startswith("#") for text in paragraphs)
        assert any(text.startswith("*Example.*") for text in paragraphs), row.code
        assert any(text.startswith("*Remedy.*") for text in paragraphs), row.code


def test_what_is_no_code_has_none() -> None:
    assert meaning("nonsense") == ()
