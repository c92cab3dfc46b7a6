"""The traffic graph: how verdicts look, and the component that draws them."""

from dashboard.graph.component import Focus, Selection, paths_of, traffic_graph
from dashboard.graph.style import STYLES, Theme, VerdictStyle, palette

__all__ = ["STYLES", "Focus", "Selection", "Theme", "VerdictStyle", "palette", "paths_of", "traffic_graph"]
