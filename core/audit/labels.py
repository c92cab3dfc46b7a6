"""`label-without-effect` and `flag-without-effect`: what somebody set, and nothing reads."""

from collections.abc import Iterator, Sequence

from core import labels as names
from core.audit.audited import Audited, counted, has, ids, listed, passes_waypoint
from core.audit.finding import Draft, Severity
from core.audit.unseen import certain
from core.checks.common import KIND_WORDS
from core.controllers import Setting
from core.edits import Edit, EnvEdit, LabelEdit
from core.gates import Verdict
from core.istio_ingress.rows import IstioGateway
from core.model import Namespace, Object, Service, ServiceEntry
from core.paths import Path
from core.versions import Version

_LABEL = names.INGRESS_USE_WAYPOINT
_MEANT_TRUE = frozenset({"1", "t", "true", "y", "yes", "on", "enabled"})
_PAST = (Verdict.DIRECT, Verdict.VIP_DIRECT, Verdict.WORKLOAD_WAYPOINT)


def _meant_true(value: str | None) -> bool:
    return value is not None and value.lower() in _MEANT_TRUE


def label_without_effect(at: Audited) -> Iterator[Draft]:
    """`istio.io/ingress-use-waypoint` is there, and traffic takes the other way."""
    for service, paths in sorted(at.by_service.items()):
        row = at.row(service)
        if isinstance(row, Service | ServiceEntry):
            yield from _of_service(at, row, paths)
    for namespace in at.cluster.namespaces.values():
        yield from _of_namespace(at, namespace)
    for row in (*at.cluster.gateways.values(), *at.cluster.routes, *at.cluster.istio.virtual_services):
        yield from _misplaced(row)


def _of_service(at: Audited, row: Service | ServiceEntry, paths: Sequence[Path]) -> Iterator[Draft]:
    value = row.labels.get(_LABEL)
    if value is None:
        yield from _annotation(at, row, paths)
        return
    if _meant_true(value):
        past = certain(at, (path for path in paths if has(path, *_PAST)))
        if past:
            yield _draft(at, row, past, f"{row.ref} has {_LABEL}={value}, without effect", through=True)
        return
    passing = certain(at, (path for path in paths if passes_waypoint(path)))
    if passing:
        namespace = at.cluster.namespace(row.namespace)
        inherited = namespace.labels.get(_LABEL) if namespace is not None else None
        yield Draft(
            code="label-without-effect",
            severity=Severity.WARNING,
            message=f"{row.ref} has {_LABEL}={value}, and {counted(passing)} through "
            f"{listed(path.gateway_ref for path in passing)} still {'passes' if len(passing) == 1 else 'pass'} the "
            f"waypoint: {passing[0].plane} takes {inherited!r} of Namespace/{row.namespace}.",
            objects=(row.ref,),
            paths=ids(passing),
            where=row.where,
            field=_LABEL,
            remedy=f"Take the label off the namespace, and label the Services that need it: "
            f"`kubectl label namespace {row.namespace} {_LABEL}-`.",
        )


def _annotation(at: Audited, row: Service | ServiceEntry, paths: Sequence[Path]) -> Iterator[Draft]:
    value = row.annotations.get(_LABEL)
    past = certain(at, (path for path in paths if has(path, *_PAST)))
    if _meant_true(value) and past:
        said = f"{row.ref} has {_LABEL}={value} as an annotation, where nothing reads it"
        yield _draft(at, row, past, said, through=True)


def _draft(at: Audited, row: Object, past: Sequence[Path], said: str, *, through: bool) -> Draft:
    told = at.told(past[0])
    extent = "for a part of the traffic of" if any(has(path, Verdict.WAYPOINT) for path in past) else "on"
    why = f": {told.why}" if told.why else ""
    return Draft(
        code="label-without-effect",
        severity=Severity.WARNING,
        message=f"{said} {extent} {counted(past)}. {told.headline}{why}.",
        objects=(row.ref,),
        paths=ids(past),
        where=row.where,
        field=_LABEL,
        remedy=told.remedy,
        through=through,
    )


def _of_namespace(at: Audited, namespace: Namespace) -> Iterator[Draft]:
    """A label of a namespace counts for Services without their own; those that opted out mean to be left out."""
    value = namespace.labels.get(_LABEL)
    if not _meant_true(value):
        return
    meant = [
        path
        for service, paths in at.by_service.items()
        if service.namespace == namespace.name
        and (row := at.row(service)) is not None
        and _LABEL not in row.labels
        and not (isinstance(row, Service | ServiceEntry) and at.attachment(row).reference.opted_out)
        for path in paths
    ]
    past = certain(at, (path for path in meant if has(path, *_PAST)))
    if past:
        said = f"{namespace.ref} has {_LABEL}={value}, without effect"
        yield _draft(at, namespace, past, said, through=True)


def _misplaced(row: Object) -> Iterator[Draft]:
    if _LABEL in row.labels:
        yield Draft(
            code="label-without-effect",
            severity=Severity.WARNING,
            message=f"{row.ref} has the label {_LABEL}, which is read on a Service, a ServiceEntry and their namespace "
            "only.",
            objects=(row.ref,),
            where=row.where,
            field=_LABEL,
            remedy="Put it on the Service, and take it away here.",
            candidates=(_taken_away(row),) if _is_labelled_by_kind(row) else (),
        )


def _is_labelled_by_kind(row: Object) -> bool:
    """Whether a scenario can change its labels: `gateway` is the word for Gateways of Gateway API."""
    return row.kind in KIND_WORDS and not isinstance(row, IstioGateway)


def _taken_away(row: Object) -> Sequence[Edit]:
    kind = KIND_WORDS[row.kind]
    return (LabelEdit(kind=kind, namespace=row.namespace, name=row.name, unset=(_LABEL,)),)


# --- flags ----------------------------------------------------------------------------------------------------------

_SINCE_KGATEWAY = Version(major=2, minor=1)
_SINCE_ISTIO = Version(major=1, minor=24)


def flag_without_effect(at: Audited) -> Iterator[Draft]:
    """A variable of a controller is set and not read, or another one makes it void."""
    yield from _unprefixed(at)
    yield from _kgateway_flag(at)
    yield from _istio_flag(at)


def _flag(
    at: Audited, setting: Setting, plane: str, why: str, remedy: str, *candidates: Sequence[Edit]
) -> Draft:
    controller = at.cluster.controller("istiod" if plane == "istio" else plane)
    ref = controller.deployment
    assert ref is not None
    return Draft(
        code="flag-without-effect",
        severity=Severity.WARNING,
        message=f"{ref} has {setting.name}={setting.value}, without effect: {why}.",
        objects=(ref,),
        paths=ids(path for path in at.paths if path.plane == plane),
        where=at.where(ref),
        field=setting.name,
        remedy=remedy,
        candidates=candidates,
    )


def _set(at: Audited, controller: str, variable: str) -> Setting | None:
    """The variable, where the source sets it on a Deployment that it holds."""
    found = at.cluster.controller(controller)
    setting = found.setting(variable)
    return setting if found.deployment is not None and setting.known and setting.value is not None else None


def _unprefixed(at: Audited) -> Iterator[Draft]:
    stray = _set(at, "kgateway", names.KGW_INGRESS_UNPREFIXED)
    if stray is None or stray.value is None:
        return
    meant = names.KGW_INGRESS_USE_WAYPOINTS
    readable = names.parse_bool(stray.value) is not None
    move = (EnvEdit(controller="kgateway", set={meant: stray.value}, unset=(stray.name,)),)
    drop = (EnvEdit(controller="kgateway", unset=(stray.name,)),)
    why = "kgateway reads names with the prefix KGW_ only"
    remedy = f"Write {meant}, if that is meant, and take {stray.name} away."
    yield _flag(at, stray, "kgateway", why, remedy, *([move, drop] if readable else [drop]))


def _kgateway_flag(at: Audited) -> Iterator[Draft]:
    flag = _set(at, "kgateway", names.KGW_INGRESS_USE_WAYPOINTS)
    if flag is None or flag.value is None:
        return
    value = names.parse_bool(flag.value)
    profile = at.resolution.profiles["kgateway"]
    plugin = at.cluster.controller("kgateway").setting(names.KGW_ENABLE_WAYPOINT)
    locality = at.cluster.controller("kgateway").setting(names.DISABLE_POD_LOCALITY_XDS)
    if value is None:
        edit = EnvEdit(controller="kgateway", set={flag.name: "true"})
        why = f"{flag.value!r} is no boolean, and kgateway stops at start"
        yield _flag(at, flag, "kgateway", why, f"Write {flag.name}=true or =false.", (edit,))
    elif value and profile.version < _SINCE_KGATEWAY:
        why = f"kgateway {profile.version} has no such setting"
        yield _flag(at, flag, "kgateway", why, f"Upgrade kgateway to {_SINCE_KGATEWAY} or newer.")
    elif value and plugin.known and names.parse_bool(plugin.value or "") is not True:
        edit = EnvEdit(controller="kgateway", set={names.KGW_ENABLE_WAYPOINT: "true"})
        why = (
            f"{names.KGW_ENABLE_WAYPOINT} is not true, and without the waypoint plugin nothing is redirected"
        )
        remedy = f"Set {names.KGW_ENABLE_WAYPOINT}=true (Helm: waypoint.enabled)."
        yield _flag(at, flag, "kgateway", why, remedy, (edit,))
    elif value and names.parse_bool(locality.value or "") is True:
        edit = EnvEdit(controller="kgateway", unset=(names.DISABLE_POD_LOCALITY_XDS,))
        why = f"{names.DISABLE_POD_LOCALITY_XDS}=true takes the labels of gateway pods away, by which capture is told"
        yield _flag(at, flag, "kgateway", why, f"Take {names.DISABLE_POD_LOCALITY_XDS} away.", (edit,))


def _istio_flag(at: Audited) -> Iterator[Draft]:
    flag = _set(at, "istiod", names.ENABLE_INGRESS_WAYPOINT_ROUTING)
    if flag is None or flag.value is None:
        return
    profile = at.resolution.profiles["istio"]
    value = names.parse_bool(flag.value)
    if value is None:
        edit = EnvEdit(controller="istiod", set={flag.name: "true"})
        why = f"{flag.value!r} is no boolean, and the default counts"
        yield _flag(at, flag, "istio", why, f"Write {flag.name}=true or =false.", (edit,))
    elif value and profile.version < _SINCE_ISTIO:
        why = f"istiod {profile.version} has no such setting"
        yield _flag(at, flag, "istio", why, f"Upgrade istiod to {_SINCE_ISTIO} or newer.")
