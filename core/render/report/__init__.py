"""A report as one HTML file, for the attachment of a change request: nothing to install, nothing that it loads.

It has no script. Gates fold with `<details>`, links lead to places in the file, and a content security policy refuses
everything else. Names come from the source and are text: all markup is made by `core.render.svg.element`.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from core.edits import Edit
from core.explain import Explainer
from core.model import Problem
from core.plan import Plan
from core.policies.view import PolicyView
from core.policy_model import Policies
from core.render.documents import SourceInfo
from core.render.report.changes import changes_section, scenario_section
from core.render.report.comparison import Comparison
from core.render.report.frame import POLICY, about, head, symbols
from core.render.report.gates import gates_section
from core.render.report.origin import assumptions_section, controllers_section, problems_section
from core.render.report.paths import paths_section
from core.render.report.pictures import pictures_section
from core.render.report.pieces import fact_list
from core.render.report.verdicts import verdicts_section
from core.render.svg import element as h
from core.render.svg import portable
from core.safe_plan import safe_plan
from core.text import count

__all__ = ["POLICY", "html_report"]


def html_report(
    after: Explainer,
    info: SourceInfo,
    *,
    generated: datetime,
    before: Explainer | None = None,
    edits: Sequence[Edit] = (),
    policies: Policies | None = None,
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
        policies: Those of the source: each path then tells which of them it meets, and the plan is tried against them.
        problems: Of the source, its routes and the scenario.
        title: The heading, by default one that says what the report is about.
        only: The ids of the paths to report; by default all.
        selection: How these were picked, in words: `--service shop/cart`.
    """
    total = len(after.resolution.paths)
    planned = _plan(before, policies, edits)
    view, view_before = _view(after, policies), _view(before, policies)
    if only is not None:
        after = _narrowed(after, only)
        before = None if before is None else _narrowed(before, only)
    seen = Comparison(after, before, tuple(edits), view=view, view_before=view_before)
    picked = "" if only is None else f"{len(after.resolution.paths):,} of {count(total, 'path')} {selection}"
    heading = title or ("What changes for ingress traffic" if before else "Where ingress traffic goes")
    sections = [
        ("verdicts", "Verdicts", verdicts_section(seen)),
        ("scenario", "Scenario", scenario_section(seen, planned)),
        ("changes", "Changes", changes_section(seen)),
        ("picture", "Picture", pictures_section(seen)),
        ("paths", "Paths", paths_section(seen)),
        ("gates", "Gates", gates_section(seen)),
        ("controllers", "Controllers", controllers_section(seen)),
        ("assumptions", "Assumptions", assumptions_section(seen, info)),
        ("problems", "Problems of the source", problems_section(problems)),
    ]
    filled = [(name, said, content) for name, said, body in sections if (content := list(body))]
    body = h(
        "body",
        symbols(),
        h(
            "header",
            h("p", "waypath", class_="kicker"),
            h("h1", heading),
            [h("p", line, class_="lead") for line in seen.lead()],
            fact_list(about(info, generated, picked.strip())),
            h("nav", [h("a", said, href=f"#{name}") for name, said, _ in filled], aria_label="Sections"),
        ),
        h("main", [h("section", h("h2", said), content, id=name) for name, said, content in filled]),
        h("footer", h("p", "Computed from objects. No request was sent, and nothing was changed.")),
    )
    return portable(f"<!doctype html>\n{h('html', head(heading, info), body, lang='en')}\n")


def _plan(before: Explainer | None, policies: Policies | None, edits: Sequence[Edit]) -> Plan | None:
    """How to carry out the scenario, tried on all paths, whichever of them are reported."""
    if before is None or not edits:
        return None
    return safe_plan(before.resolution, policies or Policies(), edits)


def _view(explainer: Explainer | None, policies: Policies | None) -> PolicyView | None:
    """What the policies of the source act on; None where it has none."""
    if explainer is None or policies is None or not any(True for _ in policies.all()):
        return None
    return PolicyView(explainer.resolution, policies)


def _narrowed(explainer: Explainer, only: Collection[str]) -> Explainer:
    resolution = explainer.resolution
    wanted = frozenset(only)
    return Explainer(replace(resolution, paths=[path for path in resolution.paths if path.id in wanted]))
