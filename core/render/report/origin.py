"""Where it comes from: controllers, assumptions, and the problems of the source."""

from collections import Counter
from collections.abc import Iterable, Iterator

from core import labels as names
from core.controllers import Controller, Setting
from core.model import Problem
from core.paths import CONTROLLER_OF
from core.render.documents import SourceInfo
from core.render.report.comparison import Comparison
from core.render.report.pieces import LISTED, inline, listed, note, row, rows_table, tag
from core.render.svg import Child, Markup
from core.render.svg import element as h
from core.text import count

_ONLY_IF_SET = frozenset(
    {
        names.KGW_INGRESS_UNPREFIXED,
        names.KGW_DNS_LOOKUP_FAMILY,
        names.CA_ADDRESS,
        names.PILOT_SCOPE_GATEWAY_TO_NAMESPACE,
        names.PILOT_ENABLE_STRICT_GATEWAY_MERGING,
    }
)
"""Variables that are no switch."""


_SEVERITIES = ("error", "warning", "note")

MAX_PROBLEMS = 300
"""The most rows of the table of problems."""


def controllers_section(seen: Comparison) -> Iterator[Markup]:
    """Versions and variables of the controllers, and where each was read."""
    cluster = seen.after.resolution.cluster
    used = {path.plane for path in [*seen.now, *seen.gone]} | {"istio"}
    for plane, name in CONTROLLER_OF.items():
        controller = cluster.controller(name)
        if plane in used or controller.deployment is not None:
            yield _controller(seen, plane, controller)


def _controller(seen: Comparison, plane: str, controller: Controller) -> Markup:
    profile = seen.after.resolution.profiles[plane]
    old = seen.before.resolution.profiles[plane].version if seen.before else profile.version
    version = str(profile.version) if old == profile.version else f"{old} → {profile.version}"
    before = seen.before.resolution.cluster.controller(controller.name) if seen.before else controller
    rows = []
    for variable in names.PATH_VARIABLES[controller.name]:
        now, was = controller.setting(variable), before.setting(variable)
        if variable not in _ONLY_IF_SET or now.value is not None or was.value is not None:
            rows.append(_setting(now, was))
    return h(
        "article",
        h("h3", f"{controller.name} {version}", tag("assumed") if profile.assumed else None),
        h("p", f"Version: {profile.origin}.", class_="dim"),
        rows_table("settings", rows) if rows else None,
    )


def assumptions_section(seen: Comparison, info: SourceInfo) -> Iterator[Markup]:
    """What the source does not hold and verdicts rest on."""
    assumed = [path for path in seen.now if path.outcome.assumed]
    if not assumed:
        return
    kind = "" if info.observed else " The source holds manifests: what a cluster adds to them is predicted."
    total = len(seen.now)
    verb = "rests" if len(assumed) == 1 else "rest"
    yield h(
        "p",
        f"{len(assumed):,} of {count(total, 'verdict')} {verb} on something that the source does not hold.{kind}",
    )
    reasons = Counter(seen.after.sentence(path).assumed for path in assumed)
    ordered = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    yield h(
        "ul",
        [
            h("li", h("b", count(number, "path")), f": {_reason(text)}")
            for text, number in ordered[: 4 * LISTED]
        ],
    )
    if len(ordered) > 4 * LISTED:
        yield note(f"And {count(len(ordered) - 4 * LISTED, 'other reason')}, told with the gates.")


def _reason(text: str) -> str:
    return text.removeprefix("Assumed").removeprefix(",").removeprefix(":").strip()


def _setting(now: Setting, was: Setting) -> Markup:
    value: Child = h("b", _value(now))
    if _value(was) != _value(now):
        value = [h("span", _value(was), class_="was"), " → ", value]
    return row(h("code", now.name), value, now.origin)


def _value(setting: Setting) -> str:
    if not setting.known:
        return "unknown"
    return "not set" if setting.value is None else setting.value or '""'


def problems_section(problems: Iterable[Problem]) -> Iterator[Markup]:
    """The problems, those of one message together, errors first."""
    grouped: dict[tuple[str, str], list[str]] = {}
    for one in sorted(set(problems), key=lambda one: (_rank(one.severity), one)):
        grouped.setdefault((one.severity, one.message), []).append(one.where)
    if not grouped:
        return
    shown = list(grouped.items())[:MAX_PROBLEMS]
    yield rows_table(
        "problems",
        [
            row(
                h("span", severity, class_=f"severity {_SEVERITIES[_rank(severity)]}"),
                listed(places, 3),
                inline(message),
            )
            for (severity, message), places in shown
        ],
    )
    if len(shown) < len(grouped):
        yield note(f"And {len(grouped) - len(shown):,} more; `waypath resolve -o json` lists all.")


def _rank(severity: str) -> int:
    return _SEVERITIES.index(severity) if severity in _SEVERITIES else 1
