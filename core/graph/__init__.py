"""Paths as pictures: what is drawn, where it stands, and for many paths how they are counted."""

from core.graph.aggregate import MAX_ROWS, Page, aggregate
from core.graph.building import build, layout_of
from core.graph.groups import Level
from core.graph.picture import MAX_NODES, draw
from core.graph.stops import journey
from core.graph.words import LANES, MEANINGS, TITLES, WORDS, Band, Graph, Lane, Layout

__all__ = [
    "LANES",
    "MAX_NODES",
    "MAX_ROWS",
    "MEANINGS",
    "TITLES",
    "WORDS",
    "Band",
    "Graph",
    "Lane",
    "Layout",
    "Level",
    "Page",
    "aggregate",
    "build",
    "draw",
    "journey",
    "layout_of",
]
