"""Every sample cluster with what is said of it: `pytest --update-golden` writes the files anew."""

import shutil
from pathlib import Path

import pytest

from core.cli import main
from core.sources import samples

GOLDEN = Path(__file__).resolve().parent / "golden"
NAMES = [sample.name for sample in samples()]
CALLS = {
    "resolve.json": ("resolve", "-o", "json"),
    "explain.txt": ("explain",),
    "audit.json": ("audit", "-o", "json"),
    "audit.txt": ("audit",),
}


@pytest.mark.parametrize("file", CALLS)
@pytest.mark.parametrize("name", NAMES)
def test_sample(name, file, capsys, update_golden, monkeypatch) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    command, *options = CALLS[file]
    assert main([command, f"sample:{name}", *options]) == 0
    text = capsys.readouterr().out
    golden = GOLDEN / name / file
    if update_golden:
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(text, encoding="utf-8", newline="\n")
    assert golden.is_file(), f"there is no {golden.name} of {name}: run pytest --update-golden"
    assert text.splitlines() == golden.read_text(encoding="utf-8").splitlines()


def test_no_golden_file_is_left_over(update_golden) -> None:
    left_over = sorted(folder for folder in GOLDEN.iterdir() if folder.name not in NAMES)
    if update_golden:
        for folder in left_over:
            shutil.rmtree(folder)
        return
    assert left_over == []
