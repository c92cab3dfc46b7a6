"""Tables, cards and badges: elements built from data, for what Streamlit's own widgets don't show well."""

from dashboard.markup.component import show
from dashboard.markup.tree import Action, Node, actions, h, text_of, texts

__all__ = ["Action", "Node", "actions", "h", "show", "text_of", "texts"]
