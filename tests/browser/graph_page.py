"""A page with nothing but the traffic graph, of paths made by hand. `?case=` says which."""

import streamlit as st

from core.gates import Verdict
from core.graph import build
from dashboard.graph import traffic_graph
from tests.browser.graph_cases import LABELS, SHOP, changed, every_verdict, hostile, many, path, resolution

st.set_page_config(layout="wide")
case = st.query_params.get("case", "verdicts")
flipped = st.toggle("Flip", key="flip")
before = None
if case == "difference":
    old, shown = changed()
    before = {one.id: one for one in old}
elif case == "hostile":
    shown = hostile()
elif case == "many":
    shown = many(int(st.query_params.get("services", "60")))
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
graph = build(resolution(shown, LABELS), shown, before)
chosen = st.query_params.get("selected")
picked = traffic_graph(graph, selected=st.session_state.get("chosen", chosen), theme="light", key="graph")
st.session_state["chosen"] = picked.selected
st.text(f"selected={picked.selected}")
st.text(f"clicked={picked.clicked} paths={len(picked.paths)}")
if picked.focus:
    st.text(f"focus={picked.focus.namespace}|{picked.focus.service}")
if st.button("Select images"):
    st.session_state["chosen"] = next((one.id for one in shown if one.service_ref.name == "images"), None)
    st.rerun()
