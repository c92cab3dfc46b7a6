"""A scenario as `kubectl` commands, in an order that leaves nothing open or broken on the way, and back.

What turns something on goes from the outside in: versions, flags, the waypoint, the capture, the binding, and
last the label that sends ingress traffic there. What turns something off comes after it, from the inside out.
The way back is the same walk from the state after to the state before.
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum

from core import labels as names
from core.capture import pod_capture
from core.classes import data_plane
from core.cluster import Cluster, replace
from core.controllers import Controller
from core.edits import LABEL_KINDS, Edit, EnvEdit, LabelEdit, VersionEdit
from core.kubectl import env_command, label_command, rollout_command
from core.model import Container, Gateway, Key, ObjectRef, Row
from core.paths import CONTROLLER_OF, profiles
from core.situation import gateway_variations
from core.terminal import visible
from core.versions import Version
from core.waits import waits
from core.whatif import CONTROLLER, ORIGIN, apply, label_changes, row_of, variable_changes


class Command(Row):
    """A command for a shell, and what to know of it. Without `text` the comment says what to do instead.

    `edits` are what it changes, for who wants to see the state after it; a rollout changes nothing more.
    """

    text: str = ""
    comment: str = ""
    edits: Sequence[Edit] = ()


class Plan(Row):
    """The commands that carry a scenario out, those that undo it, and what to know about both."""

    do: Sequence[Command]
    undo: Sequence[Command]
    notes: Sequence[str]


def plan(before: Cluster, edits: Iterable[Edit]) -> Plan:
    """The commands for what `edits` really change in `before`, and for the way back."""
    applied = apply(before, edits)
    after, changed = applied.cluster, sorted(applied.changed)
    waiting = [
        (_Stage.WAIT, Command(text=text, comment=comment))
        for text, comment in waits(before, after, [ref for ref in changed if ref.kind != CONTROLLER])
    ]
    do = _commands(before, after, changed, waiting)
    notes = [problem.message for problem in applied.problems]
    notes += stale(before, after, changed)
    if any(command.text.startswith("kubectl set env") for command in do):
        notes.append(
            "The next helm upgrade takes back what kubectl set env changed, unless its values say the same."
        )
    if any(command.text for command in do) and not before.observed:
        notes.append(
            "The source holds manifests: change them too, or the next apply may take the change back."
        )
    return Plan(do=do, undo=_commands(after, before, changed), notes=tuple(notes))


def render(found: Plan) -> str:
    """The plan as a shell script with comments: it can be read, and pasted step by step."""
    if found.do:
        out = ["# Do", *_script(found.do), "", "# Undo", *_script(found.undo)]
    else:
        out = ["# Nothing to do: the source is already as the scenario says."]
    if found.notes:
        out += ["", "# Notes", *(f"# - {visible(note)}" for note in found.notes)]
    return "\n".join([*out, ""])


def _script(commands: Sequence[Command]) -> Iterator[str]:
    for command in commands:
        if command.comment:
            yield f"# {visible(command.comment)}"
        if command.text:
            yield command.text


# --- the order -----------------------------------------------------------------------------------------


class _Stage(IntEnum):
    """The steps of a plan in their order."""

    UPGRADE = 1
    FLAG_ON = 2
    OTHER = 3
    TRAFFIC_ON = 4
    CAPTURE_ON = 5
    WAIT = 6
    BIND = 7
    INGRESS_ON = 8
    INGRESS_OFF = 9
    RESTART = 10
    UNBIND = 11
    CAPTURE_OFF = 12
    TRAFFIC_OFF = 13
    RESTART_AGAIN = 14
    FLAG_OFF = 15
    DOWNGRADE = 16


_Step = tuple[_Stage, Command]

_SAID = {
    _Stage.TRAFFIC_ON: "Let the waypoint take the traffic before anything is bound to it.",
    _Stage.CAPTURE_ON: "Add the pods to the mesh.",
    _Stage.BIND: "Bind to the waypoint before ingress traffic is sent there.",
    _Stage.INGRESS_ON: "Send ingress traffic through the waypoint.",
    _Stage.INGRESS_OFF: "Take ingress traffic off the waypoint before anything is unbound.",
    _Stage.UNBIND: "Unbind from the waypoint.",
    _Stage.CAPTURE_OFF: "Take the pods out of the mesh.",
    _Stage.TRAFFIC_OFF: "Narrow the waypoint's traffic, now that nothing needs it.",
}
"""What the first command of a stage says."""


def _commands(
    old: Cluster, new: Cluster, changed: Sequence[ObjectRef], more: Iterable[_Step] = ()
) -> Sequence[Command]:
    steps: list[_Step] = [*more]
    for ref in changed:
        if ref.kind == CONTROLLER:
            steps += _controller_steps(old.controller(ref.name), new.controller(ref.name), new)
        else:
            steps += _label_steps(old, new, ref)
    steps += _restarts(old, new, changed, {stage for stage, _ in steps})
    steps.sort(key=lambda step: step[0])
    unsaid = dict(_SAID)
    commands = []
    for stage, command in steps:
        comment = " ".join(filter(None, (unsaid.pop(stage, ""), command.comment)))
        commands.append(replace(command, comment=comment))
    return tuple(commands)


# --- labels --------------------------------------------------------------------------------------------

_BINDING = frozenset({names.USE_WAYPOINT, names.USE_WAYPOINT_NAMESPACE, names.CANARY, names.CANARY_NAMESPACE})
"""Labels that only make sense together: they are changed by one command."""


def _label_steps(old: Cluster, new: Cluster, ref: ObjectRef) -> Iterator[_Step]:
    groups: dict[_Stage, dict[str, str | None]] = {}
    changes = label_changes(old, new, ref)
    for key, (before, after) in changes.items():
        stage = _binding_stage(old, new, ref) if key in _BINDING else _stage_of(key, before, after)
        groups.setdefault(stage, {})[key] = after
    kind = next(word for word, one in LABEL_KINDS.items() if one == ref.kind)
    for stage, values in groups.items():
        edit = LabelEdit(
            kind=kind,
            namespace=ref.namespace,
            name=ref.name,
            set={key: value for key, value in values.items() if value is not None},
            unset=tuple(key for key, value in values.items() if value is None),
        )
        comment = _label_comment(old, new, ref)
        yield stage, Command(text=label_command(edit), comment=comment, edits=(edit,))


def _label_comment(old: Cluster, new: Cluster, ref: ObjectRef) -> str:
    row = row_of(new, ref) or row_of(old, ref)
    if row is not None and row.where == ORIGIN:
        return f"{ref} is not in the source: check first what labels it has."
    if ref.kind == "Pod":
        return f"The label goes when {ref} is replaced: put it into the pod template too."
    return ""


def _binding_stage(old: Cluster, new: Cluster, ref: ObjectRef) -> _Stage:
    rows = (row_of(old, ref), row_of(new, ref))
    before, after = (row.labels.get(names.USE_WAYPOINT) if row is not None else None for row in rows)
    if before == after:
        return _Stage.BIND
    unbinds = after == "none" or (after is None and before != "none")
    return _Stage.UNBIND if unbinds else _Stage.BIND


def _stage_of(key: str, before: str | None, after: str | None) -> _Stage:
    if key == names.INGRESS_USE_WAYPOINT:
        on = _is_true(after) or (after is None and not _is_true(before))
        return _Stage.INGRESS_ON if on else _Stage.INGRESS_OFF
    if key == names.DATAPLANE_MODE:
        on = after == "ambient" or (after is None and before != "ambient")
        return _Stage.CAPTURE_ON if on else _Stage.CAPTURE_OFF
    if key == names.WAYPOINT_FOR:
        return _Stage.TRAFFIC_ON if _traffic(before) <= _traffic(after) else _Stage.TRAFFIC_OFF
    return _Stage.OTHER


def _is_true(value: str | None) -> bool:
    """Whether any data plane takes the label's value for true."""
    return value is not None and (names.true_any_case(value) or names.true_parse_bool(value))


def _traffic(waypoint_for: str | None) -> frozenset[str]:
    both = frozenset({"service", "workload"})
    return both if waypoint_for == "all" else both & {"service" if waypoint_for is None else waypoint_for}


# --- controllers ---------------------------------------------------------------------------------------

_BOOLEANS = {
    # variable: (its default, the value that lets ingress traffic pass the waypoint)
    names.KGW_ENABLE_WAYPOINT: (False, True),
    names.KGW_INGRESS_USE_WAYPOINTS: (True, True),
    names.KGW_ENABLE_ISTIO_INTEGRATION: (False, True),
    names.DISABLE_POD_LOCALITY_XDS: (False, False),
    names.ENABLE_INGRESS_WAYPOINT_ROUTING: (True, True),
    names.PILOT_ENABLE_AMBIENT: (False, True),
}


def _controller_steps(old: Controller, new: Controller, cluster: Cluster) -> Iterator[_Step]:
    yield from _version_steps(old, new)
    changes: dict[_Stage, list[tuple[str, Edit]]] = {}
    for name in variable_changes(old, new):
        stage = _flag_stage(name, new.setting(name).value)
        word, instead = _variable(old, new, name, cluster)
        edit = _variable_edit(new, name)
        if word:
            changes.setdefault(stage, []).append((word, edit))
        elif instead:
            yield stage, Command(comment=instead, edits=(edit,))
    for stage, found in changes.items():
        assert new.deployment is not None
        words = [word for word, _ in found]
        helm = ", ".join(_helm(new.name, word) for word in words)
        command = env_command(new.deployment, new.container, words)
        yield (
            stage,
            Command(text=command, comment=f"In Helm: {helm}.", edits=tuple(edit for _, edit in found)),
        )
        yield stage, Command(text=rollout_command("status", new.deployment))


def _variable_edit(new: Controller, name: str) -> EnvEdit:
    """The edit after which `name` is as `new` has it."""
    setting = new.setting(name)
    if not setting.known or new.values.get(name) == (new.read or new).values.get(name):
        return EnvEdit(controller=new.name, reset=(name,))
    if setting.value is None:
        return EnvEdit(controller=new.name, unset=(name,))
    return EnvEdit(controller=new.name, set={name: setting.value})


def _version_steps(old: Controller, new: Controller) -> Iterator[_Step]:
    if new.version is None or new.version == old.version:
        return
    plane = next(plane for plane, name in CONTROLLER_OF.items() if name == new.name)
    edits = (VersionEdit(controller=plane, version=str(new.version)),)
    if old.version is None:
        told = old.version_origin or "no Deployment of it"
        comment = f"{new.name} must be {new.version}: the source does not tell its version ({told})."
        yield _Stage.UPGRADE, Command(comment=comment, edits=edits)
        return
    upgrade = old.version < new.version
    what, when = ("Upgrade", "first") if upgrade else ("Downgrade", "last")
    move = f"{what} {new.name} from {old.version} to {new.version} {when}"
    comment = f"{move} (helm upgrade; kubectl has no command for it)."
    yield _Stage.UPGRADE if upgrade else _Stage.DOWNGRADE, Command(comment=comment, edits=edits)


def _flag_stage(name: str, value: str | None) -> _Stage:
    if name not in _BOOLEANS:
        return _Stage.FLAG_ON
    default, opens = _BOOLEANS[name]
    read = names.parse_bool(value) if value is not None else None
    return _Stage.FLAG_ON if (default if read is None else read) is opens else _Stage.FLAG_OFF


def _variable(old: Controller, new: Controller, name: str, cluster: Cluster) -> tuple[str, str]:
    """The word of `kubectl set env` that brings `name` from `old` to `new`; else what to do instead."""
    value = new.setting(name).value
    deployment = new.deployment
    restores = new.values.get(name) == (new.read or new).values.get(name)
    if deployment is None or name == names.CA_ADDRESS:
        return "", _by_hand(new, name, value, restores=restores)
    place, source = _place(new, name, cluster)
    if restores and place == "reference":
        return "", f"Give {name} of {deployment} back its valueFrom ({source})."
    if restores and place == "elsewhere":
        if source and old.setting(name).value is None:
            return "", f"Put {name} back into {source}, which {deployment} reads by envFrom."
        return f"{name}-", ""
    if value is not None:
        return f"{name}={value}", ""
    if place == "elsewhere" and source:
        return "", f"Take {name} out of {source}, which {deployment} reads by envFrom: kubectl set env can't."
    return f"{name}-", ""


def _by_hand(controller: Controller, name: str, value: str | None, *, restores: bool) -> str:
    """What to do where the variable is not in a Deployment that the source holds."""
    if value is not None:
        what = f"Set {name}={value}"
    else:
        what = f"Set {name} back to what it was" if restores else f"Unset {name}"
    if name == names.CA_ADDRESS:
        # The controller writes the Deployments of its gateways: what kubectl changed there would not stay.
        return f"{what} on agentgateway's gateway pods, by its Istio integration."
    helm = "" if value is None else f" (Helm: {_helm(controller.name, f'{name}={value}')})"
    return f"{what} on {controller.name}{helm}: its Deployment is not in the source."


def _place(controller: Controller, name: str, cluster: Cluster) -> tuple[str, str]:
    """Where a variable of the controller's container comes from, and the object that holds it.

    `literal`, `reference` (its own valueFrom), or `elsewhere` (an envFrom, or it is not set).
    """
    read = controller.read or controller
    container = _container(controller, cluster)
    if name in container.env if container is not None else name in read.values:
        return "literal", ""
    for source in container.env_sources if container is not None else ():
        if source.variable == name:
            return "reference", f"{source.kind} {source.name}"
    told = read.values.get(name)
    return "elsewhere", told[1].partition(" by ")[0] if told else ", ".join(read.opaque)


def _container(controller: Controller, cluster: Cluster) -> Container | None:
    ref = controller.deployment
    workload = cluster.workloads.get((ref.namespace, f"{ref.kind}/{ref.name}")) if ref else None
    containers = workload.containers if workload else ()
    return next((one for one in containers if one.name == controller.container), None)


def _helm(controller: str, word: str) -> str:
    """The Helm value that stands for `NAME=VALUE` or `NAME-`."""
    name, equals, value = word.partition("=")
    name = name if equals else word.removesuffix("-")
    key = f"pilot.env.{name}" if controller == "istiod" else f"controller.extraEnv.{name}"
    if name == names.KGW_ENABLE_WAYPOINT:
        key = "waypoint.enabled"
    return f"{key}={value}" if equals else f"without {key}"


# --- what kgateway notices late ------------------------------------------------------------------------

_STALE_FROM, _FRESH_FROM = Version(major=2, minor=1), Version(major=2, minor=3)
_ENTRY_LABELS = frozenset({names.USE_WAYPOINT, names.USE_WAYPOINT_NAMESPACE, names.INGRESS_USE_WAYPOINT})


def stale(before: Cluster, after: Cluster, changed: Iterable[ObjectRef]) -> Sequence[str]:
    """What kgateway notices late of the changes from `before` to `after`, in words."""
    gateways = _kgateways(after)
    notes = []
    entries = [ref for ref in sorted(changed) if gateways and _is_entry_change(before, after, ref)]
    told = _misses_entries(before, after)
    if entries and told is not False:
        notes.append(
            f"kgateway 2.1 and 2.2 don't notice that a label of a ServiceEntry changes ({_listed(entries)}): "
            "the old one counts until the controller restarts."
            + ("" if told else " The source does not tell the version of this one.")
        )
    captured = [one.ref for one in gateways if _captured(before, one) != _captured(after, one)]
    if captured:
        notes.append(
            f"kgateway reads whether a pod of {_listed(captured)} is captured when its xDS stream opens: "
            "a later change counts only after the pod reconnects, for which a restart of the controller is "
            f"enough. Before that, the pod's annotation {names.REDIRECTION} must have changed."
        )
    return tuple(notes)


def _listed(refs: Sequence[ObjectRef]) -> str:
    more = f" and {len(refs) - 3} more" if len(refs) > 3 else ""
    return ", ".join(map(str, refs[:3])) + more


def _restarts(
    old: Cluster, new: Cluster, changed: Sequence[ObjectRef], stages: set[_Stage]
) -> Iterator[_Step]:
    """Restarts of kgateway's controller: before anything is unbound, and after; none if a rollout follows."""
    early, late = _restarts_for_entries(old, new, changed)
    for gateway in _kgateways(new):
        was, will = _captured(old, gateway), _captured(new, gateway)
        early = early or bool(will - was)
        late = late or bool(was - will)
    rolls_out = _Stage.FLAG_OFF in stages and _turns_flag_off(old, new)
    between = not stages.isdisjoint({_Stage.UNBIND, _Stage.CAPTURE_OFF, _Stage.TRAFFIC_OFF})
    if early and (between or not (late or rolls_out)):
        yield from ((_Stage.RESTART, command) for command in _restart(new))
    if late and not rolls_out:
        yield from ((_Stage.RESTART_AGAIN, command) for command in _restart(new))


def _restarts_for_entries(old: Cluster, new: Cluster, changed: Sequence[ObjectRef]) -> tuple[bool, bool]:
    """Whether kgateway misses changed labels of ServiceEntries before anything is unbound, and after."""
    early = late = False
    if _kgateways(new) and _misses_entries(old, new):
        for ref in changed:
            if _is_entry_change(old, new, ref):
                stages = {stage for stage, _ in _label_steps(old, new, ref)}
                early = early or not stages.isdisjoint({_Stage.BIND, _Stage.INGRESS_ON, _Stage.INGRESS_OFF})
                late = late or (_Stage.UNBIND in stages and _Stage.INGRESS_OFF not in stages)
    return early, late


def _turns_flag_off(old: Cluster, new: Cluster) -> bool:
    """Whether kgateway's controller rolls out at the end, with a flag turned off."""
    before, after = old.controller("kgateway"), new.controller("kgateway")
    return after.deployment is not None and any(
        _flag_stage(name, after.setting(name).value) is _Stage.FLAG_OFF
        for name in variable_changes(before, after)
    )


def _restart(cluster: Cluster) -> Sequence[Command]:
    deployment = cluster.controller("kgateway").deployment
    why = "Restart kgateway's controller, so that it notices what it would notice late (see the notes)"
    if deployment is None:
        return (Command(comment=f"{why}: its Deployment is not in the source."),)
    restart = Command(text=rollout_command("restart", deployment), comment=f"{why}.")
    return restart, Command(text=rollout_command("status", deployment))


def _kgateways(cluster: Cluster) -> Sequence[Gateway]:
    found = ((gateway, data_plane(cluster, gateway)) for gateway in cluster.gateways.values())
    return [gateway for gateway, of in found if of.is_ingress and of.plane == "kgateway"]


def _is_entry_change(before: Cluster, after: Cluster, ref: ObjectRef) -> bool:
    return ref.kind == "ServiceEntry" and not _ENTRY_LABELS.isdisjoint(label_changes(before, after, ref))


def _misses_entries(before: Cluster, after: Cluster) -> bool | None:
    """Whether this version of kgateway misses labels of ServiceEntries; None where it is not told."""
    if all(cluster.controller("kgateway").version is None for cluster in (before, after)):
        return None
    versions = (profiles(cluster)["kgateway"].version for cluster in (before, after))
    return any(_STALE_FROM <= version < _FRESH_FROM for version in versions)


def _captured(cluster: Cluster, gateway: Gateway) -> frozenset[Key]:
    """The pods of `gateway` that are captured; the Gateway itself stands for pods that the source lacks."""
    keys = cluster.pods.by_gateway.get(gateway.key, ())
    if keys:
        return frozenset(key for key in keys if pod_capture(cluster, cluster.pods[key]).captured)
    predicted = gateway_variations(cluster, gateway, by_node=False)[0].capture
    return frozenset({gateway.key} if predicted.captured else ())
