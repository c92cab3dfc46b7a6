"""An anonymous snapshot has the same paths under other names."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.snapshot import addresses
from core.snapshot.words import KEPT, WORD, codes
from tests.snapshot.snapshots import SAMPLES, VECTORS, Json, Shot, of_objects, of_source


def shape(path: Json) -> object:
    """A path without its names."""
    upstream = path["upstream"]
    return (
        path["gateway"]["dataPlane"],
        path["verdict"],
        path["decidedBy"],
        path["assumed"],
        [(step["gate"], step["result"]) for step in path["steps"]],
        upstream and (upstream["discovery"], len(upstream["addresses"])),
        [(one["share"], one["verdict"]) for one in path["shares"]],
        len(path["endpoints"]),
        {what: len(found) for what, found in path["policies"].items()},
    )


def route(path: str, *, kind: str = "PathPrefix", **rule: object) -> Json:
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": "cart", "namespace": "shop"},
        "spec": {
            "hostnames": ["*.cart.shop.svc.cluster.local"],
            "rules": [{"matches": [{"path": {"type": kind, "value": path}}], **rule}],
        },
    }


@pytest.mark.parametrize("name", [*SAMPLES, *VECTORS])
def test_the_paths_are_the_same_in_the_same_order(name: str) -> None:
    shot = of_source(name)
    assert list(map(shape, shot.again(anonymize=True).paths())) == list(map(shape, shot.paths()))


@pytest.mark.parametrize("name", [*SAMPLES, *VECTORS])
def test_no_name_of_the_source_is_left(name: str) -> None:
    shot = of_source(name)
    left = {word for text in texts(shot.items(anonymize=True)) for word in WORD.findall(text)} - KEPT
    assert not {word for word in left & names_of(shot) if not word.isdecimal()}


def texts(value: Any, field: str = "") -> Iterator[str]:
    """All texts of objects: values, and keys where these are no fields of Kubernetes."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from texts(one)
    elif isinstance(value, dict):
        if field in {"labels", "matchLabels", "annotations", "selector", "ports", "set", "add"}:
            yield from value
        for key, one in value.items():
            yield from texts(one, key)


def names_of(shot: Shot) -> set[str]:
    """The words of all names, hosts and nodes of a source."""
    texts = [f"{one.namespace} {one.name}" for one in shot.keeping.objects]
    texts += [host for path in shot.cluster.routes for host in path.hostnames]
    texts += [pod.node for pod in shot.cluster.pods.values()]
    texts += [host for entry in shot.cluster.service_entries.values() for host in entry.hosts]
    return {word for text in texts for word in WORD.findall(text)} - KEPT


@pytest.mark.parametrize("name", SAMPLES)
def test_no_address_of_the_source_is_left(name: str) -> None:
    shot = of_source(name)
    text = shot.text(anonymize=True)
    known = {one for service in shot.cluster.services.values() for one in service.cluster_ips}
    known |= {ip for pod in shot.cluster.pods.values() for ip in pod.ips}
    assert not {one for one in known if re.search(rf'"{re.escape(one)}"', text)}


def test_a_name_is_the_same_wherever_it_stands() -> None:
    (item,) = of_objects(route("/cart/cart.v2")).items(anonymize=True)
    cart, shop = item["metadata"]["name"], item["metadata"]["namespace"]
    assert item["spec"]["hostnames"] == [f"*.{cart}.{shop}.svc.cluster.local"]
    assert item["spec"]["rules"][0]["matches"][0]["path"]["value"].startswith(f"/{cart}/{cart}.")


def test_a_regular_expression_stays_one() -> None:
    (item,) = of_objects(route(r"/cart/[a-z0-9]{2,10}/\d+\.html?", kind="RegularExpression")).items(
        anonymize=True
    )
    value = item["spec"]["rules"][0]["matches"][0]["path"]["value"]
    assert re.fullmatch(r"/\w+/\[a-z0-9\]\{2,10\}/\\d\+\\\.\w+\?", value)
    assert "cart" not in value
    assert "html" not in value


def test_header_names_are_the_same_in_any_case() -> None:
    change = {"set": [{"name": "X-Tenant", "value": "acme"}], "remove": ["x-tenant"]}
    filters = [{"type": "RequestHeaderModifier", "requestHeaderModifier": change}]
    (item,) = of_objects(route("/", filters=filters)).items(anonymize=True)
    found = item["spec"]["rules"][0]["filters"][0]["requestHeaderModifier"]
    assert found["set"][0]["name"] == found["remove"][0]
    assert "tenant" not in str(found).lower()
    assert "acme" not in str(found)


def test_values_that_a_rule_compares_stay() -> None:
    labels = {
        "istio.io/ingress-use-waypoint": "yes",
        "istio.io/use-waypoint": "acme",
        "acme.com/team": "blue",
    }
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "cart", "namespace": "acme", "labels": labels},
        "spec": {"ports": [{"port": 80}]},
    }
    (item,) = of_objects(service).items(anonymize=True)
    found = item["metadata"]["labels"]
    assert found["istio.io/ingress-use-waypoint"] == "yes"
    assert found["istio.io/use-waypoint"] == item["metadata"]["namespace"]
    assert not {"acme.com/team", "blue"} & {*found, *found.values()}


def test_of_images_the_controllers_versions_stay() -> None:
    def deployment(name: str, image: str) -> Json:
        container = {"name": name, "image": image}
        return {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name, "namespace": "istio-system"},
            "spec": {"template": {"spec": {"containers": [container]}}},
        }

    shot = of_objects(
        deployment("istiod", "registry.acme.example/mirror/istio/pilot:1.30.3-acme.7@sha256:0123"),
        deployment("cart", "registry.acme.example/shop/cart:4.2"),
    )
    assert "acme" not in shot.text(anonymize=True)
    istiod = shot.again(anonymize=True).cluster.controllers["istiod"]
    assert istiod.version == shot.cluster.controllers["istiod"].version


@given(st.lists(st.from_regex(r"[a-z0-9]([a-z0-9]{0,8})", fullmatch=True), max_size=40))
def test_codes_sort_as_the_words_did_among_the_words_that_stay_too(words: list[str]) -> None:
    new = codes(words)
    everything = sorted({*words, *KEPT})
    renamed = [new.get(word, word) for word in everything]
    assert renamed == sorted(renamed)
    assert len(set(renamed)) == len(renamed)


networks = st.builds(
    lambda address, cut: addresses.parsed(f"{address}/{max(0, address.max_prefixlen - cut)}"),
    st.ip_addresses(),
    st.integers(min_value=0, max_value=40),
)


@given(st.lists(networks, max_size=12))
def test_addresses_keep_their_relations(found: list[addresses.Network]) -> None:
    new = addresses.mapping(found)
    for one in found:
        assert (new[one].version, new[one].prefixlen) == (one.version, one.prefixlen)
        for other in found:
            if one.version == other.version:
                assert (place(one) < place(other)) == (place(new[one]) < place(new[other]))
                assert one.subnet_of(other) == new[one].subnet_of(new[other])  # type: ignore[arg-type]


def place(network: addresses.Network) -> tuple[int, int]:
    """Where a range lies among those of its family."""
    return int(network.network_address), network.prefixlen


def test_addresses_with_a_meaning_of_their_own_stay() -> None:
    found = [addresses.parsed(text) for text in ("127.0.0.1", "0.0.0.0", "::", "10.96.0.7", "120.1.2.3")]
    new = addresses.mapping(one for one in found if one is not None)
    assert [str(new[one].network_address) for one in found[:3] if one is not None] == [
        "127.0.0.1",
        "0.0.0.0",
        "::",
    ]
    assert len(set(new.values())) == len(found)
