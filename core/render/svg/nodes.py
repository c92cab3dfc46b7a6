"""The nodes of a picture: cards, ends, rows that count, and the badges of policies."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.gates import Verdict
from core.graph import Lane
from core.render.svg.columns import Columns
from core.render.svg.looks import SEVERAL
from core.render.svg.markup import Markup, element
from core.render.svg.shapes import DETAIL, DIMMED_NODE, LABEL, RADIUS, SIDE, box, icon, inset, write

_ENDS = {"blackhole": "cross", "no-endpoints": "empty", "invalid": "question"}
_CHIP = 24.0


class Nodes:
    """Draws nodes at their places."""

    def __init__(self, x: Columns, lanes: Sequence[Lane]) -> None:
        self.x = x
        self.lanes = lanes

    def draw(self, node: Mapping[str, Any]) -> Iterator[Markup]:
        left = self.x(node["x"] - node["width"] / 2)
        width = self.x(node["x"] + node["width"] / 2) - left
        top, height = node["y"] - node["height"] / 2, node["height"]
        radius = height / 2 if node["kind"] in {"client", "end", "ztunnel"} else RADIUS
        dimmed = node["change"] == "same" and not node["touched"]
        if dimmed:
            # Lines never shine through a node.
            yield box(left, top, width, height, radius, class_="f-back")
        kind = node["kind"]
        draw = self._end if kind == "end" else self._row if kind == "group" else self._card
        yield element(
            "g",
            element("title", node["title"]),
            draw(node, left, top, width, radius),
            _badge(node, left + width, top + height) if node["badge"] else None,
            opacity=DIMMED_NODE if dimmed else None,
        )

    def _end(
        self, node: Mapping[str, Any], left: float, top: float, width: float, radius: float
    ) -> Iterator[Markup]:
        """A black hole and its like: filled, with a mark and a word."""
        verdict = node["verdicts"][0] if node["verdicts"] else Verdict.BLACKHOLE
        middle = top + node["height"] / 2
        yield box(left, top, width, node["height"], radius, class_=f"t-{verdict}")
        yield icon(_ENDS.get(verdict, "cross"), (left + 7, middle - 5.5), 11, "back", 2)
        room = width - inset(node) - 8
        yield write(node["label"], left + inset(node), middle, 11.5, colour="back", bold=True, room=room)

    def _card(
        self, node: Mapping[str, Any], left: float, top: float, width: float, radius: float
    ) -> Iterator[Markup]:
        height, kind = node["height"], node["kind"]
        unused = node["state"] != ""
        passed = kind == "waypoint" and not unused
        verdict = node["verdicts"][0] if len(node["verdicts"]) == 1 else SEVERAL
        stacked = 4 if kind == "endpoints" and not unused else 0
        border = f"s-{verdict}" if passed else "s-border"
        looks: dict[str, Any] = {"class_": f"f-card {border}", "stroke_width": 2 if passed else 1.1}
        if unused:
            looks["stroke_dasharray"] = "3 3"
        for offset in range(stacked, 0, -2):
            yield box(left + offset, top - offset, width - stacked, height, radius, **looks)
        yield box(left, top, width - stacked, height, radius, **looks)
        if passed:
            yield box(left, top, width, height, radius, class_=f"f-{verdict}", fill_opacity=0.13)
        if kind == "service":
            yield from self._stripes(node["verdicts"], left + 4, top + 5, height - 10)
        yield from self._words(node, left, top, width, f"t-{verdict}" if passed else "muted")

    def _words(
        self, node: Mapping[str, Any], left: float, top: float, width: float, accent: str
    ) -> Iterator[Markup]:
        """The icon and the one or two lines of a card."""
        height = node["height"]
        middle = top + height / 2
        side, size = (15, LABEL) if height >= 30 else (12, SIDE)
        indent = inset(node)
        start, room = left + indent, width - indent - 10
        single = not node["detail"] or height < 30
        yield icon(node["kind"], (start - side - 7, middle - side / 2), side, accent)
        colour = "muted" if node["state"] else "text"
        yield write(
            node["label"], start, middle - (0 if single else 7), size, colour=colour, bold=True, room=room
        )
        if not single:
            yield write(node["detail"], start, middle + 8.5, DETAIL, colour="muted", room=room)

    def _stripes(self, verdicts: Sequence[str], x: float, y: float, height: float) -> Iterator[Markup]:
        """The verdicts of a service's paths at its left edge."""
        share = height / max(len(verdicts), 1)
        for position, verdict in enumerate(verdicts):
            yield element("rect", x=x, y=y + position * share, width=4, height=share, class_=f"f-{verdict}")

    # --- Rows that count -----------------------------------------------------------------------------------------

    def _row(
        self, node: Mapping[str, Any], left: float, top: float, width: float, radius: float
    ) -> Iterator[Markup]:
        """A namespace or a service with a number in the column of each verdict."""
        counts: Mapping[str, Sequence[int]] = node["counts"]
        yield box(left, top, width, node["height"], radius, class_="f-card s-border", stroke_width=1.1)
        yield from _proportions(counts, left + 4, top + 5, node["height"] - 10)
        first = next(lane for lane in self.lanes if lane.name == node["lane"])
        room = self.x(first.x + first.width / 2) - left
        named = {**node, "kind": node["level"], "badge": None}
        yield from self._words(named, left, top, room, "muted")
        most = max((now for now, _ in counts.values()), default=1)
        for lane in self.lanes:
            if lane.verdict:
                numbers = counts.get(lane.verdict)
                yield from self._chip(lane, numbers, top + node["height"] / 2, max(most, 1), node["change"])

    def _chip(
        self, lane: Lane, numbers: Sequence[int] | None, middle: float, most: int, change: str
    ) -> Iterator[Markup]:
        x, width = self.x(lane.x), self.x(lane.x + lane.width / 2) - self.x(lane.x - lane.width / 2) - 8
        if numbers is None:
            yield write("·", x, middle, 12, colour="muted", anchor="middle")
            return
        now, was = numbers
        moved = bool(change) and now != was
        verdict = lane.verdict
        yield box(
            x - width / 2,
            middle - _CHIP / 2,
            width,
            _CHIP,
            6,
            class_=f"f-{verdict} s-{verdict}",
            fill_opacity=round(0.08 + 0.3 * now / most, 3),
            stroke_width=2 if moved else None,
            stroke_opacity=None if moved else 0.4,
        )
        text = f"{was:,} → {now:,}" if moved else f"{now:,}"
        yield write(text, x, middle, 13, colour=f"t-{verdict}", bold=True, anchor="middle", room=width - 4)


def _proportions(counts: Mapping[str, Sequence[int]], x: float, y: float, height: float) -> Iterator[Markup]:
    """The verdicts at the left edge of a row, each as high as its share."""
    total = sum(now for now, _ in counts.values()) or 1
    for verdict, (now, _) in counts.items():
        share = height * now / total
        if share:
            yield element("rect", x=x, y=y, width=4, height=share, class_=f"f-{verdict}")
            y += share


def _badge(node: Mapping[str, Any], right: float, bottom: float) -> Markup:
    """How many policies act at a node: at its lower right corner, faint where the traffic goes past them."""
    badge = node["badge"]
    text = f"{badge['count']:,}" + (" twice" if badge["state"] == "doubled" else "")
    width = 24 + 7 * len(text)
    left = right - width + 5
    middle = bottom + 4 if node["height"] >= 30 else bottom - node["height"] / 2
    past = badge["state"] == "bypassed"
    colour = "muted" if past else "text"
    return element(
        "g",
        box(
            left,
            middle - 8.5,
            width,
            17,
            8.5,
            class_=f"f-back s-{colour}",
            stroke_width=1.1,
            stroke_dasharray="2 2" if past else None,
        ),
        icon("policy", (left + 5, middle - 5.5), 11, colour, 1.3),
        write(text, left + 19, middle, 11, colour=colour, bold=True),
        opacity=0.6 if past else None,
    )
