"""The panels of the pages, one a module."""
