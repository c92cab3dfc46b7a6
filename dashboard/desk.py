"""What a user has on the desk: a source, a scenario, a way to look at it, filters and a selection; and its address.

Pure: `dashboard.state` keeps the desk of a session and its address in step.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeVar

from core.gates import Verdict
from core.links import pack, unpack
from core.model import Row
from core.scenario import ScenarioError, from_link, to_link
from dashboard.edits import Edits

MAX_STEPS = 100
"""Steps that can be undone."""
MAX_WORDS, MAX_WORD = 50, 1000
"""Filters of one kind in an address, and characters of each."""
MAX_URL = 4000
"""Characters of a traced URL in an address."""
MAX_EXPECT, MAX_EXPECT_WORD = 200_000, 6_000
"""Bytes of expectations that an address may hold, and characters that they may take there."""

Params = Mapping[str, Sequence[str]]


class Mode(StrEnum):
    """Which state of the cluster the pages show."""

    TODAY = "today"
    EDITS = "edits"
    DIFFERENCE = "difference"


class Tab(StrEnum):
    """What stands below the graph."""

    LABELS = "labels"
    FLAGS = "flags"
    PATHS = "paths"
    DIFFERENCE = "changes"
    PLAN = "plan"


class By(StrEnum):
    """What the page of policies lists."""

    POLICY = "policy"
    SERVICE = "service"


class Asked(Row):
    """The request that is traced, in the words of `waypath trace`; without a `url` none was asked for yet.

    `gateway` is `namespace/name`, empty for the one that the request leads to.
    """

    url: str = ""
    method: str = ""
    headers: tuple[str, ...] = ()
    gateway: str = ""


class Filters(Row):
    """What the pages leave out; an empty filter leaves nothing out.

    `gateways` are `namespace/name`, `services` are `Kind/namespace/name`, `routes` are `Kind/namespace/name:rule`.
    """

    namespaces: tuple[str, ...] = ()
    gateways: tuple[str, ...] = ()
    planes: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    text: str = ""

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in self.__struct_fields__)


@dataclass(frozen=True)
class Desk:
    """Everything that an address tells, and the steps that can be undone."""

    source: tuple[str, ...] = ()
    edits: Edits = ()
    mode: Mode = Mode.TODAY
    filters: Filters = field(default_factory=Filters)
    selected: str | None = None
    tab: Tab = Tab.LABELS
    sort: str = ""
    """The column by which a table is sorted: `paths.verdict`, downwards `paths.-verdict`."""
    rules: str = ""
    """What is searched for on the page of rules."""
    code: str = ""
    """The code whose findings are looked at, empty for all."""
    expect: str = ""
    """Expectations that the user gave, as waypath.yaml has them; empty for those of the source."""
    by: By = By.POLICY
    policy: str = ""
    """The policy or service that the page of policies is about, as `Kind/namespace/name`."""
    page: int = 1
    """The page of the graph's rows, where it counts paths."""
    rows: tuple[tuple[str, int], ...] = ()
    """List → how many rows of it are wanted, where that is more than at first."""
    asked: Asked = field(default_factory=Asked)
    leg: int = 1
    """Which of the ways that such requests go is played, from 1."""
    step: int = 0
    """How far it is played."""
    past: tuple[Edits, ...] = ()
    future: tuple[Edits, ...] = ()

    def opened(self, source: tuple[str, ...]) -> "Desk":
        """Another source. What was about the one before is put away."""
        return Desk(source=source, rules=self.rules)

    def edited(self, edits: Edits) -> "Desk":
        """Another scenario, as one step. Today's state would not show it, so the difference is shown instead."""
        if edits == self.edits:
            return self
        past = (*self.past, self.edits)[-MAX_STEPS:]
        return replace(self._with(edits), past=past, future=())

    def sorted_by(self, table: str, column: str) -> "Desk":
        """A table sorted by a column: upwards at first, then downwards, then in its own order again."""
        up, down = f"{table}.{column}", f"{table}.-{column}"
        return replace(self, sort={up: down, down: ""}.get(self.sort, up))

    def listing(self, name: str, first: int) -> int:
        """How many rows of a list are wanted, `first` where nobody asked for more."""
        return max(first, dict(self.rows).get(name, 0))

    def undone(self) -> "Desk":
        if not self.past:
            return self
        return replace(self._with(self.past[-1]), past=self.past[:-1], future=(self.edits, *self.future))

    def redone(self) -> "Desk":
        if not self.future:
            return self
        return replace(self._with(self.future[0]), past=(*self.past, self.edits), future=self.future[1:])

    def _with(self, edits: Edits) -> "Desk":
        mode = self.mode
        if not edits:
            mode = Mode.TODAY
        elif mode is Mode.TODAY:
            mode = Mode.DIFFERENCE
        return replace(self, edits=edits, mode=mode)


_FILTERS = {
    "namespace": "namespaces",
    "gateway": "gateways",
    "plane": "planes",
    "verdict": "verdicts",
    "service": "services",
    "route": "routes",
}
_OWN = (
    "source",
    "scenario",
    "view",
    "find",
    "at",
    "tab",
    "sort",
    "rules",
    "code",
    "expect",
    "by",
    "policy",
    "rows",
    "page",
    "url",
    "method",
    "header",
    "via",
    "leg",
    "step",
)
NAMES = frozenset([*_OWN, *_FILTERS])
"""The parameters of an address that are the dashboard's."""


def to_params(desk: Desk, given: tuple[str, ...]) -> dict[str, list[str]]:
    """The parameters that stand for `desk`; a scenario that is too long for an address is left out.

    Args:
        desk: What to tell.
        given: The source that the dashboard was started with, which goes without saying.
    """
    params: dict[str, list[str]] = {}
    if desk.source != given:
        params["source"] = list(desk.source)
    if desk.edits:
        word = link(desk.edits)
        if word:
            params["scenario"] = [word]
    if desk.mode is not Mode.TODAY:
        params["view"] = [desk.mode.value]
    for name, attribute in _FILTERS.items():
        values = getattr(desk.filters, attribute)
        if values:
            params[name] = list(values)
    if desk.filters.text:
        params["find"] = [desk.filters.text]
    if desk.selected is not None:
        params["at"] = [desk.selected]
    if desk.tab is not Tab.LABELS:
        params["tab"] = [desk.tab.value]
    if desk.sort:
        params["sort"] = [desk.sort]
    if desk.rules:
        params["rules"] = [desk.rules]
    params |= _judging(desk)
    params |= _tracing(desk)
    return params


def _tracing(desk: Desk) -> dict[str, list[str]]:
    """The request that is traced, and how far it is played."""
    asked = desk.asked
    found = {
        "url": [asked.url],
        "method": [asked.method],
        "header": list(asked.headers),
        "via": [asked.gateway],
        "leg": [str(desk.leg) if desk.leg > 1 else ""],
        "step": [str(desk.step) if desk.step > 0 else ""],
    }
    return {name: words for name, words in found.items() if any(words)}


def _judging(desk: Desk) -> dict[str, list[str]]:
    """What the pages of findings and policies show; expectations that are too long for an address are left out."""
    params: dict[str, list[str]] = {}
    if desk.code:
        params["code"] = [desk.code]
    if desk.expect and len(word := pack(desk.expect)) <= MAX_EXPECT_WORD:
        params["expect"] = [word]
    if desk.by is not By.POLICY:
        params["by"] = [desk.by.value]
    if desk.policy:
        params["policy"] = [desk.policy]
    if desk.page > 1:
        params["page"] = [str(desk.page)]
    if desk.rows:
        params["rows"] = [f"{name}:{number}" for name, number in desk.rows]
    return params


def link(edits: Edits) -> str:
    """The word for `edits` in an address; empty where it would be too long."""
    try:
        return to_link(edits)
    except ScenarioError:
        return ""


def from_params(params: Params, given: tuple[str, ...]) -> tuple[Desk, Sequence[str]]:
    """The desk that an address describes, and what of it can't be used, in sentences."""
    notes: list[str] = []
    source = tuple(_words(params, "source"))
    edits: Edits = ()
    word = _word(params, "scenario", longest=20_000)
    if word:
        try:
            edits = from_link(word)
        except ScenarioError as error:
            notes.append(f"{str(error)[:1].upper()}{str(error)[1:]}.")
    known = {str(verdict) for verdict in Verdict}
    filters = Filters(
        namespaces=_words(params, "namespace"),
        gateways=_words(params, "gateway"),
        planes=_words(params, "plane"),
        verdicts=tuple(one for one in _words(params, "verdict") if one in known),
        services=_words(params, "service"),
        routes=_words(params, "route"),
        text=_word(params, "find"),
    )
    mode = _choice(Mode.TODAY, _word(params, "view"))
    desk = Desk(
        source=source or given,
        edits=edits,
        mode=mode if edits else Mode.TODAY,
        filters=filters,
        selected=_word(params, "at") or None,
        tab=_choice(Tab.LABELS, _word(params, "tab")),
        sort=_word(params, "sort"),
        rules=_word(params, "rules"),
        code=_word(params, "code"),
        expect=_expectations(params, notes),
        by=_choice(By.POLICY, _word(params, "by")),
        policy=_word(params, "policy"),
        asked=Asked(
            url=_word(params, "url", longest=MAX_URL),
            method=_word(params, "method"),
            headers=tuple(one[:MAX_WORD] for one in params.get("header", ())[:MAX_WORDS] if one),
            gateway=_word(params, "via"),
        ),
        leg=_number(params, "leg"),
        step=_number(params, "step", least=0),
        page=_number(params, "page"),
        rows=tuple(_rows(params)),
    )
    return desk, notes


def _expectations(params: Params, notes: list[str]) -> str:
    word = _word(params, "expect", longest=MAX_EXPECT_WORD + 1)
    text = unpack(word, longest=MAX_EXPECT_WORD, limit=MAX_EXPECT) if word else b""
    if word and not text:
        notes.append("The expectations in the link can't be read: copy the whole link again.")
    return text.decode("utf-8", "replace")


def _rows(params: Params) -> Iterator[tuple[str, int]]:
    for word in _words(params, "rows"):
        name, _, number = word.rpartition(":")
        if name and number.isascii() and number.isdigit() and len(number) <= 6:
            yield name, int(number)


def _number(params: Params, name: str, *, least: int = 1) -> int:
    """A number from `least` on, which it is where the address has none."""
    word = _word(params, name)
    return max(int(word), least) if word.isascii() and word.isdigit() and len(word) <= 6 else least


def _words(params: Params, name: str) -> tuple[str, ...]:
    words = (one[:MAX_WORD] for one in params.get(name, ())[:MAX_WORDS])
    return tuple(dict.fromkeys(word for word in words if word))


def _word(params: Params, name: str, *, longest: int = MAX_WORD) -> str:
    values = params.get(name, ())
    return values[-1][:longest] if values else ""


E = TypeVar("E", bound=StrEnum)


def _choice(default: E, word: str) -> E:
    """The member that `word` names, else the default."""
    return next((one for one in type(default) if one.value == word), default)
