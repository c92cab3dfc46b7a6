"""What the documentation tells a reader to type works."""

import io
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core import cli, serve

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    ROOT / "README.md",
    *sorted(ROOT.glob("docs/**/*.md")),
    *sorted(ROOT.glob("sample_clusters/*/README.md")),
]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
README = PAGES[0].read_text(encoding="utf-8")
CLUSTER = ROOT / "sample_clusters" / "bypass-by-default"


def not_yet() -> set[str]:
    """The commands that the README says are not there yet."""
    section = re.search(r"^## Not yet\n(.*?)^## ", README, re.MULTILINE | re.DOTALL)
    return set(re.findall(r"`(?:waypath )?(\w+)`", section[1])) if section else set()


def calls(page: Path) -> Iterator[list[str]]:
    """The words of each `waypath ...` in the page's blocks of commands, without pipes and comments."""
    for language, block in FENCE.findall(page.read_text(encoding="utf-8")):
        if language not in {"", "console", "sh", "shell", "bash"}:
            continue
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line.removeprefix("$ "), comments=True)
            if "|" in words:
                words = words[len(words) - words[::-1].index("|") :]
            if words[:1] == ["waypath"]:
                yield words[1:]


CALLS = [
    pytest.param(words, id=f"{page.relative_to(ROOT)}:{' '.join(words)}")
    for page in PAGES
    for words in dict.fromkeys(map(tuple, calls(page)))
]


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """A folder with the files that the examples name, and a cluster on standard input."""
    for folder in ("manifests", "main", "branch"):
        shutil.copytree(CLUSTER, tmp_path / folder)
    scenario = next(block for _, block in FENCE.findall(README) if block.startswith("# rollout.yaml"))
    (tmp_path / "rollout.yaml").write_text(scenario, encoding="utf-8")
    piped = b"\n---\n".join(file.read_bytes() for file in sorted(CLUSTER.glob("*.yaml")))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(piped)))
    monkeypatch.setattr(serve, "serve", lambda *_, **__: 0)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "no-kubeconfig"))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    assert cli.main(["snapshot", "branch/", "-o", "before.json.gz"]) == 0
    return tmp_path


@pytest.mark.parametrize("words", CALLS)
def test_a_documented_call_works(words, place, capsys) -> None:
    if words[0] in not_yet():
        pytest.skip(f"waypath {words[0]} is not there yet, as the README says")
    code = cli.main(words)
    captured = capsys.readouterr()
    if any(word.startswith("live:") for word in words):
        # The call is understood; that there is no cluster here is all that is wrong with it.
        assert code == 2
        assert "no context of a kubeconfig" in captured.err
        return
    assert code == 0 or (code == 1 and "--fail-on" in words), captured.err


@pytest.mark.parametrize(
    "example", [pytest.param(one, id=one) for command in cli.COMMANDS.values() for one in command.examples]
)
def test_an_example_of_the_help_works(example, place, capsys) -> None:
    words = re.sub(r"^.*\| |^eval \"\$\(|\)\"$| > .*$", "", example).split()
    assert words[0] == "waypath"
    code = cli.main(words[1:])
    assert code == 0 or (code == 1 and "--fail-on" in words), capsys.readouterr().err


def test_the_documentation_is_found() -> None:
    assert sum(1 for _ in calls(PAGES[0])) >= 10
    assert len(CALLS) > 50


def test_what_is_not_there_yet_is_not_there() -> None:
    assert not not_yet() & set(cli.COMMANDS)


def test_the_readme_names_every_command() -> None:
    for name in set(cli.COMMANDS) - {"completion"}:
        assert f"waypath {name}" in README
