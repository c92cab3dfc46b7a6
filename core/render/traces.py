"""`trace`: a request hop by hop, as JSON and in words, with the disposition at the end."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from core.explain import Explainer, percent
from core.gates import Result, Step
from core.model import ObjectRef
from core.render.documents import SCHEMA, Document, backend_document, step_document, waypoint_document
from core.render.sheets import STYLES, backend_text
from core.terminal import PLAIN, Painter, paragraph, visible
from core.trace.hops import Hop, hops, of_backend
from core.trace.outcome import (
    Arrival,
    Considered,
    Disposition,
    Forward,
    Mirror,
    Second,
    Taken,
    Trace,
    TwiceStep,
)
from core.trace.request import WEB, Request

CONNECTIONS = frozenset({"TLSRoute", "TCPRoute", "UDPRoute"})
"""Kinds of routes that forward connections."""

MOST_RULES = 50
"""How many lines tell of the rules that did not take a request."""

_STYLES: dict[Disposition, tuple[str, ...]] = {
    Disposition.DELIVERED: ("green", "bold"),
    Disposition.REDIRECTED: ("cyan", "bold"),
    Disposition.ANSWERED: ("cyan", "bold"),
    Disposition.NOT_FOUND: ("red", "bold"),
    Disposition.REFUSED: ("red", "bold"),
    Disposition.ERROR: ("red", "bold"),
}
_MARKS = {Result.PASS: "pass", Result.FAIL: "FAIL", Result.UNKNOWN: "?", Result.NOT_APPLICABLE: "-"}
_MARK_STYLES: dict[Result, tuple[str, ...]] = {
    Result.PASS: ("green",),
    Result.FAIL: ("red", "bold"),
    Result.UNKNOWN: ("yellow",),
    Result.NOT_APPLICABLE: ("dim",),
}
# --- JSON -----------------------------------------------------------------------------------------------------------


def trace_document(explainer: Explainer, trace: Trace, others: Sequence[ObjectRef] = ()) -> Document:
    """`trace -o json`. `others` are Gateways that would take the request, too."""
    passed = hops(explainer, trace)
    return {
        "schema": SCHEMA,
        "request": _request(trace.request),
        "gateway": str(trace.gateway.ref),
        "otherGateways": [str(one) for one in others],
        "listener": trace.listener.name if trace.listener else None,
        "match": None
        if trace.taken is None
        else {
            "route": str(trace.taken.route),
            "rule": trace.taken.rule,
            "name": trace.taken.name or None,
            "match": trace.taken.match,
            "delegatedBy": list(trace.taken.via),
        },
        "disposition": trace.disposition.value,
        "status": trace.status,
        "hops": [_hop(one) for one in passed],
        "considered": [
            *(_considered(one, trace.gateway.ref) for one in trace.considered),
            *(_considered(one, second.waypoint) for second in _seconds(trace) for one in second.considered),
        ],
        "backends": [_arrival(one, of_backend(passed, one)) for one in trace.arrivals],
        "redirect": None if trace.redirect is None else {"location": trace.redirect.location},
        "mirrors": [_mirror(one) for one in trace.mirrors],
        "forwarded": _forwarded(trace.forwarded),
        "received": _forwarded(trace.received),
    }


def _seconds(trace: Trace) -> Iterator[Second]:
    return (second for arrival in trace.arrivals for second in arrival.seconds)


def _request(request: Request) -> Document:
    return {
        "url": request.url,
        "method": request.method,
        "host": request.host_header,
        "path": request.target,
        "headers": _headers(request),
    }


def _headers(request: Request) -> dict[str, str]:
    """Headers of one name joined; the name as it was first written."""
    names: dict[str, str] = {}
    for name, _ in request.headers:
        names.setdefault(name.lower(), name)
    return {name: request.header(name) or "" for name in names.values()}


def _forwarded(request: Request | None) -> Document | None:
    """None also of a connection, in which no request is looked at."""
    if request is None or request.scheme not in WEB:
        return None
    return {
        "method": request.method,
        "host": request.host_header,
        "path": request.target,
        "headers": _headers(request),
    }


def _hop(hop: Hop) -> Document:
    document: Document = {
        "at": hop.at,
        "kind": hop.kind,
        "steps": [_step(step) for step in hop.steps],
    }
    if hop.arrival is not None:
        document |= {"path": hop.arrival.path.id, "share": _rounded(hop.share)}
    return document


def _step(step: Step) -> Document:
    """A step; one that does again what was done at the gateway has `twice`."""
    document = step_document(step)
    if isinstance(step, TwiceStep):
        twice = step.doubled
        document["twice"] = {
            "effect": twice.effect,
            "key": twice.key or None,
            "first": str(twice.first),
            "second": str(twice.second),
            "idempotent": twice.idempotent,
            "repeats": twice.repeats,
        }
    return document


def _considered(one: Considered, at: ObjectRef) -> Document:
    document: Document = {
        "route": str(one.route),
        "rule": one.rule,
        "matched": False,
        "because": one.because,
        "outranked": one.outranked,
        "at": str(one.at or at),
    }
    if one.via:
        document["delegatedBy"] = list(one.via)
    return document


def _arrival(one: Arrival, found: Sequence[Hop]) -> Document:
    outcome = one.path.outcome
    return {
        "backend": backend_document(one.path),
        "share": _rounded(one.share),
        "path": one.path.id,
        "verdict": outcome.verdict.value,
        "waypoint": waypoint_document(outcome.verdict, outcome.waypoint),
        "status": one.status,
        "redirect": None if one.redirect is None else {"location": one.redirect.location},
        "forwarded": _forwarded(one.request),
        "received": _forwarded(one.received),
        "waypoints": [_second(second) for second in one.seconds],
        "hops": [_hop(hop) for hop in found],
    }


def _second(second: Second) -> Document:
    """What becomes of the backend's requests at a waypoint; `share` is a fraction of them."""
    taken = second.taken
    return {
        "at": str(second.waypoint),
        "share": _rounded(second.share),
        "match": None
        if taken is None
        else {
            "route": str(taken.route),
            "rule": taken.rule,
            "name": taken.name or None,
            "match": taken.match,
        },
        "status": second.status,
        "redirect": None if second.redirect is None else {"location": second.redirect.location},
        "backends": [_forward(one) for one in second.forwards],
        "mirrors": [_mirror(one) for one in second.mirrors],
        "received": _forwarded(second.request),
    }


def _forward(one: Forward) -> Document:
    return {
        "kind": one.backend.kind,
        "namespace": one.backend.namespace,
        "name": one.backend.name,
        "port": one.backend.port,
        "weight": one.backend.weight,
        "share": _rounded(one.share),
        "status": one.status,
        "fault": one.fault or None,
        "redirect": None if one.redirect is None else {"location": one.redirect.location},
        "endpoints": list(one.endpoints),
        "received": _forwarded(one.request),
    }


def _mirror(one: Mirror) -> Document:
    return {
        "kind": one.filter.kind,
        "namespace": one.filter.namespace,
        "name": one.filter.name,
        "port": one.filter.port,
        "share": _rounded(one.filter.fraction),
        "fault": one.fault or None,
    }


def _rounded(share: float) -> float:
    return round(share, 6)


# --- words ----------------------------------------------------------------------------------------------------------


def trace_text(
    explainer: Explainer, trace: Trace, *, width: int | None = None, paint: Painter = PLAIN
) -> str:
    """The hops with their steps, the rules that did not take the request, and the disposition."""
    return "".join(line + "\n" for line in _lines(explainer, trace, width, paint))


def _lines(explainer: Explainer, trace: Trace, width: int | None, paint: Painter) -> Iterator[str]:
    request = trace.request
    method = f"{request.method} " if request.scheme in WEB else ""
    yield paint(paragraph(visible(f"{method}{request.url}"), width=width), "bold")
    if request.authority:
        yield paragraph(visible(f"Host: {request.authority}"), width=width, indent="  ")
    for hop in hops(explainer, trace):
        yield ""
        yield from _hop_lines(hop, width, paint)
    yield from _others(_heading("", trace.taken), trace.considered, width, paint)
    for second in _seconds(trace):
        yield from _others(_heading(f" at {second.waypoint}", second.taken), second.considered, width, paint)
    yield ""
    yield from _end(explainer, trace, width, paint)


def _heading(where: str, taken: Taken | None) -> str:
    return f"Rules{where}, none of which takes the request" if taken is None else f"Other rules{where}"


def _others(title: str, considered: Sequence[Considered], width: int | None, paint: Painter) -> Iterator[str]:
    if considered:
        yield ""
        yield paint(visible(title), "bold")
    alike = _near(_alike(considered))
    for rules in alike:
        one = rules[0]
        via = "".join(f", by {link}" for link in one.via)
        yield _said(f"{one.route} {_numbers(rules)}{via}: {one.because}", width)
    left = len(considered) - sum(map(len, alike))
    if left:
        yield _said(f"and {left:,} more, which -o json lists", width)


def _alike(considered: Sequence[Considered]) -> Sequence[Sequence[Considered]]:
    """Rules of one route that follow on each other, of which the same is to be said, together."""
    runs = groupby(enumerate(considered), lambda pair: (pair[1].rule - pair[0], _same(pair[1])))
    return [[one for _, one in run] for _, run in runs]


def _same(one: Considered) -> tuple[object, ...]:
    return (one.route, tuple(one.via), one.because, one.outranked)


def _numbers(rules: Sequence[Considered]) -> str:
    first, last = rules[0].rule, rules[-1].rule
    if first == last:
        return f"rule {first}"
    return f"rules {first} {'and' if last == first + 1 else 'to'} {last}"


def _near(alike: Sequence[Sequence[Considered]]) -> Sequence[Sequence[Considered]]:
    """All, where they are few; else those that match and are outranked first, then as many as are read."""
    if len(alike) <= MOST_RULES:
        return alike
    return sorted(alike, key=lambda rules: not rules[0].outranked)[:MOST_RULES]


def _hop_lines(hop: Hop, width: int | None, paint: Painter) -> Iterator[str]:
    share = "" if hop.arrival is None else f", {percent(hop.share)} of such requests"
    yield paint(paragraph(visible(f"At {hop.title}{share}"), width=width), "bold")
    longest = max((len(step.gate) for step in hop.steps), default=0)
    for step in hop.steps:
        finding = step.finding
        mark = _MARKS[finding.result]
        head = f"  {mark:<4}  {step.gate:<{longest}}  "
        text = paragraph(visible(finding.because), width=width, indent=head, hanging=" " * len(head))
        yield text.replace(f"  {mark}", f"  {paint(mark, *_MARK_STYLES[finding.result])}", 1)
        if isinstance(step, TwiceStep) and step.gate != "twice":
            yield paragraph(visible(_twice(step)), width=width, indent=" " * len(head))


def _twice(step: TwiceStep) -> str:
    twice = step.doubled
    return f"twice, {twice.first} did it at the gateway: {twice.repeats}"


def _end(explainer: Explainer, trace: Trace, width: int | None, paint: Painter) -> Iterator[str]:
    status = "" if trace.status is None else f", {trace.status}"
    said = paint(f"{trace.disposition.replace('-', ' ')}{status}", *_STYLES[trace.disposition])
    location = f", to {visible(trace.redirect.location)}" if trace.redirect is not None else ""
    yield f"Disposition: {said}{location}"
    before = ""
    for one in trace.arrivals:
        verdict = one.path.outcome.verdict
        text = visible(f"  {percent(one.share)} {backend_text(one.path, weight=False)}: ")
        fate = "" if one.status is None else f", {one.status}"
        if one.share > 0 and one.redirect is None:
            why = explainer.sentence(one.path).text
            yield f"{text}{paint(verdict, *STYLES[verdict])}{fate}{', for the same reason' if why == before else ''}"
            if why != before:
                yield paragraph(visible(why), width=width, indent="    ")
            before = why
            for second in one.seconds:
                yield from _second_lines(second, width)
        else:
            yield f"{text}{'no traffic' if one.redirect is None else 'redirected'}"
    for mirror in trace.mirrors:
        copied = mirror.filter
        fault = f", which is dropped: {mirror.fault}" if mirror.fault else ""
        name = ObjectRef(kind=copied.kind, namespace=copied.namespace, name=copied.name)
        yield _said(f"{percent(copied.fraction)} copied to {name}{fault}", width)
    got = trace.received
    if got is None:
        return
    if trace.taken is not None and trace.taken.route.kind in CONNECTIONS:
        yield _said("The backend gets the connection; a request in it is not looked at", width)
        return
    yield _said(f"The backend gets {got.method} {got.target}, Host: {got.host_header}", width)
    for key, value in _headers(got).items():
        yield _said(f"  {key}: {value}", width)


def _second_lines(second: Second, width: int | None) -> Iterator[str]:
    """What the waypoint makes of the backend's requests, where that is not to send them on to the service."""
    if second.redirect is not None:
        said = f"{second.waypoint} redirects, {second.redirect.status}, to {second.redirect.location}"
    elif second.status is not None and not second.forwards:
        said = f"{second.waypoint} answers {second.status}"
    elif second.forwards:
        parts = [
            f"{percent(one.share)} to {one.backend.ref}{'' if one.status is None else f' ({one.status})'}"
            for one in second.forwards
        ]
        said = f"{second.waypoint} sends {', '.join(parts)}"
    else:
        return
    yield paragraph(visible(said), width=width, indent="    ", hanging="      ")
    for mirror in second.mirrors:
        ref = ObjectRef(kind=mirror.filter.kind, namespace=mirror.filter.namespace, name=mirror.filter.name)
        yield paragraph(
            visible(f"{percent(mirror.filter.fraction)} copied there to {ref}"), width=width, indent="    "
        )


def _said(text: str, width: int | None) -> str:
    return paragraph(visible(text), width=width, indent="  ", hanging="    ")
