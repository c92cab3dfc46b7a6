"""Snapshots of sources as the tests make and read them."""

import gzip
from collections.abc import Sequence
from typing import Any

import msgspec

from core.explain import Explainer
from core.manifests import Document, Keeping, load_all
from core.paths import resolve
from core.policies.documents import path_policies_document
from core.policies.view import PolicyView
from core.render.documents import resolve_document
from core.snapshot import written
from core.sources import SourceInfo, read
from core.sources.archives import expand
from core.sources.samples import samples
from tests import packed

SAMPLES = [sample.name for sample in samples()]
VECTORS = packed.NAMES

Json = dict[str, Any]


class Shot:
    """Documents, their snapshot, and what both are understood as."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self.keeping = Keeping()
        self.cluster, self.policies, self.problems = load_all(documents, self.keeping)

    def paths(self) -> Sequence[Json]:
        """What `resolve -o json` tells of the paths."""
        resolution = resolve(self.cluster)
        info = SourceInfo(kind="", name="", objects=0, observed=self.cluster.observed)
        document = resolve_document(Explainer(resolution), info, [], None)
        view = PolicyView(resolution, self.policies)
        for one in document["paths"]:
            one["policies"] = path_policies_document(view.of(resolution.by_id[one["id"]]))
        found: Sequence[Json] = msgspec.json.decode(msgspec.json.encode(document["paths"]))
        return found

    def content(self, *, anonymize: bool = False) -> bytes:
        return written(self.keeping, self.cluster, anonymize=anonymize)

    def text(self, *, anonymize: bool = False) -> str:
        return gzip.decompress(self.content(anonymize=anonymize)).decode()

    def items(self, *, anonymize: bool = False) -> Sequence[Json]:
        """The objects of the snapshot, without its head."""
        found: Sequence[Json] = msgspec.json.decode(self.text(anonymize=anonymize))["items"]
        return found[1:]

    def again(self, *, anonymize: bool = False) -> "Shot":
        """What a reader of the snapshot gets."""
        problems: list[Any] = []
        documents = list(expand("snapshot.json.gz", self.content(anonymize=anonymize), problems))
        assert problems == []
        return Shot(documents)


def of_objects(*objects: Json) -> Shot:
    """A shot of these objects."""
    return Shot(
        [Document(file="input.json", index=1, raw={"kind": "List", "apiVersion": "v1", "items": [*objects]})]
    )


def of_source(name: str) -> Shot:
    """A shot of a sample, or of the input of a conformance vector."""
    if name in VECTORS:
        return Shot([Document(file=name, index=1, raw=msgspec.json.encode(packed.vector(name)["input"]))])
    shot = Shot([])
    loaded = read([f"sample:{name}"], keeping=shot.keeping)
    shot.cluster, shot.policies, shot.problems = loaded.cluster, loaded.policies, list(loaded.problems)
    return shot
