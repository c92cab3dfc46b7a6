"""One reading of a cluster, from a small API server: what is asked for, and what comes of it."""

import gc
import threading
from typing import Any

import msgspec
import pytest

from core.explain import Explainer
from core.kinds import KINDS
from core.manifests import Keeping
from core.paths import resolve
from core.render.documents import resolve_document
from core.sources import Loaded, SourceError, read
from core.sources.live import WANTED, CancelledError, Progress, read_live, rules
from core.sources.samples import samples
from tests.live.faults import HASTY, Api, gone_later, hang, plainly, sample_things, service, thing

ASKED = (
    "shop",
    "three-data-planes",
    "dual-stack",
    "workload-waypoint",
    "gateway-not-captured",
    "serviceentry-dns",
)


def paths(loaded: Loaded) -> list[dict[str, Any]]:
    """The paths as `resolve -o json` has them, without the objects that gates were read from."""
    document = resolve_document(Explainer(resolve(loaded.cluster)), loaded.info, [], None)
    found: list[dict[str, Any]] = msgspec.json.decode(msgspec.json.encode(document["paths"]))
    for path in found:
        path["steps"] = [(step["gate"], step["result"]) for step in path["steps"]]
    return found


@pytest.mark.parametrize("name", ASKED)
def test_a_cluster_has_the_paths_of_its_files(fake: Api, name: str) -> None:
    fake.put(*sample_things(next(one.path for one in samples() if one.name == name)))
    assert paths(read_live(patience=HASTY)) == paths(read([f"sample:{name}"]))


def test_what_is_wanted_is_what_is_understood() -> None:
    assert {(one.group, one.kind) for one in WANTED} == set(KINDS) - {("", "ConfigMap")}
    assert [one for one in WANTED if one.namespaced != KINDS[one.group, one.kind].namespaced] == []


def test_the_rights_that_are_asked_for_change_nothing_and_see_no_secret() -> None:
    assert {verb for rule in rules() for verb in rule.verbs} == {"get", "list", "watch"}
    assert "secrets" not in {one for rule in rules() for one in rule.resources}
    assert [rule.verbs for rule in rules() if "configmaps" in rule.resources] == [("get",)]
    granted = {(group, one) for rule in rules() for group in rule.groups for one in rule.resources}
    assert granted == {(one.group, one.plural) for one in WANTED} | {("", "configmaps")}


def test_only_get_is_used_and_only_what_is_wanted_is_asked_for(fake: Api) -> None:
    fake.put(*sample_things(next(one.path for one in samples() if one.name == "shop")))
    read_live(patience=HASTY)
    known = {one.plural for one in WANTED}
    assert {one.method for one in fake.requests} == {"GET"}
    assert all(one.agent.startswith("waypath/") for one in fake.requests)
    others = [one.path for one in fake.requests if one.path.rpartition("/")[2] not in known]
    assert all(one.startswith("/apis") or "/configmaps/" in one for one in others), others


def test_of_pods_only_names_labels_and_annotations_are_asked_for(fake: Api) -> None:
    read_live(patience=HASTY)
    (request,) = fake.asked("pods")
    assert request.accept.startswith("application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1")
    assert request.query["fieldSelector"] == "status.phase!=Succeeded,status.phase!=Failed"


def test_long_lists_come_in_pages(fake: Api) -> None:
    fake.put(*(service(f"s-{number}") for number in range(1201)))
    loaded = read_live(patience=HASTY)
    assert len(loaded.cluster.services) == 1201
    assert [one.query["limit"] for one in fake.asked("services")] == ["500"] * 3


def test_a_list_that_grows_too_old_is_begun_anew(fake: Api) -> None:
    fake.put(*(service(f"s-{number}") for number in range(1201)))
    fake.fail("services", plainly, gone_later)
    loaded = read_live(patience=HASTY)
    assert len(loaded.cluster.services) == 1201
    assert [one for one in loaded.problems if one.severity != "note"] == []


def test_a_list_that_grows_too_old_again_and_again_is_asked_for_as_a_whole(fake: Api) -> None:
    fake.put(*(service(f"s-{number}") for number in range(1201)))
    fake.always("services", gone_later)
    loaded = read_live(patience=HASTY)
    assert len(loaded.cluster.services) == 1201
    assert "limit" not in fake.asked("services")[-1].query


def test_the_version_that_is_served_is_asked_for(fake: Api) -> None:
    fake.served["gateway.networking.k8s.io", "httproutes"] = ("v1beta1",)
    fake.served["gateway.networking.k8s.io", "tlsroutes"] = ("v1alpha2", "v1alpha3")
    fake.served["networking.istio.io", "serviceentries"] = ("v1beta1", "v1alpha3")
    read_live(patience=HASTY)
    asked = {one.path.rpartition("/")[2]: one.path for one in fake.requests}
    assert asked["httproutes"] == "/apis/gateway.networking.k8s.io/v1beta1/httproutes"
    assert asked["tlsroutes"] == "/apis/gateway.networking.k8s.io/v1alpha3/tlsroutes"
    assert asked["serviceentries"] == "/apis/networking.istio.io/v1beta1/serviceentries"


def test_a_version_that_is_newer_than_waypath_is_read_with_a_warning(fake: Api) -> None:
    fake.served["gateway.networking.k8s.io", "httproutes"] = ("v3",)
    (warning,) = (one for one in read_live(patience=HASTY).problems if one.severity == "warning")
    assert warning.message == (
        "gateway.networking.k8s.io HTTPRoute is served in version v3 only, which is newer than waypath: "
        "it is read as far as it is understood"
    )


def test_a_kind_that_is_not_installed_is_an_answer(fake: Api) -> None:
    for group, plural in list(fake.served):
        if "istio" in group or "kgateway" in group:
            fake.served[group, plural] = ()
    loaded = read_live(patience=HASTY)
    assert loaded.cluster.unread.kinds == frozenset()
    assert loaded.problems == [] or all(one.severity == "warning" for one in loaded.problems)
    assert fake.asked("serviceentries") == []


def deployment(env_from: str) -> dict[str, Any]:
    """kgateway with its environment from a ConfigMap."""
    container = {
        "name": "kgateway",
        "image": "cr.kgateway.dev/kgateway-dev/kgateway:v2.3.0",
        "envFrom": [{"configMapRef": {"name": env_from}}, {"secretRef": {"name": "secret"}}],
    }
    template = {"metadata": {"labels": {"app": "k"}}, "spec": {"containers": [container]}}
    return thing("apps/v1", "Deployment", "kgateway-system", "kgateway", {"spec": {"template": template}})


def test_of_config_maps_only_those_are_read_that_a_controller_names(fake: Api) -> None:
    flags = thing("v1", "ConfigMap", "kgateway-system", "flags", {"data": {"KGW_ENABLE_WAYPOINT": "true"}})
    other = thing("v1", "ConfigMap", "kgateway-system", "other", {"data": {"KGW_ENABLE_WAYPOINT": "false"}})
    fake.put(deployment("flags"), flags, other)
    cluster = read_live(patience=HASTY).cluster
    assert cluster.controller("kgateway").setting("KGW_ENABLE_WAYPOINT").value == "true"
    asked = {one.path for one in fake.requests if "configmaps" in one.path}
    assert asked == {
        "/api/v1/namespaces/kgateway-system/configmaps/flags",
        "/api/v1/namespaces/istio-system/configmaps/istio",
    }


def test_namespaces_limit_what_is_asked_for(fake: Api) -> None:
    fake.put(service("cart", "shop"), service("bill", "bank"), service("tea", "cafe"))
    loaded = read_live(namespaces=("shop", "bank"), patience=HASTY)
    assert set(loaded.cluster.services) == {("bank", "bill"), ("shop", "cart")}
    assert {one.path for one in fake.asked("services")} == {
        "/api/v1/namespaces/shop/services",
        "/api/v1/namespaces/bank/services",
    }
    assert loaded.cluster.unread.namespaces == frozenset({"shop", "bank"})


def test_namespaces_that_may_not_be_listed_are_read_by_name(fake: Api) -> None:
    fake.restricted.add(("list", "namespaces"))
    fake.put(thing("v1", "Namespace", "", "shop", labels={"a": "b"}))
    loaded = read_live(namespaces=("shop", "absent"), patience=HASTY)
    assert loaded.cluster.namespace_labels("shop")["a"] == "b"
    assert loaded.cluster.unread.kinds == frozenset()
    assert loaded.missing == []


def test_a_selector_picks_namespaces_and_keeps_the_controllers(fake: Api) -> None:
    fake.put(
        thing("v1", "Namespace", "", "shop", labels={"mesh": "yes"}),
        thing("v1", "Namespace", "", "bank", labels={"mesh": "no"}),
        service("cart", "shop"),
        service("bill", "bank"),
        deployment("flags"),
    )
    loaded = read_live(selector="mesh in (yes,maybe)", patience=HASTY)
    assert set(loaded.cluster.services) == {("shop", "cart")}
    assert loaded.cluster.controller("kgateway").version is not None
    assert loaded.cluster.unread.namespaces == frozenset({"shop"})


def test_sources_merge_and_the_later_wins(fake: Api, tmp_path: Any) -> None:
    fake.put(service("cart"), service("stock"))
    file = tmp_path / "more.yaml"
    file.write_text(
        "{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: cart, labels: {x: new}}, spec: {}}"
    )
    loaded = read(["live:", str(file)])
    assert loaded.info.kind == "several"
    assert loaded.cluster.services["shop", "cart"].labels == {"x": "new"}
    assert loaded.cluster.services["shop", "stock"].where == "live:test"


def test_options_of_the_source_limit_it(fake: Api) -> None:
    fake.put(service("cart", "shop"), service("bill", "bank"))
    assert set(read(["live:test?namespace=shop"]).cluster.services) == {("shop", "cart")}
    assert set(read(["live:?selector=a%3Db"]).cluster.services) == set()


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        (
            "live:?name=shop",
            "live:?name=shop: name is no option of a live cluster: namespace=NAME and selector=LABELS are",
        ),
        (
            "live:?namespace=Shop",
            "Shop is no name of a namespace: kubectl get namespaces lists them",
        ),
        (
            "live:?selector=a%3D%3D%3Db",
            "a===b is no label selector: write it as for kubectl get -l, for example istio-discovery=enabled",
        ),
        (
            "live:?selector=a&selector=b",
            "live:?selector=a&selector=b: one selector is allowed; write its parts with commas between them",
        ),
    ],
)
def test_options_that_cannot_be_read_are_told(fake: Api, spec: str, sentence: str) -> None:
    with pytest.raises(SourceError) as raised:
        read([spec])
    assert str(raised.value) == sentence
    assert fake.requests == []


def test_an_object_that_cannot_be_read_is_named(fake: Api) -> None:
    fake.put(service("cart"), thing("v1", "Service", "shop", "bad", {"spec": {"ports": [{"port": "x"}]}}))
    loaded = read_live(patience=HASTY)
    assert set(loaded.cluster.services) == {("shop", "cart")}
    (problem,) = (one for one in loaded.problems if one.severity == "error")
    assert problem.where == "live:test Service/shop/bad"


def test_progress_is_told_to_the_end(fake: Api) -> None:
    fake.put(service("cart"), service("stock"))
    told: list[Progress] = []
    read_live(progress=told.append, patience=HASTY)
    assert told[-1].done == told[-1].total == len(WANTED)
    assert told[-1].counts == {"Service": 2}
    assert told[-1].objects == 2


def test_a_reading_can_be_cancelled(fake: Api) -> None:
    fake.always("pods", hang)
    cancelled = threading.Event()
    fake.put(service("cart"))

    def stop(_: Progress) -> None:
        cancelled.set()

    with pytest.raises(CancelledError):
        read_live(progress=stop, cancelled=cancelled)


def test_the_collector_is_on_again_after_a_reading(fake: Api) -> None:
    assert gc.isenabled()
    read_live(patience=HASTY)
    assert gc.isenabled()


def test_when_it_was_read_is_told(fake: Api) -> None:
    info = read_live(patience=HASTY).info
    assert (info.kind, info.name) == ("live", "live:test")
    assert info.read_at.endswith("Z")


def test_what_is_kept_of_pods_gives_the_same_endpoints(fake: Api) -> None:
    fake.put(*sample_things(next(one.path for one in samples() if one.name == "shop")))
    keeping = Keeping()
    read(["live:"], keeping=keeping)
    pods = [one.thing for one in keeping.objects if one.kind == "Pod"]
    assert pods
    assert all(pod.status is not None and pod.status.phase == "Running" for pod in pods)
