"""All lists of an API server, several at once: what came, and why some of it did not."""

import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import quote

from core import wire
from core.cluster import replace
from core.manifests import Reading
from core.model import Key, Problem
from core.sources.errors import SourceError
from core.sources.live import rights
from core.sources.live.client import Client
from core.sources.live.discovery import Served, discover
from core.sources.live.faults import AbsentError, AnswerError, ForbiddenError, UnauthorisedError
from core.sources.live.listing import Sink, Target, read_list
from core.sources.live.scope import Scope
from core.sources.live.shelf import Shelf
from core.sources.live.threads import all_at_once
from core.sources.live.types import Progress, Report
from core.sources.live.wanted import CONFIG_MAPS, WANTED, Wanted
from core.sources.loaded import MissingRight
from core.text import printable

_CONFIG_MAP = wire.Head("v1", "ConfigMap")


class Held:
    """One list as it was read: its shelf, and the version to watch from. `refused` and `fault` say why it is not whole."""

    def __init__(self, target: Target, shelf: Shelf) -> None:
        self.target = target
        self.shelf = shelf
        self.since = ""
        self.remaining = 0
        self.complete = False
        self.absent = False
        self.refused: MissingRight | None = None
        self.fault = ""

    @property
    def is_unread(self) -> bool:
        """Whether there may be objects that were not read; what may not be watched is read again and again."""
        return bool(self.fault) or (self.refused is not None and self.refused.verb != "watch")


class Gathering:
    """A cluster being read: lists by kind and namespace, and the ConfigMaps that these name."""

    def __init__(self, client: Client, scope: Scope, *, keeps: bool = False) -> None:
        self.client = client
        self.scope = scope
        self.where = client.chosen.name
        self.held: list[Held] = []
        self.problems: list[Problem] = []
        self.config_maps = ConfigMaps(client)
        self.read_at = datetime.now(UTC)
        self.keeps = keeps

    def read(self, progress: Report | None = None) -> None:
        """Read everything once.

        Raises:
            SourceError: Nothing can be told of the cluster, or who asks gave up.
        """
        try:
            served = discover(self.client, self.problems)
            self.held = [Held(target, self.new_shelf(target)) for target in targets(served, self.scope)]
            tick = None if progress is None else partial(self._tell, progress)
            all_at_once([partial(self._list, held) for held in self.held], self.client.cancel, tick)
            self.config_maps.read(self.names_asked())
        except UnauthorisedError as error:
            raise SourceError(rights.unauthorised(self.client.chosen)) from error
        except AnswerError as error:
            raise self._unusable(str(error)) from error
        self._judge()
        if progress is not None:
            self._tell(progress)

    def new_shelf(self, target: Target) -> Shelf:
        """An empty shelf for `target`."""
        return Shelf(self.where, target.wanted, target.versions[0], keeps=self.keeps)

    def _list(self, held: Held) -> None:
        def begin(version: str) -> None:
            held.shelf = Shelf(self.where, held.target.wanted, version, keeps=self.keeps)

        def page(items: Sequence[Any], remaining: int) -> None:
            held.shelf.fill(items)
            held.remaining = remaining

        try:
            version, held.since = read_list(self.client, held.target, Sink(begin, page))
            held.target = replace(held.target, versions=(version,))
            held.complete = True
        except UnauthorisedError:
            raise
        except AbsentError:
            held.absent = True
        except ForbiddenError:
            held.refused = refusal(held.target, "list")
        except AnswerError as error:
            held.fault = str(error)
        held.remaining = 0

    def _judge(self) -> None:
        """Refuse to show as empty what was not read.

        Raises:
            SourceError: What decides every path is not there for another reason than a missing right.
        """
        faults = [held for held in self.held if held.fault]
        vital = next((held for held in faults if held.target.wanted.essential), None)
        if vital is not None:
            raise self._unusable(vital.fault, f" to a list of {vital.target.wanted.plural}")
        if faults and not any(held.complete or held.refused for held in self.held):
            raise self._unusable(faults[0].fault)

    def _unusable(self, why: str, what: str = "") -> SourceError:
        chosen = self.client.chosen
        return SourceError(
            f"context {printable(chosen.context.name)}: no usable answer from the API server "
            f"{printable(chosen.context.server)}{what}: {why}; try again, or check that it runs and can be reached from here"
        )

    def _tell(self, progress: Report) -> None:
        counts: dict[str, int] = {}
        for held in self.held:
            if found := len(held.shelf):
                counts[held.target.wanted.kind] = counts.get(held.target.wanted.kind, 0) + found
        over = sum(held.complete or held.absent or bool(held.refused or held.fault) for held in self.held)
        remaining = sum(held.remaining for held in self.held)
        progress(Progress(counts=counts, done=over, total=len(self.held), remaining=remaining))

    def names_asked(self) -> Sequence[Key]:
        """The ConfigMaps that controllers name, as far as they are in the scope."""
        reading = Reading()
        for held in self.held:
            if held.target.wanted.group == "apps":
                reading.absorb(held.shelf.reading)
        inside = self.scope.namespaces
        return [key for key in reading.config_maps_asked() if not inside or key[0] in inside]


class ConfigMaps:
    """The few ConfigMaps that are read, each by its name."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = threading.Lock()
        self.texts: Mapping[Key, bytes] = {}
        self.refused: Sequence[MissingRight] = ()
        self.fault = ""

    def read(self, keys: Sequence[Key]) -> bool:
        """Read those called `keys`, and say whether that made a difference.

        Raises:
            UnauthorisedError: The credentials don't hold any more.
            CancelledError: Who asks gave up.
        """
        texts: dict[Key, bytes] = {}
        refused: list[MissingRight] = []
        fault = ""
        for key in keys:
            path = f"/api/v1/namespaces/{quote(key[0], safe='')}/configmaps/{quote(key[1], safe='')}"
            try:
                texts[key] = self._client.get(path).body
            except AbsentError:
                continue
            except UnauthorisedError:
                raise
            except ForbiddenError:
                refused.append(MissingRight(group="", resource=CONFIG_MAPS, verb="get", namespace=key[0]))
            except AnswerError as error:
                fault = str(error)
                if key in self.texts:
                    texts[key] = self.texts[key]
        with self._lock:
            changed = (texts, tuple(refused), fault) != (self.texts, self.refused, self.fault)
            self.texts, self.refused, self.fault = texts, tuple(refused), fault
        return changed

    def reading(self, where: str, *, keeps: bool) -> Reading:
        """Their rows; `keeps` is that of a `Reading`."""
        found = Reading(keeps=keeps)
        for text in self.texts.values():
            found.item(where, text, _CONFIG_MAP)
        return found


def targets(served: Served, scope: Scope) -> Sequence[Target]:
    """The lists to read: kinds that are installed, in each namespace that was asked for."""
    return [
        Target(
            wanted=wanted,
            versions=served[wanted.group, wanted.plural],
            namespace=namespace,
            names=scope.namespaces if wanted.kind == "Namespace" else (),
        )
        for wanted in WANTED
        if served[wanted.group, wanted.plural]
        for namespace in _homes(wanted, scope)
    ]


def _homes(wanted: Wanted, scope: Scope) -> Sequence[str]:
    return scope.namespaces if wanted.namespaced and scope.namespaces else ("",)


def refusal(target: Target, verb: str) -> MissingRight:
    """The right that `target` needs."""
    return MissingRight(
        group=target.wanted.group, resource=target.wanted.plural, verb=verb, namespace=target.namespace
    )
