"""The first page: samples as cards, and the user's own clusters and files beside them."""

from collections.abc import Sequence

import streamlit as st

from core.gates import Verdict
from core.text import count
from dashboard import loading, state
from dashboard.graph.style import STYLES
from dashboard.loading import SampleFacts
from dashboard.markup import Node, h, show
from dashboard.markup.looks import prose
from dashboard.panels import clusters, source
from dashboard.sight import SEVERITY

COMMAND = "waypath snapshot live: -o cluster.json.gz"


def panel() -> None:
    """Choose what to look at."""
    st.title("Does ingress traffic pass its waypoint?", anchor=False)
    st.markdown(
        "waypath reads a cluster's objects and works out where each ingress route sends its traffic, "
        "why, and what would change it. It changes nothing."
    )
    own, samples = st.columns([1, 2.2], gap="medium")
    with own:
        st.header("Your cluster", anchor=False)
        clusters.panel("gallery")
        st.header("Your files", anchor=False)
        source.uploader("gallery")
        show(_how(), key="gallery-how")
    with samples:
        st.header("Samples", anchor=False)
        show(cards(loading.sample_facts()), key="gallery", on={"open": state.open_source})


def _how() -> Node:
    return h(
        "div",
        h("p", "To save what decides in a cluster, policies included, as one file:", class_="dim small"),
        h("pre", h("code", COMMAND), class_="command"),
        h("button", "Copy the command", type="button", copy=COMMAND),
        h(
            "p",
            "Manifests and the output of kubectl get -o yaml will do, too. Several files and archives are merged: the more "
            "there is, the less has to be assumed.",
            class_="dim small",
        ),
        class_="stack",
    )


def cards(facts: Sequence[SampleFacts]) -> Node:
    """A card a sample: its verdicts as a bar, title and sentence."""
    return h("ul", [_card(one) for one in facts], class_="cards")


def _card(facts: SampleFacts) -> Node:
    total = sum(facts.verdicts.values())
    told = ", ".join(f"{facts.verdicts[one]} {STYLES[one].word}" for one in _present(facts))
    return h(
        "li",
        h(
            "button",
            h("span", prose(facts.sample.title), class_="strong title"),
            h(
                "span",
                [
                    h("span", class_=f"piece v-{one}", vars={"share": facts.verdicts[one] / total})
                    for one in _present(facts)
                ],
                class_="bar",
                aria_hidden="true",
            ),
            h("span", f"{count(total, 'path')}: {told}", class_="dim small"),
            h("span", prose(facts.sample.sentence), class_="sentence"),
            type="button",
            class_="card",
            act=["open", f"{loading.SAMPLE}{facts.sample.name}"],
        ),
        key=facts.sample.name,
    )


def _present(facts: SampleFacts) -> list[Verdict]:
    return [one for one in reversed(SEVERITY) if facts.verdicts.get(one)]
