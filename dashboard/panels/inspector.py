"""The inspector: where one path goes, why, what would change it, and every gate on its way."""

from collections.abc import Sequence

from core import labels as names
from core.explain import percent
from core.gates import Verdict
from core.paths import Path
from core.render.sheets import backend_text
from core.text import count
from core.whatif import row_of
from dashboard import lookup
from dashboard.desk import Mode
from dashboard.graph.style import STYLES
from dashboard.markup import Node, h
from dashboard.markup.looks import badge, became, ref_text
from dashboard.panels import gates, labels, policies_here, story
from dashboard.sight import SEVERITY, Pair, Sight, slashed

MAX_LISTED, MAX_ENDPOINTS = 60, 12


def tree(sight: Sight, pairs: Sequence[Pair]) -> Node:
    """What is selected: the worst of its paths in full, the others in a list.

    Args:
        sight: What the page shows.
        pairs: The paths that are selected, none where nothing is.
    """
    if not pairs:
        return _nothing(sight)
    first = first_of(sight, pairs)
    others = _siblings(sight, first, sorted(pairs, key=lambda pair: _severity(sight, pair)))
    return h(
        "div",
        _header(first),
        _list(sight, first, others) if len(others) > 1 else None,
        story.tree(sight, first),
        _switches(sight, first),
        policies_here.tree(sight, first),
        gates.tree(sight, first),
        _facts(sight, first),
        class_="inspector stack wide",
    )


def first_of(sight: Sight, pairs: Sequence[Pair]) -> Pair:
    """Of several paths the one that is told: the one that is selected by its id, else the worst."""
    chosen = (pair for pair in pairs if pair.id == sight.desk.selected)
    return next(chosen, None) or min(pairs, key=lambda pair: _severity(sight, pair))


def _nothing(sight: Sight) -> Node:
    if sight.desk.selected is not None:
        return _pathless(sight, sight.desk.selected)
    return h(
        "div",
        h("h2", "Why does it go there?"),
        h(
            "p",
            "Select something in the graph or a row of the table: its verdict, the gate that decides it and what "
            "would change it are told here.",
        ),
        h(
            "p",
            h("button", "Show the worst path", type="button", act=["select", _worst(sight)]),
        )
        if sight.pairs
        else None,
        class_="inspector stack empty",
    )


def _pathless(sight: Sight, name: str) -> Node:
    """What is told of an object that no ingress path leads through, or none that is shown."""
    title = name.partition(":")[2] or name
    hidden = len(lookup.all_pairs_of(sight, name))
    told = (
        f"The filters leave out its {count(hidden, 'path')}."
        if hidden
        else "No ingress path leads through it: no route of a Gateway that takes traffic in names it."
    )
    return h(
        "div",
        _headline(h("h2", ref_text(title), class_="subject")),
        h("p", told),
        class_="inspector stack empty",
    )


def _worst(sight: Sight) -> str:
    return min(sight.pairs, key=lambda pair: _severity(sight, pair)).id


def _severity(sight: Sight, pair: Pair) -> int:
    verdict = sight.verdict(pair)
    return len(SEVERITY) if verdict is None else SEVERITY.index(verdict)


def _siblings(sight: Sight, first: Pair, chosen: Sequence[Pair]) -> Sequence[Pair]:
    """The paths to choose from: those selected, or the ones to the same service."""
    if len(chosen) > 1:
        return chosen
    ref = first.any.service_ref
    return [pair for pair in sight.pairs if pair.any.service_ref == ref]


def _header(pair: Pair) -> Node:
    path = pair.any
    return h(
        "div",
        _headline(h("h2", ref_text(str(path.service_ref)), class_="subject")),
        h(
            "p",
            f"Gateway {slashed(path.gateway)} ({path.plane}), listener {path.listener}, {path.route_ref} rule {path.rule}",
            class_="dim small wrap",
        ),
        h(
            "p",
            h(
                "button",
                "Trace a request",
                type="button",
                class_="small",
                act=["trace", path.id],
                leads="trace",
                title="Follow a request that this rule is for, hop by hop",
            ),
        ),
        class_="stack tight",
    )


def _headline(title: Node) -> Node:
    return h(
        "div",
        title,
        h(
            "button",
            "Close",
            type="button",
            class_="link small dim",
            act=["select", None],
            aria_label="Clear the selection",
        ),
        class_="spread",
    )


def _list(sight: Sight, first: Pair, pairs: Sequence[Pair]) -> Node:
    same = len({pair.any.service_ref for pair in pairs}) == 1
    return h(
        "details",
        h(
            "summary",
            h("span", count(len(pairs), "path"), class_="strong"),
            h("span", " to choose from", class_="dim"),
        ),
        h(
            "ul",
            [
                h(
                    "li",
                    h(
                        "button",
                        _verdict(sight, pair),
                        h("span", _short(pair.any, same=same), class_="wrap"),
                        type="button",
                        class_="pick",
                        act=["select", pair.id],
                        aria_current="true" if pair is first else None,
                    ),
                    key=pair.id,
                )
                for pair in pairs[:MAX_LISTED]
            ],
            class_="picks",
        ),
        h("p", f"And {len(pairs) - MAX_LISTED} more in the table.", class_="dim small")
        if len(pairs) > MAX_LISTED
        else None,
        class_="fold",
        open=len(pairs) <= 6,
        key="list",
    )


def _short(path: Path, *, same: bool) -> str:
    way = f"{slashed(path.gateway)}:{path.listener} · {slashed(path.route)} rule {path.rule}"
    return way if same else f"{path.service_ref} · {way}"


def _verdict(sight: Sight, pair: Pair) -> Node:
    if sight.mode is Mode.DIFFERENCE and pair.id in sight.shown.changed:
        return became(
            pair.before.outcome.verdict if pair.before else None,
            pair.after.outcome.verdict if pair.after else None,
        )
    path = pair.at(sight.mode) or pair.any
    return badge(path.outcome.verdict, assumed=path.outcome.assumed)


def _switches(sight: Sight, pair: Pair) -> Node | None:
    ref = pair.any.service_ref
    cluster = sight.shown.before.resolution.cluster
    if not labels.can_be_labelled(ref) or row_of(cluster, ref) is None:
        return None
    return h(
        "div",
        h("h3", h("code", names.INGRESS_USE_WAYPOINT)),
        [
            h(
                "div",
                h("span", word, class_="dim small"),
                labels.switch(labels.carried(sight, one), "inspector"),
                class_="row spaced",
                key=word,
            )
            for word, one in (("on the service", ref), ("on its namespace", labels.namespace_of(ref)))
        ],
        class_="stack switches",
    )


def _facts(sight: Sight, pair: Pair) -> Node:
    path = pair.at(sight.mode) or pair.any
    upstream = path.outcome.upstream
    holds = (
        f"{upstream.discovery}: {', '.join(upstream.addresses) or 'no address'}"
        if upstream.discovery
        else "no cluster"
    )
    shown = list(path.endpoints[:MAX_ENDPOINTS])
    more = len(path.endpoints) - len(shown)
    row = (
        row_of(sight.explainer.resolution.cluster, path.service_ref)
        if labels.can_be_labelled(path.service_ref)
        else None
    )
    facts = [
        ("Backend", backend_text(path)),
        ("Hosts", ", ".join(path.hostnames) or "any"),
        ("Waypoint met", _met(path)),
        ("L7 hops", policies_here.hops_text(path)),
        ("The gateway holds", holds),
        ("Ready endpoints", (", ".join(shown) + (f" and {more} more" if more else "")) or "none"),
        ("Read from", row.where if row is not None else ""),
        ("Path id", path.id),
    ]
    return h(
        "details",
        h("summary", h("span", "Details of the path", class_="strong")),
        h(
            "dl",
            [
                h("div", h("dt", name), h("dd", value, class_="mono wrap"), key=name)
                for name, value in facts
                if value
            ],
            class_="facts",
        ),
        class_="fold",
        key="facts",
    )


def _met(path: Path) -> str:
    if path.outcome.shares:
        return ", ".join(
            f"{percent(one.share)} {slashed(one.waypoint) if one.waypoint else STYLES[one.verdict].word}"
            for one in path.outcome.shares
        )
    met = path.outcome.verdict in (Verdict.WAYPOINT, Verdict.WORKLOAD_WAYPOINT)
    return slashed(path.outcome.waypoint) if met and path.outcome.waypoint else "none"
