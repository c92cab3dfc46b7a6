"""How a traced request ends: the disposition, the sentence that says why, and the backends with their shares."""

from collections.abc import Sequence

from core.explain import percent
from core.gates import Result
from core.render.sheets import backend_text
from core.trace.outcome import Disposition, Trace
from dashboard.markup import Node, h
from dashboard.markup.looks import badge, prose
from dashboard.panels.more import more_button
from dashboard.sight import Sight
from dashboard.tracing import Seen, Way
from dashboard.words import listed

FIRST_WAYS, MORE_WAYS = 8, 40
_LIST = "ways"
_WORDS = {
    Disposition.DELIVERED: ("Delivered", "pass"),
    Disposition.REDIRECTED: ("Redirected", "other"),
    Disposition.ANSWERED: ("Answered by the gateway", "other"),
    Disposition.NOT_FOUND: ("Not found", "fail"),
    Disposition.REFUSED: ("Refused", "fail"),
    Disposition.ERROR: ("Error", "fail"),
}
_NAMED = 3


def tree(sight: Sight, now: Seen, before: Seen | None, chosen: Way | None) -> Node:
    """The end of the request, of a difference in both states; then the ways that such requests go.

    Args:
        sight: What the page shows.
        now: The request in the state that is shown.
        before: The request today, where the page shows a difference.
        chosen: The way that is told, None where the gateway answers itself.
    """
    same = before is not None and sentence(before) == sentence(now) and _verdicts(before) == _verdicts(now)
    if before is None:
        ends = _ending(now)
    elif same:
        ends = h("div", _ending(now), h("p", "The same today and with the edits.", class_="dim small"))
    else:
        ends = h(
            "div",
            _ending(before, "Today"),
            _ending(now, "With edits"),
            class_="endings",
        )
    return h(
        "div",
        ends,
        _others(now),
        _ways(sight, now, chosen),
        _telling(now, chosen),
        class_="stack wide ended",
    )


def _verdicts(seen: Seen) -> Sequence[object]:
    return [(one.share, one.verdict, one.arrival.path.id) for one in seen.ways]


def _ending(seen: Seen, state: str = "") -> Node:
    word, tone = _WORDS[seen.trace.disposition]
    status = seen.trace.status
    return h(
        "div",
        h("span", state, class_="dim small state") if state else None,
        h(
            "p",
            h("span", word, class_="word"),
            h("span", str(status), class_="status") if status is not None else None,
            [badge(verdict) for verdict in dict.fromkeys(one.verdict for one in seen.ways)]
            if state
            else None,
            class_=f"disposition {tone}",
        ),
        h("p", prose(sentence(seen)), class_="lead wrap"),
        class_="ending stack tight",
        key=state or "now",
    )


def sentence(seen: Seen) -> str:
    """How the request ends, and which rule or listener makes it so."""
    trace = seen.trace
    gateway, taken = str(trace.gateway.ref), trace.taken
    rule = "" if taken is None else f"{taken.route} rule {taken.rule}"
    match trace.disposition:
        case Disposition.DELIVERED:
            return f"{gateway} takes it by {rule} and sends it to {_backends(trace)}."
        case Disposition.REDIRECTED:
            where = trace.redirect.location if trace.redirect else "another place"
            return f"{rule} answers {trace.status} and sends the client to {where}."
        case Disposition.ANSWERED:
            return f"{gateway} answers {trace.status} itself, as {rule} says."
        case Disposition.NOT_FOUND:
            return f"{rule or gateway} answers 404: {_why(seen).removesuffix(': 404')}."
        case Disposition.REFUSED:
            return f"{gateway} refuses the connection: {_why(seen)}."
        case Disposition.ERROR:
            by = f"{rule} takes it at {gateway}" if rule else gateway
            return f"{by}, and clients get {trace.status or 'no answer'}: {_why(seen)}."


def _backends(trace: Trace) -> str:
    names = [str(one.path.service_ref) for one in trace.arrivals if one.share > 0]
    distinct = list(dict.fromkeys(names))
    more = len(distinct) - _NAMED
    return listed([*distinct[:_NAMED], f"{more} more"]) if more > 0 else listed(distinct)


def _why(seen: Seen) -> str:
    """The first reason why it gets no further."""
    steps = [step for step in seen.trace.steps if step.finding.result is Result.FAIL]
    if steps:
        return steps[0].finding.because
    main = next((one.arrival for one in seen.ways if not one.arrival.ends.delivered), None)
    if main is None:
        return "no backend takes it"
    if main.seconds and main.request is not None:
        failing = [
            step for step in main.main_second.steps if step.finding.result in (Result.FAIL, Result.UNKNOWN)
        ]
        return failing[0].finding.because if failing else f"{main.main_second.waypoint} answers it"
    told = seen.explainer.sentence(main.path)
    return told.why or told.headline


def _others(seen: Seen) -> Node | None:
    if not seen.others:
        return None
    return h(
        "p",
        h("span", "Would answer, too:", class_="dim small"),
        [
            h(
                "button",
                str(one.ref),
                type="button",
                class_="link small",
                act=["via", f"{one.namespace}/{one.name}"],
                title="Trace the request through this Gateway",
                key=str(one.ref),
            )
            for one in seen.others
        ],
        class_="row others",
    )


def _ways(sight: Sight, seen: Seen, chosen: Way | None) -> Node | None:
    """The backends to choose from, each with its share; None where there is one."""
    idle = [one for one in seen.trace.arrivals if one.share <= 0]
    if len(seen.ways) + len(idle) < 2:
        return None
    limit = sight.desk.listing(_LIST, FIRST_WAYS)
    shown = seen.ways[:limit]
    return h(
        "div",
        h(
            "div",
            [_way(number, one, one is chosen) for number, one in enumerate(shown, 1)],
            [
                h(
                    "p",
                    h("span", percent(0), class_="share"),
                    h("span", f"{backend_text(one.path)}, no traffic", class_="wrap"),
                    class_="way idle dim",
                    key=f"idle {one.path.id}",
                )
                for one in idle[: limit - len(shown)]
            ],
            class_="ways",
            role="group",
            aria_label="Backends and their shares",
        ),
        more_button(_LIST, limit, len(seen.ways) + len(idle) - limit, MORE_WAYS),
        class_="stack tight",
    )


def _way(number: int, one: Way, current: bool) -> Node:
    second = one.second
    waypoint = f"waypoint {second.waypoint.namespace}/{second.waypoint.name}" if second else ""
    return h(
        "button",
        h("span", percent(one.share), class_="share"),
        h(
            "span",
            h("span", backend_text(one.arrival.path), class_="strong wrap"),
            h("span", badge(one.verdict, quiet=True), _fate(one), class_="row"),
            h("span", waypoint, class_="dim small sub wrap") if waypoint else None,
        ),
        type="button",
        class_="way",
        act=["leg", number],
        aria_current="true" if current else None,
        key=f"{one.arrival.path.id} {one.part}",
    )


def _fate(one: Way) -> Node | None:
    end = one.arrival.ends
    if end.delivered:
        return None
    if end.redirect is not None:
        return h("span", f"redirected, {end.redirect.status}", class_="small")
    return h("span", str(end.status), class_="small result fail") if end.status is not None else None


def _telling(seen: Seen, chosen: Way | None) -> Node | None:
    """What the path of the chosen way does about the waypoint, in a sentence."""
    if chosen is None:
        return None
    path = chosen.arrival.path
    told = seen.explainer.sentence(path)
    why = f": {told.why}." if told.why else "."
    return h(
        "div",
        h(
            "p",
            badge(chosen.verdict, assumed=path.outcome.assumed),
            h(
                "button",
                "Show the path",
                type="button",
                class_="small",
                act=["path", path.id],
                leads="paths",
            ),
            class_="row",
        ),
        h(
            "p",
            h("span", told.headline, class_="strong wrap"),
            h("span", prose(why), class_="wrap"),
            class_="telling",
        ),
        class_="stack tight",
    )
