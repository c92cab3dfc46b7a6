"""Scenarios as text: the words of the command line, YAML or JSON, and the form that fits into a link.

Whatever is read is checked as `kubectl` would, so that a scenario that is accepted can also be carried out.
"""

import json
import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import yaml

from core.edits import (
    ENV_CONTROLLERS,
    LABEL_KINDS,
    VERSION_CONTROLLERS,
    Edit,
    EnvEdit,
    LabelEdit,
    VersionEdit,
)
from core.links import VERSION, pack, unpack
from core.text import printable
from core.versions import parse_version

MAX_TEXT = 4_000_000
"""Characters of a scenario's text, also of one that comes out of a link."""
MAX_LINK = 16_000
"""Characters of the form for links: what browsers and proxies take in an address, with room for the rest."""

_NAME = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_PREFIX = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_SURROGATE = re.compile("[\ud800-\udfff]")
_MAX_NAME = 253


class ScenarioError(ValueError):
    """A scenario that can't be used. The text is one sentence that names the entry and says what to write."""


# --- reading -------------------------------------------------------------------------------------------


def from_words(
    options: Iterable[tuple[str, Sequence[str]]], read: Callable[[str], str] | None = None
) -> tuple[Edit, ...]:
    """The edits that command-line options say, in their order.

    Args:
        options: Each an option's name, with or without dashes, and its words:
            `("--label", ("service/shop/cart", "a=b"))`. One `--label` or `--env` may carry several changes.
        read: Returns the text of the file that `--scenario` names.

    Raises:
        ScenarioError: An option does not say an edit.
    """
    edits: list[Edit] = []
    for option, words in options:
        name = option.lstrip("-")
        where = " ".join((f"--{name}", *words))
        if name == "label" and len(words) >= 2:
            edits.append(_label_edit(where, words[0], *_changes(where, words[1:], "KEY")))
        elif name == "env" and len(words) >= 2:
            edits.append(_env_edit(where, words[0], *_changes(where, words[1:], "NAME")))
        elif name == "version" and len(words) == 1:
            controller, equals, version = words[0].partition("=")
            if not equals:
                raise _error(where, "write it as CONTROLLER=X.Y, like istio=1.30")
            edits.append(_version_edit(where, controller, version))
        elif name == "scenario" and len(words) == 1 and read is not None:
            edits += parse(_read(read, words[0]), words[0])
        else:
            raise _error(where, _USAGE.get(name, f"there is no such edit; there are {_listed(_USAGE)}"))
    return tuple(edits)


_USAGE = {
    "label": "write it as --label KIND/NAMESPACE/NAME KEY=VALUE, or KEY- to take the label away",
    "env": "write it as --env CONTROLLER NAME=VALUE, or NAME- to unset the variable",
    "version": "write it as --version CONTROLLER=X.Y",
    "scenario": "write it as --scenario FILE",
}


def _read(read: Callable[[str], str], name: str) -> str:
    try:
        return read(name)
    except OSError as error:
        raise _error(name, error.strerror or type(error).__name__) from error
    except UnicodeDecodeError as error:
        raise _error(name, "the file is not UTF-8 text") from error


def _changes(where: str, words: Sequence[str], what: str) -> tuple[dict[str, str], list[str]]:
    """What `KEY=VALUE` and `KEY-` set and unset."""
    values: dict[str, str] = {}
    unset: list[str] = []
    for word in words:
        key, equals, value = word.partition("=")
        if equals:
            values[key] = value
        elif word.endswith("-"):
            unset.append(word[:-1])
        else:
            raise _error(
                where, f"{word!r} changes nothing: write {what}=VALUE to set it, {what}- to take it away"
            )
    return values, unset


def parse(text: str, name: str = "scenario") -> tuple[Edit, ...]:
    """The edits in the YAML or JSON `text` of a scenario file; `name` is how errors call it.

    Values may stand without quotes: `true` and `1.30` are taken as they are written.

    Raises:
        ScenarioError: The text is no scenario.
    """
    if len(text) > MAX_TEXT:
        raise _error(name, f"longer than {MAX_TEXT} characters")
    document = _document(text, name)
    if not isinstance(document, dict) or "edits" not in document:
        raise _error(name, "a scenario is a mapping with a list `edits`")
    strange = [key for key in document if key != "edits"]
    if strange:
        raise _error(name, f"a scenario has `edits` only, not {_listed(strange)}")
    return _edits(name, document["edits"])


def from_data(data: object, name: str = "scenario") -> tuple[Edit, ...]:
    """The edits in a list of entries as `to_data` makes them.

    Raises:
        ScenarioError: An entry is no edit.
    """
    return _edits(name, data)


class _Loader(getattr(yaml, "CBaseLoader", yaml.BaseLoader)):  # type: ignore[misc]
    """Takes every scalar as the text it is: `yes` stays `yes`, and 1.30 does not become 1.3."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if len(set(keys)) < len(keys):
            twice = next(key for key in keys if keys.count(key) > 1)
            raise yaml.MarkedYAMLError(problem=f"{twice!r} is there twice", problem_mark=node.start_mark)
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep=deep)
        return mapping


def _document(text: str, name: str) -> object:
    if text.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(
                text, object_pairs_hook=_unique, parse_float=str, parse_int=str, parse_constant=str
            )
        except (json.JSONDecodeError, RecursionError):
            pass  # YAML can be written with braces too
        except _TwiceError as error:
            raise _error(name, f"{error.args[0]!r} is there twice") from error
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - it makes nothing but text, lists and mappings
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" (line {mark.line + 1})" if mark is not None else ""
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "it can't be read"
        raise _error(name, f"not YAML or JSON: {problem}{line}") from error
    except (RecursionError, ValueError) as error:
        raise _error(name, "not YAML or JSON that can be read") from error


class _TwiceError(Exception):
    """A JSON object has a key twice."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping: dict[str, Any] = {}
    for key, value in pairs:
        if key in mapping:
            raise _TwiceError(key)
        mapping[key] = value
    return mapping


def _edits(name: str, data: object) -> tuple[Edit, ...]:
    if data in (None, ""):
        return ()
    if not isinstance(data, list | tuple):
        raise _error(name, "`edits` is a list of label, env and version entries")
    return tuple(_edit(f"{name}: edit {number}", entry) for number, entry in enumerate(data, 1))


_FIELDS = {
    "label": frozenset({"label", "set", "unset"}),
    "env": frozenset({"env", "set", "unset", "reset"}),
    "version": frozenset({"version", "set", "reset"}),
}


def _edit(where: str, entry: object) -> Edit:
    sorts = [sort for sort in _FIELDS if isinstance(entry, Mapping) and sort in entry]
    if not isinstance(entry, Mapping) or len(sorts) != 1:
        raise _error(where, "an entry names one of label, env and version")
    sort = sorts[0]
    strange = [key for key in entry if key not in _FIELDS[sort]]
    if strange:
        raise _error(
            where, f"an entry for {sort} has no {strange[0]!r}{_did_you_mean(strange[0], _FIELDS[sort])}"
        )
    subject = _text(where, entry[sort], sort)
    if sort == "version":
        if "set" in entry and _truth(where, entry.get("reset")):
            raise _error(where, "set and reset exclude each other")
        if _truth(where, entry.get("reset")):
            return _version_edit(where, subject, None)
        return _version_edit(where, subject, _text(where, entry.get("set"), "set"))
    values = _mapping(where, entry.get("set"))
    unset = _list(where, entry.get("unset"), "unset")
    if sort == "label":
        return _label_edit(where, subject, values, unset)
    return _env_edit(where, subject, values, unset, _list(where, entry.get("reset"), "reset"))


def _text(where: str, value: object, what: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        raise _error(where, f"`{what}` is missing" if value is None else f"`{what}` must be a text")
    return value


def _truth(where: str, value: object) -> bool:
    if value in (None, "", False, "false"):
        return False
    if value in (True, "true"):
        return True
    raise _error(where, "`reset` of a version is true or left out")


def _mapping(where: str, value: object) -> dict[str, str]:
    if value in (None, ""):
        return {}
    if not isinstance(value, Mapping):
        raise _error(where, "`set` is a mapping, like {KEY: VALUE}")
    return {_text(where, key, "set"): _text(where, one, str(key)) for key, one in value.items()}


def _list(where: str, value: object, what: str) -> list[str]:
    if value in (None, ""):
        return []
    if not isinstance(value, list | tuple):
        raise _error(where, f"`{what}` is a list of names")
    return [_text(where, one, what) for one in value]


# --- checking ------------------------------------------------------------------------------------------


def _label_edit(where: str, subject: str, values: Mapping[str, str], unset: Sequence[str]) -> LabelEdit:
    kind, *rest = subject.split("/")
    if kind not in LABEL_KINDS:
        hint = _did_you_mean(kind, LABEL_KINDS)
        raise _error(
            where, f"no labels of kind {kind!r} can be edited{hint}; the kinds are {_listed(LABEL_KINDS)}"
        )
    wanted = f"{kind}/NAME" if kind == "namespace" else f"{kind}/NAMESPACE/NAME"
    if len(rest) != wanted.count("/") or not all(0 < len(part) <= _MAX_NAME for part in rest):
        raise _error(where, f"{subject!r} names no object: write {wanted}")
    if _SURROGATE.search(subject):
        raise _error(where, "the name of the object is no text")
    for key in (*values, *unset):
        _check_label_key(where, key)
    for key, value in values.items():
        _check_label_value(where, key, value)
    _check_apart(where, (values, unset))
    return LabelEdit(
        kind=kind,
        namespace="" if kind == "namespace" else rest[0],
        name=rest[-1],
        set=dict(values),
        unset=_once(unset),
    )


def _env_edit(
    where: str, controller: str, values: Mapping[str, str], unset: Sequence[str], reset: Sequence[str] = ()
) -> EnvEdit:
    if controller not in ENV_CONTROLLERS:
        raise _error(where, _no_controller(controller, ENV_CONTROLLERS, "environment"))
    for name in (*values, *unset, *reset):
        if _VARIABLE.fullmatch(name) is None or len(name) > _MAX_NAME:
            raise _error(
                where, f"{name!r} is no name of a variable: letters, digits, `_`, `-` and `.`, no digit first"
            )
    for name, value in values.items():
        if "\0" in value or _SURROGATE.search(value):
            raise _error(where, f"the value of {name} is no text that a variable can hold")
    _check_apart(where, (values, unset, reset))
    return EnvEdit(controller=controller, set=dict(values), unset=_once(unset), reset=_once(reset))


def _version_edit(where: str, controller: str, version: str | None) -> VersionEdit:
    if controller not in VERSION_CONTROLLERS:
        raise _error(where, _no_controller(controller, VERSION_CONTROLLERS, "version"))
    if version is None:
        return VersionEdit(controller=controller, version=None)
    parsed = parse_version(version)
    if parsed is None:
        raise _error(where, f"{version!r} is no version: write X.Y or X.Y.Z, like 1.30")
    return VersionEdit(controller=controller, version=str(parsed))


def _check_label_key(where: str, key: str) -> None:
    prefix, slash, name = key.rpartition("/")
    if slash and (_PREFIX.fullmatch(prefix) is None or len(prefix) > _MAX_NAME):
        raise _error(
            where,
            f"{key!r} is no label key: before its slash stands a DNS name, in lower-case letters",
        )
    if _NAME.fullmatch(name) is None:
        raise _error(where, f"{key!r} is no label key: {_LABEL_RULE}")


def _check_label_value(where: str, key: str, value: str) -> None:
    if value and _NAME.fullmatch(value) is None:
        raise _error(where, f"{value!r} is no value of the label {key}: {_LABEL_RULE}, or empty")


_LABEL_RULE = "at most 63 letters, digits, `-`, `_` and `.`, a letter or digit first and last"


def _check_apart(where: str, groups: Sequence[Iterable[str]]) -> None:
    """Nothing is changed twice in one edit (`kubectl` refuses that too), and something is changed."""
    seen: set[str] = set()
    for group in groups:
        for key in dict.fromkeys(group):
            if key in seen:
                raise _error(where, f"{key} is both set and taken away: use two edits")
            seen.add(key)
    if not seen:
        raise _error(where, "nothing is set and nothing is taken away")


def _once(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))


def _no_controller(word: str, known: Sequence[str], what: str) -> str:
    return f"there is no {what} of {word!r}{_did_you_mean(word, known)}; it is one of {_listed(known)}"


def _listed(words: Iterable[object]) -> str:
    return ", ".join(str(word)[:80] for word in words)


def _did_you_mean(word: object, known: Iterable[str]) -> str:
    close = get_close_matches(str(word)[:80].lower(), list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""


def _error(where: str, message: str) -> ScenarioError:
    return ScenarioError(f"{printable(where)}: {printable(message, 400)}")


# --- writing -------------------------------------------------------------------------------------------


def to_data(edits: Iterable[Edit]) -> list[dict[str, Any]]:
    """The entries of a scenario file, as plain lists and mappings."""
    return [_entry(edit) for edit in edits]


def _entry(edit: Edit) -> dict[str, Any]:
    if isinstance(edit, VersionEdit):
        chosen = {"reset": True} if edit.version is None else {"set": edit.version}
        return {"version": edit.controller, **chosen}
    entry: dict[str, Any] = (
        {"label": edit.target} if isinstance(edit, LabelEdit) else {"env": edit.controller}
    )
    if edit.set:
        entry["set"] = dict(edit.set)
    if edit.unset:
        entry["unset"] = list(edit.unset)
    if isinstance(edit, EnvEdit) and edit.reset:
        entry["reset"] = list(edit.reset)
    return entry


def to_json(edits: Iterable[Edit]) -> str:
    """A scenario file in JSON."""
    return json.dumps({"edits": to_data(edits)}, indent=2, ensure_ascii=False) + "\n"


def to_yaml(edits: Iterable[Edit]) -> str:
    """A scenario file in YAML, a line for each edit."""
    lines = [f"  - {_flow(entry)}" for entry in to_data(edits)]
    return "\n".join(["edits:", *lines, ""]) if lines else "edits: []\n"


_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null"})
"""Words that YAML readers take for something else than text."""


def _flow(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flow(key)}: {_flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(one) for one in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(char: str) -> str:
    if char in '\\"':
        return f"\\{char}"
    if " " <= char <= "~":
        return char
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"


def to_link(edits: Iterable[Edit]) -> str:
    """The edits as one word that may stand in an address.

    Raises:
        ScenarioError: It would be longer than MAX_LINK.
    """
    word = pack(json.dumps(to_data(edits), separators=(",", ":"), ensure_ascii=False))
    if len(word) > MAX_LINK:
        raise ScenarioError(
            f"the scenario is too long for a link ({len(word)} characters): save it as a file"
        )
    return word


def from_link(word: str) -> tuple[Edit, ...]:
    """The edits in a word that `to_link` made.

    Raises:
        ScenarioError: The word is cut off, changed, or of a newer waypath.
    """
    if not word.startswith(VERSION):
        raise ScenarioError("the scenario in the link is of another version of waypath: copy the link again")
    try:
        data = json.loads(unpack(word, longest=MAX_LINK, limit=MAX_TEXT))
    except (ValueError, RecursionError) as error:
        raise ScenarioError("the scenario in the link can't be read: copy the whole link again") from error
    return from_data(data, "link")
