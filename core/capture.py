"""Whether ztunnel intercepts a pod's outbound traffic: observed on the pod, or predicted from labels.

Source: istio-cni writes `ambient.istio.io/redirection` on the pods it captures; the prediction follows its
own choice of pods (cni/pkg/util, PodRedirectionEnabled).
"""

from core import labels as names
from core.cluster import Cluster
from core.gates import Evidence, field_evidence, label_evidence
from core.model import Labels, Object, Pod, Row


class Capture(Row):
    """`observed` is false for a prediction. `known` is false where a label that decides is not in the source."""

    captured: bool
    observed: bool
    because: str
    evidence: tuple[Evidence, ...]
    known: bool = True


def pod_capture(cluster: Cluster, pod: Pod) -> Capture:
    """The annotation (or label) of a running pod; a prediction where the pod, or a label that decides, is not real yet."""
    if pod.ready is not None and not _mode_changed(cluster, pod):
        carried = _redirection(pod)
        return Capture(
            captured=carried.value == "enabled",
            observed=True,
            because=f"{pod.ref} is {'' if carried.value == 'enabled' else 'not '}captured by ztunnel",
            evidence=(carried,),
        )
    if _redirection(pod).value == "enabled" and not _mode_changed(cluster, pod):
        return Capture(
            captured=True,
            observed=False,
            because=f"{pod.ref} will be captured",
            evidence=(_redirection(pod),),
        )
    return predict(
        cluster,
        pod,
        pod.namespace,
        pod.labels,
        host_network=pod.host_network,
        sidecar=names.SIDECAR_STATUS in pod.annotations,
    )


def predict(
    cluster: Cluster, row: Object, namespace: str, labels: Labels, *, host_network: bool, sidecar: bool
) -> Capture:
    """Whether a pod with these `labels` would be captured. `row` is the pod, or the object that will make it."""

    def predicted(captured: bool, because: str, *evidence: Evidence, known: bool = True) -> Capture:
        return Capture(captured=captured, observed=False, because=because, evidence=evidence, known=known)

    if host_network:
        return predicted(
            False, f"{row.ref} uses the host network", field_evidence(row.ref, "spec.hostNetwork", "true")
        )
    if sidecar:
        evidence = field_evidence(row.ref, f"metadata.annotations[{names.SIDECAR_STATUS}]", "present")
        return predicted(False, f"{row.ref} has a sidecar", evidence)
    mode = labels.get(names.DATAPLANE_MODE)
    own = field_evidence(row.ref, f"pod label {names.DATAPLANE_MODE}", mode)
    if mode == "ambient":
        return predicted(True, f"{row.ref} has {names.DATAPLANE_MODE}=ambient", own)
    if mode == "none":
        return predicted(False, f"{row.ref} has {names.DATAPLANE_MODE}=none", own)
    found = cluster.namespace(namespace)
    if found is None:
        because = f"Namespace/{namespace}, whose {names.DATAPLANE_MODE} label decides, is not in the source"
        return predicted(False, because, own, known=False)
    inherited = label_evidence(found, names.DATAPLANE_MODE)
    if inherited.value == "ambient":
        return predicted(True, f"{found.ref} has {names.DATAPLANE_MODE}=ambient", own, inherited)
    return predicted(False, f"{found.ref} does not have {names.DATAPLANE_MODE}=ambient", own, inherited)


def _redirection(pod: Pod) -> Evidence:
    if names.REDIRECTION not in pod.annotations and names.REDIRECTION in pod.labels:
        return label_evidence(pod, names.REDIRECTION)
    field = f"metadata.annotations[{names.REDIRECTION}]"
    return field_evidence(pod.ref, field, pod.annotations.get(names.REDIRECTION))


def _mode_changed(cluster: Cluster, pod: Pod) -> bool:
    """Whether a scenario changed the label that istio-cni decides by, so that the annotation is no longer the truth."""
    namespace = cluster.namespace(pod.namespace)
    return any(
        row is not None
        and row.read_labels is not None
        and row.read_labels.get(names.DATAPLANE_MODE) != row.labels.get(names.DATAPLANE_MODE)
        for row in (pod, namespace)
    )
