"""The search in the head of each page: any object by a part of its name, and from there to its paths."""

from collections import Counter

import streamlit as st

from core.cluster import replace
from dashboard import loading, lookup, state
from dashboard.desk import Filters
from dashboard.graph.style import STYLES
from dashboard.lookup import Entry
from dashboard.search import Hit, search_box
from dashboard.sight import Sight, worst_first

MAX_HITS = 12


@st.fragment
def panel(sight: Sight) -> None:
    """The field, with what was found for what stands in it. Only this part runs again at a key."""
    if state.destination_waits():
        st.rerun()
    text = state.looked_for()
    found, total = lookup.search(loading.index_of(sight.base), text, MAX_HITS)
    search_box(
        key="search",
        text=text,
        hits=[hit(sight, entry) for entry in found],
        total=total,
        on_find=state.look_for,
        on_go=lambda name: jump(sight, name),
    )


def hit(sight: Sight, entry: Entry) -> Hit:
    """What was found, with where its paths go."""
    verdicts = Counter(
        path.outcome.verdict
        for pair in lookup.all_pairs_of(sight, entry.name)
        if (path := pair.at(sight.mode)) is not None
    )
    worst = next(iter(worst_first(verdicts)), None)
    told = "no path"
    if worst is not None:
        total = sum(verdicts.values())
        told = STYLES[worst].word if total == 1 else f"{verdicts[worst]:,} of {total:,} {STYLES[worst].word}"
    return Hit(
        name=entry.name,
        kind=entry.kind,
        title=entry.title,
        told=told,
        verdict="" if worst is None else str(worst),
    )


def _is_grouped(sight: Sight) -> bool:
    """Whether there is too much to draw each object, so that the one looked for would be counted in a group."""
    pairs = sight.everything
    return bool(pairs) and loading.graph_of(sight, pairs).graph["kind"] == "groups"


def jump(sight: Sight, name: str) -> None:
    """Show an object on the page of paths: selected, and drawn whatever the filters were."""
    kind, _, rest = name.partition(":")
    filters = sight.desk.filters
    if kind == "namespace":
        state.set_filters(Filters(namespaces=(rest,)))
        state.select(None)
    else:
        state.select(name)
        if filters and len(lookup.pairs_of(sight, name)) < len(lookup.all_pairs_of(sight, name)):
            filters = Filters()
        if not filters and _is_grouped(sight):
            namespace = lookup.namespace_of(sight, name)
            filters = replace(filters, namespaces=(namespace,) if namespace else ())
        state.set_filters(filters)
    state.look_for("")
    state.go("paths")
