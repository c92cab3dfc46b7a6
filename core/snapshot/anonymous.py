"""A snapshot under other names: words, addresses and images are replaced, what they mean to each other stays."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from core import labels as names
from core.controllers import IMAGES, split_image
from core.convert import WANTED_VARIABLES
from core.policies.reading.security import DRY_RUN
from core.snapshot import addresses
from core.snapshot.pruning import MESH_CONFIG
from core.snapshot.words import WORD, codes

Tree = Any

_TOKEN = re.compile(
    r"(?P<escape>\\.)"
    r"|(?P<address>(?<![\w.:])(?:\d+\.\d+\.\d+\.\d+|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*[0-9A-Fa-f]|::)(?:/\d+)?(?![\w]))"
    r"|(?<=:)(?P<port>\d+)(?!\w)"
    r"|(?P<word>\w+)"
)
_VERSION = re.compile(r"v?\d+\.\d+(?:\.\d+)?")

_AS_WRITTEN = frozenset(
    {"apiVersion", "creationTimestamp", "deletionTimestamp", "timeout", "backoff", "numerator"}
)
"""Fields whose text names nothing."""
_TEXT_MAPS = frozenset({"labels", "matchLabels", "annotations", "sourceLabels"})
"""Fields that are maps of names to texts."""
_HEADER_MAPS = frozenset({"set", "add"})
_HEADERS = frozenset({"headers", "set", "add", "remove"})
"""Fields of header names, which are the same in any case of letters."""
_WORDS_OF_THEIR_OWN = frozenset(
    {
        names.INGRESS_USE_WAYPOINT,
        names.WAYPOINT_FOR,
        names.CANARY_WEIGHT,
        names.INBOUND_BINDING,
        names.REDIRECTION,
        names.DATAPLANE_MODE,
        names.SIDECAR_STATUS,
        names.MANAGED_BY,
        DRY_RUN,
    }
)
"""Labels and annotations whose value is none of the cluster's names."""


def renamed(items: Sequence[Tree]) -> list[Tree]:
    """`items` of `core.snapshot.pruning` under other names, the same ones for the same items."""
    words: set[str] = set()
    found: set[addresses.Network] = set()

    def learn(token: re.Match[str], *, pattern: bool) -> str:
        if token["address"] and (network := addresses.parsed(token["address"])) is not None:
            found.add(network)
        else:
            words.update(WORD.findall(_renamable(token, pattern=pattern)))
        return token[0]

    for item in items:
        _Walk(learn).item(item)
    new_words, new_addresses = codes(words), addresses.mapping(found)

    def rename(token: re.Match[str], *, pattern: bool) -> str:
        text = token[0]
        if token["address"] and (network := addresses.parsed(text)) is not None:
            other = new_addresses[network]
            return str(other) if "/" in text else str(other.network_address)
        if not _renamable(token, pattern=pattern):
            return text
        return WORD.sub(lambda word: new_words.get(word[0], word[0]), text)

    return [_Walk(rename).item(item) for item in items]


def _renamable(token: re.Match[str], *, pattern: bool) -> str:
    """The part of a token that may be names: not an escape, a port, or a short word of a regular expression."""
    text = token["word"] or token["address"] or ""
    return "" if pattern and (len(text) < 3 or text.isdecimal()) else text


class _Walk:
    """Goes through an object with the fields in view, and replaces the tokens of its texts."""

    def __init__(self, replace: Callable[..., str]) -> None:
        self._replace = replace

    def item(self, item: Tree) -> Tree:
        """A copy of an object, or of a snapshot's head, whose problems name nothing any more."""
        return {
            key: value if key in ("apiVersion", "kind", "problems") else self._value(key, value)
            for key, value in item.items()
        }

    def text(self, text: str, *, pattern: bool = False) -> str:
        return _TOKEN.sub(lambda token: self._replace(token, pattern=pattern), text)

    def _value(self, field: str, value: Tree) -> Tree:
        if isinstance(value, str):
            return value if field in _AS_WRITTEN else self.text(value)
        if isinstance(value, list):
            return [self._entry(field, one) for one in value]
        if not isinstance(value, dict):
            return value
        if field in _TEXT_MAPS or (
            field == "selector" and all(isinstance(one, str) for one in value.values())
        ):
            return {self.text(key): self._labelled(key, one) for key, one in value.items()}
        if field == "data":
            return dict(self._data(value))
        if field in _HEADER_MAPS:
            return {self.text(key.lower()): self._value("", one) for key, one in value.items()}
        if field == "ports":
            return {self.text(key): one for key, one in value.items()}
        return self._object(field, value)

    def _entry(self, field: str, value: Tree) -> Tree:
        """An entry of a list, which may name a header or a variable."""
        if field in _HEADERS and isinstance(value, str):
            return self.text(value.lower())
        if not isinstance(value, dict):
            return self._value("", value)
        if field in _HEADERS and isinstance(value.get("name"), str):
            value = {**value, "name": value["name"].lower()}
        if field == "env" and value.get("name") != names.CA_ADDRESS:
            return {
                **self._object(field, value),
                **{key: value[key] for key in ("name", "value") if key in value},
            }
        return self._object(field, value)

    def _object(self, field: str, value: Mapping[str, Tree]) -> Tree:
        changed = {key: self._value(key, one) for key, one in value.items()}
        if isinstance(value.get("image"), str):
            changed["image"] = self._image(value["image"])
        if value.get("type") == "RegularExpression" and isinstance(value.get("value"), str):
            changed["value"] = self.text(value["value"], pattern=True)
        if isinstance(value.get("regex"), str):
            changed["regex"] = self.text(value["regex"], pattern=True)
        if isinstance(value.get("prefix"), str) and field == "envFrom":
            changed["prefix"] = self._part_of_variable(value["prefix"])
        return changed

    def _labelled(self, key: str, value: Tree) -> Tree:
        return value if key in _WORDS_OF_THEIR_OWN else self._value("", value)

    def _data(self, data: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        for key, value in data.items():
            if key == MESH_CONFIG:
                yield key, self._mesh(value)
            else:
                yield self._part_of_variable(key), value

    def _mesh(self, text: str) -> str:
        try:
            mesh = msgspec.json.decode(text)
        except msgspec.DecodeError:
            return self.text(text)
        return msgspec.json.encode(self._value("", mesh)).decode()

    def _part_of_variable(self, text: str) -> str:
        """A prefix, or a key that a prefix may complete: it stays where it belongs to a variable that is read."""
        return text if any(text in name for name in WANTED_VARIABLES) else self.text(text)

    def _image(self, image: str) -> str:
        """Of a controller's image what tells it and its version; of others nothing is looked at."""
        repository, tag = split_image(image)
        for suffixes in IMAGES.values():
            for suffix in suffixes:
                if repository == suffix or repository.endswith("/" + suffix):
                    version = _VERSION.match(tag)
                    rest = version[0] if version else self.text(tag)
                    return f"{suffix}:{rest}" if rest else suffix
        return ""
