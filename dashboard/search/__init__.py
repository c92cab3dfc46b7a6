"""The search for an object by a part of its name, on every page."""

from dashboard.search.component import Hit, search_box

__all__ = ["Hit", "search_box"]
