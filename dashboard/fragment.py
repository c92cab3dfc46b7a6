"""The fields that decided a gate as YAML, built anew from what was read: the text of a file itself is not kept.

Only what is a field of the object is written as one. What was worked out of several objects, and a field that is not
there, is told in a comment; so is what the scenario changes.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from core.cluster import Cluster
from core.edits import LABEL_KINDS
from core.gates import Evidence
from core.model import ObjectRef, Row
from core.paths import CONTROLLER_OF
from core.whatif import row_of
from dashboard.edits import Edits, variable_in

_MAP = re.compile(r"metadata\.(labels|annotations)\[(.+)\]")
_LISTENER = re.compile(r"spec\.listeners\[([^\]]+)\]\.([A-Za-z.]+)")
_SCALARS = frozenset(
    [
        "spec.clusterIP",
        "spec.externalName",
        "spec.gatewayClassName",
        "spec.hostNetwork",
        "spec.resolution",
    ]
)
_LISTS = frozenset(["spec.addresses", "spec.clusterIPs"])
_VALUES = "status.addresses"
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9._/-]*")
_WORDS = frozenset(["true", "false", "yes", "no", "on", "off", "null", "y", "n"])


class Fragment(Row):
    """What decided of one object. `where` is the place that it was read from, empty where that is not known."""

    object: str
    where: str
    text: str


def fragments(before: Cluster, edits: Edits, evidence: Iterable[Evidence]) -> Sequence[Fragment]:
    """One fragment for each object of which `evidence` has a field, in its order.

    Args:
        before: The cluster as it was read.
        edits: The scenario, whose changes are marked.
        evidence: What a gate looked at.
    """
    found: dict[str, list[Evidence]] = {}
    for one in evidence:
        found.setdefault(one.object, []).append(one)
    return [
        _fragment(before, edits, name, fields)
        for name, fields in found.items()
        if any(map(_is_field, fields)) and _ref(name) is not None
    ]


def _is_field(one: Evidence) -> bool:
    return bool(one.field.startswith("env ") or _MAP.fullmatch(one.field) or _section(one))


def _fragment(before: Cluster, edits: Edits, name: str, fields: Sequence[Evidence]) -> Fragment:
    ref = _ref(name)
    assert ref is not None
    row = row_of(before, ref) if ref.kind in LABEL_KINDS.values() else None
    lines = [f"kind: {_scalar(ref.kind)}", "metadata:", *_named(ref)]
    maps, rest = _split(fields)
    for part, entries in maps.items():
        was: Mapping[str, str] | None = None if row is None else getattr(row, part)
        lines.append(f"  {part}:")
        lines += [_entry(key, value, was) for key, value in entries.items()]
    variables = [one for one in rest if one.field.startswith("env ")]
    others = [one for one in rest if not one.field.startswith("env ")]
    for section, members in groupby(sorted(others, key=_section), key=_section):
        written = [line for one in members for line in _field(one)]
        lines += [f"{section}:", *written] if section else written
    lines += _environment(before, edits, variables)
    return Fragment(object=name, where="" if row is None else row.where, text="\n".join(lines))


def _ref(name: str) -> ObjectRef | None:
    kind, *rest = name.split("/")
    if not kind or not rest or len(rest) > 2 or " " in kind:
        return None
    return ObjectRef(kind=kind, namespace=rest[0] if len(rest) == 2 else "", name=rest[-1])


def _named(ref: ObjectRef) -> Iterator[str]:
    if ref.namespace:
        yield f"  namespace: {_scalar(ref.namespace)}"
    yield f"  name: {_scalar(ref.name)}"


def _split(fields: Iterable[Evidence]) -> tuple[Mapping[str, dict[str, str | None]], Sequence[Evidence]]:
    """Labels and annotations, each by its key, and the other fields."""
    maps: dict[str, dict[str, str | None]] = {}
    rest: list[Evidence] = []
    for one in fields:
        match = _MAP.fullmatch(one.field)
        if match:
            maps.setdefault(match[1], {})[match[2]] = one.value
        else:
            rest.append(one)
    return dict(sorted(maps.items(), reverse=True)), rest


def _entry(key: str, value: str | None, was: Mapping[str, str] | None) -> str:
    """A label or an annotation; `was` is what the source has, None where it does not have the object."""
    written = (
        f"    # {_comment(key)} is not set" if value is None else f"    {_scalar(key)}: {_scalar(value)}"
    )
    if was is None or was.get(key) == value:
        return written
    old = was.get(key)
    mark = "not set in the source" if old is None else f"{_scalar(old)} in the source"
    return f"{written}{',' if value is None else '  #'} by the scenario; {mark}"


def _section(one: Evidence) -> str:
    known = (
        one.field in _SCALARS or one.field in _LISTS or one.field == _VALUES or _LISTENER.fullmatch(one.field)
    )
    return one.field.partition(".")[0] if known else ""


def _field(one: Evidence) -> Iterator[str]:
    """A field below its section; a comment for what is no field, or not there."""
    name = one.field.rpartition(".")[2]
    listener = _LISTENER.fullmatch(one.field)
    if one.value is None:
        yield f"{'  ' if _section(one) else ''}# {_comment(one.field)} is not set"
    elif listener:
        yield "  listeners:"
        yield f"  - name: {_scalar(listener[1])}"
        *above, last = listener[2].split(".")
        for depth, word in enumerate(above):
            yield f"{'  ' * (depth + 2)}{word}:"
        yield f"{'  ' * (len(above) + 2)}{last}: {_scalar(one.value)}"
    elif one.field in _SCALARS:
        yield f"  {name}: {one.value if one.field == 'spec.hostNetwork' else _scalar(one.value)}"
    elif one.field in _LISTS:
        yield f"  {name}: [{', '.join(_scalar(each) for each in one.value.split(', '))}]"
    elif one.field == _VALUES:
        yield f"  {name}:"
        yield from (f"  - value: {_scalar(each)}" for each in one.value.split(", "))
    else:
        yield f"# {_comment(one.field)}: {_comment(one.value)}"


def _environment(before: Cluster, edits: Edits, fields: Sequence[Evidence]) -> Iterator[str]:
    """Variables, as a container of the Deployment would have them."""
    if not fields:
        return
    yield "spec:  # of one of its containers"
    yield "  env:"
    for one in fields:
        name = one.field.removeprefix("env ")
        mark = _mark(before, edits, name)
        if one.value is None:
            yield f"  # {_comment(name)} is not set{mark and ','}{mark}"
        else:
            yield f"  - name: {_scalar(name.partition(' ')[0])}"
            yield f"    value: {_scalar(one.value)}{mark and '  #'}{mark}"


def _mark(before: Cluster, edits: Edits, name: str) -> str:
    for controller in CONTROLLER_OF.values():
        if variable_in(edits, controller, name) is not None:
            setting = before.controller(controller).setting(name)
            old = (
                "unknown"
                if not setting.known
                else "not set"
                if setting.value is None
                else _scalar(setting.value)
            )
            return f" by the scenario; {old} in the source"
    return ""


def _scalar(text: str) -> str:
    """`text` as a string of YAML."""
    plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS
    return text if plain else f'"{"".join(map(_escaped, text))}"'


def _escaped(char: str) -> str:
    """A character of a string in double quotes; JSON's escapes are YAML's, but for what takes two of them."""
    return f"\\U{ord(char):08x}" if ord(char) > 0xFFFF else json.dumps(char)[1:-1]


def _comment(text: str) -> str:
    """`text` within a comment, which ends where the line does."""
    return "".join(map(_escaped, text)).replace('\\"', '"')
