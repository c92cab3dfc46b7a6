"""Advice: which services should go through their waypoint, and in which steps one gets there."""

import streamlit as st

from core.text import count
from dashboard import loading
from dashboard.desk import Mode
from dashboard.markup import h, show
from dashboard.panels import acts, advice, heading, steps
from dashboard.sight import Sight

_ABOUT = {
    Mode.TODAY: "About the source as it is today.",
    Mode.EDITS: "About the state with the edits: what is still to change after them.",
    Mode.DIFFERENCE: "About the source as it is today, beside what the scenario makes of it.",
}


def show_page(sight: Sight) -> None:
    """The page."""
    heading.panel("Which services should go through their waypoint?", sight)
    listing = advice.Listing(sight, loading.advising(sight))
    hidden = f" {count(listing.hidden, 'service')} left out by the filters." if listing.hidden else ""
    show(
        h(
            "div",
            h("p", advice.sentence(listing), class_="lead"),
            h(
                "p",
                f"{_ABOUT[sight.mode]} Hops are counted; how long one takes is not guessed.{hidden}",
                class_="dim small",
            ),
            class_="stack tight",
        ),
        key="advice-said",
    )
    show(advice.tree(listing), key="advice", on=advice.handlers(listing))
    st.subheader("The plan of this scenario", anchor=False)
    show(steps.tree(sight), key="steps", on=acts.leading(sight))
