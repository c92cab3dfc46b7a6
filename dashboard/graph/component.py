"""The Streamlit component that draws a graph, and what comes back from it."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
import pyvis
import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest
from streamlit.components.v2.types import ComponentRenderer

from core.gates import Verdict
from core.graph import WORDS, Graph, layout_of
from core.graph.words import counts_of, goals
from core.model import Row
from core.render.svg import svg
from core.text import count
from dashboard.graph.delta import crossing, forget
from dashboard.graph.network import network
from dashboard.graph.style import Theme, palette

PROJECT = "waypath"
COMPONENT = f"{PROJECT}.graph"

_HERE = Path(__file__).parent
_VIS = Path(pyvis.__file__).parent / "lib" / "vis-9.1.2"
_ASSETS = {"graph": _HERE / "assets", "vis": _VIS}
"""Component → the folder that Streamlit serves for it; vis-network is the one that pyvis comes with."""


class Focus(Row):
    """What the user wants to see alone: a namespace, a service (`Kind/namespace/name`) or a route rule
    (`Kind/namespace/name:rule`); `namespace` is that of the innermost.
    """

    namespace: str
    service: str = ""
    route: str = ""


class Play(Row):
    """A request on its way: the ids of the nodes that it passes, and the position of the one it is at."""

    stops: Sequence[str]
    step: int


class Selection(Row):
    """What is selected in the drawing, and what it asked for in this run.

    `selected` is a node's id or a path's id, None where nothing is selected. `paths` are the ids of the paths through
    it. `clicked` is set in the run that a click caused, `focus` in the run that a double click caused.
    """

    selected: str | None
    paths: tuple[str, ...] = ()
    clicked: bool = False
    focus: Focus | None = None


def traffic_graph(
    graph: Graph,
    *,
    selected: str | None,
    theme: Theme,
    key: str,
    height: int | None = None,
    play: Play | None = None,
    title: str = "Ingress traffic paths",
    on_select: Callable[[str | None], None] | None = None,
    on_focus: Callable[[Focus], None] | None = None,
    on_ask: Callable[[], None] | None = None,
) -> Selection:
    """Draw `graph`, made by `core.graph.build`, and tell what is selected in it.

    Args:
        graph: What to draw, made by `core.graph.draw`, `build` or `aggregate`.
        selected: The id of a node or of a path, as the page has it. A click in this run wins over it.
        theme: The theme whose colours count where the browser doesn't tell its background.
        key: The component's key in the session state.
        height: In pixels, legend included; by default what the paths shown need, within limits.
        play: A request to show on its way; `core.graph.journey` tells what a path passes.
        title: The heading of the picture where it is downloaded as SVG.
        on_select: Called after a click with the new selection, before the script runs again.
        on_focus: Called likewise when a namespace, a service or a route is to be seen alone.
        on_ask: Called likewise when the drawing asks for something that changes nothing: all of its data, or a picture.
    """
    selected, clicked = _reconciled(key, selected)
    if selected is not None and not paths_of(graph, selected):
        selected = None

    if height is None:
        height = fitting_height(graph)
    data = payload(graph, selected=selected, theme=theme, height=height, play=play)

    def tell_selected() -> None:
        if on_select is not None:
            on_select(_text(_state(key).get("selected")))

    def tell_focus() -> None:
        focus = _focus(graph, _state(key).get("focus"))
        if on_focus is not None and focus is not None:
            on_focus(focus)

    def tell_asked() -> None:
        if on_ask is not None:
            on_ask()

    def again() -> None:
        forget(key)
        tell_asked()

    wanted = _text(_state(key).get("picture"))
    sent = crossing(key, data)
    if wanted is not None:
        picture = {"id": wanted, "text": svg(graph, title=title)}
        sent = (
            {**sent, "picture": picture}
            if sent["whole"]
            else {**sent, "set": {**sent["set"], "picture": picture}}
        )
    result = _component()(
        key=key,
        data=sent,
        height=height,
        on_selected_change=tell_selected,
        on_focus_change=tell_focus,
        on_picture_change=tell_asked,
        on_again_change=again,
    )
    paths = () if selected is None else paths_of(graph, selected)
    return Selection(
        selected=selected, paths=paths, clicked=clicked, focus=_focus(graph, result.get("focus"))
    )


def paths_of(graph: Graph, selected: str) -> tuple[str, ...]:
    """The ids of the paths that `selected` stands for: a node's id, a path's, or that of a group of paths; empty where
    it is not drawn.
    """
    members: Mapping[str, Sequence[str]] = graph.graph.get("members", {})
    if selected in graph:
        ids = graph.nodes[selected]["path_ids"]
        found = dict.fromkeys(path for one in ids for path in members.get(one, (one,)))
        return tuple(found) or (selected,)
    if selected in members:
        return tuple(members[selected])
    if members:
        return (selected,) if _group_of(graph, selected) else ()
    return (selected,) if selected in graph.graph["verdicts"] else ()


def _group_of(graph: Graph, path: str) -> str | None:
    """The group that a path is counted in; None where none is drawn."""
    members: Mapping[str, Sequence[str]] = graph.graph.get("members", {})
    return next((name for name, ids in members.items() if path in ids), None)


def fitting_height(graph: Graph) -> int:
    """A height that shows small graphs whole. It depends on which paths are shown, and on nothing about them."""
    found = layout_of(graph)
    return min(max(round(found.bottom - found.top) + 130, 360), 700)


def payload(
    graph: Graph, *, selected: str | None, theme: Theme, height: int, play: Play | None = None
) -> dict[str, Any]:
    """What the component gets, as JSON: names in it are text and never anything else."""
    net = network(graph)
    alone = selected is None or selected in graph or selected in graph.graph["verdicts"]
    verdicts = {verdict for _, _, edge in graph.edges(data=True) for verdict in edge["verdicts"]}
    counts = counts_of(graph)
    return {
        "nodes": net.nodes,
        "edges": net.edges,
        "paths": list(graph.graph["verdicts"]),
        "counts": {str(one): counts[one] for one in Verdict if counts[one] or one in verdicts},
        "several": any("verdict" not in edge for edge in net.edges),
        "layout": msgspec.to_builtins(layout_of(graph)),
        "buses": graph.graph["buses"],
        "scope": _scope(graph),
        "note": graph.graph.get("note", ""),
        "difference": graph.graph["difference"],
        "palettes": {"light": palette("light"), "dark": palette("dark")},
        "selected": selected,
        "stands": None if alone or selected is None else _group_of(graph, selected),
        "play": None if play is None else msgspec.to_builtins(play),
        "theme": theme,
        "height": height,
        "summary": summary(graph),
        "picture": None,
    }


def _scope(graph: Graph) -> str:
    """Changes where something else is drawn, and not where it is drawn otherwise."""
    rows = sorted(name for name, node in graph.nodes(data=True) if node["kind"] in ("service", "group"))
    digest = hashlib.blake2b("\n".join(rows).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return f"{graph.graph['kind']}:{digest}"


def summary(graph: Graph) -> str:
    """The graph in a sentence, for who can't see it."""
    counts = counts_of(graph)
    if not counts:
        return "No path to draw."
    counted = [f"{counts[verdict]:,} {WORDS[verdict]}" for verdict in Verdict if counts[verdict]]
    return (
        f"{count(counts.total(), 'path')} to {goals(graph)}: {', '.join(counted)}. "
        "The table of paths has the same content."
    )


def _state(key: str) -> Mapping[str, Any]:
    return st.session_state.get(key) or {}


def _text(value: object) -> str | None:
    """What a browser sent, if it is text."""
    return value if isinstance(value, str) else None


def _reconciled(key: str, selected: str | None) -> tuple[str | None, bool]:
    """The selection after what the user clicked and what the page wants, and whether it was a click.

    The component's own value outlives a selection made elsewhere on the page, so it counts only when it has changed
    since the last run; else it is made to follow the page.
    """
    seen = f"{key}:seen"
    drawn_before = key in st.session_state
    value = _text(_state(key).get("selected"))
    clicked = drawn_before and value != st.session_state.get(seen)
    now = value if clicked else selected
    if not drawn_before or value != now:
        st.session_state[key] = {"selected": now}
    st.session_state[seen] = now
    return now, clicked


def _focus(graph: Graph, wanted: object) -> Focus | None:
    if not isinstance(wanted, str):
        return None
    if wanted in graph:
        node = graph.nodes[wanted]
        kind = node["level"] if node["kind"] == "group" else node["kind"]
        match kind:
            case "service":
                return Focus(namespace=node["namespace"], service=node["ref"])
            case "route":
                return Focus(namespace=node["namespace"], route=wanted.removeprefix("route:"))
            case "namespace":
                return Focus(namespace=node["namespace"])
            case _:
                return None
    bands = {band.namespace for band in layout_of(graph).bands}
    namespace = wanted.removeprefix("namespace:")
    return Focus(namespace=namespace) if namespace in bands else None


@cache
def _renderer() -> ComponentRenderer:
    return st.components.v2.component(COMPONENT, js="graph.js", css="graph.css")


def _component() -> ComponentRenderer:
    """The component, its assets made known to the running server.

    Streamlit finds a manifest by itself only beside a package that is called like the distribution, and none in an
    editable install; so the manifest is handed over here. It also lets vis-network be served from where pyvis has it.
    """
    manager = get_bidi_component_manager()
    for name, folder in _ASSETS.items():
        if manager.get_component_asset_root(f"{PROJECT}.{name}") is None:
            manifest = ComponentManifest(
                name=PROJECT,
                version=version("streamlit"),
                components=[ComponentConfig(name=name, asset_dir=folder.name)],
            )
            manager.register_from_manifest(manifest, folder.parent)
    return _renderer()
