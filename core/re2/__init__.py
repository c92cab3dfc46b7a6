"""Regular expressions in the dialect of the data planes: read, and held against a text."""
