"""Live clusters, read only: the kubeconfig's contexts, one reading of a cluster, and a mirror that follows it.

The official client does authentication and transport; it is imported when a cluster is asked for, not before.
"""

from core.sources.live.config import IN_CLUSTER, contexts
from core.sources.live.mirror import Mirror
from core.sources.live.patience import Pace, Patience
from core.sources.live.reading import read_live
from core.sources.live.rights import in_yaml, rules_for
from core.sources.live.scope import parse_selector, parse_spec
from core.sources.live.types import CancelledError, Change, Context, MirrorState, Progress
from core.sources.live.wanted import WANTED, Rule, Wanted, rules

__all__ = [
    "IN_CLUSTER",
    "WANTED",
    "CancelledError",
    "Change",
    "Context",
    "Mirror",
    "MirrorState",
    "Pace",
    "Patience",
    "Progress",
    "Rule",
    "Wanted",
    "contexts",
    "in_yaml",
    "parse_selector",
    "parse_spec",
    "read_live",
    "rules",
    "rules_for",
]
