"""`gateway-not-captured` and `mixed-gateway-pods`: gateways whose pods ztunnel does not see, or not all of them."""

from collections.abc import Iterator, Mapping, Sequence

from core import labels as names
from core.audit.audited import Audited, counted, ids, listed
from core.audit.finding import Draft, Severity
from core.capture import pod_capture
from core.dataplanes import DATA_PLANES
from core.edits import Edit, LabelEdit
from core.gates import Result, Track
from core.model import Key, Pod
from core.paths import Path
from core.situation import gateway_variations

GATE = "gateway-captured"


def _only_capture_missing(at: Audited, path: Path) -> bool:
    """Whether `path` would be redirected to a waypoint, were the pod captured."""
    decided = {
        step.gate: step.finding
        for gate, step in zip(at.resolution.gates(path), at.resolution.steps(path), strict=True)
        if Track.REDIRECT in gate.on and gate.otherwise is Track.ENDPOINTS
    }
    capture = decided.pop(GATE, None)
    return (
        capture is not None
        and capture.result is Result.FAIL
        and not any(finding.stops for finding in decided.values())
    )


def _concerned(at: Audited) -> Mapping[Key, Sequence[Path]]:
    """Gateway → the paths that lack nothing but the capture of a pod."""
    found: dict[Key, list[Path]] = {}
    for path in at.paths:
        if path.outcome.decided_by == GATE and _only_capture_missing(at, path):
            found.setdefault(path.gateway_key, []).append(path)
    return found


def gateway_not_captured(at: Audited) -> Iterator[Draft]:
    """No pod of the gateway is captured, so that traffic labelled for its waypoint goes past."""
    for key, paths in sorted(_concerned(at).items()):
        gateway = at.cluster.gateways[key]
        variations = gateway_variations(at.cluster, gateway, by_node=False)
        if len(variations) > 1 or not DATA_PLANES[paths[0].plane].depends_on_capture:
            continue
        step = next(step for step in at.resolution.steps(paths[0]) if step.gate == GATE)
        yield Draft(
            code="gateway-not-captured",
            severity=Severity.ERROR,
            message=f"{counted(paths)} to {listed(path.service_ref for path in paths)} would pass a waypoint, "
            f"but {gateway.ref} is not part of the mesh: {step.finding.because}.",
            objects=(gateway.ref,),
            paths=ids(paths),
            where=gateway.where,
            remedy=step.finding.remedy or "",
            candidates=(tuple(step.finding.edits),),
        )


def mixed_gateway_pods(at: Audited) -> Iterator[Draft]:
    """Some pods of the gateway are captured and others are not, so that the same request takes two ways."""
    for key, paths in sorted(_concerned(at).items()):
        gateway = at.cluster.gateways[key]
        variations = gateway_variations(at.cluster, gateway, by_node=False)
        if len(variations) < 2 or not DATA_PLANES[paths[0].plane].depends_on_capture:
            continue
        outside = _outside(at, key)
        pods = tuple(pod.ref for pod in outside)
        captured = sum(one.count for one in variations if one.capture.captured)
        yield Draft(
            code="mixed-gateway-pods",
            severity=Severity.ERROR,
            message=f"{captured} of {variations[0].of} pods of {gateway.ref} are captured; on {counted(paths)} "
            f"the others go past the waypoint: {listed(pods)}.",
            objects=(gateway.ref, *pods),
            paths=ids(paths),
            where=gateway.where,
            remedy="Add the other pods to the mesh, and restart them where they carry an older configuration.",
            candidates=_capture_edits(outside),
        )


def _outside(at: Audited, key: Key) -> Sequence[Pod]:
    pods = [at.cluster.pods[one] for one in at.cluster.pods.by_gateway.get(key, ())]
    running = [pod for pod in pods if not pod.finished]
    ready = [pod for pod in running if pod.ready is not False] or running
    return sorted(
        (pod for pod in ready if not pod_capture(at.cluster, pod).captured), key=lambda pod: pod.key
    )


def _capture_edits(pods: Sequence[Pod]) -> Sequence[Sequence[Edit]]:
    """Take the label away that keeps the pods out, else label them."""
    label = names.DATAPLANE_MODE

    kept_out = [pod for pod in pods if label in pod.labels]
    unset = tuple(
        LabelEdit(kind="pod", namespace=pod.namespace, name=pod.name, unset=(label,)) for pod in kept_out
    )
    added = tuple(
        LabelEdit(kind="pod", namespace=pod.namespace, name=pod.name, set={label: "ambient"}) for pod in pods
    )
    return [edits for edits in (unset, added) if edits]
