"""`waypath.yaml`: which services' ingress paths must pass a waypoint, and which must not.

must-traverse:
  - shop/cart
  - {service: payments/*, waypoint: payments/waypoint, because: card data}
must-not-traverse:
  - {service: shop/images, gateway: infra/http}
"""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from core.model import Key, ObjectRef, Problem, Row
from core.paths import Resolution
from core.text import printable

MUST, MUST_NOT = "must-traverse", "must-not-traverse"
SORTS = (MUST, MUST_NOT)
_FIELDS = ("service", "gateway", "waypoint", "because")


class ExpectationError(ValueError):
    """Expectations that can't be used; the text is one sentence that names the entry."""


class Expectation(Row):
    """What is asked of paths. `service` is (kind or empty, namespace, name); namespace and name may hold `*`.

    An empty `gateway` means every gateway, an empty `waypoint` any waypoint.
    """

    sort: str
    kind: str
    service: Key
    gateway: Sequence[str] = ()
    waypoint: Sequence[str] = ()
    because: str = ""

    def covers_service(self, ref: ObjectRef) -> bool:
        """Whether the paths to `ref` are meant."""
        kind = not self.kind or self.kind == ref.kind
        namespace, name = self.service
        return kind and fnmatchcase(ref.namespace, namespace) and fnmatchcase(ref.name, name)

    def covers_gateway(self, key: Key) -> bool:
        """Whether paths through the Gateway are meant."""
        return not self.gateway or tuple(self.gateway) == key

    def covers_waypoint(self, key: Key | None) -> bool:
        """Whether the waypoint is one that is meant."""
        return not self.waypoint or tuple(self.waypoint) == key

    def __str__(self) -> str:
        kind = f"{self.kind}/" if self.kind else ""
        return f"{self.sort} {kind}{'/'.join(self.service)}"


def parse_expectations(text: str, name: str = "waypath.yaml") -> Sequence[Expectation]:
    """The expectations in the YAML or JSON `text`; `name` is how errors call it.

    Raises:
        ExpectationError: The text holds no expectations.
    """
    from core.yamltext import YamlError, parse  # noqa: PLC0415 - only who has such a file needs it

    try:
        documents = parse(text.encode("utf-8", "surrogatepass"))
    except YamlError as error:
        raise ExpectationError(f"{printable(name)}: line {error.line}: {error.message}") from error
    value = documents[0].value if documents else None
    if not isinstance(value, Mapping) or not value or len(documents) > 1:
        raise ExpectationError(f"{printable(name)}: expectations are a mapping with {' and '.join(SORTS)}")
    found: list[Expectation] = []
    for sort, entries in value.items():
        if sort not in SORTS:
            message = f"there is no {printable(str(sort))!r}, there are {' and '.join(SORTS)}"
            raise ExpectationError(f"{printable(name)}: {message}")
        if not isinstance(entries, list):
            raise ExpectationError(f"{printable(name)}: {sort} is a list of services")
        for number, entry in enumerate(entries, 1):
            found.append(_entry(f"{printable(name)}: {sort} entry {number}", sort, entry))
    return tuple(found)


def _entry(where: str, sort: str, entry: Any) -> Expectation:
    fields = {"service": entry} if isinstance(entry, str) else entry
    if not isinstance(fields, Mapping) or not all(isinstance(one, str) for one in fields.values()):
        raise ExpectationError(
            f"{where}: write NAMESPACE/NAME, or a mapping with texts for {', '.join(_FIELDS)}"
        )
    strange = next((key for key in fields if key not in _FIELDS), None)
    if strange is not None:
        raise ExpectationError(
            f"{where}: there is no field {printable(str(strange))!r}, there are {', '.join(_FIELDS)}"
        )
    kind, *service = ("", *_parts(where, "service", fields.get("service", ""), (2, 3)))[-3:]
    if kind not in ("", "Service", "ServiceEntry"):
        raise ExpectationError(f"{where}: {printable(kind)!r} is no kind of service: Service or ServiceEntry")
    return Expectation(
        sort=sort,
        kind=kind,
        service=(service[0], service[1]),
        gateway=_optional(where, "gateway", fields),
        waypoint=_optional(where, "waypoint", fields),
        because=fields.get("because", ""),
    )


def _optional(where: str, field: str, fields: Mapping[str, str]) -> Sequence[str]:
    return _parts(where, field, fields[field], (2,)) if field in fields else ()


def _parts(where: str, field: str, text: str, counts: Sequence[int]) -> Sequence[str]:
    parts = tuple(text.split("/"))
    if len(parts) not in counts or not all(parts):
        kind = "[KIND/]" if 3 in counts else ""
        raise ExpectationError(f"{where}: {field} is {printable(text)!r}: write {kind}NAMESPACE/NAME")
    return parts


def unmatched(expectations: Sequence[Expectation], resolution: Resolution) -> Sequence[Problem]:
    """The expectations that no ingress path is asked by: a name may be misspelt."""
    paths = [path for path in resolution.paths if path.target is not None]
    return [
        Problem(
            severity="warning",
            where="expectations",
            message=f"{printable(str(one))}: no ingress path leads there",
        )
        for one in expectations
        if not any(
            one.covers_service(path.service_ref) and one.covers_gateway(path.gateway) for path in paths
        )
    ]
