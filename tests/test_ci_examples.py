"""The workflow and the hook of docs/ci.md: their commands, run in a repository of git as GitHub and pre-commit run them."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.audit.test_sarif import checked

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "sample_clusters" / "bypass-by-default"
WORKFLOW: dict[Any, Any] = yaml.safe_load(
    (ROOT / "docs" / "github-workflow.yaml").read_text(encoding="utf-8")
)
STEPS: list[dict[str, Any]] = WORKFLOW["jobs"]["waypath"]["steps"]
(HOOK,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
LABEL = "    istio.io/ingress-use-waypoint: 'true'\n"
AT = "  labels:\n    istio.io/dataplane-mode: ambient\n"

ACTIONS = {"actions/checkout", "actions/setup-python", "github/codeql-action/upload-sarif"}
"""Steps that only GitHub can run."""
STUBS = {
    "gh": 'cp "$7" "$OUT/comment.md"; printf "%s\\n" "$@" > "$OUT/gh"',
    "pip": 'printf "%s\\n" "$@" > "$OUT/pip"',
}


class Repository:
    """A repository of git whose branch changes what the sample's namespace says of ingress traffic."""

    def __init__(self, folder: Path) -> None:
        self.root, self.out, self.temp = (folder / name for name in ("work", "out", "temp"))
        bin_ = folder / "bin"
        for one in (self.out, self.temp, bin_):
            one.mkdir()
        scripts = {**STUBS, "waypath": f'exec {shlex.quote(sys.executable)} -m core "$@"'}
        for name, script in scripts.items():
            (bin_ / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
            (bin_ / name).chmod(0o755)
        shutil.copytree(SAMPLE, self.root / "manifests")
        (self.root / "manifests" / "README.md").unlink()
        self.env = {
            "PATH": f"{bin_}:{os.environ['PATH']}",
            "HOME": str(folder),
            "PYTHONPATH": str(ROOT),
            "RUNNER_TEMP": str(self.temp),
            "OUT": str(self.out),
            "LC_ALL": "C.UTF-8",
            **{
                f"GIT_{who}_{what}": "t@example.com"
                for who in ("AUTHOR", "COMMITTER")
                for what in ("NAME", "EMAIL")
            },
        }
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *words: str) -> str:
        ran = subprocess.run(
            ["git", *words], cwd=self.root, env=self.env, capture_output=True, text=True, check=True
        )
        return ran.stdout.strip()

    def commit(self) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message=x")
        return self.git("rev-parse", "HEAD")

    def label(self, *, on: bool) -> None:
        """Whether the namespace sends ingress traffic to its waypoint."""
        file = self.root / "manifests" / "mesh.yaml"
        text = file.read_text(encoding="utf-8").replace(LABEL, "")
        assert AT in text
        file.write_text(text.replace(AT, AT + LABEL, 1) if on else text, encoding="utf-8")

    def run(self, words: list[str], env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words, cwd=self.root, env={**self.env, **env}, capture_output=True, text=True, check=False
        )


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    return Repository(tmp_path)


def play(repository: Repository, base: str) -> list[str]:
    """The workflow as a runner runs it: a shell for each `run`, up to the first that fails. Returns the names of those that did."""
    known = {
        "github.event.pull_request.base.sha": base,
        "github.event.pull_request.number": "17",
        "github.token": "t",
        "runner.temp": str(repository.temp),
    }

    def filled(text: str) -> str:
        return re.sub(r"\$\{\{ ([\w.]+) \}\}", lambda found: known[found[1]], text)

    for step in STEPS:
        if "uses" in step:
            assert step["uses"].partition("@")[0] in ACTIONS
            for name, value in step.get("with", {}).items():
                if name == "sarif_file":
                    shutil.copy(filled(value), repository.out / "uploaded.sarif")
            continue
        assert "${{" not in step["run"], (
            "values of an event are data, and reach a shell by its environment only"
        )
        env = {name: filled(value) for name, value in step.get("env", {}).items()}
        ran = repository.run(["bash", "-e", "-c", step["run"]], env)
        if ran.returncode:
            assert "Traceback" not in ran.stderr
            return [step["name"]]
    return []


def test_a_change_that_bypasses_a_policy_is_told_of_and_fails(repository: Repository) -> None:
    repository.label(on=True)
    base = repository.commit()
    repository.label(on=False)
    repository.commit()
    assert play(repository, base) == ["Fail on new findings that lose traffic or protection"]
    comment = (repository.out / "comment.md").read_text(encoding="utf-8")
    assert "## Ingress paths" in comment
    assert "waypoint" in comment.partition("## New findings")[0]
    assert "`policy-bypassed`" in comment.partition("## New findings")[2]
    assert (repository.out / "gh").read_text(encoding="utf-8").split()[:3] == ["pr", "comment", "17"]
    run = checked(json.loads((repository.out / "uploaded.sarif").read_text(encoding="utf-8")))
    (result,) = run.results
    place: Any = result.locations[0].physical_location
    assert place.artifact_location.uri == "manifests/shop.yaml"
    assert (repository.root / place.artifact_location.uri).is_file()


def test_what_the_target_branch_has_already_does_not_fail(repository: Repository) -> None:
    base = repository.commit()
    (repository.root / "README.md").write_text("x", encoding="utf-8")
    repository.commit()
    assert play(repository, base) == []
    comment = (repository.out / "comment.md").read_text(encoding="utf-8")
    assert "1 accepted." in comment


def test_the_workflow_asks_for_no_more_than_it_needs() -> None:
    assert WORKFLOW["permissions"] == {
        "contents": "read",
        "pull-requests": "write",
        "security-events": "write",
    }
    assert {step["uses"].partition("@")[0] for step in STEPS if "uses" in step} == ACTIONS


def commit_with_hook(repository: Repository) -> int:
    """What pre-commit does on a commit: the entry with its arguments, where a staged file is one that the hook is for."""
    assert (HOOK["language"], HOOK["pass_filenames"]) == ("python", False)
    repository.git("add", "--all")
    staged = repository.git("diff", "--cached", "--name-only").splitlines()
    if not any(re.search(HOOK["files"], name) for name in staged):
        return 0
    ran = repository.run([*shlex.split(HOOK["entry"]), *HOOK["args"]], {})
    assert "Traceback" not in ran.stderr
    return ran.returncode


def test_the_hook_refuses_a_commit_that_bypasses_a_policy(repository: Repository) -> None:
    repository.label(on=True)
    assert commit_with_hook(repository) == 0
    repository.commit()
    repository.label(on=False)
    assert commit_with_hook(repository) == 1
    repository.commit()
    (repository.root / "README.md").write_text("x", encoding="utf-8")
    assert commit_with_hook(repository) == 0


def test_the_hook_checks_what_is_expected(repository: Repository) -> None:
    repository.label(on=True)
    repository.commit()
    expected = "must-traverse: [shop/cart, shop/checkout]\nmust-not-traverse: [shop/none]\n"
    (repository.root / "manifests" / "waypath.yaml").write_text(expected, encoding="utf-8")
    assert commit_with_hook(repository) == 0
    repository.commit()
    text = (repository.root / "manifests" / "shop.yaml").read_text(encoding="utf-8")
    opted = text.replace(
        "  name: checkout\n  namespace: shop\n",
        "  labels: {istio.io/use-waypoint: none}\n  name: checkout\n  namespace: shop\n",
        1,
    )
    assert opted != text
    (repository.root / "manifests" / "shop.yaml").write_text(opted, encoding="utf-8")
    assert commit_with_hook(repository) == 1


def test_the_page_and_the_hook_agree() -> None:
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    (repo,) = yaml.safe_load(block)["repos"]
    assert [hook["id"] for hook in repo["hooks"]] == [HOOK["id"]]
