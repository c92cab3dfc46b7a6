"""A traced request as a story from top to bottom: its hops, each with its steps, and the rules that did not take it."""

from collections.abc import Iterator, Sequence

from core.explain import percent
from core.gates import Result, Step
from core.text import count
from core.trace import hops as places
from core.trace.hops import Hop
from core.trace.outcome import Considered, TwiceStep
from dashboard.markup import Node, h
from dashboard.markup.looks import prose, ref_text
from dashboard.panels.gates import MARKS, WORDS, evidence_item
from dashboard.panels.more import more_button
from dashboard.sight import Sight
from dashboard.tracing import HopPair, Moment, Seen, StepPair, Way, alone, pairs

FIRST_RULES, MORE_RULES = 50, 200
_KINDS = {
    places.GATEWAY: "Gateway",
    places.BACKEND: "Backend",
    places.ZTUNNEL: "ztunnel",
    places.WAYPOINT: "Waypoint",
    places.ENDPOINTS: "Endpoints",
}
_ABOUT = {
    places.GATEWAY: "takes the connection, picks the rule and applies its filters",
    places.BACKEND: "where the gateway sends it, gate by gate",
    places.ZTUNNEL: "on the gateway's node",
    places.WAYPOINT: "matches the request once more",
    places.ENDPOINTS: "get the request",
}


def tree(sight: Sight, now: Seen, before: Seen | None, chosen: Way | None, step: int) -> Node:
    """The hops of the chosen way, in a difference with what they are today where that is otherwise.

    Args:
        sight: What the page shows.
        now: The request in the state that is shown.
        before: The request today, where the page shows a difference.
        chosen: The way that is told, None where the gateway answers itself.
        step: The stop that the play is at.
    """
    moments = chosen.moments if chosen else [Moment("client", None), Moment("gateway:", now.gateway)]
    at = moments[min(step, len(moments) - 1)]
    return h(
        "ol",
        _client(now, at),
        [
            _hop(sight, pair, now if pair.after else before or now, _number(moments, pair.after), at)
            for pair in hop_pairs(now, before, chosen)
        ],
        class_="trace-story",
        aria_label="The request hop by hop",
    )


def hop_pairs(now: Seen, before: Seen | None, chosen: Way | None) -> Sequence[HopPair]:
    """The hops to tell of."""
    after = chosen.hops if chosen else [now.gateway]
    if before is None:
        return alone(after)
    if chosen is None:
        old = before.ways[0].hops if before.ways else [before.gateway]
    else:
        way = before.way_of(chosen.arrival.path.id, chosen.part)
        old = way.hops if way else [before.gateway]
    return pairs(old, after)


def _number(moments: Sequence[Moment], hop: Hop | None) -> int | None:
    """The first stop at which the play is at a hop."""
    return next((number for number, one in enumerate(moments) if hop is not None and one.hop is hop), None)


def _client(seen: Seen, at: Moment) -> Node:
    request = seen.trace.request
    now = at.hop is None
    return h(
        "li",
        h("span", "", class_="dot", aria_hidden="true"),
        h(
            "div",
            _head("Client", h("span", "", class_="ref"), 0, now, []),
            h("p", f"{request.method} {request.url}", class_="mono wrap"),
            h("p", f"Host: {request.authority}", class_="mono wrap") if request.authority else None,
            class_="stack tight",
        ),
        class_=f"hop{' now' if now else ''}",
        aria_current="step" if now else None,
        key="client",
    )


def _head(kind: str, name: Node, number: int | None, now: bool, tags: Sequence[Node]) -> Node:
    words = [h("span", kind, class_="kind"), name]
    if number is None:
        return h("p", words, list(tags), class_="hop-head")
    return h(
        "p",
        h(
            "button",
            words,
            type="button",
            class_="link",
            act=["step", number],
            title="Show it in the picture",
            aria_pressed="true" if now else "false",
        ),
        list(tags),
        class_="hop-head",
    )


def _hop(sight: Sight, pair: HopPair, seen: Seen, number: int | None, at: Moment) -> Node:
    hop = pair.any
    now = at.hop is not None and at.hop is pair.after
    results = {one.any.finding.result for one in pair.steps}
    worst = next((one for one in (Result.FAIL, Result.UNKNOWN) if one in results), Result.PASS)
    kind = _KINDS[hop.kind]
    name = h("span", "", class_="ref") if hop.kind == places.ZTUNNEL else ref_text(hop.at)
    return h(
        "li",
        h("span", MARKS[worst], class_=f"dot {worst}", title=WORDS[worst]),
        h(
            "div",
            _head(kind, name, number, now, list(_tags(pair, hop))),
            h("p", _ABOUT[hop.kind], class_="dim small"),
            _steps(pair, at if now else None),
            _rejected(sight, seen, hop),
            class_="stack tight",
        ),
        class_=f"hop{' now' if now else ''}{' gone' if pair.after is None else ''}",
        aria_current="step" if now else None,
        key=f"{hop.kind} {hop.at}",
    )


def _tags(pair: HopPair, hop: Hop) -> Iterator[Node]:
    if hop.share < 1:
        title = "Of all requests like this one"
        yield h("span", f"{percent(hop.share)} of them", class_="tag plain", title=title)
    if any(isinstance(one, TwiceStep) for one in hop.steps):
        yield h("span", "twice", class_="tag twice", title="It does again what was done at the gateway")
    if pair.before is None:
        yield h("span", "with the edits", class_="tag fate gone")
    elif pair.after is None:
        yield h("span", "today only", class_="tag fate stays")
    elif pair.changes:
        yield h("span", "changes", class_="tag moved")


def _steps(pair: HopPair, at: Moment | None) -> Node:
    """What matters of a hop's steps; what passes at a backend, and what does not apply, is folded."""
    told = [one for one in pair.steps if _matters(pair.any, one)]
    rest = [one for one in pair.steps if not _matters(pair.any, one)]
    return h(
        "div",
        h("ul", [_step(one, at) for one in told], class_="trace-steps") if told else None,
        h(
            "details",
            h("summary", h("span", _rest(rest), class_="small dim")),
            h("ul", [_step(one, None) for one in rest], class_="trace-steps"),
            class_="fold",
            key="rest",
        )
        if rest
        else None,
    )


def _matters(hop: Hop, pair: StepPair) -> bool:
    result = pair.any.finding.result
    if pair.moved:
        return True
    if hop.kind == places.BACKEND:
        return result in (Result.FAIL, Result.UNKNOWN)
    return result is not Result.NOT_APPLICABLE


def _rest(steps: Sequence[StepPair]) -> str:
    passing = sum(one.any.finding.result is Result.PASS for one in steps)
    others = len(steps) - passing
    words = [
        f"{count(passing, 'gate')} passed" if passing else "",
        f"{others} not applicable" if others else "",
    ]
    return ", ".join(filter(None, words))


def _step(pair: StepPair, at: Moment | None) -> Node:
    step = pair.any
    here = at is not None and _is_at(step, at)
    if pair.moved:
        body: list[Node | None] = [
            _line(step.gate, "today", pair.before),
            _line("", "with edits", pair.after),
        ]
    else:
        body = [_line(step.gate, "", step)]
    evidence = [evidence_item(one) for one in step.finding.evidence]
    inside: Node = (
        h("details", h("summary", body, class_="lines"), h("ul", evidence, class_="evidence"), class_="more")
        if evidence
        else h("div", body, class_="lines")
    )
    return h("li", inside, class_=f"trace-step{' here' if here else ''}{' changes' if pair.moved else ''}")


def _is_at(step: Step, at: Moment) -> bool:
    """Whether the play is at what the step is about: at a gateway its listener, then its rule."""
    node = at.node.partition(":")[0]
    return {"listener": step.gate == "listener", "route": step.gate != "listener"}.get(node, False)


def _line(gate: str, state: str, step: Step | None) -> Node:
    finding = None if step is None else step.finding
    result = Result.NOT_APPLICABLE if finding is None else finding.result
    return h(
        "span",
        h("span", MARKS[result], class_=f"mark {result}", aria_hidden="true"),
        h(
            "span",
            h("span", f"{gate} ", class_="strong") if gate else None,
            h("span", f"{state}: ", class_="dim") if state else None,
            h("span", f"{WORDS[result]}: ", class_="unseen"),
            h("span", "not there" if finding is None else prose(finding.because), class_="wrap"),
            _twice(step) if isinstance(step, TwiceStep) else None,
        ),
        class_="line-of",
    )


def _twice(step: TwiceStep) -> Node:
    twice = step.doubled
    return h(
        "span",
        h("span", "twice", class_="tag twice"),
        h("span", f" done at the gateway by {twice.first}, and here by {twice.second}: {twice.repeats}"),
        class_="sub small wrap",
    )


# --- rules that did not take it ------------------------------------------------------------------------


def _rejected(sight: Sight, seen: Seen, hop: Hop) -> Node | None:
    found = considered(seen, hop)
    if not found:
        return None
    name = f"rules-{hop.kind}"
    ordered = sorted(found, key=lambda one: not one.outranked)
    limit = sight.desk.listing(name, FIRST_RULES)
    return h(
        "details",
        h(
            "summary",
            h("span", f"{count(len(found), 'other rule')} did not take it, and why", class_="small"),
        ),
        h("ul", [_rule(one) for one in ordered[:limit]], class_="rejected"),
        more_button(name, limit, len(found) - limit, MORE_RULES),
        class_="fold",
        key="rejected",
    )


def considered(seen: Seen, hop: Hop) -> Sequence[Considered]:
    """The rules that were considered at a hop and did not take the request."""
    if hop.kind == places.GATEWAY:
        return seen.trace.considered
    if hop.kind == places.WAYPOINT and hop.arrival is not None:
        return next((one.considered for one in hop.arrival.seconds if one.waypoint == hop.ref), ())
    return ()


def _rule(one: Considered) -> Node:
    return h(
        "li",
        h("span", "✓" if one.outranked else "✕", class_="mark", aria_hidden="true"),
        h(
            "span",
            h("span", ref_text(str(one.route)), f" rule {one.rule}", class_="wrap"),
            h("span", "matches, outranked", class_="tag") if one.outranked else None,
            h("span", f"by {', '.join(one.via)}", class_="sub dim small wrap") if one.via else None,
            h("span", one.because, class_="sub small wrap"),
        ),
        class_="rule",
    )
