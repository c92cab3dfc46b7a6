"""What there is to say of single edits of a scenario: that they change nothing, as the cluster moved beneath them."""

from collections.abc import Mapping, Sequence

from core.cluster import Cluster
from core.edits import Edit, EnvEdit, LabelEdit
from core.model import Problem
from core.paths import CONTROLLER_OF
from core.whatif import ORIGIN
from dashboard import edits as editing
from dashboard.edits import Edits


def moot(cluster: Cluster, edits: Edits) -> frozenset[int]:
    """The positions of the edits that ask for what the cluster has already.

    One that takes back what an earlier one changes does something, so only the first of a thing can be such.
    """
    met: set[object] = set()
    found: set[int] = set()
    for position, edit in enumerate(edits):
        about = _about(edit)
        if about not in met and not editing.add(cluster, (), [edit]):
            found.add(position)
        met.add(about)
    return frozenset(found)


def _about(edit: Edit) -> object:
    if isinstance(edit, LabelEdit):
        return edit.target
    return edit.controller if isinstance(edit, EnvEdit) else CONTROLLER_OF[edit.controller]


def said(
    cluster: Cluster, edits: Edits, problems: Sequence[Problem], where: str
) -> tuple[Mapping[int, Sequence[str]], Sequence[Problem]]:
    """The position of an edit → what there is to say of it; and the problems that are about none.

    Args:
        cluster: As it was read.
        edits: The scenario.
        problems: Those of its preview.
        where: What the source is called: `cluster` or `source`.
    """
    found: dict[int, list[str]] = {}
    rest = []
    for problem in problems:
        number = problem.where.removeprefix(f"{ORIGIN} edit ")
        if number.isdigit() and 0 < int(number) <= len(edits):
            found.setdefault(int(number) - 1, []).append(problem.message)
        else:
            rest.append(problem)
    for position in moot(cluster, edits):
        if position not in found:
            found[position] = [f"already so in the {where}, so the edit changes nothing"]
    return found, rest
