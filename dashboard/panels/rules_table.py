"""The rules: every gate of every data plane, by version, from the tables that decide."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from core.dataplanes import DATA_PLANES
from core.gates import REDIRECTED, Verdict
from core.rules import Rule, rules
from core.text import count
from dashboard.loading import SAMPLE, SampleFacts
from dashboard.markup import Node, h
from dashboard.markup.looks import badge

MAX_SAMPLES = 3

Shows = Mapping[tuple[str, str], Sequence[str]]


def matching(wanted: str) -> list[Rule]:
    """The rules in which all words of `wanted` occur."""
    words = wanted.lower().split()
    return [rule for rule in rules() if all(word in _searchable(rule) for word in words)]


def _searchable(rule: Rule) -> str:
    parts = (rule.plane, rule.gate, rule.asks, rule.consequence, rule.versions, rule.source)
    return " ".join(parts).lower()


def shows(facts: Sequence[SampleFacts]) -> Shows:
    """(data plane, gate) → the samples in which it decides a path, the smallest first."""
    found: dict[tuple[str, str], list[str]] = {}
    for one in sorted(facts, key=lambda one: sum(one.verdicts.values())):
        for gate in one.gates:
            found.setdefault(gate, []).append(one.sample.name)
    return found


def tree(found: Sequence[Rule], samples: Shows) -> Node:
    """A table a data plane."""
    if not found:
        return h("p", "No rule has all of these words.", class_="dim")
    return h(
        "div",
        [
            _plane(plane, list(members), samples)
            for plane, members in groupby(found, key=lambda rule: rule.plane)
        ],
        class_="stack rules",
    )


def _plane(plane: str, found: Sequence[Rule], samples: Shows) -> Node:
    observed = ", ".join(str(version) for version in DATA_PLANES[plane].observed)
    return h(
        "section",
        h(
            "div",
            h("h2", _title(plane)),
            h("span", count(len(found), "rule"), class_="dim small"),
            h(
                "span",
                f"known for {observed}; a version between two of these follows the lower",
                class_="dim small",
            )
            if observed
            else None,
            class_="row head",
        ),
        h(
            "div",
            h(
                "table",
                h(
                    "thead",
                    h(
                        "tr",
                        [
                            h("th", one, scope="col")
                            for one in ("Gate", "Asks", "If not", "Versions", "Source", "Sample")
                        ],
                    ),
                ),
                h("tbody", [_row(number, rule, samples) for number, rule in enumerate(found)]),
            ),
            class_="scroll",
        ),
        class_="stack",
        key=plane,
    )


def _title(plane: str) -> str:
    title = DATA_PLANES[plane].title
    return f"{title[:1].upper()}{title[1:]}" if plane == "unknown" else title


def _row(number: int, rule: Rule, samples: Shows) -> Node:
    aside = frozenset(rule.on) == REDIRECTED
    names = samples.get((rule.plane, rule.gate), ())[:MAX_SAMPLES]
    return h(
        "tr",
        h("td", h("code", rule.gate, class_="strong")),
        h("td", rule.asks, h("span", "on the way to a waypoint", class_="sub") if aside else None),
        h("td", badge(rule.otherwise) if isinstance(rule.otherwise, Verdict) else rule.consequence),
        h("td", rule.versions, class_="versions"),
        h("td", rule.source, class_="dim small"),
        h(
            "td",
            [
                h(
                    "button",
                    name,
                    type="button",
                    class_="link small",
                    act=["open", f"{SAMPLE}{name}"],
                    leads="paths",
                    title="Open this sample",
                    key=name,
                )
                for name in names
            ],
        ),
        key=f"{rule.gate} {number}",
    )
