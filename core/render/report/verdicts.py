"""Verdicts and paths as a report shows them."""

from collections import Counter
from collections.abc import Iterator
from functools import cache

from core.gates import Verdict
from core.graph import MEANINGS, WORDS
from core.paths import Path
from core.render.report.comparison import Comparison
from core.render.report.pieces import listed, quieter, tag
from core.render.svg import Child, Markup
from core.render.svg import element as h


@cache
def sample_line(verdict: str) -> Markup:
    """The line that stands for a verdict in a picture."""
    return h("svg", h("use", href=f"#line-{verdict}"), class_="line", viewBox="0 0 37 14", aria_hidden="true")


@cache
def badge(verdict: Verdict, assumed: bool) -> Markup:
    """A verdict, with its line."""
    return h(
        "span",
        sample_line(verdict),
        h("span", WORDS[verdict], class_="word"),
        tag("assumed") if assumed else None,
        class_=f"badge v-{verdict}",
    )


def _tile(verdict: Verdict, now: int, old: int | None) -> Markup:
    moved = None
    if old is not None and old != now:
        moved = h("span", f"{now - old:+,} from {old:,}".replace("-", "\N{MINUS SIGN}"), class_="moved")
    return h(
        "li",
        h("span", sample_line(verdict), h("span", WORDS[verdict], class_="word"), class_="what"),
        h("span", h("b", f"{now:,}"), h("span", "path" if now == 1 else "paths"), moved, class_="number"),
        h("span", MEANINGS[verdict], class_="dim"),
        class_=f"v-{verdict}",
    )


def decided_cell(seen: Comparison, path: Path) -> Child:
    """The deciding gate, as a link to where it is explained."""
    text = path.outcome.decided_by or "all passed"
    place = seen.place(path)
    return h("a", text, href=f"#{place}") if place else text


def gateway_cell(path: Path) -> Child:
    """Where a path begins."""
    return [f"{path.gateway[0]}/{path.gateway[1]}:{path.listener}", quieter(path.plane)]


def route_cell(path: Path) -> Child:
    """The rule that sends a path to its backend."""
    return [f"{path.route_ref} rule {path.rule}", quieter(listed(path.hostnames, 3) or "any host")]


def verdicts_section(seen: Comparison) -> Iterator[Markup]:
    """A tile a verdict: how many paths, before and after."""
    now = Counter(path.outcome.verdict for path in seen.now)
    old = Counter(path.outcome.verdict for path in seen.old.values())
    present = [verdict for verdict in Verdict if now[verdict] or old[verdict]]
    if present:
        tiles = [_tile(one, now[one], old[one] if seen.before else None) for one in present]
        yield h("ul", tiles, class_="tiles")
