"""Why: the gates of the decisions, folded."""

from collections.abc import Iterator, Mapping, Sequence

from core.explain import Explainer, Passage, Sentence
from core.gates import Evidence, Result
from core.paths import DecisionKey, Path
from core.render.report.comparison import Comparison
from core.render.report.pieces import LISTED, fact_list, inline, listed, note, tag
from core.render.report.policies import policy_facts
from core.render.report.verdicts import badge
from core.render.sheets import backend_text
from core.render.svg import Child, Markup
from core.render.svg import element as h
from core.text import count

_UNFOLDED = 6

_MARKS = {Result.PASS: "✓", Result.FAIL: "✕", Result.UNKNOWN: "?", Result.NOT_APPLICABLE: "-"}

_RESULTS = {
    Result.PASS: "pass",
    Result.FAIL: "fail",
    Result.UNKNOWN: "unknown",
    Result.NOT_APPLICABLE: "not applicable",
}


def gates_section(seen: Comparison) -> Iterator[Markup]:
    """Each decision with its gates; paths of one gateway to one backend share it."""
    sharing: dict[DecisionKey, list[Path]] = {}
    for path in [*seen.now, *seen.gone]:
        sharing.setdefault(path.decision, []).append(path)
    if not sharing:
        return
    left = len(sharing) - len(seen.explained)
    if left:
        which = "those of paths that change first, then the worst" if seen.changed else "the worst first"
        yield note(
            f"The gates of {len(seen.explained):,} of {count(len(sharing), 'decision')} are listed, {which}. "
            f"`waypath explain --service NAMESPACE/NAME` tells those of any other."
        )
    shown = [key for key in sharing if key in seen.explained]
    moved = {key for key in shown if any(path.id in seen.changed for path in sharing[key])}
    still = [key for key in shown if key not in moved]
    for title, keys in (
        ("Paths that change", [*filter(moved.__contains__, shown)]),
        ("Other paths", still),
    ):
        if moved and keys:
            yield h("h3", title)
        for key in keys:
            yield _decision(seen, sharing[key], key, unfolded=key in moved and len(moved) <= _UNFOLDED)


def _decision(seen: Comparison, paths: Sequence[Path], key: DecisionKey, *, unfolded: bool) -> Markup:
    path = paths[0]
    old = seen.old.get(path.id)
    explainer = seen.after
    if seen.before is not None and path.id not in seen.after.resolution.by_id:
        explainer = seen.before
    changed = any(one.id in seen.changed for one in paths)
    verdict: Child = badge(path.outcome.verdict, path.outcome.assumed)
    if changed and old is not None:
        verdict = [h("span", badge(old.outcome.verdict, False), class_="was"), " → ", verdict]
    passages = explainer.passages(path)
    was: Mapping[str, Passage] = {}
    if changed and old is not None and seen.before is not None:
        was = {one.gate.id: one for one in seen.before.passages(old)}
    return h(
        "details",
        h("summary", verdict, h("span", _subject(path), class_="subject")),
        h(
            "div",
            _story(seen, path, old if changed else None, explainer),
            h("ol", [_gate(one, path, was) for one in passages if _applies(one, was)], class_="gates"),
            _aside([one for one in passages if not _applies(one, was)]),
            fact_list([*policy_facts(seen, paths), *_details(paths)]),
            id=seen.explained[key],
            class_="story",
        ),
        open="" if unfolded else None,
        class_=f"decision v-{path.outcome.verdict}",
    )


def _story(seen: Comparison, path: Path, old: Path | None, explainer: Explainer) -> Iterator[Markup]:
    if old is not None and seen.before is not None:
        yield from _told(seen.before.sentence(old), "Before", remedy=False)
        yield from _told(explainer.sentence(path), "After", remedy=True)
    else:
        yield from _told(explainer.sentence(path), "", remedy=True)


def _subject(path: Path) -> str:
    return f"{backend_text(path)} from Gateway {path.gateway[0]}/{path.gateway[1]} ({path.plane})"


def _details(paths: Sequence[Path]) -> Iterator[tuple[str, Child]]:
    """What else is known of paths that share a decision."""
    path = paths[0]
    upstream = path.outcome.upstream
    holds = f"{upstream.discovery}: {listed(upstream.addresses) or 'no address'}"
    yield "The gateway holds", holds if upstream.discovery else "no cluster for this backend"
    yield "Ready endpoints", listed(path.endpoints) or "none"
    more = len(paths) - LISTED
    shown: list[Child] = [h("code", one.id) for one in paths[:LISTED]]
    yield ("Path id" if len(paths) == 1 else "Path ids"), [*shown, f"and {more:,} more" if more > 0 else None]


def _told(told: Sentence, when: str, *, remedy: bool) -> Iterator[Markup]:
    why: Child = [": ", inline(told.why), "."] if told.why else "."
    yield h(
        "p",
        h("span", when, class_="when") if when else None,
        h("span", h("b", told.headline), why),
        class_="told" if when else None,
    )
    if remedy and told.remedy:
        yield h("p", inline(told.remedy), class_="remedy")
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
            tag(f"was {_RESULTS[moved]}") if moved else None,
            tag("decides") if decides else None,
            tag("no say here") if not passage.taken else None,
        ),
        h(
            "div",
            h("span", inline(finding.because), class_="because"),
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
