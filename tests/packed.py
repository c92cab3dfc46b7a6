"""The packed conformance vectors as clusters."""

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

from core import manifests
from core.cluster import Cluster

FOLDER = Path(__file__).parent / "vectors"
NAMES = sorted(file.name.removesuffix(".json.gz") for file in FOLDER.glob("*.json.gz"))


@cache
def vector(name: str) -> dict[str, Any]:
    """The whole content of a vector: its input, and its cases by name."""
    content: dict[str, Any] = json.loads(gzip.decompress((FOLDER / f"{name}.json.gz").read_bytes()))
    return content


@cache
def loaded(name: str) -> Cluster:
    """The input of a vector, read as any source is."""
    text = json.dumps(vector(name)["input"]).encode()
    cluster, problems = manifests.load([manifests.Document(file=name, index=1, raw=text)])
    assert [problem for problem in problems if problem.severity == "error"] == []
    return cluster
