"""What routes and policies do to a request, and which of it repeats when it is done at two places.

An effect that sets something leaves the same when it is done twice; one that adds, counts or sends does not.
"""

from collections.abc import Iterable, Mapping, Sequence

from core.model import ObjectRef, Row
from core.policy_model import Effect


class EffectKind(Row):
    """A row of the table: effects `alike` are the same effect; `idempotent` ones may be done twice without
    harm.
    """

    alike: str
    idempotent: bool
    repeats: str


def _kind(alike: str, idempotent: bool, repeats: str) -> EffectKind:
    return EffectKind(alike=alike, idempotent=idempotent, repeats=repeats)


ANY = "*"
"""The key of an effect that may be any of its kind: the source does not tell which."""
CONSUMED = "jwt-consumed"

_ONCE, _TWICE = True, False

EFFECTS: Mapping[str, EffectKind] = {
    # kind: effects alike, idempotent, what repeats
    "request-header-set": _kind("request-header-set", _ONCE, "the header is set to a value again"),
    "request-header-add": _kind("request-header-add", _TWICE, "the header gets a value at each place"),
    "request-header-remove": _kind("request-header-remove", _ONCE, "the header is removed again"),
    "response-header-set": _kind("response-header-set", _ONCE, "the header is set to a value again"),
    "response-header-add": _kind("response-header-add", _TWICE, "the header gets a value at each place"),
    "response-header-remove": _kind("response-header-remove", _ONCE, "the header is removed again"),
    "path-rewrite": _kind("path", _ONCE, "the path is replaced again"),
    "prefix-rewrite": _kind("path", _TWICE, "the second place rewrites what the first has rewritten"),
    "host-rewrite": _kind("host-rewrite", _ONCE, "the host is replaced again"),
    "redirect": _kind("redirect", _TWICE, "clients may be redirected a second time"),
    "mirror": _kind("mirror", _TWICE, "the copy is sent at each place"),
    "fault": _kind("fault", _TWICE, "faults are injected at each place, and add up"),
    "retry": _kind(
        "retry", _TWICE, "each try of the first place is retried by the second: attempts multiply"
    ),
    "timeout": _kind("timeout", _ONCE, "both run: the shorter one ends the request"),
    "authz": _kind("authz", _ONCE, "the request has to be allowed at both places"),
    "jwt": _kind("jwt", _ONCE, "the token is verified again"),
    CONSUMED: _kind(
        "jwt", _TWICE, "the first place takes the token off, so that the second finds none to verify"
    ),
    "rate-limit": _kind("rate-limit", _TWICE, "the request is counted at each place"),
    "cors": _kind("cors", _ONCE, "the headers are set again"),
    "telemetry": _kind("telemetry", _TWICE, "the request is reported by each place"),
    "connection-pool": _kind(
        "connection-pool", _ONCE, "connections are limited at each place, each for itself"
    ),
    "outlier-detection": _kind(
        "outlier-detection", _ONCE, "endpoints are ejected at each place, each for itself"
    ),
    "load-balancer": _kind("load-balancer", _ONCE, "an endpoint is chosen at each place"),
    "subsets": _kind("subsets", _ONCE, "subsets are formed at each place"),
}
"""Every kind of effect that routes and policies are reduced to."""


class Source(Row):
    """A route or policy with its effects at one place."""

    ref: ObjectRef
    effects: Sequence[Effect]


class Doubled(Row, order=True):
    """An effect at two places that a path passes: at the gateway by `first`, at the waypoint by `second`.

    Both are the same object where one policy acts at both places.
    """

    effect: str
    key: str
    first: ObjectRef
    second: ObjectRef
    idempotent: bool
    repeats: str

    def __str__(self) -> str:
        named = self.effect + (f" {self.key}" if self.key else "")
        if self.first == self.second:
            return f"{named}: {self.first} acts at the gateway and at the waypoint; {self.repeats}"
        return f"{named}: at the gateway by {self.first}, at the waypoint by {self.second}; {self.repeats}"


def doubled(first: Iterable[Source], second: Iterable[Source]) -> Sequence[Doubled]:
    """The effects that sources of `first` and of `second` have in common, sorted, each pair once."""
    by_alike: dict[str, list[tuple[ObjectRef, Effect]]] = {}
    for source in first:
        for effect in source.effects:
            by_alike.setdefault(EFFECTS[effect.kind].alike, []).append((source.ref, effect))
    found: dict[tuple[str, str, ObjectRef, ObjectRef], Doubled] = {}
    for source in second if by_alike else ():
        for effect in source.effects:
            for ref, theirs in by_alike.get(EFFECTS[effect.kind].alike, ()):
                if theirs.key != effect.key and ANY not in (theirs.key, effect.key):
                    continue
                one = _pair((ref, theirs), (source.ref, effect))
                before = found.get((one.effect, one.key, one.first, one.second))
                if before is None or before.idempotent:
                    found[(one.effect, one.key, one.first, one.second)] = one
    return tuple(sorted(found.values()))


def _pair(first: tuple[ObjectRef, Effect], second: tuple[ObjectRef, Effect]) -> Doubled:
    """Not idempotent where one of the two is not; then that one says what repeats."""
    one, other = first[1], second[1]
    kinds = [EFFECTS[one.kind], EFFECTS[other.kind]]
    if other.kind == CONSUMED:
        # A token that is taken off at the waypoint, the last place, is missed by none.
        kinds.pop()
    worst = next((kind for kind in kinds if not kind.idempotent), kinds[0])
    return Doubled(
        effect=worst.alike,
        key=one.key if other.key == ANY else other.key,
        first=first[0],
        second=second[0],
        idempotent=worst.idempotent,
        repeats=worst.repeats,
    )
