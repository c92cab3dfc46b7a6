"""Istio's HTTPRetry in words: `retries` of a VirtualService's rule, and `defaultHttpRetryPolicy` of MeshConfig.

Source: istiod pilot/pkg/networking/core/route/retry/retry.go (ConvertPolicy).
"""

from collections.abc import Mapping
from typing import Any


def retries_in_words(part: Mapping[str, Any] | None) -> str | None:
    """None where there is no policy; empty for one without attempts, by which nothing is tried again."""
    if part is None:
        return None
    attempts = part.get("attempts")
    if not isinstance(attempts, int) or attempts <= 0:
        return ""
    said = [f"{attempts} attempt" + ("s" if attempts > 1 else "")]
    for field, words in (("perTryTimeout", "{} each"), ("retryOn", "on {}")):
        value = part.get(field)
        if isinstance(value, str) and value:
            said.append(words.format(value))
    return ", ".join(said)
