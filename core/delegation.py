"""kgateway's delegation: a rule of an HTTPRoute that names other HTTPRoutes in place of backends.

The rules of those routes take the place of the rule that delegates, as far as their matches fit its own. Source:
kgateway pkg/kgateway/query/route.go, pkg/kgateway/translator/httproute and pkg/kgateway/utils/delegation (main, 2026).
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from core import labels as names
from core.cluster import Cluster, replace
from core.gates import Step, field_evidence, passed
from core.inheriting import inheriting
from core.matches_below import effective
from core.model import BackendRef, Key, ObjectRef, Problem, Route, RouteMatch, RouteRule, Row

HTTP_ROUTE = ("gateway.networking.k8s.io", "HTTPRoute")
BY_LABEL = ("delegation.kgateway.dev", "label")
"""A backendRef of this kind names the value of a label instead of an HTTPRoute."""
EVERY_NAMESPACE = "all"
PLANES = frozenset({"kgateway"})
"""The data planes whose delegation is computed."""
OTHERS = frozenset({"agentgateway"})
"""The data planes that delegate by rules of their own, which are not computed: no path is told of then."""


class Link(Row):
    """A rule that delegates. `route` is (namespace, name) of its HTTPRoute, or of another `kind` that can delegate."""

    route: Key
    rule: int
    kind: str = "HTTPRoute"

    @property
    def ref(self) -> ObjectRef:
        return ObjectRef(kind=self.kind, namespace=self.route[0], name=self.route[1])

    def __str__(self) -> str:
        return f"{self.ref} rule {self.rule}"


class Branch(Row):
    """A route as it is reached, directly or by delegation.

    `rules` are those that can take a request, by their number, with the matches that count; `backends` are the
    backendRefs of each that are left, with their place. `closed` says why each other rule takes none. `via` are the
    rules that delegate, the outermost first; empty where the route is attached itself.
    """

    route: Route
    rules: Mapping[int, Sequence[RouteMatch]]
    backends: Mapping[int, Sequence[tuple[int, BackendRef]]]
    closed: Mapping[int, str]
    via: Sequence[Link] = ()
    above: Sequence[Route] = ()
    """The routes of `via`."""
    faults: Sequence[tuple[int, str]] = ()
    """(rule, why one of its backendRefs delegates to nothing)"""

    def as_reached(self) -> tuple[Route, Mapping[int, Sequence[str]]]:
        """The route with the matches, backends, filters, timeouts and retry that count where it is reached.

        Also what of these a rule takes over from one that delegates, in words, by its number.
        """
        rules = list(self.route.rules)
        inherited: dict[int, Sequence[str]] = {}
        for number, matches in self.rules.items():
            rule, inherited[number] = self._inheriting(rules[number])
            backends = tuple(ref for _, ref in self.backends[number])
            rules[number] = replace(rule, matches=tuple(matches), backends=backends)
        return replace(self.route, rules=tuple(rules)), inherited

    def _inheriting(self, rule: RouteRule) -> tuple[RouteRule, Sequence[str]]:
        found = []
        for link, parent in zip(reversed(self.via), reversed(self.above), strict=True):
            first = parent.annotations.get(names.INHERITED_PRIORITY, "").endswith("PreferParent")
            rule, kinds = inheriting(rule, parent.rules[link.rule], above_first=first)
            found += [f"{', '.join(kinds)} of {link}"] if kinds else []
        return rule, found


def delegates(ref: BackendRef) -> bool:
    """Whether `ref` names HTTPRoutes instead of a backend."""
    return (ref.group, ref.kind) in (HTTP_ROUTE, BY_LABEL)


def delegating(route: Route) -> bool:
    """Whether a rule of `route` delegates."""
    return route.route_kind == "HTTPRoute" and any(
        delegates(ref) for rule in route.rules for ref in rule.backends
    )


class _Split(Row):
    """A rule that delegates: what is left to itself, and the rules of other routes that it leads to."""

    matches: Sequence[RouteMatch]
    backends: Sequence[tuple[int, BackendRef]]
    children: Mapping[Key, Mapping[int, Sequence[RouteMatch]]]
    faults: Sequence[str]


class Delegations:
    """The HTTPRoutes of a cluster, as others delegate to them."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._found: dict[Key, Sequence[Branch]] = {}

    @cached_property
    def _routes(self) -> Mapping[Key, Route]:
        named = {one.key: one for one in self._cluster.routes if one.route_kind == "HTTPRoute"}
        return {key: named[key] for key in sorted(named)}

    def branches(self, route: Route) -> Sequence[Branch]:
        """`route` itself, then the routes that it delegates to, and what those delegate to, outermost first."""
        found = self._found.get(route.key)
        if found is None:
            matches = {number: rule.matches or (RouteMatch(),) for number, rule in enumerate(route.rules)}
            found = self._found[route.key] = tuple(self._walk(route, matches, {}, ()))
        return found

    def _walk(
        self,
        route: Route,
        matches: Mapping[int, Sequence[RouteMatch]],
        closed: Mapping[int, str],
        via: Sequence[Link],
    ) -> Iterator[Branch]:
        """The branches from `route` on. `matches` are those of its rules that take requests."""
        rules: dict[int, Sequence[RouteMatch]] = {}
        backends: dict[int, Sequence[tuple[int, BackendRef]]] = {}
        shut = dict(closed)
        faults: list[tuple[int, str]] = []
        below: list[Branch] = []
        for number, own in matches.items():
            chain = (*via, Link(route=route.key, rule=number))
            split = self._split(route, route.rules[number].backends, own, chain)
            backends[number] = split.backends
            faults += [(number, why) for why in split.faults]
            if split.matches:
                rules[number] = split.matches
            else:
                shut[number] = (
                    f"delegates to {', '.join(f'HTTPRoute/{key[0]}/{key[1]}' for key in split.children)}"
                )
            for key, reached in split.children.items():
                below += self._below(key, reached, chain)
        yield Branch(
            route=route,
            rules=rules,
            backends=backends,
            closed=shut,
            via=via,
            above=tuple(self._routes[link.route] for link in via),
            faults=tuple(faults),
        )
        yield from below

    def _split(
        self, route: Route, refs: Sequence[BackendRef], matches: Sequence[RouteMatch], chain: Sequence[Link]
    ) -> "_Split":
        """A rule that delegates takes requests itself only to send them to its own backends, or to answer 500."""
        own: list[tuple[int, BackendRef]] = []
        children: dict[Key, dict[int, list[RouteMatch]]] = {}
        lost: dict[RouteMatch, None] = {}
        faults = []
        plain = not refs
        for index, ref in enumerate(refs):
            failed: Sequence[RouteMatch] = ()
            if delegates(ref):
                failed, why = self._children(route, ref, matches, chain, children)
                lost.update(dict.fromkeys(failed))
                faults += [why] if failed else []
            else:
                plain = True
            if failed or not delegates(ref):
                own.append((index, ref))
        return _Split(
            matches=matches if plain else tuple(lost),
            backends=own,
            children={key: children[key] for key in sorted(children)},
            faults=faults,
        )

    def _below(
        self, key: Key, reached: Mapping[int, Sequence[RouteMatch]], chain: Sequence[Link]
    ) -> Iterator[Branch]:
        child = self._routes[key]
        closed = {
            number: f"no match of it is below {chain[-1]}, which delegates to its route"
            for number in range(len(child.rules))
            if number not in reached
        }
        yield from self._walk(child, dict(sorted(reached.items())), closed, chain)

    def _children(
        self,
        parent: Route,
        ref: BackendRef,
        matches: Sequence[RouteMatch],
        chain: Sequence[Link],
        found: dict[Key, dict[int, list[RouteMatch]]],
    ) -> tuple[Sequence[RouteMatch], str]:
        """Adds to `found` what `ref` delegates to; the matches for which that is nothing, and why."""
        named = self._named(ref)
        if not named:
            return matches, f"{shown(ref)} names no HTTPRoute of the source"
        reasons: dict[str, None] = {}
        usable = []
        for child in named:
            fault = _refused(child, parent, chain)
            if fault:
                reasons[f"{child.ref} {fault}"] = None
            else:
                usable.append(child)
        failed = []
        for match in matches:
            fitting = 0
            for child in usable:
                for number, rule in enumerate(child.rules):
                    counting = effective(match, child, rule.matches or (RouteMatch(),))
                    if counting:
                        fitting += 1
                        kept = found.setdefault(child.key, {}).setdefault(number, [])
                        kept += [one for one in counting if one not in kept]
            if not fitting:
                failed.append(match)
                if usable:
                    reasons["no rule of it has a match below those of the rule that delegates"] = None
        return failed, "; ".join(reasons)

    def _named(self, ref: BackendRef) -> Sequence[Route]:
        if (ref.group, ref.kind) == BY_LABEL:
            return [
                one
                for one in self._routes.values()
                if one.labels.get(names.DELEGATION_LABEL) == ref.name
                and ref.namespace in (EVERY_NAMESPACE, one.namespace)
            ]
        if ref.name in ("", "*"):
            return [one for one in self._routes.values() if one.namespace == ref.namespace]
        named = self._routes.get((ref.namespace, ref.name))
        return [named] if named else []


def delegation_problems(branches: Sequence[Branch]) -> Iterator[Problem]:
    """A problem for each backendRef that delegates to nothing."""
    for branch in branches:
        for number, why in branch.faults:
            yield Problem(
                severity="warning",
                where=f"{branch.route.where} {branch.route.ref}".lstrip(),
                message=f"rule {number} delegates to nothing, clients get 500: {why}",
            )


def _field(link: Link) -> str:
    """Where the rule names what it delegates to: an `http` rule of Istio's, or one of Gateway API."""
    return (
        f"spec.rules[{link.rule}].backendRefs"
        if link.kind == "HTTPRoute"
        else f"spec.http[{link.rule}].delegate"
    )


def chain_steps(via: Sequence[Link], route: ObjectRef) -> Sequence[Step]:
    """A step for each of the rules in `via`, by which `route` is reached."""
    targets = [*(link.ref for link in via[1:]), route] if via else []
    return [
        Step(
            gate="delegation",
            finding=passed(
                f"{link} delegates to {target}",
                field_evidence(link.ref, _field(link), str(target)),
            ),
        )
        for link, target in zip(via, targets, strict=True)
    ]


def shown(ref: BackendRef) -> str:
    """A backendRef that delegates, in words."""
    if (ref.group, ref.kind) == BY_LABEL:
        return f"label {names.DELEGATION_LABEL}={ref.name} in namespace {ref.namespace}"
    return f"HTTPRoute/{ref.namespace}/{ref.name or '*'}"


def _refused(child: Route, parent: Route, chain: Sequence[Link]) -> str:
    """Why `child` takes no delegation from `parent`."""
    if child.parents and not any(
        (one.group, one.kind) == HTTP_ROUTE and (one.namespace, one.name) == parent.key
        for one in child.parents
    ):
        return f"has parentRefs, and none of them is {parent.ref}"
    if any(link.route == child.key for link in chain):
        return "delegates in a circle"
    if child.hostnames:
        return "has hostnames, which it has to take over from the route that delegates"
    return ""
