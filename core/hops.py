"""How many L7 proxies a request of a path passes: the gateway, and a waypoint where it meets one.

Hops are counted; how long one takes is not known here.
"""

from core.gates import Verdict
from core.model import Row
from core.paths import Path
from core.policies.arrival import arriving

_MEETS = frozenset({Verdict.WAYPOINT, Verdict.WORKLOAD_WAYPOINT})


class Hops(Row):
    """The fewest and the most L7 hops of a request; they differ where traffic is split."""

    least: int
    most: int

    def __str__(self) -> str:
        return str(self.least) if self.least == self.most else f"{self.least} to {self.most}"


def hops(path: Path) -> Hops | None:
    """The L7 hops of the traffic of `path` that arrives; None where none does."""
    found = [2 if part.verdict in _MEETS else 1 for part in arriving(path)]
    return Hops(least=min(found), most=max(found)) if found else None
