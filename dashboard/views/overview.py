"""Overview: how much ingress traffic skips its waypoint, and where."""

import streamlit as st

from dashboard.desk import Mode
from dashboard.markup import h, show
from dashboard.panels import controllers, counts, filters, heading, heat, problems, rights
from dashboard.sight import Sight


def show_page(sight: Sight) -> None:
    """The page."""
    heading.panel("Which ingress traffic skips its waypoint?", sight)
    missing = rights.tree(sight.base.missing)
    if not sight.everything:
        show(h("p", sight.explainer.summary(), class_="lead"), key="overview-nothing")
        if missing:
            show(missing, key="overview-rights")
        show(problems.tree(sight.base.problems), key="overview-problems")
        return
    told = [h("p", counts.sentence(sight), class_="lead")]
    if said := filters.said(sight):
        told.append(h("p", said, class_="dim small"))
    if sight.mode is Mode.DIFFERENCE and (moves := counts.moves(sight)):
        told.append(moves)
    show(
        h("div", told, counts.tree(sight), class_="stack wide"),
        key="overview-counts",
        on={"verdict": heat.pick_verdict},
    )
    if missing:
        show(missing, key="overview-rights")
    where, who = st.columns([1.5, 1], gap="medium")
    with where:
        st.header("Where", anchor=False)
        show(heat.tree(sight), key="overview-heat", on={"cell": heat.pick})
    with who:
        st.header("Controllers", anchor=False)
        show(controllers.tree(sight), key="overview-controllers")
    show(problems.tree(sight.base.problems), key="overview-problems")
