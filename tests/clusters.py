"""The sample clusters as objects, one by one."""

from collections.abc import Sequence
from typing import Any

import yaml

from core.sources.samples import find_sample


def manifests(sample: str) -> Sequence[dict[str, Any]]:
    """The objects of a sample, Lists unfolded; what is no object, as expectations, is left out."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    documents = [
        one
        for file in sorted(find_sample(sample).path.rglob("*.yaml"))
        for one in yaml.load_all(file.read_text(encoding="utf-8"), Loader=loader)
        if one and "kind" in one
    ]
    things = [item for one in documents for item in (one["items"] if one["kind"] == "List" else [one])]
    return [one for one in things if not one["apiVersion"].startswith("kustomize.")]
