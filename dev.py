#!/usr/bin/env python3
"""Everything a developer does with waypath, from a bare checkout. Needs Python 3.11 or newer and nothing else.

    python3 dev.py try                  set up, then resolve a sample cluster
    python3 dev.py dashboard [ARG...]   set up, then `waypath dashboard`
    python3 dev.py test [ARG...]        set up, then pytest
    python3 dev.py check                set up, then ruff, mypy and lint-imports
    python3 dev.py bench [ARG...]       set up, then benchmarks/run.py, where there is one
    python3 dev.py lock [--upgrade]     set up, then write the lock files anew from pyproject.toml

Setting up makes the virtual environment .venv from requirements.lock, whose hashes pip verifies, and installs the
checkout into it in editable form. It is skipped while neither the lock nor pyproject.toml has changed.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

SUPPORTED = ("3.14", "3.13", "3.12", "3.11")

if sys.version_info < (3, 11):  # noqa: UP036 - the file is run by whatever python3 is there
    _newer = [name for name in map("python{}".format, SUPPORTED) if shutil.which(name)]
    _hint = " Run: {} {}".format(_newer[0], " ".join(sys.argv)) if _newer else ""
    sys.exit("dev.py needs Python 3.11 or newer; this is {}.{}.".format(*sys.version_info) + _hint)

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / "waypath.stamp"
LOCK = ROOT / "requirements.lock"

LOCKS = {
    # What each lock file is compiled from, in the order of writing: the later ones take their versions from the first.
    "requirements.lock": ["pyproject.toml", "--extra", "auth", "--group", "dev"],
    "requirements-run.lock": ["pyproject.toml", "--extra", "auth"],
    "requirements-build.lock": ["--group", "build"],
}


def try_it(_arguments: list[str]) -> int:
    """Resolve the first sample and say what to do next."""
    code = run(BIN / "waypath", "resolve", "sample:bypass-by-default")
    if code == 0:
        print("\nThe same in a browser: python3 dev.py dashboard sample:bypass-by-default")
    return code


def dashboard(arguments: list[str]) -> int:
    """Start the dashboard."""
    return run(BIN / "waypath", "dashboard", *arguments)


def test(arguments: list[str]) -> int:
    """Run the tests, in as many processes as there are cores."""
    return run(PYTHON, "-m", "pytest", "-n", "auto", "--maxprocesses", "8", *arguments)


def check(_arguments: list[str]) -> int:
    """Run every linter, also after one that complained, and name those that did."""
    checks = {
        "ruff check": ["-m", "ruff", "check", "--quiet"],
        "ruff format": ["-m", "ruff", "format", "--quiet", "--check"],
        "mypy": ["-m", "mypy", "--no-error-summary"],
        "lint-imports": [
            "-c",
            "from importlinter.cli import lint_imports_command as lint; lint()",
            "--no-logo",
        ],
    }
    failed = [name for name, command in checks.items() if run(PYTHON, *command) != 0]
    print(f"Failed: {', '.join(failed)}." if failed else f"Passed: {', '.join(checks)}.")
    return 1 if failed else 0


def bench(arguments: list[str]) -> int:
    """Run the benchmarks."""
    script = ROOT / "benchmarks" / "run.py"
    if not script.exists():
        print("dev.py: this checkout has no benchmarks.", file=sys.stderr)
        return 2
    return run(PYTHON, script, *arguments)


def lock(arguments: list[str]) -> int:
    """Write the lock files: for every supported Python and platform, with hashes, without an index's address."""
    for name, inputs in LOCKS.items():
        command = ["-m", "uv", "pip", "compile", *inputs, "--output-file", name]
        command += ["--universal", "--python-version", SUPPORTED[-1], "--generate-hashes", "--quiet"]
        command += ["--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"]
        command += ["--constraint", LOCK.name] if name != LOCK.name else arguments
        code = run(PYTHON, *command)
        if code != 0:
            return code
    return 0


def run(*command: str | Path) -> int:
    """Run a command in the checkout, and return its exit code."""
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def set_up() -> None:
    """Make .venv what the lock and pyproject.toml say, unless it is that already."""
    wanted = fingerprint()
    if PYTHON.exists() and STAMP.exists() and STAMP.read_text(encoding="utf-8") == wanted:
        return
    print("Setting up .venv, about a minute ...", file=sys.stderr)
    if not usable(PYTHON):
        make_environment()
    STAMP.unlink(missing_ok=True)
    pip = ["-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    for what in (["--require-hashes", "-r", LOCK.name], ["--no-deps", "--no-build-isolation", "-e", "."]):
        if run(PYTHON, *pip, *what) != 0:
            sys.exit(f"dev.py: `pip install {' '.join(what)}` failed; pip says why above.")
    STAMP.write_text(wanted, encoding="utf-8")


def fingerprint() -> str:
    """Tell what the environment was made of; the folder counts, since an editable install points to it."""
    files = [LOCK.read_bytes(), (ROOT / "pyproject.toml").read_bytes(), os.fsencode(ROOT)]
    return hashlib.sha256(b"\0".join(files)).hexdigest()


def usable(python: Path) -> bool:
    """Tell whether an environment's Python still runs, is new enough and has pip."""
    probe = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    return (
        python.exists()
        and subprocess.run([python, "-c", probe], capture_output=True, check=False).returncode == 0
    )


def make_environment() -> None:
    """Make an empty .venv, in place of one that can't be used."""
    if not all(map(importlib.util.find_spec, ("venv", "ensurepip"))):
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        sys.exit(
            f"dev.py: {sys.executable} can't make virtual environments: its venv or ensurepip module is missing. "
            f"On Debian and Ubuntu: apt-get install {package}"
        )
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=False)
    if made.returncode != 0:
        sys.exit(f"dev.py: `{sys.executable} -m venv {VENV}` failed; it says why above.")


COMMANDS = {
    "try": try_it,
    "dashboard": dashboard,
    "test": test,
    "check": check,
    "bench": bench,
    "lock": lock,
}


def main(arguments: list[str]) -> int:
    """Set up and run the command that `arguments` name."""
    name, *rest = arguments or ["--help"]
    if name in {"-h", "--help", "help"}:
        print(__doc__)
        return 0
    if name not in COMMANDS:
        print(f"dev.py: there is no command {name!r}; there are {', '.join(COMMANDS)}.", file=sys.stderr)
        return 2
    if rest and name in {"try", "check"}:
        print(f"dev.py: {name} takes no arguments.", file=sys.stderr)
        return 2
    set_up()
    return COMMANDS[name](rest)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
