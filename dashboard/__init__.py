"""The dashboard: pages that show what `core` found out."""
