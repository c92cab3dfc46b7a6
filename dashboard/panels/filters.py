"""The filters: by namespace, gateway, data plane and verdict, and free text."""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import partial

import streamlit as st

from core.cluster import replace
from core.dataplanes import DATA_PLANES
from core.gates import Verdict
from dashboard import state
from dashboard.desk import Filters
from dashboard.graph.style import STYLES
from dashboard.sight import SEVERITY, Sight, slashed

_KEYS = {"namespaces": "Namespace", "gateways": "Gateway", "planes": "Data plane", "verdicts": "Verdict"}


def panel(sight: Sight) -> None:
    """The filters' part of the sidebar."""
    st.header("Filters", anchor=False)
    filters = sight.desk.filters
    st.text_input(
        "Find",
        key=state.bound("filter-text", filters.text),
        placeholder="Service, route, host …",
        on_change=_changed,
        icon=":material/search:",
    )
    for field, label in _KEYS.items():
        numbers = options(sight, field)
        chosen = list(getattr(filters, field))
        st.multiselect(
            label,
            [*numbers, *(one for one in chosen if one not in numbers)],
            key=state.bound(f"filter-{field}", chosen),
            format_func=partial(_option, field, numbers),
            placeholder="All",
            on_change=_changed,
        )
    if filters:
        st.button("Clear the filters", on_click=clear, icon=":material/filter_alt_off:", width="stretch")


def options(sight: Sight, field: str) -> dict[str, int]:
    """What a filter offers, with how many paths have it."""
    values: Iterable[str]
    match field:
        case "namespaces":
            values = (pair.any.service_ref.namespace for pair in sight.everything)
        case "gateways":
            values = (slashed(pair.any.gateway) for pair in sight.everything)
        case "planes":
            values = (pair.any.plane for pair in sight.everything)
        case _:
            found = Counter(
                verdict
                for pair in sight.everything
                for verdict in {path.outcome.verdict for path in pair.states(sight.mode)}
            )
            return {str(verdict): found[verdict] for verdict in SEVERITY if found[verdict]}
    return dict(sorted(Counter(values).items()))


def _option(field: str, numbers: Mapping[str, int], value: str) -> str:
    return f"{_word(field, value)} ({numbers.get(value, 0)})"


def _word(field: str, value: str) -> str:
    if field == "verdicts":
        return STYLES[Verdict(value)].word
    if field == "planes":
        return DATA_PLANES[value].title if value in DATA_PLANES else value
    return value


def _changed() -> None:
    filters = state.desk().filters
    text = state.value_of("filter-text")
    chosen = {field: state.value_of(f"filter-{field}") for field in _KEYS}
    state.set_filters(
        replace(
            filters,
            **{
                field: getattr(filters, field) if values is None else tuple(values)
                for field, values in chosen.items()
            },
            text=filters.text if text is None else str(text).strip(),
        )
    )


def clear() -> None:
    state.set_filters(Filters())


def said(sight: Sight) -> str:
    """How much the filters let through; empty where they let all through."""
    shown, total = len(sight.pairs), len(sight.everything)
    return "" if shown == total else f"The filters let {shown} of {total} paths through."
