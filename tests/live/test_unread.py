"""What could not be read is no reason for a finding, for advice, or for "nothing is there"."""

import json
from pathlib import Path

import pytest

from core import labels as names
from core.advice import Advised, advise
from core.audit.codes import CODES
from core.audit.run import Audit, audit
from core.audit.unseen import RESTS_ON
from core.cli import main
from core.cluster import Cluster, Unread, replace
from core.kinds import KINDS
from core.manifests import Keeping
from core.model import Labels
from core.paths import resolve
from core.policies.targets import Fault
from core.policies.view import acts
from core.policy_model import Policies
from core.render.findings import audit_document, sentence
from core.snapshot import written
from core.sources import Loaded, MissingRight, read, read_uploads
from core.sources.live.wanted import WANTED
from core.sources.samples import samples
from core.unshown import POLICIES, told
from tests import build
from tests.live.faults import Api, sample_things
from tests.policies.written import Written, policy, target
from tests.policies.written import read as read_policies

Capture = pytest.CaptureFixture[str]
RULES = [{"to": [{"operation": {"methods": ["GET"]}}]}]


def restricted(fake: Api, sample: str, *plurals: str) -> Loaded:
    """A sample cluster, read by who may not list `plurals`."""
    fake.put(*sample_things(next(one.path for one in samples() if one.name == sample)))
    fake.restricted |= {("list", plural) for plural in plurals}
    return read(["live:"])


def unread(cluster: Cluster, *kinds: str, namespaces: frozenset[str] | None = None) -> Cluster:
    return replace(cluster, unread=Unread(kinds=frozenset(kinds), namespaces=namespaces))


def look(cluster: Cluster, *policies: Written) -> Audit:
    return audit(resolve(cluster), read_policies(policies))


def codes(found: Audit) -> set[str]:
    return {one.code for one in found.findings}


def on(kind: str, name: str, place: str = "shop/p") -> Written:
    return policy("AuthorizationPolicy", place, {"targetRefs": [target(kind, name)], "rules": RULES})


def images(labels: Labels) -> Cluster:
    """A world with a second service beside the one that a policy protects."""
    return build.world(
        build.service("shop", "images", "10.96.0.55", labels=labels),
        build.pod("shop", "images-1", "10.244.0.55", {"app": "images"}, captured=True),
    )


# --- advice -----------------------------------------------------------------------------------------------------------


def advised(cluster: Cluster, policies: Policies) -> dict[str, tuple[Advised, str]]:
    found = advise(resolve(cluster), policies).services
    return {one.service.name: (one.advice, " ".join(one.because)) for one in found}


@pytest.mark.parametrize("kind", ["RequestAuthentication", "WasmPlugin", "HTTPRoute", "VirtualService"])
def test_past_the_waypoint_is_not_advised_where_policies_could_not_be_read(kind: str) -> None:
    policies = read_policies([on("Service", "cart")])
    cluster = images(build.through())
    assert advised(cluster, policies)["images"][0] is Advised.DIRECT
    advice, because = advised(unread(cluster, kind), policies)["images"]
    assert advice is Advised.NO_CHANGE
    assert f"{kind} objects were not read, so whether more acts on it there is not known" in because


def test_policies_that_never_act_at_a_waypoint_are_no_doubt() -> None:
    cluster = unread(images(build.through()), "TrafficPolicy", "PeerAuthentication")
    assert advised(cluster, read_policies([on("Service", "cart")]))["images"][0] is Advised.DIRECT


def test_a_root_namespace_that_was_left_out_may_hold_policies_for_every_waypoint() -> None:
    cluster = unread(images(build.through()), namespaces=frozenset({"infra", "shop"}))
    advice, because = advised(cluster, read_policies([on("Service", "cart")]))["images"]
    assert advice is Advised.NO_CHANGE
    assert "namespace istio-system was not read" in because


def test_through_the_waypoint_is_advised_for_a_policy_that_is_there() -> None:
    cluster = unread(build.world(build.cart(labels={names.USE_WAYPOINT: "waypoint"})), "WasmPlugin")
    assert advised(cluster, read_policies([on("Service", "cart")]))["cart"][0] is Advised.WAYPOINT


def test_that_no_waypoint_is_there_is_not_said_of_gateways_that_could_not_be_read() -> None:
    cluster = build.world()
    gone = replace(
        cluster,
        gateways=type(cluster.gateways).of(
            row for row in cluster.gateways.values() if row.name != "waypoint"
        ),
    )
    assert "there is none to pass" in advised(gone, Policies())["cart"][1]
    _, because = advised(unread(gone, namespaces=frozenset({"infra"})), Policies())["cart"]
    assert "there is none" not in because
    assert "whether a waypoint is in effect for it is not known" in because


# --- findings ---------------------------------------------------------------------------------------------------------


def test_every_code_says_on_which_kinds_it_rests() -> None:
    assert list(RESTS_ON) == [row.code for row in CODES]
    kinds = {kind for _, kind in KINDS} | {one.word for one in WANTED}
    assert frozenset().union(*RESTS_ON.values()) <= kinds


def test_every_kind_that_is_read_from_a_cluster_may_hide_a_finding() -> None:
    assert {one.word for one in WANTED} <= frozenset().union(*RESTS_ON.values())


def test_a_waypoint_is_not_unused_where_what_may_name_it_could_not_be_read() -> None:
    cluster = build.world(build.waypoint("shop", "spare"))
    assert "unused-waypoint" in codes(look(cluster))
    for kind in ("Service", "ServiceEntry", "Pod", "Namespace", "WorkloadEntry", "Deployment"):
        assert "unused-waypoint" not in codes(look(unread(cluster, kind)))
    assert "unused-waypoint" in codes(look(unread(cluster, "AuthorizationPolicy")))


def test_a_waypoint_that_could_not_be_read_is_not_missing() -> None:
    cluster = build.world()
    gone = replace(
        cluster,
        gateways=type(cluster.gateways).of(
            row for row in cluster.gateways.values() if row.name != "waypoint"
        ),
    )
    assert "waypoint-not-ready" in codes(look(gone))
    assert "waypoint-not-ready" not in codes(look(unread(gone, "Gateway")))


@pytest.mark.parametrize(("kind", "name"), [("Service", "gone"), ("Gateway", "gone")])
def test_a_target_that_could_not_be_read_is_not_without_effect(kind: str, name: str) -> None:
    cluster = build.world()
    assert "policy-without-effect" in codes(look(cluster, on(kind, name)))
    hidden = unread(cluster, kind)
    assert "policy-without-effect" not in codes(look(hidden, on(kind, name)))
    (one,) = acts(resolve(hidden), read_policies([on(kind, name)]))
    assert one.faults == (Fault.NOT_KNOWN,)
    assert one.assumed
    assert f"whether it acts is not known: {kind} objects were not read" in one.notes


def test_a_target_that_was_read_keeps_its_fault() -> None:
    (one,) = acts(resolve(unread(build.world(), "Pod", "Secret")), read_policies([on("Service", "gone")]))
    assert list(one.faults) == [Fault.NOT_FOUND]


def test_a_path_that_is_not_certain_says_so_where_a_policy_is_bypassed(fake: Api) -> None:
    loaded = restricted(fake, "bypass-by-default", "deployments")
    found = audit(resolve(loaded.cluster), loaded.policies)
    bypassed = [one for one in found.findings if one.code == "policy-bypassed"]
    assert bypassed
    assert all(
        "This is not certain, since Deployment objects were not read." in one.message for one in bypassed
    )
    whole = read(["sample:bypass-by-default"])
    assert "not certain" not in str(audit(resolve(whole.cluster), whole.policies).findings)


def test_a_label_is_not_without_effect_on_a_path_that_is_not_certain(fake: Api) -> None:
    whole = read(["sample:global-flag-off"])
    assert "label-without-effect" in codes(audit(resolve(whole.cluster), whole.policies))
    loaded = restricted(fake, "global-flag-off", "deployments")
    assert "label-without-effect" not in codes(audit(resolve(loaded.cluster), loaded.policies))


def test_an_audit_tells_what_it_could_not_judge() -> None:
    found = look(unread(build.world(), "AuthorizationPolicy", "Telemetry"))
    assert sentence(found) == (
        "No findings. There may be more: AuthorizationPolicy and Telemetry objects were not read."
    )
    (problem,) = found.problems
    assert problem.severity == "warning"
    assert (
        "may be missing: policy-bypassed, policy-doubled, policy-without-effect, l7-rule-at-ztunnel"
        in problem.message
    )
    assert audit_document(found)["unread"] == {
        "kinds": ["AuthorizationPolicy", "Telemetry"],
        "namespaces": None,
        "codes": ["policy-bypassed", "policy-doubled", "policy-without-effect", "l7-rule-at-ztunnel"],
    }
    assert "unread" not in audit_document(look(build.world()))


def test_what_was_not_read_is_one_sentence() -> None:
    assert told(["Pod"]) == "Pod objects were not read"
    assert told([], ["a", "b"]) == "namespaces a and b were not read"
    assert (
        told(["Pod", "Service"], ["a"])
        == "Pod and Service objects were not read, and namespace a was not read"
    )
    assert told(sorted(POLICIES)).endswith(f" and {len(POLICIES) - 6} more objects were not read")


# --- on the command line ----------------------------------------------------------------------------------------------


def test_a_check_that_can_not_be_made_does_not_pass(fake: Api, capsys: Capture) -> None:
    restricted(fake, "label-on-service", "authorizationpolicies")
    assert main(["audit", "live:", "--fail-on", "policy-bypassed"]) == 2
    assert capsys.readouterr().err.endswith(
        "waypath: --fail-on policy-bypassed can't be judged: AuthorizationPolicy objects were not read\n"
    )
    assert main(["audit", "live:", "--fail-on", "black-hole"]) == 0
    assert main(["audit", "live:"]) == 0


def test_policies_tell_which_kinds_could_not_be_read(fake: Api, capsys: Capture) -> None:
    restricted(fake, "label-on-service", "authorizationpolicies", "telemetries")
    assert main(["policies", "live:"]) == 0
    assert "AuthorizationPolicy and Telemetry objects were not read." in capsys.readouterr().err
    assert main(["policies", "live:", "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["unread"] == ["AuthorizationPolicy", "Telemetry"]
    assert main(["policies", "sample:label-on-service", "-o", "json"]) == 0
    assert "unread" not in json.loads(capsys.readouterr().out)


def source(capsys: Capture, *arguments: str) -> dict[str, object]:
    capsys.readouterr()
    assert main(["resolve", *arguments, "-o", "json"]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)["source"]
    return found


MISSING = [
    {"group": "security.istio.io", "resource": "authorizationpolicies", "verb": "list", "namespace": ""}
]
KINDS_UNREAD = {"kinds": ["AuthorizationPolicy"], "namespaces": None}


def test_json_tells_when_a_cluster_was_read_and_what_was_not(fake: Api, capsys: Capture) -> None:
    restricted(fake, "label-on-service", "authorizationpolicies")
    found = source(capsys, "live:")
    assert str(found["readAt"]).endswith("Z")
    assert found["missing"] == MISSING
    assert found["unread"] == KINDS_UNREAD


def test_files_have_neither_time_nor_missing_rights(capsys: Capture) -> None:
    assert list(source(capsys, "sample:label-on-service")) == ["kind", "name", "objects", "observed"]


@pytest.mark.parametrize("options", [[], ["--anonymize"]])
def test_a_snapshot_tells_again_when_its_cluster_was_read(
    fake: Api, capsys: Capture, tmp_path: Path, options: list[str]
) -> None:
    restricted(fake, "label-on-service", "authorizationpolicies")
    file = str(tmp_path / "cluster.json.gz")
    assert main(["snapshot", "live:", "-o", file, *options]) == 0
    found = source(capsys, file)
    assert str(found["readAt"]).endswith("Z")
    assert found["missing"] == MISSING
    assert found["unread"] == KINDS_UNREAD
    assert source(capsys, file) == found
    again = str(tmp_path / "again.json.gz")
    assert main(["snapshot", file, "-o", again]) == 0
    if not options:
        assert Path(again).read_bytes() == Path(file).read_bytes()


def test_an_anonymous_snapshot_names_the_namespace_of_a_missing_right_otherwise() -> None:
    keeping = Keeping()
    loaded = read(["sample:label-on-service"], keeping=keeping)
    rights = [MissingRight(group="", resource="pods", verb="list", namespace="shop")]
    content = written(keeping, loaded.cluster, anonymize=True, read_at="2026-01-02T03:04:05Z", missing=rights)
    found = read_uploads([("a.json.gz", content)]).info
    (right,) = found.missing
    assert (right.group, right.resource, right.verb) == ("", "pods", "list")
    assert right.namespace not in ("", "shop")
    assert found.read_at == "2026-01-02T03:04:05Z"
