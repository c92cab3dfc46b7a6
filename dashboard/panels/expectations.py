"""Expectations: what waypath.yaml asks of paths, whether it holds today and with the edits, and where it is written."""

from collections.abc import Sequence

import streamlit as st

from core.audit.expected import Answer
from core.expectations import MUST, MUST_NOT
from core.text import count
from dashboard import state
from dashboard.desk import MAX_EXPECT, Desk, to_params
from dashboard.loading import Judged
from dashboard.markup import Node, h
from dashboard.panels.more import more_button
from dashboard.sight import Sight, slashed
from dashboard.words import plain

FIRST_ROWS, MORE_ROWS = 20, 100
EXAMPLE = """\
must-traverse:
  - shop/cart
  - {service: payments/*, because: card data}
must-not-traverse:
  - {service: shop/images, gateway: infra/http}
"""

_LIST = "expectations"
_TEXT, _FILE = "expect-text", "expect-file"
_WORDS = {MUST: "must pass a waypoint", MUST_NOT: "must not pass a waypoint"}


def tree(sight: Sight, judged: Judged) -> Node | None:
    """A row for each expectation; None where there are none."""
    rows = judged.answers_before
    if not rows:
        return None
    limit = sight.desk.listing(_LIST, FIRST_ROWS)
    edited = bool(sight.desk.edits)
    titles = ["Services", "Asked", "Because", "Today", *(["With edits"] if edited else [])]
    pairs = list(zip(rows, judged.answers_after, strict=True))
    return h(
        "details",
        h("summary", h("span", sentence(judged, edited=edited), class_="strong")),
        h(
            "div",
            h(
                "table",
                h("thead", h("tr", [h("th", title, scope="col") for title in titles])),
                h(
                    "tbody",
                    [
                        _row(number, before, after if edited else None)
                        for number, (before, after) in enumerate(pairs[:limit])
                    ],
                ),
                class_="expectations",
            ),
            class_="scroll",
        ),
        more_button(_LIST, limit, len(rows) - limit, MORE_ROWS),
        h("p", _origin(judged), class_="dim small wrap"),
        class_="fold stack",
        open=True,
        key="expectations",
    )


def sentence(judged: Judged, *, edited: bool) -> str:
    """How many expectations are met."""
    number = len(judged.answers_before)
    before, after = (sum(_met(one) for one in at) for at in (judged.answers_before, judged.answers_after))
    with_edits = f", {after} with the edits" if edited else ""
    verb = "is" if 1 in (before, number) else "are"
    return f"{before} of {count(number, 'expectation')} {verb} met today{with_edits}"


def _origin(judged: Judged) -> str:
    names = judged.expected.names
    return f"From {', '.join(names)}." if names else "Given here; a link to this page carries them."


def _met(answer: Answer) -> bool:
    return bool(answer.asked) and not answer.wrong


def _row(number: int, before: Answer, after: Answer | None) -> Node:
    asked = before.expectation
    kind = f"{asked.kind}/" if asked.kind else ""
    words = [_WORDS[asked.sort]]
    words += [f"{slashed((asked.waypoint[0], asked.waypoint[1]))}"] if asked.waypoint else []
    through = f"through gateway {'/'.join(asked.gateway)}" if asked.gateway else "through any gateway"
    return h(
        "tr",
        h("td", f"{kind}{'/'.join(asked.service)}", class_="strong wrap"),
        h("td", " ".join(words), h("span", through, class_="sub")),
        h("td", asked.because or h("span", "no reason given", class_="dim"), class_="wrap"),
        h("td", _answer(before)),
        h("td", _answer(after)) if after is not None else None,
        key=f"{number} {asked}",
    )


def _answer(answer: Answer) -> Node:
    paths = count(len(answer.asked), "path")
    if not answer.asked:
        return h(
            "span",
            h("span", "?", class_="mark unknown", aria_hidden="true"),
            h("span", "no ingress path leads there", class_="dim"),
            class_="row",
            title="The name may be misspelt",
        )
    if not answer.wrong:
        return h(
            "span", h("span", "✓", class_="mark pass", aria_hidden="true"), f"met by {paths}", class_="row"
        )
    return h(
        "span",
        h("span", "✕", class_="mark fail", aria_hidden="true"),
        h(
            "button",
            f"not met by {len(answer.wrong)} of {paths}",
            type="button",
            class_="link",
            act=["path", answer.wrong[0]],
            leads="paths",
            title="Show the first of them",
        ),
        class_="row",
    )


# --- where they are written ----------------------------------------------------------------------------


def editor(sight: Sight, judged: Judged) -> None:
    """A button that opens a field for expectations, and a place for a file with them."""
    with st.popover("Expectations", icon=":material/rule:", width="content"):
        st.caption(
            "Which services must pass a waypoint, and which must not, as `waypath audit --expect` reads them."
        )
        st.text_area(
            "waypath.yaml",
            key=state.bound(_TEXT, sight.desk.expect or _found(sight)),
            placeholder=EXAMPLE,
            height=200,
            max_chars=MAX_EXPECT,
            on_change=_written,
            help="Counts when you leave the field, or press Ctrl and Enter",
        )
        st.file_uploader("Or a file", type=["yaml", "yml", "json"], key=_FILE, on_change=_uploaded)
        if sight.desk.expect:
            word = "Back to those of the source" if sight.base.expects else "Take them away"
            st.button(word, on_click=_taken_back, icon=":material/undo:")
    if judged.expected.problem:
        st.error(plain(judged.expected.problem), icon=":material/error:")
    if _too_long(sight.desk):
        st.warning(
            "These expectations are too long for a link: keep them as a file.", icon=":material/link_off:"
        )


def _found(sight: Sight) -> str:
    texts: Sequence[str] = [one.text for one in sight.base.expects]
    return texts[0] if len(texts) == 1 else ""


def _too_long(desk: Desk) -> bool:
    return bool(desk.expect) and "expect" not in to_params(desk, ())


def _written() -> None:
    text = state.value_of(_TEXT)
    if text is not None:
        state.expect(str(text) if str(text).strip() else "")


def _uploaded() -> None:
    file = state.value_of(_FILE)
    if file is not None:
        state.expect(file.getvalue()[:MAX_EXPECT].decode("utf-8-sig", "replace"))


def _taken_back() -> None:
    state.expect("")
