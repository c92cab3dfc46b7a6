"""`explain`: the gates of a path, one by one, in words."""

from collections.abc import Iterator, Sequence

from core.explain import Explainer, Passage
from core.gates import Result
from core.outcomes import Outcome
from core.paths import Path
from core.render.sheets import STYLES, backend_text
from core.terminal import PLAIN, Painter, paragraph, visible

_MARKS = {Result.PASS: "pass", Result.FAIL: "FAIL", Result.UNKNOWN: "?", Result.NOT_APPLICABLE: "-"}
_MARK_STYLES: dict[Result, tuple[str, ...]] = {
    Result.PASS: ("green",),
    Result.FAIL: ("red", "bold"),
    Result.UNKNOWN: ("yellow",),
    Result.NOT_APPLICABLE: ("dim",),
}
_INDENT = "  "


def story(
    explainer: Explainer, paths: Sequence[Path], *, width: int | None = None, paint: Painter = PLAIN
) -> str:
    """The paths one after another, a blank line between them."""
    return "\n".join("".join(line + "\n" for line in _path(explainer, path, width, paint)) for path in paths)


def _path(explainer: Explainer, path: Path, width: int | None, paint: Painter) -> Iterator[str]:
    told = explainer.sentence(path)
    start = f"{path.gateway_ref} listener {path.listener}"
    chain = "".join(f"{link} -> " for link in path.via)
    hops = f"{start} -> {chain}{path.route_ref} rule {path.rule} -> {backend_text(path)}"
    yield paint(paragraph(visible(hops), width=width, hanging=_INDENT), "bold")
    headline = visible(told.headline)
    first = f"{headline}: {visible(told.why)}." if told.why else f"{headline}."
    lines = paragraph(first, width=width, indent=_INDENT)
    yield lines.replace(headline, paint(headline, *STYLES[path.outcome.verdict]), 1)
    for text in (told.remedy, told.assumed):
        if text:
            yield paragraph(visible(text), width=width, indent=_INDENT)
    yield ""
    verdict = paint(path.outcome.verdict, *STYLES[path.outcome.verdict])
    yield f"{_INDENT}verdict {verdict}{_decided(path.outcome)}"
    yield paragraph(visible(f"gateway holds {_holds(path.outcome)}"), width=width, indent=_INDENT)
    yield paragraph(visible(f"path id {path.id}"), indent=_INDENT)
    yield ""
    passages = explainer.passages(path)
    longest = max((len(passage.step.gate) for passage in passages), default=0)
    for passage in passages:
        yield from _gate(passage, longest, width, paint)


def _decided(outcome: Outcome) -> str:
    by = f", decided by {outcome.decided_by}" if outcome.decided_by else ""
    return f"{by}{', assumed' if outcome.assumed else ''}"


def _holds(outcome: Outcome) -> str:
    upstream = outcome.upstream
    if not upstream.discovery:
        return "no cluster for this backend"
    return f"{upstream.discovery}: {', '.join(upstream.addresses) or 'no address'}"


def _gate(passage: Passage, longest: int, width: int | None, paint: Painter) -> Iterator[str]:
    """The gate with its finding; the evidence below, where it is what a reader would look at: not for `-`."""
    finding = passage.step.finding
    mark = _MARKS[finding.result]
    hanging = " " * (len(_INDENT) + 4 + 2 + longest + 2)
    head = f"{_INDENT}{mark:<4}  {passage.step.gate:<{longest}}  "
    text = paragraph(visible(finding.because), width=width, indent=head, hanging=hanging)
    yield text.replace(f"{_INDENT}{mark}", f"{_INDENT}{paint(mark, *_MARK_STYLES[finding.result])}", 1)
    if finding.result is Result.NOT_APPLICABLE:
        return
    for one in finding.evidence:
        value = "(not set)" if one.value is None else repr(one.value) if one.value == "" else one.value
        yield paint(visible(f"{hanging}{one.object} {one.field} = {value}"), "dim")
