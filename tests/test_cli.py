"""The command line: what goes where, exit codes, one-line errors, colours and widths."""

import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import cli, serve
from core.commands import reading
from core.completion import SHELLS
from core.model import Problem
from core.screen import MAX_PROBLEMS, Screen
from core.terminal import Cell, Painter, columns, paragraph, table, visible, wants_colour

ROOT = Path(__file__).resolve().parent.parent
BYPASS = "sample:bypass-by-default"
LABEL = ("--label", "service/shop/cart", "istio.io/ingress-use-waypoint=true")
HEAVY = ("streamlit", "pandas", "numpy", "networkx", "kubernetes", "pyvis")


@pytest.fixture
def run(capsys, monkeypatch):
    """Calls the program in this process; gives exit code, standard output and standard error."""
    for name in ("NO_COLOR", "FORCE_COLOR", "WAYPATH_TRACEBACK"):
        monkeypatch.delenv(name, raising=False)

    def call(*argv: str) -> tuple[int, str, str]:
        code = cli.main(argv)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def process(*argv: str, stdin: bytes = b"", env: Mapping[str, str] | None = None):
    """Calls the program as a process of its own."""
    settings = {**os.environ, "PYTHONPATH": str(ROOT), **(env or {})}
    return subprocess.run(
        [sys.executable, "-m", "core", *argv], input=stdin, capture_output=True, env=settings, check=False
    )


def fails(result: tuple[int, str, str]) -> str:
    """The message of a call that could not be carried out: one line, and nothing else."""
    code, out, err = result
    assert code == 2
    assert out == ""
    assert err.startswith("waypath: ")
    assert err.count("\n") == 1
    assert err.endswith("\n")
    return err


# --- resolve --------------------------------------------------------------------------------------


def test_the_table_is_data_and_the_summary_is_not(run) -> None:
    code, out, err = run("resolve", BYPASS)
    assert code == 0
    lines = out.splitlines()
    assert re.split(r"  +", lines[0]) == ["GATEWAY", "ROUTE", "BACKEND", "VERDICT", "WAYPOINT", "DECIDED BY"]
    assert re.split(r"  +", lines[1]) == [
        "infra/http:http",
        "HTTPRoute/shop/cart rule 0",
        "Service/shop/cart:80",
        "direct",
        "-",
        "ingress-label",
    ]
    assert len(lines) == 3
    assert err.startswith("2 of 2 ingress paths bypass the waypoint of their service.\n")


def test_json_stands_alone_and_is_the_same_every_time(run) -> None:
    code, out, err = run("resolve", BYPASS, "-o", "json")
    assert (code, err) == (0, "")
    assert json.loads(out)["source"]["kind"] == "sample"
    assert run("resolve", BYPASS, "--output=json")[1] == out


@pytest.mark.parametrize(
    ("form", "start"), [("csv", "id,gateway,"), ("dot", "digraph waypath {"), ("mermaid", "flowchart LR")]
)
def test_other_formats(run, form, start) -> None:
    code, out, err = run("resolve", BYPASS, "-o", form)
    assert code == 0
    assert out.startswith(start)
    assert "ingress paths" in err


def test_a_scenario_changes_what_is_resolved(run) -> None:
    _, out, err = run("resolve", BYPASS, *LABEL)
    assert "waypoint  shop/waypoint" in out
    assert err.startswith("1 of 2 ingress paths bypasses")


def test_edits_keep_their_order_across_options(run, tmp_path) -> None:
    file = tmp_path / "edits.yaml"
    file.write_text("edits: [{label: service/shop/cart, set: {istio.io/ingress-use-waypoint: 'false'}}]\n")
    _, out, _ = run("resolve", BYPASS, "--scenario", str(file), *LABEL)
    assert "waypoint  shop/waypoint" in out
    _, out, _ = run("resolve", BYPASS, *LABEL, "--scenario", str(file))
    assert "waypoint  shop/waypoint" not in out


def test_sources_may_stand_between_options(run) -> None:
    expected = run("resolve", BYPASS, "sample:label-on-service", "-o", "json", *LABEL)
    assert run("resolve", BYPASS, *LABEL, "sample:label-on-service", "-o", "json") == expected
    assert run("resolve", "-o", "json", *LABEL, BYPASS, "sample:label-on-service") == expected
    assert json.loads(expected[1])["source"]["kind"] == "several"


def test_a_source_without_routes_is_told_apart(run, tmp_path) -> None:
    file = tmp_path / "ns.yaml"
    file.write_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n")
    code, out, err = run("resolve", str(file))
    assert (code, out) == (0, "")
    assert err.startswith("No ingress paths")
    code, out, err = run("explain", str(file))
    assert (code, out) == (0, "")
    assert err.startswith("No ingress paths")


def test_problems_go_to_standard_error_or_into_the_document(run, tmp_path) -> None:
    (tmp_path / "a.yaml").write_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n")
    (tmp_path / "b.yaml").write_text("{{ template }}: [\n")
    code, _, err = run("resolve", str(tmp_path))
    assert code == 0
    assert "error: " in err
    assert "b.yaml" in err
    code, out, err = run("resolve", str(tmp_path), "-o", "json")
    assert (code, err) == (0, "")
    assert any(one["severity"] == "error" and "b.yaml" in one["where"] for one in json.loads(out)["problems"])


# --- explain --------------------------------------------------------------------------------------


def test_explain_of_one_service(run) -> None:
    code, out, _ = run("explain", BYPASS, "--service", "shop/cart")
    assert code == 0
    assert "Bypasses waypoint shop/waypoint: Service/shop/cart has no istio.io/ingress-use-waypoint" in out
    assert "checkout" not in out
    assert run("explain", BYPASS, "--service", "Service/shop/cart")[1] == out


def test_explain_as_json_is_resolve_with_fewer_paths(run) -> None:
    whole = json.loads(run("resolve", BYPASS, "-o", "json")[1])
    part = json.loads(run("explain", BYPASS, "--route", "shop/checkout", "-o", "json")[1])
    assert part["paths"] == [path for path in whole["paths"] if path["route"]["name"] == "checkout"]
    assert {**part, "paths": ()} == {**whole, "paths": ()}
    identity = part["paths"][0]["id"]
    assert json.loads(run("explain", BYPASS, "--path", identity, "-o", "json")[1]) == part


def test_filters_of_one_kind_add_up_and_kinds_narrow_down(run) -> None:
    def count(*filters: str) -> int:
        return len(json.loads(run("explain", "sample:shop", *filters, "-o", "json")[1])["paths"])

    cart = count("--service", "storefront/cart")
    search = count("--service", "storefront/search")
    assert count("--service", "storefront/cart", "--service", "storefront/search") == cart + search
    assert count("--service", "storefront/cart", "--gateway", "infra/edge") == 1
    assert cart > 1
    assert "together" in fails(
        run("explain", "sample:shop", "--service", "analytics/collector", "--gateway", "infra/api")
    )


@pytest.mark.parametrize(
    ("option", "value", "hint"),
    [
        ("--service", "shop/crt", "did you mean shop/cart?"),
        ("--service", "shop/waypoint", "it is in the source, but no route leads to it"),
        ("--gateway", "infra/htp", "did you mean infra/http?"),
        ("--gateway", "zzz", "there are infra/http"),
        ("--route", "shop/chekout", "did you mean shop/checkout?"),
        ("--path", "zzz", "no ingress path matches --path zzz"),
    ],
)
def test_a_filter_that_matches_nothing(run, option, value, hint) -> None:
    assert hint in fails(run("explain", BYPASS, option, value))


# --- diff and plan --------------------------------------------------------------------------------


def test_diff_of_a_scenario(run) -> None:
    code, out, err = run("diff", BYPASS, *LABEL)
    assert code == 0
    assert "Service/shop/cart:80  direct  waypoint shop/waypoint" in out
    assert err.startswith("1 of 2 ingress paths changes")
    code, out, _ = run("diff", BYPASS, *LABEL, "-o", "json")
    found = json.loads(out)
    assert (code, found["unchanged"], found["summary"]) == (0, 1, {"direct -> waypoint": 1})
    code, out, _ = run("diff", BYPASS, *LABEL, "-o", "markdown")
    assert code == 0
    assert out.startswith("**1 of 2 ingress paths")


def test_diff_fails_only_on_what_it_is_told_to(run) -> None:
    assert run("diff", BYPASS, *LABEL, "--fail-on", "any")[0] == 1
    code, out, err = run("diff", BYPASS, "--fail-on", "any", "--label", "service/shop/cart", "app=cart")
    assert (code, out) == (0, "")
    assert "No ingress path changes" in err


def test_diff_of_two_sources_applies_a_scenario_to_both(run, tmp_path) -> None:
    after = tmp_path / "after"
    shutil.copytree(ROOT / "sample_clusters" / "bypass-by-default", after)
    label = "istio.io/use-waypoint: waypoint"
    text = (after / "mesh.yaml").read_text()
    (after / "mesh.yaml").write_text(
        text.replace(label, f"{label}\n    istio.io/ingress-use-waypoint: 'true'")
    )
    found = json.loads(run("diff", BYPASS, "--against", str(after), "-o", "json")[1])
    assert found["summary"] == {"direct -> waypoint": 2}
    found = json.loads(run("diff", BYPASS, "--against", str(after), *LABEL, "-o", "json")[1])
    assert found["summary"] == {"direct -> waypoint": 1}
    assert json.loads(run("diff", BYPASS, "--against", BYPASS, "-o", "json")[1])["changes"] == []


def test_plan_prints_commands_and_their_undoing(run) -> None:
    code, out, _ = run("plan", BYPASS, *LABEL)
    assert code == 0
    assert "kubectl label service cart -n shop istio.io/ingress-use-waypoint=true --overwrite\n" in out
    assert "kubectl label service cart -n shop istio.io/ingress-use-waypoint-\n" in out
    found = json.loads(run("plan", BYPASS, *LABEL, "-o", "json")[1])
    assert list(found) == ["do", "undo", "notes"]
    assert found["do"][0]["command"].startswith("kubectl label service cart")


# --- calls and sources that can't be used ---------------------------------------------------------


@pytest.mark.parametrize(
    ("argv", "hint"),
    [
        (["explane"], "did you mean explain?"),
        (["zzz"], "there are resolve, explain,"),
        (["resolve"], "name a SOURCE"),
        (["resolve", "no/such/file.yaml"], "no/such/file.yaml does not exist"),
        (["resolve", "sample:bypass-by-defalt"], "did you mean sample:bypass-by-default?"),
        (["resolve", BYPASS, "--lable", "x"], "did you mean --label?"),
        (["resolve", BYPASS, "-o", "yaml"], "invalid choice: 'yaml'"),
        (["resolve", BYPASS, "--label", "service/shop/cart"], "expected 2 arguments"),
        (["resolve", BYPASS, "--label", "servce/shop/cart", "a=b"], "servce"),
        (["resolve", BYPASS, "--env", "kgateway", "X"], "NAME=VALUE"),
        (["resolve", BYPASS, "--version", "istio"], "CONTROLLER=X.Y"),
        (["resolve", BYPASS, "--scenario", "no/such.yaml"], "no/such.yaml"),
        (["diff", BYPASS], "diff needs a scenario"),
        (["diff", BYPASS, *LABEL, "--fail-on", "all"], "invalid choice: 'all'"),
        (["plan", BYPASS], "plan needs a scenario"),
        (["rules", "extra"], "has no argument extra"),
        (["dashboard", "--port", "70000"], "is no port"),
        (["completion", "tcsh"], "invalid choice: 'tcsh'"),
        (["resolve", "bad\n\x1b[2Jname"], "bad"),
    ],
)
def test_an_unusable_call_gets_one_line(run, argv, hint) -> None:
    message = fails(run(*argv))
    assert hint in message
    assert "\x1b" not in message


def test_a_source_with_nothing_usable_names_where(run, tmp_path) -> None:
    (tmp_path / "broken.yaml").write_text("kind: Service\nmetadata: {name: [\n")
    assert "broken.yaml" in fails(run("resolve", str(tmp_path)))
    (tmp_path / "broken.yaml").write_text("")
    assert str(tmp_path) in fails(run("resolve", str(tmp_path)))


def test_an_internal_error_is_a_sentence_too(run, monkeypatch) -> None:
    def explode(*_args: object, **_named: object) -> None:
        raise ZeroDivisionError("two\nlines")

    monkeypatch.setattr(reading, "read", explode)
    assert "internal error, ZeroDivisionError: two lines" in fails(run("resolve", BYPASS))
    monkeypatch.setenv("WAYPATH_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        cli.main(["resolve", BYPASS])


def test_an_interrupt_is_quiet(run, monkeypatch) -> None:
    def interrupt(*_args: object, **_named: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(reading, "read", interrupt)
    assert run("resolve", BYPASS) == (130, "", "")


# --- help, versions, tables of its own ------------------------------------------------------------


def test_help(run) -> None:
    for argv in ([], ["--help"], ["-h"], ["help"]):
        code, out, err = run(*argv)
        assert (code, err) == (0, "")
        assert all(f"  {name} " in out for name in cli.COMMANDS)
    for name, command in cli.COMMANDS.items():
        code, out, err = run(name, "--help")
        assert (code, err) == (0, "")
        assert out.startswith(f"usage: waypath {name}")
        assert all(example in out for example in command.examples)


def test_version(run) -> None:
    code, out, _ = run("--version")
    assert code == 0
    assert re.fullmatch(r"waypath (\d+\.\d+\S*|\(not installed\))\n", out)


def test_rules_and_samples(run) -> None:
    assert run("rules")[1].startswith("DATA PLANE")
    assert json.loads(run("rules", "-o", "json")[1])["rules"]
    assert run("rules", "-o", "markdown")[1].startswith("### kgateway\n")
    names = [one["name"] for one in json.loads(run("samples", "-o", "json")[1])["samples"]]
    assert "bypass-by-default" in names
    assert len(run("samples")[1].splitlines()) == 1 + len(names)


# --- completion -----------------------------------------------------------------------------------


@pytest.mark.parametrize("shell", SHELLS)
def test_completion_names_commands_options_and_samples(run, shell) -> None:
    code, out, _ = run("completion", shell)
    assert code == 0
    for word in (*cli.COMMANDS, "mermaid", "bypass-by-default"):
        assert word in out


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize(
    ("words", "wanted", "unwanted"),
    [
        (["waypath", "re"], {"resolve"}, {"explain"}),
        (["waypath", "resolve", "-o", ""], {"json", "mermaid"}, {"--label"}),
        (["waypath", "resolve", "--l"], {"--label"}, {"--env", "--port"}),
        (["waypath", "resolve", "sample", ":", "bypass"], {"bypass-by-default"}, {"--label"}),
        (["waypath", "resolve", "sample", ":"], {"shop", "bypass-by-default"}, {"--label"}),
        (["waypath", "completion", ""], {"bash", "fish"}, {"json"}),
    ],
)
def test_completion_in_bash(run, tmp_path, words: Sequence[str], wanted, unwanted) -> None:
    script = tmp_path / "waypath.bash"
    script.write_text(run("completion", "bash")[1])
    ask = 'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _waypath; printf "%s\\n" "${COMPREPLY[@]}"'
    shell = ["bash", "--norc", "-c", ask, str(script), *words]
    found = set(subprocess.run(shell, capture_output=True, text=True, check=True).stdout.split())
    assert wanted <= found
    assert not unwanted & found


# --- streams that can't be written ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("redirected", "said"),
    [
        (">&-", "standard output is closed"),
        (">/dev/full", "standard output can't be written: No space left on device"),
    ],
)
def test_output_that_cannot_be_written_is_a_sentence(redirected: str, said: str) -> None:
    call = ["sh", "-c", f'exec "$0" -m core samples {redirected}', sys.executable]
    done = subprocess.run(call, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (2, f"waypath: {said}\n")


def test_a_closed_standard_error_loses_no_data() -> None:
    call = ["sh", "-c", 'exec "$0" -m core samples 2>&-', sys.executable]
    assert "bypass-by-default" in subprocess.run(call, check=False, capture_output=True, text=True).stdout


# --- dashboard ------------------------------------------------------------------------------------


@pytest.fixture
def started(monkeypatch, tmp_path):
    """The command lines that would have been started."""
    app = tmp_path / "app.py"
    app.touch()
    commands: list[list[str]] = []
    monkeypatch.setattr(serve, "_app", lambda: app)
    monkeypatch.setattr("os.execv", lambda _program, command: commands.append(command))
    monkeypatch.setattr("subprocess.call", lambda _command, **_: 0)
    return commands


def options_of(command: Sequence[str]) -> dict[str, str]:
    words = command[: command.index("--")]
    return {word: after for word, after in pairwise(words) if word.startswith(("--server.", "--browser."))}


def test_dashboard_listens_here_only_and_reports_nothing(run, started, tmp_path) -> None:
    code, out, err = run("dashboard", BYPASS, str(tmp_path))
    assert (code, out, err) == (0, "", "")
    command = started[0]
    assert command[:5] == [sys.executable, "-P", "-m", "streamlit", "run"]
    assert command[command.index("--") + 1 :] == [BYPASS, str(tmp_path)]
    assert options_of(command) == {
        "--server.address": "127.0.0.1",
        "--server.fileWatcherType": "none",
        "--server.showEmailPrompt": "false",
        "--browser.gatherUsageStats": "false",
    }


@pytest.mark.parametrize("source", ["no-such.yaml", "sample:no-such", "live:no-such"])
def test_dashboard_does_not_start_without_its_source(
    run, started, tmp_path, monkeypatch, source: str
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    assert run("dashboard", source)[0] == 2
    assert not started


@pytest.mark.parametrize("host", ["999.1.1.1", "1.2.3", "a b", "-x", ""])
def test_dashboard_refuses_what_is_no_address(run, started, host: str) -> None:
    assert "is no address" in fails(run("dashboard", f"--host={host}"))
    assert not started


def test_dashboard_options(run, started) -> None:
    _, _, err = run("dashboard", "--port", "8600", "--host", "0.0.0.0", "--no-browser")
    options = options_of(started[0])
    assert options["--server.port"] == "8600"
    assert options["--server.address"] == "0.0.0.0"
    assert options["--server.headless"] == "true"
    assert "who can reach the port can read the source" in err


def test_dashboard_keeps_standard_input_in_a_file_meanwhile(run, started, monkeypatch) -> None:
    seen: list[bytes] = []

    def call(command: Sequence[str], **_: object) -> int:
        seen.append(Path(command[-1]).read_bytes())
        return 0

    monkeypatch.setattr("subprocess.call", call)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"kind: List\n")))
    assert run("dashboard", "-")[0] == 0
    assert seen == [b"kind: List\n"]


def test_dashboard_is_told_what_is_expected(run, started, tmp_path) -> None:
    file = tmp_path / "waypath.yaml"
    file.write_text("must-traverse: [shop/cart]\n")
    assert run("dashboard", BYPASS, "--expect", str(file))[0] == 0
    command = started[0]
    assert command[command.index("--") + 1 :] == ["--expect", str(file), BYPASS]


def test_dashboard_does_not_start_with_expectations_that_it_can_not_use(run, started, tmp_path) -> None:
    file = tmp_path / "waypath.yaml"
    file.write_text("must-traverse: [cart]\n")
    assert "service is 'cart': write [KIND/]NAMESPACE/NAME" in fails(
        run("dashboard", BYPASS, "--expect", str(file))
    )
    assert "No such file" in fails(run("dashboard", BYPASS, "--expect", str(tmp_path / "gone.yaml")))
    assert "name a file" in fails(run("dashboard", BYPASS, "--expect", "-"))
    assert "--expect is about services of a SOURCE" in fails(run("dashboard", "--expect", str(file)))
    assert started == []


def test_dashboard_that_is_not_installed(run, monkeypatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    assert "needs Streamlit" in fails(run("dashboard"))


# --- as a process ---------------------------------------------------------------------------------


def test_standard_input_is_a_source() -> None:
    folder = ROOT / "sample_clusters" / "bypass-by-default"
    text = b"\n---\n".join(file.read_bytes() for file in sorted(folder.glob("*.yaml")))
    found = process("resolve", "-", "-o", "json", stdin=text)
    assert (found.returncode, found.stderr) == (0, b"")
    document = json.loads(found.stdout)
    assert document["source"]["kind"] == "stdin"
    assert len(document["paths"]) == 2


def test_a_process_prints_ascii_where_nothing_else_fits() -> None:
    ascii_only = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    found = process("diff", BYPASS, *LABEL, env=ascii_only)
    assert found.returncode == 0
    assert b"direct \\u2192 waypoint" in found.stderr


def test_resolve_loads_nothing_heavy() -> None:
    script = (
        "import sys\nfrom core.cli import main\n"
        f"code = main(['resolve', {BYPASS!r}, '-o', 'json'])\n"
        f"found = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "print(found, file=sys.stderr)\nsys.exit(code)"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert found.stderr == "[]\n"


@pytest.mark.skipif(os.name == "nt", reason="pipes close differently there")
def test_a_closed_pipe_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        found = subprocess.run(
            [sys.executable, "-m", "core", "resolve", "sample:shop", "-o", "json"],
            cwd=ROOT,
            stdout=writing,
            stderr=subprocess.PIPE,
            check=False,
        )
    finally:
        os.close(writing)
    assert (found.returncode, found.stderr) == (141, b"")


# --- the screen -----------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environment", "wanted"),
    [
        (Terminal(), {"TERM": "xterm"}, True),
        (Terminal(), {}, True),
        (Terminal(), {"TERM": "dumb"}, False),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"NO_COLOR": ""}, True),
        (io.StringIO(), {"TERM": "xterm"}, False),
        (io.StringIO(), {"FORCE_COLOR": "1"}, True),
        (io.StringIO(), {"FORCE_COLOR": "0"}, False),
        (io.StringIO(), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_when_colours_are_wanted(stream, environment, wanted) -> None:
    assert wants_colour(stream, environment) is wanted


def test_problems_of_one_message_stand_together_errors_first() -> None:
    err = io.StringIO()
    screen = Screen(io.StringIO(), err, {}, "waypath")
    problems = [
        Problem(severity="note", where="z.yaml", message="left aside"),
        Problem(severity="warning", where="b.yaml", message="same\x1b[2J"),
        Problem(severity="warning", where="c.yaml", message="same\x1b[2J"),
        Problem(severity="error", where="a.yaml", message="broken"),
        Problem(severity="error", where="a.yaml", message="broken"),
    ]
    screen.problems(problems)
    assert err.getvalue().splitlines() == [
        "error: a.yaml: broken",
        "warning: b.yaml (and 1 more): same\\x1b[2J",
        "note: z.yaml: left aside",
    ]


def test_many_problems_are_counted() -> None:
    err = io.StringIO()
    problems = [
        Problem(severity="warning", where="", message=f"{number:03}") for number in range(MAX_PROBLEMS + 7)
    ]
    Screen(io.StringIO(), err, {}, "waypath").problems(problems)
    lines = err.getvalue().splitlines()
    assert len(lines) == MAX_PROBLEMS + 1
    assert lines[-1] == "7 more: use -o json"


@given(st.text(st.characters(codec=None)))
def test_what_is_visible_is_printable(text: str) -> None:
    shown = visible(text)
    assert shown.isprintable()
    assert visible(shown) == shown
    if text.isprintable():
        assert shown == text


WORDS = st.text(st.sampled_from("abc/ -_äß漢字"), max_size=40)


@given(st.lists(st.tuples(WORDS, WORDS, WORDS), max_size=5), st.none() | st.integers(20, 120))
def test_tables_cut_nothing(rows: list[tuple[str, str, str]], width: int | None) -> None:
    text = table(("A", "B", "C"), [[Cell(one) for one in row] for row in rows], width=width)
    wanted = sorted("".join("".join(row).split()) for row in rows)
    assert sorted("".join(text.split())) == sorted("ABC" + "".join(wanted))
    if width is None:
        assert len(text.splitlines()) == 1 + len(rows)
    elif width >= 40:
        assert all(columns(line) <= width for line in text.splitlines())


def test_tables_break_between_words_first() -> None:
    rows = [[Cell("HTTPRoute/shop/cart rule 0"), Cell("KGW_INGRESS_USE_WAYPOINTS")]]
    assert table(("A", "B"), rows, width=46).splitlines() == [
        "A                    B",
        "HTTPRoute/shop/cart  KGW_INGRESS_USE_WAYPOINTS",
        "rule 0",
    ]


def test_tables_paint_without_moving_columns() -> None:
    rows = [[Cell("waypoint", "green"), Cell("x")], [Cell("direct", "yellow"), Cell("y")]]
    painted = table(("VERDICT", "B"), rows, paint=Painter(on=True))
    assert re.sub(r"\x1b\[[\d;]*m", "", painted) == table(("VERDICT", "B"), rows)
    assert "\x1b[32mwaypoint\x1b[0m  x" in painted


@given(st.text(st.sampled_from("ab `äß漢"), max_size=80), st.integers(20, 60))
def test_paragraphs_lose_no_word(text: str, width: int) -> None:
    found = paragraph(text, width=width, indent="  ", hanging="    ")
    assert found.split() == text.split()
    assert all(span in found for span in re.findall("`[^`]*`", text))
