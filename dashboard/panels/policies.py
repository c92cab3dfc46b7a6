"""Policies: a row each with the places where it acts and the paths that meet it; by service the same, turned around."""

from collections.abc import Callable, Mapping, Sequence

from core.model import ObjectRef
from core.text import count
from dashboard import state
from dashboard.desk import By, Mode
from dashboard.findings import Fate
from dashboard.markup import Node, h
from dashboard.panels import acts
from dashboard.panels.more import more_button
from dashboard.panels.policy_detail import policy_detail, service_detail
from dashboard.panels.policy_listing import HOW, Listing, by_service, worst_first
from dashboard.policies import NO_PATHS, PathsOf, summary
from dashboard.sight import Sight

FIRST_ROWS, MORE_ROWS = 100, 200


def sentence(listing: Listing) -> str:
    """How many policies there are, how many act nowhere, and how many are bypassed."""
    if not listing.all:
        return "No policy: the source holds none of the kinds that waypath knows."
    nowhere = sum(
        not any(place.fate is not Fate.GONE for place in listing.places(ref)) for ref in listing.all
    )
    bypassed = sum(bool(listing.paths(ref).bypassed) for ref in listing.all)
    doubled = sum(bool(listing.paths(ref).doubled) for ref in listing.all)
    told = [
        f"{bypassed} {'is' if bypassed == 1 else 'are'} bypassed by ingress traffic" if bypassed else "",
        f"{doubled} {'acts' if doubled == 1 else 'act'} twice" if doubled else "",
        f"{nowhere} {'acts' if nowhere == 1 else 'act'} nowhere" if nowhere else "",
    ]
    words = [one for one in told if one]
    total = count(len(listing.all), "policy")
    if not words:
        return f"{total}: all of them act, and no ingress traffic goes past one."
    return f"{total}: {', '.join(words)}."


def tree(listing: Listing) -> Node:
    """The list, and beside it what is chosen of it."""
    desk = listing.sight.desk
    by_service = desk.by is By.SERVICE
    body = _services(listing) if by_service else _policies(listing)
    detail = service_detail(listing) if by_service else policy_detail(listing)
    return h(
        "div",
        h("div", body, class_="stack list"),
        h("div", detail, class_="detail") if detail else None,
        class_=f"placed{' with-detail' if detail else ''}",
    )


def _table(titles: Sequence[str], rows: Sequence[Node]) -> Node:
    return h(
        "div",
        h(
            "table",
            h("thead", h("tr", [h("th", title, scope="col") for title in titles])),
            h("tbody", rows),
            class_="policies folding",
        ),
        class_="scroll",
    )


# --- by policy -----------------------------------------------------------------------------------------


def _policies(listing: Listing) -> list[Node | None]:
    limit = listing.sight.desk.listing("policies", FIRST_ROWS)
    found = listing.shown
    if not found:
        return [h("p", "The filters let no policy through.", class_="dim") if listing.all else None]
    titles = ("Policy", "Acts at", "Enforced", "Bypassed", "Doubled")
    return [
        _table(titles, [_policy(listing, ref) for ref in found[:limit]]),
        h("p", "Enforced, bypassed and doubled are numbers of ingress paths.", class_="dim small"),
        more_button("policies", limit, len(found) - limit, MORE_ROWS),
    ]


def _policy(listing: Listing, ref: ObjectRef) -> Node:
    kept = [place.act for place in listing.places(ref) if place.fate is not Fate.GONE]
    moved = any(place.fate is not Fate.STAYS for place in listing.places(ref))
    acts = listing.acts(ref)
    chosen = listing.sight.desk.policy == str(ref)
    words = summary(kept)
    return h(
        "tr",
        h(
            "td",
            h(
                "button",
                ref.name,
                type="button",
                class_="link strong",
                act=["pick", str(ref)],
                title=f"Explain {ref}",
            ),
            h("span", f"{ref.kind} · {ref.namespace}", class_="sub"),
        ),
        h(
            "td",
            words
            if kept
            else h("span", h("span", "!", class_="mark warning", aria_hidden="true"), words, class_="row"),
            h("span", "not as today", class_="tag fate new") if moved else None,
            h("span", "assumed", class_="sub") if acts and acts.assumed else None,
            class_="wrap",
        ),
        [_number(listing, ref, how) for how, _, _ in HOW],
        class_=f"pick{' selected' if chosen else ''}",
        act=["pick", str(ref)],
        key=str(ref),
    )


def _number(listing: Listing, ref: ObjectRef, how: str) -> Node:
    now = len(getattr(listing.paths(ref), how))
    then = len(getattr(listing.paths_before.get(ref, NO_PATHS), how))
    moved = listing.sight.mode is Mode.DIFFERENCE and then != now
    tone = {"bypassed": " fail", "doubled": " unknown"}.get(how, "") if now else " dim"
    return h(
        "td",
        h("span", f"{how} ", class_="label"),
        h("span", f"{then} → ", class_="dim") if moved else None,
        h("span", str(now), class_=f"result{tone}{' strong' if moved or tone != ' dim' else ''}"),
        class_="narrow number",
    )


# --- by service ----------------------------------------------------------------------------------------


def _services(listing: Listing) -> list[Node | None]:
    found = by_service(listing)
    if not found:
        return [h("p", "The filters let no service through.", class_="dim")]
    limit = listing.sight.desk.listing("services", FIRST_ROWS)
    return [
        _table(
            ("Service", "Policies", "Enforced", "Bypassed", "Doubled"),
            [_service(listing, ref, found[ref]) for ref in list(found)[:limit]],
        ),
        h(
            "p",
            "Enforced, bypassed and doubled are numbers of policies, on any of the service's ingress paths.",
            class_="dim small",
        ),
        more_button("services", limit, len(found) - limit, MORE_ROWS),
    ]


def _service(listing: Listing, service: ObjectRef, found: Mapping[ObjectRef, PathsOf]) -> Node:
    numbers = {how: sum(bool(getattr(one, how)) for one in found.values()) for how, _, _ in HOW}
    chosen = listing.sight.desk.policy == str(service)
    worst = sorted(found, key=lambda ref: (*worst_first(found[ref]), ref))
    named = ", ".join(ref.name for ref in worst[:3]) + (
        f" and {len(worst) - 3} more" if len(worst) > 3 else ""
    )
    return h(
        "tr",
        h(
            "td",
            h(
                "button",
                service.name,
                type="button",
                class_="link strong",
                act=["pick", str(service)],
                title=f"Explain {service}",
            ),
            h("span", f"{service.kind} · {service.namespace}", class_="sub"),
        ),
        h("td", named or h("span", "none", class_="dim"), class_="wrap"),
        [
            h(
                "td",
                h("span", f"{how} ", class_="label"),
                h(
                    "span",
                    str(number),
                    class_=f"result {tone} strong"
                    if number and how != "enforced"
                    else ("" if number else "dim"),
                ),
                class_="narrow number",
            )
            for how, _, tone in HOW
            for number in (numbers[how],)
        ],
        class_=f"pick{' selected' if chosen else ''}",
        act=["pick", str(service)],
        key=str(service),
    )


# --- what clicks do ------------------------------------------------------------------------------------


def handlers(sight: Sight) -> Mapping[str, Callable[..., None]]:
    """The actions of the page."""

    def policy(name: str) -> None:
        state.list_by(By.POLICY)
        state.show_policy(name)

    return {**acts.leading(sight), "pick": state.show_policy, "policy": policy}
