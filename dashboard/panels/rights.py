"""The rights that a live cluster did not give, as the rule that would grant them."""

from collections.abc import Sequence

from core.sources import MissingRight
from core.sources.live import in_yaml, rules_for
from core.sources.live.rights import KIND_OF
from core.text import count
from dashboard.markup import Node, h
from dashboard.words import listed


def tree(missing: Sequence[MissingRight]) -> Node | None:
    """What can't be read and what grants it; None where nothing is missing."""
    if not missing:
        return None
    unread = [one for one in missing if one.verb != "watch"]
    unwatched = [one for one in missing if one.verb == "watch"]
    places = sorted({one.namespace for one in missing if one.namespace})
    rule = in_yaml(rules_for(missing))
    role = f"a Role in namespace {listed(places)}" if places else "a ClusterRole"
    return h(
        "section",
        h("h3", f"{count(len(_kinds(unread)), 'kind')} can't be read") if unread else None,
        h(
            "p",
            f"What depends on {listed(_kinds(unread))} is unknown, and so are the gates that need it. The rest is true.",
        )
        if unread
        else None,
        h(
            "p",
            f"{listed(_kinds(unwatched))} can't be watched: read anew every few seconds instead.",
            class_="dim",
        )
        if unwatched
        else None,
        h("p", f"These rules of {role}, bound to the user that waypath reads with, grant it:"),
        h("pre", h("code", rule), class_="command"),
        h("p", h("button", "Copy the rules", type="button", copy=rule)),
        class_="stack rights",
        aria_label="Missing rights",
    )


def _kinds(missing: Sequence[MissingRight]) -> list[str]:
    return sorted({KIND_OF.get((one.group, one.resource), one.resource) for one in missing})
