"""The rule that takes a request, held against one that asks every match in turn, as the documentation has it."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from core.cluster import Cluster, replace
from core.istio_ingress.hosts import in_common, within
from core.manifests import Document, load
from core.paths import resolve
from tests.istio_ingress.mesh import Thing, answer, ask, gateway, resolved, thing

HOSTS = ("*", "*.test", "*.shop.test", "shop.test", "a.shop.test", "other.test")
ASKED = ("shop.test", "a.shop.test", "b.shop.test", "other.test", "test", "x.example")
PATHS = ("/", "/a", "/a/b", "/ab", "/b")
AGES = ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")
BACKENDS = ("red", "green", "blue")

Match = Mapping[str, Any]

uris = st.one_of(
    st.builds(lambda path: {"exact": path}, st.sampled_from(PATHS)),
    st.builds(lambda path: {"prefix": path}, st.sampled_from(PATHS)),
)
values = st.sampled_from(({"exact": "1"}, {"exact": "2"}, {"prefix": "1"}, {}))
matches = st.fixed_dictionaries(
    {},
    optional={
        "uri": uris,
        "method": st.sampled_from(({"exact": "GET"}, {"exact": "POST"})),
        "headers": st.fixed_dictionaries({"x": values}),
        "withoutHeaders": st.fixed_dictionaries({"y": values}),
        "queryParams": st.fixed_dictionaries({"q": values}),
    },
)
rules = st.fixed_dictionaries(
    {"backend": st.sampled_from(BACKENDS), "match": st.lists(matches, max_size=3)},
)
services = st.lists(
    st.fixed_dictionaries(
        {
            "hosts": st.lists(st.sampled_from(HOSTS), min_size=1, max_size=2, unique=True),
            "created": st.sampled_from(AGES),
            "rules": st.lists(rules, min_size=1, max_size=3),
        }
    ),
    min_size=1,
    max_size=4,
)
requests = st.fixed_dictionaries(
    {
        "host": st.sampled_from(ASKED),
        "path": st.sampled_from(("/", "/a", "/a/b/c", "/abc", "/b", "/c")),
        "method": st.sampled_from(("GET", "POST")),
        "x": st.sampled_from(("", "1", "12", "2")),
        "y": st.sampled_from(("", "1", "2")),
        "q": st.sampled_from(("", "1", "2")),
    }
)


def value_holds(wanted: Mapping[str, str], value: str) -> bool:
    if "exact" in wanted:
        return value == wanted["exact"]
    return value.startswith(wanted["prefix"]) if "prefix" in wanted else value != ""


def match_holds(match: Match, request: Mapping[str, str]) -> bool:
    uri, path = match.get("uri", {"prefix": "/"}), request["path"]
    there = path == uri["exact"] if "exact" in uri else path.startswith(uri["prefix"])
    method = match.get("method", {"exact": request["method"]})["exact"] == request["method"]
    named = [*match.get("headers", {}).items(), *match.get("queryParams", {}).items()]
    present = all(request[name] != "" and value_holds(wanted, request[name]) for name, wanted in named)
    absent = all(
        not value_holds(wanted, request[name]) for name, wanted in match.get("withoutHeaders", {}).items()
    )
    return there and method and present and absent


def is_catch_all(match: Match) -> bool:
    return set(match) <= {"uri"} and match.get("uri", {"prefix": "/"}) == {"prefix": "/"}


def host_of(hosts: Sequence[str], asked: str) -> str | None:
    if asked in hosts:
        return asked
    wild = [one for one in hosts if one.startswith("*") and one != "*"]
    fitting = [one for one in wild if asked.endswith(one[1:]) and asked != one[1:]]
    return max(fitting, key=len) if fitting else ("*" if "*" in hosts else None)


def in_order(found: Sequence[Mapping[str, Any]], host: str) -> Iterator[tuple[Match, str]]:
    """Each match with its backend: those that take everything at the end, and nothing behind one in its own object."""
    first: list[tuple[Match, str]] = []
    last: list[tuple[Match, str]] = []
    for one in found:
        if host not in one["hosts"]:
            continue
        flat: list[tuple[Match, str]] = [
            (match, rule["backend"]) for rule in one["rules"] for match in rule["match"] or [{}]
        ]
        for match, backend in flat:
            if is_catch_all(match):
                last.append((match, backend))
                break
            first.append((match, backend))
    yield from first
    yield from last


def expected(found: Sequence[Mapping[str, Any]], request: Mapping[str, str]) -> str:
    numbered = sorted(enumerate(found), key=lambda pair: (pair[1]["created"], f"s{pair[0]}"))
    ordered = [one for _, one in numbered]
    host = host_of([host for one in ordered for host in one["hosts"]], request["host"])
    if host is None:
        return "404"
    return next((backend for match, backend in in_order(ordered, host) if match_holds(match, request)), "404")


def virtual_service(number: int, one: Mapping[str, Any]) -> Thing:
    http = [
        {"match": rule["match"], "route": [{"destination": {"host": rule["backend"]}}]}
        for rule in one["rules"]
    ]
    spec = {"hosts": one["hosts"], "gateways": ["edge"], "http": http}
    return thing("VirtualService", f"s{number}", spec, created=one["created"])


@cache
def base() -> Cluster:
    return resolved(gateway("http HTTP 80 *")).cluster


def quiet(*objects: Thing) -> Any:
    """As `resolved`, whatever is said of the source."""
    documents = [
        Document(file="t.yaml", index=number, raw=msgspec.json.encode(one))
        for number, one in enumerate(objects)
    ]
    more, _ = load(documents)
    return resolve(replace(base(), istio=more.istio))


@settings(max_examples=100, deadline=None)
@given(services, st.lists(requests, min_size=1, max_size=6))
def test_the_first_match_as_written_takes_the_request(
    found: Sequence[Mapping[str, Any]], asked: Sequence[Mapping[str, str]]
) -> None:
    resolution = quiet(*(virtual_service(number, one) for number, one in enumerate(found)))
    for request in asked:
        query = f"?q={request['q']}" if request["q"] else ""
        headers = " ".join(f"{name}={request[name]}" for name in "xy" if request[name])
        words = f"{request['method']} http://{request['host']}{request['path']}{query} {headers}"
        assert answer(ask(resolution, words)) == expected(found, request)


@settings(max_examples=60, deadline=None)
@given(services, requests)
def test_every_rule_but_one_is_said_not_to_take_it(
    found: Sequence[Mapping[str, Any]], request: Mapping[str, str]
) -> None:
    resolution = quiet(*(virtual_service(number, one) for number, one in enumerate(found)))
    trace = ask(resolution, f"{request['method']} http://{request['host']}{request['path']}")
    names = [(one.route.name, one.rule) for one in trace.considered]
    taken = [] if trace.taken is None else [(trace.taken.route.name, trace.taken.rule)]
    every = [(f"s{number}", rule) for number, one in enumerate(found) for rule in range(len(one["rules"]))]
    assert sorted([*names, *taken]) == sorted(every)
    assert all(one.because for one in trace.considered)


hosts = st.sampled_from((*HOSTS, *ASKED))


@given(hosts, hosts)
def test_one_host_is_within_another_if_it_matches_no_more(one: str, other: str) -> None:
    def covers(pattern: str, host: str) -> bool:
        return host.endswith(pattern[1:]) if pattern.startswith("*") else pattern == host

    if within(one, other):
        assert all(covers(other, host) for host in (*ASKED, "z.shop.test") if covers(one, host))
    assert within(one, one)


@given(st.lists(hosts, max_size=3), st.lists(hosts, max_size=3))
def test_what_two_sides_have_in_common_is_within_both(mine: Sequence[str], theirs: Sequence[str]) -> None:
    for host in in_common(mine, theirs):
        assert any(within(host, one) for one in mine)
        assert any(within(host, one) for one in theirs)


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 500) | st.text(max_size=8) | st.just("*"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                (
                    "uri",
                    "exact",
                    "prefix",
                    "regex",
                    "match",
                    "route",
                    "destination",
                    "host",
                    "port",
                    "number",
                    "weight",
                    "tls",
                )
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
FIELDS = ("hosts", "gateways", "http", "tls", "tcp", "exportTo", "servers", "selector", "subsets", "host")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(("Gateway", "VirtualService", "DestinationRule")),
            st.dictionaries(st.sampled_from(FIELDS), anything, max_size=5),
        ),
        max_size=4,
    )
)
def test_no_object_of_whatever_form_raises(found: Sequence[tuple[str, Any]]) -> None:
    documents = [
        Document(file="t.yaml", index=number, raw=msgspec.json.encode(thing(kind, f"o{number}", spec)))
        for number, (kind, spec) in enumerate(found, 1)
    ]
    cluster, _ = load(documents)
    resolution = resolve(cluster)
    for gateway_row in cluster.gateways.values():
        ask(resolution, "http://shop.test/", through=gateway_row.name)
