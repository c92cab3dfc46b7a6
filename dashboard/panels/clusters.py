"""The clusters to choose from: the contexts of the kubeconfig, for the user of this machine."""

from collections.abc import Sequence

from core.model import Row
from core.sources import SourceError
from core.sources.live import Context
from core.text import printable
from dashboard import loading, offers, state, visitor
from dashboard.markup import Node, h, show

NONE = (
    "No kubeconfig was found: set KUBECONFIG, or log in to a cluster with your provider's command, and it shows here; "
    "inside of a cluster the pod's service account counts."
)
OTHERS = (
    "Clusters are offered here to the user of this machine only: start it as waypath dashboard live:CONTEXT."
)


class Offer(Row):
    """A cluster to choose. `source` opens it."""

    source: str
    name: str
    told: str = ""
    current: bool = False


def panel(place: str, label: str = "") -> None:
    """The clusters as a list, below a label. `place` tells one such list from the other."""
    found, said = _offers()
    listed = tree(found, said, state.desk().source)
    show(
        h("div", h("p", label) if label else None, listed, class_="stack"),
        key=f"{place}-clusters",
        on={"open": state.open_source},
    )


def _offers() -> tuple[Sequence[Offer], str]:
    """What may be opened; and what to say where that is nothing."""
    given = [
        Offer(source=one, name=one, told="this dashboard was started with it")
        for one in offers.offered(state.given())
    ]
    if not visitor.is_alone():
        return given, OTHERS
    try:
        contexts = loading.known_contexts()
    except SourceError as error:
        return given, f"{str(error)[:1].upper()}{str(error)[1:]}."
    own = [one for one in given if one.source.partition(":")[2] and "?" in one.source]
    return [*own, *map(offer, contexts)], NONE


def offer(context: Context) -> Offer:
    """A context as something to choose."""
    told = " · ".join(one for one in (context.cluster, context.server) if one and one != context.name)
    return Offer(source=f"live:{context.name}", name=context.name, told=told, current=context.current)


def tree(found: Sequence[Offer], said: str, source: Sequence[str]) -> Node:
    """The offers, the current context first; `said` in place of them where there is none."""
    if not found:
        return h("p", said, class_="dim small wrap")
    return h("ul", [_row(one, is_open=(one.source,) == tuple(source)) for one in found], class_="clusters")


def _row(one: Offer, *, is_open: bool) -> Node:
    return h(
        "li",
        h(
            "button",
            h(
                "span",
                h("span", printable(one.name), class_="strong wrap"),
                h("span", "current", class_="tag", title="The kubeconfig's current context")
                if one.current
                else None,
                h("span", "open", class_="tag plain") if is_open else None,
                class_="row",
            ),
            h("span", printable(one.told), class_="dim small wrap") if one.told else None,
            type="button",
            class_="card",
            act=["open", one.source],
        ),
        key=one.source,
    )
