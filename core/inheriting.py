"""What a rule that is reached by delegation takes over from the rule that delegates: filters, timeouts and retry.

Of each kind of filter one rule's count: those of the route that is delegated to, unless an annotation of the delegating
route says otherwise. Source: kgateway pkg/kgateway/translator/irtranslator/route.go (runRoutePlugins), from 2.1 on.
"""

from collections.abc import Mapping, Sequence

from core.cluster import replace
from core.model import (
    HeaderFilter,
    MirrorFilter,
    OtherFilter,
    RedirectFilter,
    RewriteFilter,
    RouteFilter,
    RouteRule,
)

_TYPES: Mapping[type, str] = {
    RedirectFilter: "RequestRedirect",
    RewriteFilter: "URLRewrite",
    MirrorFilter: "RequestMirror",
}


def type_of(one: RouteFilter) -> str:
    """The `type` of a filter."""
    return one.type if isinstance(one, HeaderFilter | OtherFilter) else _TYPES[type(one)]


def inheriting(rule: RouteRule, above: RouteRule, *, above_first: bool) -> tuple[RouteRule, Sequence[str]]:
    """`rule` with what it takes over from `above`, and the kinds of that, in words."""
    first, second = (above, rule) if above_first else (rule, above)
    taken = {type_of(one) for one in first.filters}
    joined = replace(
        rule,
        filters=(*first.filters, *(one for one in second.filters if type_of(one) not in taken)),
        timeouts=first.timeouts or second.timeouts,
        retry=first.retry or second.retry,
    )
    words = dict.fromkeys(type_of(one) for one in above.filters if one in joined.filters)
    if above.timeouts and joined.timeouts == above.timeouts:
        words["timeouts"] = None
    if above.retry and joined.retry == above.retry:
        words["retry"] = None
    return joined, tuple(words)
