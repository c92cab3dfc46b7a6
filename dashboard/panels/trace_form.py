"""The request that is traced: its fields, what is wrong with them, and examples made of the source's routes."""

from collections.abc import Sequence

import streamlit as st

from core.trace.examples import Example
from core.trace.gateways import ingress_gateways
from dashboard import loading, state
from dashboard.desk import MAX_URL, MAX_WORD, Asked
from dashboard.markup import Node, h, show
from dashboard.sight import Sight

METHODS = ("", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_DEFAULT, _AUTOMATIC = "Default", "Automatic"
_URL, _METHOD, _HEADERS, _GATEWAY = "trace-url", "trace-method", "trace-headers", "trace-via"


def panel(sight: Sight, asked: Asked, fault: str) -> None:
    """The form with `asked` in it.

    Args:
        sight: What the page shows.
        asked: The request in the words of `waypath trace`.
        fault: What is wrong with it in one sentence, empty where nothing is.
    """
    with st.form("trace-form", border=False):
        url, method, headers, gateway, go = st.columns([4, 1.3, 3, 2.2, 1], gap="small")
        with url:
            st.text_input(
                "URL",
                key=state.bound(_URL, asked.url),
                placeholder="https://shop.example.com/cart?id=7",
                max_chars=MAX_URL,
                help="http, https, grpc, grpcs, tls, tcp or udp. Its host and port are where the client connects to, "
                "and the SNI; a header Host asks for another host",
            )
        with method:
            st.selectbox(
                "Method",
                list(dict.fromkeys([*METHODS, asked.method])),
                key=state.bound(_METHOD, asked.method),
                format_func=lambda word: word or _DEFAULT,
                accept_new_options=True,
                help="By default GET; POST for gRPC",
            )
        with headers:
            st.text_area(
                "Headers",
                key=state.bound(_HEADERS, "\n".join(asked.headers)),
                placeholder="NAME=VALUE, one a line",
                height=68,
                max_chars=20 * MAX_WORD,
                help="One a line, as NAME=VALUE or NAME: VALUE",
            )
        with gateway:
            names = _gateways(sight)
            st.selectbox(
                "Gateway",
                list(dict.fromkeys(["", *names, asked.gateway])),
                key=state.bound(_GATEWAY, asked.gateway),
                format_func=lambda name: name or _AUTOMATIC,
                help="Automatic: the one with the URL's address, else where the request gets furthest",
            )
        with go, st.container(key="trace-go"):
            st.form_submit_button("Trace", type="primary", on_click=_submitted, width="stretch")
    if fault:
        show(_fault(fault), key="trace-fault")
    examples = loading.examples_of(sight)
    if examples:
        show(_examples(examples, asked), key="trace-examples", on={"ask": _example})


def _gateways(sight: Sight) -> Sequence[str]:
    found = ingress_gateways(sight.explainer.resolution)
    return [f"{gateway.namespace}/{gateway.name}" for gateway in found]


def _submitted() -> None:
    before = state.desk().asked
    url, method, headers, gateway = (state.value_of(key) for key in (_URL, _METHOD, _HEADERS, _GATEWAY))
    state.ask(
        Asked(
            url=before.url if url is None else str(url).strip(),
            method=before.method if method is None else str(method).strip(),
            headers=before.headers if headers is None else header_lines(str(headers)),
            gateway=before.gateway if gateway is None else str(gateway),
        )
    )


def header_lines(text: str) -> tuple[str, ...]:
    """The headers of a field with one a line."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _example(url: str, method: str, *headers: str) -> None:
    state.ask(Asked(url=url, method=method, headers=headers))


def _fault(sentence: str) -> Node:
    return h(
        "p",
        h("span", "✕", class_="mark fail", aria_hidden="true"),
        h("span", sentence, class_="wrap"),
        class_="trace-fault",
        role="alert",
    )


def _examples(examples: Sequence[Example], asked: Asked) -> Node:
    return h(
        "div",
        h("span", "From the routes:", class_="dim small"),
        [
            h(
                "button",
                _short(one),
                type="button",
                class_="example",
                act=["ask", one.url, one.method, *one.headers],
                title=" ".join([one.method or "Trace", one.url, *one.headers]),
                aria_current="true"
                if (one.url, one.method, tuple(one.headers)) == (asked.url, asked.method, asked.headers)
                else None,
                key=f"{number}",
            )
            for number, one in enumerate(examples)
        ],
        class_="examples row",
    )


def _short(one: Example) -> str:
    word = one.url.removeprefix("http://")
    return f"{one.method} {word}" if one.method else word
