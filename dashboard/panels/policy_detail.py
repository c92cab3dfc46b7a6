"""One policy, or one service: where what acts, why there, and on which paths."""

from collections.abc import Sequence

from core.model import ObjectRef
from core.policies.act import Act
from core.text import count
from dashboard.desk import Mode
from dashboard.findings import Fate
from dashboard.markup import Node, h
from dashboard.markup.looks import prose, ref_text
from dashboard.panels.finding import FIRST_PATHS, MORE_PATHS, path_list
from dashboard.panels.more import more_button
from dashboard.panels.policy_listing import HOW, Listing, by_service
from dashboard.policies import AT, PathsOf, Place
from dashboard.sight import Sight, slashed

FIRST_PLACES, MORE_PLACES = 30, 100
FIRST_PODS = 8


def policy_detail(listing: Listing) -> Node | None:
    """The policy that is chosen: why it acts where it acts, its places, and its paths."""
    wanted = listing.sight.desk.policy
    if not wanted:
        return None
    ref = next((one for one in listing.all if str(one) == wanted), None)
    if ref is None:
        return h(
            "div",
            _title(wanted),
            h("p", "The source holds no policy of this name that waypath knows."),
            class_="inspector stack",
        )
    found = listing.acts(ref)
    assert found is not None
    shown = listing.places(ref)
    return h(
        "div",
        _title(wanted),
        h("p", _where(shown), class_="strong"),
        h("p", prose(found.because), class_="wrap") if found.because else None,
        [h("p", prose(note), class_="small wrap") for note in found.notes],
        [h("p", "No effect: ", prose(fault), class_="small wrap") for fault in found.faults],
        h(
            "p",
            "The version of istiod is none of those that were observed: what is told here is assumed.",
            class_="dim small",
        )
        if found.assumed
        else None,
        _places(listing, ref, shown),
        _paths(listing, listing.paths(ref), str(ref)),
        h("p", f"Read from {_file(listing.sight, found.where)}", class_="dim small wrap")
        if found.where
        else None,
        class_="inspector stack",
        key=wanted,
    )


def _title(name: str) -> Node:
    return h(
        "div",
        h("h2", ref_text(name), class_="subject"),
        h("button", "Close", type="button", class_="link small dim", act=["pick", ""], aria_label="Close"),
        class_="spread",
    )


def _file(sight: Sight, where: str) -> str:
    """File and line of a document, as far as known."""
    line = sight.base.lines.get(where)
    return f"{where.rpartition('#')[0]}:{line}" if line else where


def _where(shown: Sequence[Place]) -> str:
    kept = sum(place.fate is not Fate.GONE for place in shown)
    return f"Acts at {count(kept, 'place')}." if kept else "Acts nowhere."


def _places(listing: Listing, ref: ObjectRef, shown: Sequence[Place]) -> Node | None:
    if not shown:
        return None
    limit = listing.sight.desk.listing("places", FIRST_PLACES)
    difference = listing.sight.mode is Mode.DIFFERENCE
    return h(
        "div",
        h("h3", "Places"),
        h("ul", [_place(place, difference=difference) for place in shown[:limit]], class_="places"),
        more_button("places", limit, len(shown) - limit, MORE_PLACES),
        class_="stack",
        key=f"places {ref}",
    )


def _place(place: Place, *, difference: bool) -> Node:
    fated = difference and place.fate is not Fate.STAYS
    return h(
        "li",
        act_words(place.act),
        h("span", place.fate.value, class_=f"tag fate {place.fate}") if fated else None,
        class_=f"place {place.fate}",
    )


def act_words(act: Act) -> Node:
    """A place in words."""
    if act.at == "ztunnel":
        pods = list(act.pods)
        named = ", ".join(pods[:FIRST_PODS])
        if len(pods) <= FIRST_PODS:
            return h(
                "span", f"ztunnel, for {count(len(pods), 'pod')}: ", h("span", named, class_="mono wrap")
            )
        return h(
            "details",
            h("summary", f"ztunnel, for {count(len(pods), 'pod')}"),
            h("p", ", ".join(pods), class_="mono wrap"),
        )
    word = AT.get(act.at, act.at)
    on = f" on {act.service}:{act.port}" if act.service is not None and act.port else ""
    on = on or (f" on {act.service}" if act.service is not None else "")
    name, _, rest = word.partition(",")
    return h(
        "span",
        f"{name} ",
        h("span", slashed(act.gateway), class_="strong"),
        f"{rest and ','}{rest}{on}",
        class_="wrap",
    )


def _paths(listing: Listing, found: PathsOf, name: str) -> list[Node]:
    """The paths that meet it, go past it and meet it twice, folded."""
    parts: list[Node] = []
    for how, sign, tone in HOW:
        ids = getattr(found, how)
        if ids:
            limit = listing.sight.desk.listing(how, FIRST_PATHS)
            parts.append(
                h(
                    "details",
                    h(
                        "summary",
                        h("span", sign, class_=f"mark {tone}", aria_hidden="true"),
                        h(
                            "span",
                            f" {how[:1].upper()}{how[1:]} on {count(len(ids), 'ingress path')}",
                            class_="strong",
                        ),
                    ),
                    path_list(listing.sight, ids[:limit]),
                    more_button(how, limit, len(ids) - limit, MORE_PATHS),
                    class_="fold",
                    open=how != "enforced",
                    key=f"{how} {name}",
                )
            )
    return parts or [h("p", "No ingress path has to do with it.", class_="dim small")]


def service_detail(listing: Listing) -> Node | None:
    """The service that is chosen: each of its policies, with where it acts on it and the paths."""
    wanted = listing.sight.desk.policy
    found = next((members for ref, members in by_service(listing).items() if str(ref) == wanted), None)
    if not wanted:
        return None
    if found is None:
        return h(
            "div",
            _title(wanted),
            h("p", "No ingress path that is shown leads to it."),
            class_="inspector stack",
        )
    return h(
        "div",
        _title(wanted),
        h("p", f"{count(len(found), 'policy')} on its ingress paths, or at its waypoint.", class_="strong"),
        [_on_service(listing, ref, found[ref], wanted) for ref in sorted(found)],
        class_="inspector stack",
        key=wanted,
    )


def _on_service(listing: Listing, ref: ObjectRef, paths: PathsOf, service: str) -> Node:
    own = [
        place
        for place in listing.places(ref)
        if place.act.service is None or str(place.act.service) == service
    ]
    return h(
        "div",
        h(
            "h3",
            h(
                "button",
                ref_text(str(ref)),
                type="button",
                class_="link",
                act=["policy", str(ref)],
                leads="policies",
                title="Where it acts",
            ),
        ),
        h(
            "ul",
            [_place(place, difference=listing.sight.mode is Mode.DIFFERENCE) for place in own[:FIRST_PODS]],
            class_="places",
        ),
        h("p", f"And {len(own) - FIRST_PODS} more places: open the policy to see them.", class_="dim small")
        if len(own) > FIRST_PODS
        else None,
        _paths(listing, paths, f"{service} {ref}"),
        class_="stack tight on-service",
        key=str(ref),
    )
