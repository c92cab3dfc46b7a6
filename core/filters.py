"""The options that pick paths, and what to say where they pick none."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from core.paths import Path, Resolution


class NoMatchError(ValueError):
    """No path is what the filters say; the text is one sentence."""


@dataclass(frozen=True)
class Filter:
    """An option that picks paths: `names` are the words for a path that the option may say."""

    metavar: str
    help: str
    names: Callable[[Path], Sequence[str]]


def _service_names(path: Path) -> Sequence[str]:
    refs = dict.fromkeys((path.service_ref, path.backend.ref))
    return [name for ref in refs for name in (f"{ref.namespace}/{ref.name}", str(ref))]


FILTERS: Mapping[str, Filter] = {
    "service": Filter("NS/NAME", "paths to this Service, ServiceEntry or Backend", _service_names),
    "gateway": Filter("NS/NAME", "paths through this Gateway", lambda path: ["/".join(path.gateway)]),
    "route": Filter(
        "NS/NAME", "paths of this route", lambda path: ["/".join(path.route), str(path.route_ref)]
    ),
    "path": Filter("ID", "the path with this id, as `resolve -o json` prints it", lambda path: [path.id]),
}


def matching(resolution: Resolution, wanted: Mapping[str, Sequence[str]]) -> Sequence[Path]:
    """The paths that all filters in `wanted` (option → names) let pass; each name has to let one pass.

    Raises:
        NoMatchError: Nothing matches.
    """
    paths = list(resolution.paths)
    for option, what in FILTERS.items():
        names = wanted.get(option, ())
        for name in names:
            if not any(name in what.names(path) for path in resolution.paths):
                raise NoMatchError(_no_match(resolution, option, name))
        if names:
            paths = [path for path in paths if not set(names).isdisjoint(what.names(path))]
    if resolution.paths and not paths:
        raise NoMatchError("no path matches all of the filters together")
    return paths


def _no_match(resolution: Resolution, option: str, name: str) -> str:
    said = f"no ingress path matches --{option} {name}"
    known = dict.fromkeys(one for path in resolution.paths for one in FILTERS[option].names(path)[:1])
    close = get_close_matches(name, known, n=1)
    namespace, _, plain = name.rpartition("/")
    cluster = resolution.cluster
    if option == "service" and (
        (namespace, plain) in cluster.services or (namespace, plain) in cluster.service_entries
    ):
        return f"{said}: it is in the source, but no route leads to it from an ingress Gateway"
    if close:
        return f"{said}; did you mean {close[0]}?"
    if option != "path" and known and len(known) <= 8:
        return f"{said}; there are {', '.join(sorted(known))}"
    return said
