"""The control planes' versions and environments, as their Deployments tell them."""

from collections.abc import Iterable, Mapping, Sequence

from core import labels as names
from core.model import ConfigMap, Container, Key, ObjectRef, Problem, Row, Workload
from core.versions import Version, parse_version

IMAGES = {
    "kgateway": ("kgateway",),
    "istiod": ("pilot",),
    "agentgateway": (
        "agentgateway-controller",
        "agentgateway/controller",
        "agentgateway-dev/controller",
        "cr.agentgateway.dev/controller",
    ),
}
"""Per controller: the last parts of the image's repository that tell it."""


class Setting(Row):
    """One environment variable. `known` is false where the source can't tell; then `origin` says why.

    A known variable without a value has `value` None: the default counts.
    """

    name: str
    value: str | None
    known: bool
    origin: str
    where: str
    """The object the value belongs to, for evidence."""


class Controller(Row):
    """A control plane. Without a Deployment in the source `deployment` is None and nothing is known of it."""

    name: str
    version: Version | None = None
    version_origin: str = ""
    deployment: ObjectRef | None = None
    container: str = ""
    values: Mapping[str, tuple[str | None, str]] = {}
    """Variable → (value, origin). None as value: known not to be set."""
    unresolved: Mapping[str, str] = {}
    """Variable → the source of its value that the input does not hold."""
    opaque: Sequence[str] = ()
    """`envFrom` sources that the input does not hold: any variable may come from them."""
    read: "Controller | None" = None
    """The controller as it was read, where a scenario has changed it; None where it has not."""

    def setting(self, variable: str) -> Setting:
        """What the source tells of `variable`."""
        where = str(self.deployment) if self.deployment else f"{self.name} (not in the source)"

        def told(value: str | None, known: bool, origin: str) -> Setting:
            return Setting(name=variable, value=value, known=known, origin=origin, where=where)

        if variable in self.values:
            return told(*_known(self.values[variable]))
        if variable in self.unresolved:
            return told(
                None, False, f"its value comes from {self.unresolved[variable]}, which is not in the source"
            )
        if self.deployment is None:
            return told(None, False, f"no Deployment of {self.name} is in the source")
        if self.opaque:
            return told(
                None, False, f"it may come from envFrom {', '.join(self.opaque)}, which is not in the source"
            )
        return told(None, True, f"not set in {self.deployment}")


def _known(entry: tuple[str | None, str]) -> tuple[str | None, bool, str]:
    value, origin = entry
    return value, True, origin


def find_controllers(
    workloads: Iterable[Workload], config_maps: Mapping[Key, ConfigMap]
) -> tuple[dict[str, Controller], list[Problem]]:
    """The controllers among `workloads`, one for each name in IMAGES that has one.

    Of several (revisions, canaries) the one without a revision or with revision `default` counts, else the
    newest; the others are named in a problem, since which one serves a Gateway is not in the objects.
    """
    found: dict[str, list[tuple[Workload, Container]]] = {}
    for workload in workloads:
        for container in workload.containers:
            name = _controller_of(container)
            if name:
                found.setdefault(name, []).append((workload, container))
    controllers: dict[str, Controller] = {}
    problems: list[Problem] = []
    for name, candidates in found.items():
        candidates.sort(key=_preference, reverse=True)
        workload, container = candidates[0]
        controllers[name] = _controller(name, workload, container, config_maps)
        problems += _several(name, [other for other, _ in candidates])
    return controllers, problems


def _several(name: str, workloads: Sequence[Workload]) -> list[Problem]:
    if len(workloads) < 2:
        return []
    first, *others = workloads
    message = (
        f"several {name} workloads: {first.ref} is taken for all Gateways, "
        f"not {', '.join(str(other.ref) for other in others)}; set --version and --env to preview another"
    )
    return [Problem(severity="warning", where=f"{first.where} {first.ref}", message=message)]


def holds_controller(workload: Workload) -> bool:
    """Whether one of its containers is a control plane's."""
    return any(_controller_of(container) for container in workload.containers)


def _controller_of(container: Container) -> str | None:
    repository, _ = split_image(container.image)
    for name, suffixes in IMAGES.items():
        if any(repository == suffix or repository.endswith("/" + suffix) for suffix in suffixes):
            return name
    return None


def split_image(image: str) -> tuple[str, str]:
    """(repository, tag) of an image reference, the digest dropped; the tag is empty where there is none."""
    reference = image.partition("@")[0]
    repository, colon, tag = reference.rpartition(":")
    if not colon or "/" in tag:
        return reference, ""
    return repository, tag


def _preference(candidate: tuple[Workload, Container]) -> tuple[bool, Version, str]:
    workload, container = candidate
    version = parse_version(split_image(container.image)[1]) or Version(major=0, minor=0)
    revision = workload.labels.get(names.REVISION, "default")
    return revision == "default", version, str(workload.ref)


def _controller(
    name: str, workload: Workload, container: Container, config_maps: Mapping[Key, ConfigMap]
) -> Controller:
    wanted = names.PATH_VARIABLES[name]
    ref = workload.ref
    values: dict[str, tuple[str | None, str]] = {}
    unresolved: dict[str, str] = {}
    opaque: list[str] = []
    for source in container.env_sources:
        config_map = (
            config_maps.get((workload.namespace, source.name)) if source.kind == "ConfigMap" else None
        )
        label = f"{source.kind}/{workload.namespace}/{source.name}" if source.name else source.kind
        if source.variable:
            if source.variable not in wanted:
                continue
            if config_map is not None and source.key in config_map.data:
                values[source.variable] = (config_map.data[source.key], f"{label} by {ref}")
            else:
                unresolved[source.variable] = label
                values.pop(source.variable, None)
        elif config_map is not None:
            for key, value in config_map.data.items():
                if source.prefix + key in wanted:
                    values[source.prefix + key] = (value, f"{label} by {ref}")
        else:
            opaque.append(label)
    for variable, value in container.env.items():
        if variable in wanted:
            values[variable] = (value, f"{ref} env")
    tag = split_image(container.image)[1]
    version = parse_version(tag)
    if version:
        origin = f"{ref} image tag"
    elif tag:
        origin = f'{ref} image tag "{tag}" is no version'
    else:
        origin = f"{ref} image has no tag"
    return Controller(
        name=name,
        version=version,
        version_origin=origin,
        deployment=ref,
        container=container.name,
        values=values,
        unresolved=unresolved,
        opaque=opaque,
    )
