"""What checks look at: a resolution with its policies, and the look-ups that several of them need."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from core.attachment import Attachment, Reason
from core.cluster import Cluster
from core.expectations import Expectation
from core.explain import Explainer, Sentence
from core.gates import Verdict
from core.model import Key, Object, ObjectRef, Service, ServiceEntry
from core.outcomes import Share
from core.paths import Path, Resolution
from core.policies.view import PathPolicies, PolicyView
from core.policy_model import Policies

_TABLES: Mapping[str, str] = {
    "Service": "services",
    "ServiceEntry": "service_entries",
    "Namespace": "namespaces",
    "Gateway": "gateways",
    "GatewayClass": "gateway_classes",
    "Pod": "pods",
}


_UNTOLD = Sentence(headline="")


class Audited:
    """One state of a cluster, worked out as far as checks ask for it.

    With `quiet` paths are not explained: for who wants to know what is found, and not to read it.
    """

    def __init__(
        self,
        resolution: Resolution,
        policies: Policies,
        expectations: Sequence[Expectation] = (),
        view: PolicyView | None = None,
        *,
        quiet: bool = False,
    ) -> None:
        self.resolution = resolution
        self.cluster: Cluster = resolution.cluster
        self.policies = policies
        self.expectations = expectations
        self._explainer = None if quiet else Explainer(resolution)
        self.view = PolicyView(resolution, policies) if view is None else view

    # --- paths ----------------------------------------------------------------------------------------------------

    @property
    def paths(self) -> Sequence[Path]:
        return self.resolution.paths

    @cached_property
    def by_service(self) -> Mapping[ObjectRef, Sequence[Path]]:
        """Service or ServiceEntry → the paths to it."""
        found: dict[ObjectRef, list[Path]] = {}
        for path in self.paths:
            if path.target is not None and path.target.kind in ("Service", "ServiceEntry"):
                found.setdefault(path.target, []).append(path)
        return found

    @cached_property
    def by_gateway(self) -> Mapping[Key, Sequence[Path]]:
        """Gateway → the paths through it."""
        found: dict[Key, list[Path]] = {}
        for path in self.paths:
            found.setdefault(path.gateway_key, []).append(path)
        return found

    @cached_property
    def path_policies(self) -> Mapping[str, PathPolicies]:
        """Path id → what it meets, goes past and meets twice."""
        return {path.id: self.view.of(path) for path in self.paths}

    def told(self, path: Path) -> Sentence:
        """`path` in a sentence."""
        return _UNTOLD if self._explainer is None else self._explainer.sentence(path)

    # --- objects --------------------------------------------------------------------------------------------------

    def row(self, ref: ObjectRef) -> Object | None:
        """The row of an object; None where the source does not hold it, or rows of its kind are not looked up."""
        table = _TABLES.get(ref.kind)
        if table is None:
            return self._others.get(ref)
        rows: Mapping[Key, Any] = getattr(self.cluster, table)
        found: Object | None = rows.get((ref.namespace, ref.name))
        return found

    @cached_property
    def _others(self) -> Mapping[ObjectRef, Object]:
        """Policies, workloads and routes by name. Of a route, which is a policy too, the row with its annotations."""
        cluster = self.cluster
        rows = (*self.policies.all(), *cluster.workloads.values(), *cluster.routes)
        return {row.ref: row for row in rows}

    def rows(self) -> Iterator[Object]:
        """The rows of all objects that `row` finds."""
        for table in _TABLES.values():
            yield from getattr(self.cluster, table).values()
        yield from self._others.values()

    def where(self, ref: ObjectRef) -> str:
        """Where the object was read; empty where that is not known."""
        row = self.row(ref)
        return row.where if row is not None else ""

    def services(self) -> Iterator[Service | ServiceEntry]:
        """All Services and ServiceEntries."""
        yield from self.cluster.services.values()
        yield from self.cluster.service_entries.values()

    def attachment(self, row: Service | ServiceEntry) -> Attachment:
        """The waypoints of the service traffic of `row`."""
        return self.resolution.world.attachment(row)

    def refused(self, *reasons: Reason) -> Mapping[Key, Sequence[Service | ServiceEntry]]:
        """Waypoint → the Services and ServiceEntries that name it and are refused for one of `reasons`."""
        found: dict[Key, list[Service | ServiceEntry]] = {}
        for row in self.services():
            attachment = self.attachment(row)
            if attachment.reason in reasons and attachment.reference.name is not None:
                found.setdefault(attachment.reference.key, []).append(row)
        return found

    def paths_to(self, refs: Iterable[ObjectRef]) -> Sequence[Path]:
        """The paths to any of `refs`."""
        return [path for ref in dict.fromkeys(refs) for path in self.by_service.get(ref, ())]


def ids(paths: Iterable[Path]) -> Sequence[str]:
    """The ids of `paths`, each once."""
    return tuple(dict.fromkeys(path.id for path in paths))


def parts(path: Path) -> Sequence[Share]:
    """The parts of a path's traffic; one where it is not split."""
    outcome = path.outcome
    return outcome.shares or (Share(share=1.0, verdict=outcome.verdict, waypoint=outcome.waypoint),)


def has(path: Path, *verdicts: Verdict) -> bool:
    """Whether some traffic of `path` ends so."""
    return any(part.verdict in verdicts for part in parts(path))


def passes_waypoint(path: Path) -> bool:
    """Whether all traffic of `path` reaches a waypoint as traffic of the service."""
    return all(part.verdict is Verdict.WAYPOINT for part in parts(path))


def ref_of(text: str) -> ObjectRef:
    """The object that a text like `Service/shop/cart` or `Namespace/shop` names."""
    kind, *rest = text.split("/")
    return ObjectRef(kind=kind, namespace=rest[0] if len(rest) > 1 else "", name=rest[-1] if rest else "")


def counted(paths: Sequence[Any], word: str = "ingress path") -> str:
    """`3 ingress paths`."""
    return f"{len(paths)} {word}" if len(paths) == 1 else f"{len(paths)} {word}s"


def listed(texts: Iterable[object], limit: int = 4) -> str:
    """The first few of `texts`, and how many more there are."""
    shown = list(dict.fromkeys(map(str, texts)))
    more = len(shown) - limit
    return ", ".join(shown[:limit]) + (f" and {more} more" if more > 0 else "")
