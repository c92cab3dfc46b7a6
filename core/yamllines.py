"""The YAML that kubectl and most people write, read line by line: several times as fast as a parser's events.

Only a plain subset is read: block mappings and sequences, one-line and folded text, literal blocks. For everything else
the answer is REFUSED, and `core.yamltext` reads it. What is read here has the same value there.
"""

import re
from functools import lru_cache
from typing import Any

from core.yamltext import MAX_DEPTH, resolve

REFUSED = object()
"""The text is beyond the subset, or is no YAML."""

UNREAD = frozenset(
    {
        "affinity",
        "containerStatuses",
        "ephemeralContainerStatuses",
        "imagePullSecrets",
        "initContainerStatuses",
        "lifecycle",
        "livenessProbe",
        "managedFields",
        "ownerReferences",
        "readinessProbe",
        "resources",
        "securityContext",
        "startupProbe",
        "tolerations",
        "topologySpreadConstraints",
        "volumeMounts",
        "volumes",
    }
)
"""Fields of pods, and of what makes pods, that no rule reads and that are most of their text: given as None."""

_PLAIN_BYTES = bytes(range(0x20, 0x7F)) + b"\n"
_START = re.compile(r"---(?: *#[^\n]*+)?\n")
_EMPTY = re.compile(r"(?: *+(?:#[^\n]*+)?\n)++")
_HAS_UNREAD = re.compile(r"^ {0,2}kind: (?:Pod|Deployment|StatefulSet|DaemonSet)$", re.MULTILINE)
_LINE = re.compile(
    r"""
    (\ *+) (-\ )?+
    (?: ([A-Za-z0-9_.$/][A-Za-z0-9_./$-]*+) : (?: (\n) | \ (?=[^\ \n]) ) )?+
    (?(4) | (?:
        ( (?: [A-Za-z0-9_/.$+~(=^;<\\] | [-:](?=[^\ \n:\#]) ) [^:\#\n]*+ (?: :(?![\ \n]) [^:\#\n]*+ )*+ (?<!\ ) )
        | "([^"\\]*+)"
        | '((?:[^']|'')*+)'
        | (\{\}|\[\])
        | (\|[-+]?)
    ) \n )
    """,
    re.VERBOSE,
)
_OPEN, _PLAIN, _DOUBLE, _SINGLE, _HOLLOW, _BLOCK = 4, 5, 6, 7, 8, 9


def parse_lines(data: bytes, *, machine_made: bool = False) -> Any:
    """The value of the one document in `data`, or REFUSED.

    What is `machine_made` has no mistakes to be told: its UNREAD fields are passed over.
    """
    if data.translate(None, _PLAIN_BYTES):
        return REFUSED
    text = data.decode("ascii")
    ended = text.endswith("\n")
    if not ended:
        text += "\n"
    start = _START.match(text)
    unread = UNREAD if machine_made and _HAS_UNREAD.search(text) else frozenset[str]()
    return _read(text, start.end() if start else 0, unread, ended=ended)


def _read(text: str, position: int, unread: frozenset[str], *, ended: bool) -> Any:  # noqa: C901 - one state machine
    match_line = _LINE.match
    size = len(text)
    root: Any = REFUSED
    holder: Any = None  # the mapping or sequence that is being read, and the column of its entries
    indent = -1
    stack: list[tuple[int, Any]] = []  # those around it
    key: Any = ""  # where in `holder` the last value is
    waiting = True  # for that value, which the next line begins
    folding = ""  # the plain text that it is, which a deeper line continues
    while position < size:
        line = match_line(text, position)
        if line is None:
            line = _EMPTY.match(text, position)
            if line is None:
                return REFUSED
            position = line.end()
            folding = ""
            continue
        column = line.end(1) - position
        position = line.end()
        form = line.lastindex
        dash, name = line.group(2, 3)
        if waiting:
            new: Any = None
            if dash is not None:
                if column >= indent:
                    new = []
            elif column > indent:
                if name is None:
                    return REFUSED
                new = {}
            if holder is None:
                root = holder = new
                indent = column
            else:
                holder[key] = new
                if new is not None:
                    stack.append((indent, holder))
                    indent, holder = column, new
            waiting = False
        elif column > indent and folding and form == _PLAIN and dash is None and name is None:
            holder[key] = folding = f"{folding} {line[_PLAIN]}"
            continue
        while column < indent or (column == indent and dash is None and type(holder) is list):
            if not stack:
                return REFUSED
            indent, holder = stack.pop()
        if column != indent or (dash is None) is (type(holder) is list) or len(stack) > MAX_DEPTH - 2:
            return REFUSED
        if dash is not None:
            if name is None:
                holder.append(None)
                key = -1
            else:
                new = {}
                holder.append(new)
                stack.append((indent, holder))
                indent, holder = column + 2, new
        if name is not None:
            key = _key(name)
            if key is None or key in holder:
                return REFUSED
        elif dash is None:
            return REFUSED
        folding = ""
        if form == _PLAIN:
            folding = line[_PLAIN]
            holder[key] = resolve(folding)
        elif form == _OPEN:
            if name in unread:
                holder[key] = None
                position = _deeper(indent).match(text, position).end()  # type: ignore[union-attr]
            else:
                waiting = True
                holder[key] = None
        elif form == _BLOCK:
            value, position = _literal(text, position, indent, line[_BLOCK], ended=ended)
            if value is None:
                return REFUSED
            holder[key] = value
        else:
            value = _quoted(line, form)
            if value is None:
                return REFUSED
            holder[key] = value
    return root


@lru_cache(maxsize=4096)
def _key(name: str) -> str | None:
    """The key, the same object each time; None where it reads as another thing than text."""
    return name if isinstance(resolve(name), str) else None


def _quoted(line: re.Match[str], form: int | None) -> Any:
    """Quoted text or an empty collection; None where it is not plain enough."""
    if form == _HOLLOW:
        return {} if line[_HOLLOW] == "{}" else []
    value = line[_DOUBLE] if form == _DOUBLE else line[_SINGLE]
    if "\n" in value:
        parts = [part.strip(" ") for part in value.split("\n")]
        if not all(parts) or "\n..." in value or "\n---" in value:
            return None
        first, last = value.split("\n", 1)[0], value.rsplit("\n", 1)[1]
        parts[0], parts[-1] = first.rstrip(" "), last.lstrip(" ")
        value = " ".join(parts)
    return value.replace("''", "'") if form == _SINGLE else value


@lru_cache(maxsize=64)
def _deeper(indent: int) -> re.Pattern[str]:
    """Lines that belong to a key at `indent`, of which each is complete in itself."""
    return re.compile(
        rf"""
        (?:
            (?: \ {{{indent + 1}}} | \ {{{indent}}}-\  )
            (?: [^"'{{\[|>\n]*+ | [^"'{{\[|>\n]*\  )
            (?: (?: "(?:[^"\\\n]|\\.)*+" | '(?:[^'\n]|'')*+' | \{{\}} | \[\] ) (?::(?:\ \{{\}})?+)?+ )?+
            \n
        )*+
        """,
        re.VERBOSE,
    )


@lru_cache(maxsize=64)
def _block(indent: int) -> re.Pattern[str]:
    return re.compile(rf"(?:(?: {{{indent}}}[^\n]*+| {{0,{indent - 1}}})\n)*+")


def _literal(text: str, position: int, indent: int, header: str, *, ended: bool) -> tuple[str | None, int]:
    """The text of a literal block that begins at `position`, and where it ends; None where it is not plain enough."""
    start = position
    while text[start : start + 1] == " ":
        start += 1
    column = start - position
    if column <= indent or text[start : start + 1] in ("\n", ""):
        return None, position
    found = _block(column).match(text, position)
    if found is None or (found.end() == len(text) and not ended):
        return None, position
    value = "\n".join(line[column:] for line in found[0].split("\n")[:-1])
    if header != "|+":
        value = value.rstrip("\n")
    return value if header == "|-" else value + "\n", found.end()
