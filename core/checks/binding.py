"""Whether the backend is bound to a waypoint."""

from collections.abc import Mapping

from core import labels as names
from core.attachment import Attachment, Reason
from core.checks.common import NOT_SHOWN, object_ref, target_name
from core.gates import Finding, Result, failed, field_evidence, passed, unknown
from core.situation import Situation


def attached_by_label(at: Situation) -> Finding:
    """kgateway: a `use-waypoint` label resolves; whether the waypoint exists or is ready is not looked at."""
    attachment = at.attachment
    row = at.service
    if attachment is None or row is None:
        return failed(f"{target_name(at)} can't be bound to a waypoint")
    found = attachment.reference
    if found.name is not None:
        because = f"{found.carrier} has {names.USE_WAYPOINT}={found.name!r}; kgateway does not look at the waypoint itself"
        return passed(because, *found.evidence)
    return _unbound(at, attachment)


def attached(at: Situation) -> Finding:
    """The target's waypoint is in effect, as istiod sees it."""
    attachment = at.attachment
    if attachment is None:
        return failed(f"{target_name(at)} can't be bound to a waypoint")
    if attachment.in_effect:
        evidence = (*attachment.reference.evidence, *attachment.evidence)
        note = f". Canary waypoint not attached: {attachment.canary_note}" if attachment.canary_note else ""
        return passed(attachment.message + note, *evidence, assumed=attachment.assumed)
    if attachment.reference.name is None or attachment.reason is Reason.NEVER_BOUND:
        return _unbound(at, attachment)
    evidence = (*attachment.reference.evidence, *attachment.evidence)
    if attachment.hidden:
        return unknown(attachment.message, *evidence, leans=Result.FAIL, remedy=NOT_SHOWN)
    return failed(
        f"{attachment.reason}: {attachment.message}",
        *evidence,
        remedy=_REMEDIES.get(attachment.reason, ""),
        assumed=attachment.assumed,
    )


def told_to_ztunnel(at: Situation) -> Finding:
    """The target's waypoint is in effect and has an address that istiod can tell ztunnel."""
    finding = attached(at)
    attachment = at.attachment
    if finding.stops or attachment is None:
        return finding
    key = attachment.waypoints[0].waypoint
    reach = at.world.reach(key, "ztunnel")
    if reach.kind != "unresolved" or reach.address:
        return finding
    ref = object_ref("Gateway", key)
    return failed(
        f"{ref} is bound, but ztunnel is told of no waypoint: {reach.detail}",
        *finding.evidence,
        field_evidence(ref, "status.addresses", None),
        assumed=finding.assumed,
    )


_REMEDIES: Mapping[Reason, str] = {
    Reason.NOT_READY: "Create the waypoint, or wait until its Gateway has an address in its status.",
    Reason.DENIED: "Let the waypoint's listener admit this namespace: allowedRoutes.namespaces.from: All, or a Selector.",
    Reason.TRAFFIC_TYPE: f"Label the waypoint {names.WAYPOINT_FOR}=service or all.",
    Reason.CROSS_NAMESPACE: "Use a waypoint in the ServiceEntry's own namespace.",
}


def _unbound(at: Situation, attachment: Attachment) -> Finding:
    found = attachment.reference
    evidence = (*found.evidence, *attachment.evidence)
    if found.namespace_unknown and attachment.reason is Reason.NOT_REQUESTED:
        return unknown(attachment.message, *evidence, leans=Result.FAIL)
    remedy = None
    if attachment.reason is not Reason.NEVER_BOUND:
        remedy = f"Bind it to a waypoint with the label {names.USE_WAYPOINT}."
    return failed(attachment.message, *evidence, remedy=remedy)
