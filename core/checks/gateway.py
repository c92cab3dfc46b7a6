"""The gateway itself: its class, the capture of its pods, its mesh CA."""

from core import labels as names
from core.edits import LabelEdit
from core.gates import Evidence, Finding, Result, failed, field_evidence, passed, unknown
from core.kubectl import label_command
from core.situation import Situation


def gateway_captured(at: Situation) -> Finding:
    """The pods of the gateway are captured by ztunnel."""
    variation = at.variation
    capture = variation.capture
    share = f" ({variation.count} of {variation.of} gateway pods)" if variation.of > variation.count else ""
    because = capture.because + share
    if not capture.known:
        leans = Result.PASS if capture.captured else Result.FAIL
        return unknown(because, *capture.evidence, leans=leans, remedy=_capture_remedy(at))
    if capture.captured:
        return passed(because, *capture.evidence, assumed=not capture.observed)
    edit = LabelEdit(
        kind="namespace", namespace="", name=at.gateway.namespace, set={names.DATAPLANE_MODE: "ambient"}
    )
    return failed(
        because,
        *capture.evidence,
        remedy=_capture_remedy(at),
        edits=(edit,),
        assumed=not capture.observed,
    )


def _capture_remedy(at: Situation) -> str:
    edit = LabelEdit(
        kind="namespace", namespace="", name=at.gateway.namespace, set={names.DATAPLANE_MODE: "ambient"}
    )
    return f"Add the gateway's pods to the mesh: `{label_command(edit)}`, or the same label on the pods."


def is_ingress(at: Situation) -> Finding:
    """The Gateway is not itself a waypoint of kgateway."""
    evidence = field_evidence(at.gateway.ref, "spec.gatewayClassName", at.gateway.class_name)
    if at.gateway.class_name == "kgateway-waypoint":
        return failed(f"{at.gateway.ref} is a waypoint", evidence)
    return passed(f"{at.gateway.ref} is an ingress gateway of class {at.gateway.class_name}", evidence)


def data_plane_modelled(at: Situation) -> Finding:
    """The controller of the Gateway's class is one whose behaviour is known."""
    evidence = field_evidence(at.gateway.ref, "spec.gatewayClassName", at.gateway.class_name)
    because = (
        f"data plane not modelled: nothing is known of how class {at.gateway.class_name} treats waypoints"
    )
    return unknown(because, evidence, leans=Result.FAIL)


def mesh_ca(at: Situation) -> Finding:
    """agentgateway: a mesh CA is configured on the proxy, so that it can speak HBONE to the waypoint."""
    found = _ca_address(at)
    if found is None:
        because = "whether the gateway has a mesh CA and an identity from it is not in the objects; it is taken that it has"
        evidence = Evidence(object=str(at.gateway.ref), field=f"env {names.CA_ADDRESS}", value=None)
        return unknown(
            because,
            evidence,
            leans=Result.PASS,
            remedy=f"If it has one, tell waypath: --env agentgateway {names.CA_ADDRESS}=ADDRESS.",
        )
    if found.value:
        return passed(f"the gateway's mesh CA is {found.value}", found)
    return failed(
        f"{names.CA_ADDRESS} is empty: without a mesh CA the gateway sends to the endpoint",
        found,
        remedy="Turn agentgateway's Istio integration on.",
    )


def _ca_address(at: Situation) -> Evidence | None:
    field = f"env {names.CA_ADDRESS}"
    setting = at.cluster.controller("agentgateway").setting(names.CA_ADDRESS)
    if setting.value is not None:
        return Evidence(object=setting.where, field=field, value=setting.value)
    for key in at.cluster.pods.by_gateway.get(at.gateway.key, ()):
        pod = at.cluster.pods[key]
        if pod.mesh_ca is not None:
            return Evidence(object=str(pod.ref), field=field, value=pod.mesh_ca)
    selector = {names.GATEWAY_NAME: at.gateway.name}
    for workload in at.cluster.workloads.selected(at.gateway.namespace, selector):
        for container in workload.containers:
            if names.CA_ADDRESS in container.env:
                return Evidence(object=str(workload.ref), field=field, value=container.env[names.CA_ADDRESS])
    return None
