"""Where the graph is between all namespaces and one route: the way back up, and the pages of its rows."""

from collections.abc import Callable, Iterator, Mapping

from core.cluster import replace
from core.graph import Graph, Level, Page
from core.text import count
from dashboard import state
from dashboard.desk import Filters
from dashboard.graph import Focus
from dashboard.markup import Node, h, show
from dashboard.sight import Sight

_NOUNS = {Level.NAMESPACE: "namespace", Level.SERVICE: "service", Level.ROUTE: "route rule"}


def panel(sight: Sight, graph: Graph) -> None:
    """The steps above the graph."""
    steps = tree(sight, graph)
    if steps is not None:
        show(steps, key="drill", on=handlers())


def tree(sight: Sight, graph: Graph) -> Node | None:
    """The steps from all namespaces to what is drawn, and the pages; None where all is drawn."""
    page: Page | None = graph.graph.get("page")
    filters = sight.desk.filters
    if page is None and not (filters.namespaces or filters.services or filters.routes):
        return None
    return h(
        "div",
        h("ol", list(_steps(sight)), class_="crumbs", aria_label="What the graph shows"),
        _pages(page) if page is not None and page.pages > 1 else None,
        class_="row spaced drill",
    )


def _steps(sight: Sight) -> Iterator[Node]:
    filters = sight.desk.filters
    total = len({pair.any.service_ref.namespace for pair in sight.everything})
    steps = [("all", f"All {count(total, 'namespace')}")]
    if filters.namespaces:
        one = len(filters.namespaces) == 1
        steps.append(
            ("namespace", filters.namespaces[0] if one else count(len(filters.namespaces), "namespace"))
        )
    if filters.services:
        steps.append(("service", ", ".join(filters.services)))
    if filters.routes:
        steps.append(("route", ", ".join(filters.routes)))
    for number, (name, text) in enumerate(steps, start=1):
        if number == len(steps):
            yield h("li", h("span", text, class_="strong", aria_current="page"), key=name)
        else:
            yield h("li", h("button", text, type="button", class_="link", act=["up", name]), key=name)


def _pages(page: Page) -> Node:
    def turn(text: str, number: int) -> Node:
        return h(
            "button",
            text,
            type="button",
            act=["page", number],
            disabled=not 1 <= number <= page.pages,
        )

    said = f"{page.first:,}–{page.last:,} of {count(page.total, _NOUNS[page.level])}"  # noqa: RUF001 - a range
    return h(
        "div",
        turn("Previous", page.number - 1),
        h("span", said, class_="small"),
        turn("Next", page.number + 1),
        class_="row pages",
        key="pages",
    )


def handlers() -> Mapping[str, Callable[..., None]]:
    """What a click on a step or a page does."""
    return {"up": up, "page": turn_page}


def up(step: str) -> None:
    """Back to a step: all namespaces, the namespace, the service."""
    state.set_filters(_above(state.desk().filters, step))


def _above(filters: Filters, step: str) -> Filters:
    kept = ("all", "namespace", "service", "route")
    depth = kept.index(step) if step in kept else 0
    return replace(
        filters,
        namespaces=filters.namespaces if depth >= 1 else (),
        services=filters.services if depth >= 2 else (),
        routes=filters.routes if depth >= 3 else (),
    )


def turn_page(number: object) -> None:
    """Another page of rows."""
    if isinstance(number, int):
        state.turn_page(number)


def into(focus: Focus) -> None:
    """Show only what was asked for: a namespace, a service, or a route rule."""
    now = state.desk().filters
    if focus.route:
        state.set_filters(replace(now, routes=(focus.route,)))
    elif focus.service:
        state.set_filters(replace(now, namespaces=(focus.namespace,), services=(focus.service,), routes=()))
    else:
        state.set_filters(replace(now, namespaces=(focus.namespace,), services=(), routes=()))
