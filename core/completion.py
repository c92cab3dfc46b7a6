"""Completion scripts for shells, from the tree of commands and options."""

import argparse
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence

SHELLS = ("bash", "zsh", "fish")

Parsers = Mapping[str, argparse.ArgumentParser]


def script(shell: str, program: str, parsers: Parsers, samples: Sequence[str]) -> str:
    """The script that a user sources, or puts where `shell` looks for completions.

    Args:
        shell: One of SHELLS.
        program: The name of the command to complete.
        parsers: Command → its parser.
        samples: The names behind `sample:`.
    """
    match shell:
        case "fish":
            return "".join(line + "\n" for line in _fish(program, parsers, samples))
        case "zsh":
            return f"autoload -U +X bashcompinit && bashcompinit\n{_bash(program, parsers, samples)}"
        case _:
            return _bash(program, parsers, samples)


def _options(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    return (action for action in parser._actions if action.option_strings)  # noqa: SLF001


def _choices(parser: argparse.ArgumentParser) -> Iterator[tuple[argparse.Action, Sequence[str]]]:
    for action in parser._actions:  # noqa: SLF001
        if action.choices is not None:
            yield action, [str(choice) for choice in action.choices]


_BASH = """\
{function}() {{
  local cur="${{COMP_WORDS[COMP_CWORD]}}" prev="${{COMP_WORDS[COMP_CWORD-1]}}" opts=""
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=( $(compgen -W {commands} -- "$cur") )
    return
  fi
  case "${{COMP_WORDS[1]}} $prev" in
{values}
  esac
  case "${{COMP_WORDS[1]}}" in
{options}
  esac
  if [ "$cur" = ":" ]; then
    cur=""
    prev=":"
  fi
  case "$prev" in
    :) COMPREPLY=( $(compgen -W {samples} -- "$cur") ) ;;
    *) COMPREPLY=( $(compgen -W "$opts" -- "$cur") $(compgen -f -- "$cur") ) ;;
  esac
}}
complete -o filenames -F {function} {program}
"""


def _bash(program: str, parsers: Parsers, samples: Sequence[str]) -> str:
    values = []
    options = []
    for command, parser in parsers.items():
        words = [name for action in _options(parser) for name in action.option_strings]
        for action, choices in _choices(parser):
            if action.option_strings:
                patterns = "|".join(shlex.quote(f"{command} {name}") for name in action.option_strings)
                reply = f'COMPREPLY=( $(compgen -W {_words(choices)} -- "$cur") )'
                values.append(f"    {patterns}) {reply}; return ;;")
            else:
                words += choices
        words += [f"sample:{name}" for name in samples if _takes_sources(parser)]
        options.append(f"    {command}) opts={_words(words)} ;;")
    return _BASH.format(
        function=f"_{re.sub('[^A-Za-z0-9_]', '_', program)}",
        program=program,
        commands=_words(list(parsers)),
        values="\n".join(values),
        options="\n".join(options),
        samples=_words(samples),
    )


def _takes_sources(parser: argparse.ArgumentParser) -> bool:
    return any(action.dest == "sources" for action in parser._actions)  # noqa: SLF001


def _words(words: Sequence[str]) -> str:
    return shlex.quote(" ".join(words))


def _fish(program: str, parsers: Parsers, samples: Sequence[str]) -> Iterator[str]:
    for command, parser in parsers.items():
        about = shlex.quote(parser.description or command)
        yield f"complete -c {program} -n __fish_use_subcommand -f -a {command} -d {about}"
        seen = f"-n {shlex.quote(f'__fish_seen_subcommand_from {command}')}"
        for action in _options(parser):
            names = " ".join(
                f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}"
                for name in action.option_strings
            )
            value = f" -x -a {_words([str(one) for one in action.choices])}" if action.choices else ""
            if not value and action.nargs != 0:
                value = " -r"
            yield f"complete -c {program} {seen} {names}{value} -d {shlex.quote(action.help or '')}"
        for action, choices in _choices(parser):
            if not action.option_strings:
                yield f"complete -c {program} {seen} -f -a {_words(choices)}"
        if samples and _takes_sources(parser):
            yield f"complete -c {program} {seen} -a {_words([f'sample:{name}' for name in samples])}"
