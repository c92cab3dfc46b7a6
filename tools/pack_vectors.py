#!/usr/bin/env python3
"""Pack conformance vectors into one small file each.

    python3 tools/pack_vectors.py VECTORS tests/vectors

VECTORS holds a folder for each vector: `input.json`, a kubectl List, and `cases/CASE.jsonl`. Each becomes
NAME.json.gz: `{"input": List, "cases": {CASE: [line, ...]}}`. The same vectors give the same bytes. Files of vectors
that are no longer there are removed.
"""

import argparse
import gzip
import json
from pathlib import Path
from typing import Any


def packed(folder: Path) -> bytes:
    """One vector as the bytes of its file."""
    cases = {
        file.stem: [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line]
        for file in sorted((folder / "cases").glob("*.jsonl"))
    }
    vector: dict[str, Any] = {
        "input": json.loads((folder / "input.json").read_text(encoding="utf-8")),
        "cases": cases,
    }
    text = json.dumps(vector, separators=(",", ":"), ensure_ascii=False)
    return gzip.compress(text.encode(), compresslevel=9, mtime=0)


def pack(vectors: Path, destination: Path) -> dict[str, bytes]:
    """Write the files of all vectors into `destination`, and return them by name."""
    files = {f"{one.parent.name}.json.gz": packed(one.parent) for one in sorted(vectors.glob("*/input.json"))}
    destination.mkdir(parents=True, exist_ok=True)
    for old in destination.glob("*.json.gz"):
        if old.name not in files:
            old.unlink()
    for name, content in files.items():
        (destination / name).write_bytes(content)
    return files


def main() -> int:
    """Pack what the command line names."""
    parser = argparse.ArgumentParser(description="Pack conformance vectors into one small file each.")
    parser.add_argument("vectors", type=Path, help="the folder that holds a folder for each vector")
    parser.add_argument("destination", type=Path, help="the folder for the packed files")
    arguments = parser.parse_args()
    files = pack(arguments.vectors, arguments.destination)
    if not files:
        parser.error(f"{arguments.vectors} holds no vectors")
    size = sum(map(len, files.values()))
    print(f"{len(files)} vectors, {size / 1000:,.0f} kB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
