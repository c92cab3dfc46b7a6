"""What several checks share: how objects and ports are named in reasons."""

from collections.abc import Callable

from core.edits import LABEL_KINDS
from core.gates import Finding
from core.model import Key, ObjectRef
from core.situation import Situation

Check = Callable[[Situation], Finding]


NOT_SHOWN = "Read the cluster with the rights that its problems name, and all namespaces that play a part."
"""What to do where a live cluster did not show what decides."""
KIND_WORDS = {kind: word for word, kind in LABEL_KINDS.items()}


def object_ref(kind: str, key: Key) -> ObjectRef:
    """The name of the object of `kind` under `key`."""
    return ObjectRef(kind=kind, namespace=key[0], name=key[1])


def target_name(at: Situation) -> str:
    """What the backendRef led to; where to nothing, what it says."""
    target = at.backend.target
    return str(target.ref) if target is not None else str(at.backend.ref.ref)


def port_words(at: Situation) -> str:
    """The port behind the name of an object, with a blank before it; empty where there is none."""
    return f" on port {at.backend.port.port}" if at.backend.port else ""
