"""What the matches of a route mean below a rule that delegates to it. Source: kgateway pkg/kgateway/utils/delegation."""

import posixpath
import re
from collections.abc import Sequence

from core import labels as names
from core.cluster import replace
from core.model import Route, RouteMatch, ValueMatch

_TRUE_WORDS = frozenset({"true", "yes", "enabled"})
_ROOT = ValueMatch(type="PathPrefix", value="/")


def effective(parent: RouteMatch, child: Route, matches: Sequence[RouteMatch]) -> Sequence[RouteMatch]:
    """Those of `matches` that count below `parent`, as they count."""
    if child.annotations.get(names.INHERIT_MATCHER, "").lower() in _TRUE_WORDS:
        return [_merged(parent, one) for one in matches]
    return [one for one in matches if _fits(parent, one)]


def _fits(parent: RouteMatch, child: RouteMatch) -> bool:
    """Whether all that `parent` asks for is asked for by `child`, as it is written."""
    above, below = parent.path or _ROOT, child.path or _ROOT
    return (
        above.type == "PathPrefix"
        and below.value.startswith(above.value)
        and all(one in child.headers for one in parent.headers)
        and all(one in child.params for one in parent.params)
        and parent.method in ("", child.method)
    )


def _merged(parent: RouteMatch, child: RouteMatch) -> RouteMatch:
    """`child` below `parent`: paths joined, of headers and parameters of one name the parent's."""
    return replace(
        child,
        path=_joined(parent.path or _ROOT, child.path or _ROOT),
        headers=_first_of_each(parent.headers, child.headers),
        params=_first_of_each(parent.params, child.params),
        method=parent.method or child.method,
    )


def _joined(above: ValueMatch, below: ValueMatch) -> ValueMatch:
    if above.type != "RegularExpression":
        path = posixpath.normpath(f"/{above.value}/{below.value}".replace("//", "/"))
        return ValueMatch(type=below.type, value=f"/{path.lstrip('/')}")
    start = above.value.removesuffix("$")
    rest = {
        "RegularExpression": below.value.removeprefix("^").removesuffix("$"),
        "Exact": re.escape(below.value),
    }.get(below.type, f"{re.escape(below.value)}(?:/.*)?")
    end = "$" if above.value.endswith("$") else ""
    return ValueMatch(type="RegularExpression", value=f"{start}{rest}{end}")


def _first_of_each(above: Sequence[ValueMatch], below: Sequence[ValueMatch]) -> Sequence[ValueMatch]:
    found = {one.name: one for one in reversed((*above, *below))}
    return tuple(found[name] for name in sorted(found))
