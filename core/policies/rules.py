"""Where Istio's policies act, as a table: what a policy is aimed at, by its kind.

Observed on istiod 1.29.4, 1.30.3 and 1.31.0-rc.0; Telemetry has a column for each behaviour. Source of the
rules: istio pilot/pkg/model/policyattachment.go, telemetry.go (applicableTelemetries), push_context.go
(getMatchedEnvoyFilters).
"""

from collections.abc import Mapping
from enum import StrEnum

from core.model import Row
from core.policies.targets import Aim
from core.versions import Version


class Where(StrEnum):
    """A set of places, seen from a policy and one of its aims."""

    WAYPOINT = "every service bound to the waypoint, from any namespace"
    WAYPOINT_OWN = "the services of the waypoint's own namespace that are bound to it"
    WAYPOINT_PODS = "traffic addressed to pods at the waypoint"
    SERVICE = "the service at its waypoint, wherever that is"
    SERVICE_OWN = "the service at its waypoint, where that is in the service's own namespace"
    ALL_WAYPOINTS = "every service at every waypoint"
    ALL_WAYPOINTS_PODS = "traffic addressed to pods at every waypoint"
    OWN_WAYPOINTS = "the services at waypoints of its own namespace (from root: at all)"
    OWN_SERVICES = "the services of its own namespace at their waypoints (from root: all)"
    GATEWAY = "the ingress gateway"
    SELECTED = "ingress gateways of its own namespace (from root: all) whose pods match"
    SELECTED_OWN = "ingress gateways of its own namespace whose pods match"
    INGRESS = "ingress gateways of its own namespace (from root: all)"
    SELECTED_PODS = "at ztunnel the captured pods of its own namespace (from root: all) that match"
    PODS = "at ztunnel the captured pods of its own namespace (from root: all)"


class Column(StrEnum):
    """Kinds of policies that act alike."""

    AUTHORIZATION = "AuthorizationPolicy"
    HTTP = "RequestAuthentication, WasmPlugin"
    TELEMETRY = "Telemetry, 1.30 and newer"
    TELEMETRY_OLD = "Telemetry, 1.29 and older"
    ENVOY_FILTER = "EnvoyFilter"


class Cell(Row):
    """Where policies of a column act; `never` says what they don't, where that surprises."""

    places: tuple[Where, ...]
    never: str = ""


def _acts(*places: Where, never: str = "") -> Cell:
    return Cell(places=places, never=never)


_W = Where
_NO_SELECTOR = "a selector never applies at a waypoint"
_NO_DEFAULT = "without a target it never applies at a waypoint"
_NO_PODS = "an empty selector picks no pod at ztunnel"
_TELEMETRY_OWN = "from 1.30 on services of other namespaces are left out"
_TELEMETRY_CLASS = "it has no effect on services"
_NO_SERVICE = "a Service or ServiceEntry as target has no effect"

TABLE: Mapping[Aim, Mapping[Column, Cell]] = {
    Aim.WAYPOINT: {
        Column.AUTHORIZATION: _acts(_W.WAYPOINT, _W.WAYPOINT_PODS),
        Column.HTTP: _acts(_W.WAYPOINT),
        Column.TELEMETRY: _acts(_W.WAYPOINT_OWN, never=_TELEMETRY_OWN),
        Column.TELEMETRY_OLD: _acts(_W.WAYPOINT),
        Column.ENVOY_FILTER: _acts(_W.WAYPOINT),
    },
    Aim.INGRESS: dict.fromkeys(Column, _acts(_W.GATEWAY)),
    Aim.SERVICE: {
        Column.AUTHORIZATION: _acts(_W.SERVICE),
        Column.HTTP: _acts(_W.SERVICE),
        Column.TELEMETRY: _acts(_W.SERVICE),
        Column.TELEMETRY_OLD: _acts(
            _W.SERVICE_OWN, never="before 1.30 it has none at a waypoint of another namespace"
        ),
        Column.ENVOY_FILTER: _acts(never=_NO_SERVICE),
    },
    Aim.CLASS: {
        Column.AUTHORIZATION: _acts(_W.ALL_WAYPOINTS, _W.ALL_WAYPOINTS_PODS),
        Column.HTTP: _acts(_W.ALL_WAYPOINTS),
        Column.TELEMETRY: _acts(never=_TELEMETRY_CLASS),
        Column.TELEMETRY_OLD: _acts(never=_TELEMETRY_CLASS),
        Column.ENVOY_FILTER: _acts(_W.ALL_WAYPOINTS),
    },
    Aim.SELECTOR: {
        Column.AUTHORIZATION: _acts(_W.SELECTED, _W.SELECTED_PODS, never=_NO_SELECTOR),
        Column.HTTP: _acts(_W.SELECTED, never=_NO_SELECTOR),
        Column.TELEMETRY: _acts(_W.SELECTED_OWN, never=_NO_SELECTOR),
        Column.TELEMETRY_OLD: _acts(_W.SELECTED_OWN, never=_NO_SELECTOR),
        Column.ENVOY_FILTER: _acts(_W.SELECTED, never=_NO_SELECTOR),
    },
    Aim.EMPTY_SELECTOR: {
        Column.AUTHORIZATION: _acts(_W.INGRESS, never=f"{_NO_DEFAULT}, and {_NO_PODS}"),
        Column.HTTP: _acts(_W.INGRESS, never=_NO_DEFAULT),
        Column.TELEMETRY: _acts(_W.OWN_WAYPOINTS, _W.OWN_SERVICES, _W.INGRESS),
        Column.TELEMETRY_OLD: _acts(_W.OWN_WAYPOINTS, _W.INGRESS),
        Column.ENVOY_FILTER: _acts(_W.INGRESS, never=_NO_DEFAULT),
    },
    Aim.NEITHER: {
        Column.AUTHORIZATION: _acts(_W.INGRESS, _W.PODS, never=_NO_DEFAULT),
        Column.HTTP: _acts(_W.INGRESS, never=_NO_DEFAULT),
        Column.TELEMETRY: _acts(_W.OWN_WAYPOINTS, _W.OWN_SERVICES, _W.INGRESS),
        Column.TELEMETRY_OLD: _acts(_W.OWN_WAYPOINTS, _W.INGRESS),
        Column.ENVOY_FILTER: _acts(_W.INGRESS, never=_NO_DEFAULT),
    },
    Aim.NOTHING: dict.fromkeys(Column, _acts()),
}
"""Every cell of section "where policies act". A policy with several targets acts at the places of all of
them.
"""

SINCE_TELEMETRY_BY_SERVICE = Version(major=1, minor=30)
OBSERVED_SINCE = Version(major=1, minor=29)
"""The oldest istiod whose policies were observed; for older ones what is not given otherwise is assumed."""

COLUMN_OF: Mapping[str, Column] = {
    "AuthorizationPolicy": Column.AUTHORIZATION,
    "RequestAuthentication": Column.HTTP,
    "WasmPlugin": Column.HTTP,
    "Telemetry": Column.TELEMETRY,
    "EnvoyFilter": Column.ENVOY_FILTER,
}


def column_of(kind: str, istio: Version) -> Column:
    """The column for policies of `kind` in `istio`."""
    column = COLUMN_OF[kind]
    if column is Column.TELEMETRY and istio < SINCE_TELEMETRY_BY_SERVICE:
        return Column.TELEMETRY_OLD
    return column


def sentences(cell: Cell, target: str, *, found: bool) -> str:
    """What the cell says of `target`, in words; `found` is whether there is such a place."""
    told = ", and ".join(where.value for where in cell.places) or "nothing"
    none = "" if found or not cell.places else "nothing is there of: "
    return f"{target}: {none}{told}" + (f"; {cell.never}" if cell.never else "")
