"""`istio.io/ingress-use-waypoint` on the backend and on its namespace."""

from collections.abc import Callable

from core import labels as names
from core.checks.common import KIND_WORDS, Check, target_name
from core.edits import LabelEdit
from core.gates import Finding, Result, failed, label_evidence, not_applicable, passed, unknown
from core.kubectl import label_command
from core.model import Service, ServiceEntry
from core.situation import Situation


def ingress_label(truth: Callable[[str], bool], *, namespace: str) -> Check:
    """`istio.io/ingress-use-waypoint` is true by `truth`.

    `namespace` is how the namespace's label counts: `either` (kgateway: one of both is enough), `fallback` (where the
    object has none) or `ignored`.
    """

    def check(at: Situation) -> Finding:
        row = at.service
        if row is None:
            return not_applicable(f"{target_name(at)} has no such label")
        label = names.INGRESS_USE_WAYPOINT
        own = row.labels.get(label)
        evidence = [label_evidence(row, label)]
        found = at.cluster.namespace(row.namespace)
        if found is not None and namespace != "ignored":
            evidence.append(label_evidence(found, label))
        inherited = found.labels.get(label) if found is not None else None
        if own is not None and truth(own):
            return passed(lambda: f"{row.ref} has {label}={own}", *evidence)
        edit = LabelEdit(
            kind=KIND_WORDS[row.kind], namespace=row.namespace, name=row.name, set={label: "true"}
        )

        def remedy() -> str:
            return f"To send ingress traffic through the waypoint: `{label_command(edit)}`."

        if own is not None and namespace != "either":
            return failed(
                _not_true(f"{row.ref} has {label}", own, namespace), *evidence, remedy=remedy, edits=(edit,)
            )
        if namespace == "ignored":
            because = f"{row.ref} has no {label} label, and this version does not read the namespace's"
            return failed(because, *evidence, remedy=remedy, edits=(edit,))
        if found is None:
            said = f"has {label}={own}" if own is not None else f"has no {label} label"
            because = f"{row.ref} {said}, and Namespace/{row.namespace}, whose label counts too, is not in the source"
            return unknown(because, *evidence, leans=Result.FAIL, remedy=remedy, edits=(edit,))
        if inherited is not None and truth(inherited):
            beside = f", which {row.ref}'s own {own!r} does not override" if own is not None else ""
            return passed(f"{found.ref} has {label}={inherited}{beside}", *evidence)
        beside_it = str(found.ref)
        return failed(
            lambda: _neither(row, own, beside_it, inherited), *evidence, remedy=remedy, edits=(edit,)
        )

    return check


def _not_true(said: str, value: str, namespace: str) -> str:
    wins = ", and wins over the namespace's" if namespace == "fallback" else ""
    return f"{said}={value!r}, which is not a true value{wins}"


def _neither(row: Service | ServiceEntry, own: str | None, namespace: str, inherited: str | None) -> str:
    label = names.INGRESS_USE_WAYPOINT
    if own is None and inherited is None:
        return f"{row.ref} has no {label} label, and neither has {namespace}"
    mine = "no label" if own is None else f"{own!r}"
    its = "no label" if inherited is None else f"{inherited!r}"
    return f"{label} is not a true value: {row.ref} has {mine}, {namespace} has {its}"
