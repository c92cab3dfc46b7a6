"""A source that can't be used at all."""


class SourceError(Exception):
    """The source can't be used. Its text is one sentence that names it and says what to do."""
