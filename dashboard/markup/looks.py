"""Verdicts as badges: the colour and the line that the graph draws, with the word."""

import re
from collections.abc import Iterable, Sequence

from core.gates import Verdict
from dashboard.graph.style import STYLES
from dashboard.markup.tree import Node, h

_ENDS = {
    "arrow": "M20 2.6 26 6l-6 3.4Z",
    "fork": "M20 6l6-4M20 6l6 4",
    "cross": "M20 2l7 8M27 2l-7 8",
    "empty": "M23.5 9.4a3.4 3.4 0 1 0 0-6.8 3.4 3.4 0 0 0 0 6.8ZM21.2 8.3l4.7-4.7",
    "question": "M21.6 4.2a1.9 1.9 0 1 1 2.8 1.7c-.7.4-.9.7-.9 1.3M23.5 9.6v.7",
}


_CODE = re.compile(r"`([^`]*)`")


def prose(text: str) -> list[Node]:
    """`text` with what stands in backticks as code."""
    pieces = _CODE.split(text)
    return [h("code", piece) if number % 2 else piece for number, piece in enumerate(pieces) if piece]


def verdict_css() -> str:
    """The colours of each verdict as custom properties, light and dark."""
    return "\n".join(
        f".v-{verdict} {{ --line: light-dark({style.light.line}, {style.dark.line}); "
        f"--word: light-dark({style.light.text}, {style.dark.text}); }}"
        for verdict, style in STYLES.items()
    )


def line(verdict: Verdict) -> Node:
    """A piece of the line that the graph draws for `verdict`, with its end mark."""
    style = STYLES[verdict]
    dashes = " ".join(str(round(one * 0.6, 1)) for one in style.dashes) or "none"
    filled = style.mark == "arrow"
    return h(
        "svg",
        h("path", d="M1 6h19", stroke_dasharray=dashes, class_="stroke"),
        h("path", d=_ENDS[style.mark], class_="filled" if filled else "stroke"),
        viewBox="0 0 28 12",
        width="28",
        height="12",
        class_="line",
        aria_hidden="true",
    )


def badge(verdict: Verdict, *, number: int | None = None, assumed: bool = False, quiet: bool = False) -> Node:
    """The verdict as a badge; `number` says how often, `quiet` leaves the background out."""
    style = STYLES[verdict]
    return h(
        "span",
        line(verdict),
        h("span", style.word, class_="word"),
        h("span", str(number), class_="number") if number is not None else None,
        h("span", "assumed", class_="assumed", title="Inferred: the source does not hold all of it")
        if assumed
        else None,
        class_=f"badge v-{verdict}{' quiet' if quiet else ''}",
        title=style.meaning,
    )


def badges(verdicts: Iterable[tuple[Verdict, int]]) -> Sequence[Node]:
    """A badge for each of the verdicts, with how often it is there where that is more than once."""
    return [badge(verdict, number=number if number > 1 else None) for verdict, number in verdicts]


def became(before: Verdict | None, after: Verdict | None) -> Node:
    """Two badges with an arrow between them; a path that one of the states lacks is `absent`."""
    return h(
        "span",
        badge(before, quiet=True) if before else h("span", "absent", class_="badge absent"),
        h("span", "→", class_="arrow", aria_label="becomes"),
        badge(after) if after else h("span", "absent", class_="badge absent"),
        class_="became",
    )


def choice(
    name: str,
    label: str,
    options: Sequence[tuple[str, Sequence[str | int | None]]],
    chosen: int,
    *,
    read: int | None = None,
) -> Node:
    """A row of words of which one is chosen.

    Args:
        name: Of the group, unique in its tree.
        label: What a screen reader calls the group.
        options: Word and action.
        chosen: The position of the one that counts.
        read: The position of the one that the source says, which is marked where another is chosen.
    """
    changed = read is not None and read != chosen
    return h(
        "span",
        [
            h(
                "label",
                h("input", type="radio", name=name, checked=position == chosen, act=list(act)),
                h("span", word),
                key=word,
                class_="was" if changed and position == read else None,
                title="as it was read" if changed and position == read else None,
            )
            for position, (word, act) in enumerate(options)
        ],
        class_=f"choice{' changed' if changed else ''}",
        role="radiogroup",
        aria_label=label,
    )


def ref_text(text: str) -> Node:
    """An object's name as `Kind/namespace/name`, its last part standing out."""
    start, slash, name = text.rpartition("/")
    return h("span", h("span", start + slash, class_="dim"), name, class_="ref")
