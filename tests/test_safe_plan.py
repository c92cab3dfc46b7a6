"""Plans replayed command by command: nothing is worse on the way than at both ends, or the plan says so."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import labels as names
from core import safe_plan as module
from core.advice import advise
from core.audit.run import audit
from core.cluster import Cluster
from core.edits import Edit, EnvEdit, LabelEdit
from core.gates import Verdict
from core.paths import Resolution, resolve
from core.plan import Command, Plan, plan
from core.policies.view import PolicyView
from core.policy_model import Policies
from core.replay import replay
from core.safe_plan import safe_plan
from core.sources import samples
from core.whatif import preview
from tests import build
from tests.audit.audits import sample
from tests.policies.test_properties import clusters, written_policies
from tests.policies.written import Written, policy, read, target

NAMES = [one.name for one in samples()]
FAILS = {Verdict.BLACKHOLE, Verdict.NO_ENDPOINTS, Verdict.INVALID}


def verdicts(resolution: Resolution) -> dict[str, set[Verdict]]:
    return {
        path.id: {share.verdict for share in path.outcome.shares} or {path.outcome.verdict}
        for path in resolution.paths
    }


def gaps(start: Resolution, policies: Policies, commands: Sequence[Command]) -> list[str]:
    """What a walk through the commands shows, each state resolved anew: the commands after which something is worse."""
    states = [start]
    done: list[Edit] = []
    for command in commands:
        done += command.edits
        states.append(preview(start, done).after)
    ends = [verdicts(states[0]), verdicts(states[-1])]
    views = [PolicyView(state, policies) for state in states]

    def met(view: PolicyView, path: str) -> Any:
        return view.of(view.resolution.by_id[path])

    found = []
    for command, state, view in zip(commands, states[1:], views[1:], strict=True):
        for path, then in verdicts(state).items():
            fails = then & FAILS and not any(end[path] & FAILS for end in ends)
            first, now, last = (met(one, path) for one in (views[0], view, views[-1]))
            past = set(now.bypassed) - set(first.bypassed) | set(first.enforced) - set(now.enforced)
            if fails or (past & set(last.enforced) and not then & FAILS):
                found.append(command.text)
    return found


def check(before: Resolution, policies: Policies, edits: Sequence[Edit]) -> Plan:
    found = safe_plan(before, policies, edits)
    after = preview(before, edits).after
    do, undo = gaps(before, policies, found.do), gaps(after, policies, found.undo)
    notes = [note for note in found.notes if "without a gap was found" in note]
    assert bool(do or undo) == bool(notes)
    usual = plan(before.cluster, edits)
    assert sorted(map(str, found.do)) == sorted(map(str, usual.do))
    assert sorted(map(str, found.undo)) == sorted(map(str, usual.undo))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_what_advice_and_findings_come_to_is_safe_on_the_way(name: str) -> None:
    resolution, policies, _ = sample(name)
    scenarios = [advise(resolution, policies).edits]
    scenarios += [one.edits for one in audit(resolution, policies).findings]
    for edits in scenarios:
        found = check(resolution, policies, edits)
        assert not any("gap" in note for note in found.notes)


VALUES: dict[str, dict[str, Sequence[str | None]]] = {
    "service": {
        names.INGRESS_USE_WAYPOINT: ("true", "false", None),
        names.USE_WAYPOINT: ("wp", "none", None),
    },
    "namespace": {
        names.INGRESS_USE_WAYPOINT: ("true", None),
        names.USE_WAYPOINT: ("wp", None),
        names.DATAPLANE_MODE: ("ambient", None),
    },
    "gateway": {names.WAYPOINT_FOR: ("service", "workload", "all", None)},
}
OBJECTS: list[tuple[str, str, str]] = [
    *(("service", *key) for key in (("n1", "own"), ("n2", "far"), ("n1", "free"))),
    *(("namespace", "", name) for name in ("n1", "n2", "infra")),
    *(("gateway", *key) for key in (("n1", "wp"), ("infra", "shared"))),
]
VARIABLES = [names.KGW_ENABLE_WAYPOINT, names.KGW_INGRESS_USE_WAYPOINTS]


@st.composite
def edits(draw: st.DrawFn) -> Edit:
    if draw(st.integers(0, 5)) == 0:
        value = draw(st.sampled_from(["true", "false"]))
        return EnvEdit(controller="kgateway", set={draw(st.sampled_from(VARIABLES)): value})
    kind, namespace, name = draw(st.sampled_from(OBJECTS))
    key = draw(st.sampled_from(sorted(VALUES[kind])))
    label = draw(st.sampled_from(VALUES[kind][key]))
    if label is None:
        return LabelEdit(kind=kind, namespace=namespace, name=name, unset=(key,))
    return LabelEdit(kind=kind, namespace=namespace, name=name, set={key: label})


@settings(max_examples=60)
@given(clusters(), written_policies(), st.lists(edits(), min_size=2, max_size=6))
def test_any_scenario_is_safe_on_the_way_or_told_of(
    cluster: Cluster, written: list[Written], scenario: list[Edit]
) -> None:
    check(resolve(cluster), read(written), scenario)


# --- an order that is not the usual one, and none at all --------------------------------------------------

BOUND = {names.USE_WAYPOINT: "waypoint"}
RULES = [{"to": [{"operation": {"methods": ["GET"]}}]}]
GET_ONLY = policy(
    "AuthorizationPolicy", "shop/p", {"targetRefs": [target("Service", "cart")], "rules": RULES}
)


def test_a_policy_that_acts_at_both_ends_acts_on_the_way() -> None:
    """`cart` is bound by its own label at the beginning, and by its namespace's at the end."""
    before, policies = resolve(build.world()), read([GET_ONLY])
    moves: list[Edit] = [
        LabelEdit(kind="service", namespace="shop", name="cart", unset=(names.USE_WAYPOINT,)),
        LabelEdit(kind="namespace", namespace="", name="shop", set=BOUND),
    ]
    (worse,) = replay(before, policies, [[one] for one in moves])
    assert (worse.position, list(worse.failing)) == (0, [])
    assert {str(ref) for _, ref in worse.bypassed} == {"AuthorizationPolicy/shop/p"}
    assert list(replay(before, policies, [[one] for one in reversed(moves)])) == []
    assert list(check(before, policies, moves).notes) == []


def headless_behind_a_flag() -> tuple[Resolution, Sequence[Edit]]:
    """Turning the flag on makes a black hole of `sessions`, until that opts out."""
    off = build.controller("kgateway", "v2.2.0", {})
    sessions = build.service("shop", "sessions", labels=BOUND)
    pod = build.pod("shop", "sessions-1", "10.244.0.60", {"app": "sessions"}, captured=True)
    space = build.namespace("shop", build.INGRESS)
    return resolve(build.world(off, sessions, pod, space)), [
        EnvEdit(controller="kgateway", set={names.KGW_ENABLE_WAYPOINT: "true"}),
        LabelEdit(kind="service", namespace="shop", name="sessions", set={names.USE_WAYPOINT: "none"}),
    ]


def test_another_order_is_taken_where_the_usual_one_has_a_gap() -> None:
    before, scenario = headless_behind_a_flag()
    usual = plan(before.cluster, scenario)
    assert gaps(before, Policies(), usual.do) != []
    found = check(before, Policies(), scenario)
    assert [one.text.split()[1] for one in found.do] == ["label", "set", "rollout"]
    assert not any("gap" in note for note in found.notes)


def test_where_no_order_is_found_the_plan_says_after_which_command_there_is_a_gap(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_LONGEST", 1)
    before, scenario = headless_behind_a_flag()
    (note, back) = [one for one in check(before, Policies(), scenario).notes if "gap" in one]
    assert back.startswith("On the way back: no order ")
    assert note == (
        "No order of these commands without a gap was found: after `kubectl set env deployment/kgateway "
        "-n kgateway-system -c controller KGW_ENABLE_WAYPOINT=true` 1 path can't deliver, until the rest is done."
    )


def test_a_plan_that_is_too_long_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_WORK", 1)
    before, scenario = headless_behind_a_flag()
    notes = safe_plan(before, Policies(), scenario).notes
    assert [note for note in notes if "were not replayed" in note]
