"""The path of every ingress route: edges from the routes, a verdict per (gateway, backend), joined to paths.

Edges don't depend on labels of services, verdicts don't depend on routes; so both are kept apart, and an edit that
changes labels of one service decides that service's paths again and no other.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from core.attachment import Admissions
from core.backends import look_up
from core.classes import DataPlaneOf, data_plane
from core.cluster import Cluster, replace
from core.dataplanes import DATA_PLANES, DataPlane, chain_for
from core.delegation import Link
from core.gates import Decision, Finding, Gate, Step, Verdict, decide, explain, of_gateway
from core.istio_ingress.destinations import Subsets
from core.istio_ingress.edges import istio_edges, order
from core.istio_ingress.rows import API, VIRTUAL_SERVICE, IstioGateway, gateway_key, named_gateway
from core.istio_ingress.workloads import labels_of, members_of
from core.model import BackendRef, Gateway, Key, Labels, ObjectRef, Problem, Row, Service
from core.outcomes import NO_UPSTREAM, Outcome, Share, from_parts, texts
from core.patterns import pattern_problems
from core.routes import Edge, edges
from core.situation import Backend, Situation, Variation, World, gateway_variations
from core.versions import Profile, profile_for

CONTROLLER_OF = {"kgateway": "kgateway", "istio": "istiod", "agentgateway": "agentgateway"}
"""Data plane → the controller whose version and environment decide."""

DecisionKey = tuple[Key, str, str, str, str, int | None, str, str, str]


class Path(Row):
    """One (gateway, listener, route rule, backendRef) and where its traffic goes.

    `id` is the same in every run and scenario. `target` is the object the backendRef led to, where it led to one
    of another name (a `Hostname`, an ExternalName). `endpoints` are the ready endpoints of the backend. `via` are the
    rules that delegate to the route, the outermost first.
    """

    id: str
    gateway: Key
    gateway_class: str
    plane: str
    listener: str
    route_kind: str
    route: Key
    rule: int
    backend: BackendRef
    hostnames: Sequence[str]
    outcome: Outcome
    endpoints: Sequence[str]
    target: ObjectRef | None
    decision: DecisionKey
    via: Sequence[Link] = ()

    @property
    def gateway_key(self) -> Key:
        """Where `Cluster.gateways` holds the Gateway: VirtualServices are at Gateways of Istio's own API only."""
        return gateway_key(*self.gateway) if self.route_kind == VIRTUAL_SERVICE else self.gateway

    @property
    def gateway_api(self) -> str:
        """`networking.istio.io` for a Gateway of Istio's own API, else empty."""
        return API if self.route_kind == VIRTUAL_SERVICE else ""

    @property
    def gateway_ref(self) -> ObjectRef:
        return ObjectRef(kind="Gateway", namespace=self.gateway[0], name=self.gateway[1])

    @property
    def route_ref(self) -> ObjectRef:
        return ObjectRef(kind=self.route_kind, namespace=self.route[0], name=self.route[1])

    @property
    def service_ref(self) -> ObjectRef:
        """The object behind the backendRef: the target where known, else what the reference says."""
        return self.target or self.backend.ref


class Decided(Row):
    """The verdict for one backend from one gateway, with the situations to explain it from (one a variation)."""

    outcome: Outcome
    endpoints: Sequence[str]
    target: ObjectRef | None
    situations: Sequence[Situation]


@dataclass(frozen=True)
class Resolution:
    """All paths of one state of a cluster, sorted by gateway, listener, route, rule and backend."""

    world: World
    edges: Sequence[Edge]
    paths: Sequence[Path]
    decisions: Mapping[DecisionKey, Decided]
    problems: Sequence[Problem]

    @property
    def cluster(self) -> Cluster:
        return self.world.cluster

    @property
    def profiles(self) -> Mapping[str, Profile]:
        """The version that each data plane's rules follow."""
        return self.world.profiles

    @cached_property
    def by_id(self) -> Mapping[str, Path]:
        return {path.id: path for path in self.paths}

    @cached_property
    def positions(self) -> Mapping[DecisionKey, Sequence[int]]:
        """Decision → the positions in `paths` that it decides."""
        found: dict[DecisionKey, list[int]] = {}
        for position, path in enumerate(self.paths):
            found.setdefault(path.decision, []).append(position)
        return found

    @cached_property
    def by_target(self) -> Mapping[ObjectRef, Sequence[DecisionKey]]:
        """Backend object → the decisions that are about it."""
        found: dict[ObjectRef, list[DecisionKey]] = {}
        for key, decided in self.decisions.items():
            if decided.target is not None:
                found.setdefault(decided.target, []).append(key)
        return found

    def steps(self, path: Path) -> Sequence[Step]:
        """Every gate of `path` with its finding.

        Where pods of the gateway differ, those for the pods that a gate decided about.
        """
        situation = self.decisions[path.decision].situations[-1]
        return explain(_chain(situation), situation)

    def gates(self, path: Path) -> Sequence[Gate[Situation]]:
        """The gates behind `steps`, in the same order."""
        return _chain(self.decisions[path.decision].situations[-1])


def resolve(cluster: Cluster) -> Resolution:
    """The paths of all ingress routes in `cluster`. Never raises on any cluster that the loaders produce."""
    found, problems = _all_edges(cluster)
    return _resolve(world_of(cluster), found, problems)


def _all_edges(cluster: Cluster) -> tuple[Sequence[Edge], Sequence[Problem]]:
    """Those of Gateway API and those of Istio's own, in one order."""
    found, problems = edges(cluster)
    more, others = istio_edges(cluster)
    others = [*others, *pattern_problems(cluster)]
    if not more and not others:
        return found, problems
    return sorted([*found, *more], key=order), sorted([*problems, *others])


def world_of(cluster: Cluster) -> World:
    """`cluster` with nothing worked out about it yet."""
    versions = profiles(cluster)
    admissions = Admissions(cluster, versions["istio"].version)
    return World(cluster=cluster, profiles=versions, admissions=admissions)


def resolve_again(before: Resolution, cluster: Cluster, changed: Iterable[ObjectRef]) -> Resolution:
    """`resolve(cluster)`, where `cluster` differs from that of `before` in the objects `changed`.

    When only labels of Services and ServiceEntries changed, only their paths are decided again.
    """
    changed = set(changed)
    if not changed:
        return before
    if not all(ref.kind in ("Service", "ServiceEntry") for ref in changed):
        return resolve(cluster)
    world = _relabelled_world(before.world, cluster, changed)
    if any(_is_headless(cluster, ref) for ref in changed):
        # Headless services of one waypoint depend on each other (World.headless_sharing).
        return _resolve(world, before.edges, before.problems)
    decider = _Decider(world)
    decisions = dict(before.decisions)
    paths = list(before.paths)
    for ref in changed:
        for key in before.by_target.get(ref, ()):
            first = paths[before.positions[key][0]]
            decided = decider.decide(first.gateway_key, first.backend, first.route_kind, first.route[0])
            decisions[key] = decided
            for position in before.positions[key]:
                paths[position] = _with(paths[position], decided)
    after = Resolution(
        world=world, edges=before.edges, paths=paths, decisions=decisions, problems=before.problems
    )
    vars(after).update(positions=before.positions, by_target=before.by_target)
    return after


def _relabelled_world(before: World, cluster: Cluster, changed: Iterable[ObjectRef]) -> World:
    world = World(
        cluster=cluster,
        profiles=before.profiles,
        admissions=before.admissions,
        attachments=dict(before.attachments),
        workload_attachments=before.workload_attachments,
        ready=before.ready,
        reaches=before.reaches,
    )
    for ref in changed:
        world.attachments.pop((ref.kind, ref.namespace, ref.name), None)
    return world


def _is_headless(cluster: Cluster, ref: ObjectRef) -> bool:
    service = cluster.services.get((ref.namespace, ref.name)) if ref.kind == "Service" else None
    return service is not None and service.headless


def profiles(cluster: Cluster) -> Mapping[str, Profile]:
    """The version each data plane is taken to have, with where it was read."""
    found = {}
    for plane, controller_name in CONTROLLER_OF.items():
        controller = cluster.controller(controller_name)
        origin = controller.version_origin or f"no Deployment of {controller_name} in the source"
        found[plane] = profile_for(DATA_PLANES[plane].observed, controller.version, origin)
    return found


def _resolve(world: World, found: Sequence[Edge], problems: Sequence[Problem]) -> Resolution:
    decider = _Decider(world)
    decisions: dict[DecisionKey, Decided] = {}
    seen: dict[str, int] = {}
    paths: list[Path] = []
    for edge in found:
        key = decision_key(edge)
        decided = decisions.get(key)
        if decided is None:
            decided = decider.decide(edge.gateway, edge.backend, edge.route_kind, edge.route[0])
            decisions[key] = decided
        identity = path_id(edge)
        again = seen[identity] = seen.get(identity, 0) + 1
        plane = decider.plane_of(edge.gateway)
        gateway = decider.gateway(edge.gateway)
        paths.append(
            Path(
                id=identity if again == 1 else f"{identity}#{again}",
                gateway=(gateway.namespace, gateway.name),
                gateway_class=gateway.class_name,
                plane=plane.plane,
                listener=edge.listener,
                route_kind=edge.route_kind,
                route=edge.route,
                rule=edge.rule,
                backend=edge.backend,
                hostnames=edge.hostnames,
                outcome=decided.outcome,
                endpoints=decided.endpoints,
                target=decided.target,
                decision=key,
                via=edge.via,
            )
        )
    return Resolution(world=world, edges=found, paths=paths, decisions=decisions, problems=problems)


def path_id(edge: Edge) -> str:
    """The permanent name of a path: `ns/gateway:listener/Kind/ns/route:rule/Kind/ns/backend:port`.

    Where routes delegate, each has its `Kind/ns/route:rule`. A listener of a ListenerSet has its name among all
    listeners of the gateway. A subset comes last, after a slash.
    """
    backend = edge.backend
    gateway = named_gateway(edge.gateway)
    subset = f"/{backend.subset}" if backend.subset else ""
    port = "" if backend.port is None else f":{backend.port}"
    chain = "".join(f"{edge.route_kind}/{link.route[0]}/{link.route[1]}:{link.rule}/" for link in edge.via)
    return (
        f"{gateway[0]}/{gateway[1]}:{edge.listener}/{chain}"
        f"{edge.route_kind}/{edge.route[0]}/{edge.route[1]}:{edge.rule}/"
        f"{backend.kind}/{backend.namespace}/{backend.name}{port}{subset}"
    )


def decision_key(edge: Edge) -> DecisionKey:
    """What a verdict depends on: the gateway and the backendRef, and the route only where a ReferenceGrant is needed."""
    backend = edge.backend
    abroad = backend.namespace != edge.route[0]
    return (
        edge.gateway,
        backend.group,
        backend.kind,
        backend.namespace,
        backend.name,
        backend.port,
        edge.route_kind if abroad else "",
        edge.route[0] if abroad else "",
        backend.subset,
    )


def _with(path: Path, decided: Decided) -> Path:
    return replace(path, outcome=decided.outcome, endpoints=decided.endpoints, target=decided.target)


def _chain(situation: Situation) -> Sequence[Gate[Situation]]:
    return chain_for(DATA_PLANES[situation.plane], situation.profile.version)


class _Decider:
    """Decides backends in one world, with what belongs to a gateway worked out once."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._planes: dict[Key, DataPlaneOf] = {}
        self._homes: dict[Key, tuple[str | None, Sequence[Labels]]] = {}
        self._subsets: Subsets | None = None
        self._variations: dict[tuple[Key, bool], Sequence[Variation]] = {}
        self._chains: dict[tuple[Key, int, int], Sequence[tuple[Gate[Situation], Finding | None]]] = {}

    def gateway(self, key: Key) -> Gateway:
        return self.world.cluster.gateways[key]

    def plane_of(self, key: Key) -> DataPlaneOf:
        if key not in self._planes:
            self._planes[key] = data_plane(self.world.cluster, self.gateway(key))
        return self._planes[key]

    def decide(self, gateway_key: Key, ref: BackendRef, route_kind: str, route_namespace: str) -> Decided:
        """The verdict for `ref` from the gateway, its pods' variations taken together."""
        of = self.plane_of(gateway_key)
        plane = DATA_PLANES[of.plane]
        if route_kind == VIRTUAL_SERVICE:
            backend = self._destination(gateway_key, ref, route_namespace)
        else:
            backend = look_up(self.world.cluster, of.plane, route_namespace, route_kind, ref)
        situations = [
            Situation(
                world=self.world,
                gateway=self.gateway(gateway_key),
                plane=of.plane,
                variation=variation,
                backend=backend,
            )
            for variation in self._pods(gateway_key, plane, backend)
        ]
        target = backend.target
        outcome, deciding = self._outcome(plane, situations, assumed=of.assumed)
        return Decided(
            outcome=outcome,
            endpoints=_held(plane, situations),
            target=None if target is None else target.ref,
            situations=[*situations[:deciding], *situations[deciding + 1 :], situations[deciding]],
        )

    def _destination(self, gateway_key: Key, ref: BackendRef, route_namespace: str) -> Backend:
        cluster = self.world.cluster
        if self._subsets is None:
            self._subsets = Subsets(cluster)
        gateway = self.gateway(gateway_key)
        home = self._homes.get(gateway_key)
        if home is None:
            members = members_of(cluster, gateway) if isinstance(gateway, IstioGateway) else ()
            namespace = members[0].namespace if members else None
            home = self._homes[gateway_key] = (namespace, [labels_of(one) for one in members])
        return self._subsets.look_up(ref, route_namespace, *home)

    def _pods(self, gateway_key: Key, plane: DataPlane, backend: Backend) -> Sequence[Variation]:
        local = isinstance(backend.target, Service) and backend.target.internal_traffic_policy == "Local"
        by_node = local and plane.name == "istio"
        found = self._variations.get((gateway_key, by_node))
        if found is None:
            found = gateway_variations(self.world.cluster, self.gateway(gateway_key), by_node=by_node)
            if not plane.depends_on_capture and not by_node:
                found = found[:1]
            self._variations[(gateway_key, by_node)] = found
        return found

    def _outcome(
        self, plane: DataPlane, situations: Sequence[Situation], *, assumed: bool
    ) -> tuple[Outcome, int]:
        """The outcome, and the number of the last situation that a gate decided (else of the last)."""
        total = sum(situation.variation.count for situation in situations)
        parts: list[Share] = []
        decided_by: str | None = None
        deciding = len(situations) - 1
        for number, situation in enumerate(situations):
            pods = (situation.gateway.key, len(situations), number)
            chain = self._chains.get(pods)
            if chain is None:
                chain = self._chains[pods] = of_gateway(_chain(situation), situation)
            decision = decide(chain, situation)
            assumed = assumed or decision.assumed
            if decision.decided_by is not None:
                decided_by, deciding = decision.decided_by, number
            weight = situation.variation.count / total
            parts += [
                Share(
                    share=part.share * weight,
                    verdict=part.verdict,
                    waypoint=part.waypoint,
                    upstream=part.upstream,
                )
                for part in _arrivals(plane, situation, decision)
            ]
        return from_parts(parts, decided_by=decided_by, assumed=assumed), deciding


def _held(plane: DataPlane, situations: Sequence[Situation]) -> Sequence[str]:
    """The endpoints that any pod of the gateway holds."""
    if len(situations) == 1:
        return texts(plane.listed(situations[0]))
    return list(dict.fromkeys(text for one in situations for text in texts(plane.listed(one))))


def _arrivals(plane: DataPlane, situation: Situation, decision: Decision) -> Sequence[Share]:
    if decision.verdict is None:
        return plane.arrivals(situation, decision.track)
    target = situation.backend.target
    held = NO_UPSTREAM
    if target is not None and decision.verdict is not Verdict.INVALID:
        held = plane.upstream(situation, decision.track)
    return [Share(share=1.0, verdict=decision.verdict, upstream=held)]
