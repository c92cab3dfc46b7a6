"""Advice: a row a service with today's verdict, what is advised, why, and the edits that follow it."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from core.advice import Advice, Advised
from core.edits import Edit
from core.hops import Hops, hops
from core.paths import Path
from core.text import count
from dashboard import edits as editing
from dashboard import state
from dashboard.desk import Mode
from dashboard.loading import Advising
from dashboard.markup import Node, h
from dashboard.markup.looks import badges, prose, ref_text
from dashboard.panels import acts
from dashboard.panels.more import more_button
from dashboard.sight import SEVERITY, Pair, Sight, by_service
from dashboard.words import listed

FIRST_ROWS, MORE_ROWS = 100, 300
_GROUP = "advised"
_TOGETHER = "With that of the namespace's other services, whose labels take the place of the namespace's"
_ORDER = [Advised.WAYPOINT, Advised.BY_LABEL, Advised.DIRECT, Advised.NO_CHANGE]
_WORDS = {
    Advised.WAYPOINT: (
        "through the waypoint",
        "Policies act at the waypoint, and ingress traffic goes past it",
    ),
    Advised.BY_LABEL: (
        "label by label",
        "The namespace labels all services, and they differ in what they need",
    ),
    Advised.DIRECT: ("direct", "Nothing acts at the waypoint: one L7 hop less"),
    Advised.NO_CHANGE: ("no change", "It is as it should be, or nothing tells otherwise"),
}


class Listing:
    """The advice for the services that the filters let through: where something is to change, and the others."""

    def __init__(self, sight: Sight, advising: Advising) -> None:
        self.sight = sight
        self.advising = advising
        self.pairs = by_service(sight.pairs)
        found = [one for one in advising.advice.services if one.service in self.pairs]
        self.hidden = len(advising.advice.services) - len(found)
        self.changing = sorted(
            (one for one in found if one.advice is not Advised.NO_CHANGE),
            key=lambda one: (_ORDER.index(one.advice), one.service),
        )
        self.resting = [one for one in found if one.advice is Advised.NO_CHANGE]


def sentence(listing: Listing) -> str:
    """How many services are advised to change, and to what."""
    total = count(len(listing.changing) + len(listing.resting), "service")
    if not listing.changing and not listing.resting:
        return "No advice: no ingress path that is shown leads to a service."
    if not listing.changing:
        return f"No change is advised for {total}."
    numbers = {
        _WORDS[sort][0]: sum(one.advice is sort for one in listing.changing)
        for sort in _ORDER
        if sort is not Advised.NO_CHANGE
    }
    told = listed([f"{number} {word}" for word, number in numbers.items() if number])
    verb = "is" if len(listing.changing) == 1 else "are"
    return f"{len(listing.changing)} of {total} {verb} advised to change: {told}."


def tree(listing: Listing) -> Node:
    """The table of what is to change, and the other services folded."""
    limit = listing.sight.desk.listing("advice", FIRST_ROWS)
    resting = listing.sight.desk.listing("resting", FIRST_ROWS)
    return h(
        "div",
        [
            _bulk(listing),
            _table(listing, listing.changing[:limit], "changing"),
            more_button("advice", limit, len(listing.changing) - limit, MORE_ROWS),
        ]
        if listing.changing
        else None,
        h(
            "details",
            h(
                "summary",
                h("span", f"{count(len(listing.resting), 'service')} without a change", class_="strong"),
            ),
            _table(listing, listing.resting[:resting], "resting"),
            more_button("resting", resting, len(listing.resting) - resting, MORE_ROWS),
            class_="fold",
            open=not listing.changing,
            key="resting",
        )
        if listing.resting
        else None,
        class_="stack wide",
    )


def _bulk(listing: Listing) -> Node:
    edits = listing.advising.advice.edits
    missing = not _holds(listing.sight.desk.edits, edits)
    return h(
        "div",
        h(
            "button",
            f"Accept all advice, {count(len(edits), 'edit')}",
            type="button",
            class_="primary",
            act=["all"],
            disabled=not missing,
            title="Adds the edits to the scenario; nothing is applied to the cluster",
        )
        if edits
        else h("span", "All of it at once would break a path: accept it row by row.", class_="small"),
        h("button", "Accept the selected", type="button", act=["some"], collect=_GROUP),
        h("span", "In the scenario already." if edits and not missing else None, class_="dim small"),
        class_="row",
        role="group",
        aria_label="Accept advice",
    )


def _table(listing: Listing, rows: Sequence[Advice], key: str) -> Node:
    edited = listing.sight.mode is Mode.DIFFERENCE
    changing = key == "changing"
    titles = [
        "Service",
        "Today" if listing.sight.mode is not Mode.EDITS else "With edits",
        *(["With edits"] if edited else []),
        "Advice",
        "L7 hops",
        "Because",
        *(["Edit"] if changing else []),
    ]
    return h(
        "div",
        h(
            "table",
            h(
                "thead",
                h(
                    "tr",
                    h(
                        "th",
                        h(
                            "input",
                            type="checkbox",
                            value="*",
                            check=_GROUP,
                            aria_label="Select all services",
                        ),
                        scope="col",
                        class_="narrow",
                    )
                    if changing
                    else None,
                    [h("th", title, scope="col") for title in titles],
                ),
            ),
            h("tbody", [_row(listing, one, changing=changing) for one in rows]),
            class_="advice folding",
        ),
        class_="scroll",
        key=key,
    )


def _row(listing: Listing, one: Advice, *, changing: bool) -> Node:
    pairs = listing.pairs[one.service]
    name = str(one.service)
    edited = listing.sight.mode is Mode.DIFFERENCE
    word, title = _WORDS[one.advice]
    check = (
        h("input", type="checkbox", value=name, check=_GROUP, aria_label=f"Select {name}")
        if one.edits
        else None
    )
    return h(
        "tr",
        h("td", check, class_="narrow") if changing else None,
        h(
            "td",
            h(
                "button",
                one.service.name,
                type="button",
                class_="link strong",
                act=["path", pairs[0].id],
                leads="paths",
                title=f"Show {name}",
            ),
            h("span", f"{one.service.kind} · {one.service.namespace}", class_="sub"),
        ),
        h("td", _verdicts(pair.at(listing.sight.mode) if not edited else pair.before for pair in pairs)),
        h("td", h("span", "with edits ", class_="label"), _verdicts(pair.after for pair in pairs))
        if edited
        else None,
        h("td", h("span", word, class_=f"tag advised {one.advice}", title=title), class_="narrow"),
        h("td", h("span", "L7 hops ", class_="label"), _hops(listing, one, pairs), class_="narrow number"),
        h("td", _because(one.because), class_="because"),
        h("td", _edits(listing.sight, one), class_="edits") if changing else None,
        key=name,
    )


def _verdicts(paths: Iterable[Path | None]) -> Node:
    verdicts = [path.outcome.verdict for path in paths if path]
    return h(
        "span", badges([(one, verdicts.count(one)) for one in SEVERITY if one in verdicts]), class_="row"
    )


def _because(reasons: Sequence[str]) -> Node | None:
    if not reasons:
        return None
    first, *rest = [f"{one[:1].upper()}{one[1:]}" for one in reasons]
    if not rest:
        return h("span", prose(first), class_="wrap")
    return h(
        "details",
        h("summary", h("span", prose(first), class_="wrap")),
        h("ul", [h("li", prose(one), class_="small wrap") for one in rest], class_="stack tight reasons"),
        key="because",
    )


def _edits(sight: Sight, one: Advice) -> Node:
    if not one.edits:
        return h(
            "span", "by hand", class_="dim small", title="No edit of labels and flags follows this advice"
        )
    held = _holds(sight.desk.edits, one.edits)
    return h(
        "div",
        h(
            "span",
            [
                h(
                    "span",
                    h("span", ref_text(chip.subject), class_="small"),
                    [h("span", change, class_="sub mono wrap") for change in chip.changes],
                )
                for chip in map(editing.chip, one.edits)
            ],
            class_="stack tight",
        ),
        h("span", "in the scenario", class_="tag")
        if held
        else h(
            "button",
            "Accept",
            type="button",
            act=["accept", str(one.service)],
            aria_label=f"Accept the advice for {one.service}",
            title=_TOGETHER if one.advice is Advised.BY_LABEL else None,
        ),
        class_="row spaced edit",
    )


# --- hops ----------------------------------------------------------------------------------------------


def _hops(listing: Listing, one: Advice, pairs: Sequence[Pair]) -> list[Node]:
    """How many L7 hops the service's requests pass, and how many once all advice is followed."""
    now = [
        path for pair in pairs if (path := pair.after if listing.sight.mode is Mode.EDITS else pair.before)
    ]
    then = [path for pair in pairs if (path := listing.advising.after.by_id.get(pair.id)) is not None]
    before, after = span(now), span(then)
    if before == after or not one.edits:
        return [h("span", before)]
    return [h("span", f"{before} → ", class_="dim"), h("span", after, class_="strong")]


def span(paths: Iterable[Path]) -> str:
    """The fewest and the most L7 hops of `paths`; `none` where no request arrives."""
    found: list[Hops] = [one for path in paths if (one := hops(path)) is not None]
    if not found:
        return "none"
    return str(Hops(least=min(one.least for one in found), most=max(one.most for one in found)))


# --- what clicks do ------------------------------------------------------------------------------------


def _holds(scenario: Sequence[Edit], edits: Sequence[Edit]) -> bool:
    """Whether the scenario says all that `edits` say."""
    return _facts(edits) <= _facts(scenario)


def _facts(edits: Iterable[Edit]) -> set[tuple[str, str]]:
    return {(chip.subject, change) for chip in map(editing.chip, edits) for change in chip.changes}


def together(listing: Listing, names: Sequence[str]) -> Sequence[Advice]:
    """The advice for the services called `names`, with all that has to be followed at the same time.

    What takes the label off a namespace is safe only where the services that need it have labels of their own.
    """
    chosen = [one for one in listing.changing if str(one.service) in names]
    spaces = {one.service.namespace for one in chosen if one.advice is Advised.BY_LABEL}
    services = listing.advising.advice.services
    others = [one for one in services if one.advice is Advised.BY_LABEL and one.service.namespace in spaces]
    return [*(one for one in chosen if one not in others), *others]


def handlers(listing: Listing) -> Mapping[str, Callable[..., None]]:
    """The actions of the page."""
    cluster = listing.sight.base.resolution.cluster

    def take(edits: Iterable[Edit]) -> None:
        state.edit(editing.add(cluster, state.desk().edits, edits))

    def accept(name: str) -> None:
        some([name])

    def some(names: Sequence[str]) -> None:
        take(edit for one in together(listing, names) for edit in one.edits)

    def everything() -> None:
        take(listing.advising.advice.edits)

    return {**acts.leading(listing.sight), "accept": accept, "some": some, "all": everything}
