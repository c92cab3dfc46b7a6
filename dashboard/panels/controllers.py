"""The controllers: which version, which settings, and where each was read."""

from collections.abc import Iterator, Sequence

from core import labels as names
from core.cluster import Cluster
from core.controllers import Setting
from core.model import Row
from core.paths import CONTROLLER_OF
from core.text import count
from core.versions import Version
from dashboard.desk import Mode
from dashboard.markup import Node, h
from dashboard.sight import Sight


class Flag(Row):
    """A boolean variable of a controller, and what it does when it is on."""

    variable: str
    meaning: str


GLOBAL_FLAGS = {
    "kgateway": names.KGW_INGRESS_USE_WAYPOINTS,
    "istiod": names.ENABLE_INGRESS_WAYPOINT_ROUTING,
}
"""Controller → the variable that turns ingress through waypoints on and off for all services."""

FLAGS = {
    "kgateway": (
        Flag(variable=names.KGW_INGRESS_USE_WAYPOINTS, meaning="ingress may use waypoints"),
        Flag(variable=names.KGW_ENABLE_WAYPOINT, meaning="the waypoint plugin runs"),
        Flag(variable=names.KGW_ENABLE_ISTIO_INTEGRATION, meaning="ServiceEntries can be backends"),
        Flag(variable=names.DISABLE_POD_LOCALITY_XDS, meaning="pod labels are not read"),
    ),
    "istiod": (
        Flag(variable=names.ENABLE_INGRESS_WAYPOINT_ROUTING, meaning="ingress may use waypoints"),
        Flag(variable=names.PILOT_ENABLE_AMBIENT, meaning="ambient mode"),
    ),
    "agentgateway": (),
}
"""Controller → its boolean variables, the global flag first."""

_FIRST = {
    "kgateway": Version(major=2, minor=1),
    "istio": Version(major=1, minor=24),
    "agentgateway": Version(major=0, minor=0),
}
"""Data plane → the first version that knows of ingress and waypoints."""

_DEFAULTS = {
    names.KGW_INGRESS_USE_WAYPOINTS: True,
    names.KGW_ENABLE_WAYPOINT: False,
    names.KGW_ENABLE_ISTIO_INTEGRATION: False,
    names.DISABLE_POD_LOCALITY_XDS: False,
    names.PILOT_ENABLE_AMBIENT: False,
}


def default_of(cluster: Cluster, plane: str, variable: str, version: Version) -> str:
    """The default of a variable in a version, in words: `default in 2.3: on`."""
    if version < _FIRST[plane]:
        return f"not read by {version}"
    if variable == names.ENABLE_INGRESS_WAYPOINT_ROUTING:
        ambient = cluster.controller("istiod").setting(names.PILOT_ENABLE_AMBIENT)
        if not ambient.known:
            return f"default in {version}: on where {names.PILOT_ENABLE_AMBIENT} is"
        on = ambient.value is not None and names.parse_bool(ambient.value) is True
        return f"default in {version}: {_word(on)}, as {names.PILOT_ENABLE_AMBIENT}"
    return f"default in {version}: {_word(_DEFAULTS[variable])}"


def _word(on: bool) -> str:
    return "on" if on else "off"


def read_text(setting: Setting) -> str:
    """The value of a variable as the source tells it."""
    if not setting.known:
        return "unknown"
    return "not set" if setting.value is None else setting.value


def planes_in_use(sight: Sight) -> list[str]:
    """The modelled data planes that have a path or a Deployment, and istio, which binds waypoints."""
    used = {pair.any.plane for pair in sight.shown.pairs}
    cluster = sight.base.resolution.cluster
    return [
        plane
        for plane, controller in CONTROLLER_OF.items()
        if plane in used or cluster.controller(controller).deployment or plane == "istio"
    ]


def tree(sight: Sight) -> Node:
    """Each controller with its version and its variables, where each was read, and what an edit changes."""
    return h("div", [_controller(sight, plane) for plane in planes_in_use(sight)], class_="controllers")


def _controller(sight: Sight, plane: str) -> Node:
    resolution = sight.explainer.resolution
    name = CONTROLLER_OF[plane]
    controller = resolution.cluster.controller(name)
    profile = resolution.profiles[plane]
    used = sum(pair.any.plane == plane for pair in sight.shown.pairs)
    return h(
        "section",
        h(
            "div",
            h("h3", name, h("span", f" {profile.version}", class_="version")),
            h(
                "span",
                "assumed",
                class_="tag",
                title="No version that was observed: the rules are those of the nearest",
            )
            if profile.assumed
            else None,
            h(
                "span",
                count(used, "path") if plane != "istio" or used else "binds waypoints",
                class_="dim small",
            ),
            class_="row",
        ),
        h("p", f"Version from {profile.origin}", class_="dim small wrap"),
        h(
            "dl",
            list(_settings(sight, plane, [one.variable for one in FLAGS[name]])),
            list(_others(sight, name)),
        )
        if names.PATH_VARIABLES[name]
        else None,
        h("p", "No Deployment of it is in the source.", class_="small")
        if controller.deployment is None
        else None,
        class_="controller",
        key=plane,
    )


def _settings(sight: Sight, plane: str, variables: Sequence[str]) -> Iterator[Node]:
    resolution = sight.explainer.resolution
    controller = resolution.cluster.controller(CONTROLLER_OF[plane])
    version = resolution.profiles[plane].version
    for variable in variables:
        yield _setting(
            sight, controller.setting(variable), default_of(resolution.cluster, plane, variable, version)
        )


def _others(sight: Sight, name: str) -> Iterator[Node]:
    """Variables that are no switch: shown where the source sets them."""
    controller = sight.explainer.resolution.cluster.controller(name)
    switches = {one.variable for one in FLAGS[name]}
    for variable in names.PATH_VARIABLES[name]:
        setting = controller.setting(variable)
        if variable not in switches and setting.value is not None:
            note = "not read by any version" if variable == names.KGW_INGRESS_UNPREFIXED else ""
            yield _setting(sight, setting, note)


def _setting(sight: Sight, setting: Setting, default: str) -> Node:
    before = _before(sight, setting)
    value = h("span", read_text(setting), class_="value")
    if before:
        value = h(
            "span",
            h("span", before, class_="dim"),
            " → ",
            h("span", read_text(setting), class_="value strong"),
        )
    return h(
        "div",
        h("dt", h("code", setting.name)),
        h("dd", value),
        h(
            "dd",
            f"{default} · {setting.origin}" if default else setting.origin,
            class_="dim small wrap origin",
        ),
        key=setting.name,
    )


def _before(sight: Sight, setting: Setting) -> str:
    """The value before the scenario, where a difference is shown and it is another."""
    if sight.mode is not Mode.DIFFERENCE:
        return ""
    for name, wanted in names.PATH_VARIABLES.items():
        if setting.name in wanted:
            before = read_text(sight.shown.before.resolution.cluster.controller(name).setting(setting.name))
            return before if before != read_text(setting) else ""
    return ""
