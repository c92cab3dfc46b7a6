"""The traffic graph: how verdicts look, and the component that draws them."""

from dashboard.graph.component import Focus, Play, Selection, paths_of, traffic_graph
from dashboard.graph.style import STYLES, Theme, VerdictStyle, palette

__all__ = [
    "STYLES",
    "Focus",
    "Play",
    "Selection",
    "Theme",
    "VerdictStyle",
    "palette",
    "paths_of",
    "traffic_graph",
]
