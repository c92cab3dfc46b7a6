"""The toggles: versions and flags of the controllers, and the labels of all services in a table."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any

from core import labels as names
from core.dataplanes import DATA_PLANES
from core.gates import Verdict
from core.model import ObjectRef
from core.paths import CONTROLLER_OF
from core.text import count
from core.whatif import row_of
from dashboard.edits import variable_in, version_in
from dashboard.markup import Node, h
from dashboard.markup.looks import badges, choice
from dashboard.panels import labels, sorting
from dashboard.panels.controllers import FLAGS, GLOBAL_FLAGS, Flag, default_of, planes_in_use, read_text
from dashboard.panels.labels import Carried, Waypoints
from dashboard.sight import SEVERITY, Pair, Sight, by_service

MAX_ROWS = 300
"""Services that are listed; the filters pick which."""
_GROUP = "service"
_TABLE = "labels"
_COLUMNS = (
    ("service", "Service"),
    ("label", names.INGRESS_USE_WAYPOINT),
    ("waypoint", names.USE_WAYPOINT),
    ("today", "Today"),
    ("edits", "With edits"),
)
_SWITCHED = 2
"""Flags of a controller that have a switch of their own: the global one, and the one that it needs."""


def controllers(sight: Sight) -> Node:
    """A switch for the global flag of each controller, and its version."""
    return h("div", [_controller(sight, plane) for plane in planes_in_use(sight)], class_="flags")


def _controller(sight: Sight, plane: str) -> Node:
    name = CONTROLLER_OF[plane]
    return h(
        "section",
        h("h3", name),
        _version(sight, plane),
        [_flag(sight, plane, flag) for flag in FLAGS[name][:_SWITCHED]],
        h("p", "No global flag of its own: istiod's version decides.", class_="dim small")
        if name not in GLOBAL_FLAGS
        else None,
        class_="flag-card",
        key=plane,
    )


def _version(sight: Sight, plane: str) -> Node:
    before = sight.shown.before.resolution
    read = before.cluster.controller(CONTROLLER_OF[plane]).version
    chosen = version_in(sight.desk.edits, plane) or ""
    told = f"as read: {read}" if read else f"not told: {before.profiles[plane].version} is assumed"
    offered = [str(one) for one in reversed(DATA_PLANES[plane].observed)]
    values = ["", *offered, *([chosen] if chosen and chosen not in offered else [])]
    return h(
        "div",
        h("span", "version", class_="dim small"),
        h(
            "select",
            [
                h("option", one or told, value=one, selected=one == chosen, key=one or "read")
                for one in values
            ],
            act=["version", plane],
            aria_label=f"Version of {CONTROLLER_OF[plane]}",
            class_="changed" if chosen else None,
        ),
        class_="row spaced",
        key="version",
    )


def _flag(sight: Sight, plane: str, flag: Flag) -> Node:
    controller = CONTROLLER_OF[plane]
    setting = sight.shown.before.resolution.cluster.controller(controller).setting(flag.variable)
    value = variable_in(sight.desk.edits, controller, flag.variable)
    now = sight.shown.after.resolution
    parsed = None if value is None else names.parse_bool(value)
    options: list[tuple[str, Sequence[str | int | None]]] = [
        ("as read", ["variable", controller, flag.variable, None]),
        ("on", ["variable", controller, flag.variable, "true"]),
        ("off", ["variable", controller, flag.variable, "false"]),
    ]
    chosen = 0 if parsed is None else 1 if parsed else 2
    return h(
        "div",
        h(
            "div",
            h("code", flag.variable, class_="wrap"),
            h(
                "span",
                f"{flag.meaning} · {read_text(setting)}, "
                f"{default_of(now.cluster, plane, flag.variable, now.profiles[plane].version)}",
                class_="sub dim small",
            ),
        ),
        choice(f"flag {flag.variable}", f"{flag.variable} of {controller}", options, chosen, read=0),
        class_="row spaced flag",
        key=flag.variable,
    )


# --- services ------------------------------------------------------------------------------------------


def services(sight: Sight) -> Node:
    """The services that the filters let through, by namespace, with switches for their labels."""
    found = by_service(sight.pairs)
    refs = _ordered(sight, found)[:MAX_ROWS]
    waypoints = Waypoints(sight.shown.before.resolution.cluster)
    rows: list[Node] = []
    for namespace, members in groupby(refs, key=lambda ref: ref.namespace):
        rows.append(_namespace(sight, namespace, waypoints))
        rows += [_service(sight, ref, found[ref], waypoints) for ref in members]
    return h(
        "div",
        h(
            "div",
            h(
                "span",
                h("span", class_="count-of-service"),
                " selected: set the label to",
                class_="dim small",
            ),
            [
                h("button", word, type="button", act=["labels", value], collect=_GROUP)
                for word, value in (("true", "true"), ("false", "false"), ("unset", None))
            ],
            class_="row bulk",
            role="group",
            aria_label=f"{names.INGRESS_USE_WAYPOINT} of all selected services",
        ),
        h("div", h("table", _head(sight), h("tbody", rows), class_="toggles"), class_="scroll tall"),
        h("p", _rest(len(found)), class_="dim small") if len(found) > MAX_ROWS else None,
        class_="stack",
    )


def _ordered(sight: Sight, found: Mapping[ObjectRef, Sequence[Pair]]) -> Sequence[ObjectRef]:
    """The services as the user wants them, those of a namespace together."""

    def worst(ref: ObjectRef, *, after: bool) -> int:
        states = [pair.after if after else pair.before for pair in found[ref]]
        return min((SEVERITY.index(one.outcome.verdict) for one in states if one), default=len(SEVERITY))

    now = sight.shown.after.resolution.cluster

    def label(ref: ObjectRef, key: str) -> str:
        return (labels.can_be_labelled(ref) and labels.value(now, ref, key)) or ""

    keys: Mapping[str, Callable[[ObjectRef], Any]] = {
        "service": lambda ref: ref.name,
        "label": lambda ref: label(ref, names.INGRESS_USE_WAYPOINT),
        "waypoint": lambda ref: label(ref, names.USE_WAYPOINT),
        "today": lambda ref: worst(ref, after=False),
        "edits": lambda ref: worst(ref, after=True),
    }
    rows = sorting.ordered(sight.desk, _TABLE, list(found), keys)
    place = {name: number for number, name in enumerate(dict.fromkeys(ref.namespace for ref in rows))}
    return sorted(rows, key=lambda ref: place[ref.namespace])


def _rest(total: int) -> str:
    return f"{MAX_ROWS} of {count(total, 'service')} are listed: filter by namespace to see the others."


def _head(sight: Sight) -> Node:
    return h(
        "thead",
        h(
            "tr",
            h(
                "th",
                h("input", type="checkbox", value="*", check=_GROUP, aria_label="Select all services"),
                scope="col",
                class_="narrow",
            ),
            sorting.head(sight.desk, _TABLE, _COLUMNS),
        ),
    )


def _namespace(sight: Sight, name: str, waypoints: Waypoints) -> Node:
    ref = ObjectRef(kind="Namespace", namespace="", name=name)
    return _namespace_row(labels.carried(sight, ref), waypoints.offered(name))


def _service(sight: Sight, ref: ObjectRef, pairs: Sequence[Pair], waypoints: Waypoints) -> Node:
    known = labels.can_be_labelled(ref) and row_of(sight.shown.before.resolution.cluster, ref) is not None
    return _service_row(
        ref,
        labels.carried(sight, ref) if known else None,
        waypoints.offered(ref.namespace),
        tuple(pair.before.outcome.verdict for pair in pairs if pair.before),
        tuple(pair.after.outcome.verdict for pair in pairs if pair.after),
        selected=sight.desk.selected in (f"service:{ref}", *(pair.id for pair in pairs)),
        changed=any(pair.id in sight.shown.changed for pair in pairs),
    )


@lru_cache(maxsize=4 * MAX_ROWS)
def _namespace_row(carried: Carried, offered: Sequence[str]) -> Node:
    name = carried.ref.name
    return h(
        "tr",
        h("td", class_="narrow"),
        h("th", name, h("span", "namespace", class_="sub"), scope="rowgroup", class_="namespace"),
        h("td", labels.switch(carried, "toggle"), class_="narrow"),
        h("td", labels.waypoint_choice(carried, offered)),
        h("td", colspan="2"),
        class_="group",
        key=f"namespace {name}",
    )


@lru_cache(maxsize=8 * MAX_ROWS)
def _service_row(
    ref: ObjectRef,
    carried: Carried | None,
    offered: Sequence[str],
    before: Sequence[Verdict],
    after: Sequence[Verdict],
    *,
    selected: bool,
    changed: bool,
) -> Node:
    """A row, kept since an edit changes few of them; `carried` is None where the source does not hold the object."""
    return h(
        "tr",
        h(
            "td",
            h("input", type="checkbox", value=str(ref), check=_GROUP, aria_label=f"Select {ref}")
            if carried
            else None,
            class_="narrow",
        ),
        h(
            "td",
            h(
                "button",
                ref.name,
                type="button",
                class_="link",
                act=["select", f"service:{ref}"],
                title=f"Explain {ref}",
            ),
            h("span", ref.kind, class_="sub") if ref.kind != "Service" else None,
        ),
        h(
            "td",
            labels.switch(carried, "toggle")
            if carried
            else h("span", "not in the source", class_="dim small"),
            class_="narrow",
        ),
        h("td", labels.waypoint_choice(carried, offered) if carried else None),
        h("td", list(_verdicts(before))),
        h("td", list(_verdicts(after)), class_="moved" if changed else None),
        class_=f"service{' selected' if selected else ''}{' changed' if changed else ''}",
        key=str(ref),
    )


def _verdicts(found: Iterable[Verdict]) -> Iterator[Node]:
    numbers = Counter(found)
    yield h("span", badges([(one, numbers[one]) for one in SEVERITY if numbers[one]]), class_="row")
