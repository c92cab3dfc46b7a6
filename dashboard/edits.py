"""Toggles to edits: what a click adds to a scenario, and what it takes away again.

A scenario is kept as short as it can be: no two edits change the same thing, and none says what the source says.
"""

from collections.abc import Iterable, Mapping, Sequence

from core.cluster import Cluster
from core.edits import LABEL_KINDS, Edit, EnvEdit, LabelEdit, VersionEdit
from core.model import ObjectRef, Row
from core.paths import CONTROLLER_OF
from core.whatif import row_of

Edits = tuple[Edit, ...]

_WORDS = {kind: word for word, kind in LABEL_KINDS.items()}


def set_labels(
    cluster: Cluster, edits: Edits, refs: Iterable[ObjectRef], values: Mapping[str, str | None]
) -> Edits:
    """The scenario in which each of `refs` has `values`, None meaning that it has no such label.

    Args:
        cluster: As it was read.
        edits: The scenario so far.
        refs: Services, ServiceEntries, Namespaces, Pods or Gateways.
        values: Label → value.
    """
    wanted = (
        LabelEdit(
            kind=_WORDS[ref.kind],
            namespace=ref.namespace,
            name=ref.name,
            set={key: value for key, value in values.items() if value is not None},
            unset=tuple(key for key, value in values.items() if value is None),
        )
        for ref in refs
    )
    return add(cluster, edits, wanted)


def set_variable(cluster: Cluster, edits: Edits, controller: str, name: str, value: str | None) -> Edits:
    """The scenario in which a controller's variable is `value`, or with None as it was read."""
    rest = _without(edits, EnvEdit(controller=controller, set={name: ""}))
    if value is None:
        return rest
    return add(cluster, rest, [EnvEdit(controller=controller, set={name: value})])


def set_version(cluster: Cluster, edits: Edits, plane: str, version: str | None) -> Edits:
    """The scenario in which a data plane has `version`, or with None the one that was read."""
    rest = _without(edits, VersionEdit(controller=plane, version=version))
    return rest if version is None else add(cluster, rest, [VersionEdit(controller=plane, version=version)])


def add(cluster: Cluster, edits: Edits, more: Iterable[Edit]) -> Edits:
    """`edits` with `more` after them: what they change again goes out, and what the source says already stays out."""
    found = edits
    for edit in more:
        found = _without(found, edit)
        news = _news(cluster, edit)
        if news is not None:
            found = (*found, news)
    return found


def remove(edits: Edits, position: int) -> Edits:
    """`edits` without the one at `position`."""
    return (*edits[:position], *edits[position + 1 :])


def _without(edits: Edits, later: Edit) -> Edits:
    """`edits` without what `later` changes."""
    return tuple(left for edit in edits if (left := _less(edit, later)) is not None)


def _less(edit: Edit, later: Edit) -> Edit | None:
    if isinstance(edit, LabelEdit) and isinstance(later, LabelEdit) and edit.target == later.target:
        keys = {*later.set, *later.unset}
        return _labels(edit, keys)
    if isinstance(edit, EnvEdit) and isinstance(later, EnvEdit) and edit.controller == later.controller:
        names = {*later.set, *later.unset, *later.reset}
        return _variables(edit, names)
    if (
        isinstance(edit, VersionEdit)
        and isinstance(later, VersionEdit)
        and edit.controller == later.controller
    ):
        return None
    return edit


def _labels(edit: LabelEdit, gone: set[str]) -> LabelEdit | None:
    kept = {key: value for key, value in edit.set.items() if key not in gone}
    unset = tuple(key for key in edit.unset if key not in gone)
    if not kept and not unset:
        return None
    return LabelEdit(kind=edit.kind, namespace=edit.namespace, name=edit.name, set=kept, unset=unset)


def _variables(edit: EnvEdit, gone: set[str]) -> EnvEdit | None:
    kept = {name: value for name, value in edit.set.items() if name not in gone}
    unset = tuple(name for name in edit.unset if name not in gone)
    reset = tuple(name for name in edit.reset if name not in gone)
    if not kept and not unset and not reset:
        return None
    return EnvEdit(controller=edit.controller, set=kept, unset=unset, reset=reset)


def _news(cluster: Cluster, edit: Edit) -> Edit | None:
    """What of `edit` the source does not say already."""
    if isinstance(edit, LabelEdit):
        row = row_of(
            cluster, ObjectRef(kind=LABEL_KINDS[edit.kind], namespace=edit.namespace, name=edit.name)
        )
        labels = row.labels if row else {}
        return _labels(
            edit,
            {key for key, value in edit.set.items() if labels.get(key) == value}
            | {key for key in edit.unset if row is not None and key not in labels},
        )
    if isinstance(edit, EnvEdit):
        controller = cluster.controller(edit.controller)
        same = {name for name, value in edit.set.items() if controller.setting(name).value == value}
        unset = {
            name
            for name in edit.unset
            if controller.setting(name).known and controller.setting(name).value is None
        }
        return _variables(edit, same | unset | set(edit.reset))
    read = cluster.controller(CONTROLLER_OF[edit.controller]).version
    return None if edit.version is None or str(read) == edit.version else edit


class Chip(Row):
    """An edit in words: what it is about, and what it changes."""

    subject: str
    changes: Sequence[str]

    @property
    def text(self) -> str:
        return f"{self.subject}: {', '.join(self.changes)}"


def chip(edit: Edit) -> Chip:
    """`edit` in words."""
    if isinstance(edit, LabelEdit):
        kind = LABEL_KINDS[edit.kind]
        ref = ObjectRef(kind=kind, namespace=edit.namespace, name=edit.name)
        return Chip(
            subject=str(ref),
            changes=[
                *(f"{key} = {value}" if value else f'{key} = ""' for key, value in edit.set.items()),
                *(f"{key} unset" for key in edit.unset),
            ],
        )
    if isinstance(edit, EnvEdit):
        return Chip(
            subject=edit.controller,
            changes=[
                *(f"{name} = {value}" for name, value in edit.set.items()),
                *(f"{name} unset" for name in edit.unset),
                *(f"{name} as read" for name in edit.reset),
            ],
        )
    return Chip(
        subject=edit.controller, changes=[f"version {edit.version}" if edit.version else "version as read"]
    )


def variable_in(edits: Edits, controller: str, name: str) -> str | None:
    """The value that the scenario gives a controller's variable; None where it gives none."""
    found = None
    for edit in edits:
        if isinstance(edit, EnvEdit) and edit.controller == controller:
            if name in edit.set:
                found = edit.set[name]
            elif name in edit.unset or name in edit.reset:
                found = None
    return found


def version_in(edits: Edits, plane: str) -> str | None:
    """The version that the scenario gives a data plane; None where it gives none."""
    found = None
    for edit in edits:
        if isinstance(edit, VersionEdit) and edit.controller == plane:
            found = edit.version
    return found
