"""A finding, and the draft that a check makes of it before remedies are tried."""

from collections.abc import Sequence
from enum import StrEnum

from core.edits import Edit
from core.model import ObjectRef, Row


class Severity(StrEnum):
    """How bad a finding is: `error` (traffic or protection is lost), `warning`, `note`."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


Identity = tuple[str, tuple[ObjectRef, ...]]
"""Code and objects: what makes two findings the same, also in two runs and two states of a cluster."""


class Draft(Row):
    """What a check found. The first of `objects` is the one at fault; `paths` are ids.

    `where` is where that object was read, as its row says it; `field` is the label or variable at fault, whose line is
    told where it is known. `candidates` are scenarios that may remove the finding,
    the best first; `through` asks for one that brings the paths to their waypoint.
    """

    code: str
    severity: Severity
    message: str
    objects: Sequence[ObjectRef]
    paths: Sequence[str] = ()
    where: str = ""
    field: str = ""
    remedy: str = ""
    candidates: Sequence[Sequence[Edit]] = ()
    through: bool = False

    @property
    def identity(self) -> Identity:
        return (self.code, tuple(self.objects))


class Finding(Row):
    """What a reader is told. `edits` were tried: after them the finding is gone and no error is new.

    `accepted` is the reason for which it was accepted, None where it was not. `where` is `file:line`, or as much of it as is
    known; empty where nothing is.
    """

    code: str
    severity: Severity
    message: str
    objects: Sequence[ObjectRef]
    paths: Sequence[str]
    where: str
    remedy: str
    edits: Sequence[Edit]
    accepted: str | None = None

    @property
    def identity(self) -> Identity:
        return (self.code, tuple(self.objects))
