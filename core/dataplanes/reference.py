"""The backendRef itself, which every data plane looks at first and alike: Gateway API's own rules."""

from core import checks
from core.gates import Gate, Verdict
from core.situation import Situation

REFERENCE_CHAIN: tuple[Gate[Situation], ...] = (
    Gate(
        id="backend-ref",
        asks="Does the backendRef name an object and a port that exist?",
        check=checks.backend_resolves,
        otherwise=Verdict.INVALID,
        source="Gateway API: BackendRef",
    ),
    Gate(
        id="reference-grant",
        asks="Is a reference into another namespace allowed?",
        check=checks.reference_granted,
        otherwise=Verdict.INVALID,
        source="Gateway API: ReferenceGrant",
    ),
)
"""Each chain starts with these."""
