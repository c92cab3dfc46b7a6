"""A page with nothing but the traffic graph, of paths made by hand. `?case=` says which."""

import streamlit as st

from core.gates import Verdict
from core.graph import draw, journey
from dashboard.graph import Focus, Play, traffic_graph
from tests.browser.graph_cases import (
    LABELS,
    SHOP,
    changed,
    every_verdict,
    hostile,
    many,
    path,
    policed,
    relabelled,
    resolution,
)

st.set_page_config(layout="wide")
case = st.query_params.get("case", "verdicts")
flipped = st.toggle("Flip", key="flip")
labels, before, view = LABELS, None, None
if case == "difference":
    old, shown = changed()
    before = {one.id: one for one in old}
elif case == "hostile":
    shown = hostile()
elif case == "many":
    shown = many(int(st.query_params.get("services", "60")))
    before = {one.id: one for one in relabelled(shown)} if "before" in st.query_params else None
elif case == "empty":
    shown = []
else:
    shown = every_verdict()
if flipped:
    shown = [
        path(one.service_ref.name, Verdict.WAYPOINT, waypoint=SHOP, namespace=one.service_ref.namespace)
        if one.service_ref.name in {"catalog", "service-002"}
        else one
        for one in shown
    ]
state = resolution(shown, labels)
if case == "policies":
    state, view = policed()
    shown = state.paths
focus = st.session_state.get("focus")
if focus is not None:
    shown = [
        one
        for one in shown
        if one.service_ref.namespace == focus.namespace and focus.service in ("", str(one.service_ref))
    ]
graph = draw(state, shown, before, policies=view)
chosen = st.query_params.get("selected")
play = None
if "play" in st.query_params:
    stops = journey(shown[int(st.query_params["play"])])
    play = Play(stops=stops, step=st.number_input("Step", 0, len(stops) - 1, key="step"))


def alone(wanted: Focus) -> None:
    st.session_state["focus"] = wanted


picked = traffic_graph(
    graph,
    selected=st.session_state.get("chosen", chosen),
    theme="light",
    key="graph",
    play=play,
    on_focus=alone if "drill" in st.query_params else None,
)
st.session_state["chosen"] = picked.selected
st.text(f"selected={picked.selected}")
st.text(f"clicked={picked.clicked} paths={len(picked.paths)}")
if picked.focus:
    st.text(f"focus={picked.focus.namespace}|{picked.focus.service}")
if st.button("Select images"):
    st.session_state["chosen"] = next((one.id for one in shown if one.service_ref.name == "images"), None)
    st.rerun()
