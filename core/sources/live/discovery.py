"""Which of the wanted kinds an API server has, and in which versions."""

import threading
from collections.abc import Mapping, Sequence
from functools import partial

import msgspec

from core import wire
from core.faults import UNREADABLE
from core.model import Problem
from core.sources.live.client import Client
from core.sources.live.faults import AbsentError, AnswerError, ForbiddenError, UnusableError
from core.sources.live.threads import all_at_once
from core.sources.live.wanted import WANTED, Wanted
from core.text import printable

BUILT_IN = frozenset({"", "apps", "discovery.k8s.io"})
"""Groups that every API server has: they are not looked for."""


class _Version(wire.Wire):
    version: str


class _Group(wire.Wire):
    name: str
    versions: list[_Version] | None = None


class _Groups(wire.Wire):
    groups: list[_Group]


class _Resource(wire.Wire):
    name: str


class _Resources(wire.Wire):
    resources: list[_Resource]


_GROUPS = msgspec.json.Decoder(_Groups)
_RESOURCES = msgspec.json.Decoder(_Resources)

Served = Mapping[tuple[str, str], Sequence[str]]
"""(group, plural) → the versions to ask for, the best first; none: it is not installed."""


def discover(client: Client, problems: list[Problem]) -> Served:
    """The versions to ask for of every wanted kind.

    Where the API server does not tell, all that are understood.

    Raises:
        AnswerError: There is no API server to talk to.
        CancelledError: Who asks gave up.
    """
    found: dict[tuple[str, str], Sequence[str]] = {(one.group, one.plural): one.versions for one in WANTED}
    try:
        answer = client.get("/apis")
    except ForbiddenError:
        return found
    try:
        groups = _GROUPS.decode(answer.body).groups
    except UNREADABLE as error:
        form = answer.type or "no type"
        raise UnusableError(f"its answer to /apis is no list of API groups ({form})") from error
    listed = {one.name: [each.version for each in one.versions or ()] for one in groups}
    lock = threading.Lock()

    def look(group: str) -> None:
        of_group = [one for one in WANTED if one.group == group]
        served = _of_group(client, of_group, listed.get(group, ()), problems)
        with lock:
            found.update(served)

    wanted = sorted({one.group for one in WANTED} - BUILT_IN)
    all_at_once([partial(look, group) for group in wanted], client.cancel)
    return found


def _of_group(
    client: Client,
    wanted: Sequence[Wanted],
    listed: Sequence[str],
    problems: list[Problem],
) -> dict[tuple[str, str], Sequence[str]]:
    understood = [version for version in wanted[0].versions if version in listed]
    newer = [version for version in listed if version not in understood]
    missing = {one.plural: one for one in wanted}
    found: dict[tuple[str, str], Sequence[str]] = {(one.group, one.plural): () for one in wanted}
    for version in [*understood, *newer]:
        if not missing:
            break
        try:
            plurals = _plurals(client, wanted[0].group, version)
        except AnswerError:
            # Broken for now, or not for us to see: the lists themselves tell.
            found.update(
                {
                    (one.group, one.plural): (*found[one.group, one.plural], version)
                    for one in missing.values()
                }
            )
            continue
        for plural in [plural for plural in missing if plural in plurals]:
            one = missing.pop(plural)
            found[one.group, plural] = (*found[one.group, plural], version)
            if version not in understood:
                problems.append(_unknown_version(client, one, version))
    return found


def _plurals(client: Client, group: str, version: str) -> frozenset[str]:
    try:
        answer = client.get(f"/apis/{group}/{version}")
        return frozenset(one.name for one in _RESOURCES.decode(answer.body).resources)
    except AbsentError:
        return frozenset()
    except UNREADABLE as error:
        raise UnusableError("its answer is no list of kinds") from error


def _unknown_version(client: Client, one: Wanted, version: str) -> Problem:
    message = (
        f"{one.group} {one.kind} is served in version {printable(version)} only, which is newer than waypath: "
        "it is read as far as it is understood"
    )
    return Problem(severity="warning", where=client.chosen.name, message=message)
