"""What the pages of findings, policies and advice are made from, without Streamlit's cache."""

from core.advice import advise
from core.audit.audited import Audited
from core.audit.expected import answers
from core.audit.run import audit
from core.explain import Explainer
from core.paths import Resolution, resolve
from core.sources import read_uploads
from core.sources.samples import find_sample
from core.whatif import preview
from dashboard import findings as told
from dashboard.desk import Mode
from dashboard.findings import Told
from dashboard.loading import Advising, Judged
from dashboard.sight import Base, Sight
from dashboard.wanted import Wanted, expected
from tests.dashboard.cases import base

POLICIES = """\
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata:
  name: extra
  namespace: shop
  annotations: {waypath.dev/accept: ACCEPTED}
spec:
  targetRefs: [{group: "", kind: Service, name: cart}]
  rules: [{to: [{operation: {methods: [PAYLOAD]}}]}]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: lost, namespace: shop}
spec:
  targetRefs: [{group: "", kind: Service, name: PAYLOAD}]
"""
"""A policy that ingress traffic of a sample goes past, and one without effect."""


def policed_files(payload: str) -> list[tuple[str, bytes]]:
    """A sample with two policies more, which have `payload` wherever they may hold any text."""
    folder = find_sample("bypass-by-default").path
    quoted = '"' + payload.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    files = [(path.name, path.read_bytes()) for path in sorted(folder.glob("*.yaml"))]
    text = POLICIES.replace("PAYLOAD", quoted).replace("ACCEPTED", f'"policy-bypassed={quoted[1:]}')
    return [*files, (f"{payload.replace('/', '')}.yaml", text.encode())]


def policed(payload: str = "other") -> Base:
    """The same, read."""
    loaded = read_uploads(policed_files(payload))
    return Base(
        name=loaded.info.name,
        info=loaded.info,
        problems=loaded.problems,
        explainer=Explainer(resolve(loaded.cluster)),
        read_at=base("shop").read_at,
        policies=loaded.policies,
        lines=loaded.lines,
    )


def judge(sight: Sight, asked: str = "", found: str = "") -> Judged:
    """The findings of a sight; `asked` is what the user expects, `found` what stands beside the source."""
    wants = expected(asked or sight.desk.expect, [Wanted(name="waypath.yaml", text=found)] if found else [])

    def look(resolution: Resolution) -> Audited:
        return Audited(resolution, sight.base.policies, wants.rows)

    states = (sight.shown.before.resolution, sight.shown.after.resolution)
    before, after = (
        audit(one, sight.base.policies, expectations=wants.rows, lines=sight.base.lines) for one in states
    )
    return Judged(
        before=before,
        after=after,
        expected=wants,
        answers_before=answers(look(states[0])),
        answers_after=answers(look(states[1])),
    )


def telling(sight: Sight, asked: str = "") -> list[Told]:
    """The findings that a sight shows, unfiltered."""
    judged = judge(sight, asked)
    return list(told.told(judged.before, judged.after, sight.mode))


def advised(sight: Sight) -> Advising:
    """The advice for what a sight shows."""
    resolution = sight.shown.after.resolution if sight.mode is Mode.EDITS else sight.base.resolution
    found = advise(resolution, sight.base.policies)
    return Advising(advice=found, after=preview(resolution, found.edits).after)
