"""Trace: one request, hop by hop, from its listener to the endpoints."""

from collections.abc import Callable, Mapping

import streamlit as st

from core.cluster import replace
from core.model import Key
from core.render.documents import dumps
from core.render.traces import trace_document
from core.trace.gateways import NoGatewayError
from core.trace.request import Request, RequestError, parse_request
from dashboard import loading, state
from dashboard.desk import Asked, Mode
from dashboard.markup import h, show
from dashboard.panels import acts, heading, trace_end, trace_form, trace_play, trace_request, trace_story
from dashboard.sight import Sight
from dashboard.tracing import Seen, asked, look


def show_page(sight: Sight) -> None:
    """The page."""
    heading.panel("Where does this request go?", sight)
    wanted = _wanted(sight)
    now, before, fault = _seen(sight, wanted) if wanted.url else (None, None, "")
    trace_form.panel(sight, wanted, fault)
    if now is None:
        if not fault:
            show(h("p", "Give the URL that a client asks for.", class_="lead"), key="trace-nothing")
        return
    leg = min(sight.desk.leg, max(len(now.ways), 1))
    chosen = now.ways[leg - 1] if now.ways else None
    clicks = _handlers(sight, wanted, leg)
    show(trace_end.tree(sight, now, before, chosen), key="trace-end", on=clicks)
    if chosen is not None:
        trace_play.panel(sight, chosen, leg, sight.desk.step)
    with st.container(key="trace-page"):
        with st.container(key="area-story"):
            story = trace_story.tree(sight, now, before, chosen, sight.desk.step)
            show(story, key="trace-story", on=clicks)
        with st.container(key="area-sent"):
            show(trace_request.tree(sight, now, chosen, wanted), key="trace-request")
            _download(now)


def _wanted(sight: Sight) -> Asked:
    """The request of the desk; without one the first example, so that there is something to see."""
    if sight.desk.asked.url:
        return sight.desk.asked
    examples = loading.examples_of(sight)
    return replace(asked(examples[0]), gateway=sight.desk.asked.gateway) if examples else sight.desk.asked


def _seen(sight: Sight, wanted: Asked) -> tuple[Seen | None, Seen | None, str]:
    """The request in the state that is shown, in a difference also today's, or what is wrong with it."""
    try:
        request = parse_request(wanted.url, wanted.method or None, wanted.headers)
        gateway = _gateway(wanted.gateway)
        if sight.mode is Mode.TODAY:
            return _in(sight, Mode.TODAY, request, gateway), None, ""
        now = _in(sight, Mode.EDITS, request, gateway)
        before = _in(sight, Mode.TODAY, request, gateway) if sight.mode is Mode.DIFFERENCE else None
    except (RequestError, NoGatewayError) as error:
        return None, None, fault_of(error)
    return now, before, ""


def _in(sight: Sight, mode: Mode, request: Request, gateway: Key | None) -> Seen:
    explainer = sight.shown.before if mode is Mode.TODAY else sight.shown.after
    return look(loading.tracer_of(sight, mode), explainer, request, gateway)


def _gateway(name: str) -> Key | None:
    """(namespace, name) of `namespace/name`; a name without a slash is of no Gateway."""
    namespace, _, plain = name.rpartition("/")
    return (namespace, plain) if name else None


def fault_of(error: ValueError) -> str:
    """What is wrong with a request, as a sentence about the fields of the form."""
    text = str(error).rstrip(".")
    for option, field in (("--url", "The URL"), ("--header", "The header")):
        if text.startswith(option):
            text = f"{field}{text.removeprefix(option)}"
    return f"{text[:1].upper()}{text[1:]}."


def _handlers(sight: Sight, wanted: Asked, leg: int) -> Mapping[str, Callable[..., None]]:
    def step(number: int) -> None:
        state.play(int(number), leg)

    def way(number: int) -> None:
        state.play(0, int(number))

    def via(name: str) -> None:
        state.ask(Asked(url=wanted.url, method=wanted.method, headers=wanted.headers, gateway=name))

    return {"step": step, "leg": way, "via": via, **acts.leading(sight)}


def _download(seen: Seen) -> None:
    others = [gateway.ref for gateway in seen.others]
    st.download_button(
        "Download as JSON",
        lambda: dumps(trace_document(seen.explainer, seen.trace, others)),
        file_name="trace.json",
        mime="application/json",
        icon=":material/download:",
        on_click="ignore",
    )
