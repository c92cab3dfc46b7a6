"""`waypath.yaml`."""

import pytest

from core.expectations import ExpectationError, parse_expectations, unmatched
from core.model import ObjectRef
from core.paths import resolve
from tests import build


def test_entries() -> None:
    text = """
    must-traverse:
      - shop/cart
      - {service: ServiceEntry/payments/*, waypoint: payments/waypoint, because: card data}
    must-not-traverse:
      - {service: shop/images, gateway: infra/http}
    """
    first, second, third = parse_expectations(text)
    assert (first.sort, first.kind, first.service) == ("must-traverse", "", ("shop", "cart"))
    assert second.covers_service(ObjectRef(kind="ServiceEntry", namespace="payments", name="bank"))
    assert not second.covers_service(ObjectRef(kind="Service", namespace="payments", name="bank"))
    assert second.covers_waypoint(("payments", "waypoint"))
    assert not second.covers_waypoint(None)
    assert third.covers_gateway(("infra", "http"))
    assert not third.covers_gateway(("infra", "edge"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "must: [a/b]",
        "must-traverse: a/b",
        "must-traverse: [cart]",
        "must-traverse: [Pod/a/b]",
        "must-traverse: [a//]",
        "must-traverse: [{service: a/b, port: '80'}]",
        "must-traverse: [{service: a/b, gateway: c}]",
        "must-traverse: [{service: 1}]",
        "must-traverse: [1]",
        "must-traverse: [{}]",
        "a: [",
    ],
)
def test_what_is_no_expectation(text: str) -> None:
    with pytest.raises(ExpectationError, match=r"^file\.yaml: "):
        parse_expectations(text, "file.yaml")


def test_what_no_path_leads_to_is_told() -> None:
    found = parse_expectations("must-traverse: [shop/cart, shop/cort]")
    (problem,) = unmatched(found, resolve(build.world()))
    assert "shop/cort" in problem.message
