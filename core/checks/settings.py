"""Versions of controllers and variables of their environment."""

from core import labels as names
from core.checks.common import Check
from core.cluster import replace
from core.controllers import Setting
from core.edits import EnvEdit
from core.gates import Evidence, Finding, Result, failed, not_applicable, passed, unknown
from core.kubectl import env_command
from core.situation import Situation
from core.versions import Version


def version_at_least(plane: str, minimum: Version, *, what: str) -> Check:
    """The controller of `plane` is `minimum` or newer; `what` is what it lacks before."""
    controller_name = {"istio": "istiod"}.get(plane, plane)

    def check(at: Situation) -> Finding:
        profile = at.world.profiles[plane]
        deployment = at.cluster.controller(controller_name).deployment
        told = str(deployment) if deployment else controller_name
        version = at.cluster.controller(controller_name).version
        evidence = Evidence(object=told, field="version", value=None if version is None else str(version))
        if profile.version < minimum:
            return failed(
                f"{controller_name} {profile.version} has no {what}; {minimum} has ({profile.origin})",
                evidence,
                remedy=f"Upgrade {controller_name} to {minimum} or newer.",
                assumed=profile.assumed,
            )
        if not profile.assumed:
            return passed(f"{controller_name} {profile.version} ({profile.origin})", evidence)
        newest = f"taken as {profile.follows}, the newest observed"
        if version is not None:
            because = f"{controller_name} {version} ({profile.origin}) is newer than these rules: {newest}"
            return passed(because, evidence, assumed=True)
        return unknown(
            f"the version of {controller_name} is not known: {profile.origin}; {newest}",
            evidence,
            leans=Result.PASS,
            remedy=f"If you know it, tell waypath: --version {plane}=X.Y.",
        )

    return check


def setting_on(
    controller: str, variable: str, *, default: bool, helm: str = "", stops_if_unreadable: bool = True
) -> Check:
    """A boolean of `controller`'s environment is true. `default` counts where it is not set.

    `stops_if_unreadable`: a value that Go's ParseBool refuses stops the controller at start; else the default counts.
    """

    def check(at: Situation) -> Finding:
        setting = at.cluster.controller(controller).setting(variable)
        return _boolean(
            at, controller, setting, wanted=True, default=default, helm=helm, stops=stops_if_unreadable
        )

    return check


def setting_off(controller: str, variable: str) -> Check:
    """A boolean of `controller`'s environment is not true (the default)."""

    def check(at: Situation) -> Finding:
        setting = at.cluster.controller(controller).setting(variable)
        return _boolean(at, controller, setting, wanted=False, default=False, helm="", stops=False)

    return check


def _boolean(
    at: Situation, controller: str, setting: Setting, *, wanted: bool, default: bool, helm: str, stops: bool
) -> Finding:
    name = setting.name
    evidence = Evidence(object=setting.where, field=f"env {name}", value=setting.value)
    change = f"{name}={'true' if wanted else 'false'}"
    remedy = f"{_set_env(at, controller, change)}{f' (Helm: {helm})' if helm else ''}"
    edit = EnvEdit(controller=controller, set={name: "true" if wanted else "false"})
    if not setting.known:
        leans = Result.PASS if default is wanted else Result.FAIL
        because = f"{name} is not known: {setting.origin}; the default, {_word(default)}, is taken"
        return unknown(
            because,
            evidence,
            leans=leans,
            remedy=f"If it is set, tell waypath: --env {controller} {change}.",
            edits=(edit,),
        )
    if setting.value is None:
        because = f"{name} is not set on {controller}; its default is {_word(default)}"
        return (
            passed(because, evidence)
            if default is wanted
            else failed(because, evidence, remedy=remedy, edits=(edit,))
        )
    value = names.parse_bool(setting.value)
    if value is None:
        shown = f"{name}={setting.value!r} is no boolean"
        if stops:
            because = f"{shown}: {controller} stops at start, and proxies keep what they last got"
            return unknown(because, evidence, leans=Result.FAIL, remedy=remedy, edits=(edit,))
        because = f"{shown}: the default, {_word(default)}, counts"
        return (
            passed(because, evidence)
            if default is wanted
            else failed(because, evidence, remedy=remedy, edits=(edit,))
        )
    because = f"{name}={setting.value} on {controller}"
    return (
        passed(because, evidence)
        if value is wanted
        else failed(because, evidence, remedy=remedy, edits=(edit,))
    )


def _word(value: bool) -> str:
    return "true" if value else "false"


def _set_env(at: Situation, controller: str, change: str) -> str:
    found = at.cluster.controller(controller)
    if found.deployment is None:
        return f"Set {change} on {controller}."
    return f"`{env_command(found.deployment, found.container, [change])}`"


def kgateway_flag(at: Situation) -> Finding:
    """KGW_INGRESS_USE_WAYPOINTS, true by default. The name without its prefix is not read, which the reason says."""
    finding = _kgateway_flag(at)
    stray = at.cluster.controller("kgateway").setting(names.KGW_INGRESS_UNPREFIXED)
    if stray.value is None:
        return finding
    note = f"; {names.KGW_INGRESS_UNPREFIXED}={stray.value}, without the KGW_ prefix, is not read"
    evidence = Evidence(object=stray.where, field=f"env {stray.name} (not read)", value=stray.value)
    return replace(finding, because_words=finding.because + note, evidence=(*finding.evidence, evidence))


_kgateway_flag = setting_on("kgateway", names.KGW_INGRESS_USE_WAYPOINTS, default=True)


def istio_flag(at: Situation) -> Finding:
    """ENABLE_INGRESS_WAYPOINT_ROUTING; its default is PILOT_ENABLE_AMBIENT's value."""
    istiod = at.cluster.controller("istiod")
    ambient = istiod.setting(names.PILOT_ENABLE_AMBIENT)
    flag = istiod.setting(names.ENABLE_INGRESS_WAYPOINT_ROUTING)
    default = ambient.known and ambient.value is not None and names.parse_bool(ambient.value) is True
    if flag.known and (flag.value is not None and names.parse_bool(flag.value) is not None):
        return _boolean(at, "istiod", flag, wanted=True, default=default, helm="", stops=False)
    evidence = Evidence(object=ambient.where, field=f"env {ambient.name}", value=ambient.value)
    if flag.known and ambient.known:
        finding = _boolean(at, "istiod", flag, wanted=True, default=default, helm="", stops=False)
        because = f"{finding.because}, as {names.PILOT_ENABLE_AMBIENT} is {ambient.value or 'not set'}"
        return replace(finding, because_words=because, evidence=(*finding.evidence, evidence))
    origin = flag.origin if not flag.known else ambient.origin
    return unknown(
        f"{flag.name} is not known: {origin}; an ambient installation is taken, where it is on by default",
        Evidence(object=flag.where, field=f"env {flag.name}", value=flag.value),
        evidence,
        leans=Result.PASS,
        remedy=f"If it is set, tell waypath: --env istiod {flag.name}=true.",
    )


def istio_integration(at: Situation) -> Finding:
    """kgateway resolves ServiceEntry and Hostname backendRefs only with its Istio integration."""
    if at.backend.ref.kind not in ("ServiceEntry", "Hostname"):
        return not_applicable(f"a {at.backend.ref.kind} needs no Istio integration")
    return _integration(at)


_integration = setting_on("kgateway", names.KGW_ENABLE_ISTIO_INTEGRATION, default=False)


def no_integration_needed(at: Situation) -> Finding:
    """Before 2.3 kgateway always resolved ServiceEntry and Hostname backendRefs."""
    return not_applicable("this version resolves ServiceEntry backendRefs without a setting")
