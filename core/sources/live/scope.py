"""The part of a cluster that is read: some namespaces, or those that a label selector picks."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl, urlencode

from core.model import LabelSelector, Namespace, Row
from core.sources.errors import SourceError
from core.text import printable

_NAME = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")
_KEY = r"[A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?"
_VALUE = r"(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?"
_PARTS = re.compile(r",(?![^(]*\))")
_EQUAL = re.compile(rf"({_KEY})\s*(==?|!=)\s*({_VALUE})")
_AMONG = re.compile(rf"({_KEY})\s+(in|notin)\s*\(([^()]*)\)")
_THERE = re.compile(rf"(!?)\s*({_KEY})")


class Scope(Row):
    """What is read. No `namespaces` means all; `selector` picks namespaces by their labels."""

    namespaces: Sequence[str] = ()
    selector: LabelSelector | None = None

    def picked(self, namespaces: Sequence[Namespace]) -> frozenset[str] | None:
        """The names of the namespaces that count; None for all of the cluster."""
        if self.selector is None:
            return frozenset(self.namespaces) if self.namespaces else None
        found = {
            row.name
            for row in namespaces
            if self.selector.matches({"kubernetes.io/metadata.name": row.name, **row.labels})
        }
        return frozenset(found & set(self.namespaces) if self.namespaces else found)


def scope_of(namespaces: Sequence[str], selector: str | None) -> Scope:
    """A scope from what a user wrote.

    Raises:
        SourceError: A namespace can't have such a name, or the selector can't be read.
    """
    for name in namespaces:
        if not _NAME.fullmatch(name):
            raise SourceError(
                f"{printable(name) or '(empty)'} is no name of a namespace: kubectl get namespaces lists them"
            )
    return Scope(
        namespaces=tuple(dict.fromkeys(namespaces)), selector=parse_selector(selector) if selector else None
    )


def parse_selector(text: str) -> LabelSelector:
    """A label selector as `kubectl get -l` takes it: `a=b,c!=d,e in (f,g),h,!i`.

    Raises:
        SourceError: It is none.
    """
    labels: dict[str, str] = {}
    expressions: list[tuple[str, str, Sequence[str]]] = []
    for part in map(str.strip, _PARTS.split(text)):
        if match := _AMONG.fullmatch(part):
            values = tuple(value.strip() for value in match[3].split(","))
            expressions.append((match[1], "In" if match[2] == "in" else "NotIn", values))
        elif match := _EQUAL.fullmatch(part):
            if match[2] == "!=":
                expressions.append((match[1], "NotIn", (match[3],)))
            else:
                labels[match[1]] = match[3]
        elif match := _THERE.fullmatch(part):
            expressions.append((match[2], "DoesNotExist" if match[1] else "Exists", ()))
        else:
            raise SourceError(
                f"{printable(text)} is no label selector: write it as for kubectl get -l, for example istio-discovery=enabled"
            )
    return LabelSelector(match_labels=labels, expressions=tuple(expressions))


def is_live(spec: str) -> bool:
    """Whether a source is a live cluster."""
    return spec.partition("?")[0] == "live" or spec.startswith("live:")


def limited(spec: str, limits: Sequence[tuple[str, str]]) -> str:
    """A source with these options, (name, value), where it is a live cluster; else as it is."""
    if not is_live(spec):
        return spec
    return f"{spec}{'&' if '?' in spec else '?'}{urlencode(limits)}"


def parse_spec(spec: str) -> tuple[str | None, Mapping[str, Sequence[str]]]:
    """The context of `live:CONTEXT?namespace=N&selector=S`, None for the current one, and the options by name.

    Raises:
        SourceError: There is an option that is not known.
    """
    rest = spec.removeprefix("live").removeprefix(":")
    name, mark, options = rest.partition("?")
    found: dict[str, list[str]] = {"namespace": [], "selector": []}
    try:
        pairs = parse_qsl(options, keep_blank_values=True, strict_parsing=True) if mark and options else []
    except ValueError:
        pairs = [(options, "")]
    for key, value in pairs:
        if key not in found:
            raise SourceError(
                f"{printable(spec)}: {printable(key)} is no option of a live cluster: namespace=NAME and selector=LABELS are"
            )
        found[key].append(value)
    return name or None, found
