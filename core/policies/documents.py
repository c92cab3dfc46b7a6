"""Where policies act, in the shape that `waypath policies -o json` prints, and the policies of a path in a
resolution's.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from core.policies.act import Act, PolicyActs
from core.policies.view import PathPolicies


def act_document(act: Act) -> dict[str, Any]:
    """One place; only what belongs to its kind is there."""
    if act.at == "ztunnel":
        return {"at": act.at, "pods": list(act.pods)}
    document: dict[str, Any] = {"at": act.at, "gateway": "/".join(act.gateway)}
    if act.service is not None:
        document |= {"service": str(act.service), "port": act.port}
    return document


def policy_document(one: PolicyActs) -> dict[str, Any]:
    """A policy with its places."""
    return {
        "policy": str(one.policy),
        "acts": [act_document(act) for act in one.acts],
        "because": one.because,
        "notes": list(one.notes),
        "faults": list(one.faults),
        "assumed": one.assumed,
    }


def policies_document(found: Sequence[PolicyActs], unread: Sequence[str] = ()) -> dict[str, Any]:
    """All policies; `unread`, kinds that could not be read, is there where there are any."""
    document: dict[str, Any] = {"policies": [policy_document(one) for one in found]}
    return {**document, "unread": list(unread)} if unread else document


def path_policies_document(found: PathPolicies) -> Mapping[str, Sequence[Any]]:
    """The policies of a path, by name; `doubling` says what repeats of those that are doubled."""
    return {
        "enforced": [str(ref) for ref in found.enforced],
        "bypassed": [str(ref) for ref in found.bypassed],
        "doubled": [str(ref) for ref in found.doubled_refs],
        "doubling": [
            {
                "effect": one.effect,
                "key": one.key,
                "at": [str(one.first), str(one.second)],
                "idempotent": one.idempotent,
                "repeats": one.repeats,
            }
            for one in found.doubled
        ],
    }
