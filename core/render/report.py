"""A report as one HTML file, for the attachment of a change request: nothing to install, nothing that it loads.

It has no script. Gates fold with `<details>`, links lead to places in the file, and a content security policy refuses
everything else. Names come from the source and are text: all markup is made by `core.render.svg.element`.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from itertools import groupby

from core import diff, plan
from core import labels as names
from core.controllers import Controller, Setting
from core.edits import Edit, EnvEdit, LabelEdit
from core.explain import Explainer, Passage, Sentence
from core.gates import Evidence, Result, Verdict
from core.graph import MEANINGS, WORDS, build
from core.model import ObjectRef, Problem
from core.paths import CONTROLLER_OF, DecisionKey, Path
from core.render.documents import SourceInfo
from core.render.sheets import backend_text, waypoint_text
from core.render.svg import (
    CHANGES,
    LOOKS,
    Child,
    Markup,
    Part,
    by_row,
    figure,
    portable,
    sample,
    small,
    style,
    within,
)
from core.render.svg import element as h

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
"""What a browser may load for a report: nothing but the styles in it."""

MAX_PATHS, MAX_CHANGES, MAX_EXPLAINED, MAX_PROBLEMS = 10_000, 2_000, 600, 300
"""The most rows of the tables of paths, changes and problems, and the most decisions whose gates are listed."""

_ROWS_OF_A_PICTURE = 10
_LISTED, _UNFOLDED = 12, 6
_WORST_FIRST = (
    Verdict.BLACKHOLE,
    Verdict.NO_ENDPOINTS,
    Verdict.INVALID,
    Verdict.SPLIT,
    Verdict.DIRECT,
    Verdict.VIP_DIRECT,
    Verdict.WORKLOAD_WAYPOINT,
    Verdict.WAYPOINT,
)
_ONLY_IF_SET = frozenset({names.KGW_INGRESS_UNPREFIXED, names.KGW_DNS_LOOKUP_FAMILY, names.CA_ADDRESS})
"""Variables that are no switch."""
_MARKS = {Result.PASS: "✓", Result.FAIL: "✕", Result.UNKNOWN: "?", Result.NOT_APPLICABLE: "-"}
_RESULTS = {
    Result.PASS: "pass",
    Result.FAIL: "fail",
    Result.UNKNOWN: "unknown",
    Result.NOT_APPLICABLE: "not applicable",
}
_SEVERITIES = ("error", "warning", "note")
_CODE = re.compile(r"`([^`]*)`")
_HEADS: Mapping[str, Sequence[str]] = {
    "changes": ("Gateway", "Route", "Backend", "Before", "After", "Decided by"),
    "paths": ("Gateway", "Route", "Backend", "Verdict", "Waypoint", "Decided by"),
    "settings": ("Variable", "Value", "Where it was read"),
    "problems": ("Severity", "Where", "What"),
}
"""The tables and their headers."""


def html_report(
    after: Explainer,
    info: SourceInfo,
    *,
    generated: datetime,
    before: Explainer | None = None,
    edits: Sequence[Edit] = (),
    problems: Iterable[Problem] = (),
    title: str = "",
    only: Collection[str] | None = None,
    selection: str = "",
) -> str:
    """The report as HTML in ASCII; the same arguments give the same bytes.

    Args:
        after: The paths to report.
        info: What they were computed from.
        generated: When, with a time zone.
        before: The paths before the scenario, or those of another source; without it nothing is compared.
        edits: The scenario that leads from `before` to `after`.
        problems: Of the source, its routes and the scenario.
        title: The heading, by default one that says what the report is about.
        only: The ids of the paths to report; by default all.
        selection: How these were picked, in words: `--service shop/cart`.
    """
    total = len(after.resolution.paths)
    if only is not None:
        after = _narrowed(after, only)
        before = None if before is None else _narrowed(before, only)
    report = _Report(after, before, tuple(edits))
    picked = "" if only is None else f"{len(after.resolution.paths):,} of {_count(total, 'path')} {selection}"
    heading = title or ("What changes for ingress traffic" if before else "Where ingress traffic goes")
    sections = [
        ("verdicts", "Verdicts", report.verdicts()),
        ("scenario", "Scenario", report.scenario()),
        ("changes", "Changes", report.changes()),
        ("picture", "Picture", report.pictures()),
        ("paths", "Paths", report.paths()),
        ("gates", "Gates", report.gates()),
        ("controllers", "Controllers", report.controllers()),
        ("assumptions", "Assumptions", report.assumptions(info)),
        ("problems", "Problems of the source", _problems(problems)),
    ]
    filled = [(name, said, content) for name, said, body in sections if (content := list(body))]
    body = h(
        "body",
        _symbols(),
        h(
            "header",
            h("p", "waypath", class_="kicker"),
            h("h1", heading),
            [h("p", line, class_="lead") for line in report.lead()],
            _facts(_about(info, generated, picked.strip())),
            h("nav", [h("a", said, href=f"#{name}") for name, said, _ in filled], aria_label="Sections"),
        ),
        h("main", [h("section", h("h2", said), content, id=name) for name, said, content in filled]),
        h("footer", h("p", "Computed from objects. No request was sent, and nothing was changed.")),
    )
    return portable(f"<!doctype html>\n{h('html', _head(heading, info), body, lang='en')}\n")


def _narrowed(explainer: Explainer, only: Collection[str]) -> Explainer:
    resolution = explainer.resolution
    wanted = frozenset(only)
    return Explainer(replace(resolution, paths=[path for path in resolution.paths if path.id in wanted]))


# --- The frame -------------------------------------------------------------------------------------------------------


def _head(heading: str, info: SourceInfo) -> Markup:
    return h(
        "head",
        h("meta", charset="utf-8"),
        h("meta", http_equiv="Content-Security-Policy", content=POLICY),
        h("meta", name="viewport", content="width=device-width, initial-scale=1"),
        h("meta", name="color-scheme", content="light dark"),
        h("meta", name="referrer", content="no-referrer"),
        h("meta", name="generator", content="waypath"),
        Markup('<link rel="icon" href="data:,"/>'),
        h("title", f"{heading}: {info.name}"),
        h("style", Markup(_sheet())),
    )


@cache
def _sheet() -> str:
    colours = [
        f".v-{verdict}{{--line:var(--wp-{verdict});--word:var(--wp-{verdict}-text)}}" for verdict in LOOKS
    ]
    titles = [
        f'.{name} td:nth-child({number})::before{{content:"{title}"}}'
        for name, heads in _HEADS.items()
        for number, title in enumerate(heads, 1)
    ]
    narrow = f"@media screen and (max-width:46rem){{{''.join(titles)}}}"
    own = files("core.render").joinpath("report.css").read_text(encoding="utf-8")
    return "\n".join(["", style(), *colours, own, narrow, ""])


def _symbols() -> Markup:
    """The samples of lines, once: tables refer to them."""
    drawn = [h("symbol", sample(name), id=f"line-{name}", viewBox="0 0 37 14") for name in WORDS]
    return h("svg", drawn, class_="unseen", width=0, height=0, aria_hidden="true")


def _about(info: SourceInfo, generated: datetime, picked: str) -> Iterator[tuple[str, Child]]:
    yield "Source", info.name
    yield "Content", f"{_count(info.objects, 'object')}, {'observed' if info.observed else 'manifests only'}"
    if picked:
        yield "Paths", picked
    yield "Generated", generated.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


# --- The sections ----------------------------------------------------------------------------------------------------


class _Report:
    """What a report says, section by section; a section with nothing to say is empty."""

    def __init__(self, after: Explainer, before: Explainer | None, edits: Sequence[Edit]) -> None:
        self.after = after
        self.before = before
        self.edits = edits
        self.now = after.resolution.paths
        self.old: Mapping[str, Path] = {} if before is None else before.resolution.by_id
        self.diff = None if before is None else diff.compare(before.resolution, after.resolution)
        self.changed = frozenset(one.id for one in self.diff.changes) if self.diff else frozenset()
        self.gone = [path for path in self.old.values() if path.id not in after.resolution.by_id]
        self.explained = self._explained()

    def _explained(self) -> Mapping[DecisionKey, str]:
        """Decision → the name of the place where its gates are: those of paths that change, then the worst."""
        every = [*self.now, *self.gone]
        ordered = sorted(every, key=lambda path: (path.id not in self.changed, _severity(path)))
        chosen = list(dict.fromkeys(path.decision for path in ordered))[:MAX_EXPLAINED]
        return {key: f"g{number}" for number, key in enumerate(chosen, 1)}

    def lead(self) -> Iterator[str]:
        """The sentence that a reader should keep."""
        if self.diff is None or self.before is None:
            yield self.after.summary()
            return
        yield diff.sentence(self.diff)
        yield f"Before: {self.before.summary()}"
        if self.diff.changes:
            yield f"After: {self.after.summary()}"

    def verdicts(self) -> Iterator[Markup]:
        """A tile a verdict: how many paths, before and after."""
        now = Counter(path.outcome.verdict for path in self.now)
        old = Counter(path.outcome.verdict for path in self.old.values())
        present = [verdict for verdict in Verdict if now[verdict] or old[verdict]]
        if present:
            tiles = [_tile(one, now[one], old[one] if self.before else None) for one in present]
            yield h("ul", tiles, class_="tiles")

    def scenario(self) -> Iterator[Markup]:
        """The edits, and the commands that carry them out and undo them."""
        if not self.edits:
            return
        yield h("ol", [h("li", _edit(one)) for one in self.edits], class_="edits")
        if self.before is None:
            return
        found = plan.plan(self.before.resolution.cluster, self.edits)
        if not found.do:
            yield h("p", "Nothing to do: the source is already as the scenario says.")
        for title, commands in (("To carry it out", found.do), ("To undo it", found.undo)):
            if commands:
                yield h("h3", title)
                yield _script(commands)
        if found.notes:
            yield h("h3", "To know")
            yield h("ul", [h("li", _inline(note)) for note in found.notes])

    def changes(self) -> Iterator[Markup]:
        """The paths that go elsewhere."""
        if self.diff is None:
            return
        if not self.diff.changes:
            yield h("p", diff.sentence(self.diff))
            return
        shown = self.diff.changes[:MAX_CHANGES]
        lines = diff.lines(diff.Diff(changes=shown, unchanged=0, summary={}))
        yield _table("changes", [self._change(one, line) for one, line in zip(shown, lines, strict=True)])
        if len(shown) < len(self.diff.changes):
            more = len(self.diff.changes) - len(shown)
            yield _note(f"And {_count(more, 'more change')}, marked in the table of paths.")

    def _change(self, change: diff.Change, line: diff.Line) -> Markup:
        path = change.path
        ends = [
            [
                _badge(outcome.verdict, outcome.assumed) if outcome else h("span", "absent", class_="dim"),
                _more(text.removeprefix(verdict).removeprefix(":").strip()),
            ]
            for outcome, verdict, text in (
                (change.before, line.verdicts[0], line.before),
                (change.after, line.verdicts[1], line.after),
            )
        ]
        return _row(_gateway(path), _route(path), backend_text(path), *ends, self._decided(path))

    def _decided(self, path: Path) -> Child:
        """The deciding gate, as a link to where it is explained."""
        text = path.outcome.decided_by or "all passed"
        place = self.explained.get(path.decision)
        return h("a", text, href=f"#{place}") if place else text

    def pictures(self) -> Iterator[Markup]:
        """The lanes, in pictures that fit on a page; of a difference, those in which something changes."""
        old = dict(self.old) if self.changed else None
        part = within(self.now, old, changed=self.changed, hint="filter the report to see others")
        sheets = _sheets(by_row(part.paths, part.before))
        drawn = [one for one in sheets if not self.changed or not self.changed.isdisjoint(one.ids)]
        if drawn and self.changed:
            yield h(
                "ul",
                [h("li", small(line), h("b", word), f" {said}") for word, line, said in CHANGES],
                class_="keys",
            )
        if part.note:
            yield _note(part.note)
        if len(drawn) < len(sheets):
            quiet = dict.fromkeys(name for one in sheets if one not in drawn for name in one.namespaces)
            yield _note(f"Not drawn, since no path changes there: {_listed(list(quiet))}.")
        for one in drawn:
            yield self._picture(one, part)

    def _picture(self, sheet: "_Sheet", part: Part) -> Markup:
        paths = [path for path in part.paths if path.id in sheet.ids]
        old = None
        if part.before is not None:
            old = {name: path for name, path in part.before.items() if name in sheet.ids}
        graph = build(self.after.resolution, paths, old)
        return h(
            "figure",
            h(
                "figcaption",
                f"{sheet.title}: {_count(sheet.services, 'service')}, {_count(len(sheet.ids), 'path')}",
            ),
            h("div", figure(graph, title=sheet.title), class_="scroll", tabindex=0),
        )

    def paths(self) -> Iterator[Markup]:
        """Every path with its verdict."""
        if not self.now:
            return
        shown = self.now[:MAX_PATHS]
        if len(shown) < len(self.now):
            yield _note(
                f"The first {len(shown):,} of {_count(len(self.now), 'path')}; filter the report to see others."
            )
        yield _table("paths", [self._path(path) for path in shown])

    def _path(self, path: Path) -> Markup:
        verdict: Child = _badge(path.outcome.verdict, path.outcome.assumed)
        changed = path.id in self.changed
        if changed:
            before = self.old.get(path.id)
            was = _badge(before.outcome.verdict, False) if before else "absent"
            verdict = [h("span", was, class_="was"), " → ", verdict]
        return _row(
            _gateway(path),
            _route(path),
            backend_text(path),
            verdict,
            waypoint_text(path),
            self._decided(path),
            class_="changed" if changed else None,
        )

    # --- Gates ---------------------------------------------------------------------------------------------------

    def gates(self) -> Iterator[Markup]:
        """Each decision with its gates; paths of one gateway to one backend share it."""
        sharing: dict[DecisionKey, list[Path]] = {}
        for path in [*self.now, *self.gone]:
            sharing.setdefault(path.decision, []).append(path)
        if not sharing:
            return
        left = len(sharing) - len(self.explained)
        if left:
            which = "those of paths that change first, then the worst" if self.changed else "the worst first"
            yield _note(
                f"The gates of {len(self.explained):,} of {_count(len(sharing), 'decision')} are listed, {which}. "
                f"`waypath explain --service NAMESPACE/NAME` tells those of any other."
            )
        shown = [key for key in sharing if key in self.explained]
        moved = {key for key in shown if any(path.id in self.changed for path in sharing[key])}
        still = [key for key in shown if key not in moved]
        for title, keys in (
            ("Paths that change", [*filter(moved.__contains__, shown)]),
            ("Other paths", still),
        ):
            if moved and keys:
                yield h("h3", title)
            for key in keys:
                yield self._decision(sharing[key], key, unfolded=key in moved and len(moved) <= _UNFOLDED)

    def _decision(self, paths: Sequence[Path], key: DecisionKey, *, unfolded: bool) -> Markup:
        path = paths[0]
        old = self.old.get(path.id)
        explainer = self.after
        if self.before is not None and path.id not in self.after.resolution.by_id:
            explainer = self.before
        changed = any(one.id in self.changed for one in paths)
        verdict: Child = _badge(path.outcome.verdict, path.outcome.assumed)
        if changed and old is not None:
            verdict = [h("span", _badge(old.outcome.verdict, False), class_="was"), " → ", verdict]
        passages = explainer.passages(path)
        was: Mapping[str, Passage] = {}
        if changed and old is not None and self.before is not None:
            was = {one.gate.id: one for one in self.before.passages(old)}
        return h(
            "details",
            h("summary", verdict, h("span", _subject(path), class_="subject")),
            h(
                "div",
                self._story(path, old if changed else None, explainer),
                h("ol", [_gate(one, path, was) for one in passages if _applies(one, was)], class_="gates"),
                _aside([one for one in passages if not _applies(one, was)]),
                _facts(_details(paths)),
                id=self.explained[key],
                class_="story",
            ),
            open="" if unfolded else None,
            class_=f"decision v-{path.outcome.verdict}",
        )

    def _story(self, path: Path, old: Path | None, explainer: Explainer) -> Iterator[Markup]:
        if old is not None and self.before is not None:
            yield from _told(self.before.sentence(old), "Before", remedy=False)
            yield from _told(explainer.sentence(path), "After", remedy=True)
        else:
            yield from _told(explainer.sentence(path), "", remedy=True)

    # --- Where it comes from -------------------------------------------------------------------------------------

    def controllers(self) -> Iterator[Markup]:
        """Versions and variables of the controllers, and where each was read."""
        cluster = self.after.resolution.cluster
        used = {path.plane for path in [*self.now, *self.gone]} | {"istio"}
        for plane, name in CONTROLLER_OF.items():
            controller = cluster.controller(name)
            if plane in used or controller.deployment is not None:
                yield self._controller(plane, controller)

    def _controller(self, plane: str, controller: Controller) -> Markup:
        profile = self.after.resolution.profiles[plane]
        old = self.before.resolution.profiles[plane].version if self.before else profile.version
        version = str(profile.version) if old == profile.version else f"{old} → {profile.version}"
        before = self.before.resolution.cluster.controller(controller.name) if self.before else controller
        rows = []
        for variable in names.PATH_VARIABLES[controller.name]:
            now, was = controller.setting(variable), before.setting(variable)
            if variable not in _ONLY_IF_SET or now.value is not None or was.value is not None:
                rows.append(_setting(now, was))
        return h(
            "article",
            h("h3", f"{controller.name} {version}", _tag("assumed") if profile.assumed else None),
            h("p", f"Version: {profile.origin}.", class_="dim"),
            _table("settings", rows) if rows else None,
        )

    def assumptions(self, info: SourceInfo) -> Iterator[Markup]:
        """What the source does not hold and verdicts rest on."""
        assumed = [path for path in self.now if path.outcome.assumed]
        if not assumed:
            return
        kind = (
            "" if info.observed else " The source holds manifests: what a cluster adds to them is predicted."
        )
        total = len(self.now)
        verb = "rests" if len(assumed) == 1 else "rest"
        yield h(
            "p",
            f"{len(assumed):,} of {_count(total, 'verdict')} {verb} on something that the source does not hold.{kind}",
        )
        reasons = Counter(self.after.sentence(path).assumed for path in assumed)
        ordered = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
        yield h(
            "ul",
            [
                h("li", h("b", _count(count, "path")), f": {_reason(text)}")
                for text, count in ordered[: 4 * _LISTED]
            ],
        )
        if len(ordered) > 4 * _LISTED:
            yield _note(f"And {_count(len(ordered) - 4 * _LISTED, 'other reason')}, told with the gates.")


def _reason(text: str) -> str:
    return text.removeprefix("Assumed").removeprefix(",").removeprefix(":").strip()


# --- Verdicts and paths ----------------------------------------------------------------------------------------------


def _severity(path: Path) -> int:
    return _WORST_FIRST.index(path.outcome.verdict)


@cache
def _line(verdict: str) -> Markup:
    return h("svg", h("use", href=f"#line-{verdict}"), class_="line", viewBox="0 0 37 14", aria_hidden="true")


@cache
def _badge(verdict: Verdict, assumed: bool) -> Markup:
    return h(
        "span",
        _line(verdict),
        h("span", WORDS[verdict], class_="word"),
        _tag("assumed") if assumed else None,
        class_=f"badge v-{verdict}",
    )


def _tag(word: str) -> Markup:
    return h("span", word, class_="tag")


def _tile(verdict: Verdict, now: int, old: int | None) -> Markup:
    moved = None
    if old is not None and old != now:
        moved = h("span", f"{now - old:+,} from {old:,}".replace("-", "\N{MINUS SIGN}"), class_="moved")
    return h(
        "li",
        h("span", _line(verdict), h("span", WORDS[verdict], class_="word"), class_="what"),
        h("span", h("b", f"{now:,}"), h("span", "path" if now == 1 else "paths"), moved, class_="number"),
        h("span", MEANINGS[verdict], class_="dim"),
        class_=f"v-{verdict}",
    )


def _gateway(path: Path) -> Child:
    return [f"{path.gateway[0]}/{path.gateway[1]}:{path.listener}", _more(path.plane)]


def _route(path: Path) -> Child:
    return [f"{path.route_ref} rule {path.rule}", _more(_listed(path.hostnames, 3) or "any host")]


def _more(text: str) -> Markup | None:
    """A second, quieter line of a cell."""
    return h("small", text) if text else None


def _subject(path: Path) -> str:
    return f"{backend_text(path)} from Gateway {path.gateway[0]}/{path.gateway[1]} ({path.plane})"


def _details(paths: Sequence[Path]) -> Iterator[tuple[str, Child]]:
    """What else is known of paths that share a decision."""
    path = paths[0]
    upstream = path.outcome.upstream
    holds = f"{upstream.discovery}: {_listed(upstream.addresses) or 'no address'}"
    yield "The gateway holds", holds if upstream.discovery else "no cluster for this backend"
    yield "Ready endpoints", _listed(path.endpoints) or "none"
    more = len(paths) - _LISTED
    shown: list[Child] = [h("code", one.id) for one in paths[:_LISTED]]
    yield ("Path id" if len(paths) == 1 else "Path ids"), [*shown, f"and {more:,} more" if more > 0 else None]


# --- Gates -----------------------------------------------------------------------------------------------------------


def _told(told: Sentence, when: str, *, remedy: bool) -> Iterator[Markup]:
    why: Child = [": ", _inline(told.why), "."] if told.why else "."
    yield h(
        "p",
        h("span", when, class_="when") if when else None,
        h("span", h("b", told.headline), why),
        class_="told" if when else None,
    )
    if remedy and told.remedy:
        yield h("p", _inline(told.remedy), class_="remedy")
    if told.assumed:
        yield h("p", told.assumed, class_="dim")


def _applies(passage: Passage, was: Mapping[str, Passage]) -> bool:
    return passage.step.finding.result is not Result.NOT_APPLICABLE or _moved(passage, was) is not None


def _moved(passage: Passage, was: Mapping[str, Passage]) -> Result | None:
    """What the gate found before the scenario, where it now finds something else."""
    before = was.get(passage.gate.id)
    result = None if before is None else before.step.finding.result
    return None if result is passage.step.finding.result else result


def _gate(passage: Passage, path: Path, was: Mapping[str, Passage]) -> Markup:
    finding = passage.step.finding
    decides = passage.step.gate == path.outcome.decided_by
    moved = _moved(passage, was)
    return h(
        "li",
        h("span", _MARKS[finding.result], class_=f"mark {finding.result}", aria_hidden="true"),
        h(
            "div",
            h("b", passage.step.gate),
            h("span", f" {_RESULTS[finding.result]} ", class_=f"result {finding.result}"),
            _tag(f"was {_RESULTS[moved]}") if moved else None,
            _tag("decides") if decides else None,
            _tag("no say here") if not passage.taken else None,
        ),
        h(
            "div",
            h("span", _inline(finding.because), class_="because"),
            h("ul", [_evidence(one) for one in finding.evidence], class_="evidence")
            if finding.evidence
            else None,
        ),
        class_="decides" if decides else None if passage.taken else "quiet",
    )


def _evidence(one: Evidence) -> Markup:
    value = h("i", "(not set)") if one.value is None else h("b", one.value or '""')
    return h("li", f"{one.object} ", h("span", f"{one.field} = "), value)


def _aside(passages: Sequence[Passage]) -> Markup | None:
    """The gates that do not apply, in one paragraph."""
    if not passages:
        return None
    told = "; ".join(f"{one.step.gate} ({one.step.finding.because})" for one in passages)
    return h("p", f"Not applicable: {told}.", class_="dim aside")


# --- Scenario, settings, problems ------------------------------------------------------------------------------------


def _edit(edit: Edit) -> Child:
    if isinstance(edit, LabelEdit):
        words = [*(f"{key}={value}" for key, value in edit.set.items()), *(f"{key}-" for key in edit.unset)]
        return ["Label ", h("b", edit.target), [[" ", h("code", word)] for word in words]]
    if isinstance(edit, EnvEdit):
        words = [*(f"{key}={value}" for key, value in edit.set.items()), *(f"{key}-" for key in edit.unset)]
        back = f" {_listed(edit.reset)} as read" if edit.reset else None
        return ["Environment of ", h("b", edit.controller), [[" ", h("code", word)] for word in words], back]
    return ["Version of ", h("b", edit.controller), " ", h("code", edit.version or "as read")]


def _script(commands: Sequence[plan.Command]) -> Markup:
    """Commands with their comments, as they can be pasted."""
    lines = []
    for command in commands:
        if command.comment:
            lines.append(h("span", f"# {command.comment}", class_="dim"))
        if command.text:
            lines.append(h("span", command.text))
    return h("pre", Markup("\n".join(lines)))


def _setting(now: Setting, was: Setting) -> Markup:
    value: Child = h("b", _value(now))
    if _value(was) != _value(now):
        value = [h("span", _value(was), class_="was"), " → ", value]
    return _row(h("code", now.name), value, now.origin)


def _value(setting: Setting) -> str:
    if not setting.known:
        return "unknown"
    return "not set" if setting.value is None else setting.value or '""'


def _problems(problems: Iterable[Problem]) -> Iterator[Markup]:
    """The problems, those of one message together, errors first."""
    grouped: dict[tuple[str, str], list[str]] = {}
    for one in sorted(set(problems), key=lambda one: (_rank(one.severity), one)):
        grouped.setdefault((one.severity, one.message), []).append(one.where)
    if not grouped:
        return
    shown = list(grouped.items())[:MAX_PROBLEMS]
    yield _table(
        "problems",
        [
            _row(
                h("span", severity, class_=f"severity {_SEVERITIES[_rank(severity)]}"),
                _listed(places, 3),
                _inline(message),
            )
            for (severity, message), places in shown
        ],
    )
    if len(shown) < len(grouped):
        yield _note(f"And {len(grouped) - len(shown):,} more; `waypath resolve -o json` lists all.")


def _rank(severity: str) -> int:
    return _SEVERITIES.index(severity) if severity in _SEVERITIES else 1


# --- Pictures --------------------------------------------------------------------------------------------------------


class _Sheet:
    """The services of one picture: all of some namespaces, or a piece of a big one."""

    def __init__(self, rows: Sequence[tuple[ObjectRef, Iterable[str]]], piece: str = "") -> None:
        self.ids = frozenset(name for _, ids in rows for name in ids)
        self.services = len(rows)
        self.namespaces = list(dict.fromkeys(ref.namespace for ref, _ in rows))
        noun = "Namespace" if len(self.namespaces) == 1 else "Namespaces"
        self.title = f"{noun} {_listed(self.namespaces)}{piece}"


def _sheets(rows: Mapping[ObjectRef, Iterable[str]]) -> Sequence[_Sheet]:
    """`rows` in pieces that are not too high for a page, and keep a namespace together where it fits."""
    sheets: list[_Sheet] = []
    together: list[tuple[ObjectRef, Iterable[str]]] = []

    def close() -> None:
        if together:
            sheets.append(_Sheet(tuple(together)))
            together.clear()

    for _, members in groupby(rows.items(), key=lambda row: row[0].namespace):
        of_one = list(members)
        if len(together) + len(of_one) > _ROWS_OF_A_PICTURE:
            close()
        if len(of_one) <= _ROWS_OF_A_PICTURE:
            together += of_one
            continue
        pieces = -(-len(of_one) // _ROWS_OF_A_PICTURE)
        size = -(-len(of_one) // pieces)
        for number in range(pieces):
            piece = of_one[number * size : (number + 1) * size]
            sheets.append(_Sheet(piece, f", {number + 1} of {pieces}"))
    close()
    return sheets


# --- Pieces ----------------------------------------------------------------------------------------------------------


def _table(name: str, rows: Sequence[Markup]) -> Markup:
    head = h("thead", h("tr", [h("th", title, scope="col") for title in _HEADS[name]]))
    return h("div", h("table", head, h("tbody", rows), class_=name), class_="scroll")


def _row(*cells: Child, class_: str | None = None) -> Markup:
    return h("tr", [h("td", cell) for cell in cells], class_=class_)


def _facts(facts: Iterable[tuple[str, Child]]) -> Markup:
    return h("dl", [h("div", h("dt", name), h("dd", value)) for name, value in facts], class_="facts")


def _note(text: str) -> Markup:
    return h("p", _inline(text), class_="note")


def _inline(text: str) -> list[Child]:
    """`text` with what stands in backticks as code."""
    return [
        h("code", piece) if number % 2 else piece for number, piece in enumerate(_CODE.split(text)) if piece
    ]


def _listed(words: Sequence[str], most: int = _LISTED) -> str:
    more = len(words) - most
    return ", ".join(word or "(none)" for word in words[:most]) + (f" and {more:,} more" if more > 0 else "")


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
