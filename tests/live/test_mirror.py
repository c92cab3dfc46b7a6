"""A cluster that is followed: what changes shows, what breaks is told, and nothing is forgotten."""

import time
from collections import deque
from collections.abc import Callable, Iterator

import pytest

from core.sources import SourceError
from core.sources.live import Mirror, MirrorState
from tests.live.faults import BRISK, HASTY, Api, answer, cut_chunks, drop, plainly, says, service, thing

LONGEST = 20.0
"""Seconds after which something that does not happen counts as missing."""


@pytest.fixture
def mirror(fake: Api) -> Iterator[Mirror]:
    fake.put(service("cart"), service("stock"))
    made = Mirror(patience=HASTY, pace=BRISK)
    made.start()
    yield made
    made.stop()


def wait(mirror: Mirror, met: Callable[[MirrorState], bool], since: int | None = 0) -> MirrorState:
    """The first state that meets a condition."""
    end = time.monotonic() + LONGEST
    while True:
        state = mirror.state(since)
        if met(state):
            return state
        assert time.monotonic() < end, state
        time.sleep(0.01)


def names(state: MirrorState) -> set[str]:
    """The services."""
    return {name for _, name in state.loaded.cluster.services}


def changes(state: MirrorState) -> list[tuple[str, str, str, str]]:
    """What changed, in words."""
    return [(one.what, one.kind, one.namespace, one.name) for one in state.changes or ()]


def test_what_was_read_is_the_first_state(mirror: Mirror) -> None:
    state = mirror.state()
    assert (names(state), state.revision, state.stale_since, state.error) == (
        {"cart", "stock"},
        0,
        None,
        None,
    )
    assert mirror.state(0).changes == ()


def test_a_label_that_changes_shows(fake: Api, mirror: Mirror) -> None:
    fake.put(service("cart", color="red"))
    state = wait(mirror, lambda state: state.revision > 0)
    assert state.loaded.cluster.services["shop", "cart"].labels == {"color": "red"}
    assert changes(state) == [("changed", "Service", "shop", "cart")]


def test_what_comes_and_goes_shows(fake: Api, mirror: Mirror) -> None:
    fake.put(service("new"))
    fake.delete(service("stock"))
    state = wait(mirror, lambda state: state.revision >= 2)
    assert names(state) == {"cart", "new"}
    assert changes(state) == [("added", "Service", "shop", "new"), ("removed", "Service", "shop", "stock")]
    assert mirror.state(state.revision).changes == ()


def test_a_change_that_matters_to_nobody_is_none(fake: Api, mirror: Mirror) -> None:
    ignored = service("cart")
    ignored["metadata"]["managedFields"] = [{"manager": "kubectl"}]
    fake.put(ignored, service("last"))
    state = wait(mirror, lambda state: state.revision > 0)
    assert changes(state) == [("added", "Service", "shop", "last")]


def test_an_object_that_breaks_and_is_mended_has_its_problem_for_that_time(fake: Api, mirror: Mirror) -> None:
    bad = service("cart")
    bad["spec"]["ports"] = [{"port": "x"}]
    fake.put(bad)
    state = wait(mirror, lambda state: "cart" not in names(state))
    assert [one.where for one in state.loaded.problems] == ["live:test Service/shop/cart"]
    fake.put(service("cart"))
    assert wait(mirror, lambda state: "cart" in names(state)).loaded.problems == []


def test_a_server_that_dies_leaves_what_was_known_and_says_so(fake: Api, mirror: Mirror) -> None:
    fake.kill()
    state = wait(mirror, lambda state: state.stale_since is not None)
    assert names(state) == {"cart", "stock"}
    assert state.error is not None
    assert state.error.startswith(f"live:test: the API server {fake.url} can't be followed")
    assert state.error.endswith("; what is shown was true before that")


def test_a_server_that_comes_back_is_followed_again(fake: Api, mirror: Mirror) -> None:
    fake.kill()
    wait(mirror, lambda state: state.stale_since is not None)
    fake.put(service("meanwhile"))
    fake.delete(service("stock"))
    fake.start()
    state = wait(mirror, lambda state: state.stale_since is None and state.revision >= 2)
    assert names(state) == {"cart", "meanwhile"}
    assert state.error is None


def test_a_server_that_forgot_the_past_is_read_anew(fake: Api, mirror: Mirror) -> None:
    fake.kill()
    wait(mirror, lambda state: state.stale_since is not None)
    fake.put(service("meanwhile"), service("cart", color="red"))
    fake.delete(service("stock"))
    fake.compact()
    fake.start()
    state = wait(mirror, lambda state: names(state) == {"cart", "meanwhile"})
    assert sorted(changes(state)) == [
        ("added", "Service", "shop", "meanwhile"),
        ("changed", "Service", "shop", "cart"),
        ("removed", "Service", "shop", "stock"),
    ]


def test_watches_resume_where_they_broke_off(fake: Api, mirror: Mirror) -> None:
    fake.kill()
    fake.start()
    fake.put(service("cart", color="red"))
    wait(mirror, lambda state: state.revision > 0)
    lists = [one for one in fake.asked("services") if not one.watches]
    assert len(lists) == 1


def test_bookmarks_move_the_place_to_resume_from(fake: Api, mirror: Mirror) -> None:
    fake.put(thing("v1", "Namespace", "", "other"))
    version = str(fake.version)
    wait(mirror, lambda state: state.revision > 0)
    fake.requests.clear()

    def resumed(_: MirrorState) -> bool:
        fake.kill()
        fake.start()
        return any(one.query.get("resourceVersion") == version for one in fake.asked("services"))

    wait(mirror, resumed)


@pytest.mark.parametrize(
    "fault",
    [
        answer(500),
        answer(410),
        answer(429, Retry_After="0"),
        drop,
        cut_chunks,
        says(b"no event\n", "application/json"),
        says(b'{"type": "ERROR", "object": {"code": 410}}\n', "application/json"),
        says(b'{"type": "ERROR", "object": {"code": 500, "message": "oops"}}\n', "application/json"),
        says(b'{"type": "ADDED", "obj', "application/json"),
    ],
    ids=["500", "410", "429", "drop", "cut", "garbage", "gone", "error", "half"],
)
def test_a_watch_that_fails_goes_on(fake: Api, fault: object) -> None:
    fake.put(service("cart"), service("stock"))
    fake.fail("services", plainly, fault, fault)  # type: ignore[arg-type]
    mirror = Mirror(patience=HASTY, pace=BRISK)
    mirror.start()
    fake.put(service("new"))
    state = wait(mirror, lambda state: "new" in names(state) and state.stale_since is None)
    assert names(state) == {"cart", "stock", "new"}
    mirror.stop()


def test_a_list_that_fails_while_it_is_followed_empties_nothing(fake: Api, mirror: Mirror) -> None:
    fake.always("services", answer(410))
    fake.kill()
    fake.start()
    state = wait(mirror, lambda state: state.stale_since is not None)
    assert names(state) == {"cart", "stock"}
    fake.standing.clear()
    wait(mirror, lambda state: state.stale_since is None)


def test_credentials_that_end_are_told_and_taken_anew(fake: Api, mirror: Mirror) -> None:
    fake.tokens = {"better"}
    fake.kill()
    fake.start()
    state = wait(mirror, lambda state: "401" in (state.error or ""))
    assert "it does not accept the credentials any more (401): renew them" in (state.error or "")
    assert names(state) == {"cart", "stock"}


def test_a_right_that_is_taken_away_is_told_and_what_was_known_stays(fake: Api, mirror: Mirror) -> None:
    fake.restricted |= {("list", "services"), ("watch", "services")}
    fake.compact()
    state = wait(mirror, lambda state: "Service" in state.loaded.cluster.unread.kinds)
    assert names(state) == {"cart", "stock"}
    assert [one.resource for one in state.loaded.missing] == ["services"]
    fake.restricted.clear()
    fake.put(service("new"))
    state = wait(mirror, lambda state: "new" in names(state))
    assert state.loaded.cluster.unread.kinds == frozenset()
    assert state.loaded.missing == []


def test_what_may_not_be_watched_is_read_again_and_again(fake: Api) -> None:
    fake.put(service("cart"))
    fake.restricted.add(("watch", "services"))
    mirror = Mirror(patience=HASTY, pace=BRISK)
    mirror.start()
    fake.put(service("new"))
    state = wait(mirror, lambda state: "new" in names(state) and bool(state.loaded.missing))
    assert state.loaded.cluster.unread.kinds == frozenset()
    (warning,) = state.loaded.problems
    assert warning.message == (
        "Service objects are read anew every few seconds, as the right to watch them is missing. The rule that grants "
        'it: - {apiGroups: [""], resources: [services], verbs: [list, watch]}'
    )
    mirror.stop()


def test_a_kind_that_is_installed_later_shows(fake: Api) -> None:
    place = ("networking.istio.io", "serviceentries")
    served = fake.served[place]
    fake.served[place] = ()
    mirror = Mirror(patience=HASTY, pace=BRISK)
    mirror.start()
    fake.served[place] = served
    fake.put(
        thing("networking.istio.io/v1", "ServiceEntry", "shop", "bank", {"spec": {"hosts": ["bank.example"]}})
    )
    state = wait(mirror, lambda state: len(state.loaded.cluster.service_entries) == 1)
    assert changes(state) == [("added", "ServiceEntry", "shop", "bank")]
    mirror.stop()


def test_a_kind_that_is_removed_goes(fake: Api) -> None:
    fake.put(
        thing("networking.istio.io/v1", "ServiceEntry", "shop", "bank", {"spec": {"hosts": ["bank.example"]}})
    )
    mirror = Mirror(patience=HASTY, pace=BRISK)
    mirror.start()
    fake.served["networking.istio.io", "serviceentries"] = ()
    fake.compact()
    state = wait(mirror, lambda state: not state.loaded.cluster.service_entries)
    assert changes(state) == [("removed", "ServiceEntry", "shop", "bank")]
    mirror.stop()


def test_gateways_of_one_name_and_two_groups_come_and_go_alone(fake: Api) -> None:
    of_istio = thing(
        "networking.istio.io/v1",
        "Gateway",
        "shop",
        "edge",
        {"spec": {"selector": {"app": "edge"}, "servers": []}},
    )
    of_gateway_api = thing(
        "gateway.networking.k8s.io/v1", "Gateway", "shop", "edge", {"spec": {"gatewayClassName": "istio"}}
    )
    fake.put(of_istio, of_gateway_api)
    mirror = Mirror(patience=HASTY, pace=BRISK)
    mirror.start()
    both = {("shop", "edge"), ("shop", "networking.istio.io/edge")}
    assert set(mirror.state().loaded.cluster.gateways) == both
    fake.delete(of_gateway_api)
    state = wait(mirror, lambda state: state.revision >= 1)
    assert set(state.loaded.cluster.gateways) == {("shop", "networking.istio.io/edge")}
    fake.put(of_gateway_api)
    fake.delete(of_istio)
    state = wait(mirror, lambda state: state.revision >= 3)
    assert set(state.loaded.cluster.gateways) == {("shop", "edge")}
    mirror.stop()


def test_many_changes_make_one_state(fake: Api, mirror: Mirror) -> None:
    for number in range(50):
        fake.put(service("cart", number=str(number)))
    state = wait(mirror, lambda state: state.revision >= 1)
    assert state.loaded.cluster.services["shop", "cart"].labels["number"]
    last = wait(
        mirror, lambda state: state.loaded.cluster.services["shop", "cart"].labels.get("number") == "49"
    )
    assert last.revision == 50


def test_what_changed_too_long_ago_is_not_told(
    fake: Api, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.sources.live.mirror.REMEMBERED", 3)
    mirror._changes = deque(maxlen=3)
    for number in range(5):
        fake.put(service(f"new-{number}"))
    state = wait(mirror, lambda state: state.revision == 5)
    assert state.changes is None
    assert len(mirror.state(3).changes or ()) == 2


def test_after_the_end_the_last_state_is_there(fake: Api, mirror: Mirror) -> None:
    mirror.stop()
    assert names(mirror.state()) == {"cart", "stock"}


def test_nothing_can_be_asked_before_it_was_read(fake: Api) -> None:
    with pytest.raises(SourceError, match="live: has not been read yet"):
        Mirror().state()


def test_a_cluster_that_cannot_be_read_is_not_followed(fake: Api) -> None:
    fake.tokens = set()
    with pytest.raises(SourceError, match="does not accept its credentials"):
        Mirror(patience=HASTY).start()
