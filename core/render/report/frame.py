"""The frame of a report: its head with the styles, and what it is about."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files

from core.graph import WORDS
from core.render.documents import SourceInfo
from core.render.report.pieces import HEADS
from core.render.svg import LOOKS, Child, Markup, sample, style
from core.render.svg import element as h
from core.text import count

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
"""What a browser may load for a report: nothing but the styles in it."""


def head(heading: str, info: SourceInfo) -> Markup:
    """The head: what a browser may load, and every style."""
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
        for name, heads in HEADS.items()
        for number, title in enumerate(heads, 1)
    ]
    narrow = f"@media screen and (max-width:46rem){{{''.join(titles)}}}"
    own = files("core.render.report").joinpath("report.css").read_text(encoding="utf-8")
    return "\n".join(["", style(), *colours, own, narrow, ""])


def symbols() -> Markup:
    """The samples of lines, once: tables refer to them."""
    drawn = [h("symbol", sample(name), id=f"line-{name}", viewBox="0 0 37 14") for name in WORDS]
    return h("svg", drawn, class_="unseen", width=0, height=0, aria_hidden="true")


def about(info: SourceInfo, generated: datetime, picked: str) -> Iterator[tuple[str, Child]]:
    """What the report is about, as names with their values."""
    yield "Source", info.name
    yield "Content", f"{count(info.objects, 'object')}, {'observed' if info.observed else 'manifests only'}"
    if picked:
        yield "Paths", picked
    yield "Generated", generated.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
