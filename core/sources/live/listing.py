"""One list of an API server, page by page, to its end or to the reason why there is none."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from core import wire
from core.faults import UNREADABLE
from core.mending import has_long_text
from core.model import Row
from core.sources.live.client import JSON, NAMES_ONLY, Answer, Client, Query
from core.sources.live.faults import (
    AbsentError,
    ForbiddenError,
    GoneError,
    UnreachableError,
    UnusableError,
)
from core.sources.live.wanted import Wanted

PAGE = 500
"""Objects asked for at a time."""
MAX_PAGES = 20_000
_RESTARTS = 2
"""How often a list that became too old is begun anew in pages; after that it is asked for as a whole."""


class _Meta(wire.Wire):
    resource_version: str | None = None
    continue_: str | None = msgspec.field(default=None, name="continue")
    remaining_item_count: int | None = None


class Page(wire.Wire):
    """A list as the API server answers it, its objects unread."""

    kind: str | None = None
    metadata: _Meta | None = None
    items: list[msgspec.Raw] | None = None


_PAGE = msgspec.json.Decoder(Page)


def _read_page(of: Any) -> msgspec.json.Decoder[Any]:
    fields: Any = [
        ("kind", str | None, None),
        ("metadata", _Meta | None, None),
        ("items", list[of] | None, None),
    ]
    return msgspec.json.Decoder(msgspec.defstruct("ReadPage", fields, gc=False))


_NUMEROUS = {
    "Pod": _read_page(wire.Pod),
    "Service": _read_page(wire.Service),
    "EndpointSlice": _read_page(wire.EndpointSlice),
}
"""Of kinds with many objects a page is read at once, where nothing is wrong with any of them."""


def decode(body: bytes, kind: str) -> Any:
    """A page, its objects read into their wire type where that goes without a word, else as texts.

    Raises:
        msgspec.MsgspecError: It is none.
    """
    decoder = _NUMEROUS.get(kind)
    if decoder is not None:
        try:
            page = decoder.decode(body)
        except UNREADABLE:
            return _PAGE.decode(body)
        if not any(map(_is_long, page.items or ())):
            return page
    return _PAGE.decode(body)


def _is_long(thing: wire.Thing) -> bool:
    meta = thing.metadata
    return meta is not None and bool(meta.annotations) and has_long_text(thing)


class Target(Row):
    """A list: a kind, the versions to try in their order, and one namespace or all.

    `names` are the objects to ask for one by one where the list is refused: a Role may grant that.
    """

    wanted: Wanted
    versions: Sequence[str]
    namespace: str = ""
    names: Sequence[str] = ()

    @property
    def accept(self) -> str:
        return NAMES_ONLY if self.wanted.metadata else JSON


class Sink:
    """Takes pages. `begin` comes before the first page of every attempt, and forgets what came before."""

    def __init__(self, begin: Callable[[str], None], page: Callable[[Sequence[Any], int], None]) -> None:
        self.begin = begin
        """Takes the version that is read."""
        self.page = page
        """Takes the objects of a page and the number still to come."""


def read_list(client: Client, target: Target, sink: Sink) -> tuple[str, str]:
    """Read a list whole.

    Returns:
        The version it was read in, and the resourceVersion to watch from; empty where it can't be watched.

    Raises:
        AbsentError: None of the versions is served: the kind is not installed.
        AnswerError: There is no list.
        CancelledError: Who asks gave up.
    """
    *others, last = target.versions
    for version in others:
        try:
            return version, _from_start(client, target, version, sink)
        except AbsentError:
            continue
    try:
        return last, _from_start(client, target, last, sink)
    except ForbiddenError:
        if not target.names:
            raise
        return last, _one_by_one(client, target, last, sink)


def _one_by_one(client: Client, target: Target, version: str, sink: Sink) -> str:
    sink.begin(version)
    for name in target.names:
        try:
            answer = client.get(f"{target.wanted.path(version)}/{quote(name, safe='')}")
        except AbsentError:
            continue
        sink.page([answer.body], 0)
    return ""


def _from_start(client: Client, target: Target, version: str, sink: Sink) -> str:
    for restart in range(_RESTARTS + 1):
        sink.begin(version)
        try:
            return _pages(client, target, version, sink, limit=PAGE if restart < _RESTARTS else 0)
        except GoneError:
            continue
    raise UnreachableError("its list grew too old each time before its end")


def _pages(client: Client, target: Target, version: str, sink: Sink, *, limit: int) -> str:
    path = target.wanted.path(version, target.namespace)
    fixed = [("limit", str(limit))] if limit else []
    if target.wanted.fields:
        fixed.append(("fieldSelector", target.wanted.fields))
    seen: set[str] = set()
    token = ""
    while True:
        query = [*fixed, ("continue", token)] if token else fixed
        page = _page(client, target, path, query)
        meta = page.metadata or _Meta()
        sink.page(page.items or (), meta.remaining_item_count or 0)
        token = meta.continue_ or ""
        if not token:
            return meta.resource_version or ""
        if token in seen or len(seen) >= MAX_PAGES:
            raise UnusableError("its list has no end: it points to a page that was read before")
        seen.add(token)


def _page(client: Client, target: Target, path: str, query: Query) -> Any:
    answer = client.get(path, query, target.accept)
    try:
        page = decode(answer.body, target.wanted.kind)
    except UNREADABLE as error:
        raise UnusableError(_no_list(answer, target)) from error
    if page.kind not in (f"{target.wanted.kind}List", "PartialObjectMetadataList"):
        raise UnusableError(_no_list(answer, target))
    return page


def _no_list(answer: Answer, target: Target) -> str:
    form = f"{len(answer.body):,} bytes of {answer.type or 'no type'}"
    return f"its answer is no {target.wanted.kind}List ({form})"
