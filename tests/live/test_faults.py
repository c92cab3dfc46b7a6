"""Whatever goes wrong: a sentence, or a cluster that says what is not known of it. Never silently less."""

from collections.abc import Sequence

import pytest

from core.sources import SourceError
from core.sources.live import WANTED, in_yaml, read_live, rules_for
from core.sources.loaded import MissingRight
from tests.live.faults import (
    HASTY,
    Api,
    Fault,
    answer,
    cut,
    cut_chunks,
    drop,
    endless,
    hang,
    says,
    service,
    thing,
)

PASSING: dict[str, Sequence[Fault]] = {
    "429": [answer(429, "slow down", Retry_After="0"), answer(429)],
    "500": [answer(500, "oops"), answer(503)],
    "504": [answer(504)],
    "hang": [hang],
    "cut": [cut, cut],
    "cut chunk": [cut_chunks],
    "drop": [drop, drop],
}
LASTING: dict[str, Fault] = {
    "400": answer(400, "bad request"),
    "403": answer(403, "forbidden"),
    "406": answer(406),
    "429": answer(429, "slow down", Retry_After="1"),
    "500": answer(500, "oops"),
    "302": answer(302, Location="http://elsewhere.invalid/"),
    "hang": hang,
    "cut": cut,
    "cut chunk": cut_chunks,
    "drop": drop,
    "web page": says(b"<html>log in</html>"),
    "nothing": says(b"", "application/json"),
    "not UTF-8": says(b"\xff\xfe{", "application/json"),
    "another list": says(b'{"kind": "PodTemplateList", "items": []}', "application/json"),
    "no items": says(b'{"kind": "Status"}', "application/json"),
    "deep": says(b'{"kind": ' + b"[" * 100_000, "application/json"),
}


def everything(fake: Api) -> None:
    """An object of each kind."""
    fake.put(service("cart"), thing("v1", "Namespace", "", "shop"), thing("v1", "Pod", "shop", "cart-1"))
    for one in WANTED:
        if one.plural.endswith("routes"):
            version = f"{one.group}/{one.versions[0]}"
            fake.put(thing(version, one.kind, "shop", "cart", {"spec": {"rules": []}}))


@pytest.mark.parametrize("plural", ["services", "pods", "httproutes"])
@pytest.mark.parametrize("name", sorted(PASSING))
def test_a_fault_that_passes_leaves_no_trace(fake: Api, name: str, plural: str) -> None:
    everything(fake)
    fake.fail(plural, *PASSING[name])
    loaded = read_live(patience=HASTY)
    assert loaded.cluster.unread.kinds == frozenset()
    assert [one for one in loaded.problems if one.severity == "error"] == []
    assert (len(loaded.cluster.services), len(loaded.cluster.pods), len(loaded.cluster.routes)) == (1, 1, 5)


@pytest.mark.parametrize("one", [one for one in WANTED if one.plural in {"pods", "httproutes", "namespaces"}])
@pytest.mark.parametrize("name", sorted(LASTING))
def test_a_kind_that_stays_broken_is_unknown_and_the_rest_works(fake: Api, name: str, one: object) -> None:
    everything(fake)
    kind, plural = one.kind, one.plural  # type: ignore[attr-defined]
    fake.always(plural, LASTING[name])
    loaded = read_live(patience=HASTY)
    assert loaded.cluster.unread.kinds == frozenset({kind})
    (problem,) = (one for one in loaded.problems if one.severity == "error")
    assert problem.where == "live:test"
    assert problem.message.startswith(f"{kind} objects can't be read: ")
    assert len(loaded.cluster.services) == 1


@pytest.mark.parametrize("name", sorted(set(LASTING) - {"403"}))
def test_without_services_there_is_a_sentence_and_no_cluster(fake: Api, name: str) -> None:
    everything(fake)
    fake.always("services", LASTING[name])
    with pytest.raises(SourceError) as raised:
        read_live(patience=HASTY)
    assert str(raised.value).startswith(
        f"context test: no usable answer from the API server {fake.url} to a list of services: "
    )
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", sorted(set(LASTING) - {"403", "400", "406"}))
def test_an_api_server_that_is_broken_altogether_gives_a_sentence(fake: Api, name: str) -> None:
    fake.always("*", LASTING[name])
    with pytest.raises(SourceError) as raised:
        read_live(patience=HASTY)
    assert str(raised.value).startswith(f"context test: no usable answer from the API server {fake.url}")


def test_a_list_without_end_is_left(fake: Api) -> None:
    fake.always("services", endless)
    with pytest.raises(SourceError, match="its list has no end: it points to a page that was read before"):
        read_live(patience=HASTY)


def test_no_api_server_at_all(fake: Api) -> None:
    fake.kill()
    with pytest.raises(SourceError) as raised:
        read_live(patience=HASTY)
    assert str(raised.value) == (
        f"context test: no usable answer from the API server {fake.url}: no connection: connection refused; "
        "try again, or check that it runs and can be reached from here"
    )


def test_credentials_that_are_not_accepted(fake: Api) -> None:
    fake.tokens = set()
    with pytest.raises(SourceError) as raised:
        read_live(patience=HASTY)
    assert str(raised.value) == (
        f"context test: the API server {fake.url} does not accept its credentials (401): renew the token of user u"
    )


def test_credentials_that_end_half_way(fake: Api) -> None:
    fake.always("pods", answer(401))
    with pytest.raises(SourceError, match=r"does not accept its credentials \(401\)"):
        read_live(patience=HASTY)


def test_a_missing_right_is_told_with_the_rule_that_grants_it(fake: Api) -> None:
    fake.restricted |= {("list", "pods"), ("list", "serviceentries")}
    loaded = read_live(patience=HASTY)
    assert loaded.missing == [
        MissingRight(group="", resource="pods", verb="list"),
        MissingRight(group="networking.istio.io", resource="serviceentries", verb="list"),
    ]
    assert loaded.cluster.unread.kinds == {"Pod", "ServiceEntry"}
    messages = [one.message for one in loaded.problems if one.severity == "error"]
    assert messages[1] == (
        "ServiceEntry objects can't be read: the right to list serviceentries.networking.istio.io is missing; what "
        "depends on them is unknown. The rule that grants it: "
        "- {apiGroups: [networking.istio.io], resources: [serviceentries], verbs: [list, watch]}"
    )
    assert in_yaml(rules_for(loaded.missing)) == (
        '- {apiGroups: [""], resources: [pods], verbs: [list, watch]}\n'
        "- {apiGroups: [networking.istio.io], resources: [serviceentries], verbs: [list, watch]}"
    )


def test_a_right_that_is_missing_in_one_namespace(fake: Api) -> None:
    fake.put(service("cart", "shop"), service("bill", "bank"))
    fake.restricted.add(("list in bank", "services"))
    loaded = read_live(namespaces=("shop", "bank"), patience=HASTY)
    assert set(loaded.cluster.services) == {("shop", "cart")}
    assert loaded.missing == [MissingRight(group="", resource="services", verb="list", namespace="bank")]
    (problem,) = (one for one in loaded.problems if one.severity == "error")
    assert "Service objects in namespace bank can't be read" in problem.message


def test_who_may_read_nothing_is_told_what_is_missing(fake: Api) -> None:
    fake.restricted |= {("list", one.plural) for one in WANTED}
    fake.always("configmaps", answer(403))
    loaded = read_live(patience=HASTY)
    assert loaded.info.objects == 0
    assert {one.resource for one in loaded.missing} == {one.plural for one in WANTED} | {"configmaps"}


def test_a_group_whose_kinds_are_not_told_is_asked_for_all_the_same(fake: Api) -> None:
    fake.put(thing("telemetry.istio.io/v1", "Telemetry", "shop", "t"))
    fake.fail("v1", *[answer(500)] * 60)
    fake.fail("apis", answer(403))
    loaded = read_live(patience=HASTY)
    assert [one.name for one in loaded.policies.telemetries] == ["t"]


def test_what_an_api_server_asks_for_is_waited_for(fake: Api) -> None:
    fake.fail("services", answer(429, Retry_After="99999"), answer(429, Retry_After="soon"))
    fake.put(service("cart"))
    assert len(read_live(patience=HASTY).cluster.services) == 1


def test_what_an_api_server_says_cannot_move_the_cursor(fake: Api) -> None:
    fake.always("services", answer(500, "\x1b[2J\r\nbad\u202e"))
    with pytest.raises(SourceError) as raised:
        read_live(patience=HASTY)
    assert str(raised.value).isprintable()
