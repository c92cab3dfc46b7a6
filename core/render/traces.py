"""`trace`: a request hop by hop, as JSON and in words, with the disposition at the end."""

from collections.abc import Iterator, Sequence

from core.explain import Explainer, percent
from core.gates import Result, Step, Verdict, not_applicable
from core.model import ObjectRef, Row
from core.render.documents import SCHEMA, Document, backend_document, step_document, waypoint_document
from core.render.sheets import STYLES, backend_text
from core.terminal import PLAIN, Painter, paragraph, visible
from core.trace.outcome import Arrival, Considered, Disposition, Mirror, Trace
from core.trace.request import WEB, Request

CONNECTIONS = frozenset({"TLSRoute", "TCPRoute", "UDPRoute"})
"""Kinds of routes that forward connections."""

_STYLES: dict[Disposition, tuple[str, ...]] = {
    Disposition.DELIVERED: ("green", "bold"),
    Disposition.REDIRECTED: ("cyan", "bold"),
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
_AT_WAYPOINT = Step(
    gate="waypoint-routes",
    finding=not_applicable("the routes and policies at the waypoint are not held against the request"),
)


class Hop(Row):
    """A place that the request passes, with what is decided about it there. `arrival` is None at the gateway."""

    at: ObjectRef
    steps: Sequence[Step]
    arrival: Arrival | None = None


def hops(explainer: Explainer, trace: Trace) -> Sequence[Hop]:
    """The gateway, then for each backend with a share the gates of its path, and the waypoint that it meets."""
    found = [Hop(at=trace.gateway.ref, steps=trace.steps)]
    for one in trace.arrivals:
        if one.share <= 0 or one.redirect is not None:
            continue
        path = one.path
        found.append(Hop(at=path.service_ref, steps=explainer.steps(path), arrival=one))
        waypoints = {share.waypoint for share in path.outcome.shares} or {path.outcome.waypoint}
        if path.outcome.verdict in {Verdict.WAYPOINT, Verdict.WORKLOAD_WAYPOINT, Verdict.SPLIT}:
            for key in sorted(key for key in waypoints if key is not None):
                ref = ObjectRef(kind="Gateway", namespace=key[0], name=key[1])
                found.append(Hop(at=ref, steps=(_AT_WAYPOINT,), arrival=one))
    return found


# --- JSON -----------------------------------------------------------------------------------------------------------


def trace_document(explainer: Explainer, trace: Trace, others: Sequence[ObjectRef] = ()) -> Document:
    """`trace -o json`. `others` are Gateways that would take the request, too."""
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
        },
        "disposition": trace.disposition.value,
        "status": trace.status,
        "hops": [_hop(one) for one in hops(explainer, trace)],
        "considered": [_considered(one) for one in trace.considered],
        "backends": [_arrival(one) for one in trace.arrivals],
        "redirect": None if trace.redirect is None else {"location": trace.redirect.location},
        "mirrors": [_mirror(one) for one in trace.mirrors],
        "forwarded": _forwarded(trace.forwarded),
    }


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
    if request is None:
        return None
    return {
        "method": request.method,
        "host": request.host_header,
        "path": request.target,
        "headers": _headers(request),
    }


def _hop(hop: Hop) -> Document:
    document: Document = {"at": str(hop.at), "steps": [step_document(step) for step in hop.steps]}
    if hop.arrival is not None:
        document |= {"path": hop.arrival.path.id, "share": _rounded(hop.arrival.share)}
    return document


def _considered(one: Considered) -> Document:
    return {
        "route": str(one.route),
        "rule": one.rule,
        "matched": False,
        "because": one.because,
        "outranked": one.outranked,
    }


def _arrival(one: Arrival) -> Document:
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
    if trace.considered:
        yield ""
        yield paint("Other rules", "bold")
        for one in trace.considered:
            yield _said(f"{one.route} rule {one.rule}: {one.because}", width)
    yield ""
    yield from _end(explainer, trace, width, paint)


def _hop_lines(hop: Hop, width: int | None, paint: Painter) -> Iterator[str]:
    arrival = hop.arrival
    share = "" if arrival is None else f", {percent(arrival.share)} of such requests"
    yield paint(paragraph(visible(f"At {hop.at}{share}"), width=width), "bold")
    longest = max((len(step.gate) for step in hop.steps), default=0)
    for step in hop.steps:
        finding = step.finding
        mark = _MARKS[finding.result]
        head = f"  {mark:<4}  {step.gate:<{longest}}  "
        text = paragraph(visible(finding.because), width=width, indent=head, hanging=" " * len(head))
        yield text.replace(f"  {mark}", f"  {paint(mark, *_MARK_STYLES[finding.result])}", 1)


def _end(explainer: Explainer, trace: Trace, width: int | None, paint: Painter) -> Iterator[str]:
    status = "" if trace.status is None else f" {trace.status}"
    said = paint(f"{trace.disposition}{status}", *_STYLES[trace.disposition])
    location = f" to {visible(trace.redirect.location)}" if trace.redirect is not None else ""
    yield f"Disposition: {said}{location}"
    for one in trace.arrivals:
        verdict = one.path.outcome.verdict
        text = visible(f"  {percent(one.share)} {backend_text(one.path)}: ")
        fate = "" if one.status is None else f", {one.status}"
        if one.share > 0 and one.redirect is None:
            yield f"{text}{paint(verdict, *STYLES[verdict])}{fate}"
            yield paragraph(visible(explainer.sentence(one.path).text), width=width, indent="    ")
        else:
            yield f"{text}{'no traffic' if one.redirect is None else 'redirected'}"
    for mirror in trace.mirrors:
        copied = mirror.filter
        fault = f", which is dropped: {mirror.fault}" if mirror.fault else ""
        name = ObjectRef(kind=copied.kind, namespace=copied.namespace, name=copied.name)
        yield _said(f"{percent(copied.fraction)} copied to {name}{fault}", width)
    got = trace.forwarded
    if got is None:
        return
    if trace.taken is not None and trace.taken.route.kind in CONNECTIONS:
        yield _said("The backend gets the connection; a request in it is not looked at", width)
        return
    yield _said(f"The backend gets {got.method} {got.target}, Host: {got.host_header}", width)
    for key, value in _headers(got).items():
        yield _said(f"  {key}: {value}", width)


def _said(text: str, width: int | None) -> str:
    return paragraph(visible(text), width=width, indent="  ", hanging="    ")
