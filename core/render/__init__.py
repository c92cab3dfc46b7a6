"""Resolutions as text for programs and people: JSON, CSV, drawings and stories."""
