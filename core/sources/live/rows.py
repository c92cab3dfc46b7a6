"""A live cluster as rows, to be merged with other sources."""

from collections.abc import Sequence
from datetime import datetime

from core.manifests import Reading
from core.sources.loaded import MissingRight


class Assembled:
    """What was read of a live cluster, called `name`. `reading` knows in its `unread` what was not."""

    def __init__(
        self, name: str, reading: Reading, missing: Sequence[MissingRight], read_at: datetime
    ) -> None:
        self.name = name
        self.reading = reading
        self.missing = missing
        self.read_at = read_at

    @property
    def stamp(self) -> str:
        """When it was read, as RFC 3339 text in UTC, to the second."""
        return self.read_at.strftime("%Y-%m-%dT%H:%M:%SZ")
